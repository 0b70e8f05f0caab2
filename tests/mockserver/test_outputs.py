"""Outputs: sizes, formats, and a digest that is equal for equal requests only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.outputs import Picture, format_of, pictures
from segmind_spec import Model
from tests.worlds import CATALOG, printed_call


def model(slug: str) -> Model:
    """A packaged model."""
    found = CATALOG.get(slug)
    assert found is not None
    return found


def made(slug: str = "sd1.5-img2img", *, seed: int | None = 1, **changes: Any) -> list[Picture]:
    """The pictures of a page's printed call with some changes."""
    parameters = model(slug).effective(printed_call(slug) | changes)
    return pictures(model(slug), parameters, seed=seed, given=(30, 20))


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


def test_sizes() -> None:
    """Each output has the size asked for, in order, each size as often as asked."""
    found = made("smart-banner-resizer", target_sizes=["10x20", "30x40"], num_images_per_size=2)
    assert [(one.width, one.height) for one in found] == [(10, 20), (10, 20), (30, 40), (30, 40)]


def test_size_of_the_input() -> None:
    """A model that keeps the input's size makes one picture of the size that is given."""
    assert [(one.width, one.height) for one in made("sam-img2img")] == [(30, 20)]


def test_samples_differ() -> None:
    """The samples of one job are as many as asked, all different."""
    assert len({one.digest for one in made(samples=4)}) == 4


@given(st.text(max_size=20), st.integers(-1, 10**10), st.integers(0, 10**10))
def test_equal_requests(prompt: str, asked: int, drawn: int) -> None:
    """A picture depends on the parameters in any order and on the seed used, be it drawn or given."""
    one = made(prompt=prompt, seed=drawn)
    parameters = model("sd1.5-img2img").effective(printed_call("sd1.5-img2img") | {"prompt": prompt})
    turned = dict(reversed(parameters.items())) | {"seed": asked}
    assert pictures(model("sd1.5-img2img"), turned, seed=drawn, given=(1, 1)) == one


@pytest.mark.parametrize("changes", [{"prompt": "another"}, {"strength": 0.5}, {"seed": 2}, {"image": "http://b/c"}])
def test_other_requests(changes: dict[str, Any]) -> None:
    """With any parameter, or the seed used, changed the picture is another one."""
    assert made()[0].digest != made(**changes)[0].digest


def test_other_models() -> None:
    """Two models never make the same picture of the same parameters."""
    one, other = (pictures(model(slug), {}, seed=1, given=(1, 1)) for slug in ("sd1.5-img2img", "w2imgsd1.5-img2img"))
    assert one[0].digest != other[0].digest
