"""Sending: what each fault looks like from the client's side of a real socket, and in words for the journal."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import faults
from segmind_mock.faults import BrokenChunk, Cut, Delay, Drip, Garbage, HangUp, Refuse, Reset, Stop
from segmind_mock.web.answers import Answer
from segmind_mock.web.sending import _garbage, send_with
from tests.wired import BODY, DATED, DRAW, LOOPS, App, Live, answer, live, rest

HALF = len(BODY) // 2
IMPATIENT = 0.3
"""Seconds after which a client gives up on silence."""


class Seen(NamedTuple):
    """What clients make of a fault."""

    faults: tuple[faults.Wire, ...]
    end: str
    """Of the connection, as a raw socket sees it."""
    body: bytes | None
    """What arrives of the body; None where not even the head does."""
    httpx: type[Exception] | None
    """The exception; None where the answer is whole."""
    curl: int
    """The exit code."""
    words: list[str]


OF_BODY = f"of {len(BODY)} bytes of the body"
SEEN = {
    "late": Seen((Delay(low=0.01, high=0.01),), "silent", BODY, None, 0, ["held 0.010 s"]),
    "dripped": Seen(
        (Drip(size=50, every=0.01),), "silent", BODY, None, 0, ["sent in pieces of 50 bytes, 0.01 s apart"]
    ),
    "stopped": Seen((Stop(at=0.5),), "silent", BODY[:HALF], httpx.ReadTimeout, 28, [f"silent after {HALF} {OF_BODY}"]),
    "stopped-at-once": Seen((Stop(at=0),), "silent", b"", httpx.ReadTimeout, 28, [f"silent after 0 {OF_BODY}"]),
    "cut": Seen(
        (Cut(at=0.5),), "closed", BODY[:HALF], httpx.RemoteProtocolError, 18, [f"closed after {HALF} {OF_BODY}"]
    ),
    "reset-before": Seen((Reset(when="before"),), "reset", None, httpx.ReadError, 56, ["reset before the first byte"]),
    "reset-headers": Seen((Reset(when="headers"),), "reset", None, httpx.ReadError, 56, ["reset amid the head"]),
    "reset-body": Seen(
        (Reset(when="body"),), "reset", BODY[:HALF], httpx.ReadError, 56, [f"reset after {HALF} {OF_BODY}"]
    ),
    "reset-after": Seen((Reset(when="after"),), "reset", BODY, None, 0, ["reset after the whole answer"]),
    "hung-up": Seen((HangUp(),), "closed", BODY, None, 0, ["hung up 0 s after the answer"]),
    "hung-up-later": Seen((HangUp(after=0.02),), "closed", BODY, None, 0, ["hung up 0.02 s after the answer"]),
    "broken-chunk": Seen(
        (BrokenChunk(),),
        "closed",
        b"%x\r\n%b\r\nlength\r\n%b\r\n0\r\n\r\n" % (HALF, BODY[:HALF], BODY[HALF:]),
        httpx.RemoteProtocolError,
        56,
        [f"a chunk whose length is no number after {HALF} {OF_BODY}, and closed"],
    ),
    "garbage": Seen(
        (Garbage(size=64),), "closed", None, httpx.RemoteProtocolError, 1, ["64 bytes that are not HTTP, and closed"]
    ),
    "dripped-and-cut": Seen(
        (Drip(size=20, every=0.01), Cut(at=0.5)),
        "closed",
        BODY[:HALF],
        httpx.RemoteProtocolError,
        18,
        ["sent in pieces of 20 bytes, 0.01 s apart", f"closed after {HALF} {OF_BODY}"],
    ),
    "late-and-reset": Seen(
        (Delay(low=0.01, high=0.01), Reset(when="body")),
        "reset",
        BODY[:HALF],
        httpx.ReadError,
        56,
        ["held 0.010 s", f"reset after {HALF} {OF_BODY}"],
    ),
}
EACH = pytest.mark.parametrize("name", SEEN)


@pytest.fixture(scope="module", params=LOOPS)
def served(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A server on either event loop."""
    with live(App({f"/{name}": seen.faults for name, seen in SEEN.items()}), request.param) as found:
        yield found
        found.until_idle()


