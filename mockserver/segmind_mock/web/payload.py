"""A request body's bytes to parameters. Everything that is not a plain JSON object is refused with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterable

import orjson

from segmind_mock.errors import BadRequest, NotAcceptable

DEEPEST = 64
"""Levels of nesting; parameters are flat, so this is generous."""

JSON = "application/json"


def media_type(header: bytes) -> str:
    """The media type of a Content-Type header. Raises `NotAcceptable` with the service's words (wire-facts g)."""
    if header == b"application/json":
        return JSON
    kind, _, rest = header.partition(b";")
    name = kind.strip().lower().decode("latin-1")
    if name not in {JSON, "multipart/form-data"}:
        raise NotAcceptable("Invalid content type")
    charset = rest.lower().partition(b"charset=")[2].split(b";")[0].strip(b" \"'")
    if charset not in {b"", b"utf-8", b"utf8", b"us-ascii"}:
        raise BadRequest(f"The charset {charset[:40].decode('latin-1')!r} is not understood; JSON is UTF-8.")
    return name


def parameters(raw: bytes) -> dict[str, object]:
    """The parameters in a JSON body. Raises `BadRequest` naming what is wrong and where."""
    if not raw:
        raise BadRequest("The body is empty; it must be a JSON object of parameters.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error}") from None
    if type(body) is not dict:
        raise BadRequest(f"The body must be a JSON object of parameters; it is {_kind(body)}.")
    if not _plainly_fine(raw, body):
        _inspect(raw, body)
    return body


def _plainly_fine(raw: bytes, body: dict[str, object]) -> bool:
    """Whether a look at the top level shows that no key is given twice and nothing is hidden.

    Without escapes, every quotation mark in the text begins or ends a key or a text value. As many as the body
    accounts for means that no key, with its marks, has been lost to a later one of the same name.
    """
    kinds = [*map(type, body.values())]
    if list in kinds or dict in kinds or b"\\" in raw:
        return False
    return raw.count(b'"') == 2 * (len(kinds) + kinds.count(str))


def _inspect(raw: bytes, body: dict[str, object]) -> None:
    """The thorough look, for bodies with lists, objects, escapes or something to find."""
    _refuse_depth(body)
    if any("\0" in text for text in _texts(body)):
        raise BadRequest("The body holds a NUL character (\\u0000), which no parameter can have.")
    json.loads(raw, object_pairs_hook=_without_twins)


def _refuse_depth(body: object) -> None:
    level: list[object] = [body]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise BadRequest(f"The body is nested more than {DEEPEST} levels deep.")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise BadRequest(f"The body gives {key[:60]!r} twice; a parameter can be given once.")
        found[key] = value
    return found


def _kind(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
