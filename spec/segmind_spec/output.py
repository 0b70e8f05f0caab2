"""What a call produces: how many outputs, of which format and size, and which parameters say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MEDIA_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
}

#: The media type of a user's model that names none.
DEFAULT_MEDIA_TYPE = "image/png"

#: Pixels of a side when nothing says the size.
DEFAULT_SIDE = 512

#: How a model makes its pictures: out of nothing but its parameters, or out of an input picture.
WAYS = ("generate", "repaint", "letter", "segment", "convert", "recompose")

#: What a parameter can be to a picture, beyond the things that have a name of their own.
DIALS = (
    "strength",
    "guidance",
    "steps",
    "scheduler",
    "negative",
    "control_scale",
    "control_start",
    "control_end",
    "tier",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The `x-segmind.output` block. Each `…_from` names a parameter; None where the block does not.

    `media_type` holds when no parameter chooses. Sizes are pixels and come from the first of: the input
    picture (`size_from_input`), a list of `<width>x<height>` texts (`list_from`, each entry `each_from`
    times), one side (`side_from`), a width and a height. `default_side` stands in for a side that the call
    does not give. `way` is one of `WAYS`; `dials` names the parameter behind each of `DIALS` that the model has.
    """

    media_type: str = DEFAULT_MEDIA_TYPE
    format_from: str | None = None
    count_from: str | None = None
    width_from: str | None = None
    height_from: str | None = None
    side_from: str | None = None
    default_side: int = DEFAULT_SIDE
    list_from: str | None = None
    each_from: str | None = None
    size_from_input: str | None = None
    seed_from: str | None = None
    prompt_from: str | None = None
    input_from: str | None = None
    way: str = WAYS[0]
    dials: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_extension(cls, block: Mapping[str, Any]) -> Output:
        """The output of an `x-segmind.output` block; every part of it is optional."""
        size = block.get("size", {})
        parts = {
            key: size[key]
            for key in ("width_from", "height_from", "side_from", "list_from", "each_from")
            if key in size
        }
        direct = ("media_type", "format_from", "count_from", "seed_from", "prompt_from", "input_from", "way", "dials")
        parts |= {key: block[key] for key in direct if key in block}
        return cls(default_side=size.get("default", DEFAULT_SIDE), size_from_input=size.get("input_from"), **parts)

    @property
    def about_the_file(self) -> frozenset[str]:
        """The parameters that decide number, size and format of the outputs and nothing of their content."""
        names = (self.format_from, self.count_from, self.width_from, self.height_from)
        return frozenset(filter(None, (*names, self.side_from, self.list_from, self.each_from)))

    def sizes(self, effective: Mapping[str, Any]) -> list[tuple[int, int] | None]:
        """One (width, height) in pixels for each output, in order; None is the size of the input picture."""
        if self.list_from is not None:
            each = _count(effective, self.each_from)
            return [_parsed(str(text)) for text in effective.get(self.list_from, ()) for _ in range(each)]
        return [self._size(effective)] * _count(effective, self.count_from)

    def _size(self, effective: Mapping[str, Any]) -> tuple[int, int] | None:
        if self.size_from_input is not None:
            return None
        width = effective.get(self.side_from or self.width_from or "")
        height = effective.get(self.side_from or self.height_from or "")
        return self._side(width), self._side(height)

    def _side(self, value: Any) -> int:
        return self.default_side if value is None else int(value)


def _count(effective: Mapping[str, Any], parameter: str | None) -> int:
    value = effective.get(parameter) if parameter is not None else None
    return 1 if value is None else int(value)


def _parsed(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise ValueError(f"{text[:40]!r} is not a size of the form <width>x<height>")
    return int(width), int(height)
