"""What was done to an exchange on purpose, in words: for the journal, whose readers see the answer but not why. Pure.

What happens on the wire is not told here: whoever sends an answer says what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from segmind_mock.faults import (
    AccountChange,
    Answer,
    Change,
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
from segmind_mock.operations import GENERATIONS

_LONGEST = 60


def words_of(effects: Effects, operation: str) -> list[str]:
    """A line for each thing that is done to an exchange of this operation, in the order in which it is done.

    Changes of the account are apart, in `words_of_change`: one that cannot be made is not done.
    """
    return [*_lines(effects, operation)]


def words_of_change(change: AccountChange) -> list[str]:
    """A line for each thing that a change does to an account."""
    return [*_account(change)]


def _lines(effects: Effects, operation: str) -> Iterator[str]:
    if effects.job is not None and operation in GENERATIONS:
        yield from _job(effects.job)
    if operation in GENERATIONS and effects.answer is not None:
        yield "the service did its work" if effects.is_worked else "the service did nothing"
    if effects.answer is not None:
        yield _answer(effects.answer)
    for change in effects.changes:
        yield _change(change)


def _account(change: AccountChange) -> Iterator[str]:
    for name in ("credits", "rpm", "status"):
        value = getattr(change, name)
        if value is not None:
            yield f"the account's {name} set to {value}"
    if change.drain is not None:
        yield f"{change.drain:g} credits drained"
    for name in ("forbid", "retire"):
        slugs = getattr(change, name)
        if slugs is not None:
            yield _short(f"the account's models to {name} set to {', '.join(slugs) or 'none'}")
    for name, reading in (change.quirks or {}).items():
        yield f"quirk {name} set to {reading}"


def _job(plan: JobPlan) -> Iterator[str]:
    if plan.queue_ms is not None:
        yield f"job queued for {plan.queue_ms / 1000:g} s"
    if plan.run_ms is not None:
        yield f"job runs for {plan.run_ms / 1000:g} s"
    if plan.stuck:
        yield f"job stuck in {plan.stuck}"
    if plan.fails is not None:
        yield "job fails"
    if plan.blocked is not None:
        yield "job blocked for its content"


def _answer(answer: Answer) -> str:
    match answer:
        case Error():
            return f"answered with error {answer.code}"
        case Given():
            return f"answered with a given {answer.status}"
        case Redirect():
            return _short(f"redirected ({answer.status}) to {answer.to}")
        case Replay():
            return f"answered with the {answer.which} answer again, where there is one"
        case Tells():
            return f"told that the job is {answer.state}"


def _change(change: Change) -> str:
    match change:
        case SetField() | DropField() | Retype():
            done = {SetField: "set", DropField: "left out", Retype: "given another type"}[type(change)]
            return _short(f"field {change.path} {done}")
        case Truncate():
            return f"body cut to {change.fraction * 100:g} %"
        case Pad():
            return f"body padded with {change.size} bytes"
        case ContentType():
            return _short(f"media type set to {change.media_type}")
        case SetHeader():
            return _short(f"header {change.name} {'left out' if change.value is None else 'set'}")
        case Limits():
            return "limit headers set"
        case OtherPicture():
            size = "" if change.width is None and change.height is None else " of another size"
            return f"file made anew as {change.format or 'the same format'}{size}"


def _short(text: str) -> str:
    return text if len(text) <= 2 * _LONGEST else text[: 2 * _LONGEST - 1] + "…"
