"""Seen: a job tells what it is, and a story tells what was asked and why it was answered so."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import seen
from segmind_mock.exchanges import Exchange, Notes, Record
from segmind_mock.scenarios.reading import read
from segmind_mock.seen import JobSeen, amount, instant, jobs_seen, spent, story
from segmind_mock.world import World
from tests.worlds import KEY, OTHER_KEY, START, Mock, mock, printed_call

BEGAN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def worlds_of(here: Mock) -> list[World]:
    """The worlds that there are."""
    return [*here.app.control.backend.keyring.all()]


def jobs_of(here: Mock) -> list[JobSeen]:
    """The jobs of all accounts."""
    return jobs_seen(here.app.control, worlds_of(here), None)


# --- Jobs ------------------------------------------------------------------------------------------


def test_a_job_in_time() -> None:
    """A job is told as it is: what is still to come is None, and what was told does not change."""
    here = mock()
    request_id = here.submit(prompt="x")["request_id"]
    (queued,) = jobs_of(here)
    assert (queued.request_id, queued.number, queued.model) == (request_id, 1, "sd1.5-img2img")
    assert (queued.state, queued.started, queued.ended, queued.error) == ("QUEUED", None, None, None)
    assert (queued.submitted, queued.account, queued.cost) == (BEGAN, "SG_…cdef", 0.0037)
    here.clock.advance(0.6)
    (running,) = jobs_of(here)
    assert (running.state, running.ended) == ("PROCESSING", None)
    assert running.started is not None
    here.clock.advance(9)
    (done,) = jobs_of(here)
    assert done.ended is not None
    assert done.submitted < running.started < done.ended < done.submitted + timedelta(seconds=2)
    assert (done.state, queued.state) == ("COMPLETED", "QUEUED")
    with pytest.raises(FrozenInstanceError):
        done.state = "FAILED"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("word", "state", "error", "cost"),
    [
        ("mock:fail", "FAILED", "Failed while returning the output", 0),
        ("mock:block", "FAILED", "content_policy_violation", 0),
        ("mock:stuck", "PROCESSING", None, 0),
        ("mock:slow=3", "COMPLETED", None, 0.0037),
    ],
)
def test_how_a_job_ends(word: str, state: str, error: str | None, cost: float) -> None:
    """A job that failed tells why, and costs nothing; one that never ends has no end."""
    here = mock()
    here.submit(prompt=word)
    (before,) = jobs_of(here)
    here.clock.advance(60)
    (job,) = jobs_of(here)
    assert (before.error, job.state, job.cost, job.ended is None) == (None, state, cost, state == "PROCESSING")
    assert (job.error is None) if error is None else (error in str(job.error))


def test_many_jobs() -> None:
    """However many jobs there are, each is told with its own id and number, oldest first over all accounts."""
    here = mock()
    wanted = []
    for number in range(12):
        of = here.as_key(OTHER_KEY) if number % 3 else here
        wanted.append(of.submit(prompt=f"no {number}")["request_id"])
        here.clock.advance(0.001)
    jobs = jobs_of(here)
    assert [job.request_id for job in jobs] == wanted
    assert [job.parameters["prompt"] for job in jobs] == [f"no {number}" for number in range(12)]
    assert [job.number for job in jobs if job.account == "SG_…cdef"] == [1, 2, 3, 4]
    (world, _) = worlds_of(here)
    assert [job.number for job in jobs_seen(here.app.control, [world], KEY)] == [1, 2, 3, 4]


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("reading", ["uuid", "hex"])
def test_ids(page: int, reading: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids are those that clients were given, on whichever page a job is filed, and in whichever form."""
    for module in ("segmind_mock.world", "segmind_mock.backend"):
        monkeypatch.setattr(f"{module}.PAGE", page)
    here = mock(quirks={"request_id": reading})
    assert [here.submit()["request_id"] for _ in range(4)] == [job.request_id for job in jobs_of(here)]


def test_the_parameters() -> None:
    """Parameters are those that were sent; of a call that the journal keeps no longer, none are known."""
    here = mock(journal=1)
    here.submit(prompt="one")
    here.post("/v1/sd1.5-img2img", printed_call("sd1.5-img2img") | {"prompt": "two"})
    one, two = jobs_of(here)
    assert (one.call, one.parameters) == (None, {})
    assert two.call is not None
    assert (two.call.operation, two.parameters["prompt"]) == ("generate", "two")


