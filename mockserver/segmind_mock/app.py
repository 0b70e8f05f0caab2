"""The mock as one ASGI app: put together here, served anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segmind_mock.backend import Backend
from segmind_mock.clock import Clock, SystemClock
from segmind_mock.config import Config
from segmind_mock.control import Control
from segmind_mock.pictures import Gallery
from segmind_mock.randomness import Randomness, secret
from segmind_mock.stores.held import MemoryInputs
from segmind_mock.stores.memory import MemoryPayloads
from segmind_mock.web.access import Access
from segmind_mock.web.files import Files
from segmind_mock.web.gateway import Gateway
from segmind_mock.web.guard import is_loopback
from segmind_mock.web.inputs import Inputs
from segmind_mock.web.intake import Intake
from segmind_mock.web.rare import Rare
from segmind_mock.web.reading import Reader
from segmind_mock.web.v1 import V1
from segmind_mock.web.v2 import V2
from segmind_spec import Catalog

if TYPE_CHECKING:
    from segmind_mock.scenarios.scenario import Scenario
    from segmind_mock.web.happenings import Happenings


def create_app(
    config: Config | None = None,
    *,
    catalog: Catalog | None = None,
    clock: Clock | None = None,
    threads: bool = True,
) -> Gateway:
    """A mock of its own: nothing is shared between two apps. Without `threads` it makes pictures where it is called.

    Raises `SpecError` for a bad `spec` folder, `ScenarioError` for a scenario that cannot be used.
    """
    config = config or Config()
    catalog = catalog or Catalog.load([Path(folder) for folder in config.spec])
    backend = _backend(config, catalog, clock or SystemClock())
    # Half for pictures, which equal calls share, and half for files, each with its own provenance.
    room = config.picture_cache // 2
    gallery = Gallery(room, backend.held_input, threads=threads)
    access = Access(backend)
    files = Files(backend, gallery, room)
    reader = Reader(backend)
    intake = Intake(backend, access, reader, Inputs(backend, gallery, files))
    control = Control(backend)
    control.when_reset(files.forget)
    token = _token(config)
    return Gateway(
        backend,
        access,
        reader,
        v1=V1(backend, access, intake, files),
        v2=V2(backend, access, intake, files),
        files=files,
        happenings=lambda: _happenings(control, access, reader, files),
        own=Rare(control, access, gallery, token),
        control=control,
        token=token,
        close=gallery.close,
    )


def _backend(config: Config, catalog: Catalog, clock: Clock) -> Backend:
    return Backend(
        config,
        catalog,
        clock=clock,
        randomness=Randomness(config.seed),
        payloads=MemoryPayloads(),
        inputs=MemoryInputs(config.input_room),
        scenario=_scenario(config, catalog),
    )


def _happenings(control: Control, access: Access, reader: Reader, files: Files) -> Happenings:
    from segmind_mock.web.happenings import Happenings

    return Happenings(control, access, reader, files)


def _token(config: Config) -> str:
    """The token that the control plane asks for: the setting's; drawn, where more than this machine is listened to."""
    if config.token or is_loopback(config.host):
        return config.token
    return secret()


def _scenario(config: Config, catalog: Catalog) -> Scenario | None:
    if not config.scenario:
        return None
    from segmind_mock.scenarios.library import find

    return find(config.scenario)
