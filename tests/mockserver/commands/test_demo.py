"""`segmind-mock demo`: the real SDK against a mock of the demo's own, and what it tells when it cannot."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from segmind_mock.cli import main

PICTURES = {
    "image-converter.png": ((512, 512), "PNG"),
    "sam-img2img.png": ((768, 1024), "PNG"),
    "sd1.5-img2img.jpg": ((512, 512), "JPEG"),
    "smart-banner-resizer-1.png": ((1080, 1080), "PNG"),
    "smart-banner-resizer-2.png": ((1080, 1920), "PNG"),
    "smart-banner-resizer-3.png": ((1200, 628), "PNG"),
    "w2imgsd1.5-img2img.jpg": ((768, 768), "JPEG"),
}
Demo = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Demo:
    """Runs the demo in this process, into `out`."""

    def demo(*flags: str, out: Path = tmp_path / "out") -> Result:
        return CliRunner().invoke(main, ["demo", "--timing", "instant", "--out", str(out), *flags])

    return demo


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_it_saves_every_picture_of_the_five_pages(run: Demo, out: Path) -> None:
    """Every output picture is saved under its model's name, decodes, and has the size and format listed."""
    shown = run()
    assert shown.exit_code == 0, shown.output
    assert {path.name for path in out.iterdir()} == set(PICTURES)
    for name, (size, kind) in PICTURES.items():
        with Image.open(out / name) as picture:
            picture.load()
            assert (picture.size, picture.format) == (size, kind)
        length = (out / name).stat().st_size
        assert re.search(rf"{re.escape(name)} +{size[0]} x {size[1]}  {kind} +{length:,} ", shown.output)


def test_it_tells_states_failure_and_credits(run: Demo) -> None:
    """Each call is shown from QUEUED to its end, the failing one with the SDK's own exception, and what was spent."""
    text = run().output
    for slug in ("image-converter", "sam-img2img", "sd1.5-img2img", "smart-banner-resizer", "w2imgsd1.5-img2img"):
        assert re.search(rf"(?s)  {slug} +QUEUED.*  {slug} +COMPLETED", text)
    assert re.search(r"sd1.5-img2img mock:fail +FAILED", text)
    assert "InferenceFailed: Failed while returning the output" in text
    assert "999,999.3580 after: 0.6420 spent; the failed call cost nothing." in text


def test_pictures_of_an_earlier_demo_are_replaced_and_nothing_else(run: Demo, out: Path) -> None:
    """A second demo replaces its own pictures, says so, and leaves other files alone."""
    out.mkdir()
    (out / "mine.png").write_bytes(b"mine")
    assert "in place of" not in run().output
    (out / "sam-img2img.png").write_bytes(b"old")
    assert "7 of them in place of earlier ones" in run().output
    assert (out / "mine.png").read_bytes() == b"mine"
    assert (out / "sam-img2img.png").stat().st_size > 1000


def test_the_seed_decides_the_pictures(run: Demo, tmp_path: Path) -> None:
    """The same seed gives the same files; another seed another picture where the call leaves the seed open."""
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    for seed, folder in (("1", first), ("1", again), ("2", other)):
        assert run("--seed", seed, out=folder).exit_code == 0
    for name in PICTURES:
        assert (first / name).read_bytes() == (again / name).read_bytes()
    banner = "smart-banner-resizer-1.png"
    assert (first / banner).read_bytes() != (other / banner).read_bytes()


def test_a_proxy_in_the_environment_is_not_used(run: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names, even a dead one, is not in the way; the environment is left as it was."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.org")
    assert run().exit_code == 0
    assert os.environ["no_proxy"] == "example.org"


def test_the_mock_is_gone_afterwards(run: Demo) -> None:
    """Neither the mock's thread nor its port outlives the demo."""
    text = run().output
    assert "segmind-mock" not in {thread.name for thread in threading.enumerate()}
    assert_free(text)