def test_the_call_of_an_answer_that_was_lost() -> None:
    """A job whose client never learnt of it is told like any other."""
    here = mock(scenario="lost-answer")
    with pytest.raises(ConnectionResetError):
        here.post("/v2/sd1.5-img2img", printed_call("sd1.5-img2img") | {"prompt": "lost"})
    assert [job.parameters["prompt"] for job in jobs_of(here)] == ["lost"]


@pytest.mark.parametrize("accepted", [True, False])
def test_the_call_of_a_job_that_another_is_told_of(accepted: bool) -> None:
    """An exchange that was answered with the id of an earlier job is not taken for the one that made it."""
    here = mock()
    again = {"when": {"nth": 2}, "do": {"replay": "previous", "accepted": accepted}, "match": {"operation": "submit"}}
    here.app.control.play(read({"scenario": "own", "rules": [again]}), None)
    for prompt in ("one", "two"):
        here.submit(prompt=prompt)
    assert [job.parameters["prompt"] for job in jobs_of(here)] == (["one", "two"] if accepted else ["one"])


def test_a_job_in_a_line() -> None:
    """A job in a list can be read, and has no key in it."""
    here = mock()
    here.submit(prompt=f"{KEY} mock:fail")
    (job,) = jobs_of(here)
    assert repr(job) == f"<Job 1: sd1.5-img2img QUEUED, {job.request_id}>"
    here.clock.advance(9)
    (job,) = jobs_of(here)
    assert repr(job) == f"<Job 1: sd1.5-img2img FAILED (Failed while returning the output), {job.request_id}>"
    assert {job: "found"}[jobs_of(here)[0]] == "found"


def test_spent() -> None:
    """What was spent is what completed jobs cost, of each account by its own clock."""
    here = mock()
    for word in ("x", "mock:fail", "mock:stuck"):
        here.submit(prompt=word)
    here.as_key(OTHER_KEY).submit()
    assert spent(worlds_of(here)) == 0
    here.app.control.steer(OTHER_KEY, None, 60)
    assert spent(worlds_of(here)) == 0.0037
    here.clock.advance(60)
    assert spent(worlds_of(here)) == 0.0074
    assert spent([]) == 0


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, "0"),
        (1_234.5, "1,234.5"),
        (100, "100"),
        (0.000001, "0.000001"),
        (0.1 + 0.2, "0.3"),
        (1e12, "1,000,000,000,000"),
    ],
)
def test_amounts(number: float, told: str) -> None:
    """Credits are told to the micro-credit, without noughts that say nothing."""
    assert amount(number) == told


def test_instants() -> None:
    """An instant is told in UTC, to the millisecond."""
    assert instant(START + 7) == BEGAN + timedelta(milliseconds=7)
    assert instant(START).utcoffset() == timedelta(0)


# --- Stories ---------------------------------------------------------------------------------------


def exchange(number: int = 1, at: int = 0, key: str = KEY, **parts: Any) -> Exchange:
    """A status call of an account."""
    record: Record = (
        number,
        at,
        at,
        parts.get("operation", "status"),
        "r",
        "GET",
        parts.get("path", "/v2/requests/r/status"),
        b"",
        [],
        b"",
        parts.get("status", 200),
        [],
        parts.get("given", b"{}"),
        parts.get("notes"),
        at,
    )
    return Exchange(number, key, record)


@pytest.mark.parametrize(
    ("kept", "recorded", "newest", "heading"),
    [
        (0, 0, 20, "no exchanges"),
        (1, 1, 20, "1 exchange:"),
        (3, 3, 3, "3 exchanges:"),
        (3, 3, 2, "3 exchanges, the newest 2:"),
        (3, 1203, 20, "1,203 exchanges, the newest 3:"),
        (0, 7, 20, "7 exchanges, none of them shown"),
        (3, 3, -1, "3 exchanges, none of them shown"),
        (3, 3, 0, "3 exchanges, none of them shown"),
    ],
    ids=str,
)
def test_headings(kept: int, recorded: int, newest: int, heading: str) -> None:
    """The first line says how many exchanges there were, and how many are shown."""
    first, *lines = story(
        [exchange(number) for number in range(kept)], recorded=recorded, newest=newest, began=0
    ).split("\n")
    assert (first, len(lines)) == (heading, max(0, min(kept, newest)))


