"""Follows a page as a reader would: its files are written, its commands run, and what it shows must be there.

A block of code whose first line is a comment with a file's name is that file; written again, it takes the place of
what was there. Any other ```python is a script, and ```sh is for a shell. A ```text is part of what the step before
it printed, `…` standing for any characters of a line, or on a line of its own for any lines.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
WALKED = [DOCS / "tutorial.md", DOCS / "testing.md", *sorted((DOCS / "how-to").glob("*.md"))]
"""Pages of which each is followed from top to bottom in a folder of its own."""

WRITTEN = {"python", "toml", "yaml", "json", "js", "text"}
"""Languages in which a page shows files."""
FETCHED = ("node", "curl")
"""Programs that a machine may not have; steps that need one that is missing are left out."""

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"(?:#|//) ([\w./-]+\.\w+)\n")
_SKIPPED = re.compile(r"^pip install .*$", re.MULTILINE)
_FAILS = re.compile(r"^(.+?)  # fails$", re.MULTILINE)
_PLUGINS = ("anyio", "asyncio", "cacheprovider", "hypothesispytest", "randomly", "schemathesis", "timeout")
"""Plugins of this environment that a reader does not have."""

_GUARD = """import sys

def _watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in ("127.0.0.1", "::1"):
        raise RuntimeError(f"a page calls {arguments[1]}")
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "127.0.0.1", "::1", "localhost", b"127.0.0.1"):
        raise RuntimeError(f"a page looks for {arguments[0]}")

sys.addaudithook(_watch)
"""
"""Python that a page starts may call this machine and no other."""


class Fence(NamedTuple):
    """A block of a page."""

    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file that it is."""
        named = _NAMED.match(self.text) if self.language in WRITTEN else None
        return named[1] if named else None

    @property
    def content(self) -> str:
        """What is in the file; of JSON, which has no comments, without the name."""
        return self.text.partition("\n")[2] if self.language == "json" else self.text


class Went(NamedTuple):
    """What a step came to."""

    code: int
    printed: str


def fences(page: Path) -> list[Fence]:
    """Every block of a page, in its order."""
    return [Fence(found[1], found[2]) for found in _FENCE.finditer(page.read_text("utf-8"))]


class Walk:
    """One page, followed in a folder."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page = page
        self._folder = folder / "project"
        self._folder.mkdir()
        home = folder / "home"
        home.mkdir()
        (home / "sitecustomize.py").write_text(_GUARD, "utf-8")
        self._environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(home),
            "PYTHONPATH": str(home),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_ADDOPTS": " ".join(f"-p no:{plugin}" for plugin in _PLUGINS),
            "COLUMNS": "80",
            "LANG": "C.UTF-8",
        }

    def follow(self) -> Iterator[str]:
        """What is wrong with the page, step after step."""
        went: Went | None = None
        for fence in fences(self.page):
            if fence.file is not None:
                self._write(fence)
            elif fence.language == "text":
                if went is not None and not is_shown(fence.text, went.printed):
                    yield f"shown is:\n{fence.text}\nprinted is:\n{went.printed}"
            elif fence.language in ("python", "sh"):
                went = self._run(fence)
                if went is not None and went.code:
                    yield f"exit code {went.code} of:\n{fence.text}\nprinted is:\n{went.printed}"
            else:
                _parse(fence)

    def _write(self, fence: Fence) -> None:
        path = self._folder / str(fence.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fence.content, "utf-8")
        _parse(fence)

    def _run(self, fence: Fence) -> Went | None:
        """Run a step; None if a program that it needs is missing."""
        needed = [name for name in FETCHED if re.search(rf"\b{name}\b", fence.text)]
        if not all(map(shutil.which, needed)):
            return None
        command = [sys.executable, "-"] if fence.language == "python" else ["bash", "-euo", "pipefail", "-s"]
        done = subprocess.run(
            command,
            input=fence.text if fence.language == "python" else shell(fence.text),
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Went(done.returncode, done.stdout)


def shell(text: str) -> str:
    """Commands as they are run: nothing is installed, and what is to fail has to."""
    joined = text.replace("\\\n", " ")
    return _FAILS.sub(r"if \1; then echo 'that should have failed'; exit 1; fi", _SKIPPED.sub(":", joined))


def is_shown(shown: str, printed: str) -> bool:
    """Whether lines that a page shows follow one another in what was printed."""
    lines = shown.rstrip().splitlines()
    parts = (r"(?:.*\n)*?" if line.strip() == "…" else f"{_wanted(line)}[ ]*\n" for line in lines)
    return re.search(f"^{''.join(parts)}", f"{printed.rstrip()}\n", re.MULTILINE) is not None


def _wanted(line: str) -> str:
    return ".*?".join(map(re.escape, line.rstrip().split("…")))


def _parse(fence: Fence) -> None:
    """Raises for data that is none."""
    if fence.language == "yaml":
        yaml.safe_load(fence.content)
    elif fence.language == "json":
        json.loads(fence.content)