@EACH
def test_bytes(served: Live, name: str) -> None:
    """The bytes that arrive, and how the connection ends: a reset is a reset, and no other end is."""
    seen = SEEN[name]
    with served.connect(f"/{name}") as connection:
        if seen.end == "silent":
            connection.settimeout(IMPATIENT)
        came, end = rest(connection)
    assert end == seen.end
    head, found, body = came.partition(b"\r\n\r\n")
    assert (body if found else None) == seen.body
    if found:
        assert re.match(rb"HTTP/1\.1 200 OK\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n", head)
        assert b"connection" not in head
        assert (b"content-length: %d" % len(BODY) in head) != (b"transfer-encoding: chunked" in head)
    assert served.app.words() == (f"/{name}", seen.words)


@EACH
def test_httpx(served: Live, name: str) -> None:
    """What httpx makes of it."""
    expected = SEEN[name].httpx
    with httpx.Client(timeout=httpx.Timeout(10, read=IMPATIENT)) as client:
        if expected is None:
            assert client.get(f"{served.url}/{name}").content == BODY
        else:
            with pytest.raises(httpx.TransportError) as caught:
                client.get(f"{served.url}/{name}")
            assert caught.type is expected
    assert served.app.words()[1] == SEEN[name].words


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")
@EACH
def test_curl(served: Live, name: str) -> None:
    """The code with which curl exits."""
    command = ["curl", "-q", "-s", "-o", "-", "-m", str(IMPATIENT if SEEN[name].curl == 28 else 10)]
    done = subprocess.run([*command, f"{served.url}/{name}"], capture_output=True, check=False, timeout=20)
    assert done.returncode == SEEN[name].curl
    assert served.app.words()[1] == SEEN[name].words


@pytest.mark.parametrize("name", ["stopped", "cut", "reset-body", "broken-chunk", "hung-up", "dripped"])
def test_head(served: Live, name: str) -> None:
    """A HEAD is answered without a body, and its fault happens after the head."""
    with served.connect(f"/{name}", method="HEAD") as connection:
        connection.settimeout(IMPATIENT)
        came, end = rest(connection)
    assert came.startswith(b"HTTP/1.1 200 OK\r\n")
    assert came.endswith(b"\r\n\r\n")
    assert end == SEEN[name].end
    served.app.words()


def test_a_heads_words(served: Live) -> None:
    """Where there is no body, the words do not speak of one."""
    with served.connect("/cut", method="HEAD") as connection:
        rest(connection)
    assert served.app.words()[1] == ["closed after the head"]


def test_a_drip_comes_in_pieces() -> None:
    """The pieces of a dripped body arrive apart, with its true length told beforehand."""
    with live(App({"/drip": (Drip(size=24, every=0.15),)})) as served, served.connect("/drip") as connection:
        pieces: list[bytes] = []
        while sum(len(piece) for piece in pieces) < len(BODY):
            came = connection.recv(1 << 16)
            pieces.append(came.partition(b"\r\n\r\n")[2] if came.startswith(b"HTTP") else came)
        assert b"".join(pieces) == BODY
        assert len(pieces) > 2
        assert all(len(piece) % 24 == 0 for piece in pieces)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("ending", [Cut(at=0.5), Reset(when="body"), Reset(when="after"), HangUp()], ids=repr)
def test_large(loop: str, ending: faults.Wire) -> None:
    """Of a large answer, read slowly, everything arrives that was to arrive, whatever comes after it."""
    large = bytes(range(256)) * 40_000
    app = App({"/large": (ending,)})
    app.bodies["/large"] = large
    with live(app, loop) as served, served.connect("/large") as connection:
        served.app.begun.get(timeout=10)
        came, end = rest(connection)
    whole = ending in (Reset(when="after"), HangUp())
    assert len(came.partition(b"\r\n\r\n")[2]) == (len(large) if whole else len(large) // 2)
    assert end == ("reset" if isinstance(ending, Reset) else "closed")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Delay(low=60, high=60), ["the client hung up while it was held for 60.000 s"]),
        (
            Drip(size=24, every=60),
            [f"the client hung up after 24 {OF_BODY}, which came in pieces of 24 bytes"],
        ),
        (Stop(at=0.5), [f"silent after {HALF} {OF_BODY}"]),
    ],
    ids=["delay", "drip", "stop"],
)
@pytest.mark.parametrize("unread", [0, 1_000_000])
def test_a_client_that_hangs_up(fault: faults.Wire, words: list[str], unread: int) -> None:
    """A client's end ends the fault, even where it was sending something that nobody wanted to read."""
    with live(App({"/": (fault,)})) as served:
        extra = b"content-length: %d\r\n" % unread
        served.connect("/", method="POST", extra=extra, body=bytes(unread)).close()
        assert served.app.words() == ("/", words)
        served.until_idle()


