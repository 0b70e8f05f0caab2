"""Input pictures: what can be seen here is really used, what cannot be used is refused in words, nothing is fetched."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from segmind_mock.config import ConfigError, load
from segmind_mock.errors import BadRequest
from segmind_mock.web.inputs import listed
from tests.worlds import KEY, OTHER_KEY, Mock, mock, printed_call
from tests.worlds import picture_file as file

INPUTS = Path(__file__).parents[3] / "fixtures" / "inputs"
SAM = "sam-img2img"
CONVERTER = "image-converter"


def text(data: bytes) -> str:
    """A file as base64."""
    return base64.b64encode(data).decode()


def uri(data: bytes) -> str:
    """A file as a data URI."""
    return f"data:image/png;base64,{text(data)}"


def segmented(world: Mock, image: str, **options: object) -> Image.Image:
    """What the segmentation model makes of an input."""
    answer = world.post(f"/v1/{SAM}", {"image": image}, **options)
    assert answer.status_code == 200, answer.text
    return Image.open(BytesIO(answer.content))


def converted(world: Mock, image: str, target: str = "png") -> tuple[str, Image.Image]:
    """The URL and the picture that the converter makes of an input."""
    url = world.post(f"/v1/{CONVERTER}", {"image_url": image, "target_format": target}).json()["output"]
    answer = world.get(url.removeprefix("http://mock.test"))
    assert answer.status_code == 200
    return url, Image.open(BytesIO(answer.content))


@pytest.mark.parametrize("form", ["data URI", "base64", "multipart"])
def test_inline(form: str) -> None:
    """A picture is used however it is given: as a data URI, as base64, or as a file of a form."""
    world, data = mock(timing="instant"), file(size=(40, 30))
    if form == "multipart":
        answer = world.post(f"/v1/{SAM}", files={"image": ("a.png", data, "image/png")})
        assert Image.open(BytesIO(answer.content)).size == (40, 30)
    else:
        assert segmented(world, uri(data) if form == "data URI" else text(data)).size == (40, 30)


def test_a_jpeg_is_no_path() -> None:
    """The base64 of a JPEG begins with a slash, and is a picture nevertheless."""
    image = text(file(format="JPEG"))
    assert image.startswith("/9j/")
    assert segmented(mock(timing="instant"), image).size == (40, 30)


def test_the_same_picture_in_two_forms() -> None:
    """The same file is the same input, be it a data URI or base64: equal pixels come of it."""
    world, data = mock(timing="instant"), file()
    call = {"prompt": "a boat", "strength": 0.5, "seed": 1}
    made = [
        world.post("/v1/sd1.5-img2img", call | {"image": image}).content
        for image in (uri(data), text(data).rstrip("="))
    ]
    assert Image.open(BytesIO(made[0])).tobytes() == Image.open(BytesIO(made[1])).tobytes()


def test_an_output_as_input() -> None:
    """The URL of an output file of this mock is that very file, under whatever host it is named."""
    world = mock(timing="instant")
    url, first = converted(world, uri(file("red")))
    assert first.convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    for named in (url, url.replace("mock.test", "localhost:1")):
        assert converted(world, named, "bmp")[1].convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_an_output_that_is_gone() -> None:
    """An output file that is no longer there is an input that is not found; so is any other URL of this mock."""
    world = mock(timing="instant")
    url, _ = converted(world, uri(file()))
    world.clock.advance(7 * 24 * 3600)
    for image in (url, "http://mock.test/generations/none.png", "http://mock.test/"):
        answer = world.post(f"/v1/{SAM}", {"image": image})
        assert (answer.status_code, answer.json()) == (400, {"error": "image cannot be used: Input image not found"})


def test_a_remote_url_is_never_fetched() -> None:
    """A URL elsewhere is stood in for: the same picture each time, another one for another URL."""
    world = mock(timing="instant")
    one, again, other = (converted(world, f"https://a.test/{name}.png")[1] for name in ("one", "one", "other"))
    assert one.tobytes() == again.tobytes()
    assert one.convert("RGB").resize((8, 8)).tobytes() != other.convert("RGB").resize((8, 8)).tobytes()


@pytest.mark.parametrize("image", ["https://a.test/x/kitchen.jpg", "https://b.test/kitchen.jpg?size=3", "/kitchen.jpg"])
def test_a_folder_of_inputs(tmp_path: Path, image: str) -> None:
    """A picture in the folder stands for every URL and path that ends in its name; others are stood in for as ever."""
    (tmp_path / "kitchen.jpg").write_bytes(file("blue", (50, 20), "JPEG"))
    world = mock(timing="instant", inputs=str(tmp_path))
    assert segmented(world, image).size == (50, 20)
    assert segmented(world, "https://a.test/other.jpg").size != (50, 20)


@pytest.mark.parametrize("slug", ["sam-img2img", "sd1.5-img2img", "w2imgsd1.5-img2img", "smart-banner-resizer"])
def test_the_pages_own_inputs(slug: str) -> None:
    """The folder that comes with the project stands for the inputs that the pages' calls name."""
    with_folder = mock(timing="instant", inputs=str(INPUTS), provenance="content")
    call = printed_call(slug) | {"target_sizes": ["64x64"], "strength": 0.5}
    there, not_there = (world.post(f"/v1/{slug}", call).content for world in (with_folder, mock(provenance="content")))
    assert there != not_there
    assert len(with_folder.app.backend.inputs) == 1


