"""Virtual time without a mock: a clock in force, code of other people, and a real sleep that counts its callers."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from segmind_mock.virtual import standins
from segmind_mock.virtual.clock import VirtualClock

START = 1_700_000_000_000


@contextmanager
def virtual_time() -> Iterator[VirtualClock]:
    """A clock in force, which the calling thread lives by."""
    clock = VirtualClock(START)
    standins.put_in_force(clock)
    try:
        yield clock
    finally:
        standins.end(clock)


class RealSleeps(list[float]):
    """What was asked of the real sleep, in seconds."""


def count_real_sleeps(monkeypatch: pytest.MonkeyPatch) -> RealSleeps:
    """From now on nobody really sleeps; what was asked for is written down."""
    asked = RealSleeps()
    monkeypatch.setitem(standins._REAL, "sleep", asked.append)
    return asked


def library(monkeypatch: pytest.MonkeyPatch, source: str, name: str = "thatlib", folder: str = "site-packages") -> Any:
    """A module that has its file in a folder."""
    module = types.ModuleType(name)
    module.__file__ = f"/somewhere/{folder}/{name}.py"
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(source, module.__file__, "exec"), vars(module))
    return module


def in_threads(*works: Callable[[], object]) -> list[object]:
    """What each comes to, in a thread of its own; what any raises is raised."""
    results: list[object] = [None] * len(works)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            results[number] = works[number]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    for error in errors:
        raise error
    return results
