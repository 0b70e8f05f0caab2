"""Small worlds for tests: a mock of its own, a clock that is moved by hand, and a client without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from segmind_mock.app import create_app
from segmind_mock.backend import Backend
from segmind_mock.config import Config
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.stores.held import MemoryInputs
from segmind_mock.stores.memory import MemoryPayloads
from segmind_mock.web.gateway import Gateway
from segmind_spec import Catalog

KEY = "SG_0123456789abcdef"
OTHER_KEY = "SG_00000000000000aa"
START = 1_700_000_000_000
"""The instant a hand-moved clock begins at: 2023-11-14T22:13:20Z."""

CATALOG = Catalog.load()


class HandClock:
    """A clock that stands still until a test moves it, or somebody waits for an instant: that moves it there."""

    def __init__(self, start: int = START) -> None:
        self.instant = start

    def now(self) -> int:
        return self.instant

    def call_at(self, instant: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Waiting moves the clock at once."""
        self.instant = max(self.instant, instant)
        return asyncio.get_running_loop().call_soon(wake).cancel

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.instant += round(seconds * 1000)


@dataclass(slots=True)
class Mock:
    """A mock of a test's own: `client` is signed with a key, `clock` is the test's to move."""

    app: Gateway
    clock: HandClock
    key: str = KEY

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One exchange, through the ASGI app itself; a header of None is left out."""
        headers: dict[str, str | None] = {"x-api-key": self.key, **options.pop("headers", {})}
        sent = {name: value for name, value in headers.items() if value is not None}
        return asyncio.run(self._exchange(method, path, sent, options))

    async def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test", headers=headers) as client:
            return await client.request(method, path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, **({"json": body} if body is not None else {}), **options)

    def submit(self, slug: str = "sd1.5-img2img", **changes: object) -> dict[str, Any]:
        """Queue the call printed on a model's page, changed as asked; the submit's body."""
        answer = self.post(f"/v2/{slug}", printed_call(slug) | changes)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def status(self, request_id: str, **options: Any) -> httpx.Response:
        return self.get(f"/v2/requests/{request_id}/status", **options)

    def result(self, request_id: str, **options: Any) -> httpx.Response:
        return self.get(f"/v2/requests/{request_id}", **options)

    def credits(self) -> float:
        balance: float = self.get("/v1/get-user-credits").json()["credits"]
        return balance

    def as_key(self, key: str) -> Mock:
        """The same mock, seen with another key."""
        return Mock(self.app, self.clock, key)


def mock(*, quirks: Mapping[str, str] | None = None, catalog: Catalog = CATALOG, **settings: Any) -> Mock:
    """A fresh mock; `settings` are those of `Config`, `quirks` are readings."""
    clock = HandClock()
    config = Config(quirks=Quirks(quirks or {}), **settings)
    return Mock(create_app(config, catalog=catalog, clock=clock), clock)


def backend(
    config: Config | None = None, clock: HandClock | None = None, payloads: MemoryPayloads | None = None
) -> Backend:
    """A backend without a surface; it has room for a megabyte of input pictures."""
    return Backend(
        config or Config(),
        CATALOG,
        clock=clock or HandClock(),
        randomness=Randomness("0"),
        payloads=MemoryPayloads() if payloads is None else payloads,
        inputs=MemoryInputs(1 << 20),
    )


def picture_file(colour: str = "red", size: tuple[int, int] = (40, 30), format: str = "PNG") -> bytes:
    """A picture file of one colour."""
    target = BytesIO()
    Image.new("RGB", size, colour).save(target, format)
    return target.getvalue()


def printed_call(slug: str) -> dict[str, Any]:
    """The call printed on a model's page."""
    model = CATALOG.get(slug)
    assert model is not None
    return dict(next(iter(model.examples.values())))
