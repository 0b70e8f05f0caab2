"""Facts b: the call that blocks and answers a picture."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from tests.worlds import CATALOG, START, mock, picture_file, printed_call

SD = "/v1/sd1.5-img2img"
CALL = {"image": "https://x.test/a.png", "prompt": "a lighthouse"}


def picture_of(content: bytes) -> Image.Image:
    """The picture in an answer's body."""
    return Image.open(io.BytesIO(content))


@pytest.mark.fact("b1")
def test_v1_blocks_until_the_work_is_done() -> None:
    """The answer comes when the job has waited and run, not before."""
    world = mock(timing="real")
    answer = world.post(SD, CALL)
    took = (world.clock.now() - START) / 1000
    assert answer.status_code == 200
    assert 0.9 * (7.70 + 0.25) <= took <= 1.1 * (7.70 + 0.25)


@pytest.mark.fact("b2")
@pytest.mark.parametrize("path", [SD, "/v2/sd1.5-img2img"])
@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_other_content_types_are_406(path: str, kind: str) -> None:
    """Anything but JSON and multipart is refused in the service's words."""
    answer = mock().post(path, content=json.dumps(CALL), headers={"content-type": kind})
    assert (answer.status_code, answer.json()) == (406, {"error": "Invalid content type"})


@pytest.mark.fact("b2")
def test_a_missing_content_type_is_406() -> None:
    """No content type at all is refused likewise."""
    assert mock().post(SD, content=b"{}").json() == {"error": "Invalid content type"}


@pytest.mark.fact("b2")
@pytest.mark.parametrize("path", [SD, "/v2/sd1.5-img2img"])
def test_multipart_bodies_are_read(path: str) -> None:
    """Text fields and a file part make the same call as JSON."""
    fields = {"prompt": "a lighthouse", "samples": "2", "guidance_scale": "7.5", "base64": "False"}
    answer = mock().post(path, data=fields, files={"image": ("in.png", picture_file(), "image/png")})
    assert answer.status_code == 200


@pytest.mark.fact("b3")
def test_unknown_parameters_are_tolerated() -> None:
    """A key that the page does not know changes nothing."""
    plain = mock().post(SD, CALL | {"seed": 7})
    extra = mock().post(SD, CALL | {"seed": 7, "negativePrompt": "x", "nested": {"a": [1]}})
    assert plain.content == extra.content


@pytest.mark.fact("b4")
def test_numbers_and_booleans_may_be_text() -> None:
    """The same call with texts for numbers gives the same picture."""
    typed = CALL | {
        "samples": 1,
        "num_inference_steps": 25,
        "guidance_scale": 7.5,
        "seed": 98877465625,
        "base64": False,
    }
    texts = {name: value if isinstance(value, str) else str(value) for name, value in typed.items()}
    assert mock().post(SD, typed).content == mock().post(SD, texts).content


def test_text_numbers_are_refused_when_strict() -> None:
    """Conflict C15: under `lenient=off` a text is no number."""
    answer = mock(quirks={"lenient": "off"}).post(SD, CALL | {"samples": "1"})
    assert answer.status_code == 400
    assert 'samples is "1"' in answer.json()["error"]


@pytest.mark.fact("b5")
@pytest.mark.parametrize(
    "image",
    [
        "https://segmind.com/kitchen.jpg",
        "/sd-img2img-input.jpeg",
        base64.b64encode(picture_file()).decode(),
        "data:image/png;base64," + base64.b64encode(picture_file()).decode(),
    ],
)
def test_images_come_in_four_forms(image: str) -> None:
    """A URL, a site-relative path, base64 text and a data URI are all taken."""
    assert mock().post(SD, {"image": image, "prompt": "x"}).status_code == 200


def test_relative_images_are_refused_under_the_quirk() -> None:
    """Unknown U13: under `relative_image=refuse` a site-relative path is a 400 that says what is allowed."""
    answer = mock(quirks={"relative_image": "refuse"}).post(SD, {"image": "/a.png", "prompt": "x"})
    assert answer.status_code == 400
    assert "absolute URL" in answer.json()["error"]


@pytest.mark.fact("b6")
def test_success_is_the_pictures_bytes() -> None:
    """A 200 holds a JPEG of the size asked for."""
    answer = mock().post(SD, CALL | {"img_width": 768, "img_height": 512})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    picture = picture_of(answer.content)
    assert (picture.format, picture.size) == ("JPEG", (768, 512))


