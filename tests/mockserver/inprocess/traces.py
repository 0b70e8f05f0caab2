"""What an interception could leave behind in a process, to be compared before and after."""

from __future__ import annotations

import asyncio
import http.client
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

_CHANGED = ("httpx", "httpx2", "httpcore", "httpcore2", "urllib3", "requests", "aiohttp", "http", "segmind", "asyncio")
"""Libraries in which every attribute of every module and class is looked at."""


def traces() -> dict[str, object]:
    """By name: the identity of everything that those libraries have, and the state of the process."""
    sdk: Any = sys.modules.get("segmind")
    return {
        "meta_path": [id(finder) for finder in sys.meta_path],
        "environment": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "default client": id(sdk._default_client) if sdk else None,
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "files": _files(),
        "loops": asyncio._get_running_loop(),
        **_of_module("time", time),
        **_of_module("http.client", http.client),
        **{key: value for name, module in _loaded() for key, value in _of_module(name, module).items()},
    }


def changed(before: dict[str, object]) -> list[str]:
    """The names of what is not as it was; a library that was loaded since then changes nothing by that."""
    after = traces()
    fewer = {"files": _files() <= _number(before["files"]), "threads": _is_within(after["threads"], before["threads"])}
    return [name for name, was in before.items() if not fewer.get(name) and (name not in after or after[name] != was)]


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _is_within(names: object, before: object) -> bool:
    """Whether all names were there before; some may be gone, because an earlier test has only now come to its end."""
    assert isinstance(names, list)
    assert isinstance(before, list)
    return not Counter(names) - Counter(before)


def _files() -> int:
    return len([*Path("/proc/self/fd").iterdir()]) if Path("/proc/self/fd").is_dir() else 0


def _loaded() -> list[tuple[str, ModuleType]]:
    modules = [*sys.modules.items()]
    return [(name, module) for name, module in modules if name.partition(".")[0] in _CHANGED and module is not None]


def _of_module(name: str, module: ModuleType) -> dict[str, object]:
    found: dict[str, object] = {}
    for attribute, value in [*vars(module).items()]:
        if attribute in ("__warningregistry__", "_default_client"):
            continue
        if isinstance(value, type):
            found[f"{name}.{attribute}"] = {inner: id(kept) for inner, kept in vars(value).items() if _tells(inner)}
        elif attribute in ("__spec__", "__loader__"):
            found[f"{name}.{attribute}"] = type(getattr(value, "loader", value))
        elif callable(value):
            found[f"{name}.{attribute}"] = id(value)
    return found


def _tells(name: str) -> bool:
    """Whether an attribute of a class is one that only changes by being changed, and not as a cache does."""
    return name not in ("__abstractmethods__", "_abc_impl", "__annotations__", "__weakref__", "__dict__")
