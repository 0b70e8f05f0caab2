"""Where a picture comes to lie in a new frame: geometry only, no pixels.

The source is always scaled alike in both directions. Either the frame is a window of the source, or the source is
seen from side to side (or from top to bottom) and the frame reaches beyond it on that axis alone; what is put there
is no concern of this module.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from segmind_mock.render.dice import Dice

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

VARIANTS = 4
CENTRE, BEFORE, BEHIND, CLOSE = range(VARIANTS)
"""The subject in the middle; on the first third of the longer way; on the last; larger."""

_PLACES = {CENTRE: 1 / 2, BEFORE: 1 / 3, BEHIND: 2 / 3, CLOSE: 1 / 2}
"""Where the subject's middle is to be, as a share of the frame."""
_ENOUGH = 0.2
"""As much room, as a share of the frame, is enough to move a subject in."""
_FULL = 0.94
"""The most of a side that the subject takes: beyond it there is no margin."""
_TIGHT = 1.1
"""A window in which the subject could grow less than this much has no room to move it: better to go beyond."""
_AMPLE = {CENTRE: 0.86, BEFORE: 0.78, BEHIND: 0.78, CLOSE: _FULL}
"""How much of the tighter side the subject takes where the frame reaches beyond the source."""
_FURTHEST = {CENTRE: 1.3, BEFORE: 1.45, BEHIND: 1.45, CLOSE: 1.7}
"""How much larger than needed a source may be drawn for the sake of a better place."""
_GIVE = {CENTRE: 0.1, BEFORE: 0.28, BEHIND: 0.28, CLOSE: 0.0}
"""How far a frame reaches beyond a source that would cover it, as a share of its width, to place the subject."""
_CLEAR = 0.04
"""A subject with less than this share of the source beside it may go on outside."""
_SIDEWAYS, _ACROSS = 0.055, 0.13
"""How far from its place a digest moves the subject, as a share of the frame: along the way, and across it."""
_ZOOM = {CENTRE: 1.32, BEFORE: 1.12, BEHIND: 1.12}
"""How much closer than needed a digest makes a window; in a closer one there is less room to move the subject."""
_SMALLER = {CENTRE: 0.72, BEFORE: 0.76, BEHIND: 0.76, CLOSE: 0.95}
"""How much smaller than it could be a digest makes a subject where the frame reaches beyond the source."""
_LEAD = {CENTRE: 1.07, BEFORE: 1.09, BEHIND: 1.11}
"""How much larger than here the subject is at least in the variant that is closer, if there is room for it."""
_SMALLEST = 1e-6
"""The least extent of a subject, as a share of the source's side."""


class Layout(NamedTuple):
    """The place of a source in a frame, in pixels of the frame."""

    scale: float
    """Pixels of the frame for each pixel of the source, the same in both directions."""
    left: float
    """Where the source's left edge lies; below 0 where it is cut off."""
    top: float
    """Where the source's top edge lies."""
    box: Box
    """Where the subject lies."""


class _Axis(NamedTuple):
    """One direction: the source's and the frame's pixels, and the subject's ends in pixels of the source."""

    source: int
    frame: int
    low: float
    high: float

    @property
    def extent(self) -> float:
        return self.high - self.low

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    @property
    def cover(self) -> float:
        """The scale at which the source is as long as the frame."""
        return self.frame / self.source

    @property
    def full(self) -> float:
        """The scale at which the subject, with the least margin, is as long as the frame."""
        return _FULL * self.frame / self.extent

    def room(self, scale: float, give: float = 0.0) -> float:
        """How far the subject can be moved at this scale, as a share of the frame."""
        return min(abs(self.source * scale / self.frame - 1) + give, 1 - self.extent * scale / self.frame)

    def wanted(self, place: float, give: float) -> float:
        """The scale from which on the subject's middle can be at `place`; both are shares of the frame."""
        before = (place - give) * self.frame / self.middle
        behind = (1 - place - give) * self.frame / max(self.source - self.middle, _SMALLEST)
        return max(before, behind)

    def freest(self) -> float:
        """The scale with most room to move: a closer one leaves the subject no room, a wider one the window."""
        return 2 * self.frame / (self.source + self.extent)

    def start(self, scale: float, place: float, give: float = 0.0) -> float:
        """Where the source begins in the frame, so that the subject is near `place`.

        For the sake of that the frame may reach `give`, a share of it, beyond the source; not where the subject is
        so close to the source's edge that it could be cut there.
        """
        margin = max(0.0, min(0.04 * self.frame, (self.frame - self.extent * scale) / 2))
        near = place * self.frame - self.middle * scale
        near = min(max(near, margin - self.low * scale), self.frame - margin - self.high * scale)
        spare = self.frame - self.source * scale
        before = give * self.frame if self.low > _CLEAR * self.source else 0.0
        behind = give * self.frame if self.high < (1 - _CLEAR) * self.source else 0.0
        return min(max(near, min(0.0, spare) - behind), max(0.0, spare) + before)


