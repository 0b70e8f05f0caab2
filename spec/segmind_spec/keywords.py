"""What may stand in a document: the fields of each OpenAPI object and the keywords of a schema.

A table row is field → what is inside: the name of another object, `{` and a name for a map of them, `[` and a
name for a list of them, "" for a value that is not looked into. A field that is not here is a mistake, or a
part of OpenAPI that this package does not read; both are better said than passed over. `x-` fields are free.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PLAIN_SCHEMA = (
    "$comment title description default examples example deprecated readOnly writeOnly format type enum "
    "const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems "
    "maxItems uniqueItems required contentMediaType contentEncoding"
)
_CARRIED = "description required deprecated allowEmptyValue style explode allowReserved example"
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def _fields(plain: str, **inside: str) -> dict[str, str]:
    return {**dict.fromkeys(plain.split(), ""), **inside}


FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "OpenAPI": _fields(
        "openapi security tags externalDocs servers", info="Info", paths="{PathItem", components="Components"
    ),
    "Info": _fields("title summary description termsOfService contact license version"),
    "Components": {
        "schemas": "{Schema",
        "responses": "{Response",
        "parameters": "{Parameter",
        "examples": "{Example",
        "requestBodies": "{RequestBody",
        "headers": "{Header",
        "securitySchemes": "{SecurityScheme",
        "links": "{Link",
    },
    "PathItem": _fields("summary description servers", parameters="[Parameter", **dict.fromkeys(_VERBS, "Operation")),
    "Operation": _fields(
        "tags summary description externalDocs operationId deprecated security servers",
        parameters="[Parameter",
        requestBody="RequestBody",
        responses="{Response",
    ),
    "Parameter": _fields(f"name in {_CARRIED}", schema="Schema", examples="{Example", content="{MediaType"),
    "Header": _fields(_CARRIED, schema="Schema", examples="{Example", content="{MediaType"),
    "RequestBody": _fields("description required", content="{MediaType"),
    "MediaType": _fields("example encoding", schema="Schema", examples="{Example"),
    "Response": _fields("description", headers="{Header", content="{MediaType", links="{Link"),
    "Example": _fields("summary description value externalValue"),
    "Link": _fields("operationRef operationId parameters requestBody description server"),
    "SecurityScheme": _fields("type description name in scheme bearerFormat flows openIdConnectUrl"),
    "Schema": _fields(
        _PLAIN_SCHEMA,
        properties="{Schema",
        additionalProperties="Schema",
        items="Schema",
        anyOf="[Schema",
        oneOf="[Schema",
        allOf="[Schema",
    ),
}

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "OpenAPI": ("openapi", "info", "paths"),
    "Info": ("title", "version"),
    "Operation": ("responses",),
    "Response": ("description",),
    "RequestBody": ("content",),
    "Parameter": ("name", "in"),
    "SecurityScheme": ("type",),
}
