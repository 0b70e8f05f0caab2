"""What scenarios of jobs and their pictures do to a client."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.scenarios.meeting import CALL, GENERATE, GOOD, SUBMIT, Meeting, result_of, status_of, story, word

BLOCK = "content_policy_violation"


def why(meeting: Meeting, request_id: str) -> str:
    """The error of a job that FAILED, which its result tells as its status does."""
    texts = [meeting.ask(path).json()["error"] for path in (status_of(request_id), result_of(request_id))]
    assert texts[0] == texts[1]
    return str(texts[0])


@story
def long_queue(meeting: Meeting) -> None:
    """A job is QUEUED for three minutes and then done at once; polled each ten seconds, it is paid for once."""
    assert meeting.polled(meeting.job(), pause=10) == ["QUEUED"] * 18 + ["PROCESSING", "COMPLETED"]
    assert meeting.paid == 1


@story
def late_finish(meeting: Meeting) -> None:
    """A job ends a minute before its record does: its result is there, and then gone, with the picture left."""
    request_id = meeting.job()
    meeting.clock.advance(3539)
    assert meeting.met(status_of(request_id)) == "PROCESSING"
    meeting.clock.advance(1)
    assert meeting.met(status_of(request_id)) == "COMPLETED"
    url = meeting.ask(result_of(request_id)).json()["output"]
    meeting.clock.advance(60)
    assert meeting.met(result_of(request_id)) == "404"
    assert meeting.met(url) == "picture"


@story
def too_long_for_v1(meeting: Meeting) -> None:
    """v1 answers 504 and charges nothing; v2 does the same work."""
    assert meeting.met(GENERATE, CALL) == "504"
    assert meeting.paid == 0
    assert meeting.polled(meeting.job(), pause=30)[-1] == "COMPLETED"
    assert meeting.paid == 1


@story
def done_at_once(meeting: Meeting) -> None:
    """The first status is COMPLETED, although the submit said QUEUED."""
    answer = meeting.ask(SUBMIT, CALL).json()
    assert answer["status"] == "QUEUED"
    assert meeting.polled(answer["request_id"]) == ["COMPLETED"]
    assert word(meeting.file(answer["request_id"])) == "picture"


@story
def stuck_queue(meeting: Meeting) -> None:
    """A job is QUEUED for an hour and then unknown, and never charged."""
    assert meeting.polled(meeting.job(), pause=300, most=13) == ["QUEUED"] * 12 + ["404"]
    assert meeting.paid == 0


@story
def stuck_run(meeting: Meeting) -> None:
    """The first job is PROCESSING for ever; the next one does well, and it alone is charged."""
    request_id = meeting.job()
    assert meeting.polled(request_id, pause=60, most=11) == ["QUEUED"] + ["PROCESSING"] * 10
    meeting.goes_well()
    meeting.clock.advance(3600)
    assert (meeting.met(status_of(request_id)), meeting.paid) == ("404", 1)


@story
def fails_for_a_parameter(meeting: Meeting) -> None:
    """A job FAILS each time, whatever its submit said, until the parameter that the error names is another."""
    for _ in range(2):
        request_id = meeting.job()
        assert meeting.polled(request_id)[-1] == "FAILED"
        assert why(meeting, request_id) == "Scheduler is not available"
    assert meeting.paid == 0
    meeting.goes_well(scheduler="LMS")
    assert meeting.paid == 1


@story
def fails_once(meeting: Meeting) -> None:
    """The first job FAILS and is free; the same submit, sent again, comes to a picture."""
    assert meeting.polled(meeting.job())[-1] == "FAILED"
    assert meeting.paid == 0
    meeting.goes_well()
    assert meeting.paid == 1


@story
def content_block(meeting: Meeting) -> None:
    """Two jobs FAIL with the words of a content block, and are free; a later one does well."""
    blocked = [meeting.job() for _ in range(2)]
    assert [meeting.polled(request_id)[-1] for request_id in blocked] == ["FAILED", "FAILED"]
    assert all(BLOCK in why(meeting, request_id) for request_id in blocked)
    meeting.goes_well()
    assert meeting.paid == 1


@story
def result_not_there_yet(meeting: Meeting) -> None:
    """A COMPLETED job's result is 404 twice, for each job, and then there."""
    for request_id in (meeting.ended(), meeting.ended()):
        assert meeting.met(status_of(request_id)) == "COMPLETED"
        met, answer = meeting.insist(result_of(request_id))
        assert (met, word(answer)) == (["404", "404"], "COMPLETED")


