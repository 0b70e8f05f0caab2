"""Interception: within it the service is a mock, whoever calls and however; after it everything is as it was."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import segmind
from hypothesis import given, settings
from hypothesis import strategies as st

import segmind_mock
from segmind_mock.config import Config, ConfigError
from segmind_mock.inprocess import interception as room
from segmind_mock.inprocess.hosts import SWITCHBOARD, NetworkBlocked
from segmind_mock.inprocess.interception import KEY, URL, Interception, intercept
from segmind_mock.mock import Mock
from segmind_mock.scenarios.library import text_of
from segmind_mock.scenarios.problems import ScenarioError
from segmind_spec import SpecError
from tests.mockserver.inprocess.traces import changed, traces
from tests.mockserver.virtual.lives import library
from tests.worlds import OTHER_KEY

CREDITS = f"{URL}/v1/get-user-credits"
SLUG = "sd1.5-img2img"
CALL = {"image": "https://example.test/in.png", "prompt": "a fox"}
FAILING = {"scenario": "own", "rules": [{"name": "all", "do": {"error": 502}}]}


@pytest.fixture(autouse=True)
def _without_a_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There is no key in the environment; and what a test does leaves no trace in this process."""
    monkeypatch.delenv("SEGMIND_API_KEY", raising=False)
    before = traces()
    yield
    gc.collect()
    assert changed(before) == []


def credits(key: str = KEY) -> float:
    """The balance, as a client sees it."""
    answer = httpx.get(CREDITS, headers={"x-api-key": key})
    return float(answer.json()["credits"])


def is_mocked() -> bool:
    """Whether calls of the service are answered here."""
    return SWITCHBOARD.service("api.segmind.com", "") is not None


# --- Within it ---------------------------------------------------------------------------------------------------


def test_clients() -> None:
    """The SDK, httpx and requests are answered by one mock, without a key of their own and without waiting."""
    with intercept(credits=5) as mock:
        assert segmind.run(SLUG, **CALL)["status"] == "COMPLETED"
        assert requests.get(CREDITS, headers={"x-api-key": os.environ["SEGMIND_API_KEY"]}).status_code == 200
        assert credits() == mock.credits < 5
        assert len({call.key for call in mock.calls}) == 1
    assert mock.verify(operation="submit", count=1).holds


def test_the_mock() -> None:
    """What is given knows its address and key, and can be asked and told things, also after the end."""
    with intercept(seed=7) as mock:
        assert isinstance(mock, Mock)
        assert (mock.url, mock.key, mock.seed) == (URL, KEY, "7")
        mock.change(credits=3)
        assert credits() == 3
        before = mock.now
        mock.advance(600)
        assert (mock.now - before).total_seconds() == 600
    assert len(mock.calls) == 1
    assert "1 call" in repr(mock)


@pytest.mark.parametrize("clock", ["frozen", "2"])
def test_a_clock_of_its_own(clock: str) -> None:
    """A mock whose clock is not its clients' is moved by itself."""
    with intercept(clock=clock) as mock:
        before = mock.now
        mock.advance(600)
        assert (mock.now - before).total_seconds() == 600


def test_real_time() -> None:
    """With real time clients and mock live by the machine's clock; advancing moves the mock's."""
    with intercept(real_time=True, timing="instant") as mock:
        assert inspect.isbuiltin(vars(time)["sleep"])
        assert segmind.run(SLUG, **CALL)["status"] == "COMPLETED"
        before = mock.now
        mock.advance(600)
        assert (mock.now - before).total_seconds() >= 600


def test_blocking() -> None:
    """Calls to other hosts raise, unless they are allowed; a bad connection is what an allowed one comes to."""
    with intercept(block_network=True, allow=["allowed.invalid"]):
        with pytest.raises(NetworkBlocked, match=r"https://other\.invalid/ was not called"):
            httpx.get("https://other.invalid/")
        assert SWITCHBOARD.service("allowed.invalid", "") is None
        assert credits() > 0


def test_further_hosts() -> None:
    """A gateway of one's own is answered like the service."""
    with intercept(hosts=["Gateway.Corp.invalid"]) as mock:
        answer = httpx.get("https://gateway.corp.invalid/v1/get-user-credits", headers={"x-api-key": "any text"})
    assert (answer.status_code, len(mock.calls)) == (200, 1)


@pytest.mark.parametrize("kind", ["name", "path", "text path", "mapping", "yaml"])
def test_scenarios(kind: str, tmp_path: Path) -> None:
    """A scenario can be a name, a file or whole."""
    file = tmp_path / "own.yaml"
    file.write_text("scenario: own\nrules:\n- name: all\n  do: {error: 502}\n", "utf-8")
    given_: Any = {
        "name": "flaky",
        "path": file,
        "text path": str(file),
        "mapping": FAILING,
        "yaml": file.read_text("utf-8"),
    }[kind]
    with intercept(scenario=given_):
        status = httpx.get(CREDITS, headers={"x-api-key": KEY}).status_code
    assert status == 502 or kind == "name"
    assert text_of("flaky")


