"""`segmind-mock exec`: a command of any language, with a mock of its own for as long as it runs."""

from __future__ import annotations

import logging
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import click

from segmind_mock.commands.serve import load_catalog, scenario_problems_told
from segmind_mock.commands.settings import config_from, settings
from segmind_mock.config import Config
from segmind_mock.directions import directions
from segmind_mock.live import LiveServer
from segmind_mock.server import CannotListen
from segmind_mock.settings import PREFIX

KEY = "SG_0123456789abcdef"
TOO_LATE, NOT_EXECUTABLE, NOT_FOUND, SIGNALLED = 124, 126, 127, 128
"""Exit codes, as timeout(1) and shells have them; the number of a signal is added to the last."""
GRACE = 5.0
"""Seconds that a command has to end by itself when its time is over."""
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_TYPED = (signal.SIGINT, signal.SIGQUIT)
"""Signals that a terminal sends to everybody in its foreground."""


def _seconds(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise click.BadParameter(f"{value:g}; allowed: seconds, more than 0.")
    return value


@click.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--deadline",
    type=float,
    callback=_seconds,
    metavar="SECONDS",
    help="End the command, not what it has started, when it has run so long: terminate, then kill; exit code 124.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder named in SEGMIND_OUT, made if need be. [default: one that is removed at the end]",
)
@settings("host", "port")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def command(*, words: tuple[str, ...], deadline: float | None, out: Path | None, **flags: object) -> None:
    """Run a command with a mock of its own, on a free port of this machine.

    The command finds in its environment: SEGMIND_BASE_URL (ends in /v1), SEGMIND_API_KEY, SEGMIND_MOCK_URL (the
    mock's root, for /_mock), SEGMIND_OUT (a folder for pictures) and, with --deadline, SEGMIND_DEADLINE (seconds).
    Input, output and exit code are the command's own; 127 if there is none of that name, 126 if it cannot be run.

    SEGMIND_MOCK_* variables and segmind-mock.toml are settings, as for `serve`; host and port are not.
    """
    config = replace(config_from(flags), host=Config().host, port=0)
    _log_to_stderr(config)
    catalog = load_catalog(config)
    with scenario_problems_told():
        server = LiveServer(config, catalog=catalog)
    try:
        with _Signals() as signals, _folder(out) as folder, server:
            code = _run(words, environment(os.environ, server.url, folder, deadline), deadline, signals)
    except CannotListen as error:
        raise click.ClickException(f"{error}.") from None
    raise SystemExit(code)


def environment(before: Mapping[str, str], url: str, out: Path, deadline: float | None) -> dict[str, str]:
    """What a command finds: the caller's variables but for the settings, and where the mock is, at `url`.

    `out` is a folder, `deadline` in seconds.
    """
    own = {**directions(url, KEY, before), "SEGMIND_OUT": str(out.absolute())}
    if deadline is not None:
        own["SEGMIND_DEADLINE"] = str(int(deadline)) if deadline.is_integer() else str(deadline)
    kept = {name: value for name, value in before.items() if not name.startswith(PREFIX) and name != "SEGMIND_DEADLINE"}
    return kept | own


def _log_to_stderr(config: Config) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("segmind_mock").setLevel(config.log_level.upper())


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """The folder for what a command makes; one that nobody named is removed with all that is in it."""
    if out is None:
        with TemporaryDirectory(prefix="segmind-mock-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--out: {out} cannot be a folder: {error.strerror}.") from None
    yield out


class _Signals:
    """While a block lasts, signals that would end this process go to the command, for which it waits.

    A signal that comes before there is a command is kept in `early`.
    """

    def __init__(self) -> None:
        self.early: int | None = None
        self._command: subprocess.Popen[bytes] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        for number in _PASSED_ON:
            # What the caller has turned off, as nohup does, stays off, for the command too.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._pass_on)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def go_to(self, command: subprocess.Popen[bytes]) -> None:
        """Let signals go to this command, also one that came before."""
        self._command = command
        if self.early is not None:
            command.send_signal(self.early)

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        if self._command is None:
            self.early = number
        elif not (number in _TYPED and _has_felt(self._command)):
            self._command.send_signal(number)


def _has_felt(command: subprocess.Popen[bytes]) -> bool:
    """Whether what is typed at a terminal reaches a command by itself: it is in the foreground, as this process is."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp() == os.getpgid(command.pid)
    except OSError:
        return False
    finally:
        os.close(terminal)


def _run(words: Sequence[str], variables: Mapping[str, str], deadline: float | None, signals: _Signals) -> int:
    """Run a command to its end, or to the deadline; its exit code as a shell would tell it."""
    if signals.early is not None:
        return SIGNALLED + signals.early
    try:
        # Whatever the caller has opened for the command is open there too; nothing of this process is inheritable.
        process = subprocess.Popen(words, env=variables, close_fds=False)
    except FileNotFoundError:
        click.echo(f"segmind-mock exec: {words[0]} was not found, neither on PATH nor as a file", err=True)
        return NOT_FOUND
    except OSError as error:
        click.echo(f"segmind-mock exec: {words[0]} cannot be run: {error.strerror}", err=True)
        return NOT_EXECUTABLE
    signals.go_to(process)
    try:
        code = process.wait(deadline)
    except subprocess.TimeoutExpired:
        _end(process)
        return TOO_LATE
    return code if code >= 0 else SIGNALLED - code


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have a command end: asked first, then made to."""
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
