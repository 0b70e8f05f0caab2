"""What scenarios of wrong, odd and misleading answers do to a client."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO

import httpx
from PIL import Image

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

RESET = "x-rate-limit-reset-at-utc"


def now(meeting: Meeting) -> datetime:
    """The instant of the client's clock, to the second."""
    return datetime.fromtimestamp(meeting.clock.now() // 1000, UTC)


def refused(meeting: Meeting) -> httpx.Response:
    """A submit that is not accepted."""
    answer = meeting.ask(SUBMIT, CALL)
    assert answer.status_code != 200
    return answer


@story
def wobbly_gateway(meeting: Meeting) -> None:
    """Two submits are 502, the third is accepted, and one job is paid for."""
    met, answer = meeting.insist(SUBMIT, CALL)
    assert met == ["502", "502"]
    assert meeting.polled(answer.json()["request_id"]) == GOOD
    assert meeting.paid == 1


@story
def error_pages(meeting: Meeting) -> None:
    """The errors are pages or nothing at all, and a client that goes by the code comes through."""
    assert refused(meeting).headers["content-type"].startswith("text/html")
    request_id = meeting.job()
    page, nothing = (meeting.ask(status_of(request_id)) for _ in range(2))
    assert page.text.lower().startswith("<!doctype html>")
    assert (page.status_code, nothing.status_code, nothing.content) == (504, 502, b"")
    assert meeting.polled(request_id) == GOOD
    assert meeting.polled(meeting.job()) == ["504", "502", "COMPLETED"]


@story
def calm_after_502_and_429(meeting: Meeting) -> None:
    """Two 502, then a 429 whose window is over in three seconds, then well."""
    assert [refused(meeting).status_code for _ in range(2)] == [502, 502]
    limited = refused(meeting)
    reset = datetime.fromisoformat(limited.headers[RESET])
    assert (limited.status_code, (reset - now(meeting)).seconds) == (429, 3)
    assert "retry-after" not in limited.headers
    meeting.clock.advance(3)
    meeting.goes_well()


@story
def retry_after_two_forms(meeting: Meeting) -> None:
    """Retry-After comes in seconds, then as a date; a client that waits as told goes on."""
    assert refused(meeting).headers["retry-after"] == "2"
    meeting.clock.advance(2)
    headers = refused(meeting).headers
    date = parsedate_to_datetime(headers["retry-after"])
    assert (date - now(meeting)).seconds == 4
    assert date == datetime.fromisoformat(headers[RESET])
    meeting.clock.advance(4)
    meeting.goes_well()


@story
def retry_after_nonsense(meeting: Meeting) -> None:
    """Three times Retry-After is no time; a client with a backoff of its own goes on."""
    assert [refused(meeting).headers["retry-after"] for _ in range(3)] == ["soon", "-5", ""]
    meeting.goes_well()


@story
def retry_after_next_year(meeting: Meeting) -> None:
    """Retry-After and the reset are a year away; a client that waits a minute goes on."""
    limited = refused(meeting)
    assert int(limited.headers["retry-after"]) == 365 * 86_400
    assert (datetime.fromisoformat(limited.headers[RESET]) - now(meeting)).days == 365
    meeting.clock.advance(60)
    meeting.goes_well()


@story
def odd_reset_headers(meeting: Meeting) -> None:
    """The reset comes in three more forms, in the past, and not at all."""
    told = [refused(meeting).headers.get(RESET) for _ in range(5)]
    due = now(meeting).timestamp() + 5
    assert float(told[0]) == due
    assert parsedate_to_datetime(told[1]).timestamp() == due
    assert told[2:] == ["5", "2001-01-01T00:00:00Z", None]
    meeting.clock.advance(60)
    meeting.goes_well()


@story
def refused_parameter(meeting: Meeting) -> None:
    """A body is refused each time it is sent, by v1 and v2, and accepted once it is changed as the 400 says."""
    assert [meeting.met(path, CALL) for path in (SUBMIT, SUBMIT, GENERATE)] == ["400"] * 3
    assert "num_inference_steps" in refused(meeting).json()["error"]
    assert meeting.met(SUBMIT, CALL | {"num_inference_steps": 21}) == "400"
    meeting.goes_well(num_inference_steps=20)
    assert meeting.paid == 1


@story
def two_codes_for_no_credits(meeting: Meeting) -> None:
    """No credits are a 402, then a 406, in like words; nothing is charged for either."""
    answers = [refused(meeting) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [402, 406]
    assert all(answer.json()["error"].startswith("Insufficient credits") for answer in answers)
    meeting.goes_well()
    assert meeting.paid == 1


@story
def cut_json(meeting: Meeting) -> None:
    """Each job's final status and its result come cut off once, of the length they say, and whole the next time."""
    request_id = meeting.job()
    assert meeting.polled(request_id) == [*GOOD[:2], "unreadable", "COMPLETED"]
    cut = meeting.ask(result_of(request_id))
    assert (word(cut), int(cut.headers["content-length"])) == ("unreadable", len(cut.content))
    assert meeting.ask(result_of(request_id)).json()["output"]
    request_id = meeting.job()
    assert meeting.polled(request_id) == [*GOOD[:2], "unreadable", "COMPLETED"]
    assert [meeting.met(result_of(request_id)) for _ in range(2)] == ["unreadable", "COMPLETED"]


@story
def other_types(meeting: Meeting) -> None:
    """Output is a list, the cost a text and images an object; everything can still be had from them."""
    result = meeting.ask(result_of(meeting.ended())).json()
    (url,) = result["output"]
    assert result["metrics"]["cost"] == str(PRICE)
    assert result["images"]["0"]["url"] == url
    assert meeting.met(url) == "picture"


@story
def bare_submit(meeting: Meeting) -> None:
    """A submit tells its id and no URLs; paths that are built from the id lead to the picture."""
    answer = meeting.ask(SUBMIT, CALL).json()
    assert sorted(answer) == ["request_id", "status"]
    assert meeting.polled(answer["request_id"]) == GOOD
    assert word(meeting.file(answer["request_id"])) == "picture"


@story
def lean_metrics(meeting: Meeting) -> None:
    """Neither status nor result tells the cost, and the balance is lower all the same."""
    request_id = meeting.ended()
    for path in (status_of(request_id), result_of(request_id)):
        metrics = meeting.ask(path).json()["metrics"]
        assert not {"cost", "remaining_credits"} & metrics.keys()
        assert metrics["inference_time"] > 0
    start = meeting.server.backend.config.credits
    assert round(start - meeting.ask(CREDITS).json()["credits"], 6) == PRICE


@story
def null_output(meeting: Meeting) -> None:
    """Output is null, an error of null stands beside it, and images has the picture."""
    request_id = meeting.ended()
    result = meeting.ask(result_of(request_id)).json()
    assert (result["output"], result["error"], result["status"]) == (None, None, "COMPLETED")
    assert word(meeting.file(request_id)) == "picture"


@story
def wrong_content_type(meeting: Meeting) -> None:
    """JSON is labelled as a page and pictures as anything; the bodies are what they should be."""
    request_id = meeting.ended()
    looks = [meeting.ask(path) for path in (status_of(request_id), result_of(request_id))]
    assert [(look.headers["content-type"], word(look)) for look in looks] == [("text/html", "COMPLETED")] * 2
    pictures = [meeting.file(request_id), meeting.ask(GENERATE, CALL)]
    assert {picture.headers["content-type"] for picture in pictures} == {"application/octet-stream"}
    assert [Image.open(BytesIO(picture.content)).format for picture in pictures] == ["JPEG", "JPEG"]


@story
def answer_of_another_submit(meeting: Meeting) -> None:
    """The second submit has the first one's id, and there are two jobs to pay for; the third is its own."""
    ids = [meeting.job() for _ in range(3)]
    assert ids[0] == ids[1] != ids[2]
    assert meeting.polled(ids[0])[-1] == meeting.polled(ids[2])[-1] == "COMPLETED"
    assert meeting.paid == 3


@story
def stale_status(meeting: Meeting) -> None:
    """The status stays QUEUED for five polls after the end; the result is there meanwhile, and one job is paid for."""
    request_id = meeting.job()
    assert meeting.polled(request_id, most=4) == ["QUEUED", "PROCESSING", "QUEUED", "QUEUED"]
    assert meeting.met(result_of(request_id)) == "COMPLETED"
    assert meeting.polled(request_id) == ["QUEUED"] * 3 + ["COMPLETED"]
    assert meeting.paid == 1
    assert meeting.polled(meeting.job()) == ["QUEUED", "PROCESSING"] + ["QUEUED"] * 5 + ["COMPLETED"]


@story
def login_page(meeting: Meeting) -> None:
    """The first submit is sent to a login on another host, and not accepted; the next one is."""
    answer = refused(meeting)
    assert (answer.status_code, httpx.URL(answer.headers["location"]).host) == (302, "login.proxy.invalid")
    meeting.goes_well()
    assert meeting.paid == 1


@story
def oversized_status(meeting: Meeting) -> None:
    """The first status of each job has eight megabytes, and the next one is light."""
    for _ in range(2):
        request_id = meeting.job()
        sizes = [len(meeting.ask(status_of(request_id)).content) for _ in range(2)]
        assert sizes[0] == sizes[1] + (8 << 20)
        assert meeting.polled(request_id) == GOOD
