"""Paint: every model's pictures, whatever the parameters and the input, are of the size and format asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from segmind_mock.outputs import Recipe
from segmind_mock.render.files.decode import upright
from segmind_mock.render.inputs import look_at, stood_in
from segmind_mock.render.paint import make, paint
from segmind_mock.render.picture import Picture, Source
from segmind_spec import Model
from tests.worlds import CATALOG, picture_file, printed_call

REMOTE = stood_in("https://example.test/in.png")
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")


class Held:
    """One input file."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    def file(self, source: Source) -> bytes:
        return self.data

    def image(self, source: Source) -> Image.Image:
        return upright(self.data)


def model(slug: str) -> Model:
    """A packaged model."""
    found = CATALOG.get(slug)
    assert found is not None
    return found


def pictures(slug: str, changes: Mapping[str, Any], source: Source | None = REMOTE) -> list[Picture]:
    """The pictures of a page's printed call with some changes."""
    parameters = model(slug).effective({**printed_call(slug), **changes})
    return Recipe(model(slug)).pictures(parameters, seed=changes.get("seed", 7), source=source)


def values(slug: str, name: str) -> st.SearchStrategy[Any]:
    """What a parameter can be."""
    schema = model(slug).parameters[name].schema
    if name in {"target_sizes", "image", "image_url", "base64"}:
        return st.nothing()
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "integer":
            return st.integers(schema.get("minimum", 0), schema.get("maximum", 100))
        case "number":
            return st.floats(schema.get("minimum", 0), schema.get("maximum", 1))
        case "string":
            return st.text(max_size=30)
    return st.nothing()


SIZES = st.builds("{}x{}".format, st.integers(1, 120), st.integers(1, 120))
OF_BANNERS = {
    "target_sizes": st.lists(SIZES, min_size=1, max_size=3),
    "resolution": st.sampled_from(["1K", "2K", "4K"]),
}


def calls(slug: str) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of a model, some parameters changed."""
    drawn = {name: values(slug, name) for name in model(slug).parameters}
    known = {name: strategy for name, strategy in drawn.items() if not strategy.is_empty}
    if slug == "smart-banner-resizer":
        known |= OF_BANNERS
    return st.fixed_dictionaries({}, optional=known)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A picture file of any format and many modes, 1 to 60 pixels a side, its pixels any bytes."""
    size = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    mode = draw(st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]))
    pattern = draw(st.binary(min_size=4, max_size=40))
    width = {"1": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "I;16": 2}.get(mode, 1)
    needed = (size[0] + 7) // 8 * size[1] if mode == "1" else size[0] * size[1] * width
    image = Image.frombytes(mode, size, (pattern * (needed // len(pattern) + 1))[:needed])
    if mode == "P":
        image.putpalette(pattern * 19)
    target = BytesIO()
    try:
        image.save(target, draw(st.sampled_from(FORMATS)))
    except OSError:  # not every format has every mode
        image.convert("RGB").save(target := BytesIO(), "PNG")
    return target.getvalue()


@pytest.mark.parametrize("slug", CATALOG.slugs)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_size_and_format(slug: str, data: st.DataObject) -> None:
    """Each picture opens, has exactly the size and the format asked for, and is the same bytes twice."""
    content = data.draw(st.none() | files())
    seen = look_at(content, 1 << 14).source if content is not None else REMOTE
    assert seen is not None
    inputs = Held(content or b"")
    for picture in pictures(slug, data.draw(calls(slug)), seen)[:6]:
        made = make(picture, inputs)
        assert made == make(picture, inputs)
        with Image.open(BytesIO(made)) as image:
            image.load()
            assert (image.size, image.format) == ((picture.width, picture.height), picture.format.pillow)


@pytest.mark.parametrize("slug", CATALOG.slugs)
def test_without_an_input(slug: str) -> None:
    """A model of a file may leave its input out; a picture is made all the same."""
    (picture, *_) = pictures(slug, {"target_sizes": ["8x8"]}, None)
    Image.open(BytesIO(make(picture, Held()))).load()


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures' pixels, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


@given(st.integers(0, 2**63), st.integers(0, 2**63))
@settings(max_examples=40)
def test_other_seeds_look_different(one: int, other: int) -> None:
    """Two seeds give two pictures that can be told apart at a glance."""
    found = [paint(pictures("sd1.5-img2img", {"seed": seed})[0], Held()).convert("RGB") for seed in (one, other)]
    apart = distance(*(image.resize((32, 32)) for image in found))
    assert (apart > 3) == (one != other)


def test_strength() -> None:
    """With an input at hand, each step of strength leads away from it, and the last one to a picture free of it."""
    content = picture_file("orange", (64, 64))
    source = look_at(content, 1 << 20).source
    steps = [
        paint(pictures("sd1.5-img2img", {"strength": step / 10}, source)[0], Held(content)) for step in range(1, 11)
    ]
    start = Image.new("RGB", (512, 512), "orange")
    away = [distance(start, image) for image in steps]
    assert away == sorted(away)
    assert away[0] < 0.2 * away[-1]
    free = paint(pictures("sd1.5-img2img", {"strength": 1.0}, source)[0], Held(picture_file("blue")))
    assert free.tobytes() == steps[-1].tobytes()


@pytest.mark.parametrize(
    ("slug", "name", "change"),
    [
        (slug, name, change)
        for slug, changes in {
            "sd1.5-img2img": {
                "prompt": "a boat",
                "guidance_scale": 20,
                "num_inference_steps": 90,
                "scheduler": "LMS",
                "negative_prompt": "fog",
                "seed": 8,
                "img_width": 768,
            },
            "w2imgsd1.5-img2img": {
                "prompt": "a boat",
                "guidance_scale": 20,
                "num_inference_steps": 90,
                "scheduler": "dpmpp_2m",
                "negative_prompt": "fog",
                "seed": 8,
                "control_scale": 4,
                "control_start": 0.7,
                "control_end": 0.5,
                "size": 512,
            },
            "smart-banner-resizer": {"seed": 8, "prompt": "bold", "safety_tolerance": 1, "target_sizes": ["99x99"]},
        }.items()
        for name, change in changes.items()
    ],
)
def test_every_parameter_shows(slug: str, name: str, change: object) -> None:
    """A parameter that is changed changes pixels, beyond those of the caption."""
    one, other = (paint(pictures(slug, changes)[0], Held()) for changes in ({}, {name: change}))
    assert one.convert("RGB").tobytes() != other.convert("RGB").tobytes()


_LARGE = """
import resource, sys
from io import BytesIO
from PIL import Image
from segmind_mock.outputs import Recipe
from segmind_mock.render import paint
from segmind_mock.render.inputs import look_at
from tests.mockserver.render.test_paint import Held, pictures
made = BytesIO()
Image.radial_gradient("L").resize((4096, 4096)).convert("RGBA").save(made, "PNG", compress_level=1)
content = made.getvalue()
del made
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = look_at(content, 4096 * 4096).source
for slug, changes in {
    "image-converter": {"target_format": "webp"},
    "sam-img2img": {},
    "smart-banner-resizer": {"target_sizes": ["4096x4096"], "resolution": "4K"},
}.items():
    paint.make(pictures(slug, changes, source)[0], Held(content))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_is_bounded() -> None:
    """The largest input that is read, and the largest pictures made of it, take less than 500 MB beside its file."""
    ran = subprocess.run([sys.executable, "-c", _LARGE], capture_output=True, text=True, timeout=100, check=True)
    assert int(ran.stdout) < 500
