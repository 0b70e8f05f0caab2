"""Every setting: its name, type, default and meaning in one table; flags, environment and file all read it.

Precedence: flags, then `SEGMIND_MOCK_*`, then `segmind-mock.toml` or `[tool.segmind-mock]` of a
`pyproject.toml` in the working folder. Everything wrong is reported at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from segmind_mock.quirks import Quirks, problems_in
from segmind_mock.timeline import TIMINGS

PREFIX = "SEGMIND_MOCK_"
HOUR = 3600


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
    log_level: str = "info"
    quirks: Quirks = field(default_factory=Quirks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as people write it."""

    name: str
    about: str
    read: Callable[[object], object]
    metavar: str = "TEXT"
    repeated: bool = False

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()


def _text(pattern: str, allowed: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, str | int) or not re.fullmatch(pattern, str(value)):
            raise ValueError(f"allowed: {allowed}")
        return str(value)

    return read


def _number(kind: type[int] | type[float], low: float, high: float) -> Callable[[object], object]:
    noun = "a whole number" if kind is int else "a number"

    def read(value: object) -> object:
        try:
            if isinstance(value, bool) or (kind is int and isinstance(value, float)):
                raise ValueError
            number = kind(str(value))
            if not low <= number <= high:
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"allowed: {noun} from {low:,} to {high:,}") from None
        return number

    return read


def _one_of(*allowed: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if value not in allowed:
            raise ValueError(f"allowed: {', '.join(allowed)}")
        return value

    return read


def _folder(value: object) -> object:
    if not isinstance(value, str) or (value and not Path(value).is_dir()):
        raise ValueError("allowed: the path of a folder that exists")
    return value


def _switch(value: object) -> object:
    """TOML's own true and false read as on and off."""
    return _one_of("on", "off")({True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value)


def _list(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ValueError("allowed: texts, as a list or separated by commas")


_ALL = (
    Setting(name="host", about="Address to listen on.", read=_text(r"[A-Za-z0-9.:_-]+", "a host name or address")),
    Setting(
        name="port",
        about="Port to listen on; 0 lets the system choose.",
        read=_number(int, 0, 65535),
        metavar="N",
    ),
    Setting(
        name="public_url",
        about="Origin of the URLs in answers (default: the one each request came to).",
        read=_text(r"(https?://[A-Za-z0-9.:_\[\]-]+(/[A-Za-z0-9._~/-]*)?)?", "http(s)://HOST[:PORT][/PATH]"),
        metavar="URL",
    ),
    Setting(
        name="seed",
        about="Decides ids, timings and pictures: the same seed and calls give the same bytes.",
        read=_text(r"(?s).{1,200}", "1 to 200 characters"),
    ),
    Setting(
        name="timing",
        about="; ".join(f"{timing.name}: {timing.about}" for timing in TIMINGS.values()) + ".",
        read=_one_of(*TIMINGS),
        metavar="|".join(TIMINGS),
    ),
    Setting(
        name="workers",
        about="Workers of each model in each account; 0: as the model's document says.",
        read=_number(int, 0, 1_000_000),
        metavar="N",
    ),
    Setting(
        name="credits",
        about="Balance an account begins with.",
        read=_number(float, 0, 1e12),
        metavar="CREDITS",
    ),
    Setting(
        name="rpm",
        about="Requests per minute of a key; 0: no limit.",
        read=_number(int, 0, 10**9),
        metavar="N",
    ),
    Setting(
        name="max_jobs",
        about="Jobs remembered at once; beyond it a submit is refused, none is dropped.",
        read=_number(int, 1, 50_000_000),
        metavar="N",
    ),
    Setting(
        name="max_body",
        about="Largest request body, in bytes.",
        read=_number(int, 1024, 1 << 31),
        metavar="BYTES",
    ),
    Setting(
        name="retention",
        about="Seconds that status and result of a job are kept.",
        read=_number(int, 1, 30 * 24 * HOUR),
        metavar="SECONDS",
    ),
    Setting(
        name="file_retention",
        about="Seconds that an output file is kept.",
        read=_number(int, 1, 30 * 24 * HOUR),
        metavar="SECONDS",
    ),
    Setting(
        name="v1_patience",
        about="Seconds after which a v1 call that is not done is answered with a 504.",
        read=_number(int, 1, 24 * HOUR),
        metavar="SECONDS",
    ),
    Setting(
        name="picture_cache",
        about="Bytes of pictures kept for the next look.",
        read=_number(int, 0, 1 << 34),
        metavar="BYTES",
    ),
    Setting(
        name="caption",
        about="A bar with model, size, seed, number and prompt at the foot of drawn pictures.",
        read=_switch,
        metavar="on|off",
    ),
    Setting(
        name="provenance",
        about=(
            "What a picture file tells of the call that made it; content: all but the request id, so that equal "
            "calls give equal bytes."
        ),
        read=_one_of("full", "content", "off"),
        metavar="full|content|off",
    ),
    Setting(
        name="inputs",
        about="Folder of pictures that stand for URLs and site paths which end in their file names.",
        read=_folder,
        metavar="DIR",
    ),
    Setting(
        name="input_room",
        about="Bytes of input pictures held for jobs; beyond it a submit is refused, none is dropped.",
        read=_number(int, 0, 1 << 36),
        metavar="BYTES",
    ),
    Setting(
        name="max_pixels",
        about="Pixels of the largest input picture that is read, all frames of an animation together.",
        read=_number(int, 1, 1 << 28),
        metavar="N",
    ),
    Setting(
        name="spec",
        about="Folder of further model documents (OpenAPI 3.1, YAML or JSON).",
        read=_list,
        metavar="DIR",
        repeated=True,
    ),
    Setting(name="forbid", about="A model that answers 403.", read=_list, metavar="SLUG", repeated=True),
    Setting(name="retire", about="A model that answers 410.", read=_list, metavar="SLUG", repeated=True),
    Setting(
        name="log_level",
        about="debug shows a line for each request.",
        read=_one_of("debug", "info", "warning", "error"),
        metavar="debug|info|warning|error",
    ),
)

SETTINGS: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in _ALL})


def load(flags: Mapping[str, object], environment: Mapping[str, str], folder: Path | None = None) -> Config:
    """Settings from all three places; raises `ConfigError` with every problem."""
    problems: list[str] = []
    raw: dict[str, tuple[str, object]] = {}
    quirks: dict[str, str] = {}
    for origin, values in (
        *_from_files(folder, problems),
        ("environment", _from_environment(environment)),
        ("command line", flags),
    ):
        for name, value in values.items():
            if name == "quirks":
                quirks |= _readings(origin, value, problems)
            elif name in SETTINGS:
                raw[name] = (origin, value)
            else:
                problems.append(_unknown(origin, name))
    return _checked(raw, quirks, problems)


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
    return {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}


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
