"""Settings on the command line: a flag for each line of the table, and errors of use that say what to type."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from segmind_mock.commands.settings import config_from, settings
from segmind_mock.config import Config
from segmind_mock.settings import SETTINGS

SEEN: list[Config] = []


@click.command()
@settings("host", "port")
def command(**flags: object) -> None:
    """A command with every setting but two."""
    SEEN.append(config_from(flags))


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins in a folder without settings."""
    monkeypatch.chdir(tmp_path)
    SEEN.clear()


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, arguments)


def config(*arguments: str) -> Config:
    """The configuration that a command line comes to."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return SEEN.pop()


def test_help() -> None:
    """`--help` has a flag for every setting but those left out, with what it is about, and one for quirks."""
    shown = " ".join(run("--help").output.split())
    for setting in SETTINGS.values():
        assert (f" {setting.flag} " in shown) == (setting.name not in {"host", "port"})
    assert "Balance an account begins with. [default: 1000000.0]" in shown
    assert "--quirk NAME=READING" in shown


def test_nothing_given() -> None:
    """Without a flag the defaults hold."""
    assert config() == Config()


def test_flags() -> None:
    """Flags are read as their kinds; those that repeat add up; quirks do too."""
    found = config("--rpm", "5", "--forbid", "a", "--forbid", "b", "--quirk", "bearer=accept", "--quirk", "cors=open")
    assert (found.rpm, found.forbid) == (5, ("a", "b"))
    assert found.quirks.departures() == {"bearer": "accept", "cors": "open"}


def test_flags_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag counts more than its variable, and a variable more than a file."""
    Path("segmind-mock.toml").write_text("rpm = 1\nworkers = 1\nmax_jobs = 1")
    monkeypatch.setenv("SEGMIND_MOCK_RPM", "2")
    monkeypatch.setenv("SEGMIND_MOCK_WORKERS", "2")
    found = config("--rpm", "3")
    assert (found.rpm, found.workers, found.max_jobs) == (3, 2, 1)


def test_every_problem_at_once() -> None:
    """Everything that is wrong is told, a line each, as an error of use."""
    result = run("--rpm", "many", "--quirk", "baerer=accept", "--timing", "fast")
    assert result.exit_code == 2
    assert "these settings cannot be used:" in result.output
    assert "  - rpm is 'many' (command line); allowed: a whole number from 0 to 1,000,000,000" in result.output
    assert "  - timing is 'fast' (command line); allowed: brisk, instant, real" in result.output
    assert "  - there is no quirk 'baerer'; did you mean bearer?" in result.output
    assert SEEN == []
