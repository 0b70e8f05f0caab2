"""Answers: whole, with their length, and errors as they say they are."""

from __future__ import annotations

import json

import pytest

from segmind_mock.errors import ApiError, BadRequest, GatewayTimeout, MethodNotAllowed, RateLimited
from segmind_mock.web import answers
from segmind_mock.web.answers import Answer


def header(answer: Answer, name: bytes) -> bytes | None:
    """A header of an answer; None when it has none, and a failure when it has two."""
    found = [value for known, value in answer.headers if known == name]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (answers.json(201, b"{}"), b"application/json"),
        (answers.html(201, b"<p>"), b"text/html; charset=utf-8"),
        (answers.text(201, b"text"), b"text/plain; charset=utf-8"),
    ],
)
def test_kinds(answer: Answer, kind: bytes) -> None:
    """An answer has its status, its type and its length."""
    assert answer.status == 201
    assert header(answer, b"content-type") == kind
    assert header(answer, b"content-length") == b"%d" % len(answer.body)


@pytest.mark.parametrize("text", ["words", 'a "b" \\ \n', "\u20ac \U0001f600", ""])
def test_error_is_json(text: str) -> None:
    """An error is an object with one key, its text under it, whatever the text."""
    answer = answers.of_error(BadRequest(text))
    assert answer.status == 400
    assert header(answer, b"content-type") == b"application/json"
    assert json.loads(answer.body) == {"error": text}


def test_headers_of_an_error() -> None:
    """The headers that an error carries come after its own."""
    answer = answers.of_error(RateLimited("slow", (("x-a", "b"),)))
    assert (header(answer, b"x-a"), answer.headers[-1]) == (b"b", (b"x-a", b"b"))


@pytest.mark.parametrize(
    ("error", "title"),
    [(MethodNotAllowed("GET"), b"405 Method Not Allowed"), (GatewayTimeout("late", page=True), b"504 Gateway Timeout")],
)
def test_error_that_is_a_page(error: ApiError, title: bytes) -> None:
    """An error with a title is a page that shows it."""
    answer = answers.of_error(error)
    assert answer.status == error.status
    assert header(answer, b"content-type") == b"text/html; charset=utf-8"
    assert b"<title>" + title + b"</title>" in answer.body


def test_two_answers_share_nothing() -> None:
    """A header added to one answer does not show in the next."""
    answers.json(200, b"").headers.append((b"x", b"y"))
    assert header(answers.json(200, b""), b"x") is None
