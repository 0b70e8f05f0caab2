"""The headers in which an answer tells why it is what it is; the body stays exactly the service's.

    x-mock-rule          the rules that fired, `scenario/rule` each, with commas between them
    x-mock-quirk         the readings that decided: `bad_enum=406`
    x-mock-violations    what was wrong with the call: a JSON list in ASCII
    x-mock-fault         what went wrong on purpose
    x-mock-steered       what else decided: `Prefer: code=502`

Texts are printable ASCII; what is not, and `%`, and a comma inside one of several, is percent-encoded UTF-8. No header
is longer than `LONGEST`: the list is cut, and its last entry says how many more there were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

from segmind_mock.web.answers import Header

if TYPE_CHECKING:
    from segmind_mock.exchanges import Notes

LONGEST = 4096
"""Bytes of a header's value."""

LONGEST_TEXT = 300
"""Characters of one text in it."""

_PLAIN = " !\"#$&'()*+-./:;<=>?@[\\]^_`{|}~"
_EDGE = re.compile(r"\A | \Z")


def headers_of(notes: Notes) -> list[Header]:
    """The headers that tell what is noted; none where nothing is."""
    told: list[Header] = []
    if notes.rules:
        told.append((b"x-mock-rule", _listed(notes.rules)))
    if notes.quirks:
        told.append((b"x-mock-quirk", _listed(notes.quirks)))
    if notes.violations:
        told.append((b"x-mock-violations", _violations(notes.violations)))
    if notes.faults:
        told.append((b"x-mock-fault", _listed(notes.faults)))
    if notes.steered:
        told.append((b"x-mock-steered", _safe(notes.steered, _PLAIN + ",")))
    return [header for header in told if header[1]]


@lru_cache(1024)
def _safe(text: str, plain: str = _PLAIN) -> bytes:
    """The text as it can stand in a header; its ends are no spaces, which a client would strip."""
    shown = quote(_short(text), safe=plain, errors="surrogatepass")
    return _EDGE.sub("%20", shown).encode()


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _listed(texts: Sequence[str]) -> bytes:
    if len(texts) == 1:
        return _safe(texts[0])
    entries = [_safe(text) for text in texts if text]
    return b", ".join(_fitting(entries, lambda more: b"(%d more)" % more))


def _fitting(entries: Sequence[bytes], left_out: Callable[[int], bytes]) -> list[bytes]:
    """As many entries, in their order, as a header has room for, and what tells of those left out."""
    last = left_out(len(entries))
    room = LONGEST - len(last) - len("[], ")
    taken: list[bytes] = []
    for entry in entries:
        room -= len(entry) + len(", ")
        if room < 0:
            return [*taken, left_out(len(entries) - len(taken))]
        taken.append(entry)
    return taken


def _violations(violations: Sequence[Mapping[str, object]]) -> bytes:
    whole = _plainly(violations)
    if whole:
        return whole
    entries = [_json({name: _shortened(value) for name, value in one.items()}) for one in violations]
    return b"[%s]" % b", ".join(_fitting(entries, lambda more: _json({"more": more})))


def _plainly(violations: Sequence[Mapping[str, object]]) -> bytes:
    """The list as it is, where it can stand in a header so; empty where it needs a closer look."""
    try:
        whole = orjson.dumps(violations)
    except TypeError:
        return b""
    return whole if len(whole) <= LONGEST and whole.isascii() and b"\x7f" not in whole else b""


def _shortened(value: object) -> object:
    return _short(value) if isinstance(value, str) else value


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, default=str, skipkeys=True).encode()
