"""What the fixtures are made of: a project's settings, a test's options, its key, its variables, and its story."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.config import Config, checked
from segmind_mock.fixtures import (
    IN_PROCESS,
    OPTIONS,
    SERVED,
    Account,
    Project,
    ServedMock,
    Unusable,
    check,
    key_of,
    merged,
    packages_in,
)
from segmind_mock.inprocess.interception import Interception
from segmind_mock.inprocess.options import FILES_URL
from segmind_mock.live import LiveServer
from segmind_mock.mock import Mock
from segmind_mock.settings import SETTINGS
from segmind_mock.steering import magic
from tests.worlds import CATALOG, KEY
from tests.worlds import Mock as World
from tests.worlds import mock as world

OPTIONAL = st.dictionaries(st.sampled_from(["credits", "rpm", "seed"]), st.integers())
READINGS = st.dictionaries(st.sampled_from(["bearer", "debit", "lenient"]), st.sampled_from(["one", "other"]))
SAID = st.builds(lambda options, quirks: {**options, "quirks": quirks}, OPTIONAL, READINGS)


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    """A server that runs."""
    with LiveServer(Config(port=0), catalog=CATALOG) as server:
        yield server


def held(here: World) -> Mock:
    """A mock in the hand."""
    return Mock(here.app.control, url="https://api.segmind.com")


def project(folder: Path, text: str = "", seed: str | None = None, **variables: str) -> Project:
    """A project with a file of settings and variables."""
    folder.joinpath("segmind-mock.toml").write_text(text, "utf-8")
    return Project(folder, {f"SEGMIND_MOCK_{name.upper()}": value for name, value in variables.items()}, seed)


def config_of(mine: Project, options: Mapping[str, Any] | None = None) -> Config:
    """The settings with which a test's mock begins."""
    interception = mine.interception(options or {})
    with interception:
        pass
    return interception._config


# --- The project --------------------------------------------------------------------------------------------------


def test_nothing_said(tmp_path: Path) -> None:
    """Where nothing is said the defaults hold, but any text is a key, and a server takes a free port."""
    for config in (config_of(project(tmp_path)), project(tmp_path).server().app.backend.config):
        assert config.quirks.departures() == {"key_shape": "any"}
        assert (config.seed, config.clock, config.credits) == ("0", "real", 1_000_000)
    assert project(tmp_path).server()._config.port == 0


@pytest.mark.parametrize(
    ("seed", "marked", "expected"), [(None, None, "file"), ("flag", None, "flag"), ("flag", "mark", "mark")]
)
def test_whose_seed(tmp_path: Path, seed: str | None, marked: str | None, expected: str) -> None:
    """The option counts more than the settings, and the marker more than both."""
    mine = project(tmp_path, 'seed = "file"', seed)
    assert mine.seed == (seed or "file")
    assert config_of(mine, {} if marked is None else {"seed": marked}).seed == expected


def test_paths_begin_at_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that settings name are found from wherever a run is begun, and the working folder stays what it is."""
    for name in ("models", "pictures", "elsewhere"):
        tmp_path.joinpath(name).mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    config = config_of(project(tmp_path, 'spec = ["models"]\ninputs = "pictures"'))
    assert (config.spec, config.inputs) == ((str(tmp_path / "models"),), str(tmp_path / "pictures"))
    assert Path.cwd() == tmp_path / "elsewhere"


def test_a_scenario_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario's file is found there too; a name stays a name."""
    monkeypatch.chdir("/")
    tmp_path.joinpath("own.yaml").write_text("{scenario: own, rules: [{name: all, do: {error: 502}}]}")
    playing = project(tmp_path, 'scenario = "own.yaml"').server().control.told_scenario(None)
    assert playing["scenario"] == "own"
    assert project(tmp_path, 'scenario = "flaky"').server().control.told_scenario(None)["scenario"] == "flaky"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "0.0.0.0"),
        ("port", "1"),
        ("public_url", "http://a.test"),
        ("files_url", "http://a.test"),
        ("clock", "frozen"),
        ("token", "secret"),
        ("log_level", "debug"),
    ],
)
def test_what_does_not_hold(tmp_path: Path, name: str, value: str) -> None:
    """Where mocks are to be found elsewhere says nothing of those of tests; what servers have is theirs alone."""
    mine = project(tmp_path, **{name: value})
    assert getattr(config_of(mine), name) == getattr(checked({"files_url": FILES_URL}), name)
    of_servers = name in ("clock", "token", "log_level")
    served = getattr(mine.server()._config, name)
    assert served == (value if of_servers else 0 if name == "port" else getattr(Config(), name))


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    """All that is wrong is told at once, and where to look for it."""
    with pytest.raises(Unusable) as refusal:
        project(tmp_path, "rpm = -1", timing="fast")
    assert str(refusal.value).splitlines() == [
        f"the settings of this project cannot be used (SEGMIND_MOCK_* and files in {tmp_path}):",
        "  - rpm is -1 (segmind-mock.toml); allowed: a whole number from 0 to 1,000,000,000",
        "  - timing is 'fast' (environment); allowed: brisk, instant, real",
    ]


