"""Doubts: the table is complete, every line of it says why, and none is there for nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import segmind_mock
from segmind_mock.doubts import ELSEWHERE, QUIRKS, Quirk

SOURCES = Path(segmind_mock.__file__).parent
CONFLICTS = {f"C{number}" for number in range(1, 17)}
UNKNOWNS = {f"U{number}" for number in range(1, 18)}
EACH = pytest.mark.parametrize("quirk", QUIRKS.values(), ids=list(QUIRKS))


def texts_in(path: Path) -> set[str]:
    """Every text literal of a module."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


TEXTS = set[str]().union(*(texts_in(path) for path in SOURCES.rglob("*.py") if path.name != "doubts.py"))


@EACH
def test_line(quirk: Quirk) -> None:
    """A quirk has at least two different readings, the first of them its default, and says what, why and whence."""
    assert QUIRKS[quirk.name] is quirk
    assert quirk.default == quirk.readings[0]
    assert len(set(quirk.readings)) == len(quirk.readings) >= 2
    assert quirk.about
    assert quirk.reason
    assert quirk.source


@EACH
def test_is_read(quirk: Quirk) -> None:
    """Every quirk is asked for somewhere: a switch that nothing reads settles nothing."""
    assert quirk.name in TEXTS


def test_everything_is_settled() -> None:
    """Every conflict and every unknown of the dossier is settled by a quirk, or it is said why by none."""
    settled = {doubt for quirk in QUIRKS.values() for doubt in quirk.settles}
    assert settled | set(ELSEWHERE) == CONFLICTS | UNKNOWNS


def test_elsewhere_is_not_here() -> None:
    """What is explained elsewhere is settled by no quirk."""
    assert not {doubt for quirk in QUIRKS.values() for doubt in quirk.settles} & set(ELSEWHERE)
