"""What the fixtures for pytest are made of: a project's settings, a test's options, and the mocks that come of them.

It knows nothing of pytest. What a project or a test says and cannot be used is refused as `Unusable`.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmind_mock.config import Config, ConfigError, checked, load
from segmind_mock.control import Refused
from segmind_mock.directions import directions
from segmind_mock.inprocess.interception import Interception
from segmind_mock.inprocess.options import ELSEWHERE, OWN
from segmind_mock.masking import masked
from segmind_mock.mock import ManyAccounts, Mock
from segmind_mock.redaction import without_keys
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.seen import amount
from segmind_mock.settings import SETTINGS
from segmind_spec import SpecError

if TYPE_CHECKING:
    from segmind_mock.live import LiveServer

IN_PROCESS, SERVED = "segmind_mock", "segmind_server"
"""The fixtures, by name."""

_PLACE = frozenset({"host", "port", "public_url", "files_url"})
"""Settings that say where a mock is to be found; the fixtures see to that themselves."""
_NOT_IN_PROCESS = frozenset({*ELSEWHERE, "clock"})
"""Settings of a project that are for servers. Time is virtual in the process; a clock over it that stood still would
let nobody's sleeping have an end."""
_ACCOUNT = ("credits", "forbid", "quirks", "retire", "rpm", "status")
OPTIONS: Mapping[str, frozenset[str]] = {
    IN_PROCESS: frozenset({*OWN, *SETTINGS, "quirks"}) - ELSEWHERE.keys(),
    SERVED: frozenset({"scenario", *_ACCOUNT}),
}
"""What each fixture can be told by the marker."""

_EASY = {"key_shape": "any"}
"""Tests may use any text as a key."""
_REFUSALS = (ConfigError, Refused, ScenarioError, SpecError)


class Unusable(ValueError):
    """What a project or a test says, and no mock can be made of; the text is for whoever wrote it."""

    def __init__(self, what: str, problems: list[str]) -> None:
        super().__init__("\n".join([f"{what}:", *(f"  - {problem}" for problem in problems)]))
        self.problems = problems


@contextlib.contextmanager
def _usable(what: str) -> Iterator[None]:
    try:
        yield
    except _REFUSALS as error:
        raise Unusable(what, [*map(str, error.problems)]) from None


# --- What the project says ----------------------------------------------------------------------------------------


class Project:
    """The settings that hold for all tests of a run: variables, files in the project's folder, and the seed."""

    def __init__(self, folder: Path, environment: Mapping[str, str], seed: str | None) -> None:
        """Paths in settings begin at the folder; `seed` counts more than they do. Raises `Unusable`."""
        where = f"the settings of this project cannot be used (SEGMIND_MOCK_* and files in {folder})"
        with _usable(where), contextlib.chdir(folder):
            config = load({}, environment, folder, quirks=_EASY)
        default = Config()
        self._folder = folder
        self._said: dict[str, Any] = {
            field.name: getattr(config, field.name)
            for field in fields(config)
            if field.name not in _PLACE and getattr(config, field.name) != getattr(default, field.name)
        }
        self._said |= {name: self._absolute(self._said[name]) for name in ("inputs", "spec") if name in self._said}
        if "scenario" in self._said and (folder / config.scenario).is_file():
            self._said["scenario"] = self._absolute(config.scenario)
        self._said["quirks"] = dict(config.quirks.readings)
        self._code = packages_in(folder)
        self.seed = config.seed if seed is None else seed
        self._said["seed"] = self.seed

    def server(self) -> LiveServer:
        """A server for many tests, not started. Raises `Unusable`."""
        from segmind_mock.live import LiveServer

        with _usable(f"the settings of this project cannot be used by {SERVED}"):
            return LiveServer(checked({**self._said, "port": 0}))

    def interception(self, options: Mapping[str, Any]) -> Interception:
        """What a test with these options gets, not started. Raises `Unusable`."""
        said = {name: value for name, value in self._said.items() if name not in _NOT_IN_PROCESS}
        with _usable(_of_marker(IN_PROCESS)):
            return Interception(**merged({"code": self._code, **said}, options))

    @staticmethod
    def start(interception: Interception) -> Mock:
        """The mock of an interception that begins. Raises `Unusable`."""
        with _usable(_of_marker(IN_PROCESS)):
            return interception.start()

    def _absolute(self, path: Any) -> Any:
        return str(self._folder / path) if isinstance(path, str) else tuple(map(self._absolute, path))


def packages_in(folder: Path) -> tuple[str, ...]:
    """What the project in a folder installs, by the names it is imported by; nothing where it is not installed."""
    try:
        name = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["name"]
        files = distribution(name).files or ()
    except (OSError, ValueError, KeyError, TypeError, PackageNotFoundError):
        return ()
    tops = {file.parts[0].removesuffix(".py") for file in files if file.suffix == ".py"}
    return tuple(sorted(top for top in tops if top.isidentifier()))


# --- What a test says ---------------------------------------------------------------------------------------------


