"""Layout: the rules that hold for every file, checked on the files themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = {"spec/segmind_spec": "tests/spec", "mockserver/segmind_mock": "tests/mockserver"}
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
EACH = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

ELSEWHERE = {
    "__init__.py": "holds a version or a list of exports; the ports in stores/ are proved by their adapters",
    "__main__.py": "test_cli.py runs it",
    "inprocess/doors/replayed.py": "test_for_httpx.py proves it, fault by fault, by what clients see",
}
"""Modules without a test file of their own name, and why."""

NO_NAMES = {"utils", "helpers", "common", "manager", "misc", "base", "tools", "util"}
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40

READERS = {"clock.py", "randomness.py", "standins.py"}
CLOCKS = {"time", "random", "secrets", "uuid"}
READINGS = {"now", "utcnow", "today", "urandom", "getrandom", "sleep"}

HEAVY = ("PIL", "jsonschema", "hypothesis", "schemathesis", "httpx", "segmind", "pytest", "importlinter")

OVERRIDES = {"startup", "connection_made", "on_response_complete"}
"""Methods that uvicorn names and describes."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def tree(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text("utf-8"))


def functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones too."""
    return (found for found in ast.walk(node) if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef))


def public(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Public classes, functions and methods, each with its name in the module."""
    for found in node.body:
        if isinstance(found, Definition) and not found.name.startswith("_"):
            yield prefix + found.name, found
            if isinstance(found, ast.ClassDef):
                yield from public(found, f"{found.name}.")


def test_imports_point_one_way() -> None:
    """The contracts on imports in pyproject.toml hold."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@EACH
def test_every_module_has_its_tests(path: Path) -> None:
    """The tests of a module are in the file of the same name at the mirrored place."""
    room = next(room for room in ROOMS if path.is_relative_to(ROOT / room))
    place = path.relative_to(ROOT / room)
    mirrored = ROOT / ROOMS[room] / place.with_name(f"test_{place.name}")
    assert mirrored.is_file() != (place.name in ELSEWHERE or str(place) in ELSEWHERE)


def test_exceptions_are_needed() -> None:
    """Every exception to the mirror is about a module that exists."""
    places = {
        str(path.relative_to(ROOT / room)) for room in ROOMS for path in MODULES if path.is_relative_to(ROOT / room)
    }
    names = {path.name for path in MODULES}
    assert set(ELSEWHERE) <= places | names


@EACH
def test_size(path: Path) -> None:
    """No module is longer than 400 lines, and no function longer than 40."""
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_MODULE
    long = {
        found.name: found.end_lineno - found.lineno + 1
        for found in functions(tree(path))
        if found.end_lineno is not None and found.end_lineno - found.lineno >= LONGEST_FUNCTION
    }
    assert long == {}


def test_names() -> None:
    """No file or folder has a name that says nothing, tests included."""
    files = [*MODULES, *(ROOT / "tests").rglob("*.py")]
    names = {part.removeprefix("test_") for path in files for part in path.relative_to(ROOT).with_suffix("").parts}
    assert names & NO_NAMES == set()


def promised() -> set[str]:
    """The methods of the ports: what they do is said where they are promised, not once more in each adapter."""
    classes = (found for path in MODULES for found in ast.walk(tree(path)) if isinstance(found, ast.ClassDef))
    ports = (
        found for found in classes if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in found.bases)
    )
    return {name for port in ports for name, found in public(port) if ast.get_docstring(found)}


@EACH
def test_docstrings(path: Path) -> None:
    """Every module says what it is for, and so does everything public in it that is not promised by a port."""
    module, known = tree(path), promised() | OVERRIDES
    assert ast.get_docstring(module)
    silent = [name for name, found in public(module) if not ast.get_docstring(found)]
    assert [name for name in silent if "." not in name or name.partition(".")[2] not in known] == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_name_their_claims(path: Path) -> None:
    """Every test says in a line what it proves."""
    named = [found for found in functions(tree(path)) if found.name.startswith("test_")]
    assert [found.name for found in named if not ast.get_docstring(found)] == []


def clock_reading(node: ast.AST) -> str | None:
    """How a piece of code reads time or chance by itself; None when it does not."""
    if isinstance(node, ast.Import):
        return next((name.name for name in node.names if name.name.split(".")[0] in CLOCKS), None)
    if isinstance(node, ast.ImportFrom):
        names = {name.name for name in node.names}
        return node.module if node.module in CLOCKS or names & READINGS else None
    if isinstance(node, ast.Attribute) and node.attr in READINGS and isinstance(node.value, ast.Name | ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
        return f"{owner}.{node.attr}" if owner in {"datetime", "date", "asyncio", "os", *CLOCKS} else None
    return None


@EACH
def test_time_and_chance(path: Path) -> None:
    """Time is read, and slept through, in clock.py; chance is drawn in randomness.py; nowhere else."""
    if path.name not in READERS:
        assert [found for node in ast.walk(tree(path)) if (found := clock_reading(node))] == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import time", "time"),
        ("import os, random", "random"),
        ("from uuid import uuid4", "uuid"),
        ("from asyncio import sleep", "asyncio"),
        ("from os import urandom as u", "os"),
        ("datetime.datetime.now()", "datetime.now"),
        ("date.today", "date.today"),
        ("asyncio.sleep(1)", "asyncio.sleep"),
        ("self.clock.now()", None),
        ("from datetime import datetime", None),
    ],
)
def test_what_reads_time(code: str, expected: str | None) -> None:
    """The scan above sees what it is to see."""
    assert next(filter(None, map(clock_reading, ast.walk(ast.parse(code)))), None) == expected


@pytest.mark.parametrize("module", ["segmind_mock.app", "segmind_spec", "segmind_mock.cli"])
def test_light_imports(module: str) -> None:
    """In a fresh interpreter the app and the contract load nothing heavy, and nothing that is for tests only."""
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert done.stdout.split() == []
