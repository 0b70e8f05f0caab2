"""Happenings: rules, the header `Prefer` and magic keys do to an exchange what they say, and the journal has it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import httpx
import pytest

from segmind_mock.scenarios.reading import read
from tests.worlds import KEY, Mock, mock, picture_file, printed_call

MAGIC = "SG_00000000abcd0502"
SLUG = "sd1.5-img2img"


def play(here: Mock, *rules: dict[str, Any], key: str | None = None) -> Mock:
    """Begin a scenario of these rules."""
    named = [{"name": f"r{number}", **rule} for number, rule in enumerate(rules, 1)]
    scenario = {"scenario": "mine", "teaches": "What is asked.", "rests_on": "Its tests.", "rules": named}
    here.app.control.play(read(scenario), key)
    return here


def playing(*rules: dict[str, Any], **settings: Any) -> Mock:
    """A mock in which a scenario of these rules plays."""
    return play(mock(**settings), *rules)


def latest(here: Mock) -> dict[str, Any]:
    """The latest exchange as the journal tells it."""
    return here.app.control.exchanges(None)[-1].told()


def decided(here: Mock) -> dict[str, Any]:
    """What decided it."""
    found: dict[str, Any] = latest(here)["decided"]
    return found


def counted(here: Mock) -> list[tuple[int, int]]:
    """How often each rule matched and fired."""
    told: Any = here.app.control.told_scenario(here.key)
    return [(rule["matched"], rule["fired"]) for rule in told["rules"]]


# --- Who comes first ---------------------------------------------------------------------------------


def test_a_rule() -> None:
    """A rule answers in place of the service, and the answer and the journal name it."""
    here = playing({"match": {"operation": "status"}, "do": {"error": 502}})
    answer = here.status("x")
    assert (answer.status_code, answer.headers["x-mock-rule"]) == (502, "mine/r1")
    assert decided(here)["rules"] == ["mine/r1"]


def test_prefer_before_rules() -> None:
    """What one request asks for itself goes before what a scenario does; the scenario counts it all the same."""
    here = playing({"match": {"operation": "status"}, "when": {"first": 2}, "do": {"error": 502}})
    answer = here.status("x", headers={"prefer": "code=500"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (500, "code=500")
    assert decided(here)["steered"] == "Prefer: code=500"
    assert [here.status("x").status_code for _ in range(2)] == [502, 404]
    assert counted(here) == [(3, 2)]


def test_a_key_before_rules() -> None:
    """A key that ends in a status goes before a scenario, and `Prefer` before both; counters go on."""
    here = playing({"match": {"operation": "status"}, "do": {"error": 500}}).as_key(MAGIC)
    assert here.status("x").status_code == 502
    assert decided(here)["steered"] == "the key ends in 0502"
    assert here.status("x", headers={"prefer": "code=504"}).status_code == 504
    assert counted(here) == [(2, 2)]


def test_a_preference_that_is_none() -> None:
    """A preference that is not understood is a 400 that says what is allowed."""
    answer = mock().status("x", headers={"prefer": "code=599"})
    assert answer.status_code == 400
    assert "599" in answer.text


@pytest.mark.parametrize("header", ["", "respond-async", "wait=5, x=y", "code", "delay=0"])
def test_a_preference_for_nothing(header: str) -> None:
    """A preference of another kind changes nothing of the answer."""
    answer = mock().status("x", headers={"prefer": header})
    assert answer.status_code in (400, 404)
    assert answer.status_code == (400 if header == "code" else 404)


# --- Accounts and jobs -------------------------------------------------------------------------------


def test_the_account_changes_first() -> None:
    """An account is changed before the service does its work: the very request meets the change."""
    here = playing({"match": {"operation": "submit"}, "do": {"account": {"credits": 0}}}, credits=5)
    assert here.post(f"/v2/{SLUG}", printed_call(SLUG)).status_code in (402, 403, 406)
    assert here.credits() == 0


@pytest.mark.parametrize(
    "change",
    [{"retire": ["no-such-model"]}, {"forbid": ["no-such-model"]}, {"quirks": {"request_id": "hex"}}],
    ids=str,
)
def test_a_change_that_cannot_be_made(change: dict[str, Any]) -> None:
    """A change that cannot be made is told in words, and the exchange goes on."""
    here = mock(credits=5)
    here.submit()
    play(here, {"match": {"operation": "credits"}, "do": {"account": {"drain": 1, **change}}})
    answer = here.get("/v1/get-user-credits")
    assert (answer.status_code, answer.json()["credits"]) == (200, 5)
    assert decided(here)["faults"][0].startswith("account not changed: ")
    assert decided(here)["rules"] == ["mine/r1"]


def test_a_job_plan() -> None:
    """A rule on submits decides how the job goes."""
    here = playing({"match": {"operation": "submit"}, "do": {"job": {"stuck": "QUEUED"}}})
    request_id = here.submit()["request_id"]
    here.clock.advance(1000)
    assert here.status(request_id).json()["status"] == "QUEUED"
    assert decided(here)["rules"] == []


def test_a_job_plan_for_one_of_all() -> None:
    """A plan of a rule that fires on any exchange touches generations alone."""
    here = playing({"when": {"nth": 2}, "do": {"job": {"fails": "No."}}})
    request_id = here.submit()["request_id"]
    assert here.status(request_id).status_code == 200
    assert here.submit()["request_id"] != request_id


# --- Answers -----------------------------------------------------------------------------------------


def test_an_answer_that_is_lost() -> None:
    """An error for a submit that is accepted leaves a job; one for a submit that is not leaves none."""
    lost = playing({"match": {"operation": "submit"}, "do": {"error": 502, "accepted": True}})
    assert lost.post(f"/v2/{SLUG}", printed_call(SLUG)).status_code == 502
    assert len(lost.app.backend.world(KEY).jobs) == 1
    down = playing({"match": {"operation": "submit"}, "do": {"error": 502}})
    assert down.post(f"/v2/{SLUG}", printed_call(SLUG)).status_code == 502
    assert len(down.app.backend.world(KEY).jobs) == 0
    assert latest(down)["request"]["body"] == printed_call(SLUG)


@pytest.mark.parametrize("which", ["first", "previous"])
def test_replay(which: str) -> None:
    """An earlier answer is given again; the first time there is none, and the service's own is given."""
    here = playing({"match": {"operation": "submit"}, "do": {"replay": which}})
    first = here.submit()
    assert here.submit() == first
    assert here.as_key("SG_00000000000000aa").submit() != first


