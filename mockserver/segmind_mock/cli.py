"""The command line. Each subcommand is loaded by name when it is called, so that `serve` starts fast."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click

from segmind_mock import __version__

COMMANDS = {
    "serve": "Serve the mock.",
    "exec": "Run a command with a mock of its own.",
    "demo": "Run the five model pages' calls with the real SDK, and save the pictures.",
    "gallery": "Draw a contact sheet of what every parameter does.",
    "scenario": "What can go wrong, by name: list, show, lint, schema.",
    "spec": "Look into the contract: list, show, lint, bundle.",
    "quirks": "List every doubt about the service and how it is settled.",
    "inspect": "Say which call made a picture file.",
}


class _Group(click.Group):
    """Commands by name; a name that does not exist says which one was probably meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"segmind_mock.commands.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            close = get_close_matches(name, COMMANDS, n=1)
            hint = f"did you mean `segmind-mock {close[0]}`?" if close else f"there are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="segmind-mock")
def main() -> None:
    """Segmind's image API in a box: an offline mock of v1 and v2.

    Start with `segmind-mock serve`, then point your client at the address it prints. No key, no credits and
    no network are needed; nothing leaves this machine.
    """


if __name__ == "__main__":
    main()
