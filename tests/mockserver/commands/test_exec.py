"""`segmind-mock exec`: what a command finds, how it ends, and that the mock is gone with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.commands import exec as subject
from segmind_mock.commands.exec import environment
from segmind_mock.settings import SETTINGS

PATIENCE = 60.0
"""Seconds for which anything may be waited for."""

EXEC = (sys.executable, "-m", "segmind_mock", "exec", "--timing", "instant")
PYTHON = (sys.executable, "-c")
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
ASK = (
    "import json, os, urllib.request as u\n"
    "asked = u.Request(os.environ['SEGMIND_BASE_URL'] + '/get-user-credits')\n"
    "asked.add_header('x-api-key', os.environ['SEGMIND_API_KEY'])\n"
    "print(u.urlopen(asked).read().decode())\n"
    "print(u.urlopen(os.environ['SEGMIND_MOCK_URL'] + '/_mock/health').status)"
)
WAIT = (
    "import os, signal, sys, time\n"
    "def end(number, _):\n"
    "    os.write(1, b'felt %d\\n' % number)\n"  # a print may be going on
    "    sys.exit(int(sys.argv[1]))\n"
    "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):\n"
    "    signal.signal(number, end)\n"
    "print(os.environ['SEGMIND_MOCK_URL'], os.environ['SEGMIND_OUT'], flush=True)\n"
    "time.sleep(60)"
)


@pytest.fixture(autouse=True, scope="module")
def _typed_signals_are_felt() -> Iterator[None]:
    """Ctrl-C is not ignored, as it is in what a shell runs in its background, and so in all that is begun there."""
    typed = (signal.SIGINT, signal.SIGQUIT)
    before = {number: signal.getsignal(number) for number in typed}
    for number in typed:
        if before[number] is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `segmind-mock exec` to its end."""
    return subprocess.run((*EXEC, *arguments), capture_output=True, text=True, check=False, timeout=PATIENCE, **options)


def found(*flags: str, **variables: str) -> dict[str, str]:
    """The environment that a command finds."""
    done = run(*flags, "--", *PYTHON, SHOW, env=os.environ | variables)
    assert done.returncode == 0, done.stderr
    seen: dict[str, str] = json.loads(done.stdout)
    return seen


@contextmanager
def waiting(*flags: str, code: int = 0, **options: Any) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A command that waits for a signal and then exits with `code`; the mock's address, and the folder it has."""
    words = (*EXEC, *flags, "--", *PYTHON, WAIT, str(code))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as process:
        assert process.stdout is not None
        url, out = process.stdout.readline().split()
        try:
            yield process, url, Path(out)
        finally:
            if process.poll() is None:
                process.terminate()


def assert_gone(url: str) -> None:
    """Nobody listens there."""
    address = urlsplit(url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), 1)


def test_the_mock_answers() -> None:
    """The command reaches the mock by what it finds in its environment."""
    done = run("--credits", "5", "--", *PYTHON, ASK)
    assert done.stdout.splitlines() == ['{"credits":5.0,"free-credits":0.0}', "200"]
    assert (done.returncode, done.stderr) == (0, "")


def test_what_it_finds() -> None:
    """Addresses, key and folder are there; the caller's key is not."""
    variables = found(SEGMIND_API_KEY="a real one", SEGMIND_BASE_URL="https://api.segmind.com/v1", SEGMIND_DEADLINE="9")
    url = variables["SEGMIND_MOCK_URL"]
    assert url.startswith("http://127.0.0.1:")
    assert variables["SEGMIND_BASE_URL"] == f"{url}/v1"
    assert variables["SEGMIND_API_KEY"] == "SG_0123456789abcdef"
    assert "SEGMIND_DEADLINE" not in variables
    assert_gone(url)
    assert not Path(variables["SEGMIND_OUT"]).exists()


def test_settings_of_the_caller() -> None:
    """Variables that are settings decide the mock, port and host aside, and are not passed on."""
    settings = {"SEGMIND_MOCK_CREDITS": "7", "SEGMIND_MOCK_PORT": "1", "SEGMIND_MOCK_HOST": "0.0.0.0"}
    assert run("--", *PYTHON, ASK, env=os.environ | settings).stdout.startswith('{"credits":7.0,')
    names = {name for name in found(**settings) if name.startswith("SEGMIND")}
    assert names == {"SEGMIND_BASE_URL", "SEGMIND_API_KEY", "SEGMIND_MOCK_URL", "SEGMIND_OUT"}


