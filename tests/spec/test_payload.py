"""The compiled check and the reference agree, and violations are told as they should be."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_spec import Catalog, Model
from segmind_spec.payload import CompiledCheck, ReferenceCheck, python_regex, schema_at

Bodies = Callable[[Model], st.SearchStrategy[Any]]


_references: dict[str, ReferenceCheck] = {}


def reference_of(model: Model) -> ReferenceCheck:
    """The reference check of a packaged model, built once."""
    return _references.get(model.slug) or _references.setdefault(model.slug, ReferenceCheck(model.schema))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_both_checks_agree(model: Model, bodies: Bodies, data: st.DataObject) -> None:
    """Both implementations give the same verdict and the same list of violations, for any body."""
    body = data.draw(bodies(model))
    reference = reference_of(model)
    found = model.violations(body)
    assert model.is_valid(body) is reference.is_valid(body)
    assert found == reference.violations(body)
    assert bool(found) is not model.is_valid(body)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_place_is_told_once_and_in_order(model: Model, bodies: Bodies, data: st.DataObject) -> None:
    """No pointer is there twice, and parameters come in the order of the document."""
    found = model.violations(data.draw(bodies(model)))
    pointers = [violation.pointer for violation in found]
    assert len(pointers) == len(set(pointers))
    known = list(model.parameters)
    order = [known.index(each.parameter) for each in found if each.parameter is not None]
    assert order == sorted(order)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_message_is_short_and_names_its_parameter(model: Model, bodies: Bodies, data: st.DataObject) -> None:
    """A sentence starts with the parameter and says what is allowed, however large the body is."""
    for violation in model.violations(data.draw(bodies(model))):
        assert violation.message.startswith(violation.parameter or "the body")
        assert "allowed: " in violation.message or "it is required" in violation.message
        assert len(violation.message) < 400


TEXT = {"type": "string"}

CASES = [
    ({"samples": 9}, "/samples", "maximum", "samples is 9; allowed: a whole number from 1 to 4"),
    ({"samples": 1.5}, "/samples", "type", "samples is 1.5; allowed: a whole number from 1 to 4"),
    ({"samples": True}, "/samples", "type", "samples is true; allowed: a whole number from 1 to 4"),
    (
        {"guidance_scale": "x"},
        "/guidance_scale",
        "type",
        'guidance_scale is "x"; allowed: a number from 0.1 to 25',
    ),
    ({"img_width": "x"}, "/img_width", "type", 'img_width is "x"; allowed: 512, 768'),
    ({"base64": 1}, "/base64", "type", "base64 is 1; allowed: true or false"),
    ({"prompt": None}, "/prompt", "type", "prompt is null; allowed: text"),
    ({"seed": 2**63}, "/seed", "maximum", f"seed is {2**63}; allowed: a whole number that fits in 64 bits"),
    (
        {"image": "foo bar"},
        "/image",
        "pattern",
        'image is "foo bar"; allowed: an http(s) URL, a path on the service\'s site, a data: URI, or base64 text',
    ),
]


@pytest.mark.parametrize(("change", "pointer", "keyword", "message"), CASES)
def test_sentences(catalog: Catalog, change: dict[str, Any], pointer: str, keyword: str, message: str) -> None:
    """Each kind of mistake has its pointer, its keyword and its plain sentence."""
    model = catalog.get("sd1.5-img2img")
    assert model is not None
    (found,) = model.violations({**model.examples["printed"], **change})
    assert (found.pointer, found.keyword, found.message) == (pointer, keyword, message)
    assert found.parameter == pointer[1:]


def test_everything_is_told_at_once(catalog: Catalog) -> None:
    """Missing and wrong parameters are told together, in the order of the document."""
    model = catalog.get("w2imgsd1.5-img2img")
    assert model is not None
    found = model.violations({"scheduler": "nope", "image": 3})
    assert [each.message for each in found] == [
        "image is 3; allowed: an http(s) URL, a path on the service's site, a data: URI, or base64 text",
        "prompt is missing; it is required (text)",
        'scheduler is "nope"; allowed: "ddim", "dpmpp_2m"',
    ]


def test_entries_of_a_list(catalog: Catalog) -> None:
    """A wrong entry is told by its index, a wrong length by the count, and a wrong tolerance once."""
    model = catalog.get("smart-banner-resizer")
    assert model is not None
    printed = model.examples["printed"]
    first = model.violations({**printed, "target_sizes": ["1x1", "4097x1", 3], "safety_tolerance": 7})
    assert [(each.pointer, each.message) for each in first] == [
        ("/target_sizes/1", 'target_sizes[1] is "4097x1"; allowed: <width>x<height>, each from 1 to 4096'),
        ("/target_sizes/2", "target_sizes[2] is 3; allowed: <width>x<height>, each from 1 to 4096"),
        ("/safety_tolerance", "safety_tolerance is 7; allowed: a whole number from 1 to 6"),
    ]
    (second,) = model.violations({**printed, "target_sizes": ["1x1"] * 11})
    assert second.message.startswith("target_sizes has 11 entries; allowed: a list of 1 to 10 entries, each <width>")


@pytest.mark.parametrize("body", [None, [], "x", 3, [{}]])
def test_a_body_that_is_no_object(model: Model, body: Any) -> None:
    """A body that is no object is one violation of the whole."""
    (found,) = model.violations(body)
    assert (found.pointer, found.parameter, found.keyword) == ("", None, "type")
    assert found.message == f"the body is {json.dumps(body)}; allowed: an object"


def test_nested_and_closed_objects() -> None:
    """Keys inside objects are named with dots; unknown keys of a closed object are told one by one."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"style": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
    }
    body = {"b/x": 1, "style": {}, "a": 2}
    told = [(each.pointer, each.message) for each in CompiledCheck(schema).violations(body)]
    assert told == [
        ("/style/name", "style.name is missing; it is required (text)"),
        ("/a", "a is not known here"),
        ("/b~1x", "b/x is not known here"),
    ]
    assert CompiledCheck(schema).violations(body) == ReferenceCheck(schema).violations(body)


