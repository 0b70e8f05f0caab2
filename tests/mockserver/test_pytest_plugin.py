"""The plugin, in runs of pytest of its own: what tests get, what they can say, what failures tell, what is left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from textwrap import dedent

import pytest

import segmind_mock.inprocess.doors.for_httpx
import segmind_mock.live
import segmind_mock.render.paint  # noqa: F401  what a run of its own loads, it would load once more
from segmind_mock.fixtures import key_of

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
addopts = -p no:schemathesis -p no:cacheprovider
filterwarnings = error
"""

HEAD = """
import asyncio, http.client, os, sys, threading, time
import httpx, pytest

CALL = {"image": "https://segmind.com/kitchen.jpg", "prompt": "a kitchen"}

def submit(url="https://api.segmind.com", key=None):
    key = key or os.environ["SEGMIND_API_KEY"]
    return httpx.post(f"{url}/v2/sd1.5-img2img", json=CALL, headers={"x-api-key": key}, timeout=20)

def credits(url="https://api.segmind.com", key=None):
    key = key or os.environ["SEGMIND_API_KEY"]
    return httpx.get(f"{url}/v1/get-user-credits", headers={"x-api-key": key}, timeout=20)

marked = pytest.mark.segmind_mock
"""

LEAKS = """
import asyncio, os, sys, threading, time
from pathlib import Path
import httpx, pytest

TIMES = ("sleep", "time", "time_ns", "monotonic", "monotonic_ns")
LOOPS = ("time", "call_later", "call_at")
LEFT = Path(__file__).with_name("left")

def sockets():
    links = []
    for name in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            pass
    return sum(link.startswith("socket:") for link in links)

def state():
    return {
        "times": [getattr(time, name) for name in TIMES],
        "loops": [vars(asyncio.BaseEventLoop)[name] for name in LOOPS],
        "doors": [httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request],
        "finders": [*sys.meta_path],
        "threads": {*threading.enumerate()},
        "variables": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "sockets": sockets(),
    }

BEFORE = state()

@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    after = state()
    LEFT.write_text(" ".join(name for name in after if after[name] != BEFORE[name]) or "nothing")
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run tests, given as text, in this process; of its warnings each is an error."""

    def run(tests: str, *arguments: str, alone: bool = False) -> pytest.RunResult:
        pytester.makefile(".ini", pytest=INI)
        pytester.makepyfile(HEAD + dedent(tests))
        if alone:
            return pytester.runpytest_subprocess(*arguments)
        return pytester.runpytest_inprocess(*arguments, no_reraise_ctrlc=True)

    return run


# --- What tests get -----------------------------------------------------------------------------------------------


def test_inside_the_process(run: Run) -> None:
    """`segmind_mock` answers calls of this process, sleeping takes no time, and any text is a key."""
    ran = run(
        """
        def test(segmind_mock):
            began = time.time()
            assert submit(key="any text").json()["status"] == "QUEUED"
            time.sleep(600)
            assert 600 <= time.time() - began < 601
            (job,) = segmind_mock.jobs
            assert job.state == "COMPLETED"
            assert credits().json()["credits"] == 1_000_000
            segmind_mock.verify(operation="submit", count=1)
        """
    )
    ran.assert_outcomes(passed=1)
    assert ran.duration < 60


def test_on_a_port(run: Run) -> None:
    """`segmind_server` has addresses, a key and variables, which are set while a test runs and only then."""
    ran = run(
        """
        NAMES = ["SEGMIND_BASE_URL", "SEGMIND_API_KEY", "SEGMIND_MOCK_URL", "NO_PROXY", "no_proxy"]

        @pytest.fixture(autouse=True)
        def around(monkeypatch):
            monkeypatch.setenv("NO_PROXY", "example.com")
            yield

        def test(segmind_server):
            mock = segmind_server
            assert mock.url.startswith("http://127.0.0.1:")
            assert mock.base_url == f"{mock.url}/v1"
            local = "example.com,127.0.0.1,localhost"
            assert mock.environment == dict(zip(NAMES, [mock.base_url, mock.key, mock.url, local, local]))
            assert {name: os.environ[name] for name in NAMES} == mock.environment
            submit(mock.url)
            assert mock.jobs[0].state != "COMPLETED"
            mock.advance(600)
            assert mock.jobs[0].state == "COMPLETED"
            assert credits(mock.url, "another").json()["credits"] == 1_000_000
            assert len(mock.calls) == 1
            assert "as SG_" in repr(mock)

        def test_without():
            assert not {*NAMES} & os.environ.keys() - {"NO_PROXY"}
        """
    )
    ran.assert_outcomes(passed=2)


