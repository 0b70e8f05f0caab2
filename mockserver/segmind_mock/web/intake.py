"""How a generation comes in, on either surface: counted, read, and given its place in the queue."""

from __future__ import annotations

from segmind_mock.backend import Backend, Found
from segmind_mock.errors import ApiError
from segmind_mock.render.picture import NOTHING
from segmind_mock.web.access import Access
from segmind_mock.web.call import Call
from segmind_mock.web.inputs import Inputs
from segmind_mock.web.reading import Reader, Receive


class Intake:
    """Takes requests for a backend."""

    def __init__(self, backend: Backend, access: Access, reader: Reader, inputs: Inputs) -> None:
        self._backend = backend
        self._access = access
        self._inputs = inputs
        self._reader = reader

    async def take(self, call: Call, receive: Receive, slug: str, *, blocking: bool) -> tuple[Found, str]:
        """The job of a request, and the origin under which its caller sees this server. Raises `ApiError`."""
        world = call.world
        counted = self._access.count(call)
        try:
            # Before anything is queued or charged, because a Host that is none is refused.
            origin = self._access.origin(call.scope, call.headers)
            entry, parameters, raw = await self._reader.request(call, receive, slug)
            text = parameters.get(entry.input_from)
            given = NOTHING
            if type(text) is str and self._inputs.is_at_hand(text, origin):
                given = await self._inputs.look(text, origin, lenient=world.quirks["unreadable_input"] == "stand-in")
            found = self._backend.accept(
                world, entry, parameters, blocking=blocking, raw=raw, given=given, plan=call.plan
            )
        except ApiError:
            if world.quirks["refusals_count"] == "no":
                world.window.give_back(counted)
            raise
        call.job = found.job.number + 1
        if found.refusal is not None:
            call.note_refusal(found.refusal)
        return found, origin
