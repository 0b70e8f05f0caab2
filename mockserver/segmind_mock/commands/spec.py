"""`segmind-mock spec`: look into the contract."""

from __future__ import annotations

import json
from pathlib import Path

import click

from segmind_mock import __version__
from segmind_mock.accounts import MICRO
from segmind_mock.commands.models import FOLDER, loaded
from segmind_spec import Model, Parameter, bundle, lint


@click.group()
def command() -> None:
    """Look into the contract: the OpenAPI documents that drive the mock."""


@command.command("list")
@FOLDER
def list_models(folders: tuple[Path, ...]) -> None:
    """List the models: slug, what it answers, credits for a call, typical seconds."""
    for model in loaded(folders):
        cost = model.price.of(
            model.effective(_example(model)), len(model.output.sizes(model.effective(_example(model))))
        )
        click.echo(f"{model.slug:24} {model.returns:6} {cost / MICRO:>9g} {model.latency:>7g} s  {model.title}")


@command.command("show")
@click.argument("slug")
@FOLDER
def show_model(slug: str, folders: tuple[Path, ...]) -> None:
    """Show one model: its parameters, what they may be, and a call to copy."""
    catalog = loaded(folders)
    model = catalog.get(slug)
    if model is None:
        raise click.UsageError(f"There is no model {slug!r}; there are: {', '.join(catalog.slugs)}.")
    click.secho(f"{model.title} ({model.slug})", bold=True)
    click.echo(f"{model.description}\nSource: {model.source}\n")
    for parameter in model.parameters.values():
        click.echo(f"  {parameter.name:22} {_about(parameter)}".rstrip())
    click.echo(f"\nThe call on its page:\n{json.dumps(_example(model), indent=2)}")


@command.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def lint_documents(paths: tuple[Path, ...]) -> None:
    """Check model documents: files or folders; the packaged ones when none is named. Exit code 1 on problems."""
    found = lint(paths)
    for problem in found:
        click.echo(str(problem))
    if found:
        raise SystemExit(1)
    click.echo("No problem found.")


@command.command("bundle")
@FOLDER
@click.option(
    "--server", default="http://127.0.0.1:8787", metavar="URL", help="The server it names.", show_default=True
)
@click.option("--strict", is_flag=True, help="Types as the pages declare them: no text for numbers.")
@click.option("--refuse-at-submit", is_flag=True, help="v2 bodies as parameters only, not any object.")
def bundle_documents(folders: tuple[Path, ...], server: str, *, strict: bool, refuse_at_submit: bool) -> None:
    """Print everything as one OpenAPI 3.1 document, as a server would serve it at /openapi.json."""
    document = bundle(
        loaded(folders),
        server_url=server,
        version=__version__,
        lenient=not strict,
        validate_at_submit=refuse_at_submit,
    )
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _example(model: Model) -> dict[str, object]:
    return next(iter(model.examples.values()), {})


def _about(parameter: Parameter) -> str:
    standing = "required" if parameter.required else "optional"
    if parameter.has_default:
        standing = f"default {json.dumps(parameter.default)}"
    return f"{parameter.allowed} ({standing})\n{'':25}{parameter.description}"
