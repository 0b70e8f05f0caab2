"""Gateway: a path finds its endpoint, a method its answer, and whatever breaks is answered all the same."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from segmind_mock.config import Config
from segmind_mock.control import Control
from segmind_mock.errors import BadRequest, NotFound, UnknownModel
from segmind_mock.exchanges import size_of
from segmind_mock.quirks import Quirks
from segmind_mock.web import answers
from segmind_mock.web.access import Access
from segmind_mock.web.answers import Answer
from segmind_mock.web.gateway import Gateway
from segmind_mock.web.reading import ClientGone, Reader
from tests.worlds import KEY, OTHER_KEY, START, backend, mock, printed_call


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
    path: str, method: str = "GET", *, kind: str = "http", error: BaseException | None = None, **quirks: str
) -> Seen:
    """One exchange with a gateway before surfaces that only say who was asked."""
    surface, seen = Surface(error), Seen()

    async def own(scope: Any, receive: Any, send: Any) -> None:
        seen.append({"type": "own", "status": 0, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        seen.append(message)

    async def receive() -> None:
        raise AssertionError("nobody reads")

    behind = backend(Config(quirks=Quirks(quirks)))
    stand_in: Any = surface
    stand_in.owner = lambda _: behind.keyring.nobody
    gateway = Gateway(
        behind,
        Access(behind),
        Reader(behind),
        v1=stand_in,
        v2=stand_in,
        files=stand_in,
        happenings=lambda: stand_in,
        own=own,
        close=lambda: None,
        control=Control(behind),
    )
    scope = {"type": kind, "method": method, "path": path, "headers": [], "query_string": b""}
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


@pytest.mark.parametrize("path", ["/", "/openapi.json", "/_mock", "/_mock/", "/_mock/x/y"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_own_paths(method: str, path: str) -> None:
    """A path of the mock's own is somebody else's."""
    assert ask(path, method)[0]["type"] == "own"


@pytest.mark.parametrize("path", ["/v1", "/v2", "/v3/x", "", "*", "/V2/x", "//v2/x", "/_mocks", "/openapi.json/"])
@pytest.mark.parametrize(("reading", "status"), [("400", 400), ("404", 404)])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_other_paths(method: str, reading: str, status: int, path: str) -> None:
    """A path that is nothing is answered as the quirk has it, whatever the verb, and asks nobody."""
    seen = ask(path, method, error=AssertionError("nobody was to be asked"), unknown_path=reading)
    assert seen.status == status
    assert json.loads(seen.text) == {"error": f"There is no endpoint {path} here; / says what there is."}


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_scopes(kind: str) -> None:
    """What is no HTTP is somebody else's too."""
    assert ask("/v1/x", kind=kind)[0]["type"] == "own"


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


@pytest.mark.parametrize(("reading", "expected"), [("text", "no m"), ("json", '{"error":"no m"}')])
def test_unknown_model(reading: str, expected: str) -> None:
    """An unknown model is told in plain text where that is wanted; any other 404 is JSON all the same."""
    assert ask("/v2/m", "POST", error=UnknownModel("no m"), unknown_model=reading).text == expected
    assert ask("/v2/m", "POST", error=NotFound("no r"), unknown_model=reading).text == '{"error":"no r"}'


def test_one_message_of_each_kind() -> None:
    """An answer is one start and one body."""
    assert [message["type"] for message in ask("/v1/get-user-credits")] == ["http.response.start", "http.response.body"]


def test_cors() -> None:
    """Open to every page, an answer says so, an error too; otherwise none does."""
    for error in (None, BadRequest("why")):
        opened = ask("/v2/m", "POST", error=error, cors="open").headers
        assert opened[b"access-control-allow-origin"] == b"*"
        assert b"access-control-allow-origin" not in ask("/v2/m", "POST", error=error).headers


def test_preflight() -> None:
    """A browser that asks first is told what it may do."""
    seen = ask("/v2/m", "OPTIONS", cors="open")
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


def test_a_line_for_what_happens_too(caplog: pytest.LogCaptureFixture) -> None:
    """An exchange to which something happens has its line as well, with the status that the client is answered."""
    caplog.set_level(logging.DEBUG, "segmind_mock")
    mock().get("/v1/get-user-credits", headers={"prefer": "code=502"})
    (line,) = caplog.messages
    assert line.startswith("GET /v1/get-user-credits 502 in ")


# --- What is written down --------------------------------------------------------------------------------


