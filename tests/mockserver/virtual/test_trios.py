"""trio by virtual time: its sleeps move the clock once every task has something to wait for; its time-outs are real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import anyio
import httpx
import pytest
import trio

from segmind_mock.inprocess.interception import intercept
from segmind_mock.virtual.clock import VirtualClock
from tests.mockserver.virtual.lives import library, virtual_time


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    """A clock in force."""
    before = trio.sleep
    with virtual_time() as clock:
        yield clock
    assert trio.sleep is before


@pytest.mark.parametrize("sleep", ["trio", "anyio"])
def test_sleeping(clock: VirtualClock, sleep: str) -> None:
    """What is slept has passed, and nobody waited."""

    async def main() -> None:
        await {"trio": trio, "anyio": anyio}[sleep].sleep(600)

    trio.run(main)
    assert clock.passed == 600


def test_in_order(clock: VirtualClock) -> None:
    """Tasks that sleep side by side are woken at their instants, and take as long as the longest of them."""
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float, times: int) -> None:
        for _ in range(times):
            await trio.sleep(seconds)
            woken.append((name, clock.passed))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper, "a", 3, 2)
            nursery.start_soon(sleeper, "b", 2, 2)

    trio.run(main)
    assert woken == [("b", 2), ("a", 3), ("b", 4), ("a", 6)]


def test_cancelled(clock: VirtualClock) -> None:
    """Who is cancelled sleeps no longer, and moves nothing."""

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1000)
            await trio.sleep(1)
            nursery.cancel_scope.cancel()

    trio.run(main)
    trio.run(trio.sleep, 5)
    assert clock.passed == 6


def test_other_libraries_really_sleep(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that does not call the service is not hurried, nor is one who sleeps for ever, or not at all."""
    driver = library(monkeypatch, "import trio\nasync def ping():\n    await trio.sleep(0.01)\n")

    async def main() -> None:
        await driver.ping()
        await trio.sleep(0)  # noqa: ASYNC115
        with trio.move_on_after(0.01):
            await trio.sleep_forever()

    trio.run(main)
    assert clock.passed == 0


def test_polling() -> None:
    """A client that polls at its cadence sees the states come."""

    async def main(key: str) -> list[str]:
        async with httpx.AsyncClient(headers={"x-api-key": key}, base_url="https://api.segmind.com") as client:
            job = (await client.post("/v2/sam-img2img", json={"image": "https://segmind.com/kitchen.jpg"})).json()
            states = [job["status"]]
            while states[-1] not in ("COMPLETED", "FAILED"):
                await trio.sleep(1)
                states.append((await client.get(job["status_url"])).json()["status"])
            return states

    with intercept() as mock:
        states = trio.run(main, mock.key)
    assert list(dict.fromkeys(states)) == ["QUEUED", "PROCESSING", "COMPLETED"]


def test_in_a_process_that_has_loaded_nothing_else() -> None:
    """What trio does not load by itself is loaded."""
    script = (
        "import trio\n"
        "from segmind_mock import intercept\n"
        "async def main():\n"
        "    await trio.sleep(600)\n"
        "with intercept() as mock:\n"
        "    before = mock.now\n"
        "    trio.run(main)\n"
        "    print((mock.now - before).total_seconds())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "600.0\n"


def test_again_after_a_while(clock: VirtualClock) -> None:
    """A run in which nobody slept for some time moves the clock again when somebody does."""

    async def main() -> None:
        for _ in range(3):
            await trio.sleep(10)
            await trio.to_thread.run_sync(int)

    trio.run(main)
    assert clock.passed == 30
