"""Facts d: the status of v2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import KEY, Mock, mock

ORDER = ["QUEUED", "PROCESSING", "COMPLETED"]


def state_of(world: Mock, request_id: str) -> str:
    """The state that a client is told."""
    state: str = world.status(request_id).json()["status"]
    return state


@pytest.mark.fact("d1")
@pytest.mark.parametrize("reading", ["required", "optional"])
def test_status_needs_the_key(reading: str) -> None:
    """Unknown U12: without a key 401, or under the quirk the status all the same."""
    world = mock(quirks={"status_key": reading})
    request_id = world.submit()["request_id"]
    answer = world.status(request_id, headers={"x-api-key": None})
    assert answer.status_code == (401 if reading == "required" else 200)


def test_an_unknown_id_without_a_key_is_404_under_the_quirk() -> None:
    """`status_key=optional` opens no other door."""
    world = mock(quirks={"status_key": "optional"})
    assert world.status("nothing", headers={"x-api-key": None}).status_code == 404


@pytest.mark.fact("d2")
def test_status_never_holds_the_output() -> None:
    """A COMPLETED status has no output, images or prompt."""
    world = mock(timing="instant")
    assert not {"output", "images", "prompt", "seed"} & set(world.status(world.submit()["request_id"]).json())


@pytest.mark.fact("d3")
@pytest.mark.fact("d4")
def test_the_status_of_a_job_that_is_not_done() -> None:
    """QUEUED and PROCESSING have the same five keys and no metrics."""
    world = mock()
    submitted = world.submit()
    expected = {
        "metrics": {},
        "request_id": submitted["request_id"],
        "response_url": submitted["response_url"],
        "status_url": submitted["status_url"],
    }
    assert world.status(submitted["request_id"]).json() == expected | {"status": "QUEUED"}
    world.clock.advance(1)
    assert world.status(submitted["request_id"]).json() == expected | {"status": "PROCESSING"}


@pytest.mark.fact("d5")
@pytest.mark.parametrize(("reading", "urls"), [("keep", True), ("drop", False)])
def test_the_status_of_a_completed_job(reading: str, urls: bool) -> None:
    """Conflict C12: 200 with id and metrics, with or without the URLs."""
    world = mock(timing="instant", quirks={"completed_urls": reading})
    answer = world.status(world.submit()["request_id"])
    assert answer.status_code == 200
    assert {"status", "request_id", "metrics"} <= set(answer.json())
    assert ("status_url" in answer.json()) is urls


@pytest.mark.fact("d6")
@pytest.mark.parametrize(("reading", "has_id"), [("keep", True), ("drop", False)])
def test_failed_is_422(reading: str, has_id: bool) -> None:
    """The body says FAILED, why, and how long it took; the id is conflict C12."""
    world = mock(timing="instant", quirks={"failed_request_id": reading})
    answer = world.status(world.submit(prompt="mock:fail")["request_id"])
    assert answer.status_code == 422
    assert answer.json()["status"] == "FAILED"
    assert answer.json()["error"] == "Failed while returning the output"
    assert ("request_id" in answer.json()) is has_id


@pytest.mark.fact("d7")
@pytest.mark.parametrize("request_id", ["nothing", "00000000-0000-0000-0000-000000000000", "f" * 32, "%20", "é" * 18])
def test_an_unknown_id_is_404(request_id: str) -> None:
    """Whatever stands where an id should."""
    assert mock().status(request_id).status_code == 404


@given(place=st.integers(0, 35), digit=st.sampled_from("0123456789abcdef-"))
def test_an_id_that_is_nearly_right_is_404(place: int, digit: str) -> None:
    """A single changed character makes it unknown."""
    world = mock()
    request_id = world.submit()["request_id"]
    changed = request_id[:place] + digit + request_id[place + 1 :]
    assert world.status(changed).status_code == (200 if changed == request_id else 404)


@pytest.mark.parametrize(("reading", "status"), [("404", 404), ("403", 403)])
def test_another_accounts_id(reading: str, status: int) -> None:
    """Unknown U9: 404, or 403 under the quirk; an id of nobody stays 404."""
    world = mock(quirks={"foreign_request": reading})
    other = world.as_key("SG_00000000000000aa")
    assert other.status(world.submit()["request_id"]).status_code == status
    assert other.status("nothing").status_code == 404


@pytest.mark.fact("d8")
def test_metrics_of_success() -> None:
    """Five numbers; the times add up and no retry is told of."""
    world = mock()
    request_id = world.submit()["request_id"]
    world.clock.advance(5)
    metrics = world.status(request_id).json()["metrics"]
    assert sorted(metrics) == ["cost", "inference_time", "queue_time", "remaining_credits", "total_time"]
    assert round(metrics["queue_time"] + metrics["inference_time"], 3) == metrics["total_time"]
    assert 0.45 <= metrics["queue_time"] <= 0.55
    assert 0.9 <= metrics["inference_time"] <= 1.1


@pytest.mark.fact("d9")
def test_metrics_of_failure() -> None:
    """Times only."""
    world = mock(timing="instant")
    metrics = world.status(world.submit(prompt="mock:fail")["request_id"]).json()["metrics"]
    assert sorted(metrics) == ["inference_time", "queue_time", "total_time"]


@pytest.mark.fact("d10")
@given(
    steps=st.lists(st.sampled_from([0, 0.001, 0.05, 0.4, 0.5, 0.9, 1.0, 60]), max_size=12),
    word=st.sampled_from(["", "mock:fail"]),
)
def test_states_never_go_back(steps: list[float], word: str) -> None:
    """Whatever the rhythm of polling, states only go on, and the last is final."""
    world = mock()
    order = [*ORDER[:2], "FAILED" if word else "COMPLETED"]
    request_id = world.submit(prompt=f"x {word}")["request_id"]
    seen = [state_of(world, request_id)]
    for step in steps:
        world.clock.advance(step)
        seen.append(state_of(world, request_id))
    places = [order.index(state) for state in seen]
    assert places == sorted(places)


@pytest.mark.fact("d10")
def test_polling_each_second_sees_each_state_once() -> None:
    """Brisk timing is made for the SDK's rhythm, whatever the jitter of the job."""
    for seed in range(20):
        world = mock(seed=str(seed))
        request_id = world.submit()["request_id"]
        seen = []
        for _ in range(3):
            seen.append(state_of(world, request_id))
            world.clock.advance(1)
        assert seen == ORDER


