"""Redaction: a key is found however it is spelt, and nothing else is touched."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.redaction import redacted, without_keys
from tests.worlds import KEY, OTHER_KEY


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f'{{"a":"{KEY}"}}', '{"a":"SG_…cdef"}'),
        (KEY.lower(), "sg_…cdef"),
        (KEY.upper(), "SG_…CDEF"),
        (f"{KEY} {OTHER_KEY}", "SG_…cdef SG_…00aa"),
        ("SG%5F0123456789abcdef", "SG_…cdef"),
        ("%53%47%5f%30123456789abcde%66", "SG_…cdef"),
        (f"x{KEY}0", "xSG_…cdef0"),
        ("SG_…cdef", "SG_…cdef"),
        ("SG_0123456789abcde", "SG_0123456789abcde"),
        ("sg_0123456789abcdeg", "sg_0123456789abcdeg"),
        ("", ""),
    ],
)
def test_texts(content: str, expected: str) -> None:
    """Keys are shown by their ends, all else as it is."""
    assert redacted(content.encode()).decode() == expected


@given(
    st.binary(max_size=20),
    st.text("0123456789abcdefABCDEF", min_size=16, max_size=16),
    st.lists(st.booleans(), min_size=19, max_size=19),
    st.binary(max_size=20),
)
def test_anywhere(before: bytes, digits: str, encoded: list[bool], after: bytes) -> None:
    """In any surroundings, any of its characters percent-encoded, a key is gone."""
    spelt = "".join(
        f"%{ord(letter):02x}" if wild else quote(letter) for letter, wild in zip(f"SG_{digits}", encoded, strict=True)
    ).encode()
    assert spelt not in redacted(before + spelt + after)


@given(st.text())
def test_without_keys(text: str) -> None:
    """A text stays as it is, but for the keys in it, whatever the case of their letters."""
    plain = re.sub("sg_", "", text, flags=re.IGNORECASE)
    assert without_keys(plain) == plain
    assert without_keys(f"{plain} {KEY} {KEY.lower()}") == f"{plain} SG_…cdef sg_…cdef"
