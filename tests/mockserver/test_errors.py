"""Errors: values with a status, the service's words, and nothing else."""

from __future__ import annotations

import inspect
import json
import re

import pytest

from segmind_mock import errors
from segmind_mock.errors import (
    DOCUMENTED,
    ApiError,
    BadGateway,
    GatewayTimeout,
    InsufficientCredits,
    JobFailed,
    MethodNotAllowed,
    NotFound,
    Unauthorized,
    UnknownModel,
    documented,
    phrase,
    violation_told,
    violations_told,
)
from segmind_mock.operations import Operation
from segmind_spec import Violation

KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, ApiError) and kind is not ApiError
}


def test_the_tree() -> None:
    """The tree drawn on top of the file names every error of it with its status."""
    drawn = dict(re.findall(r"─ (\w+) +(\d{3})", errors.__doc__ or ""))
    named = {name: str(kind.status) for name, kind in KINDS.items() if name != "InsufficientCredits"}
    assert drawn == named


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.__init__ is ApiError.__init__])
def test_text_and_headers(kind: type[ApiError]) -> None:
    """An error carries its text, as an exception too, and the headers it is given."""
    error = kind("words", (("a", "b"),))
    assert (error.text, str(error), error.headers) == ("words", "words", (("a", "b"),))
    assert kind("words").headers == ()


def test_the_words_of_wire_facts() -> None:
    """Where the service's own words are known, they are used."""
    assert Unauthorized.missing().text == "Missing Authorization or x-api-key in header"
    assert Unauthorized.refused().text == "Unauthorized. API key is invalid or may have expired..."
    assert NotFound.request("a").text == "Request a not found"
    assert NotFound.output("a").text == "Output for this request ID a Not Found"


def test_allow() -> None:
    """A wrong method is a page, and says which one is right."""
    error = MethodNotAllowed("GET, HEAD")
    assert (error.title, error.headers) == ("Method Not Allowed", (("allow", "GET, HEAD"),))


@pytest.mark.parametrize("status", [406, 402])
def test_insufficient_credits(status: int) -> None:
    """The error of an empty account has the status it is given, in that error alone, and names the balance."""
    error = InsufficientCredits(0.5, 1.25, status)
    assert error.status == status
    assert error.text.startswith("Insufficient credits. You have 0.5 credits")
    assert ("1.25" in error.text) == (status == 406)
    assert InsufficientCredits.status == 406


def test_gateway_timeout() -> None:
    """A 504 is a page where that is asked for, and JSON otherwise."""
    assert (GatewayTimeout("a", page=True).title, GatewayTimeout("a").title) == ("Gateway Timeout", "")


def test_a_page_of_the_gateway() -> None:
    """A 502 is a page where that is asked for, and JSON otherwise."""
    assert (BadGateway("a", page=True).title, BadGateway("a").title) == ("Bad Gateway", "")


@pytest.mark.parametrize("kind", KINDS.values())
def test_bodies_name_the_text(kind: type[ApiError]) -> None:
    """The body of every error is JSON with its text under `error`."""
    error = kind(0.5, 1.0) if kind is InsufficientCredits else kind("words")
    assert json.loads(error.body)["error"] == error.text


@pytest.mark.parametrize(
    ("request_id", "body"),
    [
        ("a-b", b'{"error":"words","metrics":{},"request_id":"a-b","status":"FAILED"}'),
        (None, b'{"error":"words","metrics":{},"status":"FAILED"}'),
    ],
    ids=["named", "nameless"],
)
def test_a_failed_job(request_id: str | None, body: bytes) -> None:
    """A job that FAILED tells its state beside its error, its id where that is told, and no timings."""
    assert JobFailed("words", request_id).body == body


def test_reasons() -> None:
    """An error has no reasons until it is given some; the class keeps none, and no subclass is in the way."""
    broken: tuple[dict[str, object], ...] = ({"at": "/size"},)
    error = InsufficientCredits(0.0, 1.0).explained(quirk="v2_no_credits=406", violations=broken)
    assert (error.quirk, error.violations) == ("v2_no_credits=406", broken)
    assert (InsufficientCredits.quirk, ApiError("words").violations) == ("", ())


@pytest.mark.parametrize(("broken", "more"), [(0, []), (100, []), (50_000, [{"more": 49_900}])])
def test_many_violations(broken: int, more: list[dict[str, object]]) -> None:
    """Of many broken rules the first are told, and how many more there are."""
    told = violations_told([Violation(f"/{place}", "x", "type", "x is wrong") for place in range(broken)])
    assert [one.get("at") for one in told[:100]] == [f"/{place}" for place in range(min(broken, 100))]
    assert [*told[100:]] == more


