"""Requests and answers as the web edge passes them round, and the one place that writes an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from segmind_mock.errors import ApiError

Header = tuple[bytes, bytes]
Scope = MutableMapping[str, Any]
Send = Callable[[Any], Awaitable[None]]

JSON: Header = (b"content-type", b"application/json")
TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
HTML: Header = (b"content-type", b"text/html; charset=utf-8")

BODILESS = frozenset({204, 304})
"""The statuses of answers that have no body, and no length of one."""


_new = tuple.__new__  # as the named tuple's own constructor does, without the call in between


class Answer(NamedTuple):
    """A whole answer: nothing of this service is streamed."""

    status: int
    headers: list[Header]
    body: bytes


async def send_plainly(answer: Answer, send: Send) -> None:
    """Send an answer as ASGI has it."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def json(status: int, body: bytes) -> Answer:
    """An answer that is JSON already."""
    return _new(Answer, (status, [JSON, (b"content-length", b"%d" % len(body))], body))


def of_error(error: ApiError) -> Answer:
    """The answer that an error is."""
    if error.title:
        answer = html(error.status, page(error.status, error.title, error.text))
    else:
        answer = json(error.status, error.body)
    answer.headers.extend((name.encode(), value.encode()) for name, value in error.headers)
    return answer


def html(status: int, body: bytes) -> Answer:
    """An answer that is a page."""
    return Answer(status, [HTML, (b"content-length", b"%d" % len(body))], body)


def page(status: int, title: str, text: str) -> bytes:
    """The bare page that the gateway's framework makes."""
    return (
        f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    ).encode()


def text(status: int, body: bytes) -> Answer:
    """An answer that is plain text."""
    return Answer(status, [TEXT, (b"content-length", b"%d" % len(body))], body)
