"""The front of the server: a plain ASGI callable that finds an endpoint by its path and sends its answer.

It stands before Starlette, which serves the rare paths, because a look-up in a dispatcher of prefixes costs a
tenth of a route table and because everything that happens to an exchange happens in this one place.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from segmind_mock.backend import Backend
from segmind_mock.clock import stopwatch
from segmind_mock.errors import ApiError, MethodNotAllowed, UnknownModel
from segmind_mock.web import answers
from segmind_mock.web.access import Headers
from segmind_mock.web.answers import Answer, Scope
from segmind_mock.web.files import Files
from segmind_mock.web.reading import ClientGone, Receive
from segmind_mock.web.v1 import V1
from segmind_mock.web.v2 import V2

Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Read = Callable[[Scope, Headers, str], Answer]
SlowRead = Callable[[Scope, Headers, str], Awaitable[Answer]]
Write = Callable[[Scope, Headers, Receive, str], Awaitable[Answer]]

_READS = frozenset({"GET", "HEAD"})
_log = logging.getLogger("segmind_mock")


class _Endpoint(NamedTuple):
    """What stands behind a path: one of three ways to answer."""

    read: Read | None = None
    slow_read: SlowRead | None = None
    write: Write | None = None


class Gateway:
    """The ASGI app of a mock; `rare` answers every path that is not the service's."""

    def __init__(
        self,
        backend: Backend,
        *,
        v1: V1,
        v2: V2,
        files: Files,
        rare: App,
        close: Callable[[], None],
        unknown_as_text: bool,
        cors: bool,
    ) -> None:
        self.backend = backend
        self.close = close
        self._status = _Endpoint(read=v2.status)
        self._result = _Endpoint(slow_read=v2.result)
        self._submit = _Endpoint(write=v2.submit)
        self._poll = _Endpoint(slow_read=v2.poll)
        self._generate = _Endpoint(write=v1.generate)
        self._credits = _Endpoint(read=v1.credits)
        self._file = _Endpoint(slow_read=files.get)
        self._claims = files.claims
        self._rare = rare
        self._unknown_as_text = unknown_as_text
        self._cors = cors
        self._talks = _log.isEnabledFor(logging.DEBUG)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._rare(scope, receive, send)
            return
        endpoint, argument = self._endpoint(scope["path"])
        if endpoint is None:
            await self._rare(scope, receive, send)
            return
        began = stopwatch() if self._talks else 0.0
        try:
            answer = self._now(scope, endpoint, argument)
            if answer is None:
                answer = await self._later(scope, receive, endpoint, argument)
        except ClientGone:
            return
        except ApiError as error:
            answer = self._error(error)
        except Exception:
            _log.exception("%s %s broke this mock; please report it", scope["method"], scope["path"])
            answer = answers.of_error(ApiError("Internal server error"))
        if self._cors:
            answer.headers.append((b"access-control-allow-origin", b"*"))
            answer.headers.append((b"access-control-expose-headers", b"*"))
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})
        if self._talks:
            took = (stopwatch() - began) * 1e3
            _log.debug("%s %s %d in %.1f ms", scope["method"], scope["path"], answer.status, took)

    def _endpoint(self, path: str) -> tuple[_Endpoint | None, str]:
        if path.startswith("/v2/"):
            if not path.startswith("requests/", 4):
                return self._submit, path[4:]
            if path.endswith("/status", 13):
                return self._status, path[13:-7]
            return self._result, path[13:]
        if path.startswith("/v1/"):
            if path.startswith("requests/", 4):
                return self._poll, path[13:]
            if path == "/v1/get-user-credits":
                return self._credits, ""
            return self._generate, path[4:]
        return (self._file, path) if self._claims(path) else (None, path)

    def _now(self, scope: Scope, endpoint: _Endpoint, argument: str) -> Answer | None:
        """The answer of an endpoint that waits for nothing, or to a wrong verb; None for all others."""
        method = scope["method"]
        if endpoint.write is not None:
            return None if method == "POST" else self._wrong_method(method, "POST")
        if method not in _READS:
            return self._wrong_method(method, "GET, HEAD")
        return endpoint.read(scope, dict(scope["headers"]), argument) if endpoint.read is not None else None

    def _later(self, scope: Scope, receive: Receive, endpoint: _Endpoint, argument: str) -> Awaitable[Answer]:
        headers: Headers = dict(scope["headers"])
        if endpoint.write is not None:
            return endpoint.write(scope, headers, receive, argument)
        assert endpoint.slow_read is not None
        return endpoint.slow_read(scope, headers, argument)

    def _wrong_method(self, method: str, allowed: str) -> Answer:
        if method != "OPTIONS" or not self._cors:
            raise MethodNotAllowed(allowed)
        permitted = [
            (b"access-control-allow-methods", allowed.encode()),
            (b"access-control-allow-headers", b"*"),
            (b"access-control-max-age", b"600"),
        ]
        return Answer(204, permitted, b"")

    def _error(self, error: ApiError) -> Answer:
        if self._unknown_as_text and isinstance(error, UnknownModel):
            return answers.text(404, error.text.encode())
        return answers.of_error(error)
