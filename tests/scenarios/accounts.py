"""What scenarios of an account that changes, and of a service that fails for a time, do to a client."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.scenarios.meeting import (
    CALL,
    CREDITS,
    GENERATE,
    GOOD,
    PRICE,
    SUBMIT,
    Meeting,
    result_of,
    status_of,
    story,
    word,
)
from tests.worlds import START, printed_call

OTHER = "w2imgsd1.5-img2img"


@story
def drained_credits(meeting: Meeting) -> None:
    """The second submit finds nothing left, and so does the next; after the top-up it is accepted."""
    meeting.goes_well()
    assert [meeting.met(SUBMIT, CALL) for _ in range(2)] == ["406", "406"]
    assert meeting.ask(CREDITS).json()["credits"] == 0
    told = []
    for second in (299, 300):
        meeting.clock.instant = START + second * 1000
        told.append(meeting.ask(CREDITS).json()["credits"])
    assert told == [0, 100]
    meeting.goes_well()
    assert meeting.ask(CREDITS).json()["credits"] == 100 - PRICE


@story
def revoked_key(meeting: Meeting) -> None:
    """The second status and everything after it is 401; the job goes on and is charged."""
    request_id = meeting.job()
    assert meeting.polled(request_id, most=4) == ["QUEUED", "401", "401", "401"]
    assert [meeting.met(path, body) for path, body in ((CREDITS, None), (SUBMIT, CALL))] == ["401", "401"]
    assert meeting.paid == 1


@story
def lowered_limit(meeting: Meeting) -> None:
    """From the second submit on two in a minute are the limit; a client that goes by the reset gets all through."""
    met = []
    for _ in range(8):
        answer = meeting.ask(SUBMIT, CALL)
        met.append(answer.status_code)
        if answer.status_code == 429:
            reset = datetime.fromisoformat(answer.headers["x-rate-limit-reset-at-utc"]).astimezone(UTC)
            seconds = reset.timestamp() - meeting.clock.now() / 1000
            assert 0 < seconds <= 60
            meeting.clock.advance(seconds)
    assert met == [200, 200, 200, 429, 200, 200, 429, 200]


@story
def retired_model(meeting: Meeting) -> None:
    """From its second submit on the model is 410; the job under way ends well, and another model goes on."""
    request_id = meeting.job()
    assert [meeting.met(SUBMIT, CALL) for _ in range(2)] == ["410", "410"]
    assert meeting.polled(request_id) == GOOD
    assert meeting.paid == 1
    assert meeting.polled(meeting.submit(OTHER)["request_id"])[-1] == "COMPLETED"


@story
def forbidden_model(meeting: Meeting) -> None:
    """From its second submit on the model is 403; others go on, and an hour later it does too."""
    meeting.goes_well()
    assert [meeting.met(SUBMIT, CALL) for _ in range(2)] == ["403", "403"]
    assert meeting.met(f"/v2/{OTHER}", printed_call(OTHER)) == "QUEUED"
    meeting.clock.advance(3600)
    meeting.goes_well()


@story
def outage(meeting: Meeting) -> None:
    """From the third second to the thirty-third all is 502; the job has ended meanwhile, and its result is there."""
    request_id = meeting.job()
    meeting.clock.advance(3)
    looks = (status_of(request_id), result_of(request_id), f"/v1/requests/{request_id}", CREDITS)
    assert {meeting.met(path, CALL) for path in (SUBMIT, GENERATE)} | {meeting.met(path) for path in looks} == {"502"}
    met, answer = meeting.insist(result_of(request_id), pause=5)
    assert (met, word(answer), meeting.paid) == (["502"] * 6, "COMPLETED", 1)


@story
def flaky(meeting: Meeting) -> None:
    """About one call in five is 500 or 504; with a retry for each, every job comes to its end, paid for once."""
    met: list[str] = []
    for _ in range(20):
        failed, answer = meeting.insist(SUBMIT, CALL)
        met += failed
        request_id = answer.json()["request_id"]
        met += meeting.polled(request_id)
        failed, _ = meeting.insist(result_of(request_id))
        met += failed
    assert {"500", "504", *GOOD} == set(met)
    assert 0.15 < (met.count("500") + met.count("504")) / (len(met) + 40) < 0.25
    assert meeting.paid == 20


@story
def sick_service(meeting: Meeting) -> None:
    """The service is well, slow, down, and comes back with two 429; then it is well for good."""
    states, met = [], []
    for _ in range(16):
        states.append(meeting.state if meeting.wires else "healthy")
        met.append(meeting.met(CREDITS))
    assert met == ["200"] * 6 + ["502"] * 3 + ["504", "429", "200", "200", "429"] + ["200"] * 2
    assert states == ["healthy"] * 3 + ["degraded"] * 3 + ["down"] * 4 + ["recovering"] * 4 + ["well"] * 2
    held = [wire.held for wire in meeting.wires]
    assert all(1 <= seconds <= 2 for seconds in held[3:5])
    assert 3 <= held[5] <= 6
    assert held[11:13] == [0.5, 0.5]
    meeting.goes_well()
    assert meeting.polled(request_id := meeting.job()) == GOOD
    assert meeting.met(status_of(request_id)) == "COMPLETED"