def placed(source: tuple[int, int], box: Box, width: int, height: int, *, variant: int, digest: bytes) -> Layout:
    """Lays a source out in a frame of `width` x `height` pixels.

    `source` is the source's width and height, `box` its subject in shares of them. `variant`, 0 to 3, says which of
    the four ways; `digest` (at least 16 bytes) decides the rest. The subject is in the frame, all of it. Raises
    ValueError for a variant, a box or a digest out of bounds.
    """
    if variant not in range(VARIANTS):
        raise ValueError(f"a variant is 0 to {VARIANTS - 1}, this is {variant}")
    if not (0 <= box[0] <= box[2] <= 1 and 0 <= box[1] <= box[3] <= 1):
        raise ValueError(f"a box lies within 0 to 1, this is {box}")
    across = _axis(source[0], width, box[0], box[2])
    down = _axis(source[1], height, box[1], box[3])
    dice = Dice(digest, f"framing {variant}")
    place = _PLACES[variant] + dice.between(-_SIDEWAYS, _SIDEWAYS)
    other = 1 / 2 + dice.between(-_ACROSS, _ACROSS)
    cover = max(across.cover, down.cover)
    full = min(across.full, down.full)
    give = 0.0
    whole = min(across.cover, down.cover)
    if full >= cover * (_TIGHT if variant != CLOSE and whole < 0.95 * cover else 1.0):
        along = _along(across, down, min(cover * 1.1, full), _GIVE[BEFORE])
        scale = _window(along, cover, full, variant, place, dice.unit())
        give = _GIVE[variant] if along is across else 0.0
    else:
        scale = full / _FULL * _AMPLE[variant] * dice.between(_SMALLER[variant], 1.0)
        scale = min(max(scale, whole), cover)
        along = _along(across, down, scale, 0.0)
    left = across.start(scale, place if along is across else other, give)
    top = down.start(scale, place if along is down else other)
    ends = (across.low, down.low, across.high, down.high)
    here = (left, top, left, top)
    seen = [start + end * scale for start, end in zip(here, ends, strict=True)]
    return Layout(scale, left, top, (seen[0], seen[1], seen[2], seen[3]))


def _axis(source: int, frame: int, low: float, high: float) -> _Axis:
    """A subject without extent is given a little, so that nothing is divided by zero."""
    low = min(low, 1 - _SMALLEST)
    high = max(high, low + _SMALLEST)
    return _Axis(source, frame, low * source, high * source)


def _along(across: _Axis, down: _Axis, scale: float, give: float) -> _Axis:
    """The direction in which the subject is moved: the frame's longer one, unless there is hardly any room."""
    rooms = (across.room(scale, give), down.room(scale))
    longer = int(down.frame > across.frame)
    found = longer if rooms[longer] >= _ENOUGH else rooms.index(max(rooms))
    return (across, down)[found]


def _window(along: _Axis, cover: float, full: float, variant: int, place: float, closer: float) -> float:
    """The scale of a window: from as wide as it can be with the subject at `place`, never beyond `full`.

    `closer`, 0 to 1, says how much closer than that it is.
    """
    close = min(full, cover * _FURTHEST[CLOSE], max(cover * 1.12, full * 0.95))
    if variant == CLOSE:
        return min(full, close * (1 + (_FURTHEST[CLOSE] / _FURTHEST[CENTRE] - 1) * closer / 2))
    most = min(full, cover * _FURTHEST[variant])
    wanted = along.wanted(place, _GIVE[variant] / 2)
    if variant == CENTRE:
        widest = max(cover, min(wanted, most, full * 0.85))
    else:
        widest = max(cover, min(wanted, along.freest(), most, max(full * 0.86, sqrt(cover * full))))
    return max(widest, min(widest * (1 + (_ZOOM[variant] - 1) * closer), close / _LEAD[variant]))