def test_one_server(run: Run) -> None:
    """Fifty tests share a server, each with a key of its own, and leave no account behind."""
    ran = run(
        """
        URLS, KEYS = set(), set()

        @pytest.mark.parametrize("number", range(50))
        def test(segmind_server, number):
            held = segmind_server._control.backend.keyring.by_key
            assert len(held) == 0
            submit(segmind_server.url)
            assert len(held) == 1
            URLS.add(segmind_server.url)
            KEYS.add(segmind_server.key)
            assert len(URLS) == 1

        def test_the_keys():
            assert len(KEYS) == 50
        """,
        *("-p", "no:randomly"),
    )
    ran.assert_outcomes(passed=51)


def test_a_fresh_world(run: Run) -> None:
    """With the same seed each test begins the same: ids do not depend on what ran before, or in which order."""
    ran = run(
        """
        IDS = set()

        @pytest.mark.parametrize("number", [1, 2])
        def test(segmind_mock, number):
            assert (segmind_mock.calls, segmind_mock.jobs) == ([], [])
            IDS.add(submit().json()["request_id"])
            assert len(IDS) == 1
        """
    )
    ran.assert_outcomes(passed=2)


def test_both_at_once(run: Run) -> None:
    """A test can have both: calls to the service stay in the process, calls to the port go there."""
    ran = run(
        """
        def test(segmind_server, segmind_mock):
            submit()
            submit(segmind_server.url)
            assert [len(mock.calls) for mock in (segmind_mock, segmind_server)] == [1, 1]
        """
    )
    ran.assert_outcomes(passed=1)


def test_other_processes(run: Run) -> None:
    """What a test starts finds the server by its environment."""
    ran = run(
        """
        import subprocess

        CODE = '''
        import os
        from urllib.request import Request, urlopen
        url = os.environ["SEGMIND_BASE_URL"] + "/get-user-credits"
        print(urlopen(Request(url, headers={"x-api-key": os.environ["SEGMIND_API_KEY"]})).read().decode())
        '''

        @marked(credits=7.5)
        def test(segmind_server):
            code = "\\n".join(line.strip() for line in CODE.splitlines())
            said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            assert '"credits":7.5' in said
            segmind_server.verify(operation="credits", count=1)
        """
    )
    ran.assert_outcomes(passed=1)


def test_asynchronous_tests(run: Run) -> None:
    """Tests that pytest-asyncio or anyio run, by asyncio or trio, use the same fixtures."""
    ran = run(
        """
        async def submitted(mock):
            async with httpx.AsyncClient(headers={"x-api-key": mock.key}) as client:
                answer = await client.post(f"{mock.url}/v2/sd1.5-img2img", json=CALL)
                mock.advance(600)
                return (await client.get(answer.json()["status_url"])).json()["status"]

        @pytest.mark.asyncio
        async def test_asyncio(segmind_mock, segmind_server):
            began = time.monotonic()
            assert await submitted(segmind_mock) == "COMPLETED"
            await asyncio.sleep(600)
            assert time.monotonic() - began >= 1200
            assert await submitted(segmind_server) == "COMPLETED"

        @pytest.mark.anyio
        async def test_anyio(segmind_mock, segmind_server, anyio_backend_name):
            assert await submitted(segmind_mock) == "COMPLETED"
            assert await submitted(segmind_server) == "COMPLETED"
        """
    )
    ran.assert_outcomes(passed=3)


