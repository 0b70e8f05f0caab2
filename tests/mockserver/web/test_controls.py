"""Controls: the calls of the control plane, what they refuse, and that no key leaves by them."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock import __version__
from segmind_mock.control import Control
from segmind_mock.scenarios.library import names, text_of
from segmind_mock.web import controls
from segmind_mock.web.controls import LARGEST
from segmind_mock.web.journals import HAR
from tests.worlds import CATALOG, KEY, OTHER_KEY, Mock, mock

NEVER_USED = "SG_00000000000000bb"
SCENARIO = {
    "scenario": "mine",
    "teaches": "A status can be answered 502.",
    "rests_on": "The gateway's pages.",
    "rules": [{"name": "down", "match": {"operation": "status"}, "do": {"error": 502}}],
}
PATHS = ("health", "state", "reset", "clock", f"accounts/{KEY}", "scenarios", "scenario", "journal", "verify")


def ask(here: Mock, method: str, path: str, body: object = None, **options: Any) -> httpx.Response:
    """A call of the control plane, as a program of this machine makes it."""
    headers = {"host": "localhost:8787", "x-api-key": None, **options.pop("headers", {})}
    sent = {"json": body} if body is not None else {}
    return here.request(method, f"/_mock/{path}", headers=headers, **sent, **options)


def told(here: Mock, method: str, path: str, body: object = None, **options: Any) -> Any:
    """What a call that succeeds is answered."""
    answer = ask(here, method, path, body, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(here: Mock, method: str, path: str, body: object = None, **options: Any) -> list[str]:
    """What a call that is refused is told."""
    answer = ask(here, method, path, body, **options)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    problems: list[str] = problem.get("problems", [problem["error"]])
    return problems


def keys_of(here: Mock) -> set[str]:
    """The keys of the worlds that there are."""
    return {world.key for world in here.app.backend.keyring.all()}


# --- Health, state, reset ----------------------------------------------------------------------------


def test_health() -> None:
    """Health tells the version, the seed and the models."""
    assert told(mock(seed="s"), "GET", "health") == {
        "status": "ready",
        "version": __version__,
        "seed": "s",
        "models": sorted(model.slug for model in CATALOG),
    }


def test_state() -> None:
    """The state has the clock, the scenario and every account, its jobs by state and its key masked."""
    here = mock()
    here.submit()
    state = told(here, "GET", "state")
    assert state["clock"] == {"now": "2023-11-14T22:13:20.000Z", "rate": 1.0, "ahead": 0.0}
    assert state["scenario"] is None
    (account,) = state["accounts"]
    assert account["account"] == "SG_…cdef"
    assert account["jobs"]["kept"] == 1 == sum(account["jobs"][name] for name in ("QUEUED", "PROCESSING"))


def test_reset_of_all() -> None:
    """A reset without an account leaves a server as it was started."""
    here = mock()
    request_id = here.submit()["request_id"]
    told(here, "POST", "clock", {"advance": 100})
    told(here, "PUT", "scenario", "wobbly-gateway")
    assert told(here, "POST", "reset") == {"reset": "everything"}
    assert (keys_of(here), told(here, "GET", "scenario")) == (set(), {"scenario": None, "accounts": []})
    assert told(here, "GET", "clock")["ahead"] == 0
    assert here.status(request_id).status_code == 404


def test_reset_of_one() -> None:
    """A reset of one account leaves the others."""
    here = mock(credits=1)
    mine, theirs = here.submit()["request_id"], here.as_key(OTHER_KEY).submit()["request_id"]
    assert told(here, "POST", "reset", {"account": KEY}) == {"reset": "account"}
    assert here.status(mine).status_code == 404
    assert here.as_key(OTHER_KEY).status(theirs).status_code == 200


# --- Time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "rate", "ahead"),
    [
        ({"advance": 90.5}, 1.0, 90.5),
        ({"freeze": True}, 0.0, 0.0),
        ({"freeze": False}, 1.0, 0.0),
        ({"rate": 20}, 20.0, 0.0),
        ({"real": True}, 1.0, 0.0),
        ({"freeze": True, "advance": 5}, 0.0, 5.0),
        ({"rate": None, "advance": 0}, 1.0, 0.0),
        ({}, 1.0, 0.0),
    ],
    ids=str,
)
def test_clock(body: dict[str, object], rate: float, ahead: float) -> None:
    """A clock is advanced, stopped, run at a rate or as real time does."""
    here = mock()
    shown = told(here, "POST", "clock", body)
    assert (shown["rate"], shown["ahead"]) == (rate, ahead)
    assert told(here, "GET", "clock") == shown


def test_clock_of_an_account() -> None:
    """With an account, its clock alone is steered; without, the clock of all."""
    here = mock()
    assert told(here, "POST", "clock", {"account": KEY, "advance": 60, "freeze": True})["ahead"] == 60
    assert told(here, "GET", f"clock?account={KEY}")["rate"] == 0
    assert told(here, "GET", f"clock?account={OTHER_KEY}")["ahead"] == 0
    assert told(here, "GET", "clock") == {"now": "2023-11-14T22:13:20.000Z", "rate": 1.0, "ahead": 0.0}


def test_a_faulty_clock() -> None:
    """Every fault is told at once, and nothing is done where there is any."""
    here = mock()
    body = {"account": "nobody", "advance": -1, "rate": 1e9, "frezee": True}
    problems = refused(here, "POST", "clock", body)
    assert problems[0] == "there is no 'frezee' here; did you mean freeze?"
    assert "account is '…', which is no API key; allowed: SG_ and 16 hexadecimal digits" in problems
    assert [text for text in problems if "it never goes back" in text]
    assert [text for text in problems if "0 stands still" in text]
    assert len(problems) == 4
    for wrong in ({"advance": 5, "rate": -1}, {"advance": -1, "rate": 5}, {"account": KEY, "advance": -1}):
        assert len(refused(here, "POST", "clock", wrong)) == 1
    assert told(here, "GET", "clock") == {"now": "2023-11-14T22:13:20.000Z", "rate": 1.0, "ahead": 0.0}
    assert keys_of(here) == set()


@pytest.mark.parametrize("advance", [1e300, 10**30, 2e9])
def test_a_clock_out_of_reach(advance: float) -> None:
    """A move beyond where a clock can go is refused."""
    (problem,) = refused(mock(), "POST", "clock", {"advance": advance})
    assert problem.startswith("a clock advances by 0 to")


# --- Accounts --------------------------------------------------------------------------------------


def test_change_of_an_account() -> None:
    """What an account has and may is changed at once, and stays where it is not named."""
    here = mock(credits=1)
    body = {"credits": 5, "drain": 2, "rpm": 7, "forbid": ["sam-img2img"], "retire": ["image-converter"]}
    account = told(here, "PUT", f"accounts/{KEY}", body)
    assert (account["credits"], account["rpm"]) == (3, 7)
    assert here.post("/v2/sam-img2img", {"image": "https://a.b/c"}).status_code == 403
    assert here.post("/v2/image-converter", {"image": "https://a.b/c"}).status_code == 410
    again = told(here, "PUT", f"accounts/{KEY}", {"status": "invalid", "quirks": {"early_result": "404"}})
    assert (again["credits"], again["rpm"], again["status"]) == (3, 7, "invalid")
    assert again["quirks"] == {"early_result": "404"}
    assert here.get("/v1/get-user-credits").status_code == 401
    assert told(here, "PUT", f"accounts/{KEY}", {"status": "active", "quirks": {}})["quirks"] == {}
    assert here.credits() == 3
    assert told(here, "GET", f"accounts/{KEY}")["forbid"] == ["sam-img2img"]


def test_a_faulty_change() -> None:
    """Every fault of a change is told at once, and nothing is changed, not even which accounts there are."""
    here = mock(credits=1)
    body = {
        "credit": 1,
        "credits": "much",
        "drain": -1,
        "rpm": 1.5,
        "status": "asleep",
        "forbid": ["x"],
        "retire": "sam-img2img",
        "quirks": {"early_result": "x", "earl_result": "404", "cors": []},
    }
    problems = refused(here, "PUT", f"accounts/{KEY}", body)
    assert [text.split()[0] for text in problems] == (
        ["there", "credits", "rpm", "retire", "quirk", "drain", "status", "forbid:", "quirk", "there"]
    )
    assert keys_of(here) == set()


def test_a_job_holds_quirks_fast() -> None:
    """A quirk that decides what a job is cannot change under one."""
    here = mock()
    here.submit()
    (problem,) = refused(here, "PUT", f"accounts/{KEY}", {"quirks": {"request_id": "plain"}, "credits": 7})
    assert "reset it first" in problem or "allowed:" in problem
    assert told(here, "GET", f"accounts/{KEY}")["credits"] != 7


LOOKS = (
    ("GET", "accounts/{key}"),
    ("GET", "clock?account={key}"),
    ("GET", "scenario?account={key}"),
    ("GET", "journal?account={key}"),
    ("DELETE", "journal?account={key}"),
)


@pytest.mark.parametrize(("method", "path"), LOOKS, ids=" ".join)
def test_looking_makes_nothing(method: str, path: str) -> None:
    """An account that is only looked at is told as it would be, and is not there afterwards."""
    here = mock(credits=2.5)
    answer = told(here, method, path.format(key=NEVER_USED))
    if "accounts" in path:
        assert (answer["credits"], answer["jobs"]["kept"], answer["account"]) == (2.5, 0, "SG_…00bb")
    assert keys_of(here) == set()


def test_looking_beside_other_calls() -> None:
    """Neither verifying nor resetting an account makes it."""
    here = mock()
    assert told(here, "POST", "verify", {"account": NEVER_USED, "count": 0})["holds"] is True
    told(here, "POST", "reset", {"account": NEVER_USED})
    assert keys_of(here) == set()


@pytest.mark.parametrize("key", ["SG_12", "nobody", "SG_0123456789abcdeg", "SG_éééééééééééééééé", "ключ"])
def test_no_key(key: str) -> None:
    """A text that is no key is a clear error wherever an account is named, and opens no world."""
    here = mock()
    quoted = quote(key)
    calls: list[tuple[str, str, object]] = [
        *((method, path.format(key=quoted), None) for method, path in LOOKS),
        ("PUT", f"accounts/{quoted}", {"credits": 1}),
        ("POST", "reset", {"account": key}),
        ("POST", "clock", {"account": key, "freeze": True}),
        ("PUT", "scenario", {"scenario": "wobbly-gateway", "account": key}),
        ("PUT", f"scenario?account={quoted}", "wobbly-gateway"),
        ("DELETE", f"scenario?account={quoted}", None),
        ("POST", "verify", {"account": key, "count": 0}),
    ]
    for method, path, body in calls:
        (problem,) = refused(here, method, path, body)
        assert "which is no API key; allowed: SG_ and 16 hexadecimal digits" in problem
    assert keys_of(here) == set()


@pytest.mark.parametrize("account", [5, "", ["x"], {"a": 1}, True], ids=repr)
def test_no_text_for_an_account(account: object) -> None:
    """An account that is no text is an error, and not the whole server."""
    here = mock()
    here.submit()
    for path, more in (("reset", {}), ("clock", {"freeze": True})):
        assert refused(here, "POST", path, {"account": account, **more})[0].startswith("account is no text")
    assert refused(here, "PUT", "scenario", {"scenario": "wobbly-gateway", "account": account})
    assert keys_of(here) == {KEY}


# --- Scenarios -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"wobbly-gateway",
        b'"wobbly-gateway"\n',
        b'{"scenario": "wobbly-gateway"}',
        text_of("wobbly-gateway").encode(),
        orjson.dumps({**SCENARIO, "scenario": "wobbly-gateway"}),
        orjson.dumps({"scenario": {**SCENARIO, "scenario": "wobbly-gateway"}}),
    ],
    ids=["bare name", "name", "object", "YAML", "JSON", "whole in an object"],
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", ""])
def test_play(content: bytes, kind: str) -> None:
    """A scenario is given by its name or whole, as JSON or YAML, whatever the media type says."""
    here = mock()
    assert (
        told(here, "PUT", "scenario", content=content, headers={"content-type": kind})["scenario"] == "wobbly-gateway"
    )
    assert told(here, "GET", "scenario")["scenario"] == "wobbly-gateway"
    here.status("x")
    assert told(here, "GET", f"scenario?account={KEY}")["rules"][0].keys() == {"name", "matched", "fired"}
    assert told(here, "DELETE", "scenario") == {"scenario": None, "ended": 1}
    assert told(here, "GET", f"scenario?account={KEY}") == {"scenario": None}


@pytest.mark.parametrize("by", ["query", "body"])
def test_play_in_one_account(by: str) -> None:
    """An account narrows a scenario; the others are left alone."""
    here = mock()
    if by == "query":
        told(here, "PUT", f"scenario?account={KEY}", SCENARIO)
    else:
        told(here, "PUT", "scenario", {"scenario": SCENARIO, "account": KEY})
    assert here.status("x").status_code == 502
    assert here.as_key(OTHER_KEY).status("x").status_code == 404
    told(here, "DELETE", f"scenario?account={KEY}")
    assert here.status("x").status_code == 404


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"woobly-gateway", "did you mean wobbly-gateway"),
        (b"{}", "scenario is null; allowed: a name, or a whole scenario with its rules"),
        (b'{"scenario": 5, "acount": "x"}', "there is no 'acount' here; did you mean account?"),
        (b"[]", ""),
        (b"", ""),
        (b"\xff", ""),
        (b"a: [", ""),
        (b"[" * 100_000, ""),
        (orjson.dumps({**SCENARIO, "rules": [{"name": "x", "do": {"eror": 5}}]}), "error"),
        (orjson.dumps({**SCENARIO, "rules": [{"match": {"model": "sam"}, "do": {"error": 500}}]}), "no model 'sam'"),
    ],
    ids=range(10),
)
def test_a_faulty_scenario(content: bytes, says: str) -> None:
    """A scenario that cannot be used is refused with what is wrong, and what played before goes on."""
    here = mock()
    told(here, "PUT", "scenario", SCENARIO)
    assert says in "; ".join(refused(here, "PUT", "scenario", content=content))
    assert told(here, "GET", "scenario")["scenario"] == "mine"


def test_a_long_scenario() -> None:
    """A scenario of ten thousand rules and one is played or refused in words, but never breaks anything."""
    rules = [{"name": f"r{number}", "match": {"job": number + 1}, "do": {"error": 502}} for number in range(10_001)]
    content = orjson.dumps({**SCENARIO, "rules": rules})
    assert len(content) < LARGEST
    answer = ask(mock(), "PUT", "scenario", content=content)
    assert answer.status_code in (200, 400), answer.text[:200]
    assert answer.status_code == 200 or len(answer.content) < 10_000


def test_the_library() -> None:
    """The library is listed with what each scenario teaches."""
    listed = told(mock(), "GET", "scenarios")["scenarios"]
    assert [one["scenario"] for one in listed] == names()
    assert all(one["teaches"] for one in listed)


# --- The journal and verification --------------------------------------------------------------------


def busy() -> Mock:
    """A mock that two accounts have used."""
    here = mock()
    request_id = here.submit(prompt="a red kite")["request_id"]
    here.status(request_id)
    here.result("nothing")
    here.as_key(OTHER_KEY).submit("sam-img2img")
    return here


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["submit", "status", "result", "submit"]),
        ({"account": KEY}, ["submit", "status", "result"]),
        ({"operation": "submit"}, ["submit", "submit"]),
        ({"operation": '["status", "result"]'}, ["status", "result"]),
        ({"status": "404"}, ["result"]),
        ({"status": '{"below": 300}', "method": "GET"}, ["status"]),
        ({"path": "/v2/s*"}, ["submit", "submit"]),
        ({"model": "sam-img2img"}, ["submit"]),
        ({"job": "1", "operation": "status"}, ["status"]),
        ({"body": '{"prompt": {"contains": "kite"}}'}, ["submit"]),
        ({"pattern": '{"operation": "submit"}', "account": OTHER_KEY}, ["submit"]),
        ({"limit": "2"}, ["result", "submit"]),
        ({"limit": "0"}, []),
        ({"limit": "99", "operation": "result"}, ["result"]),
        ({"request_id": "123"}, []),
    ],
    ids=str,
)
def test_journal(query: dict[str, str], expected: list[str]) -> None:
    """The journal is told oldest first, narrowed by fields, a whole pattern, an account and a limit to the newest."""
    journal = told(busy(), "GET", "journal", params=query)
    assert [one["operation"] for one in journal["exchanges"]] == expected
    assert journal["recorded"] == (4 if "account" not in query else 3 if query["account"] == KEY else 1)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"limit": "-1"}, "limit is '-1'; allowed: a whole number from 0"),
        ({"limit": "1e3"}, "limit is '1e3'"),
        ({"limit": "9" * 50}, "limit is"),
        ({"limit": ""}, "limit is ''"),
        ({"format": "xml"}, "format is 'xml'; allowed: har, json"),
        ({"acount": KEY}, "did you mean"),
        ({"status": "many"}, "status"),
        ({"pattern": "[1]"}, "pattern is no JSON object"),
        ({"pattern": "nothing"}, "pattern is no JSON object"),
        ({"operation": "sumbit"}, "submit"),
    ],
    ids=str,
)
def test_a_faulty_filter(query: dict[str, str], says: str) -> None:
    """A filter that cannot be understood is refused."""
    assert says in "; ".join(refused(busy(), "GET", "journal", params=query))


@pytest.mark.parametrize("by", ["accept", "format"])
def test_an_archive(by: str) -> None:
    """The journal is told as an HTTP archive to whom asks for one."""
    sent = {"headers": {"accept": HAR}} if by == "accept" else {"params": {"format": "har"}}
    answer = ask(busy(), "GET", "journal", **sent)
    assert answer.headers["content-type"] == HAR
    log = answer.json()["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", 4)
    assert log["entries"][0]["request"]["url"].startswith("http://localhost:8787/v2/")


def test_an_empty_archive() -> None:
    """An archive of nothing is one too."""
    assert told(mock(), "GET", "journal?format=har")["log"]["entries"] == []


def test_clearing() -> None:
    """One account's journal is forgotten, or every one."""
    here = busy()
    told(here, "DELETE", "journal", params={"account": KEY})
    assert [one["account"] for one in told(here, "GET", "journal")["exchanges"]] == ["SG_…00aa"]
    assert told(here, "DELETE", "journal") == {"cleared": True}
    assert told(here, "GET", "journal") == {"recorded": 0, "dropped": 0, "exchanges": []}


