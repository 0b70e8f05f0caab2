"""Pixel sizes read from picture headers, without decoding and without Pillow.

Pillow would do, but opening a picture with it may inflate text chunks, warn, or need the whole file. A header
says its size in a few bytes, and those bytes are all that is asked for here: `Read` fetches them by position,
so that a picture inside 30 MB of base64 costs a few short slices.
"""

from collections.abc import Callable

Size = tuple[int, int]
Read = Callable[[int, int], bytes]
"""`read(position, count)`: that many bytes from there, or fewer where the data ends."""

_MOST_SEGMENTS = 512
_MOST_TAGS = 256
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def pixel_size(read: Read) -> Size | None:
    """Width and height in pixels as the header of a PNG, JPEG, GIF, BMP, TIFF or WebP states them.

    As stored: an EXIF rotation is not applied. None when it is no such picture, or states no usable size.
    """
    start = read(0, 32)
    for magic, reader in _READERS:
        if start.startswith(magic):
            size = reader(start, read)
            return size if size and min(size) > 0 else None
    return None


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _png(start: bytes, read: Read) -> Size | None:
    if len(start) < 24 or start[12:16] != b"IHDR":
        return None
    return _big(start[16:20]), _big(start[20:24])


def _gif(start: bytes, read: Read) -> Size | None:
    return _little(start[6:8]), _little(start[8:10])


def _bmp(start: bytes, read: Read) -> Size | None:
    if len(start) < 26:
        return None
    if _little(start[14:18]) == 12:  # the oldest header has 16-bit sides
        return _little(start[18:20]), _little(start[20:22])
    # A negative height means that the rows run from the top.
    return _little(start[18:22]), abs(int.from_bytes(start[22:26], "little", signed=True))


def _webp(start: bytes, read: Read) -> Size | None:
    if start[8:12] != b"WEBP" or len(start) < 30:
        return None
    match start[12:16]:
        case b"VP8 ":
            return _little(start[26:28]) & 0x3FFF, _little(start[28:30]) & 0x3FFF
        case b"VP8L":
            packed = _little(start[21:25])
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _little(start[24:27]) + 1, _little(start[27:30]) + 1
    return None


def _jpeg(start: bytes, read: Read) -> Size | None:
    """Walks the segments to the first frame header."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        head = read(at, 9)
        if len(head) < 2 or head[0] != 0xFF:
            return None
        marker = head[1]
        if marker in _FRAMES:
            return (_big(head[7:9]), _big(head[5:7])) if len(head) == 9 else None
        if marker == 0xFF:  # a filling byte
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a length
            at += 2
        else:
            at += 2 + max(2, _big(head[2:4]))
    return None


def _tiff(start: bytes, read: Read) -> Size | None:
    order = _little if start.startswith(b"II") else _big
    at = order(start[4:8])
    count = min(order(read(at, 2)), _MOST_TAGS)
    tags = read(at + 2, 12 * count)
    width = height = 0
    for tag in (tags[i : i + 12] for i in range(0, len(tags) - 11, 12)):
        # Type 3 is a 16-bit number, type 4 one of 32 bits; either sits at the start of the value field.
        value = order(tag[8:10] if order(tag[2:4]) == 3 else tag[8:12])
        match order(tag[0:2]):
            case 256:
                width = value
            case 257:
                height = value
    return width, height


_READERS: tuple[tuple[bytes, Callable[[bytes, Read], Size | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"BM", _bmp),
    (b"RIFF", _webp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
)
