"""Answers in place of the service's own: true bodies, and the forms that are asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.errors import DOCUMENTED
from segmind_mock.faults import Error, Given, Redirect, Tells
from segmind_mock.operations import LOOKS, Operation
from segmind_mock.quirks import Quirks
from segmind_mock.web.answers import Answer
from segmind_mock.web.instead import (
    RESET,
    Circumstances,
    answer_of,
    header,
    later,
)

NOW = 1_700_000_000_000
"""2023-11-14T22:13:20Z."""

FAULTS = st.one_of(
    st.builds(
        Error,
        code=st.sampled_from(DOCUMENTED),
        text=st.none() | st.text(),
        form=st.sampled_from(["", "json", "html", "empty"]),
        reset_in=st.none() | st.floats(),
    ),
    st.builds(
        Given,
        status=st.integers(200, 599),
        headers=st.lists(st.tuples(st.text(), st.text())).map(tuple),
        body=st.binary(),
    ),
    st.builds(Redirect, to=st.text(), status=st.sampled_from([301, 302, 303, 307, 308])),
    st.builds(Tells, state=st.text()),
)


def around(
    operation: Operation = Operation.SUBMIT, argument: str = "x", quirks: dict[str, str] | None = None, **more: Any
) -> Circumstances:
    """An exchange, under the quirks given and the default of all others."""
    method = "POST" if operation in {Operation.SUBMIT, Operation.GENERATE} else "GET"
    return Circumstances(operation, argument, method, "http://mock.test", NOW, Quirks(quirks).readings, **more)


def answered(fault: Error | Given | Redirect | Tells, circumstances: Circumstances | None = None) -> Answer:
    """The answer of a fault that has one."""
    answer = answer_of(fault, circumstances or around())
    assert answer is not None
    return answer


def told(answer: Answer, name: str) -> str | None:
    """A header of an answer as text; None when it has none, and a failure when it has two."""
    found = [value.decode() for known, value in answer.headers if known == name.encode()]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("code", [code for code in DOCUMENTED if code != 405])
def test_errors_are_json(code: int) -> None:
    """A documented error is JSON with its text, under its own status, its length true."""
    answer = answered(Error(code=code))
    assert answer.status == code
    assert told(answer, "content-type") == "application/json"
    assert told(answer, "content-length") == str(len(answer.body))
    assert list(json.loads(answer.body)) == ["error"]


def test_an_error_with_other_words() -> None:
    """The words of an error can be others, and the credits needed are named where they are known."""
    assert answered(Error(code=403, text="Go away")).body == b'{"error":"Go away"}'
    assert b"this call needs 0.25." in answered(Error(code=406), around(needed=0.25)).body


def test_a_wrong_verb_is_a_page() -> None:
    """405 is a page and says which verb is right."""
    answer = answered(Error(code=405))
    assert (told(answer, "content-type"), told(answer, "allow")) == ("text/html; charset=utf-8", "POST")
    assert b"<title>405 Method Not Allowed</title>" in answer.body


@pytest.mark.parametrize("code", [502, 504])
def test_gateway_pages(code: int) -> None:
    """502 and 504 are pages where a quirk has it so, and JSON otherwise."""
    page = answered(Error(code=code), around(quirks={"gateway_page": "html"}))
    assert told(page, "content-type") == "text/html; charset=utf-8"
    assert told(answered(Error(code=code)), "content-type") == "application/json"


@pytest.mark.parametrize(
    ("form", "kind", "body"),
    [
        ("json", "application/json", b'{"error":"a <b>"}'),
        ("empty", None, b""),
        ("html", "text/html; charset=utf-8", None),
    ],
)
def test_forms(form: str, kind: str | None, body: bytes | None) -> None:
    """A form that is asked for is given, whatever the error's own is; what a page shows is escaped."""
    for code in (405, 500):
        answer = answered(Error(code=code, text="a <b>", form=form))
        assert (answer.status, told(answer, "content-type")) == (code, kind)
        assert told(answer, "content-length") == str(len(answer.body))
        assert answer.body == body or (body is None and b"<p>a &lt;b&gt;</p>" in answer.body)


def test_an_unknown_model_as_text() -> None:
    """The 404 of a slug follows its quirk; that of a request does not."""
    quirks = {"unknown_model": "text"}
    assert answered(Error(code=404), around(quirks=quirks)).body == b"Model x not found"
    assert answered(Error(code=404), around(Operation.STATUS, quirks=quirks)).body == b'{"error":"Request x not found"}'


@pytest.mark.parametrize(
    ("form", "reset_in", "expected"),
    [
        ("iso", None, "2023-11-14T22:14:00Z"),
        ("iso", 5.0, "2023-11-14T22:13:25Z"),
        ("iso", 4.001, "2023-11-14T22:13:25Z"),
        ("iso", -20.0, "2023-11-14T22:13:00Z"),
        ("epoch", 5.0, "1700000005"),
        ("http-date", 5.0, "Tue, 14 Nov 2023 22:13:25 GMT"),
    ],
)
def test_reset(form: str, reset_in: float | None, expected: str) -> None:
    """A 429 tells when its window ends: at the end of the minute or when it is told to, in the form of the quirk."""
    answer = answered(Error(code=429, reset_in=reset_in), around(quirks={"reset_format": form}))
    assert told(answer, RESET) == expected
    assert told(answered(Error(code=500, reset_in=5.0)), RESET) is None


