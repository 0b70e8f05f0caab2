"""The server's settings as command line flags, made from the one table of settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from segmind_mock.config import Config, ConfigError, load
from segmind_mock.settings import SETTINGS

_DEFAULTS = Config()


def settings(*without: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that adds a flag for every setting but those named."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option(
            "--quirk",
            "quirks",
            multiple=True,
            metavar="NAME=READING",
            help="Settle a doubt otherwise; `segmind-mock quirks` lists them. Repeatable.",
        )(function)
        for setting in reversed(list(SETTINGS.values())):
            if setting.name in without:
                continue
            default = getattr(_DEFAULTS, setting.name)
            shown = "" if setting.repeated or default == "" else f" [default: {default}]"
            function = click.option(
                setting.flag,
                setting.name,
                multiple=setting.repeated,
                metavar=setting.metavar,
                help=setting.about + (" Repeatable." if setting.repeated else "") + shown,
            )(function)
        return function

    return decorate


def config_from(flags: dict[str, object]) -> Config:
    """Flags, environment and file as one `Config`; every problem is told at once, as an error of use."""
    given = {name: value for name, value in flags.items() if value is not None and value != ()}
    try:
        return load(given, os.environ)
    except ConfigError as error:
        lines = "\n".join(f"  - {problem}" for problem in error.problems)
        raise click.UsageError(f"these settings cannot be used:\n{lines}") from None
