"""The mock as one ASGI app: put together here, served anywhere."""

from __future__ import annotations

from pathlib import Path

from segmind_mock.backend import Backend
from segmind_mock.clock import Clock, SystemClock
from segmind_mock.config import Config
from segmind_mock.pictures import Gallery
from segmind_mock.randomness import Randomness
from segmind_mock.stores.held import MemoryInputs
from segmind_mock.stores.memory import MemoryPayloads
from segmind_mock.web.access import Access
from segmind_mock.web.files import Files
from segmind_mock.web.gateway import Gateway
from segmind_mock.web.inputs import Inputs
from segmind_mock.web.intake import Intake
from segmind_mock.web.rare import Rare
from segmind_mock.web.v1 import V1
from segmind_mock.web.v2 import V2
from segmind_spec import Catalog


def create_app(config: Config | None = None, *, catalog: Catalog | None = None, clock: Clock | None = None) -> Gateway:
    """A mock of its own: nothing is shared between two apps. Raises `SpecError` for a bad `spec` folder."""
    config = config or Config()
    backend = Backend(
        config,
        catalog or Catalog.load([Path(folder) for folder in config.spec]),
        clock=clock or SystemClock(),
        randomness=Randomness(config.seed),
        payloads=MemoryPayloads(),
        inputs=MemoryInputs(config.input_room),
    )
    # Half for pictures, which equal calls share, and half for files, each with its own provenance.
    room = config.picture_cache // 2
    gallery = Gallery(room, backend.inputs.read)
    access = Access(backend)
    files = Files(backend, gallery, room)
    intake = Intake(backend, access, Inputs(backend, gallery, files))
    return Gateway(
        backend,
        v1=V1(backend, access, intake, files),
        v2=V2(backend, access, intake, files),
        files=files,
        rare=Rare(backend, access, gallery),
        close=gallery.close,
        unknown_as_text=config.quirks["unknown_model"] == "text",
        cors=config.quirks["cors"] == "open",
    )
