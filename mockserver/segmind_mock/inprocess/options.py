"""What an interception is told: options of its own, and settings as a server has them. All of it is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from segmind_mock.config import Config, ConfigError, checked
from segmind_mock.inprocess.hosts import plain
from segmind_mock.settings import SETTINGS
from segmind_spec import Catalog

OWN = ("block_network", "allow", "hosts", "real_time", "code")
"""The options that no server has."""

FILES_URL = "https://images.segmind.com"
"""Where output files are in life (wire-facts a); clients that check the host find the one they look for."""

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "host": "nothing listens; the mock answers for the service's own hosts, and for those in hosts=[…]",
        "port": "nothing listens; the mock answers on every port of its hosts",
        "token": "nobody else can reach this mock; the test has it in its hand",
        "log_level": "nothing is printed; set the level of the logger segmind_mock instead",
    }
)
"""Settings that mean nothing without a socket, and why."""

_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|[0-9a-f:.]*:[0-9a-f:.]*")


def config_of(settings: Mapping[str, Any], problems: Iterable[str] = ()) -> Config:
    """Settings as a test gives them, checked; every text is a key unless they say otherwise.

    Raises `ConfigError` with every problem, after those that were found before.
    """
    found = [*problems]
    known = {name: value for name, value in settings.items() if name in SETTINGS and name not in ELSEWHERE}
    for name in settings.keys() - known.keys() - {"quirks"}:
        found.append(f"{name} cannot be set here: {ELSEWHERE[name]}" if name in ELSEWHERE else _unknown(name))
    try:
        given = {name: _text(value) for name, value in known.items()}
        config = checked({"files_url": FILES_URL, **given, "quirks": _quirks(settings)})
    except ConfigError as error:
        raise ConfigError(sorted(found) + error.problems) from None
    if found:
        raise ConfigError(sorted(found))
    return config


def hosts_of(option: str, names: object, problems: list[str]) -> frozenset[str]:
    """Names of hosts, as an option gives them; what is wrong with them is added to `problems`."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        problems.append(f"{option} is {names!r:.80}; allowed: a list of host names")
        return frozenset()
    found = set()
    for name in names:
        host = plain(name) if isinstance(name, str) else ""
        if _HOST.fullmatch(host):
            found.add(host)
        else:
            problems.append(
                f"{option} has {name!r:.80}; allowed: a host's name or address, without scheme, port or path"
            )
    return frozenset(found)


def packages_of(option: str, names: object, problems: list[str]) -> frozenset[str]:
    """Names of packages, as an option gives them, those at their top; what is wrong is added to `problems`."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        problems.append(f"{option} is {names!r:.80}; allowed: a list of names that packages are imported by")
        return frozenset()
    found = {name: isinstance(name, str) and name.partition(".")[0].isidentifier() for name in names}
    problems += [
        f"{option} has {name!r:.80}; allowed: the name of a package" for name, fits in found.items() if not fits
    ]
    return frozenset(name.partition(".")[0] for name, fits in found.items() if fits)


def check_switch(option: str, value: object, problems: list[str]) -> None:
    """Adds to `problems` unless it is True or False."""
    if not isinstance(value, bool):
        problems.append(f"{option} is {value!r:.80}; allowed: True, False")


def catalog_of(config: Config) -> Catalog:
    """The models of a configuration: read once, and again when a file in a folder of `spec` has changed.

    Raises `SpecError` for models that cannot be used.
    """
    stamps = frozenset(_stamps(config.spec))
    kept = _CATALOGS.get(config.spec)
    if kept is not None and kept[0] == stamps:
        return kept[1]
    catalog = Catalog.load([Path(folder) for folder in config.spec])
    if len(_CATALOGS) >= _MOST:
        _CATALOGS.clear()
    _CATALOGS[config.spec] = stamps, catalog
    return catalog


_Stamp = tuple[Path, int, int]
_CATALOGS: dict[tuple[str, ...], tuple[frozenset[_Stamp], Catalog]] = {}
_MOST = 8
"""Catalogs that are kept."""


def _stamps(folders: Iterable[str]) -> Iterator[_Stamp]:
    """Each file that models may be read from, when it was changed (ns), and its length (bytes)."""
    for folder in folders:
        for pattern in ("*", "*/*"):
            for path in Path(folder).glob(pattern):
                if path.suffix in (".yaml", ".yml", ".json") and path.is_file():
                    stat = path.stat()
                    yield path, stat.st_mtime_ns, stat.st_size


def _quirks(settings: Mapping[str, Any]) -> object:
    """The quirks of the settings, on top of what holds in process: every text is a key."""
    given = settings.get("quirks")
    if given is None or isinstance(given, Mapping):
        return {"key_shape": "any", **(given or {})}
    if isinstance(given, str):
        return ["key_shape=any", *given.split(",")]
    return ["key_shape=any", *given] if isinstance(given, list | tuple) else given


def _text(value: object) -> object:
    """A path, or paths, as texts; all else as it is."""
    if isinstance(value, Path):
        return str(value)
    return [_text(part) for part in value] if isinstance(value, list | tuple) else value


def _unknown(name: str) -> str:
    allowed = sorted({*OWN, *SETTINGS, "quirks"} - ELSEWHERE.keys())
    close = get_close_matches(name, allowed, n=1)
    return f"there is no option {name!r}; " + (
        f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"
    )
