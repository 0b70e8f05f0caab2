"""Faults over several calls: what happens to jobs and to accounts, as their clients see it."""

from __future__ import annotations

from functools import reduce
from typing import Any

import httpx
import pytest

from tests.faults.accounts import ENDED, SLUG, Account, scenario
from tests.faults.cases import LEAST
from tests.faults.clients import WHOLE, Seen
from tests.faults.stories import STORIES, Look


@pytest.mark.parametrize("name", STORIES)
def test_what_clients_see(account: Account, name: str) -> None:
    """Each call of a story comes to what it is to come to, by the account's clock alone."""
    story = STORIES[name]
    account.play(name, story.rules)
    for number, look in enumerate(story.looks):
        if look.after:
            account.clock(advance=look.after)
        _hold(account.ask(look.ask, patience=look.patience), look, number, account)
    if story.mended:
        account.change(**story.mended)


def _hold(seen: Seen, look: Look, number: int, account: Account) -> None:
    where = f"call {number}, {look}: {seen}"
    assert seen.status == look.status, where
    assert (seen.end == WHOLE) == (look.status is not None), where
    for path, value in look.told.items():
        assert _at(seen.json, path) == value, where
    assert set(look.headers) <= set(seen.headers), where
    if seen.status == 200 and look.ask == "submit":
        account.request_id = seen.json["request_id"]
    if seen.status == 200 and look.ask == "result" and "output" in seen.json:
        account.file = seen.json["output"]


def _at(document: Any, path: str) -> Any:
    return reduce(lambda found, name: found.get(name), path.split("."), document)


def test_a_duplicate_answer(account: Account) -> None:
    """A submit that is answered as the one before was accepted nevertheless: there are two jobs, and both are paid."""
    account.play("twice", [{"match": {"operation": "submit"}, "when": {"nth": 2}, "do": {"replay": "previous"}}])
    first, second = account.ask("submit"), account.ask("submit")
    assert first.body == second.body
    account.clock(advance=ENDED)
    told = account.told()
    assert told["jobs"]["COMPLETED"] == 2
    assert told["credits"] == pytest.approx(1_000_000.0 - 2 * LEAST)


@pytest.mark.parametrize("do", [{"reset": "before"}, {"cut": 0}, {"delay": 30}], ids=["reset", "cut", "delay"])
def test_a_lost_answer(account: Account, do: dict[str, Any]) -> None:
    """A submit whose answer never arrives was accepted and is charged; the journal and the balance know."""
    account.play("lost", [{"match": {"operation": "submit"}, "when": {"nth": 1}, "do": do}])
    seen = account.ask("submit", patience=0.4 if "delay" in do else 20)
    assert seen.end != WHOLE
    assert seen.body == b""
    account.faults()
    (exchange,) = account.journal(operation="submit")
    assert exchange["decided"]["rules"] == ["lost/rule 1"]
    assert exchange["answer"]["status"] == 200
    account.request_id = exchange["answer"]["body"]["request_id"]
    account.clock(advance=ENDED)
    assert account.ask("status").json["status"] == "COMPLETED"
    assert account.ask("credits").json["credits"] == 1_000_000.0 - LEAST
    account.control("POST", "verify", {"account": account.key, "operation": "submit", "model": SLUG, "count": 1})


@pytest.mark.parametrize("do", [{"reset": "before"}, {"garbage": 9}, {"cut": 0.5}], ids=["reset", "garbage", "cut"])
def test_a_lost_request(account: Account, do: dict[str, Any]) -> None:
    """A submit that is not accepted, and whose client is told nothing either, makes no job and costs nothing."""
    account.play("refused", [{"match": {"operation": "submit"}, "when": {"nth": 1}, "do": {**do, "accepted": False}}])
    assert account.ask("submit").end != WHOLE
    account.clock(advance=ENDED)
    told = account.told()
    assert (told["jobs"]["kept"], told["credits"]) == (0, 1_000_000.0)


def test_an_accepted_submit_that_failed_in_words(account: Account) -> None:
    """A 502 for a submit that was accepted: the job that nobody knows of is there."""
    account.play("accepted", [{"match": {"operation": "submit"}, "do": {"error": 502, "accepted": True}}])
    assert account.ask("submit").status == 502
    account.clock(advance=ENDED)
    assert account.told()["jobs"]["COMPLETED"] == 1


YAML = """
scenario: lost-again
teaches: A submit can be accepted though nobody says so.
rests_on: A test.
rules:
  - name: the answer is lost
    match: {operation: submit}
    steps:
      - do: {reset: before}
      - times: 2
        do: {error: 502}
"""


def test_a_scenario_as_yaml(account: Account) -> None:
    """A scenario that a person wrote plays as one that a program made, step by step."""
    account.play_text(YAML)
    assert account.ask("submit").end != WHOLE
    assert [account.ask("submit").status for _ in range(3)] == [502, 502, 200]
    account.clock(advance=ENDED)
    assert account.told()["jobs"]["COMPLETED"] == 2


def test_a_scenario_of_the_library(account: Account) -> None:
    """A scenario of the library plays by its name."""
    account.control("PUT", "scenario", {"scenario": "expired-early", "account": account.key})
    account.submit()
    account.clock(advance=ENDED)
    assert account.ask("status").status == 404


@pytest.mark.parametrize(
    "do",
    [{"headers": {"Content-Length": 7}}, {"answer": {"status": 200, "headers": {"transfer-encoding": "chunked"}}}],
    ids=["length", "chunked"],
)
def test_headers_that_frame_a_body(account: Account, do: dict[str, Any]) -> None:
    """What would make the server break off by mistake is refused, with what does it on purpose."""
    whole = scenario("framed", [{"do": do}])
    answer = httpx.put(f"{account.url}/_mock/scenario", params={"account": account.key}, json=whole, verify=False)
    assert answer.status_code == 400
    assert "use cut" in answer.json()["error"]
    assert account.told()["scenario"] is None
