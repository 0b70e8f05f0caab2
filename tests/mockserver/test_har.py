"""HTTP archives: of the form that viewers read, and without keys."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.exchanges import Body, Cut, Exchange, Notes
from segmind_mock.har import har
from tests.exchanged import JSON_VALUES, KEY, body_of, exchange, look, record


def an_object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """The schema of an object of the archive: further names are its writer's own and begin with `_`."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}) | {"comment": {"type": "string"}},
        "patternProperties": {"^_": True},
        "additionalProperties": False,
    }


def a_list(of: dict[str, Any]) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": of}


TEXT = {"type": "string"}
SIZE = {"type": "integer", "minimum": -1}
DURATION = {"type": "number", "minimum": 0}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
PAIRS = a_list(an_object({"name": TEXT, "value": TEXT}))
MESSAGE = {"httpVersion": TEXT, "cookies": PAIRS, "headers": PAIRS, "headersSize": SIZE, "bodySize": SIZE}
POSTED = an_object({"mimeType": TEXT}, {"text": TEXT, "params": PAIRS})
CONTENT = an_object({"size": SIZE, "mimeType": TEXT}, {"text": TEXT, "encoding": {"const": "base64"}})
REQUEST = an_object(
    {"method": TEXT, "url": {"type": "string", "pattern": "^https?://"}, "queryString": PAIRS, **MESSAGE},
    {"postData": POSTED},
)
RESPONSE = an_object(
    {"status": {"type": "integer"}, "statusText": TEXT, "content": CONTENT, "redirectURL": TEXT, **MESSAGE}
)
ENTRY = an_object(
    {
        "startedDateTime": INSTANT,
        "time": DURATION,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": an_object({}),
        "timings": an_object({"send": DURATION, "wait": DURATION, "receive": DURATION}),
    }
)
SCHEMA = an_object(
    {
        "log": an_object(
            {
                "version": {"const": "1.2"},
                "creator": an_object({"name": TEXT, "version": TEXT}),
                "entries": a_list(ENTRY),
            },
            {"pages": {"type": "array"}},
        )
    }
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def entry(written: Exchange) -> dict[str, Any]:
    """The entry of an exchange, in an archive that has been checked against the form."""
    archive = json.loads(json.dumps(har([written], version="1", origin="http://127.0.0.1:8787/")))
    VALIDATOR.validate(archive)
    (found,) = archive["log"]["entries"]
    assert isinstance(found, dict)
    return found


def test_a_whole_entry() -> None:
    """An entry tells the request, the answer, and what the mock knows beside them."""
    written = record(
        query=b"a=1&b=&a=%C3%A9",
        headers=[(b"content-type", b"application/json"), (b"x-api-key", KEY.encode())],
        sent=b'{"seed": 7}',
        status=307,
        answer_headers=[(b"Content-Type", b"text/plain"), (b"Location", b"/v2/y")],
        given=b"moved",
        notes=Notes(rules=["moved/all"], faults=["held 2.000 s"], held=2.0),
        took=30,
        real=1_800_000_000_000,
    )
    message = {"httpVersion": "HTTP/1.1", "cookies": [], "headersSize": -1}
    assert entry(exchange(3, written)) == {
        "startedDateTime": "2027-01-15T08:00:00.000Z",
        "time": 2030,
        "request": {
            "method": "POST",
            "url": "http://127.0.0.1:8787/v2/x?a=1&b=&a=%C3%A9",
            "headers": [
                {"name": "content-type", "value": "application/json"},
                {"name": "x-api-key", "value": "SG_…cdef"},
            ],
            "queryString": [
                {"name": "a", "value": "1"},
                {"name": "b", "value": ""},
                {"name": "a", "value": "é"},
            ],
            "postData": {"mimeType": "application/json", "text": '{"seed": 7}'},
            "bodySize": 11,
            **message,
        },
        "response": {
            "status": 307,
            "statusText": "Temporary Redirect",
            "headers": [{"name": "Content-Type", "value": "text/plain"}, {"name": "Location", "value": "/v2/y"}],
            "content": {"size": 5, "mimeType": "text/plain", "text": "moved"},
            "redirectURL": "/v2/y",
            "bodySize": 5,
            **message,
        },
        "comment": "held 2.000 s",
        "cache": {},
        "timings": {"send": 0, "wait": 2030, "receive": 0},
        "_segmind": {
            "number": 3,
            "account": "SG_…cdef",
            "at": "2023-11-14T22:13:20.000Z",
            "operation": "submit",
            "rules": ["moved/all"],
            "faults": ["held 2.000 s"],
        },
    }


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"", {"size": 0, "text": ""}),
        (b"\xff\0", {"size": 2, "text": "/wA=", "encoding": "base64"}),
        (
            Cut(b"abc", 70_000, "ab"),
            {"size": 70_000, "text": "abc", "comment": "the beginning of 70000 bytes; SHA-256 ab"},
        ),
    ],
    ids=["none", "binary", "cut"],
)
def test_bodies(body: Body, content: dict[str, Any]) -> None:
    """A body is text, or base64 that says so; of a long one there is the beginning, and its comment says so."""
    found = entry(exchange(1, record(sent=body, given=body)))
    assert found["response"]["content"] == {"mimeType": "application/octet-stream", **content}
    assert ("postData" in found["request"]) is bool(content["size"])


def test_no_answer() -> None:
    """An exchange without an answer, and one without a key, are entries all the same."""
    assert entry(exchange(1, record(status=0)))["response"]["status"] == 0
    assert entry(exchange(1, record(status=599, headers=[]), key=""))["_segmind"]["account"] is None


@given(JSON_VALUES, st.binary(max_size=8))
def test_no_key(value: object, other: bytes) -> None:
    """Whatever was sent, the archive keeps its form and tells no key."""
    key = KEY.encode()
    written = record(
        path=f"/{KEY}",
        query=key,
        headers=[(b"authorization", b"Bearer " + key), (b"content-type", other)],
        sent=other + key + body_of(value),
        answer_headers=[(b"location", key)],
        given=body_of([KEY, value]),
    )
    assert KEY not in json.dumps(entry(exchange(1, written)))


def test_several() -> None:
    """An archive has an entry for each exchange, in their order."""
    log: Any = har([look(1), look(2)], version="1.2.3", origin="http://a")["log"]
    assert [found["_segmind"]["number"] for found in log["entries"]] == [1, 2]
    assert log["creator"] == {"name": "segmind-mock", "version": "1.2.3"}
