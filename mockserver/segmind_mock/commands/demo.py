"""`segmind-mock demo`: the calls of the five model pages, through the real SDK, against a mock of its own."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import click
from PIL import Image

from segmind_mock.clock import pause, stopwatch
from segmind_mock.config import Config
from segmind_mock.live import LiveServer
from segmind_mock.settings import SETTINGS
from segmind_mock.timeline import TIMINGS
from segmind_spec import Catalog, Model

_KEY = "SG_0123456789abcdef"
_FOLDER = "segmind-mock-pictures"
_POLL = 0.1
_FAILS_TOO = "sd1.5-img2img"
_COLOURS = {"QUEUED": "yellow", "PROCESSING": "cyan", "COMPLETED": "green", "FAILED": "red"}
_ENDS = ("COMPLETED", "FAILED")
_NARROWEST = 60
_direct = build_opener(ProxyHandler({}))


@click.command()
@click.option(
    "--timing",
    type=click.Choice(tuple(TIMINGS)),
    default="brisk",
    show_default=True,
    help="; ".join(f"{timing.name}: {timing.about}" for timing in TIMINGS.values()) + ".",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_FOLDER,
    show_default=True,
    metavar="DIR",
    help="Where the pictures go. Those of an earlier demo are replaced; any other file there is left alone.",
)
@click.option("--seed", default="0", show_default=True, metavar="TEXT", help=SETTINGS["seed"].about)
def command(timing: str, out: Path, seed: str) -> None:
    """Run the calls printed on the five model pages with the real segmind SDK, and save the pictures.

    It starts a mock of its own on a free port of this machine, submits all five calls and one that fails on
    purpose, shows every state they pass through, and stops the mock again. Takes about two seconds (with
    --timing real two minutes); no key, no credits and no network are needed. Settings of `serve` play no part.

    The SDK comes with: pip install "segmind-mock[demo]"
    """
    sdk = _sdk()
    _check_folder(out)
    config = Config(port=0, timing=timing, seed=_seed(seed))
    catalog = Catalog.load()
    with _without_proxies(), LiveServer(config, catalog=catalog) as server:
        url = server.url
        click.echo(f"A mock of its own is at {url}; the client is the segmind SDK {sdk.__version__}.\n")
        client = sdk.SegmindClient(api_key=_KEY, base_url=f"{url}/v1")
        try:
            _run(sdk, client, url, catalog, out)
        except sdk.SegmindError as error:
            raise click.ClickException(f"the SDK was refused: {error.status} {error.detail}") from None
        finally:
            client._client.close()


def _sdk() -> Any:
    """The SDK, with whatever version is installed. Raises `ClickException` with what to type when it is missing."""
    advice = 'type: pip install "segmind-mock[demo]" (or: pip install "segmind>=1.1.0")'
    try:
        import segmind
    except ImportError:
        raise click.ClickException(f"the segmind SDK is not installed; {advice}") from None
    if not hasattr(segmind, "run_sync"):
        version = getattr(segmind, "__version__", "(before 1.0)")
        raise click.ClickException(f"the installed segmind SDK {version} is older than 1.1.0; {advice}")
    return segmind


def _seed(text: str) -> str:
    try:
        return str(SETTINGS["seed"].read(text))
    except ValueError as error:
        raise click.UsageError(f"--seed cannot be used; {error}") from None


def _check_folder(folder: Path) -> None:
    """Find out before the calls, not after them, that a folder cannot be written in."""
    try:
        standing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        if not standing.is_dir():
            raise click.ClickException(f"--out: {standing} is a file, not a folder.")
        if not os.access(standing, os.W_OK | os.X_OK):
            raise click.ClickException(f"--out: {standing} cannot be written in.")
    except OSError as error:
        raise click.ClickException(f"--out: {error}") from None


@contextmanager
def _without_proxies() -> Iterator[None]:
    """Everything here is on this machine: a proxy that the environment names would only be in the way."""
    before = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "*"
    try:
        yield
    finally:
        if before is None:
            del os.environ["no_proxy"]
        else:
            os.environ["no_proxy"] = before


@dataclass(slots=True)
class _Watched:
    """A job on the screen."""

    name: str
    slug: str
    job: Any
    state: str = "QUEUED"
    seconds: float = 0.0

    def line(self) -> str:
        state = click.style(f"{self.state:<11}", fg=_COLOURS.get(self.state), bold=self.state in _ENDS)
        return f"  {self.name:<26} {state} {self.seconds:>5.1f} s"


def _run(sdk: Any, client: Any, url: str, catalog: Catalog, out: Path) -> None:
    before = _credits(url)
    watched = [_submit(client, model) for model in catalog]
    watched += [_submit(client, model, fails=True) for model in catalog if model.slug == _FAILS_TOO]
    _follow(watched)
    results: list[tuple[_Watched, dict[str, Any]]] = []
    for one in watched:
        try:
            results.append((one, one.job.wait(interval=_POLL)))
        except sdk.InferenceFailed as error:
            click.echo(f"\n{one.name} was to fail; the SDK raised InferenceFailed: {error.detail}")
    try:
        saved = _save(results, out)
    except OSError as error:
        raise click.ClickException(f"the pictures cannot be saved: {error}") from None
    _list_pictures(saved, out)
    _list_credits(before, _credits(url), sum(result["metrics"]["cost"] for _, result in results))


def _submit(client: Any, model: Model, *, fails: bool = False) -> _Watched:
    """Queue the call printed on a model's page; `fails` puts the word into its prompt that makes it fail."""
    call = dict(next(iter(model.examples.values())))
    name = model.slug
    if fails:
        call["prompt"] = f"{call['prompt']} mock:fail"
        name += " mock:fail"
    return _Watched(name, model.slug, client.submit_async(model.slug, **call))


