"""`segmind-mock scenario`: a look at what can go wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from segmind_mock.commands.scenario import WIDTH, command
from segmind_mock.scenarios import library
from segmind_mock.scenarios.schema import schema

SOUND = "scenario: mine\nteaches: b\nrests_on: c\nrules:\n  - do: {error: 502}  # so it is\n"


def run(*arguments: str, code: int = 0) -> str:
    """What the command prints."""
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_list() -> None:
    """Every scenario is listed with what it teaches, in lines that fit."""
    lines = run("list").splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == library.names()
    assert max(map(len, lines)) <= WIDTH
    told = " ".join(" ".join(lines).split())
    assert all(library.load(name).teaches in told for name in library.names())


@pytest.mark.parametrize("name", library.names())
def test_show(name: str) -> None:
    """One is shown with what it teaches, what it rests on, a line for each rule, and as it is written."""
    shown, scenario = run("show", name), library.load(name)
    assert shown.startswith(f"{name}\nTeaches: {scenario.teaches}\nRests on: {scenario.rests_on}\n")
    assert all(f"\n  {rule.name}: " in shown for rule in scenario.rules)
    assert shown.endswith(library.text_of(name))


def test_show_a_file(tmp_path: Path) -> None:
    """A file is shown as the library is, comments included."""
    file = tmp_path / "mine.yaml"
    file.write_text(SOUND)
    assert run("show", str(file)).endswith(f"\n  rule 1: every exchange -> error 502\n\n{SOUND}")


def test_show_nothing() -> None:
    """A name that there is not is an error of use, with one that is close."""
    assert "did you mean stuck-queue" in run("show", "stuck-que", code=2)


def test_lint_the_library() -> None:
    """Without paths the library is checked, and it is sound."""
    assert run("lint") == f"{len(library.names())} scenarios of the library: no problem found.\n"


def test_lint(tmp_path: Path) -> None:
    """Files and whole folders are checked; each problem is a line with its file and line, and the exit code is 1."""
    sound, bad = tmp_path / "a.yaml", tmp_path / "b" / "c.json"
    sound.write_text(SOUND)
    bad.parent.mkdir()
    bad.write_text('{"scenario": "x", "teaches": "b", "rests_on": "c",\n"rules": [{"match": {"model": "x"}}]}')
    assert run("lint", str(sound)) == "1 scenario: no problem found.\n"
    lines = run("lint", str(tmp_path), code=1).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"{bad}:2"] * 2
    assert "rules[0].match.model: there is no model 'x'; there are: image-converter, " in lines[1]


def test_lint_nothing(tmp_path: Path) -> None:
    """A file that is not there is a problem, an empty folder an error of use."""
    assert "cannot be read: No such file" in run("lint", str(tmp_path / "x.yaml"), code=1)
    assert "has no scenario in it" in run("lint", str(tmp_path), code=2)


def test_schema() -> None:
    """The schema is printed as JSON."""
    assert json.loads(run("schema")) == schema()
