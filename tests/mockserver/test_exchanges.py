"""Exchanges: what is written down reads as what happened, without anybody's key."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.exchanges import LONGEST_BINARY, Body, Cut, Exchange, Notes, digest_of, iso, size_of, text_of
from segmind_mock.patterns import MISSING
from tests.exchanged import JSON_VALUES, KEY, body_of, exchange, look, record


def told(written: Exchange) -> dict[str, Any]:
    """The exchange as JSON, read back from its text."""
    found: dict[str, Any] = json.loads(json.dumps(written.told()))
    return found


def test_whole() -> None:
    """An exchange is told with all there is about it, keys masked."""
    notes = Notes(
        rules=["outage/first"],
        quirks=["bad_enum=406"],
        violations=[{"field": "seed", "seen": KEY}],
        faults=["reset after 37 of 120 bytes"],
        job=1,
        steered=f"key {KEY}",
        held=0.25,
    )
    written = record(
        query=b"key=" + KEY.encode(),
        headers=[(b"X-Api-Key", KEY.encode()), (b"x-run", b"for " + KEY.encode())],
        sent=body_of({"prompt": f"my key is {KEY}"}),
        answer_headers=[(b"content-type", b"application/json")],
        given=body_of({"request_id": "r1"}),
        real=1_800_000_000_001,
        notes=notes,
        took=1500,
    )
    assert told(exchange(3, written)) == {
        "number": 3,
        "account": "SG_…cdef",
        "at": "2023-11-14T22:13:20.000Z",
        "real": "2027-01-15T08:00:00.001Z",
        "took": 1.75,
        "operation": "submit",
        "model": "x",
        "request_id": "r1",
        "job": 1,
        "request": {
            "method": "POST",
            "path": "/v2/x",
            "query": "key=SG_…cdef",
            "headers": [["X-Api-Key", "SG_…cdef"], ["x-run", "for SG_…cdef"]],
            "body": {"prompt": "my key is SG_…cdef"},
        },
        "answer": {
            "status": 200,
            "headers": [["content-type", "application/json"]],
            "body": {"request_id": "r1"},
        },
        "decided": {
            "rules": ["outage/first"],
            "quirks": ["bad_enum=406"],
            "violations": [{"field": "seed", "seen": "SG_…cdef"}],
            "faults": ["reset after 37 of 120 bytes"],
            "steered": "key SG_…cdef",
        },
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", None),
        (b"[1]", [1]),
        (b"{broken", "{broken"),
        ("é".encode(), "é"),
        (b"\x89PNG\0", {"base64": "iVBORwA="}),
        (b"a\0b", {"base64": "YQBi"}),
        (Cut(b'{"a": 1', 70_000, "ab"), {"beginning": '{"a": 1', "size": 70_000, "sha256": "ab"}),
        (Cut("aé".encode()[:-1], 70_000, "ab"), {"beginning": "a", "size": 70_000, "sha256": "ab"}),
        (Cut(b"\xff", 70_000, "ab"), {"beginning": {"base64": "/w=="}, "size": 70_000, "sha256": "ab"}),
    ],
    ids=str,
)
def test_bodies(body: Body, expected: object) -> None:
    """A body is told as JSON, as text, or as an object that says what it is."""
    written = told(exchange(1, record(sent=body, given=body)))
    assert written["request"]["body"] == written["answer"]["body"] == expected


def test_a_long_binary() -> None:
    """A picture is told by its beginning, its size and its digest."""
    picture = b"\x89PNG" + bytes(LONGEST_BINARY)
    body = told(exchange(1, record(given=picture)))["answer"]["body"]
    assert body["size"] == len(picture)
    assert body["sha256"] == sha256(picture).hexdigest()
    assert len(body["beginning"]["base64"]) == 64


@given(JSON_VALUES, st.sampled_from([b"", b"\xff", b"{", b'"', b"\0" * 5000]), st.integers(0, 40))
def test_no_key(value: object, other: bytes, cut: int) -> None:
    """Wherever a client puts its key, it is not told in full."""
    key = KEY.encode()
    sent = other + key + body_of([value, KEY, {KEY: KEY}]) + other
    written = record(
        "other",
        f"/{KEY}",
        path=f"/{KEY}",
        query=key,
        headers=[(b"authorization", b"Bearer " + key), (b"cookie", b"k=" + key)],
        sent=sent,
        answer_headers=[(b"location", b"/?k=" + key)],
        given=Cut(sent[:cut], len(sent), "ab"),
        notes=Notes(violations=[{KEY: [KEY]}], steered=KEY),
    )
    assert KEY not in json.dumps(exchange(1, written).told())
    assert KEY not in exchange(1, written).line + repr(exchange(1, written))


@given(JSON_VALUES, st.integers(1, 9), st.integers(0, 10**14))
def test_equal_records(value: object, order: int, real: int) -> None:
    """Records that differ in real time and in the order over accounts are told alike but for the real time."""
    one, other = record(sent=body_of(value)), record(sent=body_of(value), order=order, real=real)
    assert exchange(1, one).told() | {"real": ""} == exchange(1, other).told() | {"real": ""}


@pytest.mark.parametrize(
    ("written", "model", "request_id"),
    [
        (record(given=body_of({"request_id": "r1"})), "x", "r1"),
        (record(given=body_of({"request_id": 5})), "x", None),
        (record(given=b"<html>", status=502), "x", None),
        (record("generate", answer_headers=[(b"x-request-id", b"r2")]), "x", "r2"),
        (record("generate", status=406), "x", None),
        (record("poll", "r3", notes=Notes(model="y")), "y", "r3"),
        (record("credits", "", notes=Notes()), None, None),
    ],
    ids=["submit", "odd-id", "no-json", "generate", "refused", "poll", "credits"],
)
def test_what_it_is_about(written: Any, model: str | None, request_id: str | None) -> None:
    """The model and the job are told wherever request, answer or notes name them."""
    found = exchange(1, written)
    assert (found.model, found.request_id) == (model, request_id)


def test_lines() -> None:
    """An exchange in a line is its number, what was asked, and what was answered."""
    assert look(3).line == "3: GET /v2/requests/r1/status -> 200"
    assert exchange(4, record(status=0)).line == "4: POST /v2/x -> no answer"
    assert exchange(4, record(status=0)).status is None


def test_parts() -> None:
    """Headers are found by their names in small letters, the last of several; JSON where a body is JSON."""
    found = exchange(1, record(headers=[(b"A", b"1"), (b"a", b"2")], sent=b"{}", given=Cut(b"{}", 2, "ab")))
    assert (found.header("a"), found.header("b"), found.body, found.answer) == ("2", None, {}, MISSING)
    assert (size_of(found.sent), size_of(found.given), digest_of(found.given)) == (2, 2, "ab")
    assert digest_of(found.sent) == sha256(b"{}").hexdigest()


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"abc", "abc"), ("é".encode()[:1], None), (b"\xff\xfe", None), (b"a\xffb", None), (b"", "")],
)
def test_texts(content: bytes, expected: str | None) -> None:
    """Bytes are text when they are UTF-8 without NUL."""
    assert text_of(content) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [(0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (10**18, f"{10**18} ms after 1970")],
)
def test_instants(instant: int, expected: str) -> None:
    """An instant is told to the millisecond; one beyond the calendar as its number."""
    assert iso(instant) == expected


def test_a_line_with_faults() -> None:
    """An exchange in short says what became of its answer, where that was not simply given."""
    lost = exchange(1, record(notes=Notes(faults=["reset before the first byte"])))
    assert lost.line == "1: POST /v2/x -> 200 (reset before the first byte)"
    assert repr([lost]) == f"[<Exchange {lost.line}>]"
