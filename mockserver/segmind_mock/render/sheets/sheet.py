"""A contact sheet: what is on it, as values, and the sheet drawn as one picture.

A sheet has a section for each model, a section a group for each parameter, a group a thumbnail for each value.
Letters are FreeType's: the pixels are the same only on machines with the same FreeType.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image, ImageDraw

COLUMNS = 12
"""Thumbnails side by side, at most."""
FINE = 2
"""Thumbnails are this many times as large as they are drawn here, for pages on finer screens."""
GAP, BETWEEN = 8, 24
"""Pixels between two thumbnails of a group, and between two groups."""
_WIDE = 2.2
"""A picture this many times as wide as high has room for two columns."""

_MARGIN, _PADDING = 36, 24
_GROUND, _CARD, _EDGE = "#efece6", "#fbfaf7", "#dedad1"
_INK, _MUTED, _STRONG, _GIVEN = "#22262b", "#6d6a64", "#0f6b63", "#c46a1b"
_LONGEST = 600
"""Characters of a text that are looked at; no line has room for more."""
_CHECKS = ("#ffffff", "#d9d6cf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumb:
    """A thumbnail, `FINE` times too large, and what stands below it; RGBA where it is see-through."""

    image: Image.Image
    label: str
    note: str = ""
    title: str = ""
    """The whole call, for those who point at it."""
    given: bool = False
    """Whether it is an input and no result."""
    span: int = 1
    """Columns that it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What the values of one parameter do."""

    name: str
    about: str
    thumbs: tuple[Thumb, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A model; `about` also stands for what is missing where there are no groups."""

    slug: str
    title: str
    about: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All of it; `side` is the side in pixels that a thumbnail has at most, where it takes one column."""

    title: str
    legend: tuple[str, ...]
    side: int
    sections: tuple[Section, ...]

    @property
    def width(self) -> int:
        """Of the drawn sheet, in pixels; room for three groups in a line."""
        return 2 * (_MARGIN + _PADDING) + across(COLUMNS, self.side) + 2 * (BETWEEN - GAP)


def across(count: int, side: int) -> int:
    """Pixels that so many columns of a group take."""
    return count * (side + GAP) - GAP


def span(size: tuple[int, int]) -> int:
    """The columns that a picture of this size takes."""
    return 2 if size[0] >= _WIDE * size[1] else 1


def shrunk(image: Image.Image, side: int, *, share: float = 1.0) -> Image.Image:
    """`image` as a thumbnail of RGB or RGBA: within its columns, and in no more than a `share` of that."""
    from PIL.Image import Resampling

    room = across(span(image.size), side) * FINE, side * FINE
    scale = share * min(room[0] / image.width, room[1] / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    deep = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return deep.resize(size, Resampling.BOX if scale < 1 else Resampling.NEAREST)


def lines(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Groups for each line: in their order, but a gap is filled with the next one that fits in."""
    waiting = list(groups)
    while waiting:
        line: list[Group] = []
        room = COLUMNS
        for group in list(waiting):
            if not line or (columns(group) <= room and len(line) < 3):
                line.append(group)
                room -= columns(group)
                waiting.remove(group)
        yield line


def drawn(sheet: Sheet) -> Image.Image:
    """The sheet, RGB, as high as it needs to be."""
    from PIL import Image

    pen = _Pen(None)
    height = _sheet(pen, sheet)
    image = Image.new("RGB", (sheet.width, height), _GROUND)
    _sheet(_Pen(image), sheet)
    return image


class _Pen:
    """Draws on a picture; without one it only takes the room."""

    def __init__(self, image: Image.Image | None) -> None:
        from PIL import ImageDraw

        self.image = image
        self.draw: ImageDraw.ImageDraw | None = ImageDraw.Draw(image) if image else None

    def text(self, place: tuple[int, int], text: str, size: int, colour: str, *, width: int, most: int = 1) -> int:
        """Lines of text in so much width, at most so many; the height that they take."""
        found = _wrapped(text, _font(size), width, most)
        high = round(size * 1.3)
        for number, line in enumerate(found if self.draw else ()):
            assert self.draw is not None
            self.draw.text((place[0], place[1] + number * high), line, fill=colour, font=_font(size))
        return high * len(found)

    def card(self, box: tuple[int, int, int, int]) -> None:
        if self.draw:
            self.draw.rounded_rectangle(box, 10, _CARD, _EDGE)

    def thumb(self, place: tuple[int, int], thumb: Thumb) -> None:
        if self.image is None or self.draw is None:
            return
        small = thumb.image.reduce(FINE) if min(thumb.image.size) >= FINE else thumb.image
        box = (place[0] - 1, place[1] - 1, place[0] + small.width, place[1] + small.height)
        if small.mode == "RGBA":
            self.image.paste(_checks(small.size), place)
        self.image.paste(small, place, small if small.mode == "RGBA" else None)
        self.draw.rectangle(box, outline=_GIVEN if thumb.given else _EDGE)
        if thumb.given:
            self.draw.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline=_GIVEN)


