"""aiohttp, answered without a socket: what it sees of answers, faults and silence is what it sees over one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import aiohttp
import httpx
import pytest
import uvloop

from segmind_mock.inprocess.doors.for_aiohttp import replacements
from segmind_mock.inprocess.hosts import NetworkBlocked
from segmind_mock.inprocess.interception import intercept
from segmind_mock.mock import Mock
from tests.served import Served, serving
from tests.worlds import KEY, printed_call

T = TypeVar("T")
HOST = "https://api.segmind.com"
CREDITS = "/v1/get-user-credits"
SLUG = "sd1.5-img2img"
HEADERS = {"x-api-key": KEY}
CALL = printed_call(SLUG)
IMPATIENT = aiohttp.ClientTimeout(total=8, sock_read=0.5)
OWN = b'{"credits":1000000.0,"free-credits":0.0}'


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


def session(**options: Any) -> aiohttp.ClientSession:
    """A session with a key."""
    return aiohttp.ClientSession(headers=HEADERS, **options)


def held(seconds: float) -> dict[str, Any]:
    """A scenario in which the answers to v1 calls are held for so long; they take no time beside that."""
    return doing({"delay": seconds, "error": 502}, "generate")


def doing(do: Mapping[str, Any], operation: str = "credits") -> dict[str, Any]:
    """A scenario that does one thing to every call of an operation."""
    return {"scenario": "x", "rules": [{"match": {"operation": operation}, "do": dict(do)}]}


def now() -> float:
    """Seconds, by the clock of the loop; rounded, as sums of seconds are not exact."""
    return round(asyncio.get_running_loop().time(), 3)


class Seen(NamedTuple):
    """What a client saw of one call."""

    end: str
    status: int | None = None
    body: bytes = b""


async def seen(method: str, url: str, timeout: aiohttp.ClientTimeout = IMPATIENT, **options: Any) -> Seen:
    """One call in a session of its own."""
    status, body = None, b""
    async with session() as client:
        try:
            async with client.request(method, url, timeout=timeout, **options) as answer:
                status = answer.status
                while piece := await answer.content.readany():
                    body += piece
        except (aiohttp.ClientError, TimeoutError) as error:
            return Seen(type(error).__name__, status, body)
    return Seen("", status, body)


# --- Answers ------------------------------------------------------------------------------------------------


def test_an_answer(mock: Mock) -> None:
    """Status, reason, headers and body are the service's, over HTTPS without any TLS."""

    async def main() -> None:
        async with session() as client, client.get(HOST + CREDITS) as answer:
            assert (answer.status, answer.reason, await answer.read()) == (200, "OK", OWN)
            assert answer.headers["content-length"] == str(len(OWN))
            assert answer.content_type == "application/json"
            assert "date" in answer.headers

    run(main())
    mock.verify(operation="credits", count=1)


def test_an_error_status(mock: Mock) -> None:
    """A status that tells of an error is raised by `raise_for_status`, as aiohttp does."""
    mock.play(doing({"error": 502}))

    async def main() -> None:
        async with session(raise_for_status=True) as client:
            with pytest.raises(aiohttp.ClientResponseError) as raised:
                await client.get(HOST + CREDITS)
            assert (raised.value.status, raised.value.message) == (502, "Bad Gateway")

    run(main())


def test_head(mock: Mock) -> None:
    """The answer to a HEAD has the length of a body, and none; the connection goes on."""

    async def main() -> None:
        async with session() as client:
            for _ in range(2):
                async with client.head(HOST + CREDITS) as answer:
                    assert (answer.status, await answer.read()) == (200, b"")
                    assert answer.headers["content-length"] == str(len(OWN))

    run(main())