def test_several_workers(run: Run) -> None:
    """Under xdist every worker has a server, and a seed that was drawn is the same for all of them."""
    ran = run(
        """
        @pytest.mark.parametrize("number", range(6))
        def test(segmind_mock, segmind_server, worker_id, number):
            submit()
            submit(segmind_server.url)
            assert (len(segmind_mock.calls), len(segmind_server.calls)) == (1, 1)
            told = f"{worker_id} {segmind_server.url} {segmind_mock.seed}"
            assert number < 4, f"told {told}"
        """,
        *("-n", "2", "--dist", "each", "--segmind-seed=random", "-p", "no:randomly"),
        alone=True,
    )
    ran.assert_outcomes(passed=8, failed=4)
    told = {tuple(line.split()[-3:]) for line in ran.outlines if line.startswith("E ") and "told gw" in line}
    workers, urls, seeds = (set(column) for column in zip(*told, strict=True))
    assert (len(workers), len(urls), len(seeds)) == (2, 2, 1)
    (seed,) = seeds
    assert ran.outlines.count(f"seed {seed}; repeat with --segmind-seed={seed}") == 8


# --- What they can say --------------------------------------------------------------------------------------------


def test_markers_are_merged(run: Run) -> None:
    """The closest marker counts most, option by option and quirk by quirk."""
    ran = run(
        """
        pytestmark = marked(credits=1, rpm=100, quirks={"bearer": "accept", "v1_picture": "json"})

        @marked(credits=2, forbid=["sam-img2img"])
        class Base:
            pass

        @marked(credits=3, quirks={"v1_picture": "bytes"})
        class TestInner(Base):
            @pytest.mark.parametrize("many", [4, pytest.param(5, marks=marked(credits=5))])
            @marked(credits=4)
            def test_function(self, fixture, many):
                assert fixture.credits == many

            def test_class(self, fixture):
                assert fixture.credits == 3
                account = fixture._control.told_account(fixture.key)
                quirks = {**fixture._control.backend.config.quirks.readings, **account["quirks"]}
                assert quirks["key_shape"] == "any"
                assert (quirks["bearer"], quirks["v1_picture"]) == ("accept", "bytes")
                assert account["rpm"] == 100
                config = fixture._control.backend.config
                assert account["forbid"] == ["sam-img2img"] or config.forbid == ("sam-img2img",)

        def test_module(fixture):
            assert fixture.credits == 1

        @pytest.fixture(params=["segmind_mock", "segmind_server"])
        def fixture(request):
            return request.getfixturevalue(request.param)
        """
    )
    ran.assert_outcomes(passed=8)


