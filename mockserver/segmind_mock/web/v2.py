"""v2: submit, status and result; and the older poll of v1 (wire-facts c, d, e)."""

from __future__ import annotations

from collections.abc import Callable

from segmind_mock.accounts import MICRO
from segmind_mock.backend import Backend, Found
from segmind_mock.errors import Forbidden, NotFound
from segmind_mock.jobs import Job, State, state
from segmind_mock.web import answers, bodies
from segmind_mock.web.access import Access, Headers
from segmind_mock.web.answers import Answer, Scope
from segmind_mock.web.files import Files
from segmind_mock.web.intake import Intake
from segmind_mock.web.reading import Receive
from segmind_mock.world import World


class V2:
    """The queue as clients see it."""

    def __init__(self, backend: Backend, access: Access, intake: Intake, files: Files) -> None:
        self._backend = backend
        self._access = access
        self._intake = intake
        self._files = files
        quirks = backend.config.quirks
        self._urls_when_done = quirks["completed_urls"] == "keep"
        self._id_when_failed = quirks["failed_request_id"] == "keep"
        self._polls_count = quirks["polls_count"] == "yes"
        self._early = quirks["early_result"]
        self._poll_result = quirks["v1_poll"] == "result"
        self._headers = quirks["v2_headers"] == "on"
        self._keyless = quirks["status_key"] == "optional"
        self._foreign_403 = quirks["foreign_request"] == "403"
        self._timed = quirks["timings_key"] == "inference"

    async def submit(self, scope: Scope, headers: Headers, receive: Receive, slug: str) -> Answer:
        """`POST /v2/{slug}`: queue a job."""
        world = self._access.world(headers)
        found, origin = await self._intake.take(world, scope, headers, receive, slug, blocking=False)
        request_id = self._backend.request_id(found.handle)
        answer = answers.json(200, bodies.submitted(origin, request_id))
        return self._dressed(answer, world, request_id)

    def status(self, scope: Scope, headers: Headers, request_id: str) -> Answer:
        """`GET /v2/requests/{id}/status`: the state and its metrics, never the output."""
        now = self._backend.clock.now()
        world, found = self._found(headers, request_id, now, NotFound.request)
        answer = self._state(scope, headers, world, found.job, request_id, now)
        return self._dressed(answer, world, request_id)

    async def result(self, scope: Scope, headers: Headers, request_id: str) -> Answer:
        """`GET /v2/requests/{id}`: the output, or the failure."""
        now = self._backend.clock.now()
        world, found = self._found(headers, request_id, now, NotFound.request)
        answer = await self._outcome(scope, headers, world, found, request_id, now)
        return self._dressed(answer, world, request_id)

    async def poll(self, scope: Scope, headers: Headers, request_id: str) -> Answer:
        """`GET /v1/requests/{id}`: the older poll; its 404 has words of its own."""
        now = self._backend.clock.now()
        world, found = self._found(headers, request_id, now, NotFound.output)
        if self._poll_result:
            return await self._outcome(scope, headers, world, found, request_id, now)
        return self._state(scope, headers, world, found.job, request_id, now)

    def _found(
        self, headers: Headers, request_id: str, now: int, missing: Callable[[str], NotFound]
    ) -> tuple[World, Found]:
        """The caller's job of that id. Raises `missing(request_id)`, whatever the reason, or as quirks say."""
        if self._keyless and b"x-api-key" not in headers:
            return self._anybodys(request_id, now, missing)
        world = self._access.world(headers)
        if self._polls_count:
            self._access.count(world)
        found = self._backend.find(world, request_id, now)
        if found is not None:
            return world, found
        if self._foreign_403 and self._backend.find_anywhere(request_id, now):
            raise Forbidden("Forbidden. The request belongs to another account.")
        raise missing(request_id[:100])

    def _anybodys(self, request_id: str, now: int, missing: Callable[[str], NotFound]) -> tuple[World, Found]:
        anywhere = self._backend.find_anywhere(request_id, now)
        if anywhere is None:
            raise missing(request_id[:100])
        return anywhere

    def _state(self, scope: Scope, headers: Headers, world: World, job: Job, request_id: str, now: int) -> Answer:
        reached = state(job, now)
        if reached is State.FAILED:
            return self._failure(job, request_id)
        origin = self._access.origin(scope, headers)
        if reached is State.COMPLETED:
            balance = self._backend.balance_after(world, job, now)
            body = bodies.completed(origin, request_id, job, balance, urls=self._urls_when_done)
        else:
            body = bodies.pending(origin, request_id, reached)
        return answers.json(200, body)

    async def _outcome(
        self, scope: Scope, headers: Headers, world: World, found: Found, request_id: str, now: int
    ) -> Answer:
        job = found.job
        reached = state(job, now)
        if reached is State.FAILED:
            return self._failure(job, request_id)
        if reached is not State.COMPLETED:
            return self._too_early(scope, headers, request_id, reached)
        finished = self._backend.finished(found)
        urls = self._files.urls(world, found, finished, self._access.origin(scope, headers))
        files = await self._files.described(found, finished, urls)
        balance = self._backend.balance_after(world, job, now)
        return answers.json(200, bodies.result(request_id, job, finished, files, balance, timed=self._timed))

    def _too_early(self, scope: Scope, headers: Headers, request_id: str, reached: State) -> Answer:
        if self._early == "404":
            raise NotFound.request(request_id)
        status = 202 if self._early == "202" else 200
        origin = self._access.origin(scope, headers)
        return answers.json(status, bodies.pending(origin, request_id, reached))

    def _failure(self, job: Job, request_id: str) -> Answer:
        error = self._backend.finished(Found(0, job)).error or ""
        shown = request_id if self._id_when_failed else None
        return answers.json(422, bodies.failed(error, job, shown))

    def _dressed(self, answer: Answer, world: World, request_id: str) -> Answer:
        """With the headers that v1 has, where the quirk `v2_headers` wants them."""
        if self._headers:
            now = self._backend.clock.now()
            balance = world.ledger.balance(now)
            answer.headers.extend(
                [
                    (b"x-request-id", request_id.encode()),
                    (b"x-remaining-credits", str(balance / MICRO).encode()),
                    self._access.reset_header(now),
                ]
            )
        return answer