def test_a_job_to_its_picture(mock: Mock) -> None:
    """Submit, polls that sleep, and the picture's file: minutes of the mock's, and none of anybody's own."""

    async def main() -> bytes:
        async with session(base_url=HOST) as client:
            async with client.post(f"/v2/{SLUG}", json=CALL) as answer:
                urls = await answer.json()
            while True:
                async with client.get(urls["status_url"]) as answer:
                    if (await answer.json())["status"] == "COMPLETED":
                        break
                await asyncio.sleep(100)
            async with client.get(urls["response_url"]) as answer:
                told = await answer.json()
            async with client.get(told["images"][0]["url"] if "images" in told else told["output"]) as answer:
                return await answer.read()

    assert len(run(main())) > 10_000
    mock.verify(operation="file", count=1)


def test_a_large_body(mock: Mock) -> None:
    """A body larger than what aiohttp keeps is read piece by piece, at the pace of its reader."""
    mock.play(doing({"pad": 3_000_000}))

    async def main() -> int:
        size = 0
        async with session() as client, client.get(HOST + CREDITS) as answer:
            async for piece in answer.content.iter_chunked(10_000):
                await asyncio.sleep(0.1)
                size += len(piece)
                assert answer.content.total_bytes - size < 1_000_000
        return size

    assert run(main()) == 3_000_000 + len(OWN)


async def pieces() -> AsyncIterator[bytes]:
    """A body that is made bit by bit."""
    for piece in (b'{"prompt": ', b'"a fox', b'"}'):
        yield piece
        await asyncio.sleep(1)


@pytest.mark.parametrize(
    "options",
    [
        {"data": b'{"prompt": "a fox"}'},
        {"json": {"prompt": "a fox"}},
        {"data": b'{"prompt": "a fox"}', "expect100": True},
        {"data": b'{"prompt": "a fox"}', "chunked": True},
        {"data": b'{"prompt": "a fox"}', "compress": False},
    ],
    ids=["bytes", "json", "expect-100", "chunked", "uncompressed"],
)
def test_a_body_arrives(mock: Mock, options: dict[str, Any]) -> None:
    """However a body is sent, the service reads all of it."""

    async def main() -> int:
        headers = {"content-type": "application/json"}
        async with session() as client, client.post(f"{HOST}/v2/{SLUG}", headers=headers, **options) as answer:
            return answer.status

    run(main())
    mock.verify(operation="submit", body={"$.prompt": "a fox"}, count=1)


def test_a_body_that_is_made_meanwhile(mock: Mock) -> None:
    """A generator may sleep while it makes the body; the request is asked once it is whole."""

    async def main() -> float:
        began = now()
        headers = {"content-type": "application/json"}
        async with session() as client, client.post(f"{HOST}/v2/{SLUG}", headers=headers, data=pieces()):
            return now() - began

    assert run(main()) == pytest.approx(3, abs=0.01)
    mock.verify(operation="submit", body={"$.prompt": "a fox"}, count=1)


def test_a_form(mock: Mock) -> None:
    """A multipart form arrives as it was sent."""

    async def main() -> int:
        form = aiohttp.FormData()
        form.add_field("image", b"\x89PNG" + bytes(300_000), filename="a.png", content_type="image/png")
        async with session() as client, client.post(HOST + "/v2/" + SLUG, data=form) as answer:
            return answer.status

    assert 200 <= run(main()) < 500
    mock.verify(header={"content-type": {"like": "multipart/form-data*"}}, count=1)


def test_redirects_are_followed(mock: Mock) -> None:
    """A redirect on the service's host leads to the mock again."""
    mock.play(
        {
            "scenario": "x",
            "rules": [{"match": {"operation": "credits"}, "when": {"nth": 1}, "do": {"redirect": CREDITS}}],
        }
    )

    async def main() -> None:
        async with session() as client, client.get(HOST + CREDITS) as answer:
            assert (len(answer.history), await answer.read()) == (1, OWN)

    run(main())


