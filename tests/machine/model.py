"""What a mock is expected to do, on few pages: clocks, jobs by time, charges, limits, small scenarios and the record.

It knows no line of the mock. What the mock draws by chance, when a job starts and ends, it is told, and holds that
against the bounds of the timing. Instants and durations are whole milliseconds, money whole micro-credits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

HOUR = 3_600_000
WEEK = 7 * 24 * HOUR
MINUTE = 60_000
PATIENCE = 100_000
SLOW = 20_000
REFUSAL = 7
WORKERS = 2
OPENING = 1_000_000
NEVER = 0xFFFF_FFFF

PRICES = {"image-converter": 1_000, "sam-img2img": 7_600, "sd1.5-img2img": 3_700, "w2imgsd1.5-img2img": 4_700}
ENDINGS = {"image-converter": "png", "sam-img2img": "png", "sd1.5-img2img": "jpg", "w2imgsd1.5-img2img": "jpg"}
BOUNDS = {"brisk": ((450, 550), (900, 1100)), "instant": ((0, 0), (0, 0))}

ORDER = ("QUEUED", "PROCESSING", "COMPLETED", "FAILED", "gone")


class Clock:
    """A clock that is moved with the one beneath, at a rate."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.rate = 1


@dataclass
class Job:
    """A job, and what was seen of it."""

    id: str
    number: int
    slug: str
    submitted: int
    started: int
    ended: int
    cost: int
    fate: str
    """`done`, `failed` or `stuck`."""
    left: int | None = None
    """The balance right after it was paid for."""
    seen: str = "QUEUED"

    def state(self, now: int) -> str:
        """What it is at an instant."""
        if now < self.started:
            return "QUEUED"
        if now < self.ended or self.fate == "stuck":
            return "PROCESSING"
        return "COMPLETED" if self.fate == "done" else "FAILED"

    def event(self, name: str) -> int:
        """The instant at which something about it changes."""
        instants = {"started": self.started, "ended": self.ended, "forgotten": self.submitted + HOUR}
        return instants.get(name, self.ended + WEEK)


class Written(NamedTuple):
    """An exchange as the record has to hold it."""

    method: str
    path: str
    status: int
    at: int


class Plot(NamedTuple):
    """A scenario of one rule."""

    name: str
    operation: str
    when: Mapping[str, Any]
    do: Mapping[str, Any]

    @property
    def document(self) -> dict[str, object]:
        """The scenario as the control plane takes it."""
        rule = {"match": {"operation": self.operation}, "when": dict(self.when), "do": dict(self.do)}
        return {"scenario": self.name, "teaches": "Something.", "rests_on": "A line.", "rules": [rule]}


_ALL = (
    Plot("second-status", "status", {"nth": 2}, {"error": 502}),
    Plot("out-of-luck", "submit", {"nth": 1}, {"job": {"fails": "out of luck"}}),
    Plot("no-worker", "submit", {"first": 2}, {"job": {"stuck": "QUEUED"}}),
    Plot("slow-lane", "submit", {"every": 2}, {"job": {"queue": 5, "run": 30}}),
    Plot("stale-copy", "status", {"every": 2, "per": "job"}, {"replay": "first"}),
    Plot("queued-again", "status", {"nth": 2, "per": "job"}, {"tells": "QUEUED"}),
    Plot("poorer", "submit", {"nth": 2}, {"account": {"drain": 0.9}}),
    Plot("lost", "submit", {"nth": 1}, {"accepted": True, "error": 502}),
    Plot("bad-minute", "credits", {"from": 60, "until": 120}, {"error": 500}),
)
PLOTS = {plot.name: plot for plot in _ALL}


