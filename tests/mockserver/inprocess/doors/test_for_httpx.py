"""httpx and httpx2, answered without a socket: what they see is what they see over one."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import httpx
import httpx2
import pytest
import trio

from segmind_mock.inprocess.doors.for_httpx import replacements
from segmind_mock.inprocess.hosts import NetworkBlocked
from segmind_mock.inprocess.interception import intercept
from segmind_mock.mock import Mock
from tests.served import Served, serving
from tests.worlds import KEY, printed_call

T = TypeVar("T")
HOST = "https://api.segmind.com"
CREDITS = "/v1/get-user-credits"
SLUG = "sd1.5-img2img"
V1, V2 = f"{HOST}/v1/{SLUG}", f"{HOST}/v2/{SLUG}"
HEADERS = {"x-api-key": KEY}
CALL = printed_call(SLUG)
OWN = b'{"credits":1000000.0,"free-credits":0.0}'


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    """Each of the two libraries."""
    return request.param


@pytest.fixture
def mock() -> Iterator[Mock]:
    """An interception, with virtual time."""
    with intercept() as found:
        yield found


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The same service on a socket."""
    with serving() as found:
        yield found


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, and complain of whatever it leaves on its loop."""

    async def whole() -> T:
        told = await main
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return told

    told = asyncio.run(whole())
    gc.collect()
    return told


def run_with_trio(main: Coroutine[Any, Any, T]) -> T:
    """The same with trio."""

    async def whole() -> T:
        return await main

    return trio.run(whole)


def doing(do: Mapping[str, Any], operation: str = "credits", **when: Any) -> dict[str, Any]:
    """A scenario that does one thing to calls of an operation."""
    rule = {"match": {"operation": operation}, "do": dict(do), **({"when": when} if when else {})}
    return {"scenario": "x", "rules": [rule]}


def held(seconds: float) -> dict[str, Any]:
    """A scenario in which the answers to v1 calls are held for so long; they take no time beside that."""
    return doing({"delay": seconds, "error": 502}, "generate")


class Seen(NamedTuple):
    """What a client saw of one call."""

    end: str
    status: int | None = None
    body: bytes = b""


def seen(library: Any, method: str, url: str, timeout: Any = 0.5, **options: Any) -> Seen:
    """One call by a thread, in a client of its own."""
    status, body = None, b""
    with library.Client(headers=HEADERS, trust_env=False, timeout=timeout) as client:
        try:
            with client.stream(method, url, **options) as answer:
                status = answer.status_code
                for piece in answer.iter_raw():
                    body += piece
        except library.RequestError as error:
            return Seen(type(error).__name__, status, body)
    return Seen("", status, body)


async def seen_async(library: Any, method: str, url: str, timeout: Any = 0.5, **options: Any) -> Seen:
    """The same by a task."""
    status, body = None, b""
    async with library.AsyncClient(headers=HEADERS, trust_env=False, timeout=timeout) as client:
        try:
            async with client.stream(method, url, **options) as answer:
                status = answer.status_code
                async for piece in answer.aiter_raw():
                    body += piece
        except library.RequestError as error:
            return Seen(type(error).__name__, status, body)
    return Seen("", status, body)


Way = Callable[..., Seen]
WAYS: dict[str, Way] = {
    "threads": seen,
    "asyncio": lambda *given, **options: run(seen_async(*given, **options)),
    "trio": lambda *given, **options: run_with_trio(seen_async(*given, **options)),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    """A call by a thread, by a task of asyncio, by a task of trio."""
    return WAYS[request.param]


# --- Answers ------------------------------------------------------------------------------------------------


def test_an_answer(library: Any, mock: Mock) -> None:
    """Status, reason, headers and body are the service's, over HTTPS without any TLS."""
    answer = library.get(HOST + CREDITS, headers=HEADERS)
    assert (answer.status_code, answer.reason_phrase, answer.http_version) == (200, "OK", "HTTP/1.1")
    assert (answer.content, answer.json()["credits"]) == (OWN, 1_000_000)
    assert answer.headers["content-length"] == str(len(OWN))
    assert answer.headers["content-type"] == "application/json"
    assert "date" in answer.headers
    assert answer.is_closed
    assert answer.elapsed.total_seconds() >= 0
    mock.verify(operation="credits", count=1)