def test_journals() -> None:
    """Each exchange is written down in its account, those without a key in nobody's, in one order over all."""
    here = mock()
    other = here.as_key(OTHER_KEY)
    for one, path in ((here, "/v1/get-user-credits"), (other, "/v1/get-user-credits"), (here, "/nothing")):
        one.get(path)
    here.get("/v1/get-user-credits", headers={"x-api-key": None})
    keyring = here.app.backend.keyring
    worlds = here.app.backend.world(KEY), here.app.backend.world(OTHER_KEY), keyring.nobody
    journals = [[*world.journal.exchanges(world.key)] for world in worlds]
    assert [[exchange.order for exchange in journal] for journal in journals] == [[1, 3], [2], [4]]
    first = journals[0][0]
    assert (first.operation, first.method, first.path) == ("credits", "GET", "/v1/get-user-credits")
    assert (first.status, first.at, first.real) == (200, START, START)


def test_a_file_is_its_owners() -> None:
    """A file is written down in the account whose file it is, though no key was sent; one of no owner in nobody's."""
    here = mock(timing="instant")
    url = here.result(here.submit()["request_id"]).json()["output"].removeprefix("http://mock.test")
    for path in (url, "/generations/0.png"):
        here.get(path, headers={"x-api-key": None})
    world, nobody = here.app.backend.world(KEY), here.app.backend.keyring.nobody
    assert [exchange.path for exchange in world.journal.exchanges(KEY)][-1] == url
    assert [exchange.path for exchange in nobody.journal.exchanges("")] == ["/generations/0.png"]


def test_a_refused_body_is_written_down() -> None:
    """The body of a request that was refused before it was read is in the journal all the same."""
    here = mock()
    for body in ({"a": 1}, {"a": "x" * 100_000}):
        assert here.post("/v2/sam-img2img", body, headers={"x-api-key": None}).status_code == 401
    short, long = here.app.control.exchanges(None)
    assert short.sent == b'{"a":1}'
    assert size_of(long.sent) > 100_000


def test_who_asks_first_is_not_read() -> None:
    """The body of who asks first whether to send it is not waited for: it was refused, and is never sent."""
    here = mock()
    answer = here.post("/v2/sam-img2img", {"a": 1}, headers={"x-api-key": None, "expect": "100-continue"})
    assert answer.status_code == 401
    (exchange,) = here.app.control.exchanges(None)
    assert exchange.record[9] == b""


def test_a_client_that_is_gone_is_written_down() -> None:
    """An exchange that came to no answer is in the journal with the status 0."""
    here = mock()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        raise AssertionError("nothing is to be sent")

    headers = [(b"x-api-key", KEY.encode()), (b"content-type", b"application/json"), (b"host", b"a")]
    scope = {"type": "http", "method": "POST", "path": "/v2/sam-img2img", "headers": headers, "query_string": b""}
    asyncio.run(here.app(scope | {"scheme": "http"}, receive, send))
    (exchange,) = here.app.control.exchanges(KEY)
    assert (exchange.record[10], exchange.status, exchange.operation) == (0, None, "submit")


# --- What an answer tells of itself --------------------------------------------------------------------------


@pytest.mark.parametrize(("setting", "told"), [("on", "unknown_model=json"), ("off", None)])
def test_explained(setting: str, told: str | None) -> None:
    """Where it is wanted an answer names the quirk that decided it; the journal knows it either way."""
    here = mock(explain=setting)
    assert here.post("/v2/none", {}).headers.get("x-mock-quirk") == told
    (exchange,) = here.app.control.exchanges(KEY)
    assert exchange.notes.quirks == ["unknown_model=json"]


def test_nothing_to_explain() -> None:
    """An answer that nothing decided but the service's own rules has no header of the mock's."""
    here = mock(timing="instant")
    request_id = here.submit()["request_id"]
    for answer in (here.status(request_id), here.result(request_id), here.get("/v1/get-user-credits")):
        assert not [name for name in answer.headers if name.startswith("x-mock")]


def test_the_quirks_of_an_account() -> None:
    """An unknown model is told as the account has it."""
    here = mock(quirks={"unknown_model": "text"})
    world = here.app.backend.world(KEY)
    world.read_as(here.app.backend.keyring.interpretation(Quirks()))
    assert here.post("/v2/none", {}).headers["content-type"] == "application/json"
    assert here.as_key(OTHER_KEY).post("/v2/none", {}).headers["content-type"] == "text/plain; charset=utf-8"


def test_how_long_it_took() -> None:
    """The journal knows how long a call was held, by its account's clock."""
    here = mock()
    here.post("/v1/sd1.5-img2img", printed_call("sd1.5-img2img") | {"prompt": "mock:slow=5"})
    here.get("/v1/get-user-credits")
    held, quick = here.app.control.exchanges(KEY)
    assert held.took >= 5
    assert quick.took == 0


def test_the_log_masks_keys(caplog: pytest.LogCaptureFixture) -> None:
    """A key in a path does not get into the log."""
    with caplog.at_level(logging.DEBUG, logger="segmind_mock"):
        mock().get(f"/somewhere/{KEY}")
    assert "SG_…cdef" in caplog.text
    assert KEY not in caplog.text
