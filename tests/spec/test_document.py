"""What a model answers of bodies: reading texts and forms, and filling defaults."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_spec import Catalog, Model, Operation

OLD_CLIENT = {
    "image": "AAAA",
    "prompt": "a",
    "samples": "4",
    "num_inference_steps": "25",
    "guidance_scale": "7.5",
    "seed": "98877465625",
    "strength": "1",
    "base64": "False",
    "negativePrompt": "1",
}


def model_named(catalog: Catalog, slug: str) -> Model:
    """A packaged model."""
    found = catalog.get(slug)
    assert found is not None
    return found


def test_an_old_client_is_read(catalog: Catalog) -> None:
    """The texts that the first official client sends become numbers and booleans; the rest stays."""
    model = model_named(catalog, "sd1.5-img2img")
    before = copy.deepcopy(OLD_CLIENT)
    read = model.from_text(OLD_CLIENT)
    assert not model.is_valid(OLD_CLIENT)
    assert model.is_valid(read)
    assert [read[name] for name in list(OLD_CLIENT)[2:8]] == [4, 25, 7.5, 98877465625, 1, False]
    assert read["negativePrompt"] == "1"
    assert before == OLD_CLIENT


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_valid_body_is_not_read_otherwise(
    model: Model, bodies: Callable[[Model], st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    """Reading texts never turns a valid body into another one, and reading twice is reading once."""
    body = data.draw(bodies(model).filter(lambda body: isinstance(body, dict)))
    read = model.from_text(body)
    assert model.from_text(read) == read
    if model.is_valid(body):
        assert read == body


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_effective_parameters_are_a_fixed_point(
    model: Model, bodies: Callable[[Model], st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    """What a valid body comes to is valid, known, in document order, and comes to itself."""
    drawn = data.draw(bodies(model))
    body = drawn if model.is_valid(drawn) else model.examples["printed"]
    effective = model.effective(body)
    known = list(model.parameters)
    assert model.is_valid(effective)
    assert model.effective(effective) == effective
    assert list(effective) == [name for name in known if name in effective]
    assert all(type(effective[name]) is not float for name in ("samples", "seed", "size") if name in effective)


def test_defaults_are_filled(catalog: Catalog) -> None:
    """Absent parameters get their defaults, null among them, or stay absent; unknown keys go."""
    banner = model_named(catalog, "smart-banner-resizer")
    assert banner.effective({"target_sizes": ["1x1"], "image_url": "/a", "safety_tolerance": "4", "x": 1}) == {
        "image_url": "/a",
        "target_sizes": ["1x1"],
        "num_images_per_size": 1,
        "output_format": "png",
        "prompt": "",
        "resolution": "1K",
        "safety_tolerance": 4,
        "seed": None,
    }
    assert "negative_prompt" not in model_named(catalog, "sd1.5-img2img").effective({"image": "/a", "prompt": ""})


def test_a_form_is_read(catalog: Catalog) -> None:
    """Fields of text become the body that they stand for; repeated fields become a list."""
    banner = model_named(catalog, "smart-banner-resizer")
    fields = [
        ("image_url", "/a"),
        ("target_sizes", "1x1"),
        ("seed", "7"),
        ("x", "1"),
        ("target_sizes", "2x2"),
    ]
    assert banner.from_form(fields) == {
        "image_url": "/a",
        "target_sizes": ["1x1", "2x2"],
        "seed": 7,
        "x": "1",
    }
    assert banner.from_form([("target_sizes", '["1x1", "2x2"]')]) == {"target_sizes": ["1x1", "2x2"]}
    assert banner.from_form([("seed", "1"), ("seed", "2")]) == {"seed": 2}


def test_the_printed_call_as_a_form(model: Model) -> None:
    """Every printed call can also be sent as a form."""
    fields: list[tuple[str, str]] = []
    for name, value in model.examples["printed"].items():
        entries = value if isinstance(value, list) else [value]
        fields += [(name, str(entry)) for entry in entries]
    body = model.from_form(fields)
    assert model.is_valid(body)
    assert model.effective(body) == model.effective(model.examples["printed"])


def test_operations(model: Model) -> None:
    """A packaged model is called by POST on v1 and on v2."""
    assert model.operations == (
        Operation(method="POST", path=f"/v1/{model.slug}", version="v1", operation_id=f"v1.{model.slug}"),
        Operation(method="POST", path=f"/v2/{model.slug}", version="v2", operation_id=f"v2.{model.slug}"),
    )


def test_a_mutable_default_is_not_shared() -> None:
    """Two calls never hold the same list as default."""
    from segmind_spec.document import model_of

    schema = {"type": "object", "properties": {"l": {"type": "array", "default": ["a"]}}}
    document = {"x-segmind": {"slug": "m", "returns": "json"}, "info": {"title": "M"}, "paths": {}}
    model = model_of(document, schema=schema, examples={}, file="")
    model.effective({})["l"].append("b")
    assert model.effective({}) == {"l": ["a"]}


@pytest.mark.parametrize("text", ["9", "1.5", "x", "", "true", " 1"])
def test_a_text_out_of_range_stays_text(catalog: Catalog, text: str) -> None:
    """A text that stands for no value is left, and refused as what was sent."""
    model = model_named(catalog, "sd1.5-img2img")
    body = model.from_text({"image": "/a", "prompt": "b", "samples": text})
    (found,) = model.violations(body)
    assert found.message == f'samples is "{text}"; allowed: a whole number from 1 to 4'
