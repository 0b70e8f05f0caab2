"""Verification: demands that hold, and what is said about those that do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.exchanges import Cut, Exchange
from segmind_mock.patterns import PatternError
from segmind_mock.verification import MOST_NEAR_MISSES, verify
from tests.exchanged import AT, JSON_VALUES, KEY, exchange, look, record, submit

RUN = [
    submit(1, {"seed": 7, "prompt": "a cat"}),
    look(2, at=AT + 500),
    look(3, "r2", at=AT + 600),
    look(4, at=AT + 1500, real=AT + 1),
    exchange(5, record("result", "r1", method="GET", path="/v2/requests/r1", at=AT + 1600, real=AT + 2)),
]


@pytest.mark.parametrize(
    "demand",
    [
        {"operation": "submit"},
        {"operation": "status", "count": 3},
        {"operation": "status", "at_least": 1, "at_most": 3},
        {"operation": "poll", "count": 0},
        {"operation": "poll", "at_most": 0},
        {"order": [{"operation": "submit"}, {"operation": "status"}, {"operation": "result"}]},
        {"request_id": "r1", "order": [{"operation": "status"}, {"operation": "status"}, {"operation": "result"}]},
        {"operation": "status", "spacing": {"at_least": 1, "at_most": 1}},
        {"operation": "status", "spacing": {"at_least": 0.1, "per": "account"}},
        {"operation": "status", "spacing": {"at_most": 0.001, "by": "real"}},
        {"unique": "body"},
        {"unique": ["seed", "prompt"]},
    ],
    ids=str,
)
def test_holds(demand: dict[str, Any]) -> None:
    """What the client did as demanded is found to hold, and nothing is said against it."""
    verdict = verify(demand, RUN)
    assert (verdict.holds, verdict.problems, verdict.near_misses) == (True, [], [])


@pytest.mark.parametrize(
    ("demand", "problem"),
    [
        ({"operation": "poll"}, "operation is poll: wanted at least 1, there were 0"),
        (
            {"operation": "submit", "count": 0},
            "operation is submit: wanted none, there was 1 (1: POST /v2/x -> 200)",
        ),
        (
            {"request_id": "r1", "operation": "status", "at_most": 1},
            "request_id is r1, operation is status: wanted at most 1, there were 2 (2: GET /v2/requests/r1/status -> "
            "200, 4: GET /v2/requests/r1/status -> 200)",
        ),
        (
            {"order": [{"operation": "result"}, {"operation": "submit"}]},
            "order: step 2 of 2 (operation is submit) did not happen after 5: GET /v2/requests/r1 -> 200, only as "
            "1: POST /v2/x -> 200",
        ),
        (
            {"order": [{"operation": "credits"}]},
            "order: step 1 of 1 (operation is credits) did not happen",
        ),
        (
            {"operation": "status", "spacing": {"at_least": 1.1}},
            "spacing: 4: GET /v2/requests/r1/status -> 200 came 1 s after 2, wanted at least 1.1 s",
        ),
        (
            {"request_id": "r1", "operation": "status", "spacing": {"at_most": 0.9}},
            "spacing: 4: GET /v2/requests/r1/status -> 200 came 1 s after 2, wanted at most 0.9 s",
        ),
        (
            {"request_id": "r1", "operation": "status", "spacing": {"at_least": 0.9, "by": "real"}},
            "spacing: 4: GET /v2/requests/r1/status -> 200 came 0.001 s after 2, wanted at least 0.9 s",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_does_not_hold(demand: dict[str, Any], problem: str) -> None:
    """What is not as demanded is told as what was wanted and what there was."""
    verdict = verify(demand, RUN)
    assert (verdict.holds, verdict.problems) == (False, [problem])


@pytest.mark.parametrize(
    ("unique", "second", "problem"),
    [
        ("body", {"prompt": "a cat", "seed": 7.0}, "2: POST /v2/x -> 200 has the same body as 1: POST /v2/x -> 200"),
        ("body", {"seed": 7}, ""),
        ("seed", {"seed": 7}, "2: POST /v2/x -> 200 has the same body $.seed as 1: POST /v2/x -> 200"),
        ("seed", {"seed": True}, ""),
        ("steps", {"seed": 7}, ""),
        (
            ["seed", "prompt"],
            {"seed": 7, "prompt": "a cat", "steps": 1},
            "2: POST /v2/x -> 200 has the same body $.seed and body $.prompt as 1: POST /v2/x -> 200",
        ),
        (["seed", "prompt"], {"seed": 7, "prompt": "a dog"}, ""),
    ],
    ids=["body", "other-body", "seed", "true-seed", "no-steps", "pair", "other-pair"],
)
def test_unique(unique: object, second: dict[str, Any], problem: str) -> None:
    """Two that have the same, as JSON counts it, are told; what neither has is not the same."""
    verdict = verify({"unique": unique}, [RUN[0], submit(2, second)])
    assert verdict.problems == ([f"unique: {problem}"] if problem else [])


def test_unique_values() -> None:
    """1 and true are not the same, 1 and 1.0 are."""
    assert verify({"unique": "seed"}, [submit(1, {"seed": 1}), submit(2, {"seed": True})]).holds
    assert not verify({"unique": "seed"}, [submit(1, {"seed": [1]}), submit(2, {"seed": [1.0]})]).holds


def test_unique_bytes() -> None:
    """Bodies that are no JSON, or are not kept, are compared by their bytes; another account's are no twins."""
    cut = record(sent=Cut(b"a", 70_000, "ab"))
    assert verify({"unique": "body"}, [exchange(1, cut), exchange(2, cut)]).problems
    assert verify({"unique": "body"}, [exchange(1, record(sent=b"a")), exchange(2, record(sent=b"a"))]).problems
    assert verify({"unique": "body"}, [exchange(1, cut), exchange(1, cut, "SG_other")]).holds