def test_required_inside_a_part() -> None:
    """A key that only a part of the schema asks for is told of the place of that part."""
    schema = {"type": "object", "allOf": [{"required": ["a"]}]}
    (found,) = CompiledCheck(schema).violations({})
    assert (found.pointer, found.message) == ("", "the body is {}; allowed: an object")
    assert ReferenceCheck(schema).violations({}) == [found]


def test_the_body_is_left_as_it_was(model: Model) -> None:
    """No check changes the body."""
    body = {**model.examples["printed"], "seed": "x", "unknown": [{"a": None}]}
    before = copy.deepcopy(body)
    model.violations(body)
    model.effective(body)
    assert body == before


def test_patterns_match_in_linear_time() -> None:
    """A pattern that a backtracking engine chokes on is answered at once."""
    check = CompiledCheck({"type": "string", "pattern": "^(a+)+$"})
    assert not check.is_valid("a" * 50_000 + "b")


@pytest.mark.parametrize(
    ("pattern", "python"),
    [("^a$", r"^a\Z"), (r"^\$[$^]$", r"^\$[$^]\Z"), ("a|b$", r"a|b\Z"), (r"[^\]$]$", r"[^\]$]\Z")],
)
def test_dollar_means_the_end(pattern: str, python: str) -> None:
    """`$` is turned to the end of the text, but not where it is escaped or inside a class."""
    assert python_regex(pattern) == python
    re.compile(python)


@pytest.mark.parametrize("text", ["a", "a\n", "\na", ""])
def test_a_last_newline_is_text(text: str) -> None:
    """Neither check takes a pattern to end before a last newline."""
    schema = {"type": "string", "pattern": "^a$"}
    assert CompiledCheck(schema).is_valid(text) is ReferenceCheck(schema).is_valid(text) is (text == "a")


def test_schema_at_an_unknown_place() -> None:
    """A place that the document does not speak of has an empty schema."""
    assert schema_at({"properties": {"a": {"items": {"type": "null"}}}}, ("a", 3)) == {"type": "null"}
    assert schema_at({"properties": {}}, ("a", "b", 1)) == {}


def test_places_in_a_list() -> None:
    """Both checks find the entries of a list at fault, and name them by their numbers."""
    schema = {"type": "object", "properties": {"sizes": {"type": "array", "items": {"type": "integer"}}}}
    found = CompiledCheck(schema).violations({"sizes": [1, "a", 2, None]})
    assert [violation.pointer for violation in found] == ["/sizes/1", "/sizes/3"]
    assert found == ReferenceCheck(schema).violations({"sizes": [1, "a", 2, None]})
    assert found[0].message.startswith("sizes[1] is")
