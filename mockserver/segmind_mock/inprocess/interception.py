"""`intercept`: within it, calls to the service are answered by a mock of its own, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TypeVar

from segmind_mock.app import create_app
from segmind_mock.clock import SystemClock
from segmind_mock.inprocess.given_key import GIVEN_KEY, KEY
from segmind_mock.inprocess.hosts import SERVICE_HOSTS, SWITCHBOARD, Reach
from segmind_mock.inprocess.options import catalog_of, check_switch, config_of, hosts_of, packages_of
from segmind_mock.inprocess.patching import PATCHES
from segmind_mock.inprocess.service import Service
from segmind_mock.inprocess.wrapping import wrapped
from segmind_mock.mock import Mock
from segmind_mock.virtual import standins
from segmind_mock.virtual.clock import VirtualClock

__all__ = ["KEY", "URL", "Interception", "intercept"]

URL = "https://api.segmind.com"
"""Where the mock is reached."""

Result = TypeVar("Result")
_COMING_OR_GOING = RLock()
"""Held while an interception begins or ends: what they do to the process, each does whole."""


class Interception:
    """Answer calls to Segmind's API in this process, by a mock of its own, with no socket and no waiting.

    ```python
    with intercept() as mock:
        segmind.run("sd1.5-img2img", image=IMAGE, prompt="a fox")
    mock.verify(operation="submit", count=1)
    ```

    It is a context manager, a decorator of functions and async functions (a parameter `mock` is given the mock), or
    has its `start()`, which returns the mock, and its `stop()`. It can be used again, each time with a fresh mock. All
    threads of the process are intercepted; of several interceptions the one that began last answers. Whatever was
    changed is as it was once the last of them has ended.

    Calls are caught on their way out of `httpx`, `httpx2`, `urllib3` (and `requests`), `http.client` (and
    `urllib.request`) and `aiohttp`, also where these are imported later. Calls to other hosts go on to the network.
    If `SEGMIND_API_KEY` is not set, it is set to a key that the mock takes; every other text is taken for a key too
    (quirk `key_shape`).

    - `block_network`: calls to other hosts raise `NetworkBlocked`, but for those to this machine (loopback).
    - `allow`: hosts that can be called all the same.
    - `hosts`: further hosts on which the mock answers, such as a gateway of one's own before the service.
    - `real_time`: clients really wait. Otherwise time is virtual: it stands still, and sleeping, polling and being
      held move it, so that a deadline of ten minutes takes milliseconds.
    - `code`: installed packages that are under test, by the names they are imported by: they live by virtual time from
      the start. Code that is not installed does so anyway, or is installed as editable; so do libraries that call the
      service, from their first call on.
    - `scenario`: what happens to the calls: the name of a scenario, the path of a file, or a scenario whole, as a
      mapping or as YAML of several lines.
    - `seed`: with the same seed, the same calls get the same ids, timings, bodies and pictures.
    - `timing`: how long jobs take: `brisk`, or another name of the setting.
    - `credits`: the balance that an account begins with.
    - `rpm`: requests per minute of a key; 0: no limit.
    - `quirks`: readings of what is in doubt about the service, by their names.
    - `settings`: every other setting of the server by its name, but for `host`, `port`, `token` and `log_level`,
      which mean nothing here.

    Raises `ConfigError`, which names everything that is wrong with the options. Starting raises `ScenarioError` for
    a scenario and `SpecError` for models (setting `spec`) that cannot be used; then nothing has begun.
    """

    def __init__(
        self,
        function: None = None,
        /,
        *,
        block_network: bool = False,
        allow: Iterable[str] = (),
        hosts: Iterable[str] = (),
        real_time: bool = False,
        code: Iterable[str] = (),
        scenario: str | Path | Mapping[str, object] | Sequence[object] | None = None,
        seed: str | int = "0",
        timing: str = "brisk",
        credits: float = 1_000_000.0,
        rpm: int = 0,
        quirks: Mapping[str, str] | None = None,
        **settings: object,
    ) -> None:
        """Nothing is intercepted yet. Raises `ConfigError`."""
        if function is not None:
            raise TypeError("intercept takes its options by name; to decorate a function, write @intercept()")
        problems: list[str] = []
        check_switch("block_network", block_network, problems)
        check_switch("real_time", real_time, problems)
        self._allowed = hosts_of("allow", allow, problems)
        self._hosts = hosts_of("hosts", hosts, problems).union(SERVICE_HOSTS)
        self._code = packages_of("code", code, problems)
        served = {"seed": seed, "timing": timing, "credits": credits, "rpm": rpm, "quirks": quirks}
        self._config = config_of({**served, **settings}, problems)
        self._blocks = block_network
        self._real_time = real_time
        self._scenario = scenario
        self._undo: ExitStack | None = None

    def start(self) -> Mock:
        """Begin, and give the mock. Raises RuntimeError if it has begun already, `ScenarioError`, `SpecError`."""
        with _COMING_OR_GOING:
            if self._undo is not None:
                raise RuntimeError("this interception has started already; stop it first, or make another")
            with ExitStack() as undo:
                mock = self._begun(undo)
                self._undo = undo.pop_all()
            return mock

    def stop(self) -> None:
        """End: everything is as it was. Stopping what has not started, or has stopped, does nothing."""
        with _COMING_OR_GOING:
            undo, self._undo = self._undo, None
            if undo is not None:
                undo.close()

    def __enter__(self) -> Mock:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def __call__(self, function: Callable[..., Result]) -> Callable[..., Result]:
        """Have each call of a function, or of an async one, happen within an interception of its own.

        If it has a parameter `mock`, it is given the mock, and callers leave it out. Raises TypeError for a class and
        for a generator.
        """
        return wrapped(function, self._another)

    def _another(self) -> Interception:
        """One like this, because a function may be called within itself, or by several threads."""
        other = object.__new__(Interception)
        vars(other).update(vars(self), _undo=None)
        return other

    def _begun(self, undo: ExitStack) -> Mock:
        clock = SystemClock() if self._real_time else VirtualClock()
        app = create_app(self._config, catalog=catalog_of(self._config), clock=clock, threads=False)
        service = Service(app, clock)
        undo.callback(service.close)
        app.control.when_reset(service.accept)
        # With a clock of its own the mock does not feel that its clients' time passes.
        passes = isinstance(clock, VirtualClock) and self._config.clock == "real"
        mock = Mock(app.control, url=URL, key=KEY, do=service.do, pass_time=service.wait if passes else None)
        scenario = self._scenario
        if scenario is not None:
            mock.begin_with(lambda: mock.play(scenario))
        if isinstance(clock, VirtualClock):
            standins.put_in_force(clock, self._code)
            undo.callback(standins.end, clock)
        undo.callback(PATCHES.end)
        PATCHES.begin()
        reach = Reach(service, self._hosts, self._blocks, self._allowed)
        undo.callback(SWITCHBOARD.disconnect, reach)
        SWITCHBOARD.connect(reach)
        undo.callback(GIVEN_KEY.end)
        GIVEN_KEY.begin()
        return mock


intercept = Interception
"""What a test writes."""
