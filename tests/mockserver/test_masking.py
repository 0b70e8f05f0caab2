"""Masking: no key is shown in full, and two keys can still be told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.masking import masked, masked_bytes, masked_headers, masked_json, masked_text
from tests.exchanged import JSON_VALUES, KEY

KEYS = st.text("SG_0123456789abcdef", min_size=6, max_size=40)


@pytest.mark.parametrize(
    ("key", "expected"),
    [(KEY, "SG_…cdef"), ("123456789", "123…6789"), ("12345678", "…"), ("k", "…"), ("", "…")],
)
def test_keys(key: str, expected: str) -> None:
    """A key is shown by its ends; a short one not at all."""
    assert masked(key) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("x-api-key", KEY, "SG_…cdef"),
        ("X-API-Key", KEY, "SG_…cdef"),
        ("Authorization", f"Bearer {KEY}", "Bearer SG_…cdef"),
        ("authorization", f"Bearer   {KEY}", "Bearer SG_…cdef"),
        ("authorization", KEY, "SG_…cdef"),
        ("accept", "*/*", "*/*"),
    ],
)
def test_headers(name: str, value: str, expected: str) -> None:
    """The headers that carry keys are masked, whatever case their names are in."""
    assert masked_headers([(name, value)]) == [(name, expected)]


@given(KEYS, st.lists(st.sampled_from(["a cat", "é", "", "\n"]), min_size=1))
def test_texts(key: str, around: list[str]) -> None:
    """A key is not found in a text that has been masked, however often it was there."""
    assert key not in masked_text(key.join(around), key)
    assert key.encode() not in masked_bytes(key.join(around).encode(), key)


@given(st.integers(4, len(KEY)))
def test_cut_off(length: int) -> None:
    """The part of a key that a cut leaves at the end of a content is hidden too."""
    assert KEY[:4].encode() not in masked_bytes(b'{"key": "' + KEY[:length].encode(), KEY).replace(
        b"SG_\xe2\x80\xa6", b""
    )


@given(JSON_VALUES)
def test_json(value: object) -> None:
    """Names and texts of a JSON value are masked; everything else stays."""
    assert KEY not in json.dumps(masked_json({KEY: [value, f"key={KEY}"]}, KEY))
    assert repr(masked_json(value, KEY)) == repr(value)


def test_short_keys_are_not_sought() -> None:
    """A key that could be part of any word is not replaced in texts."""
    assert masked_text("a cat", "a") == "a cat"
    assert masked_bytes(b"a cat", "a") == b"a cat"


def test_deep_json() -> None:
    """JSON of any depth is masked; what lies too deep is hidden."""
    deep: object = KEY
    for _ in range(900):
        deep = [deep]
    assert KEY not in json.dumps(masked_json(deep, KEY))


ODD = "my-own/secret key+1é"


@pytest.mark.parametrize(
    "written",
    [
        ODD,
        "my-own%2Fsecret%20key%2B1%C3%A9",
        "my-own/secret%20key%2B1%C3%A9",
        "my-own%2fsecret+key%2b1%c3%a9",
        "my%2Down/secret+key+1é",
    ],
)
def test_keys_in_urls(written: str) -> None:
    """A key is masked however a URL or a form writes it."""
    assert masked_text(f"k={written}&a=%20", ODD) == "k=my-…y+1é&a=%20"
    assert masked_bytes(f"k={written}&a=%20".encode(), ODD) == "k=my-…y+1é&a=%20".encode()
    assert masked_bytes(f"k={written[:-9]}".encode(), ODD) == "k=…".encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=6), st.sampled_from([quote, quote_plus]))
def test_any_key_in_a_url(key: str, write: Callable[[str], str]) -> None:
    """Whatever a key consists of, what a URL makes of it is found."""
    assert masked_text(f"<{write(key)}>", key) == f"<{masked(key)}>"
    assert masked_bytes(f"<{write(key)}>".encode(), key) == f"<{masked(key)}>".encode()
