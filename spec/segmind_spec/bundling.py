"""One OpenAPI document of everything that is loaded, as one server serves it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segmind_spec import wire
from segmind_spec.catalog import Catalog, body_media_type
from segmind_spec.document import Model
from segmind_spec.loader import PACKAGE, SHARED, Library

_UNCHECKED = {"Parameters": wire.unchecked_body, "Form": wire.unchecked_form}


def bundle(
    catalog: Catalog,
    *,
    server_url: str,
    version: str,
    lenient: bool,
    validate_at_submit: bool,
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a server, without references out of itself.

    `lenient` publishes numbers and booleans as text too. Unless `validate_at_submit`, v2 takes any object, as
    the service does, and fails the job later. `version` is the server's own.
    """
    parts = _Parts(catalog.library)
    paths: dict[str, Any] = {}
    for name in ("queue.yaml", "account.yaml"):
        paths |= parts.imported(catalog.library.document(SHARED / name)["paths"], SHARED / name)
    for model in catalog:
        parts.add_bodies(model, lenient=lenient)
        paths |= parts.model_paths(model, checked={"v1": True, "v2": validate_at_submit})
    account = catalog.library.document(SHARED / "account.yaml")["components"]
    return {
        "openapi": "3.1.0",
        "info": _info(version, lenient=lenient, validate_at_submit=validate_at_submit),
        "servers": [{"url": server_url}],
        "tags": _tags(catalog),
        "paths": paths,
        "components": {**parts.components, "securitySchemes": copy.deepcopy(account["securitySchemes"])},
    }


def _info(version: str, *, lenient: bool, validate_at_submit: bool) -> dict[str, str]:
    texts = "are also taken as text" if lenient else "are not taken as text"
    when = "is refused at once" if validate_at_submit else "is queued and fails when it runs"
    return {
        "title": "Segmind's image API, as segmind-mock serves it",
        "version": version,
        "description": f"Numbers and booleans {texts}. A v2 body that breaks a model's rules {when}.",
    }


def _tags(catalog: Catalog) -> list[dict[str, str]]:
    fixed = [
        {"name": "queue", "description": "Polling and fetching."},
        {"name": "account", "description": "Credits."},
    ]
    return [
        *fixed,
        *({"name": model.slug, "description": model.description or model.title} for model in catalog),
    ]


class _Parts:
    """The components of a bundle, filled as references to them are met."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.components: dict[str, dict[str, Any]] = {"schemas": wire.common_schemas()}
        self._prefixes: dict[Path, str] = {}

    def add_bodies(self, model: Model, *, lenient: bool) -> None:
        """The two schemas of a model's body, as JSON and as a form."""
        self._prefixes[Path(model.file)] = model.slug
        schemas = self.components["schemas"]
        schemas[f"{model.slug}.Parameters"] = wire.body_schema(model.schema, lenient=lenient)
        schemas[f"{model.slug}.Form"] = wire.form_schema(model.schema)

    def model_paths(self, model: Model, *, checked: Mapping[str, bool]) -> dict[str, Any]:
        """The model's path items; a body is `checked` at once, or not, by version."""
        file = Path(model.file)
        document = self._library.document(file)
        paths = {}
        for operation in model.operations:
            item = self.imported({**document["paths"][operation.path]["post"], "requestBody": None}, file)
            item["operationId"] = operation.operation_id
            item["tags"] = [model.slug]
            item["requestBody"] = self._request_body(model, checked[operation.version])
            paths[operation.path] = {"post": item}
        return paths

    def _request_body(self, model: Model, checked: bool) -> dict[str, Any]:
        file = Path(model.file)
        media = body_media_type(self._library.document(file), file, self._library)
        printed = {key: copy.deepcopy(media[key]) for key in ("example", "examples") if key in media}
        json_body = {"schema": _schema_of(model, "Parameters", checked), **printed}
        form = {"schema": _schema_of(model, "Form", checked)}
        return {"required": True, "content": {"application/json": json_body, "multipart/form-data": form}}

    def imported(self, value: Any, file: Path) -> Any:
        """A copy of `value` from `file` whose references point into the bundle."""
        if isinstance(value, list):
            return [self.imported(item, file) for item in value]
        if not isinstance(value, dict):
            return value
        beside = {key: self.imported(item, file) for key, item in value.items() if key != "$ref"}
        if "$ref" not in value:
            return beside
        target = self._reference(value["$ref"], file)
        return {**target, **beside}

    def _reference(self, reference: str, file: Path) -> dict[str, Any]:
        target, path = self._library.target(reference, file)
        pointer = reference.partition("#")[2]
        tokens = pointer.split("/")[1:]
        if len(tokens) != 3 or tokens[0] != "components":
            inlined: dict[str, Any] = self.imported(target, path)
            return inlined
        section, name = tokens[1], self._component_name(path, tokens[2])
        known = self.components.setdefault(section, {})
        if name not in known:
            # A place is taken before the target is walked, because a schema may contain itself.
            known[name] = {}
            known[name] = self.imported(target, path)
        return {"$ref": f"#/components/{section}/{name}"}

    def _component_name(self, path: Path, name: str) -> str:
        if path.is_relative_to(PACKAGE) and path.parent == SHARED:
            return name
        prefix = self._prefixes.get(path, path.stem)
        # The names of the two bodies are taken by what the server accepts.
        return f"{prefix}.{name}.page" if name in _UNCHECKED else f"{prefix}.{name}"


def _schema_of(model: Model, kind: str, checked: bool) -> dict[str, Any]:
    name = f"{model.slug}.{kind}"
    return {"$ref": f"#/components/schemas/{name}"} if checked else _UNCHECKED[kind](name)
