"""Runs the client of `held.py` against a fresh mock, and reads the mock's memory meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass

from held import PREFIX, Held
from rates import Say
from sample_call import blocking
from served import HERE, Served, serving
from settings import Settings

RAMPS = (1.0, 0.0)
MARGIN = 60.0


@dataclass(frozen=True)
class Waiting:
    """One wave of held calls, and what the mock held for each."""

    held: Held
    kilobytes_per_call: float
    cpu_us_per_call: float


def measure(settings: Settings, say: Say) -> list[Waiting]:
    """One wave sent over a second, and one sent in a single instant."""
    waves = []
    for ramp in RAMPS:
        with serving(settings.roomy_mock("--workers", str(2 * settings.held))) as server:
            server.ask(blocking())
            waves.append(_wave(settings, server, ramp))
        held = waves[-1].held
        say(f"{held.answered:,} of {held.calls:,} calls answered, at most {held.late_max_ms:.0f} ms late")
    return waves


def _wave(settings: Settings, server: Served, ramp: float) -> Waiting:
    memory, cpu = server.resident_bytes(), server.cpu_seconds()
    options = {"port": server.port, "calls": settings.held, "seconds": settings.held_seconds, "ramp": ramp}
    command = [sys.executable, str(HERE / "held.py")]
    command += [text for name, value in options.items() for text in (f"--{name}", str(value))]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        peak = _peak_memory(server, client, settings.held_seconds + ramp + MARGIN)
        held = _read(client)
    finally:
        client.kill()
        client.wait()
    grown = (peak - memory) / 1e3 / settings.held
    return Waiting(held, grown, (server.cpu_seconds() - cpu) * 1e6 / settings.held)


def _peak_memory(server: Served, client: subprocess.Popen[str], patience: float) -> int:
    end, peak = time.monotonic() + patience, 0
    while client.poll() is None and time.monotonic() < end:
        peak = max(peak, server.resident_bytes())
        time.sleep(0.1)
    return peak


def _read(client: subprocess.Popen[str]) -> Held:
    assert client.stdout is not None
    for line in client.stdout:
        if line.startswith(PREFIX):
            return Held(**json.loads(line.removeprefix(PREFIX)))
    raise RuntimeError("the client of the held calls printed no figures")
