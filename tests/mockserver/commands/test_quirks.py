"""`segmind-mock quirks`: every doubt, for people and for programs."""

from __future__ import annotations

import json

from click.testing import CliRunner

from segmind_mock.commands.quirks import command
from segmind_mock.doubts import QUIRKS


def run(*arguments: str, code: int = 0) -> str:
    """What the command prints."""
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_all() -> None:
    """Every quirk is listed with its readings, its reason and its source."""
    shown = run()
    for quirk in QUIRKS.values():
        assert f"{quirk.name} = {' | '.join(quirk.readings)}\n    {quirk.about}\n" in shown
        assert f"    why: {quirk.reason} [{quirk.source}]\n" in shown


def test_one() -> None:
    """Asked for one, it is the only one."""
    assert run("bearer").splitlines()[0] == "bearer = refuse | accept"
    assert len(run("bearer").splitlines()) == 3


def test_for_programs() -> None:
    """As JSON there is the same, and the default by name."""
    rows = json.loads(run("--json"))
    assert [row["name"] for row in rows] == list(QUIRKS)
    assert json.loads(run("bearer", "--json")) == [
        {
            "name": "bearer",
            "about": QUIRKS["bearer"].about,
            "default": "refuse",
            "readings": ["refuse", "accept"],
            "reason": QUIRKS["bearer"].reason,
            "source": QUIRKS["bearer"].source,
            "settles": ["C2"],
        }
    ]


def test_none_of_that_name() -> None:
    """An unknown name is an error of use that says what to type."""
    assert "There is no quirk 'x'; `segmind-mock quirks` lists them." in run("x", code=2)
