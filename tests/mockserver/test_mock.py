"""Mock: what a test holds in its hand asks and changes what it says it does, for the whole mock or for one account."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import mock as room
from segmind_mock.control import Control, Refused
from segmind_mock.mock import ManyAccounts, Mock, Within, directly
from segmind_mock.patterns import PatternError
from segmind_mock.scenarios.library import text_of
from segmind_mock.scenarios.problems import ScenarioError
from tests.worlds import KEY, OTHER_KEY, backend
from tests.worlds import Mock as World
from tests.worlds import mock as world

T = TypeVar("T")

URL = "https://api.segmind.com"
THIRD_KEY = "SG_00000000000000bb"
BEGAN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
PRICE = 0.0037
SCENARIO = {"scenario": "own", "rules": [{"name": "all", "do": {"error": 502}}]}


def held(here: World, **options: Any) -> Mock:
    """A mock in the hand."""
    return Mock(here.app.control, url=URL, **options)


def keys_of(here: World) -> list[str]:
    """The keys of the worlds that there are."""
    return [one.key for one in here.app.control.backend.keyring.all()]


# --- Where it is -----------------------------------------------------------------------------------


def test_where_it_is() -> None:
    """It tells its addresses, a key and the seed; narrowed, the key is that of the account."""
    mock = held(world(seed="7"))
    assert (mock.url, mock.base_url, mock.key, mock.seed) == (URL, f"{URL}/v1", KEY, "7")
    narrowed = mock.account(OTHER_KEY)
    assert (narrowed.url, narrowed.key, narrowed.account(KEY).key) == (URL, OTHER_KEY, KEY)
    assert held(world(), key=OTHER_KEY).key == OTHER_KEY


@pytest.mark.parametrize("key", ["", "x", "SG_0123456789abcdeg"])
def test_no_account(key: str) -> None:
    """Narrowing to what is no key is refused at once; narrowing to a key that was never used makes no account."""
    here = world()
    with pytest.raises(Refused, match="which is no API key; allowed: SG_ and 16 hexadecimal digits"):
        held(here).account(key)
    narrowed = held(here).account(KEY)
    assert (narrowed.calls, narrowed.jobs, narrowed.credits, narrowed.spent) == ([], [], 1_000_000, 0)
    assert (narrowed.now, "as SG_…cdef" in repr(narrowed), narrowed.log()) == (BEGAN, True, "no exchanges")
    assert keys_of(here) == []


# --- What a client did -----------------------------------------------------------------------------


def used() -> World:
    """A mock with the balance of a credit that two accounts have used in turns."""
    here = world(credits=1)
    here.submit(prompt="one")
    here.as_key(OTHER_KEY).submit(prompt="two")
    here.credits()
    return here


def test_calls() -> None:
    """Exchanges come oldest first, of all accounts or of one; what comes later is not in a list that was taken."""
    here = used()
    mock = held(here)
    calls = mock.calls
    assert [(one.key, one.operation) for one in calls] == [
        (KEY, "submit"),
        (OTHER_KEY, "submit"),
        (KEY, "credits"),
    ]
    assert [one.operation for one in mock.account(KEY).calls] == ["submit", "credits"]
    here.credits()
    assert (len(calls), len(mock.calls)) == (3, 4)


def test_find() -> None:
    """Exchanges are found by a pattern: as keywords, as a mapping, or as both."""
    mock = held(used())
    assert [one.key for one in mock.find(operation="submit")] == [KEY, OTHER_KEY]
    assert [one.key for one in mock.find({"not": {"account": KEY}})] == [OTHER_KEY]
    assert [one.number for one in mock.find({"not": {"operation": "credits"}}, account=KEY)] == [1]
    assert mock.account(KEY).find(body={"prompt": "two"}) == []
    assert len(mock.account(OTHER_KEY).find(body={"prompt": "two"})) == 1


@pytest.mark.parametrize("ask", ["find", "verify"])
@pytest.mark.parametrize(
    ("mapping", "further", "problem"),
    [
        (None, {"opration": "submit"}, 'opration: there is no key "opration"; did you mean operation?'),
        ({"status": 200}, {"status": 200}, "status: is in the mapping and a keyword too; write one"),
        ([], {}, "list is not understood; allowed: a mapping, or keywords"),
    ],
    ids=["unknown", "twice", "no mapping"],
)
def test_patterns_that_are_not_understood(ask: str, mapping: Any, further: dict[str, Any], problem: str) -> None:
    """What cannot be understood is no AssertionError, and says what is wrong."""
    with pytest.raises(PatternError) as error:
        getattr(held(used()), ask)(mapping, **further)
    assert str(error.value) == problem


def test_verify() -> None:
    """What holds is told by a verdict, over the whole mock or of one account."""
    mock = held(used())
    assert mock.verify(operation="submit", count=2).matched == 2
    assert mock.verify({"operation": "submit"}, account=OTHER_KEY, count=1).matched == 1
    assert mock.account(KEY).verify({"operation": "submit", "count": 1}).matched == 1
    assert mock.verify().matched == 3


def test_verify_with_near_misses() -> None:
    """What does not hold is told by an AssertionError that names the nearest exchanges and how they differ."""
    mock = held(used()).account(KEY)
    with pytest.raises(AssertionError) as error:
        mock.verify(operation="submit", body={"prompt": "three"}, count=1)
    assert str(error.value) == (
        "The demand does not hold.\n"
        '  operation is submit, body $.prompt is "three": wanted exactly 1, there were 0\n'
        "Nearest:\n"
        "  1: POST /v2/sd1.5-img2img -> 200\n"
        '      body $.prompt is "one", wanted "three"\n'
        "  2: GET /v1/get-user-credits -> 200\n"
        "      operation is credits, wanted submit\n"
        '      body $.prompt is missing, wanted "three"'
    )


def test_verify_of_a_named_account() -> None:
    """A demand that names an account is judged by that account's exchanges alone: another's is no near miss."""
    with pytest.raises(AssertionError) as error:
        held(used()).verify(account=OTHER_KEY, operation="result")
    assert "1: POST" in str(error.value)
    assert "credits" not in str(error.value)
    with pytest.raises(Refused, match="is no API key"):
        held(used()).verify(account="x")


def test_verify_of_what_is_gone() -> None:
    """What must not have been cannot be said of exchanges that gave way to newer ones."""
    here = world(journal=1)
    here.credits()
    here.credits()
    mock = held(here)
    assert mock.verify(operation="credits").holds
    with pytest.raises(AssertionError, match="1 exchanges had to give way"):
        mock.verify(operation="submit", count=0)


def test_verify_no_calls() -> None:
    """That nothing was asked holds until something is; an account does not see another's."""
    here = world()
    held(here).verify_no_calls()
    here.credits()
    held(here).account(OTHER_KEY).verify_no_calls()
    with pytest.raises(AssertionError, match=r"wanted none, there was 1 \(1: GET /v1/get-user-credits -> 200\)"):
        held(here).verify_no_calls()