def test_answers_of_every_way(library: Any, way: Way, mock: Mock) -> None:
    """However it is called, the answer is the same."""
    assert way(library, "GET", HOST + CREDITS) == Seen("", 200, OWN)
    assert way(library, "HEAD", HOST + CREDITS) == Seen("", 200, b"")
    assert way(library, "GET", HOST.replace("https", "http") + CREDITS) == Seen("", 200, OWN)
    assert way(library, "GET", HOST + "/nowhere%20at/all?a=%2F&a").status == 400
    mock.verify(path="/nowhere at/all", count=1)


def test_no_key(library: Any, mock: Mock) -> None:
    """A client without a key is turned away as the service does it, and `raise_for_status` says so."""
    answer = library.get(HOST + CREDITS)
    assert answer.status_code == 401
    with pytest.raises(library.HTTPStatusError, match="401 Unauthorized"):
        answer.raise_for_status()


def test_head(library: Any, mock: Mock) -> None:
    """The answer to a HEAD has the length of a body, and none."""
    answer = library.head(HOST + CREDITS, headers=HEADERS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(OWN))


def test_a_given_answer(library: Any, way: Way, mock: Mock) -> None:
    """Any status and body that a scenario gives arrive as they are."""
    mock.play(doing({"answer": {"status": 204}}))
    assert way(library, "GET", HOST + CREDITS) == Seen("", 204, b"")
    mock.play(doing({"answer": {"status": 599, "base64": "AP8A"}}))
    assert way(library, "GET", HOST + CREDITS) == Seen("", 599, b"\0\xff\0")


def test_headers_that_stand_twice(library: Any, mock: Mock) -> None:
    """Names of headers are of any case; headers of a request arrive at the service."""
    library.get(HOST + CREDITS, headers=[("X-API-Key", KEY), ("X-Twice", "1"), ("x-twice", "2")])
    mock.verify(operation="credits", status=200, count=1)


def test_parts_of_a_body(library: Any, mock: Mock) -> None:
    """A streamed answer is read in lines, in pieces, or not at all."""
    mock.play(doing({"answer": {"status": 200, "text": "a\nb\nc"}}))
    with library.Client(base_url=HOST, headers=HEADERS) as client:
        with client.stream("GET", CREDITS) as answer:
            assert [*answer.iter_lines()] == ["a", "b", "c"]
            assert answer.num_bytes_downloaded == 5
        with client.stream("GET", CREDITS) as answer:
            assert [*answer.iter_bytes(2)] == [b"a\n", b"b\n", b"c"]
        with client.stream("GET", CREDITS) as answer:
            pass
        with pytest.raises(library.StreamClosed):
            answer.read()


def pieces() -> Iterator[bytes]:
    """A body that is made bit by bit."""
    yield from (b'{"prompt": ', b'"a fox', b'"}')


async def pieces_async() -> AsyncIterator[bytes]:
    """The same, by a task that sleeps."""
    for piece in pieces():
        yield piece
        await asyncio.sleep(1)


def test_a_body_that_is_made_meanwhile(library: Any, mock: Mock) -> None:
    """A generator's body arrives whole, from a thread and from a task that sleeps while it makes it."""
    headers = {"content-type": "application/json"}
    seen(library, "POST", V2, content=pieces(), headers=headers)
    run(seen_async(library, "POST", V2, content=pieces_async(), headers=headers))
    mock.verify(operation="submit", body={"$.prompt": "a fox"}, count=2)


def test_a_form(library: Any, way: Way, mock: Mock) -> None:
    """A multipart form arrives as it was sent."""
    way(library, "POST", V2, files={"image": ("a.png", b"\x89PNG" + bytes(300_000), "image/png")}, data={"a": "b"})
    mock.verify(header={"content-type": {"like": "multipart/form-data*"}}, count=1)