def test_a_folder_of_choice(tmp_path: Path) -> None:
    """The folder that is named is made, told by its whole path, and stays with what is in it."""
    write = "import os, pathlib; pathlib.Path(os.environ['SEGMIND_OUT'], 'a').write_text(os.environ['SEGMIND_OUT'])"
    assert run("--out", "far/away", "--", *PYTHON, write, cwd=tmp_path).returncode == 0
    assert (tmp_path / "far" / "away" / "a").read_text() == str(tmp_path / "far" / "away")


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A folder that cannot be made is an error of use, and nothing is run."""
    (tmp_path / "file").write_text("")
    done = run("--out", str(tmp_path / "file" / "x"), "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--out: {tmp_path / 'file' / 'x'} cannot be a folder: Not a directory." in done.stderr


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_exit_codes(code: int) -> None:
    """The command's exit code is passed on, and nothing is said."""
    done = run("--", *PYTHON, f"raise SystemExit({code})")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_a_command_that_is_killed(number: signal.Signals) -> None:
    """A command that a signal ended is told as shells tell it."""
    done = run("--", *PYTHON, f"import os; os.kill(os.getpid(), {int(number)})")
    assert (done.returncode, done.stderr) == (128 + number, "")


@pytest.mark.parametrize(
    ("word", "code", "problem"),
    [
        ("no-such-program", 127, "no-such-program was not found, neither on PATH nor as a file"),
        ("./none", 127, "./none was not found"),
        ("./file", 126, "./file cannot be run: Permission denied"),
        (".", 126, ". cannot be run: Permission denied"),
        ("./garbage", 126, "./garbage cannot be run: Exec format error"),
    ],
)
def test_no_command(word: str, code: int, problem: str, tmp_path: Path) -> None:
    """What cannot be run is told in a line, with the exit codes of shells."""
    (tmp_path / "file").write_text("")
    (tmp_path / "garbage").write_bytes(b"\0\1")
    (tmp_path / "garbage").chmod(0o755)
    done = run("--", word, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"segmind-mock exec: {problem}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--", "echo", "--port", "1", "-x", "--", "--help"),
        ("echo", "--port", "1", "-x", "--", "--help"),
        ("--seed", "1", "echo", "--port", "1", "-x", "--", "--help"),
    ],
    ids=["after --", "without --", "after a flag"],
)
def test_options_of_the_command(words: tuple[str, ...]) -> None:
    """Whatever comes after the command's name is the command's."""
    done = run(*words)
    assert (done.returncode, done.stdout) == (0, "--port 1 -x -- --help\n")


