"""Models on the command line: what is wrong with a folder or a slug is told as an error of use."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from segmind_mock.commands.models import loaded, refuse_unknown

FIXTURES = Path(__file__).parents[3] / "fixtures" / "models"


def test_loaded() -> None:
    """A folder's models stand beside the packaged ones."""
    assert set(loaded([FIXTURES]).slugs) == {*loaded([]).slugs, "postcard"}


def test_a_bad_document(tmp_path: Path) -> None:
    """A document that cannot be used is told with its place."""
    (tmp_path / "bad.yaml").write_text("openapi: 3.1.0")
    with pytest.raises(click.ClickException, match=r"(?s)the model documents cannot be used:.*bad\.yaml"):
        loaded([tmp_path])


def test_unknown() -> None:
    """A slug that is no model's is named with its flag, and so are all there are."""
    refuse_unknown(loaded([]), "--forbid", ["sam-img2img"])
    with pytest.raises(click.UsageError, match=r"^--forbid dall-e: there is no .*; there are: image-converter,"):
        refuse_unknown(loaded([]), "--forbid", ["sam-img2img", "dall-e"])
