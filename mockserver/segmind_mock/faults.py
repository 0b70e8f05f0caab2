"""Everything that can happen to an exchange, as small values. Pure: who matches them with exchanges is `scenarios`,
who brings them about is the web edge.

    Effects                 what one rule does to one exchange
    ├── account             AccountChange: credits, limits, status, models
    ├── job                 JobPlan: how the job of a submit goes
    ├── accepted            whether the service still does its work before the answer is given
    ├── answer              Error | Given | Redirect | Replay | Tells: in place of the service's own
    ├── changes             SetField | DropField | Retype | Truncate | Pad | ContentType | SetHeader | Limits |
    │                       OtherPicture
    └── wire                Delay | Drip | Stop | Cut | Reset | HangUp | BrokenChunk | Garbage | Refuse
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

LONGEST_WAIT = 600.0
"""Seconds that an answer is delayed at most."""


# --- The answer, in place of the service's own ---------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """A documented error with its true body."""

    code: int
    text: str | None = None
    """In place of the service's words."""
    form: str = ""
    """`json`, `html` or `empty` where the service's own form is not wanted."""
    reset_in: float | None = None
    """Seconds until the window that a 429's reset header tells of is over; None: the true end of the minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Any status, headers and body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A redirect, to a path of this server or to any URL."""

    to: str
    status: int = 307


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An answer of the service's own again, to the same operation and about the same job.

    The `first` that it gave since the scenario began, or the `previous` one: what it gave, or would have given, to
    the exchange before. Where there is none, the service's answer to this exchange.
    """

    which: str = "previous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tells:
    """The status body with this state in it, whatever the job's state is."""

    state: str


Answer = Error | Given | Redirect | Replay | Tells


