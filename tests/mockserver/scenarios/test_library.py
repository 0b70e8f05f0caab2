"""Library: every scenario in it is sound, and files are read as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmind_mock.scenarios import library
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.scenarios.reading import read
from tests.worlds import CATALOG


def test_names() -> None:
    """The names come in alphabetical order."""
    assert library.names() == sorted(library.names())
    assert {"wobbly-gateway", "stuck-queue", "lost-answer", "expired-early", "backwards"} <= set(library.names())


@pytest.mark.parametrize("name", library.names())
def test_each(name: str) -> None:
    """Each is named as its file is, and names only models that there are."""
    scenario = read(library.text_of(name), models=CATALOG.slugs)
    assert scenario.name == name
    assert library.load(name) == library.find(name) == scenario


@pytest.mark.parametrize("suffix", library.SUFFIXES)
def test_files(tmp_path: Path, suffix: str) -> None:
    """A path finds the scenario of a file; its problems name the file."""
    file = tmp_path / f"mine{suffix}"
    file.write_text('{"scenario": "a", "teaches": "b", "rests_on": "c", "rules": [{"ends": true}]}')
    assert library.find(str(file)).name == "a"
    file.write_text("{}")
    with pytest.raises(ScenarioError, match=r"mine.*:1: scenario is missing"):
        library.find(str(file))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("woobly-gateway", "there is no scenario 'woobly-gateway'; did you mean wobbly-gateway"),
        ("x", "`segmind-mock scenario list` lists them."),
        ("", "there is no scenario ''"),
        ("x.yaml", "x.yaml: cannot be read: No such file or directory"),
        ("./", "cannot be read: Is a directory"),
        ("a\0/", "cannot be read: is no path"),
    ],
    ids=["close", "far", "empty", "no file", "folder", "no path"],
)
def test_none(name: str, words: str) -> None:
    """What is not there is told with close names, or as a file that cannot be read."""
    with pytest.raises(ScenarioError) as caught:
        library.find(name)
    assert words in str(caught.value)


def test_text_of_none() -> None:
    """The text of a scenario that there is not is refused."""
    with pytest.raises(ScenarioError, match="there is no scenario 'x'"):
        library.text_of("x")
