"""Changes to an answer, whoever gave it: its JSON, its length, its type, its headers.

They are made in this order, whatever the order they are given in: fields of the body, padding, truncation, media
type, limits, headers; of two of one kind, one after the other.

Content-Length is true to the changed body unless a `SetHeader` says otherwise. uvicorn holds an answer to that header:
of one that is longer than its Content-Length it sends the head alone, of one that is shorter all there is, and
either way it logs an error and closes the connection; a length that is no number closes it before anything is
sent. For an answer that ends too early on purpose use `Cut` or `Stop`, which write to the connection themselves.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import orjson

from segmind_mock import jsonpaths, rate_limit
from segmind_mock.faults import (
    Change,
    ContentType,
    DropField,
    Limits,
    Pad,
    Retype,
    SetField,
    SetHeader,
    Truncate,
)
from segmind_mock.web.answers import BODILESS, Answer, Header
from segmind_mock.web.instead import RESET, Circumstances, header, later

MOST_PADDING = 64 * 1024 * 1024
"""Bytes by which a body is made larger at most."""

_LENGTH = b"content-length"

FieldChange = SetField | DropField | Retype
_Kind = TypeVar("_Kind")


def changed(answer: Answer, changes: Sequence[Change], circumstances: Circumstances) -> Answer:
    """The answer with its changes made; what is given stays as it is.

    A change that has nothing to work upon does nothing: a field of what is no JSON, a path that leads nowhere or
    is none, a header with no possible name. It never raises.
    """
    body = answer.body
    if body or not (circumstances.method == "HEAD" or answer.status in BODILESS):
        body = _body(body, changes)
    headers = list(answer.headers)
    if body is not answer.body:
        headers = _with(headers, _LENGTH, b"%d" % len(body))
    for media_type in _of(ContentType, changes):
        headers = _set(headers, "content-type", media_type.media_type)
    for limits in _of(Limits, changes):
        headers = _limited(headers, limits, circumstances)
    for change in _of(SetHeader, changes):
        headers = _set(headers, change.name, change.value)
    return Answer(answer.status, headers, body)


def _of(kind: type[_Kind], changes: Iterable[object]) -> list[_Kind]:
    return [change for change in changes if isinstance(change, kind)]


# --- The body --------------------------------------------------------------------------------------


def _body(body: bytes, changes: Sequence[Change]) -> bytes:
    fields = [change for change in changes if isinstance(change, FieldChange)]
    padding = sum(max(0, pad.size) for pad in _of(Pad, changes))
    if fields or padding:
        body = _fields_and_padding(body, fields, min(padding, MOST_PADDING))
    for truncate in _of(Truncate, changes):
        body = body[: _share(len(body), truncate.fraction)]
    return body


def _share(length: int, fraction: float) -> int:
    if fraction >= 1:
        return length
    return int(length * fraction) if fraction > 0 else 0


def _fields_and_padding(body: bytes, fields: Sequence[FieldChange], padding: int) -> bytes:
    try:
        document = orjson.loads(body)
    except ValueError:
        return body.ljust(len(body) + padding, b"\0") if padding else body
    written = _rewritten(body, document, fields)
    return written.rjust(len(written) + padding, b" ") if padding else written


def _rewritten(body: bytes, document: Any, fields: Sequence[FieldChange]) -> bytes:
    """The body with its fields changed, indented if it was; itself where no path leads anywhere."""
    told = document
    for change in fields:
        told = _with_field(told, change)
    if told is document:
        return body
    return _written(told, indented=b"\n" in body.strip()) or body


def _with_field(document: object, change: FieldChange) -> object:
    try:
        path = jsonpaths.parse(change.path)
    except ValueError:
        return document
    if isinstance(change, SetField):
        return path.put(document, change.value)
    if not path.find(document):
        return document
    return path.drop(document) if isinstance(change, DropField) else path.change(document, retyped)


def _written(document: object, *, indented: bool) -> bytes:
    """The document as JSON; nothing where no JSON can be made of it, because it never ends."""
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 if indented else None)
    except TypeError:
        pass  # numbers, texts and keys that a scenario can hold and orjson does not write
    separators = (",", ": ") if indented else (",", ":")
    try:
        text = json.dumps(document, indent=2 if indented else None, separators=separators, default=str, skipkeys=True)
    except (ValueError, RecursionError):
        return b""
    return text.encode()


def retyped(value: object) -> object:
    """A JSON value as one of another type: a number its text, a text a list of it, and so on."""
    match value:
        case None:
            return {}
        case str():
            return [value]
        case list():
            return {str(index): inner for index, inner in enumerate(value)}
    return _written(value, indented=False).decode()


# --- The headers -----------------------------------------------------------------------------------


def _limited(headers: list[Header], limits: Limits, circumstances: Circumstances) -> list[Header]:
    now = circumstances.now
    if limits.retry_after is not None:
        form = "http-date" if limits.retry_after_form == "http-date" else "seconds"
        headers = _set(headers, "retry-after", _moment(now, limits.retry_after, form))
    if limits.reset_in is not None:
        form = limits.reset_form or circumstances.quirks["reset_format"]
        headers = _set(headers, RESET, _moment(now, limits.reset_in, form))
    return headers


def _moment(now: int, seconds: float, form: str) -> str:
    if form != "seconds":
        return rate_limit.written(later(now, seconds), form)
    return str(math.ceil(seconds)) if math.isfinite(seconds) else "0"


def _set(headers: list[Header], name: str, value: str | None) -> list[Header]:
    written = header(name, value or "")
    if written is None:
        return headers
    return _without(headers, written[0]) if value is None else _with(headers, *written)


def _with(headers: list[Header], name: bytes, value: bytes) -> list[Header]:
    """The header in the place of the first of its name, or at the end, and no other of that name."""
    places = (place for place, (known, _) in enumerate(headers) if known.lower() == name)
    place = next(places, len(headers))
    return [*headers[:place], (name, value), *_without(headers[place:], name)]


def _without(headers: list[Header], name: bytes) -> list[Header]:
    return [known for known in headers if known[0].lower() != name]
