"""A picture in another format, as a person expects it: the same to look at, as far as the target can hold it.

Turned upright, and what turned it is dropped with all other metadata. Animations stay animated in GIF, PNG and WebP
and become pages in TIFF; pages stay pages in TIFF. Elsewhere the first frame stands for all.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from segmind_mock.render.files.containers import kind_of
from segmind_mock.render.files.decode import quietly, stills
from segmind_mock.render.files.encode import fitted, lossless_options, save
from segmind_mock.render.files.gif import animated_gif
from segmind_mock.render.files.modes import see_through

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from segmind_mock.render.files.formats import Format

_MOVING = {"GIF", "PNG", "WEBP"}
_UNTIMED = 100
"""Milliseconds that a frame without a time is shown for, as browsers do."""
_LONGEST = 65_535
"""Milliseconds; the longest that a PNG can show a frame for."""

_PROFILED = {"PNG", "JPEG", "TIFF", "WEBP"}
_LONGEST_PROFILE = 4 << 20
_COLOUR_SPACES = {
    "1": b"GRAY",
    "L": b"GRAY",
    "LA": b"GRAY",
    "I;16": b"GRAY",
    "P": b"RGB ",
    "RGB": b"RGB ",
    "RGBA": b"RGB ",
    "CMYK": b"CMYK",
    "LAB": b"Lab ",
}


def converted(data: bytes, format: Format) -> bytes:
    """The picture in `data`, which `examine` has passed, as a file in `format`.

    Between lossless files no pixel changes, but where GIF has too few colours or no shades of transparency. A
    colour profile goes along where the target can hold it and the colours were not turned into others.
    """
    source = kind_of(data)
    with quietly():
        frames = stills(data)
        if format.pillow == "TIFF":
            pages = [_fitted(frame, format) for frame in frames]
            return save(pages, format, **_profile(pages[0], format))
        first = next(frames)
        shown = [first]
        if source in _MOVING and format.pillow in _MOVING:
            rest = list(frames)
            shown = rest if first.info.get("default_image") and rest else [first, *rest]
        options = lossless_options(format) if _is_lossless(data) else {}
        if len(shown) == 1:
            still = _fitted(shown[0], format)
            return save([still], format, **options, **_profile(still, format))
        return _animation(shown, format, _plays(first, source), options)


def _is_lossless(data: bytes) -> bool:
    """Whether a file keeps pixels exactly; a WebP that does has a part named VP8L, and none named VP8."""
    kind = kind_of(data)
    return kind != "JPEG" and (kind != "WEBP" or b"VP8 " not in data)


def _fitted(image: Image.Image, format: Format) -> Image.Image:
    """`image` in a mode of `format`, with the profile only if that still fits."""
    ready = fitted(image, format)
    profile = image.info.get("icc_profile")
    told: dict[str | tuple[int, int], Any] = {
        name: value for name, value in ready.info.items() if name == "transparency"
    }
    if format.pillow in _PROFILED and _describes(profile, ready.mode):
        told["icc_profile"] = profile
    ready.info = told
    return ready


def _describes(profile: object, mode: str) -> bool:
    """Whether an ICC profile speaks of the colours of a mode; bytes 16 to 19 of its header name them."""
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= _LONGEST_PROFILE:
        return False
    return profile[16:20] == _COLOUR_SPACES.get(mode)


def _profile(image: Image.Image, format: Format) -> dict[str, Any]:
    """The option that writes the profile: some of Pillow's writers do not look for it in the picture."""
    profile = image.info.get("icc_profile")
    return {"icc_profile": profile} if profile else {}


def _plays(first: Image.Image, source: str | None) -> int:
    """How often an animation is played; 0 is for ever. A GIF counts how often it is played again."""
    loop = first.info.get("loop")
    if source == "GIF":
        return 1 if loop is None else loop + 1 if loop else 0
    return int(loop or 0)


def _animation(frames: list[Image.Image], format: Format, plays: int, options: dict[str, Any]) -> bytes:
    """Every frame is written whole, so that none depends on what the one before left behind."""
    timed = list(_merged(frames, format))
    images = [image for image, _ in timed]
    if len(images) == 1:
        return save(images, format, **options, **_profile(images[0], format))
    times = [time for _, time in timed]
    if format.pillow == "GIF":
        return animated_gif(images, _hundredths(times), plays)
    options = {"duration": times, "loop": min(plays, 65_535)} | options
    if format.pillow == "PNG":
        options |= {"disposal": 0, "blend": 0}
    return save(images, format, **options, **_profile(images[0], format))


def _merged(frames: list[Image.Image], format: Format) -> Iterator[tuple[Image.Image, int]]:
    """Frames in one size and mode, with milliseconds; neighbours that look the same become one.

    Pillow's writers would merge them too, and fail where the times add up to more than a format can hold.
    """
    size, mode = frames[0].size, "RGBA" if any(map(see_through, frames)) else "RGB"
    last: Image.Image | None = None
    seen, time = b"", 0
    for frame in frames:
        whole = frame if frame.size == size else frame.crop((0, 0, *size))
        ready = _fitted(whole.convert(mode), format)
        # Of a copy, for this turns the palette of a see-through picture into one that GIF cannot hold.
        pixels = ready.copy().convert("RGBA").tobytes()
        if last is not None and pixels != seen:
            yield last, min(time, _LONGEST)
            time = 0
        last, seen = (ready if pixels != seen or last is None else last), pixels
        time += round(frame.info.get("duration") or _UNTIMED)
    if last is not None:
        yield last, min(time, _LONGEST)


def _hundredths(times: list[int]) -> list[int]:
    """Milliseconds as the hundredths that GIF counts in; what rounding takes from one frame goes to the next."""
    ends = [0]
    for time in times:
        ends.append(ends[-1] + time)
    return [max(1, round(end / 10) - round(start / 10)) for start, end in pairwise(ends)]
