"""The mock as one ASGI app: put together here, served anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from segmind_mock import __version__
from segmind_mock.backend import Backend
from segmind_mock.clock import Clock, SystemClock
from segmind_mock.config import Config
from segmind_mock.errors import ApiError
from segmind_mock.pictures import Gallery
from segmind_mock.randomness import Randomness
from segmind_mock.stores.memory import MemoryPayloads
from segmind_mock.web import answers
from segmind_mock.web.access import Access
from segmind_mock.web.files import Files
from segmind_mock.web.front import front_page
from segmind_mock.web.gateway import Gateway
from segmind_mock.web.reading import Reader
from segmind_mock.web.v1 import V1
from segmind_mock.web.v2 import V2
from segmind_spec import Catalog, bundle


def create_app(config: Config | None = None, *, catalog: Catalog | None = None, clock: Clock | None = None) -> Gateway:
    """A mock of its own: nothing is shared between two apps. Raises `SpecError` for a bad `spec` folder."""
    config = config or Config()
    backend = Backend(
        config,
        catalog or Catalog.load([Path(folder) for folder in config.spec]),
        clock=clock or SystemClock(),
        randomness=Randomness(config.seed),
        payloads=MemoryPayloads(),
    )
    gallery = Gallery(config.picture_cache)
    access = Access(backend)
    reader = Reader(backend)
    files = Files(backend, gallery)
    return Gateway(
        backend,
        v1=V1(backend, access, reader, files, gallery),
        v2=V2(backend, access, reader, files),
        files=files,
        rare=_rare(backend, access, gallery),
        unknown_as_text=config.quirks["unknown_model"] == "text",
        cors=config.quirks["cors"] == "open",
    )


def _rare(backend: Backend, access: Access, gallery: Gallery) -> Starlette:
    async def openapi(request: Request) -> Response:
        origin = access.origin(dict(request.scope), dict(request.scope["headers"]))
        return JSONResponse(document(backend, origin))

    async def front(request: Request) -> Response:
        origin = access.origin(dict(request.scope), dict(request.scope["headers"]))
        return Response(front_page(backend.catalog, origin), media_type="text/html")

    async def unknown(request: Request, _: Exception) -> Response:
        text = f"There is no endpoint {request.url.path[:200]} here; / says what there is."
        return JSONResponse({"error": text}, int(backend.config.quirks["unknown_path"]))

    async def refused(_: Request, error: Exception) -> Response:
        answer = answers.of_error(error if isinstance(error, ApiError) else ApiError("Internal server error"))
        return Response(answer.body, answer.status, media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        gallery.close()

    return Starlette(
        routes=[Route("/", front), Route("/openapi.json", openapi)],
        exception_handlers={404: unknown, ApiError: refused},
        lifespan=lifespan,
    )


def document(backend: Backend, origin: str) -> dict[str, object]:
    """The contract of everything loaded, as this server keeps it."""
    quirks = backend.config.quirks
    return bundle(
        backend.catalog,
        server_url=origin,
        version=__version__,
        lenient=quirks["lenient"] == "on",
        validate_at_submit=quirks["v2_validation"] != "run",
    )