def test_scenarios(run: Run) -> None:
    """A marker begins a scenario, for the one test alone; None begins none."""
    ran = run(
        """
        RULES = {"scenario": "own", "rules": [{"name": "all", "do": {"error": 502}}]}
        pytestmark = marked(scenario=RULES)

        def test_whole(segmind_mock, segmind_server):
            assert (submit().status_code, submit(segmind_server.url).status_code) == (502, 502)

        @marked(scenario="retired-model")
        def test_named(segmind_mock, segmind_server):
            assert [submit(mock.url).status_code for mock in 2 * (segmind_mock, segmind_server)] == [200, 200, 410, 410]

        @marked(scenario=None)
        def test_none(segmind_mock, segmind_server):
            assert (submit().status_code, submit(segmind_server.url).status_code) == (200, 200)
        """
    )
    ran.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "fixture", "lines"),
    [
        ("scenari='flaky'", "segmind_mock", ["  - there is no option 'scenari'; did you mean scenario?"]),
        (
            "xyzzy=1, status='invalid'",
            "segmind_mock",
            [
                "  - there is no option 'xyzzy'",
                "  - status is an option of segmind_server alone",
                "  - segmind_server has: credits, forbid, quirks, retire, rpm, scenario, status",
                "  - segmind_mock has: allow, block_network, caption, *real_time*workers",
            ],
        ),
        ("timing='instant'", "segmind_server", ["  - timing is an option of segmind_mock alone"]),
        ("'flaky'", "segmind_mock", ["  - 'flaky' has no name; write segmind_mock(NAME='flaky')"]),
        ("rpm=-1", "segmind_mock", ["  - rpm is -1 (argument); allowed: a whole number from 0 to 1,000,000,000"]),
        ("rpm=-1", "segmind_server", ["  - rpm is -1; allowed: 0 to 1,000,000,000"]),
        ("quirks=['bearer']", "segmind_server", ["  - quirks is ['bearer']; allowed: a mapping"]),
        ("scenario='flakyy'", "segmind_mock", ["  - there is no scenario 'flakyy'; did you mean flaky?*"]),
        ("scenario='flakyy'", "segmind_server", ["  - there is no scenario 'flakyy'; did you mean flaky?*"]),
    ],
)
def test_what_cannot_be_said(run: Run, marker: str, fixture: str, lines: list[str]) -> None:
    """A marker that cannot be used fails its test in words, without a traceback, and the next test is well."""
    ran = run(
        f"""
        @marked({marker})
        def test({fixture}):
            pass

        def test_next({fixture}):
            assert {fixture}.calls == []
        """
    )
    ran.assert_outcomes(passed=1, errors=1)
    escaped = [line.replace("[", "[[]") for line in lines]
    ran.stdout.fnmatch_lines(["*ERROR at setup of test _*", "@pytest.mark.segmind_mock cannot be used*:", *escaped])
    ran.stdout.no_fnmatch_line("*During handling*")
    ran.stdout.no_fnmatch_line("*pytest_plugin.py*")
    ran.stdout.no_fnmatch_line("*- segmind-mock -*")