def test_a_job_to_its_picture(library: Any, mock: Mock) -> None:
    """Submit, polls that sleep, and the picture's file, by tasks."""

    async def main() -> bytes:
        async with library.AsyncClient(base_url=HOST, headers=HEADERS) as client:
            urls = (await client.post(f"/v2/{SLUG}", json=CALL)).json()
            await asyncio.sleep(100)
            assert (await client.get(urls["status_url"])).json()["status"] == "COMPLETED"
            told = (await client.get(urls["response_url"])).json()
            return bytes((await client.get(told["images"][0]["url"] if "images" in told else told["output"])).content)

    assert len(run(main())) > 10_000
    mock.verify(operation="file", count=1)


# --- Clients ------------------------------------------------------------------------------------------------


def test_redirects(library: Any, mock: Mock) -> None:
    """A redirect is told, and followed where the client follows; within the mock it leads to the mock."""
    mock.play(doing({"redirect": CREDITS}, first=2))
    with library.Client(base_url=HOST, headers=HEADERS) as client:
        told = client.get(CREDITS)
        assert (told.status_code, told.has_redirect_location) == (307, True)
        followed = client.get(CREDITS, follow_redirects=True)
        assert ([each.status_code for each in followed.history], followed.content) == ([307], OWN)


def test_event_hooks(library: Any, mock: Mock) -> None:
    """Hooks see requests and answers, and may read these."""
    told: list[object] = []

    def answered(answer: Any) -> None:
        told.append(answer.read())

    hooks = {"request": [lambda request: told.append(request.method)], "response": [answered]}
    with library.Client(headers=HEADERS, event_hooks=hooks) as client:
        client.get(HOST + CREDITS)
    assert told == ["GET", OWN]


def test_event_hooks_of_tasks(library: Any, mock: Mock) -> None:
    """So do those of tasks, of an answer that is replayed too."""
    mock.play(doing({"drip": {"size": 10, "every": 1}}))
    told: list[object] = []

    async def asked(request: Any) -> None:
        told.append(request.method)

    async def answered(answer: Any) -> None:
        told.append(await answer.aread())

    async def main() -> None:
        hooks = {"request": [asked], "response": [answered]}
        async with library.AsyncClient(headers=HEADERS, event_hooks=hooks) as client:
            await client.get(HOST + CREDITS)

    run(main())
    assert told == ["GET", OWN]


