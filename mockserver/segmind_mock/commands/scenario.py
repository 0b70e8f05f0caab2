"""`segmind-mock scenario`: what can be made to go wrong, by name or from a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from segmind_mock.commands.models import loaded
from segmind_mock.scenarios import library, schema
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.scenarios.reading import read
from segmind_mock.scenarios.wording import lines_of

WIDTH = 100


@click.group()
def command() -> None:
    """Look at scenarios: what goes wrong, when, and what a client learns from it."""


@command.command("list")
def list_scenarios() -> None:
    """List the scenarios that come with the mock, and what each teaches."""
    scenarios = [library.load(name) for name in library.names()]
    wide = max(len(scenario.name) for scenario in scenarios) + 2
    for scenario in scenarios:
        first, *rest = _wrapped(scenario.teaches, WIDTH - wide)
        click.echo(f"{scenario.name:{wide}}{first}")
        for line in rest:
            click.echo(f"{'':{wide}}{line}")


@command.command("show")
@click.argument("name", metavar="NAME|FILE")
def show_scenario(name: str) -> None:
    """Show one: what it teaches, what it rests on, its rules in words, and how it is written."""
    try:
        scenario = library.find(name)
    except ScenarioError as error:
        raise click.UsageError(str(error)) from None
    click.secho(scenario.name, bold=True)
    for title, text in (("Teaches", scenario.teaches), ("Rests on", scenario.rests_on)):
        if text:
            click.echo(f"{title}: {text}")
    click.echo()
    for line in lines_of(scenario):
        click.echo(f"  {line}")
    text = library.text_of(name) if name in library.names() else Path(name).read_text("utf-8-sig")
    click.echo(f"\n{text.rstrip()}")


@command.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def lint_scenarios(paths: tuple[Path, ...]) -> None:
    """Check scenarios: files or folders; the library when none is named. Exit code 1 on problems."""
    slugs = loaded(()).slugs
    problems = checked = 0
    for origin, source in _sources(paths):
        checked += 1
        try:
            if isinstance(source, Path):
                library.load_file(source, models=slugs)
            else:
                read(source, origin=origin, models=slugs)
        except ScenarioError as error:
            problems += len(error.problems)
            click.echo(str(error))
    if problems:
        raise SystemExit(1)
    looked_at = f"{checked} scenario{'' if checked == 1 else 's'}{'' if paths else ' of the library'}"
    click.echo(f"{looked_at}: no problem found.")


@command.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the format, for editors and other tools."""
    click.echo(schema.text(), nl=False)


def _sources(paths: tuple[Path, ...]) -> Iterator[tuple[str, str | Path]]:
    """What is to be checked: the name of each scenario, and its file or its text."""
    if not paths:
        yield from ((f"{name}.yaml", library.text_of(name)) for name in library.names())
    for path in paths:
        inside = (
            sorted(file for file in path.rglob("*") if file.suffix in library.SUFFIXES) if path.is_dir() else [path]
        )
        if not inside:
            raise click.UsageError(f"{path} has no scenario in it; files end in {', '.join(library.SUFFIXES)}.")
        yield from ((str(file), file) for file in inside)


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, width)
