"""Headers: sizes agree with Pillow's, and broken ones are None."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.headers import Read, pixel_size


def reading(data: bytes) -> Read:
    """Reads `data` by position."""
    return lambda position, count: data[position : position + count]


def saved(format: str, **options: object) -> bytes:
    """A 37 x 23 picture that Pillow wrote."""
    target = BytesIO()
    Image.new("RGB", (37, 23), "teal").save(target, format, **options)
    return target.getvalue()


WRITTEN = {
    "png": saved("PNG"),
    "jpeg": saved("JPEG"),
    "progressive": saved("JPEG", progressive=True),
    "icc": saved("JPEG", icc_profile=bytes(200_000)),
    "comment": saved("JPEG", comment=b"x" * 60_000),
    "gif": saved("GIF"),
    "bmp": saved("BMP"),
    "tiff": saved("TIFF"),
    "tiff-packbits": saved("TIFF", compression="packbits"),
    "webp": saved("WEBP"),
    "webp-lossless": saved("WEBP", lossless=True),
    "webp-extended": saved("WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
}
MAGICS = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF", b"II*\0", b"MM\0*"]


@pytest.mark.parametrize("name", WRITTEN)
def test_written_by_pillow(name: str) -> None:
    """What Pillow writes is read at its true size."""
    assert pixel_size(reading(WRITTEN[name])) == (37, 23)


def test_hand_made() -> None:
    """Forms that Pillow does not write are read: big-endian TIFF, top-down and old BMP, odd JPEG markers."""
    width, height = b"\1\0\0\3\0\0\0\1\0\x25\0\0", b"\1\1\0\4\0\0\0\1\0\0\0\x17"
    assert pixel_size(reading(b"MM\0*\0\0\0\x08\0\2" + width + height)) == (37, 23)
    bmp = b"BM" + bytes(12) + b"\x28\0\0\0" + b"\x25\0\0\0" + (-23).to_bytes(4, "little", signed=True)
    assert pixel_size(reading(bmp)) == (37, 23)
    assert pixel_size(reading(b"BM" + bytes(12) + b"\x0c\0\0\0\x25\0\x17\0\1\0\x18\0")) == (37, 23)
    frame = b"\xff\xc0\0\x0b\x08\0\x17\0\x25"
    assert pixel_size(reading(b"\xff\xd8\xff\xff\xff\x01" + frame)) == (37, 23)


@pytest.mark.parametrize("name", WRITTEN)
def test_cut_anywhere(name: str) -> None:
    """A file cut at any byte of its start gives its size or None, never another size."""
    for end in range(min(200, len(WRITTEN[name]))):
        assert pixel_size(reading(WRITTEN[name][:end])) in {None, (37, 23)}


@given(st.sampled_from(MAGICS), st.binary(max_size=200))
def test_nonsense(magic: bytes, rest: bytes) -> None:
    """Nonsense after a magic number gives None or a positive size."""
    size = pixel_size(reading(magic + rest))
    assert size is None or min(size) > 0


def test_unknown_webp() -> None:
    """A WebP whose first chunk is none of the three that say a size is None."""
    assert pixel_size(reading(b"RIFF\0\0\0\0WEBPALPH" + bytes(14))) is None


def test_endless_jpeg() -> None:
    """A JPEG of nothing but filling bytes is given up."""
    assert pixel_size(lambda position, count: b"\xff" * count if position else b"\xff\xd8\xff") is None
