"""Every way of reaching a mock from Python, told alike: what is sent, and what a client sees of the answer."""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx
import httpx2
import requests
import urllib3

from segmind_mock import Config, LiveServer, Mock, intercept
from segmind_mock.quirks import Quirks
from tests import worlds

KEY = worlds.KEY
QUIRKS = {"key_shape": "any"}
"""As a mock inside a test has them."""

_ORIGIN = re.compile(rb"https?://(?:(?:api|images)\.segmind\.com|127\.0\.0\.1:\d+|mock\.test)")
_OF_THE_TIME = ("date", "last-modified", "expires", "x-rate-limit-reset-at-utc")
_OF_THE_CONNECTION = ("connection", "keep-alive")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client sees: nothing of it depends on where the mock is, or on the real time."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[str, str, Mapping[str, str], bytes], Seen]


@dataclass(frozen=True, slots=True)
class Surface:
    """A mock of its own, and a client of it."""

    send: Send
    mock: Mock

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Seen:
        """One exchange, signed with the usual key unless another, or none (an empty one), is given."""
        signed = {"x-api-key": KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.send(method, path, {name: value for name, value in signed.items() if value}, body)


def seen(status: int, headers: Mapping[str, str], body: bytes) -> Seen:
    """What is the same everywhere of an answer; of a header that tells where the mock is, what follows that."""
    body = _ORIGIN.sub(b"", body)
    told = {name.lower(): _ORIGIN.sub(b"", value.encode()).decode() for name, value in headers.items()}
    for name in (*_OF_THE_TIME, *_OF_THE_CONNECTION):
        told.pop(name, None)
    if "application/json" in told.get("content-type", ""):
        told.pop("content-length", None)  # it has URLs in it
    return Seen(status, told, body)


# --- Without interception --------------------------------------------------------------------------------


@contextmanager
def asgi(**settings: Any) -> Iterator[Surface]:
    """The app itself, through httpx's own ASGI transport."""
    here = worlds.mock(quirks=QUIRKS | settings.pop("quirks", {}), **settings)

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Seen:
        given = {"x-api-key": None, **headers}
        answer = here.request(method, path, headers=given, content=body)
        return seen(answer.status_code, answer.headers, answer.content)

    yield Surface(send, Mock(here.app.control, url="http://mock.test", pass_time=here.clock.advance))


@contextmanager
def live(**settings: Any) -> Iterator[Surface]:
    """On a socket."""
    quirks = Quirks(QUIRKS | settings.pop("quirks", {}))
    with (
        LiveServer(Config(port=0, clock="frozen", quirks=quirks, **settings)) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        yield Surface(_httpx(client, ""), server.mock)


# --- With it -------------------------------------------------------------------------------------------------

API = "https://api.segmind.com"


def _httpx(client: Any, origin: str) -> Send:
    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Seen:
        answer = client.request(method, origin + path, headers=headers, content=body)
        return seen(answer.status_code, answer.headers, answer.content)

    return send


def _httpx_async(library: Any) -> Send:
    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Seen:
        async def ask() -> Seen:
            async with library.AsyncClient() as client:
                answer = await client.request(method, API + path, headers=headers, content=body)
                return seen(answer.status_code, answer.headers, answer.content)

        return asyncio.run(ask())

    return send


def _requests(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Seen:
    answer = requests.request(method, API + path, headers=dict(headers), data=body, timeout=30, allow_redirects=False)
    return seen(answer.status_code, answer.headers, answer.content)


def _urllib3(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Seen:
    with urllib3.PoolManager() as pool:
        answer = pool.request(method, API + path, headers=dict(headers), body=body, redirect=False, timeout=30)
        return seen(answer.status, answer.headers, answer.data)


def _http_client(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Seen:
    connection = http.client.HTTPSConnection("api.segmind.com", timeout=30)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return seen(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def _aiohttp(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Seen:
    async def ask() -> Seen:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, API + path, headers=headers, data=body, allow_redirects=False) as answer,
        ):
            return seen(answer.status, answer.headers, await answer.read())

    return asyncio.run(ask())


def _intercepted(send: Send) -> Callable[..., AbstractContextManager[Surface]]:
    @contextmanager
    def within(**settings: Any) -> Iterator[Surface]:
        with intercept(**settings) as mock:
            yield Surface(send, mock)

    return within


SURFACES: dict[str, Callable[..., AbstractContextManager[Surface]]] = {
    "asgi": asgi,
    "live": live,
    "httpx": _intercepted(_httpx(httpx, API)),
    "httpx-async": _intercepted(_httpx_async(httpx)),
    "httpx2": _intercepted(_httpx(httpx2, API)),
    "httpx2-async": _intercepted(_httpx_async(httpx2)),
    "requests": _intercepted(_requests),
    "urllib3": _intercepted(_urllib3),
    "http.client": _intercepted(_http_client),
    "aiohttp": _intercepted(_aiohttp),
}
"""By name."""
