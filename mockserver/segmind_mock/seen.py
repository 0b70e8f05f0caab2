"""What a test sees of a server: its jobs as values, and its record as a story for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from segmind_mock.accounts import MICRO
from segmind_mock.backend import Found
from segmind_mock.jobs import State, state
from segmind_mock.masking import masked, masked_text
from segmind_mock.operations import GENERATIONS, LOOKS
from segmind_mock.redaction import without_keys

if TYPE_CHECKING:
    from segmind_mock.control import Control
    from segmind_mock.exchanges import Exchange
    from segmind_mock.world import World

MOST_VIOLATIONS = 3
"""Broken rules of one call that a story tells."""
LONGEST_LINE = 160
"""Characters of an exchange, or of one reason, in a story."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, repr=False)
class JobSeen:
    """A job as it was when it was looked at; it does not change afterwards."""

    request_id: str
    """The id that clients know it by."""
    number: int
    """Which of its account's jobs it is, counted from 1; what patterns call `job`."""
    model: str
    """The slug."""
    state: str
    """`QUEUED`, `PROCESSING`, `COMPLETED` or `FAILED`."""
    cost: float
    """Credits that it costs once it is completed; 0 for one that will not be."""
    submitted: datetime
    """In UTC, by its account's clock, as all of its instants."""
    started: datetime | None
    """None while it is queued."""
    ended: datetime | None
    """None before it is completed or has failed."""
    error: str | None
    """Why it failed; None for one that has not."""
    account: str
    """The key that it belongs to, masked: `SG_…cdef`."""
    call: Exchange | None = field(compare=False)
    """The exchange that made it; None before that is answered (v1) or once the journal keeps it no longer."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """The parameters as they were sent, without the model's defaults; empty without a `call` to read them from."""
        body = None if self.call is None else self.call.body
        return body if isinstance(body, dict) else {}

    def __repr__(self) -> str:
        why = f" ({self.error})" if self.error else ""
        return f"<Job {self.number}: {self.model} {self.state}{why}, {self.request_id}>"


def jobs_seen(control: Control, worlds: Sequence[World], key: str | None) -> list[JobSeen]:
    """The jobs of worlds, oldest first; `key` is the account that they are of, None for all."""
    calls: dict[tuple[str, int | None], Exchange] = {}
    made = (one for one in control.written(key) if one[1].operation in GENERATIONS)
    for exchange in control.looked_up(made):
        calls.setdefault((exchange.key, exchange.job), exchange)
    seen = [
        _seen(control, found, calls.get((world.key, found.job.number + 1)))
        for world in worlds
        for found in _found(world)
    ]
    return sorted(seen, key=lambda job: (job.submitted, job.number))


def spent(worlds: Sequence[World]) -> float:
    """Credits that the completed jobs of worlds have cost."""
    nows = ((world, world.clock.now()) for world in worlds)
    return (
        sum(job.cost for world, now in nows for job in world.jobs.all() if state(job, now) is State.COMPLETED) / MICRO
    )


def instant(ms: int) -> datetime:
    """An instant in ms since 1970, in UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


def amount(number: float) -> str:
    """Credits in words: `1,234.5`."""
    return f"{number:,.6f}".rstrip("0").rstrip(".")


def _found(world: World) -> Iterator[Found]:
    """The jobs of a world with their handles, in which the number of each stands for its draw."""
    return (Found(world, world.handle(job.number), job) for job in world.jobs.all())


def _seen(control: Control, found: Found, call: Exchange | None) -> JobSeen:
    backend, (world, _, job, _) = control.backend, found
    now = world.clock.now()
    reached = state(job, now)
    return JobSeen(
        request_id=backend.request_id(found),
        number=job.number + 1,
        model=backend.model_of(job).slug,
        state=reached.value,
        cost=job.cost / MICRO,
        submitted=instant(job.submitted),
        started=None if reached is State.QUEUED else instant(job.started),
        ended=instant(job.ended) if reached in (State.COMPLETED, State.FAILED) else None,
        error=backend.finished(found).error if reached is State.FAILED else None,
        account=masked(world.key),
        call=call,
    )


def story(exchanges: Sequence[Exchange], *, recorded: int, newest: int, began: int) -> str:
    """The newest of these exchanges, oldest first, of `recorded` in all: a line each, and beneath it what decided it.

    Before each stands how many seconds after `began` (ms) it came; where there are several accounts, which one. No key
    is in it.
    """
    shown = exchanges[max(0, len(exchanges) - newest) :]
    several = len({exchange.key for exchange in shown}) > 1
    heads = [_head(exchange, began, with_account=several) for exchange in shown]
    widths = [max(map(len, column)) for column in zip(*heads, strict=True)]
    indent = " " * (2 * len(widths) + sum(widths[:-1]) + 2)
    lines = [_heading(recorded, len(shown))]
    for exchange, head in zip(shown, heads, strict=True):
        columns = "".join(f"  {text:>{width}}" for text, width in zip(head, widths, strict=True))
        lines.append(f"{columns}: {_readable(_line(exchange), exchange)}")
        lines += (f"{indent}{_readable(why, exchange)}" for why in _why(exchange))
    return "\n".join(lines)


def _heading(recorded: int, shown: int) -> str:
    counted = f"{recorded:,} exchange{'' if recorded == 1 else 's'}"
    if recorded == shown:
        return f"{counted}:" if shown else "no exchanges"
    return f"{counted}, the newest {shown:,}:" if shown else f"{counted}, none of them shown"


def _head(exchange: Exchange, began: int, *, with_account: bool) -> list[str]:
    """When it came, whose it is where that is not clear, and its number."""
    whose = [masked(exchange.key) if exchange.key else "no key"] if with_account else []
    return [f"{(exchange.at - began) / 1000:,.1f} s", *whose, str(exchange.number)]


def _line(exchange: Exchange) -> str:
    """An exchange without its number, and for a look at a job what that was told to be."""
    line = exchange.line.removeprefix(f"{exchange.number}: ")
    told = exchange.answer.get("status") if isinstance(exchange.answer, dict) else None
    return f"{line} {told}" if exchange.operation in LOOKS and isinstance(told, str) else line


def _why(exchange: Exchange) -> Iterator[str]:
    """What decided an exchange, but for the faults, which its line tells."""
    notes = exchange.notes
    yield from (f"rule {rule}" for rule in notes.rules)
    if notes.steered:
        yield f"steered by {notes.steered}"
    yield from (f"quirk {quirk}" for quirk in notes.quirks)
    told = [str(one["message"]) for one in notes.violations if "message" in one]
    yield from (f"violation: {message}" for message in told[:MOST_VIOLATIONS])
    more = len(notes.violations) - MOST_VIOLATIONS
    if more > 0:
        yield f"and {more} more violation{'' if more == 1 else 's'}"
    error = exchange.answer.get("error") if isinstance(exchange.answer, dict) else None
    if isinstance(error, str) and not told and not notes.faults:
        yield f"answer: {error}"


def _readable(text: str, exchange: Exchange) -> str:
    """On one line, not too long, and without a key; that is looked for before anything is cut."""
    line = " ".join(without_keys(masked_text(text, exchange.key)).split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