# --- Changes to the answer, whoever gave it ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField:
    """A field of the JSON body gets another value; it is made where it is missing."""

    path: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class DropField:
    """A field of the JSON body is left out."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retype:
    """A field of the JSON body gets another type: a number its text, a text a list of it, a list an object, ..."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """Only this fraction of the body, its Content-Length true to it: JSON cut off."""

    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pad:
    """A body larger by this many bytes: spaces before the JSON, zeros after anything else."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """Another media type than the body has."""

    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHeader:
    """A header with another value; None leaves it out."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`Retry-After` and the reset header, in seconds from now and in a form of choice."""

    retry_after: float | None = None
    retry_after_form: str = "seconds"
    """`seconds` or `http-date`."""
    reset_in: float | None = None
    reset_form: str = ""
    """`iso`, `epoch`, `http-date`, `seconds`; empty: as the quirk `reset_format` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPicture:
    """An output file of another format or size than was asked for."""

    format: str | None = None
    width: int | None = None
    height: int | None = None


Change = SetField | DropField | Retype | Truncate | Pad | ContentType | SetHeader | Limits | OtherPicture


# --- The wire --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Latency before the first byte of the answer: fixed, uniform or lognormal; all in seconds."""

    low: float = 0.0
    high: float = 0.0
    """The same as `low` for a fixed delay."""
    median: float | None = None
    sigma: float = 0.0

    def seconds(self, draw: bytes) -> float:
        """How long this time; `draw` is eight random bytes. Never more than `LONGEST_WAIT`."""
        # As many bits as a float holds beside the half: of more, the largest would be rounded to a chance of 1.
        chance = ((int.from_bytes(draw[:8], "little") >> 12) + 0.5) / 2**52
        if self.median is None:
            return min(self.low + (self.high - self.low) * chance, LONGEST_WAIT)
        if not self.median:
            return 0.0
        from statistics import NormalDist  # for few, and it takes longer to load than all the rest

        exponent = NormalDist(math.log(self.median), self.sigma or 1e-9).inv_cdf(chance)
        return min(math.exp(min(exponent, 100.0)), LONGEST_WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """The body in pieces of `size` bytes, `every` so many seconds."""

    size: int
    every: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Silence after this fraction of the body, with the connection open, until the client gives up."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The connection closed in good order after this fraction of the body, against its Content-Length."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A TCP reset: `before` the first byte, amid the `headers`, amid the `body`, or `after` the whole answer."""

    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """The answer whole and keep-alive promised, and then, so many seconds later, the connection closed."""

    after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenChunk:
    """A chunked body with a chunk whose length is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """So many bytes that are not HTTP, and the connection closed."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """This connection closed without an answer, and for so many seconds no new one: the port is closed to everybody."""

    seconds: float


Wire = Delay | Drip | Stop | Cut | Reset | HangUp | BrokenChunk | Garbage | Refuse

ENDINGS = (Stop, Cut, Reset, HangUp, BrokenChunk, Garbage, Refuse)
"""Ways in which an exchange ends; it can end in one of them only."""


# --- The job and the account -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """How the job of a submit goes, where that is not to be left to the timing; durations in ms."""

    queue_ms: int | None = None
    run_ms: int | None = None
    stuck: str = ""
    """`QUEUED` or `PROCESSING`: it stays there until its record expires."""
    fails: str | None = None
    """It FAILS with this text; empty: with the service's own."""
    blocked: str | None = None
    """It FAILS as blocked content is, with this text; empty: with the service's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What happens to an account, apart from what its own client does; None leaves a thing as it is."""

    credits: float | None = None
    """The balance from now on."""
    drain: float | None = None
    """Credits that somebody else uses up; the balance does not fall below nought."""
    rpm: int | None = None
    status: str | None = None
    """`active` or `invalid`: whether the key is accepted."""
    forbid: tuple[str, ...] | None = None
    """The models that answer 403 from now on."""
    retire: tuple[str, ...] | None = None
    """The models that answer 410 from now on."""
    quirks: Mapping[str, str] | None = None
    """Readings that differ from the server's."""

    def after(self, before: AccountChange) -> AccountChange:
        """The two as one: what this one says counts; what both drain adds up, unless a balance is given in between."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        both = replace(before, **{name: value for name, value in mine.items() if value is not None})
        if self.credits is not None or before.drain is None:
            return replace(both, drain=self.drain)
        return replace(both, drain=before.drain + (self.drain or 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What happens to one exchange."""

    account: tuple[AccountChange, ...] = ()
    job: JobPlan | None = None
    accepted: bool | None = None
    answer: Answer | None = None
    changes: tuple[Change, ...] = ()
    wire: tuple[Wire, ...] = ()

    @property
    def is_worked(self) -> bool:
        """Whether the service does its work: not where it is said otherwise, nor where its answer is not wanted."""
        if self.accepted is not None:
            return self.accepted
        if any(isinstance(fault, Refuse) for fault in self.wire):
            return False
        return self.answer is None or isinstance(self.answer, Replay | Tells)


NOTHING = Effects()


def together(several: Iterable[Effects]) -> Effects:
    """The effects of several rules on one exchange: of two that want the same thing, the one that stands first."""
    sum_ = NOTHING
    for one in several:
        sum_ = replace(
            sum_,
            account=sum_.account + one.account,
            job=sum_.job or one.job,
            accepted=one.accepted if sum_.accepted is None else sum_.accepted,
            answer=sum_.answer or one.answer,
            changes=sum_.changes + one.changes,
            wire=_joined(sum_.wire, one.wire),
        )
    return sum_


def _joined(first: tuple[Wire, ...], second: tuple[Wire, ...]) -> tuple[Wire, ...]:
    ended = any(isinstance(fault, ENDINGS) for fault in first)
    kinds = {type(fault) for fault in first}
    return first + tuple(
        fault for fault in second if type(fault) not in kinds and not (ended and isinstance(fault, ENDINGS))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What a scenario does to one exchange, and who in it does so."""

    effects: Effects
    rules: tuple[str, ...] = ()
    """`scenario/rule`, in the order in which they stand."""
    draw: bytes = field(default=b"\0" * 16)
    """Sixteen random bytes that belong to this exchange."""
