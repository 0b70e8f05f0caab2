"""Pictures given by strangers: checked before they are decoded, and decoded to what a person would see.

Nothing of Pillow's global state is relied on but for `ImageFile.LOAD_TRUNCATED_IMAGES`: a program that sets it, and
runs the mock inside itself, gets grey where a file is cut off and not a refusal.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, cast

from segmind_mock.render.files.containers import MOST_FRAMES, Container, Malformed, kind_of, take_apart
from segmind_mock.render.files.modes import on_white

if TYPE_CHECKING:
    from PIL import Image

_NAMES = {"WEBP": "WebP"}
_NO_PICTURE = "this is no picture in a format that this mock reads: PNG, JPEG, GIF, BMP, TIFF or WebP"


LONGEST_SIDE = 16_383
"""Pixels; no WebP can have a longer side, and a JPEG hardly."""


class Unusable(ValueError):
    """A picture that cannot be used. Its text says what is wrong and what is allowed, and fits into a sentence."""


def examine(data: bytes, most_pixels: int) -> tuple[int, int]:
    """Width and height in pixels, upright, of the picture in `data`, every frame of which can be decoded.

    `most_pixels` holds for all frames together. It and `LONGEST_SIDE` are checked before anything is decoded. Raises
    Unusable for whatever cannot be used, and nothing else.
    """
    kind = kind_of(data)
    if kind is None:
        raise Unusable(_NO_PICTURE if data else f"the picture is empty; {_NO_PICTURE.partition(' that ')[2]}")
    try:
        container = take_apart(data)
        _check_size(container.sides, most_pixels)
        with quietly():
            return _decode_all(container, most_pixels)
    except Unusable:
        raise
    # Pillow promises no list of what it raises on malformed files.
    except Exception:
        raise Unusable(f"the {_NAMES.get(kind, kind)} is cut off or damaged, or of a rare kind") from None


def upright(data: bytes) -> Image.Image:
    """The first frame of a picture that `examine` has passed, as RGB: turned upright, on white where see-through."""
    with quietly():
        image = on_white(next(stills(data)))
        return image if image.mode == "RGB" else image.convert("RGB")


def opened(data: bytes) -> Image.Image:
    """The picture as it is stored, not yet decoded, without its metadata; for data that `examine` has passed."""
    container = take_apart(data)
    with quietly():
        return _open(container)


def stills(data: bytes) -> Iterator[Image.Image]:
    """Each frame of a picture that `examine` has passed, whole and upright, in the mode that it is stored in.

    All that is in `info`, where the file has it, is `transparency`, `icc_profile`, `duration` (milliseconds), `loop`
    and `default_image`. Use it inside `quietly`.
    """
    return _stills(take_apart(data))


@contextmanager
def quietly() -> Iterator[None]:
    """Keeps warnings about a picture from the caller of the mock, in this thread only.

    Pillow warns of flaws that leave a picture usable. Where warnings are errors, as in many test runs, such a picture
    would fail. `warnings.catch_warnings` swaps the filters of the whole process, and two threads that leave it
    in another order than they entered leave the wrong ones behind; a filter that asks which thread warns does not.
    """
    _ensure_filter()
    _QUIET.depth += 1
    try:
        yield
    finally:
        _QUIET.depth -= 1


class _Quiet(threading.local):
    """Stands in a filter where a regular expression would: matches every message of a thread that is to be quiet."""

    depth = 0

    def match(self, text: str) -> bool:
        """Whether this thread is to be quiet."""
        return self.depth > 0


_QUIET = _Quiet()
_FILTER = ("ignore", _QUIET, Warning, None, 0)


def _ensure_filter() -> None:
    """Puts the filter first; it stays, for it does nothing to other threads."""
    filters = cast("list[Any]", warnings.filters)
    if not filters or filters[0] is not _FILTER:
        with suppress(ValueError):
            filters.remove(_FILTER)
        filters.insert(0, _FILTER)


def _check_size(sides: tuple[tuple[int, int], ...], most_pixels: int) -> None:
    if len(sides) > MOST_FRAMES:
        raise Unusable(f"the picture has more than {MOST_FRAMES} frames; this mock reads up to {MOST_FRAMES}")
    width, height = sides[0]
    if max(width, height) > LONGEST_SIDE:
        raise Unusable(f"the picture has {width}x{height} pixels; a side has at most {LONGEST_SIDE}")
    if sum(w * h for w, h in sides) > most_pixels:
        several = f"{len(sides)} frames of " if len(sides) > 1 else ""
        raise Unusable(
            f"the picture has {several}{width}x{height} pixels; this mock reads up to {most_pixels}"
            + (" in all frames together" if several else "")
        )


def _open(container: Container) -> Image.Image:
    from PIL import Image

    return Image.open(BytesIO(container.bare), formats=[container.kind])


def _frames(container: Container) -> Iterator[Image.Image]:
    """The open picture, at each of its frames in turn, not yet decoded."""
    image = _open(container)
    yield image
    for number in range(1, len(container.sides)):
        try:
            image.seek(number)
        except EOFError:  # fewer than the file says
            return
        yield image


def _decode_all(container: Container, most_pixels: int) -> tuple[int, int]:
    """Size of the first frame, upright; all are decoded, and none is kept."""
    size = (0, 0)
    sizes: list[tuple[int, int]] = []
    for image in _frames(container):
        # What the parts said and what Pillow makes of them can differ in a malformed file.
        sizes.append(image.size)
        _check_size(tuple(sizes), most_pixels)
        image.load()
        size = size if len(sizes) > 1 else image.size
    if min(size) < 1:
        raise Malformed("no pixels")
    return size[::-1] if container.turns[0] >= 5 else size


def _stills(container: Container) -> Iterator[Image.Image]:
    turns = chain(container.turns, repeat(container.turns[-1]))
    for image, turn in zip(_frames(container), turns, strict=False):
        image.load()
        still = _turned(image, turn)
        told: dict[str | tuple[int, int], Any] = {name: image.info[name] for name in _KEPT if name in image.info}
        if getattr(image, "default_image", False):
            told["default_image"] = True
        still.info = told
        yield still


_KEPT = ("transparency", "icc_profile", "duration", "loop")


def _turned(image: Image.Image, turn: int) -> Image.Image:
    """A copy of `image`, upright; `turn` is its EXIF orientation."""
    from PIL.Image import Transpose

    ways = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(ways[turn]) if turn in ways else image.copy()
