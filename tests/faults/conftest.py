"""One served mock for all of these tests, and an account of its own for each, asked by each client in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.accounts import Account
from tests.faults.clients import CLIENTS, Client, is_here
from tests.served import Served, serving

COMPLAINTS = ("Traceback", "broke this mock", "ERROR", "WARNING", "CRITICAL")


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A mock in a process of its own, which has nothing to complain about in all its life."""
    with serving() as found:
        yield found
    assert complaints(found) == []  # read to its end, when all that was said late is there


def complaints(served: Served, begin: int = 0) -> list[str]:
    """What a mock has said from a line on, if it complains there."""
    said = served.said[begin:]
    return said if any(word in line for line in said for word in COMPLAINTS) else []


@pytest.fixture(scope="session")
def clients() -> Iterator[Callable[[str], Client]]:
    """A client by its name; one that this machine has not got skips the test."""
    begun: dict[str, Client] = {}

    def named(name: str) -> Client:
        if not is_here(name):
            pytest.skip(f"this machine has no {name}")
        if name not in begun:
            begun[name] = CLIENTS[name]()
        return begun[name]

    yield named
    for client in begun.values():
        client.close()


@pytest.fixture(params=list(CLIENTS))
def client(request: pytest.FixtureRequest, clients: Callable[[str], Client]) -> Client:
    """Each client in turn."""
    return clients(request.param)


@pytest.fixture
def account(served: Served, client: Client) -> Iterator[Account]:
    """An account of the test's own. After the test it works as any other, and the server has no complaint."""
    begin = len(served.said)
    with Account(served.url, client) as found:
        yield found
        found.works()
    assert complaints(served, begin) == []
