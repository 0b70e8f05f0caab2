"""Faults of one rule: what every client sees of each, what explains it, and that nothing is left of it."""

from __future__ import annotations

import pytest

from tests.faults.accounts import Account
from tests.faults.cases import CASES, PICTURES, Case, picture
from tests.faults.clients import WHOLE, Seen
from tests.faults.expected import Before, check, check_words

BEGUN = {"submit": 200, "generate": 200}


@pytest.mark.parametrize("name", CASES)
def test_what_clients_see(account: Account, name: str) -> None:
    """Every client sees of a fault what it is to see, on every operation that it is for; the journal says why."""
    case = CASES[name]
    made = account.made()
    account.play(case.name, case.rules)
    for operation in case.operations:
        own = made.own.get(operation, Seen(end=WHOLE))
        before = Before(own, account.now(), account.url, operation, account.request_id)
        seen = account.ask(operation, patience=case.sees.patience, follows=case.follows)
        check(seen, case.sees, account.client, before)
        _explained(account, case, seen)


def _explained(account: Account, case: Case, seen: Seen) -> None:
    rule = f"{case.name}/rule 1"
    if case.follows:
        assert account.journal(rule=rule)
        return
    if seen.status is not None:
        assert seen.headers["x-mock-rule"] == rule
    check_words(account.faults(case.sees.words.count("; ") + 1 if case.sees.words else 0), case.sees)
    last = account.journal()[-1]
    assert last["decided"]["rules"] == [rule]
    if seen.status is not None:
        assert last["answer"]["status"] == seen.status


@pytest.mark.parametrize("name", PICTURES)
def test_another_picture(account: Account, name: str) -> None:
    """An output file of another format or size than was asked for, whole and of the type it says."""
    wanted, media_type, format, size = PICTURES[name]
    account.made()
    account.play("another", [{"match": {"operation": "file"}, "do": {"picture": wanted}}])
    seen = account.ask("file")
    assert (seen.end, seen.status) == (WHOLE, 200)
    assert picture(seen.body) == (format, size)
    assert seen.headers["content-type"] == media_type
    assert seen.headers["content-length"] == str(len(seen.body))
