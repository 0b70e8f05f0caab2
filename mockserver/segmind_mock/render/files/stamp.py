"""Provenance in a picture file: which call made it, written into the finished bytes without decoding them.

What is told is written as compact JSON in ASCII, at the place that each format has for words:

    PNG    a tEXt chunk with the keyword "segmind-mock", right after the header
    JPEG   a comment segment, after the application segments at the start
    GIF    a comment extension, after the global colours
    WebP   `dc:description` of an XMP packet, at the end
    TIFF   ImageDescription of the first page
    BMP    none: the file stays as it is

A file that is stamped again tells the newer; what an older stamp leaves behind is passed over when reading.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from zlib import crc32

import orjson

from segmind_mock.render.files.formats import Format

Told = dict[str, str | int]

MOCK = "segmind-mock"
"""The value of the key `mock`, by which a stamp is known from other people's words."""
LONGEST = 60_000
"""Bytes of JSON; a JPEG segment holds no more than 65533."""

_MOST_PARTS = 1 << 18
"""Chunks, segments or blocks that are walked through at most: hostile files have many."""
_MOST_WORDS = 64
"""Comments that are looked into at most."""

_JSON = json.JSONEncoder(separators=(",", ":"))

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORD = MOCK.encode() + b"\0"
_NETSCAPE = b"\x21\xff\x0bNETSCAPE2.0"
_DESCRIPTION = 270
_VP8X_XMP, _VP8X_ALPHA = 0x04, 0x10

_XMP_HEAD = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    b'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
)
_XMP_TAIL = b'</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
_ESCAPES = ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;"))


def stamped(data: bytes, format: Format, told: Mapping[str, str | int]) -> bytes:
    """The file `data`, which is in `format`, with `told` written into it; every pixel and frame stays as it is.

    `told` has `mock: "segmind-mock"` among its keys. Raises ValueError when it has not, when its JSON is longer than
    60000 bytes, or when `data` does not begin as a file of that format does (a BigTIFF neither).
    """
    if told.get("mock") != MOCK:
        raise ValueError(f'what is told of a picture has "mock": "{MOCK}"')
    words = _words(told)
    if len(words) > LONGEST:
        raise ValueError(f"what is told of a picture has at most {LONGEST} bytes, this has {len(words)}")
    try:
        return _STAMPERS[format.pillow](data, words)
    except (struct.error, IndexError, ValueError):
        raise ValueError(f"these {len(data)} bytes are not a {format.pillow} file") from None


def _words(told: Mapping[str, str | int]) -> bytes:
    """As JSON in ASCII; the quick encoder knows neither escapes for other characters nor the largest numbers."""
    try:
        words = orjson.dumps(told)
    except TypeError:
        words = b"\xff"
    return words if words.isascii() else _JSON.encode(dict(told)).encode()


def read(data: bytes) -> Told | None:
    """What a stamp in this file tells; None when it holds none, is broken before it, or is in no known format.

    Never raises, and takes a bounded number of steps whatever the bytes are.
    """
    for magic, words in _FINDERS:
        if data.startswith(magic):
            try:
                return next(filter(None, map(_told, islice(words(data), _MOST_WORDS))), None)
            except (struct.error, IndexError, ValueError):
                return None
    return None


def _told(words: bytes) -> Told | None:
    if not words.startswith(b"{") or len(words) > LONGEST:
        return None
    try:
        told = json.loads(words)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("mock") != MOCK:
        return None
    return told if all(type(value) in (str, int) for value in told.values()) else None


def _spliced(data: bytes, at: int, part: bytes) -> bytes:
    whole = memoryview(data)
    return b"".join((whole[:at], part, whole[at:]))


def _expect(truth: bool) -> None:
    if not truth:
        raise ValueError


def _stamp_png(data: bytes, words: bytes) -> bytes:
    _expect(data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 33)
    body = b"tEXt" + _KEYWORD + words
    return _spliced(data, 33, struct.pack(">I", len(body) - 4) + body + struct.pack(">I", crc32(body)))


