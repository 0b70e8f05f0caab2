"""`segmind-mock serve`: what it is started with, what it says, and how it refuses to start."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from segmind_mock.commands import serve
from segmind_mock.config import Config
from segmind_mock.server import Server
from segmind_mock.settings import SETTINGS
from segmind_mock.web.gateway import Gateway

URL = "http://127.0.0.1:5"


class Idle:
    """A server that is ready at once and stops at once."""

    seen: Config
    app: Gateway

    def __init__(
        self, app: Gateway, config: Config, on_ready: Callable[[str], None], *, on_end: Callable[[], None] | None
    ) -> None:
        Idle.seen, Idle.app = config, app
        self._on_ready, self._on_end = on_ready, on_end

    def serve_until_stopped(self) -> None:
        """Be ready, and stop at once."""
        self._on_ready(URL)
        self.meanwhile()
        if self._on_end is not None:
            self._on_end()

    @staticmethod
    def meanwhile() -> None:
        """What happens while it serves."""


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
    """Run the command; what a server does to the collector of its process does not outlive it."""
    thresholds = gc.get_threshold()
    try:
        return CliRunner().invoke(serve.command, arguments)
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


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


TOKEN = re.compile(r"Token of the control plane: (\S{24,})\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_a_drawn_token(host: str) -> None:
    """Bound wider than this machine, the control plane's token is drawn and printed, another one each time."""
    tokens = [TOKEN.search(run("--host", host, "--seed", "same").output) for _ in range(2)]
    assert tokens[0] is not None
    assert tokens[1] is not None
    assert tokens[0][1] != tokens[1][1]


def test_no_token() -> None:
    """On this machine alone there is no token, and none is spoken of."""
    assert "Token" not in run().output


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_token_of_choice(host: str) -> None:
    """A token that is set is the one asked for, whatever is listened to."""
    assert "Token of the control plane: s3cret\n" in run("--host", host, "--token", "s3cret").output
    assert Idle.app.token == "s3cret"


def test_a_scenario() -> None:
    """The scenario of the settings plays, and is named."""
    assert "\nScenario: wobbly-gateway\n" in run("--scenario", "wobbly-gateway").output
    assert Idle.app.control.told_scenario(None)["scenario"] == "wobbly-gateway"
    assert "Scenario:" not in run().output


def test_a_scenario_in_a_file(tmp_path: Path) -> None:
    """A scenario in a file plays too; one that cannot be used is an error of use with every fault and its line."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        "scenario: mine\nteaches: x\nrests_on: y\nrules:\n"
        "- do: {eror: 5}\n- match: {operation: sumbit}\n  do: {error: 502}\n"
    )
    result = run("--scenario", str(file))
    assert result.exit_code == 2
    assert "the scenario cannot be used:\n  - " in result.output
    assert (result.output.count("mine.yaml:5"), result.output.count("mine.yaml:6")) == (1, 1)


def test_no_such_scenario() -> None:
    """A name that is none is told with the one that was meant."""
    result = run("--scenario", "woobly-gateway")
    assert result.exit_code == 2
    assert "did you mean wobbly-gateway" in result.output


@pytest.mark.parametrize(
    ("clock", "says", "rate"), [("frozen", "stands still", 0), ("50", "runs 50", 50), ("real", "", 1)]
)
def test_a_clock(clock: str, says: str, rate: float) -> None:
    """A clock that is not real is spoken of, with what moves it."""
    said = run("--clock", clock).output
    assert (f"Its clock {says}" in said) is bool(says)
    assert (f"POST {URL}/_mock/clock moves it" in said) is bool(says)
    assert Idle.app.control.clock(None).rate == rate


@pytest.mark.parametrize(
    ("flags", "explain"),
    [((), "on"), (("--no-explain",), "off"), (("--explain", "off"), "off"), (("--explain", "on"), "on")],
    ids=str,
)
def test_explanations(flags: tuple[str, ...], explain: str) -> None:
    """`--no-explain` is the same as `--explain off`."""
    run(*flags)
    assert Idle.seen.explain == explain


def test_it_never_says_a_whole_key() -> None:
    """The only key that is printed is the one that it proposes."""
    said = run("--token", "s3cret", "--log-level", "debug").output
    assert set(re.findall(r"SG_[0-9a-fA-F]{16}", said)) == {"SG_0123456789abcdef"}


def ready_file(monkeypatch: pytest.MonkeyPatch, path: Path, *, then: Callable[[], object] = lambda: None) -> str:
    """What a ready file says while the server serves; `then` happens before that ends."""
    seen: list[str] = []

    def meanwhile() -> None:
        seen.append(path.read_text("utf-8"))
        then()

    monkeypatch.setattr(Idle, "meanwhile", staticmethod(meanwhile))
    result = run("--ready-file", str(path))
    assert result.exit_code == 0, result.output
    return seen[0]


def test_a_ready_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the server is ready a file says where; when it has ended there is neither that file nor another."""
    path = tmp_path / "ready.json"
    assert json.loads(ready_file(monkeypatch, path)) == {"url": URL, "port": 5, "pid": os.getpid()}
    assert list(tmp_path.iterdir()) == []


