"""Changes to an answer: its fields, its length, its type and its headers, in one order and without a slip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.faults import (
    Change,
    ContentType,
    DropField,
    Limits,
    OtherPicture,
    Pad,
    Retype,
    SetField,
    SetHeader,
    Truncate,
)
from segmind_mock.operations import Operation
from segmind_mock.quirks import Quirks
from segmind_mock.web import answers
from segmind_mock.web.answers import Answer
from segmind_mock.web.changes import MOST_PADDING, changed, retyped
from segmind_mock.web.instead import Circumstances

NOW = 1_700_000_000_000
"""2023-11-14T22:13:20Z."""

BODY = b'{"metrics":{"cost":0.5},"images":[{"url":"a"},{"url":"b"}],"status":"COMPLETED"}'

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.tuples(st.text()), inner),
    max_leaves=8,
)
PATHS = st.sampled_from(["$", "a", "$.a.b", "$[0]", "$[*]", "$.*", "a.b[0].c", "]["]) | st.text()
CHANGES = st.lists(
    st.one_of(
        st.builds(SetField, path=PATHS, value=VALUES),
        st.builds(DropField, path=PATHS),
        st.builds(Retype, path=PATHS),
        st.builds(Truncate, fraction=st.floats()),
        st.builds(Pad, size=st.integers(-5, 2000)),
        st.builds(ContentType, media_type=st.text()),
        st.builds(SetHeader, name=st.sampled_from(["x", "Content-Length"]) | st.text(), value=st.none() | st.text()),
        st.builds(
            Limits,
            retry_after=st.none() | st.floats(),
            retry_after_form=st.sampled_from(["seconds", "http-date"]),
            reset_in=st.none() | st.floats(),
            reset_form=st.sampled_from(["", "iso", "epoch", "http-date", "seconds"]),
        ),
        st.builds(OtherPicture),
    )
)
BODIES = st.binary() | VALUES.map(lambda value: json.dumps(value, default=str, skipkeys=True).encode())


def around(method: str = "GET", quirks: dict[str, str] | None = None) -> Circumstances:
    """A look at a job, under the quirks given and the default of all others."""
    return Circumstances(Operation.STATUS, "x", method, "http://mock.test", NOW, Quirks(quirks).readings)


def after(changes: Sequence[Change], body: bytes = BODY) -> Answer:
    """A JSON answer, changed."""
    return changed(answers.json(200, body), changes, around())


def told(answer: Answer, name: str) -> str | None:
    """A header of an answer as text; None when it has none, and a failure when it has two."""
    found = [value.decode() for known, value in answer.headers if known == name.encode()]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (SetField(path="status", value="DONE"), BODY.replace(b"COMPLETED", b"DONE")),
        (SetField(path="$.metrics.cost", value=None), BODY.replace(b"0.5", b"null")),
        (SetField(path="extra.deep", value=[1]), BODY[:-1] + b',"extra":{"deep":[1]}}'),
        (SetField(path="status", value=2**70), BODY.replace(b'"COMPLETED"', b"1180591620717411303424")),
        (DropField(path="metrics"), BODY.replace(b'"metrics":{"cost":0.5},', b"")),
        (DropField(path="$.images[0]"), BODY.replace(b'{"url":"a"},', b"")),
        (Retype(path="metrics.cost"), BODY.replace(b"0.5", b'"0.5"')),
        (Retype(path="$.images[*].url"), BODY.replace(b'"a"', b'["a"]').replace(b'"b"', b'["b"]')),
        (DropField(path="nothing.there"), BODY),
        (Retype(path="]["), BODY),
    ],
)
def test_fields(change: Change, body: bytes) -> None:
    """One field changes; the order of the keys and the form stay, and the length is true."""
    answer = after([change])
    assert answer.body == body
    assert told(answer, "content-length") == str(len(body))


def test_fields_one_after_the_other() -> None:
    """A change works upon what the one before it left."""
    changes: list[Change] = [SetField(path="a", value=1), Retype(path="a"), Retype(path="a"), DropField(path="b")]
    assert after(changes, b'{"b":2}').body == b'{"a":["1"]}'


def test_what_is_set_is_not_touched() -> None:
    """A value that was put into one answer stays what it was when that answer is changed further."""
    value: dict[str, object] = {"inner": 1}
    assert (
        after([SetField(path="a", value=value), SetField(path="a.inner", value=2)], b"{}").body == b'{"a":{"inner":2}}'
    )
    assert value == {"inner": 1}


def test_indented_json_stays_indented() -> None:
    """JSON that was written with indentation is so again."""
    body = b'{\n  "image": "a",\n  "outputs": 1\n}'
    assert after([SetField(path="outputs", value=2)], body).body == body.replace(b"1", b"2")
    assert after([SetField(path="outputs", value=2**70)], body).body == body.replace(b"1", b"%d" % 2**70)


@pytest.mark.parametrize("body", [b"\xff\xd8\xff", b"", b"{", b"words"])
def test_what_is_no_json(body: bytes) -> None:
    """Changes of fields leave alone what is no JSON."""
    assert after([SetField(path="a", value=1), DropField(path="$"), Retype(path="$")], body).body == body


def test_what_cannot_be_written() -> None:
    """A value without an end is not written; the body stays."""
    endless: list[object] = []
    endless.append(endless)
    assert after([SetField(path="a", value=endless)]).body == BODY


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (1, "1"),
        (1.5, "1.5"),
        ("a", ["a"]),
        (True, "true"),
        (False, "false"),
        (None, {}),
        ([5, "a"], {"0": 5, "1": "a"}),
        ([], {}),
        ({"a": [1]}, '{"a":[1]}'),
    ],
)
def test_retyped(value: object, other: object) -> None:
    """A value of each type becomes one of another that holds the same."""
    assert retyped(value) == other


@given(VALUES)
def test_a_type_is_never_kept(value: object) -> None:
    """Whatever the value, its type is another afterwards."""
    assert type(retyped(value)) is not type(value)


@pytest.mark.parametrize(
    ("fraction", "kept"), [(0.5, 5), (0.99, 9), (0.0, 0), (1.0, 10), (-1.0, 0), (7.0, 10), (float("nan"), 0)]
)
def test_truncate(fraction: float, kept: int) -> None:
    """A fraction of the body is kept, and the length is true to it."""
    answer = after([Truncate(fraction=fraction)], b"0123456789")
    assert answer.body == b"0123456789"[:kept]
    assert told(answer, "content-length") == str(kept)


def test_padding() -> None:
    """JSON is padded before it and parses as before; anything else gets zeros after it."""
    padded = after([Pad(size=3), Pad(size=4)])
    assert padded.body == b" " * 7 + BODY
    assert told(padded, "content-length") == str(len(BODY) + 7)
    assert after([Pad(size=3)], b"\xff").body == b"\xff\0\0\0"
    assert after([Pad(size=-3)]).body == BODY


def test_padding_has_a_bound() -> None:
    """No body is made larger by more than the bound."""
    assert len(after([Pad(size=2**60)], b"1").body) == MOST_PADDING + 1


def test_media_type() -> None:
    """The type is another, and the only one."""
    assert told(after([ContentType(media_type="text/html")]), "content-type") == "text/html"
    assert changed(Answer(200, [], b"a"), [ContentType(media_type="a/b")], around()).headers == [
        (b"content-type", b"a/b")
    ]


def test_headers() -> None:
    """A header replaces all of its name where the first stood; None leaves out all of them."""
    answer = Answer(200, [(b"X-A", b"1"), (b"b", b"2"), (b"x-a", b"3")], b"")
    assert changed(answer, [SetHeader(name="X-a", value="4")], around()).headers == [(b"x-a", b"4"), (b"b", b"2")]
    assert changed(answer, [SetHeader(name="x-A", value=None)], around()).headers == [(b"b", b"2")]
    assert changed(answer, [SetHeader(name="c", value="5\r\n")], around()).headers[-1] == (b"c", b"5")
    assert changed(answer, [SetHeader(name="no name", value="5")], around()) == answer


def test_a_length_may_lie() -> None:
    """A Content-Length that is set stands, whatever the length is."""
    answer = after([SetHeader(name="Content-Length", value="7"), Pad(size=3)])
    assert told(answer, "content-length") == "7"


@pytest.mark.parametrize(
    ("limits", "name", "value"),
    [
        (Limits(retry_after=2.0), "retry-after", "2"),
        (Limits(retry_after=1.2), "retry-after", "2"),
        (Limits(retry_after=-3.0), "retry-after", "-3"),
        (Limits(retry_after=5.0, retry_after_form="http-date"), "retry-after", "Tue, 14 Nov 2023 22:13:25 GMT"),
        (Limits(reset_in=5.0), "x-rate-limit-reset-at-utc", "1700000005"),
        (Limits(reset_in=5.0, reset_form="iso"), "x-rate-limit-reset-at-utc", "2023-11-14T22:13:25Z"),
        (Limits(reset_in=5.0, reset_form="http-date"), "x-rate-limit-reset-at-utc", "Tue, 14 Nov 2023 22:13:25 GMT"),
        (Limits(reset_in=5.0, reset_form="seconds"), "x-rate-limit-reset-at-utc", "5"),
        (Limits(retry_after=5.0), "x-rate-limit-reset-at-utc", None),
        (Limits(reset_in=5.0), "retry-after", None),
    ],
)
def test_limits(limits: Limits, name: str, value: str | None) -> None:
    """Limits are told in the form of choice; the reset in that of the quirk where none is chosen."""
    before = answers.json(429, b"{}")
    answer = changed(before, [limits], around(quirks={"reset_format": "epoch"}))
    assert told(answer, name) == value


def test_order() -> None:
    """Whatever order changes are given in, they are made in one."""
    changes: list[Change] = [
        SetField(path="status", value="DONE"),
        Pad(size=100),
        Truncate(fraction=0.9),
        Limits(retry_after=2.0),
        SetHeader(name="retry-after", value="soon"),
    ]
    expected = after(changes)
    assert expected.body == (b" " * 100 + BODY.replace(b"COMPLETED", b"DONE"))[: int((len(BODY) + 95) * 0.9)]
    assert told(expected, "retry-after") == "soon"
    assert all(after(order) == expected for order in permutations(changes))


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_where_there_is_no_body(method: str, status: int) -> None:
    """An answer that has no body gets none, and its length stays that of the body which is not there."""
    answer = Answer(status, [(b"content-length", b"9")], b"")
    assert changed(answer, [Pad(size=5), Truncate(fraction=0.5)], around(method)) == answer


def test_nothing_to_change() -> None:
    """Without changes, or with those that are another's to make, an answer is what it was."""
    answer = answers.json(200, BODY)
    assert changed(answer, [], around()) == answer
    assert changed(answer, [OtherPicture(format="png")], around()) == answer