def test_without_the_sdk_it_says_what_to_type(run: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """No SDK: exit code 1 and the command that installs it."""
    monkeypatch.setitem(sys.modules, "segmind", None)
    shown = run()
    assert (shown.exit_code, 'pip install "segmind-mock[demo]"' in shown.output) == (1, True)


def test_an_sdk_that_is_too_old_is_named(run: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK before 1.1.0: exit code 1, its version, and what to type."""
    old = ModuleType("segmind")
    vars(old)["__version__"] = "1.0.1"
    monkeypatch.setitem(sys.modules, "segmind", old)
    shown = run()
    assert shown.exit_code == 1
    assert "SDK 1.0.1 is older than 1.1.0" in shown.output
    assert 'pip install "segmind>=1.1.0"' in shown.output


def test_a_file_in_place_of_the_folder_is_one_line(run: Demo, tmp_path: Path) -> None:
    """--out below a file: exit code 1 and one line, before anything is run."""
    (tmp_path / "file").write_bytes(b"")
    shown = run(out=tmp_path / "file" / "below")
    assert shown.exit_code == 1
    assert shown.output == f"Error: --out: {tmp_path / 'file'} is a file, not a folder.\n"


def test_a_folder_that_cannot_be_written_in_is_one_line(
    run: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--out where nobody may write: exit code 1 and one line, before anything is run."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    shown = run()
    assert (shown.exit_code, shown.output) == (1, f"Error: --out: {tmp_path} cannot be written in.\n")


def test_a_picture_that_cannot_be_saved_is_one_line(run: Demo, out: Path) -> None:
    """A folder where a picture should go: exit code 1, one line, and the mock is gone."""
    (out / "sam-img2img.png").mkdir(parents=True)
    shown = run()
    assert shown.exit_code == 1
    assert shown.output.splitlines()[-1].startswith("Error: the pictures cannot be saved: ")
    assert_free(shown.output)


def test_a_seed_that_cannot_be_used_is_an_error_of_use(run: Demo) -> None:
    """An empty seed: exit code 2 and what is allowed."""
    shown = run("--seed", "")
    assert (shown.exit_code, "allowed: 1 to 200 characters" in shown.output) == (2, True)


def test_on_a_terminal_the_lines_are_redrawn(tmp_path: Path) -> None:
    """On a terminal the six lines are drawn over, in colour; elsewhere no control sequence is written."""
    terminal, inner = pty.openpty()
    with subprocess.Popen(
        command(tmp_path, "brisk"), stdout=inner, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    ) as demo:
        os.close(inner)
        text = read_all(terminal)
    assert demo.returncode == 0
    assert "\x1b[6A\r\x1b[K  image-converter" in text
    assert "\x1b[32m\x1b[1mCOMPLETED" in text
    plain = subprocess.run(command(tmp_path, "instant"), capture_output=True, text=True, check=True)
    assert "\x1b" not in plain.stdout


def test_ctrl_c_ends_it_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while jobs run: exit code 1 without a traceback, no folder, and the mock's port is free again."""
    with subprocess.Popen(
        command(tmp_path, "real"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        first = running.stdout.readline()
        for line in running.stdout:
            if "PROCESSING" in line:
                break
        running.send_signal(signal.SIGINT)
        assert running.stderr.read().strip() == "Aborted!"
    assert running.returncode == 1
    assert not (tmp_path / "out").exists()
    assert_free(first)


def command(folder: Path, timing: str) -> list[str]:
    """The command line, into a folder below `folder`."""
    return [sys.executable, "-m", "segmind_mock", "demo", "--timing", timing, "--out", str(folder / "out")]


def read_all(terminal: int) -> str:
    """Everything that a terminal's program writes until it ends."""
    read = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other side is closed
            more = b""
        if not more:
            os.close(terminal)
            return read.decode()
        read += more


def assert_free(text: str) -> None:
    """Nobody listens on the address that a demo told."""
    told = re.search(r"http://127\.0\.0\.1:(\d+)", text)
    assert told is not None
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", int(told[1]))) != 0
