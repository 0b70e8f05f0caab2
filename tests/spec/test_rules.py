"""Every rule is told of, at its place, and a sound document breaks none."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_spec import Catalog, SpecError, lint

SOUND: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "x-segmind": {
        "slug": "mini",
        "returns": "image",
        "latency": 1,
        "price": {"base": 0, "per_output": 1, "factor": {"parameter": "text", "values": {"a": 2}}},
        "output": {"count_from": "count", "size": {"width_from": "count"}, "prompt_from": "text"},
    },
    "paths": {
        "/v1/mini": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Parameters"},
                            "examples": {"one": {"value": {"text": "a"}}},
                        }
                    }
                },
                "responses": {
                    "200": {"description": "D"},
                    "400": {"$ref": "shared/errors.yaml#/components/responses/BadRequest"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Parameters": {
                "type": "object",
                "required": ["text"],
                "properties": {
                    "text": {"type": "string", "pattern": "^a*$", "default": "a"},
                    "count": {"type": "integer", "minimum": 1, "maximum": 4, "examples": [1]},
                    "list": {"type": "array", "items": {"type": "string"}},
                    "big": {"type": "integer"},
                },
            }
        }
    },
}
TEXT = "/components/schemas/Parameters/properties/text"
COUNT = "/components/schemas/Parameters/properties/count"
BODY = "/paths/~1v1~1mini/post/requestBody"
GONE = object()


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The sound document with one place changed, or removed."""
    document = copy.deepcopy(SOUND)
    *path, last = [token.replace("~1", "/") for token in pointer.split("/")[1:]]
    holder: Any = document
    for token in path:
        holder = holder[token]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return document


def problems_of(folder: Path, document: Any) -> list[tuple[str, str]]:
    """Pointer and message of each problem of a document."""
    path = folder / "mini.json"
    path.write_text(json.dumps(document))
    found = lint([folder])
    assert all(problem.file == str(path) for problem in found)
    return [(problem.pointer, problem.message) for problem in found]


def test_a_sound_document(tmp_path: Path) -> None:
    """A document that keeps the rules has no problem, and loads."""
    assert problems_of(tmp_path, SOUND) == []
    assert "mini" in Catalog.load([tmp_path]).slugs


CASES: list[tuple[str, Any, str, str]] = [
    ("/openapi", "3.0.3", "/openapi", "is not OpenAPI 3.1"),
    ("/openapi", GONE, "/openapi", "is not OpenAPI 3.1"),
    ("/info", GONE, "", "info is missing"),
    ("/info/title", GONE, "/info", "title is missing"),
    ("/info/sumary", "x", "/info/sumary", "sumary is not a field of the OpenAPI object Info"),
    ("/webhooks", {}, "/webhooks", "webhooks is not a field of the OpenAPI object OpenAPI"),
    ("/paths", [], "/paths", "is [], not an object"),
    ("/paths/~1other", {}, "/paths/~1other", "a model's document only has the paths /v1/mini and /v2/mini"),
    (
        "/paths/~1v1~1mini",
        {"get": {"responses": {}}},
        "/paths",
        "has neither /v1/mini nor /v2/mini with post",
    ),
    ("/paths/~1v1~1mini/get", {"responses": {}}, "/paths/~1v1~1mini/get", "a model is only called with post"),
    ("/paths/~1v1~1mini/parameters", {}, "/paths/~1v1~1mini/parameters", "is {}, not a list"),
    ("/paths/~1v1~1mini/post/requestBody", GONE, "/paths/~1v1~1mini/post", "has no application/json body"),
    (
        f"{BODY}/content/application~1json/schema",
        {"type": "array"},
        BODY,
        "the schema of the body is not of type",
    ),
    (f"{BODY}/content/application~1json/schema", GONE, BODY, "the schema of the body is not of type object"),
    (
        f"{BODY}/content/application~1json/examples/one/value/text",
        3,
        f"{BODY}/content/application~1json/examples/one/value",
        "does not keep to its schema at /text: text is 3; allowed: text",
    ),
    (
        "/paths/~1v1~1mini/post/responses/200",
        {},
        "/paths/~1v1~1mini/post/responses/200",
        "description is missing",
    ),
    (
        "/paths/~1v1~1mini/post/responses/400",
        {"$ref": "shared/errors.yaml#/no"},
        "/paths/~1v1~1mini/post/responses/400/$ref",
        "shared/errors.yaml#/no points to a place that is not there",
    ),
    (
        "/paths/~1v1~1mini/post/responses/400",
        {"$ref": 3},
        "/paths/~1v1~1mini/post/responses/400/$ref",
        "$ref is 3, not text",
    ),
    (
        "/paths/~1v1~1mini/post/responses/400",
        {"$ref": "#/info", "colour": 1},
        "/paths/~1v1~1mini/post/responses/400/colour",
        "colour is not a field of the OpenAPI object Response",
    ),
    (
        "/components/schemas/Loop",
        {"items": {"$ref": "#/components/schemas/Loop"}},
        "",
        "points back to itself",
    ),
    (TEXT, True, BODY, "parameter text has no schema object"),
    (f"{TEXT}/if", {}, f"{TEXT}/if", "if is not a keyword of JSON Schema that is supported here"),
    (f"{TEXT}/minLenght", 1, f"{TEXT}/minLenght", "minLenght is not a keyword"),
    (f"{TEXT}/type", "text", f"{TEXT}/type", "type is not what JSON Schema takes"),
    (f"{TEXT}/pattern", "(", f"{TEXT}/pattern", '"(" is not a regular expression'),
    (f"{TEXT}/pattern", "(?=a)", f"{TEXT}/pattern", '"(?=a)" is not a regular expression'),
    (f"{TEXT}/default", "b", f"{TEXT}/default", "does not keep to its schema: the body is"),
    (f"{TEXT}/anyOf", {}, f"{TEXT}/anyOf", "is {}, not a list"),
    (f"{COUNT}/minimum", 5, f"{COUNT}/minimum", "minimum 5 is above maximum 4"),
    (f"{COUNT}/minimum", "1", f"{COUNT}/minimum", "minimum is not what JSON Schema takes"),
    (f"{COUNT}/examples", [1, 9], f"{COUNT}/examples/1", "does not keep to its schema"),
    (
        f"{COUNT}/maximum",
        GONE,
        "/x-segmind/output/count_from",
        "count counts outputs, so its schema needs a maximum",
    ),
    (f"{COUNT}/type", "number", "/x-segmind/output/count_from", "count is not a parameter of whole numbers"),
    (
        "/components/schemas/Parameters/required",
        ["no"],
        BODY,
        "no is required, but there is no such parameter",
    ),
    ("/x-segmind", GONE, "", "x-segmind is missing"),
    ("/x-segmind", 3, "/x-segmind", "the body is 3"),
    ("/x-segmind/slug", GONE, "/x-segmind/slug", "slug is missing"),
    ("/x-segmind/returns", GONE, "/x-segmind/returns", "returns is missing"),
    ("/x-segmind/returns", "video", "/x-segmind/returns", 'returns is "video"; allowed: "image", "json"'),
    ("/x-segmind/slug", "a/b", "/x-segmind/slug", 'slug is "a/b"; allowed: letters'),
    ("/x-segmind/slug", "..", "/x-segmind/slug", 'slug is ".."; allowed: letters'),
    ("/x-segmind/slug", "requests", "/x-segmind/slug", "requests is a path of the service itself"),
    (
        "/x-segmind/slug",
        "get-user-credits",
        "/x-segmind/slug",
        "get-user-credits is a path of the service itself",
    ),
    ("/x-segmind/speed", 1, "/x-segmind/speed", "speed is not known here"),
    ("/x-segmind/price/per_call", -1, "/x-segmind/price/per_call", "price.per_call is -1; allowed: a number"),
    (
        "/x-segmind/price/factor/parameter",
        "no",
        "/x-segmind/price/factor/parameter",
        "no is not a parameter of this",
    ),
    (
        "/x-segmind/output/seed_from",
        "no",
        "/x-segmind/output/seed_from",
        "no is not a parameter of this model",
    ),
    (
        "/x-segmind/output/size/list_from",
        "text",
        "/x-segmind/output/size/list_from",
        "text is not a parameter that",
    ),
    (
        "/x-segmind/output/media_type",
        "image/x",
        "/x-segmind/output/media_type",
        'output.media_type is "image/x"',
    ),
]