def _follow(watched: list[_Watched]) -> None:
    """Poll all jobs together until each has ended. On a terminal one line each is redrawn; else changes are told."""
    live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and shutil.get_terminal_size()[0] >= _NARROWEST
    began = stopwatch()
    for one in watched:
        click.echo(one.line())
    waiting = list(watched)
    while waiting:
        for one in waiting:
            state, one.seconds = one.job.status()["status"], stopwatch() - began
            changed, one.state = state != one.state, state
            if changed and not live:
                click.echo(one.line())
        waiting = [one for one in waiting if one.state not in _ENDS]
        if live:
            up = f"\x1b[{len(watched)}A"
            click.echo(up + "".join(f"\r\x1b[K{one.line()}\n" for one in watched), nl=False)
        if waiting:
            pause(_POLL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saved:
    """A picture as it was saved; `cost` is told with the first of its call."""

    name: str
    size: tuple[int, int]
    format: str
    bytes: int
    cost: float | None
    replaced: bool


def _save(results: list[tuple[_Watched, dict[str, Any]]], out: Path) -> list[_Saved]:
    """Fetch every picture, as anybody could, without the key, and write it under its model's name."""
    out.mkdir(parents=True, exist_ok=True)
    saved: list[_Saved] = []
    for one, result in results:
        images = result["images"]
        for number, image in enumerate(images, 1):
            content = _get(image["url"])
            with Image.open(BytesIO(content)) as picture:
                picture.load()
                size, kind = picture.size, picture.format or "?"
            extension = image["file_name"].rpartition(".")[2]
            path = out / (f"{one.slug}-{number}.{extension}" if len(images) > 1 else f"{one.slug}.{extension}")
            replaced = path.exists()
            path.write_bytes(content)
            cost = result["metrics"]["cost"] if number == 1 else None
            saved.append(
                _Saved(name=path.name, size=size, format=kind, bytes=len(content), cost=cost, replaced=replaced)
            )
    return saved


def _list_pictures(saved: list[_Saved], out: Path) -> None:
    replaced = sum(one.replaced for one in saved)
    again = f", {replaced} of them in place of earlier ones" if replaced else ""
    click.echo(f"\n{len(saved)} pictures are in {out.resolve()}{again}:")
    click.secho(f"  {'picture':<27} {'pixels':>11}  {'format':<6} {'bytes':>9}  {'credits':>9}", bold=True)
    for one in saved:
        cost = f"{one.cost:>9.4f}" if one.cost is not None else f"{'same call':>9}"
        pixels = "{} x {}".format(*one.size)
        click.echo(f"  {one.name:<27} {pixels:>11}  {one.format:<6} {one.bytes:>9,}  {cost}")


def _list_credits(before: float, after: float, told: float) -> None:
    spent = round(before - after, 6)
    free = "; the failed call cost nothing" if abs(spent - told) < 1e-6 else ""
    click.echo(f"\nCredits: {before:,.4f} before, {after:,.4f} after: {spent:.4f} spent{free}.")


def _credits(url: str) -> float:
    return float(json.loads(_get(f"{url}/v1/get-user-credits", {"x-api-key": _KEY}))["credits"])


def _get(url: str, headers: dict[str, str] | None = None) -> bytes:
    with _direct.open(Request(url, headers=headers or {}), timeout=60) as answer:
        content: bytes = answer.read()
    return content
