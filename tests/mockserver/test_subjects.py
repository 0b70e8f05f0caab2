"""Subjects: what patterns look at is what an exchange has."""

from __future__ import annotations

from segmind_mock.subjects import MISSING, Subject
from tests.exchanged import exchange, record


def test_missing() -> None:
    """The stand-in for missing JSON says what it is."""
    assert repr(MISSING) == "MISSING"


def test_exchanges_are_subjects() -> None:
    """An exchange has all that a pattern may ask for; the type checker holds the two together."""
    subject: Subject = exchange(1, record())
    assert [subject.operation, subject.model, subject.body, subject.answer] == ["submit", "x", MISSING, MISSING]
