"""Gateway: a path finds its endpoint, a method its answer, and whatever breaks is answered all the same."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from segmind_mock.errors import BadRequest, NotFound, UnknownModel
from segmind_mock.web import answers
from segmind_mock.web.answers import Answer
from segmind_mock.web.gateway import Gateway
from segmind_mock.web.reading import ClientGone


class Surface:
    """Stands for v1, v2 and the files: every endpoint answers its own name, or raises what it is told to."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        waits = name in {"submit", "generate", "result", "poll", "get"}

        def at_once(*arguments: Any) -> Answer:
            if self.error is not None:
                raise self.error
            return answers.text(200, f"{name} {arguments[-1]}".encode())

        async def later(*arguments: Any) -> Answer:
            return at_once(*arguments)

        return later if waits else at_once

    def claims(self, path: str) -> bool:
        """What lies under /files/ is a file."""
        return path.startswith("/files/")


class Seen(list[dict[str, Any]]):
    """What was sent."""

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The headers of the answer."""
        return dict(self[0]["headers"])

    @property
    def text(self) -> str:
        """The body of the answer."""
        return b"".join(message["body"] for message in self[1:]).decode()


def ask(
    path: str, method: str = "GET", *, kind: str = "http", error: BaseException | None = None, **options: bool
) -> Seen:
    """One exchange with a gateway before surfaces that only say who was asked."""
    surface, seen = Surface(error), Seen()

    async def rare(scope: Any, receive: Any, send: Any) -> None:
        seen.append({"type": "rare", "status": 0, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        seen.append(message)

    async def receive() -> None:
        raise AssertionError("nobody reads")

    stand_in: Any = surface
    settings = {"unknown_as_text": False, "cors": False} | options
    gateway = Gateway(stand_in, v1=stand_in, v2=stand_in, files=stand_in, rare=rare, close=lambda: None, **settings)
    scope = {"type": kind, "method": method, "path": path, "headers": []}
    asyncio.run(gateway(scope, receive, send))
    return seen


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v2/a-model", "submit a-model"),
        ("POST", "/v2/", "submit "),
        ("POST", "/v2/a/b", "submit a/b"),
        ("POST", "/v2/requests", "submit requests"),
        ("GET", "/v2/requests/r/status", "status r"),
        ("HEAD", "/v2/requests/r/status", "status r"),
        ("GET", "/v2/requests/a/b/status", "status a/b"),
        ("GET", "/v2/requests/status", "result status"),
        ("GET", "/v2/requests//status", "status "),
        ("GET", "/v2/requests/r", "result r"),
        ("GET", "/v2/requests/r/", "result r/"),
        ("GET", "/v2/requests/", "result "),
        ("POST", "/v1/a-model", "generate a-model"),
        ("GET", "/v1/requests/r", "poll r"),
        ("GET", "/v1/get-user-credits", "credits "),
        ("POST", "/v1/get-user-credits/", "generate get-user-credits/"),
        ("GET", "/files/x.png", "get /files/x.png"),
    ],
)
def test_paths(method: str, path: str, expected: str) -> None:
    """A path finds its endpoint, which is told the part of it that is its own."""
    assert ask(path, method).text == expected


@pytest.mark.parametrize("path", ["/", "/v1", "/v2", "/v3/x", "", "*", "/V2/x", "//v2/x", "/openapi.json"])
def test_other_paths(path: str) -> None:
    """A path that is not the service's is somebody else's."""
    assert ask(path)[0]["type"] == "rare"


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_scopes(kind: str) -> None:
    """What is no HTTP is somebody else's too."""
    assert ask("/v1/x", kind=kind)[0]["type"] == "rare"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v2/a-model", b"POST"),
        ("HEAD", "/v1/a-model", b"POST"),
        ("DELETE", "/v1/a-model", b"POST"),
        ("POST", "/v2/requests/r/status", b"GET, HEAD"),
        ("PUT", "/v2/requests/r", b"GET, HEAD"),
        ("OPTIONS", "/v1/requests/r", b"GET, HEAD"),
        ("POST", "/v1/get-user-credits", b"GET, HEAD"),
        ("post", "/v2/a-model", b"POST"),
        ("DELETE", "/files/x", b"GET, HEAD"),
    ],
)
def test_wrong_methods(method: str, path: str, allowed: bytes) -> None:
    """A wrong method is a page that names the right ones, and asks nobody."""
    seen = ask(path, method, error=AssertionError("nobody was to be asked"))
    assert (seen.status, seen.headers[b"allow"]) == (405, allowed)
    assert seen.headers[b"content-type"] == b"text/html; charset=utf-8"


