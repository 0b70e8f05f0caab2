"""Requests as they are read off a connection: however the bytes are cut, the same requests come out."""

from __future__ import annotations

from itertools import pairwise

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.inprocess.doors.inbox import Inbox
from segmind_mock.inprocess.script import Asked

TWO = (
    b"POST /v2/sdxl?wait=1 HTTP/1.1\r\nHost: api.segmind.com\r\nX-Api-Key: SG_a\r\nContent-Length: 11\r\n\r\n"
    b'{"seed": 1}'
    b"POST /v1/sdxl HTTP/1.1\r\nhost: api.segmind.com\r\ntransfer-encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
)
"""Two requests in a row."""

READ = [
    Asked(
        "POST",
        "https",
        b"/v2/sdxl?wait=1",
        [(b"host", b"api.segmind.com"), (b"x-api-key", b"SG_a"), (b"content-length", b"11")],
        b'{"seed": 1}',
    ),
    Asked(
        "POST",
        "https",
        b"/v1/sdxl",
        [(b"host", b"api.segmind.com"), (b"transfer-encoding", b"chunked")],
        b"abcde",
    ),
]


def read(*pieces: bytes) -> list[Asked]:
    """The requests in bytes that come in pieces."""
    inbox = Inbox("https")
    return [asked for piece in pieces for asked in inbox.feed(piece)]


def asked_for(line: bytes, headers: bytes = b"") -> list[Asked]:
    """The requests that begin with a line and have no body."""
    return read(line + b"\r\nhost: api.segmind.com\r\n" + headers + b"\r\n")


@given(cuts=st.lists(st.integers(0, len(TWO))))
def test_pieces(cuts: list[int]) -> None:
    """Wherever the bytes are cut, the same two requests come out."""
    places = [0, *sorted(cuts), len(TWO)]
    assert read(*(TWO[begin:end] for begin, end in pairwise(places))) == READ


def test_only_when_whole() -> None:
    """A request is handed out with its last byte, and once."""
    inbox = Inbox("https")
    end = TWO.index(b"POST /v1")
    assert inbox.feed(TWO[: end - 1]) == []
    assert inbox.feed(TWO[end - 1 : end]) == READ[:1]
    assert inbox.feed(TWO[end:]) == READ[1:]


@given(body=st.binary(max_size=2000), sizes=st.lists(st.integers(1, 100), min_size=1))
def test_bodies(body: bytes, sizes: list[int]) -> None:
    """A body arrives as it was sent, in chunks or with its length."""
    chunks, at = b"", 0
    while at < len(body):
        part = body[at : at + sizes[at % len(sizes)]]
        chunks += b"%x\r\n%b\r\n" % (len(part), part)
        at += len(part)
    chunked = read(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", chunks + b"0\r\n\r\n")
    long = read(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body), body)
    assert [asked.body for asked in (*chunked, *long)] == [body, body]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", b"/"),
        (b"/v1/sdxl", b"/v1/sdxl"),
        (b"/a%20b?c=%23&d", b"/a%20b?c=%23&d"),
        (b"/v1/sdxl#part", b"/v1/sdxl"),
        (b"/v1/sdxl?a=1#part", b"/v1/sdxl?a=1"),
        (b"http://api.segmind.com/v1/sdxl?a=1", b"/v1/sdxl?a=1"),
        (b"http://api.segmind.com", b"/"),
        (b"http://api.segmind.com?a=1", b"/?a=1"),
        (b"*", b"*"),
    ],
)
def test_targets(target: bytes, path: bytes) -> None:
    """What is asked for is a path and its query, also where a proxy would be given the whole address."""
    method = b"OPTIONS" if target == b"*" else b"GET"
    assert [asked.target for asked in asked_for(method + b" " + target + b" HTTP/1.1")] == [path]


def test_an_upgrade() -> None:
    """A request to speak something else is a request like any other."""
    found = asked_for(b"GET /v1 HTTP/1.1", b"connection: upgrade\r\nupgrade: websocket\r\n")
    assert [asked.target for asked in found] == [b"/v1"]


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00", b"hello\r\n\r\n", b"GET / HTTP/9.9.9\r\n\r\n"])
def test_no_http(data: bytes) -> None:
    """Bytes that are no HTTP are an error."""
    with pytest.raises(httptools.HttpParserError):
        read(data)


@given(st.binary(max_size=200))
def test_anything(data: bytes) -> None:
    """Whatever comes, there are requests or there is the one error."""
    try:
        read(data)
    except httptools.HttpParserError:
        return