@pytest.mark.parametrize(
    "ask", [lambda mock: mock.verify(count=1), lambda mock: mock.verify_no_calls()], ids=["verify", "no calls"]
)
def test_where_it_failed(ask: Callable[[Mock], None]) -> None:
    """Every frame of this module below the test's own asks pytest to hide it."""
    here = world()
    here.credits()
    here.credits()
    with pytest.raises(AssertionError) as error:
        ask(held(here))
    frames = [frame for frame, _ in traceback.walk_tb(error.tb) if frame.f_code.co_filename == room.__file__]
    assert frames
    assert all(frame.f_locals.get("__tracebackhide__") for frame in frames)


# --- What it has -----------------------------------------------------------------------------------


def test_jobs() -> None:
    """Jobs of all accounts, or of one, are told as they are now."""
    here = used()
    mock = held(here)
    jobs = mock.jobs
    assert [(job.account, job.state) for job in jobs] == [("SG_…cdef", "QUEUED"), ("SG_…00aa", "QUEUED")]
    here.clock.advance(10)
    assert [job.state for job in mock.jobs] == ["COMPLETED", "COMPLETED"]
    assert [job.state for job in jobs] == ["QUEUED", "QUEUED"]
    assert [job.parameters["prompt"] for job in mock.account(OTHER_KEY).jobs] == ["two"]


def test_credits() -> None:
    """The balance is that of the one account that was used; what jobs cost is gone once they are completed."""
    here = world(credits=1)
    mock = held(here)
    assert (mock.credits, mock.spent, keys_of(here)) == (1, 0, [])
    here.as_key(OTHER_KEY).submit()
    assert (mock.credits, mock.spent) == (1, 0)
    here.clock.advance(10)
    assert (mock.credits, mock.spent) == (1 - PRICE, PRICE)
    assert (mock.account(KEY).credits, mock.account(KEY).spent) == (1, 0)