def waited(number: int, came: int, ended: int) -> Exchange:
    """A v1 call that came and ended so many ms after the beginning."""
    return exchange(number, record("generate", at=AT + came, real=AT + came, order=number, took=ended - came))


@pytest.mark.parametrize("by", ["account", "real"])
def test_overlapping_calls(by: str) -> None:
    """What ended later and came earlier did come earlier: for the distance between two as for their order."""
    calls = [waited(1, 5000, 6000), waited(2, 0, 7000), waited(3, 8000, 8500)]
    assert verify({"spacing": {"at_least": 3, "at_most": 5, "by": by}}, calls).holds
    (problem,) = verify({"spacing": {"at_least": 4, "by": by}}, calls).problems
    assert problem == "spacing: 3: POST /v2/x -> 200 came 3 s after 1, wanted at least 4 s"


def test_order_of_arrival() -> None:
    """Steps are sought in the order in which exchanges came, not in that in which they ended."""
    look_first = [look(1, at=AT + 10, real=AT + 10), waited(2, 0, 20)]
    assert verify({"order": [{"operation": "generate"}, {"operation": "status"}]}, look_first).holds
    assert not verify({"order": [{"operation": "status"}, {"operation": "generate"}]}, look_first).holds


@pytest.mark.parametrize(
    "header", [(b"Content-Length", b"100000"), (b"transfer-encoding", b"chunked")], ids=["length", "chunked"]
)
def test_bodies_that_were_not_read(header: tuple[bytes, bytes]) -> None:
    """Of bodies that were sent and not read, nobody can say that they were unique."""
    unread = record(headers=[header])
    problems = verify({"unique": "body"}, [exchange(3, unread)]).problems
    assert problems == [
        "unique: the body of 3: POST /v2/x -> 200 was not read, so that nothing can be said of it",
        "only exchanges from number 3 on were looked at",
    ]
    many = [exchange(number, unread) for number in range(1, 9)]
    assert verify({"unique": "seed"}, many).problems[-1] == "unique: and 3 more like this"
    assert verify({"unique": "body"}, [exchange(1, record(headers=[(b"content-length", b"0")]))]).holds


def test_bodies_that_were_not_kept() -> None:
    """What is in a body that is too long to be kept is told as unknown; the body as a whole has its digest."""
    cut = [exchange(1, record(sent=Cut(b"{", 70_000, "ab")))]
    (problem,) = verify({"unique": "seed"}, cut).problems
    assert problem.startswith("unique: the body of 1: POST /v2/x -> 200 is too long to be kept")
    assert verify({"unique": "body"}, cut).holds


