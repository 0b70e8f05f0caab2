"""Backend: a submit decides everything, and every later question is answered from what it decided."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.accounts import MICRO
from segmind_mock.backend import File, Found, Lost
from segmind_mock.config import Config
from segmind_mock.errors import (
    ApiError,
    Forbidden,
    Gone,
    InsufficientCredits,
    NotFound,
    RateLimited,
    Unauthorized,
    UnknownModel,
)
from segmind_mock.faults import JobPlan
from segmind_mock.jobs import Outcome, State, state
from segmind_mock.quirks import Quirks
from segmind_mock.stores.memory import PAGE, MemoryPayloads
from segmind_mock.world import Standing, World
from tests.worlds import KEY, OTHER_KEY, START, HandClock, backend, printed_call

SLUG = "sd1.5-img2img"
COST = 3700
HOUR = 3_600_000


class Small:
    """A backend of a test's own, its clock, and the world of a key."""

    def __init__(self, *, quirks: dict[str, str] | None = None, **settings: Any) -> None:
        self.clock = HandClock()
        self.payloads = MemoryPayloads()
        self.backend = backend(Config(quirks=Quirks(quirks or {}), **settings), self.clock, self.payloads)
        self.world: World = self.backend.world(KEY)

    def submit(self, *, blocking: bool = False, world: World | None = None, **changes: object) -> Found:
        """Submit the printed call."""
        world = world or self.world
        entry = self.backend.entry(world, SLUG)
        return self.backend.accept(world, entry, printed_call(SLUG) | changes, blocking=blocking)

    def find(self, found: Found, world: World | None = None) -> Found | None:
        """Look a job up by its id."""
        return self.backend.find(world or self.world, self.backend.request_id(found), self.clock.now())


@pytest.mark.parametrize("reading", ["uuid", "hex"])
@given(data=st.data())
def test_a_changed_id_names_no_job(reading: str, data: st.DataObject) -> None:
    """With any one digit of its id changed, in either shape, a job is not found."""
    here = Small(quirks={"request_id": reading})
    text = here.backend.request_id(here.submit())
    place = data.draw(st.sampled_from([at for at, digit in enumerate(text) if digit != "-"]))
    digit = data.draw(st.sampled_from("0123456789abcdefABCDEFg-").filter(lambda other: other != text[place]))
    assert here.backend.find(here.world, text, START) is not None
    assert here.backend.find(here.world, text[:place] + digit + text[place + 1 :], START) is None


@given(st.text())
def test_no_text_breaks_a_look_up(text: str) -> None:
    """Whatever is asked for, nothing is found and nothing breaks: as an id and as a file."""
    here = Small()
    here.submit()
    assert here.backend.find(here.world, text, START) is None
    assert here.backend.file(text) == Lost(None, was_there=False)


def test_the_other_shape() -> None:
    """An id in the shape that is not chosen names no job."""
    here = Small()
    text = here.backend.request_id(here.submit()).replace("-", "")
    assert here.backend.find(here.world, text, START) is None


def test_another_world() -> None:
    """A job is found in its own world only, and anywhere by who asks for that."""
    here = Small()
    found = here.submit()
    other = here.backend.world(OTHER_KEY)
    assert here.find(found, other) is None
    assert here.backend.find_anywhere(here.backend.request_id(found)) == found
    assert found.world is here.world


@pytest.mark.parametrize(("reading", "expires"), [("submission", HOUR), ("completion", HOUR + 10_000)])
def test_the_last_millisecond(reading: str, expires: int) -> None:
    """A job is found up to the last millisecond of its hour, from its submission or its end."""
    here = Small(quirks={"retention_from": reading}, timing="instant")
    found = here.submit(prompt="mock:slow=10")
    here.clock.instant = START + expires - 1
    assert here.find(found) == found
    here.clock.instant += 1
    assert here.find(found) is None


@pytest.mark.parametrize("key", ["SG_", "SG_0123456789abcde", "SG_0123456789abcdefa", "sg_0123456789abcdef", "x"])
def test_key_shape(key: str) -> None:
    """A key of another shape is refused, unless the quirk `key_shape` takes any."""
    with pytest.raises(Unauthorized):
        Small().backend.world(key)
    assert Small(quirks={"key_shape": "any"}).backend.world(key).key == key


