"""Matchers: tests of one value, as JSON means them."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmind_mock.matchers import (
    GLOB,
    JSON,
    NUMBER,
    SECRET,
    TEXT,
    WHOLE,
    Kind,
    Matcher,
    MatcherReader,
    Problem,
    choice,
    glob,
    is_json,
    same,
    shown,
)
from tests.exchanged import JSON_VALUES, KEY


def read(test: object, kind: Kind = JSON) -> Matcher:
    """The matcher of a faultless test."""
    problems: list[Problem] = []
    matcher = MatcherReader(problems).read(test, kind, ())
    assert problems == []
    return matcher


def faults(test: object, kind: Kind = JSON) -> list[str]:
    """What is wrong with a test."""
    problems: list[Problem] = []
    MatcherReader(problems).read(test, kind, ("here",))
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("test", "accepted", "refused"),
    [
        (1, [1, 1.0], [True, "1", 2, None, [1]]),
        (True, [True], [1, "true", None]),
        (None, [None], [False, 0, ""]),
        ("a", ["a"], ["b", ["a"], 1]),
        ("a*", ["a*"], ["ab"]),
        ([1, "a"], [1, "a"], [True, 2, [1, "a"]]),
        ({"equals": {"a": [1, True]}}, [{"a": [1.0, True]}], [{"a": [1, 1]}, {"a": [True, True]}, {}]),
        ({"one_of": [[1], 2]}, [[1], 2], [1, [[1], 2]]),
        ({"like": "a*c"}, ["ac", "abc"], ["abcd", 1]),
        ({"regex": "a+"}, ["aa"], ["aab", 1]),
        ({"above": 1}, [2, 1.5], [1, True, "2", None]),
        ({"at_least": 1, "below": 3}, [1, 2.9], [0.9, 3]),
        ({"at_most": 1}, [1, -1], [1.1]),
        ({"contains": "b"}, ["abc", ["b"]], ["ac", [["b"]], {"b": 1}]),
        ({"contains": 1}, [[1.0]], [[True], "1"]),
        ({"present": True}, [0, None, ""], []),
        ({"present": False}, [], [0, None, ""]),
    ],
    ids=str,
)
def test_values(test: object, accepted: list[object], refused: list[object]) -> None:
    """Each operator accepts what it names and refuses what only looks like it."""
    matcher = read(test)
    assert [value for value in accepted if not matcher.accepts(value)] == []
    assert [value for value in refused if matcher.accepts(value)] == []


def test_globs_of_bare_texts() -> None:
    """Where globs are meant a bare text with a star is one, in a list too; under `equals` it is not."""
    assert read("/v2/*", GLOB).accepts("/v2/x/y")
    assert read(["/v1/*", "/v2"], GLOB).accepts("/v1/x")
    assert not read({"equals": "/v2/*"}, GLOB).accepts("/v2/x")
    assert read({"equals": "/v2/*"}, GLOB).only == ("/v2/*",)
    assert read("/v2/*", GLOB).only == ()


@example("*ab*b", "aab")
@example("a*a", "a")
@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_globs_agree(pattern: str, text: str) -> None:
    """A glob means what the standard library says of the same pattern."""
    assert glob(pattern)(text) == (re.match(fnmatch.translate(pattern), text) is not None)


def test_a_costly_glob() -> None:
    """Many stars do not make a glob slow."""
    assert not glob("*a" * 200 + "b")("a" * 20_000)


@given(JSON_VALUES, JSON_VALUES)
def test_sameness(one: object, other: object) -> None:
    """Equal JSON is equal both ways, and to itself; values of different types differ."""
    assert same(one, one)
    assert same(one, other) == same(other, one)
    assert not same(one, other) or one == other
    assert read({"equals": one}).accepts(other) == same(one, other)


@pytest.mark.parametrize(
    ("test", "kind", "fault"),
    [
        ({}, JSON, "here: an empty object tests nothing; allowed: equals"),
        ({"abov": 1}, JSON, 'here.abov: there is no operator "abov"; did you mean above?'),
        ({"above": 1}, TEXT, 'here.above: there is no operator "above"; allowed: equals, one_of, like'),
        ({"above": "1"}, NUMBER, 'here.above: "1" is not understood; allowed: a number'),
        ({"above": True}, NUMBER, "here.above: true is not understood; allowed: a number"),
        ({"regex": "("}, TEXT, 'here.regex: "(" is no regular expression'),
        ({"regex": "a" * 2000}, TEXT, "allowed: a text of at most 1000 characters"),
        ({"like": 1}, JSON, "here.like: 1 is not understood"),
        ({"present": "yes"}, JSON, 'here.present: "yes" is not understood; allowed: true, false'),
        ({"present": False, "above": 1}, JSON, "here: present: false stands alone"),
        ({"one_of": []}, JSON, "here.one_of: a list of at least one value"),
        ([], TEXT, "here: a list of at least one value"),
        ([[1]], JSON, "here.0: [1] is not understood"),
        (["a", 1], TEXT, "here.1: 1 is not understood; allowed: a text"),
        (True, WHOLE, "here: true is not understood; allowed: a whole number"),
        (1.5, WHOLE, "here: 1.5 is not understood"),
        (None, TEXT, "write {present: false}"),
        ("", TEXT, "here: an empty text is not understood"),
        ("x", choice("state", ["QUEUED"]), 'there is no state "x"; allowed: QUEUED'),
        ({"equals": {1: 2}}, JSON, "here.equals: a JSON value is needed"),
        ({"equals": {1}}, JSON, "here.equals: a JSON value is needed"),
        ({"contains": 1}, TEXT, "here.contains: 1 is not understood"),
    ],
    ids=lambda value: value.noun if isinstance(value, Kind) else str(value)[:40],
)
def test_faults(test: object, kind: Kind, fault: str) -> None:
    """What is no test is told with its place, what was written, and what is allowed."""
    (found,) = faults(test, kind)
    assert fault in found


@given(JSON_VALUES)
def test_any_json_is_read(test: object) -> None:
    """Any JSON is a test or a fault in short words."""
    assert all(len(fault) < 400 for fault in faults(test) + faults(test, GLOB) + faults(test, NUMBER))


@given(JSON_VALUES)
def test_shown(value: object) -> None:
    """A value is told in at most sixty characters."""
    assert len(shown(value)) <= 60
    assert len(shown("a" * 1000)) == 60


def test_secrets() -> None:
    """Keys are masked in the words of every operator."""
    for test in (KEY, [KEY, "b"], {"like": KEY}, {"regex": KEY}, {"contains": KEY}):
        assert KEY not in read(test, SECRET).words


def test_depth() -> None:
    """What is compared with is bounded in depth."""
    deep: object = 1
    for _ in range(65):
        deep = [deep]
    assert not is_json(deep)
    assert faults({"equals": deep}) == ["here.equals: a JSON value is needed, at most 64 levels deep"]
