"""Lays the shapes of a picture, such as a word, into a scene: lit or shaded, so that they can be read in it."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from segmind_mock.render.dice import Dice
from segmind_mock.render.scaling import scaled

if TYPE_CHECKING:
    from PIL import Image

    Colour = tuple[int, ...]

_PROBE = 64
"""Longest side in pixels of the small copies that colours are taken from."""
_FAINTEST = 24
"""Levels that something must differ from the ground by to be a shape at all."""
_INSIDE, _OUTSIDE, _SHADE = 0.9, 0.6, 0.7
"""Shares of the way to the lightest and the darkest that shapes, what is close to them and their shadows go at most."""
_FAR = 0.25
"""The part of what happens close to the shapes that happens to the rest of the scene."""
_CLEAR = 8
"""Levels of light by which shapes are so clearly lighter or darker than the scene that they have to stay so."""
_PALE, _DIM = 150, 100
"""Levels of light from which and up to which a scene has more room for dark shapes, and for light ones."""
_ENDS = 0.08
"""The part of a scene's pixels that its lightest and its darkest colour are the mean of."""
_BLUR = 40
"""Part of the shorter side that edges are soft over when the shapes come in last."""


class _Grade(NamedTuple):
    """Two ends of a scene that shapes and what is round them are drawn towards."""

    lightest: Colour
    darkest: Colour


