"""One picture from what decides it: which painter makes it, the caption, and the format at the end."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from segmind_mock.render.caption import caption
from segmind_mock.render.files.convert import converted
from segmind_mock.render.files.encode import encode
from segmind_mock.render.inputs import stood_in
from segmind_mock.render.picture import Picture, Source, Way
from segmind_mock.render.remakes import letters, recompose, repaint, segments
from segmind_mock.render.remakes.framing import VARIANTS
from segmind_mock.render.scenes.scene import draw
from segmind_mock.render.stand_ins import scene_for, word_for

if TYPE_CHECKING:
    from PIL import Image


class Inputs(Protocol):
    """Where a painter finds the input pictures that are held."""

    def file(self, source: Source) -> bytes:
        """The file of a source."""

    def image(self, source: Source) -> Image.Image:
        """The same, decoded: upright, mode RGB; not to be changed."""


def make(picture: Picture, inputs: Inputs) -> bytes:
    """The picture as a file: the same bytes for the same picture, at any time and in any process."""
    source = picture.source
    if picture.way is Way.CONVERT and source is not None and source.held:
        return converted(inputs.file(source), picture.format)
    image = paint(picture, inputs)
    return encode(caption(image, picture.caption) if picture.caption else image, picture.format)


def paint(picture: Picture, inputs: Inputs) -> Image.Image:
    """The picture before its caption and without a format: mode P or RGB, of exactly its size."""
    match picture.way:
        case Way.GENERATE:
            return _scene(picture)
        case Way.REPAINT if picture.dials.strength >= 1.0:
            return _scene(picture)
        case Way.CONVERT:
            return _input(picture, inputs)
        case Way.SEGMENT:
            return segments.segments(_input(picture, inputs).convert("RGB"))
        case Way.REPAINT:
            return repaint.repaint(_input(picture, inputs).convert("RGB"), _scene(picture), picture.dials.strength)
        case Way.LETTER:
            return _lettered(picture, inputs)
        case Way.RECOMPOSE:
            return _recomposed(picture, inputs)


def _scene(picture: Picture) -> Image.Image:
    return draw(
        picture.width,
        picture.height,
        family=picture.family,
        index=picture.variant,
        prompt=picture.prompt,
        dials=picture.dials,
    )


def _input(picture: Picture, inputs: Inputs) -> Image.Image:
    """The input picture; where it is not at hand, one that is drawn from its URL."""
    source = picture.source or stood_in("")
    if source.held:
        return inputs.image(source)
    return word_for(source) if picture.way is Way.LETTER else scene_for(source)


def _lettered(picture: Picture, inputs: Inputs) -> Image.Image:
    dials = picture.dials
    return letters.letter(
        _input(picture, inputs).convert("RGB"),
        _scene(picture),
        scale=dials.control_scale,
        start=dials.control_start,
        end=dials.control_end,
        digest=picture.family,
    )


def _recomposed(picture: Picture, inputs: Inputs) -> Image.Image:
    return recompose.recompose(
        _input(picture, inputs).convert("RGB"),
        picture.width,
        picture.height,
        variant=picture.variant % VARIANTS,
        digest=blake2b(picture.family + picture.variant.to_bytes(2, "big")).digest(),
        tier=picture.dials.tier,
    )
