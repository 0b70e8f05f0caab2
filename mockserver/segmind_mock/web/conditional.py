"""A file's content as an answer to what was asked of it: the whole, a part, or that it has not changed (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from segmind_mock.web.answers import Answer, Header

Headers = Mapping[bytes, bytes]

_RANGE = re.compile(rb"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


class Version(NamedTuple):
    """Which state of a file a client may hold: its entity tag, quoted, and the second it was last changed."""

    tag: bytes
    changed: int
    """Seconds since 1970."""


class Part(NamedTuple):
    """Bytes `first` to `last`, both included, of a content."""

    first: int
    last: int


def headers_of(version: Version, max_age: int) -> list[Header]:
    """The headers that every answer about a file carries; `max_age` in seconds."""
    return [
        (b"etag", version.tag),
        (b"last-modified", _date(version.changed)),
        (b"cache-control", b"public, max-age=%d, immutable" % max_age),
        (b"accept-ranges", b"bytes"),
    ]


def is_unchanged(asked: Headers, version: Version) -> bool:
    """Whether the client holds this version already (If-None-Match, else If-Modified-Since)."""
    tags = asked.get(b"if-none-match")
    if tags is not None:
        return tags.strip() == b"*" or version.tag in _tags(tags)
    since = _instant(asked.get(b"if-modified-since"))
    return since is not None and version.changed <= since


def part_of(asked: Headers, version: Version, length: int) -> Part | None:
    """The part of a content of `length` bytes that is asked for; None for all of it.

    One range is understood; of several, and of what is no range of bytes, the whole is given. Raises
    ValueError for a range that lies outside.
    """
    found = _RANGE.fullmatch(asked.get(b"range", b""))
    if found is None or not (found[1] or found[2]) or not _still(asked.get(b"if-range"), version):
        return None
    if not found[1]:
        first, last = max(0, length - int(found[2])), length - 1
    else:
        first, last = int(found[1]), min(int(found[2] or length), length - 1)
        if found[2] and int(found[2]) < first:
            return None
    if first >= length or first > last:
        raise ValueError(f"a range outside of {length} bytes")
    return Part(first, last)


def answer(asked: Headers, version: Version, headers: list[Header], content: bytes) -> Answer:
    """200 with the whole, 206 with the part asked for, or 416."""
    length = len(content)
    try:
        part = part_of(asked, version, length)
    except ValueError:
        outside = (b"content-range", b"bytes */%d" % length)
        return Answer(416, [*headers, outside, (b"content-length", b"0")], b"")
    if part is None:
        return Answer(200, [*headers, (b"content-length", b"%d" % length)], content)
    piece = content[part.first : part.last + 1]
    place = (b"content-range", b"bytes %d-%d/%d" % (part.first, part.last, length))
    return Answer(206, [*headers, place, (b"content-length", b"%d" % len(piece))], piece)


def _still(condition: bytes | None, version: Version) -> bool:
    """Whether an If-Range holds; a date must be the very one that was given out."""
    if condition is None:
        return True
    if condition.startswith((b'"', b"W/")):
        return condition == version.tag
    return _instant(condition) == version.changed


def _tags(header: bytes) -> set[bytes]:
    return {tag.strip().removeprefix(b"W/") for tag in header.split(b",")}


def _date(seconds: int) -> bytes:
    from email.utils import format_datetime  # not at the top: a server starts without it

    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True).encode()


def _instant(header: bytes | None) -> int | None:
    if header is None:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return int(parsedate_to_datetime(header.decode("latin-1")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
