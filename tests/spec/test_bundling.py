"""One document of everything that is loaded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from segmind_spec import Catalog, bundle

USER_DOCUMENT = """
openapi: 3.1.0
info: {title: Mine, version: "1"}
x-segmind: {slug: mine, returns: json}
paths:
  /v2/mine:
    post:
      requestBody:
        content:
          application/json:
            example: {style: {inner: {name: a}}}
            schema: {$ref: "#/components/schemas/Parameters"}
      responses:
        "200": {$ref: "../shared/queue.yaml#/components/responses/Queued"}
        "400": {$ref: "parts/own.json#/answers/0"}
        "418":
          description: Itself.
          content: {application/json: {schema: {$ref: "#/components/schemas/Parameters"}}}
components:
  schemas:
    Parameters:
      type: object
      properties:
        style: {$ref: "parts/own.json#/style"}
"""
OWN = {
    "answers": [{"description": "Own.", "content": {"application/json": {"schema": {"type": "object"}}}}],
    "style": {"type": "object", "properties": {"inner": {"type": "object"}}},
}


def bundled(catalog: Catalog, *, lenient: bool = True, validate_at_submit: bool = False) -> dict[str, Any]:
    """A bundle with the usual address."""
    return bundle(
        catalog,
        server_url="http://127.0.0.1:8787",
        version="9.9",
        lenient=lenient,
        validate_at_submit=validate_at_submit,
    )


@pytest.mark.parametrize("lenient", [True, False])
@pytest.mark.parametrize("validate_at_submit", [True, False])
def test_a_bundle_is_sound(catalog: Catalog, lenient: bool, validate_at_submit: bool) -> None:
    """Whatever the settings, a bundle is valid OpenAPI 3.1 and refers to nothing outside itself."""
    document = bundled(catalog, lenient=lenient, validate_at_submit=validate_at_submit)
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    references = re.findall(r'"\$ref": "([^"]*)"', json.dumps(document))
    assert all(reference.startswith("#/components/") for reference in references)
    for section in document["components"].values():
        assert all(re.fullmatch(r"[a-zA-Z0-9._-]+", name) for name in section)


def test_everything_is_in_it(catalog: Catalog) -> None:
    """Every model has its two paths, and the queue and the account are there, with names of their own."""
    document = bundled(catalog)
    own = {f"/{version}/{slug}" for version in ("v1", "v2") for slug in catalog.slugs}
    rest = {"/v2/requests/{id}/status", "/v2/requests/{id}", "/v1/requests/{id}", "/v1/get-user-credits"}
    assert set(document["paths"]) == own | rest
    names = [call["operationId"] for item in document["paths"].values() for call in item.values()]
    assert len(names) == len(set(names))
    assert document["servers"] == [{"url": "http://127.0.0.1:8787"}]
    assert document["info"]["version"] == "9.9"
    assert all(call["security"] == [{"apiKey": []}] for item in document["paths"].values() for call in item.values())


@pytest.mark.parametrize("checked", [True, False])
def test_when_a_body_is_checked(catalog: Catalog, checked: bool) -> None:
    """v1 always checks; v2 publishes any object, or any form, unless it checks at submit."""
    paths = bundled(catalog, validate_at_submit=checked)["paths"]
    v1 = paths["/v1/sam-img2img"]["post"]["requestBody"]["content"]
    v2 = paths["/v2/sam-img2img"]["post"]["requestBody"]["content"]
    assert v1["application/json"]["schema"] == {"$ref": "#/components/schemas/sam-img2img.Parameters"}
    assert v1["multipart/form-data"]["schema"] == {"$ref": "#/components/schemas/sam-img2img.Form"}
    assert (v2 == v1) is checked
    if not checked:
        body = v2["application/json"]["schema"]["anyOf"]
        assert body == [v1["application/json"]["schema"], {"$ref": "#/components/schemas/AnyObject"}]
        assert v2["multipart/form-data"]["schema"]["$ref"] == "#/components/schemas/AnyForm"


def test_a_users_document_is_taken_in(tmp_path: Path) -> None:
    """References into the shared parts, the document itself and further files end up inside the bundle."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "mine.yaml").write_text(USER_DOCUMENT)
    (tmp_path / "parts" / "own.json").write_text(json.dumps(OWN))
    document = bundled(Catalog.load([tmp_path]))
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    responses = document["paths"]["/v2/mine"]["post"]["responses"]
    assert responses["200"] == {"$ref": "#/components/responses/Queued"}
    assert responses["400"]["description"] == "Own."
    page = responses["418"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert page == "mine.Parameters.page"
    assert document["components"]["schemas"][page]["properties"]["style"] == OWN["style"]
    assert document["paths"]["/v2/mine"]["post"]["operationId"] == "v2.mine"


def test_a_bundle_is_its_callers_own(catalog: Catalog) -> None:
    """Changing one bundle changes neither the next nor the models."""
    before = json.dumps(bundled(catalog))
    document = bundled(catalog)
    for section in document["components"].values():
        section.clear()
    document["paths"]["/v1/sam-img2img"]["post"]["requestBody"]["content"]["application/json"]["examples"].clear()
    assert json.dumps(bundled(catalog)) == before