@pytest.mark.parametrize("reading", ["segmind", "any"])
def test_no_key_at_all(reading: str) -> None:
    """A text without a letter is no key, whatever shape is taken."""
    with pytest.raises(Unauthorized, match="invalid"):
        Small(quirks={"key_shape": reading}).backend.world("")


def test_a_world_is_opened_once() -> None:
    """The same key is the same world each time."""
    here = Small()
    assert here.backend.world(KEY) is here.world
    assert here.backend.world(OTHER_KEY) is not here.world


def test_no_more_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a new key is refused in words, and those known go on."""
    here = Small()
    monkeypatch.setattr("segmind_mock.keyring.MAX_ACCOUNTS", 1)
    with pytest.raises(RateLimited, match="holds 1 accounts"):
        here.backend.world(OTHER_KEY)
    assert here.backend.world(KEY) is here.world


def test_models() -> None:
    """A model that is unknown, retired or forbidden says so, in this order."""
    here = Small(retire=(SLUG,), forbid=(SLUG, "sam-img2img"))
    for slug, kind in (("none", UnknownModel), (SLUG, Gone), ("sam-img2img", Forbidden)):
        with pytest.raises(kind, match=slug):
            here.backend.entry(here.world, slug)


def test_one_worker_makes_a_queue() -> None:
    """With one worker jobs run one after another, in each account by itself and in each model."""
    here = Small(workers=1, timing="instant")
    first, second = (here.submit(prompt="mock:slow=10").job for _ in range(2))
    assert (first.ended - START, second.started - START, second.ended - START) == (10_000, 10_000, 20_000)
    assert here.submit(world=here.backend.world(OTHER_KEY)).job.ended == START


def test_a_stuck_job_takes_no_worker() -> None:
    """A job that never ends does not stand in the way of the next."""
    here = Small(workers=1, timing="instant")
    assert here.submit(prompt="mock:stuck").job.outcome == Outcome.NEVER_ENDS
    assert here.submit().job.started == START


@pytest.mark.parametrize("blocking", [True, False])
def test_money_is_set_aside(blocking: bool) -> None:
    """A balance for two calls pays for two that run at once, and refuses the third, which leaves nothing behind."""
    here = Small(credits=2 * COST / MICRO)
    for _ in range(2):
        here.submit(blocking=blocking)
    with pytest.raises(InsufficientCredits) as refusal:
        here.submit(blocking=blocking)
    assert refusal.value.status == 406
    assert (len(here.world.jobs), here.world.ledger.available(START)) == (2, 0)


def test_credit_race() -> None:
    """Under the quirk `credit_race` jobs that run are not set aside, and the balance goes below zero."""
    here = Small(credits=COST / MICRO, quirks={"credit_race": "race"})
    for _ in range(3):
        here.submit()
    here.clock.advance(60)
    assert here.world.ledger.balance(here.clock.now()) == -2 * COST


@pytest.mark.parametrize(("reading", "at_once"), [("completion", 0), ("submission", COST)])
def test_debit(reading: str, at_once: int) -> None:
    """A job is paid for when it completes, or when it is submitted (quirk `debit`): once."""
    here = Small(quirks={"debit": reading})
    opening = here.world.ledger.balance(START)
    found = here.submit()
    assert opening - here.world.ledger.balance(START) == at_once
    assert opening - here.world.ledger.balance(found.job.ended) == COST
    assert here.backend.balance_after(here.world, found.job, found.job.ended) == opening - COST


def test_impatience() -> None:
    """A v1 call that outlasts the service's patience ends at that instant, as timed out, for nothing."""
    here = Small(v1_patience=5, timing="instant")
    job = here.submit(blocking=True, prompt="mock:slow=6").job
    assert (job.ended - START, job.outcome, job.cost) == (5000, Outcome.TIMED_OUT, 0)
    assert here.submit(blocking=True, prompt="mock:slow=5").job.outcome == Outcome.SUCCEEDS


@pytest.mark.parametrize("prompt", ["mock:fail mock:slow=3", "mock:block mock:slow=3", "mock:slow=3", "mock:stuck"])
def test_kept_while_it_is_held(prompt: str) -> None:
    """The job of a v1 call is there until it ends, however it ends, though records live shorter."""
    here = Small(retention=1, max_jobs=1, v1_patience=4, file_retention=1)
    ended = here.submit(blocking=True, prompt=prompt).job.ended
    here.clock.instant = ended - 1
    with pytest.raises(RateLimited):
        here.submit()
    here.clock.instant = ended + 1000
    here.submit()
    assert len(here.world.jobs) == 1