def _png_words(data: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    for _ in range(_MOST_PARTS):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"tEXt" and data.startswith(_KEYWORD, at + 8):
            yield data[at + 8 + len(_KEYWORD) : at + 8 + min(length, 2 * LONGEST)]
        at += 12 + length


def _stamp_jpeg(data: bytes, words: bytes) -> bytes:
    _expect(data.startswith(b"\xff\xd8\xff"))
    at = 2
    while data[at] == 0xFF and 0xE0 <= data[at + 1] <= 0xEF:
        at += 2 + max(2, *struct.unpack_from(">H", data, at + 2))
    _expect(data[at] == 0xFF)
    return _spliced(data, at, struct.pack(">HH", 0xFFFE, len(words) + 2) + words)


def _jpeg_words(data: bytes) -> Iterator[bytes]:
    at = 2
    for _ in range(_MOST_PARTS):
        mark, kind, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF or kind in (0xD9, 0xDA):  # the end, or the start of the pixels
            return
        if kind == 0xFF:  # a filling byte
            at += 1
            continue
        if kind == 0xFE:
            yield data[at + 4 : at + 2 + length]
        at += 2 + max(2, length)


def _gif_blocks(data: bytes) -> int:
    """Where the blocks of a GIF begin: after the header and its global colours."""
    return 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)


def _stamp_gif(data: bytes, words: bytes) -> bytes:
    _expect(data.startswith((b"GIF87a", b"GIF89a")))
    at = _gif_blocks(data)
    if data.startswith(_NETSCAPE, at):  # the loop count: some readers want it first
        at, _ = _after_blocks(data, at + 14)
    _expect(at < len(data))
    parts = [words[start : start + 255] for start in range(0, len(words), 255)]
    block = b"\x21\xfe" + b"".join(bytes((len(part),)) + part for part in parts) + b"\0"
    # Extensions came with 89a.
    return b"".join((b"GIF89a", memoryview(data)[6:at], block, memoryview(data)[at:]))


def _after_blocks(data: bytes, at: int, most: int = _MOST_PARTS) -> tuple[int, int]:
    """The position after a chain of sub-blocks that begins at `at`, and how many of `most` blocks are left over.

    Raises IndexError where the file ends in the chain, ValueError where it has more blocks.
    """
    while data[at]:
        at += 1 + data[at]
        most -= 1
        _expect(most > 0)
    return at + 1, most - 1


def _gif_words(data: bytes) -> Iterator[bytes]:
    at, left = _gif_blocks(data), _MOST_PARTS
    while left > 0:
        kind = data[at]
        if kind == 0x21:
            end, left = _after_blocks(data, at + 2, left)
            if data[at + 1] == 0xFE:
                yield _joined(data, at + 2, end)
            at = end
        elif kind == 0x2C:
            colours = 3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0
            at, left = _after_blocks(data, at + 11 + colours, left)
        else:
            return


def _joined(data: bytes, at: int, end: int) -> bytes:
    """What the sub-blocks from `at` to `end` hold, up to twice what a stamp may have."""
    parts, end = [], min(end, at + 2 * LONGEST)
    while at < end and data[at]:
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(parts)


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, position and length of each chunk of a WebP, the eight bytes before its data and the padding included."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    at = 12
    for _ in range(_MOST_PARTS):
        if at + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        length += 8 + length % 2
        yield kind, at, length
        at += length


def _stamp_webp(data: bytes, words: bytes) -> bytes:
    _expect(data.startswith(b"RIFF") and data[8:12] == b"WEBP")
    # There is one XMP packet in a file: the new one takes its place.
    kept = [(kind, data[at : at + length]) for kind, at, length in _webp_chunks(data) if kind != b"XMP "]
    head = _webp_head(data, *kept[0])
    rest = [body + b"\0" * (len(body) % 2) for kind, body in kept if kind != b"VP8X"]
    for plain, escaped in _ESCAPES:
        words = words.replace(plain, escaped)
    packet = _XMP_HEAD + words + _XMP_TAIL
    xmp = b"XMP " + struct.pack("<I", len(packet)) + packet + b"\0" * (len(packet) % 2)
    size = 4 + len(head) + sum(map(len, rest)) + len(xmp)
    return b"".join((b"RIFF", struct.pack("<I", size), b"WEBP", head, *rest, xmp))


