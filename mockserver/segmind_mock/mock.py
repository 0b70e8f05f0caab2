"""The mock as a test holds it in its hand: what was asked of it, what it has, and what is to happen next.

It is the same for a mock inside of the test's process and for one that is served on a socket.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from segmind_mock.accounts import MICRO
from segmind_mock.control import Control, Refused
from segmind_mock.exchanges import Exchange
from segmind_mock.faults import AccountChange
from segmind_mock.jobs import State, state
from segmind_mock.masking import masked, masked_text
from segmind_mock.patterns import Pattern, PatternError, Problem
from segmind_mock.redaction import without_keys
from segmind_mock.seen import JobSeen, amount, instant, jobs_seen, spent, story

if TYPE_CHECKING:
    from datetime import datetime

    from segmind_mock.scenarios.scenario import Scenario
    from segmind_mock.verification import Verdict
    from segmind_mock.world import World

__all__ = ["JobSeen", "ManyAccounts", "Mock", "Within", "directly"]

T = TypeVar("T")

_NAMED = 5
"""Accounts that an error names."""


class Within(Protocol):
    """Does work where a mock is served: under its lock, or in its thread."""

    def __call__(self, work: Callable[[], T], /) -> T:
        """What `work` returns; what it raises is raised."""


def directly(work: Callable[[], T], /) -> T:
    """`Within` for a mock that is served by nobody else: the work is done at once."""
    return work()


class ManyAccounts(LookupError):
    """Something was asked about the one account that was used, and several were; `mock.account(KEY)` is one of them."""


class Mock:
    """A mock of Segmind's API in the hand of a test: to ask what a client did, and to say what happens to it.

    It is about the whole mock, every account of it; `account` narrows it to one.
    """

    def __init__(
        self,
        control: Control,
        *,
        url: str,
        key: str = "SG_0123456789abcdef",
        account: str | None = None,
        do: Within = directly,
        pass_time: Callable[[float], None] | None = None,
    ) -> None:
        """`do` does everything that touches the server; without `pass_time`, time passes by advancing its clock."""
        self._control = control
        self._url = url
        self._key = key if account is None else account
        self._account = account
        self._do = do
        self._pass_time = pass_time
        self._seed = control.backend.randomness.seed
        self._prepare: Callable[[], None] | None = None
        self._began = do(lambda: self._control.clock(None).now())

    # --- Where it is -------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where clients reach it, without a path: `https://api.segmind.com`, `http://127.0.0.1:8787`."""
        return self._url

    @property
    def base_url(self) -> str:
        """The same with `/v1`, as Segmind's SDK wants it."""
        return f"{self._url}/v1"

    @property
    def key(self) -> str:
        """An API key that clients can use; of a narrowed mock, that of its account."""
        return self._key

    @property
    def seed(self) -> str:
        """What everything is drawn from: with the same seed, the same calls get the same ids, timings and pictures."""
        return self._seed

    def account(self, key: str) -> Mock:
        """The same mock, but all that is asked of it and done to it is about one account. Raises `Refused` for no key.

        An account that was never used is as it would be; asking does not make it.
        """
        self._do(lambda: self._check_key(key))
        return Mock(self._control, url=self._url, key=key, account=key, do=self._do, pass_time=self._pass_time)

    # --- What a client did -------------------------------------------------------------------------

    @property
    def calls(self) -> list[Exchange]:
        """The exchanges that were recorded, oldest first. A snapshot: later ones are not in it.

        An exchange is recorded when its answer is ready; the newest 1000 of an account are kept (setting `journal`).
        """
        return self._do(lambda: self._control.exchanges(self._account))

    def find(self, pattern: Mapping[str, object] | None = None, /, **further: object) -> list[Exchange]:
        """The exchanges that a pattern means, oldest first: `mock.find(operation="submit", status=200)`.

        A pattern can be given as a mapping, as keywords, or both. Raises `PatternError` for one that is not understood.
        """
        wanted = Pattern.of(_both(pattern, further))
        return [exchange for exchange in self.calls if wanted.matches(exchange)]

    def verify(self, demand: Mapping[str, object] | None = None, /, **further: object) -> Verdict:
        """Raises `AssertionError` unless the client did what is demanded; its text names the nearest misses.

        A demand is a pattern, and beside it `count`, `at_least`, `at_most`, `order`, `spacing` or `unique`; with none
        of the three counts, at least one exchange is wanted. It can be given as a mapping, as keywords, or both:
        `mock.verify(operation="submit", count=1)`. Raises `PatternError` for one that is not understood.
        """
        __tracebackhide__ = True
        verdict = self._judged(_both(demand, further))
        if not verdict.holds:
            raise AssertionError(self._hidden(verdict.text()))
        return verdict

    def verify_no_calls(self) -> None:
        """Raises `AssertionError` if there was any exchange; its text names them."""
        __tracebackhide__ = True
        self.verify(count=0)

    def log(self, newest: int = 20) -> str:
        """The newest exchanges for people, oldest first: a line each, and beneath it what decided it. Keys are masked.

        Before each stands how many seconds after the beginning of the test it came, by its account's clock.
        """

        def read() -> tuple[list[Exchange], int]:
            return self._control.exchanges(self._account), self._control.recorded(self._account)["recorded"]

        exchanges, recorded = self._do(read)
        told = story(exchanges, recorded=recorded, newest=newest, began=self._began)
        if any("unknown_model" in quirk for exchange in exchanges[-newest:] for quirk in exchange.notes.quirks):
            told += f"\nThis mock's models: {', '.join(self._control.backend.entries)}; add others by the setting spec."
        return told

    # --- What it has -------------------------------------------------------------------------------

    @property
    def jobs(self) -> list[JobSeen]:
        """The jobs that were made, oldest first, as they are now. A snapshot: it does not change afterwards."""
        return self._do(lambda: jobs_seen(self._control, self._worlds(), self._account))

    @property
    def credits(self) -> float:
        """The balance now, of the one account that was used; of `key`'s, if none was. Raises `ManyAccounts`."""
        return self._do(lambda: self._balance(self._only()))

    @property
    def spent(self) -> float:
        """Credits that jobs which are completed by now have cost, over all accounts."""
        return self._do(lambda: spent(self._worlds()))

    @property
    def now(self) -> datetime:
        """What the clock shows, in UTC: the account's, or for the whole mock the server's."""
        return instant(self._do(self._shown))

    def __repr__(self) -> str:
        try:
            told = self._do(self._told)
        except RuntimeError:  # a server that has stopped
            told = "not running any more"
        return f"<Mock {self._url}{self._whose()}, {told}>"

    # --- What happens to it ------------------------------------------------------------------------

    def change(
        self,
        *,
        credits: float | None = None,
        drain: float | None = None,
        rpm: int | None = None,
        status: str | None = None,
        forbid: Iterable[str] | None = None,
        retire: Iterable[str] | None = None,
        quirks: Mapping[str, str] | None = None,
    ) -> None:
        """Change the account; or every account there is and, until a reset, every one to come. None leaves a thing.

        `credits` is the balance from now on, `drain` what somebody else uses up of it; `rpm` is requests per minute,
        0 for no limit; `status` is `active` or `invalid`: whether the key is accepted. `forbid` and `retire` are slugs
        of models that answer 403 and 410, `quirks` readings by their names; each replaces what was set before.
        Raises `Refused`, which names everything that is wrong, and then changes nothing.
        """
        _check_kinds({"credits": credits, "drain": drain, "rpm": rpm}, quirks)
        change = AccountChange(
            credits=credits,
            drain=drain,
            rpm=rpm,
            status=status,
            forbid=_slugs("forbid", forbid),
            retire=_slugs("retire", retire),
            quirks=quirks,
        )
        self._do(lambda: self._change(change))

    def play(self, scenario: str | Path | Mapping[str, object] | Sequence[object] | None) -> None:
        """Begin a scenario in the account, or in every account there is and will be; None ends what plays.

        It is named by its name in the library or by a file's path, or is given whole: as a mapping, as a list of its
        rules, or as YAML of several lines. Raises `ScenarioError`, which names everything that is wrong with it.
        """
        playing = None if scenario is None else self._read(scenario)
        self._do(lambda: self._control.play(playing, self._account))

    def advance(self, seconds: float) -> None:
        """Let time pass, by the account's clock or the server's. Raises `Refused` for what no clock can do.

        Virtual time is one for all: in process it passes for every account, and for the code under test.
        """
        _check_kinds({"seconds": seconds})
        if self._pass_time is None:
            self._do(lambda: self._control.steer(self._account, None, seconds))
            return
        problems = self._do(lambda: self._control.faults_of_steering(self._account, None, seconds))
        if problems:
            raise Refused(problems)
        self._pass_time(seconds)

    def reset(self) -> None:
        """Begin anew: the account as if its key had never been used, or the whole mock as it was started.

        What the test said of it at the beginning, such as its scenario, holds again.
        """
        self._forget()
        if self._prepare is not None:
            self._prepare()

    def begin_with(self, prepare: Callable[[], None]) -> None:
        """Do something to it now, and again after each `reset`."""
        prepare()
        self._prepare = prepare

    def _forget(self) -> None:
        self._do(lambda: self._control.reset(self._account))

    # --- Done where it is served -------------------------------------------------------------------

    def _check_key(self, key: str) -> None:
        with self._control.looked_at(key):
            pass

    def _worlds(self) -> list[World]:
        if self._account is None:
            return [*self._control.backend.keyring.all()]
        with self._control.looked_at(self._account) as world:
            return [world]

    def _used(self) -> list[World]:
        return [world for world in self._worlds() if world.drawn or world.journal.recorded]

    def _only(self) -> str:
        """The key of the account that is meant where one has to be."""
        if self._account is not None:
            return self._account
        used = [world.key for world in self._used()]
        if len(used) > 1:
            more = f" and {len(used) - _NAMED} more" if len(used) > _NAMED else ""
            names = ", ".join(map(masked, used[:_NAMED])) + more
            raise ManyAccounts(f"{len(used)} accounts were used ({names}); write mock.account(KEY) for one of them")
        return used[0] if used else self._key

    def _balance(self, key: str) -> float:
        with self._control.looked_at(key) as world:
            return world.ledger.balance(world.clock.now()) / MICRO

    def _shown(self) -> int:
        if self._account is None:
            return self._control.clock(None).now()
        with self._control.looked_at(self._account) as world:
            return world.clock.now()

    def _change(self, change: AccountChange) -> None:
        if self._account is None:
            self._control.change_all(change)
            return
        problems = self._control.faults_of_change(self._account, change)
        if problems:
            raise Refused(problems)
        self._control.change(self._control.world(self._account), change)

    def _told(self) -> str:
        """What there is, in short."""
        worlds, used = self._worlds(), self._used()
        states = Counter(
            state(job, now) for world, now in ((w, w.clock.now()) for w in worlds) for job in world.jobs.all()
        )
        jobs = _counted(states.total(), "job")
        reached = ", ".join(f"{states[name]} {name.value}" for name in State if states[name])
        has = _counted(len(used), "account") if len(used) > 1 else f"{amount(self._balance(self._only()))} credits"
        calls = _counted(self._control.recorded(self._account)["recorded"], "call")
        return f"{jobs} ({reached}), {has}, {calls}" if reached else f"{jobs}, {has}, {calls}"

    # --- Done here ---------------------------------------------------------------------------------

    def _whose(self) -> str:
        return "" if self._account is None else f" as {masked(self._account)}"

    def _hidden(self, text: str) -> str:
        """A text without the keys that were used, whatever they look like."""
        for key in {exchange.key for exchange in self.calls}:
            text = masked_text(text, key)
        return without_keys(text)

    def _judged(self, demand: Mapping[str, object]) -> Verdict:
        """The exchanges are looked at here: a long journal is not to hold up whoever serves."""
        __tracebackhide__ = True
        named = demand.get("account", demand.get("key"))
        key = self._account or (named if isinstance(named, str) else "") or None
        dropped, exchanges = self._do(lambda: (self._control.recorded(key)["dropped"], self._control.exchanges(key)))
        return self._control.judged(demand, exchanges, dropped)

    def _read(self, scenario: str | Path | Mapping[str, object] | Sequence[object]) -> Scenario:
        """The scenario that is meant, ready to be played."""
        from segmind_mock.scenarios import library, problems
        from segmind_mock.scenarios.reading import read

        models = frozenset(self._control.backend.entries)
        if isinstance(scenario, list | tuple):
            scenario = {"rules": [*scenario]}
        if isinstance(scenario, Mapping):
            scenario = {"scenario": "of-this-test", **scenario}
        if isinstance(scenario, str) and "\n" not in scenario:
            is_file = "/" in scenario or scenario.endswith(library.SUFFIXES)
            found = library.load_file(Path(scenario), models=models) if is_file else library.find(scenario)
        elif isinstance(scenario, Path):
            found = library.load_file(scenario, models=models)
        elif isinstance(scenario, str | Mapping):
            found = read(scenario, models=models)
        else:
            text = f"{type(scenario).__name__} is no scenario; allowed: a name, a path, a mapping, a list, YAML, None"
            raise problems.ScenarioError([problems.Problem(None, "", text)])
        _ = found.index  # compiled here, where nobody waits for it
        return found


