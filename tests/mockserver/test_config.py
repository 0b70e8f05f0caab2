"""Config: three places to set things in, one table, and every problem told at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.config import Config, ConfigError, load
from segmind_mock.settings import SETTINGS

EMPTY = Path("no such folder")


def problems(
    flags: Mapping[str, object] | None = None, environment: Mapping[str, str] | None = None, folder: Path = EMPTY
) -> list[str]:
    """What is told of settings that cannot be used."""
    with pytest.raises(ConfigError) as refusal:
        load(flags or {}, environment or {}, folder)
    assert str(refusal.value) == "\n".join(refusal.value.problems)
    return refusal.value.problems


def written(folder: Path, text: str, name: str = "segmind-mock.toml") -> Path:
    """The folder, with a file of settings in it."""
    folder.joinpath(name).write_text(text, "utf-8")
    return folder


def test_nothing_set() -> None:
    """With nothing set anywhere the defaults hold."""
    assert load({}, {}, EMPTY) == Config()


@pytest.mark.parametrize(
    ("flag", "variable", "file", "expected"),
    [(1, "2", 3, 1), (None, "2", 3, 2), (None, None, 3, 3), (1, None, 3, 1), (None, None, None, 8787)],
)
def test_precedence(tmp_path: Path, flag: int | None, variable: str | None, file: int | None, expected: int) -> None:
    """A flag counts more than the environment, and the environment more than the file."""
    if file is not None:
        written(tmp_path, f"port = {file}")
    environment = {"SEGMIND_MOCK_PORT": variable} if variable is not None else {}
    assert load({"port": flag} if flag is not None else {}, environment, tmp_path).port == expected


def test_own_file_before_pyproject(tmp_path: Path) -> None:
    """What `segmind-mock.toml` says counts more than `pyproject.toml`; the rest of both holds."""
    written(tmp_path, '[tool.segmind-mock]\nport = 1\nseed = "a"\n[tool.other]\nport = 3', "pyproject.toml")
    config = load({}, {}, written(tmp_path, "port = 2\nrpm = 5"))
    assert (config.port, config.seed, config.rpm) == (2, "a", 5)


@pytest.mark.parametrize("text", ["", "[tool]", "[tool.other]\nx = 1", "tool = 5"])
def test_a_pyproject_of_others(tmp_path: Path, text: str) -> None:
    """A `pyproject.toml` that does not speak of this mock is no matter."""
    assert load({}, {}, written(tmp_path, text, "pyproject.toml")) == Config()


def test_dashes_in_a_file(tmp_path: Path) -> None:
    """A file may write a setting as the flag does, with dashes."""
    assert load({}, {}, written(tmp_path, 'log-level = "debug"\nmax_jobs = 5')).log_level == "debug"


def test_everything_at_once(tmp_path: Path) -> None:
    """Every problem of every place is told, a sentence each."""
    written(tmp_path, "port = true\n[quirks]\nbearer = 5")
    told = problems({"timing": "fast"}, {"SEGMIND_MOCK_RPM": "-1", "SEGMIND_MOCK_SED": "1"}, tmp_path)
    assert sorted(told) == [
        "port is True (segmind-mock.toml); allowed: a whole number from 0 to 65,535",
        "quirk bearer is '5'; allowed: refuse, accept",
        "rpm is '-1' (environment); allowed: a whole number from 0 to 1,000,000,000",
        "there is no setting 'sed' (environment); did you mean seed?",
        "timing is 'fast' (command line); allowed: brisk, instant, real",
    ]


def test_a_name_like_nothing() -> None:
    """A name that resembles no setting is answered with all there are."""
    (told,) = problems({}, {"SEGMIND_MOCK_XYZZY": "1"})
    assert told.startswith("there is no setting 'xyzzy' (environment); allowed: host, port, ")
    assert told.endswith(", quirks")


def test_a_value_out_of_bounds() -> None:
    """A value that is refused is told with its setting, where it was set, and what is allowed."""
    (told,) = problems({"port": 70_000})
    assert told == "port is 70000 (command line); allowed: a whole number from 0 to 65,535"


def test_other_variables() -> None:
    """Variables of other programs are no settings."""
    assert load({}, {"SEGMIND_API_KEY": "x", "PATH": "y", "SEGMINDMOCK_PORT": "z"}, EMPTY) == Config()


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=4,
)


@given(st.dictionaries(st.one_of(st.sampled_from([*SETTINGS, "quirks"]), st.text(max_size=5)), VALUES, max_size=4))
def test_whatever_is_set(flags: dict[str, object]) -> None:
    """Whatever is set, there is a configuration or a list of sentences, one for every setting at fault."""
    unknown = [name for name in flags if name not in SETTINGS and name != "quirks"]
    try:
        load(flags, {}, EMPTY)
        told = []
    except ConfigError as refusal:
        told = refusal.problems
    assert len(told) >= len(unknown)


@pytest.mark.parametrize(
    ("flags", "environment"),
    [
        ({"quirks": ("bearer=accept", "debit = submission")}, {}),
        ({}, {"SEGMIND_MOCK_QUIRKS": "bearer=accept, debit=submission,"}),
        ({"quirks": ("debit=submission",)}, {"SEGMIND_MOCK_QUIRKS": "bearer=accept,debit=completion"}),
        ({"quirks": {"bearer": "accept", "debit": "submission"}}, {}),
    ],
)
def test_quirks(flags: dict[str, object], environment: dict[str, str]) -> None:
    """Quirks are read as texts, as a list with commas and as a table; places add up, the later one winning."""
    chosen = load(flags, environment, EMPTY).quirks.departures()
    assert chosen == {"bearer": "accept", "debit": "submission"}


def test_quirks_in_a_file(tmp_path: Path) -> None:
    """A file has quirks as a table, in which numbers are texts and TOML's true and false are on and off."""
    folder = written(tmp_path, "[quirks]\nv2_no_credits = 402\nlenient = false\nv2_headers = true")
    assert load({}, {}, folder).quirks.departures() == {"v2_no_credits": "402", "lenient": "off", "v2_headers": "on"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (("bearer",), "quirk 'bearer' (command line) has no reading; write NAME=READING"),
        (("bearer=",), "quirk bearer is ''; allowed: refuse, accept"),
        (("bearer=?",), "quirk bearer is '?'; allowed: refuse, accept"),
        (5, "quirks is 5 (command line); allowed: a table, or NAME=READING texts"),
        ({"bearer": ["accept"]}, "quirk bearer is \"['accept']\"; allowed: refuse, accept"),
    ],
)
def test_bad_quirks(value: object, told: str) -> None:
    """A quirk that is not understood is told, never dropped."""
    assert problems({"quirks": value}) == [told]


