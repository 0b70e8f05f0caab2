"""Lays a picture out anew for another frame: its subject stays, the rest is cut or goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmind_mock.render.dice import Dice
from segmind_mock.render.remakes.framing import BEFORE, BEHIND, CENTRE, CLOSE, Layout, placed
from segmind_mock.render.remakes.subject import subject
from segmind_mock.render.remakes.surroundings import Edge, extend
from segmind_mock.render.scaling import scaled, window

if TYPE_CHECKING:
    from PIL import Image

LARGEST_SIDE = 4096

_LINES = 64
"""A source with more lines than this, in the file and in the frame, can do without the outermost."""

_TONES = {CENTRE: (1.0, 0, 0, 0), BEFORE: (1.0, 8, 2, -7), BEHIND: (1.0, -7, 1, 8), CLOSE: (1.08, 0, 0, 0)}
"""For each variant: contrast, and what is added to red, green and blue in the middle of the scale."""
_EXPOSURE, _WARMTH, _CONTRAST = 13, 14, 0.07
"""The most that a digest changes these, up or down and in all variants alike: how two seeds differ in any case."""


def recompose(
    source: Image.Image, width: int, height: int, *, variant: int, digest: bytes, tier: int = LARGEST_SIDE
) -> Image.Image:
    """An RGB picture of exactly `width` x `height` pixels (1 to 4096 each) with the subject of `source` in it.

    `source` is an upright RGB picture. `variant`, 0 to 3, says which of four ways to lay it out; `digest`, of at
    least 16 bytes, decides the rest. Where the frame's longer side is more than `tier` pixels, the picture is worked
    out with a side of that many and brought to its size at the end, which makes it softer. Raises ValueError for a
    size, a variant, a digest or a tier out of bounds.
    """
    from PIL.Image import Resampling

    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise ValueError(f"a side has 1 to {LARGEST_SIDE} pixels, asked for {width}x{height}")
    if tier < 1:
        raise ValueError(f"a tier has at least 1 pixel, this one has {tier}")
    layout = placed(source.size, subject(source), width, height, variant=variant, digest=digest)
    worked = min(1.0, tier / max(width, height))
    image = _compose(source, layout, width, height, worked)
    toned = image.point(_tone(variant, Dice(digest, "tone")))
    return toned if toned.size == (width, height) else scaled(toned, (width, height), Resampling.BILINEAR)


def _compose(source: Image.Image, layout: Layout, width: int, height: int, worked: float) -> Image.Image:
    """The frame in `worked` times its pixels: what is seen of the source, and what is beyond it."""
    from PIL import Image

    frame = (max(1, round(width * worked)), max(1, round(height * worked)))
    left, right, *across = _seen(layout.left, source.width, layout.scale, width, frame[0])
    top, bottom, *down = _seen(layout.top, source.height, layout.scale, height, frame[1])
    size = (right - left, bottom - top)
    piece = window(source, (across[0], down[0], across[1], down[1]), size, Image.Resampling.BICUBIC)
    if piece.size == frame:
        return piece
    image = Image.new("RGB", frame, None)
    image.paste(piece, (left, top))
    x, y = frame[0] / width, frame[1] / height
    box = (layout.box[0] * x, layout.box[1] * y, layout.box[2] * x, layout.box[3] * y)
    gaps = {
        Edge.LEFT: (left, int(box[0] - left)),
        Edge.TOP: (top, int(box[1] - top)),
        Edge.RIGHT: (frame[0] - right, int(right - box[2])),
        Edge.BOTTOM: (frame[1] - bottom, int(bottom - box[3])),
    }
    for edge, (depth, free) in gaps.items():
        if depth:
            beyond = extend(piece, edge, depth, free, gaps[edge.opposite][1])
            ends = {Edge.RIGHT: (frame[0] - beyond.width, top), Edge.BOTTOM: (left, frame[1] - beyond.height)}
            image.paste(beyond, ends.get(edge, (0, top) if edge is Edge.LEFT else (left, 0)))
    return image


def _seen(start: float, source: int, scale: float, frame: int, pixels: int) -> tuple[int, int, float, float]:
    """One direction of what is seen of the source: its first and last pixel in the frame, its ends in the source.

    Where the frame reaches beyond the source, the source's outermost lines are left out: they are often of another
    colour, and would be drawn out into a stripe.
    """
    line = 2 * scale + 1 if min(source, source * scale) > _LINES else 0.0
    low = start + line if start > 0 else 0.0
    high = start + source * scale
    high = high - line if high < frame else float(frame)
    first = min(round(low * pixels / frame), pixels - 1)
    last = max(round(high * pixels / frame), first + 1)
    ends = (max(0.0, (low - start) / scale), min(float(source), (high - start) / scale))
    return (first, last, *ends)


def _tone(variant: int, dice: Dice) -> list[int]:
    """What each level of red, green and blue becomes in a variant."""
    contrast, *added = _TONES[variant]
    exposure, warmth = dice.between(-_EXPOSURE, _EXPOSURE), dice.between(-_WARMTH, _WARMTH)
    changes = (exposure + warmth, exposure, exposure - warmth)
    shifts = [round(256 * (shift + change)) for shift, change in zip(added, changes, strict=True)]
    gain = round((contrast + dice.between(-_CONTRAST, _CONTRAST)) * 256)
    return [_toned(level, gain, shift) for shift in shifts for level in range(256)]


def _toned(level: int, gain: int, shift: int) -> int:
    """Black and white stay; what lies between is moved, most in the middle or, by the gain, away from it."""
    room = level * (255 - level)
    bent = level + 6 * (gain - 256) * (level - 128) * room // (256 * 255 * 255)
    moved = bent + shift * room // (256 * 128 * 128)
    return min(255, max(0, moved))