ENDPOINTS = pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v2/m"), ("GET", "/v2/requests/r"), ("GET", "/v2/requests/r/status"), ("GET", "/files/x")],
)


@ENDPOINTS
def test_an_error(method: str, path: str) -> None:
    """An error of the service is its answer."""
    seen = ask(path, method, error=BadRequest("why"))
    assert (seen.status, seen.text) == (400, '{"error":"why"}')


@ENDPOINTS
def test_a_bug(method: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """A bug is a 500 that tells nothing, and its traceback is in the log."""
    seen = ask(path, method, error=ZeroDivisionError("secret"))
    assert (seen.status, seen.text) == (500, '{"error":"Internal server error"}')
    assert f"{method} {path} broke this mock" in caplog.text
    assert "ZeroDivisionError: secret" in caplog.text


def test_a_client_that_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is sent to a client that hung up, and nothing is said about it."""
    assert ask("/v2/m", "POST", error=ClientGone()) == []
    assert caplog.text == ""


def test_a_task_that_is_cancelled() -> None:
    """A request that is broken off is not answered."""
    with pytest.raises(asyncio.CancelledError):
        ask("/v2/m", "POST", error=asyncio.CancelledError())


@pytest.mark.parametrize(("as_text", "expected"), [(True, "no m"), (False, '{"error":"no m"}')])
def test_unknown_model(as_text: bool, expected: str) -> None:
    """An unknown model is told in plain text where that is wanted; any other 404 is JSON all the same."""
    assert ask("/v2/m", "POST", error=UnknownModel("no m"), unknown_as_text=as_text).text == expected
    assert ask("/v2/m", "POST", error=NotFound("no r"), unknown_as_text=as_text).text == '{"error":"no r"}'


def test_one_message_of_each_kind() -> None:
    """An answer is one start and one body."""
    assert [message["type"] for message in ask("/v1/get-user-credits")] == ["http.response.start", "http.response.body"]


def test_cors() -> None:
    """Open to every page, an answer says so, an error too; otherwise none does."""
    for error in (None, BadRequest("why")):
        opened = ask("/v2/m", "POST", error=error, cors=True).headers
        assert opened[b"access-control-allow-origin"] == b"*"
        assert b"access-control-allow-origin" not in ask("/v2/m", "POST", error=error).headers


def test_preflight() -> None:
    """A browser that asks first is told what it may do."""
    seen = ask("/v2/m", "OPTIONS", cors=True)
    assert (seen.status, seen.text) == (204, "")
    assert seen.headers[b"access-control-allow-methods"] == b"POST"
    assert seen.headers[b"access-control-allow-origin"] == b"*"


def test_a_line_for_each_request(caplog: pytest.LogCaptureFixture) -> None:
    """At the level debug each exchange is a line with its status and time; above it there is none."""
    caplog.set_level(logging.INFO, "segmind_mock")
    ask("/v1/get-user-credits")
    assert caplog.messages == []
    caplog.set_level(logging.DEBUG, "segmind_mock")
    ask("/v1/get-user-credits")
    (line,) = caplog.messages
    assert line.startswith("GET /v1/get-user-credits 200 in ")