def test_credits_of_an_account_that_was_only_prepared() -> None:
    """An account that no client used is not the one that is meant."""
    here = world(credits=1)
    held(here).account(OTHER_KEY).change(credits=5)
    assert held(here).credits == 1
    here.credits()
    assert held(here).credits == 1


def test_credits_of_several() -> None:
    """With several accounts in use, whose balance is meant has to be said; what jobs cost is told of all together."""
    here = used()
    here.clock.advance(10)
    mock = held(here)
    with pytest.raises(ManyAccounts) as error:
        _ = mock.credits
    assert str(error.value) == ("2 accounts were used (SG_…cdef, SG_…00aa); write mock.account(KEY) for one of them")
    assert isinstance(error.value, LookupError)
    assert mock.account(OTHER_KEY).credits == 1 - PRICE
    assert mock.spent == 2 * PRICE


def test_many_accounts() -> None:
    """Of very many accounts a few are named."""
    here = world()
    for number in range(7):
        here.as_key(f"SG_{number:016x}").credits()
    with pytest.raises(ManyAccounts, match=r"^7 accounts were used \((SG_…\d{4}, ){4}SG_…0004 and 2 more\); "):
        _ = held(here).credits


def test_time() -> None:
    """Time passes by the server's clock, or for one account by its own; it never goes back."""
    here = world()
    mock = held(here)
    mock.advance(90)
    mock.account(KEY).advance(0.5)
    assert (mock.now, mock.account(OTHER_KEY).now) == (BEGAN + timedelta(seconds=90),) * 2
    assert mock.account(KEY).now == BEGAN + timedelta(seconds=90.5)
    for seconds in (-1, float("nan"), 1e12):
        with pytest.raises(Refused, match="never goes back"):
            mock.advance(seconds)
    assert mock.now == BEGAN + timedelta(seconds=90)


def test_a_way_of_letting_time_pass() -> None:
    """Where time is let pass in another way, that is what happens, but not with what no clock can do."""
    here = world()
    mock = held(here, pass_time=here.clock.advance)
    mock.advance(3)
    mock.account(KEY).advance(4)
    assert mock.now == mock.account(KEY).now == BEGAN + timedelta(seconds=7)
    assert keys_of(here) == []
    with pytest.raises(Refused):
        mock.advance(-1)
    assert here.clock.instant == 1000 * BEGAN.timestamp() + 7000


def test_in_a_line() -> None:
    """It tells in a line where it is and what there is; never a key in full."""
    here = used()
    mock = held(here)
    assert repr(held(world())) == f"<Mock {URL}, 0 jobs, 1,000,000 credits, 0 calls>"
    here.clock.advance(10)
    here.submit()
    assert repr(mock) == f"<Mock {URL}, 3 jobs (1 QUEUED, 2 COMPLETED), 2 accounts, 4 calls>"
    narrowed = mock.account(OTHER_KEY)
    assert repr(narrowed) == f"<Mock {URL} as SG_…00aa, 1 job (1 COMPLETED), 0.9963 credits, 1 call>"


# --- What happens to it ----------------------------------------------------------------------------


def test_change_of_one() -> None:
    """An account is changed alone."""
    here = world()
    held(here).account(KEY).change(credits=2, status="active", forbid=["sam-img2img"], quirks={"early_result": "404"})
    assert (here.credits(), here.as_key(OTHER_KEY).credits()) == (2, 1_000_000)
    assert here.post("/v2/sam-img2img", {}).status_code == 403
    held(here).account(KEY).change(status="invalid")
    assert here.get("/v1/get-user-credits").status_code == 401
    assert here.as_key(OTHER_KEY).get("/v1/get-user-credits").status_code == 200


def test_change_of_all() -> None:
    """Every account is changed, those to come too, by one change after the other; a reset forgets all of it."""
    here = world(credits=9)
    here.credits()
    mock = held(here)
    mock.change(credits=5, forbid=("sam-img2img",))
    mock.change(drain=1)
    assert (here.credits(), here.as_key(OTHER_KEY).credits(), mock.account(THIRD_KEY).credits) == (4, 4, 4)
    assert here.as_key(OTHER_KEY).post("/v2/sam-img2img", {}).status_code == 403
    mock.account(KEY).reset()
    assert here.credits() == 4
    mock.reset()
    assert (here.credits(), here.as_key(OTHER_KEY).credits()) == (9, 9)


