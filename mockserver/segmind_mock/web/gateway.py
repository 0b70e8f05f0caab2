"""The front of the server: a plain ASGI callable that finds an endpoint by its path and sends its answer.

It stands before Starlette, which serves the mock's own paths, because a look-up in a dispatcher of prefixes costs a
tenth of a route table and because everything that happens to an exchange happens in this one place.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from segmind_mock.backend import Backend
from segmind_mock.clock import stopwatch
from segmind_mock.control import Control
from segmind_mock.errors import ApiError, MethodNotAllowed, UnknownModel
from segmind_mock.operations import Operation
from segmind_mock.redaction import redacted
from segmind_mock.web import answers, explained
from segmind_mock.web.access import Access
from segmind_mock.web.answers import Answer, Scope, Send, send_plainly
from segmind_mock.web.call import Call
from segmind_mock.web.files import Files
from segmind_mock.web.reading import AT_ONCE, SOON, ClientGone, Reader, Receive
from segmind_mock.web.v1 import V1
from segmind_mock.web.v2 import V2
from segmind_mock.wire import WHOLE

if TYPE_CHECKING:
    from segmind_mock.web.happenings import Happening, Happenings

App = Callable[[Scope, Receive, Send], Awaitable[None]]
Read = Callable[[Call, str], Answer]
SlowRead = Callable[[Call, str], Awaitable[Answer]]
Write = Callable[[Call, Receive, str], Awaitable[Answer]]

_READS = frozenset({"GET", "HEAD"})
_OWN = frozenset({"/", "/openapi.json", "/_mock"})
_OPEN = ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*"))
_log = logging.getLogger("segmind_mock")


class _Endpoint(NamedTuple):
    """What stands behind an operation: one of three ways to answer."""

    operation: Operation
    name: str
    """The operation's, as a plain text: it is hashed on every request."""
    read: Read | None = None
    slow_read: SlowRead | None = None
    write: Write | None = None


