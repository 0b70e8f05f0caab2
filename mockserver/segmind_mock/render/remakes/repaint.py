"""Repaints a picture as another one: first in the other's tones, then shape by shape, the dark ones first.

Every step on the way moves each channel of each pixel from its old value towards its new one and never back. So
distances add up, and can be made to grow evenly whatever the two pictures are.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from segmind_mock.render.scaling import scaled

if TYPE_CHECKING:
    from PIL import Image

_PROBE = 64
"""Longest side in pixels of the small copies that distances are taken from; tones are from half of that."""
_TONES = 12
"""Flat tones that a picture is simplified to on its way."""
_REVEALED = (1 / 3, 2 / 3)
"""Shares of the new picture, counted from the darkest, that are there at the later steps."""


def repaint(source: Image.Image, scene: Image.Image, strength: float) -> Image.Image:
    """`source` (RGB, any size) repainted towards `scene` (P or RGB): RGB, of the scene's size.

    `strength` runs from 0, the source cropped about its centre to the scene's shape, to 1, the scene itself; what is
    outside counts as the nearer end. The mean distance to the source grows evenly with it, and that to the scene
    falls.
    """
    goal = scene.convert("RGB")
    if strength >= 1.0:
        return goal
    start = fitted(source, goal.size)
    if strength <= 0.0:
        return start.copy()
    small_start, small_goal = _probe(start, _PROBE), _probe(goal, _PROBE)
    way = _way(_probe(small_start, _PROBE // 2), _probe(small_goal, _PROBE // 2))
    ends = [_stage(way, small_start, small_goal, step, 1.0) for step in range(way.steps)]
    return _stage(way, start, goal, *_place([small_start, *ends], strength))


def fitted(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`source` (RGB) at `size`, in its own proportions: what is too much at two sides is cut off evenly.

    A picture that has this size is given back as it is, not copied.
    """
    from PIL import Image

    if source.size == size:
        return source
    width = min(source.width, max(1, round(source.height * size[0] / size[1])))
    height = min(source.height, max(1, round(source.width * size[1] / size[0])))
    left, top = (source.width - width) // 2, (source.height - height) // 2
    box = (left, top, left + width, top + height)
    # Whole factors are averaged away first, which is several times as quick.
    whole = min(width // size[0], height // size[1])
    part = source.reduce(whole, box=box) if whole > 1 else source.crop(box)
    return scaled(part, size, Image.Resampling.BICUBIC)


def _probe(picture: Image.Image, longest: int) -> Image.Image:
    from PIL import Image

    return picture.resize((min(longest, picture.width), min(longest, picture.height)), Image.Resampling.NEAREST)


class _Way(NamedTuple):
    """What leads from one picture to another, pixel by pixel: new tones, then one band of light after another."""

    tones: list[list[int]]
    """For red, green and blue: the new picture's level for each level of light in the old one."""
    bands: list[tuple[int, int]]
    """First and last + 1 of the levels of light in the new picture that are revealed together."""

    @property
    def steps(self) -> int:
        return 1 + len(self.bands)


def _way(start: Image.Image, goal: Image.Image) -> _Way:
    """Tones by rank: the darkest tenth of `start` gets the colours of the darkest tenth of `goal`, and so on."""
    light = sorted(zip(goal.convert("L").tobytes(), *(channel.tobytes() for channel in goal.split()), strict=True))
    count = len(light)
    ranks = [*accumulate(start.convert("L").histogram())]
    flat = [min(_TONES - 1, _TONES * rank // (ranks[-1] + 1)) for rank in ranks]
    chosen = [light[(2 * tone + 1) * count // (2 * _TONES)] for tone in flat]
    tones = [[colour[channel] for colour in chosen] for channel in (1, 2, 3)]
    limits = [light[int(share * (count - 1))][0] + 1 for share in _REVEALED]
    return _Way(tones, list(pairwise([0, *limits, 256])))


def _stage(way: _Way, start: Image.Image, goal: Image.Image, step: int, share: float) -> Image.Image:
    """The picture at this share, 0 to 1, of a step: 0 is towards the tones, the others are the bands."""
    from PIL import Image

    light = start.convert("L")
    toned = _between(start, goal, Image.merge("RGB", [light.point(tones) for tones in way.tones]))
    if step == 0:
        return Image.blend(start, toned, share)
    first, end = way.bands[step - 1]
    shown = [255] * first + [round(255 * share)] * (end - first) + [0] * (256 - end)
    toned.paste(goal, (0, 0), goal.convert("L").point(shown))
    return toned


def _between(start: Image.Image, goal: Image.Image, wish: Image.Image) -> Image.Image:
    """What is nearest to `wish` and lies, channel by channel, between `start` and `goal`."""
    from PIL import ImageChops

    low, high = ImageChops.darker(start, goal), ImageChops.lighter(start, goal)
    return ImageChops.lighter(low, ImageChops.darker(high, wish))


def _place(stages: list[Image.Image], strength: float) -> tuple[int, float]:
    """The step in which `strength` of the whole way is reached, and the share of that step."""
    lengths = [_distance(one, other) for one, other in pairwise(stages)]
    ends = [*accumulate(lengths)]
    passed = strength * ends[-1]
    step = min(bisect_right(ends, passed), len(ends) - 1)
    return step, (passed - ends[step] + lengths[step]) / lengths[step] if lengths[step] else strength


def _distance(one: Image.Image, other: Image.Image) -> int:
    """The sum of the absolute differences of two pictures."""
    from PIL import ImageChops

    return sum(level % 256 * count for level, count in enumerate(ImageChops.difference(one, other).histogram()))
