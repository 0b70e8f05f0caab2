"""Encode: every format decodes to what was asked, and bytes repeat."""

import hashlib
import os
import subprocess
import sys
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ImageFile import ImageFile

from segmind_mock.render.encode import encode, picture
from segmind_mock.render.formats import FORMATS

DIGEST = bytes(range(16))


def opened(data: bytes) -> Image.Image:
    """The picture in `data`, decoded whole."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("size", [(1, 1), (64, 48), (333, 77)], ids=str)
@pytest.mark.parametrize("name", FORMATS)
def test_decodes(name: str, size: tuple[int, int]) -> None:
    """Each format decodes as itself, at its media type and the asked size."""
    image = opened(picture(width=size[0], height=size[1], digest=DIGEST, format=FORMATS[name]))
    assert image.format == FORMATS[name].pillow
    assert isinstance(image, ImageFile)
    assert image.get_format_mimetype() == FORMATS[name].media_type
    assert image.size == size


def test_lossless_formats_agree() -> None:
    """Every format but JPEG holds the same pixels."""
    exact = [known for known in FORMATS.values() if known.pillow != "JPEG"]
    pixels = {
        opened(picture(width=90, height=60, digest=DIGEST, format=known)).convert("RGB").tobytes() for known in exact
    }
    assert len(pixels) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_repeats(name: str) -> None:
    """The same arguments give the same bytes."""
    first, second = (
        picture(width=100, height=80, digest=DIGEST, format=FORMATS[name], comment="seed 7") for _ in range(2)
    )
    assert first == second


def _fingerprint() -> str:
    data = b"".join(
        picture(width=120, height=70, digest=DIGEST, format=known, comment="c") for known in FORMATS.values()
    )
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_repeats_across_processes(hash_seed: str) -> None:
    """Another process with another PYTHONHASHSEED writes the same bytes in every format."""
    code = (
        "import hashlib; from segmind_mock.render.encode import picture;"
        "from segmind_mock.render.formats import FORMATS;"
        "print(hashlib.sha256(b''.join(picture(width=120, height=70, digest=bytes(range(16)), format=known,"
        "comment='c') for known in FORMATS.values())).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == _fingerprint()


def test_png_comment() -> None:
    """A PNG keeps its comment as text, beyond Latin-1 too."""
    for comment in ("seed 7", "naïve", "雪の山"):
        data = picture(width=9, height=9, digest=DIGEST, format=FORMATS["png"], comment=comment)
        assert opened(data).info["Comment"] == comment


@pytest.mark.parametrize("name", ["jpg", "jpeg", "gif"])
def test_byte_comment(name: str) -> None:
    """JPEG and GIF keep their comment as UTF-8."""
    data = picture(width=9, height=9, digest=DIGEST, format=FORMATS[name], comment="雪 7")
    assert opened(data).info["comment"] == "雪 7".encode()


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(FORMATS)), st.text(st.characters(), max_size=400))
def test_any_comment(name: str, comment: str) -> None:
    """No comment, lone surrogates and NUL included, breaks a picture."""
    data = picture(width=5, height=4, digest=DIGEST, format=FORMATS[name], comment=comment)
    assert opened(data).size == (5, 4)


@pytest.mark.parametrize("name", FORMATS)
def test_long_comment(name: str) -> None:
    """A comment of a million characters is cut, not refused."""
    data = picture(width=5, height=4, digest=DIGEST, format=FORMATS[name], comment="雪" * 1_000_000)
    assert len(data) < 40_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("name", FORMATS)
def test_any_mode(name: str, mode: str) -> None:
    """A picture of any mode can be written in every format."""
    assert opened(encode(Image.new(mode, (7, 5)), FORMATS[name])).size == (7, 5)


def test_png_is_small() -> None:
    """A 512x512 PNG stays below 40 kB."""
    assert len(picture(width=512, height=512, digest=DIGEST, format=FORMATS["png"])) < 40_000
