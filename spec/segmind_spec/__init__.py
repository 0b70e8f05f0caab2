"""The contract of Segmind's image API: OpenAPI 3.1 documents, and the pure code that reads them.

`Catalog.load()` gives the models; `bundle` one OpenAPI document of them; `lint` what is wrong with a
document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segmind_spec.catalog import Catalog
from segmind_spec.document import Model, Operation, Parameter
from segmind_spec.errors import Problem, SpecError
from segmind_spec.output import Output
from segmind_spec.payload import Violation
from segmind_spec.price import Price

if TYPE_CHECKING:
    from segmind_spec.bundling import bundle
    from segmind_spec.rules import lint

__all__ = [
    "Catalog",
    "Model",
    "Operation",
    "Output",
    "Parameter",
    "Price",
    "Problem",
    "SpecError",
    "Violation",
    "bundle",
    "lint",
]


def __getattr__(name: str) -> Any:
    # A server starts without these two, so it does not pay for importing them.
    if name == "bundle":
        from segmind_spec.bundling import bundle

        return bundle
    if name == "lint":
        from segmind_spec.rules import lint

        return lint
    raise AttributeError(name)
