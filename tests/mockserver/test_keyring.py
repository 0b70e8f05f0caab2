"""Keyring: a key opens its world, and everything that a server has can be begun anew."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import keyring
from segmind_mock.accounts import MICRO
from segmind_mock.config import Config
from segmind_mock.errors import RateLimited, Unauthorized
from segmind_mock.keyring import Keyring
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.scenarios.library import load
from segmind_mock.scenarios.scenario import Scenario
from tests.worlds import KEY, OTHER_KEY, START, HandClock

ONE, OTHER = KEY.encode(), OTHER_KEY.encode()


def ring(
    scenario: Scenario | None = None, clock: HandClock | None = None, quirks: dict[str, str] | None = None, **to: Any
) -> Keyring:
    """A keyring of a test's own."""
    return Keyring(Config(quirks=Quirks(quirks), **to), clock or HandClock(), Randomness("0"), scenario)


def test_open() -> None:
    """The same key is the same world each time, another key another; it is found by its tag too."""
    here = ring()
    world = here.open(ONE)
    assert here.open(ONE) is world
    assert here.open(OTHER) is not world
    assert here.of_tag(world.tag) is world
    assert here.of_tag(world.tag ^ 1) is None
    assert [one.key for one in here.all()] == [KEY, OTHER_KEY]
    assert here.by_key[ONE] is world


def test_a_new_world() -> None:
    """A new world has the balance and the journal of the settings, the server's clock and its scenario."""
    scenario = load("wobbly-gateway")
    here = ring(scenario, credits=2.5, journal=7, rpm=3)
    here.clock.advance(10)
    world = here.open(ONE)
    assert (world.ledger.balance(START + 10_000), world.rpm, world.journal.most) == (2_500_000, 3, 7)
    assert world.clock is here.clock
    assert world.run is not None
    assert (world.run.scenario, world.run.began) == (scenario, START + 10_000)
    assert (world.refused, world.closed) == (False, False)


@pytest.mark.parametrize("key", [b"", b"SG_", b"SG_0123456789abcde", b"sg_0123456789abcdef", b"\xff\xfe", ONE + b" "])
def test_no_key(key: bytes) -> None:
    """A text of another shape is no key, and opens nothing."""
    here = ring()
    with pytest.raises(Unauthorized, match="invalid or may have expired"):
        here.open(key)
    assert [*here.all()] == []


@given(st.binary(min_size=1, max_size=40))
def test_any_key(key: bytes) -> None:
    """Under the quirk `key_shape` every text is one, whatever its bytes, but for none at all."""
    here = ring(quirks={"key_shape": "any"})
    assert here.open(key).key.encode("latin-1") == key
    with pytest.raises(Unauthorized):
        here.open(b"")


