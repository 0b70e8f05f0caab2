"""Scenarios that come with the mock, by name, and those in files."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from segmind_mock.scenarios.positions import MOST
from segmind_mock.scenarios.problems import Problem, ScenarioError
from segmind_mock.scenarios.reading import read
from segmind_mock.scenarios.scenario import Scenario

SUFFIXES = (".yaml", ".yml", ".json")


def names() -> list[str]:
    """The scenarios of the library, in alphabetical order."""
    return sorted(file.name.removesuffix(".yaml") for file in _folder().iterdir() if file.name.endswith(".yaml"))


def text_of(name: str) -> str:
    """The text of a scenario of the library. Raises `ScenarioError` with close names when there is none."""
    if name not in names():
        raise ScenarioError([Problem(None, "", _unknown(name))])
    return _folder().joinpath(f"{name}.yaml").read_text("utf-8")


def load(name: str) -> Scenario:
    """A scenario of the library. Raises `ScenarioError`."""
    return read(text_of(name), origin=f"{name}.yaml")


def find(name_or_path: str) -> Scenario:
    """A scenario of the library by its name, else of a file by its path. Raises `ScenarioError`."""
    if name_or_path in names():
        return load(name_or_path)
    if name_or_path.endswith(SUFFIXES) or "/" in name_or_path or Path(name_or_path).is_file():
        return load_file(Path(name_or_path))
    raise ScenarioError([Problem(None, "", _unknown(name_or_path))])


def load_file(path: Path, *, models: Collection[str] | None = None) -> Scenario:
    """The scenario of a file. Raises `ScenarioError`, also for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            source = file.read(MOST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is no path"
        raise ScenarioError([Problem(None, "", f"cannot be read: {reason}", str(path))]) from None
    return read(source, origin=str(path), models=models)


def _folder() -> Traversable:
    return files("segmind_mock.scenarios").joinpath("library")


def _unknown(name: str) -> str:
    close = get_close_matches(name, names(), n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "`segmind-mock scenario list` lists them."
    return f"there is no scenario {name[:60]!r}; {hint} A file is named with its path, as in ./mine.yaml."