def test_what_is_no_http(mock: Mock) -> None:
    """A method that HTTP has not got is answered by 400, and asks nothing of the service."""

    async def main() -> int:
        async with session() as client, client.request("BREW", HOST + CREDITS) as answer:
            return answer.status

    assert run(main()) == 400
    mock.verify_no_calls()


# --- Connections --------------------------------------------------------------------------------------------


def counting(counts: list[str]) -> aiohttp.TraceConfig:
    """A trace that counts connections that are made, and those that are used again."""
    trace = aiohttp.TraceConfig()

    def note(name: str) -> Callable[[Any, Any, Any], Awaitable[None]]:
        async def noted(*_: Any) -> None:
            counts.append(name)

        return noted

    trace.on_connection_create_end.append(note("made"))
    trace.on_connection_reuseconn.append(note("used again"))
    return trace


def test_connections_are_kept(mock: Mock) -> None:
    """The second call goes over the connection of the first, as traces tell."""
    counts: list[str] = []

    async def main() -> None:
        async with session(trace_configs=[counting(counts)]) as client:
            for _ in range(3):
                async with client.get(HOST + CREDITS) as answer:
                    await answer.read()

    run(main())
    assert counts == ["made", "used again", "used again"]


def test_a_limit_of_connections(mock: Mock) -> None:
    """Where a connector allows one connection, calls that are held go one after the other."""
    mock.play(held(30))

    async def main() -> list[float]:
        async with session(connector=aiohttp.TCPConnector(limit=1)) as client:
            began = now()

            async def call() -> float:
                async with client.post(f"{HOST}/v1/{SLUG}", json=CALL):
                    return now() - began

            return sorted(await asyncio.gather(*(call() for _ in range(3))))

    first, second, third = run(main())
    assert first >= 30
    assert second - first >= 30
    assert third - second >= 30


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy(mock: Mock, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """A proxy, named or found in the environment, is not asked: the mock answers."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")

    async def main() -> None:
        url = f"{scheme}://api.segmind.com{CREDITS}?a=b"
        async with session(trust_env=True) as client, client.get(url) as answer:
            assert await answer.read() == OWN
        async with session() as client, client.get(url, proxy="http://user:word@proxy.test:3128") as answer:
            assert await answer.read() == OWN

    run(main())
    mock.verify(path=CREDITS, operation="credits", count=2)


def test_other_hosts(mock: Mock, served: Served) -> None:
    """This machine is reached over a socket, with the mock in between or not."""
    assert run(seen("GET", served.url + CREDITS)) == Seen("", 200, OWN)
    mock.verify_no_calls()


def test_a_network_that_is_blocked() -> None:
    """Another host is refused, and the error is the mock's own."""

    async def main() -> None:
        async with session() as client:
            with pytest.raises(NetworkBlocked, match=r"example\.com"):
                await client.get("https://example.com/")

    with intercept(block_network=True):
        run(main())


def test_sessions_made_before_and_kept_after() -> None:
    """A session may be older than an interception, and be used in the next one; each mock gets its own calls."""

    async def main() -> None:
        async with session() as client:
            for _ in range(2):
                with intercept() as mock:
                    async with client.get(HOST + CREDITS) as answer:
                        assert await answer.read() == OWN
                    mock.verify(operation="credits", count=1)

    run(main())


def test_connections_of_other_times(served: Served) -> None:
    """Of the connections that are kept, a mock gets none of the network's, and the network none of a mock's."""

    async def main() -> None:
        async with session() as client:
            await (await client.get(served.url + CREDITS)).read()
            with intercept(hosts=["127.0.0.1"]) as mock:
                await (await client.get(served.url + CREDITS)).read()
                mock.verify(operation="credits", count=1)
            async with client.post(served.url + CREDITS) as answer:  # which is not tried again, as a GET is
                assert answer.status == 405
            assert len(mock.calls) == 1

    run(main())


def test_everything_is_as_it_was() -> None:
    """After the interception the library's methods are its own."""
    owners = [(replacement.owner, replacement.name) for replacement in replacements(aiohttp)]
    before = [getattr(owner, name) for owner, name in owners]
    with intercept():
        assert [getattr(owner, name) for owner, name in owners] != before
    assert [getattr(owner, name) for owner, name in owners] == before
    assert "connect" not in vars(aiohttp.TCPConnector)


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
    "refuse": {"refuse": 0.3},
    "answer-nothing": {"answer": {"status": 204}},
    "truncate": {"truncate": 0.5},
}


