"""What an image parameter tells without opening it: its pixel size, and a short text to keep in its place.

An image parameter is a URL, a path on the service's site, a data URI or bare base64. Only the last two can be
seen.
"""

import hashlib
import re
from binascii import Error as BadBase64
from binascii import a2b_base64

from segmind_mock.render.headers import Read, Size, pixel_size

LARGEST_SIDE = 4096
LONGEST_KEPT = 512

STAND_IN_SIZES: tuple[Size, ...] = (
    (1024, 1024),
    (1024, 768),
    (768, 1024),
    (1280, 720),
    (800, 600),
    (512, 512),
    (512, 768),
    (1200, 800),
)

_DATA_URI = re.compile(r"\s*data:[^,]{0,256};base64\s*,", re.IGNORECASE)
_SPACE = re.compile(r"\s")
_FROM_URL_SAFE = str.maketrans("-_", "+/")
_PROBE = 4096
# Text that has to be cleaned first (line breaks, percent escapes) is cleaned and read only so far.
_LONGEST_CLEANED = 1 << 20
# All that a data URI has a reason to escape in base64.
_ESCAPES = (
    ("%2B", "+"),
    ("%2b", "+"),
    ("%2F", "/"),
    ("%2f", "/"),
    ("%3D", "="),
    ("%3d", "="),
    ("%0A", ""),
    ("%0a", ""),
    ("%0D", ""),
    ("%0d", ""),
    ("%20", ""),
)
_HASHED_AT_ONCE = 1 << 20


def size_of(source: str) -> Size:
    """Width and height in pixels, each 1 to 4096, of the picture that `source` is.

    True for a PNG, JPEG, GIF, BMP, TIFF or WebP given as a data URI or as base64, read from its header alone;
    a larger picture is scaled down to fit, its shape kept. For whatever else, one of `STAND_IN_SIZES`, always
    the same for the same text. Raises nothing; of however long a text only a few slices are decoded.
    """
    return _capped(pixel_size(_reader(source)) or _stand_in_size(source))


def stand_in(source: str) -> str:
    """`source` itself up to 512 characters, else `sha256:` and 64 hexadecimal digits of its UTF-8."""
    if len(source) <= LONGEST_KEPT:
        return source
    return f"sha256:{_sha256(source).hexdigest()}"


def _reader(source: str) -> Read:
    """Reads the bytes that `source` is the base64 of, by position; b"" where it is none."""
    text, start = _payload(source)

    def read(position: int, count: int) -> bytes:
        first = start + position // 3 * 4
        skipped = position % 3
        piece = text[first : first + (skipped + count + 2) // 3 * 4]
        return _decoded(piece)[skipped : skipped + count]

    return read


def _payload(source: str) -> tuple[str, int]:
    """A text, and where in it unbroken base64 begins."""
    found = _DATA_URI.match(source[:_PROBE])
    start = found.end() if found else 0
    probe = source[start : start + _PROBE]
    escaped = found is not None and "%" in probe
    if not escaped and not _SPACE.search(probe):
        return source, start
    text = source[start : start + _LONGEST_CLEANED]
    for escape, plain in _ESCAPES if escaped else ():
        text = text.replace(escape, plain)
    return "".join(text.split()), 0


def _decoded(piece: str) -> bytes:
    text = piece.translate(_FROM_URL_SAFE).rstrip("=")
    if len(text) % 4 == 1:  # cut off inside a byte
        text = text[:-1]
    try:
        return a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except (BadBase64, ValueError):
        return b""


def _stand_in_size(source: str) -> Size:
    # Both ends and the length tell texts apart well enough, and cost the same for 30 MB as for 30 characters.
    ends = f"{len(source)}:{source[:_PROBE]}:{source[-_PROBE:]}"
    return STAND_IN_SIZES[_sha256(ends).digest()[0] % len(STAND_IN_SIZES)]


def _capped(size: Size) -> Size:
    longest = max(size)
    if longest <= LARGEST_SIDE:
        return size
    width, height = (max(1, round(side * LARGEST_SIDE / longest)) for side in size)
    return width, height


def _sha256(text: str) -> "hashlib._Hash":
    """The hash of the text's UTF-8, taken piece by piece, so that no second copy of a long text is made."""
    running = hashlib.sha256()
    for start in range(0, len(text), _HASHED_AT_ONCE):
        running.update(text[start : start + _HASHED_AT_ONCE].encode("utf-8", "surrogatepass"))
    return running