def test_a_projects_settings(run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables and files hold for both fixtures, from wherever the run is begun; markers count more."""
    monkeypatch.setenv("SEGMIND_MOCK_RPM", "7")
    monkeypatch.setenv("SEGMIND_MOCK_URL", "http://127.0.0.1:1")
    text = 'credits = 12\nport = 1\npublic_url = "http://a.test"\nclock = "frozen"\ninputs = "pictures"\nseed = "s"\n'
    pytester.makefile(".toml", **{"segmind-mock": text + 'scenario = "rules/own.yaml"\n[quirks]\nbearer = "accept"'})
    pytester.mkdir("pictures")
    rules = "{scenario: own, rules: [{name: all, match: {operation: submit}, do: {error: 502}}]}"
    pytester.mkdir("rules").joinpath("own.yaml").write_text(rules)
    pytester.mkdir("inner")
    pytester.makeconftest("import os\ndef pytest_sessionstart(): os.chdir('inner')")
    ran = run(
        """
        @pytest.mark.parametrize("name", ["segmind_mock", "segmind_server"])
        def test(name, request):
            mock = request.getfixturevalue(name)
            assert submit(mock.url).status_code == 502
            answer = httpx.get(f"{mock.base_url}/get-user-credits", headers={"authorization": f"Bearer {mock.key}"})
            assert answer.json()["credits"] == 12
            mock.play(None)
            assert submit(mock.url).json()["status_url"].startswith(mock.url)
            config = mock._control.backend.config
            assert (config.rpm, config.seed, mock.seed) == (7, "s", "s")
            assert config.clock == ("real" if name == "segmind_mock" else "frozen")

        @marked(credits=1, scenario=None)
        def test_marked(segmind_mock, segmind_server):
            assert [mock.credits for mock in (segmind_mock, segmind_server)] == [1, 1]
            assert submit().status_code == submit(segmind_server.url).status_code == 200
        """
    )
    ran.assert_outcomes(passed=3)


@pytest.mark.parametrize("fixture", ["segmind_mock", "segmind_server"])
def test_settings_that_cannot_be_used(run: Run, pytester: pytest.Pytester, fixture: str) -> None:
    """A project's settings that are wrong fail the tests that want a mock, in words, and no other."""
    pytester.makefile(".toml", **{"segmind-mock": 'timing = "fast"'})
    ran = run(f"def test({fixture}): pass\ndef test_other(): pass")
    ran.assert_outcomes(passed=1, errors=1)
    expected = [
        "the settings of this project cannot be used (SEGMIND_MOCK_[*] and files in *):",
        "  - timing is 'fast'*",
    ]
    ran.stdout.fnmatch_lines(expected)
    ran.stdout.no_fnmatch_line("*fixtures.py*")


# --- The seed -----------------------------------------------------------------------------------------------------

TELLING = """
    def test(segmind_mock, segmind_server):
        ids = [submit(mock.url).json()["request_id"] for mock in (segmind_mock, segmind_server)]
        print("\\ntold", segmind_mock.seed, *ids)
"""


def told(ran: pytest.RunResult) -> list[str]:
    """The seed and the ids that a run told."""
    (line,) = (line for line in ran.outlines if line.startswith("told "))
    return line.split()[1:]


def test_a_seed(run: Run) -> None:
    """The same seed gives the same ids in both fixtures, another one others; the header tells one that was given."""
    first, again, other, unsaid = (
        run(TELLING, "-s", "-p", "no:randomly", *(f"--segmind-seed={seed}" for seed in given))
        for given in (["one"], ["one"], ["other"], [])
    )
    assert told(first) == told(again)
    assert told(first)[0] == "one"
    assert not {*told(first)} & {*told(other)}
    assert told(unsaid)[0] == "0"
    assert "segmind-mock: --segmind-seed=one" in first.outlines
    unsaid.stdout.no_fnmatch_line("*segmind-mock:*")


def test_a_seed_that_is_drawn(run: Run) -> None:
    """`random` draws a seed for each run, and the header tells it."""
    runs = [run(TELLING, "-s", "--segmind-seed=random") for _ in range(2)]
    seeds = [told(ran)[0] for ran in runs]
    assert len({*seeds, "random"}) == 3
    for ran, seed in zip(runs, seeds, strict=True):
        assert f"segmind-mock: --segmind-seed={seed}" in ran.outlines


@pytest.mark.parametrize("seed", ["", "x" * 201])
def test_no_seed(run: Run, seed: str) -> None:
    """A seed that can be none ends the run at once, in words."""
    ran = run(TELLING, f"--segmind-seed={seed}")
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines([f"ERROR: --segmind-seed has {len(seed)} characters; allowed: 1 to 200, or random"])


# --- What failures tell -------------------------------------------------------------------------------------------


def test_a_failure(run: Run) -> None:
    """The report of a failing test tells seed, scenario, credits, clock and exchanges, and no key."""
    ran = run(
        """
        @marked(scenario="retired-model", credits=5)
        def test(segmind_mock):
            submit(key="SG_0123456789abcdef")
            submit(key="SG_0123456789abcdef")
            time.sleep(90)
            credits(key="SG_0123456789abcdef")
            assert False
        """,
        "--tb=line",
    )
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        [
            "*- segmind-mock -*",
            "segmind_mock at https://api.segmind.com",
            "seed 0; repeat with --segmind-seed=0",
            "scenario retired-model",
            "credits 4.9963",
            "clock 20??-??-?? ??:??:?? UTC, 90.0 s after the test began",
            "3 exchanges:",
            "   0.0 s  1: POST /v2/sd1.5-img2img -> 200",
            "   0.0 s  2: POST /v2/sd1.5-img2img -> 410*",
            "            rule retired-model/retired today",
            "  90.0 s  3: GET /v1/get-user-credits -> 200",
        ],
        consecutive=True,
    )
    ran.stdout.no_fnmatch_line("*SG_0123456789abcdef*")


def test_a_failure_of_a_served_mock(run: Run) -> None:
    """The report tells the account of the test alone, under its masked key."""
    ran = run(
        """
        @marked(credits=5)
        def test(segmind_server):
            credits(segmind_server.url)
            credits(segmind_server.url, "another key")
            assert False
        """
    )
    key = key_of("test_a_failure_of_a_served_mock.py::test")
    ran.stdout.fnmatch_lines(
        [
            "*- segmind-mock -*",
            f"segmind_server at http://127.0.0.1:* as SG_…{key[-4:]}",
            "seed 0; repeat with --segmind-seed=0",
            "credits 5",
            "clock *",
            "1 exchange:",
            "  *.* s  1: GET /v1/get-user-credits -> 200",
        ],
        consecutive=True,
    )


