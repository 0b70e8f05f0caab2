"""The calls of the five model pages, through the official SDK, inside a test: nothing set up, no socket, no waiting."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import httpx
import pytest
import segmind
from PIL import Image

from segmind_mock import Mock, intercept
from tests.sdk.calls import CALLS, PICTURES

EACH = pytest.mark.parametrize("slug", CALLS)


def pictures_of(result: dict[str, object]) -> list[Image.Image]:
    """Every picture of a result, fetched as anybody could, and decoded."""
    images = result["images"]
    assert isinstance(images, list)
    found: list[Image.Image] = [Image.open(BytesIO(httpx.get(image["url"]).content)) for image in images]
    for picture in found:
        picture.load()
    return found


def polls(mock: Mock) -> list[float]:
    """When each look at a status came, in seconds after the submit."""
    (submit,) = mock.find(operation="submit")
    return [(look.at - submit.at) / 1000 for look in mock.find(operation="status")]


@EACH
def test_one_shot(slug: str) -> None:
    """The module's `run`, with a key from the environment alone: what the page reads of the result is there."""
    with intercept() as mock:
        result = segmind.run(slug, **CALLS[slug])
        assert result["status"] == "COMPLETED"
        assert result["output"] == result["images"][0]["url"]
        assert result["metrics"]["inference_time"] > 0
        assert len(pictures_of(result)) == PICTURES[slug]
        mock.verify(path=f"/v2/{slug}", count=1, status=200)
        assert polls(mock) == [float(second) for second in range(len(polls(mock)))]
        assert mock.spent == result["metrics"]["cost"]


@EACH
def test_submit_and_poll(slug: str) -> None:
    """A client with no arguments; its job has an id at once, and is waited for at the page's cadence."""
    with intercept() as mock:
        client = segmind.SegmindClient()
        job = client.submit_async(slug, **CALLS[slug])
        assert job.request_id == mock.jobs[0].request_id
        result = job.wait(timeout=600, interval=1.0)
        assert result["output"].startswith("https://images.segmind.com/generations/")
        mock.verify(operation="result", count=1)
        mock.verify({"operation": "status", "spacing": {"at_least": 1, "at_most": 1}})


@EACH
def test_v1(slug: str) -> None:
    """`run_sync` blocks and has the picture; of the converter, whose page says Text/JSON, where it is."""
    with intercept():
        answer = segmind.run_sync(slug, **CALLS[slug])
        is_told = answer.headers["content-type"] == "application/json"
        content = httpx.get(answer.json()["output"]).content if is_told else answer.content
    Image.open(BytesIO(content)).load()
    assert is_told == (slug == "image-converter")


def test_the_two_ways_a_page_expects_a_wait_to_end() -> None:
    """A job that never ends, and one that fails, raise what the page catches."""
    call = CALLS["sd1.5-img2img"]
    with intercept() as mock:
        client = segmind.SegmindClient()
        stuck = client.submit_async("sd1.5-img2img", **call | {"prompt": "a lighthouse mock:stuck"})
        with pytest.raises(segmind.InferenceTimeout) as late:
            stuck.wait(timeout=600, interval=1.0)
        assert late.value.request_id == stuck.request_id
        assert polls(mock) == [float(second) for second in range(601)]
        failing = client.submit_async("sd1.5-img2img", **call | {"prompt": "a lighthouse mock:fail"})
        with pytest.raises(segmind.InferenceFailed) as failed:
            failing.wait(timeout=600, interval=1.0)
        assert failed.value.detail


def test_a_client_that_was_there_before() -> None:
    """Made before the interception begins, it calls the mock within it."""
    client = segmind.SegmindClient(api_key="SG_00000000000000aa")
    with intercept() as mock:
        assert client.run("sam-img2img", **CALLS["sam-img2img"])["status"] == "COMPLETED"
        assert mock.account("SG_00000000000000aa").jobs
    client._client.close()


def test_the_sdk_imported_inside() -> None:
    """A script in which nothing was imported before, and no key is set."""
    script = (
        "from segmind_mock import intercept\n"
        "with intercept() as mock:\n"
        "    import segmind\n"
        "    print(segmind.run('sam-img2img', image='https://segmind.com/kitchen.jpg')['status'], len(mock.jobs))\n"
        "print(segmind._default_client)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["COMPLETED", "1", "None"]
