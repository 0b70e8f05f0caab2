"""Decode: a stranger's picture is used as a person would see it, or refused in words, and never anything else."""

import struct
import threading
import warnings
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.files.decode import Unusable, examine, opened, quietly, stills, upright

MOST = 1 << 20
KINDS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]
MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I", "F", "I;16", "I;16B"]
SIZES = st.tuples(st.integers(1, 64), st.integers(1, 64)) | st.sampled_from([(4096, 1), (1, 4096), (1, 1)])


def file(image: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as Pillow writes it."""
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def moving(kind: str, count: int = 3) -> bytes:
    """An animation, or pages."""
    images = [Image.new("RGB", (9, 7), (60 * number, 20, 0)) for number in range(count)]
    more: dict[str, object] = {} if kind == "TIFF" else {"duration": 50}
    return file(images[0], kind, save_all=True, append_images=images[1:], **more)


def corners() -> Image.Image:
    """12x8 pixels, another colour in each corner."""
    image = Image.new("RGB", (12, 8))
    for at, colour in (((0, 0), "red"), ((6, 0), "lime"), ((0, 4), "blue"), ((6, 4), "white")):
        image.paste(colour, (*at, at[0] + 6, at[1] + 4))
    return image


def noise(mode: str, size: tuple[int, int], pattern: bytes) -> Image.Image:
    """A picture of a mode whose bytes repeat a pattern."""
    length = len(Image.new(mode, size).tobytes())
    image = Image.frombytes(mode, size, (pattern * (length // len(pattern) + 1))[:length])
    if mode in {"P", "PA"}:
        image.putpalette(bytes(range(256)) * 3)
    return image


GOOD = [
    *(file(corners(), kind) for kind in KINDS),
    *(moving(kind) for kind in ("PNG", "GIF", "WEBP", "TIFF")),
    file(corners(), "JPEG", progressive=True),
    file(corners(), "TIFF", compression="packbits"),
    file(corners().convert("P"), "PNG"),
    file(corners().convert("RGBA"), "WEBP", lossless=True),
]


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=50)
@given(mode=st.sampled_from(MODES), size=SIZES, pattern=st.binary(min_size=8, max_size=40))
def test_any_picture(kind: str, mode: str, size: tuple[int, int], pattern: bytes) -> None:
    """Whatever Pillow can write and read can be used: right in size, and RGB."""
    try:
        # Whether Pillow writes it, or says that it soon will not, is not what is tested.
        with quietly():
            data = file(noise(mode, size, pattern), kind)
            Image.open(BytesIO(data)).load()
    except (OSError, ValueError):
        return
    assert examine(data, MOST) == size
    image = upright(data)
    assert (image.mode, image.size) == ("RGB", size)


def survives(data: bytes) -> None:
    """The file is used or refused; nothing else happens."""
    with suppress(Unusable):
        size = examine(data, MOST)
        image = upright(data)
        assert (image.mode, image.size) == ("RGB", size)
        with quietly():
            assert next(stills(data)).size == size


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(GOOD), st.data())
def test_cut_off(data: bytes, draw: st.DataObject) -> None:
    """A file that ends anywhere is used or refused."""
    survives(data[: draw.draw(st.integers(0, len(data)))])


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(GOOD), st.data())
def test_damaged(data: bytes, draw: st.DataObject) -> None:
    """A file in which any byte is another one is used or refused."""
    at = draw.draw(st.integers(0, len(data) - 1))
    survives(data[:at] + bytes([draw.draw(st.integers(0, 255))]) + data[at + 1 :])


@settings(deadline=None, max_examples=100)
@given(st.sampled_from([good[:12] for good in GOOD] + [b""]), st.binary(max_size=200))
def test_any_bytes(head: bytes, rest: bytes) -> None:
    """Any bytes, with and without the beginning of a picture, are used or refused."""
    survives(head + rest)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html>", b"%PDF-1.4", b"\0" * 99],
    ids=["nothing", "text", "svg", "html", "pdf", "zeros"],
)
def test_no_picture(data: bytes) -> None:
    """What is no picture is refused in words that name what is read."""
    with pytest.raises(Unusable, match="PNG, JPEG, GIF, BMP, TIFF or WebP"):
        examine(data, MOST)


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_file(kind: str) -> None:
    """Half a file is refused by the name of its format."""
    image = Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    data = file(image, kind)
    with pytest.raises(Unusable, match=rf"(?i)the {kind} is cut off or damaged"):
        examine(data[: len(data) // 2], MOST)


def liar(kind: str, side: int) -> bytes:
    """A small file that says it is a large square."""
    data = bytearray(file(Image.new("RGB", (2, 2)), kind))
    match kind:
        case "PNG":
            data[16:24] = struct.pack(">II", side, side)
            data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        case "JPEG":
            at = data.index(b"\xff\xc0")
            data[at + 5 : at + 9] = struct.pack(">HH", side, side)
        case "GIF":
            data[6:10] = struct.pack("<HH", side, side)
        case "BMP":
            data[18:26] = struct.pack("<II", side, side)
        case "TIFF":
            for tag in (256, 257):
                at = data.index(struct.pack("<HHI", tag, 4, 1)) if struct.pack("<HHI", tag, 4, 1) in data else -1
                at = data.index(struct.pack("<HHI", tag, 3, 1)) if at < 0 else at
                data[at : at + 12] = struct.pack("<HHII", tag, 4, 1, side)
        case _:
            data[12:] = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (side - 1).to_bytes(3, "little") * 2 + data[12:]
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_huge(kind: str) -> None:
    """A few bytes that speak of 144 million pixels are refused by their size, undecoded."""
    with pytest.raises(Unusable) as refused:
        examine(liar(kind, 12_000), 1 << 24)
    assert str(refused.value) == "the picture has 12000x12000 pixels; this mock reads up to 16777216"


@pytest.mark.parametrize("kind", KINDS)
def test_long(kind: str) -> None:
    """A side that WebP cannot have is refused, however many pixels are allowed."""
    with pytest.raises(Unusable) as refused:
        examine(liar(kind, 16_384), 1 << 40)
    assert str(refused.value) == "the picture has 16384x16384 pixels; a side has at most 16383"


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "TIFF"])
def test_frames_count_together(kind: str) -> None:
    """The pixels of all frames are held against the most, and counted before decoding."""
    data = moving(kind)
    assert examine(data, 3 * 63) == (9, 7)
    with pytest.raises(Unusable, match=r"frames of 9x7 pixels; this mock reads up to 188 in all frames together"):
        examine(data, 3 * 63 - 1)


def test_too_many_frames() -> None:
    """Frames of one pixel are refused when there are very many."""
    data = file(Image.new("L", (1, 1)), "GIF")
    at = 13 + (3 << (data[10] & 7) + 1)
    with pytest.raises(Unusable, match="more than 1000 frames; this mock reads up to 1000"):
        examine(data[:at] + data[at:-1] * 5000 + b";", MOST)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation(kind: str, turn: int) -> None:
    """A picture that is stored turned and says so comes out as it was meant, in size and pixels."""
    ways = Image.Transpose
    stored = {
        2: ways.FLIP_LEFT_RIGHT,
        3: ways.ROTATE_180,
        4: ways.FLIP_TOP_BOTTOM,
        5: ways.TRANSPOSE,
        6: ways.ROTATE_90,
        7: ways.TRANSVERSE,
        8: ways.ROTATE_270,
    }
    tags = Image.Exif()
    tags[274] = turn
    large = corners().resize((96, 64), Image.Resampling.NEAREST)
    image = large.transpose(stored[turn]) if turn > 1 else large
    data = file(image, kind, exif=tags, **({"lossless": True} if kind == "WEBP" else {}))
    assert examine(data, MOST) == (96, 64)
    found = upright(data)
    for at in ((10, 10), (80, 10), (10, 50), (80, 50)):
        pixel, meant = found.getpixel(at), large.getpixel(at)
        assert isinstance(pixel, tuple)
        assert isinstance(meant, tuple)
        assert max(abs(a - b) for a, b in zip(pixel, meant, strict=True)) < 9


def test_inverted_cmyk() -> None:
    """A CMYK JPEG, which Adobe's programs and Pillow store inverted, is not seen as its negative."""
    found = upright(file(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG", quality=95))
    assert min(found.tobytes()) > 250


def test_first_frame_is_shown() -> None:
    """Of an animation, the first frame stands for all."""
    assert upright(moving("GIF")).getpixel((0, 0)) == (0, 20, 0)


def test_opened_is_as_stored() -> None:
    """A picture that is opened has its own mode and is not turned."""
    tags = Image.Exif()
    tags[274] = 6
    image = opened(file(corners().convert("L"), "PNG", exif=tags))
    assert (image.mode, image.size) == ("L", (12, 8))


def flawed() -> bytes:
    """A TIFF that Pillow reads with a warning: a tag states two values and not one."""
    tags = [(256, 3, 1, 2), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 2, 0x10001), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags += [(278, 3, 1, 1), (279, 4, 1, 2)]
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0\x0c\0\0\0\x10\x20\0\0" + page


def test_flawed_is_flawed() -> None:
    """The picture for the next tests does make Pillow warn."""
    with pytest.warns(UserWarning, match="too many entries"), suppress(Exception):
        Image.open(BytesIO(flawed())).load()


def test_warnings_neither_fail_nor_leak() -> None:
    """Where warnings are errors, a picture with a flaw is used all the same, and nobody hears of it."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert examine(flawed(), MOST) == (2, 1)
    assert heard == []
    assert examine(flawed(), MOST) == (2, 1)  # as in this whole run, where they are errors


def test_other_threads_keep_their_warnings() -> None:
    """While one thread is quiet, another is warned; and so is the first again after."""
    heard: list[str] = []

    def warn() -> None:
        try:
            warnings.warn("x", UserWarning, stacklevel=1)
        except UserWarning:
            heard.append("x")

    with quietly():
        warn()
        other = threading.Thread(target=warn)
        other.start()
        other.join()
        assert heard == ["x"]
    warn()
    assert heard == ["x", "x"]


def test_filters_do_not_pile_up() -> None:
    """However often pictures are decoded among other filters, one filter is added."""
    with warnings.catch_warnings():
        for _ in range(5):
            examine(GOOD[0], MOST)
            warnings.simplefilter("error")
        count = len(warnings.filters)
        for _ in range(5):
            warnings.simplefilter("error")
            examine(GOOD[0], MOST)
        assert len(warnings.filters) == count