@pytest.mark.parametrize("text", ['scenario = "flakyy"', 'spec = ["nowhere"]'])
def test_a_server_that_cannot_be(tmp_path: Path, text: str) -> None:
    """What only shows when the server is made is told the same."""
    mine = project(tmp_path, text)
    with pytest.raises(Unusable, match=r"^the settings of this project cannot be used by segmind_server:\n  - "):
        mine.server()


def test_an_interception_that_cannot_be(tmp_path: Path) -> None:
    """What only shows when an interception starts is told the same, and nothing of it stays."""
    mine = project(tmp_path)
    interception = mine.interception({"scenario": "flakyy"})
    with pytest.raises(Unusable, match="there is no scenario 'flakyy'"):
        mine.start(interception)
    with mine.interception({}) as mock:
        assert mock.calls == []


# --- A test's options ---------------------------------------------------------------------------------------------


@given(SAID, SAID)
def test_closer_options_count_more(before: dict[str, Any], closer: dict[str, Any]) -> None:
    """Each option is the closer one's if that has it, and so is each quirk; neither mapping is changed."""
    both = (repr(before), repr(closer))
    found = merged(before, closer)
    assert found.pop("quirks") == {**before["quirks"], **closer["quirks"]}
    assert found == {name: {**before, **closer}[name] for name in before.keys() | closer.keys() if name != "quirks"}
    assert (repr(before), repr(closer)) == both


@given(OPTIONAL, OPTIONAL)
def test_no_quirks(before: dict[str, Any], closer: dict[str, Any]) -> None:
    """Where neither speaks of quirks, neither does what they come to."""
    assert "quirks" not in merged(before, closer)


@pytest.mark.parametrize("quirks", [["bearer"], "bearer=accept", 5])
def test_quirks_that_are_none(quirks: object) -> None:
    """Quirks that are no mapping are refused in words."""
    with pytest.raises(Unusable, match=re.escape(f"quirks is {quirks!r}; allowed: a mapping")):
        merged({}, {"quirks": quirks})


@pytest.mark.parametrize("fixture", OPTIONS)
def test_options_that_there_are(fixture: str) -> None:
    """Every option of a fixture is accepted by it."""
    check(fixture, dict.fromkeys(OPTIONS[fixture]))


def test_options_of_an_interception() -> None:
    """`segmind_mock` has the options that `intercept` names, and every setting that means something to it."""
    named = {one.name for one in signature(Interception).parameters.values() if one.kind is one.KEYWORD_ONLY}
    assert OPTIONS[IN_PROCESS] >= named
    assert SETTINGS.keys() - OPTIONS[IN_PROCESS] == {"host", "port", "token", "log_level"}


@pytest.mark.parametrize(
    ("fixture", "option", "expected"),
    [
        (IN_PROCESS, "credit", ["there is no option 'credit'; did you mean credits?"]),
        (SERVED, "block_networks", ["there is no option 'block_networks'; did you mean block_network?"]),
        (IN_PROCESS, "status", ["status is an option of segmind_server alone", SERVED, IN_PROCESS]),
        (SERVED, "seed", ["seed is an option of segmind_mock alone", SERVED, IN_PROCESS]),
        (
            IN_PROCESS,
            "token",
            [
                "token cannot be set here: nobody else can reach this mock; the test has it in its hand",
                SERVED,
                IN_PROCESS,
            ],
        ),
        (SERVED, "xyzzy", ["there is no option 'xyzzy'", SERVED, IN_PROCESS]),
    ],
)
def test_options_that_there_are_not(fixture: str, option: str, expected: list[str]) -> None:
    """An option that a fixture does not have is refused with the nearest, or with all that either has."""
    with pytest.raises(Unusable) as refusal:
        check(fixture, {option: 1, "credits": 1})
    lists = {name: f"{name} has: {', '.join(sorted(OPTIONS[name]))}" for name in OPTIONS}
    assert refusal.value.problems == [lists.get(line, line) for line in expected]
    assert str(refusal.value).startswith(f"@pytest.mark.segmind_mock cannot be used by {fixture}:\n  - ")


# --- A served account ---------------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_a_key(one: str, other: str) -> None:
    """A test's key is always the same, has the service's shape, is no magic key, and is no other test's."""
    key = key_of(one)
    assert re.fullmatch("SG_[0-9a-f]{16}", key)
    assert magic(key) is None
    assert key == key_of(one)
    assert (key == key_of(other)) == (one == other)


