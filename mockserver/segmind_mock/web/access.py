"""Who is calling, whether they call too often, and under which origin they see this server."""

from __future__ import annotations

import re

from segmind_mock import rate_limit
from segmind_mock.backend import Backend
from segmind_mock.errors import ApiError, BadRequest, RateLimited, Unauthorized
from segmind_mock.web.answers import Header, Scope
from segmind_mock.web.call import Call, Headers
from segmind_mock.world import World

_HOST = re.compile(rb"[A-Za-z0-9._~\[\]:-]{1,255}")
_ORIGINS_KEPT = 1024


class Access:
    """The credentials and limits of a server's callers."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._keyring = backend.keyring
        self._public = backend.config.public_url.rstrip("/")
        self._origins: dict[tuple[str, bytes], str] = {}

    def caller(self, headers: Headers) -> World:
        """The caller's world; nobody's for a request without a key that is accepted."""
        try:
            return self._world(headers)
        except ApiError:
            return self._keyring.nobody

    def admit(self, call: Call) -> None:
        """Raises `Unauthorized` in one of its two variants (wire-facts a) for a caller whose key is not accepted."""
        if call.world.refused:
            raise self._refusal(call)

    def _refusal(self, call: Call) -> ApiError:
        if call.world is not self._keyring.nobody:
            return Unauthorized.refused()
        try:
            self._world(call.headers)
        except ApiError as error:
            return error
        return Unauthorized.refused()

    def _world(self, headers: Headers) -> World:
        key = headers.get(b"x-api-key")
        if key is not None:
            return self._keyring.open(key)
        value = headers.get(b"authorization")
        if value is None:
            raise Unauthorized.missing()
        scheme, _, token = value.partition(b" ")
        if scheme.lower() != b"bearer":
            raise Unauthorized.refused()
        return self._of_bearer(token.strip())

    def _of_bearer(self, token: bytes) -> World:
        known = self._keyring.by_key.get(token)
        readings = self._backend.config.quirks if known is None else known.quirks
        if readings["bearer"] != "accept":
            refusal = Unauthorized.refused()
            refusal.quirk = "bearer=refuse"
            raise refusal
        return self._keyring.open(token)

    def count(self, call: Call) -> int:
        """Count the request towards the caller's rate; the instant of the count. Raises `RateLimited`."""
        world = call.world
        limit = world.rpm
        if not limit:
            return 0
        now = world.clock.now()
        if not world.window.take(now, limit):
            name, value = self.reset_header(world, now)
            raise RateLimited("Too many requests", ((name.decode(), value.decode()),))
        return now

    def reset_header(self, world: World, now: int) -> Header:
        """When the present rate window ends (quirk `reset_format`)."""
        text = rate_limit.written(rate_limit.reset_at(now), world.quirks["reset_format"])
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
