"""Which pictures a job makes: their sizes, formats and what decides their content. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2b, sha256

import orjson

from segmind_mock.render.files.formats import FORMATS, Format, by_media_type
from segmind_mock.render.picture import Dials, Picture, Source, Way
from segmind_spec import Model

Parameters = Mapping[str, object]
Told = Mapping[str, str | int]

CAPTIONED = frozenset({Way.GENERATE, Way.REPAINT, Way.LETTER, Way.RECOMPOSE})
"""A map of regions and a converted file are used as they are; a bar of text would spoil them."""

_LONGEST_CAPTION = 240
_SHARES = frozenset({"guidance", "steps", "control_scale"})
_TEXTS = frozenset({"scheduler", "negative"})
_TIER = re.compile(r"([1-9]\d?)[kK]")
_NO_TIER = Dials().tier
_AS_ANSWERED = "base64"
"""The parameter that chooses how v1 hands a picture over; it has no part in the picture."""


class Recipe:
    """How the pictures of one model follow from a call."""

    def __init__(self, model: Model) -> None:
        self.model = model
        output = model.output
        self._way = Way(output.way)
        self._dials = tuple(
            (dial, parameter, _reading(model, dial, parameter)) for dial, parameter in output.dials.items()
        )
        told_apart = {*output.dials.values()} | output.about_the_file
        self._beside = told_apart | {_AS_ANSWERED, output.input_from or "", output.seed_from or ""}

    def pictures(
        self,
        parameters: Parameters,
        *,
        seed: int | None,
        source: Source | None,
        preference: str = "model",
        caption: bool = True,
    ) -> list[Picture]:
        """Every picture of a job in order, each with what decides it."""
        sizes = [size or _size_of(source) for size in self.model.output.sizes(parameters)]
        seen: Counter[tuple[int, int]] = Counter()
        form = format_of(self.model, parameters, preference)
        family = self._family(parameters, seed, source)
        dials = self._turned(parameters)
        prompt = str(parameters.get(self.model.output.prompt_from or "") or "")
        return [
            Picture(
                way=self._way,
                width=width,
                height=height,
                format=form,
                family=family,
                variant=_count(seen, (width, height)),
                prompt=prompt,
                dials=dials,
                source=source,
                caption=self._caption(width, height, seed, index, len(sizes), prompt) if caption else "",
            )
            for index, (width, height) in enumerate(sizes)
        ]

    def _family(self, parameters: Parameters, seed: int | None, source: Source | None) -> bytes:
        """Equal for equal requests, whoever makes them and whenever; a seed that was drawn is as good as one given."""
        told = {name: value for name, value in parameters.items() if name not in self._beside}
        known = (self.model.slug, seed, *((source and (source.held.hex(), source.text)) or ()), told)
        return blake2b(orjson.dumps(known, option=orjson.OPT_SORT_KEYS)).digest()

    def _turned(self, parameters: Parameters) -> Dials:
        asked = {
            dial: read(parameters[parameter])
            for dial, parameter, read in self._dials
            if parameters.get(parameter) is not None
        }
        return Dials(**asked)  # type: ignore[arg-type]

    def _caption(self, width: int, height: int, seed: int | None, index: int, count: int, prompt: str) -> str:
        if self._way not in CAPTIONED:
            return ""
        parts = [self.model.slug, f"{width}×{height}"]
        if seed is not None:
            parts.append(f"seed {seed}")
        parts.append(f"{index + 1}/{count}")
        if prompt:
            parts.append(" ".join(prompt[:_LONGEST_CAPTION].split()))
        return " · ".join(parts)


def format_of(model: Model, parameters: Parameters, preference: str) -> Format:
    """The format of a job's pictures: its own parameter's, the quirk's, or the model's."""
    chosen = parameters.get(model.output.format_from) if model.output.format_from else None
    if isinstance(chosen, str) and chosen in FORMATS:
        return FORMATS[chosen]
    if preference != "model" and model.returns == "image":
        return FORMATS[preference]
    return by_media_type(model.output.media_type)


def digest_of(model: Model, parameters: Parameters, seed: int | None) -> str:
    """Of a call's parameters, 32 hexadecimal digits; a seed that was drawn is as good as one given."""
    used = {**parameters, model.output.seed_from: seed} if model.output.seed_from else parameters
    return sha256(orjson.dumps(used, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def provenance(model: Model, *, digest: str, seed: int | None, index: int, count: int, request_id: str | None) -> Told:
    """What a file tells of the call that made it; without the request's id, equal calls tell the same."""
    told: dict[str, str | int] = {"mock": "segmind-mock", "model": model.slug}
    if request_id is not None:
        told["request_id"] = request_id
    if seed is not None:
        told["seed"] = str(seed)
    return told | {"index": index, "of": count, "parameters": digest}


def _count(seen: Counter[tuple[int, int]], size: tuple[int, int]) -> int:
    """How many of this size there were before, and one more from now on."""
    seen[size] += 1
    return seen[size] - 1


def _size_of(source: Source | None) -> tuple[int, int]:
    return (source.width, source.height) if source is not None else (1, 1)


def _reading(model: Model, dial: str, parameter: str) -> Callable[[object], object]:
    """How a dial is read off its parameter: as text, as a share of what the schema allows, or as it is."""
    if dial in _TEXTS:
        return str
    if dial == "tier":
        return _tier
    schema = model.parameters[parameter].schema
    low, high = (schema.get("minimum", 0), schema.get("maximum", 1)) if dial in _SHARES else (0, 1)
    return lambda value: _share(value, low, high)


def _share(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 1.0


def _tier(value: object) -> int:
    """The longest side that a tier such as "2K" stands for."""
    found = _TIER.fullmatch(str(value))
    return 1024 * int(found[1]) if found else _NO_TIER
