"""`segmind-mock quirks`: every doubt, its readings, its reason."""

from __future__ import annotations

import json

import click

from segmind_mock.doubts import QUIRKS, Quirk


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def command(name: str | None, *, as_json: bool) -> None:
    """List every doubt about the service: its readings (the default first), the reason and the source.

    Settle one otherwise with `segmind-mock serve --quirk NAME=READING`.
    """
    if name is not None and name not in QUIRKS:
        raise click.UsageError(f"There is no quirk {name!r}; `segmind-mock quirks` lists them.")
    chosen = [QUIRKS[name]] if name else list(QUIRKS.values())
    if as_json:
        click.echo(json.dumps([_row(quirk) for quirk in chosen], indent=2))
        return
    for quirk in chosen:
        click.secho(f"{quirk.name}", bold=True, nl=False)
        click.echo(f" = {quirk.default} | {' | '.join(quirk.readings[1:])}")
        click.echo(f"    {quirk.about}")
        click.echo(f"    why: {quirk.reason} [{quirk.source}]")


def _row(quirk: Quirk) -> dict[str, object]:
    return {
        "name": quirk.name,
        "about": quirk.about,
        "default": quirk.default,
        "readings": list(quirk.readings),
        "reason": quirk.reason,
        "source": quirk.source,
        "settles": list(quirk.settles),
    }