@story
def result_bad_gateway(meeting: Meeting) -> None:
    """A COMPLETED job's result is 502, 502 and 500, for each job, and then there; every job is paid for once."""
    for paid in (1, 2):
        met, answer = meeting.insist(result_of(meeting.ended()))
        assert (met, word(answer), meeting.paid) == (["502", "502", "500"], "COMPLETED", paid)


@story
def completed_then_failed(meeting: Meeting) -> None:
    """The first job is COMPLETED and charged, and its result FAILED for good; the next one is a picture."""
    request_id = meeting.job()
    assert meeting.polled(request_id) == GOOD
    assert [meeting.met(result_of(request_id)) for _ in range(2)] == ["FAILED", "FAILED"]
    assert meeting.ask(result_of(request_id)).status_code == 422
    assert meeting.paid == 1
    meeting.goes_well()


@story
def backwards(meeting: Meeting) -> None:
    """A job that is PROCESSING is QUEUED again, and once it is COMPLETED, PROCESSING again; it ends all the same."""
    met = meeting.polled(meeting.job(), pause=0.25)
    assert met == ["QUEUED", *["QUEUED", "PROCESSING"] * 3, "PROCESSING", "COMPLETED"]
    assert meeting.polled(meeting.job()) == ["QUEUED", "PROCESSING", "PROCESSING", "COMPLETED"]


@story
def unknown_state(meeting: Meeting) -> None:
    """PROCESSING goes by a name that no page knows, and the job ends as ever."""
    assert meeting.polled(meeting.job()) == ["QUEUED", "RETRYING", "COMPLETED"]


@story
def expired_early(meeting: Meeting) -> None:
    """A job that has ended is unknown to every path, for good, and was charged."""
    request_id = meeting.job()
    assert meeting.polled(request_id, most=4) == ["QUEUED", "PROCESSING", "404", "404"]
    assert meeting.met(result_of(request_id)) == meeting.met(f"/v1/requests/{request_id}") == "404"
    assert meeting.paid == 1


@story
def file_not_there_yet(meeting: Meeting) -> None:
    """The file is 404 three times, and then a picture; one job was paid for."""
    request_id = meeting.ended()
    assert [word(meeting.file(request_id)) for _ in range(4)] == ["404", "404", "404", "picture"]
    assert meeting.paid == 1


@story
def file_without_key(meeting: Meeting) -> None:
    """The file is 403 for a client that sends its key along, and a picture for one that does not."""
    request_id = meeting.ended()
    assert meeting.met(meeting.ask(result_of(request_id)).json()["output"]) == "403"
    assert word(meeting.file(request_id)) == "picture"


@story
def file_expired_early(meeting: Meeting) -> None:
    """The file is there for a quarter of an hour from the submit, and then gone, its record still telling its URL."""
    request_id = meeting.ended()
    assert word(meeting.file(request_id)) == "picture"
    meeting.clock.advance(897)
    assert meeting.file(request_id).status_code == 404


@story
def slow_download(meeting: Meeting) -> None:
    """Two downloads take half a second for each kilobyte, whole in the end; the third takes no time."""
    request_id = meeting.ended()
    pictures = []
    for _ in range(3):
        pictures.append(meeting.file(request_id).content)
        assert meeting.wires[-1].held == (0 if len(pictures) == 3 else (len(pictures[0]) - 1) // 1024 / 2)
    assert pictures[0] == pictures[1] == pictures[2]


@story
def cut_file(meeting: Meeting) -> None:
    """The first download ends early under a true Content-Length; file_size tells so, and the next one is whole."""
    request_id = meeting.ended()
    size = int(meeting.ask(result_of(request_id)).json()["images"][0]["file_size"])
    cut, whole = meeting.file(request_id), meeting.file(request_id)
    assert int(cut.headers["content-length"]) == len(cut.content) == int(size * 0.66)
    assert len(whole.content) == size


@story
def other_format(meeting: Meeting) -> None:
    """The file's URL ends in jpg, and it is WebP."""
    request_id = meeting.ended()
    assert meeting.ask(result_of(request_id)).json()["output"].endswith(".jpg")
    assert Image.open(BytesIO(meeting.file(request_id).content)).format == "WEBP"


@story
def other_size(meeting: Meeting) -> None:
    """The picture has another size than the call asked for."""
    asked = CALL["img_width"], CALL["img_height"]
    size = Image.open(BytesIO(meeting.file(meeting.ended()).content)).size
    assert size == (640, 448) != asked
