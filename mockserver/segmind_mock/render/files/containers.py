"""What a picture's file is made of, read from its bytes without Pillow.

Files come from strangers. Walking their parts is cheap, and tells before a decoder sees them how many pixels
would be decoded, how the picture is turned, and which parts are no pixels at all: those are cut out, for
they are where most of the harm of a malformed file is done (text that inflates, tags that point at the whole
file, EXIF that makes Pillow warn).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MOST_FRAMES = 1000
MOST_SCANS = 100
"""A progressive JPEG has about ten; each costs a pass over all pixels, however few bytes it takes."""

_MOST_PARTS = 200_000
_MOST_PACKED = 4 << 20
_MOST_TAG_BYTES = 64 << 20
_UPRIGHT = 1

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)

_PNG_METADATA = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"pHYs", b"sPLT", b"hIST"})
_JPEG_SCAN = 0xDA
_JPEG_END = 0xD9
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_METADATA = frozenset({0xE1, 0xED, 0xFE})
# After a scan's data: the next marker that is neither a stuffed zero nor a restart.
_BLOCK = re.compile(rb"[!,;]")
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WIDTH, _HEIGHT, _ORIENTATION, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 274, 322, 323


class Malformed(ValueError):
    """A file whose parts make no sense, or are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A picture's file, taken apart.

    `kind` is Pillow's name of the format. `bare` is the file without its metadata. `sides` are the largest
    width and height of each frame as stored, in pixels. `turns` are EXIF orientations, 1 to 8, one for each
    page of a TIFF and else one for all frames.
    """

    kind: str
    bare: bytes
    sides: tuple[tuple[int, int], ...]
    turns: tuple[int, ...] = (_UPRIGHT,)


def kind_of(data: bytes) -> str | None:
    """The format that the first bytes speak of, by Pillow's name; None when it is none of the six."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def take_apart(data: bytes) -> Container:
    """What `data`, a file of one of the six formats, is made of.

    Counting stops at one frame more than `MOST_FRAMES`. Raises Malformed.
    """
    match kind_of(data):
        case "PNG":
            return _png(data)
        case "JPEG":
            return _jpeg(data)
        case "GIF":
            return _gif(data)
        case "WEBP":
            return _webp(data)
        case "TIFF":
            return _tiff(data)
        case "BMP":
            return _bmp(data)
    raise Malformed("no picture")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _frames(width: int, height: int, count: int) -> tuple[tuple[int, int], ...]:
    """Sides for each frame, where all have the same."""
    return ((width, height),) * max(1, min(count, MOST_FRAMES + 1))


def _bmp(data: bytes) -> Container:
    if _little(data[14:18]) == 12:  # the oldest header has 16-bit sides
        width, height = _little(data[18:20]), _little(data[20:22])
    else:
        # A negative height means that the rows run from the top.
        width, height = _little(data[18:22]), abs(int.from_bytes(data[22:26], "little", signed=True))
    # Pillow unpacks these in Python.
    if _little(data[30:34]) in {1, 2} and len(data) > _MOST_PACKED:
        raise Malformed("too much packed")
    return Container(kind="BMP", bare=data, sides=((width, height),))


