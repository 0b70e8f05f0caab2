"""Inputs: true sizes where a picture can be seen, steady stand-ins where it cannot."""

import base64
import hashlib
import warnings
from io import BytesIO
from time import perf_counter
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.formats import FORMATS
from segmind_mock.render.inputs import STAND_IN_SIZES, size_of, stand_in


def base64_of(format: str, size: tuple[int, int], **options: object) -> str:
    """A picture of this size as base64."""
    target = BytesIO()
    Image.new("RGB", size, "teal").save(target, format, **options)
    return base64.b64encode(target.getvalue()).decode()


def png_header(width: int, height: int) -> str:
    """A PNG that ends after declaring its size, as base64."""
    sides = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + sides + b"\x08\2\0\0\0").decode()


@pytest.mark.parametrize("size", [(1, 1), (37, 23), (640, 480)], ids=str)
@pytest.mark.parametrize("name", FORMATS)
def test_true_size(name: str, size: tuple[int, int]) -> None:
    """Every format tells its true size, as a data URI and as bare base64."""
    text = base64_of(FORMATS[name].pillow, size)
    assert size_of(text) == size
    assert size_of(f"data:{FORMATS[name].media_type};base64,{text}") == size


def test_forms_of_base64() -> None:
    """Line breaks, the URL-safe alphabet, percent escapes, missing padding and odd data URIs are all read."""
    text = base64_of("JPEG", (37, 23))
    assert size_of("\n".join(text[i : i + 76] for i in range(0, len(text), 76))) == (37, 23)
    assert size_of(text.replace("+", "-").replace("/", "_").rstrip("=")) == (37, 23)
    assert size_of(" DATA:;name=a.jpg;charset=x;Base64 ," + text) == (37, 23)
    assert size_of("data:image/jpeg;base64," + quote(text, safe="")) == (37, 23)


def test_late_header() -> None:
    """A JPEG whose size comes after 200 kB of colour profile is read, broken into lines or not."""
    text = base64_of("JPEG", (37, 23), icc_profile=bytes(200_000))
    assert size_of(text) == (37, 23)
    assert size_of(base64.encodebytes(base64.b64decode(text)).decode()) == (37, 23)


def test_truncated() -> None:
    """A header alone is enough; less than a header gets a stand-in."""
    text = base64_of("PNG", (640, 480))
    assert size_of(text[:45]) == (640, 480)
    assert size_of(text[:20]) in STAND_IN_SIZES


@pytest.mark.parametrize(
    ("declared", "seen"),
    [
        ((60000, 60000), (4096, 4096)),
        ((60000, 30000), (4096, 2048)),
        ((1000, 8192), (500, 4096)),
        ((60000, 1), (4096, 1)),
        ((4096, 4096), (4096, 4096)),
        ((2**31 - 1, 2**31 - 1), (4096, 4096)),
    ],
)
def test_huge(declared: tuple[int, int], seen: tuple[int, int]) -> None:
    """A huge declared size is scaled to 4096 a side in its own shape, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert size_of(png_header(*declared)) == seen


def test_no_size() -> None:
    """A picture that declares no pixels gets a stand-in."""
    assert size_of(png_header(0, 60)) in STAND_IN_SIZES


@pytest.mark.parametrize(
    "source",
    [
        "",
        "https://example.com/cat.png",
        "http://127.0.0.1/a.jpg",
        "/assets/cat.png",
        "/9j/photo.jpg",
        "data:image/png;base64,",
        "data:image/png;base64,!!!",
        "data:image/svg+xml,<svg/>",
        "iVBORw0KGgo",
        "\ud800",
    ],
)
def test_unseen(source: str) -> None:
    """What cannot be seen gets a stand-in size, the same each time."""
    assert size_of(source) in STAND_IN_SIZES
    assert size_of(source) == size_of(source)


def test_stand_ins_vary() -> None:
    """Different URLs come to every stand-in size."""
    seen = {size_of(f"https://example.com/{i}.png") for i in range(200)}
    assert seen == set(STAND_IN_SIZES)


@given(st.text(st.characters()))
def test_any_text(text: str) -> None:
    """No text makes it raise, or leave the bounds."""
    for source in (
        text,
        f"data:image/png;base64,{text}",
        base64.b64encode(text.encode("utf-8", "replace")).decode(),
    ):
        assert all(1 <= side <= 4096 for side in size_of(source))


@given(
    st.binary(max_size=100),
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"RIFF", b"BM"]),
)
def test_any_bytes(data: bytes, magic: bytes) -> None:
    """No bytes after a known beginning make it raise, or leave the bounds."""
    assert all(1 <= side <= 4096 for side in size_of(base64.b64encode(magic + data).decode()))


@pytest.mark.parametrize("unit", ["A", " ", "%41", "\n/9j/", "x,"])
@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,", "/9j/4AAQ"])
def test_long_text(prefix: str, unit: str) -> None:
    """30 MB of text are answered within a second."""
    source = prefix + unit * (30_000_000 // len(unit))
    start = perf_counter()
    size_of(source)
    assert perf_counter() - start < 1.0


def test_stand_in() -> None:
    """A text of 512 characters is kept; a longer one becomes the hash of its UTF-8."""
    assert stand_in("x" * 512) == "x" * 512
    long = "é" * 3_000_000
    assert stand_in(long) == f"sha256:{hashlib.sha256(long.encode()).hexdigest()}"
    assert stand_in("\ud800" * 600).startswith("sha256:")
