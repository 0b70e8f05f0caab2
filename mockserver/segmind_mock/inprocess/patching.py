"""Putting the doors to the mock into client libraries: into those that are loaded, and into others once they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import Lock, RLock
from types import ModuleType
from typing import Any, NamedTuple

DOORS = {
    "httpx": "segmind_mock.inprocess.doors.for_httpx",
    "httpx2": "segmind_mock.inprocess.doors.for_httpx",
    "urllib3": "segmind_mock.inprocess.doors.for_urllib3",
    "http.client": "segmind_mock.inprocess.doors.for_http_client",
    "aiohttp": "segmind_mock.inprocess.doors.for_aiohttp",
}
"""Client libraries by the module whose import loads them, and what makes the doors into each."""


class Replacement(NamedTuple):
    """A function of a library, and what is put in its place."""

    owner: Any
    name: str
    standin: Callable[..., Any]


class _Done(NamedTuple):
    """A replacement that was made, and what was there before."""

    owner: Any
    name: str
    standin: Callable[..., Any]
    before: object


class Patches:
    """The doors of this process: there from the first interception that begins to the last one that ends."""

    def __init__(self) -> None:
        self._users = 0
        self._finder: _Finder | None = None
        self._done: list[_Done] = []
        self._coming_or_going = RLock()
        # Held while nothing is imported: who imports a library holds a lock that another importer waits for.
        self._lock = Lock()

    def begin(self) -> None:
        """An interception begins. Whatever this raises, it has to be ended."""
        with self._coming_or_going:
            self._users += 1
            if self._users > 1:
                return
            finder = self._finder = _Finder(self._open)
            sys.meta_path.insert(0, finder)
            for name in DOORS:
                if name in sys.modules:
                    # Another thread may be loading it: this waits until it has.
                    self._open(finder, import_module(name))

    def end(self) -> None:
        """It ends; with the last one every library is as it was."""
        with self._coming_or_going:
            self._users -= 1
            if self._users:
                return
            with self._lock:
                finder, self._finder = self._finder, None
                done, self._done = self._done, []
            if finder in sys.meta_path:
                sys.meta_path.remove(finder)
            for replaced in reversed(done):
                _undo(replaced)

    def _open(self, finder: _Finder, library: ModuleType) -> None:
        """Put the doors into a library, where they are not there yet."""
        replacements: list[Replacement] = import_module(DOORS[library.__name__]).replacements(library)
        with self._lock:
            if finder is not self._finder:
                return  # the library was found while an interception lasted, and loaded after it had ended
            ours = {(id(done.owner), done.name): done.standin for done in self._done}
            for owner, name, standin in replacements:
                before = vars(owner).get(name, _INHERITED)
                if before is not ours.get((id(owner), name), _NOT_OURS):
                    self._done.append(_Done(owner, name, standin, before))
                    setattr(owner, name, standin)


_INHERITED = object()
_NOT_OURS = object()

PATCHES = Patches()
"""The one of this process."""


def _undo(done: _Done) -> None:
    """Put back what was there; unless somebody else has put something in our place meanwhile, which is theirs."""
    if vars(done.owner).get(done.name) is not done.standin:
        return
    if done.before is _INHERITED:
        delattr(done.owner, done.name)
    else:
        setattr(done.owner, done.name, done.before)


class _Finder(MetaPathFinder):
    """Notices when a client library is imported, and has something done with it then."""

    def __init__(self, then: Callable[[_Finder, ModuleType], None]) -> None:
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a client library, made so that its loading is noticed; None for all other modules."""
        if fullname not in DOORS:
            return None
        for finder in [*sys.meta_path]:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(fullname, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Noticing(spec.loader, self._loaded)
                return spec
        return None

    def _loaded(self, library: ModuleType) -> None:
        self._then(self, library)


class _Noticing(Loader):
    """A loader that says when it is done. In all else it is the one that it stands for."""

    def __init__(self, loader: Any, then: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the loader does."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """As the loader does; then say so. The module knows its own loader from before it runs, not this one."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then(module)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_loader":
            raise AttributeError(name)
        return getattr(self._loader, name)
