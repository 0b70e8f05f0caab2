"""Every setting as people write it: its name, type, default and meaning in one table, and what may be written.

Flags, environment and file all read it; `config` brings the three together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from segmind_mock.clock import FASTEST
from segmind_mock.timeline import TIMINGS

PREFIX = "SEGMIND_MOCK_"
HOUR = 3600


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


def _pace(value: object) -> object:
    """`real`, `frozen`, or how many times as fast as real time."""
    if value in ("real", "frozen"):
        return value
    try:
        pace = float(str(value))
    except ValueError:
        pace = 0.0
    if isinstance(value, bool) or not 0 < pace <= FASTEST:
        raise ValueError(f"allowed: real, frozen, or how many times as fast, above 0 and up to {FASTEST:,.0f}")
    return f"{pace:g}"


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
        name="files_url",
        about="Origin of the URLs of output files (default: that of the other URLs). Nothing listens there by this.",
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
        name="clock",
        about="The clock of the server: real, frozen (moved by the control plane), or so many times as fast.",
        read=_pace,
        metavar="real|frozen|N",
    ),
    Setting(
        name="scenario",
        about="What happens to every account: a name (`segmind-mock scenario list`) or a file.",
        read=_text(r".{0,1000}", "the name of a scenario, or the path of a file"),
        metavar="NAME|FILE",
    ),
    Setting(
        name="journal",
        about="Exchanges of each account that the journal keeps; 0: none.",
        read=_number(int, 0, 10_000_000),
        metavar="N",
    ),
    Setting(
        name="journal_room",
        about="Bytes of all journals together; beyond it the longest lose their oldest exchanges.",
        read=_number(int, 0, 1 << 36),
        metavar="BYTES",
    ),
    Setting(
        name="explain",
        about="X-Mock-* headers that say which rule, quirk or violation decided an answer.",
        read=_switch,
        metavar="on|off",
    ),
    Setting(
        name="token",
        about="What the control plane asks for (Authorization: Bearer); drawn when it is needed and not set.",
        read=_text(r"[A-Za-z0-9._~+/=-]{0,200}", "letters, digits and ._~+/=-"),
    ),
    Setting(
        name="log_level",
        about="debug shows a line for each request.",
        read=_one_of("debug", "info", "warning", "error"),
        metavar="debug|info|warning|error",
    ),
)

SETTINGS: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in _ALL})
