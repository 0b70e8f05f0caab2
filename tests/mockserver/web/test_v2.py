"""v2: accounts of one server that read the service differently, each by its own readings alone."""

from __future__ import annotations

import pytest

from segmind_mock.control import Refused
from segmind_mock.faults import AccountChange
from segmind_mock.quirks import LAID_DOWN
from tests.worlds import KEY, OTHER_KEY, Mock, mock

ORIGIN = "http://mock.test"


def two(*, timing: str = "instant", **quirks: str) -> tuple[Mock, Mock]:
    """Two accounts of one server, the second with these readings; each begins with two credits."""
    here = mock(timing=timing, credits=2)
    control = here.app.control
    control.change(here.app.backend.world(OTHER_KEY), AccountChange(quirks=quirks))
    return here, here.as_key(OTHER_KEY)


def output(here: Mock, **changes: object) -> str:
    """The path of the picture that a new job made."""
    url: str = here.result(here.submit("sam-img2img", **changes)["request_id"]).json()["output"]
    return url.removeprefix(ORIGIN)


def test_early_result() -> None:
    """A result that is asked for too early has the status that the account's reading says."""
    here, other = two(timing="brisk", early_result="404")
    assert [one.result(one.submit()["request_id"]).status_code for one in (here, other)] == [200, 404]


def test_picture_format() -> None:
    """Where a model leaves the format open, an account's pictures are of the one it chose, on either surface."""
    here, other = two(picture_format="webp")
    kinds = [one.get(output(one)).headers["content-type"] for one in (here, other)]
    call = {"image": "https://x.test/a.png"}
    kinds += [one.post("/v1/sam-img2img", call).headers["content-type"] for one in (here, other)]
    assert kinds[1::2] == ["image/webp"] * 2
    assert "image/webp" not in kinds[::2]


def test_v2_no_credits() -> None:
    """An account without credits is refused with the status that its reading says."""
    here, other = two(v2_no_credits="402")
    for one in (here, other):
        world = one.app.backend.world(one.key)
        one.app.control.change(world, AccountChange(credits=0))
    answers = [one.post("/v2/sam-img2img", {"image": "https://x.test/a.png"}) for one in (here, other)]
    assert [answer.status_code for answer in answers] == [406, 402]
    assert [answer.headers["x-mock-quirk"] for answer in answers] == ["v2_no_credits=406", "v2_no_credits=402"]


def test_file_location() -> None:
    """Files of both accounts are there, each where its account has them, for all who ask, until their days are over."""
    here, other = two(file_location="bucket")
    path, in_bucket = output(here), output(other)
    assert path.startswith("/generations/")
    assert in_bucket.count("/") == 1
    assert "-output." in in_bucket
    for asks in (here, other):
        for found in (path, in_bucket):
            answer = asks.get(found, headers={"x-api-key": None})
            assert (answer.status_code, answer.headers["content-type"][:6]) == (200, "image/")
    here.clock.advance(8 * 24 * 3600)
    assert [here.get(gone).status_code for gone in (path, in_bucket)] == [404, 404]


def test_an_input_from_the_others_bucket() -> None:
    """A picture that one account made is an input for another, wherever it lies."""
    here, other = two(file_location="bucket")
    url = ORIGIN + output(other)
    call = {"image_url": url, "target_format": "png"}
    assert here.post("/v1/image-converter", call).status_code == 200
    assert len(here.app.backend.inputs) == 1


def test_request_ids() -> None:
    """Each account's ids are of its own shape, and name its own jobs only."""
    here, other = two(request_id="hex")
    ids = [one.submit()["request_id"] for one in (here, other)]
    assert [len(request_id) for request_id in ids] == [36, 32]
    assert [one.status(request_id).status_code for one, request_id in zip((here, other), ids, strict=True)] == [
        200,
        200,
    ]
    assert [one.status(request_id).status_code for one, request_id in zip((other, here), ids, strict=True)] == [
        404,
        404,
    ]


LAID = {
    "debit": "submission",
    "file_location": "bucket",
    "lenient": "off",
    "omitted_seed": "fixed",
    "picture_format": "png",
    "relative_image": "refuse",
    "request_id": "hex",
    "retention_from": "completion",
}


def test_each_is_tried() -> None:
    """Every quirk that is laid down with a job is tried below."""
    assert set(LAID) == LAID_DOWN


@pytest.mark.parametrize(("quirk", "reading"), LAID.items())
def test_laid_down(quirk: str, reading: str) -> None:
    """What decides what a job is cannot change under an account that has jobs; then nothing of the change is made."""
    here = mock(timing="instant")
    world, control = here.app.backend.world(KEY), here.app.control
    control.change(world, AccountChange(quirks={quirk: reading}))
    assert world.quirks[quirk] == reading
    control.change(world, AccountChange(quirks={}))
    here.submit()
    with pytest.raises(Refused, match=f"quirk {quirk} decides what a job is, and this account has jobs"):
        control.change(world, AccountChange(quirks={quirk: reading, "early_result": "404"}, rpm=7))
    assert (world.quirks[quirk] == reading, world.quirks["early_result"], world.rpm) == (False, "status", 0)
    control.change(world, AccountChange(quirks={"early_result": "404"}))
    assert world.quirks["early_result"] == "404"
    control.reset(KEY)
    control.change(here.app.backend.world(KEY), AccountChange(quirks={quirk: reading}))


@pytest.mark.parametrize(("quirk", "reading"), LAID.items())
def test_laid_down_stays_as_it_is(quirk: str, reading: str) -> None:
    """To say again what an account has is no change, whether it has jobs or not."""
    here = mock(timing="instant")
    world, control = here.app.backend.world(KEY), here.app.control
    control.change(world, AccountChange(quirks={quirk: reading}))
    here.submit(image="https://x.test/a.png")
    control.change(world, AccountChange(quirks={quirk: reading, "early_result": "404"}))
    assert (world.quirks[quirk], world.quirks["early_result"]) == (reading, "404")
