"""The command line: commands by name, loaded when they are called, and errors of use that say what to type."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner, Result

from segmind_mock import __version__
from segmind_mock.cli import COMMANDS, main


def run(*arguments: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(main, arguments, prog_name="segmind-mock")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(flag: str) -> None:
    """Help lists every command with its line."""
    shown = " ".join(run(flag).output.split())
    assert [name for name, about in COMMANDS.items() if f" {name} {about}" not in shown] == [], shown


def test_version() -> None:
    """The version is the package's."""
    assert run("--version").output == f"segmind-mock, version {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_commands(name: str) -> None:
    """Every command that is listed is there, and has help of its own."""
    found = main.get_command(click.Context(main), name)
    assert found is not None
    assert found.help
    assert run(name, "--help").exit_code == 0


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("sevre", "There is no command 'sevre'; did you mean `segmind-mock serve`?"),
        ("quirk", "There is no command 'quirk'; did you mean `segmind-mock quirks`?"),
        ("xyz", "There is no command 'xyz'; there are: serve, exec, demo, gallery, scenario, spec, quirks, inspect."),
    ],
)
def test_a_command_that_is_none(typed: str, hint: str) -> None:
    """A command that does not exist is an error of use that says which one was meant, or which there are."""
    result = run(typed)
    assert result.exit_code == 2
    assert hint in " ".join(result.output.split())


def test_a_flag_that_is_none() -> None:
    """A flag that does not exist is an error of use that names the one that was meant."""
    result = run("serve", "--prot", "1")
    assert result.exit_code == 2
    assert "--port" in result.output


def test_nothing_typed() -> None:
    """Without a command there is help, not a traceback."""
    result = run()
    assert isinstance(result.exception, SystemExit | None)
    assert "serve" in result.output


def test_as_a_module() -> None:
    """`python -m segmind_mock` is the same command line."""
    command = [sys.executable, "-m", "segmind_mock", "--version"]
    assert (
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        == run("--version").output
    )


def test_commands_are_loaded_late() -> None:
    """The command line alone loads neither the server nor the contract."""
    code = "import sys, segmind_mock.cli; sys.exit(bool({'uvicorn', 'starlette', 'segmind_spec'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
