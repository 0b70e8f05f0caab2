"""Steering: magic words inside a text parameter, and nothing else, steer a job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.steering import LONGEST_SLOW, STRAIGHT, Steering, steering

VALUES = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.lists(st.text()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mock:fail", Steering(fails=True)),
        ("a cat mock:block on a mat", Steering(blocked=True)),
        ("(mock:stuck)", Steering(stuck=True)),
        ("mock:slow=5", Steering(run_ms=5000)),
        ("mock:slow=0", Steering(run_ms=0)),
        ("mock:slow=0.25, please", Steering(run_ms=250)),
        ("wait mock:slow=2.", Steering(run_ms=2000)),
        ('"mock:slow=3"', Steering(run_ms=3000)),
        ("mock:slow=2 mock:fail", Steering(fails=True, run_ms=2000)),
        ("mock:slow=1 mock:slow=9", Steering(run_ms=1000)),
        (f"mock:slow={LONGEST_SLOW}", Steering(run_ms=LONGEST_SLOW * 1000)),
    ],
)
def test_words(text: str, expected: Steering) -> None:
    """A word is found wherever it stands in a text; several stand together."""
    assert steering({"prompt": text}) == expected


@pytest.mark.parametrize("text", ["mock:failure", "mock:", "mock: fail", "MOCK:FAIL", "mock:blocked", "mockfail", ""])
def test_no_words(text: str) -> None:
    """What only looks like a word is none."""
    assert steering({"prompt": text}) == STRAIGHT


@pytest.mark.parametrize("value", ["", "x", "-1", "1e3", "86401", "1234567", "1.2345", "inf", "nan", "1_0", "0x1"])
def test_bad_seconds(value: str) -> None:
    """A `slow` that is not understood is a problem that says what to write."""
    found = steering({"prompt": f"mock:slow={value}"})
    assert found.run_ms is None
    assert found.problem == f"mock:slow={value} is not understood; write seconds from 0 to 86400: mock:slow=5"


@given(st.integers(0, LONGEST_SLOW * 1000))
def test_every_length(milliseconds: int) -> None:
    """Every number of milliseconds up to a day can be asked for, and is exact."""
    assert steering({"prompt": f"mock:slow={milliseconds / 1000:.3f}"}).run_ms == milliseconds


@given(st.dictionaries(st.text(), VALUES))
def test_anything_goes(parameters: dict[str, object]) -> None:
    """Parameters without a word leave a job alone, whatever they are."""
    assert steering({name: value for name, value in parameters.items() if "mock:" not in str(value)}) == STRAIGHT


@given(st.text())
def test_any_text_after_the_mark(text: str) -> None:
    """Whatever follows the mark, there is an answer."""
    assert isinstance(steering({"prompt": "mock:" + text, "other": ["mock:slow=" + text]}), Steering)


def test_where_words_are_found() -> None:
    """Words are read from texts and from lists of texts, but not from names of parameters or numbers."""
    assert steering({"sizes": ["1x1", "mock:fail", 4]}).fails
    assert steering({"mock:fail": 1, "n": 5, "nested": {"a": "mock:fail"}}) == STRAIGHT


def test_a_long_problem() -> None:
    """A problem quotes at most forty signs of what was written."""
    problem = steering({"prompt": "mock:slow=" + "9" * 1000}).problem
    assert problem is not None
    assert len(problem) < 120
