"""Faults of the wire that take more than one call to see: pools, a closed port, and waits that chance decides."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable, Iterator
from threading import Event
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.accounts import Account
from tests.faults.clients import PATIENCE, WHOLE, Ask, Client, asked, is_here
from tests.served import Served, serving

STATUS = {"operation": "status"}
HANG_UP = {"match": STATUS, "when": {"nth": 1}, "do": {"hang_up": True}}


def connections_of_httpx(ask: Ask, between: Callable[[], object]) -> list[int]:
    """How many connections httpx opened for each of two calls in a row, `between` which something is done."""
    opened: list[str] = []
    counts: list[int] = []
    with httpx.Client(trust_env=False, verify=False) as client:
        for _ in range(2):
            before = len(opened)
            seen = asked(client, ask, extensions={"trace": lambda name, _: opened.append(name)})
            assert (seen.end, seen.status) == (WHOLE, 200)
            between()
            counts.append(sum(name == "connection.connect_tcp.started" for name in opened[before:]))
    return counts


def connections_of_curl(ask: Ask, _: Callable[[], object]) -> list[int]:
    """The same of curl, which opens another connection too where it notices the end of the first one late."""
    if not is_here("curl"):
        pytest.skip("this machine has no curl")
    headers = [part for name, value in ask.headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "curl",
        "-q",
        "-s",
        "--noproxy",
        "*",
        "--rate",
        "600/m",
        *headers,
        "-w",
        "\n%{http_code} %{num_connects}\n",
    ]
    done = subprocess.run([*command, ask.url, ask.url], capture_output=True, text=True, check=True, timeout=PATIENCE)
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("200 ")]
    return [int(count) for _, count in told]


@pytest.fixture
def pooling(served: Served, clients: Callable[[str], Client]) -> Iterator[Account]:
    """An account with a job."""
    with Account(served.url, clients("httpx")) as found:
        found.submit()
        yield found
        found.works()


COUNTS = pytest.mark.parametrize("counts", [connections_of_httpx, connections_of_curl], ids=["httpx", "curl"])


@COUNTS
def test_a_pool(pooling: Account, counts: Callable[[Ask, Callable[[], object]], list[int]]) -> None:
    """Without a fault, the second call goes over the connection of the first."""
    assert counts(pooling.call("status"), pooling.now) == [1, 0]


@COUNTS
def test_a_pool_that_is_hung_up_on(pooling: Account, counts: Callable[[Ask, Callable[[], object]], list[int]]) -> None:
    """Keep-alive was promised and the connection closed: a client that looks finds it out, and opens another."""
    pooling.play("hung-up", [HANG_UP])

    def is_hung_up() -> None:
        if len(pooling.journal(operation="status")) == 1:
            pooling.faults()
            pooling.now()  # what was begun by then is done when this is answered

    assert counts(pooling.call("status"), is_hung_up) == [1, 1]
    assert len(pooling.journal(operation="status")) == 2


def test_a_client_that_does_not_look(pooling: Account) -> None:
    """A client that uses the connection nevertheless is told nothing, and its second call never came."""
    pooling.play("hung-up", [HANG_UP])
    ask = pooling.call("status")
    connection = http.client.HTTPConnection(urlsplit(ask.url).netloc, timeout=PATIENCE)
    try:
        answer = _asked(connection, ask)
        assert (answer.status, answer.getheader("connection")) == (200, None)
        assert json.loads(answer.read())["status"] == "QUEUED"
        assert pooling.faults() == ["hung up 0 s after the answer"]
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)):
            _asked(connection, ask)
    finally:
        connection.close()
    assert len(pooling.journal(operation="status")) == 1


def _asked(connection: http.client.HTTPConnection, ask: Ask) -> http.client.HTTPResponse:
    connection.request(ask.method, urlsplit(ask.url).path, headers=dict(ask.headers))
    return connection.getresponse()


WAITS = {
    "fixed": 0.004,
    "uniform": {"uniform": [0.001, 0.02]},
    "lognormal": {"lognormal": {"median": 0.004, "sigma": 0.5}},
}


@pytest.mark.parametrize("name", WAITS)
def test_equal_seeds_give_equal_waits(account: Account, name: str) -> None:
    """The same seed holds the same calls for as long as before, another seed for another time; so the journal says."""
    rules = [{"match": {"operation": "credits"}, "do": {"delay": WAITS[name]}}]

    def waits(seed: str) -> list[str]:
        account.play("waits", rules, seed=seed)
        found = []
        for _ in range(6):
            assert account.ask("credits").status == 200
            found += account.faults()
        return found

    first = waits("one")
    assert waits("one") == first
    assert all(wait.startswith("held 0.0") for wait in first)
    assert (waits("two") == first) == (name == "fixed")
    assert (len(set(first)) == 1) == (name == "fixed")


@pytest.fixture(scope="module")
def shut() -> Iterator[Served]:
    """A mock of its own, because its port is closed to everybody."""
    with serving() as found:
        yield found


REFUSED = {"match": {"operation": "submit"}, "when": {"nth": 1}, "do": {"refuse": 1}}
SHUT = {
    "httpx": ("RemoteProtocolError", "ConnectError"),
    "curl": ("52", "7"),
    "node": ("UND_ERR_SOCKET", "ECONNREFUSED"),
}


def test_a_closed_port(shut: Served, client: Client) -> None:
    """A connection is closed with nothing said, then none is accepted for a while, and then all is well again."""
    with Account(shut.url, client) as account:
        account.play("shut", [REFUSED])
        on_it, after_it = SHUT[client.name]
        assert account.ask("submit").end == on_it
        assert account.ask("submit").end == after_it
        while account.ask("credits").end == after_it:
            Event().wait(0.02)
        (exchange,) = account.journal(rule="shut/rule 1")
        told = exchange["decided"]["faults"]
        assert told == ["closed without an answer, and the port refused connections for 1 s"]
        assert account.told()["jobs"]["kept"] == 0
        account.works()
    assert not [line for line in shut.said if "Traceback" in line]