def test_near_misses() -> None:
    """What came nearest has the fewest differences; of equals the wanted operation comes first; three are named."""
    verdict = verify({"operation": "submit", "body": {"seed": 8}}, RUN)
    assert verdict.near_misses[0] == (1, "1: POST /v2/x -> 200", ["body $.seed is 7, wanted 8"])
    assert len(verdict.near_misses) == MOST_NEAR_MISSES
    failed = [look(1), submit(2, {}, status=500)]
    assert [miss.number for miss in verify({"operation": "submit", "status": 200}, failed).near_misses] == [2, 1]


def test_no_order_of_nothing() -> None:
    """Where nothing matches at all, nothing further is said about its order."""
    assert len(verify({"model": "y", "order": [{"operation": "submit"}]}, RUN).problems) == 1


def test_text() -> None:
    """A verdict reads well in a terminal."""
    demand = {"operation": "submit", "body": {"seed": 8, "prompt": "a cat"}, "count": 1}
    assert verify(demand, RUN[:2]).text() == (
        "The demand does not hold.\n"
        '  operation is submit, body $.seed is 8, body $.prompt is "a cat": wanted exactly 1, there were 0\n'
        "Nearest:\n"
        "  1: POST /v2/x -> 200\n"
        "      body $.seed is 7, wanted 8\n"
        "  2: GET /v2/requests/r1/status -> 200\n"
        "      operation is status, wanted submit\n"
        "      body $.seed is missing, wanted 8\n"
        '      body $.prompt is missing, wanted "a cat"'
    )
    assert verify({}, RUN[:1]).text() == "The demand holds: 1 exchange matched."


def test_nothing_at_all() -> None:
    """An empty journal is told as such."""
    assert verify({"job": 1}, []).problems == [
        "job is 1: wanted at least 1, there were 0; there are no exchanges at all"
    ]


def test_what_is_not_kept() -> None:
    """Where the beginning of the journal is gone, or a body was too long, a failure says so."""
    long = exchange(7, record(sent=Cut(b"{", 70_000, "ab")))
    verdict = verify({"body": {"seed": 8}}, [long])
    assert verdict.problems[-1] == "only exchanges from number 7 on were looked at"
    assert verdict.near_misses[0].differences[-1].startswith("its body of 70,000 bytes was too long to be kept")


def test_many_breaches() -> None:
    """Of many breaches a few are named and the others counted."""
    twins = [submit(number, {"seed": 1}) for number in range(1, 12)]
    problems = verify({"unique": "body", "spacing": {"at_least": 1}}, twins).problems
    assert [text for text in problems if "more" in text] == [
        "spacing: and 5 more like this",
        "unique: and 5 more like this",
    ]
    assert verify({"count": 0}, twins).problems[0].endswith(", and 6 more)")


def test_a_faulty_demand() -> None:
    """A demand that cannot be understood is refused, not found to fail."""
    with pytest.raises(PatternError, match="did you mean path"):
        verify({"pth": "/"}, RUN)


BODIES = st.lists(JSON_VALUES, max_size=6)


@given(BODIES, JSON_VALUES)
def test_verdicts_agree(bodies: list[object], wanted: object) -> None:
    """A demand holds when nothing is wrong, and what is told of it is JSON without the key."""
    exchanges: list[Exchange] = [submit(number, body) for number, body in enumerate(bodies, 1)]
    demand = {"body": {"$": {"equals": wanted}}, "unique": "body"}
    verdict = verify(demand, exchanges)
    assert verdict.holds is not bool(verdict.problems)
    assert verdict.holds is (verdict.matched == 1)
    assert all(miss.differences for miss in verdict.near_misses)
    assert KEY not in json.dumps(verdict.told()) + verdict.text()


def test_too_few() -> None:
    """Where some matches are missing, those that there are are named; where there is none, that is all there is."""
    (problem,) = verify({"operation": "status", "count": 4}, RUN).problems
    assert problem.startswith("operation is status: wanted exactly 4, there were 3 (2: GET ")
    (problem,) = verify({"operation": "poll"}, RUN).problems
    assert problem == "operation is poll: wanted at least 1, there were 0"
