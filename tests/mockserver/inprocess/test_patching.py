"""Patching: doors are in every client library while an interception lasts, loaded before or after, and not after it."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmind_mock.inprocess import patching
from segmind_mock.inprocess.patching import DOORS, Patches

LIBRARY, DOOR = "patched_library", "patched_door"
_LIBRARY_CODE = """
import threading
threading.__dict__.get("loaded_hook", lambda: None)()
class Parent:
    def inherited(self): return "network"
class Client(Parent):
    def send(self): return "network"
    @staticmethod
    def static(): return "network"
def function(): return "network"
Kept = globals().get("Kept") or type("Kept", (), {"send": lambda self: "network"})
"""
_DOOR_CODE = """
from segmind_mock.inprocess.patching import Replacement
def replacements(library):
    def standin(real):
        return lambda *args: "mock, before it " + str(real is not None)
    def before(real):
        return lambda *args: "mock before " + real(*args)
    return [
        Replacement(library.Client, "send", standin(library.Client.send)),
        Replacement(library.Client, "inherited", standin(library.Client.inherited)),
        Replacement(library.Client, "static", staticmethod(standin(library.Client.static))),
        Replacement(library, "function", standin(library.function)),
        Replacement(library.Kept, "send", before(library.Kept.send)),
    ]
"""


@pytest.fixture
def patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patches]:
    """Patches of one library, which is not loaded; in the end nothing of it is left."""
    (tmp_path / f"{LIBRARY}.py").write_text(_LIBRARY_CODE)
    (tmp_path / f"{DOOR}.py").write_text(_DOOR_CODE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(patching, "DOORS", {LIBRARY: DOOR})
    before = [*sys.meta_path]
    yield Patches()
    assert sys.meta_path == before
    for name in (LIBRARY, DOOR):
        sys.modules.pop(name, None)


def library() -> Any:
    """The library, imported."""
    return importlib.import_module(LIBRARY)


def answers(of: Any) -> set[str]:
    """Who answers calls of the library."""
    client = of.Client()
    told = [client.send(), client.inherited(), of.Client.static(), of.function()]
    return {answer.partition(",")[0] for answer in told}


def state(of: Any) -> list[dict[str, object]]:
    """What the library, and each of its classes, has."""
    return [dict(vars(each)) for each in (of, of.Client, of.Parent)]


def test_a_library_that_is_loaded(patches: Patches) -> None:
    """Doors are there from the first that begins to the last that ends; then everything is the very same object."""
    loaded = library()
    before = state(loaded)
    patches.begin()
    patches.begin()
    assert answers(loaded) == {"mock"}
    patches.end()
    assert answers(loaded) == {"mock"}
    patches.end()
    assert answers(loaded) == {"network"}
    assert state(loaded) == before


def test_a_library_that_comes_later(patches: Patches) -> None:
    """A library that is imported meanwhile has its doors, and no trace of how it was noticed."""
    patches.begin()
    loaded = library()
    assert answers(loaded) == {"mock"}
    assert type(loaded.__loader__) is type(loaded.__spec__.loader) is importlib.machinery.SourceFileLoader
    assert loaded.__loader__ is loaded.__spec__.loader
    assert pickle.loads(pickle.dumps(loaded.__spec__)).name == LIBRARY
    patches.end()
    assert answers(loaded) == {"network"}
    assert "inherited" not in vars(loaded.Client)


def test_looking_for_a_library(patches: Patches) -> None:
    """Who asks whether it is there finds it, and does not keep its import from being noticed."""
    patches.begin()
    for _ in range(2):
        spec: Any = importlib.util.find_spec(LIBRARY)
        assert spec.origin.endswith(f"{LIBRARY}.py")
        assert "class Client" in spec.loader.get_source(LIBRARY)
        with pytest.raises(AttributeError):
            spec.loader.nothing_of_the_kind  # noqa: B018
    assert answers(library()) == {"mock"}
    assert importlib.util.find_spec("no_such_module_at_all") is None
    patches.end()


def test_a_spec_that_is_used_later(patches: Patches) -> None:
    """A spec that was found meanwhile and is loaded after the end makes a library without doors."""
    patches.begin()
    spec: Any = importlib.util.find_spec(LIBRARY)
    patches.end()
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert answers(made) == {"network"}
    assert type(made.__loader__) is importlib.machinery.SourceFileLoader


@pytest.mark.parametrize("loaded_before", [True, False])
def test_reloading(patches: Patches, loaded_before: bool) -> None:
    """A library that is loaded anew has doors anew; what it was before it was reloaded is undone as well."""
    if loaded_before:
        library()
    patches.begin()
    loaded = library()
    old = loaded.Client
    importlib.reload(loaded)
    assert loaded.Client is not old
    assert answers(loaded) == {"mock"}
    importlib.reload(loaded)
    assert loaded.Kept().send() == "mock before network"
    patches.end()
    assert loaded.Kept().send() == "network"
    assert answers(loaded) == {"network"}
    assert (old().send(), "inherited" in vars(old)) == ("network", False)


def test_a_library_that_is_thrown_away(patches: Patches) -> None:
    """One that is imported a second time has doors, and so has the first one still."""
    patches.begin()
    first = library()
    del sys.modules[LIBRARY]
    second = library()
    assert answers(first) == answers(second) == {"mock"}
    patches.end()
    assert answers(first) == answers(second) == {"network"}


def test_a_library_that_fails(patches: Patches, tmp_path: Path) -> None:
    """An error while it is imported is its own, and the next try is noticed."""
    file = tmp_path / f"{LIBRARY}.py"
    file.write_text("raise ImportError('not today')")
    patches.begin()
    with pytest.raises(ImportError, match=r"^not today$"):
        library()
    assert LIBRARY not in sys.modules
    file.write_text(_LIBRARY_CODE + "# longer now")
    importlib.invalidate_caches()
    assert answers(library()) == {"mock"}
    patches.end()


def test_a_library_that_is_not_there(patches: Patches, tmp_path: Path) -> None:
    """The import of one that is not installed fails as ever."""
    (tmp_path / f"{LIBRARY}.py").unlink()
    importlib.invalidate_caches()
    patches.begin()
    with pytest.raises(ModuleNotFoundError, match=f"No module named '{LIBRARY}'"):
        library()
    patches.end()


def test_a_door_that_cannot_be_made(patches: Patches, tmp_path: Path) -> None:
    """If the library is not as expected, beginning fails, and ending undoes what was done."""
    loaded = library()
    (tmp_path / f"{DOOR}.py").write_text("def replacements(library): return [library.no_such_thing]")
    with pytest.raises(AttributeError, match="no_such_thing"):
        patches.begin()
    patches.end()
    assert answers(loaded) == {"network"}


def test_what_others_put_in_our_place(patches: Patches, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody else put there meanwhile is theirs, and stays until they take it away."""
    loaded = library()
    patches.begin()
    theirs = lambda *args: "theirs"  # noqa: E731
    monkeypatch.setattr(loaded, "function", theirs)
    patches.end()
    assert loaded.function is theirs
    assert loaded.Client().send() == "network"


