"""Which pictures a job makes: their sizes, formats and what decides their content. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import orjson

from segmind_mock.render.formats import FORMATS, Format, by_media_type
from segmind_spec import Model

Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One output: everything its bytes depend on."""

    width: int
    height: int
    format: Format
    digest: bytes


def format_of(model: Model, parameters: Mapping[str, object], preference: str) -> Format:
    """The format of a job's pictures: its own parameter's, the quirk's, or the model's."""
    chosen = parameters.get(model.output.format_from) if model.output.format_from else None
    if isinstance(chosen, str) and chosen in FORMATS:
        return FORMATS[chosen]
    if preference != "model" and model.returns == "image":
        return FORMATS[preference]
    return by_media_type(model.output.media_type)


def pictures(
    model: Model,
    parameters: Mapping[str, object],
    *,
    seed: int | None,
    given: Size,
    preference: str = "model",
) -> list[Picture]:
    """Every picture of a job in order; `given` is the size of the input picture, for models that keep it."""
    form = format_of(model, parameters, preference)
    return [
        Picture(width=size[0], height=size[1], format=form, digest=_digest(model, parameters, seed, index))
        for index, size in enumerate(found or given for found in model.output.sizes(parameters))
    ]


def _digest(model: Model, parameters: Mapping[str, object], seed: int | None, index: int) -> bytes:
    """Equal for equal requests, whoever makes them and whenever; a seed that was drawn is as good as one given."""
    told = dict(parameters)
    if model.output.seed_from is not None:
        told[model.output.seed_from] = seed
    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return blake2b(b"\0".join((model.slug.encode(), str(index).encode(), text))).digest()
