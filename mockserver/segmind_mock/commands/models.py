"""Models as commands are told of them: folders of documents, and slugs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from segmind_spec import Catalog, SpecError

FOLDER = click.option(
    "--spec",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of further model documents. Repeatable.",
)


def loaded(folders: Sequence[Path]) -> Catalog:
    """The packaged models and those of the folders. Raises `ClickException` with every problem in a document."""
    try:
        return Catalog.load(folders)
    except SpecError as error:
        raise click.ClickException(f"the model documents cannot be used:\n{error}") from None


def refuse_unknown(catalog: Catalog, flag: str, slugs: Iterable[str]) -> None:
    """Raises `UsageError` for the first slug after `flag` that is no model's, and names those there are."""
    for slug in slugs:
        if catalog.get(slug) is None:
            raise click.UsageError(f"{flag} {slug}: there is no such model; there are: {', '.join(catalog.slugs)}.")