@pytest.mark.parametrize("operation", sorted(LOOKS))
def test_a_job_that_failed(operation: Operation) -> None:
    """422 on a look is the body of a job that FAILED, its id as the quirk has it."""
    body = json.loads(answered(Error(code=422), around(operation)).body)
    assert (body["status"], body["request_id"], body["metrics"]) == ("FAILED", "x", {})
    dropped = answered(Error(code=422), around(operation, quirks={"failed_request_id": "drop"}))
    assert "request_id" not in json.loads(dropped.body)


def test_an_undocumented_error() -> None:
    """An error that is not documented has no true body."""
    with pytest.raises(ValueError, match="503 is no documented error"):
        answered(Error(code=503))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"a": 1}', "application/json"),
        (b"<p>", "text/html; charset=utf-8"),
        (b"words", "text/plain; charset=utf-8"),
        (b"\xff\xd8\xff", "application/octet-stream"),
        (b"", None),
    ],
)
def test_given(body: bytes, kind: str | None) -> None:
    """A given answer is given; a length and a type that it lacks are added."""
    answer = answered(Given(status=299, headers=(("X-A", "b"),), body=body))
    assert (answer.status, answer.body) == (299, body)
    assert told(answer, "x-a") == "b"
    assert told(answer, "content-type") == kind
    assert told(answer, "content-length") == str(len(body))


def test_given_headers_stand() -> None:
    """Headers that a given answer has are its own, a wrong length too, and what is no header is left out."""
    headers = (("Content-Type", "a/b"), ("content-length", "7"), ("no name", "x"), ("x", "a\r\nb: c"))
    answer = answered(Given(status=200, headers=headers, body=b"abc"))
    assert answer.headers == [(b"content-type", b"a/b"), (b"content-length", b"7"), (b"x", b"a  b: c")]


@pytest.mark.parametrize("status", [204, 304])
def test_given_without_body(status: int) -> None:
    """An answer that cannot have a body has none, and no length."""
    assert answered(Given(status=status, body=b"abc")) == Answer(status, [], b"")


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("/v2/x", "http://mock.test/v2/x"),
        ("/a%20b c?d=\u00e9#f", "http://mock.test/a%20b%20c?d=%C3%A9#f"),
        ("https://other.test/x", "https://other.test/x"),
        ("//other.test/x", "//other.test/x"),
        ("/a\r\nb", "http://mock.test/a%0D%0Ab"),
    ],
)
def test_redirects(to: str, location: str) -> None:
    """A redirect to a path stays on this server; one to a URL leads there."""
    answer = answered(Redirect(to=to, status=308))
    assert (answer.status, told(answer, "location")) == (308, location)
    assert told(answer, "content-length") == str(len(answer.body)) != "0"


@pytest.mark.parametrize("operation", sorted(LOOKS))
def test_any_state_is_told(operation: Operation) -> None:
    """A look tells any state, in the body of a status."""
    answer = answered(Tells(state="DREAMING"), around(operation))
    place = "http://mock.test/v2/requests/x"
    expected = {
        "metrics": {},
        "request_id": "x",
        "response_url": place,
        "status": "DREAMING",
        "status_url": f"{place}/status",
    }
    assert (answer.status, json.loads(answer.body)) == (200, expected)
    assert list(json.loads(answer.body)) == sorted(expected)


def test_ended_states_are_told() -> None:
    """COMPLETED has URLs as the quirk has it, and no output; FAILED is the body of a job that failed, under 422."""
    kept = answered(Tells(state="COMPLETED"), around(Operation.RESULT))
    dropped = answered(Tells(state="COMPLETED"), around(Operation.RESULT, quirks={"completed_urls": "drop"}))
    assert "status_url" in json.loads(kept.body)
    assert json.loads(dropped.body) == {"metrics": {}, "request_id": "x", "status": "COMPLETED"}
    failed = answered(Tells(state="FAILED"), around(Operation.STATUS))
    assert (failed.status, json.loads(failed.body)["status"]) == (422, "FAILED")


@pytest.mark.parametrize("operation", sorted(set(Operation) - LOOKS))
def test_where_no_state_is_told(operation: Operation) -> None:
    """Only a look tells a state."""
    assert answer_of(Tells(state="QUEUED"), around(operation)) is None


@given(FAULTS, st.sampled_from(Operation), st.text())
def test_any_fault_has_an_answer(fault: Error | Given | Redirect | Tells, operation: Operation, argument: str) -> None:
    """Whatever a fault and its exchange hold, the answer can be written: one line a header, no name odd."""
    answer = answer_of(fault, around(operation, argument))
    for name, value in answer.headers if answer else []:
        assert name.isascii()
        assert not set(name + value) & {*range(32), 127}
        assert name == name.lower() != b""


@given(st.integers(0, NOW), st.floats())
def test_any_instant(now: int, seconds: float) -> None:
    """An instant is a whole second that a date can say, not before it is due, unless it is beyond all dates."""
    instant = later(now, seconds)
    assert instant % 1000 == 0
    assert 0 <= instant <= 253_402_300_799_000
    if 0 <= seconds <= 1e9:
        assert now + seconds * 1000 - 1 <= instant <= now + seconds * 1000 + 1000


@pytest.mark.parametrize("name", ["", "a b", "a:b", "\u00e9", "a\x00"])
def test_no_header(name: str) -> None:
    """What is no name of a header gives none."""
    assert header(name, "x") is None


def test_headers() -> None:
    """A header is written with a small name and as latin-1 or, where that will not do, UTF-8."""
    assert header(" X-A ", " b\tc\u00e9 ") == (b"x-a", b"b c\xe9")
    assert header("x", "\u20ac") == (b"x", b"\xe2\x82\xac")
