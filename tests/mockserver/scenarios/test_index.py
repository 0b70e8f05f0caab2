"""Index: which rules an exchange meets at all."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_mock.scenarios.index import LONGEST_KNOWN, Group, Index
from segmind_mock.scenarios.reading import read
from tests.mockserver.scenarios.test_running import Exchange


def index_of(*matches: dict[str, Any], when: dict[str, Any] | None = None) -> Index:
    """The index of rules with these patterns."""
    rules = [{"match": match, "do": {"error": 502}, **({"when": when} if when else {})} for match in matches]
    return read({"scenario": "a", "teaches": "b", "rests_on": "c", "rules": rules}).index


def met(index: Index, exchange: Exchange) -> int:
    """How many patterns are tried on an exchange."""
    return len(index.candidates(exchange))


@pytest.mark.parametrize(
    "test",
    [
        lambda n: {"path": f"/{n}"},
        lambda n: {"operation": "status", "header": {"X-N": str(n)}},
        lambda n: {"operation": "status", "path": "/7", "header": {"x-n": str(n)}},
        lambda n: {"job": n},
        lambda n: {"request_id": str(n)},
        lambda n: {"all": [{"model": str(n)}]},
    ],
    ids=["path", "header", "the most telling", "job", "request id", "nested"],
)
def test_filed(test: Any) -> None:
    """Of patterns that want different values, an exchange meets the one whose value it has."""
    index = index_of(*(test(n) for n in range(50)))
    exchange = Exchange(path="/7", headers={"x-n": "7"}, job=7, request_id="7", model="7")
    (group,) = index.candidates(exchange)
    assert group.matches(exchange)


def test_operations() -> None:
    """Patterns of another operation are not met; those that leave it open, or list it among others, are."""
    index = index_of({"operation": "submit"}, {"operation": "status"}, {}, {"operation": ["submit", "status"]})
    assert [met(index, Exchange(operation=name)) for name in ("submit", "status", "file")] == [3, 3, 1]
    assert met(index, Exchange(operation="no such operation")) == 0


@pytest.mark.parametrize(
    "match",
    [
        {"path": "/a*"},
        {"path": {"regex": "/a.*"}, "method": "GET"},
        {"any": [{"path": {"contains": "a"}}, {"not": {"path": "/b"}}]},
    ],
    ids=["glob", "regex", "nested"],
)
def test_patterns_of_paths(match: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """What only the path decides is found out once for each path, within a bound."""
    monkeypatch.setattr("segmind_mock.scenarios.index.PATHS_KNOWN", 3)
    index = index_of(match, {"path": "/b*"}, {"age": {"above": 5}})
    shelf = index._shelves["status"]
    assert (len(shelf.by_path), len(shelf.rest)) == (2, 1)
    for path, expected in [("/a1", 2), ("/b", 2), ("/a1", 2), ("/a2", 2), ("/a3", 2), ("/a1", 2)]:
        assert met(index, Exchange(path=path)) == expected
        assert len(shelf.known) <= 3


def test_long_paths_are_not_remembered() -> None:
    """A long path is looked at each time, so that what is remembered of paths stays small."""
    index = index_of({"path": "/a*"}, {"path": "/b*"})
    for length in (LONGEST_KNOWN, LONGEST_KNOWN + 1):
        assert met(index, Exchange(path="/a".ljust(length, "x"))) == 1
    assert [len(path) for _, path in index._shelves["status"].known] == [LONGEST_KNOWN]


@pytest.mark.parametrize(
    "test", [{"model": {"regex": "a.*"}}, {"header": {"x": "a*"}}, {"body": {"seed": {"above": 1}}}]
)
def test_patterns_of_more(test: dict[str, Any]) -> None:
    """What anything else decides is tried on every exchange."""
    shelf = index_of({"path": "/a*", **test})._shelves["submit"]
    assert (len(shelf.by_path), len(shelf.rest)) == (0, 1)


def test_equal_patterns_are_one() -> None:
    """Rules with equal patterns are one group, and what they count together is one tally."""
    rules = [{"match": {"path": "/a"}, "when": {"nth": n + 1}, "do": {"error": 502}} for n in range(9)]
    rules += [{"match": {"path": "/a"}, "when": {"per": "job"}, "do": {"error": 502}}]
    index = read({"scenario": "a", "teaches": "b", "rests_on": "c", "rules": rules}).index
    (group,) = index.candidates(Exchange(path="/a"))
    assert isinstance(group, Group)
    assert len(group.steady) == 2
    assert index.tally_of == [0] * 9 + [1]
    assert sorted(group.steady[0].at) == list(range(1, 10))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, (1, 1, float("inf"))),
        ({"every": 3, "after": 4}, (6, 3, float("inf"))),
        ({"every": 3, "after": 6, "first": 20}, (9, 3, 20)),
    ],
    ids=str,
)
def test_lanes(when: dict[str, Any], expected: tuple[float, ...]) -> None:
    """The counts at which rules fire are a first one, a distance and a last one."""
    (group,) = index_of({}, when=when).candidates(Exchange())
    (lane,) = group.steady[0].lanes
    assert (lane.start, lane.step, lane.last) == expected


def test_fitful() -> None:
    """What counts in some states or at some times only is kept apart."""
    (group,) = index_of({}, when={"state": "start"}).candidates(Exchange())
    assert (len(group.steady), len(group.timed), list(group.stated)) == (0, 0, ["start"])
    (group,) = index_of({}, when={"until": 3}).candidates(Exchange())
    assert (len(group.steady), len(group.timed), list(group.stated)) == (0, 1, [])
