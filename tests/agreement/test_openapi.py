"""The contract as it is served is a sound OpenAPI document, whatever is loaded and however the server reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from segmind_spec import Catalog
from tests.worlds import mock

MODELS = Path(__file__).parent.parent.parent / "fixtures" / "models"


@pytest.mark.parametrize(
    "quirks", [{}, {"lenient": "off"}, {"v2_validation": "submit"}], ids=["default", "strict", "submit"]
)
def test_the_served_contract_is_sound(quirks: dict[str, str]) -> None:
    """One document of everything loaded, a user's model among it, names the server that was asked."""
    catalog = Catalog.load([MODELS])
    document = mock(catalog=catalog, quirks=quirks).get("/openapi.json", headers={"x-api-key": None}).json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["servers"] == [{"url": "http://mock.test"}]
    assert {f"/{version}/{slug}" for slug in catalog.slugs for version in ("v1", "v2")} <= set(document["paths"])


def test_a_users_model_is_served() -> None:
    """Its document is all it takes: checked bodies, its own price, pictures of the size asked for."""
    world = mock(catalog=Catalog.load([MODELS]), credits=1)
    answer = world.post("/v1/postcard", {"prompt": "Hello", "width": 640})
    assert (answer.headers["content-type"], answer.headers["x-cost"]) == ("image/jpeg", "0.002")
    assert answer.headers["x-output-metadata"] == '{"height": 400, "width": 640}'
    assert "width is 5; allowed: a whole number from 64 to 2048" in world.post("/v1/postcard", {"width": 5}).text
