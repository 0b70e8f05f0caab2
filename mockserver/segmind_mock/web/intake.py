"""How a generation comes in, on either surface: counted, read, and given its place in the queue."""

from __future__ import annotations

from segmind_mock.backend import Backend, Found
from segmind_mock.errors import ApiError
from segmind_mock.render.picture import NOTHING
from segmind_mock.web.access import Access, Headers
from segmind_mock.web.answers import Scope
from segmind_mock.web.inputs import Inputs
from segmind_mock.web.reading import Reader, Receive
from segmind_mock.world import World


class Intake:
    """Takes requests for a backend."""

    def __init__(self, backend: Backend, access: Access, inputs: Inputs) -> None:
        self._backend = backend
        self._access = access
        self._inputs = inputs
        self._reader = Reader(backend)
        self._refusals_count = backend.config.quirks["refusals_count"] == "yes"

    async def take(
        self, world: World, scope: Scope, headers: Headers, receive: Receive, slug: str, *, blocking: bool
    ) -> tuple[Found, str]:
        """The job of a request, and the origin under which its caller sees this server. Raises `ApiError`."""
        counted = self._access.count(world)
        try:
            # Before anything is queued or charged, because a Host that is none is refused.
            origin = self._access.origin(scope, headers)
            entry, parameters, raw = await self._reader.request(scope, headers, receive, slug)
            text = parameters.get(entry.input_from)
            given = NOTHING
            if type(text) is str and self._inputs.is_at_hand(text, origin):
                given = await self._inputs.look(text, origin)
            accept = self._backend.accept
            return accept(world, entry, parameters, blocking=blocking, raw=raw, given=given), origin
        except ApiError:
            if not self._refusals_count:
                world.window.give_back(counted)
            raise
