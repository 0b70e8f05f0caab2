"""Access: who calls, how often, and under which origin they see the server."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_mock.clock import SteeredClock
from segmind_mock.config import Config
from segmind_mock.errors import BadRequest, RateLimited, Unauthorized
from segmind_mock.quirks import Quirks
from segmind_mock.web.access import Access
from segmind_mock.web.answers import Scope
from segmind_mock.web.call import Call
from segmind_mock.world import Standing, World
from tests.worlds import KEY, OTHER_KEY, START, HandClock, backend

HTTP: Scope = {"scheme": "http"}
BY_KEY = {b"x-api-key": KEY.encode()}


def access(clock: HandClock | None = None, quirks: dict[str, str] | None = None, **settings: Any) -> Access:
    """Access to a backend of its own."""
    return Access(backend(Config(quirks=Quirks(quirks), **settings), clock))


def call(here: Access, headers: dict[bytes, bytes]) -> Call:
    """A call with these headers, and whose it is found to be."""
    world = here.caller(headers)
    return Call(HTTP, headers, world, world.clock.now(), START)


def admitted(here: Access, headers: dict[bytes, bytes]) -> World:
    """The world of a caller who is let in."""
    asked = call(here, headers)
    here.admit(asked)
    return asked.world


def bearer(value: bytes) -> dict[bytes, bytes]:
    """Headers with a credential of the other kind."""
    return {b"authorization": value}


def test_by_key() -> None:
    """The key in x-api-key leads to its world, and counts before any other credential."""
    here = access()
    assert admitted(here, BY_KEY | bearer(b"Bearer x")).key == KEY
    assert admitted(here, BY_KEY) is admitted(here, BY_KEY)


def test_without_a_credential() -> None:
    """Without one, the words name both headers."""
    with pytest.raises(Unauthorized, match="Missing Authorization or x-api-key"):
        admitted(access(), {})


@pytest.mark.parametrize(
    "headers", [{b"x-api-key": b"x"}, {b"x-api-key": b"\xff\xfe"}, bearer(b"Bearer " + KEY.encode())]
)
def test_refused(headers: dict[bytes, bytes]) -> None:
    """A key of another shape, and a bearer token, are refused with other words."""
    with pytest.raises(Unauthorized, match="invalid or may have expired"):
        admitted(access(), headers)


@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
def test_bearer(scheme: bytes) -> None:
    """Under the quirk `bearer` a token is a key, whatever the case of its scheme and the spaces around it."""
    assert admitted(access(quirks={"bearer": "accept"}), bearer(scheme + b"  " + KEY.encode() + b" ")).key == KEY


@pytest.mark.parametrize("value", [b"Basic " + KEY.encode(), KEY.encode(), b"", b"Bearer"])
def test_no_bearer(value: bytes) -> None:
    """Any other authorization is refused under that quirk too."""
    with pytest.raises(Unauthorized, match="invalid"):
        admitted(access(quirks={"bearer": "accept"}), bearer(value))


def test_count() -> None:
    """One request beyond the limit is refused, with the instant at which the window ends; then there is room again."""
    clock = HandClock()
    here = access(clock, rpm=2)
    asked = call(here, BY_KEY)
    assert [here.count(asked), here.count(asked)] == [START, START]
    with pytest.raises(RateLimited) as refusal:
        here.count(asked)
    assert refusal.value.headers == (("x-rate-limit-reset-at-utc", "2023-11-14T22:14:00Z"),)
    clock.advance(40)
    assert here.count(asked) == START + 40_000


def test_no_limit() -> None:
    """Without a limit nothing is counted."""
    here = access()
    asked = call(here, BY_KEY)
    here.count(asked)
    assert asked.world.window.used == 0


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("iso", b"2023-11-14T22:14:00Z"), ("epoch", b"1700000040"), ("http-date", b"Tue, 14 Nov 2023 22:14:00 GMT")],
)
def test_reset_header(reading: str, expected: bytes) -> None:
    """The end of the window is written as the quirk `reset_format` says."""
    here = access(quirks={"reset_format": reading})
    assert here.reset_header(call(here, BY_KEY).world, START) == (b"x-rate-limit-reset-at-utc", expected)


def nobody(here: Access) -> World:
    """The world of those who have none."""
    return here._keyring.nobody


@pytest.mark.parametrize(
    "headers",
    [{}, {b"x-api-key": b"x"}, {b"x-api-key": b""}, bearer(b"Bearer " + KEY.encode()), bearer(b"Basic x")],
    ids=repr,
)
def test_whose_it_is_not(headers: dict[bytes, bytes]) -> None:
    """A request without a key that is accepted is nobody's, and opens no world."""
    here = access()
    assert here.caller(headers) is nobody(here)
    assert [*here._keyring.all()] == []