@pytest.mark.parametrize(("pointer", "value", "place", "message"), CASES, ids=range(len(CASES)))
def test_each_rule(tmp_path: Path, pointer: str, value: Any, place: str, message: str) -> None:
    """One change breaks one rule, which is told at the right place."""
    found = problems_of(tmp_path, changed(pointer, value))
    assert any((told.startswith(message) or message in told) and where.startswith(place) for where, told in found), (
        found
    )
    with pytest.raises(SpecError):
        Catalog.load([tmp_path])


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Problems of different kinds are told together."""
    document = changed("/info/sumary", "x")
    document["x-segmind"]["returns"] = "video"
    document["components"]["schemas"]["Parameters"]["properties"]["text"] |= {"if": {}, "pattern": "("}
    assert len(problems_of(tmp_path, document)) == 4


def test_what_a_reference_leads_to_is_held_to_the_rules(tmp_path: Path) -> None:
    """A further file of the user's is looked into, too."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.json").write_text(json.dumps({"type": "integer", "if": {}}))
    found = problems_of(tmp_path, changed(COUNT, {"$ref": "parts/a.json"}))
    assert (f"{COUNT}/$ref", "if is not a keyword of JSON Schema that is supported here") in found


def test_a_default_beside_a_reference(tmp_path: Path) -> None:
    """A default that stands beside a reference is held to the target."""
    reference = {"$ref": "shared/inputs.yaml#/components/schemas/Seed", "default": "x", "maximum": 4}
    ((place, _),) = problems_of(tmp_path, changed(COUNT, reference))
    assert place == f"{COUNT}/default"


def test_single_files_and_missing_ones(tmp_path: Path) -> None:
    """Lint takes files and folders, and tells of what is not there."""
    path = tmp_path / "mini.json"
    path.write_text(json.dumps(SOUND))
    assert lint([path]) == []
    assert [problem.file for problem in lint([tmp_path / "no.yaml"])] == [str(tmp_path / "no.yaml")]


def _places(value: Any, pointer: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else ()
    below = [place for key, item in inner for place in _places(item, f"{pointer}/{key.replace('/', '~1')}")]
    return [pointer, *below] if pointer else below


JUNK = st.sampled_from([None, True, 3, -1.5, "", "x", [], [1], {}, {"a": 1}, {"$ref": "#/x"}, {"$ref": []}, GONE])


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(_places(SOUND)), value=JUNK)
def test_no_document_makes_the_rules_fail(tmp_path_factory: pytest.TempPathFactory, place: str, value: Any) -> None:
    """Whatever stands anywhere is told of or loads; a document without a problem makes a working model."""
    folder = tmp_path_factory.mktemp("junk")
    if problems_of(folder, changed(place, value)):
        return
    loaded = Catalog.load([folder])
    model = next(model for model in loaded if model.file.startswith(str(folder)))
    assert model.violations({}) or model.effective({}) is not None
