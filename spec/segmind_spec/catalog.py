"""The catalog: every model that is served, by its slug."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from segmind_spec import loader
from segmind_spec.document import Model, model_of
from segmind_spec.errors import SpecError


class Catalog:
    """Models by slug, in the order of their files: the packaged ones first, then the user's.

    >>> "sd1.5-img2img" in Catalog.load().slugs
    True
    """

    def __init__(self, models: Sequence[Model], library: loader.Library | None = None) -> None:
        self._models = {model.slug: model for model in models}
        self.library = library or loader.Library()

    @classmethod
    def load(cls, folders: Sequence[Path] = ()) -> Catalog:
        """The packaged models and those of `folders` (each `*.yaml`, `*.yml` and `*.json` directly inside).

        Raises `SpecError` with every problem of every file: one that cannot be read, one that breaks a rule
        (see `segmind_spec.rules`), and a slug that two files claim.
        """
        library = loader.Library()
        models = [load_model(path, library) for path in loader.packaged()]
        if folders:
            # Late, because the rules are only for what a user brings along.
            from segmind_spec.rules import check

            paths = [path for folder in folders for path in loader.documents_in(Path(folder))]
            problems = check(paths, library, claimed={model.slug: model.file for model in models})
            if problems:
                raise SpecError(problems)
            models += [load_model(path, library) for path in paths]
        return cls(models, library)

    @property
    def slugs(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(self._models)

    def get(self, slug: str) -> Model | None:
        """The model of that name, or None."""
        return self._models.get(slug)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __len__(self) -> int:
        return len(self._models)


def load_model(path: Path, library: loader.Library) -> Model:
    """The model of one file that keeps the rules."""
    document = library.document(path)
    media = body_media_type(document, path, library)
    return model_of(
        document,
        schema=library.resolved(media.get("schema", {}), path),
        examples=dict(_examples(media)),
        file=str(path),
    )


def body_media_type(document: Mapping[str, Any], path: Path, library: loader.Library) -> Mapping[str, Any]:
    """The `application/json` media type object of a model's body, with its schema still unresolved.

    Raises `LookupError` where there is none.
    """
    slug = document["x-segmind"]["slug"]
    item = document["paths"].get(f"/v1/{slug}") or document["paths"][f"/v2/{slug}"]
    body = item["post"]["requestBody"]
    if "$ref" in body:
        body, _ = library.target(body["$ref"], path)
    media: Mapping[str, Any] = body["content"]["application/json"]
    return media


def _examples(media: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "example" in media:
        yield "example", media["example"]
    for name, example in media.get("examples", {}).items():
        if "value" in example:
            yield name, example["value"]
