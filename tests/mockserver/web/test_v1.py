"""v1: a call that is held goes by its account's clock, and ends when the account does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from segmind_mock.control import Control
from tests.worlds import KEY, OTHER_KEY, Mock, mock, printed_call

SLUG = "sd1.5-img2img"
SLOW = printed_call(SLUG) | {"prompt": "mock:slow=30", "seed": 1}

Deed = Callable[[Control], object]


def waiting(control: Control) -> int:
    """How many wait on any clock of a server."""
    clocks = {control.clock(None), *(world.clock for world in control.backend.keyring.all())}
    return sum(len(clock._waiting) for clock in clocks)


def held(*deeds: Deed, keys: tuple[str, ...] = (KEY,)) -> tuple[list[int], list[httpx.Response]]:
    """How many calls of thirty seconds are held by a frozen server, at first and after each deed; and their answers."""
    here = mock(timing="instant")
    control = here.app.control
    control.steer(None, 0.0, 0.0)

    async def run() -> tuple[list[int], list[httpx.Response]]:
        path, options = f"/v1/{SLUG}", {"json": SLOW}
        calls = [asyncio.ensure_future(here._exchange("POST", path, {"x-api-key": key}, options)) for key in keys]
        seen: list[int] = []
        for deed in (lambda _: None, *deeds):
            deed(control)
            for _ in range(100):
                await asyncio.sleep(0)
            seen.append(waiting(control))
        return seen, await asyncio.wait_for(asyncio.gather(*calls), 60)

    return asyncio.run(run())


def test_moved_past_its_end() -> None:
    """A held call is answered, with its picture, when the clock is moved to its end, and not a millisecond before."""
    seen, (answer,) = held(
        lambda control: control.steer(None, None, 29.999), lambda control: control.steer(None, None, 0.001)
    )
    assert seen == [1, 1, 0]
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["x-generation-time"] == "30.0"


def test_moved_past_the_patience() -> None:
    """A call that is moved far past its end is answered as if it had been waited for."""
    _, (answer,) = held(lambda control: control.steer(None, None, 10_000))
    assert answer.status_code == 200


@pytest.mark.parametrize("key", [KEY, None])
def test_reset(key: str | None) -> None:
    """A call whose account is reset meanwhile, alone or with the whole server, is answered that it timed out."""
    seen, (answer,) = held(lambda control: control.reset(key))
    assert seen == [1, 0]
    assert (answer.status_code, answer.json()) == (504, {"error": "This account was reset while the call was held."})


def test_another_account_is_reset() -> None:
    """A call that another account holds goes on."""
    seen, (answer, other) = held(
        lambda control: control.reset(OTHER_KEY), lambda control: control.steer(None, None, 30), keys=(KEY, OTHER_KEY)
    )
    assert seen == [2, 1, 0]
    assert (answer.status_code, other.status_code) == (200, 504)


def test_a_clock_of_its_own() -> None:
    """A clock that an account gets while its call is held counts from then on, and for its calls alone."""
    seen, answers = held(
        lambda control: control.clock(KEY),
        lambda control: control.steer(KEY, None, 30),
        lambda control: control.steer(None, None, 30),
        keys=(KEY, OTHER_KEY),
    )
    assert seen == [2, 2, 1, 0]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_the_servers_clock_beneath() -> None:
    """A call that waits by its account's own clock is woken by the server's too, for that lies beneath."""
    seen, _ = held(
        lambda control: control.steer(KEY, None, 20),
        lambda control: control.steer(None, None, 9.999),
        lambda control: control.steer(None, None, 0.001),
    )
    assert seen == [1, 1, 1, 0]


def test_a_clock_that_goes_again() -> None:
    """A call that was held by a frozen clock is answered when that goes, be it the account's or the server's."""
    assert held(lambda control: control.steer(None, 1.0, 0))[1][0].status_code == 200
    seen, (answer,) = held(
        lambda control: control.steer(KEY, 0.0, 0),
        lambda control: control.steer(None, 1.0, 0),
        lambda control: control.steer(KEY, 1.0, 0),
    )
    assert seen[:3] == [1, 1, 1]
    assert answer.status_code == 200


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "still"])
@pytest.mark.parametrize("hangs_up", [0, 1, 2])
def test_a_client_that_hangs_up(hangs_up: int, moved: bool) -> None:
    """Who hangs up is not waited for any longer, on a clock that stands still too, and nobody else is woken."""
    here = mock(timing="instant")
    control = here.app.control
    control.steer(None, 0.0, 0.0)
    statuses: list[int] = []

    async def run() -> None:
        gone = [asyncio.Event() for _ in range(2)]
        calls = [asyncio.ensure_future(asked(here, one, statuses)) for one in gone]
        await turns()
        assert (waiting(control), statuses) == (2, [])
        waits = set(control.clock(None)._waiting)
        for one in gone[:hangs_up]:
            one.set()
        await turns()
        assert (waiting(control), statuses) == (2 - hangs_up, [])
        assert waits >= control.clock(None)._waiting
        if moved:
            control.steer(None, None, 30)
        else:
            control.reset(None)
        await asyncio.wait_for(asyncio.gather(*calls), 60)

    asyncio.run(run())
    assert statuses == [200 if moved else 504] * (2 - hangs_up)
    if moved:
        recorded = [exchange.record[10] for exchange in control.exchanges(KEY)]
        assert recorded == [0] * hangs_up + [200] * (2 - hangs_up)


def test_a_server_that_cannot_tell() -> None:
    """A call is held to its end too where the server says something else than that the client went."""
    here = mock(timing="instant")
    statuses: list[int] = []
    asyncio.run(asked(here, None, statuses))
    assert statuses == [200]


async def turns() -> None:
    """Let everybody have some turns."""
    for _ in range(100):
        await asyncio.sleep(0)


async def asked(here: Mock, gone: asyncio.Event | None, statuses: list[int]) -> None:
    """One v1 call; with no `gone`, of a server that gives an empty body over and over. Its status is added."""
    body = json.dumps(SLOW).encode()
    sent = [body]

    async def receive() -> dict[str, object]:
        if not sent and gone is not None:
            await gone.wait()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": sent.pop() if sent else b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = {b"host": b"mock.test", b"x-api-key": KEY.encode(), b"content-type": b"application/json"}
    headers[b"content-length"] = b"%d" % len(body)
    scope = {"type": "http", "method": "POST", "path": f"/v1/{SLUG}", "query_string": b"", "scheme": "http"}
    await here.app({**scope, "headers": [*headers.items()]}, receive, send)


def test_what_it_answers_is_its_own() -> None:
    """A held call answers how its job ended, though its record is gone and its place taken when it is woken."""
    here = mock(clock="frozen", max_jobs=1, retention=60)
    control = here.app.control
    slow = {"json": printed_call(SLUG) | {"prompt": "mock:fail"}}
    words = {"json": printed_call(SLUG) | {"prompt": "the words of another"}}

    async def run() -> httpx.Response:
        call = asyncio.ensure_future(here._exchange("POST", f"/v1/{SLUG}", {"x-api-key": KEY}, slow))
        await turns()
        assert waiting(control) == 1
        control.steer(None, None, 30 * 86_400.0)
        entry = control.backend.entry(control.world(OTHER_KEY), SLUG)
        control.backend.accept(control.world(OTHER_KEY), entry, words["json"], blocking=False)
        return await asyncio.wait_for(call, 60)

    answer = asyncio.run(run())
    assert (answer.status_code, answer.json()) == (500, {"error": "Failed while returning the output"})
