"""`segmind-mock serve`: the mock until it is interrupted."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from segmind_mock.app import create_app
from segmind_mock.commands.models import loaded, refuse_unknown
from segmind_mock.commands.settings import config_from, settings
from segmind_mock.config import Config
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.server import CannotListen, Server, prepare_process
from segmind_mock.web.guard import is_loopback
from segmind_spec import Catalog


@click.command()
@settings()
@click.option("--no-explain", is_flag=True, help="The same as --explain off.")
def command(*, no_explain: bool, **flags: object) -> None:
    """Serve the mock until it is interrupted.

    Every flag can also be set as SEGMIND_MOCK_NAME in the environment, or in segmind-mock.toml (or
    [tool.segmind-mock] of pyproject.toml) in the working folder; flags win.
    """
    if no_explain:
        flags["explain"] = "off"
    config = config_from(flags)
    logging.basicConfig(level=config.log_level.upper(), format="%(levelname)s %(message)s", stream=sys.stderr)
    prepare_process()
    catalog = load_catalog(config)
    try:
        app = create_app(config, catalog=catalog)
    except ScenarioError as error:
        told = "\n".join(f"  - {problem}" for problem in error.problems)
        raise click.UsageError(f"the scenario cannot be used:\n{told}") from None
    try:
        server = Server(app, config, lambda url: _announce(url, config, catalog, app.token))
    except CannotListen as error:
        raise click.ClickException(f"{error}. Try --port 0 for any free port.") from None
    server.serve_until_stopped()


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