@pytest.mark.parametrize("fixture", ["segmind_mock", "segmind_server"])
@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_a_failure_elsewhere(run: Run, fixture: str, phase: str) -> None:
    """What fails before a test, or after it, is told the same, although the mock is gone by then."""
    order = f"around, {fixture}" if phase == "teardown" else f"{fixture}, around"
    ran = run(
        f"""
        @pytest.fixture
        def around(request):
            if {phase!r} == "setup":
                credits(request.getfixturevalue({fixture!r}).url)
                assert False
            yield
            assert False

        def test({order}):
            credits({fixture}.url)
        """
    )
    ran.assert_outcomes(errors=1, passed=int(phase == "teardown"))
    lines = [
        "*- segmind-mock -*",
        f"{fixture} at *",
        "credits 1,000,000",
        "1 exchange:",
        "*/v1/get-user-credits -> 200",
    ]
    ran.stdout.fnmatch_lines(lines)


def test_no_failure(run: Run) -> None:
    """Where nothing failed, or a failure was awaited, or no mock was used, nothing is told."""
    ran = run(
        """
        def test(segmind_mock):
            pass

        @pytest.mark.xfail
        def test_awaited(segmind_mock):
            assert False

        def test_without():
            assert False
        """,
        "-rA",
    )
    ran.assert_outcomes(passed=1, failed=1, xfailed=1)
    ran.stdout.no_fnmatch_line("*- segmind-mock -*")


def test_a_failure_that_cannot_be_told(run: Run) -> None:
    """If the section cannot be made, the report is there all the same, and says so; no key is in it."""
    ran = run(
        """
        def test(segmind_mock, monkeypatch):
            def log():
                raise LookupError("no SG_0123456789abcdef")
            monkeypatch.setattr(segmind_mock, "log", log)
            assert "this" == "that"
        """,
        "--tb=line",
    )
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*- segmind-mock -*", "this section could not be made: LookupError: no SG_…cdef"])


def test_several_accounts(run: Run) -> None:
    """Of several accounts the report says how many there are, instead of one's credits."""
    ran = run(
        """
        @marked(seed="mine")
        def test(segmind_mock):
            credits(key="one account")
            credits(key="another one")
            assert False
        """
    )
    lines = ["seed mine; the marker says so", "credits 2 accounts were used (one…ount, ano… one)"]
    ran.stdout.fnmatch_lines(lines)


# --- What is left -------------------------------------------------------------------------------------------------

