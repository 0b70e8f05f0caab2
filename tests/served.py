"""A mock in a process of its own, on a port that the system chose."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

_READY = re.compile(r"ready at (http://\S+)")


@dataclass(frozen=True, slots=True)
class Served:
    """Where a mock listens, and its process."""

    url: str
    pid: int
    said: list[str] = field(default_factory=list)
    """The lines it has printed since it was ready, its errors too."""


@contextmanager
def serving(*flags: str) -> Iterator[Served]:
    """`segmind-mock serve` with `flags`, ready; ended by its own process id."""
    command = [sys.executable, "-m", "segmind_mock", "serve", "--port", "0", *flags]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEGMIND")}
    process = subprocess.Popen(
        command,
        cwd=tempfile.gettempdir(),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    draining: threading.Thread | None = None
    try:
        url = _url(process.stdout)
        # Read on, lest a pipe that is full stops the server.
        served = Served(url, process.pid)
        draining = threading.Thread(target=_listen, args=(process.stdout, served.said), daemon=True)
        draining.start()
        yield served
    finally:
        process.terminate()
        process.wait(timeout=20)
        if draining is not None:
            draining.join(timeout=20)
        process.stdout.close()


def _listen(output: IO[str], said: list[str]) -> None:
    for line in output:
        said.append(line)


def _url(output: IO[str]) -> str:
    said = ""
    for line in output:
        said += line
        if found := _READY.search(line):
            return found[1]
    raise AssertionError(f"the mock did not start:\n{said}")
