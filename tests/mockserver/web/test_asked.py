"""Asked: a request as rules look at it, before it is answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.operations import Operation
from segmind_mock.patterns import MISSING, Pattern
from segmind_mock.pictures import Gallery
from segmind_mock.web.asked import Asked
from segmind_mock.web.call import Call
from segmind_mock.web.files import Files
from tests.worlds import KEY, Mock, mock


def asked(
    here: Mock, operation: Operation, argument: str, body: bytes = b"", headers: dict[bytes, bytes] | None = None
) -> Asked:
    """A request that has just come."""
    backend = here.app.backend
    world = backend.world(KEY)
    scope: dict[str, Any] = {"method": "POST" if body else "GET", "path": "/a/path"}
    call = Call(scope, headers or {}, world, world.clock.now(), 0)
    call.body = body
    return Asked(call, operation, argument, backend, Files(backend, Gallery(1 << 20, backend.held_input), 1 << 20))


def test_a_submit() -> None:
    """A submit names its model, and is about the job that it will make."""
    here = mock()
    here.submit()
    subject = asked(here, Operation.SUBMIT, "sd1.5-img2img", b'{"prompt": "x"}', {b"x-a": b"\xe9"})
    assert (subject.method, subject.path, subject.operation, subject.key) == ("POST", "/a/path", "submit", KEY)
    assert (subject.model, subject.job, subject.request_id) == ("sd1.5-img2img", 2, None)
    assert (subject.state, subject.age, subject.status, subject.rules) == (None, None, None, ())
    assert (subject.body, subject.answer) == ({"prompt": "x"}, MISSING)
    assert (subject.header("x-a"), subject.header("x-b")) == ("é", None)


@pytest.mark.parametrize("operation", [Operation.STATUS, Operation.RESULT, Operation.POLL])
def test_a_look(operation: Operation) -> None:
    """A look at a job knows its model, its number, its true state and its age."""
    here = mock(timing="instant")
    here.submit()
    request_id = here.submit()["request_id"]
    here.clock.advance(90)
    subject = asked(here, operation, request_id)
    assert (subject.request_id, subject.model, subject.job) == (request_id, "sd1.5-img2img", 2)
    assert (subject.state, subject.age) == ("COMPLETED", 90)


def test_a_file() -> None:
    """A file is about the job that made it."""
    here = mock(timing="instant")
    request_id = here.submit()["request_id"]
    here.clock.advance(60)
    path = here.result(request_id).json()["images"][0]["url"].removeprefix("http://mock.test")
    subject = asked(here, Operation.FILE, path)
    assert (subject.request_id, subject.model, subject.job) == (request_id, "sd1.5-img2img", 1)
    assert (subject.state, subject.age) == ("COMPLETED", 60)


@pytest.mark.parametrize("argument", ["", "nothing", "0" * 32, "/generations/x.png"])
@pytest.mark.parametrize("operation", [Operation.STATUS, Operation.FILE, Operation.CREDITS, Operation.OTHER])
def test_nothing(operation: Operation, argument: str) -> None:
    """A request about no job has no model, no job, no state and no age."""
    subject = asked(mock(), operation, argument)
    assert (subject.model, subject.job, subject.state, subject.age) == (None, None, None, None)


def test_only_its_own_jobs() -> None:
    """The job of another account is none."""
    here = mock()
    request_id = here.as_key("SG_00000000000000aa").submit()["request_id"]
    assert asked(here, Operation.STATUS, request_id).job is None


@given(st.binary(max_size=50) | st.sampled_from([b"[" * 5000, b"", b'{"a": NaN}', b"5"]))
def test_any_body(body: bytes) -> None:
    """Whatever a body is, a pattern over it matches or does not."""
    subject = asked(HERE, Operation.SUBMIT, "x", body)
    assert Pattern.of({"body": {"a": 1}}).matches(subject) in (True, False)


HERE = mock()
