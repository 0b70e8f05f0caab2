"""What a client library writes to its connection, read as requests."""

from __future__ import annotations

from contextlib import suppress

import httptools

from segmind_mock.inprocess.script import Asked
from segmind_mock.web.answers import Header


class Inbox:
    """Takes the bytes of one connection; each request is handed out once it is whole."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._parser = httptools.HttpRequestParser(self)
        self._whole: list[Asked] = []
        self.on_message_begin()

    def feed(self, data: bytes | memoryview) -> list[Asked]:
        """The requests that became whole with these bytes. Raises `httptools.HttpParserError` for what is no HTTP."""
        with suppress(httptools.HttpParserUpgrade):  # to something that is not spoken here; what was asked is answered
            self._parser.feed_data(data)
        whole, self._whole = self._whole, []
        return whole

    # --- What the parser calls ----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        self._target = b""
        self._headers: list[Header] = []
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        """A piece of its target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """It is whole."""
        method = self._parser.get_method().decode()
        self._whole.append(Asked(method, self._scheme, _path_of(self._target), self._headers, b"".join(self._body)))


def _path_of(target: bytes) -> bytes:
    """Path and query of what stood in the request line, where it can be an address with host and fragment too."""
    if target.startswith(b"/") and b"#" not in target:
        return target
    try:
        parts = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        return target
    path: bytes = parts.path or b"/"
    return path + b"?" + parts.query if parts.query else path
