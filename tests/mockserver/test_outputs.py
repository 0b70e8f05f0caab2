"""Outputs: sizes, formats, and everything that decides the content of a picture."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.outputs import Recipe, digest_of, format_of, provenance
from segmind_mock.render.inputs import stood_in
from segmind_mock.render.picture import Picture, Source, Way
from segmind_spec import Model
from tests.worlds import CATALOG, printed_call

HELD = Source(b"\1" * 32, "", 30, 20)
SLUGS = CATALOG.slugs


def model(slug: str) -> Model:
    """A packaged model."""
    found = CATALOG.get(slug)
    assert found is not None
    return found


def made(
    slug: str = "sd1.5-img2img",
    *,
    seed: int | None = 1,
    source: Source | None = HELD,
    caption: bool = True,
    **changes: Any,
) -> list[Picture]:
    """The pictures of a page's printed call with some changes."""
    parameters = model(slug).effective(printed_call(slug) | changes)
    return Recipe(model(slug)).pictures(parameters, seed=seed, source=source, caption=caption)


@pytest.mark.parametrize(
    ("slug", "changes", "preference", "expected"),
    [
        ("sd1.5-img2img", {}, "model", "jpg"),
        ("sd1.5-img2img", {}, "webp", "webp"),
        ("sam-img2img", {}, "model", "png"),
        ("sam-img2img", {}, "jpeg", "jpeg"),
        ("smart-banner-resizer", {"output_format": "webp"}, "model", "webp"),
        ("smart-banner-resizer", {"output_format": "webp"}, "png", "webp"),
        ("image-converter", {"target_format": "tiff"}, "jpeg", "tiff"),
        ("image-converter", {"target_format": "other"}, "jpeg", "png"),
    ],
)
def test_format(slug: str, changes: dict[str, object], preference: str, expected: str) -> None:
    """A parameter chooses before the quirk, and the quirk before the model; never the quirk where JSON is answered."""
    assert format_of(model(slug), printed_call(slug) | changes, preference).name == expected


@pytest.mark.parametrize(
    ("slug", "way"),
    [
        ("sd1.5-img2img", Way.REPAINT),
        ("w2imgsd1.5-img2img", Way.LETTER),
        ("sam-img2img", Way.SEGMENT),
        ("image-converter", Way.CONVERT),
        ("smart-banner-resizer", Way.RECOMPOSE),
    ],
)
def test_way(slug: str, way: Way) -> None:
    """Each model makes its pictures in its own way."""
    assert {one.way for one in made(slug)} == {way}


def test_sizes() -> None:
    """Each output has the size asked for, in order, each size as often as asked."""
    found = made("smart-banner-resizer", target_sizes=["10x20", "30x40"], num_images_per_size=2)
    assert [(one.width, one.height, one.variant) for one in found] == [
        (10, 20, 0),
        (10, 20, 1),
        (30, 40, 0),
        (30, 40, 1),
    ]


def test_a_size_named_twice() -> None:
    """The same size asked for twice is made in two variants, not twice the same."""
    found = made("smart-banner-resizer", target_sizes=["10x20", "10x20"], num_images_per_size=2)
    assert [one.variant for one in found] == [0, 1, 2, 3]


def test_size_of_the_input() -> None:
    """A model that keeps the input's size makes one picture of that size, be it held or stood in for."""
    assert [(one.width, one.height) for one in made("sam-img2img")] == [(30, 20)]
    source = stood_in("https://a.test/b.png")
    assert [(one.width, one.height) for one in made("sam-img2img", source=source)] == [(source.width, source.height)]


def test_samples() -> None:
    """The samples of one job are as many as asked, all of one family, each a variant of its own."""
    found = made(samples=4)
    assert len({one.family for one in found}) == 1
    assert [one.variant for one in found] == [0, 1, 2, 3]
    assert made()[0].family == found[0].family


@given(st.text(max_size=20), st.integers(-1, 10**10), st.integers(0, 10**10))
def test_equal_requests(prompt: str, asked: int, drawn: int) -> None:
    """A picture depends on the parameters in any order and on the seed used, be it drawn or given."""
    one = made(prompt=prompt, seed=drawn)
    parameters = model("sd1.5-img2img").effective(printed_call("sd1.5-img2img") | {"prompt": prompt})
    turned = dict(reversed(parameters.items())) | {"seed": asked}
    assert Recipe(model("sd1.5-img2img")).pictures(turned, seed=drawn, source=HELD) == one


