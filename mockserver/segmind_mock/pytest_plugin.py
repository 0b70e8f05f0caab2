"""The plugin for pytest: fixtures `segmind_mock` and `segmind_server`, the marker, the seed, and what failures tell.

It is loaded in every run of pytest, whether a test asks for a mock or not; so the mock is loaded by the fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from segmind_mock.fixtures import Account, Project, ServedMock
    from segmind_mock.live import LiveServer
    from segmind_mock.mock import Mock

MARKER = "segmind_mock"
SECTION = "segmind-mock"

_PREFIX = "SEGMIND_MOCK_"
_RANDOM = "random"
_LONGEST_SEED = 200
_SEED_KEY = "segmind_seed"


class Run(NamedTuple):
    """What is known of a run before any test wants a mock."""

    folder: Path
    """Where the project's files are."""
    environment: dict[str, str]
    """The settings among the variables."""
    seed: str | None
    """None where the project's own holds."""


_RUN = pytest.StashKey[Run]()
_ACCOUNTS = pytest.StashKey["list[Account]"]()


# --- The run ------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.getgroup(SECTION).addoption(
        "--segmind-seed",
        metavar="SEED",
        help="Seed of the mocks of this run: decides ids, timings and pictures. 'random' draws one, which the report "
        "of a failure tells. [default: the project's setting, or 0]",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Look at what this run was begun with; the seed is the same for all of its workers."""
    config.addinivalue_line(
        "markers",
        "segmind_mock(**options): how the mock of a test begins; without a fixture it brings segmind_mock. Of "
        "segmind_mock: block_network, allow, hosts, real_time, code, scenario, seed, timing, credits, rpm, quirks, and "
        "further settings. Of segmind_server: scenario, credits, rpm, forbid, retire, status, quirks. The closest "
        "marker counts most, option by option.",
    )
    environment = {name: value for name, value in os.environ.items() if name.startswith(_PREFIX)}
    config.stash[_RUN] = Run(config.rootpath, environment, _seed(config))


def _seed(config: pytest.Config) -> str | None:
    told: dict[str, str | None] = getattr(config, "workerinput", {})
    if _SEED_KEY in told:
        return told[_SEED_KEY]
    seed: str | None = config.getoption("--segmind-seed")
    if seed is not None and not 1 <= len(seed) <= _LONGEST_SEED:
        raise pytest.UsageError(f"--segmind-seed has {len(seed)} characters; allowed: 1 to {_LONGEST_SEED}, or random")
    if seed != _RANDOM:
        return seed
    from segmind_mock.randomness import secret

    return secret()[:12]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker the seed."""
    node.workerinput[_SEED_KEY] = node.config.stash[_RUN].seed


def pytest_report_header(config: pytest.Config) -> str | None:
    """The seed, if one was asked for."""
    seed = config.stash[_RUN].seed
    return None if seed is None else f"segmind-mock: --segmind-seed={seed}"


# --- A test -------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have the report of a failure tell what was asked of the mocks."""
    report = yield
    accounts = item.stash.get(_ACCOUNTS, [])
    if report.failed:
        for account in accounts:
            _add(report, account.text())
    if call.when == "teardown":
        accounts.clear()
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that has the marker and neither fixture is meant to be mocked: it uses `segmind_mock`."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if isinstance(names, list) and not {MARKER, "segmind_server"} & {*names} and item.get_closest_marker(MARKER):
            names.append(MARKER)


def _add(report: pytest.TestReport, text: str) -> None:
    """Put a section where JUnit's file has it too; where there is no such place, where the terminal shows it."""
    add = getattr(report.longrepr, "addsection", None)
    if add is None:
        report.sections.append((SECTION, text))
    else:
        add(SECTION, text)


def _options(request: pytest.FixtureRequest, fixture: str) -> dict[str, Any]:
    """What the markers say of a test, the closest last; of one place, what was put on last counts."""
    from segmind_mock.fixtures import Unusable, check, merged

    options: dict[str, Any] = {}
    for node in request.node.listchain():
        for mark in node.own_markers:
            if mark.name != MARKER:
                continue
            if mark.args:
                problem = f"{mark.args[0]!r:.60} has no name; write segmind_mock(NAME={mark.args[0]!r:.60})"
                raise Unusable("@pytest.mark.segmind_mock cannot be used", [problem])
            options = merged(options, mark.kwargs)
    check(fixture, options)
    return options


