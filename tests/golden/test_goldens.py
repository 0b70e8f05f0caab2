"""Goldens: the painters make the pixels that are written down, with every Pillow that the project allows."""

from __future__ import annotations

import pytest
import yaml

from segmind_mock.render.picture import Picture
from tests.golden.cases import cases, digest
from tests.golden.refresh import FILE

CASES = dict(cases())
GOLDEN = yaml.safe_load(FILE.read_text("utf-8"))


def test_every_case_is_written_down() -> None:
    """The file holds the cases and nothing else; `make goldens` brings it up to date."""
    assert list(GOLDEN) == list(CASES)


@pytest.mark.parametrize(("name", "picture"), CASES.items(), ids=CASES)
def test_pixels(name: str, picture: Picture) -> None:
    """A case has the pixels it had when it was last looked at."""
    assert digest(picture) == GOLDEN[name]


def test_cases_differ() -> None:
    """No two cases are the same picture, but for conversions that lose nothing."""
    drawn = [digest for name, digest in GOLDEN.items() if not name.startswith("image-converter")]
    assert len(set(drawn)) == len(drawn)