def test_change_of_quirks_for_callers_without_a_key() -> None:
    """A reading is changed for requests without an account too."""
    here = world()
    held(here).change(quirks={"unknown_path": "404"})
    assert here.get("/v3", headers={"x-api-key": None}).status_code == 404


@pytest.mark.parametrize("narrowed", [False, True])
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"credits": -1}, "credits is -1; allowed: 0 to 1,000,000,000,000"),
        ({"credits": "5", "rpm": True}, "credits is '5'; allowed: a number; rpm is True; allowed: a whole number"),
        ({"rpm": 2.5}, "rpm is 2.5; allowed: a whole number"),
        ({"status": "gone"}, "status is 'gone'; allowed: active, invalid"),
        ({"forbid": "sam-img2img"}, "forbid is 'sam-img2img'; allowed: a list of slugs"),
        ({"retire": "x"}, "retire is 'x'; allowed: a list of slugs"),
        ({"quirks": "x=on"}, "quirks is 'x=on'; allowed: a mapping of names and readings"),
        ({"quirks": {"early_result": True}}, "quirk early_result is True; allowed: "),
    ],
    ids=["range", "kinds", "whole", "status", "forbid", "retire", "no quirks", "reading"],
)
def test_changes_that_are_refused(change: Any, problem: str, narrowed: bool) -> None:
    """A change that cannot be made says why, changes nothing and makes no account."""
    here = world()
    mock = held(here).account(KEY) if narrowed else held(here)
    with pytest.raises(Refused) as error:
        mock.change(**{"drain": 7, **change})
    assert str(error.value).startswith(problem)
    assert keys_of(here) == []
    assert here.credits() == 1_000_000


@pytest.mark.parametrize("form", ["name", "path", "path as text", "mapping", "text"])
def test_play(form: str, tmp_path: Path) -> None:
    """A scenario is begun by its name, from a file, or whole; None ends it."""
    file = tmp_path / "own.yaml"
    file.write_text(text_of("wobbly-gateway"))
    text = text_of("wobbly-gateway")
    forms: dict[str, Any] = {"path": file, "path as text": str(file), "mapping": SCENARIO, "text": text}
    here = world()
    mock = held(here)
    mock.play(forms.get(form, "wobbly-gateway"))
    assert here.post("/v2/sd1.5-img2img", {}).status_code >= 500
    assert here.as_key(OTHER_KEY).post("/v2/sd1.5-img2img", {}).status_code >= 500
    mock.play(None)
    assert here.submit()


def test_play_in_one() -> None:
    """A scenario that is begun in an account plays in no other."""
    here = world()
    held(here).account(KEY).play(SCENARIO)
    assert here.get("/v1/get-user-credits").status_code == 502
    assert here.as_key(OTHER_KEY).credits()
    held(here).account(KEY).play(None)
    assert here.credits()


def test_rules_alone() -> None:
    """A scenario can be a list of its rules; it has a name then."""
    here = world()
    held(here).play([{"match": {"operation": "credits"}, "do": {"error": 502}}])
    assert here.get("/v1/get-user-credits").status_code == 502
    assert "rule of-this-test/" in held(here).log()


OF_NO_MODEL = {"scenario": "own", "rules": [{"match": {"model": "sd1"}, "do": {"error": 502}}]}


@pytest.mark.parametrize(
    ("scenario", "problem"),
    [
        ("wobbly", "there is no scenario 'wobbly'; did you mean wobbly-gateway?"),
        ("./none.yaml", "none.yaml: cannot be read: "),
        (Path("none"), "none: cannot be read: "),
        ("scenario: x\n", "line 1: rules is missing"),
        (OF_NO_MODEL, "rules[0].match.model: there is no model 'sd1'; "),
        (5, "int is no scenario; allowed: a name, a path, a mapping, a list, YAML, None"),
        ([{"do": {"eror": 502}}], "rules[0].do.eror: is not known here"),
    ],
    ids=["name", "file", "path", "text", "model", "number", "rule"],
)
def test_scenarios_that_cannot_be_used(scenario: Any, problem: str) -> None:
    """What is no scenario says why, and what plays goes on."""
    here = world()
    held(here).play("wobbly-gateway")
    with pytest.raises(ScenarioError) as error:
        held(here).play(scenario)
    assert problem in str(error.value)
    assert here.app.control.told_scenario(None)["scenario"] == "wobbly-gateway"


