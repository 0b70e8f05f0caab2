"""The words in which a violation is told: what was sent, and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any

#: A sent value is shown up to this many characters.
SHOWN = 60

#: Numbers nearer to nought than this are written out at once.
SMALL = 10**15

_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def shown(value: Any) -> str:
    """`value` as JSON, cut after `SHOWN` characters; never walks or copies more of it than that."""
    if (type(value) is int and -SMALL < value < SMALL) or type(value) is float:
        return repr(value)
    if type(value) is str and len(value) < SHOWN // 2:
        return encode_basestring(value)
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > SHOWN:
            return text[: SHOWN - 1] + "…"
    return text


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        # Cut first: the value may be megabytes of base64.
        yield encode_basestring(value[: SHOWN + 1])
    elif isinstance(value, Mapping):
        yield from _listed("{", "}", (_pair(key, item) for key, item in value.items()))
    elif isinstance(value, list | tuple):
        yield from _listed("[", "]", (_pieces(item) for item in value))
    elif isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        yield "a number of more than 256 bits"
    else:
        yield json.dumps(value, default=repr)


def _pair(key: Any, item: Any) -> Iterator[str]:
    yield encode_basestring(str(key)[: SHOWN + 1]) + ": "
    yield from _pieces(item)


def _listed(opening: str, closing: str, entries: Iterator[Iterator[str]]) -> Iterator[str]:
    yield opening
    for index, entry in enumerate(entries):
        if index:
            yield ", "
        yield from entry
    yield closing


def allowed(schema: Mapping[str, Any]) -> str:
    """What `schema` takes, in words; `x-expects` in the schema overrides them."""
    if "x-expects" in schema:
        return str(schema["x-expects"])
    if "enum" in schema:
        return ", ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if branches:
        return " or ".join(dict.fromkeys(allowed(branch) for branch in branches))
    return " or ".join(_kind(name, schema) for name in _types(schema)) or "something else"


def _types(schema: Mapping[str, Any]) -> list[str]:
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)


def _kind(name: str, schema: Mapping[str, Any]) -> str:
    if name in ("integer", "number"):
        return _KINDS[name] + _range(schema) + _step(schema)
    if name == "string":
        return _KINDS[name] + _span(schema, "Length", "characters") + _form(schema)
    if name == "array":
        return _KINDS[name] + _span(schema, "Items", "entries") + _entries(schema)
    return _KINDS.get(name, name)


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    ends = {"of at least": low, "above": schema.get("exclusiveMinimum")}
    ends |= {"of at most": high, "below": schema.get("exclusiveMaximum")}
    words = [f"{word} {end}" for word, end in ends.items() if end is not None]
    return f" {' and '.join(words)}" if words else ""


def _step(schema: Mapping[str, Any]) -> str:
    return f" in steps of {schema['multipleOf']}" if "multipleOf" in schema else ""


def _span(schema: Mapping[str, Any], what: str, unit: str) -> str:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low is not None and high is not None:
        return f" of {low} to {high} {unit}"
    if high is not None:
        return f" of at most {high} {unit}"
    return f" of at least {low} {unit}" if low else ""


def _form(schema: Mapping[str, Any]) -> str:
    return f" of the form {schema['pattern']}" if "pattern" in schema else ""


def _entries(schema: Mapping[str, Any]) -> str:
    different = ", all different" if schema.get("uniqueItems") else ""
    items = schema.get("items")
    return f", each {allowed(items)}{different}" if isinstance(items, Mapping) and items else different


def missing(name: str, taken: str) -> str:
    """The sentence for a required parameter that is not there; `taken` is what `allowed` says of it."""
    return f"{name} is missing; it is required ({taken})"


def unknown(name: str) -> str:
    """The sentence for a key in an object that is closed."""
    return f"{name} is not known here"


def refused(name: str, keyword: str, value: Any, taken: str) -> str:
    """The sentence for a value that `keyword` refused; `taken` is what `allowed` says of the parameter."""
    return f"{name} {_sent(keyword, value)}; allowed: {taken}"


def _sent(keyword: str, value: Any) -> str:
    if keyword in ("minLength", "maxLength"):
        return f"is {_number(len(value), 'character')} long"
    if keyword in ("minItems", "maxItems"):
        return f"has {_number(len(value), 'entry', 'entries')}"
    return f"is {shown(value)}"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