def test_a_body_that_is_not_read() -> None:
    """A connection that is cut while the client still sends is closed, not reset."""
    with live(App({"/": (Cut(at=0.5),)})) as served:
        with served.connect("/", method="POST", extra=b"content-length: 900000\r\n", body=bytes(500_000)) as connection:
            came, end = rest(connection)
            assert (came.partition(b"\r\n\r\n")[2], end) == (BODY[:HALF], "closed")
        served.until_idle()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_pooled_connection(loop: str) -> None:
    """Keep-alive was promised; the second call on the same connection finds it closed."""
    with live(App({"/hang": (HangUp(),)}), loop) as served:
        with served.connect("/hang") as connection:
            came = b""
            while not came.endswith(BODY):
                came += connection.recv(1 << 16)
            assert b"connection: close" not in came
            assert served.app.words()[1] == ["hung up 0 s after the answer"]
            connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert rest(connection) == (b"", "closed")
        served.until_idle()
    assert list(served.app.begun.queue) == ["/hang"]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("first", "begun", "answered"),
    [
        ((Delay(low=0.02, high=0.02),), 4, 4),
        ((Drip(size=50, every=0.01),), 4, 4),
        ((HangUp(after=60),), 4, 4),
        ((HangUp(),), 1, 1),
        ((Cut(at=0.5),), 1, 1),
        ((Reset(when="after"),), 1, 1),
        ((Garbage(size=10),), 1, 0),
    ],
    ids=["delay", "drip", "hang up later", "hang up", "cut", "reset", "garbage"],
)
def test_pipelined(loop: str, first: tuple[faults.Wire, ...], begun: int, answered: int) -> None:
    """Requests behind a faulted one are answered in their order, or not begun where it ended their connection."""
    with live(App({"/first": first}), loop) as served:
        with served.connect("/first", "/", "/", "/") as connection:
            connection.settimeout(10 if answered < 4 else IMPATIENT)
            came, _ = rest(connection)
        served.app.words()
        served.until_idle()
    assert came.count(b"HTTP/1.1 200 OK") == answered
    assert served.app.begun.qsize() == begun


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("size", [1, len(BODY)])
def test_a_client_that_resets(loop: str, size: int) -> None:
    """A client that breaks off, with more requests behind the one that is answered, ends that one."""
    with live(App({"/first": (Drip(size=size, every=0.01), HangUp(after=0.01))}), loop) as served:
        with served.connect("/first", "/") as connection:
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ended = served.app.words()[1]
        assert size > 1 or re.fullmatch(r"the client hung up after \d+ of 120 bytes of the body, .*", ended[0])
        served.until_idle()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_lost_connection_with_more_behind(loop: str) -> None:
    """A connection that is lost ends the exchange that is under way, not only the one that came last."""
    with live(App({"/first": (Delay(low=60, high=60),)}), loop) as served, served.connect("/first", "/"):
        served.app.begun.get(timeout=10)
        (connection,) = served.server.server_state.connections
        while not cast(Any, connection).is_held:
            pass
        served.app.loop.call_soon_threadsafe(connection.transport.abort)
        assert served.app.words()[1] == ["the client hung up while it was held for 60.000 s"]


def test_hung_up_amid_the_next() -> None:
    """A connection that is closed a while after an answer is closed whatever is under way on it then."""
    with live(App({"/first": (HangUp(after=0.05),), "/second": (Delay(low=60, high=60),)})) as served:
        with served.connect("/first", "/second") as connection:
            came, end = rest(connection)
        assert (came.count(b"HTTP/1.1"), end) == (1, "closed")
        assert served.app.words() == ("/first", ["hung up 0.05 s after the answer"])
        assert served.app.words() == ("/second", ["the client hung up while it was held for 60.000 s"])