@pytest.mark.parametrize(("status", "called"), [(404, "Not Found"), (599, ""), (0, "")])
def test_phrases(status: int, called: str) -> None:
    """A status is called what HTTP calls it, and nothing where that has no name for it."""
    assert phrase(status) == called


def test_a_violation_is_told() -> None:
    """A broken rule is told by its place, its keyword and its sentence."""
    told = violation_told(Violation("/samples", "samples", "maximum", "samples is 9"))
    assert told == {"at": "/samples", "rule": "maximum", "message": "samples is 9"}


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_error(code: int, operation: Operation) -> None:
    """Every documented error can be had on every operation, with its own status and words, or with given ones."""
    error = documented(code, operation=operation, argument="x")
    assert error.status == code
    assert error.text == str(error) != ""
    other = documented(code, operation=operation, text="other \ud800")
    assert (other.text, str(other), json.loads(other.body)["error"]) == ("other ?",) * 3


@pytest.mark.parametrize("code", [200, 302, 413, 418, 503])
def test_undocumented(code: int) -> None:
    """A status that is no documented error is refused, with those that are."""
    with pytest.raises(ValueError, match=f"{code} is no documented error; allowed: 400, 401, .*504"):
        documented(code, operation=Operation.SUBMIT)


@pytest.mark.parametrize(
    ("code", "operation", "text"),
    [
        (400, Operation.SUBMIT, "Prompt is Mandatory and must be string"),
        (401, Operation.CREDITS, "Unauthorized. API key is invalid or may have expired..."),
        (402, Operation.SUBMIT, "Insufficient credits. You have 0.0 credits."),
        (403, Operation.GENERATE, "Forbidden. This account may not call the model x."),
        (403, Operation.STATUS, "Forbidden. The request belongs to another account."),
        (403, Operation.FILE, "Access denied"),
        (404, Operation.SUBMIT, "Model x not found"),
        (404, Operation.GENERATE, "Model x not found"),
        (404, Operation.STATUS, "Request x not found"),
        (404, Operation.RESULT, "Request x not found"),
        (404, Operation.POLL, "Output for this request ID x Not Found"),
        (404, Operation.CREDITS, "No credits found for the user"),
        (404, Operation.FILE, "File not found"),
        (404, Operation.OTHER, "Not found"),
        (406, Operation.GENERATE, "Insufficient credits. You have 0.0 credits, this call needs 0.5."),
        (410, Operation.SUBMIT, "Model x has been retired and is no longer available"),
        (422, Operation.RESULT, "Failed while returning the output"),
        (422, Operation.SUBMIT, "Invalid parameters"),
        (429, Operation.SUBMIT, "Too many requests"),
        (500, Operation.STATUS, "Failed while returning the output"),
        (502, Operation.STATUS, "Bad Gateway, service temporarily unavailable"),
        (504, Operation.GENERATE, "Request timed out"),
    ],
)
def test_words_for_operations(code: int, operation: Operation, text: str) -> None:
    """Each operation has its own words, those of the service where they are known."""
    assert documented(code, operation=operation, argument="x", needed=0.5).text == text


def test_details_of_documented_errors() -> None:
    """Allow fits the operation, a 429 has the reset it is given, a page is one, and a failed job is told as one."""
    assert documented(405, operation=Operation.SUBMIT).headers == (("allow", "POST"),)
    assert documented(405, operation=Operation.STATUS).headers == (("allow", "GET, HEAD"),)
    assert documented(429, operation=Operation.STATUS, reset=("a", "b")).headers == (("a", "b"),)
    assert documented(429, operation=Operation.STATUS).headers == ()
    assert [documented(code, operation=Operation.STATUS, page=True).title for code in (500, 502, 504)] == [
        "",
        "Bad Gateway",
        "Gateway Timeout",
    ]
    assert isinstance(documented(404, operation=Operation.SUBMIT), UnknownModel)


def test_a_failed_job_is_documented() -> None:
    """422 on a look is the body of a job that FAILED, its id named where that is told."""
    named = documented(422, operation=Operation.POLL, argument="x", text="words")
    nameless = documented(422, operation=Operation.STATUS, argument="x", names_job=False)
    assert json.loads(named.body) == {"error": "words", "metrics": {}, "request_id": "x", "status": "FAILED"}
    assert "request_id" not in json.loads(nameless.body)
