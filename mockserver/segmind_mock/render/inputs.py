"""What an image parameter holds: the picture itself, or the name of one that is stood in for.

An image parameter is a URL, a path on the service's site, a data URI or bare base64. Imported when the server
starts, so Pillow must never be imported here but inside a function.
"""

import hashlib
import re
from binascii import Error as BadBase64
from binascii import a2b_base64
from urllib.parse import unquote_to_bytes

from segmind_mock.render.picture import Given, Source

LONGEST_KEPT = 512

STAND_IN_SIZES: tuple[tuple[int, int], ...] = (
    (1024, 1024),
    (1024, 768),
    (768, 1024),
    (1280, 720),
    (800, 600),
    (512, 512),
    (512, 768),
    (1200, 800),
)

_DATA_URI = re.compile(r"\s*data:([^,]{0,256}),", re.IGNORECASE)
_JPEG = "/9j/"
"""How the base64 of any JPEG begins: the one kind that could be a path on the site."""

_ELSEWHERE = ("/", "https://", "http://")
_FROM_URL_SAFE = str.maketrans("-_", "+/", " \t\r\n\f\v")
_SCHEME = 12
_HASHED_AT_ONCE = 1 << 20


def holds_picture(text: str) -> bool:
    """Whether a text is meant to be a picture itself: a data URI or base64, not a URL or a path."""
    if text.startswith(_ELSEWHERE):
        return text.startswith(_JPEG)
    return "://" not in text[:_SCHEME]


def stood_in(text: str) -> Source:
    """The source of a URL or a path: a picture drawn from it, of one of `STAND_IN_SIZES`, each time the same."""
    kept = stand_in(text)
    number = hashlib.sha256(kept.encode("utf-8", "surrogatepass")).digest()[0]
    return Source(b"", kept, *STAND_IN_SIZES[number % len(STAND_IN_SIZES)])


def stand_in(text: str) -> str:
    """`text` itself up to 512 characters, else `sha256:` and 64 hexadecimal digits of its UTF-8."""
    if len(text) <= LONGEST_KEPT:
        return text
    running = hashlib.sha256()
    # Piece by piece, so that no second copy of a long text is made.
    for start in range(0, len(text), _HASHED_AT_ONCE):
        running.update(text[start : start + _HASHED_AT_ONCE].encode("utf-8", "surrogatepass"))
    return f"sha256:{running.hexdigest()}"


def file_in(text: str) -> bytes:
    """The bytes that a data URI or base64 text holds. Raises ValueError saying what is wrong with it."""
    found = _DATA_URI.match(text)
    if found is None:
        return _from_base64(text)
    rest = text[found.end() :]
    if found[1].rstrip().lower().endswith(";base64"):
        return _from_base64(unquote_to_bytes(rest).decode("latin-1") if "%" in rest else rest)
    return unquote_to_bytes(rest)


def look_at(data: bytes, most_pixels: int) -> Given:
    """What a picture file comes to: a source with its size, or the reason why it cannot be used.

    It is decoded, which takes time and up to sixteen bytes for each of `most_pixels`: not for the event loop.
    """
    from segmind_mock.render.files.decode import Unusable, examine

    try:
        width, height = examine(data, most_pixels)
    except Unusable as reason:
        return Given(problem=str(reason))
    return Given(Source(hashlib.sha256(data).digest(), "", width, height), data)


def _from_base64(text: str) -> bytes:
    plain = text.translate(_FROM_URL_SAFE).rstrip("=")
    try:
        if len(plain) % 4 == 1:
            raise BadBase64
        return a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except ValueError:
        raise ValueError("it is neither a URL nor base64 of a picture file") from None
