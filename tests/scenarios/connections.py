"""What scenarios of slow and broken connections do to a client."""

from __future__ import annotations

import json
from itertools import pairwise
from statistics import median

from tests.scenarios.meeting import CALL, CREDITS, GENERATE, GOOD, SUBMIT, Meeting, result_of, status_of, story, word


@story
def far_away(meeting: Meeting) -> None:
    """Every answer takes a second, so that a client that pauses a second polls every other one."""
    request_id = meeting.job()
    began = meeting.clock.now()
    assert meeting.polled(request_id) == ["PROCESSING", "COMPLETED"]
    assert meeting.clock.now() - began == 3000
    assert {wire.held for wire in meeting.wires} == {1.0}


@story
def jitter(meeting: Meeting) -> None:
    """Latency differs from call to call, so that of two questions asked at once the later can be answered first."""
    meeting.polled(meeting.job())
    for _ in range(20):
        meeting.ask(CREDITS)
    held = [wire.held for wire in meeting.wires]
    assert all(0.05 <= seconds <= 1.5 for seconds in held)
    assert any(first > second + 0.5 for first, second in pairwise(held))


@story
def heavy_tail(meeting: Meeting) -> None:
    """Half of the answers are quick, and a few take ten times as long as these."""
    for _ in range(200):
        meeting.ask(CREDITS)
    held = [wire.held for wire in meeting.wires]
    assert 0.1 < median(held) < 0.2
    assert 1 <= sum(seconds > 10 * 0.15 for seconds in held) <= 20


@story
def stalled_result(meeting: Meeting) -> None:
    """Half of each job's result comes, then silence; asked again on a new connection, all of it comes."""
    for _ in range(2):
        request_id = meeting.ended()
        stalled = meeting.broken(result_of(request_id))
        whole = meeting.ask(result_of(request_id)).content
        assert (stalled.end, stalled.body) == ("silent", whole[: len(whole) // 2])
        assert f"content-length: {len(whole)}".encode() in stalled.head


@story
def restart(meeting: Meeting) -> None:
    """Nobody can connect for three seconds, and the job has gone on."""
    assert meeting.polled(meeting.job()) == ["QUEUED", "refused", "refused", "refused", "COMPLETED"]
    assert meeting.paid == 1


@story
def lost_answer(meeting: Meeting) -> None:
    """The first submit is answered by a reset, and makes a job; sent again, it makes a second one to pay for."""
    lost = meeting.broken(SUBMIT, CALL)
    assert (lost.end, lost.head) == ("reset", b"")
    meeting.goes_well()
    assert meeting.paid == 2


@story
def reset_before_work(meeting: Meeting) -> None:
    """The first submit is answered by a reset, and the balance tells that no job came of it."""
    before = meeting.ask(CREDITS).json()
    assert meeting.broken(SUBMIT, CALL).end == "reset"
    meeting.clock.advance(60)
    assert meeting.ask(CREDITS).json() == before
    meeting.goes_well()
    assert meeting.paid == 1


@story
def torn_polls(meeting: Meeting) -> None:
    """Each job's first status is torn in its head and the second in its body; the third is good."""
    request_id = meeting.job()
    head, body = meeting.broken(status_of(request_id)), meeting.broken(status_of(request_id))
    assert (head.end, head.head[:5], head.body) == ("reset", b"HTTP/", b"")
    assert (body.end, body.body[:1], body.body[-1:] == b"}") == ("reset", b"{", False)
    assert meeting.polled(request_id) == GOOD
    assert meeting.polled(meeting.job()) == ["reset", "reset", "COMPLETED"]


@story
def reset_after_answer(meeting: Meeting) -> None:
    """A submit's connection is reset behind a whole answer; its id is good, and one job is paid for."""
    broken = meeting.broken(SUBMIT, CALL)
    assert broken.end == "reset"
    assert meeting.polled(json.loads(broken.body)["request_id"]) == GOOD
    assert meeting.paid == 1


@story
def cut_v1_picture(meeting: Meeting) -> None:
    """A v1 picture is cut short and charged; called again, it is whole and charged again."""
    cut = meeting.broken(GENERATE, CALL)
    assert (cut.end, meeting.paid) == ("closed", 1)
    whole = meeting.ask(GENERATE, CALL)
    assert len(cut.body) < int(dict(_headers(cut.head))["content-length"])
    assert (word(whole), meeting.paid) == ("picture", 2)


@story
def broken_chunk(meeting: Meeting) -> None:
    """Each job's result comes in chunks of which one has no length; asked again, it comes whole."""
    for _ in range(2):
        request_id = meeting.ended()
        broken = meeting.broken(result_of(request_id))
        assert dict(_headers(broken.head))["transfer-encoding"] == "chunked"
        assert (broken.end, b"\r\nlength\r\n" in broken.body) == ("closed", True)
        assert meeting.met(result_of(request_id)) == "COMPLETED"


@story
def not_http(meeting: Meeting) -> None:
    """The first status is noise and the connection closed; the next one is good."""
    request_id = meeting.job()
    noise = meeting.broken(status_of(request_id))
    assert (noise.end, noise.head[:1] > b"\x7f") == ("closed", True)
    assert meeting.polled(request_id) == GOOD


@story
def idle_close(meeting: Meeting) -> None:
    """Every other answer is whole and well, and half a second later its connection is closed."""
    assert meeting.polled(meeting.job()) == GOOD
    assert [wire.closes_in for wire in meeting.wires] == [None, 0.5, None, 0.5]


def _headers(head: bytes) -> list[tuple[str, str]]:
    lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return [(name, value) for name, _, value in lines]
