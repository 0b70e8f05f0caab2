"""Demands: what can be demanded, and what is wrong with what cannot."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.demands import FURTHER, Demand, Spacing
from segmind_mock.jsonpaths import parse
from segmind_mock.patterns import FIELDS, PatternError
from tests.exchanged import JSON_VALUES


@pytest.mark.parametrize(
    ("mapping", "times"),
    [
        ({}, "at least 1"),
        ({"count": 2}, "exactly 2"),
        ({"count": 0}, "none"),
        ({"at_least": 2}, "at least 2"),
        ({"at_most": 2}, "at most 2"),
        ({"at_least": 1, "at_most": 2}, "1 to 2"),
    ],
    ids=str,
)
def test_times(mapping: dict[str, Any], times: str) -> None:
    """How often is at least once, unless it is said."""
    assert Demand.of(mapping).times == times


@pytest.mark.parametrize(
    ("mapping", "per"),
    [
        ({"operation": "status"}, "job"),
        ({"operation": "submit"}, "account"),
        ({}, "account"),
        ({"operation": "poll", "spacing": {"at_most": 2, "per": "account"}}, "account"),
    ],
    ids=str,
)
def test_spacing(mapping: dict[str, Any], per: str) -> None:
    """Questions after jobs are compared job by job unless it is said, everything else within the account."""
    found = Demand.of({"spacing": {"at_most": 2}} | mapping).spacing
    assert found == Spacing(at_least=0.0, at_most=2, by="account", per=per)


def test_unique() -> None:
    """The whole body can be unique, or places in it, or several of them together."""
    assert Demand.of({"unique": "body"}).unique == (None,)
    assert Demand.of({"unique": ["body", "seed", "$.body"]}).unique == (None, parse("$.seed"), parse("$.body"))


@pytest.mark.parametrize(
    ("mapping", "fault"),
    [
        ({"cuont": 1}, 'cuont: there is no key "cuont"; did you mean count?'),
        ({"count": -1}, "count: -1 is not understood; allowed: a whole number from 0"),
        ({"at_least": True}, "at_least: true is not understood"),
        ({"count": 1, "at_most": 2}, "count: count says it all"),
        ({"at_least": 3, "at_most": 2}, "at_least: 3 is more than at_most, 2"),
        ({"path": 5}, "path: 5 is not understood; allowed: a text"),
        ({"order": []}, "order: [] is not understood; allowed: a list of at least one pattern"),
        ({"order": [{}, {"job": "1"}]}, 'order.1.job: "1" is not understood'),
        ({"order": [1]}, "order.0: 1 is no pattern"),
        ({"spacing": 1}, "spacing: 1 is not understood; allowed: an object with at_least or at_most"),
        ({"spacing": {}}, "spacing: {} is not understood"),
        ({"spacing": {"at_least": -1}}, "spacing.at_least: -1 is not understood; allowed: seconds from 0"),
        ({"spacing": {"at_least": 1, "by": "wall"}}, 'spacing.by: "wall" is not understood; allowed: account, real'),
        ({"spacing": {"at_least": 1, "per": []}}, "spacing.per: [] is not understood; allowed: job, account"),
        ({"spacing": {"at_least": 1, "pre": 1}}, 'spacing.pre: there is no key "pre"; did you mean per?'),
        ({"unique": []}, "unique: an empty list is not understood"),
        ({"unique": 5}, "unique: 5 is not understood"),
        ({"unique": ["$x"]}, "unique: '$x' is no path"),
    ],
    ids=str,
)
def test_faults(mapping: dict[str, Any], fault: str) -> None:
    """What cannot be demanded is told with its place and with what is allowed."""
    with pytest.raises(PatternError) as caught:
        Demand.of(mapping)
    (found,) = caught.value.problems
    assert str(found).startswith(fault)


@pytest.mark.parametrize("demand", [5, None, "x", [{}]], ids=str)
def test_no_object(demand: Any) -> None:
    """What is no object is no demand."""
    with pytest.raises(PatternError, match="is no demand; allowed: an object"):
        Demand.of(demand)


def test_every_fault_at_once() -> None:
    """All faults of a demand are named together."""
    with pytest.raises(PatternError) as caught:
        Demand.of({"pth": 1, "path": 1, "count": "x", "order": [{"job": "x"}], "spacing": 1, "unique": 1})
    assert len(caught.value.problems) == 6


KEYS = st.sampled_from(sorted({*FIELDS, *FURTHER}))
SPACINGS = st.dictionaries(st.sampled_from(["at_least", "at_most", "by", "per", "x"]), JSON_VALUES, max_size=3)


@given(st.dictionaries(KEYS, JSON_VALUES | SPACINGS, max_size=4))
def test_any_json(mapping: dict[str, Any]) -> None:
    """Any JSON object is a demand, or has its faults named; nothing else is raised."""
    with suppress(PatternError):
        assert Demand.of(mapping).at_least >= 0