def merged(before: Mapping[str, Any], closer: Mapping[str, Any]) -> dict[str, Any]:
    """Options, of which the closer ones count more; each quirk is one by itself. Raises `Unusable`."""
    quirks = closer.get("quirks") or {}
    if not isinstance(quirks, Mapping):
        raise Unusable("@pytest.mark.segmind_mock cannot be used", [f"quirks is {quirks!r:.60}; allowed: a mapping"])
    both = {**before, **closer}
    return {**both, "quirks": {**before.get("quirks", {}), **quirks}} if "quirks" in both else both


def check(fixture: str, options: Mapping[str, Any]) -> None:
    """Raises `Unusable` for options that the fixture does not have, and says which has what."""
    allowed = OPTIONS[fixture]
    other = next(name for name in OPTIONS if name != fixture)
    problems = [_unknown(name, allowed, other) for name in options if name not in allowed]
    if not problems:
        return
    if not all(problem.endswith("?") for problem in problems):
        problems += [f"{each} has: {', '.join(sorted(has))}" for each, has in sorted(OPTIONS.items(), key=_size)]
    raise Unusable(_of_marker(fixture), problems)


def _unknown(name: str, allowed: frozenset[str], other: str) -> str:
    if name in OPTIONS[other]:
        return f"{name} is an option of {other} alone"
    if name in ELSEWHERE and other == SERVED:
        return f"{name} cannot be set here: {ELSEWHERE[name]}"
    close = get_close_matches(name, allowed, n=1) or get_close_matches(name, OPTIONS[other], n=1)
    return f"there is no option {name!r}" + (f"; did you mean {close[0]}?" if close else "")


def _size(entry: tuple[str, frozenset[str]]) -> int:
    return len(entry[1])


def _of_marker(fixture: str) -> str:
    return f"@pytest.mark.segmind_mock cannot be used by {fixture}"


# --- A served account ---------------------------------------------------------------------------------------------


class ServedMock(Mock):
    """One account of a mock that listens on this machine: a test's own, by a key that no other test has."""

    environment: dict[str, str]
    """Variables that lead a client to it, in this process and in others: `SEGMIND_BASE_URL` (ends in `/v1`),
    `SEGMIND_API_KEY`, `SEGMIND_MOCK_URL` (its root, for `/_mock`), and `NO_PROXY` in both spellings."""

    def __init__(self, server: LiveServer, key: str) -> None:
        """The account of `key` on a server that runs. Raises `Refused` for no key."""
        super().__init__(server.control, url=server.url, account=key, do=server.do)
        self.environment = directions(self.url, key, os.environ)

    def prepare(self, options: Mapping[str, Any]) -> None:
        """Make the account one with these options, which `check` has seen; after each reset too. Raises `Unusable`."""
        changes = {name: value for name, value in options.items() if name in _ACCOUNT}

        def prepare() -> None:
            if changes:
                self.change(**changes)
            if "scenario" in options:
                self.play(options["scenario"])

        with _usable(_of_marker(SERVED)):
            self.begin_with(prepare)

    def end(self) -> None:
        """Forget the account: nobody uses its key any more."""
        self._forget()


def key_of(test: str) -> str:
    """The API key of a test, by its id: always the same, and never one that is answered in a way of its own."""
    return f"SG_f{blake2b(test.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()[1:]}"


# --- What is told of a test that failed ---------------------------------------------------------------------------


class Account:
    """What the report of a failure tells of a mock."""

    def __init__(self, fixture: str, mock: Mock, options: Mapping[str, Any]) -> None:
        """`options` are those of the marker."""
        self._fixture = fixture
        self._mock = mock
        self._options = options
        self._began = mock.now
        self._kept: str | None = None

    def keep(self) -> None:
        """What is to be told later is what could be told now."""
        self._kept = self.text()

    def text(self) -> str:
        """Where it is, seed, scenario, credits, clock and the newest exchanges. Never raises; no key is in it."""
        if self._kept is not None:
            return self._kept
        try:
            return without_keys("\n".join(self._lines()))
        except Exception as error:
            return without_keys(f"this section could not be made: {type(error).__name__}: {error}")

    def _lines(self) -> Iterator[str]:
        mock, now = self._mock, self._mock.now
        account = f" as {masked(mock.key)}" if isinstance(mock, ServedMock) else ""
        yield f"{self._fixture} at {mock.url}{account}"
        yield f"seed {mock.seed}; {self._how_to_repeat()}"
        if self._options.get("scenario") is not None:
            yield f"scenario {_name_of(self._options['scenario'])}"
        yield f"credits {self._credits()}"
        passed = (now - self._began).total_seconds()
        yield f"clock {now:%Y-%m-%d %H:%M:%S} UTC, {passed:,.1f} s after the test began"
        yield mock.log()

    def _how_to_repeat(self) -> str:
        if "seed" in self._options:
            return "the marker says so"
        return f"repeat with --segmind-seed={shlex.quote(self._mock.seed)}"

    def _credits(self) -> str:
        try:
            return amount(self._mock.credits)
        except ManyAccounts as many:
            return str(many).partition(";")[0]


def _name_of(scenario: object) -> str:
    """A scenario as people name it; one that is given whole may have a name inside."""
    if isinstance(scenario, Mapping):
        return str(scenario.get("scenario", "without a name"))
    return "in YAML" if "\n" in str(scenario) else str(scenario)
