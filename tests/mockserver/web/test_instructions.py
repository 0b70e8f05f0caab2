"""Instructions: the values of a control body are read, and every fault of it is told at once."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.faults import AccountChange
from segmind_mock.web.instructions import MOST_ENTRIES, Instructions, Wrong, shown, unknown_keys
from tests.exchanged import JSON_VALUES

CLOCK = ("account", "advance", "freeze", "rate", "real")


def read(value: object) -> Instructions:
    """The instructions of a value."""
    return Instructions.of(orjson.dumps(value))


@pytest.mark.parametrize("raw", [b"", b"  \n", b"{}"])
def test_nothing(raw: bytes) -> None:
    """No body is an empty object."""
    asked = Instructions.of(raw, CLOCK)
    asked.check()
    assert (asked.key(), asked.rate(), asked.number("advance"), asked.change()) == (None, None, None, AccountChange())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "the body is not valid JSON"),
        (b"NaN", "the body is not valid JSON"),
        (b"5", "the body is 5; allowed: a JSON object"),
        (b"[1]", "the body is a list; allowed: a JSON object"),
        (b"null", "the body is null; allowed: a JSON object"),
    ],
)
def test_no_object(raw: bytes, says: str) -> None:
    """What is no JSON object is refused at once."""
    with pytest.raises(Wrong, match=says):
        Instructions.of(raw)


def test_every_fault_at_once() -> None:
    """Faults are gathered, with what somebody else found, and told together."""
    asked = Instructions.of(b'{"avdance": 1, "zzz": 2, "account": 5, "rate": "x"}', CLOCK)
    asked.key()
    asked.rate()
    with pytest.raises(Wrong) as wrong:
        asked.check(["and more"])
    assert wrong.value.problems == [
        "there is no 'avdance' here; did you mean advance?",
        "there is no 'zzz' here; allowed: account, advance, freeze, rate, real",
        "account is no text; allowed: an API key, or no account for the whole server",
        'rate is "x"; allowed: a number',
        "and more",
    ]


@pytest.mark.parametrize(
    ("value", "rate"),
    [({"freeze": True}, 0), ({"freeze": False}, 1), ({"real": True}, 1), ({"rate": 2.5}, 2.5), ({"rate": None}, None)],
    ids=str,
)
def test_rate(value: object, rate: float | None) -> None:
    """A clock is stopped, let run as real time does, or at a rate."""
    asked = read(value)
    assert asked.rate() == rate
    asked.check()


@pytest.mark.parametrize(
    "value",
    [{"freeze": 1}, {"real": False}, {"real": "yes"}, {"rate": True}, {"rate": []}, {"freeze": True, "real": True}],
    ids=str,
)
def test_a_faulty_rate(value: object) -> None:
    """What is no switch, or two of them, is a fault."""
    asked = read(value)
    asked.rate()
    assert len(asked.problems) == 1


def test_change() -> None:
    """The change of an account; JSON's true and false are on and off."""
    asked = read(
        {
            "credits": 1,
            "drain": 0.5,
            "rpm": 3.0,
            "status": "active",
            "forbid": ["a"],
            "retire": [],
            "quirks": {"x": True},
        }
    )
    assert asked.change() == AccountChange(
        credits=1, drain=0.5, rpm=3, status="active", forbid=("a",), retire=(), quirks={"x": "on"}
    )
    asked.check()
    assert read({"quirks": {"a": False, "b": 404, "c": "x"}}).change().quirks == {"a": "off", "b": "404", "c": "x"}


@pytest.mark.parametrize(
    "value",
    [
        {"credits": "1"},
        {"rpm": 1.5},
        {"rpm": [1]},
        {"status": 1},
        {"forbid": "a"},
        {"forbid": [1]},
        {"quirks": []},
        {"quirks": {"x": None}},
        {"quirks": {"x": {}}},
        {"retire": ["a"] * (MOST_ENTRIES + 1)},
        {"quirks": {str(number): "x" for number in range(MOST_ENTRIES + 1)}},
    ],
    ids=range(11),
)
def test_a_faulty_change(value: object) -> None:
    """Each value of another kind, or of too many entries, is one fault, and short."""
    asked = read(value)
    asked.change()
    (problem,) = asked.problems
    assert len(problem) < 200


def test_unknown_keys() -> None:
    """A slip is told with what was meant; very many are told as a number."""
    assert unknown_keys({"a": 1}, ("a", "b")) == []
    assert unknown_keys({"advanec": 1}, CLOCK) == ["there is no 'advanec' here; did you mean advance?"]
    (problem,) = unknown_keys(dict.fromkeys(map(str, range(MOST_ENTRIES + 1))), CLOCK)
    assert problem.startswith(f"the body has {MOST_ENTRIES + 1} unknown keys")


@given(JSON_VALUES)
def test_shown(value: object) -> None:
    """Any value is shown in few characters."""
    assert 0 < len(shown(value)) <= 60


@given(st.dictionaries(st.sampled_from([*CLOCK, "credits", "rpm", "quirks", "forbid", "status"]), JSON_VALUES))
def test_any_object(value: dict[str, object]) -> None:
    """Whatever an object holds, reading it does not fail, and what is wrong is told in words."""
    asked = read(value)
    asked.key()
    asked.rate()
    asked.change()
    assert all(asked.problems)
