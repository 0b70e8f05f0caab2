"""A server's settings, checked: from flags, environment and files.

Precedence: flags, then `SEGMIND_MOCK_*`, then `segmind-mock.toml` or `[tool.segmind-mock]` of a
`pyproject.toml` in the working folder. Everything wrong is reported at once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from segmind_mock.quirks import Quirks, problems_in
from segmind_mock.settings import HOUR, PREFIX, SETTINGS

WHERE = "SEGMIND_MOCK_URL"
"""Tells a program where a mock is (`exec`, `segmind_server`); it is no setting of one that is started there."""


class ConfigError(ValueError):
    """Settings that cannot be used; `problems` holds a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A server's settings, checked."""

    host: str = "127.0.0.1"
    port: int = 8787
    public_url: str = ""
    files_url: str = ""
    seed: str = "0"
    timing: str = "brisk"
    workers: int = 0
    credits: float = 1_000_000.0
    rpm: int = 0
    max_jobs: int = 2_000_000
    max_body: int = 32 * 1024 * 1024
    retention: int = HOUR
    file_retention: int = 7 * 24 * HOUR
    v1_patience: int = 100
    picture_cache: int = 64 * 1024 * 1024
    caption: str = "on"
    provenance: str = "full"
    inputs: str = ""
    input_room: int = 256 * 1024 * 1024
    max_pixels: int = 4096 * 4096
    spec: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    retire: tuple[str, ...] = ()
    clock: str = "real"
    scenario: str = ""
    journal: int = 1000
    journal_room: int = 64 * 1024 * 1024
    explain: str = "on"
    token: str = ""
    log_level: str = "info"
    quirks: Quirks = field(default_factory=Quirks)


def load(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    folder: Path | None = None,
    *,
    quirks: Mapping[str, str] | None = None,
) -> Config:
    """Settings from all three places; raises `ConfigError` with every problem.

    `quirks` are readings that hold where none of them says otherwise.
    """
    problems: list[str] = []
    raw: dict[str, tuple[str, object]] = {}
    chosen = dict(quirks or {})
    for origin, values in (
        *_from_files(folder, problems),
        ("environment", _from_environment(environment)),
        ("command line", flags),
    ):
        for name, value in values.items():
            if name == "quirks":
                chosen |= _readings(origin, value, problems)
            elif name in SETTINGS:
                raw[name] = (origin, value)
            else:
                problems.append(_unknown(origin, name))
    return _checked(raw, chosen, problems)


def checked(settings: Mapping[str, object]) -> Config:
    """Settings from one place alone, as a program gives them; raises `ConfigError` with every problem."""
    problems: list[str] = []
    values = dict(settings)
    quirks = _readings("argument", values.pop("quirks", {}), problems)
    problems += [_unknown("argument", name) for name in values if name not in SETTINGS]
    return _checked({name: ("argument", value) for name, value in values.items() if name in SETTINGS}, quirks, problems)


def _checked(raw: Mapping[str, tuple[str, object]], quirks: Mapping[str, str], problems: list[str]) -> Config:
    values: dict[str, object] = {}
    for name, (origin, value) in raw.items():
        try:
            values[name] = SETTINGS[name].read(value)
        except ValueError as error:
            problems.append(f"{name} is {value!r} ({origin}); {error}")
    problems.extend(problems_in(quirks))
    if problems:
        raise ConfigError(problems)
    return Config(**values, quirks=Quirks(quirks))  # type: ignore[arg-type]


def _unknown(origin: str, name: str) -> str:
    close = get_close_matches(name, [*SETTINGS, "quirks"], n=1)
    hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join([*SETTINGS, 'quirks'])}"
    return f"there is no setting {name!r} ({origin}); {hint}"


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != WHERE
    }


def _from_files(folder: Path | None, problems: list[str]) -> Iterable[tuple[str, Mapping[str, object]]]:
    for name, table in (("pyproject.toml", ("tool", "segmind-mock")), ("segmind-mock.toml", ())):
        path = (folder or Path()) / name
        if not path.is_file():
            continue
        try:
            found: object = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            problems.append(f"{name} cannot be read: {error}")
            continue
        for key in table:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        if isinstance(found, dict):
            yield name, {str(key).replace("-", "_"): value for key, value in found.items()}
        else:
            problems.append(f"{name} cannot be used: {'.'.join(table)} must be a table")


def _readings(origin: str, value: object, problems: list[str]) -> dict[str, str]:
    """Quirks as a table (file) or as NAME=READING texts (flags; the environment separates them by commas)."""
    if isinstance(value, dict):
        return {str(name): _plain(reading) for name, reading in value.items()}
    if not isinstance(value, str | list | tuple):
        problems.append(f"quirks is {value!r} ({origin}); allowed: a table, or NAME=READING texts")
        return {}
    chosen: dict[str, str] = {}
    for text in filter(None, (str(text).strip() for text in (value.split(",") if isinstance(value, str) else value))):
        name, mark, reading = text.partition("=")
        if mark:
            chosen[name.strip()] = reading.strip()
        else:
            problems.append(f"quirk {text!r} ({origin}) has no reading; write NAME=READING")
    return chosen


def _plain(reading: object) -> str:
    """TOML's own true and false read as on and off."""
    return {True: "on", False: "off"}.get(reading, str(reading)) if isinstance(reading, bool) else str(reading)