def test_a_served_mock(live: LiveServer) -> None:
    """It is about its own account alone, and leads clients to it."""
    mock = ServedMock(live, KEY)
    assert (mock.key, mock.url, mock.base_url) == (KEY, live.url, f"{live.url}/v1")
    mock.prepare({"credits": 3, "scenario": "flaky"})
    told = live.do(lambda: live.control.told_account(KEY))
    assert (told["credits"], mock.credits) == (3, 3)
    mock.change(credits=1)
    mock.reset()
    assert mock.credits == 3
    mock.end()
    assert mock.credits == 1_000_000
    own = {"SEGMIND_BASE_URL": mock.base_url, "SEGMIND_API_KEY": KEY, "SEGMIND_MOCK_URL": mock.url}
    assert {name: value for name, value in mock.environment.items() if not name.lower().startswith("no")} == own


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"rpm": -1}, "rpm is -1; allowed: 0 to 1,000,000,000"),
        ({"credits": "5"}, "credits is '5'; allowed: a number"),
        ({"forbid": ["sdxl9"]}, "forbid: there is no model 'sdxl9'"),
        ({"scenario": 5}, "int is no scenario; allowed: a name, a path, a mapping, a list, YAML, None"),
    ],
)
def test_an_account_that_cannot_be(live: LiveServer, options: dict[str, Any], problem: str) -> None:
    """Options that an account cannot have are refused in words."""
    with pytest.raises(Unusable, match=f"cannot be used by segmind_server:\n  - {re.escape(problem)}"):
        ServedMock(live, KEY).prepare(options)


# --- What is told -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "seed", "lines"),
    [
        ({}, "0", ["seed 0; repeat with --segmind-seed=0"]),
        ({}, "it's two", ["seed it's two; repeat with --segmind-seed='it'\"'\"'s two'"]),
        ({"seed": "9"}, "9", ["seed 9; the marker says so"]),
        ({"scenario": "flaky"}, "0", ["seed 0; repeat with --segmind-seed=0", "scenario flaky"]),
        ({"scenario": {"scenario": "own"}}, "0", ["seed 0; repeat with --segmind-seed=0", "scenario own"]),
        ({"scenario": {}}, "0", ["seed 0; repeat with --segmind-seed=0", "scenario without a name"]),
        ({"scenario": "a: 1\nb: 2"}, "0", ["seed 0; repeat with --segmind-seed=0", "scenario in YAML"]),
        ({"scenario": Path("a.yaml")}, "0", ["seed 0; repeat with --segmind-seed=0", "scenario a.yaml"]),
    ],
)
def test_a_story(options: dict[str, Any], seed: str, lines: list[str]) -> None:
    """It tells where, seed, scenario, credits, clock and exchanges, a line each."""
    here = world(seed=seed, credits=2.5)
    account = Account(IN_PROCESS, held(here), options)
    here.clock.advance(3600)
    assert account.text().splitlines() == [
        "segmind_mock at https://api.segmind.com",
        *lines,
        "credits 2.5",
        "clock 2023-11-14 23:13:20 UTC, 3,600.0 s after the test began",
        "no exchanges",
    ]


def test_a_story_that_is_kept() -> None:
    """What was kept is told, whatever becomes of the mock."""
    here = world()
    mock = held(here)
    account = Account(IN_PROCESS, mock, {})
    here.credits()
    assert "1 exchange:" in account.text()
    account.keep()
    mock.reset()
    assert "1 exchange:" in account.text()


def test_no_key_in_a_story(live: LiveServer) -> None:
    """Whatever is told, and whatever goes wrong meanwhile, a key is masked."""
    account = Account(SERVED, ServedMock(live, KEY), {"scenario": f"of {KEY}"})
    assert KEY not in account.text()
    assert "as SG_…cdef" in account.text()
    assert "scenario of SG_…cdef" in account.text()


def test_a_story_that_cannot_be_told() -> None:
    """Whatever goes wrong, something is told."""

    class Broken(Mock):
        def log(self, newest: int = 20) -> str:
            raise LookupError(f"no {KEY}")

    account = Account(IN_PROCESS, Broken(world().app.control, url="https://api.segmind.com"), {})
    assert account.text() == "this section could not be made: LookupError: no SG_…cdef"


@pytest.mark.parametrize("reading", ["segmind", "any"])
def test_a_quirk_that_is_spelt_out(tmp_path: Path, reading: str) -> None:
    """A project that says which keys count is heard, also where it says what a server holds anyway."""
    assert config_of(project(tmp_path, quirks=f"key_shape={reading}")).quirks["key_shape"] == reading


def test_the_package_of_the_project(tmp_path: Path) -> None:
    """What a project installs is known by the name that its folder tells; where there is none, nothing is."""
    assert packages_in(tmp_path) == ()
    tmp_path.joinpath("pyproject.toml").write_text('[project]\nname = "tenacity"\n', "utf-8")
    assert packages_in(tmp_path) == ("tenacity",)
    assert project(tmp_path).interception({})._code == {"tenacity"}
    assert project(tmp_path).interception({"code": ["mine"]})._code == {"mine"}
    tmp_path.joinpath("pyproject.toml").write_text('[project]\nname = "not-installed-anywhere"\n', "utf-8")
    assert packages_in(tmp_path) == ()
