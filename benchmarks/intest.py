"""What the mock costs inside a test suite: calls without a socket, fresh worlds, the plugin, and the import.

Each figure stands beside one of the same minute that has nothing of the mock in it.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import segmind

from figures import Spread, spread
from rates import Say
from sample_call import KEY, submit
from segmind_mock import intercept
from settings import Settings

ROUNDS = 9
CYCLES = 100
TESTS = 500
WAIT = 600

_ANSWER = b'{"request_id":"1","status":"QUEUED","status_url":"https://api.segmind.com/1","response_url":"https://a/1"}'
_EMPTY = "import pytest\n\n@pytest.mark.parametrize('n', range({tests}))\ndef test_it(n):\n    pass\n"
_FULL = """import pytest, segmind

@pytest.fixture(scope="module")
def client():
    return segmind.SegmindClient(api_key="SG_0123456789abcdef")

@pytest.mark.parametrize("n", range({tests}))
def test_it(n, segmind_mock, client):
    result = client.run("sd1.5-img2img", image="/a.jpeg", prompt=f"a lighthouse {{n}}")
    assert result["status"] == "COMPLETED"
    segmind_mock.verify(operation="submit", count=1)
"""


@dataclass(frozen=True)
class InTest:
    """One thing that a test suite pays for, in ms; and the same without the mock."""

    name: str
    title: str
    bound: float
    cost_ms: Spread
    without_ms: Spread
    without: str

    @property
    def judged(self) -> float:
        """What is held against the bound."""
        return self.cost_ms.median - (self.without_ms.median if self.name in ("import", "plugin") else 0.0)


def measure(settings: Settings, say: Say) -> list[InTest]:
    """All of them, one after the other."""
    _compile()
    rounds = 3 if settings.pictures < 64 else ROUNDS
    parts: list[Callable[[int], InTest]] = [_calls, _worlds, _waits, _tests, _plugin, _import]
    rows = []
    for part in parts:
        row = part(rounds)
        rows.append(row)
        say(f"{row.title}: {row.cost_ms.text('.2f')} ms; {row.without}: {row.without_ms.text('.2f')} ms")
    return rows


def _compile() -> None:
    """As an installer leaves it."""
    for package in ("segmind_spec", "segmind_mock"):
        found = find_spec(package)
        for folder in (found.submodule_search_locations or ()) if found else ():
            compileall.compile_dir(folder, quiet=2)


def _calls(rounds: int) -> InTest:
    wanted = submit()
    headers = {"x-api-key": KEY, "content-type": "application/json"}

    def cycle(client: httpx.Client) -> None:
        body = client.post(f"https://api.segmind.com{wanted.path}", content=wanted.body, headers=headers).json()
        client.get(body["status_url"], headers=headers).json()
        client.get(body["response_url"], headers=headers).json()

    with httpx.Client() as client, _silent_client() as silent, intercept(timing="instant"):
        cost, without = _in_turn(rounds, CYCLES, lambda: cycle(client), lambda: cycle(silent))
    return InTest("calls", "submit, status and result, intercepted", 2.0, cost, without, "httpx and a constant answer")


def _worlds(rounds: int) -> InTest:
    def world() -> None:
        with intercept():
            pass

    world()
    cost, without = _in_turn(rounds, CYCLES, world, lambda: None)
    return InTest("worlds", "a fresh world, begun and ended", 1.0, cost, without, "nothing")


def _waits(rounds: int) -> InTest:
    clock = _Clock()
    with intercept() as mock:
        client = segmind.SegmindClient(api_key=mock.key)
        call = {"image": "/a.jpeg", "prompt": "a lighthouse mock:stuck"}
        stuck_silent = segmind.AsyncJob("1", "https://api.segmind.com/1", "https://api.segmind.com/1", {}, client)

        def waits(job: Any) -> None:
            try:
                job.wait(timeout=WAIT)
            except segmind.InferenceTimeout:
                return
            raise RuntimeError("a job that never ends has ended")

        def silently() -> None:
            real, own = client._client, segmind.v2.time
            client._client, segmind.v2.time = silent, clock
            try:
                waits(stuck_silent)
            finally:
                client._client, segmind.v2.time = real, own

        with _silent_client() as silent:
            cost, without = _in_turn(rounds, 1, lambda: waits(client.submit_async("sd1.5-img2img", **call)), silently)
    title = f"the SDK waits {WAIT} s for a job that never ends, {WAIT + 1} polls"
    return InTest("waits", title, 50.0, cost, without, "the SDK, a constant answer and a clock of its own")


class _Clock:
    """In the place of `time`, for the SDK without the mock."""

    shows = 0.0

    def monotonic(self) -> float:
        return self.shows

    def sleep(self, seconds: float) -> None:
        self.shows += seconds


def _tests(rounds: int) -> InTest:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("empty", _EMPTY), ("full", _FULL)):
            Path(folder, f"test_{name}.py").write_text(text.format(tests=TESTS))
        cost, without = _in_turn(
            min(rounds, 5), 1, lambda: _pytest(folder, "test_full.py"), lambda: _pytest(folder, "test_empty.py")
        )
    title = f"{TESTS} tests with the fixture, each a whole run of the SDK, on one core"
    return InTest("tests", title, 5000.0, cost, without, f"{TESTS} tests that do nothing")


def _plugin(rounds: int) -> InTest:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_empty.py").write_text("def test_it():\n    pass\n")
        cost, without = _in_turn(rounds, 1, lambda: _pytest(folder), lambda: _pytest(folder, "-p", "no:segmind_mock"))
    return InTest("plugin", "pytest with the plugin, which nothing uses", 5.0, cost, without, "without it")


def _import(rounds: int) -> InTest:
    def run(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    cost, without = _in_turn(rounds, 5, lambda: run("import segmind_mock"), lambda: run("pass"))
    return InTest("import", "a process that imports segmind_mock", 30.0, cost, without, "one that imports nothing")


def _pytest(folder: str, *arguments: str) -> None:
    """One run, in a process of its own on one core."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", *arguments]
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {core})
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:])


def _silent_client() -> httpx.Client:
    """A client that is answered always the same, by as little as httpx can do."""
    answer = {"content-type": "application/json"}
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, headers=answer, content=_ANSWER)))


def _in_turn(
    rounds: int, times: int, subject: Callable[[], None], reference: Callable[[], None]
) -> tuple[Spread, Spread]:
    """What each takes, in ms, one beside the other in each round."""
    costs, withouts = [], []
    for turn in range(rounds + 1):
        cost, without = _ms(subject, times), _ms(reference, times)
        if turn:  # the first one only warms up
            costs.append(cost)
            withouts.append(without)
    return spread(costs), spread(withouts)


def _ms(work: Callable[[], None], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1e3
