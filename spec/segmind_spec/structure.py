"""The walk over one document: unknown fields, dangling references, and schemas that cannot mean anything.

Findings are pairs of a path and a sentence; who calls knows the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as File
from typing import Any

from segmind_spec.errors import SpecError
from segmind_spec.keywords import FIELDS, REQUIRED
from segmind_spec.loader import PACKAGE, Library
from segmind_spec.payload import CompiledCheck, Path, python_regex
from segmind_spec.sentences import shown

Finding = tuple[Path, str]

_ENDS = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
)


class Walk:
    """One walk over the document in `file`."""

    def __init__(self, library: Library, file: File) -> None:
        self._library = library
        self._file = file

    def findings(self, value: Any, kind: str = "OpenAPI", path: Path = ()) -> Iterator[Finding]:
        """Everything wrong with `value`, which stands at `path` and should be an object of `kind`."""
        if kind == "Schema" and isinstance(value, bool):
            return
        if not isinstance(value, Mapping):
            yield path, f"is {shown(value)}, not an object"
            return
        if "$ref" in value:
            yield from self._reference(value, kind, path)
            return
        yield from _missing(value, kind, path)
        for field, inner in value.items():
            yield from self._field(field, inner, kind, path)
        if kind == "Schema":
            yield from _schema(value, path)
        if kind in ("Schema", "MediaType"):
            yield from self._samples(value, kind, path)

    def _reference(self, value: Mapping[str, Any], kind: str, path: Path) -> Iterator[Finding]:
        try:
            if not isinstance(value["$ref"], str):
                raise LookupError(f"$ref is {shown(value['$ref'])}, not text")
            resolved = self._library.resolved(dict(value), self._file)
        except (LookupError, SpecError) as error:
            yield (*path, "$ref"), str(error.args[0])
            return
        if not isinstance(resolved, dict | bool):
            yield (*path, "$ref"), f"{value['$ref']} points to {shown(resolved)}, not to an object"
            return
        for field, inner in value.items():
            if field != "$ref":
                yield from self._field(field, inner, kind, path)
        # What another file of the user's says is not walked by itself, so it is walked here, through its
        # target.
        place, _ = self._library.locate(value["$ref"], self._file)
        if place != self._file and not _is_packaged(place):
            yield from (((*path, "$ref"), message) for _, message in self.findings(resolved, kind))
        elif kind == "Schema" and len(value) > 1 and isinstance(resolved, dict):
            yield from self._samples(resolved, kind, path)

    def _field(self, field: str, inner: Any, kind: str, path: Path) -> Iterator[Finding]:
        here = (*path, field)
        if field.startswith("x-"):
            return
        inside = FIELDS[kind].get(field)
        if inside is None:
            what = "keyword of JSON Schema" if kind == "Schema" else f"field of the OpenAPI object {kind}"
            yield here, f"{field} is not a {what} that is supported here"
        elif inside[:1] in ("{", "["):
            yield from self._several(inner, inside, here)
        elif inside:
            yield from self.findings(inner, inside, here)

    def _several(self, inner: Any, inside: str, here: Path) -> Iterator[Finding]:
        wanted = Mapping if inside[0] == "{" else list
        # A schema's own `examples` is a list of values, and is checked as samples.
        if not isinstance(inner, wanted):
            yield here, f"is {shown(inner)}, not {'an object' if wanted is Mapping else 'a list'}"
            return
        entries = inner.items() if isinstance(inner, Mapping) else enumerate(inner)
        for key, item in entries:
            yield from self.findings(item, inside[1:], (*here, key))

    def _samples(self, value: Mapping[str, Any], kind: str, path: Path) -> Iterator[Finding]:
        """Defaults and examples that their own schema refuses."""
        samples = list(_samples(value, kind))
        if not samples:
            return
        try:
            schema = self._library.resolved(dict(value) if kind == "Schema" else value.get("schema", {}), self._file)
            check = CompiledCheck(schema)
            for place, sample in samples:
                for violation in check.violations(sample):
                    where = f" at {violation.pointer}" if violation.pointer else ""
                    yield (*path, *place), f"does not keep to its schema{where}: {violation.message}"
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError):
            # The schema itself is no good, and that is told at its own place.
            return


def _is_packaged(file: File) -> bool:
    return file.is_relative_to(PACKAGE)


def _samples(value: Mapping[str, Any], kind: str) -> Iterator[tuple[Path, Any]]:
    for key in ("default", "example"):
        if key in value:
            yield (key,), value[key]
    examples = value.get("examples")
    if kind == "Schema" and isinstance(examples, list):
        yield from ((("examples", index), sample) for index, sample in enumerate(examples))
    if kind == "MediaType" and isinstance(examples, Mapping):
        for name, example in examples.items():
            if isinstance(example, Mapping) and "value" in example:
                yield ("examples", name, "value"), example["value"]


def _missing(value: Mapping[str, Any], kind: str, path: Path) -> Iterator[Finding]:
    for field in REQUIRED.get(kind, ()):
        if field not in value:
            yield path, f"{field} is missing"


def _schema(schema: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """What is wrong with the keywords of one schema, those inside its own parts left aside."""
    own = {key: value for key, value in schema.items() if FIELDS["Schema"].get(key) == ""}
    own.pop("example", None)
    wrong = [tuple(error.instance_path) for error in _meta().iter_errors(own)]
    for place in wrong:
        yield (*path, *place), f"{place[0] if place else 'schema'} is not what JSON Schema takes"
    sound = {key: value for key, value in own.items() if key not in {place[0] for place in wrong if place}}
    yield from _pattern(sound, path)
    yield from _ends(sound, path)


@cache
def _meta() -> Any:
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})


def _pattern(schema: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    if "pattern" not in schema:
        return
    from jsonschema_rs import Draft202012Validator, RegexOptions

    try:
        re.compile(python_regex(schema["pattern"]))
        Draft202012Validator({"pattern": schema["pattern"]}, pattern_options=RegexOptions())
    except (re.error, ValueError, OverflowError, RecursionError):
        yield (
            (*path, "pattern"),
            f"{shown(schema['pattern'])} is not a regular expression without look-around",
        )


def _ends(schema: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    for low, high in _ENDS:
        if low in schema and high in schema and schema[low] > schema[high]:
            yield (*path, low), f"{low} {schema[low]} is above {high} {schema[high]}"