def test_after_a_reset() -> None:
    """The scenario it began with plays again."""
    with intercept(scenario=FAILING) as mock:
        mock.play(None)
        mock.reset()
        assert httpx.get(CREDITS, headers={"x-api-key": KEY}).status_code == 502


# --- In which form -----------------------------------------------------------------------------------------------


def test_defaults() -> None:
    """What the signature shows as defaults are the server's."""
    shown = inspect.signature(Interception).parameters
    for name in ("seed", "timing", "credits", "rpm"):
        assert shown[name].default == getattr(Config(), name)
    assert intercept is segmind_mock.intercept
    named = {name for name, each in shown.items() if each.kind is each.KEYWORD_ONLY}
    assert all(f"- `{name}`: " in (Interception.__doc__ or "") for name in named)


def test_start_and_stop() -> None:
    """It can be started and stopped by hand, in different threads, and used again with a fresh mock each time."""
    made = intercept()
    made.stop()
    first = made.start()
    assert credits() > 0
    with pytest.raises(RuntimeError, match="has started already"):
        made.start()
    assert is_mocked()
    thread = threading.Thread(target=made.stop)
    thread.start()
    thread.join()
    made.stop()
    assert not is_mocked()
    with made as second:
        assert (len(first.calls), len(second.calls)) == (1, 0)


def test_an_error_in_the_block() -> None:
    """It goes on its way, and nothing is left."""
    with pytest.raises(LookupError, match="mine"), intercept():
        raise LookupError("mine")


def test_decorating() -> None:
    """Each call of a decorated function has a mock of its own, a call within a call too."""

    @intercept(credits=9)
    def spends(depth: int, mock: Mock) -> list[float]:
        mock.change(credits=depth)
        return [credits(), *(spends(depth - 1) if depth else [])]

    @intercept()
    async def waits(mock: Mock) -> int:
        async with httpx.AsyncClient() as client:
            await client.get(CREDITS)
        await asyncio.sleep(3600)
        return len(mock.calls)

    made = intercept(credits=4)

    @made
    def finds() -> float:
        return credits()

    with made as mock:
        mock.change(credits=5)
        assert (credits(), finds(), credits()) == (5, 4, 5)
    assert spends(2) == [2, 1, 0]
    assert asyncio.run(waits()) == 1
    assert "mock" not in inspect.signature(spends).parameters
    with pytest.raises(TypeError, match="is a class"):
        intercept()(type("Suite", (), {}))


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(4)), st.sets(st.integers(0, 3)))
def test_ended_in_any_order(order: list[int], threaded: set[int]) -> None:
    """Of several, the one that began last and has not ended answers; some are ended by other threads."""
    before = traces()
    several = [intercept(credits=number) for number in range(4)]
    for each in several:
        each.start()
    left = [0, 1, 2, 3]
    for ended in order:
        assert credits() == left[-1]
        left.remove(ended)
        if ended in threaded:
            thread = threading.Thread(target=several[ended].stop)
            thread.start()
            thread.join()
        else:
            several[ended].stop()
    assert changed(before) == []


def test_many_threads() -> None:
    """Interceptions that come and go in several threads leave nothing."""

    def come_and_go() -> None:
        for _ in range(10):
            with intercept(), pytest.raises(RuntimeError):
                raise RuntimeError

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not is_mocked()


# --- What cannot begin --------------------------------------------------------------------------------------------


def test_wrong_options() -> None:
    """Everything that is wrong is told at once, before anything begins."""
    with pytest.raises(ConfigError) as wrong:
        intercept(block_network="yes", allow="x", hosts=["a/b"], rpm=-1, port=1, nope=2)  # type: ignore[arg-type]
    assert [problem.split(" ")[0] for problem in wrong.value.problems] == [
        *("allow", "block_network", "hosts", "port", "there", "rpm"),
    ]


def test_without_parentheses() -> None:
    """Who decorates with the bare name is told what to write."""
    with pytest.raises(TypeError, match=r"write @intercept\(\)"):
        intercept(test_after_a_reset)  # type: ignore[arg-type]


@pytest.mark.parametrize("scenario", ["no-such-scenario", "no/such/file.yaml", {"rules": 7}, "a: b\nc: d\n", 7])
def test_a_scenario_that_cannot_be_used(scenario: Any) -> None:
    """Starting tells what is wrong, and has done nothing; the next try is a fresh one."""
    made = intercept(scenario=scenario)
    for _ in range(2):
        with pytest.raises(ScenarioError):
            made.start()
    assert not is_mocked()


def test_models_that_cannot_be_used(tmp_path: Path) -> None:
    """The same for models."""
    (tmp_path / "own.yaml").write_text("openapi: 3.1.0", "utf-8")
    with pytest.raises(SpecError), intercept(spec=tmp_path):
        pytest.fail("it began")


