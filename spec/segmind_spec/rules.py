"""Does a document keep the house rules? All problems at once, each with its file and a JSON pointer.

The rules are stricter than OpenAPI: a keyword that is not known is a mistake and not an extension, samples
must keep to their schemas, and a document describes one model, with its slug in its paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from segmind_spec import loader
from segmind_spec.catalog import body_media_type
from segmind_spec.errors import Problem, SpecError, pointer_to
from segmind_spec.extension import block_findings, name_findings
from segmind_spec.structure import Finding, Walk


def lint(paths: Sequence[Path]) -> list[Problem]:
    """Every problem of the documents at `paths`; a folder stands for the documents directly inside it.

    Clashes with the packaged models are not problems here, so the packaged documents can be checked too.
    """
    files: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files += loader.documents_in(path) if path.is_dir() else [path]
        except SpecError as error:
            problems += error.problems
    return problems + check(files, loader.Library(), claimed={})


def check(paths: Sequence[Path], library: loader.Library, *, claimed: Mapping[str, str]) -> list[Problem]:
    """Every problem of the documents at `paths`, where `claimed` maps taken slugs to their files."""
    owners = dict(claimed)
    problems: list[Problem] = []
    for path in paths:
        try:
            # Through the careful reader even when the file is a packaged one: this is the place that judges
            # it.
            document = loader.read(path)
        except SpecError as error:
            problems += error.problems
            continue
        findings = [*_findings(document, path.resolve(), library), *_claim(document, path, owners)]
        problems += [Problem(file=str(path), pointer=pointer_to(place), message=text) for place, text in findings]
    return problems


def _claim(document: Mapping[str, Any], path: Path, owners: dict[str, str]) -> Iterator[Finding]:
    block = document.get("x-segmind")
    slug = block.get("slug") if isinstance(block, Mapping) else None
    if not isinstance(slug, str):
        return
    if slug in owners:
        yield ("x-segmind", "slug"), f"{slug} is claimed by {owners[slug]} and by {path}"
    owners.setdefault(slug, str(path))


def _findings(document: Mapping[str, Any], path: Path, library: loader.Library) -> Iterator[Finding]:
    version = document.get("openapi")
    if not (isinstance(version, str) and version.startswith("3.1.")):
        yield ("openapi",), "is not OpenAPI 3.1"
        return
    shape = [*Walk(library, path).findings(document), *block_findings(document)]
    yield from shape
    try:
        yield from list(_whole(document, path, library))
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError):
        # A document whose parts are unsound may not hold together at all, and its parts have been told of.
        if not shape:
            raise


def _whole(document: Mapping[str, Any], path: Path, library: loader.Library) -> Iterator[Finding]:
    """What can only be said of a document as a whole."""
    slug = document["x-segmind"]["slug"]
    own = [f"/{version}/{slug}" for version in ("v1", "v2")]
    yield from _path_findings(document["paths"], own)
    first = next((name for name in own if "post" in document["paths"].get(name, {})), None)
    if first is None:
        return
    try:
        media = body_media_type(document, path, library)
    except (LookupError, TypeError):
        yield ("paths", first, "post"), "has no application/json body"
        return
    schema = library.resolved(media.get("schema", {}), path)
    yield from ((("paths", first, "post", "requestBody"), text) for text in _body_texts(schema))
    if _is_object(schema):
        yield from name_findings(document["x-segmind"], schema.get("properties", {}))


def _path_findings(paths: Mapping[str, Any], own: Sequence[str]) -> Iterator[Finding]:
    for name, item in paths.items():
        if name not in own:
            yield ("paths", name), f"a model's document only has the paths {' and '.join(own)}"
        yield from (
            (("paths", name, verb), "a model is only called with post")
            for verb in item
            if verb != "post" and not verb.startswith("x-")
        )
    if not any("post" in paths.get(name, {}) for name in own):
        yield ("paths",), f"has neither {' nor '.join(own)} with post"


def _is_object(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "object"


def _body_texts(schema: Any) -> Iterator[str]:
    if not _is_object(schema):
        yield "the schema of the body is not of type object"
        return
    properties = schema.get("properties", {})
    yield from (
        f"parameter {name} has no schema object" for name, inner in properties.items() if inner in (True, False)
    )
    unknown = [name for name in schema.get("required", ()) if name not in properties]
    yield from (f"{name} is required, but there is no such parameter" for name in unknown)