@pytest.mark.fact("d11")
def test_blocked_content_fails() -> None:
    """`mock:block` ends as FAILED with a word that clients look for."""
    world = mock(timing="instant")
    body = world.status(world.submit(prompt="mock:block")["request_id"]).json()
    assert body["status"] == "FAILED"
    assert "content_policy_violation" in body["error"]


def test_a_stuck_job_stays_processing() -> None:
    """`mock:stuck` never ends while its record lives."""
    world = mock()
    request_id = world.submit(prompt="mock:stuck")["request_id"]
    world.clock.advance(3599)
    assert state_of(world, request_id) == "PROCESSING"


@pytest.mark.parametrize(("word", "runs"), [("mock:slow=90", 90.0), ("mock:slow=0", 0.0), ("mock:slow=2.5,", 2.5)])
def test_a_slow_job_takes_as_long_as_it_says(word: str, runs: float) -> None:
    """`mock:slow=SECONDS` is the running time, to the millisecond."""
    world = mock(timing="instant")
    request_id = world.submit(prompt=f"a {word} b")["request_id"]
    world.clock.advance(runs - 0.001)
    assert runs == 0 or state_of(world, request_id) == "PROCESSING"
    world.clock.advance(0.002)
    assert world.status(request_id).json()["metrics"]["inference_time"] == runs


def test_a_word_that_is_not_understood_fails_the_job() -> None:
    """`mock:slow=soon` is told what to write."""
    world = mock(timing="instant")
    request_id = world.submit(prompt="mock:slow=soon")["request_id"]
    world.clock.advance(0.01)
    answer = world.status(request_id)
    assert answer.status_code == 422
    assert "mock:slow=5" in answer.json()["error"]


@pytest.mark.fact("d12")
def test_queue_time_grows_with_load() -> None:
    """With one worker, each job waits for those before it."""
    world = mock(workers=1)
    ids = [world.submit()["request_id"] for _ in range(4)]
    world.clock.advance(60)
    waits = [world.status(request_id).json()["metrics"]["queue_time"] for request_id in ids]
    assert waits == sorted(waits)
    assert waits[3] - waits[0] >= 3 * 0.9


def test_two_accounts_do_not_wait_for_each_other() -> None:
    """The queue belongs to the key."""
    world = mock(workers=1)
    for _ in range(5):
        world.submit()
    other = world.as_key("SG_00000000000000aa")
    request_id = other.submit()["request_id"]
    world.clock.advance(2)
    assert state_of(other, request_id) == "COMPLETED"


@pytest.mark.parametrize(("reading", "present"), [("off", False), ("on", True)])
def test_headers_on_v2_are_a_quirk(reading: str, present: bool) -> None:
    """Unknown U11: v2 answers without the headers of v1, or with them."""
    world = mock(quirks={"v2_headers": reading})
    answer = world.status(world.submit()["request_id"])
    assert all((name in answer.headers) is present for name in ("x-request-id", "x-remaining-credits"))
    assert world.key == KEY
