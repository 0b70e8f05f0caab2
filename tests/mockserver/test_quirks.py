"""Quirks: a choice of readings is checked once, and then it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.doubts import QUIRKS
from segmind_mock.quirks import LAID_DOWN, Quirks, problems_in

CHOICES = st.fixed_dictionaries({}, optional={name: st.sampled_from(quirk.readings) for name, quirk in QUIRKS.items()})


def test_defaults() -> None:
    """Unless told otherwise every quirk is read by its default."""
    assert {name: Quirks()[name] for name in QUIRKS} == {name: quirk.default for name, quirk in QUIRKS.items()}
    assert Quirks().departures() == {}


@given(CHOICES)
def test_choices(chosen: dict[str, str]) -> None:
    """A choice is kept, the rest stays at its default, and departures are what differs from that."""
    quirks = Quirks(chosen)
    assert {name: quirks[name] for name in chosen} == chosen
    assert quirks.departures() == {name: read for name, read in chosen.items() if read != QUIRKS[name].default}


@given(CHOICES, CHOICES)
def test_equality(one: dict[str, str], other: dict[str, str]) -> None:
    """Quirks are equal, and hash alike, when every reading is the same, said or not."""
    assert (Quirks(one) == Quirks(other)) == (Quirks(one).departures() == Quirks(other).departures())
    assert hash(Quirks(one)) == hash(Quirks({**Quirks(one).departures()}))


def test_no_quirks() -> None:
    """Quirks are equal to nothing else."""
    assert Quirks() != {}


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"bearer": "maybe"}, "quirk bearer is 'maybe'; allowed: refuse, accept"),
        ({"baerer": "accept"}, "there is no quirk 'baerer'; did you mean bearer?"),
        ({"zzz": "on"}, "there is no quirk 'zzz'; `segmind-mock quirks` lists them"),
        ({"bearer": ""}, "quirk bearer is ''; allowed: refuse, accept"),
    ],
)
def test_problems(chosen: dict[str, str], problem: str) -> None:
    """A wrong name or reading is told in a sentence that says what is allowed or was meant."""
    assert list(problems_in(chosen)) == [problem]


def test_every_problem_at_once() -> None:
    """A choice with two faults is refused with both."""
    with pytest.raises(ValueError, match=r"no quirk 'zzz'.*; quirk bearer is 'x'"):
        Quirks({"zzz": "on", "bearer": "x"})


def test_never_changed() -> None:
    """The mapping that quirks were made from may change afterwards; they do not."""
    chosen = {"bearer": "accept"}
    quirks = Quirks(chosen)
    chosen["bearer"] = "refuse"
    assert quirks["bearer"] == "accept"


@given(CHOICES, CHOICES)
def test_but(one: dict[str, str], other: dict[str, str]) -> None:
    """Readings with others instead of some are those others, and the rest as it was; the first ones stay."""
    quirks = Quirks(one)
    assert quirks.but(other) == Quirks(one | other)
    assert quirks == Quirks(one)


def test_but_wrong() -> None:
    """What cannot be chosen cannot be chosen instead either, and every fault is told."""
    with pytest.raises(ValueError, match=r"no quirk 'zzz'.*; quirk bearer is 'x'"):
        Quirks().but({"zzz": "on", "bearer": "x"})


def test_laid_down() -> None:
    """What decides what a job is, is a quirk that there is."""
    assert set(QUIRKS) >= LAID_DOWN
