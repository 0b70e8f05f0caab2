"""The packaged documents: sound by every measure, and true to the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from segmind_spec import Catalog, Model, lint, loader
from tests.sdk.calls import CALLS

CODES = {"200", "400", "401", "403", "404", "405", "406", "410", "413", "429", "500", "502", "504"}


def resolved(path: Path) -> dict[str, Any]:
    """A packaged document without references."""
    library = loader.Library()
    document: dict[str, Any] = library.resolved(library.document(path), path)
    return document


def test_the_printed_call_is_accepted_as_it_stands(model: Model) -> None:
    """What a page prints is the document's example, key by key in order, and is valid as it is."""
    assert model.examples["printed"] == CALLS[model.slug]
    assert list(model.examples["printed"]) == list(CALLS[model.slug])
    assert model.is_valid(CALLS[model.slug])
    assert model.violations(CALLS[model.slug]) == []


def test_no_document_breaks_a_rule() -> None:
    """The packaged documents keep the house rules, which loading them does not check."""
    assert lint([loader.MODELS]) == []


@pytest.mark.parametrize(
    "path", [*loader.packaged(), *sorted(loader.SHARED.glob("*.yaml"))], ids=lambda path: path.stem
)
def test_each_document_stands_alone(path: Path) -> None:
    """With its references resolved, each file is a whole OpenAPI 3.1 document by itself."""
    assert list(OpenAPIV31SpecValidator(resolved(path)).iter_errors()) == []


def test_every_documented_answer_is_there(model: Model) -> None:
    """Both calls of a model have the same thirteen status codes, a 405 in HTML and the rest in JSON."""
    document = resolved(Path(model.file))
    for operation in model.operations:
        responses = document["paths"][operation.path]["post"]["responses"]
        assert set(responses) == CODES
        assert set(responses["405"]["content"]) == {"text/html"}
        assert all("application/json" in responses[code]["content"] for code in CODES - {"200", "405"})


def test_what_a_finished_v1_call_carries(model: Model) -> None:
    """A v1 answer has the headers of the service, and the media types of what the model returns."""
    answer = resolved(Path(model.file))["paths"][f"/v1/{model.slug}"]["post"]["responses"]["200"]
    assert {"x-cost", "x-remaining-credits", "x-request-id", "x-seed-value"} < set(answer["headers"])
    assert ("application/json" in answer["content"]) is (model.returns == "json" or "base64" in model.parameters)
    assert (model.output.media_type in answer["content"]) is (model.returns == "image")


def test_a_queued_call_leads_on(model: Model) -> None:
    """A v2 answer has five keys and links to the status, the result and the older poll."""
    answer = resolved(Path(model.file))["paths"][f"/v2/{model.slug}"]["post"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    assert schema["required"] == ["poll_url", "request_id", "response_url", "status", "status_url"]
    assert set(answer["links"]) == {"status", "result", "poll"}


@pytest.mark.parametrize("path", ["/v2/requests/{id}/status", "/v2/requests/{id}", "/v1/requests/{id}"])
def test_polling_has_its_answers(path: str) -> None:
    """A failed request is a 422, an expired one a 404."""
    item = resolved(loader.SHARED / "queue.yaml")["paths"][path]["get"]
    assert set(item["responses"]) == {"200", "401", "404", "405", "422", "429", "500"}


@pytest.mark.parametrize(
    ("image", "taken"),
    [
        ("https://segmind.com/kitchen.jpg", True),
        ("http://127.0.0.1:8787/a?b=c#d", True),
        ("/sd-img2img-input.jpeg", True),
        ("data:image/png;base64,iVBORw0KGgo=", True),
        ("iVBORw0KGgo=", True),
        ("/9j/4AAQSkZJRg==", True),
        ("iVBO\r\nRw0K\r\n", True),
        ("foo bar", False),
        ("", False),
        ("http://", False),
        ("ftp://a/b", False),
        ("a\x00b", False),
        ("/a b", False),
        ("bilder/ä.png", False),
    ],
    ids=range(14),
)
def test_what_counts_as_an_image(catalog: Catalog, image: str, taken: bool) -> None:
    """URLs, paths on the site, data URIs and bare base64 are taken; other texts are not."""
    model = catalog.get("sam-img2img")
    assert model is not None
    assert model.is_valid({"image": image}) is taken


def test_a_large_image_is_checked_at_once(catalog: Catalog) -> None:
    """Megabytes of base64 pass, and a blank at their end is still found."""
    model = catalog.get("sam-img2img")
    assert model is not None
    assert model.is_valid({"image": "A" * 8_000_000})
    (found,) = model.violations({"image": "A" * 8_000_000 + " "})
    assert len(found.message) < 250


@pytest.mark.parametrize(
    ("slug", "name", "value", "taken"),
    [
        ("smart-banner-resizer", "safety_tolerance", "6", True),
        ("smart-banner-resizer", "safety_tolerance", 1, True),
        ("smart-banner-resizer", "safety_tolerance", "7", False),
        ("smart-banner-resizer", "safety_tolerance", 0, False),
        ("smart-banner-resizer", "seed", None, True),
        ("smart-banner-resizer", "prompt", "x" * 5000, True),
        ("smart-banner-resizer", "prompt", "x" * 5001, False),
        ("smart-banner-resizer", "target_sizes", ["1x4096"] * 10, True),
        ("smart-banner-resizer", "target_sizes", ["1x1"] * 11, False),
        ("smart-banner-resizer", "target_sizes", [], False),
        ("smart-banner-resizer", "target_sizes", ["01x1"], False),
        ("smart-banner-resizer", "target_sizes", ["1x4097"], False),
        ("smart-banner-resizer", "output_format", "jpg", False),
        ("sd1.5-img2img", "scheduler", "UniPC", True),
        ("sd1.5-img2img", "scheduler", "DDPM", True),
        ("sd1.5-img2img", "scheduler", "ddim", False),
        ("sd1.5-img2img", "seed", 2**63 - 1, True),
        ("sd1.5-img2img", "seed", -(2**63), True),
        ("sd1.5-img2img", "seed", 2**63, False),
        ("sd1.5-img2img", "seed", None, False),
        ("sd1.5-img2img", "samples", 2.0, True),
        ("w2imgsd1.5-img2img", "size", 640, False),
        ("w2imgsd1.5-img2img", "control_scale", 0, True),
        ("w2imgsd1.5-img2img", "num_inference_steps", 20, False),
    ],
    ids=range(24),
)
def test_traps_of_the_pages(catalog: Catalog, slug: str, name: str, value: Any, taken: bool) -> None:
    """Each oddity of a page is read as the document says."""
    model = catalog.get(slug)
    assert model is not None
    assert model.is_valid({**model.examples["printed"], name: value}) is taken


def test_defaults_and_doubts_are_noted(catalog: Catalog) -> None:
    """Required parameters have no default to fill in, and choices carry a comment."""
    for model in catalog:
        for parameter in model.parameters.values():
            assert not (parameter.required and parameter.has_default)
            assert parameter.description
            assert "$comment" in parameter.schema or "x-default" not in parameter.schema
    sd15 = catalog.get("sd1.5-img2img")
    assert sd15 is not None
    assert "$comment" in sd15.parameters["scheduler"].schema
    assert sd15.parameters["seed"].default == -1