def test_a_bounded_journal() -> None:
    """A journal keeps its newest exchanges, and counts all of them."""
    here = mock(journal=2)
    for number in range(5):
        here.status(str(number))
    journal = told(here, "GET", "journal")
    assert (journal["recorded"], journal["dropped"]) == (5, 3)
    assert [one["number"] for one in journal["exchanges"]] == [4, 5]


def test_a_long_journal_is_read_a_piece_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a long journal is read, others have their turn."""
    turns: list[int] = []

    async def turn() -> None:
        turns.append(1)

    here = mock()
    for _ in range(5):
        here.status("x")
    ask(here, "GET", "health")
    monkeypatch.setattr(controls, "_AT_ONCE", 2)
    monkeypatch.setattr(controls, "a_turn", turn)
    assert len(told(here, "GET", "journal")["exchanges"]) == 5
    assert len(turns) == 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "journal", None),
        ("GET", "journal?format=har", None),
        ("POST", "verify", {"count": 0}),
        ("PUT", "scenario", SCENARIO),
        ("GET", "scenarios", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_long_work_is_done_aside(monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: object) -> None:
    """What may take long is not done on the event loop."""
    where: list[bool] = []

    def noted(work: Any) -> Any:
        def done(*arguments: Any, **options: Any) -> Any:
            where.append(threading.current_thread() is threading.main_thread())
            return work(*arguments, **options)

        return done

    here = mock()
    here.status("x")
    for name in ("listed", "archive", "read", "_library"):
        monkeypatch.setattr(controls, name, noted(getattr(controls, name)))
    monkeypatch.setattr(Control, "judged", noted(Control.judged))
    ask(here, method, path, body)
    assert where == [False]


def test_a_scenario_is_compiled_before_it_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of a scenario is there when the scenario begins."""
    ready: list[bool] = []
    play = Control.play

    def begin(self: Control, scenario: Any, key: str | None) -> None:
        ready.append("index" in vars(scenario))
        play(self, scenario, key)

    monkeypatch.setattr(Control, "play", begin)
    told(mock(), "PUT", "scenario", SCENARIO)
    assert ready == [True]


