"""Encode: every format decodes to what was given, and bytes repeat."""

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

from segmind_mock.render.files.encode import encode
from segmind_mock.render.files.formats import FORMATS

MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"]
DEEP = ["I", "F", "I;16", "I;16B", "I;16L", "I;16N"]


def opened(data: bytes) -> Image.Image:
    """The picture in `data`, decoded whole."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def flat(width: int = 90, height: int = 60) -> Image.Image:
    """A picture in a few colours, like the scenes that are drawn."""
    image = Image.new("P", (width, height), 2)
    image.putpalette([250, 240, 200, 30, 90, 160, 200, 60, 40])
    image.paste(1, (width // 4, height // 4, width // 2, height // 2))
    image.paste(0, (0, 0, 3, height))
    return image


@pytest.mark.parametrize("size", [(1, 1), (64, 48), (333, 77)], ids=str)
@pytest.mark.parametrize("name", FORMATS)
def test_decodes(name: str, size: tuple[int, int]) -> None:
    """Each format decodes as itself, at its media type and the picture's size."""
    image = opened(encode(flat(*size), FORMATS[name]))
    assert image.format == FORMATS[name].pillow
    assert isinstance(image, ImageFile)
    assert image.get_format_mimetype() == FORMATS[name].media_type
    assert image.size == size


def test_lossless_formats_agree() -> None:
    """Every format but JPEG holds the same pixels of a picture in few colours."""
    exact = [known for known in FORMATS.values() if known.pillow != "JPEG"]
    pixels = {opened(encode(flat(), known)).convert("RGB").tobytes() for known in exact}
    assert pixels == {flat().convert("RGB").tobytes()}


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_repeats_across_processes(hash_seed: str) -> None:
    """Another process with another PYTHONHASHSEED writes the same bytes in every format."""
    code = (
        "import hashlib; from PIL import Image; from segmind_mock.render.files.encode import encode;"
        "from segmind_mock.render.files.formats import FORMATS; image = Image.radial_gradient('L').convert('RGB');"
        "print(hashlib.sha256(b''.join(encode(image, known) for known in FORMATS.values())).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    image = Image.radial_gradient("L").convert("RGB")
    data = b"".join(encode(image, known) for known in FORMATS.values())
    assert done.stdout.strip() == hashlib.sha256(data).hexdigest()


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(MODES + DEEP),
    st.sampled_from(sorted(FORMATS)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)) | st.sampled_from([(1, 1), (4096, 1), (1, 4096)]),
    st.binary(min_size=16, max_size=64),
)
def test_any_mode(mode: str, name: str, size: tuple[int, int], pattern: bytes) -> None:
    """A picture of any mode, size and content can be written in every format, twice the same."""
    image = Image.new(mode, size)
    # Real numbers made of any bytes would be all but none.
    if mode != "F":
        length = len(image.tobytes())
        image = Image.frombytes(mode, size, (pattern * (length // len(pattern) + 1))[:length])
    if mode in {"P", "PA"}:
        image.putpalette(pattern * 3)
    data = encode(image, FORMATS[name])
    assert opened(data).size == size
    assert opened(data).format == FORMATS[name].pillow
    assert data == encode(image, FORMATS[name])


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P", "L", "RGB", "RGBa"])
@pytest.mark.parametrize("name", ["jpg", "bmp"])
def test_see_through_becomes_white(name: str, mode: str) -> None:
    """Where a format holds nothing see-through, white shows through, and not the colour that lies beneath."""
    image = Image.new("LA" if mode == "LA" else "RGBA", (16, 16), 0)
    if mode in {"L", "RGB", "P"}:
        image = Image.new(mode, (16, 16), 0)
        image.info["transparency"] = (0, 0, 0) if mode == "RGB" else 0
    elif mode != "LA":
        image = image.convert(mode)
    assert opened(encode(image, FORMATS[name])).convert("RGB").getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("name", ["png", "webp", "tiff", "gif"])
def test_transparency_stays(name: str) -> None:
    """Where a format holds something see-through, it stays, and so does what covers it."""
    image = Image.new("RGBA", (20, 10), (10, 200, 30, 0))
    image.paste((10, 200, 30, 255), (0, 0, 10, 10))
    assert (
        opened(encode(image, FORMATS[name])).convert("RGBA").getchannel("A").tobytes()
        == image.getchannel("A").tobytes()
    )


@pytest.mark.parametrize("name", ["png", "tiff"])
def test_16_bits_stay(name: str) -> None:
    """PNG and TIFF keep 16-bit grey."""
    image = Image.frombytes("I;16", (256, 1), bytes(range(256)) * 2)
    assert opened(encode(image, FORMATS[name])).tobytes() == image.tobytes()


def test_png_is_small() -> None:
    """A 512x512 PNG in few colours stays below 40 kB."""
    assert len(encode(flat(512, 512), FORMATS["png"])) < 40_000
