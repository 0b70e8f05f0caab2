"""Effects: each thing that can stand in `do`, and what it comes to."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_mock.faults import (
    AccountChange,
    BrokenChunk,
    ContentType,
    Cut,
    Delay,
    Drip,
    DropField,
    Effects,
    Error,
    Garbage,
    Given,
    HangUp,
    JobPlan,
    Limits,
    OtherPicture,
    Pad,
    Redirect,
    Refuse,
    Replay,
    Reset,
    Retype,
    SetField,
    SetHeader,
    Stop,
    Tells,
    Truncate,
)
from segmind_mock.scenarios.effects import doubles_in, effects_of, faults_of
from segmind_mock.scenarios.schema import faults_in, schema

ONE = (
    ({"error": 502}, Effects(answer=Error(code=502))),
    (
        {"error": {"code": 429, "text": "x", "form": "html", "reset_in": 3}},
        Effects(answer=Error(code=429, text="x", form="html", reset_in=3)),
    ),
    ({"answer": {"status": 204}}, Effects(answer=Given(status=204))),
    (
        {"answer": {"status": 200, "json": {"a": "ü"}}},
        Effects(answer=Given(status=200, headers=(("content-type", "application/json"),), body='{"a": "ü"}'.encode())),
    ),
    (
        {"answer": {"status": 200, "json": None, "headers": {"Content-Type": "x/y", "A": 1}}},
        Effects(answer=Given(status=200, headers=(("content-type", "x/y"), ("a", "1")), body=b"null")),
    ),
    (
        {"answer": {"status": 200, "text": "t"}},
        Effects(answer=Given(status=200, headers=(("content-type", "text/plain; charset=utf-8"),), body=b"t")),
    ),
    (
        {"answer": {"status": 200, "html": "h"}},
        Effects(answer=Given(status=200, headers=(("content-type", "text/html; charset=utf-8"),), body=b"h")),
    ),
    (
        {"answer": {"status": 200, "base64": "AAE="}},
        Effects(answer=Given(status=200, headers=(("content-type", "application/octet-stream"),), body=b"\x00\x01")),
    ),
    ({"redirect": "/a"}, Effects(answer=Redirect(to="/a", status=307))),
    ({"redirect": {"to": "http://a/", "status": 302}}, Effects(answer=Redirect(to="http://a/", status=302))),
    ({"replay": "first"}, Effects(answer=Replay(which="first"))),
    ({"tells": "QUEUED"}, Effects(answer=Tells(state="QUEUED"))),
    ({"accepted": False}, Effects(accepted=False)),
    (
        {"account": {"credits": 1, "drain": 0.5, "rpm": 5, "status": "invalid"}},
        Effects(account=(AccountChange(credits=1, drain=0.5, rpm=5, status="invalid"),)),
    ),
    (
        {"account": {"forbid": ["a"], "retire": [], "quirks": {"bearer": "accept"}}},
        Effects(account=(AccountChange(forbid=("a",), retire=(), quirks={"bearer": "accept"}),)),
    ),
    ({"job": {"queue": 0.5, "run": 2}}, Effects(job=JobPlan(queue_ms=500, run_ms=2000))),
    ({"job": {"stuck": "PROCESSING"}}, Effects(job=JobPlan(stuck="PROCESSING"))),
    ({"job": {"fails": True}}, Effects(job=JobPlan(fails=""))),
    ({"job": {"blocked": "not here"}}, Effects(job=JobPlan(blocked="not here"))),
    ({"set": {"$.a": [1]}}, Effects(changes=(SetField(path="$.a", value=[1]),))),
    ({"drop": ["a", "$.b"]}, Effects(changes=(DropField(path="a"), DropField(path="$.b")))),
    ({"retype": ["a"]}, Effects(changes=(Retype(path="a"),))),
    ({"truncate": 0.5}, Effects(changes=(Truncate(fraction=0.5),))),
    ({"pad": 10}, Effects(changes=(Pad(size=10),))),
    ({"content_type": "a/b"}, Effects(changes=(ContentType(media_type="a/b"),))),
    (
        {"headers": {"X-A": "1", "b": None, "c": 2.5}},
        Effects(
            changes=(
                SetHeader(name="x-a", value="1"),
                SetHeader(name="b", value=None),
                SetHeader(name="c", value="2.5"),
            )
        ),
    ),
    (
        {"limits": {"retry_after": 3, "retry_after_form": "http-date", "reset_in": 5, "reset_form": "iso"}},
        Effects(changes=(Limits(retry_after=3, retry_after_form="http-date", reset_in=5, reset_form="iso"),)),
    ),
    (
        {"picture": {"format": "png", "width": 4, "height": 3}},
        Effects(changes=(OtherPicture(format="png", width=4, height=3),)),
    ),
    ({"delay": 2}, Effects(wire=(Delay(low=2, high=2),))),
    ({"delay": {"uniform": [1, 2]}}, Effects(wire=(Delay(low=1, high=2),))),
    ({"delay": {"lognormal": {"median": 1, "sigma": 0.5}}}, Effects(wire=(Delay(median=1, sigma=0.5),))),
    ({"drip": {"size": 3, "every": 0.1}}, Effects(wire=(Drip(size=3, every=0.1),))),
    ({"stop": 0.5}, Effects(wire=(Stop(at=0.5),))),
    ({"cut": 1}, Effects(wire=(Cut(at=1),))),
    ({"reset": "body"}, Effects(wire=(Reset(when="body"),))),
    ({"hang_up": True}, Effects(wire=(HangUp(after=0.0),))),
    ({"hang_up": 1.5}, Effects(wire=(HangUp(after=1.5),))),
    ({"broken_chunk": True}, Effects(wire=(BrokenChunk(),))),
    ({"garbage": 9}, Effects(wire=(Garbage(size=9),))),
    ({"refuse": 2}, Effects(wire=(Refuse(seconds=2),))),
)


@pytest.mark.parametrize(("do", "expected"), ONE, ids=[str(do) for do, _ in ONE])
def test_each(do: dict[str, Any], expected: Effects) -> None:
    """Each effect keeps to the schema, has no fault, and comes to its value."""
    rule = {"scenario": "a", "teaches": "b", "rests_on": "c", "rules": [{"do": do}]}
    assert faults_in(rule) == []
    assert [*doubles_in(do), *faults_of(do)] == []
    assert effects_of(do) == expected


def test_all_are_here() -> None:
    """The cases above have every effect that the schema has."""
    assert {name for do, _ in ONE for name in do} == set(schema()["$defs"]["do"]["properties"])


def test_order() -> None:
    """Changes are made in one order however they are written: the file, its fields, its bytes, its headers."""
    do = {"headers": {"a": "1"}, "truncate": 0.5, "pad": 1, "drop": ["b"], "set": {"a": 1}, "picture": {"width": 1}}
    kinds = [OtherPicture, SetField, DropField, Pad, Truncate, SetHeader]
    assert [type(change) for change in effects_of(do).changes] == kinds


@pytest.mark.parametrize(
    ("do", "place", "words"),
    [
        ({"error": 502, "tells": "QUEUED"}, (), "has error and tells; allowed: at most one of error, answer,"),
        ({"cut": 1, "stop": 0, "refuse": 1}, (), "has stop and cut and refuse; allowed: at most one of"),
        ({"job": {"fails": True, "stuck": "QUEUED"}}, ("job",), "has stuck and fails"),
        ({"error": {"code": 502, "reset_in": 1}}, ("error", "reset_in"), "goes with code 429 only"),
        ({"job": {"fails": "no"}}, ("job", "fails"), "allowed: true"),
        ({"job": {"blocked": "Off"}}, ("job", "blocked"), "allowed: true"),
        ({"headers": {"Content-Length": 5}}, ("headers", "Content-Length"), "use cut"),
        (
            {"answer": {"status": 200, "headers": {"transfer-encoding": "chunked"}}},
            ("answer", "headers", "transfer-encoding"),
            "use cut",
        ),
        ({"answer": {"status": 200, "json": 1, "text": "x"}}, ("answer",), "has json and text"),
        ({"answer": {"status": 200, "base64": "%"}}, ("answer", "base64"), "is not base64"),
        ({"answer": {"status": 200, "base64": "ü"}}, ("answer", "base64"), "is not base64"),
        ({"set": {"$.[": 1}}, ("set", "$.["), "is no path"),
        ({"drop": ["a", ""]}, ("drop", 1), "is no path"),
        ({"retype": ["$["]}, ("retype", 0), "is no path"),
        ({"account": {"quirks": {"berer": "accept"}}}, ("account", "quirks"), "did you mean bearer?"),
        ({"limits": {"reset_form": "iso"}}, ("limits", "reset_form"), "says nothing without reset_in"),
        ({"limits": {"retry_after_form": "seconds"}}, ("limits", "retry_after_form"), "without retry_after"),
        ({"delay": {"uniform": [2, 1]}}, ("delay", "uniform"), "ends before it begins"),
    ],
    ids=str,
)
def test_faults(do: dict[str, Any], place: tuple[str | int, ...], words: str) -> None:
    """What a schema cannot see is told at its place."""
    ((found, text),) = [*doubles_in(do), *faults_of(do)]
    assert found == place
    assert words in text