@pytest.mark.parametrize(("which", "expected"), [("first", [0, 0, 0, 0]), ("previous", [0, 0, 1, 2])])
def test_which_answer_is_given_again(which: str, expected: list[int]) -> None:
    """Always the first, or each time what the service gave, or would have given, the time before."""
    here, alone = playing({"match": {"operation": "submit"}, "do": {"replay": which}}), mock()
    own = [alone.submit()["request_id"] for _ in range(4)]
    assert [here.submit()["request_id"] for _ in range(4)] == [own[number] for number in expected]


def test_tells() -> None:
    """A state is told whatever the job's is; of what has no job it is the service's own answer."""
    here = playing({"do": {"tells": "PROCESSING"}}, timing="instant")
    request_id = here.submit()["request_id"]
    here.clock.advance(60)
    assert here.status(request_id).json()["status"] == "PROCESSING"
    assert here.get("/v1/get-user-credits").json()["credits"] > 0


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 406, 410, 422, 429, 500, 502, 504])
@pytest.mark.parametrize("path", ["/v2/requests/x", "/generations/x.png", "/nowhere", "/v1/no-such-model"])
def test_any_error_anywhere(code: int, path: str) -> None:
    """Every documented error can be given on every path."""
    here = playing({"do": {"error": code}})
    assert here.get(path).status_code == code


def test_another_picture() -> None:
    """A file is of another format and size than was asked for."""
    here = playing({"match": {"operation": "file"}, "do": {"picture": {"format": "webp", "width": 64, "height": 32}}})
    request_id = here.submit()["request_id"]
    here.clock.advance(1000)
    url = here.result(request_id).json()["images"][0]["url"]
    answer = here.get(url)
    assert (answer.headers["content-type"], answer.content[8:12]) == ("image/webp", b"WEBP")
    assert here.get("/generations/nothing.png").status_code == 404


