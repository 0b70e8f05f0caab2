"""The control plane, under `/_mock`: what a test or a person does to the server, as small JSON calls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from segmind_mock import __version__
from segmind_mock.clock import a_turn
from segmind_mock.control import Control, Refused
from segmind_mock.errors import ApiError
from segmind_mock.patterns import PatternError
from segmind_mock.redaction import redacted
from segmind_mock.scenarios import library
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.scenarios.reading import read
from segmind_mock.web.answers import Scope
from segmind_mock.web.guard import Denied, Guard
from segmind_mock.web.instructions import Instructions, Wrong, shown, unknown_keys
from segmind_mock.web.journals import HAR, archive, is_har, limit_of, listed, pattern_of

if TYPE_CHECKING:
    from segmind_mock.exchanges import Exchange
    from segmind_mock.scenarios.scenario import Scenario
    from segmind_mock.world import World

LARGEST = 1 << 20
"""Bytes of the largest body."""

_MOST_PROBLEMS = 50
_AT_ONCE = 500
"""Exchanges that are read before others have their turn."""
_NAME = re.compile(rb"\s*[A-Za-z0-9][A-Za-z0-9-]{0,99}\s*")


class Told(NamedTuple):
    """What a call is answered: JSON, or bytes that are written already, with no key in them."""

    content: object
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] | None = None


_CONTRADICTION = "account is one in the body and another one in the query; name one of them"

Verb = Callable[[Request], Awaitable[Told]]
_Table = Mapping[str, Mapping[str, Verb]]


class Controls:
    """The calls of the control plane."""

    def __init__(self, control: Control, guard: Guard) -> None:
        self._control = control
        self._backend = control.backend
        self._guard = guard
        self._models = frozenset(control.backend.entries)

    def routes(self) -> list[Route]:
        """Each path with its methods; every other path below `/_mock` is a 404 that says what there is."""
        table: _Table = {
            "/_mock/health": {"GET": self.health},
            "/_mock/state": {"GET": self.state},
            "/_mock/reset": {"POST": self.reset},
            "/_mock/clock": {"GET": self.clock, "POST": self.steer},
            "/_mock/accounts/{key}": {"GET": self.account, "PUT": self.change},
            "/_mock/scenarios": {"GET": self.scenarios},
            "/_mock/scenario": {"GET": self.scenario, "PUT": self.play, "DELETE": self.stop},
            "/_mock/journal": {"GET": self.journal, "DELETE": self.clear},
            "/_mock/verify": {"POST": self.verify},
        }
        known = ", ".join(f"{' '.join(verbs)} {path}" for path, verbs in table.items())

        async def calls(_: Request) -> Told:
            return Told({"calls": [*_calls(table)]})

        return [
            *(Route(path, _Call(self._guard, verbs, is_open=path == "/_mock/health")) for path, verbs in table.items()),
            Route("/_mock", _Call(self._guard, {"GET": calls})),
            Route("/_mock/{rest:path}", _Call(self._guard, {}, known=known)),
        ]

    # --- Calls -----------------------------------------------------------------------------------

    async def health(self, _: Request) -> Told:
        """The version, the seed and the models; it answers once the server is ready."""
        seed = self._backend.randomness.seed
        return Told({"status": "ready", "version": __version__, "seed": seed, "models": sorted(self._models)})

    async def state(self, _: Request) -> Told:
        """The clock, the accounts and what plays."""
        return Told(self._control.state())

    async def reset(self, request: Request) -> Told:
        """Begin anew, everywhere or in one account."""
        asked = await _instructions(request, "account")
        key = _meant(request, asked)
        asked.check()
        self._control.reset(key)
        return Told({"reset": "everything" if key is None else "account"})

    async def clock(self, request: Request) -> Told:
        """What the clock shows, of the server or of `?account=KEY`."""
        return Told(self._control.told_clock(_account(request)))

    async def steer(self, request: Request) -> Told:
        """Stop, run, speed up and advance a clock."""
        asked = await _instructions(request, "account", "advance", "freeze", "rate", "real")
        key, rate, seconds = _meant(request, asked), asked.rate(), asked.number("advance") or 0.0
        asked.check(self._control.faults_of_steering(key, rate, seconds))
        self._control.steer(key, rate, seconds)
        return Told(self._control.told_clock(key))

    async def account(self, request: Request) -> Told:
        """One account; looking at one does not make it."""
        return Told(self._control.told_account(request.path_params["key"]))

    async def change(self, request: Request) -> Told:
        """Change what an account has and may."""
        asked = await _instructions(request, "credits", "drain", "rpm", "status", "forbid", "retire", "quirks")
        key, change = request.path_params["key"], asked.change()
        asked.check(self._control.faults_of_change(key, change))
        world = self._control.world(key)
        self._control.change(world, change)
        return Told(self._control.account(world))

    async def scenarios(self, _: Request) -> Told:
        """The library."""
        return Told(await asyncio.to_thread(_library))

    async def scenario(self, request: Request) -> Told:
        """What plays, and how far it has come."""
        return Told(self._control.told_scenario(_account(request)))

    async def play(self, request: Request) -> Told:
        """Begin a scenario: a name of the library, or a whole one as JSON or YAML."""
        raw = await _raw(request)
        scenario, key = await asyncio.to_thread(self._wanted, raw, _account(request))
        self._control.play(scenario, key)
        return Told(self._control.told_scenario(key))

    async def stop(self, request: Request) -> Told:
        """End what plays."""
        asked = await _instructions(request, "account")
        key = _meant(request, asked)
        asked.check()
        return Told({"scenario": None, "ended": self._control.stop(key)})

    async def journal(self, request: Request) -> Told:
        """What was recorded, oldest first, narrowed by a pattern."""
        asked = dict(request.query_params)
        key = asked.pop("account", None)
        limit = limit_of(asked.pop("limit", None))
        as_har = is_har(asked.pop("format", None), request.headers.get("accept", ""))
        pattern = await asyncio.to_thread(pattern_of, asked)
        counted, written = self._control.recorded(key), await self._written(key)
        origin = self._backend.config.public_url or f"{request.scope['scheme']}://{request.headers.get('host', '')}"

        def told() -> bytes:
            found = self._control.looked_up(written, pattern)
            found = found[max(0, len(found) - limit) :] if limit is not None else found
            return archive(found, origin) if as_har else listed(found, counted)

        return Told(await asyncio.to_thread(told), media_type=HAR if as_har else "application/json")

    async def clear(self, request: Request) -> Told:
        """Forget what was recorded."""
        asked = await _instructions(request, "account")
        key = _meant(request, asked)
        asked.check()
        self._control.clear_journal(key)
        return Told({"cleared": True})

    async def verify(self, request: Request) -> Told:
        """Whether what was recorded is as demanded: 200, or 422 with what came closest."""
        demand = dict((await _instructions(request)).values)
        key = _account(request)
        if key is not None and demand.setdefault("account", key) != key:
            raise Wrong([_CONTRADICTION])
        named = demand.get("account", demand.get("key"))
        key = named if isinstance(named, str) else None
        dropped, written = self._control.recorded(key)["dropped"], await self._written(key)
        judged = self._control.judged
        verdict = await asyncio.to_thread(lambda: judged(demand, self._control.looked_up(written), dropped))
        return Told(verdict.told(), 200 if verdict.holds else 422)

    # --- How a call is made ------------------------------------------------------------------------

    async def _written(self, key: str | None) -> list[tuple[World, Exchange]]:
        """What the journals hold, read a piece at a time: others have their turn in between."""
        written = []
        for one in self._control.written(key):
            written.append(one)
            if not len(written) % _AT_ONCE:
                await a_turn()
        return written

    def _wanted(self, raw: bytes, key: str | None) -> tuple[Scenario, str | None]:
        """The scenario that a body names or holds, ready to be played, and the account it is for."""
        if not raw.strip():
            raise Wrong(["the body is empty; allowed: the name of a scenario, or a whole one as JSON or YAML"])
        try:
            body: Any = raw.strip().decode() if _NAME.fullmatch(raw) else orjson.loads(raw)
        except orjson.JSONDecodeError:
            body = None  # YAML, or what is told by its reader
        whole: str | bytes | dict[str, Any] = raw
        if isinstance(body, dict) and "rules" not in body:
            body, key = _wrapped(body, key)
            whole = body if isinstance(body, dict) else raw
        try:
            scenario = library.load(body) if isinstance(body, str) else read(whole, models=self._models)
        except ScenarioError as error:
            raise Wrong([*map(str, error.problems), *_hints(raw, body)]) from None
        _ = scenario.index  # compiled here, off the event loop
        return scenario, key


class _Call:
    """The ASGI app of one path: lets in whom the guard lets in, and answers whatever goes wrong in JSON."""

    def __init__(self, guard: Guard, verbs: Mapping[str, Verb], *, known: str = "", is_open: bool = False) -> None:
        self._guard = guard
        self._verbs = verbs
        self._known = known
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        media_type = "application/json"
        headers = {"cache-control": "no-store"}
        try:
            self._guard.admit(request.headers, scheme=scope["scheme"], open_to_all=self._is_open)
            content, status, media_type, given = await self._verb(request)(request)
            headers.update(given or {})
        except HTTPException as error:
            status, content = error.status_code, _problem([error.detail])
            headers.update(error.headers or {})
        except Denied as denied:
            status, content = denied.status, _problem([str(denied)])
        except ApiError as error:
            status, content = error.status, _problem([error.text])
        except (Wrong, Refused, PatternError, ScenarioError) as error:
            status, content = 400, _problem([str(problem) for problem in error.problems])
        except ClientDisconnect:
            return
        readable = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        body = content if isinstance(content, bytes) else redacted(orjson.dumps(content, option=readable))
        response = Response(body, status, headers, media_type)
        await response(scope, receive, send)

    def _verb(self, request: Request) -> Verb:
        if not self._verbs:
            raise HTTPException(404, f"There is no {request.scope['path'][:100]}; there is: {self._known}")
        verb = self._verbs.get("GET" if request.method == "HEAD" else request.method)
        if verb is None:
            allowed = ", ".join([*self._verbs, *(["HEAD"] if "GET" in self._verbs else [])])
            raise HTTPException(
                405, f"{request.method[:20]} is not allowed here; allowed: {allowed}", {"allow": allowed}
            )
        return verb


def _problem(problems: list[str]) -> dict[str, object]:
    """The body of an error: a text, and every fault by itself where there are several."""
    told = problems[:_MOST_PROBLEMS]
    if len(problems) > len(told):
        told.append(f"and {len(problems) - len(told)} more")
    body: dict[str, object] = {"error": "; ".join(told)}
    return {**body, "problems": told} if len(told) > 1 else body


async def _raw(request: Request) -> bytes:
    """The body. Raises `HTTPException` 413, after which the connection is closed, for one that is too large."""
    declared = request.headers.get("content-length", "0")
    raw = bytearray()
    if len(declared) <= 18 and declared.isdecimal() and int(declared) <= LARGEST:
        async for piece in request.stream():
            raw += piece
            if len(raw) > LARGEST:
                break
        else:
            return bytes(raw)
    text = f"The body is larger than the control plane's bound of {LARGEST} bytes."
    raise HTTPException(413, text, {"connection": "close"})


async def _instructions(request: Request, *allowed: str) -> Instructions:
    return Instructions.of(await _raw(request), allowed)


def _account(request: Request) -> str | None:
    """The account that the query names. Raises `Wrong` for a query with anything else in it."""
    problems = unknown_keys(dict(request.query_params), ("account",))
    if problems:
        raise Wrong(problems)
    return request.query_params.get("account")


def _meant(request: Request, asked: Instructions) -> str | None:
    """The account that the body or the query names. Raises `Wrong` where they name two."""
    named, key = asked.key(), _account(request)
    if named is not None and key is not None and named != key:
        raise Wrong([_CONTRADICTION])
    return key if named is None else named


def _calls(table: _Table) -> Iterator[dict[str, str]]:
    """Every call there is, and what it is for."""
    for path, verbs in table.items():
        for method, verb in verbs.items():
            yield {"call": f"{method} {path}", "does": (verb.__doc__ or "").partition("\n")[0]}


def _hints(raw: bytes, body: object) -> Iterator[str]:
    """What may have gone wrong before the body was sent."""
    if isinstance(body, str) and ("/" in body or body.endswith((".yaml", ".yml", ".json"))):
        yield "a file is on your side: send its text (curl -T FILE), not its name"
    elif body is None and b"\n" not in raw and raw.count(b": ") > 1:
        yield "the whole body is one line; with curl send a file by -T or --data-binary, for -d takes out its line ends"


def _wrapped(body: Mapping[str, Any], key: str | None) -> tuple[str | dict[str, Any], str | None]:
    """The scenario inside of an object that names an account too."""
    if key is not None and body.get("account", key) != key:
        raise Wrong([_CONTRADICTION])
    asked = Instructions({"account": key, **body})
    asked.problems += unknown_keys(body, ("scenario", "account"))
    scenario = body.get("scenario")
    if not isinstance(scenario, str | dict):
        asked.problems.append(f"scenario is {shown(scenario)}; allowed: a name, or a whole scenario with its rules")
    key = asked.key()
    asked.check()
    assert isinstance(scenario, str | dict)
    return scenario, key


def _library() -> dict[str, object]:
    return {"scenarios": [{"scenario": name, "teaches": library.load(name).teaches} for name in library.names()]}