def _png(data: bytes) -> Container:
    """Cuts out text, EXIF and the like; what stands after the end is dropped too."""
    kept, frames, turn, seen = [data[:8]], 1, _UPRIGHT, set[bytes]()
    for name, start, end in _png_chunks(data):
        if name == b"acTL":
            frames = _big(data[start + 8 : start + 12])
        elif name == b"fcTL" and name not in seen and b"acTL" in seen and b"IDAT" in seen:
            frames += 1  # a still picture of its own stands before the frames
        elif name == b"eXIf":
            turn = orientation(data[start + 8 : end - 4])
        seen.add(name)
        if name not in _PNG_METADATA:
            kept.append(data[start:end])
    sides = _frames(_big(data[16:20]), _big(data[20:24]), frames)
    return Container(kind="PNG", bare=b"".join(kept), sides=sides, turns=(turn,))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk, length field and checksum included."""
    at = 8
    for _ in range(_MOST_PARTS):
        name = data[at + 4 : at + 8]
        if len(name) < 4:
            return
        end = at + 12 + _big(data[at : at + 4])
        yield name, at, end
        if name == b"IEND":
            return
        at = end
    raise Malformed("too many chunks")


def _jpeg(data: bytes) -> Container:
    """Cuts out EXIF, XMP, Photoshop's part, comments, and the index that makes Pillow look for more pictures."""
    kept, at, turn, sides = [data[:2]], 2, _UPRIGHT, (0, 0)
    for marker, start, end in _jpeg_segments(data, 2):
        if marker in {_JPEG_SCAN, _JPEG_END}:
            at = start
            break
        at = end
        if marker in _JPEG_FRAMES:
            sides = _big(data[start + 7 : start + 9]), _big(data[start + 5 : start + 7])
        if marker == 0xE1 and data[start + 4 : start + 10] == b"Exif\0\0" and turn == _UPRIGHT:
            turn = orientation(data[start + 10 : end])
        if not (marker in _JPEG_METADATA or (marker == 0xE2 and data[start + 4 : start + 8] == b"MPF\0")):
            kept.append(data[start:end])
    _count_scans(data, at)
    kept.append(data[at:])
    return Container(kind="JPEG", bare=b"".join(kept), sides=(sides,), turns=(turn,))