def test_columns() -> None:
    """Times and numbers stand beneath each other; times count from the beginning, whichever is shown first."""
    story_of = [exchange(8, 500), exchange(9, 1_000), exchange(1, 90_000, OTHER_KEY), exchange(10, 62_000)]
    assert story(story_of[:2], recorded=9, newest=2, began=0).split("\n")[1:] == [
        "  0.5 s  8: GET /v2/requests/r/status -> 200",
        "  1.0 s  9: GET /v2/requests/r/status -> 200",
    ]
    assert story(story_of, recorded=9, newest=3, began=0).split("\n")[1:] == [
        "   1.0 s  SG_…cdef   9: GET /v2/requests/r/status -> 200",
        "  90.0 s  SG_…00aa   1: GET /v2/requests/r/status -> 200",
        "  62.0 s  SG_…cdef  10: GET /v2/requests/r/status -> 200",
    ]


NOTES = Notes(
    rules=["s/a", "s/b"],
    quirks=["x=y"],
    violations=[{"message": "m0"}, {"message": "m1"}, {"message": "m2"}, {"message": "m3"}, {"more": 3}],
    faults=["f"],
    steered="Prefer: code=502",
)


def told(**parts: Any) -> list[str]:
    """The lines of one exchange."""
    return story([exchange(**parts)], recorded=1, newest=1, began=0).split("\n")[1:]


def test_reasons() -> None:
    """Everything that decided an exchange stands beneath it, of many violations a few."""
    assert told(notes=NOTES) == [
        "  0.0 s  1: GET /v2/requests/r/status -> 200 (f)",
        "           rule s/a",
        "           rule s/b",
        "           steered by Prefer: code=502",
        "           quirk x=y",
        "           violation: m0",
        "           violation: m1",
        "           violation: m2",
        "           and 2 more violations",
    ]


@pytest.mark.parametrize(
    ("parts", "end", "beneath"),
    [
        ({"given": b'{"status": "QUEUED"}'}, " -> 200 QUEUED", []),
        ({"given": b'{"status": "QUEUED"}', "operation": "submit"}, " -> 200", []),
        ({"given": b'{"status": 7}'}, " -> 200", []),
        ({"given": b"[]"}, " -> 200", []),
        ({"given": b'{"error": "why"}'}, " -> 200", ["answer: why"]),
        ({"given": b'{"error": null}'}, " -> 200", []),
        ({"given": b'{"error": "why"}', "notes": Notes(faults=["f"])}, " -> 200 (f)", []),
        ({"given": b'{"error": "a\\n b"}', "path": "/a\nb", "status": 0}, " /a b -> no answer", ["answer: a b"]),
    ],
    ids=["look", "submit", "number", "list", "error", "no error", "fault", "lines"],
)
def test_what_was_told(parts: dict[str, Any], end: str, beneath: list[str]) -> None:
    """A look tells the state it was told; an error its words, where nothing else says why; each on one line."""
    line, *reasons = told(**parts)
    assert line.endswith(end)
    assert [reason.strip() for reason in reasons] == beneath


@given(st.text(), st.integers(0, 400), st.sampled_from([KEY, "s p a c e d", ""]))
def test_stories_are_short_and_tell_no_key(text: str, length: int, key: str) -> None:
    """Whatever a client sent: a line is a line, none is very long, and neither a key nor a piece of one is in it."""
    sent = text + "x" * length + (key or KEY)
    notes = Notes(rules=[sent], quirks=[sent], violations=[{"message": sent}], faults=[sent], steered=sent)
    lines = story([exchange(key=key, path=sent, notes=notes)], recorded=1, newest=1, began=0).split("\n")
    assert len(lines) == 6
    assert max(map(len, lines)) <= seen.LONGEST_LINE + 20
    assert not re.search(re.escape(key or KEY), "\n".join(lines))
    assert (key or KEY)[:-4] not in "\n".join(lines)
