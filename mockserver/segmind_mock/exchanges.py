"""One exchange of a client with the mock: what is written down of it, and how it reads later. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

import orjson

from segmind_mock.masking import masked, masked_bytes, masked_headers, masked_json, masked_text
from segmind_mock.operations import GENERATIONS, LOOKS, Operation
from segmind_mock.redaction import without_keys
from segmind_mock.subjects import MISSING

LONGEST_BINARY = 3072
"""Bytes of a body that is no text, which are told whole."""

_TOLD_OF_BINARY = 48
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cut(NamedTuple):
    """In place of a body that is too long to be kept."""

    beginning: bytes
    size: int
    """Bytes of the whole."""
    sha256: str
    """Of the whole, in hexadecimal digits."""


@dataclass(slots=True)
class Notes:
    """What decided an exchange, beside the service's own rules; filled in while it goes on."""

    rules: list[str] = field(default_factory=list)
    """The rules that fired, each as `scenario/rule`."""
    quirks: list[str] = field(default_factory=list)
    """The readings that decided: `bad_enum=406`."""
    violations: list[dict[str, object]] = field(default_factory=list)
    """What was wrong with the request."""
    faults: list[str] = field(default_factory=list)
    """What went wrong on purpose, in words: `reset after 37 of 120 bytes`."""
    steered: str = ""
    """What else decided: `Prefer: code=502`."""
    model: str | None = None
    """The slug, where the request does not name it."""
    job: int | None = None
    """Which of its account's jobs it is about, counted from 1."""
    state: str | None = None
    """The job's true state when the request came."""
    age: float | None = None
    """Seconds since the job was submitted."""
    held: float = 0.0
    """Seconds for which the answer was held back on purpose."""


Body = bytes | Cut
Headers = list[tuple[bytes, bytes]]

Record = tuple[int, int, int, str, str, str, str, bytes, Headers, Body, int, Headers, Body, Notes | None, int]
"""What is written down: order over all accounts; ms by the account's clock; ms by real time; operation; argument (a
slug, a request id or a path); method; path; query; request headers; request body; status, 0 where no answer was
begun; answer headers; answer body; notes; when the answer was ready, in ms by the account's clock."""

NO_NOTES = Notes()


