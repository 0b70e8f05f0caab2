"""Exchanges as an HTTP archive (HAR 1.2), for the viewers and tools that read those. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import parse_qsl

from segmind_mock.errors import phrase
from segmind_mock.exchanges import Body, Cut, Exchange, iso, size_of, text_of
from segmind_mock.masking import masked, masked_bytes, masked_text

_HTTP = "HTTP/1.1"


def har(exchanges: Iterable[Exchange], *, version: str, origin: str) -> dict[str, object]:
    """An archive of exchanges, keys masked; `origin` (`http://host:port`) is where their paths were asked for."""
    creator = {"name": "segmind-mock", "version": version}
    entries = [_entry(exchange, origin.rstrip("/")) for exchange in exchanges]
    return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}


def _entry(exchange: Exchange, origin: str) -> dict[str, object]:
    notes = exchange.notes
    took = round(exchange.took * 1000)
    return {
        "startedDateTime": iso(exchange.real),
        "time": took,
        "request": _request(exchange, origin),
        "response": _response(exchange),
        **({"comment": "; ".join(notes.faults)} if notes.faults else {}),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "_segmind": {
            "number": exchange.number,
            "account": masked(exchange.key) if exchange.key else None,
            "at": iso(exchange.at),
            "operation": str(exchange.operation),
            "rules": [*notes.rules],
            "faults": [*notes.faults],
        },
    }


def _request(exchange: Exchange, origin: str) -> dict[str, object]:
    path, query = masked_text(exchange.path, exchange.key), masked_text(exchange.query, exchange.key)
    request: dict[str, object] = {
        "method": exchange.method,
        "url": f"{origin}{path}" + (f"?{query}" if query else ""),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _headers(exchange, exchange.headers),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": size_of(exchange.sent),
    }
    if size_of(exchange.sent):
        text, said = _content(exchange.sent, exchange.key)
        own = {f"_{name}" if name == "encoding" else name: value for name, value in said.items()}
        request["postData"] = {"mimeType": _media_type(exchange.headers), "text": text, **own}
    return request


def _response(exchange: Exchange) -> dict[str, object]:
    status, headers = exchange.status or 0, exchange.answer_headers
    text, said = _content(exchange.given, exchange.key)
    return {
        "status": status,
        "statusText": phrase(status),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _headers(exchange, headers),
        "content": {"size": size_of(exchange.given), "mimeType": _media_type(headers), "text": text, **said},
        "redirectURL": masked_text(_named(headers, "location"), exchange.key),
        "headersSize": -1,
        "bodySize": size_of(exchange.given),
    }


def _headers(exchange: Exchange, headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in exchange.shown_headers(headers)]


def _content(body: Body, key: str) -> tuple[str, dict[str, str]]:
    """A body as text, and what is to be said about it: that it is in base64, or only the beginning."""
    kept = masked_bytes(body.beginning if isinstance(body, Cut) else body, key)
    said = {"comment": f"the beginning of {body.size} bytes; SHA-256 {body.sha256}"} if isinstance(body, Cut) else {}
    text = text_of(kept)
    if text is None:
        return b64encode(kept).decode(), {"encoding": "base64", **said}
    return text, said


def _media_type(headers: Iterable[tuple[str, str]]) -> str:
    return _named(headers, "content-type") or "application/octet-stream"


def _named(headers: Iterable[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")