def test_a_proxy(library: Any, mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy, named or found in the environment, is not asked: the mock answers."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    with library.Client(headers=HEADERS) as client:
        assert client.get(HOST + CREDITS).content == OWN
    with library.Client(headers=HEADERS, proxy="http://user:word@proxy.test:3128") as client:
        assert client.get(HOST + CREDITS).content == OWN
    mock.verify(operation="credits", count=2)


def test_a_transport_around_its_own(library: Any, mock: Mock) -> None:
    """A transport of a client's own that hands on to httpx's is asked first, and then the mock."""

    class Retrying(library.BaseTransport):  # type: ignore[misc]
        def __init__(self) -> None:
            self.inner = library.HTTPTransport()
            self.tries = 0

        def handle_request(self, request: Any) -> Any:
            while True:
                self.tries += 1
                answer = self.inner.handle_request(request)
                if answer.status_code < 500:
                    return answer
                answer.close()

    mock.play(doing({"error": 502}, first=2))
    transport = Retrying()
    with library.Client(headers=HEADERS, transport=transport) as client:
        assert client.get(HOST + CREDITS).content == OWN
    assert transport.tries == 3
    transport.inner.close()


def test_a_transport_that_is_no_sockets(library: Any, mock: Mock) -> None:
    """A client with a mock transport of its own keeps it."""
    transport = library.MockTransport(lambda request: library.Response(418))
    with library.Client(transport=transport) as client:
        assert client.get(HOST + CREDITS).status_code == 418
    mock.verify_no_calls()


def test_clients_made_before_and_kept_after(library: Any) -> None:
    """A client may be older than an interception, and be used in the next one; each mock gets its own calls."""
    with library.Client(headers=HEADERS) as client:
        for _ in range(2):
            with intercept() as mock:
                assert client.get(HOST + CREDITS).content == OWN
                mock.verify(operation="credits", count=1)


def test_other_hosts(library: Any, way: Way, mock: Mock, served: Served) -> None:
    """This machine is reached over a socket, with the mock in between or not."""
    assert way(library, "GET", served.url + CREDITS, 10) == Seen("", 200, OWN)
    mock.verify_no_calls()


def test_a_network_that_is_blocked(library: Any, way: Way) -> None:
    """Another host is refused, and the error is the mock's own."""
    with intercept(block_network=True), pytest.raises(NetworkBlocked, match=r"example\.com"):
        way(library, "GET", "https://example.com/")


def test_everything_is_as_it_was(library: Any) -> None:
    """After the interception the library's methods are its own."""
    owners = [(replacement.owner, replacement.name) for replacement in replacements(library)]
    before = [getattr(owner, name) for owner, name in owners]
    with intercept():
        assert [getattr(owner, name) for owner, name in owners] != before
    assert [getattr(owner, name) for owner, name in owners] == before


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_a_library_that_is_loaded_later(name: str) -> None:
    """A library that is not loaded yet is not loaded by an interception, and has its door once it is."""
    code = f"""
import sys
from segmind_mock.inprocess.interception import intercept
with intercept() as mock:
    assert {name!r} not in sys.modules
    import {name}
    assert {name}.get("{HOST}{CREDITS}", headers={HEADERS!r}).status_code == 200
    mock.verify(operation="credits", count=1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


# --- Faults, as over a socket -------------------------------------------------------------------------------

FAULTS: dict[str, Mapping[str, Any]] = {
    "none": {"delay": 0},
    "reset-before": {"reset": "before"},
    "reset-headers": {"reset": "headers"},
    "reset-body": {"reset": "body"},
    "reset-after": {"reset": "after"},
    "cut": {"cut": 0.5},
    "cut-at-once": {"cut": 0},
    "stop": {"stop": 0.5},
    "stop-at-once": {"stop": 0},
    "garbage": {"garbage": 64},
    "broken-chunk": {"broken_chunk": True},
    "hang-up": {"hang_up": True},
    "delay-too-long": {"delay": 30},
    "delay-short": {"delay": 0.05},
    "drip": {"drip": {"size": 10, "every": 0.01}},
    "drip-too-slow": {"drip": {"size": 10, "every": 30}},
    "error": {"error": 504},
    "answer-nothing": {"answer": {"status": 204}},
    "truncate": {"truncate": 0.5},
}
METHODS = ("GET", "POST", "HEAD")
_OVER_A_SOCKET: dict[tuple[str, str], Seen] = {}


def over_a_socket(served: Served, fault: str, method: str) -> Seen:
    """What httpx sees of a fault over a socket; it is the same for all ways and both libraries."""
    if (fault, method) not in _OVER_A_SOCKET:
        operation, path, options = asking(method)
        with httpx.Client(base_url=served.url, trust_env=False) as control:
            account = {"account": KEY}
            scenario = playing(fault, method, operation)
            control.put("/_mock/scenario", params=account, json=scenario).raise_for_status()
            _OVER_A_SOCKET[fault, method] = seen(httpx, method, served.url + path, **options)
            control.delete("/_mock/scenario", params=account).raise_for_status()
    return _OVER_A_SOCKET[fault, method]


def asking(method: str) -> tuple[str, str, dict[str, Any]]:
    """The call that is made with a method: operation, path, options."""
    return ("submit", f"/v2/{SLUG}", {"json": {}}) if method == "POST" else ("credits", CREDITS, {})


def playing(fault: str, method: str, operation: str) -> dict[str, Any]:
    """The scenario of a fault. A submit is answered with what has no ids in it."""
    same = {"error": 500} if method == "POST" and "answer" not in FAULTS[fault] else {}
    return doing({**same, **FAULTS[fault]}, operation)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_as_over_a_socket(library: Any, way: Way, served: Served, fault: str) -> None:
    """Of every fault a client sees the same without a socket as over one: its error, the status, what arrived."""
    expected = [over_a_socket(served, fault, method) for method in METHODS]
    told = []
    with intercept() as mock:
        for method in METHODS:
            operation, path, options = asking(method)
            mock.play(playing(fault, method, operation))
            told.append(way(library, method, HOST + path, **options))
    assert told == expected


def test_refused_and_open_again(library: Any, way: Way, mock: Mock) -> None:
    """The call that closes the port is not answered, those after it cannot connect, and later ones can."""
    mock.play(doing({"refuse": 10}, "submit"))
    assert way(library, "POST", V2, json=CALL) == Seen("RemoteProtocolError")
    assert way(library, "GET", HOST + CREDITS) == Seen("ConnectError")
    mock.advance(9.5)
    assert way(library, "GET", HOST + CREDITS) == Seen("ConnectError")
    mock.advance(1)
    assert way(library, "GET", HOST + CREDITS) == Seen("", 200, OWN)


@pytest.mark.parametrize(("retries", "status"), [(0, None), (3, None), (4, 200)])
def test_a_transport_that_tries_again(library: Any, mock: Mock, retries: int, status: int | None) -> None:
    """One that is told to connect again does so, at once, and then after a half, one and two seconds of the mock's."""
    mock.play(doing({"refuse": 3}, "submit"))
    seen(library, "POST", V2, json=CALL)
    with library.Client(transport=library.HTTPTransport(retries=retries), headers=HEADERS) as client:
        try:
            told = client.get(HOST + CREDITS).status_code
        except library.ConnectError:
            told = None
    assert told == status

    async def main() -> int | None:
        async with library.AsyncClient(transport=library.AsyncHTTPTransport(retries=retries), headers=HEADERS) as own:
            try:
                return int((await own.get(HOST + CREDITS)).status_code)
            except library.ConnectError:
                return None

    mock.advance(10)
    seen(library, "POST", V2, json=CALL)
    assert run(main()) == status


def test_the_last_call_of_a_connection(library: Any, mock: Mock) -> None:
    """Who asks for the connection to be closed is told that it will be."""
    with library.Client(headers=HEADERS) as client:
        assert client.get(HOST + CREDITS, headers={"connection": "close"}).headers["connection"] == "close"
        assert "connection" not in client.get(HOST + CREDITS).headers


@pytest.mark.parametrize(
    "do",
    [{"reset": "before"}, {"reset": "body"}, {"cut": 0.5}, {"stop": 0.5}, {"garbage": 9}, {"broken_chunk": True}],
    ids=["reset", "reset-body", "cut", "stop", "garbage", "chunk"],
)
def test_a_fault_is_over_when_it_is(library: Any, mock: Mock, do: dict[str, Any]) -> None:
    """After a call that broke off the same client's next one is answered, by threads and by tasks."""
    mock.play(doing(do, every=2))

    async def main() -> list[int | str]:
        async with library.AsyncClient(headers=HEADERS) as client:
            told: list[int | str] = []
            for _ in range(4):
                try:
                    told.append((await client.get(HOST + CREDITS)).status_code)
                except library.TransportError as error:
                    told.append(type(error).__name__)
            return told

    first, broken, *again = run(main())
    assert (first, [first, broken]) == (200, again)
    assert isinstance(broken, str)


# --- Time ---------------------------------------------------------------------------------------------------


def passed(mock: Mock, call: Callable[[], object]) -> float:
    """Seconds of the mock's time that a call takes."""
    before = mock.now
    call()
    return round((mock.now - before).total_seconds(), 2)


def test_a_held_answer(library: Any, way: Way, mock: Mock) -> None:
    """A client that waits longer than an answer is held gets it then; nobody waits for it really."""
    mock.play(held(300))
    assert passed(mock, lambda: way(library, "POST", V1, 301, json=CALL)) == 300
    assert passed(mock, lambda: way(library, "POST", V1, None, json=CALL)) == 300


def test_a_held_answer_comes_too_late(library: Any, way: Way, mock: Mock) -> None:
    """One that waits for less gives up when it says; the journal tells of it."""
    mock.play(held(300))
    told: list[Seen] = []
    assert passed(mock, lambda: told.append(way(library, "POST", V1, 299, json=CALL))) == 299
    assert told == [Seen("ReadTimeout")]
    assert "the client hung up while it was held for 300.000 s" in mock.log()


def test_a_v1_call_of_the_services_own_time(library: Any, way: Way, mock: Mock) -> None:
    """A v1 call takes as long as its job; a client that waits for less hangs up, and the journal has no answer."""
    assert way(library, "POST", V1, 0.1, json=CALL) == Seen("ReadTimeout")
    (exchange,) = mock.calls
    assert exchange.status is None
    assert way(library, "POST", V1, 60, json=CALL).status == 200


def test_other_time_outs(library: Any, way: Way, mock: Mock) -> None:
    """Only the time-out for reading is about an answer that is held; the message is that of the library."""
    mock.play(held(30))
    patient = library.Timeout(0.1, read=None)
    assert way(library, "POST", V1, patient, json=CALL).status == 502
    with pytest.raises(library.ReadTimeout) as raised:
        library.post(V1, json=CALL, headers=HEADERS, timeout=library.Timeout(None, read=2))
    assert isinstance(raised.value, library.TimeoutException)
    assert raised.value.request.method == "POST"


@pytest.mark.parametrize(("timeout", "end", "seconds"), [(3, "ReadTimeout", 3), (None, "RemoteProtocolError", 600)])
def test_a_stalled_body(library: Any, way: Way, mock: Mock, timeout: float | None, end: str, seconds: float) -> None:
    """A body that stalls is given up after the time-out; a client without one is hung up on at last."""
    mock.play(doing({"stop": 0.5}))
    told: list[Seen] = []
    assert passed(mock, lambda: told.append(way(library, "GET", HOST + CREDITS, timeout))) == seconds
    assert told == [Seen(end, 200, OWN[: len(OWN) // 2])]


def test_a_drip(library: Any, way: Way, mock: Mock) -> None:
    """Each piece of a body comes at its time; the time-out is for each of them, not for all."""
    mock.play(doing({"drip": {"size": 10, "every": 4}}))
    told: list[Seen] = []
    assert passed(mock, lambda: told.append(way(library, "GET", HOST + CREDITS, 5))) == 12
    assert passed(mock, lambda: told.append(way(library, "GET", HOST + CREDITS, 3))) == 3
    assert told == [Seen("", 200, OWN), Seen("ReadTimeout", 200, OWN[:10])]


def test_a_body_that_is_left_unread(library: Any, mock: Mock) -> None:
    """A client that closes a slow answer early waits for nothing more of it."""
    mock.play(doing({"drip": {"size": 10, "every": 4}}))

    async def main() -> None:
        async with library.AsyncClient(headers=HEADERS) as client, client.stream("GET", HOST + CREDITS) as answer:
            async for piece in answer.aiter_raw():
                assert piece == OWN[:10]
                break

    # Not `run`: generators that are left in the middle are closed by tasks of the loop's own, over a socket too.
    assert passed(mock, lambda: asyncio.run(main())) == 0
    with library.Client(headers=HEADERS) as client, client.stream("GET", HOST + CREDITS) as answer:
        assert next(answer.iter_raw()) == OWN[:10]


def test_real_time(library: Any, way: Way) -> None:
    """Without virtual time everything is the same, and takes as long as it says."""
    with intercept(real_time=True) as mock:
        mock.play(doing({"stop": 0.5}))
        assert way(library, "GET", HOST + CREDITS, 0.05) == Seen("ReadTimeout", 200, OWN[:20])
        mock.play(held(30))
        assert way(library, "POST", V1, 0.05, json=CALL) == Seen("ReadTimeout")
        mock.play(doing({"drip": {"size": 10, "every": 0.01}}))
        assert way(library, "GET", HOST + CREDITS, 1) == Seen("", 200, OWN)


# --- Tasks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("real_time", [False, True])
def test_a_call_that_is_cancelled(library: Any, real_time: bool) -> None:
    """A call that is cancelled while it is held is over at once; the app knows, and nothing is left behind."""

    async def main() -> None:
        async with library.AsyncClient(headers=HEADERS, timeout=None) as client:
            task = asyncio.create_task(client.post(V1, json=CALL))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with intercept(real_time=real_time) as mock:
        run(main())
        (exchange,) = mock.calls
        assert exchange.status is None


@pytest.mark.parametrize("do", [{"delay": 30}, {"stop": 0.5}, {"drip": {"size": 10, "every": 20}}])
def test_a_call_that_is_given_up(library: Any, mock: Mock, do: dict[str, Any]) -> None:
    """A time-out from outside comes at its virtual instant, whatever the call waits for."""
    mock.play(doing(do))

    async def main() -> None:
        async with library.AsyncClient(headers=HEADERS, timeout=None) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(7):
                    await client.get(HOST + CREDITS)

    assert passed(mock, lambda: run(main())) == 7


def test_many_calls_end_in_their_order(library: Any, mock: Mock) -> None:
    """Calls that are held for different times end in the order of those, at their instants."""
    seconds = [40, 10, 30, 20]
    rules = [
        {"match": {"operation": "generate", "body": {"$.seed": each}}, "do": {"delay": each, "error": 500}}
        for each in seconds
    ]
    mock.play({"scenario": "x", "rules": rules})

    async def main() -> list[tuple[int, float]]:
        ended: list[tuple[int, float]] = []
        began = mock.now
        async with library.AsyncClient(headers=HEADERS, timeout=60) as client:

            async def call(each: int) -> None:
                await client.post(V1, json={**CALL, "seed": each})
                ended.append((each, round((mock.now - began).total_seconds(), 2)))

            await asyncio.gather(*map(call, seconds))
        return ended

    assert run(main()) == [(each, each) for each in sorted(seconds)]


def test_many_v1_calls(library: Any, mock: Mock) -> None:
    """Jobs of many blocking calls run side by side; the mock's time is that of the queue, not their sum."""

    async def main() -> list[int]:
        async with library.AsyncClient(headers=HEADERS, timeout=600) as client:
            answers = await asyncio.gather(*(client.post(V1, json={**CALL, "seed": seed}) for seed in range(20)))
            return [answer.status_code for answer in answers]

    assert run(main()) == [200] * 20
    starts = [exchange.status for exchange in mock.calls]
    assert starts == [200] * 20


def test_a_thread_within_a_loop(library: Any, mock: Mock) -> None:
    """A blocking call made by a task holds up its loop, as it would over a socket, and is answered."""
    mock.play(held(30))

    async def main() -> list[int]:
        statuses = [library.post(V1, json=CALL, headers=HEADERS, timeout=60).status_code]
        async with library.AsyncClient(headers=HEADERS, timeout=60) as client:
            answer = await client.post(V1, json=CALL)
        assert asyncio.current_task() is not None
        return [*statuses, answer.status_code]

    assert passed(mock, lambda: run(main())) == 60


def test_threads_of_a_loop(library: Any, mock: Mock) -> None:
    """Blocking calls that a loop hands to threads are held side by side."""
    mock.play(held(30))

    def call(_: int) -> int:
        status: int = library.post(V1, json=CALL, headers=HEADERS, timeout=60).status_code
        return status

    async def main() -> list[int]:
        return await asyncio.gather(*(asyncio.to_thread(call, each) for each in range(4)))

    told: list[list[int]] = []
    assert passed(mock, lambda: told.append(run(main()))) <= 120
    assert told == [[502] * 4]


def test_an_app_that_breaks(library: Any, way: Way, mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in the mock itself is not kept from the test: it is raised where the call was made."""

    async def broken(*_: Any) -> None:
        raise ZeroDivisionError("in the mock")

    monkeypatch.setattr("segmind_mock.web.gateway.Gateway.__call__", broken)
    with pytest.raises(ZeroDivisionError, match="in the mock"):
        way(library, "GET", HOST + CREDITS)


def test_the_libraries_are_both_here() -> None:
    """These tests are about two libraries, not about one by two names."""
    modules: list[ModuleType] = [httpx, httpx2]
    assert len({module.__file__ for module in modules}) == 2
