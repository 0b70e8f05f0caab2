"""How many outputs, and of which size and format."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_spec import Catalog, Output


@pytest.mark.parametrize(
    ("slug", "change", "sizes"),
    [
        ("sd1.5-img2img", {}, [(512, 512)]),
        ("sd1.5-img2img", {"samples": 3, "img_width": 768}, [(768, 512)] * 3),
        ("w2imgsd1.5-img2img", {"size": 1024}, [(1024, 1024)]),
        ("sam-img2img", {}, [None]),
        ("image-converter", {}, [None]),
        (
            "smart-banner-resizer",
            {"target_sizes": ["1x2", "3x4"], "num_images_per_size": 2.0},
            [(1, 2), (1, 2), (3, 4), (3, 4)],
        ),
    ],
    ids=range(6),
)
def test_sizes_of_the_packaged_models(catalog: Catalog, slug: str, change: dict[str, Any], sizes: list[Any]) -> None:
    """Each model's sizes follow from its parameters."""
    model = catalog.get(slug)
    assert model is not None
    assert model.output.sizes(model.effective({**model.examples["printed"], **change})) == sizes


def test_the_side_that_the_page_leaves_out(catalog: Catalog) -> None:
    """Without a size, w2i makes 768 pixels although no default is filled in."""
    model = catalog.get("w2imgsd1.5-img2img")
    assert model is not None
    effective = model.effective({"image": "/a", "prompt": "b"})
    assert "size" not in effective
    assert model.output.sizes(effective) == [(768, 768)]


def test_nothing_said() -> None:
    """An empty block is one PNG of 512 pixels; nulls get the default side, too."""
    output = Output.from_extension({})
    assert output.sizes({}) == [(512, 512)]
    assert output.media_type == "image/png"
    assert Output(width_from="w", height_from="h", default_side=9).sizes({"w": None, "h": 3}) == [(9, 3)]
    assert Output(list_from="l").sizes({}) == []
    assert Output(count_from="n").sizes({"n": None}) == [(512, 512)]


@pytest.mark.parametrize("text", ["xx", "10x", "x10", "10x10x10", "²x1", "-1x5", "10 x 10", ""])
def test_a_text_that_is_no_size(text: str) -> None:
    """A list whose schema lets through other texts than sizes is refused, not guessed at."""
    with pytest.raises(ValueError, match="not a size of the form <width>x<height>"):
        Output(list_from="l").sizes({"l": ["2x3", text]})


def test_ways_and_dials(catalog: Catalog) -> None:
    """The document says how pictures are made and which parameters turn what; one that does not, has them drawn."""
    model = catalog.get("smart-banner-resizer")
    assert model is not None
    assert (model.output.way, model.output.dials) == ("recompose", {"tier": "resolution"})
    assert (Output().way, Output().dials) == ("generate", {})


def test_about_the_file(catalog: Catalog) -> None:
    """What decides number, size and format is told apart from what decides content."""
    found = {slug: model.output.about_the_file for slug in catalog.slugs if (model := catalog.get(slug))}
    assert found["sd1.5-img2img"] == {"samples", "img_width", "img_height"}
    assert found["smart-banner-resizer"] == {"output_format", "target_sizes", "num_images_per_size"}
    assert found["w2imgsd1.5-img2img"] == {"samples", "size"}
    assert found["image-converter"] == {"target_format"}
