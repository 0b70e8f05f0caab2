"""A client that meets a scenario: through the ASGI app, a wire that only takes notes, and a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, cast

import httpx
from PIL import Image

from segmind_mock.web.gateway import Gateway
from segmind_mock.wire import EXTENSION
from tests.worlds import KEY, HandClock, Mock, mock, printed_call

SLUG = "sd1.5-img2img"
SUBMIT, GENERATE, CREDITS = f"/v2/{SLUG}", f"/v1/{SLUG}", "/v1/get-user-credits"
CALL = printed_call(SLUG)
PRICE = 0.0037
"""Credits of one such call."""

GOOD = ["QUEUED", "PROCESSING", "COMPLETED"]
"""What a client sees that polls each second while nothing goes wrong."""

PENDING = ["metrics", "request_id", "response_url", "status", "status_url"]
"""The keys of a status without an end."""

_ENDS = {"COMPLETED", "FAILED"}

Story = Callable[["Meeting"], None]
STORIES: dict[str, Story] = {}
"""What each scenario does to a client: a function that has its name, and its claim as docstring."""


def story(function: Story) -> Story:
    """Put a function into `STORIES`, under its name with hyphens."""
    name = function.__name__.replace("_", "-")
    assert name not in STORIES, f"there are two stories of {name}"
    STORIES[name] = function
    return function


class HandWire:
    """A wire that does nothing but remember; what it holds back moves the clock."""

    gone = False

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.seen = b""
        """What was written past the server."""
        self.end = ""
        """How the connection ended: `closed`, `reset`, `silent`, `refused`."""
        self.held = 0.0
        """Seconds that the exchange was held."""
        self.closes_in: float | None = None
        self.refuses_for = 0.0

    async def write(self, data: bytes) -> None:
        self.seen += data

    async def close(self) -> None:
        self.end = "closed"

    async def reset(self) -> None:
        self.end = "reset"

    async def silence(self) -> None:
        self.end = "silent"

    async def pause(self, seconds: float) -> None:
        self.held += seconds
        self._clock.advance(seconds)

    async def refuse(self, seconds: float) -> None:
        self.end, self.refuses_for = "refused", seconds

    def close_in(self, seconds: float) -> None:
        self.closes_in = seconds


class Broken(Exception):
    """An exchange that ended in no answer, or not in a whole one."""

    def __init__(self, end: str, seen: bytes = b"") -> None:
        super().__init__(end)
        self.end = end
        self.head, _, self.body = seen.partition(b"\r\n\r\n")


class Meeting(Mock):
    """A mock on which a scenario plays, and its client."""

    def __init__(self, scenario: str, **settings: Any) -> None:
        inner = mock(scenario=scenario, **settings)
        super().__init__(cast(Gateway, self._carry), inner.clock)
        self.server = inner.app
        self.wires: list[HandWire] = []
        self._closed_until = 0

    async def _carry(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """The server, with a wire below it."""
        if self.clock.now() < self._closed_until:
            raise Broken("refused")
        wire = HandWire(self.clock)
        self.wires.append(wire)
        await self.server({**scope, "extensions": {EXTENSION: wire}}, receive, send)
        if wire.refuses_for:
            self._closed_until = self.clock.now() + round(wire.refuses_for * 1000)
        if wire.end:
            raise Broken(wire.end, wire.seen)

    # --- What a client does ------------------------------------------------------------------------

    def ask(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        """A POST with a body, a GET without. Raises `Broken`."""
        return self.get(path, **options) if body is None else self.post(path, body, **options)

    def broken(self, path: str, body: object = None) -> Broken:
        """An exchange that is known to break."""
        try:
            answer = self.ask(path, body)
        except Broken as broken:
            return broken
        raise AssertionError(f"{path} was answered whole: {answer}")

    def met(self, path: str, body: object = None) -> str:
        """What comes of an exchange, in a word: a job's state, a status code, `unreadable`, or how it broke."""
        try:
            return word(self.ask(path, body))
        except Broken as broken:
            return broken.end

    def insist(
        self, path: str, body: object = None, *, pause: float = 1.0, most: int = 12
    ) -> tuple[list[str], httpx.Response]:
        """Ask until the answer is good, with a pause after each that is not; what was met before it, and it."""
        met: list[str] = []
        for _ in range(most):
            try:
                answer = self.ask(path, body)
            except Broken as broken:
                met.append(broken.end)
            else:
                if answer.status_code == 200 and word(answer) != "unreadable":
                    return met, answer
                met.append(word(answer))
            self.clock.advance(pause)
        raise AssertionError(f"{path} was never answered well: {met}")

    def polled(self, request_id: str, *, pause: float = 1.0, most: int = 30) -> list[str]:
        """What is met by polling until the end of a job, or so many times."""
        met: list[str] = []
        while len(met) < most:
            met.append(self.met(status_of(request_id)))
            if met[-1] in _ENDS:
                break
            self.clock.advance(pause)
        return met

    def job(self, **changes: object) -> str:
        """The id of a new job, accepted at once."""
        request_id: str = self.ask(SUBMIT, CALL | changes).json()["request_id"]
        return request_id

    def ended(self) -> str:
        """The id of a new job whose time is over; its result was asked for too early, and was its status."""
        request_id = self.job()
        assert sorted(self.ask(result_of(request_id)).json()) == PENDING
        self.clock.advance(3)
        return request_id

    def file(self, request_id: str, **options: Any) -> httpx.Response:
        """The first picture of a job that has ended, asked for without the key."""
        url = self.ask(result_of(request_id)).json()["images"][0]["url"]
        return self.ask(url, headers={"x-api-key": None}, **options)

    def goes_well(self, **changes: object) -> None:
        """A whole call comes to a picture, with nothing in its way."""
        request_id = self.job(**changes)
        assert self.polled(request_id) == GOOD
        assert Image.open(BytesIO(self.file(request_id).content)).format == "JPEG"

    # --- What a person sees in the console -------------------------------------------------------------

    @property
    def paid(self) -> int:
        """Calls that were charged so far."""
        start = self.server.backend.config.credits
        return round((start - self.balance) / PRICE)

    @property
    def balance(self) -> float:
        """Credits that are left, asked of nobody."""
        world = self.server.backend.keyring.by_key[KEY.encode()]
        return world.ledger.balance(self.clock.now()) / 1_000_000

    @property
    def state(self) -> str:
        """The scenario's state."""
        return str(self.server.control.told_scenario(KEY)["state"])


def word(answer: httpx.Response) -> str:
    """An answer in a word."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        if answer.status_code != 200:
            return str(answer.status_code)
        return "picture" if answer.content.startswith(b"\xff\xd8\xff") else "unreadable"
    state = body.get("status") if isinstance(body, dict) else None
    return state if isinstance(state, str) and answer.status_code in (200, 422) else str(answer.status_code)


def status_of(request_id: str) -> str:
    """The path of a job's status."""
    return f"/v2/requests/{request_id}/status"


def result_of(request_id: str) -> str:
    """The path of a job's result."""
    return f"/v2/requests/{request_id}"
