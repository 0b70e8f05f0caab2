"""The journal as the control plane asks for it and answers it: patterns in a query, exchanges as JSON and as HAR."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from segmind_mock import __version__
from segmind_mock.exchanges import Exchange
from segmind_mock.patterns import Pattern
from segmind_mock.redaction import redacted
from segmind_mock.web.instructions import Wrong

HAR = "application/har+json"

_NUMBERS = frozenset({"job", "status", "age"})


def listed(found: list[Exchange], counted: Mapping[str, int]) -> bytes:
    """Exchanges as the journal tells them."""
    return _with_entries(dict(counted), "exchanges", (exchange.told() for exchange in found))


def archive(found: list[Exchange], origin: str) -> bytes:
    """Exchanges as an archive."""
    from segmind_mock.har import har

    def log(*exchanges: Exchange) -> Any:
        return har(exchanges, version=__version__, origin=origin)["log"]

    head = {name: value for name, value in log().items() if name != "entries"}
    return b'{"log":%b}' % _with_entries(head, "entries", (log(exchange)["entries"][0] for exchange in found))


def _with_entries(head: Mapping[str, object], name: str, entries: Iterable[object]) -> bytes:
    """An object with a long list as its last value. Written entry by entry: writing holds up every other thread."""
    written = b",".join(redacted(orjson.dumps(entry)) for entry in entries)
    return b'%b,"%b":[%b]}\n' % (orjson.dumps(head)[:-1], name.encode(), written)


def is_har(format: str | None, accept: str) -> bool:
    """Whether an archive is asked for, by the query or by the header Accept. Raises `Wrong`."""
    if format not in (None, "har", "json"):
        raise Wrong([f"format is {format[:40]!r}; allowed: har, json"])
    return format == "har" or (format is None and HAR in accept.lower())


def pattern_of(asked: Mapping[str, str]) -> Pattern | None:
    """The pattern of a query: `pattern` as JSON, or one field a parameter, of numbers and objects as JSON."""
    if not asked:
        return None
    wanted: dict[str, object] = {name: _test(name, text) for name, text in asked.items()}
    whole = wanted.pop("pattern", {})
    if not isinstance(whole, dict):
        raise Wrong(["pattern is no JSON object"])
    return Pattern.of({**whole, **wanted})


def _test(name: str, text: str) -> object:
    if name not in _NUMBERS and not text.lstrip().startswith(("{", "[", '"')):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def limit_of(text: str | None) -> int | None:
    """How many exchanges are asked for at most; None: all. Raises `Wrong`."""
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Wrong([f"limit is {text[:40]!r}; allowed: a whole number from 0"])
    return int(text)