def _webp_head(data: bytes, kind: bytes, chunk: bytes) -> bytes:
    """The VP8X chunk that says there is XMP: the file's own, or one made from its only picture."""
    if kind == b"VP8X":
        return chunk[:8] + bytes((chunk[8] | _VP8X_XMP,)) + chunk[9:]
    _expect(kind in (b"VP8 ", b"VP8L"))
    if kind == b"VP8L":
        packed = int.from_bytes(chunk[9:13], "little")
        width, height = packed & 0x3FFF, packed >> 14 & 0x3FFF
        # Lossless data says by itself, in bit 28 of its header, whether there is transparency.
        flags = _VP8X_XMP | (_VP8X_ALPHA if packed >> 28 & 1 else 0)
    else:
        width, height = ((side & 0x3FFF) - 1 for side in struct.unpack_from("<HH", chunk, 14))
        flags = _VP8X_XMP
    return b"VP8X" + struct.pack("<II", 10, flags) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


def _webp_words(data: bytes) -> Iterator[bytes]:
    for kind, at, length in _webp_chunks(data):
        if kind == b"XMP ":
            packet = data[at + 8 : at + min(length, 10 * LONGEST)]
            _, begin, rest = packet.partition(b"<dc:description>")
            inside, end, _ = rest.partition(b"</dc:description>")
            words = inside[inside.find(b"{") : inside.rfind(b"}") + 1] if begin and end else b""
            for plain, escaped in reversed(_ESCAPES):
                words = words.replace(escaped, plain)
            yield words


def _tiff_entries(data: bytes, order: str) -> tuple[list[bytes], int]:
    """The entries (12 bytes each) of a TIFF's first page, and where its list of them ends."""
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    end = at + 2 + 12 * count
    _expect(8 <= at < end <= len(data))
    return [data[start : start + 12] for start in range(at + 2, end, 12)], end


def _stamp_tiff(data: bytes, words: bytes) -> bytes:
    """Writes a new list of the first page's entries at the end; the old list and all other pages stay in place."""
    _expect(data.startswith((b"II*\0", b"MM\0*")))
    order = "<" if data.startswith(b"II") else ">"
    entries, end = _tiff_entries(data, order)
    _expect(end + 4 <= len(data))
    text = words + b"\0" * (2 - len(words) % 2)
    gap = b"\0" * (len(data) % 2)  # values and lists begin at even positions
    at = len(data) + len(gap)
    own = struct.pack(order + "HHII", _DESCRIPTION, 2, len(words) + 1, at)
    tagged = {struct.unpack_from(order + "H", entry)[0]: entry for entry in entries} | {_DESCRIPTION: own}
    listed = [struct.pack(order + "H", len(tagged)), *(tagged[tag] for tag in sorted(tagged)), data[end : end + 4]]
    first = struct.pack(order + "I", at + len(text))
    return b"".join((data[:4], first, memoryview(data)[8:], gap, text, *listed))


def _tiff_words(data: bytes) -> Iterator[bytes]:
    order = "<" if data.startswith(b"II") else ">"
    for entry in _tiff_entries(data, order)[0]:
        tag, kind, count, at = struct.unpack(order + "HHII", entry)
        if tag == _DESCRIPTION and kind == 2:
            yield data[at : at + min(count, 2 * LONGEST)].rstrip(b"\0")


def _stamp_bmp(data: bytes, words: bytes) -> bytes:
    _expect(data.startswith(b"BM"))
    return data


_STAMPERS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "PNG": _stamp_png,
    "JPEG": _stamp_jpeg,
    "GIF": _stamp_gif,
    "WEBP": _stamp_webp,
    "TIFF": _stamp_tiff,
    "BMP": _stamp_bmp,
}

_FINDERS: tuple[tuple[bytes, Callable[[bytes], Iterator[bytes]]], ...] = (
    (_PNG, _png_words),
    (b"\xff\xd8\xff", _jpeg_words),
    (b"GIF8", _gif_words),
    (b"RIFF", _webp_words),
    (b"II*\0", _tiff_words),
    (b"MM\0*", _tiff_words),
)