def test_changes() -> None:
    """Fields and headers of the service's own answer are changed, its length true to it."""
    here = playing({"match": {"operation": "status"}, "do": {"set": {"error": "x" * 99}, "headers": {"x-a": "b"}}})
    answer = here.status("nothing")
    assert (answer.json()["error"], answer.headers["x-a"]) == ("x" * 99, "b")
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_head() -> None:
    """A HEAD is steered as a GET is, and has no body."""
    here = playing({"do": {"error": 502}})
    answer = here.request("HEAD", "/v2/requests/x")
    assert answer.status_code == 502


@pytest.mark.parametrize("host", ["a b", "", "["])
def test_a_wrong_host(host: str) -> None:
    """A steered request with a Host that is none is answered what was meant for it."""
    here = playing({"match": {"operation": "status"}, "do": {"tells": "QUEUED"}})
    assert here.status("x", headers={"host": host}).status_code < 500


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 5000, b""])
def test_a_body_that_is_none(content: bytes) -> None:
    """A rule that looks at bodies meets one that is none: it does not match, and the service refuses it."""
    here = playing({"match": {"operation": "submit", "body": {"prompt": "x"}}, "do": {"error": 502}})
    assert here.request("POST", f"/v2/{SLUG}", content=content).status_code in (400, 406, 422)


# --- The wire ----------------------------------------------------------------------------------------


def test_a_delay() -> None:
    """An answer that is held says for how long, in the journal too."""
    here = playing({"match": {"operation": "status"}, "do": {"delay": 0.005}})
    here.status("x")
    assert latest(here)["took"] == 0.005
    assert decided(here)["faults"] == ["held 0.005 s"]