METHODS = ("GET", "POST", "HEAD")


def asking(fault: str, method: str) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """A scenario with a fault, and the call that meets it: path and options. A submit's answer has no ids in it."""
    if method != "POST":
        return doing(FAULTS[fault]), CREDITS, {}
    same = {} if "answer" in FAULTS[fault] else {"error": 500}
    return doing({**same, **FAULTS[fault]}, "submit"), f"/v2/{SLUG}", {"json": {}}


def over_a_socket(served: Served, fault: str, method: str) -> Seen:
    """What aiohttp sees of a fault over a socket. A port that the fault has closed is waited for."""
    scenario, path, options = asking(fault, method)
    account = {"account": KEY}
    transport = httpx.HTTPTransport(retries=5, limits=httpx.Limits(max_keepalive_connections=0))
    with httpx.Client(base_url=served.url, transport=transport, trust_env=False) as control:
        control.put("/_mock/scenario", params=account, json=scenario).raise_for_status()
        told = run(seen(method, served.url + path, **options))
        control.delete("/_mock/scenario", params=account).raise_for_status()
    return told


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_as_over_a_socket(served: Served, fault: str) -> None:
    """Of every fault aiohttp sees the same without a socket as over one: its error, the status, what arrived."""
    expected = [over_a_socket(served, fault, method) for method in METHODS]
    told = []
    with intercept() as mock:
        for method in METHODS:
            scenario, path, options = asking(fault, method)
            mock.play(scenario)
            told.append(run(seen(method, HOST + path, **options)))
            mock.advance(1)
    assert told == expected


def test_refused_and_open_again(mock: Mock) -> None:
    """While the port is closed nobody can connect, not over a kept connection either; later everybody can."""

    async def main() -> None:
        async with session() as client:
            await (await client.get(HOST + CREDITS)).read()
            mock.play(doing({"refuse": 10}, "submit"))
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await client.post(f"{HOST}/v2/{SLUG}", json=CALL)
            with pytest.raises(aiohttp.ClientConnectorError, match="Connect call failed"):
                await client.get(HOST + CREDITS)
            await asyncio.sleep(10)
            assert await (await client.get(HOST + CREDITS)).read() == OWN

    run(main())


# --- Time ---------------------------------------------------------------------------------------------------


async def waited(url: str, timeout: aiohttp.ClientTimeout, **options: Any) -> tuple[str, float]:
    """How a v1 call ends, and after how many seconds."""
    began = now()
    told = await seen("POST", url, timeout, json=CALL, **options)
    return told.end, now() - began


@pytest.mark.parametrize(
    ("timeout", "end", "seconds"),
    [
        (aiohttp.ClientTimeout(total=3), "TimeoutError", 3),
        (aiohttp.ClientTimeout(sock_read=4), "SocketTimeoutError", 4),
        (aiohttp.ClientTimeout(total=3, sock_read=2), "SocketTimeoutError", 2),
        (aiohttp.ClientTimeout(total=2, sock_read=3), "TimeoutError", 2),
        (aiohttp.ClientTimeout(total=None), "", 400),
        (aiohttp.ClientTimeout(total=None, sock_read=500), "", 400),
    ],
    ids=["total", "read", "read-first", "total-first", "none", "long"],
)
def test_time_outs_of_a_held_answer(mock: Mock, timeout: aiohttp.ClientTimeout, end: str, seconds: float) -> None:
    """aiohttp's own time-outs come at their virtual instant; the journal tells that the client hung up."""
    mock.play(held(400))
    told, after = run(waited(f"{HOST}/v1/{SLUG}", timeout))
    assert (told, int(after + 0.01)) == (end, seconds)
    assert ("the client hung up while it was held" in mock.log()) is bool(end)


