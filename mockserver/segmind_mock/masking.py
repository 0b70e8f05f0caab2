"""API keys as they may be shown: enough to tell two of them apart, too little to use one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

SHORTEST_SHOWN = 9
"""Characters that a key must have for any of it to be shown."""

SHORTEST_SOUGHT = 6
"""Characters that a key must have to be looked for in texts; a shorter one would be found in common words."""

DEEPEST = 64
"""Levels of JSON that are looked through."""

_SHORTEST_PART = 4
_HIDDEN = "…"
_LONGEST_ESCAPES = 12
"""Bytes of the longest character in a URL."""
_REST = rb"(?:%[%0-9A-Fa-f]*|[\x80-\xff]*)\Z"
"""What a cut may leave of a character, at the end of a content."""


def masked(key: str) -> str:
    """A key by its first three and last four characters (`SG_…cdef`); a key of eight or fewer is hidden whole."""
    return f"{key[:3]}{_HIDDEN}{key[-4:]}" if len(key) >= SHORTEST_SHOWN else _HIDDEN


def masked_header(name: str, value: str) -> str:
    """The value of a header as it may be shown: `x-api-key` masked, `authorization` masked but for its scheme."""
    lower = name.lower()
    if lower == "x-api-key":
        return masked(value)
    if lower != "authorization":
        return value
    scheme, space, credentials = value.strip().partition(" ")
    return f"{scheme} {masked(credentials.strip())}" if space else masked(scheme)


def masked_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers, in their order, as they may be shown."""
    return [(name, masked_header(name, value)) for name, value in headers]


def masked_text(text: str, key: str) -> str:
    """A text with the key masked wherever it occurs in it, as it is or as a URL has it.

    A key that is too short to be one is not looked for.
    """
    if len(key) < SHORTEST_SOUGHT:
        return text
    hidden = masked(key)
    return text.replace(key, hidden) if _quoted(key) == key else re.sub(_pattern(key), lambda _: hidden, text)


def masked_bytes(content: bytes, key: str) -> bytes:
    """Like `masked_text`, and a part of the key that the end of the content cuts off is hidden too."""
    if len(key) < SHORTEST_SOUGHT:
        return content
    hidden = masked(key).encode()
    if _quoted(key) == key:
        return _cut_off(content.replace(key.encode(), hidden), key)
    return _cut_off_escaped(re.sub(_pattern(key).encode(), lambda _: hidden, content), key)


def _cut_off(content: bytes, key: str) -> bytes:
    sought = key.encode()
    for length in range(len(sought) - 1, _SHORTEST_PART - 1, -1):
        if content.endswith(sought[:length]):
            return content[:-length] + _HIDDEN.encode()
    return content


def _cut_off_escaped(content: bytes, key: str) -> bytes:
    begins = max(0, len(content) - _LONGEST_ESCAPES * len(key))
    for length in range(len(key) - 1, _SHORTEST_PART - 1, -1):
        found = re.search(_pattern(key[:length]).encode() + _REST, content[begins:])
        if found:
            return content[: begins + found.start()] + _HIDDEN.encode()
    return content


def _quoted(key: str) -> str:
    return quote(key, safe="")


@lru_cache(maxsize=256)
def _pattern(key: str) -> str:
    """A pattern for a key each of whose characters may be escaped as in a URL, or in a form sent by one."""
    return "".join(map(_either, key))


def _either(character: str) -> str:
    escapes = "".join(f"%{byte:02X}" for byte in character.encode())
    plus = r"|\+" if character == " " else ""
    return f"(?:{re.escape(character)}|(?i:{escapes}){plus})"


def masked_json(value: object, key: str, deepest: int = DEEPEST) -> object:
    """A JSON value with the key masked in every text and name of it; what lies deeper than `deepest` is hidden."""
    if isinstance(value, str):
        return masked_text(value, key)
    if not isinstance(value, dict | list):
        return value
    if not deepest:
        return _HIDDEN
    if isinstance(value, list):
        return [masked_json(inner, key, deepest - 1) for inner in value]
    return {masked_text(name, key): masked_json(inner, key, deepest - 1) for name, inner in value.items()}
