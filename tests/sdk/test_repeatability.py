"""Two runs of one client program against two fresh mocks with the same seed: equal bytes throughout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

import httpx
import pytest
import segmind

from tests.sdk.calls import CALLS
from tests.served import serving

_ADDRESS = "http://mock.test"
_DATES = {b"date", b"x-rate-limit-reset-at-utc", b"last-modified", b"cache-control"}
_PENDING = ("QUEUED", "PROCESSING")


class Exchange(NamedTuple):
    """An exchange as it was on the wire, but for the headers that are dates."""

    request: tuple[str, str, bytes]
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def state(self) -> str:
        """The state that a poll told; empty for any other exchange."""
        told = json.loads(self.body).get("status", "") if self.request[1].endswith("/status") else ""
        return str(told)


class Recorder(httpx.BaseTransport):
    """Sends what is for `http://mock.test` to a mock's own port, so that URLs agree, and writes everything down."""

    def __init__(self, url: str) -> None:
        self._at = httpx.URL(url)
        self._transport = httpx.HTTPTransport()
        self.exchanges: list[Exchange] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = (request.method, str(request.url), request.read())
        request.url = request.url.copy_with(host=self._at.host, port=self._at.port)
        response = self._transport.handle_request(request)
        body = response.read()
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _DATES]
        self.exchanges.append(Exchange(asked, response.status_code, headers, body))
        return response

    def close(self) -> None:
        self._transport.close()


def generation(url: str, slug: str) -> list[Exchange]:
    """The program, with the real SDK: a page's call through v2 and v1, its pictures, a failure, the balance."""
    client = segmind.SegmindClient(api_key=_key(slug), base_url=f"{_ADDRESS}/v1")
    with client._client, Recorder(url) as recorder:
        client._client._transport = recorder
        result = client.submit_async(slug, **CALLS[slug]).wait(timeout=60, interval=0.05)
        anybody = httpx.Client(transport=recorder)
        for image in result["images"]:
            anybody.get(image["url"])
        client.run_sync(slug, **CALLS[slug])
        with suppress(segmind.InferenceFailed):
            client.submit_async(slug, image=7).wait(timeout=60, interval=0.05)
        client._client.get("/get-user-credits")
        return recorder.exchanges


def _key(slug: str) -> str:
    return f"SG_{list(CALLS).index(slug):016x}"


@pytest.fixture
def two_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[list[Exchange], list[Exchange]]]]:
    """The exchanges of both runs, page by page; each page has a key, thus a world, of its own."""
    monkeypatch.setenv("no_proxy", "*")
    with serving("--seed", "twice") as one, serving("--seed", "twice") as other, ThreadPoolExecutor(10) as pool:
        first = [pool.submit(generation, one.url, slug) for slug in CALLS]
        second = [pool.submit(generation, other.url, slug) for slug in reversed(CALLS)]
        yield [(run.result(), again.result()) for run, again in zip(first, reversed(second), strict=True)]


def test_the_same_seed_gives_equal_bytes_throughout(
    two_runs: list[tuple[list[Exchange], list[Exchange]]],
) -> None:
    """Ids, timings, bodies and headers but for dates are equal byte for byte; only how often a client polls is not."""
    for first, again in two_runs:
        assert _lasting(first) == _lasting(again)
        polls, others = _polls(first), _polls(again)
        assert [polls[poll] for poll in polls.keys() & others.keys()] == [
            others[poll] for poll in polls.keys() & others.keys()
        ]
        assert [one.request[0] for one in first].count("POST") == 3
        assert len({one.body for one in first}) >= 8


def _lasting(run: list[Exchange]) -> list[Exchange]:
    return [one for one in run if one.state not in _PENDING]


def _polls(run: list[Exchange]) -> dict[tuple[str, str], Exchange]:
    """What was told of a job that had not ended: how often is the client's affair, what is the mock's."""
    return {(one.request[1], one.state): one for one in run if one.state in _PENDING}