def test_a_job_that_never_ends_is_forgotten() -> None:
    """The record of a job that never ends lives no longer than another's."""
    here = Small(retention=1, max_jobs=1)
    here.submit(prompt="mock:stuck")
    here.clock.advance(1)
    here.submit()
    assert len(here.world.jobs) == 1


def test_jobs_are_bounded() -> None:
    """Beyond the bound a submit is refused and no job is dropped; there is room again when jobs have expired."""
    here = Small(max_jobs=2, file_retention=1)
    found = [here.submit() for _ in range(2)]
    with pytest.raises(RateLimited, match="remembers 2 jobs"):
        here.submit()
    assert [here.find(one) for one in found] == found
    here.clock.advance(2 * 3600)
    here.submit()
    assert len(here.world.jobs) == 1


def test_a_page_is_forgotten_whole() -> None:
    """When a new page is begun what has expired is let go, payloads too."""
    here = Small(timing="instant", file_retention=1)
    for _ in range(PAGE):
        here.submit()
    here.clock.advance(2 * 3600)
    here.submit(prompt="another")
    assert (len(here.world.jobs), len(here.payloads)) == (1, 1)


def test_equal_payloads_are_kept_once() -> None:
    """A hundred equal submits keep one payload."""
    here = Small()
    for _ in range(100):
        here.submit()
    assert len(here.payloads) == 1


def test_finished() -> None:
    """A job that succeeded tells its parameters, its seed and its pictures; one that failed its error only."""
    here = Small()
    made = here.backend.finished(here.submit(samples=2, seed=5))
    assert (made.parameters["samples"], made.seed, len(made.pictures), made.error) == (2, 5, 2, None)
    failed = here.backend.finished(here.submit(prompt="mock:fail"))
    assert (failed.pictures, failed.error) == ([], "Failed while returning the output")


@pytest.mark.parametrize(("reading", "fixed"), [("random", False), ("fixed", True)])
def test_seed(reading: str, fixed: bool) -> None:
    """Without a seed one is drawn for each job, or always the same; -1 is drawn; a drawn one is from 1 up."""
    here = Small(quirks={"omitted_seed": reading})
    entry = here.backend.entry(here.world, "smart-banner-resizer")
    body = printed_call("smart-banner-resizer")
    found = [here.backend.accept(here.world, entry, body, blocking=False) for _ in range(3)]
    seeds = [here.backend.finished(one).seed or 0 for one in found]
    assert (set(seeds) == {1}) == fixed
    drawn = [here.backend.finished(here.submit(seed=-1)).seed or 0 for _ in range(3)]
    assert len(set(drawn)) == 3
    assert min(drawn + seeds) >= 1


def test_files() -> None:
    """A job's file is there from the job's end until its days are over; then it is known to have been there."""
    here = Small(file_retention=10, timing="instant")
    found = here.submit(prompt="mock:slow=5")
    name = here.backend.file_name(found, 0)
    here.clock.instant = found.job.ended - 1
    assert here.backend.file(name) == Lost(here.world, was_there=False)
    here.clock.instant += 1
    file = here.backend.file(name)
    assert isinstance(file, File)
    assert file.found == found
    assert file.picture == here.backend.finished(found).pictures[0]
    assert (file.made, file.until) == (found.job.ended, found.job.ended + 10_000)
    here.clock.instant = found.job.ended + 10_000 - 1
    assert isinstance(here.backend.file(name), File)
    here.clock.instant += 1
    assert here.backend.file(name) == Lost(here.world, was_there=True)


def test_files_that_never_were() -> None:
    """Neither a second picture of a job that made one, nor one of a job that failed, was ever there."""
    here = Small()
    found, failed = here.submit(), here.submit(prompt="mock:fail")
    here.clock.advance(60)
    for name in (here.backend.file_name(found, 1), here.backend.file_name(failed, 0)):
        assert here.backend.file(name) == Lost(here.world, was_there=False)


