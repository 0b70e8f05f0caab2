"""Fault words: everything that is done to an exchange is told in a line, short enough to be read."""

from __future__ import annotations

import pytest

from segmind_mock.fault_words import words_of, words_of_change
from segmind_mock.faults import (
    NOTHING,
    AccountChange,
    ContentType,
    DropField,
    Effects,
    Error,
    Given,
    JobPlan,
    Limits,
    OtherPicture,
    Pad,
    Redirect,
    Replay,
    Retype,
    SetField,
    SetHeader,
    Tells,
    Truncate,
)


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        (NOTHING, []),
        (Effects(answer=Error(code=502)), ["answered with error 502"]),
        (Effects(answer=Given(status=299)), ["answered with a given 299"]),
        (Effects(answer=Redirect(to="/x")), ["redirected (307) to /x"]),
        (Effects(answer=Replay(which="first")), ["answered with the first answer again, where there is one"]),
        (Effects(answer=Tells(state="QUEUED")), ["told that the job is QUEUED"]),
        (Effects(changes=(SetField(path="a.b", value=1),)), ["field a.b set"]),
        (Effects(changes=(DropField(path="a"), Retype(path="b"))), ["field a left out", "field b given another type"]),
        (Effects(changes=(Truncate(fraction=0.5), Pad(size=9))), ["body cut to 50 %", "body padded with 9 bytes"]),
        (Effects(changes=(ContentType(media_type="text/x"),)), ["media type set to text/x"]),
        (Effects(changes=(SetHeader(name="a", value="b"),)), ["header a set"]),
        (
            Effects(changes=(SetHeader(name="a", value=None), Limits(retry_after=3))),
            ["header a left out", "limit headers set"],
        ),
        (Effects(changes=(OtherPicture(format="webp", width=5),)), ["file made anew as webp of another size"]),
        (Effects(changes=(OtherPicture(height=5),)), ["file made anew as the same format of another size"]),
        (Effects(job=JobPlan(stuck="QUEUED")), []),
    ],
    ids=range(15),
)
def test_words(effects: Effects, expected: list[str]) -> None:
    """Each effect has its line; a plan for a job has none where no job is made."""
    assert words_of(effects, "status") == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            AccountChange(credits=0, drain=1.5, rpm=3, status="invalid"),
            [
                "the account's credits set to 0",
                "the account's rpm set to 3",
                "the account's status set to invalid",
                "1.5 credits drained",
            ],
        ),
        (
            AccountChange(forbid=("a", "b"), retire=(), quirks={"x": "on"}),
            [
                "the account's models to forbid set to a, b",
                "the account's models to retire set to none",
                "quirk x set to on",
            ],
        ),
        (AccountChange(), []),
    ],
    ids=["numbers", "models", "nothing"],
)
def test_words_of_a_change(change: AccountChange, expected: list[str]) -> None:
    """Each thing that is changed in an account has its line."""
    assert words_of_change(change) == expected


@pytest.mark.parametrize("operation", ["submit", "generate"])
def test_words_of_a_generation(operation: str) -> None:
    """Where a job is made, its plan is told, and whether the work was done behind an answer that is not its own."""
    plan = JobPlan(queue_ms=1500, run_ms=20, stuck="PROCESSING", fails="", blocked="x")
    assert words_of(Effects(job=plan, accepted=True, answer=Error(code=502)), operation) == [
        "job queued for 1.5 s",
        "job runs for 0.02 s",
        "job stuck in PROCESSING",
        "job fails",
        "job blocked for its content",
        "the service did its work",
        "answered with error 502",
    ]
    assert words_of(Effects(answer=Error(code=500)), operation)[0] == "the service did nothing"


def test_long_texts() -> None:
    """No line is long, whatever a scenario says."""
    long = "x" * 5000
    changes = (SetField(path=long, value=1), SetHeader(name=long, value=""), ContentType(media_type=long))
    lines = words_of(Effects(answer=Redirect(to=long), changes=changes), "status")
    assert all(len(line) <= 120 for line in [*lines, *words_of_change(AccountChange(forbid=(long,)))])
