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
from dataclasses import dataclass
from typing import IO

_READY = re.compile(r"ready at (http://\S+)")


@dataclass(frozen=True, slots=True)
class Served:
    """Where a mock listens, and its process."""

    url: str
    pid: int


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
    try:
        url = _url(process.stdout)
        # Read on, lest a pipe that is full stops the server.
        draining = threading.Thread(target=process.stdout.read, daemon=True)
        draining.start()
        yield Served(url, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def _url(output: IO[str]) -> str:
    said = ""
    for line in output:
        said += line
        if found := _READY.search(line):
            return found[1]
    raise AssertionError(f"the mock did not start:\n{said}")