def _both(mapping: Mapping[str, object] | None, further: Mapping[str, object]) -> Mapping[str, object]:
    """A pattern or demand of its two parts. Raises `PatternError` where they have something in common."""
    if mapping is None:
        return further
    if not isinstance(mapping, Mapping):
        raise PatternError(
            [Problem((), f"{type(mapping).__name__} is not understood; allowed: a mapping, or keywords")]
        )
    twice = mapping.keys() & further.keys()
    if twice:
        raise PatternError(
            [Problem((name,), "is in the mapping and a keyword too; write one") for name in sorted(twice)]
        )
    return {**mapping, **further}


def _check_kinds(numbers: Mapping[str, object], quirks: object = None) -> None:
    """Raises `Refused` for what no type checker would let through."""
    problems = [
        f"{name} is {value!r:.60}; allowed: {'a whole number' if name == 'rpm' else 'a number'}"
        for name, value in numbers.items()
        if value is not None
        and (isinstance(value, bool) or not isinstance(value, int if name == "rpm" else int | float))
    ]
    if quirks is not None and not isinstance(quirks, Mapping):
        problems.append(f"quirks is {quirks!r:.60}; allowed: a mapping of names and readings")
    if problems:
        raise Refused(problems)


def _slugs(name: str, slugs: Iterable[str] | None) -> tuple[str, ...] | None:
    if isinstance(slugs, str):
        raise Refused([f"{name} is {slugs[:60]!r}; allowed: a list of slugs"])
    return None if slugs is None else tuple(slugs)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
