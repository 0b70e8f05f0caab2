"""Exchanges for tests: written down as a server does, with every part to choose."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from segmind_mock.exchanges import Body, Exchange, Notes, Record

KEY = "SG_0123456789abcdef"
AT = 1_700_000_000_000
"""2023-11-14T22:13:20Z."""

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc") | st.text(), inner, max_size=3),
    max_leaves=8,
)
"""Any JSON; small, so that two of them are sometimes equal."""


def body_of(value: object) -> bytes:
    """A value as a client writes it."""
    return json.dumps(value, ensure_ascii=False).encode()


def record(
    operation: str = "submit",
    argument: str = "x",
    *,
    method: str = "POST",
    path: str = "/v2/x",
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    sent: Body = b"",
    status: int = 200,
    answer_headers: list[tuple[bytes, bytes]] | None = None,
    given: Body = b"",
    notes: Notes | None = None,
    at: int = AT,
    real: int = AT,
    order: int = 1,
    took: int = 0,
) -> Record:
    """A record of an exchange."""
    asked = [(b"x-api-key", KEY.encode())] if headers is None else headers
    answered = answer_headers or []
    return (
        *(order, at, real, operation, argument, method, path, query, asked, sent),
        *(status, answered, given, notes, at + took),
    )


def exchange(number: int, written: Record, key: str = KEY) -> Exchange:
    """A record, looked at."""
    return Exchange(number, key, written)


def submit(number: int, body: object, *, at: int = AT, status: int = 200) -> Exchange:
    """A submit of these parameters."""
    return exchange(number, record(sent=body_of(body), at=at, status=status))


def look(number: int, request_id: str = "r1", *, at: int = AT, real: int = AT) -> Exchange:
    """A question after a job's status."""
    path = f"/v2/requests/{request_id}/status"
    return exchange(number, record("status", request_id, method="GET", path=path, at=at, real=real))
