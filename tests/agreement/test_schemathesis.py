"""The served contract and the server agree, as a stock Schemathesis sees them over a socket."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.served import serving
from tests.worlds import KEY

ROOT = Path(__file__).parent.parent.parent
SETTINGS = ROOT / "fixtures" / "schemathesis.toml"


def run(tmp_path: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A stock run of every phase with every check, in a folder of its own."""
    command = [str(Path(sys.executable).parent / "schemathesis"), *options, "run", f"{url}/openapi.json"]
    command += ["-H", f"x-api-key: {KEY}", "--max-examples", "15", "--seed", "1", "--generation-database", "none"]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)


STAND_IN = ("--timing", "instant", "--quirk", "unreadable_input=stand-in")
"""No schema says which texts are the base64 of a picture, so what a generator makes up must be stood in for."""


@pytest.mark.timeout(400)
def test_a_stock_run_finds_nothing(tmp_path: Path) -> None:
    """Where v2 refuses at submit what is no good, no setting of the tool is needed."""
    with serving(*STAND_IN, "--quirk", "v2_validation=submit") as served:
        ran = run(tmp_path, served.url)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "No issues found" in ran.stdout


@pytest.mark.timeout(400)
def test_a_run_against_the_default_reading_finds_nothing(tmp_path: Path) -> None:
    """Where v2 queues everything, the tool must be told that 422 answers a good question about a failed job."""
    with serving(*STAND_IN) as served:
        ran = run(tmp_path, served.url, "--config-file", str(SETTINGS))
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "No issues found" in ran.stdout
