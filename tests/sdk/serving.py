"""The client program as a process of its own, under any interpreter that has an SDK."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHUT = ("--credits", "0", "--retire", "image-converter", "--forbid", "sam-img2img")
"""Flags of a mock that refuses: no credits, a retired and a forbidden model."""


class Line(NamedTuple):
    """One check of the program, as it printed it."""

    check: str
    ok: bool
    seen: object


class Run(NamedTuple):
    """What a program run came to."""

    code: int
    lines: list[Line]
    errors: str


def run_program(python: str, url: str, shut_url: str, *, key: str, only: str = "") -> Run:
    """Run the client program under an interpreter with an SDK installed."""
    arguments = ["--url", url, "--shut-url", shut_url, "--key", key, "--only", only]
    done = subprocess.run(
        [python, "-m", "tests.sdk.program", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=_environment(),
        timeout=100,
        check=False,
    )
    lines = [Line(**json.loads(line)) for line in done.stdout.splitlines()]
    return Run(done.returncode, lines, done.stderr)


def _environment() -> dict[str, str]:
    """This one, without a key of the developer's, and past any proxy: everything is on this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEGMIND")} | {"no_proxy": "*"}