def test_no_more_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a new key is refused in words, and those known go on; who is closed makes room."""
    monkeypatch.setattr(keyring, "MAX_ACCOUNTS", 1)
    here = ring()
    world = here.open(ONE)
    with pytest.raises(RateLimited, match="holds 1 accounts"):
        here.open(OTHER)
    assert here.open(ONE) is world
    here.close(world)
    assert here.open(OTHER).key == OTHER_KEY


def test_close() -> None:
    """A world that is closed is found no more; its key opens a new one, which draws the same."""
    here = ring()
    world, other = here.open(ONE), here.open(OTHER)
    drawn = world.draw()
    here.close(world)
    assert (world.closed, other.closed) == (True, False)
    assert here.of_tag(world.tag) is None
    again = here.open(ONE)
    assert again is not world
    assert again.draw() == drawn
    assert here.of_tag(world.tag) is again


def test_a_world_closed_twice() -> None:
    """Closing a world again does no harm to anybody."""
    here = ring()
    world, other = here.open(ONE), here.open(OTHER)
    here.close(world)
    here.close(world)
    assert [*here.all()] == [other]


def test_nobody() -> None:
    """Requests without a key have a world that no key opens and nobody is let into; it is not among the accounts."""
    here = ring(quirks={"key_shape": "any"})
    world = here.open(ONE)
    assert (here.nobody.refused, here.nobody.key) == (True, "")
    assert [*here.all()] == [world]
    assert [*here.everybody()] == [here.nobody, world]
    assert here.of_tag(here.nobody.tag) is None


@pytest.mark.parametrize(
    ("setting", "rate", "shown"), [("real", 1.0, 2000), ("frozen", 0.0, 0), ("60", 60.0, 120_000), ("0.5", 0.5, 1000)]
)
def test_its_clock(setting: str, rate: float, shown: int) -> None:
    """The clock goes as the setting says, from the instant at which the server was begun."""
    clock = HandClock()
    here = Keyring(Config(clock=setting), clock, Randomness("0"), None)
    clock.advance(2)
    assert (here.clock.rate, here.clock.now()) == (rate, START + shown)


def test_begin() -> None:
    """Begun anew, no key has been used, the clock is back at real time and as it was set, and so is the scenario."""
    clock = HandClock()
    given_scenario, other = load("wobbly-gateway"), load("stuck-queue")
    here = ring(given_scenario, clock)
    worlds = [here.open(ONE), here.nobody]
    here.clock.advance(100)
    here.clock.run(7)
    here.play(other)
    here.reset()
    assert all(world.closed for world in worlds[:1])
    assert [*here.all()] == []
    assert here.of_tag(worlds[0].tag) is None
    assert here.nobody is not worlds[1]
    assert (here.clock.now(), here.clock.rate, here.scenario) == (START, 1.0, given_scenario)
    run = here.open(ONE).run
    assert run is not None
    assert run.scenario is given_scenario


def test_end() -> None:
    """At the end of a server every world is closed, nobody's too, and the keyring tells that it has ended."""
    here = ring()
    worlds = [here.open(ONE), here.open(OTHER), here.nobody]
    assert not here.ended
    here.end()
    assert here.ended
    assert all(world.closed for world in worlds)


def test_play() -> None:
    """A scenario begins in every world there is, nobody's too, and in each one to come; None ends all of it."""
    here = ring()
    early, scenario = here.open(ONE), load("wobbly-gateway")
    here.play(scenario)
    late = here.open(OTHER)
    for world in (early, late, here.nobody):
        assert world.run is not None
        assert world.run.scenario is scenario
    assert len({id(world.run) for world in here.everybody()}) == 3
    here.play(None)
    assert [world.run for world in here.everybody()] == [None] * 3
    assert here.scenario is None


def test_when_opened() -> None:
    """Who asked last is told of each world that is opened, once, from then on and until all is reset."""
    here = ring()
    here.open(ONE)
    told: list[str] = []
    here.when_opened(lambda world: told.append(f"first {world.key}"))
    here.when_opened(lambda world: told.append(f"then {world.key}"))
    here.open(ONE)
    world = here.open(OTHER)
    assert told == [f"then {OTHER_KEY}"]
    here.close(world)
    here.open(OTHER)
    assert len(told) == 2
    here.reset()
    here.open(ONE)
    assert len(told) == 2


def test_interpretations() -> None:
    """Who chooses the same shares one interpretation, which is forgotten with the last of them."""
    here = ring()
    quirks = Quirks({"debit": "submission"})
    one = here.interpretation(quirks)
    assert here.interpretation(Quirks({"debit": "submission"})) is one
    assert here.interpretation(Quirks({})) is here.open(ONE).interpretation
    known = len(here._interpretations)
    del one
    gc.collect()
    assert len(here._interpretations) == known - 1


def test_what_an_account_begins_with() -> None:
    """A fraction of a credit is kept to the micro-credit."""
    assert ring(credits=0.000001).open(ONE).ledger.balance(START) == 1
    assert ring(credits=1e12).open(ONE).ledger.balance(START) == 10**12 * MICRO