class Playing:
    """A plot in one account."""

    def __init__(self, plot: Plot, began: int) -> None:
        self.plot = plot
        self.began = began
        self.counts: dict[str, int] = {}
        self.remembered: dict[tuple[str, str], tuple[int, str]] = {}
        """The first answer of the service's own to each question."""

    def fires(self, operation: str, argument: str, now: int) -> bool:
        """Count an exchange; whether the rule's turn has come."""
        when = self.plot.when
        if operation != self.plot.operation:
            return False
        if "from" in when and not self.began + when["from"] * 1000 <= now < self.began + when["until"] * 1000:
            return False
        whose = argument if when.get("per") == "job" else ""
        count = self.counts[whose] = self.counts.get(whose, 0) + 1
        if "nth" in when:
            return bool(count == when["nth"])
        if "first" in when:
            return bool(count <= when["first"])
        return bool(count % when.get("every", 1) == 0)


class Fate(NamedTuple):
    """How the job of a call has to go."""

    outcome: str
    queue: tuple[int, int]
    run: tuple[int, int]
    cost: int


@dataclass
class Account:
    """One key."""

    key: str
    server: Clock
    own: Clock | None = None
    balance: int = OPENING
    given: int = OPENING
    """What it began with, and all that was given and taken by hand."""
    jobs: list[Job] = field(default_factory=list)
    drawn: int = 0
    invalid: bool = False
    forbid: frozenset[str] = frozenset()
    retire: frozenset[str] = frozenset()
    rpm: int = 0
    minute: int = -1
    used: int = 0
    playing: Playing | None = None
    journal: list[Written] = field(default_factory=list)
    lines: dict[str, list[int]] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """By its own clock, or the server's."""
        return (self.own or self.server).now

    def settle(self) -> None:
        """Charge what completed up to now."""
        due = [job for job in self.jobs if job.fate == "done" and job.left is None and job.ended <= self.now]
        for job in sorted(due, key=lambda job: (job.ended, job.number)):
            self.balance -= job.cost
            job.left = self.balance

    @property
    def promised(self) -> int:
        """What jobs still running will cost."""
        return sum(job.cost for job in self.jobs if job.fate == "done" and job.left is None)

    def correct(self, balance: int) -> None:
        """Give or take by hand."""
        self.given += balance - self.balance
        self.balance = balance

    def drain(self, taken: int) -> None:
        """Somebody else spends; that leaves nobody richer, and nobody below nought."""
        self.correct(min(self.balance, max(0, self.balance - taken)))

    def job(self, request_id: str) -> Job | None:
        """The job of an id whose record is still there."""
        found = (job for job in self.jobs if job.id == request_id and self.now < job.submitted + HOUR)
        return next(found, None)

    def refusal(self, slug: str, body: str, *, blocking: bool) -> int:
        """The status with which a generation is refused, counted as it is; 200: a job is made."""
        if self.invalid:
            return 401
        if self.rpm and not self._counted():
            return 429
        if slug not in PRICES:
            return 404
        if slug in self.retire:
            return 410
        if slug in self.forbid:
            return 403
        if body == "broken" or (body == "bad" and blocking):
            return 400
        return 406 if self.balance - self.promised < PRICES[slug] else 200

    def _counted(self) -> bool:
        """Count a request in its minute; whether there was room for it."""
        if self.now // MINUTE != self.minute:
            self.minute, self.used = self.now // MINUTE, 0
        has_room = self.used < self.rpm
        self.used += has_room
        return has_room

    def boundaries(self) -> Iterator[int]:
        """The instants at which something changes by time alone."""
        yield (self.now // MINUTE + 1) * MINUTE
        if self.playing is not None and "from" in self.playing.plot.when:
            yield from (self.playing.began + self.playing.plot.when[name] * 1000 for name in ("from", "until"))


class Actual(NamedTuple):
    """What a mock made of a call that it accepted."""

    number: int
    submitted: int
    started: int
    ended: int
    cost: int
    fate: str
    gave_up: bool
    """Whether v1 will not wait for it."""


def fate_of(slug: str, body: str, plan: Mapping[str, Any], timing: str) -> Fate:
    """How the job of a call goes, by its words and by what a scenario plans."""
    queue, run = BOUNDS[timing]
    outcome = {"good": "done", "slow": "done", "stuck": "stuck"}.get(body, "failed")
    run = {"bad": (REFUSAL, REFUSAL), "slow": (SLOW, SLOW)}.get(body, run)
    if "queue" in plan:
        queue = (plan["queue"] * 1000,) * 2
        run = (plan["run"] * 1000,) * 2
    if "fails" in plan:
        outcome = "failed"
    if "stuck" in plan:
        outcome, queue = "stuck", (NEVER, NEVER)
    return Fate(outcome, queue, run, PRICES[slug] if outcome == "done" else 0)


def accept(account: Account, slug: str, fate: Fate, actual: Actual, *, planned: bool, blocking: bool) -> Job:
    """Take down a job that was made, once it is found to be as it has to be."""
    now, line = account.now, account.lines.setdefault(slug, [])
    assert actual.number == account.drawn
    assert actual.submitted == now
    free = line[0] if len(line) == WORKERS and not planned else 0
    low, high = (max(now + wait, free) for wait in fate.queue)
    ends = low + fate.run[0], high + fate.run[1]
    assert low <= actual.started <= high or (actual.gave_up and actual.started == now + PATIENCE < high)
    if actual.gave_up:
        assert blocking
        assert fate.outcome == "stuck" or ends[1] > now + PATIENCE
        assert (actual.ended, actual.cost) == (now + PATIENCE, 0)
    else:
        assert (actual.fate, actual.cost) == (fate.outcome, fate.cost)
        assert not (blocking and fate.outcome == "stuck")
        runs = actual.ended - actual.started
        assert actual.ended >= now + NEVER if fate.outcome == "stuck" else fate.run[0] <= runs <= fate.run[1]
    if fate.outcome != "stuck":
        account.lines[slug] = sorted([*line[len(line) == WORKERS :], actual.ended])
    outcome = "failed" if actual.gave_up else actual.fate
    times = (actual.submitted, actual.started, actual.ended)
    job = Job("", account.drawn, slug, *times, actual.cost, outcome)
    account.drawn += 1
    account.jobs.append(job)
    account.settle()
    return job


class Server:
    """All accounts, and the clock beneath them."""

    def __init__(self, base: int, keys: tuple[str, ...], timing: str) -> None:
        self.base = base
        self.timing = timing
        self.ids: dict[tuple[str, int], str] = {}
        """The id of each account's n-th job: the same again after a reset."""
        self.nobody: list[Written] = []
        self.keys = keys
        self.begin()

    def begin(self) -> None:
        """Everything as it was started."""
        self.clock = Clock(self.base)
        self.plot: Plot | None = None
        self.nobody.clear()
        self.accounts = {key: Account(key, self.clock) for key in self.keys}

    def reset(self, key: str) -> None:
        """One account as if it had never been used."""
        account = self.accounts[key] = Account(key, self.clock)
        account.playing = Playing(self.plot, account.now) if self.plot else None

    def play(self, plot: Plot | None, keys: tuple[str, ...]) -> None:
        """Begin a plot in some accounts."""
        for key in keys:
            account = self.accounts[key]
            account.playing = Playing(plot, account.now) if plot else None

    def own_clock(self, key: str) -> Clock:
        """The clock of an account, which is its own from now on."""
        account = self.accounts[key]
        account.own = account.own or Clock(self.clock.now)
        return account.own

    def real(self, base: int) -> None:
        """Real time goes on."""
        passed, self.base = base - self.base, base
        self.advance(passed * self.clock.rate)

    def advance(self, passed: int) -> None:
        """The server's clock shows so much more."""
        self.clock.now += passed
        for account in self.accounts.values():
            if account.own is not None:
                account.own.now += passed * account.own.rate
            account.settle()
