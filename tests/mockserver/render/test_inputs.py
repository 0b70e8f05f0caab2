"""Inputs: which texts hold a picture, what is in them, and steady stand-ins for all others."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from io import BytesIO
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.inputs import (
    STAND_IN_SIZES,
    file_in,
    holds_picture,
    look_at,
    stand_in,
    stood_in,
)


def file(size: tuple[int, int] = (37, 23), format: str = "PNG") -> bytes:
    """A picture file of this size."""
    target = BytesIO()
    Image.new("RGB", size, "teal").save(target, format)
    return target.getvalue()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("https://a.test/b.png", False),
        ("http://a.test", False),
        ("ftp://a.test/b.png", False),
        ("/kitchen.jpg", False),
        ("/9a/kitchen.jpg", False),
        ("data:image/png;base64,AAAA", True),
        ("DATA:,x", True),
        ("iVBORw0KGgo=", True),
        ("/9j/4AAQSkZJRg", True),
        ("AAAA", True),
    ],
)
def test_holds_picture(text: str, holds: bool) -> None:
    """URLs and paths of the site name a picture elsewhere; data URIs and base64 hold one, a JPEG's too."""
    assert holds_picture(text) is holds


def test_forms_of_base64() -> None:
    """Line breaks, the URL-safe alphabet, percent escapes, missing padding and odd data URIs are all read."""
    data = file(format="JPEG") + b"\xfb\xff\xfe"
    text = base64.b64encode(data).decode()
    assert file_in(text) == data
    assert file_in("\n".join(text[i : i + 76] for i in range(0, len(text), 76))) == data
    assert file_in(text.replace("+", "-").replace("/", "_").rstrip("=")) == data
    assert file_in(" DATA:;name=a.jpg;charset=x;Base64 ," + text) == data
    assert file_in("data:image/jpeg;base64," + quote(text, safe="")) == data
    assert file_in("data:image/svg+xml,%3Csvg%2F%3E") == b"<svg/>"


@pytest.mark.parametrize("text", ["cat.png", "AAAAA", "data:image/png;base64,A", "AA==AA", "à"])
def test_no_base64(text: str) -> None:
    """What is no base64 is told so."""
    with pytest.raises(ValueError, match="neither a URL nor base64"):
        file_in(text)


@given(st.binary(max_size=200))
def test_any_file(data: bytes) -> None:
    """Whatever a file's bytes are, its base64 and its data URI hold them."""
    text = base64.b64encode(data).decode()
    assert file_in(text) == file_in(f"data:;base64,{text}") == data


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    """Any text at all holds a file or is refused, and never breaks."""
    holds_picture(text)
    with suppress(ValueError):
        assert isinstance(file_in(text), bytes)


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture(name: str) -> None:
    """A picture in any of the formats comes to its true size and the hash of its bytes."""
    data = file(format=FORMATS[name].pillow)
    given = look_at(data, 37 * 23)
    assert given.problem == ""
    assert given.source == (hashlib.sha256(data).digest(), "", 37, 23)
    assert given.data == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the picture is empty"),
        (b"hello", "no picture"),
        (file()[:60], "cut off or damaged"),
        (file((38, 23)), "38x23 pixels; this mock reads up to 851"),
    ],
    ids=["empty", "text", "truncated", "large"],
)
def test_no_picture(data: bytes, reason: str) -> None:
    """What cannot be used comes to a reason, and nothing is kept of it."""
    given = look_at(data, 37 * 23)
    assert reason in given.problem
    assert (given.source, given.data) == (None, b"")


@given(st.text(max_size=600))
def test_stood_in(text: str) -> None:
    """A stand-in has one of a few sizes, is the same each time, and follows from the short text that is kept."""
    source = stood_in(text)
    assert (source.width, source.height) in STAND_IN_SIZES
    assert stood_in(text) == source == stood_in(stand_in(text))
    assert source.held == b""


def test_a_long_text_stands_for_its_hash() -> None:
    """What a job remembers of a long URL has the very stand-in that the URL has."""
    url = "https://a.test/" + "x" * 600
    assert stood_in(url) == stood_in(stand_in(url))
    assert len(stood_in(url).text) == 71


def test_every_size_is_used() -> None:
    """Many URLs have every size among their stand-ins."""
    found = {stood_in(f"https://a.test/{number}.png")[2:] for number in range(200)}
    assert found == set(STAND_IN_SIZES)


@pytest.mark.parametrize(("length", "kept"), [(512, True), (513, False), (3_000_000, False)])
def test_stand_in(length: int, kept: bool) -> None:
    """A short text is kept as it is; of a long one, its hash."""
    text = "a" * length
    assert stand_in(text) == (text if kept else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}")
