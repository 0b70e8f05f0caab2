"""Reading: a body comes in pieces, within bounds, in time or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.backend import Backend
from segmind_mock.config import Config
from segmind_mock.errors import NotAcceptable, TooLarge, UnknownModel
from segmind_mock.web.call import Call
from segmind_mock.web.reading import ClientGone, Reader
from tests.worlds import KEY, START, backend

LIMIT = 1024
JSON = {b"content-type": b"application/json"}
FORM = {b"content-type": b"multipart/form-data; boundary=cut"}
GONE = {"type": "http.disconnect"}


class Wire:
    """What a client sends, piece by piece, each after a while if it is slow; whoever reads on waits for ever."""

    def __init__(self, messages: Iterable[dict[str, Any]], *, slow: bool = False) -> None:
        self.left = list(messages)
        self.slow = slow

    async def receive(self) -> dict[str, Any]:
        """The next message."""
        if not self.left:
            await asyncio.get_running_loop().create_future()
        if self.slow:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return self.left.pop(0)


def pieces(*parts: bytes, slow: bool = False) -> Wire:
    """A body in parts."""
    last = len(parts) - 1
    messages = ({"type": "http.request", "body": part, "more_body": at < last} for at, part in enumerate(parts))
    return Wire(messages, slow=slow)


def called(behind: Backend, headers: dict[bytes, bytes]) -> Call:
    """A call of an account that has been used before."""
    world = behind.world(KEY)
    return Call({"type": "http", "method": "POST", "headers": list(headers.items())}, headers, world, START, START)


def read(wire: Wire, headers: dict[bytes, bytes] = JSON, slug: str = "sd1.5-img2img") -> dict[str, object]:
    """The parameters that a reader finds."""
    behind = backend(Config(max_body=LIMIT))
    call = called(behind, headers)

    async def reader() -> dict[str, object]:
        entry, found, _ = await Reader(behind).request(call, wire.receive, slug)
        assert entry.model.slug == slug
        return found

    return asyncio.run(reader())


@given(st.dictionaries(st.text("abc"), st.text("abc")), st.lists(st.integers(0, 50)), st.booleans())
def test_pieces(body: dict[str, str], cuts: list[int], slow: bool) -> None:
    """However a body is cut, empty pieces among them, and however it comes, it is read whole."""
    raw = json.dumps(body).encode()
    places = sorted({min(cut, len(raw)) for cut in cuts} | {0, len(raw)})
    assert read(pieces(*(raw[one:two] for one, two in pairwise(places)), b"", slow=slow)) == body


def test_the_bound() -> None:
    """A body of exactly the bound is read; one byte more is refused, in one piece or in many."""
    fits = b'{"a":"' + b"x" * (LIMIT - 8) + b'"}'
    assert len(fits) == LIMIT
    assert read(pieces(fits[:500], fits[500:])) == {"a": "x" * (LIMIT - 8)}
    with pytest.raises(TooLarge, match="bound of 1024 bytes"):
        read(pieces(*(b"x" for _ in range(LIMIT)), b"xx"))


@pytest.mark.parametrize("length", [b"1025", b"9" * 18, b"9" * 19, b"-1", b"1e3", b"", b"\xb2"])
def test_a_length_beyond_the_bound(length: bytes) -> None:
    """A length that is declared too large, or is none, is refused before anything is read."""
    wire = pieces(b"{}")
    with pytest.raises(TooLarge):
        read(wire, JSON | {b"content-length": length})
    assert len(wire.left) == 1


def test_a_body_beyond_the_bound_is_not_read_on() -> None:
    """What comes after the bound was passed is left where it is."""
    wire = pieces(*(b"x" * 600 for _ in range(10)))
    with pytest.raises(TooLarge):
        read(wire)
    assert len(wire.left) == 8


BEGUN = pytest.mark.parametrize(
    "begun", [[], [{"type": "http.request", "body": b"{", "more_body": True}]], ids=["not begun", "begun"]
)


@BEGUN
@pytest.mark.parametrize("slow", [True, False])
def test_a_client_that_hangs_up(begun: list[dict[str, Any]], slow: bool) -> None:
    """A client that goes before its body is complete gets nothing, wherever it stopped."""
    with pytest.raises(ClientGone):
        read(Wire([*begun, GONE], slow=slow))


def test_order_of_refusals() -> None:
    """The content type is looked at before the model, the model before the length, the length before the body."""
    huge = {b"content-length": b"9999"}
    with pytest.raises(NotAcceptable):
        read(pieces(), huge, "none")
    with pytest.raises(UnknownModel):
        read(pieces(), JSON | huge, "none")
    with pytest.raises(TooLarge):
        read(pieces(b"{"), JSON | huge)


def test_a_form_is_read_too() -> None:
    """A body of the other content type is given to the reader of forms."""
    wire = pieces(b'--cut\r\nContent-Disposition: form-data; name="samples"\r\n\r\n2\r\n', b"--cut--\r\n")
    assert read(wire, FORM) == {"samples": 2}


def test_a_body_is_read_once() -> None:
    """Who asks for a body that was read gets the same, and the client is not asked again."""
    behind = backend(Config(max_body=LIMIT))
    call, wire = called(behind, JSON), pieces(b'{"a":', b"1}")
    reader = Reader(behind)

    async def twice() -> list[bytes]:
        return [await reader.body(call, wire.receive) for _ in range(2)]

    assert asyncio.run(twice()) == [b'{"a":1}'] * 2
    assert (call.body, call.is_read) == (b'{"a":1}', True)


def test_a_refusal_does_not_wait_long() -> None:
    """A body that does not come keeps nobody who is refused anyway waiting; what came of it is no body."""
    wire = Wire([{"type": "http.request", "body": b"{", "more_body": True}])
    behind = backend()
    call = called(behind, JSON | {b"content-length": b"50"})
    asyncio.run(Reader(behind).soon(call, wire.receive, 0.01))
    assert (call.is_read, call.body) == (False, b"")
    with pytest.raises(ClientGone):
        asyncio.run(Reader(behind).body(call, wire.receive))


def test_refused_each_time() -> None:
    """A body that was too large stays so, however often it is asked for."""
    wire = pieces(bytes(LIMIT), bytes(LIMIT), b"{}")
    behind = backend(Config(max_body=LIMIT))
    call = called(behind, JSON)
    for _ in range(2):
        with pytest.raises(TooLarge):
            asyncio.run(Reader(behind).body(call, wire.receive))


@pytest.mark.parametrize(
    "headers", [{}, {b"content-length": b"0"}, {b"content-length": b"5", b"expect": b"100-continue"}]
)
def test_nothing_to_read(headers: dict[bytes, bytes]) -> None:
    """Where there is no body, or the client asks first, nothing is waited for."""
    behind = backend()
    call = called(behind, headers)
    asyncio.run(Reader(behind).soon(call, Wire([]).receive, 60))
    assert not call.is_read