@pytest.mark.parametrize("name", ["stopped", "dripped", "late"])
def test_others_go_on(served: Live, name: str) -> None:
    """While a fault holds one connection, others are answered."""
    with served.connect(f"/{name}"), served.connect("/") as other:
        other.settimeout(IMPATIENT)
        assert rest(other)[0].endswith(BODY)
    served.app.words()
    served.app.words()


@pytest.mark.parametrize("loop", LOOPS)
def test_refused(loop: str) -> None:
    """This connection is closed with nothing said and new ones are refused, while those that there are go on."""
    with live(App({"/refuse": (Refuse(seconds=60),)}), loop) as served:
        with served.connect("/") as kept:
            kept.recv(1 << 16)
            with served.connect("/refuse") as connection:
                assert rest(connection) == (b"", "closed")
            with pytest.raises(ConnectionRefusedError):
                served.connect("/")
            with pytest.raises(httpx.ConnectError):
                httpx.get(served.url)
            if shutil.which("curl"):
                assert subprocess.run(["curl", "-q", "-s", served.url], check=False, timeout=20).returncode == 7
            kept.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert kept.recv(1 << 16).endswith(BODY)
        served.app.words()
        words = served.app.words()[1]
    assert words == ["closed without an answer, and the port refused connections for 60 s"]


def test_the_clients_of_a_refusal() -> None:
    """What httpx and curl make of the connection on which a refusal came."""
    with live(App({"/refuse": (Refuse(seconds=0),)})) as served:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{served.url}/refuse")
        if shutil.which("curl"):
            served.app.words()
            code = 7
            while code == 7:
                code = subprocess.run(["curl", "-q", "-s", f"{served.url}/refuse"], check=False, timeout=20).returncode
            assert code == 52


@pytest.mark.parametrize("loop", LOOPS)
def test_the_end_of_the_server(loop: str) -> None:
    """A server that ends amid faults of every kind that last ends at once, and has nothing to complain about."""
    lasting: dict[str, tuple[faults.Wire, ...]] = {
        "/delay": (Delay(low=500, high=500),),
        "/drip": (Drip(size=1, every=500),),
        "/stop": (Stop(at=0.5),),
        "/drip-stop": (Drip(size=1, every=500), Stop(at=1)),
        "/hang-up": (HangUp(after=500),),
        "/refuse": (Refuse(seconds=500),),
    }
    app = App(lasting)
    with live(app, loop) as served:
        connections = [served.connect(path) for path in lasting]
        for _ in lasting:
            app.begun.get(timeout=10)
    assert {end for _, end in map(rest, connections)} <= {"closed", "reset"}
    for connection in connections:
        connection.close()
    socket.create_server(served.address).close()


class Silent:
    """A wire on which a stop lasts until it is let go."""

    gone = False

    def __init__(self) -> None:
        self.sent = b""
        self.silent = asyncio.Event()
        self.let_go = asyncio.Event()

    async def write(self, data: bytes) -> None:
        """It is sent."""
        self.sent += data

    async def silence(self) -> None:
        """It lasts."""
        self.silent.set()
        await self.let_go.wait()


def test_a_stop_is_told_when_it_begins() -> None:
    """What lasts is told before it is over, and the head is dated with the instant that was given."""

    async def stopped() -> tuple[bytes, list[str]]:
        wire, told = Silent(), ["before"]
        some = (Stop(at=0.5),)
        lasting = send_with(
            some, answer(), wire=cast(Any, wire), send=cast(Any, None), draw=DRAW, told=told, real=DATED
        )
        task = asyncio.ensure_future(lasting)
        await asyncio.wait_for(wire.silent.wait(), 10)
        seen = [*told]
        wire.let_go.set()
        await task
        return wire.sent, seen

    sent, told = asyncio.run(stopped())
    assert told == ["before", f"silent after {HALF} {OF_BODY}"]
    assert b"\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\n" in sent


def test_what_was_told_outlives_the_error() -> None:
    """What happened before an ending without a wire is told, and so is the ending that is raised."""
    told: list[str] = []

    async def send(_: Any) -> None:
        return None

    some = (Delay(low=0.01, high=0.01), Reset(when="body"))
    with pytest.raises(ConnectionResetError):
        asyncio.run(send_with(some, answer(), wire=None, send=send, draw=DRAW, told=told, real=DATED))
    assert told == ["held 0.010 s", f"reset after {HALF} {OF_BODY}"]


