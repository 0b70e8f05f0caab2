"""What the package names for its users, and that naming it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import segmind_mock


def test_everything_named_is_there() -> None:
    """Each name leads to what has that name, and `dir` and `*` tell the same names."""
    assert dir(segmind_mock) == sorted(segmind_mock.__all__)
    for name in set(segmind_mock.__all__) - {"__version__", "intercept"}:
        assert getattr(segmind_mock, name).__name__ == name


def test_anything_else() -> None:
    """A name that is not there is told with those that are."""
    with pytest.raises(AttributeError, match=r"no attribute 'intercpet'; it has: .*intercept"):
        _ = segmind_mock.intercpet


def test_importing_it_loads_nothing() -> None:
    """In a fresh interpreter it brings `importlib` and nothing else that was not there."""
    code = "import sys; before = set(sys.modules); import segmind_mock; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert {name.partition(".")[0] for name in done.stdout.split()} <= {
        "__future__",
        "importlib",
        "segmind_mock",
        "warnings",
    }