def _reported(request: pytest.FixtureRequest, fixture: str, mock: Mock, options: dict[str, Any]) -> Account:
    from segmind_mock.fixtures import Account

    account = Account(fixture, mock, options)
    request.node.stash.setdefault(_ACCOUNTS, []).append(account)
    return account


@contextmanager
def _told_shortly() -> Iterator[None]:
    """Let what cannot be used fail a test in words, without a traceback."""
    from segmind_mock.fixtures import Unusable

    try:
        yield
    except Unusable as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


# --- Fixtures -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _segmind_project(pytestconfig: pytest.Config) -> Project:
    """The settings for all tests of this run."""
    from segmind_mock.fixtures import Project

    with _told_shortly():
        return Project(*pytestconfig.stash[_RUN])


@pytest.fixture(scope="session")
def _segmind_live(_segmind_project: Project) -> Iterator[LiveServer]:
    """The server of this run, or of this worker."""
    with _told_shortly():
        server = _segmind_project.server()
    with server:
        yield server


@pytest.fixture
def segmind_mock(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _segmind_project: Project
) -> Iterator[Mock]:
    """Segmind's API answered inside this process, by a mock of the test's own: no socket, and sleeping takes no time.

    Code that calls the service by segmind, httpx, requests, urllib3 or aiohttp runs unchanged. A sleep moves the
    clock, for the code under test and for the mock alike; so does `segmind_mock.advance(seconds)`. What it gives is
    a `segmind_mock.Mock`: `calls`, `find`, `verify`, `jobs`, `credits`, `change`, `play`.

    Say how it begins by a marker, on a function, a class or a module:
    `@pytest.mark.segmind_mock(scenario="flaky", credits=5, block_network=True)`. All options of
    `segmind_mock.intercept` are options here. `SEGMIND_MOCK_*`, `segmind-mock.toml` and `[tool.segmind-mock]` hold for
    all tests, but for what only a server has: host, port, URLs, clock, token. Any text is an API key, unless `quirks`
    say otherwise.
    """
    from segmind_mock.fixtures import IN_PROCESS
    from segmind_mock.inprocess.given_key import KEY, VARIABLE

    with _told_shortly():
        options = _options(request, IN_PROCESS)
        interception = _segmind_project.interception(options)
    if VARIABLE not in os.environ:
        # By the fixture by which tests change variables: then all of that is undone in the right order.
        monkeypatch.setenv(VARIABLE, KEY)
    try:
        with _told_shortly():
            mock = _segmind_project.start(interception)
        _reported(request, IN_PROCESS, mock, options)
        yield mock
    finally:
        interception.stop()


@pytest.fixture
def segmind_server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _segmind_live: LiveServer
) -> Iterator[ServedMock]:
    """Segmind's API on a port of this machine, in real time: one server for the run, an account of it for each test.

    For clients that this process does not run, or that are given an address. What it gives is a `segmind_mock.Mock`
    of one account, and has `url`, `base_url` (ends in `/v1`), `key` (which no other test has) and `environment`: the
    variables `SEGMIND_BASE_URL`, `SEGMIND_API_KEY`, `SEGMIND_MOCK_URL` and `NO_PROXY`, which are set while the test
    runs. `advance(seconds)` moves the clock of the account; after the test the account is reset.

    Say how it begins by a marker: `@pytest.mark.segmind_mock(scenario="flaky", credits=5)`; also rpm, forbid, retire,
    status and quirks. `SEGMIND_MOCK_*`, `segmind-mock.toml` and `[tool.segmind-mock]` hold for the server, but for
    host, port and URLs.
    """
    from segmind_mock.fixtures import SERVED, ServedMock, key_of

    with _told_shortly():
        options = _options(request, SERVED)
    mock = ServedMock(_segmind_live, key_of(request.node.nodeid))
    for name, value in mock.environment.items():
        monkeypatch.setenv(name, value)
    try:
        with _told_shortly():
            mock.prepare(options)
        account = _reported(request, SERVED, mock, options)
        yield mock
        account.keep()
    finally:
        mock.end()