def test_verify() -> None:
    """A demand that holds is 200; one that does not is 422 with what came nearest."""
    here = busy()
    assert told(here, "POST", "verify", {"operation": "submit", "count": 2})["matched"] == 2
    assert told(here, "POST", "verify", {"operation": "submit", "account": KEY, "count": 1})["holds"] is True
    answer = ask(here, "POST", "verify", {"operation": "submit", "status": 202})
    assert answer.status_code == 422
    verdict = answer.json()
    assert verdict["holds"] is False
    assert verdict["near_misses"][0]["line"].startswith("1: POST /v2/")
    assert refused(here, "POST", "verify", {"cuont": 1, "status": "x"})[0].startswith("cuont:")


# --- Bodies, methods, paths --------------------------------------------------------------------------


BODIES = (("POST", "reset"), ("POST", "clock"), ("PUT", f"accounts/{KEY}"), ("POST", "verify"))


@pytest.mark.parametrize(("method", "path"), BODIES, ids=" ".join)
@pytest.mark.parametrize("content", [b"{", b"[]", b"5", b"\xff", b"[" * 5000, b'{"a":' * 900 + b"1" + b"}" * 900])
def test_what_is_no_object(method: str, path: str, content: bytes) -> None:
    """A body that is no JSON object, or one too deep, is refused in words."""
    here = mock()
    assert refused(here, method, path, content=content)
    assert keys_of(here) == set()


