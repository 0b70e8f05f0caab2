"""`segmind-mock serve`: what it is started with, what it says, and how it refuses to start."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from segmind_mock.commands import serve
from segmind_mock.config import SETTINGS, Config
from segmind_mock.server import Server

URL = "http://127.0.0.1:5"


class Idle:
    """A server that is ready at once and stops at once."""

    seen: Config

    def __init__(self, app: object, config: Config, on_ready: Callable[[str], None]) -> None:
        Idle.seen = config
        on_ready(URL)

    def serve_until_stopped(self) -> None:
        """Stop at once."""


@pytest.fixture(autouse=True)
def levels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """The process is left alone: no server, no logging, no limits; an empty folder."""
    asked: list[object] = []

    def configure(**options: Any) -> None:
        asked.append(options["level"])

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging, "basicConfig", configure)
    monkeypatch.setattr(serve, "prepare_process", lambda: None)
    monkeypatch.setattr(serve, "Server", Idle)
    return asked


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(serve.command, arguments)


def test_what_it_says() -> None:
    """It says where it is ready, how to point a client there, and how to go on."""
    said = run("--timing", "instant", "--seed", "x").output
    assert said.startswith(f"segmind-mock is ready at {URL}  (5 models, timing instant, seed x)\n")
    assert f'base_url="{URL}/v1"' in said
    assert f"curl -s {URL}/v2/sam-img2img " in said
    assert f"{URL}/openapi.json" in said
    assert "whoever reaches this machine" not in said


def test_a_wider_address() -> None:
    """Bound wider than this machine, it says so."""
    assert "It listens on 0.0.0.0: whoever reaches this machine can use it." in run("--host", "0.0.0.0").output


def test_flags_arrive(levels: list[object]) -> None:
    """Flags decide the server's settings, and how much is logged."""
    run("--rpm", "7", "--log-level", "debug", "--forbid", "sam-img2img")
    assert (Idle.seen.rpm, Idle.seen.forbid) == (7, ("sam-img2img",))
    assert levels == ["DEBUG"]


def test_help() -> None:
    """`--help` lists every setting."""
    shown = run("--help").output
    assert all(setting.flag in shown for setting in SETTINGS.values())


@pytest.mark.parametrize("flag", ["--forbid", "--retire"])
def test_a_model_that_is_none(flag: str) -> None:
    """A slug that does not exist is an error of use that lists those there are."""
    result = run(flag, "x")
    assert result.exit_code == 2
    assert f"{flag} x: there is no such model; there are: image-converter, " in result.output


def test_a_bad_folder(tmp_path: Path) -> None:
    """A folder of documents that cannot be used is told with its file."""
    tmp_path.joinpath("bad.yaml").write_text("openapi: 3.1.0\n")
    result = run("--spec", str(tmp_path))
    assert result.exit_code == 1
    assert "the model documents cannot be used:" in result.output
    assert "bad.yaml" in result.output


def test_a_taken_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that cannot be had is told with what to type instead."""
    monkeypatch.setattr(serve, "Server", Server)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port))
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use. Try --port 0" in result.output