@pytest.mark.parametrize("place", ["PATCHES.begin", "SWITCHBOARD.connect", "GIVEN_KEY.begin", "Mock"])
def test_a_start_that_fails(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever beginning breaks off, what was done is undone."""
    name, _, method = place.partition(".")
    owner = getattr(room, name) if method else room
    real = getattr(owner, method or name)

    def fails(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, method or name, fails)
        with pytest.raises(KeyboardInterrupt):
            intercept().start()
    assert not is_mocked()


# --- The key -------------------------------------------------------------------------------------------------------


def test_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is there is used; every text is one, unless the quirks say otherwise."""
    with monkeypatch.context() as patch:
        patch.setenv("SEGMIND_API_KEY", "my own")
        with intercept() as mock:
            segmind.run(SLUG, **CALL)
            assert {call.key for call in mock.calls if call.operation == "submit"} == {"my own"}
    with intercept(quirks={"key_shape": "segmind"}):
        assert httpx.get(CREDITS, headers={"x-api-key": "my own"}).status_code == 401
    with intercept():
        assert credits(OTHER_KEY) == 1_000_000


def test_the_default_client() -> None:
    """A client that was made within it calls nobody after it; the one from before is used again."""
    before = segmind._get_client()
    with intercept():
        made = segmind._get_client()
        assert made is not before
    assert segmind._get_client() is before
    with pytest.raises(RuntimeError, match="closed"):
        made._client.get(CREDITS)
    before._client.close()
    segmind._default_client = None


# --- Fresh interpreters ---------------------------------------------------------------------------------------------


def run(code: str) -> str:
    """What a fresh interpreter prints, in which every warning is an error."""
    environment = {name: value for name, value in os.environ.items() if name != "SEGMIND_API_KEY"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", textwrap.dedent(code)],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_light_imports() -> None:
    """Interception loads none of the libraries that it intercepts, no server, and nothing that is for tests only."""
    heavy = "httpx httpx2 aiohttp urllib3 requests starlette.testclient uvicorn PIL pytest jsonschema segmind"
    code = f"""
    import sys, segmind_mock.inprocess.interception as room
    with room.intercept():
        pass
    print(*sorted(set({heavy.split()!r}) & set(sys.modules)))
    """
    assert run(code).split() == []


@pytest.mark.parametrize(
    "use",
    [
        f"import segmind; segmind.run({SLUG!r}, **{CALL!r})",
        f"import requests; requests.get({CREDITS!r}).close()",
        f"import httpx; httpx.get({CREDITS!r})",
        f"import httpx2; httpx2.get({CREDITS!r})",
        f"import urllib3; urllib3.PoolManager().request('GET', {CREDITS!r})",
        f"import urllib.request, urllib.error\ntry: urllib.request.urlopen({CREDITS!r})\n"
        "except urllib.error.HTTPError as error: error.close()",
        "import asyncio, aiohttp\nasync def get():\n async with aiohttp.ClientSession() as session:\n"
        f"  async with session.get({CREDITS!r}) as answer: await answer.read()\nasyncio.run(get())",
    ],
    ids=["segmind", "requests", "httpx", "httpx2", "urllib3", "urllib", "aiohttp"],
)
def test_imported_within(use: str) -> None:
    """A library that is imported within it first is intercepted, and is after it as if it had never been."""
    code = f"""
    from segmind_mock import intercept
    USE = {use!r}
    with intercept(block_network=True) as mock:
        exec(USE)
        print(len(mock.calls) > 0)
    import gc; gc.collect()
    from tests.mockserver.inprocess.traces import changed, traces
    before = traces()
    with intercept(block_network=True) as mock:
        exec(USE)
        print(len(mock.calls) > 0)
    gc.collect()
    print(changed(before))
    """
    assert run(code).split() == ["True", "True", "[]"]


def test_a_closed_port_opens_with_a_reset() -> None:
    """What a fault closed is open again when all begins anew."""
    with intercept(scenario=[{"match": {"operation": "credits"}, "when": {"nth": 1}, "do": {"refuse": 600}}]) as mock:
        with pytest.raises(httpx.RemoteProtocolError):
            credits()
        with pytest.raises(httpx.ConnectError):
            credits()
        mock.reset()
        mock.play(None)
        assert credits() == 1_000_000


def test_installed_code_under_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that `code` names lives by virtual time from the start, as code that is not installed does."""
    source = "import time\ndef work():\n    time.sleep(600)\n    return time.monotonic()\n"
    package = library(monkeypatch, source, name="picshop")
    with intercept(code=["picshop.core"]) as mock:
        before = mock.now
        assert package.work() < package.work()
        assert (mock.now - before).total_seconds() == 1200
    with pytest.raises(ConfigError, match="code has 'a b'; allowed: the name of a package"):
        intercept(code=["a b"])