def test_a_broken_file(tmp_path: Path) -> None:
    """A file that cannot be read is one problem among others."""
    told = problems({"port": -1}, {}, written(tmp_path, "port = = 1"))
    assert told[0].startswith("segmind-mock.toml cannot be read: ")
    assert len(told) == 2


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """A file that is not UTF-8 cannot be read either."""
    tmp_path.joinpath("segmind-mock.toml").write_bytes(b"seed = '\xff'")
    (told,) = problems({}, {}, tmp_path)
    assert told.startswith("segmind-mock.toml cannot be read: ")


def test_a_table_that_is_none(tmp_path: Path) -> None:
    """`tool.segmind-mock` must be a table."""
    folder = written(tmp_path, "[tool]\nsegmind-mock = 5", "pyproject.toml")
    assert problems({}, {}, folder) == ["pyproject.toml cannot be used: tool.segmind-mock must be a table"]


def test_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless told otherwise, files are looked for in the working folder."""
    monkeypatch.chdir(written(tmp_path, "port = 5"))
    assert load({}, {}).port == 5


def test_where_a_mock_is_is_no_setting() -> None:
    """What `exec` tells its command does not keep that from starting a mock of its own."""
    assert load({}, {"SEGMIND_MOCK_URL": "http://127.0.0.1:1", "SEGMIND_MOCK_SEED": "7"}) == Config(seed="7")
