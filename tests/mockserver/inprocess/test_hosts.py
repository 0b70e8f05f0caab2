"""Hosts: which calls the mock answers, which go on, and which are refused."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.inprocess.hosts import SERVICE_HOSTS, NetworkBlocked, Reach, Switchboard, plain
from segmind_mock.inprocess.interception import intercept
from segmind_mock.inprocess.service import Service
from tests.worlds import KEY

FIRST, SECOND = cast(Service, object()), cast(Service, object())


def reach(service: Service = FIRST, *hosts: str, blocks: bool = False, allowed: tuple[str, ...] = ()) -> Reach:
    """What an interception answers: the service's hosts, and more."""
    return Reach(service, frozenset((*SERVICE_HOSTS, *hosts)), blocks, frozenset(allowed))


def connected(*reaches: Reach) -> Switchboard:
    """A switchboard with interceptions that began one after the other."""
    board = Switchboard()
    for each in reaches:
        board.connect(each)
    return board


@pytest.mark.parametrize("host", ["api.segmind.com", "API.Segmind.com", "api.segmind.com.", "images.segmind.com"])
def test_answered(host: str) -> None:
    """The service's hosts are answered, however they are written; with no interception nobody answers."""
    assert connected(reach()).service(host, f"https://{host}/") is FIRST
    assert connected().service(host, f"https://{host}/") is None


@pytest.mark.parametrize("host", ["example.com", "segmind.com", "www.segmind.com", "api.segmind.com.evil.test", ""])
def test_let_through(host: str) -> None:
    """Other hosts are not the mock's, nor is the service's website."""
    assert connected(reach()).service(host, f"https://{host}/") is None


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    """This machine can be called whatever is blocked."""
    assert connected(reach(blocks=True)).service(host, f"http://{host}/") is None


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "localhost.evil.test", "evil-localhost", "1.0.0.127"])
def test_blocked(host: str) -> None:
    """Where the network is blocked, any other call is refused; the text names it and the way out."""
    board = connected(reach(FIRST, "gateway.test", blocks=True, allowed=("pypi.org",)), reach())
    with pytest.raises(NetworkBlocked) as refused:
        board.service(host, f"https://{host}/x")
    text = str(refused.value)
    assert text.startswith(f"https://{host}/x was not called: block_network=True")
    assert f'say allow=["{host}"].' in text
    assert "gateway.test" in text
    assert "pypi.org can be called too." in text


def test_allowed() -> None:
    """A host that is allowed can be called."""
    assert connected(reach(blocks=True, allowed=("pypi.org",))).service("PyPI.org", "https://PyPI.org/") is None


@given(st.permutations(range(3)))
def test_ended_in_any_order(order: list[int]) -> None:
    """The one that began last and has not ended answers; then nobody."""
    services: list[Any] = [object() for _ in range(3)]
    reaches = [reach(service) for service in services]
    board = connected(*reaches)
    left = [0, 1, 2]
    for ended in order:
        assert board.service("api.segmind.com", "") is services[left[-1]]
        board.disconnect(reaches[ended])
        left.remove(ended)
    assert board.service("api.segmind.com", "") is None


def test_several() -> None:
    """An outer interception answers for hosts that the inner one does not have, and blocks within it too."""
    board = connected(reach(FIRST, "gateway.test", blocks=True), reach(SECOND))
    assert board.service("gateway.test", "") is FIRST
    assert board.service("api.segmind.com", "") is SECOND
    with pytest.raises(NetworkBlocked):
        board.service("example.com", "")


@given(st.text(max_size=20))
def test_any_host(host: str) -> None:
    """Whatever stands for a host, nothing but this machine is let through where the network is blocked."""
    with suppress(NetworkBlocked):
        service = connected(reach(blocks=True)).service(host, host)
        assert service is FIRST or plain(host).endswith("localhost") or plain(host)[:3] in ("127", "::1")


def test_nothing_secret_is_told() -> None:
    """A refusal names the place without a user, a query, or a key."""
    with intercept(block_network=True), pytest.raises(NetworkBlocked) as refused:
        httpx.get(f"https://user:hunter2@example.com/a/{KEY}?token=secret")
    told = str(refused.value)
    assert told.startswith("https://example.com/a/SG_…cdef was not called")
    assert "hunter2" not in told
    assert "secret" not in told