@pytest.mark.fact("b7")
@pytest.mark.parametrize(("name", "format_"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_the_content_type_follows_the_format_asked_for(name: str, format_: str) -> None:
    """The banner resizer answers in its `output_format`."""
    call = {"image_url": "https://x.test/a.png", "target_sizes": ["320x240"], "output_format": name}
    answer = mock().post("/v1/smart-banner-resizer", call)
    picture = picture_of(answer.content)
    assert answer.headers["content-type"] == f"image/{name}"
    assert (picture.format, picture.size) == (format_, (320, 240))


@pytest.mark.fact("b8")
@pytest.mark.fact("b9")
def test_v1_tells_cost_and_balance() -> None:
    """The balance in the headers goes down by the cost in the headers."""
    answer = mock(credits=1.0).post(SD, CALL)
    assert (answer.headers["x-cost"], answer.headers["x-remaining-credits"]) == ("0.0037", "0.9963")


@pytest.mark.fact("b9")
@pytest.mark.parametrize("slug", CATALOG.slugs)
def test_the_balance_is_on_every_success(slug: str) -> None:
    """The oldest SDK dies without it, so each model's 200 has it."""
    assert "x-remaining-credits" in mock(v1_patience=1000).post(f"/v1/{slug}", printed_call(slug)).headers


@pytest.mark.fact("b10")
def test_v1_tells_its_request_id() -> None:
    """The id in the header names the finished job."""
    world = mock()
    request_id = world.post(SD, CALL).headers["x-request-id"]
    assert world.result(request_id).json()["status"] == "COMPLETED"


@pytest.mark.fact("b11")
def test_v1_tells_the_models_seconds() -> None:
    """`mock:slow=3` runs three seconds, whatever the wait before."""
    answer = mock().post(SD, CALL | {"prompt": "mock:slow=3"})
    assert answer.headers["x-generation-time"] == "3.0"


@pytest.mark.fact("b12")
def test_v1_tells_the_seed_where_there_is_one() -> None:
    """A model with a seed tells it; one without does not."""
    world = mock()
    assert world.post(SD, CALL | {"seed": 41}).headers["x-seed-value"] == "41"
    assert "x-seed-value" not in world.post("/v1/sam-img2img", {"image": "https://x.test/a.png"}).headers


@pytest.mark.fact("b13")
@pytest.mark.parametrize(
    ("form", "text"),
    [("iso", "2023-11-14T22:14:00Z"), ("epoch", "1700000040"), ("http-date", "Tue, 14 Nov 2023 22:14:00 GMT")],
)
def test_v1_tells_when_the_rate_window_ends(form: str, text: str) -> None:
    """The end of the minute, in each reading of unknown U8."""
    answer = mock(timing="instant", quirks={"reset_format": form}).post(SD, CALL)
    assert answer.headers["x-rate-limit-reset-at-utc"] == text


@pytest.mark.fact("b14")
def test_v1_tells_the_pictures_size_as_json_text() -> None:
    """Clients parse the header as JSON."""
    answer = mock().post(SD, CALL | {"img_width": 768})
    assert json.loads(answer.headers["x-output-metadata"]) == {"height": 512, "width": 768}
    assert "x-output-metadata" not in mock(quirks={"output_metadata": "off"}).post(SD, CALL).headers


@pytest.mark.fact("b15")
def test_no_headers_of_others() -> None:
    """Headers that belong to other vendors or to workers are not sent."""
    headers = mock().post(SD, CALL).headers
    assert not {"x-credits-consumed", "x-gpu-info", "x-ratelimit-limit"} & set(headers)


@pytest.mark.fact("b16")
@pytest.mark.fact("b18")
def test_base64_makes_it_json() -> None:
    """The picture is the same as without, as plain base64, beside three more keys."""
    raw, coded = mock().post(SD, CALL | {"seed": 5}), mock().post(SD, CALL | {"seed": 5, "base64": True})
    body = coded.json()
    assert coded.headers["content-type"] == "application/json"
    assert sorted(body) == ["image", "infer_time", "outputs", "status"]
    assert picture_of(base64.b64decode(body["image"])).size == picture_of(raw.content).size == (512, 512)


@pytest.mark.fact("b17")
def test_the_base64_begins_at_byte_14() -> None:
    """An official client cuts the body there."""
    content = mock().post(SD, CALL | {"base64": True}).content
    assert content[:14] == b'{\n  "image": "'


@pytest.mark.fact("b19")
@pytest.mark.parametrize("true", [True, "true", "True"], ids=["bool", "lower", "title"])
def test_base64_may_be_text(true: object) -> None:
    """Each way of writing true gives JSON."""
    assert mock().post(SD, CALL | {"base64": true}).headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("reading", "keys"), [("image", ["image"]), ("full", ["image", "infer_time", "outputs", "status"])]
)
def test_the_base64_keys_are_a_quirk(reading: str, keys: list[str]) -> None:
    """Unknown U4: the keys beside image, and none."""
    answer = mock(quirks={"base64_keys": reading, "base64_layout": "compact"}).post(SD, CALL | {"base64": True})
    assert list(answer.json()) == keys
    assert b"\n" not in answer.content


@pytest.mark.fact("b20")
def test_several_samples() -> None:
    """As bytes the first picture; as base64, or under the quirk, all of them in a list."""
    call = CALL | {"seed": 5, "samples": 3}
    first = mock().post(SD, call)
    listed = mock().post(SD, call | {"base64": True}).json()["image"]
    quirk = mock(quirks={"v1_samples": "list"}).post(SD, call).json()["image"]
    assert picture_of(first.content).size == (512, 512)
    assert len(listed) == len(quirk) == 3
    assert len(set(listed)) == 3
    assert base64.b64decode(quirk[0]) == first.content


@pytest.mark.fact("b21")
@pytest.mark.parametrize(
    ("quirks", "status", "text"),
    [({}, 504, "Request timed out"), ({"v1_gives_up": "500"}, 500, "Internal Polling Error")],
)
def test_v1_gives_up(quirks: dict[str, str], status: int, text: str) -> None:
    """A stuck job is answered after the service's patience, free of charge."""
    world = mock(quirks=quirks, credits=1)
    answer = world.post(SD, CALL | {"prompt": "mock:stuck"})
    assert (answer.status_code, answer.json()["error"]) == (status, text)
    assert world.clock.now() - START == 100_000
    assert world.credits() == 1


def test_the_gateways_own_page_is_a_quirk() -> None:
    """Unknown U7: under `gateway_page=html` the 504 is a page."""
    answer = mock(quirks={"gateway_page": "html"}).post(SD, CALL | {"prompt": "mock:stuck"})
    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html; charset=utf-8")


@pytest.mark.fact("b22")
@pytest.mark.parametrize("key", ["output", "image"])
def test_the_converter_answers_json(key: str) -> None:
    """Its v1 answer is JSON with the URL of the converted picture."""
    world = mock(quirks={"json_key": key})
    answer = world.post("/v1/image-converter", {"image_url": "https://x.test/a.png", "target_format": "gif"})
    url = answer.json()[key]
    assert url.startswith("http://mock.test/")
    assert url.endswith(".gif")
    assert picture_of(world.get(url).content).format == "GIF"


@pytest.mark.fact("b23")
@pytest.mark.parametrize("slug", CATALOG.slugs)
@pytest.mark.parametrize("lenient", ["on", "off"])
def test_the_printed_calls_are_accepted(slug: str, lenient: str) -> None:
    """As they stand on the pages, also where numbers must be numbers."""
    world = mock(quirks={"lenient": lenient}, v1_patience=1000)
    assert world.post(f"/v1/{slug}", printed_call(slug)).status_code == 200
    assert world.post(f"/v2/{slug}", printed_call(slug)).status_code == 200


def test_v1_pictures_as_json_under_the_quirk() -> None:
    """Conflict C3: under `v1_picture=json` v1 answers the URL of the picture."""
    world = mock(quirks={"v1_picture": "json"})
    url = world.post(SD, CALL).json()["output"]
    assert picture_of(world.get(url).content).format == "JPEG"


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_the_default_format_is_a_quirk(name: str) -> None:
    """Under `picture_format` a model without a format parameter answers in that format."""
    answer = mock(quirks={"picture_format": name}).post(SD, CALL)
    assert answer.headers["content-type"] == f"image/{name}"
    assert picture_of(answer.content).format == name.upper()


@pytest.mark.parametrize(
    ("word", "quirks", "status"),
    [
        ("mock:fail", {}, 500),
        ("mock:block", {}, 400),
        ("mock:block", {"v1_blocked": "500"}, 500),
        ("mock:slow=abc", {}, 400),
    ],
)
def test_magic_words_on_v1(word: str, quirks: dict[str, str], status: int) -> None:
    """Every bad end of a job can be seen from v1 too."""
    answer = mock(quirks=quirks).post(SD, CALL | {"prompt": f"a {word} b"})
    assert answer.status_code == status
    assert answer.json()["error"]
