"""Intake: a request is counted, read and queued, and one that is refused leaves nothing behind."""

from __future__ import annotations

import pytest

from tests.worlds import KEY, mock

CALL = {"image": "https://x.test/a.png", "prompt": "a lighthouse"}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(("reading", "used"), [("yes", 1), ("no", 0)])
def test_what_a_refusal_counts(version: str, reading: str, used: int) -> None:
    """A refused request is counted, or given back under the quirk."""
    world = mock(rpm=5, quirks={"refusals_count": reading})
    assert world.post(f"/{version}/nothing", CALL).status_code == 404
    assert world.app.backend.world(KEY).window.used == used


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_host_that_is_none_queues_nothing(version: str) -> None:
    """The origin is looked at before a job is queued or charged."""
    world = mock(credits=1)
    assert world.post(f"/{version}/sam-img2img", CALL, headers={"host": "a b"}).status_code == 400
    assert world.app.backend.world(KEY).drawn == 0


def test_a_job_that_fails_was_no_refusal() -> None:
    """A v1 call whose job fails has been taken, and counts under either reading."""
    world = mock(rpm=5, quirks={"refusals_count": "no"})
    assert world.post("/v1/sd1.5-img2img", CALL | {"prompt": "mock:fail"}).status_code == 500
    assert world.app.backend.world(KEY).window.used == 1
