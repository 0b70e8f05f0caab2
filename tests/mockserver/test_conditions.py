"""Conditions: what each checks, what it says, and what an index may rely on."""

from __future__ import annotations

import pytest

from segmind_mock.conditions import Part, both, either, negated
from tests.exchanged import exchange, record

SUBJECT = exchange(1, record())
TRUE = Part(lambda subject: True, lambda subject: [], "yes", (("path", "/a"),), needs_body=True)
FALSE = Part(lambda subject: False, lambda subject: ["it is not"], "no", (("path", "/b"),))


@pytest.mark.parametrize(
    ("part", "holds", "words", "told"),
    [
        (both([]), True, [], ""),
        (both([TRUE, TRUE]), True, [], "yes, yes"),
        (both([TRUE, FALSE, FALSE]), False, ["it is not", "it is not"], "yes, no, no"),
        (either([FALSE, TRUE]), True, [], "either (no) or (yes)"),
        (either([FALSE, FALSE]), False, ["it is not; or it is not"], "either (no) or (no)"),
        (negated(FALSE), True, [], "not (no)"),
        (negated(TRUE), False, ["yes, which is not wanted"], "not (yes)"),
    ],
    ids=["nothing", "both", "not-both", "either", "neither", "not-false", "not-true"],
)
def test_joined(part: Part, holds: bool, words: list[str], told: str) -> None:
    """Conditions are joined in what they check, in what they say, and in how they are told."""
    assert part.check(SUBJECT) is holds
    assert part.words(SUBJECT) == words
    assert part.told == told


def test_what_an_index_may_rely_on() -> None:
    """Equalities hold for all of several conditions, but not for one of them, nor for what is not to hold."""
    assert both([TRUE, FALSE]).anchors == (("path", "/a"), ("path", "/b"))
    assert either([TRUE, FALSE]).anchors == negated(TRUE).anchors == ()
    assert both([TRUE, FALSE]).needs_body
    assert either([TRUE]).needs_body
    assert negated(TRUE).needs_body
