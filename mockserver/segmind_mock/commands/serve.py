"""`segmind-mock serve`: the mock until it is interrupted."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from segmind_mock.app import create_app
from segmind_mock.commands.models import loaded, refuse_unknown
from segmind_mock.commands.settings import config_from, settings
from segmind_mock.config import Config
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.server import CannotListen, Server, prepare_process
from segmind_mock.web.guard import is_loopback
from segmind_spec import Catalog


class ReadyFile:
    """A file that says where a server is ready, for whoever started it; there while the server is.

    It holds JSON: `url`, `port` and `pid`, of the process that serves.
    """

    def __init__(self, path: Path) -> None:
        """Raises `UsageError` for a path at which no file can be written."""
        folder = path.parent
        if not folder.is_dir():
            raise click.UsageError(f"--ready-file: there is no folder {folder}.")
        if path.is_dir():
            raise click.UsageError(f"--ready-file: {path} is a folder; name a file.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise click.UsageError(f"--ready-file: the folder {folder} cannot be written in.")
        self._path = path.absolute()

    def write(self, url: str) -> None:
        """Have it say this, all at once: who reads it reads the whole of it. Raises `ClickException`."""
        told = {"url": url, "port": urlsplit(url).port, "pid": os.getpid()}
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            beside.write_text(json.dumps(told) + "\n", "utf-8")
            os.replace(beside, self._path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise click.ClickException(f"--ready-file: {self._path} cannot be written: {error.strerror}") from None

    def remove(self) -> None:
        """Remove it, unless another server has written its own there; one that cannot be removed stays."""
        try:
            told = json.loads(self._path.read_text("utf-8"))
            if isinstance(told, dict) and told.get("pid") == os.getpid():
                self._path.unlink()
        except (OSError, ValueError):
            return


@click.command()
@settings()
@click.option("--no-explain", is_flag=True, help="The same as --explain off.")
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Written once the server is ready: its url, port and pid as JSON. Removed when it ends.",
)
def command(*, no_explain: bool, ready_file: Path | None, **flags: object) -> None:
    """Serve the mock until it is interrupted.

    Every flag can also be set as SEGMIND_MOCK_NAME in the environment, or in segmind-mock.toml (or
    [tool.segmind-mock] of pyproject.toml) in the working folder; flags win.
    """
    if no_explain:
        flags["explain"] = "off"
    config = config_from(flags)
    ready = None if ready_file is None else ReadyFile(ready_file)
    logging.basicConfig(level=config.log_level.upper(), format="%(levelname)s %(message)s", stream=sys.stderr)
    prepare_process()
    catalog = load_catalog(config)
    with scenario_problems_told():
        app = create_app(config, catalog=catalog)

    def tell(url: str) -> None:
        _announce(url, config, catalog, app.token)
        if ready is not None:
            ready.write(url)

    try:
        server = Server(app, config, tell, on_end=None if ready is None else ready.remove)
    except CannotListen as error:
        raise click.ClickException(f"{error}. Try --port 0 for any free port.") from None
    server.serve_until_stopped()


@contextmanager
def scenario_problems_told() -> Iterator[None]:
    """While an app is made: a scenario that cannot be used is an error of use, told with all that is wrong with it."""
    try:
        yield
    except ScenarioError as error:
        told = "\n".join(f"  - {problem}" for problem in error.problems)
        raise click.UsageError(f"the scenario cannot be used:\n{told}") from None


def load_catalog(config: Config) -> Catalog:
    """The models of a configuration; problems in a folder are told as an error of use."""
    catalog = loaded([Path(folder) for folder in config.spec])
    refuse_unknown(catalog, "--forbid", config.forbid)
    refuse_unknown(catalog, "--retire", config.retire)
    return catalog


def _announce(url: str, config: Config, catalog: Catalog, token: str) -> None:
    key = "SG_0123456789abcdef"
    click.echo(f"segmind-mock is ready at {url}  ({len(catalog)} models, timing {config.timing}, seed {config.seed})")
    if departures := config.quirks.departures():
        click.echo("Quirks: " + ", ".join(f"{name}={reading}" for name, reading in departures.items()))
    if config.scenario:
        click.echo(f"Scenario: {config.scenario}")
    if config.clock != "real":
        pace = "stands still" if config.clock == "frozen" else f"runs {config.clock} times as fast"
        click.echo(f"Its clock {pace}; POST {url}/_mock/clock moves it")
    if not is_loopback(config.host):
        click.echo(f"It listens on {config.host}: whoever reaches this machine can use it.")
    if token:
        click.echo(f"Token of the control plane: {token}")
    click.echo(
        f"""
Point a client at it:
  segmind SDK   SegmindClient(api_key="{key}", base_url="{url}/v1")
  curl          curl -s {url}/v2/sam-img2img -H 'x-api-key: {key}' \\
                  -H 'content-type: application/json' -d '{{"image": "https://segmind.com/kitchen.jpg"}}'
Then try:
  mock:fail, mock:block, mock:stuck or mock:slow=5 inside a prompt, to see every end a job can have
  curl -X PUT {url}/_mock/scenario -d '{{"scenario": "wobbly-gateway"}}'; segmind-mock scenario list
  {url}/openapi.json, the contract; segmind-mock quirks, every doubt; Ctrl-C to stop"""
    )
    sys.stdout.flush()
