"""The control plane and the service together, driven at random beside a model of a few pages that knows no code."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.machine import model
from tests.machine.model import HOUR, MINUTE, PLOTS, PRICES
from tests.machine.watched import KEYS, Watched

WHO = st.sampled_from((0, 0, 0, 1, 2))
"""Mostly one and the same, so that much happens to it."""
WHICH = st.sampled_from((0, 0, 0, 1, 1, 2, 3, 5, 9))
"""Counted back from the newest."""
LOOKS = st.sampled_from(("status", "status", "result", "result", "poll"))
CLOCKS = st.sampled_from(("own", "server", "server", "real"))
SLUGS = st.sampled_from((*PRICES, *PRICES, "no-such-model"))
BODIES = st.sampled_from(("good", "good", "good", "bad", "broken", "fail", "block", "stuck", "slow"))
SHIFTS = st.sampled_from((0, -1, 1))
STEPS = st.integers(0, 3 * HOUR) | st.sampled_from((1, 1000, 10_000, 30_000, MINUTE, HOUR))
EVENTS = st.sampled_from(("started", "ended", "ended", "forgotten", "gone"))
SOME: st.SearchStrategy[set[str]] = st.just(set[str]()) | st.sets(st.sampled_from([*PRICES]), max_size=2)
GOOD = st.sampled_from(("good", "good", "fail", "slow"))


class Machine(RuleBasedStateMachine):
    """Everything that a client and a test can do to a mock, in any order."""

    mock: Watched
    is_sound = False
    """Whether the latest step went as expected."""

    @initialize(timing=st.sampled_from(("brisk", "brisk", "instant")))
    def start(self, timing: str) -> None:
        """A fresh mock."""
        self.mock = Watched(timing)

    def teardown(self) -> None:
        """The journals hold what was asked, in order; and the mock is let go."""
        if not hasattr(self, "mock"):
            return
        try:
            for key in KEYS if self.is_sound else ():
                self.mock.compare_journal(key)
        finally:
            self.mock.driver.close()

    @rule(who=WHO, slug=SLUGS, body=BODIES)
    def any_submit(self, who: int, slug: str, body: str) -> None:
        self.mock.submit(self.mock.account(who), slug, body)

    @rule(who=WHO, slug=st.sampled_from([*PRICES]), body=GOOD, look=LOOKS, event=EVENTS, shift=SHIFTS, clock=CLOCKS)
    def submit_and_follow(self, who: int, slug: str, body: str, look: str, event: str, shift: int, clock: str) -> None:
        """A job from its submit to one of its events."""
        account = self.mock.account(who)
        self.mock.submit(account, slug, body)
        if account.jobs and account.jobs[-1].id:
            self.mock.come_to(account, account.jobs[-1], event, shift, clock)
            self.mock.look(account, account.jobs[-1].id, look)

    @rule(who=WHO, slug=SLUGS, body=BODIES)
    def any_generate(self, who: int, slug: str, body: str) -> None:
        self.mock.generate(self.mock.account(who), slug, body)

    @precondition(lambda self: self.mock.ids)
    @rule(who=WHO, which=WHICH, look=LOOKS, prefers=st.integers(0, 5))
    def look_at_any(self, who: int, which: int, look: str, prefers: int) -> None:
        """With somebody's key at somebody's job, of this life or an earlier one."""
        self.mock.look(
            self.mock.account(who), self.mock.ids[-1 - which % len(self.mock.ids)], look, prefers=prefers == 5
        )

    @precondition(lambda self: any(job.id for account in self.mock.server.accounts.values() for job in account.jobs))
    @rule(which=WHICH, look=LOOKS, event=EVENTS, shift=SHIFTS, clock=CLOCKS)
    def follow(self, which: int, look: str, event: str, shift: int, clock: str) -> None:
        """Let a job come to one of its events, or to a millisecond before or after it, and look at it."""
        whose = [(account, job) for account in self.mock.server.accounts.values() for job in account.jobs if job.id]
        whose.sort(key=lambda one: one[1].submitted)
        account, job = whose[-1 - which % len(whose)]
        self.mock.come_to(account, job, event, shift, clock)
        self.mock.look(account, job.id, look)

    @precondition(lambda self: self.mock.files)
    @rule(which=WHICH, who=st.none() | WHO, waits=st.booleans(), shift=SHIFTS, clock=CLOCKS)
    def file(self, which: int, who: int | None, waits: bool, shift: int, clock: str) -> None:
        """An output file, perhaps about when its seven days are over."""
        path, key, number = self.mock.files[-1 - which % len(self.mock.files)]
        owner = self.mock.server.accounts[key]
        job = next((job for job in owner.jobs if job.number == number), None)
        if waits and job is not None:
            self.mock.come_to(owner, job, "gone", shift, clock)
        self.mock.fetch(path, owner, job, who)

    @rule(who=WHO, key=st.sampled_from((None, "nonsense")), path=st.sampled_from(("", "/v2/requests/x")))
    def ask_for_credits(self, who: int, key: str | None, path: str) -> None:
        self.mock.credits(self.mock.account(who))
        if path:
            self.mock.stranger(key, path)

    @rule(who=WHO, step=st.none() | STEPS, which=st.integers(0, 2), shift=SHIFTS, clock=CLOCKS)
    def pass_time(self, who: int, step: int | None, which: int, shift: int, clock: str) -> None:
        """So much; or to the end of the minute, or to where the scenario begins or ceases to act."""
        account = self.mock.account(who)
        if step is None:
            steps = [boundary + shift - account.now for boundary in account.boundaries()]
            step = max(0, steps[which % len(steps)])
        self.mock.move(clock, account.key, step)

    @rule(who=st.none() | WHO, rate=st.sampled_from((0, 1, 3)))
    def run_at(self, who: int | None, rate: int) -> None:
        self.mock.set_rate(who, rate)

    @rule(who=WHO, credits=st.sampled_from((0, 1_000, 3_700, 8_000, 1_000_000)), drains=st.booleans())
    def move_credits(self, who: int, credits: int, drains: bool) -> None:
        if drains:
            self.mock.drain(who, credits)
        else:
            self.mock.correct(who, credits)

    @rule(who=WHO, rpm=st.sampled_from((0, 0, 1, 2, 3)), invalid=st.sampled_from((False, False, True)))
    def limit(self, who: int, rpm: int, invalid: bool) -> None:
        self.mock.limit_to(who, rpm, invalid=invalid)

    @rule(who=WHO, forbid=SOME, retire=SOME)
    def withhold(self, who: int, forbid: set[str], retire: set[str]) -> None:
        account = self.mock.change(who, {"forbid": sorted(forbid), "retire": sorted(retire)})
        account.forbid, account.retire = frozenset(forbid), frozenset(retire)

    @rule(who=st.none() | WHO, name=st.none() | st.sampled_from([*PLOTS]))
    def play(self, who: int | None, name: str | None) -> None:
        """Begin a scenario, or end what goes on."""
        self.mock.play_one(who, name)

    @rule(who=st.none() | WHO, sure=st.integers(0, 2))
    def reset(self, who: int | None, sure: int) -> None:
        """One account, or everything; not too often."""
        if sure == 2:
            self.mock.start_anew(who)

    @rule(who=WHO, rpm=st.integers(1, 2), shift=SHIFTS, clock=CLOCKS)
    def rush(self, who: int, rpm: int, shift: int, clock: str) -> None:
        """A minute's limit used up, and one more call about when the minute ends."""
        self.mock.limit_to(who, rpm, invalid=False)
        account = self.mock.account(who)
        for _ in range(rpm + 1):
            self.mock.submit(account, "image-converter", "good")
        self.mock.move(clock, account.key, max(0, next(account.boundaries()) + shift - account.now))
        self.mock.submit(account, "image-converter", "good")

    @rule(who=WHO, slug=st.sampled_from([*PRICES]), owes=st.booleans(), clock=CLOCKS)
    def spend(self, who: int, slug: str, owes: bool, clock: str) -> None:
        """Money for one job and a half; or a job whose money is gone when it ends, and a drain of what is not there."""
        self.mock.correct(who, PRICES[slug] * 3 // 2)
        account = self.mock.account(who)
        before = len(account.jobs)
        self.mock.submit(account, slug, "good")
        if not owes:
            self.mock.submit(account, slug, "good")
        elif len(account.jobs) > before:
            self.mock.correct(who, 0)
            self.mock.come_to(account, account.jobs[-1], "ended", 0, clock)
            self.mock.drain(who, 500)
            self.mock.compare_accounts()
            self.mock.correct(who, model.OPENING)

    @rule(who=WHO, name=st.sampled_from([*PLOTS]), times=st.integers(1, 4), body=GOOD)
    def play_through(self, who: int, name: str, times: int, body: str) -> None:
        """A scenario in one account, and so many exchanges of the kind that it is about."""
        self.mock.play_one(who, name)
        account = self.mock.account(who)
        for _ in range(times):
            match PLOTS[name].operation:
                case "submit":
                    self.mock.submit(account, "image-converter", body)
                case "credits":
                    self.mock.credits(account)
                case _ if self.mock.ids:
                    self.mock.look(account, self.mock.ids[-1], "status")

    @rule(who=WHO, slug=st.sampled_from([*PRICES]), body=BODIES, end=st.sampled_from(("time", "reset", "all")))
    def hold(self, who: int, slug: str, body: str, end: str) -> None:
        """A v1 call on a clock that stands still, until it is moved or the account is gone."""
        account = self.mock.account(who)
        self.mock.set_rate(who, 0)
        self.mock.generate(account, slug, body)
        if end != "time":
            self.mock.start_anew(who if end == "reset" else None)
        elif account.key in self.mock.held:
            self.mock.come_to(account, self.mock.held[account.key].job, "ended", 0, "own")

    @rule(who=WHO, method=st.sampled_from(("POST", "GET")), more=st.integers(0, 1), clears=st.booleans())
    def record(self, who: int, method: str, more: int, clears: bool) -> None:
        """Read the journals, verify, and clear one."""
        account = self.mock.account(who)
        self.mock.compare_journal(account.key)
        self.mock.compare_all()
        count = sum(one.method == method for one in account.journal)
        body = {"account": account.key, "method": method, "count": count + more}
        assert self.mock.driver.ask("POST", "/_mock/verify", body).status == (422 if more else 200)
        if clears:
            self.mock.control("DELETE", f"/_mock/journal?account={account.key}")
            account.journal.clear()

    @invariant()
    def all_is_as_expected(self) -> None:
        """Accounts are as the model has them, and what is gone was charged for jobs that completed."""
        if not hasattr(self, "mock"):
            return
        self.is_sound = False
        self.mock.settle()
        self.mock.compare_accounts()
        for account in self.mock.server.accounts.values():
            completed = [job for job in account.jobs if job.state(account.now) == "COMPLETED"]
            assert account.given - account.balance == sum(job.cost for job in completed)
            assert all(job.cost == 0 for job in account.jobs if job.fate != "done")
        self.is_sound = True


@pytest.fixture(autouse=True)
def _blank_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are not what is looked at here: each is a few bytes."""
    monkeypatch.setattr("segmind_mock.pictures._make", lambda picture, _: repr(picture).encode())


# To shrink a run of many steps takes minutes: that is for a run by hand (HYPOTHESIS_PROFILE=dev or deep).
PHASES = [phase for phase in Phase if phase is not Phase.shrink or not settings().derandomize]
TestMachine = Machine.TestCase
TestMachine.settings = settings(
    stateful_step_count=50, report_multiple_bugs=False, phases=PHASES, max_examples=max(200, settings().max_examples)
)