def test_files_are_checked_for_models(tmp_path: Path) -> None:
    """A file may name none but the models that there are."""
    file = tmp_path / "own.yaml"
    file.write_text("scenario: own\nrules:\n  - match: {model: sd1}\n    do: {error: 502}\n")
    for named in (file, str(file)):
        with pytest.raises(ScenarioError, match="there is no model 'sd1'"):
            held(world()).play(named)


def test_reset() -> None:
    """An account begins anew alone; the whole mock as it was started."""
    here = used()
    mock = held(here)
    mock.account(KEY).reset()
    assert [one.key for one in mock.calls] == [OTHER_KEY]
    mock.advance(5)
    mock.reset()
    assert (mock.calls, mock.jobs, mock.now) == ([], [], BEGAN)


# --- The record for people -------------------------------------------------------------------------


def test_log() -> None:
    """The story of an account, told whole: what was asked and answered, when, and what decided it."""
    here = world(quirks={"v2_validation": "submit-422"})
    mock = held(here)
    mock.play("wobbly-gateway")
    for _ in range(2):
        here.post("/v2/sd1.5-img2img", {})
        here.clock.advance(60.25)
    request_id = here.submit()["request_id"]
    here.status(request_id)
    here.clock.advance(600)
    here.status(request_id)
    here.post("/v2/sd1.5-img2img", {"prompt": "x", "image": "https://x/y.png", "samples": 99})
    here.get(f"/v3/{KEY}", headers={"prefer": "code=502"})
    here.get("/v2/requests/none")
    assert mock.log() == (
        "8 exchanges:\n"
        "    0.0 s  1: POST /v2/sd1.5-img2img -> 502 (the service did nothing; answered with error 502)\n"
        "             rule wobbly-gateway/two bad gateways\n"
        "   60.2 s  2: POST /v2/sd1.5-img2img -> 502 (the service did nothing; answered with error 502)\n"
        "             rule wobbly-gateway/two bad gateways\n"
        "  120.5 s  3: POST /v2/sd1.5-img2img -> 200\n"
        f"  120.5 s  4: GET /v2/requests/{request_id}/status -> 200 QUEUED\n"
        f"  720.5 s  5: GET /v2/requests/{request_id}/status -> 200 COMPLETED\n"
        "  720.5 s  6: POST /v2/sd1.5-img2img -> 422\n"
        "             quirk v2_validation=submit-422\n"
        "             violation: samples is 99; allowed: a whole number from 1 to 4\n"
        "  720.5 s  7: GET /v3/SG_…cdef -> 502 (answered with error 502; header preference-applied set)\n"
        "             steered by Prefer: code=502\n"
        "  720.5 s  8: GET /v2/requests/none -> 404\n"
        "             answer: Request none not found"
    )


def test_log_of_several() -> None:
    """Of several accounts it is told whose each exchange was; of one account, its own alone; only the newest."""
    here = used()
    here.get(f"/v3/{KEY}", headers={"x-api-key": None})
    assert held(here).log(3) == (
        "4 exchanges, the newest 3:\n"
        "  0.0 s  SG_…00aa  1: POST /v2/sd1.5-img2img -> 200\n"
        "  0.0 s  SG_…cdef  2: GET /v1/get-user-credits -> 200\n"
        "  0.0 s    no key  1: GET /v3/SG_…cdef -> 400\n"
        "                     quirk unknown_path=400\n"
        "                     answer: There is no endpoint /v3/SG_…cdef here; / says what there is."
    )
    assert held(here).account(OTHER_KEY).log() == "1 exchange:\n  0.0 s  1: POST /v2/sd1.5-img2img -> 200"


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=30))
def test_keys_are_never_shown(text: str) -> None:
    """Wherever a client puts a key, no text of the mock has it in full."""
    here = world()
    for key in (KEY, None):
        body = {"prompt": f"{text} {KEY}", "image": KEY, KEY: text}
        here.post("/v2/sd1.5-img2img", body, headers={"x-api-key": key})
        here.get(f"/v2/requests/{KEY}", params={KEY: text + KEY}, headers={"x-api-key": key})
    mock = held(here)
    with pytest.raises(AssertionError) as error:
        mock.verify(account=KEY, path=f"/{KEY}", body={KEY: KEY}, count=3)
    for shown in (mock.log(), repr(mock), repr(mock.jobs), repr(mock.calls), repr(mock.account(KEY)), str(error.value)):
        assert KEY not in shown


