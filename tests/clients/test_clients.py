"""Clients in other languages: their suites pass, each with a mock that `segmind-mock exec` gives it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXEC = (sys.executable, "-m", "segmind_mock", "exec", "--timing", "instant", "--deadline", "100", "--")
OLDEST_NODE = 18


def needs(program: str) -> pytest.MarkDecorator:
    """Skips a test where a program is missing, and says which."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def assert_passes(*suite: str) -> None:
    """A suite, with a mock of its own, exits with 0; else what it said is shown."""
    done = subprocess.run((*EXEC, *suite), cwd=HERE, capture_output=True, text=True, check=False, timeout=115)
    assert done.returncode == 0, done.stdout + done.stderr


@needs("node")
def test_javascript() -> None:
    """The client in JavaScript does what its suite says."""
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node is {version.strip()}, and fetch came with v{OLDEST_NODE}")
    assert_passes("node", "--test", "client.test.mjs")


@needs("curl")
def test_shell() -> None:
    """The client for the shell does what its suite says."""
    assert_passes("sh", "test_client.sh")