@given(BODIES, CHANGES, st.sampled_from(["GET", "HEAD", "POST"]), st.sampled_from([200, 204, 304, 500]))
def test_any_changes(body: bytes, changes: list[Change], method: str, status: int) -> None:
    """Any changes to any answer give one that can be sent, and leave the one that was given as it was."""
    answer = answers.json(status, body)
    before = answer._replace(headers=list(answer.headers))
    after = changed(answer, changes, around(method))
    assert answer == before
    assert after.status == status
    for name, value in after.headers:
        assert name.isascii()
        assert not set(name + value) & {*range(32), 127}


@given(BODIES, CHANGES)
def test_the_length_is_true(body: bytes, changes: list[Change]) -> None:
    """The length told is that of the body, unless a header is set to tell another."""
    own = [change for change in changes if not isinstance(change, SetHeader)]
    after = changed(answers.json(200, body), own, around())
    assert told(after, "content-length") == str(len(after.body))


@given(st.dictionaries(st.text(), st.integers(0, 99) | st.text()), st.integers(0, 999))
def test_padded_json_parses(document: dict[str, object], size: int) -> None:
    """JSON that is padded says what it said."""
    body = json.dumps(document).encode()
    padded = after([Pad(size=size)], body).body
    assert len(padded) == len(body) + size
    assert json.loads(padded) == document