@dataclass(frozen=True)
class Exchange:
    """An exchange to look at: a subject for patterns, and more. Instants are ms since 1970."""

    number: int
    """In its account, counted from 1."""
    key: str = field(repr=False)
    record: Record = field(repr=False)

    def __repr__(self) -> str:
        return f"<Exchange {without_keys(self.line)}>"

    @property
    def order(self) -> int:
        """Its place among the exchanges of all accounts."""
        return self.record[0]

    @property
    def at(self) -> int:
        """When it came, by the account's clock."""
        return self.record[1]

    @property
    def real(self) -> int:
        """When it came, by real time."""
        return self.record[2]

    @property
    def operation(self) -> str:
        """One of `Operation`."""
        return self.record[3]

    @property
    def method(self) -> str:
        """In capitals."""
        return self.record[5]

    @property
    def path(self) -> str:
        """Without the query."""
        return self.record[6]

    @property
    def query(self) -> str:
        """Without its question mark."""
        return self.record[7].decode("latin-1")

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """Of the request, in order."""
        return _decoded(self.record[8])

    @property
    def sent(self) -> Body:
        """The request's body."""
        return self.record[9]

    @property
    def status(self) -> int | None:
        """Of the answer; None where none was begun."""
        return self.record[10] or None

    @cached_property
    def answer_headers(self) -> list[tuple[str, str]]:
        """Of the answer, in order."""
        return _decoded(self.record[11])

    @property
    def given(self) -> Body:
        """The answer's body."""
        return self.record[12]

    @property
    def notes(self) -> Notes:
        """What decided it."""
        return self.record[13] or NO_NOTES

    @property
    def took(self) -> float:
        """Seconds from the request to the answer, by the account's clock, and for which that was held back."""
        return round(max(0, self.record[14] - self.at) / 1000 + self.notes.held, 3)

    @property
    def model(self) -> str | None:
        """The slug of the model."""
        return self.record[4] if self.operation in GENERATIONS else self.notes.model

    @cached_property
    def request_id(self) -> str | None:
        """Of the job that was made, or asked after."""
        if self.operation in LOOKS:
            return self.record[4]
        found: object = None
        if self.operation == Operation.SUBMIT:
            found = self.answer.get("request_id") if isinstance(self.answer, dict) else None
        elif self.operation == Operation.GENERATE:
            found = dict(self.answer_headers).get("x-request-id")
        return found if isinstance(found, str) else None

    @property
    def job(self) -> int | None:
        """Which of its account's jobs it is about, counted from 1."""
        return self.notes.job

    @property
    def state(self) -> str | None:
        """The job's true state when the request came."""
        return self.notes.state

    @property
    def age(self) -> float | None:
        """Seconds since the job was submitted."""
        return self.notes.age

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that fired."""
        return tuple(self.notes.rules)

    def header(self, name: str) -> str | None:
        """A header of the request; the name in small letters."""
        return self._named.get(name)

    @cached_property
    def _named(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers}

    @cached_property
    def body(self) -> object:
        """The request's JSON, or `MISSING`."""
        return json_of(self.sent)

    @cached_property
    def answer(self) -> object:
        """The answer's JSON, or `MISSING`."""
        return json_of(self.given)

    @property
    def line(self) -> str:
        """What it was, in short: `3: POST /v2/x -> 200`."""
        told = f"{self.number}: {self.method} {masked_text(self.path, self.key)} -> {self.status or 'no answer'}"
        return f"{told} ({'; '.join(self.notes.faults)})" if self.notes.faults else told

    def told(self) -> dict[str, object]:
        """It as JSON, keys masked. Equal records come to equal objects but for `real`."""
        key, notes = self.key, self.notes
        return {
            "number": self.number,
            "account": masked(key) if key else None,
            "at": iso(self.at),
            "real": iso(self.real),
            "took": self.took,
            "operation": str(self.operation),
            "model": masked_json(self.model, key),
            "request_id": masked_json(self.request_id, key),
            "job": self.job,
            "request": {
                "method": self.method,
                "path": masked_text(self.path, key),
                "query": masked_text(self.query, key),
                "headers": self.shown_headers(self.headers),
                "body": self._told(self.sent, self.body),
            },
            "answer": {
                "status": self.status,
                "headers": self.shown_headers(self.answer_headers),
                "body": self._told(self.given, self.answer),
            },
            "decided": {
                "rules": [*notes.rules],
                "quirks": [*notes.quirks],
                "violations": masked_json(notes.violations, key),
                "faults": [*notes.faults],
                "steered": masked_text(notes.steered, key),
            },
        }

    def shown_headers(self, headers: Iterable[tuple[str, str]]) -> list[list[str]]:
        """Headers with the keys in them masked, each as a name and a value."""
        return [[name, masked_text(value, self.key)] for name, value in masked_headers(headers)]

    def _told(self, body: Body, parsed: object) -> object:
        """A body as JSON, as text, or as an object that says what it is."""
        if parsed is not MISSING:
            return masked_json(parsed, self.key)
        if isinstance(body, Cut):
            return {"beginning": self._readable(body.beginning), "size": body.size, "sha256": body.sha256}
        if len(body) > LONGEST_BINARY and text_of(body) is None:
            beginning = self._readable(body[:_TOLD_OF_BINARY], binary=True)
            return {"beginning": beginning, "size": len(body), "sha256": digest_of(body)}
        return self._readable(body) if body else None

    def _readable(self, content: bytes, *, binary: bool = False) -> object:
        shown = masked_bytes(content, self.key)
        text = None if binary else text_of(shown)
        return {"base64": b64encode(shown[:LONGEST_BINARY]).decode()} if text is None else text


def json_of(body: Body) -> object:
    """The JSON that a body is, or `MISSING`."""
    if not isinstance(body, bytes) or not body:
        return MISSING
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return MISSING


def text_of(content: bytes) -> str | None:
    """The text that bytes are, cut amid a character at the worst; None where they are none."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" or not error.start:
            return None
        text = content[: error.start].decode()
    return None if "\0" in text else text


def size_of(body: Body) -> int:
    """Bytes of the body as it was sent."""
    return body.size if isinstance(body, Cut) else len(body)


def digest_of(body: Body) -> str:
    """SHA-256 of the body as it was sent, in hexadecimal digits."""
    return body.sha256 if isinstance(body, Cut) else sha256(body).hexdigest()


def iso(instant: int) -> str:
    """An instant in ms as ISO 8601 in UTC, to the millisecond."""
    try:
        return (_EPOCH + timedelta(milliseconds=instant)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return f"{instant} ms after 1970"


def _decoded(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