def test_an_import_that_another_thread_has_begun(patches: Patches, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beginning waits for a library that another thread is just loading, and then it has doors."""
    loading, go_on = Event(), Event()

    def hook() -> None:
        loading.set()
        assert go_on.wait(30)

    monkeypatch.setattr("threading.loaded_hook", hook, raising=False)
    importer = Thread(target=library)
    importer.start()
    assert loading.wait(30)
    beginner = Thread(target=patches.begin)
    beginner.start()
    beginner.join(0.05)  # it would have failed by then
    go_on.set()
    importer.join(30)
    beginner.join(30)
    assert answers(sys.modules[LIBRARY]) == {"mock"}
    patches.end()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["begin", "end", "import", "reload", "forget"]), max_size=12))
def test_whatever_is_done(patches: Patches, acts: list[str]) -> None:
    """At each moment every library there is has doors if, and only if, there is an interception."""
    sys.modules.pop(LIBRARY, None)
    known: list[ModuleType] = []
    users = 0
    for act in [*acts, *["end"] * len(acts)]:
        if act == "begin":
            patches.begin()
            users += 1
        elif act == "end" and users:
            patches.end()
            users -= 1
        elif act == "import":
            known.append(library())
        elif act == "reload" and LIBRARY in sys.modules:
            importlib.reload(library())
        elif act == "forget" and not users:  # of two that are loaded, an interception that begins sees one
            sys.modules.pop(LIBRARY, None)
            known.clear()
        assert all(answers(each) == ({"mock"} if users else {"network"}) for each in known)


def test_many_threads(patches: Patches) -> None:
    """Interceptions that come and go in many threads leave nothing, and each has doors while it lasts."""
    loaded = library()
    before = state(loaded)

    def come_and_go(_: int) -> bool:
        patches.begin()
        try:
            return answers(loaded) == {"mock"}
        finally:
            patches.end()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(come_and_go, range(200)))
    assert state(loaded) == before


@pytest.mark.parametrize("name", sorted(DOORS))
def test_the_doors_that_there_are(name: str) -> None:
    """Each library has its door, which replaces what the library really has."""
    loaded = importlib.import_module(name)
    made = importlib.import_module(DOORS[name]).replacements(loaded)
    assert made
    assert [each.name for each in made if not hasattr(each.owner, each.name)] == []
