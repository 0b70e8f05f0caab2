"""Time as clients see it: moved on, stopped, hurried, and never back; of one account, and of the server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.faults.accounts import ENDED, Account, instant
from tests.faults.clients import Client
from tests.served import Served, serving

HOUR = 3600
ENOUGH = 2000
"""Calls within which a clock that hurries has come where it is to come."""


def state(account: Account) -> str:
    """What the status of the account's job says."""
    return str(account.ask("status").json["status"])


def test_an_hour_later(account: Account) -> None:
    """An hour is over at once: status, result and poll are gone, the file is not."""
    made = account.made()
    account.clock(advance=HOUR)
    assert [account.ask(look).status for look in ("status", "result", "poll")] == [404, 404, 404]
    assert account.ask("file").body == made.own["file"].body
    account.clock(advance=7 * 24 * HOUR)
    assert account.ask("file").status == 404


def test_past_the_queue(account: Account) -> None:
    """When the time in the queue is over the job is PROCESSING, and COMPLETED when it has run."""
    account.submit()
    assert state(account) == "QUEUED"
    account.clock(advance=0.6)
    assert state(account) == "PROCESSING"
    account.clock(advance=1.2)
    assert state(account) == "COMPLETED"


def test_a_clock_that_stands_still(account: Account) -> None:
    """While the clock stands still, so does the job, however often it is asked after."""
    account.submit()
    before = account.now()
    assert {state(account) for _ in range(20)} == {"QUEUED"}
    assert account.now() == before


def test_a_clock_that_hurries(account: Account) -> None:
    """A clock at a rate brings a job of half an hour to its end in no time; frozen again, it stays there."""
    account.play("long", [{"match": {"operation": "submit"}, "do": {"job": {"queue": 900, "run": 900}}}])
    account.submit()
    account.clock(rate=10_000)
    assert any(state(account) == "COMPLETED" for _ in range(ENOUGH))
    stopped = account.clock(freeze=True)
    assert account.now() == stopped


def test_a_wait_that_is_cut_short(account: Account) -> None:
    """A blocking call waits by the account's clock, and is answered when that is hurried on."""
    account.clock(rate=1000)
    assert account.ask("generate").status == 200
    account.clock(freeze=True)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"advance": -1}, "not by -1; it never goes back"),
        ({"advance": 1e12}, "not by 1e+12; it never goes back"),
        ({"rate": -2}, "rate is -2; allowed: 0 to 100000 times as fast; 0 stands still"),
        ({"freeze": True, "rate": 2}, "freeze and rate contradict each other"),
    ],
    ids=["back", "beyond", "backwards", "both"],
)
def test_never_back(account: Account, wish: dict[str, float], words: str) -> None:
    """A clock that is to go back, or farther than any, is left as it was, and the answer says why."""
    before = account.now()
    answer = httpx.post(f"{account.url}/_mock/clock", json={"account": account.key, **wish}, verify=False)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert account.now() == before


def test_an_account_has_its_own(account: Account, served: Served, client: Client) -> None:
    """What is done to the clock of one account is felt in no other."""
    account.submit()
    with Account(served.url, client) as other:
        other.submit()
        other.clock(advance=ENDED)
        assert (state(account), state(other)) == ("QUEUED", "COMPLETED")
        other.clock(advance=HOUR)
        assert (account.ask("status").status, other.ask("status").status) == (200, 404)


@pytest.fixture(scope="module")
def still() -> Iterator[Served]:
    """A mock of its own, whose clock stands still: for what is done to the clock of all."""
    with serving("--clock", "frozen") as found:
        yield found


def test_the_clock_of_all(still: Served, client: Client) -> None:
    """What is done to the server's clock is felt in every account that goes with it."""
    with Account(still.url, client) as first, Account(still.url, client) as second:
        for account in (first, second):
            account.clock(freeze=False)
            account.submit()
        assert (state(first), state(second)) == ("QUEUED", "QUEUED")
        before = instant(first.control("GET", "clock")["now"])
        first.control("POST", "clock", {"advance": ENDED})
        assert instant(first.control("GET", "clock")["now"]) == before + ENDED * 1000
        assert (state(first), state(second)) == ("COMPLETED", "COMPLETED")
        first.clock(freeze=True)
        first.control("POST", "clock", {"advance": HOUR})
        assert (first.ask("status").status, second.ask("status").status) == (200, 404)


def test_begun_anew(account: Account) -> None:
    """An account that is reset is as it was before its key was used: no job, no scenario, its clock the server's."""
    account.submit()
    account.clock(advance=HOUR)
    account.play("no", [{"do": {"error": 502}}])
    assert account.ask("status").status == 502
    account.control("POST", "reset", {"account": account.key})
    assert account.ask("status").status == 404
    told = account.told()
    assert (told["clock"], told["scenario"], told["credits"], told["jobs"]["kept"]) == ("the server's", None, 1e6, 0)
    account.clock(freeze=True)
