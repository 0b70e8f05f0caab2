"""v2: submit, status and result; and the older poll of v1 (wire-facts c, d, e)."""

from __future__ import annotations

from collections.abc import Callable

from segmind_mock.accounts import MICRO
from segmind_mock.backend import Backend, Found
from segmind_mock.errors import Forbidden, NotFound
from segmind_mock.jobs import State, state
from segmind_mock.web import answers, bodies
from segmind_mock.web.access import Access
from segmind_mock.web.answers import Answer
from segmind_mock.web.call import Call
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
        self._keyless = backend.config.quirks["status_key"] == "optional"

    async def submit(self, call: Call, receive: Receive, slug: str) -> Answer:
        """`POST /v2/{slug}`: queue a job."""
        self._access.admit(call)
        found, origin = await self._intake.take(call, receive, slug, blocking=False)
        request_id = self._backend.request_id(found)
        answer = answers.json(200, bodies.submitted(origin, request_id))
        return self._dressed(answer, found.world, request_id)

    def status(self, call: Call, request_id: str) -> Answer:
        """`GET /v2/requests/{id}/status`: the state and its metrics, never the output."""
        found = self._found(call, request_id, NotFound.request)
        return self._dressed(self._state(call, found, request_id), found.world, request_id)

    async def result(self, call: Call, request_id: str) -> Answer:
        """`GET /v2/requests/{id}`: the output, or the failure."""
        found = self._found(call, request_id, NotFound.request)
        return self._dressed(await self._outcome(call, found, request_id), found.world, request_id)

    async def poll(self, call: Call, request_id: str) -> Answer:
        """`GET /v1/requests/{id}`: the older poll; its 404 has words of its own."""
        found = self._found(call, request_id, NotFound.output)
        if found.world.quirks["v1_poll"] == "result":
            return await self._outcome(call, found, request_id)
        return self._state(call, found, request_id)

    def _found(self, call: Call, request_id: str, missing: Callable[[str], NotFound]) -> Found:
        """The caller's job of that id. Raises `missing(request_id)`, whatever the reason, or as quirks say."""
        if self._keyless and b"x-api-key" not in call.headers:
            return self._anybodys(call, request_id, missing)
        self._access.admit(call)
        world = call.world
        quirks = world.quirks
        if quirks["polls_count"] == "yes":
            self._access.count(call)
        found = self._backend.find(world, request_id, call.now)
        if found is not None:
            return found
        if quirks["foreign_request"] == "403" and self._backend.find_anywhere(request_id):
            refusal = Forbidden("Forbidden. The request belongs to another account.")
            refusal.quirk = "foreign_request=403"
            raise refusal
        raise missing(request_id[:100])

    def _anybodys(self, call: Call, request_id: str, missing: Callable[[str], NotFound]) -> Found:
        anywhere = self._backend.find_anywhere(request_id)
        if anywhere is None:
            raise missing(request_id[:100])
        call.world, call.now = anywhere.world, anywhere.world.clock.now()
        return anywhere

    def _state(self, call: Call, found: Found, request_id: str) -> Answer:
        world, _, job, _ = found
        reached = state(job, call.now)
        if reached is State.FAILED:
            return self._failure(found, request_id)
        origin = self._access.origin(call.scope, call.headers)
        if reached is State.COMPLETED:
            balance = self._backend.balance_after(world, job, call.now)
            body = bodies.completed(origin, request_id, job, balance, urls=world.quirks["completed_urls"] == "keep")
        else:
            body = bodies.pending(origin, request_id, reached)
        return answers.json(200, body)

    async def _outcome(self, call: Call, found: Found, request_id: str) -> Answer:
        world, _, job, _ = found
        reached = state(job, call.now)
        if reached is State.FAILED:
            return self._failure(found, request_id)
        if reached is not State.COMPLETED:
            return self._too_early(call, request_id, reached)
        finished = self._backend.finished(found)
        urls = self._files.urls(found, finished, self._access.origin(call.scope, call.headers))
        balance = self._backend.balance_after(world, job, call.now)
        files = await self._files.described(found, finished, urls)
        timed = world.quirks["timings_key"] == "inference"
        return answers.json(200, bodies.result(request_id, job, finished, files, balance, timed=timed))

    def _too_early(self, call: Call, request_id: str, reached: State) -> Answer:
        call.note_quirk("early_result")
        early = call.world.quirks["early_result"]
        if early == "404":
            raise NotFound.request(request_id)
        status = 202 if early == "202" else 200
        origin = self._access.origin(call.scope, call.headers)
        return answers.json(status, bodies.pending(origin, request_id, reached))

    def _failure(self, found: Found, request_id: str) -> Answer:
        error = self._backend.finished(found).error or ""
        shown = request_id if found.world.quirks["failed_request_id"] == "keep" else None
        return answers.json(422, bodies.failed(error, found.job, shown))

    def _dressed(self, answer: Answer, world: World, request_id: str) -> Answer:
        """With the headers that v1 has, where the quirk `v2_headers` wants them."""
        if world.quirks["v2_headers"] == "on":
            now = world.clock.now()
            balance = world.ledger.balance(now)
            answer.headers.extend(
                [
                    (b"x-request-id", request_id.encode()),
                    (b"x-remaining-credits", str(balance / MICRO).encode()),
                    self._access.reset_header(world, now),
                ]
            )
        return answer