def letter(
    source: Image.Image, scene: Image.Image, *, scale: float, start: float, end: float, digest: bytes
) -> Image.Image:
    """`scene` (P or RGB) with the shapes of `source` (RGB, any size) in it: RGB, of the scene's size.

    A shape is what differs from the colour along the source's border; none is cut off. The contrast of the shapes
    grows with `scale`, 0 to 1, and with the part of the steps from `start` to `end`, shares from 0 to 1; where either
    is nothing, the scene is as it was. The later the start, the softer the edges. `digest` (at least 16 bytes)
    chooses where shadows fall. Raises ValueError for a shorter one.
    """
    goal = scene.convert("RGB")
    force = _force(scale, start, end)
    shapes = _shapes(source, goal.size)
    light = Dice(digest, "letters")
    if force <= 0.0 or shapes is None:
        return goal
    lit = _lit(goal, shapes)
    grade = _grade(goal)
    reach = max(1, min(goal.size) // 40)
    across, down = (reach if light.chance(0.5) else -reach), reach
    blur = min(goal.size) * min(1.0, max(0.0, start)) / _BLUR
    box = _room(shapes, round(2 * blur + 3.5 * reach))
    soft = _softened(shapes.crop(box), blur)
    shadow = _moved(_softened(soft, 1.5 * reach), across, down)
    part = scene.crop(box)
    goal.paste(_toned(scene, _towards(grade, not lit, _OUTSIDE * force)), (0, 0), _surroundings(shapes))
    goal.paste(_toned(part, _towards(grade, not lit, _SHADE * force**0.5)), box, shadow)
    goal.paste(_toned(part, _towards(grade, lit, _INSIDE * force**0.5)), box, soft)
    return goal


def _room(shapes: Image.Image, margin: int) -> tuple[int, int, int, int]:
    """Where the shapes are, and so many pixels round them, within the picture."""
    left, top, right, bottom = shapes.getbbox() or (0, 0, *shapes.size)
    width, height = shapes.size
    return max(0, left - margin), max(0, top - margin), min(width, right + margin), min(height, bottom + margin)


def _surroundings(shapes: Image.Image) -> Image.Image:
    """How far the scene gives way to the shapes, mode L: most close to them, a little everywhere."""
    from PIL import Image, ImageFilter

    whole = max(1, min(shapes.size) // 12)
    near = shapes.reduce(whole).filter(ImageFilter.MaxFilter(3))
    near = near.point([round(255 * (_FAR + (1.0 - _FAR) * min(1.0, level / 160))) for level in range(256)])
    box = (0, 0, shapes.width / whole, shapes.height / whole)
    # Round corners at an eighth of the size, and from there the quick way.
    middle = scaled(near, (-(-shapes.width // 8), -(-shapes.height // 8)), Image.Resampling.BICUBIC, box)
    return scaled(middle, shapes.size, Image.Resampling.BILINEAR)


def _toned(picture: Image.Image, table: list[int]) -> Image.Image:
    """A picture with the levels of its three channels looked up in a table, as RGB; of one in P, the palette's."""
    if picture.mode != "P":
        return picture.convert("RGB").point(table)
    toned = picture.copy()
    toned.putpalette([table[256 * (at % 3) + level] for at, level in enumerate(picture.getpalette("RGB") or ())])
    return toned.convert("RGB")


def _force(scale: float, start: float, end: float) -> float:
    """How strongly shapes show, 0 to 1: quick to grow at first in both scale and window."""
    window = max(0.0, min(1.0, end) - max(0.0, start))
    return float((1.0 - (1.0 - min(1.0, max(0.0, scale))) ** 2) * window**0.5)


def _shapes(source: Image.Image, size: tuple[int, int]) -> Image.Image | None:
    """Where the shapes are at `size`, 255, and where they are not, 0: mode L. None for a picture of no shapes."""
    from PIL import Image

    scale = min(size[0] / source.width, size[1] / source.height)
    inner = (max(1, round(source.width * scale)), max(1, round(source.height * scale)))
    whole = max(1, int(1 / scale))
    far = _from_ground(source.reduce(whole) if whole > 1 else source, _ground(source))
    far = scaled(far, inner, Image.Resampling.BICUBIC)
    counts = far.histogram()
    if sum(counts[_FAINTEST:]) == 0:
        return None
    limit = max(_FAINTEST // 2, _limit(counts))
    ramp = [min(255, max(0, round(255 * (level / limit - 0.7) / 0.6))) for level in range(256)]
    shapes = Image.new("L", size)
    shapes.paste(far.point(ramp), ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return shapes


def _ground(source: Image.Image) -> Colour:
    """The middle colour along the border, channel by channel."""
    from PIL import Image

    width, height = source.size
    sides = [(0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height)]
    strips = [source.resize((_PROBE, 1), Image.Resampling.NEAREST, box=box) for box in sides[:2]]
    strips += [source.resize((1, _PROBE), Image.Resampling.NEAREST, box=box) for box in sides[2:]]
    channels = ((strip.getchannel(channel).tobytes() for strip in strips) for channel in range(3))
    return tuple(sorted(b"".join(parts))[2 * _PROBE] for parts in channels)


def _from_ground(picture: Image.Image, ground: Colour) -> Image.Image:
    """How far each pixel is from the ground's colour, in the channel where it is farthest: mode L."""
    from PIL import ImageChops

    channels = zip(picture.split(), ground, strict=True)
    red, green, blue = (band.point([abs(level - own) for level in range(256)]) for band, own in channels)
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _limit(counts: list[int]) -> int:
    """The level that parts these pixels best into near and far: the greatest variance between the two groups."""
    total, weight = sum(counts), sum(level * count for level, count in enumerate(counts))
    below = zip(accumulate(counts), accumulate(level * count for level, count in enumerate(counts)), strict=True)
    ranked = [
        ((heavy * total - weight * near) ** 2 / (near * (total - near)), level)
        for level, (near, heavy) in enumerate(below)
        if 0 < near < total
    ]
    best = max(ranked, default=(0.0, 2 * _FAINTEST))[0]
    # Between two groups every level is as good: the middle one leaves room on both sides.
    equal = [level for value, level in ranked if value == best]
    return (equal[0] + equal[-1] + 1) // 2 if equal else 2 * _FAINTEST


def _lit(goal: Image.Image, shapes: Image.Image) -> bool:
    """Whether shapes are to be lighter than the scene: where it has room for it, unless they clearly are already."""
    from PIL import ImageStat

    light, within = _probe(goal).convert("L"), _probe(shapes).point([0] * 128 + [255] * 128)
    mean = ImageStat.Stat(light).mean[0]
    ahead = ImageStat.Stat(light, within).mean[0] - mean if within.getbbox() else 0.0
    if abs(ahead) < _CLEAR and not _DIM < mean < _PALE:
        return bool(mean <= _DIM)
    return bool(ahead >= 0.0)


def _grade(goal: Image.Image) -> _Grade:
    """The scene's own lightest and darkest colours, a good part of the way on to white and to black."""
    from PIL import ImageStat

    small = _probe(goal)
    light = small.convert("L")
    ranks = [*accumulate(light.histogram())]
    low = bisect_left(ranks, _ENDS * ranks[-1])
    high = bisect_left(ranks, (1.0 - _ENDS) * ranks[-1])
    dark = ImageStat.Stat(small, light.point([255] * (low + 1) + [0] * (255 - low))).mean
    pale = ImageStat.Stat(small, light.point([0] * high + [255] * (256 - high))).mean
    return _Grade(tuple(round((2 * 255 + level) / 3) for level in pale), tuple(round(level / 2) for level in dark))


def _probe(picture: Image.Image) -> Image.Image:
    from PIL import Image

    return picture.resize((min(_PROBE, picture.width), min(_PROBE, picture.height)), Image.Resampling.NEAREST)


def _towards(grade: _Grade, light: bool, share: float) -> list[int]:
    """A table of levels for three channels: this share of the way to the lightest or darkest, and never back."""
    if light:
        return [max(level, round(level + (end - level) * share)) for end in grade.lightest for level in range(256)]
    return [min(level, round(level + (end - level) * share)) for end in grade.darkest for level in range(256)]


def _softened(mask: Image.Image, radius: float) -> Image.Image:
    """A mask with edges about twice `radius` pixels wide."""
    from PIL import Image

    if radius < 2:
        return mask
    whole = min(int(radius), *mask.size)
    box = (0, 0, mask.width / whole, mask.height / whole)
    return scaled(mask.reduce(whole), mask.size, Image.Resampling.BILINEAR, box)


def _moved(mask: Image.Image, across: int, down: int) -> Image.Image:
    """A mask moved by so many pixels to the right and down; nothing comes in at the sides."""
    from PIL import Image

    moved = Image.new("L", mask.size)
    moved.paste(mask, (across, down))
    return moved
