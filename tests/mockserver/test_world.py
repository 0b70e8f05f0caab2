"""World: everything one key has, apart from every other key's, and the same for the same seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from segmind_mock.accounts import Ledger
from segmind_mock.clock import Clock, SteeredClock
from segmind_mock.config import Config
from segmind_mock.interpretation import Interpretation
from segmind_mock.journal import Journal, Room
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.scenarios.reading import read
from segmind_mock.scenarios.scenario import Scenario
from segmind_mock.stores.memory import PAGE, MemoryJobs
from segmind_mock.world import TAG_BITS, Standing, World
from tests.worlds import START, HandClock


def reading(rpm: int = 0, **quirks: str) -> Interpretation:
    """An interpretation of some quirks."""
    config = Config(quirks=Quirks(quirks), rpm=rpm)
    return Interpretation(config.quirks, config, Randomness("0"))


def world(key: str = "a", seed: str = "0", clock: Clock | None = None, rpm: int = 0) -> World:
    """A world of its own."""
    return World(
        key,
        clock=SteeredClock(clock or HandClock()),
        ledger=Ledger(0, 0),
        jobs=MemoryJobs(),
        journal=Journal(Room(1000), 10),
        randomness=Randomness(seed),
        interpretation=reading(rpm),
    )


def scenario(seed: str | None = None) -> Scenario:
    """A scenario in which chance plays."""
    lines = ["scenario: dice", "teaches: Chance.", 'rests_on: "Nothing."', *([f"seed: {seed}"] if seed else [])]
    rules = ["rules:", "  - name: a", "    when: {probability: 0.5}", "    do: {error: 500}"]
    return read("\n".join([*lines, *rules]))


def test_handles_lead_to_their_pages() -> None:
    """Jobs are filed PAGE to a page, and each handle tells its page to the world that drew it."""
    here = world()
    drawn = [here.draw() for _ in range(PAGE + 10)]
    assert [page for _, page, _ in drawn] == [0] * PAGE + [1] * 10
    assert all(here.page_of(handle) == page for handle, page, _ in drawn)
    assert len({handle for handle, _, _ in drawn}) == here.drawn == PAGE + 10
    assert [here.handle(number) for number in range(PAGE + 10)] == [handle for handle, _, _ in drawn]


def test_timing_bytes() -> None:
    """With each handle come four bytes for the timing, another four each time."""
    here = world()
    bits = [here.draw()[2] for _ in range(100)]
    assert {len(four) for four in bits} == {4}
    assert len(set(bits)) == 100


def test_the_same_seed() -> None:
    """Two worlds of one key and one seed draw the same; what another world draws does not shift it."""
    one, other, stranger = world(), world(), world("b")
    first = [one.draw() for _ in range(3)]
    second = [(stranger.draw(), other.draw())[1] for _ in range(3)]
    assert first == second
    assert one.tag == other.tag


def test_another_key_or_seed() -> None:
    """Another key, or another seed, draws other handles and has another tag."""
    worlds = [world(), world("b"), world(seed="1")]
    assert len({one.draw()[0] for one in worlds}) == 3
    assert len({one.tag for one in worlds}) == 3
    assert all(0 <= one.tag < 1 << TAG_BITS for one in worlds)


# --- What holds in it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "own", "expected"), [(0, None, 0), (5, None, 5), (5, 0, 0), (0, 7, 7), (5, 7, 7), (5, 5, 5)]
)
def test_rpm(server: int, own: int | None, expected: int) -> None:
    """Its own limit counts before the server's, also where it is none at all."""
    here = world(rpm=server)
    here.standing = Standing(rpm=own)
    assert here.rpm == expected


def test_read_as() -> None:
    """From now on it is read by another choice of quirks, in all that hangs on them."""
    here = world()
    assert (here.quirks["debit"], here.rpm, here.interpretation.debits_early) == ("completion", 0, False)
    here.read_as(reading(debit="submission", rate_plan="pro-50"))
    assert (here.quirks["debit"], here.rpm, here.interpretation.debits_early) == ("submission", 50, True)


# --- What happens in it ---------------------------------------------------------------------------------


def test_plain() -> None:
    """A world is plain unless a scenario plays in it or its key is one that is answered always the same."""
    here = world()
    assert (here.plain, here.run, here.magic) == (True, None, None)
    here.play(scenario())
    assert not here.plain
    here.play(None)
    assert here.plain
    magic = world("SG_00000000abcd0429")
    assert (magic.plain, magic.magic) == (False, 429)
    magic.play(scenario())
    magic.play(None)
    assert not magic.plain