@pytest.mark.parametrize(
    ("timeout", "end", "seconds"),
    [
        (aiohttp.ClientTimeout(total=None, sock_read=2), "SocketTimeoutError", 2),
        (aiohttp.ClientTimeout(total=3), "TimeoutError", 3),
        (aiohttp.ClientTimeout(total=None), "ClientPayloadError", 600),
    ],
    ids=["read", "total", "none"],
)
def test_time_outs_of_a_stalled_body(mock: Mock, timeout: aiohttp.ClientTimeout, end: str, seconds: float) -> None:
    """Amid a body that stalls too; a client without any is hung up on after the longest silence."""
    mock.play(doing({"stop": 0.5}))

    async def main() -> tuple[Seen, float]:
        began = now()
        return await seen("GET", HOST + CREDITS, timeout), now() - began

    told, after = run(main())
    assert told == Seen(end, 200, OWN[: len(OWN) // 2])
    assert after == pytest.approx(seconds, abs=0.01)


def test_a_drip_takes_its_time(mock: Mock) -> None:
    """Pieces come at their instants, each within the time-out, all together beyond it."""
    mock.play(doing({"drip": {"size": 10, "every": 4}}))

    async def main() -> tuple[Seen, float]:
        began = now()
        timeout = aiohttp.ClientTimeout(total=None, sock_read=5)
        return await seen("GET", HOST + CREDITS, timeout), now() - began

    told, after = run(main())
    assert told == Seen("", 200, OWN)
    assert after == pytest.approx(12, abs=0.01)


def long_call(limit: float) -> Coroutine[Any, Any, None]:
    """A v1 call that is given up from outside, by `asyncio.timeout`, while it is held."""

    async def main() -> None:
        async with session() as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(limit):
                    await client.post(f"{HOST}/v1/{SLUG}", json=CALL)

    return main()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_call_that_is_given_up(loop: str) -> None:
    """The app knows at once that its client has gone, and nothing is left behind; on uvloop too."""
    with intercept() as mock:
        (uvloop.run if loop == "uvloop" else run)(long_call(0.5))
        (exchange,) = mock.calls
        assert exchange.status is None


def test_a_call_that_is_over_at_once(mock: Mock) -> None:
    """A call that has failed is in the journal by then, with its session still open."""

    async def main() -> None:
        async with session() as client:
            with pytest.raises(TimeoutError):
                await client.post(f"{HOST}/v1/{SLUG}", json=CALL, timeout=aiohttp.ClientTimeout(total=0.5))
            assert [exchange.status for exchange in mock.calls] == [None]

    run(main())


def test_an_answer_that_is_let_go_of(mock: Mock) -> None:
    """A client that closes a slow answer early waits for nothing more of it; its session, once closed, left nothing."""
    mock.play(doing({"drip": {"size": 10, "every": 4}}))

    async def main() -> float:
        began = now()
        connector = aiohttp.TCPConnector()
        client = session(connector=connector, connector_owner=False)
        answer = await client.get(HOST + CREDITS)
        assert await answer.content.readany() == OWN[:10]
        answer.close()
        await client.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await connector.close()
        return now() - began

    assert run(main()) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("do", [{"cut": 0.5}, {"reset": "body"}], ids=["cut", "reset"])
def test_what_came_before_an_end(mock: Mock, do: dict[str, Any]) -> None:
    """What arrived before a connection broke can be read by a client that was busy with something else."""
    mock.play(doing(do))

    async def main() -> None:
        async with session() as client, client.get(HOST + CREDITS) as answer:
            await asyncio.sleep(0)
            assert await answer.content.readany() == OWN[:20]
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.content.readany()

    run(main())


def test_a_call_that_is_cancelled(mock: Mock) -> None:
    """A task that is cancelled leaves no exchange behind, even if its session is closed in the same turn."""

    async def main() -> None:
        client = session()
        task = asyncio.create_task(client.post(f"{HOST}/v1/{SLUG}", json=CALL)._coro)
        await asyncio.sleep(0.5)
        task.cancel()
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    (exchange,) = mock.calls
    assert exchange.status is None


def test_a_session_closed_amid_calls(mock: Mock) -> None:
    """Calls whose session is closed end with aiohttp's error, and nothing is left behind."""

    async def main() -> list[str]:
        client = session()

        async def call() -> str:
            try:
                await client.post(f"{HOST}/v1/{SLUG}", json=CALL)
            except aiohttp.ClientError as error:
                return type(error).__name__
            return ""

        calls = [asyncio.create_task(call()) for _ in range(3)]
        await asyncio.sleep(0.5)
        await client.close()
        return await asyncio.gather(*calls)

    assert set(run(main())) <= {"ClientConnectionError", "ServerDisconnectedError", "ClientOSError"}
    assert [exchange.status for exchange in mock.calls] == [None] * 3


def test_many_calls_end_in_their_order(mock: Mock) -> None:
    """Calls that are held for different times end in the order of those, at their instants."""
    seconds = [40, 10, 30, 20]
    rules = [
        {"match": {"operation": "generate", "body": {"$.seed": each}}, "do": {"delay": each, "error": 500}}
        for each in seconds
    ]
    mock.play({"scenario": "x", "rules": rules})

    async def main() -> list[tuple[int, float]]:
        ended: list[tuple[int, float]] = []
        began = now()
        async with session() as client:

            async def call(each: int) -> None:
                async with client.post(f"{HOST}/v1/{SLUG}", json={**CALL, "seed": each}):
                    ended.append((each, now() - began))

            await asyncio.gather(*map(call, seconds))
        return ended

    ended = run(main())
    assert [each for each, _ in ended] == sorted(seconds)
    assert [after for _, after in ended] == pytest.approx(sorted(seconds), abs=0.01)


def test_a_thread_of_its_own(mock: Mock) -> None:
    """The first call that a thread makes is on the mock's time already, its time-out over all included."""
    mock.play(held(400))
    told: list[tuple[str, float]] = []
    timeout = aiohttp.ClientTimeout(total=90)
    thread = Thread(target=lambda: told.append(run(waited(f"{HOST}/v1/{SLUG}", timeout))))
    thread.start()
    thread.join()
    ((end, _),) = told
    assert end == "TimeoutError"


def test_real_time() -> None:
    """Without virtual time everything is the same, and takes as long as it says."""
    with intercept(real_time=True) as mock:
        mock.play(doing({"stop": 0.5}))
        assert run(seen("GET", HOST + CREDITS, aiohttp.ClientTimeout(sock_read=0.05))) == Seen(
            "SocketTimeoutError", 200, OWN[:20]
        )
        mock.play(held(30))
        told, _ = run(waited(f"{HOST}/v1/{SLUG}", aiohttp.ClientTimeout(total=0.05)))
        assert told == "TimeoutError"
        mock.play(doing({"drip": {"size": 10, "every": 0.01}}))
        assert run(seen("GET", HOST + CREDITS)) == Seen("", 200, OWN)


def test_an_app_that_breaks(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in the mock itself is not kept from the test: it is raised where the call was made."""

    async def broken(*_: Any) -> None:
        raise ZeroDivisionError("in the mock")

    monkeypatch.setattr("segmind_mock.inprocess.service.Service.ask_async", broken)

    async def main() -> None:
        async with session() as client:
            with pytest.raises(ZeroDivisionError, match="in the mock"):
                await client.get(HOST + CREDITS)

    run(main())
