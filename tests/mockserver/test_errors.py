"""Errors: values with a status, the service's words, and nothing else."""

from __future__ import annotations

import inspect
import re

import pytest

from segmind_mock import errors
from segmind_mock.errors import ApiError, GatewayTimeout, InsufficientCredits, MethodNotAllowed, NotFound, Unauthorized

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
