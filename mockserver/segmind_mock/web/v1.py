"""v1: the call that blocks and answers a picture; and the balance (wire-facts b, h)."""

from __future__ import annotations

import orjson

from segmind_mock.accounts import MICRO
from segmind_mock.backend import Backend, Found
from segmind_mock.errors import ApiError, BadRequest, GatewayTimeout, ServerError
from segmind_mock.jobs import Outcome
from segmind_mock.results import Finished
from segmind_mock.web import answers, bodies
from segmind_mock.web.access import Access, Headers
from segmind_mock.web.answers import Answer, Header, Scope
from segmind_mock.web.files import Files
from segmind_mock.web.intake import Intake
from segmind_mock.web.reading import Receive
from segmind_mock.world import World


class V1:
    """The synchronous surface."""

    def __init__(self, backend: Backend, access: Access, intake: Intake, files: Files) -> None:
        self._backend = backend
        self._access = access
        self._intake = intake
        self._files = files
        quirks = backend.config.quirks
        self._quirks = quirks
        self._error_headers = quirks["v1_error_headers"] == "on"

    async def generate(self, scope: Scope, headers: Headers, receive: Receive, slug: str) -> Answer:
        """`POST /v1/{slug}`: run a model and answer what it made."""
        world = self._access.world(headers)
        try:
            found, origin = await self._intake.take(world, scope, headers, receive, slug, blocking=True)
            await self._backend.clock.sleep_until(found.job.ended)
            finished = self._backend.finished(found)
            self._refuse_failure(found, finished)
        except ApiError as error:
            if self._error_headers:
                error.headers += self._standing(world)
            raise
        answer = await self._made(world, found, finished, origin)
        answer.headers.extend(self._account_headers(world, found, finished))
        return answer

    def credits(self, scope: Scope, headers: Headers, _: str) -> Answer:
        """`GET /v1/get-user-credits`: the balance; it runs nothing and costs nothing."""
        world = self._access.world(headers)
        return answers.json(200, bodies.credits(world.ledger.balance(self._backend.clock.now())))

    def _refuse_failure(self, found: Found, finished: Finished) -> None:
        if finished.error is None:
            return
        outcome = found.job.outcome
        if outcome == Outcome.TIMED_OUT and self._quirks["v1_gives_up"] == "500":
            raise ServerError("Internal Polling Error")
        if outcome == Outcome.TIMED_OUT:
            raise GatewayTimeout(finished.error, page=self._quirks["gateway_page"] == "html")
        if outcome == Outcome.BLOCKED and self._quirks["v1_blocked"] == "400":
            raise BadRequest(finished.error)
        raise ServerError(finished.error)

    async def _made(self, world: World, found: Found, finished: Finished, origin: str) -> Answer:
        parameters, pictures = finished.parameters, finished.pictures
        as_list = len(pictures) > 1 and self._quirks["v1_samples"] == "list"
        returns_json = self._backend.model_of(found.job).returns == "json"
        if returns_json or (self._quirks["v1_picture"] == "json" and parameters.get("base64") is not True):
            url = self._files.urls(world, found, finished, origin)[0]
            return answers.json(200, orjson.dumps({self._quirks["json_key"]: url}))
        if parameters.get("base64") is True or as_list:
            made = [await self._files.made(found, finished, index) for index in range(len(pictures))]
            full, pretty = self._quirks["base64_keys"] == "full", self._quirks["base64_layout"] == "pretty"
            return answers.json(200, bodies.base64_json(made, found.job, full=full, pretty=pretty))
        content = await self._files.made(found, finished, 0)
        kind = (b"content-type", pictures[0].format.media_type.encode())
        return Answer(200, [kind, (b"content-length", b"%d" % len(content))], content)

    def _account_headers(self, world: World, found: Found, finished: Finished) -> list[Header]:
        job, now = found.job, self._backend.clock.now()
        balance = self._backend.balance_after(world, job, now)
        told = [
            (b"x-cost", str(job.cost / MICRO)),
            (b"x-generation-time", str((job.ended - job.started) / 1000)),
            (b"x-remaining-credits", str(balance / MICRO)),
            (b"x-request-id", self._backend.request_id(found.handle)),
        ]
        if finished.seed is not None:
            told.append((b"x-seed-value", str(finished.seed)))
        if self._quirks["output_metadata"] == "on":
            first = finished.pictures[0]
            told.append((b"x-output-metadata", f'{{"height": {first.height}, "width": {first.width}}}'))
        return [*((name, value.encode()) for name, value in told), self._access.reset_header(now)]

    def _standing(self, world: World) -> tuple[tuple[str, str], ...]:
        """The account's headers, for an error that carries them."""
        now = self._backend.clock.now()
        name, value = self._access.reset_header(now)
        return ("x-remaining-credits", str(world.ledger.balance(now) / MICRO)), (name.decode(), value.decode())
