"""Animated GIFs, put together from single ones.

Pillow can write them itself, but fails on some frames that have palettes of their own and something see-through,
and its versions differ in what they write.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from segmind_mock.render.files.encode import save
from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.files.modes import see_through

if TYPE_CHECKING:
    from PIL import Image

_EXTENSION, _CONTROL, _IMAGE, _END = b"!", b"!\xf9\x04", b",", b";"
_LOOP = b"!\xff\x0bNETSCAPE2.0\x03\x01"
_CLEAR = 2 << 2
_KEEP = 1 << 2
_HEAD = 13


def animated_gif(frames: list[Image.Image], times: list[int], plays: int) -> bytes:
    """A GIF of `frames`, all of one size, each shown for its hundredths of a second, at most 65535.

    Frames come from `modes.indexed`, all of them with something see-through or none. The whole is played `plays`
    times, 0 for ever.
    """
    # Before what is see-through the picture must be cleared, or the frame before would show.
    clear = any(map(see_through, frames))
    boxes = [(0, 0, *frames[0].size) if clear else _changed(*both) for both in pairwise([frames[0], *frames])]
    boxes[0] = (0, 0, *frames[0].size)
    parts = [b"GIF89a", *(side.to_bytes(2, "little") for side in frames[0].size), bytes(3)]
    if plays != 1:
        parts += [_LOOP, min(max(0, plays - 1), 65_535).to_bytes(2, "little"), b"\0"]
    for frame, time, box in zip(frames, times, boxes, strict=True):
        cut = frame if box == boxes[0] else frame.crop(box)
        # A frame that hides nothing says all the same what is see-through: by that, it is cleared to see-through.
        file = save([cut], FORMATS["gif"], optimize=not clear)
        parts += _frame(file, box[:2], time, _CLEAR if clear else _KEEP)
    return b"".join([*parts, _END])


def _changed(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int]:
    """The box outside which two opaque frames are the same: left, top, right, bottom; never empty."""
    from PIL import ImageChops

    return ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() or (0, 0, 1, 1)


def _frame(file: bytes, corner: tuple[int, int], time: int, disposal: int) -> list[bytes]:
    """The parts of one frame, out of a GIF of that frame alone; its colours become the frame's own."""
    colours = file[10] & 0x87
    at = _HEAD + (3 << (colours & 7) + 1)
    table, key = file[_HEAD:at], b"\0"
    while file[at : at + 1] == _EXTENSION:
        if file.startswith(_CONTROL, at) and file[at + 3] & 1:
            disposal, key = disposal | 1, file[at + 6 : at + 7]
        at += 2
        while file[at]:
            at += 1 + file[at]
        at += 1
    x, y = (part.to_bytes(2, "little") for part in corner)
    # The frame's own flags say only whether its lines are interlaced.
    flags = bytes([file[at + 9] & 0x40 | colours])
    control = _CONTROL + bytes([disposal]) + time.to_bytes(2, "little") + key + b"\0"
    return [control, _IMAGE, x, y, file[at + 5 : at + 9], flags, table, file[at + 10 : -1]]
