"""The time from starting a process to its first 200, and the memory that it then holds."""

from __future__ import annotations

import compileall
import time
from dataclasses import dataclass
from importlib.util import find_spec

from figures import Spread, spread
from rates import Say
from served import Command, serving

SETTLE = 0.3


@dataclass(frozen=True)
class Start:
    """What the starts of one server had in common."""

    name: str
    first_answer_ms: Spread
    resident_mb: Spread


def starts(commands: list[Command], times: int, say: Say) -> list[Start]:
    """Start each server in turn, so often; the first turn only fills the file cache.

    The mock's modules are compiled before, as an installer leaves them.
    """
    for package in ("segmind_spec", "segmind_mock"):
        found = find_spec(package)
        for folder in (found.submodule_search_locations or ()) if found else ():
            compileall.compile_dir(folder, quiet=2)
    seen: dict[str, list[tuple[float, float]]] = {command.name: [] for command in commands}
    for turn in range(times + 1):
        for command in commands:
            figures = _once(command)
            if turn:
                seen[command.name].append(figures)
        say(f"start {turn} of {times}")
    return [_summed(name, figures) for name, figures in seen.items()]


def _once(command: Command) -> tuple[float, float]:
    with serving(command) as server:
        time.sleep(SETTLE)
        return server.first_answer * 1e3, server.resident_bytes() / 1e6


def _summed(name: str, figures: list[tuple[float, float]]) -> Start:
    return Start(name, spread(first for first, _ in figures), spread(memory for _, memory in figures))
