"""The headers that explain an answer: short, safe, and true to what was noted."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.exchanges import Notes
from segmind_mock.web.explained import LONGEST, LONGEST_TEXT, headers_of

TEXTS = st.lists(st.text(st.characters(), max_size=LONGEST_TEXT), max_size=5)
VIOLATIONS = st.lists(
    st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text())), max_size=5
)
NOTES = st.builds(
    Notes, rules=TEXTS, quirks=TEXTS, violations=VIOLATIONS, faults=TEXTS, steered=st.text(st.characters())
)


def told(notes: Notes) -> dict[str, str]:
    """The headers as texts; a failure when a name stands twice."""
    headers = headers_of(notes)
    assert len(dict(headers)) == len(headers)
    return {name.decode(): value.decode("ascii") for name, value in headers}


def test_nothing_noted() -> None:
    """What was decided by nothing in particular is not explained."""
    assert headers_of(Notes()) == []


def test_everything_noted() -> None:
    """Each kind of reason has its header, the words in it as they are."""
    notes = Notes(
        rules=["busy/first", "busy/second"],
        quirks=["bad_enum=406"],
        violations=[{"at": "/size", "rule": "enum", "message": "size is 5; allowed: 512, 768"}],
        faults=["reset after 37 of 120 bytes"],
        steered="Prefer: code=502, delay=1",
    )
    assert told(notes) == {
        "x-mock-rule": "busy/first, busy/second",
        "x-mock-quirk": "bad_enum=406",
        "x-mock-violations": '[{"at":"/size","rule":"enum","message":"size is 5; allowed: 512, 768"}]',
        "x-mock-fault": "reset after 37 of 120 bytes",
        "x-mock-steered": "Prefer: code=502, delay=1",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a, b", "a%2C b"),
        ("100%", "100%25"),
        ("a\r\nx: b", "a%0D%0Ax: b"),
        ("\u00e9", "%C3%A9"),
        (" a ", "%20a%20"),
        (" ", "%20"),
        ("\ud800", "%ED%A0%80"),
        ("a\0\x7f", "a%00%7F"),
    ],
)
def test_odd_texts(text: str, shown: str) -> None:
    """What cannot stand in a header, or would be taken for something else there, is percent-encoded."""
    assert told(Notes(rules=[text])) == {"x-mock-rule": shown}


def test_long_lists() -> None:
    """A list that is too long is cut between two entries, and says how many there were."""
    value = told(Notes(faults=[f"fault {number:04}" for number in range(1000)]))["x-mock-fault"]
    *shown, rest = value.split(", ")
    assert LONGEST - 40 < len(value) <= LONGEST
    assert shown == [f"fault {number:04}" for number in range(len(shown))]
    assert rest == f"({1000 - len(shown)} more)"


def test_long_violations() -> None:
    """Violations beyond the bound are left out whole: the JSON stays JSON and says how many more there were."""
    violations: list[dict[str, object]] = [{"at": f"/{number}", "rule": "type"} for number in range(1000)]
    value = told(Notes(violations=violations))["x-mock-violations"]
    *shown, rest = json.loads(value)
    assert LONGEST - 80 < len(value) <= LONGEST
    assert shown == violations[: len(shown)]
    assert rest == {"more": 1000 - len(shown)}


def test_long_texts() -> None:
    """A text that is too long is cut, and shows that it was."""
    values = told(Notes(steered="a" * 10_000, violations=[{"message": "b" * 10_000}]))
    assert unquote(values["x-mock-steered"]) == "a" * (LONGEST_TEXT - 1) + "…"
    assert json.loads(values["x-mock-violations"]) == [{"message": "b" * (LONGEST_TEXT - 1) + "…"}]


def test_a_violation_that_never_fits() -> None:
    """Of violations too large to be shown it is told that they are there."""
    huge: dict[str, object] = {f"key {number}": number for number in range(1000)}
    assert told(Notes(violations=[huge, {"at": ""}]))["x-mock-violations"] == '[{"more": 2}]'


@given(NOTES)
def test_any_notes(notes: Notes) -> None:
    """Whatever is noted, the headers can be sent: printable ASCII, in one line, no space at either end, bounded."""
    for name, value in headers_of(notes):
        assert name.startswith(b"x-mock-")
        assert 0 < len(value) <= LONGEST
        assert all(32 <= sign < 127 for sign in value)
        assert value == value.strip()


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5))
def test_texts_can_be_read_back(texts: list[str]) -> None:
    """What a header shows is what was noted, entry by entry."""
    value = told(Notes(quirks=texts))["x-mock-quirk"]
    assert [unquote(entry) for entry in value.split(", ")] == texts


@given(VIOLATIONS.filter(bool))
def test_violations_can_be_read_back(violations: list[dict[str, object]]) -> None:
    """The violations shown are those noted, as far as they fit."""
    shown = json.loads(told(Notes(violations=violations))["x-mock-violations"])
    assert shown == violations or "more" in shown[-1] or max(map(len, map(str, violations))) > LONGEST_TEXT
