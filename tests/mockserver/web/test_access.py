"""Access: who calls, how often, and under which origin they see the server."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_mock.config import Config
from segmind_mock.errors import BadRequest, RateLimited, Unauthorized
from segmind_mock.quirks import Quirks
from segmind_mock.web.access import Access
from tests.worlds import KEY, START, HandClock, backend

HTTP = {"scheme": "http"}
BY_KEY = {b"x-api-key": KEY.encode()}


def access(clock: HandClock | None = None, quirks: dict[str, str] | None = None, **settings: Any) -> Access:
    """Access to a backend of its own."""
    return Access(backend(Config(quirks=Quirks(quirks), **settings), clock))


def bearer(value: bytes) -> dict[bytes, bytes]:
    """Headers with a credential of the other kind."""
    return {b"authorization": value}


def test_by_key() -> None:
    """The key in x-api-key leads to its world, and counts before any other credential."""
    here = access()
    assert here.world(BY_KEY | bearer(b"Bearer x")).key == KEY
    assert here.world(BY_KEY) is here.world(BY_KEY)


def test_without_a_credential() -> None:
    """Without one, the words name both headers."""
    with pytest.raises(Unauthorized, match="Missing Authorization or x-api-key"):
        access().world({})


@pytest.mark.parametrize(
    "headers", [{b"x-api-key": b"x"}, {b"x-api-key": b"\xff\xfe"}, bearer(b"Bearer " + KEY.encode())]
)
def test_refused(headers: dict[bytes, bytes]) -> None:
    """A key of another shape, and a bearer token, are refused with other words."""
    with pytest.raises(Unauthorized, match="invalid or may have expired"):
        access().world(headers)


@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
def test_bearer(scheme: bytes) -> None:
    """Under the quirk `bearer` a token is a key, whatever the case of its scheme and the spaces around it."""
    assert access(quirks={"bearer": "accept"}).world(bearer(scheme + b"  " + KEY.encode() + b" ")).key == KEY


@pytest.mark.parametrize("value", [b"Basic " + KEY.encode(), KEY.encode(), b"", b"Bearer"])
def test_no_bearer(value: bytes) -> None:
    """Any other authorization is refused under that quirk too."""
    with pytest.raises(Unauthorized, match="invalid"):
        access(quirks={"bearer": "accept"}).world(bearer(value))


def test_count() -> None:
    """One request beyond the limit is refused, with the instant at which the window ends; then there is room again."""
    clock = HandClock()
    here = access(clock, rpm=2)
    world = here.world(BY_KEY)
    here.count(world)
    here.count(world)
    with pytest.raises(RateLimited) as refusal:
        here.count(world)
    assert refusal.value.headers == (("x-rate-limit-reset-at-utc", "2023-11-14T22:14:00Z"),)
    clock.advance(40)
    here.count(world)


def test_no_limit() -> None:
    """Without a limit nothing is counted."""
    here = access()
    world = here.world(BY_KEY)
    here.count(world)
    assert world.window.used == 0


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("iso", b"2023-11-14T22:14:00Z"), ("epoch", b"1700000040"), ("http-date", b"Tue, 14 Nov 2023 22:14:00 GMT")],
)
def test_reset_header(reading: str, expected: bytes) -> None:
    """The end of the window is written as the quirk `reset_format` says."""
    here = access(quirks={"reset_format": reading})
    assert here.reset_header(START) == (b"x-rate-limit-reset-at-utc", expected)


@pytest.mark.parametrize("host", [b"localhost:8787", b"127.0.0.1", b"[::1]:80", b"a-b.c_d~e"])
def test_origin(host: bytes) -> None:
    """The origin is the scheme and the host that the caller used, the second time too."""
    here = access()
    assert [here.origin(HTTP, {b"host": host}) for _ in range(2)] == [f"http://{host.decode()}"] * 2
    assert here.origin({"scheme": "https"}, {b"host": host}) == f"https://{host.decode()}"


@pytest.mark.parametrize("host", [b"a b", b"a/b", b"a\r\nb", b"\xff", b"a" * 256, b"<a>", b"user@host", b'"'])
def test_no_host(host: bytes) -> None:
    """A Host header that could not be part of a URL is refused each time."""
    here = access()
    for _ in range(2):
        with pytest.raises(BadRequest, match="not a host name"):
            here.origin(HTTP, {b"host": host})


@pytest.mark.parametrize(
    ("server", "expected"),
    [(("127.0.0.1", 80), "http://127.0.0.1:80"), (("unix", None), "http://unix"), (None, "http://localhost")],
)
def test_origin_without_a_host(server: tuple[str, int | None] | None, expected: str) -> None:
    """A request without Host (HTTP/1.0) is answered with where the server listens."""
    assert access().origin(HTTP | {"server": server}, {}) == expected


def test_public_url() -> None:
    """A public URL that is set counts before whatever Host says, without its last slash."""
    assert access(public_url="https://a.example/api/").origin(HTTP, {b"host": b"a b"}) == "https://a.example/api"


def test_origins_are_bounded() -> None:
    """However many hosts callers make up, only so many are remembered, and each is answered."""
    here = access()
    found = {here.origin(HTTP, {b"host": b"h%d" % number}) for number in range(3000)}
    assert len(found) == 3000
    assert len(here._origins) == 1024
