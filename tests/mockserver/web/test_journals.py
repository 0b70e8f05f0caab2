"""Journals: what a query asks of the journal, and exchanges as the control plane tells them."""

from __future__ import annotations

import json

import pytest

from segmind_mock.web.instructions import Wrong
from segmind_mock.web.journals import archive, is_har, limit_of, listed, pattern_of
from tests.exchanged import KEY, look, submit


@pytest.mark.parametrize(
    ("format", "accept", "expected"),
    [
        (None, "*/*", False),
        (None, "application/HAR+json, */*", True),
        ("json", "application/har+json", False),
        ("har", "", True),
    ],
)
def test_the_form(format: str | None, accept: str, expected: bool) -> None:
    """The query decides, and without it the header Accept."""
    assert is_har(format, accept) is expected


def test_a_form_that_is_none() -> None:
    """Another form is refused with those there are."""
    with pytest.raises(Wrong, match="allowed: har, json"):
        is_har("xml", "")


@pytest.mark.parametrize(("text", "expected"), [(None, None), ("0", 0), ("12", 12)])
def test_a_limit(text: str | None, expected: int | None) -> None:
    """A limit is a whole number; without one there is none."""
    assert limit_of(text) == expected


@pytest.mark.parametrize("text", ["", "-1", "1.5", "9" * 10, "x"])
def test_a_limit_that_is_none(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(Wrong, match="limit is"):
        limit_of(text)


def test_patterns() -> None:
    """Fields of a query narrow a whole pattern beside them; numbers and objects are read as JSON."""
    pattern = pattern_of({"operation": "status", "status": "200", "pattern": '{"path": "/v2/*"}'})
    assert pattern is not None
    assert [pattern.matches(exchange) for exchange in (look(1), submit(2, {}))] == [True, False]
    assert pattern_of({}) is None
    with pytest.raises(Wrong, match="no JSON object"):
        pattern_of({"pattern": "[]"})


def test_written() -> None:
    """Exchanges are written as JSON and as an archive, with no key in full."""
    found = [submit(1, {"prompt": KEY}), look(2)]
    told = json.loads(listed(found, {"recorded": 5, "dropped": 3}))
    assert (told["recorded"], told["dropped"], [one["number"] for one in told["exchanges"]]) == (5, 3, [1, 2])
    kept = archive(found, "http://a")
    assert [entry["request"]["method"] for entry in json.loads(kept)["log"]["entries"]] == ["POST", "GET"]
    assert KEY.encode() not in kept + listed(found, {})