def _sheet(pen: _Pen, sheet: Sheet) -> int:
    """Draws it all; the height that it takes."""
    wide = sheet.width - 2 * _MARGIN
    top = _MARGIN
    top += pen.text((_MARGIN, top), sheet.title, 34, _INK, width=wide) + 6
    for line in sheet.legend:
        top += pen.text((_MARGIN, top), line, 15, _MUTED, width=wide, most=2) + 2
    for section in sheet.sections:
        top += _PADDING
        high = _section(_Pen(None), section, sheet.side, top + _PADDING, wide - 2 * _PADDING)
        pen.card((_MARGIN, top, sheet.width - _MARGIN - 1, top + high + 2 * _PADDING - 14))
        _section(pen, section, sheet.side, top + _PADDING, wide - 2 * _PADDING)
        top += high + 2 * _PADDING - 14
    return top + _MARGIN


def _section(pen: _Pen, section: Section, side: int, top: int, wide: int) -> int:
    left, start = _MARGIN + _PADDING, top
    top += pen.text((left, top), section.slug, 25, _INK, width=wide) + 1
    top += pen.text((left, top), f"{section.title}. {section.about}", 15, _MUTED, width=wide, most=2) + 16
    for line in lines(section.groups):
        x, heads = left, [_head(_Pen(None), group, side, (left, top)) for group in line]
        feet = []
        for group in line:
            _head(pen, group, side, (x, top))
            feet.append(_thumbs(pen, group, side, (x, top + max(heads) + 6)))
            x += across(columns(group), side) + BETWEEN
        top += max(heads) + 6 + max(feet) + 14
    return top - start


def _head(pen: _Pen, group: Group, side: int, place: tuple[int, int]) -> int:
    """Name and description of a parameter; the height that they take."""
    wide = across(columns(group), side)
    high = pen.text(place, group.name, 16, _STRONG, width=wide)
    return high + pen.text((place[0], place[1] + high), group.about, 12, _MUTED, width=wide, most=2)


def _thumbs(pen: _Pen, group: Group, side: int, place: tuple[int, int]) -> int:
    """The thumbnails of a group with what stands below them; the height that they take."""
    top = place[1]
    for row in _rows(group.thumbs):
        high = max(thumb.image.height // FINE for thumb in row)
        x, feet = place[0], []
        for thumb in row:
            wide = across(thumb.span, side)
            pen.thumb((x, top + high - thumb.image.height // FINE), thumb)
            foot = pen.text((x, top + high + 4), thumb.label, 12, _INK, width=wide, most=2)
            foot += pen.text((x, top + high + 4 + foot), thumb.note, 11, _MUTED, width=wide)
            feet.append(foot)
            x += wide + GAP
        top += high + 4 + max(feet) + 8
    return top - place[1]


def _rows(thumbs: Sequence[Thumb]) -> list[list[Thumb]]:
    """As many to a row as there are columns for."""
    rows: list[list[Thumb]] = []
    used = 0
    for thumb in thumbs:
        if not rows or used + thumb.span > COLUMNS:
            rows.append([thumb])
            used = thumb.span
        else:
            rows[-1].append(thumb)
            used += thumb.span
    return rows


def columns(group: Group) -> int:
    """The columns that a group takes: those of its widest row."""
    return max(sum(thumb.span for thumb in row) for row in _rows(group.thumbs))


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _wrapped(text: str, font: Any, width: int, most: int) -> list[str]:
    """Lines no wider than `width`; "..." at the end of the last where there would be more."""
    found: list[str] = []
    for word in text[:_LONGEST].split():
        longer = f"{found[-1]} {word}" if found else word
        if found and font.getlength(longer) <= width:
            found[-1] = longer
        else:
            found.append(word)
    kept = found[:most]
    if len(found) > most:
        kept[-1] += " ..."
    return [_cut(line, font, width) for line in kept]


def _cut(line: str, font: Any, width: int) -> str:
    if font.getlength(line) <= width:
        return line
    line = line.removesuffix(" ...")
    while line and font.getlength(f"{line}...") > width:
        line = line[:-1]
    return f"{line.rstrip()}..."


def _checks(size: tuple[int, int]) -> Image.Image:
    """The pattern behind what is see-through."""
    from PIL import Image

    tile = Image.new("RGB", (14, 14), _CHECKS[0])
    for corner in (0, 7):
        tile.paste(_CHECKS[1], (corner, corner, corner + 7, corner + 7))
    pattern = Image.new("RGB", size)
    for x in range(0, size[0], 14):
        for y in range(0, size[1], 14):
            pattern.paste(tile, (x, y))
    return pattern