def test_no_room_for_another() -> None:
    """A key beyond the bound on accounts is nobody's; it is told why, and not that the key is bad."""
    here = access()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("segmind_mock.keyring.MAX_ACCOUNTS", 0)
        asked = call(here, BY_KEY)
        assert asked.world is nobody(here)
        with pytest.raises(RateLimited, match="holds 0 accounts"):
            here.admit(asked)


def test_room_in_between() -> None:
    """Who was nobody when the request came is not let in, though the key is good by now."""
    here = access()
    asked = Call(HTTP, BY_KEY, nobody(here), START, START)
    with pytest.raises(Unauthorized, match="invalid"):
        here.admit(asked)


def test_revoked() -> None:
    """A key that is not accepted any more still leads to its world, and is refused; later it may be let in again."""
    here = access()
    world = admitted(here, BY_KEY)
    world.refused = True
    assert here.caller(BY_KEY) is world
    with pytest.raises(Unauthorized, match="invalid or may have expired"):
        admitted(here, BY_KEY)
    world.refused = False
    assert admitted(here, BY_KEY) is world


def test_bearer_of_one_account() -> None:
    """A token is a key for the account that has it so, whatever the server's reading, and a refusal names the quirk."""
    here = access()
    world = admitted(here, BY_KEY)
    with pytest.raises(Unauthorized) as refusal:
        admitted(here, bearer(b"Bearer " + KEY.encode()))
    assert refusal.value.quirk == "bearer=refuse"
    world.read_as(here._keyring.interpretation(Quirks({"bearer": "accept"})))
    assert admitted(here, bearer(b"Bearer " + KEY.encode())) is world
    with pytest.raises(Unauthorized):
        admitted(here, bearer(b"Bearer " + OTHER_KEY.encode()))
    there = access(quirks={"bearer": "accept"})
    admitted(there, BY_KEY).read_as(there._keyring.interpretation(Quirks()))
    with pytest.raises(Unauthorized):
        admitted(there, bearer(b"Bearer " + KEY.encode()))


def test_a_limit_of_its_own() -> None:
    """An account with a limit of its own is counted by that, and by its own clock; one without any is not."""
    here = access(rpm=1)
    one, other = call(here, BY_KEY), call(here, {b"x-api-key": OTHER_KEY.encode()})
    one.world.standing = Standing(rpm=2)
    other.world.standing = Standing(rpm=0)
    one.world.clock = SteeredClock(one.world.clock)
    one.world.clock.advance(60)
    assert [here.count(one) for _ in range(2)] == [START + 60_000] * 2
    with pytest.raises(RateLimited) as refusal:
        here.count(one)
    assert refusal.value.headers == (("x-rate-limit-reset-at-utc", "2023-11-14T22:15:00Z"),)
    assert [here.count(other) for _ in range(5)] == [0] * 5


def test_the_form_of_one_account() -> None:
    """The end of the window is written as the account has it."""
    here = access()
    world = admitted(here, BY_KEY)
    world.read_as(here._keyring.interpretation(Quirks({"reset_format": "epoch"})))
    assert here.reset_header(world, START)[1] == b"1700000040"


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
    assert access().origin({**HTTP, "server": server}, {}) == expected


def test_public_url() -> None:
    """A public URL that is set counts before whatever Host says, without its last slash."""
    assert access(public_url="https://a.example/api/").origin(HTTP, {b"host": b"a b"}) == "https://a.example/api"


def test_origins_are_bounded() -> None:
    """However many hosts callers make up, only so many are remembered, and each is answered."""
    here = access()
    found = {here.origin(HTTP, {b"host": b"h%d" % number}) for number in range(3000)}
    assert len(found) == 3000
    assert len(here._origins) == 1024