@pytest.mark.parametrize(
    "changes",
    [{"prompt": "another"}, {"seed": 2}, {"source": stood_in("http://b/c")}, {"source": None}],
    ids=["prompt", "seed", "input", "no input"],
)
def test_other_families(changes: dict[str, Any]) -> None:
    """With the prompt, the seed used or the input changed, the picture is another one."""
    assert made()[0].family != made(**changes)[0].family


def test_other_models() -> None:
    """Two models never make the same picture of the same parameters."""
    one, other = (Recipe(model(slug)).pictures({}, seed=1, source=None) for slug in ("sd1.5-img2img", "sam-img2img"))
    assert one[0].family != other[0].family


def test_a_further_parameter() -> None:
    """A parameter that is nothing in particular to a picture makes another one all the same."""
    plain, changed = (made("smart-banner-resizer", safety_tolerance=level)[0] for level in (1, 6))
    assert plain.family != changed.family


def test_how_it_is_answered() -> None:
    """Whether v1 answers bytes or base64 is nothing to the picture."""
    assert made(base64=True) == made(base64=False)


@pytest.mark.parametrize(
    ("changes", "dial", "value"),
    [
        ({"strength": 0.5}, "strength", 0.5),
        ({"guidance_scale": 0.1}, "guidance", 0.0),
        ({"guidance_scale": 25}, "guidance", 1.0),
        ({"num_inference_steps": 60}, "steps", 0.5),
        ({"scheduler": "LMS"}, "scheduler", "LMS"),
        ({"negative_prompt": "fog"}, "negative", "fog"),
    ],
    ids=str,
)
def test_dials(changes: dict[str, Any], dial: str, value: object) -> None:
    """A dial is turned by its parameter, as a share of what the schema allows, and leaves the family alone."""
    (one,) = made(**changes)
    assert getattr(one.dials, dial) == value
    assert one.family == made()[0].family


def test_control() -> None:
    """Word2img has the dials of its control."""
    (one,) = made("w2imgsd1.5-img2img", control_scale=2.5, control_start=0.2, control_end=0.9)
    assert (one.dials.control_scale, one.dials.control_start, one.dials.control_end) == (0.5, 0.2, 0.9)


@pytest.mark.parametrize(("tier", "side"), [("1K", 1024), ("2K", 2048), ("4K", 4096)])
def test_tier(tier: str, side: int) -> None:
    """A resolution tier is a longest side in pixels."""
    assert {one.dials.tier for one in made("smart-banner-resizer", resolution=tier)} == {side}


def test_caption() -> None:
    """A caption says model, size, seed, number and prompt, and can be left out."""
    found = made(samples=2, seed=7, prompt="a\n  boat", img_width=768)
    assert [one.caption for one in found] == [
        "sd1.5-img2img · 768×512 · seed 7 · 1/2 · a boat",
        "sd1.5-img2img · 768×512 · seed 7 · 2/2 · a boat",
    ]
    assert made(caption=False)[0].caption == ""


@pytest.mark.parametrize("slug", ["sam-img2img", "image-converter"])
def test_no_caption(slug: str) -> None:
    """A map of regions and a converted file have no caption, for it would spoil them."""
    assert made(slug)[0].caption == ""


def test_a_long_prompt() -> None:
    """However long a prompt is, a caption is not."""
    assert len(made(prompt="word " * 10_000)[0].caption) < 300


def told(**changes: Any) -> dict[str, str | int]:
    """What a picture tells of its call."""
    known: dict[str, Any] = {"seed": 7, "index": 1, "count": 4, "request_id": "r"} | changes
    parameters = {"prompt": known.pop("prompt", "a boat"), "samples": 4}
    digest = digest_of(model("sd1.5-img2img"), parameters, known["seed"])
    return dict(provenance(model("sd1.5-img2img"), digest=digest, **known))


def test_provenance() -> None:
    """A picture tells its model, request, seed, number and the digest of its parameters."""
    one = told()
    digest = one.pop("parameters")
    assert one == {
        "mock": "segmind-mock",
        "model": "sd1.5-img2img",
        "request_id": "r",
        "seed": "7",
        "index": 1,
        "of": 4,
    }
    assert isinstance(digest, str)
    assert len(digest) == 32
    assert told(seed=None, request_id=None).keys() == {"mock", "model", "index", "of", "parameters"}


def test_digest_of_the_parameters() -> None:
    """Equal parameters have equal digests, others others."""
    assert told()["parameters"] == told(index=2, request_id=None)["parameters"]
    assert len({told(**change)["parameters"] for change in ({}, {"prompt": "a cat"}, {"seed": 8})}) == 3