def test_rate_plan() -> None:
    """The setting `rpm` counts before the quirk `rate_plan`; out of the box there is no limit."""
    assert Small().world.rpm == 0
    assert Small(quirks={"rate_plan": "pro-50"}).world.rpm == 50
    assert Small(quirks={"rate_plan": "pro-50"}, rpm=7).world.rpm == 7


@given(st.lists(st.sampled_from(["a cat", "mock:fail", "mock:stuck", "mock:slow=2", "mock:block"]), max_size=12))
def test_money_adds_up(prompts: list[str]) -> None:
    """Whatever jobs are submitted, what is missing in the end is the cost of those that completed."""
    here = Small()
    found = [here.submit(prompt=prompt) for prompt in prompts]
    end = START + HOUR - 1
    completed = sum(state(one.job, end) is State.COMPLETED for one in found)
    assert here.world.ledger.opening - here.world.ledger.balance(end) == completed * COST


def test_a_refused_submit_leaves_nothing() -> None:
    """A body refused at submit keeps no job, no payload and no draw."""
    here = Small(quirks={"v2_validation": "submit"})
    with pytest.raises(ApiError):
        here.submit(samples="many")
    assert (len(here.world.jobs), len(here.payloads), here.world.drawn) == (0, 0, 0)


def test_models_of_an_account() -> None:
    """What an account may not call it may not, and others may; a model retired for it is retired first."""
    here = Small()
    other = here.backend.world(OTHER_KEY)
    other.standing = Standing(forbidden=frozenset({SLUG, "sam-img2img"}), retired=frozenset({SLUG}))
    for slug, kind in ((SLUG, Gone), ("sam-img2img", Forbidden)):
        with pytest.raises(kind, match=slug):
            here.backend.entry(other, slug)
        assert here.backend.entry(here.world, slug).model.slug == slug


@pytest.mark.parametrize(("stuck", "expected"), [("QUEUED", State.QUEUED), ("PROCESSING", State.PROCESSING)])
def test_planned_stuck(stuck: str, expected: State) -> None:
    """A job that is to be stuck is so, in its state, as long as its record lives, and takes no worker."""
    here = Small(workers=1, timing="instant")
    entry = here.backend.entry(here.world, SLUG)
    plan = JobPlan(stuck=stuck, queue_ms=5)
    job = here.backend.accept(here.world, entry, printed_call(SLUG), blocking=False, plan=plan).job
    assert state(job, START + HOUR - 1) is expected
    assert here.submit().job.started == START


def test_planned_times() -> None:
    """A planned job waits and runs as long as it is said, though a worker is free, or none is."""
    here = Small(workers=1, timing="instant")
    here.submit(prompt="mock:slow=100")
    plan = JobPlan(queue_ms=5, run_ms=7)
    entry = here.backend.entry(here.world, SLUG)
    job = here.backend.accept(here.world, entry, printed_call(SLUG), blocking=False, plan=plan).job
    assert (job.started - START, job.ended - START) == (5, 12)


def test_forget() -> None:
    """A world that is dropped leaves no job, no payload and no place taken; other worlds are as they were."""
    here = Small(max_jobs=3)
    other = here.backend.world(OTHER_KEY)
    kept = here.submit(world=other, prompt="kept")
    for _ in range(2):
        here.submit()
    here.backend.forget(here.world)
    assert (len(here.world.jobs), len(here.payloads)) == (0, 1)
    assert here.find(kept, other) == kept
    for _ in range(2):
        here.submit()
    with pytest.raises(RateLimited):
        here.submit()


def test_an_input_that_is_gone() -> None:
    """An input picture that is not held any more is told in words."""
    here = Small()
    here.backend.inputs.keep(b"a", b"picture", here.world.tag, START + 1)
    assert here.backend.held_input(b"a") == b"picture"
    here.backend.forget(here.world)
    with pytest.raises(NotFound, match="its account was reset"):
        here.backend.held_input(b"a")


def test_a_job_whose_record_expired() -> None:
    """A job is known, to those who only note it, as long as anything of it is kept."""
    here = Small()
    found = here.submit()
    request_id = here.backend.request_id(found)
    here.clock.advance(2 * 3600)
    assert here.find(found) is None
    assert here.backend.job_of(here.world, request_id) == found.job
    assert here.backend.job_of(here.world, "x") is None
    assert here.backend.job_of(here.backend.world(OTHER_KEY), request_id) is None
