"""v1: the call that blocks and answers a picture; and the balance (wire-facts b, h)."""

from __future__ import annotations

import asyncio

import orjson

from segmind_mock.accounts import MICRO
from segmind_mock.backend import Backend, Found
from segmind_mock.errors import ApiError, BadRequest, GatewayTimeout, ServerError
from segmind_mock.jobs import Outcome
from segmind_mock.results import Finished
from segmind_mock.web import answers, bodies
from segmind_mock.web.access import Access
from segmind_mock.web.answers import Answer, Header
from segmind_mock.web.call import Call
from segmind_mock.web.files import Files
from segmind_mock.web.intake import Intake
from segmind_mock.web.reading import ClientGone, Receive
from segmind_mock.world import World


class V1:
    """The synchronous surface."""

    def __init__(self, backend: Backend, access: Access, intake: Intake, files: Files) -> None:
        self._backend = backend
        self._access = access
        self._intake = intake
        self._files = files

    async def generate(self, call: Call, receive: Receive, slug: str) -> Answer:
        """`POST /v1/{slug}`: run a model and answer what it made."""
        self._access.admit(call)
        try:
            found, origin = await self._intake.take(call, receive, slug, blocking=True)
            # Decided already; once the call has been held its record may be gone.
            finished = self._backend.finished(found)
            await self._hold(found, receive)
            self._refuse_failure(found, finished)
        except ApiError as error:
            if call.world.quirks["v1_error_headers"] == "on":
                error.headers += self._standing(call.world)
            raise
        answer = await self._made(call, found, finished, origin)
        answer.headers.extend(self._account_headers(found, finished))
        return answer

    def credits(self, call: Call, _: str) -> Answer:
        """`GET /v1/get-user-credits`: the balance; it runs nothing and costs nothing."""
        self._access.admit(call)
        return answers.json(200, bodies.credits(call.world.ledger.balance(call.now)))

    async def _hold(self, found: Found, receive: Receive) -> None:
        """Return when the job has ended. Raises `GatewayTimeout` if its account has before, `ClientGone`."""
        world, ended = found.world, found.job.ended
        if not world.closed and world.clock.now() < ended:
            gone = asyncio.get_running_loop().create_task(_hung_up(receive))
            try:
                await world.sleep_until(ended, unless=gone)
                if gone.done():
                    gone.result()
                    raise ClientGone
            finally:
                gone.cancel()
        if world.closed:
            why = "This mock was stopped" if self._backend.keyring.ended else "This account was reset"
            raise GatewayTimeout(f"{why} while the call was held.")

    def _refuse_failure(self, found: Found, finished: Finished) -> None:
        if finished.error is None:
            return
        outcome, quirks = found.job.outcome, found.world.quirks
        refusal: ApiError = ServerError(finished.error)
        if outcome == Outcome.TIMED_OUT:
            page = quirks["gateway_page"] == "html"
            gives_up = quirks["v1_gives_up"] == "504"
            refusal = GatewayTimeout(finished.error, page=page) if gives_up else ServerError("Internal Polling Error")
            refusal.quirk = f"v1_gives_up={quirks['v1_gives_up']}"
        elif outcome == Outcome.BLOCKED:
            refusal = BadRequest(finished.error) if quirks["v1_blocked"] == "400" else refusal
            refusal.quirk = f"v1_blocked={quirks['v1_blocked']}"
        raise refusal

    async def _made(self, call: Call, found: Found, finished: Finished, origin: str) -> Answer:
        parameters, pictures, quirks = finished.parameters, finished.pictures, call.world.quirks
        several = len(pictures) > 1 and parameters.get("base64") is not True
        returns_json = self._backend.model_of(found.job).returns == "json"
        if returns_json or (quirks["v1_picture"] == "json" and parameters.get("base64") is not True):
            call.note_quirk("json_key" if returns_json else "v1_picture")
            url = self._files.urls(found, finished, origin)[0]
            return answers.json(200, orjson.dumps({quirks["json_key"]: url}))
        if several:
            call.note_quirk("v1_samples")
        if parameters.get("base64") is True or (several and quirks["v1_samples"] == "list"):
            made = [await self._files.made(found, finished, index) for index in range(len(pictures))]
            full, pretty = quirks["base64_keys"] == "full", quirks["base64_layout"] == "pretty"
            return answers.json(200, bodies.base64_json(made, found.job, full=full, pretty=pretty))
        content = await self._files.made(found, finished, 0)
        kind = (b"content-type", pictures[0].format.media_type.encode())
        return Answer(200, [kind, (b"content-length", b"%d" % len(content))], content)

    def _account_headers(self, found: Found, finished: Finished) -> list[Header]:
        world, job = found.world, found.job
        now = world.clock.now()
        balance = self._backend.balance_after(world, job, now)
        told = [
            (b"x-cost", str(job.cost / MICRO)),
            (b"x-generation-time", str((job.ended - job.started) / 1000)),
            (b"x-remaining-credits", str(balance / MICRO)),
            (b"x-request-id", self._backend.request_id(found)),
        ]
        if finished.seed is not None:
            told.append((b"x-seed-value", str(finished.seed)))
        if world.quirks["output_metadata"] == "on":
            first = finished.pictures[0]
            told.append((b"x-output-metadata", f'{{"height": {first.height}, "width": {first.width}}}'))
        return [*((name, value.encode()) for name, value in told), self._access.reset_header(world, now)]

    def _standing(self, world: World) -> tuple[tuple[str, str], ...]:
        """The account's headers, for an error that carries them."""
        now = world.clock.now()
        name, value = self._access.reset_header(world, now)
        return ("x-remaining-credits", str(world.ledger.balance(now) / MICRO)), (name.decode(), value.decode())


async def _hung_up(receive: Receive) -> None:
    """Return when the client, whose request is read, is no longer there; never, where the server tells it not."""
    message = await receive()
    if message["type"] != "http.disconnect":
        await asyncio.get_running_loop().create_future()
