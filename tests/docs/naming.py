"""What the documentation may name: read off the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from segmind_mock import Mock
from segmind_mock.cli import main
from segmind_mock.commands.exec import environment
from segmind_mock.fixtures import OPTIONS, ServedMock
from segmind_mock.settings import SETTINGS

FLAG = r"(?<![\w-])--[a-z][a-z-]+"


def commands(command: click.Command = main) -> Iterator[click.Command]:
    """A command and all below it."""
    yield command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found)


FLAGS = {flag for command in commands() for parameter in command.params for flag in parameter.opts}
FLAGS |= {"--help", "--segmind-seed"}
COMMANDS = set(main.list_commands(click.Context(main)))
ATTRIBUTES = {name for name in {*dir(Mock), *ServedMock.__annotations__} if not name.startswith("_")}
"""What a mock can be asked for."""
MARKED = OPTIONS["segmind_mock"] | OPTIONS["segmind_server"]
"""Options of the marker, and with them those of `intercept`."""
VARIABLES = {setting.variable for setting in SETTINGS.values()} | {"SEGMIND_MOCK_QUIRKS"}
VARIABLES |= {*environment({}, "http://127.0.0.1:1", Path("out"), 1.0)}
