"""Conditional: the whole of a file, a part of it, or that it has not changed, as RFC 9110 has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.web.conditional import Part, Version, answer, headers_of, is_unchanged, part_of

VERSION = Version(b'"abc"', 1_700_000_000)
DATE = b"Tue, 14 Nov 2023 22:13:20 GMT"
CONTENT = bytes(range(100))


@pytest.mark.parametrize(
    ("asked", "unchanged"),
    [
        ({}, False),
        ({b"if-none-match": b'"abc"'}, True),
        ({b"if-none-match": b'W/"abc"'}, True),
        ({b"if-none-match": b'"x", "abc"'}, True),
        ({b"if-none-match": b"*"}, True),
        ({b"if-none-match": b'"x"'}, False),
        ({b"if-none-match": b"abc"}, False),
        ({b"if-modified-since": DATE}, True),
        ({b"if-modified-since": b"Tue, 14 Nov 2023 22:13:19 GMT"}, False),
        ({b"if-modified-since": b"Wed, 15 Nov 2023 00:00:00 GMT"}, True),
        ({b"if-modified-since": b"yesterday"}, False),
        ({b"if-modified-since": b"\xff"}, False),
        ({b"if-none-match": b'"x"', b"if-modified-since": DATE}, False),
    ],
    ids=str,
)
def test_unchanged(asked: dict[bytes, bytes], unchanged: bool) -> None:
    """A tag decides before a date; a date that cannot be read decides nothing."""
    assert is_unchanged(asked, VERSION) is unchanged


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (b"", None),
        (b"bytes=0-9", Part(0, 9)),
        (b"Bytes= 5-5 ", Part(5, 5)),
        (b"bytes=90-", Part(90, 99)),
        (b"bytes=90-1000", Part(90, 99)),
        (b"bytes=-1", Part(99, 99)),
        (b"bytes=-1000", Part(0, 99)),
        (b"bytes=9-5", None),
        (b"bytes=-", None),
        (b"bytes=0-1,5-6", None),
        (b"items=0-1", None),
        (b"bytes=0-" + b"9" * 30, None),
    ],
    ids=str,
)
def test_part(asked: bytes, part: Part | None) -> None:
    """One range of bytes is understood; whatever else is asked for gets the whole."""
    assert part_of({b"range": asked}, VERSION, 100) == part


@pytest.mark.parametrize("asked", [b"bytes=100-", b"bytes=100-200", b"bytes=-0"], ids=str)
def test_outside(asked: bytes) -> None:
    """A range that lies outside is a 416 that tells the length and no content."""
    told = answer({b"range": asked}, VERSION, [], CONTENT)
    assert (told.status, told.body) == (416, b"")
    assert dict(told.headers) == {b"content-range": b"bytes */100", b"content-length": b"0"}


@pytest.mark.parametrize(
    ("condition", "status"),
    [(b'"abc"', 206), (b'"x"', 200), (b'W/"abc"', 200), (DATE, 206), (b"Tue, 14 Nov 2023 22:13:21 GMT", 200)],
    ids=str,
)
def test_if_range(condition: bytes, status: int) -> None:
    """A part is given only of the very version that the client holds the rest of."""
    assert answer({b"range": b"bytes=1-2", b"if-range": condition}, VERSION, [], CONTENT).status == status


def test_headers() -> None:
    """Every answer about a file carries its tag, its date, how long it may be kept, and that parts can be had."""
    assert dict(headers_of(VERSION, 60)) == {
        b"etag": b'"abc"',
        b"last-modified": DATE,
        b"cache-control": b"public, max-age=60, immutable",
        b"accept-ranges": b"bytes",
    }


@given(st.binary(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_parts_are_parts(content: bytes, first: int, last: int) -> None:
    """A part is exactly the bytes asked for, and says where they are from."""
    told = answer({b"range": b"bytes=%d-%d" % (first, last)}, VERSION, [], content)
    headers = dict(told.headers)
    assert int(headers[b"content-length"]) == len(told.body)
    if told.status == 206:
        assert told.body == content[first : last + 1]
        end = min(last, len(content) - 1)
        assert headers[b"content-range"] == b"bytes %d-%d/%d" % (first, end, len(content))
    else:
        assert told.status == (200 if last < first else 416)


@given(st.dictionaries(st.sampled_from([b"range", b"if-range", b"if-none-match", b"if-modified-since"]), st.binary()))
def test_any_headers(asked: dict[bytes, bytes]) -> None:
    """Whatever the headers hold, there is an answer."""
    is_unchanged(asked, VERSION)
    assert answer(asked, VERSION, [], CONTENT).status in {200, 206, 416}
