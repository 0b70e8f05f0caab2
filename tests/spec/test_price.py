"""What calls cost."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_spec import Catalog, Price


@pytest.mark.parametrize(
    ("slug", "change", "outputs", "credits"),
    [
        ("sd1.5-img2img", {}, 1, 3_700),
        ("sd1.5-img2img", {"samples": 4}, 4, 3_700),
        ("w2imgsd1.5-img2img", {}, 1, 4_700),
        ("sam-img2img", {}, 1, 7_600),
        ("image-converter", {}, 1, 1_000),
        ("smart-banner-resizer", {}, 3, 625_000),
        ("smart-banner-resizer", {}, 4, 812_500),
        ("smart-banner-resizer", {"resolution": "2K"}, 4, 812_500),
        ("smart-banner-resizer", {"resolution": "4K"}, 4, 1_562_500),
    ],
)
def test_prices_of_the_packaged_models(
    catalog: Catalog, slug: str, change: dict[str, Any], outputs: int, credits: int
) -> None:
    """Prices are whole micro-credits; only a part for each output is scaled."""
    model = catalog.get(slug)
    assert model is not None
    assert model.price.of(model.effective({**model.examples["printed"], **change}), outputs) == credits


def test_an_empty_price_is_nothing() -> None:
    """A block without parts costs nothing."""
    assert Price.from_extension({}).of({}, 7) == 0


def test_credits_are_rounded_to_the_nearest() -> None:
    """A fraction of a micro-credit is rounded half up."""
    assert Price.from_extension({"per_call": 0.0000025}).base == 3
    assert Price.from_extension({"per_call": 1e-7}).base == 0
