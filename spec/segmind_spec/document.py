"""The values that a document says: a model, its operations and its parameters.

Everything here is pure. A `Model` also answers the questions a server asks of it on every call, and what it
can work out beforehand it works out when it is built.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from segmind_spec import sentences
from segmind_spec.output import Output
from segmind_spec.payload import CompiledCheck, Violation
from segmind_spec.price import DEFAULT_PER_CALL, Price
from segmind_spec.reading import form_reader, normaliser, text_reader

DEFAULT_LATENCY: Final = 5.0
DEFAULT_WORKERS: Final = 16

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of a model: `version` is "v1" (waits for the result) or "v2" (queues)."""

    method: str
    path: str
    version: Literal["v1", "v2"]
    operation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One top-level key of a body. `default` is None both where it is null and where there is none."""

    name: str
    schema: Mapping[str, Any]
    required: bool
    has_default: bool
    default: Any
    description: str

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        return sentences.allowed(self.schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the service, as its document says it.

    `returns` is "image" or "json". `latency` is the typical time of a run in seconds, `workers` how many run
    at once. `schema` is the resolved JSON Schema of the body, `examples` the bodies that the document prints,
    by name. `file` is where the document was read from.
    """

    slug: str
    title: str
    description: str
    source: str
    returns: Literal["image", "json"]
    latency: float
    workers: int
    price: Price
    output: Output
    parameters: Mapping[str, Parameter]
    schema: dict[str, Any]
    operations: tuple[Operation, ...]
    examples: Mapping[str, dict[str, Any]]
    file: str = ""
    _check: CompiledCheck = field(init=False, repr=False, compare=False)
    _plan: tuple[tuple[str, Any, Callable[[Any], Any] | None], ...] = field(init=False, repr=False, compare=False)
    _texts: Mapping[str, Callable[[str], Any]] = field(init=False, repr=False, compare=False)
    _fields: Mapping[str, Callable[[Sequence[str]], Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        schemas = {name: parameter.schema for name, parameter in self.parameters.items()}
        readers = {name: text_reader(schema) for name, schema in schemas.items()}
        self._set("_check", CompiledCheck(self.schema))
        self._set("_plan", tuple(_planned(parameter) for parameter in self.parameters.values()))
        self._set("_texts", {name: reader for name, reader in readers.items() if reader is not None})
        self._set("_fields", {name: form_reader(schema) for name, schema in schemas.items()})

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def is_valid(self, body: Any) -> bool:
        """Whether `body` keeps to the model's schema. A few microseconds, the first call aside."""
        return self._check.is_valid(body)

    def violations(self, body: Any) -> list[Violation]:
        """Everything that is wrong with `body`, in document order; empty when nothing is."""
        return self._check.violations(body)

    def from_text(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of `body` in which the text forms of numbers and booleans are read.

        `"25"` becomes 25 and `"False"` becomes False, where the parameter is a number or a boolean and the
        text is in its range. Everything else stays as it is, for the check to refuse or to take.
        """
        read = dict(body)
        for name, reader in self._texts.items():
            value = read.get(name)
            if type(value) is str:
                read[name] = reader(value)
        return read

    def from_form(self, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The body that the text fields of a form stand for, in the order of the fields.

        Of a repeated field the last counts, unless the parameter is a list: then each is an entry, and a
        single field may also hold the whole list as JSON. Unknown fields stay text.
        """
        gathered: dict[str, list[str]] = {}
        for name, text in fields:
            gathered.setdefault(name, []).append(text)
        return {name: self._read_field(name, texts) for name, texts in gathered.items()}

    def _read_field(self, name: str, texts: Sequence[str]) -> Any:
        reader = self._fields.get(name)
        return texts[-1] if reader is None else reader(texts)

    def effective(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a valid `body` comes to: known parameters in document order, defaults filled, numbers
        normalised.

        A parameter without a default stays absent. 2.0 becomes 2 for a whole number, and a text that a schema
        allows for one becomes that number.
        """
        result: dict[str, Any] = {}
        for name, default, normalise in self._plan:
            value = body.get(name, _ABSENT)
            if value is _ABSENT:
                if default is _ABSENT:
                    continue
                value = copy.copy(default)
            elif normalise is not None and type(value) is not int:
                value = normalise(value)
            result[name] = value
        return result


def _planned(parameter: Parameter) -> tuple[str, Any, Callable[[Any], Any] | None]:
    default = parameter.default if parameter.has_default else _ABSENT
    return parameter.name, default, normaliser(parameter.schema)


def model_of(
    document: Mapping[str, Any], *, schema: dict[str, Any], examples: Mapping[str, dict[str, Any]], file: str
) -> Model:
    """The model of a document that keeps the rules, with its body schema and examples already resolved."""
    block = document["x-segmind"]
    info = document["info"]
    return Model(
        slug=block["slug"],
        title=info["title"],
        description=info.get("description", ""),
        source=block.get("source", ""),
        returns=block["returns"],
        latency=float(block.get("latency", DEFAULT_LATENCY)),
        workers=block.get("workers", DEFAULT_WORKERS),
        price=Price.from_extension(block.get("price", {"per_call": DEFAULT_PER_CALL})),
        output=Output.from_extension(block.get("output", {})),
        parameters=_parameters(schema),
        schema=schema,
        operations=tuple(_operations(document, block["slug"])),
        examples=examples,
        file=file,
    )


def _parameters(schema: Mapping[str, Any]) -> dict[str, Parameter]:
    required = set(schema.get("required", ()))
    return {
        name: Parameter(
            name=name,
            schema=inner,
            required=name in required,
            has_default="default" in inner,
            default=inner.get("default"),
            description=inner.get("description", ""),
        )
        for name, inner in schema.get("properties", {}).items()
    }


def _operations(document: Mapping[str, Any], slug: str) -> list[Operation]:
    versions: tuple[Literal["v1", "v2"], ...] = ("v1", "v2")
    found = []
    for version in versions:
        path = f"/{version}/{slug}"
        if path in document["paths"]:
            name = document["paths"][path]["post"].get("operationId", f"{version}.{slug}")
            found.append(Operation(method="POST", path=path, version=version, operation_id=name))
    return found
