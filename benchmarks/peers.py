"""The same questions put to Prism and WireMock, where Node and Java can run them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from figures import Pair
from load import Plan
from rates import Say, expect, paired
from sample_call import INVALID, SCHEMA, SUBMIT_PATH, Request, poll, submit
from served import Command, Served, bare_command, serving
from settings import Settings

PACKAGES = ("@stoplight/prism-cli", "wiremock")
INSTALL_PATIENCE = 300
WARM_TIMES = 5
REQUEST_ID = "0123456789abcdef"
SUBMITTED = {
    "request_id": REQUEST_ID,
    "status": "QUEUED",
    "status_url": f"/v2/requests/{REQUEST_ID}/status",
    "response_url": f"/v2/requests/{REQUEST_ID}",
}
POLLED = {"request_id": REQUEST_ID, "status": "COMPLETED", "metrics": {"inference_time": 1.25}}


@dataclass(frozen=True)
class Peer:
    """Another mock server: what runs it, and the files that it is told the calls by."""

    name: str
    program: str
    arguments: Callable[[Path, Path], tuple[str, ...]]


@dataclass(frozen=True)
class Skipped:
    name: str
    reason: str


def openapi() -> dict[str, Any]:
    """The two calls as Prism reads them."""
    key = {"name": "x-api-key", "in": "header", "required": True, "schema": {"type": "string"}}
    request_id = {"name": "request_id", "in": "path", "required": True, "schema": {"type": "string"}}
    body = {"required": True, "content": {"application/json": {"schema": SCHEMA}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "the benchmark's two calls", "version": "1"},
        "paths": {
            SUBMIT_PATH: {"post": {"parameters": [key], "requestBody": body, "responses": _answers(SUBMITTED)}},
            "/v2/requests/{request_id}/status": {
                "get": {"parameters": [key, request_id], "responses": _answers(POLLED)}
            },
        },
    }


def _answers(example: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}, "example": example}}
    return {"200": {"description": "the answer", "content": content}}


def stubs() -> dict[str, Any]:
    """The two calls as WireMock reads them: a stub for a body that fits the schema, and one for any other."""
    schema = {"matchesJsonSchema": json.dumps(SCHEMA), "schemaVersion": "V202012"}
    posted = {"method": "POST", "urlPath": SUBMIT_PATH}
    polled = {"method": "GET", "urlPathPattern": "/v2/requests/[^/]+/status"}
    refusal = {"detail": "The body does not fit the schema."}
    return {
        "mappings": [
            {
                "priority": 1,
                "request": posted | {"bodyPatterns": [schema]},
                "response": _stub(200, SUBMITTED),
            },
            {"priority": 2, "request": posted, "response": _stub(400, refusal)},
            {"priority": 1, "request": polled, "response": _stub(200, POLLED)},
        ]
    }


def _stub(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"status": status, "jsonBody": body, "headers": {"Content-Type": "application/json"}}


def _prism(packages: Path, files: Path) -> tuple[str, ...]:
    entry = packages / "node_modules/@stoplight/prism-cli/dist/index.js"
    return (str(entry), "mock", str(files / "openapi.json"), "-p", "{port}", "-v", "silent")


def _wiremock(packages: Path, files: Path) -> tuple[str, ...]:
    jars = sorted((packages / "node_modules/wiremock/build").glob("*.jar"))
    return (
        "-jar",
        str(jars[-1]),
        "--port",
        "{port}",
        "--bind-address",
        "127.0.0.1",
        "--root-dir",
        str(files),
    )


def _wiremock_without_journal(packages: Path, files: Path) -> tuple[str, ...]:
    return (*_wiremock(packages, files), "--no-request-journal")


PEERS = (
    Peer("Prism", "node", _prism),
    Peer("WireMock", "java", _wiremock),
    Peer("WireMock, no journal", "java", _wiremock_without_journal),
)


def installed(cache: Path) -> str:
    """Fetch the packages once; the reason why not, where it could not be done."""
    if all((cache / "node_modules" / package).is_dir() for package in PACKAGES):
        return ""
    if shutil.which("npm") is None:
        return "npm is not installed"
    cache.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(cache), *PACKAGES]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return "npm did not finish in time"
    return f"npm failed: {done.stderr.strip()[-200:]}" if done.returncode else ""


@contextmanager
def commands(settings: Settings) -> Iterator[tuple[list[Command], list[Skipped]]]:
    """How each peer is started here, or why it is not; their files last as long as the block."""
    reason = installed(settings.cache)
    with TemporaryDirectory() as folder:
        files = Path(folder)
        (files / "openapi.json").write_text(json.dumps(openapi()))
        (files / "mappings").mkdir()
        (files / "mappings" / "calls.json").write_text(json.dumps(stubs()))
        found, skipped = [], []
        for peer in PEERS:
            missing = reason or ("" if shutil.which(peer.program) else f"{peer.program} is not installed")
            if missing:
                skipped.append(Skipped(peer.name, missing))
            else:
                arguments = (peer.program, *peer.arguments(settings.cache, files))
                found.append(Command(peer.name, arguments, ready=poll(REQUEST_ID)))
        yield found, skipped


@dataclass(frozen=True)
class Standing:
    """One peer's rows, and the memory that it held after them in each round."""

    name: str
    rows: dict[str, list[Pair]]
    loaded_mb: list[float]


def measure(settings: Settings, peer: Command, say: Say) -> Standing:
    """Poll, submit and invalid submit, as for the mock, with more warming for compilers that run along."""
    plans: dict[str, tuple[Request, bool]] = {
        "poll": (poll(REQUEST_ID), False),
        "submit": (submit(), False),
        "invalid": (submit(INVALID), True),
    }
    patient = replace(settings, warm=settings.warm * WARM_TIMES)
    standing = Standing(peer.name, {name: [] for name in plans}, [])
    for _ in range(settings.rounds):
        with serving(bare_command()) as bare, serving(peer) as server:
            for name, (request, refusal) in plans.items():
                pair = paired(patient, bare, server, _checked(server, request, refusal))
                standing.rows[name].append(pair)
                say(f"{peer.name}: {name}: {pair.subject.per_second:,.0f}/s, ratio {pair.ratio:.2f}")
            standing.loaded_mb.append(server.resident_bytes() / 1e6)
    return standing


def _checked(server: Served, request: Request, refusal: bool) -> Plan:
    expect(server.ask(request), *((400, 422) if refusal else (200,)))
    return Plan.of(request, refusal=refusal)