def test_what_stops_is_written_down_while_it_lasts() -> None:
    """An exchange that never ends is in the journal as soon as its answer is ready."""
    here = playing({"match": {"operation": "status"}, "do": {"delay": 600}})

    async def hang_up() -> None:
        transport = httpx.ASGITransport(here.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
            task = asyncio.create_task(client.get("/v2/requests/x/status", headers={"x-api-key": KEY}))
            for _ in range(20):
                await asyncio.sleep(0)
            assert latest(here)["decided"]["rules"] == ["mine/r1"]
            assert latest(here)["took"] == 600
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(hang_up())


def test_a_reset_without_a_socket() -> None:
    """Where there is no connection to break, the app raises what a client sees."""
    here = playing({"match": {"operation": "status"}, "do": {"reset": "before"}})
    with pytest.raises(ConnectionResetError):
        here.status("x")
    assert decided(here)["rules"] == ["mine/r1"]


# --- A reset amid all of it --------------------------------------------------------------------------


RESETS = (None, KEY)


def during(here: Mock, method: str, path: str, key: str | None, turns: int, **sent: Any) -> httpx.Response:
    """The answer to a call, in the midst of which its account, or all, is reset."""

    async def both() -> httpx.Response:
        transport = httpx.ASGITransport(here.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://mock.test", headers={"x-api-key": KEY}
        ) as client:
            task = asyncio.create_task(client.request(method, path, **sent))
            for _ in range(turns):
                await asyncio.sleep(0)
            here.app.control.reset(key)
            return await task

    return asyncio.run(both())


def drawn_of_an_upload(here: Mock) -> str:
    """The URL of a file that is made of a picture which a call brought with it."""
    call = printed_call(SLUG) | {"image": f"data:image/png;base64,{b64encode(picture_file()).decode()}"}
    request_id = here.post(f"/v2/{SLUG}", call).json()["request_id"]
    here.clock.advance(1000)
    url: str = here.result(request_id).json()["images"][0]["url"]
    return url


@pytest.mark.parametrize("key", RESETS, ids=["all", "one"])
@pytest.mark.parametrize("turns", [2, 4, 6, 9, 14])
def test_a_reset_while_a_picture_is_made(key: str | None, turns: int) -> None:
    """A file that is being made when its account is reset is given, or gone; nothing breaks, and nothing is left."""
    here = mock(timing="instant")
    answer = during(here, "GET", drawn_of_an_upload(here), key, turns)
    assert answer.status_code in (200, 404)
    assert (here.app.backend._kept, here.app.backend.inputs.has_room(b"x", 1 << 20)) == (0, True)


def test_another_picture_of_what_is_gone() -> None:
    """A file whose input picture is gone is given as it was made, where it still is; nothing breaks."""
    here = playing({"match": {"operation": "file"}, "do": {"picture": {"format": "webp"}}})
    url = drawn_of_an_upload(here)
    here.app.backend.inputs.discard(here.app.backend.world(KEY).tag, None)
    assert here.get(url).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("key", RESETS, ids=["all", "one"])
def test_a_reset_while_an_answer_drips(key: str | None) -> None:
    """An answer on its way is brought to its end."""
    here = playing({"match": {"operation": "status"}, "do": {"drip": {"size": 10, "every": 0.001}}})
    answer = during(here, "GET", "/v2/requests/x/status", key, 8)
    assert (answer.status_code, answer.json()["error"] != "") == (404, True)


@pytest.mark.parametrize("key", RESETS, ids=["all", "one"])
def test_a_reset_while_a_body_comes(key: str | None) -> None:
    """A submit whose body was still on its way when its account was reset leaves nothing behind."""
    here = mock()
    content = httpx.Request("POST", "http://a", json=printed_call(SLUG)).content

    async def slowly() -> Any:
        for place in range(0, len(content), 20):
            await asyncio.sleep(0)
            yield content[place : place + 20]

    answer = during(
        here, "POST", f"/v2/{SLUG}", key, 12, content=slowly(), headers={"content-type": "application/json"}
    )
    assert answer.status_code < 500 or answer.status_code == 504
    world = here.app.backend.keyring.by_key.get(KEY.encode())
    assert here.app.backend._kept == (0 if world is None else len(world.jobs))


# --- Bodies that come late, or not at all ------------------------------------------------------------


async def in_pieces(*pieces: bytes) -> Any:
    """A body in pieces, with a turn before each."""
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


LOOKS_INSIDE = {"match": {"operation": "submit", "body": {"$.prompt": "never"}}, "do": {"error": 502}}


def test_too_large_in_pieces() -> None:
    """A body beyond the bound is refused, and its last piece is no body, where a rule looks inside of it too."""
    here = playing(LOOKS_INSIDE, max_body=2000)
    whole = httpx.Request("POST", "http://a", json=printed_call(SLUG)).content
    sent = in_pieces(b" " * 1500, b" " * 1500, whole)
    answer = here.post(f"/v2/{SLUG}", content=sent, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert here.app.backend.world(KEY).drawn == 0


def test_a_large_body_is_written_down() -> None:
    """A body that a rule left the service without is in the journal, so that sending it twice can be seen."""
    here = playing({"match": {"operation": "submit"}, "do": {"error": 502}})
    for _ in range(2):
        here.post(f"/v2/{SLUG}", printed_call(SLUG) | {"image": "x" * 120_000})
    assert not here.app.control.verify({"operation": "submit", "unique": "body"}, KEY).holds


def test_jobs_are_numbered_when_they_are_made() -> None:
    """Of submits on their way at once each has its own job in the journal, and one that made none has none."""
    here = playing({"match": {"operation": "submit"}, "do": {"headers": {"x-a": "b"}}})
    content = httpx.Request("POST", "http://a", json=printed_call(SLUG)).content
    half = len(content) // 2

    async def both() -> None:
        transport = httpx.ASGITransport(here.app)
        headers = {"x-api-key": KEY, "content-type": "application/json"}
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test", headers=headers) as client:
            path = f"/v2/{SLUG}"
            sent = (client.post(path, content=in_pieces(content[:half], content[half:])) for _ in range(2))
            await asyncio.gather(*sent)

    asyncio.run(both())
    here.post(f"/v2/{SLUG}", printed_call(SLUG), headers={"prefer": "code=502"})
    found = here.app.control.exchanges(KEY)
    assert sorted(exchange.job or 0 for exchange in found) == [0, 1, 2]
    backend, world = here.app.backend, here.app.backend.world(KEY)
    for exchange in found:
        job = backend.job_of(world, exchange.request_id) if exchange.request_id else None
        assert exchange.job == (None if job is None else job.number + 1)


def test_a_scenario_that_ends_while_a_body_comes() -> None:
    """The rules that count are those that play when the body is there."""
    here = playing({"match": {"operation": "submit", "body": {"$.prompt": {"present": True}}}, "do": {"error": 502}})
    content = httpx.Request("POST", "http://a", json=printed_call(SLUG)).content

    async def ending() -> Any:
        yield content[:10]
        here.app.control.play(None, None)
        yield content[10:]

    answer = here.post(f"/v2/{SLUG}", content=ending(), headers={"content-type": "application/json"})
    assert answer.status_code == 200