def test_arguments_arrive() -> None:
    """Arguments arrive as they are: empty, with blanks, and with bytes that are no text."""
    words = [b"", b" a  b ", b"\xff\xfe", "ü".encode()]
    done = subprocess.run(
        [*map(os.fsencode, EXEC), b"--", *map(os.fsencode, PYTHON), b"import sys; print(ascii(sys.argv[1:]))", *words],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout.decode().strip() == ascii([os.fsdecode(word) for word in words])


def test_input_and_output() -> None:
    """Input, output and errors are the command's, to the byte."""
    copy = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data); sys.stderr.buffer.write(data)"
    data = bytes(range(256)) * 1000
    done = subprocess.run((*EXEC, "--", *PYTHON, copy), input=data, capture_output=True, check=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == (data, data)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process cannot see what it has open")
def test_open_files() -> None:
    """What the caller has opened for the command is open there; nothing of the mock is."""
    show = (
        "import os\n"
        "print(*[os.readlink(f'/proc/self/fd/{n}').partition(':')[0] for n in os.listdir('/proc/self/fd')"
        " if int(n) > 2 and os.path.exists(f'/proc/self/fd/{n}')])"
    )
    reading, writing = os.pipe()
    os.close(writing)
    done = run("--", *PYTHON, show, pass_fds=[reading])
    os.close(reading)
    assert done.stdout.split() == ["pipe"]


def test_a_deadline_that_is_kept() -> None:
    """A command that ends in time is not affected, and finds how long it has."""
    assert found("--deadline", "60")["SEGMIND_DEADLINE"] == "60"
    assert found("--deadline", "60.5")["SEGMIND_DEADLINE"] == "60.5"


def test_a_deadline_that_passes() -> None:
    """A command that takes too long is terminated, and the exit code says so."""
    done = run("--deadline", "2", "--", "sh", "-c", "echo $SEGMIND_MOCK_URL $SEGMIND_OUT; exec sleep 60")
    assert (done.returncode, done.stderr) == (124, "")
    url, out = done.stdout.split()
    assert_gone(url)
    assert not Path(out).exists()


def test_a_command_that_ends_when_asked() -> None:
    """A command whose time is over is asked to end first, and can."""
    end = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); print(flush=True)"
    with subprocess.Popen((*PYTHON, f"{end}\ntime.sleep(60)"), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        subject._end(process)
    assert process.returncode == 3


def test_a_command_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that will not be terminated is killed."""
    monkeypatch.setattr(subject, "GRACE", 0.1)
    stay = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen((*PYTHON, stay), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        subject._end(process)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("deadline", ["0", "-1", "nan", "inf", "soon"])
def test_a_deadline_that_is_none(deadline: str) -> None:
    """What is no number of seconds is an error of use."""
    result = CliRunner().invoke(subject.command, ["--deadline", deadline, "--", "true"])
    assert result.exit_code == 2
    assert "--deadline" in result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_signals(number: signal.Signals) -> None:
    """A signal reaches the command once; its exit code is passed on, and nothing of the mock is left."""
    with waiting(code=9, start_new_session=True) as (process, url, out):
        assert out.is_dir()
        process.send_signal(number)
        assert process.communicate(timeout=PATIENCE) == (f"felt {int(number)}\n", "")
    assert process.returncode == 9
    assert_gone(url)
    assert not out.exists()


def test_a_signal_that_the_command_does_not_heed() -> None:
    """A command that goes on after a signal is waited for, and the mock with it."""
    stay = (
        "import os, signal, sys, urllib.request as u\n"
        "signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'felt\\n'))\n"
        "print(flush=True); sys.stdin.read()\n"
        "print(u.urlopen(os.environ['SEGMIND_MOCK_URL'] + '/_mock/health').status)"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen((*EXEC, "--", *PYTHON, stay), **pipes) as process:  # type: ignore[call-overload]
        process.stdout.readline()
        for _ in range(3):
            process.terminate()
            assert process.stdout.readline() == "felt\n"
        assert process.communicate("", timeout=PATIENCE)[0] == "200\n"
    assert process.returncode == 0


@contextmanager
def at_a_terminal(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program at a terminal of its own: what is written to its input is typed there."""
    spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    with subprocess.Popen(
        [*PYTHON, spawn, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as terminal:
        yield terminal


def test_ctrl_c_at_a_terminal() -> None:
    """What is typed at a terminal reaches the command, and the command goes on reading from there if it wants to."""
    script = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, lambda *_: print('felt', flush=True))\n"
        "print('ready', flush=True)\n"
        "print('read', sys.stdin.readline())"
    )
    with at_a_terminal(*EXEC, "--", *PYTHON, script) as terminal:
        assert terminal.stdin is not None
        assert terminal.stdout is not None
        seen = b""
        for typed, shown in ((b"", b"ready"), (b"\x03", b"felt"), (b"end\n", b"read end")):
            terminal.stdin.write(typed)
            while shown not in seen:
                more = terminal.stdout.read(1024)
                assert more
                seen += more
        seen += terminal.stdout.read()
    assert terminal.returncode == 0
    assert seen.count(b"felt") == 1


FELT = (
    "import subprocess; from segmind_mock.commands import exec\n"
    "for options in ({}, {'process_group': 0}):\n"
    "    with subprocess.Popen(['sleep', '60'], **options) as command:\n"
    "        print(exec._has_felt(command))\n"
    "        command.kill()"
)


def test_who_feels_what_is_typed() -> None:
    """A command in the foreground of a terminal does, one in the background or without a terminal does not."""
    with at_a_terminal(*PYTHON, FELT) as terminal:
        assert terminal.stdout is not None
        assert terminal.stdout.read().split() == [b"True", b"False"]
    alone = subprocess.run((*PYTHON, FELT), capture_output=True, check=True, start_new_session=True, timeout=PATIENCE)
    assert alone.stdout.split() == [b"False", b"False"]


@pytest.mark.parametrize(
    ("felt", "passed"),
    [(True, [signal.SIGTERM, signal.SIGHUP]), (False, [*subject._PASSED_ON])],
    ids=["typed", "sent"],
)
def test_signals_are_passed_on_once(felt: bool, passed: list[signal.Signals], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a terminal has sent to the command already is not sent to it again; everything else is."""
    monkeypatch.setattr(subject, "_has_felt", lambda _: felt)
    seen: list[int] = []
    command: Any = SimpleNamespace(send_signal=seen.append)
    with subject._Signals() as signals:
        signals.go_to(command)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.raise_signal(number)
    assert sorted(seen) == sorted(passed)


def test_a_signal_before_there_is_a_command() -> None:
    """A signal that comes while the mock starts ends it, and nothing is run."""
    with subject._Signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        assert subject._run(["no-such-program"], {}, None, signals) == 128 + signal.SIGTERM


def test_a_signal_that_comes_with_the_command() -> None:
    """A signal that comes while the command is begun reaches it as soon as it is there."""
    with (
        subject._Signals() as signals,
        subprocess.Popen((*PYTHON, "import time; time.sleep(60)")) as process,
    ):
        signal.raise_signal(signal.SIGTERM)
        signals.go_to(process)
    assert process.returncode == -signal.SIGTERM


def test_signals_that_are_turned_off() -> None:
    """What the caller has turned off, as nohup does, stays off, and afterwards everything is as it was."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        handlers = [signal.getsignal(name) for name in subject._PASSED_ON]
        with subject._Signals() as signals:
            signal.raise_signal(signal.SIGHUP)
            assert signals.early is None
        assert [signal.getsignal(name) for name in subject._PASSED_ON] == handlers
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_bad_scenario() -> None:
    """Settings that cannot be used are told as `serve` tells them, and nothing is run."""
    result = CliRunner().invoke(subject.command, ["--scenario", "woobly-gateway", "--", "true"])
    assert result.exit_code == 2
    assert "did you mean wobbly-gateway" in result.output


def test_nothing_to_run() -> None:
    """Without a command there is an error of use that shows where it goes."""
    result = CliRunner().invoke(subject.command, ["--timing", "instant"])
    assert result.exit_code == 2
    assert "-- COMMAND..." in result.output


def test_help() -> None:
    """`--help` lists every setting but those that are not one's to choose."""
    shown = CliRunner().invoke(subject.command, ["--help"]).output
    listed = {name for name, setting in SETTINGS.items() if f"  {setting.flag} " in shown}
    assert listed == set(SETTINGS) - {"host", "port"}


LOCAL = {"127.0.0.1", "localhost"}


@pytest.mark.parametrize(
    ("before", "lower", "upper"),
    [
        ({}, "127.0.0.1,localhost", "127.0.0.1,localhost"),
        ({"no_proxy": "a.b, localhost"}, "a.b,localhost,127.0.0.1", "a.b,localhost,127.0.0.1"),
        ({"NO_PROXY": "a.b"}, "a.b,127.0.0.1,localhost", "a.b,127.0.0.1,localhost"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, "a,127.0.0.1,localhost", "b,127.0.0.1,localhost"),
        ({"no_proxy": "*"}, "*", "*"),
        ({"NO_PROXY": " , "}, "127.0.0.1,localhost", "127.0.0.1,localhost"),
    ],
    ids=str,
)
def test_proxies(before: Mapping[str, str], lower: str, upper: str) -> None:
    """This machine is reached without a proxy, and so is whatever was before."""
    after = environment(before, "http://127.0.0.1:1", Path("out"), None)
    assert (after["no_proxy"], after["NO_PROXY"]) == (lower, upper)


@given(
    st.dictionaries(st.sampled_from(["PATH", "no_proxy", "NO_PROXY", "SEGMIND_MOCK_SEED", "SEGMIND_OUT"]), st.text())
)
def test_any_environment(before: Mapping[str, str]) -> None:
    """Whatever the caller's environment holds, what is not about the mock or proxies arrives as it was."""
    after = environment(before, "http://127.0.0.1:1", Path("/out"), 2.5)
    own = {name: value for name, value in after.items() if name.startswith("SEGMIND")}
    assert own == {
        "SEGMIND_BASE_URL": "http://127.0.0.1:1/v1",
        "SEGMIND_API_KEY": "SG_0123456789abcdef",
        "SEGMIND_MOCK_URL": "http://127.0.0.1:1",
        "SEGMIND_OUT": "/out",
        "SEGMIND_DEADLINE": "2.5",
    }
    assert after.get("PATH") == before.get("PATH")
    for name in ("no_proxy", "NO_PROXY"):
        assert after[name] == "*" or set(after[name].split(",")) >= LOCAL
