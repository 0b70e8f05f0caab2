"""Payload: bytes become parameters, or a refusal with its reason; a key given twice is never lost."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmind_mock.errors import BadRequest, NotAcceptable
from segmind_mock.web.payload import DEEPEST, media_type, parameters

# Texts of JSON, not values: with keys that meet again, colons, escapes and everything a writer may do.
PLAIN = st.sampled_from(
    ["a", "b", "a:b", ":", '\\"', "\\u0061", "\\u003a", "\\u0000", "\\ud83d\\ude00", "\\ud800", "é"]
)
STRINGS = st.lists(PLAIN, max_size=3).map(lambda parts: '"' + "".join(parts) + '"')
NUMBERS = st.sampled_from(
    ["0", "-0", "1.5", "1e3", "9" * 19, "9" * 21, "1" * 400, "1" * 5000, "0." + "1" * 5000, "1e999"]
)
OTHERS = st.sampled_from(["null", "true", "false", "NaN", "Infinity", "nul", "", "'a'", "01"])
SPACE = st.sampled_from(["", " ", "\n\t", "\r"])


def objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of objects."""
    pairs = st.lists(st.tuples(STRINGS, SPACE, SPACE, inner), max_size=4)
    return pairs.map(lambda found: "{" + ",".join(f"{k}{s}:{t}{v}" for k, s, t, v in found) + "}")


def lists(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of lists."""
    return st.lists(inner, max_size=3).map(lambda found: "[" + ",".join(found) + "]")


VALUES = st.recursive(
    st.one_of(STRINGS, STRINGS, NUMBERS, OTHERS), lambda inner: st.one_of(objects(inner), lists(inner)), max_leaves=5
)
BODIES = st.one_of(objects(VALUES), objects(STRINGS), VALUES).map(str.encode)


class Refused(Exception):
    """What the reference says of a body that is to be refused."""


def reference(raw: bytes) -> dict[str, Any]:
    """The parameters of a body, found out slowly: by Python's own reader, told what else to refuse."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in found}) < len(found):
            raise Refused
        for text in (part for pair in found for part in pair if isinstance(part, str)):
            text.encode()
        return dict(found)

    def whole(text: str) -> float:
        number = float(text)
        return int(text) if -(2**63) <= number < 2**64 and -(2**63) <= int(text) < 2**64 else finite(text)

    def finite(text: str) -> float:
        if abs(float(text)) == float("inf"):
            raise Refused
        return float(text)

    def constant(_: str) -> None:
        raise Refused

    try:
        told = raw.decode("utf-8")
        found = json.loads(told, object_pairs_hook=pairs, parse_int=whole, parse_float=finite, parse_constant=constant)
        if not isinstance(found, dict) or "\0" in json.dumps(found, ensure_ascii=False).replace("\\u0000", "\0"):
            raise Refused
        json.dumps(found, ensure_ascii=False).encode()
    except ValueError:
        raise Refused from None
    return found


def outcome(raw: bytes) -> dict[str, Any] | None:
    """The parameters, None where they are refused; anything else breaks the test."""
    try:
        return parameters(raw)
    except BadRequest:
        return None


def expected(raw: bytes) -> dict[str, Any] | None:
    """What the reference says."""
    try:
        return reference(raw)
    except Refused:
        return None


@given(BODIES)
@example(b'{"a":1,"a":2}')
@example(b'{"a":"x:y","a":1}')
@example(b'{"a":"\\u003a","a":"b"}')
@example(b'{"a":1,"\\u0061":2}')
@example(b'{"a":[1],"a":2}')
@example(b'{"a":{"b":1,"b":2}}')
@example(b'{"a":":","a":"b:"}')
@example(b'{"a:":1,"a:":2}')
@example(b'{"a":"\\u0000"}')
@example(b'{"a":[[{"\\u0000":1}]]}')
@example(b'{"a":"\\ud800"}')
@example(b'{"a":NaN}')
@example(b'{"a":' + b"1" * 5000 + b"}")
@example(b'{"a":0.' + b"1" * 5000 + b"}")
@example(b'{"a":[' + b"1" * 5000 + b".5e-4990]}")
@example(b'\xef\xbb\xbf{"a":1}')
@example(b'{"a":1}\x00')
@example(b'{"a":"\xff"}')
@example('{"a":1}'.encode("utf-16"))
def test_agrees_with_the_reference(raw: bytes) -> None:
    """A body is taken, and as what, exactly where a slow and obvious reader takes it."""
    assert outcome(raw) == expected(raw)


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    """Whatever bytes come, there are parameters or a refusal."""
    found = outcome(raw)
    assert found is None or found == expected(raw)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(2**63), 2**64 - 1), st.booleans(), st.none())))