def test_a_ready_file_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a killed server left, or anything else of that name, is replaced."""
    path = tmp_path / "ready.json"
    path.write_text("half of")
    assert json.loads(ready_file(monkeypatch, Path("ready.json")))["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ['{"url": "http://127.0.0.1:6", "port": 6, "pid": 1}', "[]", "no json"], ids=["another's", "[]", "no json"]
)
def test_a_ready_file_of_another(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another server, or somebody else, has written there meanwhile stays there."""
    path = tmp_path / "ready.json"
    ready_file(monkeypatch, path, then=lambda: path.write_text(text))
    assert path.read_text() == text


def test_a_ready_file_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody has removed already is nobody's trouble."""
    path = tmp_path / "ready.json"
    ready_file(monkeypatch, path, then=path.unlink)
    assert not path.exists()


def never(*_: object, **__: object) -> None:
    """Stands for a server where none is to be made."""
    raise AssertionError("it listens")


@pytest.mark.parametrize(
    ("path", "problem"),
    [("none/ready.json", "there is no folder none."), (".", ". is a folder; name a file.")],
    ids=["no folder", "a folder"],
)
def test_a_ready_file_that_cannot_be(path: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path at which no file can be is an error of use, before anything listens."""
    monkeypatch.setattr(serve, "Server", never)
    result = run("--ready-file", path)
    assert (result.exit_code, f"--ready-file: {problem}" in result.output) == (2, True)


def test_a_ready_file_that_must_not_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written in is an error of use, before anything listens."""
    monkeypatch.setattr(serve, "Server", never)
    monkeypatch.setattr(os, "access", lambda *_: False)
    result = run("--ready-file", str(tmp_path / "ready.json"))
    assert (result.exit_code, f"the folder {tmp_path} cannot be written in." in result.output) == (2, True)


def test_a_ready_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If writing fails after all, the server ends, says why, and leaves nothing half-written."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(serve, "Server", Server)
    monkeypatch.setattr(os, "replace", full)
    result = run("--port", "0", "--ready-file", str(tmp_path / "ready.json"))
    assert result.exit_code == 1
    assert f"--ready-file: {tmp_path / 'ready.json'} cannot be written: No space left on device" in result.output
    assert list(tmp_path.iterdir()) == []
    assert_free(result.output)


def assert_free(said: str) -> None:
    """Nobody listens where a server said that it was ready."""
    told = re.search(r"ready at http://127\.0\.0\.1:(\d+)", said)
    assert told is not None
    socket.create_server(("127.0.0.1", int(told[1]))).close()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_ready_file_of_a_process(end: signal.Signals, tmp_path: Path) -> None:
    """Interrupted or terminated, a server takes its file with it; while the file is there, it answers."""
    path = tmp_path / "ready.json"
    command = [sys.executable, "-m", "segmind_mock", "serve", "--port", "0", "--ready-file", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not path.exists():
            assert process.poll() is None
        told = json.loads(path.read_text())
        assert (told["pid"], told["url"]) == (process.pid, f"http://127.0.0.1:{told['port']}")
        socket.create_connection(("127.0.0.1", told["port"])).close()
        process.send_signal(end)
        process.wait(20)
    assert list(tmp_path.iterdir()) == []
