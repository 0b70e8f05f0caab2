"""Steering: what a client asks for itself, by a header or by its key, and the headers that tell why an answer is so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.faults.accounts import Account
from tests.faults.cases import MAKING, SERVED, WORDS
from tests.faults.clients import IMPATIENCE, WHOLE, Client
from tests.served import Served, serving

CODES = (400, 401, 402, 403, 404, 405, 406, 410, 422, 429, 500, 502, 504)
_NUMBERS = count(1)


@pytest.mark.parametrize("code", CODES)
def test_prefer_a_code(account: Account, code: int) -> None:
    """`Prefer: code=` is answered with that error, once, and says that it was applied."""
    seen = account.ask("submit", headers={"prefer": f"code={code}"})
    assert (seen.end, seen.status) == (WHOLE, code)
    assert seen.headers["preference-applied"] == f"code={code}"
    assert seen.headers["x-mock-steered"] == f"Prefer: code={code}"
    assert code not in WORDS or seen.json == {"error": WORDS[code]}
    assert account.told()["jobs"]["kept"] == 0
    assert account.ask("submit").status == 200


def test_prefer_a_delay(account: Account) -> None:
    """`Prefer: delay=` holds the answer, which is the service's own: here for longer than the client waits."""
    account.submit()
    seen = account.ask("status", headers={"prefer": "delay=30"}, patience=IMPATIENCE)
    assert seen.end in ("ReadTimeout", "28", "TimeoutError")
    assert account.faults() == ["the client hung up while it was held for 30.000 s"]
    seen = account.ask("status", headers={"prefer": "delay=0.01"})
    assert (seen.status, seen.json["status"]) == (200, "QUEUED")
    assert seen.headers["preference-applied"] == "delay=0.01"
    assert account.faults() == ["held 0.010 s"]


def test_prefer_both(account: Account) -> None:
    """A code and a delay together."""
    seen = account.ask("submit", headers={"prefer": "code=504, delay=0.01"})
    assert (seen.status, seen.json) == (504, {"error": WORDS[504]})
    assert seen.headers["preference-applied"] == "code=504, delay=0.01"
    assert account.faults() == ["held 0.010 s"]


@pytest.mark.parametrize("wish", ["code=418", "delay=soon", "delay=601"])
def test_prefer_what_there_is_not(account: Account, wish: str) -> None:
    """A wish that is not understood is answered with a 400 that says what is allowed."""
    seen = account.ask("submit", headers={"prefer": wish})
    assert seen.status == 400
    assert seen.json["error"].startswith(f"Prefer: {wish} is not understood; allowed: ")


MAGIC = {401: SERVED, 422: ("status", "result", "poll"), 500: SERVED, 502: SERVED, 504: SERVED} | dict.fromkeys(
    (402, 403, 404, 406, 410, 429), MAKING
)


@pytest.mark.parametrize("code", MAGIC)
def test_magic_keys(served: Served, client: Client, code: int) -> None:
    """A key that ends in a status is answered so where that status belongs, and as any other key elsewhere."""
    with Account(served.url, client, key=f"SG_00000000{next(_NUMBERS):04x}0{code}") as account:
        account.request_id = "0"
        for operation in MAGIC[code]:
            seen = account.ask(operation)
            assert (seen.end, seen.status) == (WHOLE, code), operation
            assert seen.headers["x-mock-steered"] == f"the key ends in 0{code}"
        if code not in (401, 500, 502, 504):
            assert account.ask("credits").status == 200


@pytest.fixture(scope="module")
def silent() -> Iterator[Served]:
    """A mock that explains nothing."""
    with serving("--explain", "off") as found:
        yield found


QUIRK = {"quirks": {"early_result": "404"}}


def explained(account: Account) -> list[str]:
    """The names of the headers that explain, of answers that each have a reason."""
    account.submit()
    account.change(**QUIRK)
    account.play("why", [{"match": {"operation": "status"}, "do": {"tells": "COMPLETED", "delay": 0.001}}])
    answers = [
        account.ask("status"),
        account.ask("result"),
        account.ask("submit", headers={"prefer": "code=502"}),
        account.ask("generate", body=b'{"prompt": 7}'),
    ]
    assert [seen.status for seen in answers] == [200, 404, 502, 400]
    return sorted({name for seen in answers for name in seen.headers if name.startswith("x-mock-")})


def test_answers_explain_themselves(account: Account) -> None:
    """Why an answer is so stands in its X-Mock-* headers."""
    names = ["x-mock-fault", "x-mock-quirk", "x-mock-rule", "x-mock-steered", "x-mock-violations"]
    assert explained(account) == names


def test_answers_that_do_not(silent: Served, client: Client) -> None:
    """With `--explain off` there is none of these headers, and all the rest is the same."""
    with Account(silent.url, client) as account:
        assert explained(account) == []
        assert account.journal(operation="status")[-1]["decided"]["rules"] == ["why/rule 1"]
        account.change(quirks={"early_result": "status"})
        account.works()