def test_what_clients_send(body: dict[str, object]) -> None:
    """A flat object, with escapes or without, is read as it was meant unless it holds a NUL."""
    whole = "\0" not in "".join([*body, *(value for value in body.values() if isinstance(value, str))])
    for ascii_only in (True, False):
        assert outcome(json.dumps(body, ensure_ascii=ascii_only).encode()) == (body if whole else None)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The body is empty; it must be a JSON object of parameters."),
        (b"[1]", "The body must be a JSON object of parameters; it is a list."),
        (b'"a"', "The body must be a JSON object of parameters; it is a text."),
        (b"5", "The body must be a JSON object of parameters; it is a number."),
        (b"1.5", "The body must be a JSON object of parameters; it is a number."),
        (b"true", "The body must be a JSON object of parameters; it is true or false."),
        (b"null", "The body must be a JSON object of parameters; it is null."),
        (b'{"a":1,"a":2}', "The body gives 'a' twice; a parameter can be given once."),
        (b'{"a":"\\u0000"}', "The body holds a NUL character (\\u0000), which no parameter can have."),
    ],
)
def test_sentences(raw: bytes, sentence: str) -> None:
    """A refusal says what the body is, and what it must be."""
    with pytest.raises(BadRequest) as refusal:
        parameters(raw)
    assert refusal.value.text == sentence


def test_where_it_is_wrong() -> None:
    """A body that is no JSON is refused with the place."""
    with pytest.raises(BadRequest, match=r"not valid JSON: .*line 1 column 6"):
        parameters(b'{"a":}')


@pytest.mark.parametrize(("levels", "taken"), [(DEEPEST - 1, True), (DEEPEST, False), (1000, False), (10_000, False)])
def test_depth(levels: int, taken: bool) -> None:
    """A body nested too deeply is refused, however deeply."""
    assert (outcome(b'{"a":' + b"[" * levels + b"]" * levels + b"}") is not None) == taken


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"application/json", "application/json"),
        (b"Application/JSON ; charset=UTF-8", "application/json"),
        (b'application/json;charset="utf-8"', "application/json"),
        (b"application/json; x=y", "application/json"),
        (b"multipart/form-data; boundary=abc", "multipart/form-data"),
    ],
)
def test_media_types(header: bytes, expected: str) -> None:
    """Both media types are known, whatever their case and parameters."""
    assert media_type(header) == expected


@pytest.mark.parametrize("header", [b"", b"text/plain", b"application/jsonx", b"application", b"\xff\xfe", b";"])
def test_other_media_types(header: bytes) -> None:
    """Any other media type is refused with the service's own words."""
    with pytest.raises(NotAcceptable, match=r"^Invalid content type$"):
        media_type(header)


def test_another_charset() -> None:
    """A charset that is not JSON's is refused, quoted to forty signs."""
    with pytest.raises(BadRequest, match=r"^The charset 'l{40}' is not understood; JSON is UTF-8\.$"):
        media_type(b"application/json; charset=" + b"l" * 99)


@given(st.binary())
def test_any_header(header: bytes) -> None:
    """Whatever the header holds, there is a media type or a refusal."""
    with suppress(BadRequest, NotAcceptable):
        assert media_type(header) in {"application/json", "multipart/form-data"}