class Gateway:
    """The ASGI app of a mock; `own` answers the paths that are the mock's and not the service's."""

    def __init__(
        self,
        backend: Backend,
        access: Access,
        reader: Reader,
        *,
        v1: V1,
        v2: V2,
        files: Files,
        happenings: Callable[[], Happenings],
        own: App,
        close: Callable[[], None],
        control: Control,
        token: str = "",
    ) -> None:
        self.backend = backend
        self.control = control
        self.token = token
        """What the control plane asks for; empty where it asks for nothing."""
        self.close = close
        self._keyring = backend.keyring
        self._access = access
        self._reader = reader
        self._status = _Endpoint(Operation.STATUS, Operation.STATUS.value, read=v2.status)
        self._result = _Endpoint(Operation.RESULT, Operation.RESULT.value, slow_read=v2.result)
        self._submit = _Endpoint(Operation.SUBMIT, Operation.SUBMIT.value, write=v2.submit)
        self._poll = _Endpoint(Operation.POLL, Operation.POLL.value, slow_read=v2.poll)
        self._generate = _Endpoint(Operation.GENERATE, Operation.GENERATE.value, write=v1.generate)
        self._credits = _Endpoint(Operation.CREDITS, Operation.CREDITS.value, read=v1.credits)
        self._file = _Endpoint(Operation.FILE, Operation.FILE.value, slow_read=files.get)
        self._other = _Endpoint(Operation.OTHER, Operation.OTHER.value)
        self._files = files
        self._make_happenings = happenings
        self._own = own
        self._cors = backend.config.quirks["cors"] == "open"
        self._explains = backend.config.explain == "on"
        self._order = count(1)
        self._real = backend.real.now
        self._talks = _log.isEnabledFor(logging.DEBUG)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else "/"
        endpoint, argument = self._endpoint(path)
        if endpoint is None:
            await self._own(scope, receive, send)
            return
        headers = dict(scope["headers"])
        world = self._keyring.by_key.get(headers.get(b"x-api-key", b""))
        if endpoint is self._file:
            world = self._files.owner(path)
        elif world is None:
            world = self._access.caller(headers)
        call = Call(scope, headers, world, world.clock.now(), self._real())
        began = stopwatch() if self._talks else 0.0
        if not world.plain or b"prefer" in headers:
            await self._happen(call, endpoint, argument, receive, send, began)
            return
        answer = self._at_once(call, endpoint, argument)
        ended = call.now
        if answer is None:
            answer = await self._in_time(call, endpoint, argument, receive)
            if answer is None:
                return
            ended = world.clock.now()
        if call.notes is not None and self._explains:
            answer.headers.extend(explained.headers_of(call.notes))
        self._record(call, endpoint.name, argument, answer, ended)
        whole = scope["extensions"].get(WHOLE) if "extensions" in scope else None
        if whole is None or not whole(answer.status, answer.headers, answer.body):
            await send_plainly(answer, send)
        if self._talks:
            _talk(call, answer, began)

    async def _happen(
        self, call: Call, endpoint: _Endpoint, argument: str, receive: Receive, send: Send, began: float
    ) -> None:
        """The same for an exchange to which something may happen that the service itself does not do."""
        happenings = self._happenings
        happening: Happening | None = None
        own: Answer | None = None
        try:
            happening = await happenings.met(call, endpoint.operation, argument, receive)
            if happening.effects.is_worked:
                own = self._at_once(call, endpoint, argument)
                own = own or await self._in_time(call, endpoint, argument, receive)
                if own is None:
                    return
            else:
                await self._reader.soon(call, receive, SOON)
            answer = await happenings.answered(happening, own)
        except Exception:
            answer = _broken(call)
        if self._explains and call.notes is not None:
            answer.headers.extend(explained.headers_of(call.notes))
        self._record(call, endpoint.name, argument, answer, call.world.clock.now())
        if happening is None:
            await send_plainly(answer, send)
        else:
            await happenings.send(happening, answer, send)
        if self._talks:
            _talk(call, answer, began)

    @cached_property
    def _happenings(self) -> Happenings:
        """Made when something first happens: most servers start without what it loads."""
        return self._make_happenings()

    def _endpoint(self, path: str) -> tuple[_Endpoint | None, str]:
        """What stands behind a path, and its slug, request id or, for all others, the path; None: the mock's own."""
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
        if path in _OWN or path.startswith("/_mock/"):
            return None, path
        return (self._file if self._files.claims(path) else self._other), path

    def _at_once(self, call: Call, endpoint: _Endpoint, argument: str) -> Answer | None:
        """The service's own answer, where it waits for nothing; None where it does."""
        read = endpoint.read
        try:
            if read is not None and call.scope["method"] in _READS:
                answer: Answer | None = read(call, argument)
            else:
                answer = self._now(call, endpoint, argument)
        except ApiError as error:
            answer = self._refused(call, error)
        except Exception:
            answer = _broken(call)
        if self._cors and answer is not None:
            answer.headers.extend(_OPEN)
        return answer

    async def _in_time(self, call: Call, endpoint: _Endpoint, argument: str, receive: Receive) -> Answer | None:
        """The service's own answer, once there is one; None where there is nobody any more to answer."""
        try:
            if endpoint.write is not None:
                answer = await endpoint.write(call, receive, argument)
            else:
                assert endpoint.slow_read is not None
                answer = await endpoint.slow_read(call, argument)
        except ClientGone:
            self._record(call, endpoint.name, argument, Answer(0, [], b""), call.world.clock.now())
            return None
        except ApiError as error:
            answer = self._refused(call, error)
            await self._reader.soon(call, receive, AT_ONCE)
        except Exception:
            answer = _broken(call)
        if self._cors:
            answer.headers.extend(_OPEN)
        return answer

    def _now(self, call: Call, endpoint: _Endpoint, argument: str) -> Answer | None:
        """The answer of an endpoint that waits for nothing, or to a wrong verb; None for all others."""
        method = call.scope["method"]
        if endpoint.write is not None:
            return None if method == "POST" else self._wrong_method(method, "POST")
        if endpoint is self._other:
            return _nowhere(call)
        if method not in _READS:
            return self._wrong_method(method, "GET, HEAD")
        return None

    def _wrong_method(self, method: str, allowed: str) -> Answer:
        if method != "OPTIONS" or not self._cors:
            raise MethodNotAllowed(allowed)
        permitted = [
            (b"access-control-allow-methods", allowed.encode()),
            (b"access-control-allow-headers", b"*"),
            (b"access-control-max-age", b"600"),
        ]
        return Answer(204, permitted, b"")

    def _refused(self, call: Call, error: ApiError) -> Answer:
        call.note_refusal(error)
        if isinstance(error, UnknownModel):
            call.note_quirk("unknown_model")
            if call.world.quirks["unknown_model"] == "text":
                return answers.text(404, error.text.encode())
        return answers.of_error(error)

    def _record(self, call: Call, operation: str, argument: str, answer: Answer, ended: int) -> None:
        scope, journal = call.scope, call.world.journal
        journal.record(
            (
                next(self._order),
                call.now,
                call.real,
                operation,
                argument,
                scope["method"],
                scope["path"],
                scope["query_string"],
                journal.shared(operation, scope["headers"]),
                call.body,
                answer.status,
                answer.headers,
                answer.body,
                call.notes,
                ended,
            )
        )


def _broken(call: Call) -> Answer:
    _log.exception("%s broke this mock; please report it", _line(call))
    return answers.of_error(ApiError("Internal server error"))


def _talk(call: Call, answer: Answer, began: float) -> None:
    took = (stopwatch() - began) * 1e3
    _log.debug("%s %d in %.1f ms", _line(call), answer.status, took)


def _line(call: Call) -> str:
    """Method and path, for the log; a key in it is masked."""
    path = redacted(call.scope["path"].encode("utf-8", "surrogatepass"))
    return f"{call.scope['method']} {path.decode('utf-8', 'replace')}"


def _nowhere(call: Call) -> Answer:
    """What a path that is no endpoint at all is answered (quirk `unknown_path`)."""
    call.note_quirk("unknown_path")
    text = f"There is no endpoint {call.scope['path'][:200]} here; / says what there is."
    refusal = ApiError(text)
    refusal.status = int(call.world.quirks["unknown_path"])
    return answers.of_error(refusal)
