"""Answers in place of the service's own: documented errors, given ones, redirects and states."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

import orjson

from segmind_mock import rate_limit
from segmind_mock.errors import ApiError, UnknownModel, documented, phrase
from segmind_mock.faults import Error, Given, Redirect, Tells
from segmind_mock.jobs import State
from segmind_mock.operations import LOOKS, Operation
from segmind_mock.web import answers, bodies
from segmind_mock.web.answers import BODILESS, Answer, Header

RESET = "x-rate-limit-reset-at-utc"

_LAST_INSTANT = 253_402_300_799_000
_TOKEN = re.compile(rb"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_UNSAFE = re.compile(rb"[\x00-\x1f\x7f]")


class Circumstances(NamedTuple):
    """What an answer depends upon, apart from the fault that makes or changes it."""

    operation: Operation
    argument: str
    """The slug, the request id or the path of the file."""
    method: str
    origin: str
    """Where the caller reaches this server; no slash at its end."""
    now: int
    """The instant, in ms of the caller's clock."""
    quirks: Mapping[str, str]
    """The reading of every quirk."""
    needed: float = 0.0
    """Credits that the call would cost, as far as that is known."""


def answer_of(fault: Error | Given | Redirect | Tells, circumstances: Circumstances) -> Answer | None:
    """The answer that a fault gives.

    None for `Tells` where nothing is told of a job's state (only status, result and poll do so; the state in a
    submit's own answer is another by `SetField`). Raises ValueError for an `Error` that is not documented.
    """
    match fault:
        case Error():
            return _error(fault, circumstances)
        case Given():
            return _given(fault)
        case Redirect():
            return _redirect(fault, circumstances.origin)
        case Tells():
            return _told(fault.state, circumstances)


def later(now: int, seconds: float) -> int:
    """The instant so many seconds after `now`, on the next whole second; never beyond what a date can say."""
    wanted = now + seconds * 1000
    if not wanted > 0:
        return 0
    return min(-(-round(min(wanted, _LAST_INSTANT)) // 1000) * 1000, _LAST_INSTANT)


def header(name: str, value: str) -> Header | None:
    """A header as it can be sent, control characters of its value made spaces; None for what is no name of a header."""
    written = name.strip().lower().encode("utf-8", "replace")
    if not _TOKEN.fullmatch(written):
        return None
    return written, _UNSAFE.sub(b" ", _bytes(value)).strip()


def _bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


# --- Errors --------------------------------------------------------------------------------------


def _error(fault: Error, circumstances: Circumstances) -> Answer:
    quirks = circumstances.quirks
    error = documented(
        fault.code,
        operation=circumstances.operation,
        argument=circumstances.argument,
        text=fault.text,
        page=quirks["gateway_page"] == "html",
        reset=(RESET, _reset(fault.reset_in, circumstances)),
        needed=circumstances.needed,
        names_job=quirks["failed_request_id"] == "keep",
    )
    form = fault.form or _own_form(error, quirks)
    answer = _formed(error, form)
    answer.headers.extend((name.encode(), value.encode()) for name, value in error.headers)
    return answer


def _reset(seconds: float | None, circumstances: Circumstances) -> str:
    now = circumstances.now
    instant = rate_limit.reset_at(now) if seconds is None else later(now, seconds)
    return rate_limit.written(instant, circumstances.quirks["reset_format"])


def _own_form(error: ApiError, quirks: Mapping[str, str]) -> str:
    if isinstance(error, UnknownModel) and quirks["unknown_model"] == "text":
        return "text"
    return "html" if error.title else "json"


def _formed(error: ApiError, form: str) -> Answer:
    match form:
        case "html":
            return _page(error.status, error.text)
        case "text":
            return answers.text(error.status, error.text.encode())
        case "empty":
            return Answer(error.status, [(b"content-length", b"0")], b"")
    return answers.json(error.status, error.body)


def _page(status: int, text: str) -> Answer:
    return answers.html(status, answers.page(status, phrase(status) or "Unknown", html.escape(text, quote=False)))


# --- Given answers and redirects -----------------------------------------------------------------


def _given(fault: Given) -> Answer:
    headers = [found for name, value in fault.headers if (found := header(name, value)) is not None]
    names = {name for name, _ in headers}
    if fault.status in BODILESS:
        return Answer(fault.status, headers, b"")
    if fault.body and b"content-type" not in names:
        headers.append(_kind_of(fault.body))
    if not names & {b"content-length", b"transfer-encoding"}:
        headers.append((b"content-length", b"%d" % len(fault.body)))
    return Answer(fault.status, headers, fault.body)


def _kind_of(body: bytes) -> Header:
    try:
        orjson.loads(body)
    except ValueError:
        pass
    else:
        return answers.JSON
    try:
        body.decode()
    except UnicodeDecodeError:
        return b"content-type", b"application/octet-stream"
    return answers.HTML if body.lstrip()[:1] == b"<" else answers.TEXT


def _redirect(fault: Redirect, origin: str) -> Answer:
    on_this_server = fault.to.startswith("/") and not fault.to.startswith("//")
    place = quote(origin + fault.to if on_this_server else fault.to, safe=":/?#[]@!$&'()*+,;=%~", errors="replace")
    answer = _page(fault.status, f"What was asked for is at {place}")
    answer.headers.append((b"location", place.encode()))
    return answer


# --- States that are told whatever the job's is ----------------------------------------------------


def _told(state: str, circumstances: Circumstances) -> Answer | None:
    if circumstances.operation not in LOOKS:
        return None
    quirks, argument = circumstances.quirks, circumstances.argument[:100]
    if state == State.FAILED:
        names_job = quirks["failed_request_id"] == "keep"
        error = documented(422, operation=circumstances.operation, argument=argument, names_job=names_job)
        return answers.json(error.status, error.body)
    told = orjson.loads(bodies.pending(circumstances.origin, argument, State.QUEUED))
    told["status"] = state.encode("utf-8", "replace").decode()
    if state == State.COMPLETED and quirks["completed_urls"] == "drop":
        del told["status_url"], told["response_url"]
    return answers.json(200, orjson.dumps(told))
