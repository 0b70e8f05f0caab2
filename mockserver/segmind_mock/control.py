"""What can be done to a server from outside the service: its time, its accounts, its scenario and its record.

Everything here is asked by a key or, without one, of the whole server. It knows nothing of HTTP; `faults`, the web
edge, the command line and tests all come through here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from segmind_mock.accounts import MICRO
from segmind_mock.backend import Backend
from segmind_mock.clock import SteeredClock
from segmind_mock.errors import Unauthorized
from segmind_mock.exchanges import Exchange
from segmind_mock.jobs import State, state
from segmind_mock.masking import masked
from segmind_mock.operations import LOOKS
from segmind_mock.quirks import LAID_DOWN, problems_in
from segmind_mock.world import World

if TYPE_CHECKING:
    from segmind_mock.faults import AccountChange
    from segmind_mock.patterns import Pattern
    from segmind_mock.scenarios.scenario import Scenario
    from segmind_mock.verification import Verdict

RICHEST = 1e12
"""Credits that an account can be given."""
MOST_RPM = 10**9
COUNTED = 20_000
"""Jobs that are looked at one by one to count them by state; of accounts with more, only their number is told."""
LISTED = 1000
"""Accounts that are told one by one; of further ones only the number."""


class Refused(ValueError):
    """A change that cannot be made; `problems` holds a sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


_BOUNDING = frozenset({"count", "at_most", "unique", "spacing"})
"""What a demand can say that an exchange which is gone may have broken."""


