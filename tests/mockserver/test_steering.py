"""Steering: words inside a text parameter steer a job, a header steers an exchange, a key steers all it is used for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import steering as module
from segmind_mock.errors import DOCUMENTED
from segmind_mock.operations import GENERATIONS, LOOKS, Operation
from segmind_mock.steering import (
    INDIFFERENT,
    LONGEST_SLOW,
    STRAIGHT,
    Preference,
    Steering,
    answers,
    magic,
    preferred,
    steering,
)

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


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"code=502", Preference(code=502)),
        (b"delay=1.5", Preference(delay=1.5)),
        (b"delay=0", Preference(delay=0.0)),
        (b"delay=600", Preference(delay=600.0)),
        (b"code=404, delay=2", Preference(code=404, delay=2.0)),
        (b"code=404;delay=2", Preference(code=404, delay=2.0)),
        (b'respond-async, Code = "429"; foo=bar', Preference(code=429)),
        (b'note="a, code=500; b \\" c", code=401', Preference(code=401)),
        (b'code="4\\02"', Preference(code=402)),
        (b"code=401, code=nonsense", Preference(code=401)),
        (b",;, code=410 ,,", Preference(code=410)),
    ],
)
def test_preferences(header: bytes, expected: Preference) -> None:
    """A preference is found among others, in either separator, quoted or not; the first of a name counts."""
    assert preferred(header) == expected


@pytest.mark.parametrize(
    "header", [b"", b"respond-async", b"wait=10", b"return=minimal", b"code 502", b'"code=502"', b"x-code=502", b"\xff"]
)
def test_no_preference(header: bytes) -> None:
    """What is no preference of this mock changes nothing."""
    assert preferred(header) == INDIFFERENT
    assert INDIFFERENT.applied == ""


@pytest.mark.parametrize("value", ["200", "503", "", "4O4", "+404", "0404", "404.0", "\u00b2"])
def test_bad_code(value: str) -> None:
    """A code that is no documented error is a problem that names those that are."""
    expected = f"Prefer: code={value} is not understood; allowed: {', '.join(map(str, DOCUMENTED))}"
    assert preferred(f"code={value}".encode("latin-1")) == Preference(problem=expected)


@pytest.mark.parametrize("value", ["", "-1", "600.001", "601", "1e3", "nan", "inf", "1.2345", "0x1"])
def test_bad_delay(value: str) -> None:
    """A delay that is not understood, or too long, is a problem that says what to write, whatever else was asked."""
    expected = f"Prefer: delay={value} is not understood; allowed: seconds from 0 to 600, as in delay=1.5"
    assert preferred(f"code=502, delay={value}".encode()) == Preference(problem=expected)


def test_a_long_preference() -> None:
    """A problem quotes at most forty signs of what was written."""
    problem = preferred(b"code=" + b"9" * 1000).problem
    assert problem is not None
    assert len(problem) < 200


def test_a_header_of_a_megabyte() -> None:
    """More than a kibibyte is not understood, whatever it says; a kibibyte is."""
    problem = "Prefer: a header of 1000008 bytes is not understood; allowed: up to 1024"
    assert preferred(b"code=" + b" " * 1_000_000 + b"x y") == Preference(problem=problem)
    assert preferred(b"code=502," + b" " * 1015) == Preference(code=502)
    assert preferred(b"code=502," + b" " * 1016).problem is not None


@pytest.mark.parametrize(
    "text",
    ["code=%sx y", "code%s!", "%s,", 'x=%s"', '"%s', "=%s="],
    ids=["value", "name", "blank", "open", "quote", "="],
)
def test_blanks_are_read_once(text: str) -> None:
    """A million blanks in any place are read in one pass."""
    assert [*module._preferences(text % (" " * 1_000_000))] == []


@given(st.binary())
def test_any_header(header: bytes) -> None:
    """Whatever the header holds, there is an answer."""
    assert isinstance(preferred(header), Preference)
    assert isinstance(preferred(b"code=" + header), Preference)


@given(st.sampled_from(DOCUMENTED), st.integers(0, 600_000))
def test_what_was_applied(code: int, milliseconds: int) -> None:
    """What is told as applied asks for the same again."""
    preference = Preference(code=code, delay=milliseconds / 1000)
    assert preferred(preference.applied.encode()) == preference


def test_applied_is_short() -> None:
    """A delay is told without needless digits."""
    assert Preference(delay=2.0).applied == "delay=2"
    assert Preference(code=502, delay=0.25).applied == "code=502, delay=0.25"
    assert Preference(delay=100.0).applied == "delay=100"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("SG_0000000000000401", 401),
        ("SG_00000000abcd0429", 429),
        ("SG_00000000ABCD0504", 504),
        ("SG_0000000000000405", None),
        ("SG_0000000000000400", None),
        ("SG_0000000000000200", None),
        ("SG_0000000000001401", None),
        ("SG_0000000100000401", None),
        ("SG_00000000000000aa", None),
        ("sg_0000000000000401", None),
        ("SG_0000000000000401 ", None),
        ("SG_000000000000401", None),
        ("SG_000000000000\u0660401", None),
        ("", None),
    ],
)
def test_magic_keys(key: str, code: int | None) -> None:
    """A key is magic by its whole shape and its status; four of its digits are anybody's."""
    assert magic(key) == code


@pytest.mark.parametrize(
    ("code", "operations"),
    [
        (401, frozenset(Operation) - {Operation.FILE}),
        (504, frozenset(Operation) - {Operation.FILE}),
        (404, GENERATIONS),
        (429, GENERATIONS),
        (422, LOOKS),
        (405, frozenset()),
        (200, frozenset()),
    ],
)
def test_where_magic_keys_act(code: int, operations: frozenset[Operation]) -> None:
    """Each status is answered where the service could answer it."""
    assert answers(code) == operations


def test_the_table_of_magic_keys() -> None:
    """The table on top of the file names every status that a magic key can have, and no other."""
    named = {int(code) for code in re.findall(r"\b0(\d{3})\b", module.__doc__ or "")}
    assert named == {code for code in range(1000) if magic(f"SG_0000000000000{code:03}") is not None}
    assert named <= set(DOCUMENTED)
    assert all(map(answers, named))
