"""The last look at what is told or shown: no API key is in it in full, wherever a client may have put it. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

from segmind_mock.masking import masked

_DIGIT = rb"(?:[0-9A-Fa-f]|%3[0-9]|%[46][1-6])"
_KEY = re.compile(rb"(?:[Ss]|%[57]3)(?:[Gg]|%[46]7)(?:_|%5[Ff])" + _DIGIT + rb"{16}")


def redacted(content: bytes) -> bytes:
    """The content with every key in it masked, whatever its letter case, percent-encoded ones too."""
    return _KEY.sub(lambda found: masked(unquote(found[0].decode())).encode(), content)


def without_keys(text: str) -> str:
    """The same of a text."""
    return redacted(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
