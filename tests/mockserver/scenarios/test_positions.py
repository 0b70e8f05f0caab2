"""Positions: YAML and JSON as plain values, and the line of each."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.scenarios import positions
from segmind_mock.scenarios.positions import plain, source_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(-1e300, 1e300) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("off", "off"),
        ("on", "on"),
        ("no", "no"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("1e3", 1000.0),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("12", 12),
        ("010", "010"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2026-01-02", "2026-01-02"),
        (".inf", ".inf"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("=", "="),
    ],
    ids=repr,
)
def test_words(text: str, expected: object) -> None:
    """Bare words mean what they mean in JSON; what only YAML 1.1 makes of them is text."""
    source = source_of(f"a: {text}")
    assert source.faults == []
    assert source.value == {"a": expected}
    assert type(source.value["a"]) is type(expected)


def test_keys_are_text() -> None:
    """Keys are taken as they are written: `on`, a number and `<<` too."""
    assert source_of("on: 1\n502: 2\n<<: 3").value == {"on": 1, "502": 2, "<<": 3}


def test_lines() -> None:
    """Each value has the line of its key, or of its place in a list; what is not there has that of what holds it."""
    source = source_of("a:\n  - b: 1\n    c: |\n      x\n      y\n  -\n    d\n")
    assert source.value == {"a": [{"b": 1, "c": "x\ny\n"}, "d"]}
    places: list[Any] = [(), ("a",), ("a", 0), ("a", 0, "b"), ("a", 0, "c"), ("a", 1)]
    assert [source.line(place) for place in places] == [1, 1, 2, 2, 3, 7]
    assert source.line(("a", 0, "nothing", 3)) == 2


@pytest.mark.parametrize("indent", [None, 2, "\t"], ids=["flat", "spaces", "tabs"])
@given(value=JSON)
def test_json(indent: int | str | None, value: object) -> None:
    """Whatever JSON can say is read as JSON says it."""
    source = source_of(json.dumps(value, indent=indent))
    assert source.is_whole
    assert source.faults == []
    assert source.value == value


def test_json_has_lines_too() -> None:
    """Values of JSON have lines, and keys that are there twice are told."""
    source = source_of('{"a": 1,\n\t"b": [2,\n3],\n"a": 4}')
    assert source.line(("b", 1)) == 3
    assert source.faults == [(("a",), "stands there twice")]


@pytest.mark.parametrize(
    ("text", "place", "line", "words"),
    [
        ("a: 1\nb:\n  a: 1\n  a: 2", ("b", "a"), 4, "twice"),
        ("a: 1\nb: &x 1", ("b",), 2, "anchor"),
        ("a: [1, *x]", ("a", 1), 1, "alias"),
        ("a: !!python/object:os.system x", ("a",), 1, "tag"),
        ("a: !x {}", ("a",), 1, "tag"),
        ("? [a]\n: 1", (), 1, "key"),
        ("a: 1\n---\nb: 1", (), 2, "second document"),
        ("a: " + "[" * 70, ("a", *[0] * 63), 1, "64 levels"),
        ("[" * 100_000, (0,) * 64, 1, "64 levels"),
        ('{"a":' * 100_000, ("a",) * 64, 1, "64 levels"),
        ("a: 1\n b: 2", (), 2, "is not YAML: a colon"),
        ("a:\n\t- b", (), 2, "a tab as indentation"),
        ("a: 1\nb: so: it is", (), 2, "needs quotes"),
        ("a: \x07", (), 1, "is not YAML: "),
        ("'", (), 1, "is not YAML: "),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_faults(text: str, place: tuple[str | int, ...], line: int, words: str) -> None:
    """What cannot be read is told with its place and line."""
    source = source_of(text)
    assert [place for place, _ in source.faults] == [place]
    assert words in source.faults[0][1]
    assert source.line(place) == line


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t1.~\\<\x85\ufeff\x00", max_size=40))
def test_nothing_else_is_raised(text: str) -> None:
    """Any text comes to a value or to a fault, and never to anything else."""
    source = source_of(text)
    assert source.is_whole or source.faults


@given(JSON)
def test_plain(value: object) -> None:
    """JSON is copied as it is."""
    assert plain(value) == (value, [])


@pytest.mark.parametrize(
    ("value", "place", "words"),
    [
        ({"a": [float("inf")]}, ("a", 0), "too large"),
        (float("nan"), (), "too large"),
        (2**63, (), "too large"),
        ({1: 2}, (), "has the key 1; allowed: text"),
        ({"a": b"x"}, ("a",), "is bytes"),
        ([date(2026, 1, 2)], (0,), "is date"),
        ("\ud800", (), "surrogate"),
        ({"\ud800": 1}, (), "surrogate"),
    ],
    ids=["infinite", "nan", "large", "key", "bytes", "date", "half", "half key"],
)
def test_not_plain(value: object, place: tuple[str | int, ...], words: str) -> None:
    """What JSON does not have is told with its place."""
    ((found, text),) = plain(value)[1]
    assert found == place
    assert words in text


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapping is bounded in depth and in size, also when it holds itself."""
    deep: list[object] = []
    deep.append(deep)
    assert plain(deep)[1] == [((0,) * 64, positions.TOO_DEEP)]
    monkeypatch.setattr(positions, "MOST", 1000)
    deep.append(deep)
    assert plain(deep) == (None, [((), positions.TOO_LARGE)])
    assert plain("x" * 1000) == (None, [((), positions.TOO_LARGE)])