def sent_by_asgi(*some: faults.Wire, given: Answer | None = None) -> tuple[list[Any], object]:
    """The messages with which an answer is sent where there is no wire, and what is told or raised."""
    messages: list[Any] = []
    told: list[str] = []

    async def send(message: Any) -> None:
        messages.append(message)

    try:
        asyncio.run(send_with(some, given or answer(), wire=None, send=send, draw=DRAW, told=told, real=DATED))
    except ConnectionError as error:
        return messages, type(error)
    return messages, told


@pytest.mark.parametrize(
    ("fault", "sent", "told"),
    [
        (Delay(low=0.01, high=0.01), [BODY], ["held 0.010 s"]),
        (Drip(size=100, every=0.01), [BODY[:100], BODY[100:]], ["sent in pieces of 100 bytes, 0.01 s apart"]),
        (HangUp(), [BODY], ["not hung up: this server lets no connection be closed"]),
        (Cut(at=0.25), [BODY[: HALF // 2]], ConnectionAbortedError),
        (Stop(at=0.25), [BODY[: HALF // 2]], ConnectionAbortedError),
        (BrokenChunk(), [BODY[:HALF]], ConnectionAbortedError),
        (Reset(when="body"), [BODY[:HALF]], ConnectionResetError),
        (Reset(when="after"), [BODY], ConnectionResetError),
        (Reset(when="before"), None, ConnectionResetError),
        (Reset(when="headers"), None, ConnectionResetError),
        (Garbage(size=9), None, ConnectionAbortedError),
        (Refuse(seconds=9), None, ConnectionAbortedError),
    ],
    ids=repr,
)
def test_without_a_wire(fault: faults.Wire, sent: list[bytes] | None, told: object) -> None:
    """On a server that gives no wire, what ASGI allows is sent, and then an error raised that names the end."""
    messages, end = sent_by_asgi(fault)
    assert end == told
    assert [message["type"] for message in messages[:1]] == ([] if sent is None else ["http.response.start"])
    assert [message["body"] for message in messages[1:]] == (sent or [])
    if messages:
        assert messages[-1].get("more_body", False) == (not isinstance(told, list))


@given(st.binary(max_size=200), st.integers(1, 100), st.lists(st.sampled_from([Delay(), HangUp()]), max_size=1))
def test_any_drip(body: bytes, size: int, also: list[faults.Wire]) -> None:
    """Whatever the body and the size of its pieces, they are the body, none is larger, and the last says so."""
    messages, _ = sent_by_asgi(*also, Drip(size=size, every=0), given=answer(body))
    pieces = messages[1:]
    assert b"".join(piece["body"] for piece in pieces) == body
    assert max(len(piece["body"]) for piece in pieces) <= size
    assert [piece.get("more_body", False) for piece in pieces] == [True] * (len(pieces) - 1) + [False]


@given(st.binary(min_size=1), st.integers(0, 5000))
def test_garbage(draw: bytes, size: int) -> None:
    """Garbage has its size, is the same for the same draw, and does not begin as HTTP does."""
    noise = _garbage(draw, size)
    assert len(noise) == size
    assert noise == _garbage(draw, size)
    assert not noise[:1].isascii() or not noise


@pytest.mark.parametrize(
    ("given", "head"),
    [
        (Answer(204, [], b""), b"HTTP/1.1 204 No Content"),
        (Answer(299, [], b"ab"), b"HTTP/1.1 299 "),
        (Answer(200, [(b"transfer-encoding", b"chunked")], b""), b"HTTP/1.1 200 OK"),
    ],
    ids=["no body", "no reason", "chunked"],
)
def test_heads(given: Answer, head: bytes) -> None:
    """A raw head has the status line that the server would write, and a length where one is due."""
    from segmind_mock.web.sending import _head

    lines = _head(given, DATED).split(b"\r\n")
    assert lines[0] == head
    assert (b"content-length: 2" in lines) == (given.status == 299)
    assert lines[-2:] == [b"", b""]
