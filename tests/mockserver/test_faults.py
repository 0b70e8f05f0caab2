"""Faults: small values; of several rules on one exchange the first that wants a thing has it."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from segmind_mock.faults import (
    ENDINGS,
    LONGEST_WAIT,
    NOTHING,
    AccountChange,
    BrokenChunk,
    Cut,
    Delay,
    Drip,
    DropField,
    Effects,
    Error,
    Fired,
    Garbage,
    Given,
    HangUp,
    JobPlan,
    Pad,
    Redirect,
    Refuse,
    Replay,
    Reset,
    SetField,
    Stop,
    Tells,
    Wire,
    together,
)

ANSWERS = st.sampled_from([Error(code=502), Given(status=200), Redirect(to="/"), Replay(), Tells(state="QUEUED")])
CHANGES = st.sampled_from(
    [SetField(path="$.a", value=1), SetField(path="$.a", value=2), DropField(path="$.a"), Pad(size=3)]
)
WIRES: st.SearchStrategy[Wire] = st.sampled_from(
    [
        Delay(low=1, high=1),
        Delay(low=2, high=3),
        Drip(size=1, every=1),
        Stop(at=0.5),
        Cut(at=0.5),
        Cut(at=0.1),
        Reset(when="before"),
        HangUp(),
        BrokenChunk(),
        Garbage(size=9),
        Refuse(seconds=1),
    ]
)


def one_of_each(faults: list[Wire]) -> tuple[Wire, ...]:
    """What the wire of one rule can be: no kind twice, one ending at most."""
    kept: list[Wire] = []
    for fault in faults:
        twice = any(type(fault) is type(known) for known in kept)
        if not twice and not (isinstance(fault, ENDINGS) and any(isinstance(known, ENDINGS) for known in kept)):
            kept.append(fault)
    return tuple(kept)


EFFECTS = st.builds(
    Effects,
    account=st.lists(st.builds(AccountChange, credits=st.floats(0, 10)), max_size=2).map(tuple),
    job=st.none() | st.builds(JobPlan, run_ms=st.integers(0, 5)),
    accepted=st.sampled_from([None, True, False]),
    answer=st.none() | ANSWERS,
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    wire=st.lists(WIRES, max_size=4).map(one_of_each),
)
SEVERAL = st.lists(EFFECTS, max_size=5)


# --- Several rules ----------------------------------------------------------------------------------------


@given(SEVERAL)
def test_first_wins(several: list[Effects]) -> None:
    """Job, acceptance and answer are those of the first that has any; a False counts, and so does a plan of nought."""
    both = together(several)
    assert both.job == next((one.job for one in several if one.job is not None), None)
    assert both.accepted == next((one.accepted for one in several if one.accepted is not None), None)
    assert both.answer == next((one.answer for one in several if one.answer is not None), None)


@given(SEVERAL)
def test_what_adds_up(several: list[Effects]) -> None:
    """What happens to the account, and changes to the answer, all take place, in the order of the rules."""
    both = together(several)
    assert both.account == tuple(change for one in several for change in one.account)
    assert both.changes == tuple(change for one in several for change in one.changes)


@given(SEVERAL)
def test_one_wire(several: list[Effects]) -> None:
    """On the wire each kind of fault happens once, as the first has it, and an exchange ends in one way only."""
    wire = together(several).wire
    assert wire == one_of_each([fault for one in several for fault in one.wire])
    assert len({type(fault) for fault in wire}) == len(wire)
    assert sum(isinstance(fault, ENDINGS) for fault in wire) <= 1


@given(SEVERAL, SEVERAL)
def test_in_steps(one: list[Effects], other: list[Effects]) -> None:
    """Rules can be put together bit by bit."""
    assert together([together(one), together(other)]) == together([*one, *other])


@given(EFFECTS)
def test_alone(effects: Effects) -> None:
    """One rule alone is as it is, and nothing happens where there is none, nor beside those that do nothing."""
    assert together([effects]) == effects
    assert together([NOTHING, effects, NOTHING]) == effects
    assert together([]) is NOTHING


def test_an_ending_beside_what_ends_nothing() -> None:
    """A delay and a drip go with any ending; of two endings, of one kind or of two, the first stands."""
    delay, drip, cut, reset = Delay(low=1, high=1), Drip(size=1, every=1), Cut(at=0.5), Reset(when="body")
    rules = [Effects(wire=(cut, delay)), Effects(wire=(reset, drip)), Effects(wire=(Cut(at=0.1),))]
    assert together(rules).wire == (cut, delay, drip)


def test_every_wire_is_an_ending_or_not() -> None:
    """All faults on the wire but a delay and a drip are ends of an exchange."""
    assert set(get_args(Wire)) - set(ENDINGS) == {Delay, Drip}
    assert set(ENDINGS) < set(get_args(Wire))


# --- Whether the service works ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        (NOTHING, True),
        (Effects(answer=Error(code=502)), False),
        (Effects(answer=Given(status=200)), False),
        (Effects(answer=Redirect(to="/")), False),
        (Effects(answer=Replay()), True),
        (Effects(answer=Tells(state="QUEUED")), True),
        (Effects(wire=(Refuse(seconds=1),)), False),
        (Effects(wire=(Delay(low=1, high=1), Refuse(seconds=1))), False),
        (Effects(wire=(Reset(when="before"),)), True),
        (Effects(wire=(Garbage(size=1),)), True),
        (Effects(changes=(DropField(path="$.a"),), account=(AccountChange(credits=0),)), True),
        (Effects(job=JobPlan(fails="")), True),
    ],
    ids=repr,
)
def test_is_worked(effects: Effects, expected: bool) -> None:
    """The service works unless another answer is wanted or the request never came; its own answer is what it tells."""
    assert effects.is_worked is expected


@given(EFFECTS, st.booleans())
def test_it_is_said(effects: Effects, accepted: bool) -> None:
    """Where it is said whether the service works, that holds, whatever else happens."""
    said: dict[str, Any] = {name: getattr(effects, name) for name in Effects.__slots__} | {"accepted": accepted}
    assert Effects(**said).is_worked is accepted


# --- How long a delay is ----------------------------------------------------------------------------------

DRAWS = st.binary(min_size=8, max_size=16)
SECONDS = st.floats(0, LONGEST_WAIT)
LEAST, MOST, MIDDLE = b"\0" * 8, b"\xff" * 8, b"\0" * 7 + b"\x80"


@given(SECONDS, SECONDS, DRAWS)
def test_uniform(one: float, other: float, draw: bytes) -> None:
    """A uniform delay is between its bounds, and a fixed one is what it is."""
    low, high = sorted((one, other))
    assert low <= Delay(low=low, high=high).seconds(draw) <= high * (1 + 1e-15)
    assert Delay(low=low, high=low).seconds(draw) == low


@example(0, 0, 1.0, 1000.0, b"\xff" * 8)
@given(st.floats(0, 1e9), st.floats(0, 1e9), st.none() | st.floats(0, 1e9), st.floats(0, 1e6), DRAWS)
def test_never_longer_than_the_longest(
    low: float, high: float, median: float | None, sigma: float, draw: bytes
) -> None:
    """No draw makes a delay longer than the longest wait, nor shorter than none."""
    low, high = sorted((low, high))
    assert 0 <= Delay(low=low, high=high, median=median, sigma=sigma).seconds(draw) <= LONGEST_WAIT


@given(st.floats(0.001, 100), st.floats(0, 3), DRAWS, DRAWS)
def test_more_chance_is_longer(median: float, sigma: float, one: bytes, other: bytes) -> None:
    """A delay grows with the number that is drawn, uniform or lognormal; only the first eight bytes count."""
    less, more = sorted((one, other), key=lambda draw: int.from_bytes(draw[:8], "little"))
    for delay in (Delay(low=0, high=median), Delay(median=median, sigma=sigma)):
        assert delay.seconds(less) <= delay.seconds(more)
        assert delay.seconds(one) == delay.seconds(one[:8] + b"another")


@given(st.floats(0.001, 100), st.floats(0, 2))
def test_median(median: float, sigma: float) -> None:
    """Half of the draws are below the median of a lognormal delay and half above, whatever its spread."""
    delay = Delay(median=median, sigma=sigma)
    assert delay.seconds(MIDDLE) == pytest.approx(min(median, LONGEST_WAIT), rel=1e-6)
    assume(sigma > 0.01)
    assert delay.seconds(LEAST) < delay.seconds(MIDDLE) < delay.seconds(MOST)


@pytest.mark.parametrize(("share", "spreads"), [(0.8413447, 1), (0.1586553, -1), (0.9772499, 2)])
def test_lognormal(share: float, spreads: int) -> None:
    """So many spreads from the median lie as many of the draws as a bell curve has there, by the logarithm."""
    draw = int(share * 2**64).to_bytes(8, "little")
    found = Delay(median=0.2, sigma=0.5).seconds(draw)
    assert math.log(found / 0.2) == pytest.approx(0.5 * spreads, abs=1e-4)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_uniform_is_in_proportion(numbers: list[int]) -> None:
    """A uniform delay is as far between its bounds as the number drawn is in its range."""
    for number in numbers:
        found = Delay(low=1, high=3).seconds(number.to_bytes(8, "little"))
        assert (found - 1) / 2 == pytest.approx(number / 2**64, abs=1e-12)


def test_no_median() -> None:
    """A median of nought is no delay at all."""
    assert Delay(median=0.0, sigma=3.0).seconds(MOST) == 0


def test_fired() -> None:
    """What fires nothing names no rule, and has bytes of its own all the same."""
    fired = Fired(effects=NOTHING)
    assert (fired.rules, len(fired.draw)) == ((), 16)


def test_two_changes_of_an_account_as_one() -> None:
    """The later one counts; what is drained adds up, but for what was drained before a balance was given."""
    first = AccountChange(credits=5, drain=1, rpm=3)
    assert AccountChange(drain=2, rpm=4).after(first) == AccountChange(credits=5, drain=3, rpm=4)
    assert AccountChange(credits=7).after(first) == AccountChange(credits=7, rpm=3)
    assert AccountChange(status="invalid").after(first) == AccountChange(credits=5, drain=1, rpm=3, status="invalid")
