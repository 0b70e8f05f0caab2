"""The paths that are the mock's own: the page at `/`, the contract, the control plane. Served by Starlette."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from segmind_mock import __version__
from segmind_mock.clock import a_turn
from segmind_mock.control import Control
from segmind_mock.errors import BadRequest
from segmind_mock.pictures import Gallery
from segmind_mock.web.access import Access
from segmind_mock.web.answers import Scope
from segmind_mock.web.front import front_page
from segmind_spec import bundle

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response


class Rare:
    """An ASGI app that is put together when it is first needed: Starlette takes as long to load as all the rest."""

    def __init__(self, control: Control, access: Access, gallery: Gallery, token: str) -> None:
        self._control = control
        self._token = token
        self._backend = control.backend
        self._access = access
        self._gallery = gallery
        self._app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if self._app is None:
            self._app = self._built()
        await a_turn()  # what waits is given a task, which Starlette's helpers count upon
        await self._app(scope, receive, send)

    def document(self, origin: str) -> dict[str, Any]:
        """The contract of everything loaded, as this server keeps it."""
        quirks = self._backend.config.quirks
        return bundle(
            self._backend.catalog,
            server_url=origin,
            version=__version__,
            lenient=quirks["lenient"] == "on",
            validate_at_submit=quirks["v2_validation"] != "run",
        )

    def _built(self) -> Starlette:
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.responses import HTMLResponse, JSONResponse
        from starlette.routing import Route

        async def openapi(request: Request) -> Response:
            return JSONResponse(self.document(self._origin(request)))

        async def front(request: Request) -> Response:
            return HTMLResponse(front_page(self._backend.catalog, self._origin(request)))

        from segmind_mock.web.controls import Controls
        from segmind_mock.web.guard import Guard

        async def refused(_: Request, error: Exception) -> Response:
            return JSONResponse({"error": str(error)}, BadRequest.status)

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            self._gallery.close()

        async def told(_: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)

        controls = Controls(self._control, Guard(self._backend.config, self._token))
        return Starlette(
            routes=[Route("/", front), Route("/openapi.json", openapi), *controls.routes()],
            exception_handlers={BadRequest: refused, HTTPException: told},
            lifespan=lifespan,
        )

    def _origin(self, request: Request) -> str:
        return self._access.origin(request.scope, dict(request.scope["headers"]))
