"""Three HTTP clients that have nothing in common, and what each of them sees of one call, told alike."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx

PATIENCE = 20.0
"""Seconds that a client gives a call which is to be answered."""
IMPATIENCE = 0.4
"""Seconds after which a client gives up where nothing is to come."""

WHOLE = ""
"""How a call ends that is answered in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A call as it is made."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    patience: float = PATIENCE
    follows: bool = False
    """Whether the client goes where a redirect tells it to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a client saw of one call."""

    end: str
    """`WHOLE`, or how the client names what went wrong: its exception, its exit code, its error code."""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in small letters."""
    body: bytes = b""
    """What arrived of it."""

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client(Protocol):
    """A client; every call of it goes over a connection of its own."""

    name: str
    keeps: bool
    """Whether it hands over all that arrived before a call broke off."""

    def ask(self, ask: Ask) -> Seen:
        """Make one call."""

    def close(self) -> None:
        """End whatever is kept."""


class Httpx:
    """Python's httpx; the name of its exception tells how a call ended."""

    name = "httpx"
    keeps = True

    def __init__(self) -> None:
        self._client = httpx.Client(trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0))

    def ask(self, ask: Ask) -> Seen:
        """Make one call."""
        return asked(self._client, ask)

    def close(self) -> None:
        """End the client."""
        self._client.close()


def asked(client: httpx.Client, ask: Ask, **options: Any) -> Seen:
    """One call of an httpx client; `options` are those of its request."""
    body = b""
    answer: httpx.Response | None = None
    end = WHOLE
    try:
        with client.stream(
            ask.method,
            ask.url,
            headers=dict(ask.headers),
            content=ask.body,
            timeout=ask.patience,
            follow_redirects=ask.follows,
            **options,
        ) as answer:
            for piece in answer.iter_raw():
                body += piece
    except httpx.RequestError as error:
        end = type(error).__name__
    if answer is None:
        return Seen(end=end)
    return Seen(end=end, status=answer.status_code, headers=dict(answer.headers), body=body)


class Curl:
    """The program curl; its exit code tells how a call ended."""

    name = "curl"
    keeps = True

    def ask(self, ask: Ask) -> Seen:
        """Make one call."""
        command = ["curl", "-q", "-s", "-i", "--noproxy", "*", "-m", str(ask.patience), "-X", ask.method, ask.url]
        if ask.follows:
            command.append("-L")
        for name, value in ask.headers.items():
            command += ["-H", f"{name}: {value}"]
        if ask.body is not None:
            command += ["--data-binary", "@-"]
        done = subprocess.run(command, input=ask.body, capture_output=True, check=False, timeout=2 * PATIENCE)
        return told_by_curl(done.stdout, done.returncode)

    def close(self) -> None:
        """Nothing is kept."""


def told_by_curl(printed: bytes, code: int) -> Seen:
    """What curl printed with `-i`: of several answers, as those of a redirect that was followed, the last."""
    end = str(code) if code else WHOLE
    status, headers = None, dict[str, str]()
    while printed.startswith(b"HTTP/1.1 ") and b"\r\n\r\n" in printed:
        head, _, printed = printed.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Seen(end=end, status=status, headers=headers, body=printed if status is not None else b"")


class Node:
    """Node's own fetch, in one process that is kept; the code of the error's cause tells how a call ended."""

    name = "node"
    keeps = False

    def __init__(self) -> None:
        script = Path(__file__).with_name("fetching.mjs")
        self._process = subprocess.Popen(
            ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def ask(self, ask: Ask) -> Seen:
        """Make one call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wanted = {
            "url": ask.url,
            "method": ask.method,
            "headers": {**ask.headers, "connection": "close"},
            "body": None if ask.body is None else base64.b64encode(ask.body).decode(),
            "patience": ask.patience * 1000,
            "redirect": "follow" if ask.follows else "manual",
        }
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return Seen(
            end=told["end"], status=told["status"], headers=told["headers"], body=base64.b64decode(told["body"])
        )

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE)


CLIENTS: Mapping[str, type[Httpx] | type[Curl] | type[Node]] = {"httpx": Httpx, "curl": Curl, "node": Node}


def is_here(name: str) -> bool:
    """Whether this machine has a client."""
    return name == Httpx.name or shutil.which(name) is not None