ENDINGS = {
    "passed": "pass",
    "failed": "assert False",
    "interrupted": "raise KeyboardInterrupt",
    "exited": "pytest.exit('enough')",
    "setup": "pass",
    "teardown": "pass",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_left(run: Run, pytester: pytest.Pytester, ending: str) -> None:
    """However a test ends, what was put in place is taken away, and thread, socket and variables are gone."""
    pytester.makeconftest(LEAKS)
    ran = run(
        f"""
        @pytest.fixture
        def after(segmind_mock, segmind_server):
            assert {ending!r} != "setup"
            yield
            assert {ending!r} != "teardown"

        def test(segmind_mock, segmind_server, after):
            submit()
            submit(segmind_server.url)
            assert time.sleep.__module__.startswith("segmind_mock")
            import http.client
            {ENDINGS[ending]}
        """
    )
    assert pytester.path.joinpath("left").read_text() == "nothing"
    assert int(ran.ret) == {"passed": 0, "interrupted": 2, "exited": 2}.get(ending, 1)


def test_no_mock_is_kept(run: Run) -> None:
    """A mock ends with its test: a long run does not hold those that are over."""
    ran = run(
        """
        import gc, weakref
        SEEN = []

        @pytest.mark.parametrize("number", range(3))
        def test(segmind_mock, segmind_server, number):
            gc.collect()
            assert not any(seen() for seen in SEEN)
            SEEN.extend(map(weakref.ref, (segmind_mock, segmind_server)))
            submit()
        """
    )
    ran.assert_outcomes(passed=3)


def test_nothing_is_left_where_something_was(run: Run, pytester: pytest.Pytester) -> None:
    """Variables that were there are there again, also where the test changed them by `monkeypatch`."""
    pytester.makeconftest("import os\nos.environ['SEGMIND_BASE_URL'] = 'http://mine.test'\n" + LEAKS)
    ran = run(
        """
        @pytest.mark.parametrize("name", ["segmind_mock", "segmind_server"])
        def test(monkeypatch, request, name):
            mock = request.getfixturevalue(name)
            monkeypatch.setenv("SEGMIND_API_KEY", "mine")
            monkeypatch.setenv("SEGMIND_BASE_URL", "other")
        """
    )
    ran.assert_outcomes(passed=2)
    assert pytester.path.joinpath("left").read_text() == "nothing"


def test_a_timeout(run: Run, pytester: pytest.Pytester) -> None:
    """A test that hangs is ended by pytest-timeout, in real time; its report tells of the mock, and nothing is left."""
    pytester.makeconftest(LEAKS)
    ran = run(
        """
        @pytest.mark.timeout(1, func_only=True)
        def test(segmind_mock, segmind_server):
            time.sleep(3600)
            credits(segmind_server.url)
            threading.Event().wait()
        """,
        alone=True,
    )
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*Timeout*", "*- segmind-mock -*", "clock *, 3,600.0 s after the test began"])
    assert pytester.path.joinpath("left").read_text() == "nothing"


# --- Itself -------------------------------------------------------------------------------------------------------


def test_it_costs_nothing() -> None:
    """In a fresh interpreter the plugin loads pytest and next to nothing of the mock."""
    code = "import sys, segmind_mock.pytest_plugin; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    loaded = done.stdout.split()
    own = [name for name in loaded if name.startswith("segmind")]
    assert own == ["segmind_mock", "segmind_mock.pytest_plugin"]
    heavy = {"starlette", "uvicorn", "PIL", "httpx", "yaml", "jsonschema_rs", "orjson", "asyncio", "click"}
    assert not heavy.intersection(loaded)


def test_it_is_found(run: Run) -> None:
    """Installed, it is there: `--fixtures`, `--markers` and `--help` tell of it."""
    run("").stdout.fnmatch_lines(["plugins: *segmind-mock-*"])
    fixtures = run("", "--fixtures").stdout
    fixtures.fnmatch_lines_random(["segmind_mock -- *", "segmind_server -- *"])
    fixtures.no_fnmatch_line("*_segmind_*")
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.segmind_mock(*options): *"])
    run("", "--help").stdout.fnmatch_lines(["segmind-mock:", "  --segmind-seed=SEED*"])


def test_in_the_report_for_machines(pytester: pytest.Pytester) -> None:
    """JUnit's file has the section too, and keys are masked in it."""
    pytester.makepyfile(
        """
        import httpx

        def test_it(segmind_mock):
            httpx.get("https://api.segmind.com/v1/get-user-credits", headers={"x-api-key": "SG_" + 14 * "0" + "bb"})
            assert False
        """
    )
    pytester.runpytest_subprocess("--junit-xml=report.xml").assert_outcomes(failed=1)
    report = (pytester.path / "report.xml").read_text("utf-8")
    assert "1: GET /v1/get-user-credits -&gt; 200" in report
    assert "SG_00000000000000bb" not in report


def test_the_marker_alone(run: Run) -> None:
    """A test that has the marker is mocked without asking for the fixture, and its report has the section."""
    ran = run(
        """
        @pytest.mark.segmind_mock(scenario="wobbly-gateway")
        def test():
            assert submit(key="any text").status_code == 200
        """
    )
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*segmind-mock*", "scenario wobbly-gateway", "*rule wobbly-gateway/*"])