@pytest.mark.parametrize(("method", "path"), [*BODIES, ("PUT", "scenario")], ids=" ".join)
@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body(method: str, path: str, declared: bool) -> None:
    """A body beyond the bound is refused, its connection closed, and nothing is changed."""
    here = mock()
    here.submit()

    async def pieces() -> Any:
        for _ in range(LARGEST // 1024 + 1):
            yield b" " * 1024

    content: Any = b" " * (LARGEST + 1) if declared else pieces()
    answer = ask(here, method, path, content=content)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert str(LARGEST) in answer.json()["error"]
    assert keys_of(here) == {KEY}


def test_a_body_at_the_bound() -> None:
    """A body as large as the bound is read."""
    content = b'{"freeze": true}'.ljust(LARGEST)
    assert told(mock(), "POST", "clock", content=content)["rate"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {f"k{number}": 1 for number in range(60_000)},
        {"quirks": {f"k{number}": "x" for number in range(60_000)}},
        {"retire": [str(number) for number in range(60_000)]},
        {"retire": [str(number) for number in range(900)]},
        {"k" * 500_000: 1, "credits": "x" * 500_000},
    ],
    ids=["keys", "quirks", "slugs", "fewer slugs", "long"],
)
def test_many_faults(body: dict[str, object]) -> None:
    """However much is wrong, the answer is short."""
    answer = ask(mock(), "PUT", f"accounts/{KEY}", body)
    assert answer.status_code == 400
    assert len(answer.content) < 20_000


