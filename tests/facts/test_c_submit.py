"""Facts c: the submit of v2."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.worlds import KEY, mock, printed_call

SLUG = "sd1.5-img2img"
CALL = {"image": "https://x.test/a.png", "prompt": "a lighthouse"}
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.fact("c1")
def test_a_submit_answers_200() -> None:
    """The body that v1 takes is queued with 200, not 202."""
    assert mock().post(f"/v2/{SLUG}", printed_call(SLUG)).status_code == 200


@pytest.mark.fact("c2")
def test_the_five_texts_of_a_submit() -> None:
    """An id, the state and three absolute URLs made of them."""
    body = mock().submit()
    base, request_id = "http://mock.test", body["request_id"]
    assert body == {
        "poll_url": f"{base}/v1/requests/{request_id}",
        "request_id": request_id,
        "response_url": f"{base}/v2/requests/{request_id}",
        "status": "QUEUED",
        "status_url": f"{base}/v2/requests/{request_id}/status",
    }


@pytest.mark.fact("c2")
def test_a_submit_is_queued_even_when_it_is_done_at_once() -> None:
    """The submit says QUEUED under instant timing too."""
    assert mock(timing="instant").submit()["status"] == "QUEUED"


@pytest.mark.fact("c3")
def test_the_keys_of_a_submit_are_sorted() -> None:
    """In the order that was seen on the wire."""
    keys = list(mock().submit())
    assert keys == sorted(keys)


@pytest.mark.fact("c4")
@pytest.mark.parametrize(("reading", "shape"), [("uuid", UUID4), ("hex", "[0-9a-f]{32}")])
def test_request_ids(reading: str, shape: str) -> None:
    """Conflict C4: the ids of both readings, each working in all three places."""
    world = mock(quirks={"request_id": reading}, timing="instant")
    request_id = world.submit()["request_id"]
    assert re.fullmatch(shape, request_id)
    assert world.status(request_id).status_code == world.result(request_id).status_code == 200


@pytest.mark.fact("c4")
def test_request_ids_differ() -> None:
    """A hundred submits have a hundred ids."""
    world = mock()
    assert len({world.submit()["request_id"] for _ in range(100)}) == 100


@pytest.mark.fact("c5")
@pytest.mark.parametrize(
    ("host", "origin"), [("localhost:9000", "http://localhost:9000"), ("[::1]:8787", "http://[::1]:8787")]
)
def test_urls_point_at_the_server_that_was_asked(host: str, origin: str) -> None:
    """The Host of the request is the host of every URL."""
    body = mock().post(f"/v2/{SLUG}", CALL, headers={"host": host}).json()
    assert {body[key].partition("/v")[0] for key in ("poll_url", "status_url", "response_url")} == {origin}


@pytest.mark.fact("c5")
def test_urls_point_at_the_public_url_when_it_is_set() -> None:
    """`public_url` goes before the Host header, its path included."""
    body = mock(public_url="https://mock.example/segmind/").submit()
    assert body["status_url"].startswith("https://mock.example/segmind/v2/requests/")


def test_a_host_that_is_none_is_refused() -> None:
    """A Host header that could break a URL or a body is a 400."""
    answer = mock().post(f"/v2/{SLUG}", CALL, headers={"host": 'x"},{'})
    assert answer.status_code == 400


@pytest.mark.fact("c6")
@pytest.mark.parametrize("body", [{}, {"prompt": "", "samples": 9}, {"image": b"\x00\x01".hex() + "!", "prompt": "x"}])
def test_an_invalid_body_is_queued_and_fails(body: dict[str, Any]) -> None:
    """Accepted with 200; when it runs, it fails within milliseconds and says why."""
    world = mock()
    submitted = world.post(f"/v2/{SLUG}", body)
    assert submitted.status_code == 200
    world.clock.advance(2)
    failed = world.status(submitted.json()["request_id"])
    assert (failed.status_code, failed.json()["status"]) == (422, "FAILED")
    assert failed.json()["metrics"]["inference_time"] == 0.007
    assert failed.json()["error"].startswith("Invalid parameters: ")


@pytest.mark.parametrize(("reading", "status"), [("submit", 400), ("submit-422", 422)])
def test_an_invalid_body_is_refused_under_the_quirk(reading: str, status: int) -> None:
    """Conflicts C6 and C7: refused at submit, every fault named."""
    answer = mock(quirks={"v2_validation": reading}).post(f"/v2/{SLUG}", {"samples": 9, "image": "https://x.test/a"})
    assert answer.status_code == status
    assert "samples is 9" in answer.json()["error"]
    assert "prompt is missing" in answer.json()["error"]


@pytest.mark.fact("c7")
@pytest.mark.parametrize(
    ("settings", "headers", "slug", "status"),
    [
        ({}, {"x-api-key": "bad"}, SLUG, 401),
        ({}, {"content-type": "text/plain"}, SLUG, 406),
        ({}, {}, "no-such-model", 404),
        ({"retire": (SLUG,)}, {}, SLUG, 410),
        ({"credits": 0.001}, {}, SLUG, 406),
    ],
    ids=["key", "content-type", "slug", "retired", "credits"],
)
def test_what_is_checked_before_anything_is_queued(
    settings: dict[str, Any], headers: dict[str, str], slug: str, status: int
) -> None:
    """A refused submit leaves no job behind: the next one has the first id."""
    world = mock(**settings)
    headers = {"content-type": "application/json"} | headers
    assert world.post(f"/v2/{slug}", content=json.dumps(CALL), headers=headers).status_code == status
    assert _drawn(world) == 0


def _drawn(world: Any) -> int:
    """How many jobs the world of the test's key has begun."""
    drawn: int = world.app.backend.world(KEY).drawn
    return drawn


@pytest.mark.fact("c7")
def test_the_rate_is_checked_before_anything_is_queued() -> None:
    """The second request of a minute under a limit of one is refused."""
    world = mock(rpm=1)
    world.submit()
    assert world.post(f"/v2/{SLUG}", CALL).status_code == 429
    assert _drawn(world) == 1
