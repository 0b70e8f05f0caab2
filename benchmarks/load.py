"""Drives a server with a bounded load: by wrk where it is installed, else by the generator in this folder."""

from __future__ import annotations

import base64
import json
import math
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from figures import Run
from sample_call import Request
from served import Served

HERE = Path(__file__).resolve().parent
PREFIX = "FIGURES "
NUMBER = b"@NUMBER@"

_REPORT_LUA = """
done = function(summary, latency)
  io.write("\\nFIGURES ", string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"max_ms":%.4f,"refused":%d,"broken":%d}',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout), "\\n")
end
"""


@dataclass(frozen=True)
class Plan:
    """What is sent: one request over and over, several in turn, or one numbered on from `last`."""

    requests: tuple[Request, ...]
    numbered: bool = False
    last: int = 0
    refusal: bool = False

    @classmethod
    def of(cls, request: Request, *, refusal: bool = False) -> Plan:
        return cls((request,), refusal=refusal)


@dataclass(frozen=True)
class Driver:
    """How loads are made: with how many connections, and by which generator."""

    connections: int = 16
    wrk: str | None = None

    @classmethod
    def found(cls, connections: int = 16) -> Driver:
        return cls(connections, shutil.which("wrk"))

    @property
    def described(self) -> str:
        if self.wrk:
            return f"wrk, 1 thread, {self.connections} connections"
        return f"wrk not found: generator.py, {self.connections} connections (slower: ratios come out flattered)"

    def run(self, server: Served, plan: Plan, seconds: float) -> Run:
        """Load the server for so long, and say what came of it and what CPU time it took."""
        before = server.cpu_seconds()
        figures = self._by_wrk(server, plan, seconds) if self.wrk else self._by_generator(server, plan, seconds)
        spent = server.cpu_seconds() - before
        run = replace(Run(**figures), cpu_us=spent * 1e6 / max(1, figures["requests"]))
        _insist_on(run, plan, server.name)
        return run

    def _by_wrk(self, server: Served, plan: Plan, seconds: float) -> dict[str, Any]:
        whole = max(1, math.ceil(seconds))
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "plan.lua"
            script.write_bytes(lua(plan))
            command = [
                str(self.wrk),
                "-t1",
                f"-c{self.connections}",
                f"-d{whole}s",
                "-s",
                str(script),
                server.url,
            ]
            return _figures(command, None, whole + 30)

    def _by_generator(self, server: Served, plan: Plan, seconds: float) -> dict[str, Any]:
        wanted = {
            "port": server.port,
            "connections": self.connections,
            "seconds": seconds,
            "numbered": plan.numbered,
            "last": plan.last,
            "requests": [base64.b64encode(raw(request)).decode() for request in plan.requests],
        }
        command = [sys.executable, str(HERE / "generator.py")]
        return _figures(command, json.dumps(wanted), seconds + 30)


def lua(plan: Plan) -> bytes:
    """The wrk script of a plan."""
    if plan.numbered:
        return _preamble(plan.requests[0]) + _numbered(plan.requests[0], plan.last) + _REPORT_LUA.encode()
    if len(plan.requests) == 1:
        return _preamble(plan.requests[0]) + _REPORT_LUA.encode()
    return _in_turn(plan.requests) + _REPORT_LUA.encode()


def raw(request: Request) -> bytes:
    """The request as it goes over the wire; a numbered body has its number in a fixed width."""
    lines = [f"{request.method} {request.path} HTTP/1.1", "host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    body = request.body.replace(NUMBER, b"%012d" % 0)
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _preamble(request: Request) -> bytes:
    lines = [f'wrk.method = "{request.method}"', f"wrk.path = {_quoted(request.path.encode())}"]
    lines += [f'wrk.headers["{name}"] = {_quoted(value.encode())}' for name, value in request.headers.items()]
    if request.body:
        lines.append(f"wrk.body = {_quoted(request.body)}")
    return ("\n".join(lines) + "\n").encode()


def _numbered(request: Request, last: int) -> bytes:
    head, _, tail = request.body.partition(NUMBER)
    return (
        f"local n, head, tail = {last}, {_quoted(head)}, {_quoted(tail)}\n"
        "request = function()\n  n = n + 1\n"
        '  return wrk.format(nil, nil, nil, head .. string.format("%012d", n) .. tail)\nend\n'
    ).encode()


def _in_turn(requests: tuple[Request, ...]) -> bytes:
    listed = ",\n".join(_quoted(raw(request)) for request in requests)
    return (
        f"local all = {{{listed}}}\nlocal n = 0\nrequest = function()\n  n = n % #all + 1\n  return all[n]\nend\n"
    ).encode()


def _quoted(text: bytes) -> str:
    plain = set(range(32, 127)) - set(b'"\\')
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03d}" for byte in text) + '"'


def _figures(command: list[str], given: str | None, patience: float) -> dict[str, Any]:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=patience, check=False)
    for line in done.stdout.splitlines():
        if line.startswith(PREFIX):
            figures: dict[str, Any] = json.loads(line.removeprefix(PREFIX))
            return figures
    raise RuntimeError(f"the load generator printed no figures: {done.stdout[-400:]} {done.stderr[-400:]}")


def _insist_on(run: Run, plan: Plan, name: str) -> None:
    """A load whose answers were not the expected ones measured something else."""
    unexpected = run.requests - run.refused if plan.refusal else run.refused
    if run.requests == 0 or unexpected or run.broken:
        first = plan.requests[0]
        raise RuntimeError(
            f"{name}: {first.method} {first.path}: {unexpected} unexpected answers "
            f"and {run.broken} broken connections in {run.requests} requests"
        )
