"""Readers of single values, made once for each parameter from its schema.

A *text reader* reads the text form of a number or boolean, a *form reader* the fields of a form, and a
*normaliser* brings a value that is already valid to the one form the rest of the program works with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from segmind_spec.texts import TextForm, scalar_types, text_form


def text_reader(schema: Mapping[str, Any]) -> Callable[[str], Any] | None:
    """The reader of a parameter's texts; None for a parameter that has no text form."""
    form = text_form(schema)
    return None if form is None else form.read


def form_reader(schema: Mapping[str, Any]) -> Callable[[Sequence[str]], Any]:
    """The reader of the fields that a form gives for one parameter; there is always at least one."""
    kinds = scalar_types(schema)
    single = text_reader(schema) or _unread
    if "array" in kinds:
        return _list_reader(text_reader(schema.get("items", {})) or _unread)
    if kinds == {"object"}:
        return lambda texts: _json_or_text(texts[-1], dict)
    return lambda texts: single(texts[-1])


def _unread(text: str) -> Any:
    return text


def _list_reader(entry: Callable[[str], Any]) -> Callable[[Sequence[str]], Any]:
    def read(texts: Sequence[str]) -> Any:
        if len(texts) == 1 and isinstance(whole := _json_or_text(texts[0], list), list):
            return whole
        return [entry(text) for text in texts]

    return read


def _json_or_text(text: str, kind: type) -> Any:
    if text.lstrip()[:1] not in ("[", "{"):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, kind) else text


def normaliser(schema: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    """The normaliser of a parameter's valid values; None where every value is in its one form already."""
    branches = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not any("integer" in scalar_types(branch) for branch in branches):
        return None
    if any(scalar_types(branch) & {"number"} for branch in branches):
        return None
    forms = [form for form in map(text_form, branches) if form is not None]
    return lambda value: _whole(value, forms)


def _whole(value: Any, forms: Sequence[TextForm]) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return next((read for form in forms if (read := form.read(value)) != value), value)
    return value
