"""Multipart bodies to parameters."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from segmind_mock.errors import BadRequest
from segmind_mock.web.answers import Scope
from segmind_spec import Model

_FIELDS = 200
"""Text fields, and files, that a form may have."""


async def parameters(raw: bytes, scope: Scope, model: Model) -> dict[str, object]:
    """The parameters that a form gives: text fields as they are, a file as a data URI. Raises `BadRequest`."""

    async def replay() -> Any:
        return {"type": "http.request", "body": raw, "more_body": False}

    try:
        async with Request(scope, replay).form(
            max_files=_FIELDS, max_fields=_FIELDS, max_part_size=len(raw) + 1
        ) as form:
            fields = [(name, await _text(value)) for name, value in form.multi_items()]
    except (HTTPException, MultiPartException, KeyError, ValueError, AssertionError) as error:
        reason = error.detail if isinstance(error, HTTPException) else error
        raise BadRequest(f"The body is not valid multipart/form-data: {reason}") from None
    found = model.from_form(fields)
    # Looked for afterwards, because a list may come as JSON, in which the character is written as an escape.
    if any("\0" in text for text in _texts(found)):
        raise BadRequest("The body holds a NUL character, which no parameter can have.")
    return found


def _texts(found: Mapping[str, object]) -> Iterator[str]:
    for name, value in found.items():
        yield name
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, str):
                yield entry


async def _text(value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value
    content = base64.b64encode(await value.read()).decode()
    return f"data:{value.content_type or 'application/octet-stream'};base64,{content}"
