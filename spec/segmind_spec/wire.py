r"""What a server really accepts, as schemas: the page's schema made exact for publication.

A page says what a model means; a server takes a little more (texts for numbers) and a little less (a NUL
character is refused wherever it stands). Whoever tests a server against its published document needs the
exact set, or finds false alarms. Everything here is pure: schemas in, new schemas out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from segmind_spec.texts import scalar_types, text_form

Schema = dict[str, Any]

#: Text without a NUL character.
NUL_FREE = r"^[^\u0000]*$"

_TEXT: Schema = {"type": "string", "pattern": NUL_FREE}
_NAMES: Schema = {"pattern": NUL_FREE}
_JSON_VALUE: Schema = {"$ref": "#/components/schemas/JsonValue"}

_UNCHECKED = "Anything is queued; what does not keep to {name} fails when it runs."

# What a reader wants to see beside the whole of a union rather than inside its first branch.
_ANNOTATIONS = ("title", "description", "default", "examples", "example", "deprecated", "$comment")


def common_schemas() -> dict[str, Schema]:
    """The components that the wire schemas refer to: JsonValue, AnyObject and AnyForm."""
    return {
        "JsonValue": {
            "description": "Any JSON value whose texts and keys have no NUL character.",
            "anyOf": [
                {"type": ["null", "boolean", "number"]},
                _TEXT,
                {"type": "array", "items": _JSON_VALUE},
                {"$ref": "#/components/schemas/AnyObject"},
            ],
        },
        "AnyObject": {
            "description": "Any JSON object whose texts and keys have no NUL character.",
            "type": "object",
            "propertyNames": _NAMES,
            "additionalProperties": _JSON_VALUE,
        },
        "AnyForm": {
            "description": "Any fields. What is not text is sent as its text; none has a NUL character.",
            "type": "object",
            "propertyNames": _NAMES,
            "additionalProperties": _NAMES,
        },
    }


def body_schema(schema: Mapping[str, Any], *, lenient: bool) -> Schema:
    """The JSON body that a model takes; with `lenient`, numbers and booleans also as text."""
    published = _nul_free(schema)
    if lenient:
        published["properties"] = {
            name: _with_texts(inner, published["properties"][name])
            for name, inner in schema.get("properties", {}).items()
        }
    return published


def form_schema(schema: Mapping[str, Any]) -> Schema:
    """The form that a model takes: every field is text, a list is a field that is repeated."""
    fields = {name: _field(inner) for name, inner in schema.get("properties", {}).items()}
    return {
        "type": "object",
        "description": "The same parameters as fields of text; a list is one field for each entry.",
        "required": list(schema.get("required", ())),
        "properties": fields,
        "propertyNames": _NAMES,
        # What is not text arrives as its text, so no value of an unknown field is refused for its type.
        "additionalProperties": _NAMES,
    }


def unchecked_body(name: str) -> Schema:
    """The schema of a submit that queues whatever object it is given, meant to be component `name`."""
    return {
        "description": _UNCHECKED.format(name=name),
        "anyOf": [{"$ref": f"#/components/schemas/{name}"}, {"$ref": "#/components/schemas/AnyObject"}],
    }


def unchecked_form(name: str) -> Schema:
    """The same of a form. It is no union, because in a form a number and its text cannot be told apart."""
    return {"description": _UNCHECKED.format(name=name), "$ref": "#/components/schemas/AnyForm"}


def _nul_free(schema: Mapping[str, Any]) -> Schema:
    """`schema` without the values that hold a NUL character anywhere."""
    exact = dict(schema)
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            exact[union] = [_nul_free(branch) for branch in schema[union]]
    if "enum" in schema or "const" in schema or "anyOf" in schema or "oneOf" in schema:
        return exact
    kinds = scalar_types(schema)
    if "string" in kinds:
        _close_text(exact)
    if "array" in kinds:
        exact["items"] = _nul_free(schema["items"]) if schema.get("items") else _JSON_VALUE
    if "object" in kinds:
        _close_object(exact)
    return exact if kinds else {**exact, "allOf": [*exact.get("allOf", ()), _JSON_VALUE]}


def _close_text(schema: Schema) -> None:
    if "pattern" not in schema:
        schema["pattern"] = NUL_FREE
    elif not excludes_nul(schema["pattern"]):
        schema["allOf"] = [*schema.get("allOf", ()), _NAMES]


def _close_object(schema: Schema) -> None:
    schema["properties"] = {name: _nul_free(inner) for name, inner in schema.get("properties", {}).items()}
    extra = schema.get("additionalProperties", True)
    if extra is not False:
        schema["propertyNames"] = _NAMES
        schema["additionalProperties"] = _nul_free(extra) if isinstance(extra, Mapping) and extra else _JSON_VALUE


def excludes_nul(pattern: str) -> bool:
    """Whether `pattern` surely matches no text with a NUL character; False also where that is unclear.

    Sure are patterns anchored at both ends, with alternatives only inside a group that spans the whole, and
    without dots, negated shorthands, and negated classes that do not name the NUL character first.
    """
    bare = re.sub(r"\\[^xuSDWsdwbB]", "", pattern)
    if not (bare.startswith("^") and bare.endswith("$")):
        return False
    if "|" in bare and not (bare.startswith("^(?:") and bare.endswith(")$")):
        return False
    return not re.search(r"\\[SDW]|\[\^(?!\\x00|\\u0000)|\.|\\x00(?<!\[\^\\x00)|\\u0000(?<!\[\^\\u0000)", bare)


def _with_texts(schema: Mapping[str, Any], published: Schema) -> Schema:
    """A union of the values and their texts, annotated as the values were."""
    form = text_form(schema)
    if form is None:
        return published
    moved = {key: value for key, value in published.items() if key in _ANNOTATIONS or key.startswith("x-")}
    typed = {key: value for key, value in published.items() if key not in moved}
    return {"anyOf": [typed, form.schema()], **moved}


def _field(schema: Mapping[str, Any]) -> Schema:
    """The schema of the text, or texts, that a form gives for a parameter."""
    kinds = scalar_types(schema)
    form = text_form(schema)
    notes = {key: schema[key] for key in ("description",) if key in schema}
    if form is not None:
        return {**notes, **form.schema()}
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if branches:
        return {**notes, **_field_of(branches)}
    if "array" in kinds:
        return {**notes, **_repeated_field(schema)}
    if "string" not in kinds:
        return {**notes, **_TEXT}
    if "pattern" in schema or "enum" in schema:
        return {**_nul_free({**schema, "type": "string"}), **notes}
    # Free text: whatever is sent arrives as a text that is as good as any, unless it is an empty list.
    free = {key: value for key, value in _nul_free(schema).items() if key != "type"}
    return {**free, "minItems": 1, "items": _NAMES, **notes}


def _field_of(branches: list[Mapping[str, Any]]) -> Schema:
    # A branch of numbers counts only through the branch of texts beside it, as for a JSON body.
    texts = [branch for branch in branches if "string" in scalar_types(branch)]
    fields = [_field(branch) for branch in texts or branches]
    return fields[0] if len(fields) == 1 else {"anyOf": fields}


def _repeated_field(schema: Mapping[str, Any]) -> Schema:
    bounds = {key: schema[key] for key in ("minItems", "maxItems", "uniqueItems") if key in schema}
    return {"type": "array", "items": _field(schema.get("items", {})), **bounds}
