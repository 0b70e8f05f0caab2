"""Facts e and f: results, output files, and how long each is kept."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from tests.worlds import Mock, mock

HOUR, DAY = 3600, 86_400


def done(world: Mock, slug: str = "sd1.5-img2img", **changes: object) -> dict[str, Any]:
    """The result of a job that has completed."""
    answer = world.result(world.submit(slug, **changes)["request_id"])
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.fact("e1")
@pytest.mark.parametrize(("reading", "status"), [("status", 200), ("202", 202), ("404", 404)])
def test_the_result_before_completion(reading: str, status: int) -> None:
    """Unknown U1: the status body under 200 or 202, or not found."""
    world = mock(quirks={"early_result": reading})
    answer = world.result(world.submit()["request_id"])
    assert answer.status_code == status
    assert answer.json().get("status", "") == ("" if reading == "404" else "QUEUED")


@pytest.mark.fact("e2")
def test_a_result_has_an_output() -> None:
    """An absolute URL on this server."""
    body = done(mock(timing="instant"))
    assert body["status"] == "COMPLETED"
    assert body["output"].startswith("http://mock.test/generations/")


@pytest.mark.parametrize("reading", ["generations", "bucket"])
def test_where_files_are_is_a_quirk(reading: str) -> None:
    """Conflict C10: both shapes of URL answer the picture."""
    world = mock(timing="instant", quirks={"file_location": reading})
    url = done(world)["output"]
    assert ("/generations/" in url) is (reading == "generations")
    assert world.get(url).headers["content-type"] == "image/jpeg"


@pytest.mark.fact("e3")
def test_images_are_described() -> None:
    """Four texts for each, and each of them true."""
    world = mock(timing="instant")
    image = done(world)["images"][0]
    file = world.get(image["url"])
    assert image == {
        "url": image["url"],
        "content_type": file.headers["content-type"],
        "file_name": image["url"].rpartition("/")[2],
        "file_size": str(len(file.content)),
    }


@pytest.mark.fact("e4")
@pytest.mark.fact("k4")
@pytest.mark.parametrize(("reading", "timings"), [("inference", {"inference": 0.0}), ("none", {})])
def test_what_stands_beside_the_output(reading: str, timings: dict[str, float]) -> None:
    """The seed as text, the prompt, timings (unknown U15) and metrics."""
    body = done(mock(timing="instant", quirks={"timings_key": reading}), seed=98877465625, prompt="a lighthouse")
    assert (body["seed"], body["prompt"], body["timings"]) == ("98877465625", "a lighthouse", timings)
    assert body["metrics"]["cost"] == 0.0037


@pytest.mark.fact("e5")
def test_several_pictures_are_all_listed() -> None:
    """Each size times each variant, in order, the first of them the output."""
    world = mock(timing="instant")
    body = done(world, "smart-banner-resizer", target_sizes=["300x250", "728x90"], num_images_per_size=2)
    sizes = [Image.open(io.BytesIO(world.get(image["url"]).content)).size for image in body["images"]]
    assert sizes == [(300, 250), (300, 250), (728, 90), (728, 90)]
    assert body["output"] == body["images"][0]["url"]
    assert len({image["url"] for image in body["images"]}) == 4


@pytest.mark.fact("e5")
def test_forty_pictures() -> None:
    """Ten sizes in four variants are forty files, each listed with what it is, each of its exact size, none twice."""
    world = mock(timing="instant")
    sizes = [f"{40 + step}x{90 - step}" for step in range(10)]
    body = done(world, "smart-banner-resizer", target_sizes=sizes, num_images_per_size=4, output_format="webp")
    files = [world.get(image["url"]) for image in body["images"]]
    shown = [Image.open(io.BytesIO(file.content)) for file in files]
    assert [f"{image.width}x{image.height}" for image in shown] == [size for size in sizes for _ in range(4)]
    assert [image["file_size"] for image in body["images"]] == [str(len(file.content)) for file in files]
    assert {image["content_type"] for image in body["images"]} == {"image/webp"}
    assert len({image["file_name"] for image in body["images"]}) == len({one.tobytes() for one in shown}) == 40


@pytest.mark.fact("e6")
def test_the_result_of_a_failed_job_is_422() -> None:
    """With the body that its status has."""
    world = mock(timing="instant")
    request_id = world.submit(prompt="mock:fail")["request_id"]
    assert world.result(request_id).status_code == 422
    assert world.result(request_id).json() == world.status(request_id).json()


@pytest.mark.fact("e7")
def test_the_words_of_an_unknown_id() -> None:
    """Status and result name the id."""
    missing = "00000000-0000-0000-0000-000000000000"
    for answer in (mock().status(missing), mock().result(missing)):
        assert (answer.status_code, answer.json()) == (404, {"error": f"Request {missing} not found"})


@pytest.mark.fact("e8")
def test_the_older_poll() -> None:
    """It mirrors the result, and has a 404 of its own."""
    world = mock(timing="instant")
    request_id = world.submit()["request_id"]
    assert world.get(f"/v1/requests/{request_id}").content == world.result(request_id).content
    text = world.get("/v1/requests/nothing").json()["error"]
    assert text.startswith("Output for this request ID")
    assert text.endswith("Not Found")


def test_the_older_poll_may_be_a_status() -> None:
    """Unknown U2: under `v1_poll=status` it answers the status body."""
    world = mock(timing="instant", quirks={"v1_poll": "status"})
    request_id = world.submit()["request_id"]
    assert world.get(f"/v1/requests/{request_id}").content == world.status(request_id).content


@pytest.mark.fact("e9")
def test_files_are_public_and_unguessable() -> None:
    """No key is needed; any change of the name finds nothing."""
    world = mock(timing="instant")
    url = done(world)["output"]
    assert world.get(url, headers={"x-api-key": None}).status_code == 200
    changed = url[:-5] + ("0" if url[-5] != "0" else "1") + url[-4:]
    assert world.get(changed).status_code == 404
    assert world.get(url.replace(".jpg", ".png")).status_code == 404


def test_the_file_of_a_job_that_is_not_done_is_not_there() -> None:
    """A name that is right too early finds nothing."""
    early = mock()
    late = mock(timing="instant")
    url = done(late)["output"]
    early.submit()
    assert early.get(url).status_code == 404


@pytest.mark.fact("f1")
def test_a_record_lives_one_hour_from_submission() -> None:
    """A moment before, all three answer; at the hour, none does."""
    world = mock(timing="instant")
    request_id = world.submit()["request_id"]
    places = [f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}", f"/v1/requests/{request_id}"]
    world.clock.advance(HOUR - 0.001)
    assert [world.get(place).status_code for place in places] == [200, 200, 200]
    world.clock.advance(0.001)
    assert [world.get(place).status_code for place in places] == [404, 404, 404]


def test_the_hour_may_count_from_completion() -> None:
    """Conflict C11: under the quirk a job of ten minutes is kept ten minutes longer."""
    world = mock(timing="instant", quirks={"retention_from": "completion"})
    request_id = world.submit(prompt="mock:slow=600")["request_id"]
    world.clock.advance(HOUR + 599)
    assert world.status(request_id).status_code == 200
    world.clock.advance(1)
    assert world.status(request_id).status_code == 404


def test_retention_is_a_setting() -> None:
    """`retention=5` forgets after five seconds."""
    world = mock(timing="instant", retention=5)
    request_id = world.submit()["request_id"]
    world.clock.advance(5)
    assert world.status(request_id).status_code == 404


@pytest.mark.fact("f2")
@pytest.mark.fact("f3")
@pytest.mark.parametrize(("reading", "status"), [("404", 404), ("403", 403)])
def test_a_file_lives_seven_days(reading: str, status: int) -> None:
    """Long after its record, and not a moment longer; what follows is unknown U3."""
    world = mock(timing="instant", quirks={"expired_file": reading})
    url = done(world)["output"]
    world.clock.advance(7 * DAY - 0.001)
    assert world.get(url).status_code == 200
    world.clock.advance(0.001)
    assert world.get(url).status_code == status
    assert world.get(url.replace("generations/", "generations/0")).status_code == 404


def test_forgotten_jobs_leave_nothing_behind() -> None:
    """After their days, the next submit drops records, payloads and room that they took."""
    world = mock(timing="instant", max_jobs=5)
    for number in range(5):
        world.submit(prompt=f"prompt {number}")
    assert world.post("/v2/sd1.5-img2img", {}).status_code == 429
    world.clock.advance(7 * DAY)
    world.submit(prompt="the next")
    backend = world.app.backend
    assert (len(backend.world(world.key).jobs), len(backend._payloads)) == (1, 1)


def test_no_live_job_is_dropped_to_make_room() -> None:
    """At the bound a submit is refused in words, and the jobs there stay."""
    world = mock(timing="instant", max_jobs=1)
    request_id = world.submit()["request_id"]
    refused = world.post("/v2/sd1.5-img2img", {})
    assert refused.status_code == 429
    assert "max_jobs" in refused.json()["error"]
    assert world.status(request_id).status_code == 200


def test_a_file_outlives_its_record_also_where_room_is_short() -> None:
    """A record that has expired is not forgotten while its file lives: the next submit is refused instead."""
    world = mock(timing="instant", max_jobs=1)
    url = done(world)["output"]
    world.clock.advance(2 * HOUR)
    assert world.post("/v2/sd1.5-img2img", {"image": "https://x.test/a.png", "prompt": "x"}).status_code == 429
    assert world.get(url).status_code == 200


def test_a_failed_job_is_forgotten_with_its_record() -> None:
    """It has no file that would have to live on."""
    world = mock(timing="instant", max_jobs=1)
    world.submit(prompt="mock:fail")
    world.clock.advance(HOUR)
    assert world.submit()["status"] == "QUEUED"