def test_what_curl_sends() -> None:
    """`curl -d` names another media type; a body is JSON all the same."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert told(mock(), "POST", "clock", content=b'{"freeze": true}', headers=kind)["rate"] == 0


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_methods(method: str, path: str) -> None:
    """A method that a path does not have is refused with those it has."""
    answer = ask(mock(), method, path)
    if answer.status_code == 405:
        assert method not in answer.headers["allow"].split(", ")
        assert method == "HEAD" or answer.json()["error"].endswith(f"allowed: {answer.headers['allow']}")
    else:
        assert answer.status_code in (200, 400, 422)
        assert method != "BREW"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "nothing", "state/", "accounts/", "accounts/a/b", "health/x", "%ff"])
def test_unknown_paths(method: str, path: str) -> None:
    """A path that is none is a 404 that says what there is, whatever the method."""
    answer = mock().request(method, f"/_mock/{path}", headers={"host": "localhost"})
    assert answer.status_code == 404
    assert "GET POST /_mock/clock" in answer.json()["error"]


def test_calls() -> None:
    """The root of the control plane lists every call, with what it does."""
    calls = {call["call"]: call["does"] for call in mock().get("/_mock", headers={"host": "localhost"}).json()["calls"]}
    assert calls["POST /_mock/verify"] == (
        "Whether what was recorded is as demanded: 200, or 422 with what came closest."
    )
    assert len(calls) == 14
    assert all(calls.values())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "reset", {}),
        ("POST", "clock", {"advance": 5}),
        ("PUT", "scenario", {"scenario": "wobbly-gateway"}),
        ("DELETE", "scenario", {}),
        ("DELETE", "journal", {}),
        ("POST", "verify", {"operation": "submit", "at_least": 0}),
    ],
)
def test_an_account_in_either_place(method: str, path: str, body: dict[str, Any]) -> None:
    """A call means the account in its body or in its query, and nothing where they name two."""
    here = busy()
    before = told(here, "GET", f"accounts/{OTHER_KEY}")
    told(here, method, f"{path}?account={KEY}", body)
    told(here, method, path, {**body, "account": KEY})
    told(here, method, f"{path}?account={KEY}", {**body, "account": KEY})
    (problem,) = refused(here, method, f"{path}?account={KEY}", {**body, "account": OTHER_KEY})
    assert "one in the body and another one in the query" in problem
    assert told(here, "GET", f"accounts/{OTHER_KEY}") == before


@pytest.mark.parametrize("bound", [{"count": 0}, {"at_most": 5}, {"unique": "body", "at_least": 0}])
def test_what_is_gone_cannot_be_judged(bound: dict[str, Any]) -> None:
    """Where exchanges had to give way, a demand on what must not be does not hold; one on what has to be may."""
    here = mock(journal=2)
    for _ in range(3):
        here.status("x")
    verdict = ask(here, "POST", "verify", {"operation": "submit", **bound})
    assert verdict.status_code == 422
    assert "1 exchanges had to give way" in verdict.json()["problems"][0]
    assert told(here, "POST", "verify", {"operation": "status", "at_least": 2})["holds"]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "the body is empty"),
        (b'{"scenario": "./mine.yaml"}', "send its text (curl -T FILE)"),
        (b"scenario: arules:  - do: {error: 502}", "the whole body is one line"),
    ],
    ids=["empty", "a path", "one line"],
)
def test_hints(content: bytes, hint: str) -> None:
    """What probably went wrong before a scenario was sent is told with what is wrong with it."""
    assert any(hint in problem for problem in refused(mock(), "PUT", "scenario", content=content))


@pytest.mark.parametrize("path", ["state", "journal"])
def test_readable(path: str) -> None:
    """An answer ends its line, for those who read it in a terminal."""
    assert ask(busy(), "GET", path).text.endswith("\n")


@pytest.mark.parametrize("query", ["acount=x", "account=x&b=1"])
def test_unknown_parameters(query: str) -> None:
    """A query with anything but an account is refused, so that a slip does not reach the whole server."""
    here = busy()
    for method, path in (("DELETE", "journal"), ("DELETE", "scenario"), ("GET", "clock")):
        assert "there is no" in refused(here, method, f"{path}?{query}")[0]
    assert len(told(here, "GET", "journal")["exchanges"]) == 4


# --- Keys ------------------------------------------------------------------------------------------


def spelt(key: str, how: int) -> str:
    """A key as clients may write it."""
    return (key, key.lower(), key.upper(), key.swapcase())[how]


@settings(max_examples=40)
@given(
    digits=st.text("0123456789abcdefABCDEF", min_size=16, max_size=16),
    how=st.integers(0, 3),
    places=st.sets(st.sampled_from(["query", "path", "prompt", "raw", "header", "id", "encoded"]), min_size=1),
)
def test_no_key_leaves(digits: str, how: int, places: set[str]) -> None:
    """Wherever a client puts its key, and however it spells it, no answer of the control plane has it in full."""
    key = f"SG_{digits}"
    shown = spelt(key, how)
    here = mock().as_key(key)
    sent: list[httpx.Response] = []
    if "query" in places:
        sent.append(here.get(f"/v1/get-user-credits?key={shown}"))
    if "encoded" in places:
        sent.append(here.get("/v1/get-user-credits?key=" + shown.replace("_", "%5F").replace("S", "%53")))
    if "path" in places:
        sent.append(here.get(f"/{shown}/x"))
    if "prompt" in places:
        sent.append(here.post("/v2/sd1.5-img2img", {"prompt": f"of {shown}", "image": f"https://a.b/{shown}"}))
    if "raw" in places:
        sent.append(here.request("POST", "/v2/sam-img2img", content=f"\x01{shown}".encode()))
    if "header" in places:
        sent.append(here.get("/x", headers={"cookie": f"k={shown}", "authorization": f"Basic {shown}"}))
    if "id" in places:
        sent.append(here.status(shown))
    rule = {"name": f"of {shown}", "match": {"key": key, "operation": "poll"}, "do": {"error": 502}}
    calls: list[tuple[str, str, Any]] = [
        ("PUT", "scenario", {**SCENARIO, "teaches": shown, "rules": [rule]}),
        ("PUT", "scenario", {**SCENARIO, "rules": [{**rule, "match": {"key": shown, "eror": shown}}]}),
        ("PUT", f"accounts/{shown}", {shown: 1, "forbid": [shown], "quirks": {shown: shown}}),
        ("POST", "clock", {"account": shown, "advance": shown}),
        ("POST", "verify", {"account": key, "operation": "submit", "body": {"prompt": shown}, "count": 77}),
        ("POST", "verify", {"path": f"/{shown}", "count": 5, shown: 2}),
        *(("GET", path, None) for path in ("state", "scenario", f"scenario?account={key}", f"accounts/{key}")),
        *(("GET", f"journal{query}", None) for query in ("", "?format=har", f"?account={shown}", f"?{shown}=1")),
        ("GET", shown, None),
        ("PATCH", f"accounts/{shown}", None),
    ]
    for method, path, body in calls:
        answer = ask(here, method, path, body)
        assert answer.status_code < 500
        assert key.lower() not in answer.text.lower()
        assert key.lower() not in str(json.loads(answer.content)).lower()
        assert key.lower() not in str(answer.headers).lower()


def test_keys_of_others() -> None:
    """An account that sends the key of another does not make it known."""
    here = mock()
    here.post("/v2/sd1.5-img2img", {"prompt": OTHER_KEY})
    assert OTHER_KEY not in ask(here, "GET", "journal").text
