"""Rules for the `x-segmind` block and for what it says of the rest of its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from segmind_spec.output import DIALS, MEDIA_TYPES, WAYS
from segmind_spec.payload import CompiledCheck, Path
from segmind_spec.reading import normaliser
from segmind_spec.texts import scalar_types

Finding = tuple[Path, str]

_RESERVED = ("requests", "get-user-credits")

_NAME: Final = {"type": "string", "minLength": 1, "x-expects": "the name of a parameter"}
_CREDITS: Final = {"type": "number", "minimum": 0, "maximum": 1_000_000}
_NAMES_OF_SIZE = ("width_from", "height_from", "side_from", "list_from", "each_from", "input_from")
_NAMES_OF_OUTPUT = ("format_from", "count_from", "seed_from", "prompt_from", "input_from")
_COUNTS = ("count_from", "each_from", "width_from", "height_from", "side_from")

BLOCK: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["slug", "returns"],
    "additionalProperties": False,
    "properties": {
        "slug": {
            "type": "string",
            "pattern": r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$",
            "x-expects": "letters, digits, dots, hyphens and underscores, no dot in front, at most 100",
        },
        "returns": {"enum": ["image", "json"]},
        "source": {"type": "string"},
        "latency": {"type": "number", "minimum": 0, "maximum": 86400},
        "workers": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
        "price": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "per_call": _CREDITS,
                "base": _CREDITS,
                "per_output": _CREDITS,
                "factor": {
                    "type": "object",
                    "required": ["parameter", "values"],
                    "additionalProperties": False,
                    "properties": {
                        "parameter": _NAME,
                        "values": {"type": "object", "additionalProperties": _CREDITS},
                    },
                },
            },
        },
        "output": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "media_type": {"enum": sorted(set(MEDIA_TYPES.values()))},
                **dict.fromkeys(_NAMES_OF_OUTPUT, _NAME),
                "way": {"enum": list(WAYS)},
                "dials": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": dict.fromkeys(DIALS, _NAME),
                },
                "size": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        **dict.fromkeys(_NAMES_OF_SIZE, _NAME),
                        "default": {"type": "integer", "minimum": 1, "maximum": 16384},
                    },
                },
            },
        },
        "notes": {"type": "array", "items": {"type": "string"}},
    },
}

_check = CompiledCheck(BLOCK)


def block_findings(document: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with the block itself, its path into the document included."""
    if "x-segmind" not in document:
        yield (), "x-segmind is missing; it says at least the slug and what the model returns"
        return
    block = document["x-segmind"]
    for violation in _check.violations(block):
        place = [token.replace("~1", "/").replace("~0", "~") for token in violation.pointer.split("/")[1:]]
        yield ("x-segmind", *place), violation.message
    if isinstance(block, Mapping) and block.get("slug") in _RESERVED:
        yield (
            ("x-segmind", "slug"),
            f"{block['slug']} is a path of the service itself, so no model can have it",
        )


def name_findings(block: Mapping[str, Any], parameters: Mapping[str, Any]) -> Iterator[Finding]:
    """Parameters that a well-formed block names although the body has none such, or none that will do."""
    output = block.get("output", {})
    if output.get("way", WAYS[0]) != WAYS[0] and "input_from" not in output:
        yield ("x-segmind", "output", "way"), f"{output['way']} needs an input picture, so input_from must name it"
    for path, name in _named(block):
        here = ("x-segmind", *path)
        if name not in parameters:
            yield here, f"{name} is not a parameter of this model"
        elif path[-1] in _COUNTS and normaliser(parameters[name]) is None:
            yield here, f"{name} is not a parameter of whole numbers"
        elif path[-1] == "list_from" and scalar_types(parameters[name]) != {"array"}:
            yield here, f"{name} is not a parameter that is a list"
        elif path[-1] in ("count_from", "each_from") and not _is_bounded(parameters[name]):
            yield here, f"{name} counts outputs, so its schema needs a maximum or an enum"


def _named(block: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    output = block.get("output", {})
    for key in _NAMES_OF_OUTPUT:
        if key in output:
            yield ("output", key), output[key]
    for dial, name in output.get("dials", {}).items():
        yield ("output", "dials", dial), name
    for key in _NAMES_OF_SIZE:
        if key in output.get("size", {}):
            yield ("output", "size", key), output["size"][key]
    if "factor" in block.get("price", {}):
        yield ("price", "factor", "parameter"), block["price"]["factor"]["parameter"]


def _is_bounded(schema: Mapping[str, Any]) -> bool:
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())] or [schema]
    return all("maximum" in branch or "enum" in branch for branch in branches)
