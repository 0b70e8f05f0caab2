"""Patterns: which exchanges they mean, what they say about the others, and what is wrong with faulty ones."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.exchanges import Exchange, Notes
from segmind_mock.patterns import FIELDS, Pattern, PatternError
from tests.exchanged import JSON_VALUES, KEY, body_of, exchange, record

NOTES = Notes(rules=["outage/first", "slow/all"], job=2, state="QUEUED", age=1.5)
ASKED = [(b"x-api-key", KEY.encode()), (b"Prefer", b"code=502")]
SUBJECT = exchange(
    3,
    record(
        headers=ASKED,
        sent=body_of({"seed": 7, "prompt": "a cat", "sizes": [1, 2], "on": True, "none": None}),
        given=body_of({"request_id": "r1", "status": "QUEUED"}),
        notes=NOTES,
    ),
)
BARE = exchange(1, record("other", "/", path="/", method="get", headers=[], status=0), key="")

TEXTS = st.sampled_from(["submit", "status", "/v2/x", "/v2/*", "x", "QUEUED", "POST", "post", KEY, "r1", "slow/*"])
TESTS = (
    TEXTS
    | st.integers(0, 9)
    | st.lists(TEXTS | st.integers(0, 9), min_size=1, max_size=3)
    | st.fixed_dictionaries({"present": st.booleans()})
    | st.fixed_dictionaries({"above": st.integers(0, 9)}, optional={"at_most": st.integers(0, 9)})
    | st.fixed_dictionaries({"like": TEXTS}, optional={"contains": TEXTS})
    | JSON_VALUES
)
TABLES = st.dictionaries(st.sampled_from(["prefer", "seed", "$.sizes[*]", "prompt", "status", "$"]), TESTS, max_size=2)
FLAT = st.dictionaries(st.sampled_from(sorted(FIELDS - {"all", "any", "not", "header", "body", "answer"})), TESTS) | (
    st.dictionaries(st.sampled_from(["header", "body", "answer"]), TABLES, max_size=2)
)
MAPPINGS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    FLAT,
    lambda inner: (
        st.dictionaries(st.sampled_from(["all", "any"]), st.lists(inner, max_size=3), max_size=2)
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
)


def pattern(mapping: dict[str, Any]) -> Pattern | None:
    """The pattern; None where there is a fault in it."""
    try:
        return Pattern.of(mapping)
    except PatternError:
        return None


@given(MAPPINGS, st.sampled_from([SUBJECT, BARE]))
def test_differences_and_matches_agree(mapping: dict[str, Any], subject: Exchange) -> None:
    """There are differences exactly where a pattern does not match, each in a short line without the key."""
    found = pattern(mapping)
    if found is not None:
        differences = found.differences(subject)
        assert (differences == []) is found.matches(subject)
        assert not any(KEY in text or "\n" in text for text in [*differences, found.told])


@given(MAPPINGS, st.sampled_from([SUBJECT, BARE]))
def test_anchors_hold(mapping: dict[str, Any], subject: Exchange) -> None:
    """What matches has every value that the pattern is anchored at."""
    found = pattern(mapping)
    if found is not None and found.matches(subject):
        for name, value in found.anchors:
            actual = subject.header(name[7:]) if name.startswith("header:") else getattr(subject, name)
            assert (actual.upper() if name == "method" and isinstance(actual, str) else actual) == value


@given(MAPPINGS)
def test_written_alike(mapping: dict[str, Any]) -> None:
    """Patterns are equal when they are written alike, in whatever order."""
    found, again = pattern(mapping), pattern(dict(reversed(mapping.items())))
    assert found == again
    assert hash(found) == hash(again)


@given(JSON_VALUES | MAPPINGS)
def test_any_json(mapping: Any) -> None:
    """Any JSON is a pattern, or has its faults named; nothing else is raised."""
    with suppress(PatternError):
        assert Pattern.of(mapping).matches(SUBJECT) in {True, False}


@pytest.mark.parametrize(
    ("mapping", "difference"),
    [
        ({"path": "/v2/y"}, "path is /v2/x, wanted /v2/y"),
        ({"path": "/v1/*"}, "path is /v2/x, wanted /v1/*"),
        ({"method": "get"}, "method is POST, wanted GET"),
        ({"operation": ["status", "poll"]}, "operation is submit, wanted one of status, poll"),
        ({"account": "SG_00000000000000aa"}, "account is SG_…cdef, wanted SG_…00aa"),
        ({"request_id": "r2"}, "request_id is r1, wanted r2"),
        ({"job": {"above": 2}}, "job is 2, wanted above 2"),
        ({"state": "FAILED"}, "state is QUEUED, wanted FAILED"),
        ({"age": {"at_least": 2}}, "age is 1.5, wanted at least 2"),
        ({"status": {"above": 399, "below": 500}}, "status is 200, wanted above 399 and below 500"),
        ({"rule": "outage"}, "rule is outage/first, slow/all, wanted outage"),
        ({"header": {"PREFER": "code=5*1"}}, "header prefer is code=502, wanted code=5*1"),
        ({"header": {"prefer": {"present": False}}}, "header prefer is code=502, wanted none"),
        ({"header": {"accept": {"present": True}}}, "header accept is missing, wanted any"),
        ({"header": {"X-Api-Key": "SG_00000000000000aa"}}, "header x-api-key is SG_…cdef, wanted SG_…00aa"),
        ({"body": {"seed": 8}}, "body $.seed is 7, wanted 8"),
        ({"body": {"on": 1}}, "body $.on is true, wanted 1"),
        ({"body": {"sizes[*]": 3}}, "body $.sizes[*] is 1, 2, wanted 3"),
        ({"body": {"n": 3}}, "body $.n is missing, wanted 3"),
        ({"body": {"prompt": {"present": False}}}, 'body $.prompt is "a cat", wanted none'),
        ({"answer": {"status": "FAILED"}}, 'answer $.status is "QUEUED", wanted "FAILED"'),
        ({"not": {"path": "/v2/*"}}, "path is /v2/*, which is not wanted"),
        ({"any": [{"job": 1}, {"status": 406, "job": 3}]}, "job is 2, wanted 1; or status is 200, wanted 406 and job"),
    ],
    ids=str,
)
def test_differences(mapping: dict[str, Any], difference: str) -> None:
    """What differs is told as what it is and what was wanted."""
    (found,) = Pattern.of(mapping).differences(SUBJECT)
    assert found.startswith(difference)


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"path": "/v2/*", "method": "post", "operation": "submit", "model": "x", "account": KEY, "request_id": "r1"},
        {"key": KEY, "job": [1, 2], "state": {"one_of": ["QUEUED", "FAILED"]}, "age": {"below": 2}, "status": 200},
        {"rule": "*/all", "header": {"prefer": "code=*"}, "answer": {"request_id": {"regex": "r[0-9]"}}},
        {"body": {"$.sizes[*]": 2, "seed": 7.0, "none": None, "x": {"present": False}, "$": {"present": True}}},
        {"all": [{"status": 200}, {"any": [{"job": 1}, {"job": 2}]}], "not": {"rule": "outage"}},
    ],
    ids=["anything", "request", "job", "rest", "body", "nested"],
)
def test_matches(mapping: dict[str, Any]) -> None:
    """Every key can be asked about, and all have to hold."""
    assert Pattern.of(mapping).matches(SUBJECT)


@pytest.mark.parametrize("name", ["model", "account", "request_id", "job", "state", "age", "status", "rule"])
def test_what_is_not_known(name: str) -> None:
    """What is not known is no value: only its absence can be asked for."""
    assert Pattern.of({name: {"present": False}}).matches(BARE)
    assert not Pattern.of({name: {"present": True}}).matches(BARE)
    assert not Pattern.of({name: {"present": False}}).matches(SUBJECT)


@pytest.mark.parametrize(
    ("mapping", "anchors"),
    [
        ({"operation": "status"}, (("operation", "status"),)),
        ({"operation": ["status"], "method": "get"}, (("operation", "status"), ("method", "GET"))),
        ({"operation": ["status", "poll"]}, ()),
        ({"path": "/v2/*"}, ()),
        ({"path": {"equals": "/v2/*"}}, (("path", "/v2/*"),)),
        ({"account": KEY, "job": 1}, (("key", KEY), ("job", 1))),
        ({"header": {"X-Run": "7", "y": "a*"}}, (("header:x-run", "7"),)),
        ({"all": [{"model": "x"}, {"model": "x"}], "request_id": "r"}, (("model", "x"), ("request_id", "r"))),
        ({"any": [{"model": "x"}], "not": {"path": "/"}, "status": 200, "state": "QUEUED"}, ()),
    ],
    ids=str,
)
def test_anchors(mapping: dict[str, Any], anchors: tuple[tuple[str, object], ...]) -> None:
    """Anchors are the plain equalities that must hold, and nothing that may."""
    assert Pattern.of(mapping).anchors == anchors


def test_every_fault_at_once() -> None:
    """All faults of a pattern are named together, each with its place."""
    with pytest.raises(PatternError) as caught:
        Pattern.of(
            {
                "pth": "/",
                "operation": "stats",
                "job": "1",
                "header": {"a": {"above": 1}, "": "b"},
                "body": {"$.a b": 1, "x": {"regex": "("}},
                "answer": {},
                "all": [{}, {"any": []}, 5],
                "not": {},
                "key": KEY,
                "account": KEY,
            }
        )
    assert [problem.path for problem in caught.value.problems] == [
        ("key",),
        ("pth",),
        ("operation",),
        ("job",),
        ("header", "a", "above"),
        ("header", ""),
        ("body", "$.a b"),
        ("body", "x", "regex"),
        ("answer",),
        ("all", 1, "any"),
        ("all", 2),
        ("not",),
    ]
    assert 'pth: there is no key "pth"; did you mean path?' in str(caught.value)


def test_allowed_keys() -> None:
    """Where some keys make no sense they are refused, in patterns inside of others too."""
    with pytest.raises(PatternError) as caught:
        Pattern.of({"status": 200, "any": [{"status": 1}]}, allowed=FIELDS - {"status"})
    assert [problem.path for problem in caught.value.problems] == [("status",), ("any", 0, "status")]


def test_methods() -> None:
    """A method is the same in small letters, on either side."""
    assert Pattern.of({"method": "GET"}).matches(BARE)
    assert Pattern.of({"method": {"regex": "p.*t"}}).matches(SUBJECT)


def test_depth() -> None:
    """Patterns are not nested without end."""
    mapping: dict[str, Any] = {"job": 1}
    for _ in range(100):
        mapping = {"all": [mapping]}
    with pytest.raises(PatternError, match="nested more than 16 levels"):
        Pattern.of(mapping)


def test_equal_patterns() -> None:
    """`key` and `account` are written differently and mean the same; 1 and true do not."""
    assert Pattern.of({"key": KEY}) == Pattern.of({"account": KEY})
    assert Pattern.of({"body": {"a": 1}}) != Pattern.of({"body": {"a": True}})
    assert KEY not in repr(Pattern.of({"key": KEY}))


@pytest.mark.parametrize(
    ("mapping", "needs"),
    [({"job": 1}, False), ({"answer": {"a": 1}}, False), ({"not": {"body": {"a": 1}}}, True)],
    ids=["job", "answer", "body"],
)
def test_needs_body(mapping: dict[str, Any], needs: bool) -> None:
    """A pattern says whether the request's JSON has to be read for it."""
    assert Pattern.of(mapping).needs_body is needs
