"""Who is calling, whether they call too often, and under which origin they see this server."""

from __future__ import annotations

import re
from collections.abc import Mapping

from segmind_mock import rate_limit
from segmind_mock.backend import Backend
from segmind_mock.errors import BadRequest, RateLimited, Unauthorized
from segmind_mock.web.answers import Header, Scope
from segmind_mock.world import World

Headers = Mapping[bytes, bytes]

_HOST = re.compile(rb"[A-Za-z0-9._~\[\]:-]{1,255}")
_ORIGINS_KEPT = 1024


class Access:
    """The credentials and limits of a server's callers."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._limited = backend.rpm > 0
        self._bearer = backend.config.quirks["bearer"] == "accept"
        self._reset_format = backend.config.quirks["reset_format"]
        self._public = backend.config.public_url.rstrip("/")
        self._origins: dict[tuple[str, bytes], str] = {}

    def world(self, headers: Headers) -> World:
        """The caller's world. Raises `Unauthorized` in one of its two variants (wire-facts a)."""
        key = headers.get(b"x-api-key")
        if key is None:
            key = self._from_authorization(headers)
        return self._backend.world(key.decode("latin-1"))

    def _from_authorization(self, headers: Headers) -> bytes:
        value = headers.get(b"authorization")
        if value is None:
            raise Unauthorized.missing()
        scheme, _, token = value.partition(b" ")
        if not self._bearer or scheme.lower() != b"bearer":
            raise Unauthorized.refused()
        return token.strip()

    def count(self, world: World) -> int:
        """Count the request towards the caller's rate; the instant of the count. Raises `RateLimited`."""
        if not self._limited:
            return 0
        now = self._backend.clock.now()
        if not self._backend.count(world, now):
            name, value = self.reset_header(now)
            raise RateLimited("Too many requests", ((name.decode(), value.decode()),))
        return now

    def reset_header(self, now: int) -> Header:
        """When the present rate window ends (quirk `reset_format`)."""
        text = rate_limit.written(rate_limit.reset_at(now), self._reset_format)
        return b"x-rate-limit-reset-at-utc", text.encode()

    def origin(self, scope: Scope, headers: Headers) -> str:
        """Where the caller reaches this server: the base of every URL in an answer."""
        if self._public:
            return self._public
        host = headers.get(b"host") or _listening(scope)
        known = (scope["scheme"], host)
        found = self._origins.get(known)
        if found is None:
            if not _HOST.fullmatch(host):
                raise BadRequest("The Host header is not a host name.")
            found = f"{scope['scheme']}://{host.decode()}"
            if len(self._origins) < _ORIGINS_KEPT:
                self._origins[known] = found
        return found


def _listening(scope: Scope) -> bytes:
    host, port = scope.get("server") or ("localhost", None)
    return f"{host}:{port}".encode() if port else str(host).encode()