def test_nothing_outside_of_the_folder(tmp_path: Path) -> None:
    """No name leads out of the folder, nor to what is no picture."""
    (tmp_path / "secret.png").write_bytes(file(size=(33, 33)))
    folder = tmp_path / "inputs"
    (folder / "below").mkdir(parents=True)
    (folder / "album.png").mkdir()
    (folder / "below" / "deep.png").write_bytes(file(size=(33, 33)))
    (folder / "notes.txt").write_text("mine")
    assert listed(str(folder)) == {}
    world = mock(timing="instant", inputs=str(folder))
    for image in ("/../secret.png", "https://a.test/..%2Fsecret.png", "https://a.test/below/deep.png"):
        assert segmented(world, image).size != (33, 33)


def test_a_file_of_the_folder_that_goes_away(tmp_path: Path) -> None:
    """A file that cannot be read any longer is told by its name, and a folder that is none at start."""
    (tmp_path / "a.png").write_bytes(file())
    world = mock(timing="instant", inputs=str(tmp_path))
    (tmp_path / "a.png").unlink()
    answer = world.post(f"/v1/{SAM}", {"image": "https://a.test/a.png"})
    assert answer.json() == {"error": "image cannot be used: a.png cannot be read: No such file or directory"}
    with pytest.raises(ConfigError, match=r"inputs is .*none.*allowed: the path of a folder that exists"):
        load({"inputs": str(tmp_path / "none")}, {}, tmp_path)


def unusual(kind: str) -> bytes:
    """A picture file of a kind that is easily got wrong."""
    target = BytesIO()
    match kind:
        case "16 bit":
            Image.new("I;16", (40, 30), 40_000).save(target, "PNG")
        case "CMYK":
            Image.new("CMYK", (40, 30), (0, 200, 200, 0)).save(target, "JPEG")
        case "one pixel":
            Image.new("1", (1, 1)).save(target, "BMP")
        case "animated":
            frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
            frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=80)
        case "turned":
            exif = Image.Exif()
            exif[0x0112] = 6
            Image.new("RGB", (30, 40), "red").save(target, "JPEG", exif=exif)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["16 bit", "CMYK", "one pixel", "animated", "turned"])
def test_unusual_pictures(kind: str) -> None:
    """Every model takes 16 bits, CMYK, a single pixel, an animation and a rotation, and makes what it always makes."""
    world, image = mock(timing="instant"), text(unusual(kind))
    size = (1, 1) if kind == "one pixel" else (40, 30)
    assert segmented(world, image).size == size
    _, picture = converted(world, image, "webp")
    assert (picture.size, getattr(picture, "n_frames", 1)) == (size, 3 if kind == "animated" else 1)
    for slug in ("sd1.5-img2img", "w2imgsd1.5-img2img", "smart-banner-resizer"):
        call = printed_call(slug) | {"image": image, "image_url": image, "target_sizes": ["64x32"], "strength": 0.5}
        answer = world.post(f"/v1/{slug}", call)
        assert answer.status_code == 200, answer.text
        Image.open(BytesIO(answer.content)).load()