def _jpeg_segments(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment up to what is none."""
    for _ in range(_MOST_PARTS):
        if data[at : at + 1] != b"\xff" or at + 4 > len(data):
            return
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = 0 if marker in _JPEG_BARE else max(2, _big(data[at + 2 : at + 4]))
        yield marker, at, at + 2 + length
        at += 2 + length
    raise Malformed("too many segments")


def _count_scans(data: bytes, at: int) -> None:
    scans = 0
    for _ in range(_MOST_PARTS):
        found = _MARKER.search(data, at)
        if found is None or data[found.start() + 1] == _JPEG_END:
            return
        scans += data[found.start() + 1] == _JPEG_SCAN
        if scans > MOST_SCANS:
            raise Malformed("too many scans")
        at = found.end() + _big(data[found.end() : found.end() + 2])


def _gif(data: bytes) -> Container:
    """Counts frames. One that reaches over the edge makes the picture larger, as it does in Pillow."""
    width, height = _little(data[6:8]), _little(data[8:10])
    frames, at, steps = 0, 13 + _colours(data[10:11]), _MOST_PARTS
    while frames <= MOST_FRAMES and data[at : at + 1] not in {b";", b""}:
        if data[at] == 0x21:
            at += 2
        elif data[at] == 0x2C:
            frames += 1
            x, y, w, h = (_little(data[at + i : at + i + 2]) for i in (1, 3, 5, 7))
            width, height = max(width, x + w), max(height, y + h)
            at += 11 + _colours(data[at + 9 : at + 10])
        else:  # Pillow, too, looks on for the next block, byte by byte
            found = _BLOCK.search(data, at)
            steps -= (found.start() if found else len(data)) - at
            if found is None or steps < 0:
                raise Malformed("no end")
            at = found.start()
            continue
        at, steps = _past_blocks(data, at, steps)
    return Container(kind="GIF", bare=data, sides=((width, height),) * max(1, frames))


def _colours(flags: bytes) -> int:
    """Bytes of the colour table that follows."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 128 else 0


def _past_blocks(data: bytes, at: int, steps: int) -> tuple[int, int]:
    """The position after a run of data blocks, and how many steps are left."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
        steps -= 1
        if steps < 0:
            raise Malformed("too many blocks")
    return at + 1, steps


def _webp(data: bytes) -> Container:
    sides, frames, turn, at = _webp_sides(data), 0, _UPRIGHT, 12
    for _ in range(_MOST_PARTS):
        name, length = data[at : at + 4], _little(data[at + 4 : at + 8])
        if len(name) < 4 or frames > MOST_FRAMES:
            return Container(kind="WEBP", bare=data, sides=_frames(*sides, frames), turns=(turn,))
        frames += name == b"ANMF"
        if name == b"EXIF":
            turn = orientation(data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0"))
        at += 8 + length + length % 2
    raise Malformed("too many chunks")


def _webp_sides(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8 ":
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
        case b"VP8L":
            packed = _little(data[21:25])
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    raise Malformed("no size")


@dataclass(slots=True)
class _Directory:
    """One page of a TIFF: the values of its numbers, where its orientation stands, what its tags point at."""

    numbers: dict[int, int]
    turn_at: int | None
    tag_bytes: int
    following: int


class _Tiff:
    """Reads directories, by either byte order and either size of offsets."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
        self.big = 43 in data[2:4]
        self._wide = 8 if self.big else 4
        self.first = self.number(8, 8) if self.big else self.number(4, 4)

    def number(self, at: int, count: int) -> int:
        """The unsigned number of `count` bytes at a position; 0 past the end."""
        return int.from_bytes(self._data[at : at + count], self._order)

    def directory(self, at: int) -> _Directory:
        """The directory at a position."""
        head, entry = (8, 20) if self.big else (2, 12)
        count = min(self.number(at, head), 65_535)
        found = _Directory({}, None, 0, self.number(at + head + count * entry, self._wide))
        # Entries past the end of the file are none.
        for position in range(at + head, min(at + head + count * entry, len(self._data) - entry + 1), entry):
            tag, kind = self.number(position, 2), self.number(position + 2, 2)
            size = _TYPE_BYTES.get(kind, 0)
            found.tag_bytes += size * self.number(position + 4, self._wide)
            if tag == _ORIENTATION:
                found.turn_at = position
            found.numbers[tag] = self.number(position + 4 + self._wide, size if size in {1, 2, 4, 8} else 4)
        return found

    def upright_entry(self) -> bytes:
        """A directory's entry that says: not turned."""
        return b"".join(
            value.to_bytes(width, self._order) for value, width in ((_ORIENTATION, 2), (3, 2), (1, self._wide), (1, 2))
        ) + bytes(self._wide - 2)


def _turn(value: int) -> int:
    return value if 1 <= value <= 8 else _UPRIGHT


def orientation(exif: bytes) -> int:
    """The orientation, 1 to 8, that an EXIF block states; 1 when it states none."""
    if kind_of(exif) != "TIFF":
        return _UPRIGHT
    block = _Tiff(exif)
    return _turn(block.directory(block.first).numbers.get(_ORIENTATION, _UPRIGHT))


def _tiff(data: bytes) -> Container:
    """Walks the pages. Orientations are overwritten with "not turned": Pillow's versions differ in using them."""
    file, bare = _Tiff(data), bytearray(data)
    sides: list[tuple[int, int]] = []
    turns: list[int] = []
    at, seen, tag_bytes = file.first, set[int](), 0
    while at and at not in seen and len(sides) <= MOST_FRAMES:
        seen.add(at)
        page = file.directory(at)
        tag_bytes += page.tag_bytes
        if tag_bytes > _MOST_TAG_BYTES:
            raise Malformed("tags that hold too much")
        get = page.numbers.get
        # A tile is decoded whole, however little of it lies inside the picture.
        sides.append((max(get(_WIDTH, 0), get(_TILE_WIDTH, 0)), max(get(_HEIGHT, 0), get(_TILE_HEIGHT, 0))))
        turns.append(_turn(get(_ORIENTATION, _UPRIGHT)))
        if page.turn_at is not None:
            entry = file.upright_entry()
            bare[page.turn_at : page.turn_at + len(entry)] = entry
        at = page.following
    if not sides:
        raise Malformed("no page")
    return Container(kind="TIFF", bare=bytes(bare), sides=tuple(sides), turns=tuple(turns))