def test_a_scenario_begins_now() -> None:
    """A scenario counts its time from the instant it was begun, by the world's clock; begun again, it is anew."""
    clock = HandClock()
    here = world(clock=clock)
    here.clock.advance(10)
    here.play(scenario())
    first = here.run
    assert first is not None
    assert first.began == START + 10_000
    clock.advance(5)
    here.play(scenario())
    assert here.run is not first
    assert here.run is not None
    assert here.run.began == START + 15_000


def drawn(here: World, *purposes: str) -> list[bytes]:
    """What a scenario in a world draws: for each purpose its next number."""
    assert here.run is not None
    numbers = dict.fromkeys(purposes, 0)
    found = []
    for purpose in purposes:
        found.append(here.run._draw(purpose, numbers[purpose]))
        numbers[purpose] += 1
    return found


def playing(key: str = "a", seed: str = "0", own: str | None = None) -> World:
    """A world in which a scenario plays."""
    here = world(key, seed)
    here.play(scenario(own))
    return here


def test_chance_of_a_scenario() -> None:
    """Each purpose has its own stream: what is drawn for another does not shift it, nor do the jobs'."""
    plain = drawn(playing(), "p", "p", "p")
    here = playing()
    here.draw()
    assert drawn(here, "p", "q", "p", "q", "p")[::2] == plain
    assert len({*plain, *drawn(here, "q", "q")}) == 5


def test_chance_belongs_to_the_account_and_the_seed() -> None:
    """The server's seed decides, unless the scenario has its own, which counts alone; each account has other draws."""
    assert drawn(playing(), "p") == drawn(playing(), "p")
    assert drawn(playing(), "p") != drawn(playing(seed="1"), "p")
    assert drawn(playing(), "p") != drawn(playing("b"), "p")
    assert drawn(playing(own="x"), "p") == drawn(playing(seed="1", own="x"), "p")
    assert drawn(playing(own="x"), "p") != drawn(playing(own="y"), "p")
    assert drawn(playing(own="x"), "p") != drawn(playing("b", own="x"), "p")


# --- Sleeping -------------------------------------------------------------------------------------------


class Early:
    """A clock whose timers fire at once, each a millisecond later than the one before."""

    def __init__(self) -> None:
        self.instant = START
        self.asked: list[int] = []

    def now(self) -> int:
        return self.instant

    def call_at(self, instant: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Wake too early."""
        self.asked.append(instant)
        self.instant += 1
        return asyncio.get_running_loop().call_soon(wake).cancel


def test_early_timer() -> None:
    """A timer that fires early is not believed: the sleeper looks again, and sleeps what is left."""
    clock = Early()
    here = world(clock=clock)
    asyncio.run(here.sleep_until(START + 3))
    assert clock.instant == START + 3
    assert clock.asked == [START + 3] * 3


@pytest.mark.parametrize("instant", [START, START - 5])
def test_no_sleep_for_the_past(instant: int) -> None:
    """An instant that is past, or is now, needs no timer at all."""
    clock = Early()
    asyncio.run(world(clock=clock).sleep_until(instant))
    assert clock.asked == []


def slept(instant: int, *deeds: Callable[[World], None]) -> list[bool]:
    """Whether somebody still sleeps until an instant in a frozen world, at first and after each deed."""

    async def run() -> list[bool]:
        here = world()
        here.clock.run(0)
        task = asyncio.ensure_future(here.sleep_until(instant))
        sleeps = []
        for deed in (lambda _: None, *deeds):
            deed(here)
            for _ in range(5):
                await asyncio.sleep(0)
            sleeps.append(not task.done())
        task.cancel()
        return sleeps

    return asyncio.run(run())


def test_sleep_on_a_frozen_clock() -> None:
    """A sleeper wakes when the clock is moved to the instant, and not before."""
    moved = slept(START + 100, lambda here: here.clock.advance(0.099), lambda here: here.clock.advance(0.001))
    assert moved == [True, True, False]


def test_the_end_of_a_world() -> None:
    """Who sleeps in a world that was reset is woken, whatever its clock; who comes then does not sleep at all."""

    def close(here: World) -> None:
        here.closed = True
        here.clock.stir()

    assert slept(START + 100, close) == [True, False]
    here = world(clock=Early())
    here.closed = True
    asyncio.run(here.sleep_until(START + 10**9))


def test_a_new_clock() -> None:
    """Who sleeps goes by the clock that the world has now."""

    def replace(here: World) -> None:
        beneath = here.clock
        here.clock = SteeredClock(beneath)
        beneath.stir()

    sleeps = slept(START + 100, replace, lambda here: here.clock.advance(0.05), lambda here: here.clock.advance(0.05))
    assert sleeps == [True, True, True, False]
