"""Checks of a request body against a model's schema, and what is told of a body that fails.

Two implementations find failures: `CompiledCheck` in Rust for the hot path, and `ReferenceCheck` over
`jsonschema`, slow and independent. Both only say *where* and by *which keyword*; one function turns that into
violations, so that they cannot differ in words, and a property test holds them to agree on the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from segmind_spec import sentences
from segmind_spec.errors import pointer_to

Path = tuple[str | int, ...]

# Where several keywords fail at one place, the first of these tells most.
_TELLING = (
    "type",
    "anyOf",
    "oneOf",
    "enum",
    "const",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
)


class Violation(NamedTuple):
    """One broken rule of a body. A named tuple: they are made by the handful on every bad call.

    `pointer` is an RFC 6901 pointer into the body: "" is the whole of it. `parameter` is the top-level key
    that the place belongs to, None for the whole body. `keyword` is the JSON Schema keyword. `message` is a
    sentence.
    """

    pointer: str
    parameter: str | None
    keyword: str
    message: str


Failure = tuple[Path, str]
"""A place in a body and the keyword that failed there."""

_OF_KEYS = ("required", "additionalProperties")
"""Keywords whose failures are the object's, and are told of the keys at fault."""


class CompiledCheck:
    """The check for the hot path: `jsonschema_rs`, compiled when it is first needed.

    >>> CompiledCheck({"type": "object"}).is_valid([])
    False
    """

    __slots__ = ("_schema", "_teller", "_unions", "_validator")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._teller = Teller(schema)
        self._unions = _has_unions(schema)
        self._validator: Any = None

    def is_valid(self, body: Any) -> bool:
        """Whether `body`, a JSON value, keeps to the schema."""
        validator = self._validator
        return bool((validator or self._compiled()).is_valid(body))

    def violations(self, body: Any) -> list[Violation]:
        """Everything that is wrong with `body`, in document order; empty when nothing is."""
        return self._teller.tell(body, self._failures(body))

    def _failures(self, body: Any) -> list[Failure]:
        validator = self._validator or self._compiled()
        if self._unions:
            errors = validator.iter_errors(body)
            return [(tuple(error.instance_path), str(error.schema_path[-1])) for error in errors]
        # A flat list, found in half the time; of a union it would tell of every branch.
        return [
            (_path_of(error["instanceLocation"], body), error["schemaLocation"].rpartition("/")[2])
            for error in validator.evaluate(body).errors()
        ]

    def _compiled(self) -> Any:
        # Late, because the import alone costs more than reading the five documents.
        from jsonschema_rs import Draft202012Validator, RegexOptions

        # The standard engine knows no look-around and matches in linear time, whatever a document asks for.
        self._validator = Draft202012Validator(dict(self._schema), pattern_options=RegexOptions())
        return self._validator


def _has_unions(schema: object) -> bool:
    """Whether a part of a schema is one of several, or all of several."""
    if isinstance(schema, Mapping):
        return any(name in ("anyOf", "oneOf", "allOf") or _has_unions(inner) for name, inner in schema.items())
    return isinstance(schema, list) and any(map(_has_unions, schema))


def _path_of(pointer: str, body: Any) -> Path:
    """The path that a JSON pointer into `body` stands for."""
    path: list[str | int] = []
    for token in pointer.split("/")[1:]:
        if "~" in token:
            token = token.replace("~1", "/").replace("~0", "~")
        step = int(token) if isinstance(body, list) else token
        path.append(step)
        body = body[step]
    return tuple(path)


