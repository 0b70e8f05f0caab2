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


@pytest.mark.parametrize(
    "chosen", [("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("tiff", "image/tiff")]
)
def test_the_format_that_is_chosen(catalog: Catalog, chosen: tuple[str, str]) -> None:
    """A format parameter decides the media type."""
    model = catalog.get("image-converter")
    assert model is not None
    assert model.output.media_type_of({"target_format": chosen[0]}) == chosen[1]


def test_nothing_said() -> None:
    """An empty block is one PNG of 512 pixels; nulls and odd texts get the default side, too."""
    output = Output.from_extension({})
    assert output.sizes({}) == [(512, 512)]
    assert output.media_type_of({}) == "image/png"
    assert Output(width_from="w", height_from="h", default_side=9).sizes({"w": None, "h": 3}) == [(9, 3)]
    assert Output(list_from="l", default_side=9).sizes({"l": ["2x3", "xx", "²x1"]}) == [
        (2, 3),
        (9, 9),
        (9, 9),
    ]
    assert Output(list_from="l").sizes({}) == []
    assert Output(count_from="n").sizes({"n": None}) == [(512, 512)]