# --- Where it is served ----------------------------------------------------------------------------


class Stopped(Exception):
    """Nobody serves any more."""


def refuse(work: Callable[[], T], /) -> T:
    """A place where nothing is done any more."""
    raise Stopped


EVERYTHING: dict[str, Callable[[Mock], object]] = {
    "account": lambda mock: mock.account(KEY),
    "calls": lambda mock: mock.calls,
    "find": lambda mock: mock.find(status=200),
    "verify": lambda mock: mock.verify(count=0),
    "verify_no_calls": lambda mock: mock.verify_no_calls(),
    "log": lambda mock: mock.log(),
    "jobs": lambda mock: mock.jobs,
    "credits": lambda mock: mock.credits,
    "spent": lambda mock: mock.spent,
    "now": lambda mock: mock.now,
    "repr": repr,
    "change": lambda mock: mock.change(credits=1),
    "play": lambda mock: mock.play("wobbly-gateway"),
    "advance": lambda mock: mock.advance(1),
    "reset": lambda mock: mock.reset(),
}
ELSEWHERE = {"begin_with", "url", "base_url", "key", "seed"}


class Watched(Control):
    """A control that notices whoever touches it from outside of where it is served."""

    inside = False
    pure = frozenset({"judged", "inside", "pure", "backend"})

    def __getattribute__(self, name: str) -> Any:
        allowed = name.startswith("__") or name in Watched.pure or object.__getattribute__(self, "inside")
        assert allowed, f"{name} was touched outside"
        return super().__getattribute__(name)


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("account", [None, KEY])
def test_where_it_is_done(name: str, account: str | None) -> None:
    """Whatever is asked of it is done where it is served, in one go at a time, and what fails there is told."""
    control = Watched(backend())

    def inside(work: Callable[[], T], /) -> T:
        assert not control.inside
        control.inside = True
        try:
            return work()
        finally:
            control.inside = False

    EVERYTHING[name](Mock(control, url=URL, account=account, do=inside))
    with pytest.raises(Stopped):
        EVERYTHING[name](Mock(control, url=URL, account=account, do=refuse))


def test_nothing_is_left_out() -> None:
    """The two tests before this one try everything that a mock has."""
    public = {name for name in vars(Mock) if not name.startswith("_")} - ELSEWHERE
    assert public == EVERYTHING.keys() - {"repr"}


def test_narrowed_where_it_is_served() -> None:
    """A narrowed mock is served where the whole one is, and lets time pass in the same way."""
    counted: list[float] = []
    here = world()
    mock = held(here, do=_counting(counted), pass_time=lambda seconds: counted.append(seconds)).account(KEY)
    done = len(counted)
    assert mock.calls == []
    assert len(counted) == done + 1
    mock.advance(5)
    assert counted[-1] == 5


def _counting(counted: list[float]) -> Within:
    def do(work: Callable[[], T], /) -> T:
        counted.append(0)
        return directly(work)

    return do


def test_directly() -> None:
    """Where nobody else serves, work is done at once, and its error is its own."""
    assert directly(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        directly(lambda: 1 // 0)


def test_what_it_begins_with_holds_after_a_reset_too() -> None:
    """A scenario that a test began with plays again after a reset; one that was begun later does not."""
    here = world()
    mock = held(here)
    mock.begin_with(lambda: mock.play("wobbly-gateway"))
    mock.play("lost-answer")
    mock.reset()
    assert here.app.control.told_scenario(None)["scenario"] == "wobbly-gateway"


def test_a_model_that_there_is_not() -> None:
    """Who asked for a model that this mock does not have is told which it has."""
    here = world()
    here.post("/v2/flux-dev", {"prompt": "a lighthouse"})
    assert held(here).log().endswith("; add others by the setting spec.")
    assert "sam-img2img" in held(here).log().splitlines()[-1]
    here.credits()
    assert "add others" not in held(here).log(newest=1)