class ReferenceCheck:
    """The check to compare with: `jsonschema`, Draft 2020-12."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import extend

        # Python's `$` also matches before a last newline, which JSON Schema's does not.
        kind = extend(  # type: ignore[no-untyped-call]
            Draft202012Validator, {"pattern": _pattern}
        )
        self._teller = Teller(schema)
        self._validator = kind(dict(schema))

    def is_valid(self, body: Any) -> bool:
        """Whether `body`, a JSON value, keeps to the schema."""
        return bool(self._validator.is_valid(body))

    def violations(self, body: Any) -> list[Violation]:
        """Everything that is wrong with `body`, in document order; empty when nothing is."""
        errors = self._validator.iter_errors(body)
        found = ((tuple(error.absolute_path), str(error.validator)) for error in errors)
        return self._teller.tell(body, found)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(instance, str) and not re.search(python_regex(pattern), instance):
        yield ValidationError(f"{pattern} does not match")


def python_regex(pattern: str) -> str:
    r"""`pattern` with `$` outside classes written as `\Z`, which is what JSON Schema means by it."""
    pieces = re.split(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])", pattern, flags=re.DOTALL)
    return "".join(piece if index % 2 else piece.replace("$", r"\Z") for index, piece in enumerate(pieces))


class _Place(NamedTuple):
    """What is told of a top-level parameter, whatever was sent for it."""

    position: int
    pointer: str
    allowed: str


class Teller:
    """Turns failures against one schema into violations; what does not depend on the body is worked out once."""

    __slots__ = ("_places", "_schema")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._places: dict[str | int, _Place] | None = None

    def tell(self, body: Any, failures: Iterable[Failure]) -> list[Violation]:
        """The violations behind `failures`, in document order: for each place its most telling keyword."""
        found: dict[Path, str] = {}
        for path, keyword in failures:
            if keyword in _OF_KEYS:
                for place in _spread(self._schema, body, path, keyword):
                    _keep(found, place, keyword)
            else:
                _keep(found, path, keyword)
        places = self._known()
        try:
            # Most faults are of a parameter as a whole, and those have their places in a table.
            ordered = sorted(found, key=lambda path: places[path[0] if len(path) == 1 else ""].position)
        except (KeyError, IndexError):
            ordered = sorted(found, key=lambda path: _position(self._schema, path))
        return [self._violation(body, path, found[path]) for path in ordered]

    def _known(self) -> dict[str | int, _Place]:
        if self._places is None:
            self._places = {
                name: _Place(position, pointer_to((name,)), sentences.allowed(inner))
                for position, (name, inner) in enumerate(self._schema.get("properties", {}).items())
                if isinstance(inner, Mapping)
            }
        return self._places

    def _violation(self, body: Any, path: Path, keyword: str) -> Violation:
        name = str(path[0]) if path else None
        place = self._known().get(name) if name is not None and len(path) == 1 else None
        if place is not None and name is not None:
            return Violation(place.pointer, name, keyword, _message(name, place.allowed, body, path, keyword))
        schema = schema_at(self._schema, path)
        message = _message(_name(path), sentences.allowed(schema), body, path, keyword)
        return Violation(pointer_to(path), name, keyword, message)


def _keep(found: dict[Path, str], path: Path, keyword: str) -> None:
    known = found.get(path)
    if known is None or _rank(keyword) < _rank(known):
        found[path] = keyword


def _rank(keyword: str) -> tuple[int, str]:
    return (_TELLING.index(keyword) if keyword in _TELLING else len(_TELLING), keyword)


def _spread(schema: Mapping[str, Any], body: Any, path: Path, keyword: str) -> list[Path]:
    """The places of an object's keys that a failure of the object is about."""
    keys = _keys_at_fault(schema_at(schema, path), value_at(body, path), keyword)
    # No key is at fault where a part of a union or of allOf asks for one that the schema itself does not.
    return [(*path, key) for key in keys] or [path]


def _keys_at_fault(schema: Mapping[str, Any], value: Mapping[str, Any], keyword: str) -> list[str]:
    if keyword == "required":
        return [name for name in schema.get("required", ()) if name not in value]
    return [name for name in value if name not in schema.get("properties", {})]


def schema_at(schema: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The schema of the place `path` in a body; an empty one where the document says nothing of it."""
    for token in path:
        inner = schema.get("items") if isinstance(token, int) else _property(schema, token)
        schema = inner if isinstance(inner, Mapping) else {}
    return schema


def _property(schema: Mapping[str, Any], name: str) -> Any:
    return schema.get("properties", {}).get(name, schema.get("additionalProperties"))


def value_at(body: Any, path: Path) -> Any:
    """The value at `path` in `body`."""
    for token in path:
        body = body[token]
    return body


def _position(schema: Mapping[str, Any], path: Path) -> list[tuple[int, str]]:
    position: list[tuple[int, str]] = []
    for token in path:
        if isinstance(token, int):
            position.append((token, ""))
        else:
            names = list(schema.get("properties", {}))
            position.append((names.index(token) if token in names else len(names), token))
        schema = schema_at(schema, (token,))
    return position


def _message(name: str, allowed: str, body: Any, path: Path, keyword: str) -> str:
    if keyword == "required" and path and not _present(body, path):
        return sentences.missing(name, allowed)
    if keyword == "additionalProperties" and path:
        return sentences.unknown(name)
    return sentences.refused(name, keyword, value_at(body, path), allowed)


def _present(body: Any, path: Path) -> bool:
    holder = value_at(body, path[:-1])
    return not isinstance(holder, Mapping) or path[-1] in holder


def _name(path: Path) -> str:
    """A place as a person writes it: `target_sizes[0]`, `style.name`; the empty path is "the body"."""
    if not path:
        return "the body"
    first, *rest = path
    return str(first) + "".join(f"[{token}]" if isinstance(token, int) else f".{token}" for token in rest)