BROKEN = {
    "text": (text(b"hello, this is no picture"), "no picture in a format that this mock reads"),
    "svg": ("data:image/svg+xml,%3Csvg%2F%3E", "no picture in a format that this mock reads"),
    "truncated": (text(file(size=(300, 300), format="JPEG")[:-200]), "cut off or damaged"),
    "large": (text(file(size=(401, 250))), "401x250 pixels; this mock reads up to 100000"),
    "no base64": ("data:image/png;base64,A", "neither a URL nor base64"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_used(name: str) -> None:
    """v1 refuses it with a 400 that says why; v2 takes it, and the job FAILS with the same words, for nothing."""
    image, reason = BROKEN[name]
    world = mock(timing="instant", max_pixels=100_000, credits=5)
    answer = world.post(f"/v1/{SAM}", {"image": image})
    assert answer.status_code == BadRequest.status
    assert answer.json()["error"].startswith("image cannot be used: ")
    assert reason in answer.json()["error"]
    request_id = world.submit(SAM, image=image)["request_id"]
    world.clock.advance(1)
    result = world.result(request_id)
    assert (result.status_code, result.json()["error"]) == (422, answer.json()["error"])
    assert world.credits() == 5
    assert len(world.app.backend.inputs) == 0


def test_stood_in_for() -> None:
    """Under the quirk, what is no picture is stood in for, always by the same one."""
    world = mock(timing="instant", quirks={"unreadable_input": "stand-in"})
    one, other = (segmented(world, text(b"hello, this is no picture")) for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_held_for_as_long_as_its_files() -> None:
    """An input is held once for all its jobs, until the last of their files is gone."""
    world, days = mock(timing="instant", provenance="content"), 24 * 3600
    urls = []
    for _ in range(2):
        urls.append(converted(world, uri(file()))[0].removeprefix("http://mock.test"))
        world.clock.advance(days)
    inputs, holder = world.app.backend.inputs, world.app.backend.world(KEY)
    assert len(inputs) == 1
    first = world.get(urls[1]).content
    world.clock.advance(5.5 * days)
    assert [world.get(url).status_code for url in urls] == [404, 200]
    inputs.discard(holder.tag, holder.clock.now())
    assert len(inputs) == 1
    assert world.get(urls[1]).content == first
    world.clock.advance(0.5 * days)
    inputs.discard(holder.tag, holder.clock.now())
    assert len(inputs) == 0


def test_nothing_is_held_for_a_job_that_makes_nothing() -> None:
    """A job that fails needs no input, so none is held for it."""
    world = mock(timing="instant")
    for word in ("mock:fail", "mock:stuck"):
        world.submit(image=text(file()), prompt=word)
    assert len(world.app.backend.inputs) == 0


def test_no_room() -> None:
    """At the bound a submit is refused in words, and what jobs still need stays; a known input needs no room."""
    one, other = file("red"), file("blue", (50, 50))
    world = mock(timing="instant", input_room=len(one) + 10)
    request_id = world.submit(SAM, image=text(one))["request_id"]
    refused = world.post(f"/v2/{SAM}", {"image": text(other)})
    assert refused.status_code == 429
    assert "its bound (input_room)" in refused.json()["error"]
    assert world.post(f"/v2/{SAM}", {"image": uri(one)}).status_code == 200
    assert world.result(request_id).status_code == 200


def test_held_by_two_whose_clocks_differ_by_years() -> None:
    """An input of two accounts stays while either has a file of it, by that account's clock; a new job lets it go."""
    here = mock(timing="instant", provenance="content")
    other, control, inputs = here.as_key(OTHER_KEY), here.app.control, here.app.backend.inputs
    control.steer(OTHER_KEY, None, 10 * 365 * 24 * 3600)
    urls = [converted(one, uri(file()))[0].removeprefix("http://mock.test") for one in (here, other)]
    assert len(inputs) == 1
    control.steer(KEY, None, 8 * 24 * 3600)
    let_go(here, other)
    assert len(inputs) == 1
    assert [here.get(url).status_code for url in urls] == [404, 200]
    control.steer(OTHER_KEY, None, 8 * 24 * 3600)
    let_go(here, other)
    assert len(inputs) == 0


def let_go(*accounts: Mock) -> None:
    """Let go what no job needs any more, each by its own clock."""
    for one in accounts:
        world = one.app.backend.world(one.key)
        one.app.backend.inputs.discard(world.tag, world.clock.now())


def test_room_is_made_by_each_clock() -> None:
    """Where there is no room, what any account needs no longer goes, by its own clock; what one still needs stays."""
    one, two = file("red"), file("blue", (50, 50))
    here = mock(timing="instant", input_room=len(two) + 10)
    other, control = here.as_key(OTHER_KEY), here.app.control
    control.steer(OTHER_KEY, None, 10 * 365 * 24 * 3600)
    kept = here.submit(SAM, image=text(one))["request_id"]
    assert other.post(f"/v2/{SAM}", {"image": text(two)}).status_code == 429
    assert here.result(kept).status_code == 200
    control.steer(KEY, None, 8 * 24 * 3600)
    assert other.post(f"/v2/{SAM}", {"image": text(two)}).status_code == 200


def test_an_input_of_an_account_that_is_reset() -> None:
    """With an account its inputs go, but for those that another needs."""
    here = mock(timing="instant")
    other, control, inputs = here.as_key(OTHER_KEY), here.app.control, here.app.backend.inputs
    for one in (here, other):
        one.submit(SAM, image=text(file()))
    here.submit(SAM, image=text(file("blue")))
    assert len(inputs) == 2
    control.reset(KEY)
    assert len(inputs) == 1
    assert (
        other.get(other.result(other.submit(SAM, image=text(file()))["request_id"]).json()["output"]).status_code == 200
    )
    control.reset(None)
    assert len(inputs) == 0