class Control:
    """The other hand on a backend."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._keyring = backend.keyring
        self._on_reset: list[Callable[[], None]] = []
        self._to_come: AccountChange | None = None
        """What is to happen to accounts that are not there yet."""

    def when_reset(self, forget: Callable[[], None]) -> None:
        """Have `forget` called after each reset: what was looked up may not hold any more."""
        self._on_reset.append(forget)

    # --- Worlds ------------------------------------------------------------------------------------

    def world(self, key: str) -> World:
        """The world of a key; made when the key is first used. Raises `Refused` or `RateLimited`."""
        try:
            return self._keyring.open(key.encode("latin-1"))
        except (Unauthorized, UnicodeEncodeError):
            shape = (
                "SG_ and 16 hexadecimal digits" if self.backend.config.quirks["key_shape"] == "segmind" else "a text"
            )
            raise Refused([f"account is {masked(key)!r}, which is no API key; allowed: {shape}"]) from None

    @contextmanager
    def looked_at(self, key: str) -> Iterator[World]:
        """The world of a key, to look at: one that was never used is as it would be, and is not there afterwards."""
        is_new = key.encode("latin-1", "replace") not in self._keyring.by_key
        world = self.world(key)
        try:
            yield world
        finally:
            if is_new:
                self._keyring.close(world)

    # --- Time --------------------------------------------------------------------------------------

    def clock(self, key: str | None) -> SteeredClock:
        """The clock of the server or of an account, which gets one of its own by this."""
        if key is None:
            return self._keyring.clock
        world = self.world(key)
        if world.clock is self._keyring.clock:
            world.clock = SteeredClock(self._keyring.clock)
            self._keyring.clock.stir()  # whoever waits in this world looks at its new clock from now on
        return world.clock

    def steer(self, key: str | None, rate: float | None, seconds: float) -> None:
        """Let a clock go at a rate, if one is given, and then advance it. Raises `Refused` before anything is done."""
        problems = self.faults_of_steering(key, rate, seconds)
        if problems:
            raise Refused(problems)
        clock = self.clock(key)
        if rate is not None:
            clock.run(rate)
        if seconds:
            clock.advance(seconds)

    def faults_of_steering(self, key: str | None, rate: float | None, seconds: float) -> list[str]:
        """What keeps a clock from being steered so, a sentence each."""
        problems: list[str] = []
        clock = self._keyring.clock
        try:
            if key is not None:
                with self.looked_at(key) as world:
                    clock = world.clock
        except Refused as refusal:
            problems += refusal.problems
        checks: list[Callable[[], None]] = [lambda: clock.check_advance(seconds)]
        if rate is not None:
            checks.append(lambda: SteeredClock.check_rate(rate))
        for check in checks:
            try:
                check()
            except ValueError as error:
                problems.append(str(error))
        return problems

    def told_clock(self, key: str | None) -> dict[str, object]:
        """What the clock of the server, or of an account, shows."""
        if key is None:
            return _told_clock(self._keyring.clock)
        with self.looked_at(key) as world:
            return _told_clock(world.clock)

    # --- Accounts ----------------------------------------------------------------------------------

    def change(self, world: World, change: AccountChange) -> None:
        """Change an account; everything that is wrong is found before anything is changed. Raises `Refused`."""
        problems = [*self._faults_of(world, change)]
        if problems:
            raise Refused(problems)
        self._settle_credits(world, change)
        standing = world.standing
        world.standing = replace(
            standing,
            rpm=standing.rpm if change.rpm is None else change.rpm,
            forbidden=standing.forbidden if change.forbid is None else frozenset(change.forbid),
            retired=standing.retired if change.retire is None else frozenset(change.retire),
        )
        if change.status is not None and world is not self._keyring.nobody:
            world.refused = change.status == "invalid"
        if change.quirks is not None:
            world.read_as(self._keyring.interpretation(self.backend.config.quirks.but(change.quirks)))

    def change_all(self, change: AccountChange) -> None:
        """Change every account there is and, until all is reset, every one to come. Raises `Refused`, changing none."""
        worlds = [*self._keyring.everybody()]
        problems = dict.fromkeys(problem for world in worlds for problem in self._faults_of(world, change))
        if problems:
            raise Refused([*problems])
        for world in worlds:
            self.change(world, change)
        self._to_come = to_come = change if self._to_come is None else change.after(self._to_come)
        self._keyring.when_opened(lambda world: self.change(world, to_come))

    def faults_of_change(self, key: str, change: AccountChange) -> list[str]:
        """What keeps an account from being changed so, a sentence each."""
        try:
            with self.looked_at(key) as world:
                return [*self._faults_of(world, change)]
        except Refused as refusal:
            return refusal.problems

    def _settle_credits(self, world: World, change: AccountChange) -> None:
        if change.credits is None and change.drain is None:
            return
        now = world.clock.now()
        balance = world.ledger.balance(now) if change.credits is None else round(change.credits * MICRO)
        drained = round((change.drain or 0.0) * MICRO)
        # In the name of the next job, so that what was left after the latest stays what it was.
        world.ledger.correct(max(min(balance, 0), balance - drained), world.drawn, now)

    def _faults_of(self, world: World, change: AccountChange) -> Iterator[str]:
        for name, value, most in (
            ("credits", change.credits, RICHEST),
            ("drain", change.drain, RICHEST),
            ("rpm", change.rpm, MOST_RPM),
        ):
            if value is not None and not 0 <= value <= most:
                yield f"{name} is {value:g}; allowed: 0 to {most:,.0f}"
        if change.status not in (None, "active", "invalid"):
            yield f"status is {change.status!r}; allowed: active, invalid"
        for name, slugs in (("forbid", change.forbid), ("retire", change.retire)):
            for slug in slugs or ():
                if slug not in self.backend.entries:
                    yield f"{name}: there is no model {slug!r}; there are: {', '.join(self.backend.entries)}"
        yield from self._quirk_faults(world, change.quirks or {})

    def _quirk_faults(self, world: World, chosen: Mapping[str, str]) -> Iterator[str]:
        wrong = list(problems_in(chosen))
        yield from wrong
        if wrong or not world.drawn:
            return
        wanted = self.backend.config.quirks.but(chosen).readings
        for name in sorted(LAID_DOWN):
            if wanted[name] != world.quirks[name]:
                yield f"quirk {name} decides what a job is, and this account has jobs: reset it first"

    # --- Scenarios ---------------------------------------------------------------------------------

    def play(self, scenario: Scenario | None, key: str | None) -> None:
        """Begin a scenario in an account, or in all there are and will be; None ends what goes on there."""
        if key is None:
            self._keyring.play(scenario)
        else:
            self.world(key).play(scenario)

    def stop(self, key: str | None) -> int:
        """End what plays in an account, or in all; in how many something played."""
        worlds = self._keyring.all() if key is None else self._read(key)
        playing = sum(world.run is not None for world in worlds)
        self.play(None, key)
        return playing

    def told_scenario(self, key: str | None) -> dict[str, object]:
        """What plays in an account and how far it has come; without a key, what plays in new accounts."""
        if key is not None:
            with self.looked_at(key) as world:
                return {"scenario": None} if world.run is None else dict(world.run.told())
        playing = self._keyring.scenario
        told = {"scenario": None} if playing is None else {"scenario": playing.name, "teaches": playing.teaches}
        runs = ((world.key, world.run) for world in self._keyring.all() if world.run is not None)
        accounts = [{"account": masked(key), "scenario": run.scenario.name} for key, run in islice(runs, LISTED)]
        return {**told, "accounts": accounts}

    # --- The record --------------------------------------------------------------------------------

    def recorded(self, key: str | None) -> dict[str, int]:
        """How many exchanges there were, and how many of them had to give way to newer ones."""
        worlds = self._read(key)
        return {
            "recorded": sum(world.journal.recorded for world in worlds),
            "dropped": sum(world.journal.dropped for world in worlds),
        }

    def exchanges(self, key: str | None, pattern: Pattern | None = None) -> list[Exchange]:
        """What the journals hold, oldest first: of one account, or of all and of requests without one."""
        return self.looked_up(self.written(key), pattern)

    def written(self, key: str | None) -> Iterator[tuple[World, Exchange]]:
        """The same in no order over accounts and with nothing looked up: made while somebody iterates, and quick."""
        return ((world, exchange) for world in self._read(key) for exchange in world.journal.exchanges(world.key))

    def looked_up(self, written: Iterable[tuple[World, Exchange]], pattern: Pattern | None = None) -> list[Exchange]:
        """What was written, in order and with what is known of jobs. It can be called from any thread."""
        found = sorted((self._with_its_job(*one) for one in written), key=lambda exchange: exchange.order)
        return found if pattern is None else [exchange for exchange in found if pattern.matches(exchange)]

    def _read(self, key: str | None) -> list[World]:
        """The worlds of which something is to be read."""
        if key is None:
            return [*self._keyring.everybody()]
        with self.looked_at(key) as world:
            return [world]

    def _with_its_job(self, world: World, exchange: Exchange) -> Exchange:
        """An exchange with what is known of its job: looked up now, because recording has no time for it."""
        if exchange.job is not None or exchange.request_id is None:
            return exchange
        job = self.backend.job_of(world, exchange.request_id)
        if job is None:
            return exchange
        looks = exchange.operation in LOOKS
        notes = replace(
            exchange.notes,
            job=job.number + 1,
            model=self.backend.model_of(job).slug,
            state=state(job, exchange.at).value if looks else None,
            age=(exchange.at - job.submitted) / 1000 if looks else None,
        )
        return replace(exchange, record=(*exchange.record[:13], notes, exchange.record[14]))

    def clear_journal(self, key: str | None) -> None:
        """Forget the exchanges of one account or of all."""
        for world in self._read(key):
            world.journal.clear()

    def verify(self, demand: Mapping[str, object], key: str | None) -> Verdict:
        """Whether what was recorded is as demanded. Raises `PatternError` for a demand that is not understood."""
        return self.judged(demand, self.exchanges(key))

    def judged(self, demand: Mapping[str, object], exchanges: list[Exchange], dropped: int = 0) -> Verdict:
        """The same of these exchanges, oldest first, before which so many had to give way.

        It can be called from any thread. What must not be, or must be so often, cannot be said of what is gone.
        """
        from segmind_mock.verification import verify

        verdict = verify(demand, exchanges)
        if not dropped or not verdict.holds or _BOUNDING.isdisjoint(demand):
            return verdict
        problem = f"{dropped} exchanges had to give way to newer ones and were not looked at (setting `journal`)"
        return replace(verdict, holds=False, problems=[*verdict.problems, problem])

    # --- All of it ---------------------------------------------------------------------------------

    def reset(self, key: str | None) -> None:
        """Begin anew: an account as if its key had never been used, or the server as it was started."""
        if key is None:
            for world in [*self._keyring.all()]:
                self.backend.forget(world)
            self._keyring.reset()
            self._to_come = None
        else:
            with self.looked_at(key) as world:
                self.backend.forget(world)
            self._keyring.close(world)
        for forget in self._on_reset:
            forget()

    def state(self) -> dict[str, object]:
        """The clock, the scenario and the accounts, of which `LISTED` are told one by one; keys masked."""
        playing = self._keyring.scenario
        worlds = [*self._keyring.all()]
        told, room = [], COUNTED
        for world in worlds[:LISTED]:
            told.append(self.account(world, count=room, brief=True))
            room -= min(len(world.jobs), room)
        return {
            "seed": self.backend.randomness.seed,
            "clock": _told_clock(self._keyring.clock),
            "scenario": None if playing is None else playing.name,
            "accounts": told,
            **({"further_accounts": len(worlds) - LISTED} if len(worlds) > LISTED else {}),
        }

    def told_account(self, key: str) -> dict[str, object]:
        """One account by its key, as `account` tells it. Raises `Refused`."""
        with self.looked_at(key) as world:
            return self.account(world)

    def account(self, world: World, *, count: int = COUNTED, brief: bool = False) -> dict[str, object]:
        """One account: its standing, clock and scenario (`brief`: its name), and its jobs; its key masked.

        Jobs are counted by state if there are at most `count`.
        """
        run = world.run
        now = world.clock.now()
        own = world.clock is not self._keyring.clock
        return {
            "account": masked(world.key),
            "status": "invalid" if world.refused else "active",
            "credits": world.ledger.balance(now) / MICRO,
            "rpm": world.rpm,
            "forbid": sorted(world.standing.forbidden),
            "retire": sorted(world.standing.retired),
            "quirks": {
                name: reading for name, reading in world.quirks.items() if reading != self.backend.config.quirks[name]
            },
            "clock": _told_clock(world.clock) if own else "the server's",
            "jobs": {"kept": len(world.jobs), **(_by_state(world, now) if len(world.jobs) <= count else {})},
            "scenario": None if run is None else run.scenario.name if brief else run.told(),
            "exchanges": {"recorded": world.journal.recorded, "dropped": world.journal.dropped},
        }


def _by_state(world: World, now: int) -> dict[str, int]:
    """How many jobs there are in each state."""
    states = Counter(state(job, now) for job in world.jobs.all())
    return {name.value: states[name] for name in State}


def _told_clock(clock: SteeredClock) -> dict[str, object]:
    from segmind_mock.exchanges import iso

    return {"now": iso(clock.now()), "rate": clock.rate, "ahead": clock.ahead / 1000}
