"""Whose code it is, by the module that calls."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.virtual.parties import Parties, Party
from tests.mockserver.virtual.lives import library

ASKS = "def ask(call):\n    return call()\n"


@pytest.mark.parametrize(
    ("name", "file", "party"),
    [
        ("__main__", "/home/me/script.py", Party.OWN),
        ("app.jobs", "/home/me/app/jobs.py", Party.OWN),
        ("app.jobs", None, Party.OWN),
        ("queue", "/home/me/queue.py", Party.OWN),
        ("queue", asyncio.__file__, Party.STANDARD),
        ("asyncio.tasks", asyncio.__file__, Party.STANDARD),
        ("_thread", None, Party.STANDARD),
        ("segmind.v2", "/x/site-packages/segmind/v2.py", Party.CLIENT),
        ("tenacity", "/home/me/vendored/tenacity.py", Party.CLIENT),
        ("psycopg", "/x/site-packages/psycopg/__init__.py", Party.OTHER),
        ("psycopg", "/usr/lib/python3/dist-packages/psycopg.py", Party.OTHER),
        ("psycopg", "C:\\py\\Lib\\site-packages\\psycopg.py", Party.OTHER),
        ("site_packages", "/home/me/my-site-packages-tool/x.py", Party.OWN),
        ("_pytest.runner", "/x/site-packages/_pytest/runner.py", Party.FRAMEWORK),
        ("segmind_mock.app", "/home/me/segmind_mock/app.py", Party.FRAMEWORK),
        (None, None, Party.OWN),
    ],
)
def test_party(name: str | None, file: str | None, party: Party) -> None:
    """A module belongs to whom its name and the place of its file say."""
    parties = Parties()
    module = {"__name__": name, "__file__": file}
    assert parties.of(module) is parties.of(module) is party
    assert parties.on_mocks_time(module) is (party in (Party.OWN, Party.CLIENT))


@given(st.text(), st.one_of(st.none(), st.text(), st.integers()))
def test_any_module_belongs_to_somebody(name: str, file: object) -> None:
    """Whatever a module says of itself, it has a party."""
    assert isinstance(Parties().of({"__name__": name, "__file__": file}), Party)


def test_who_is_on_the_way_is_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that calls the service, and every part of it, lives by the mock's clock from then on."""
    outer = library(monkeypatch, ASKS, "outer")
    inner = library(monkeypatch, ASKS, "inner.part")
    away = library(monkeypatch, ASKS, "away")
    parties = Parties()
    assert [parties.of(vars(one)) for one in (outer, inner, away)] == [Party.OTHER] * 3
    outer.ask(lambda: inner.ask(lambda: parties.learn(sys._getframe())))
    assert [parties.of(vars(one)) for one in (outer, inner, away)] == [Party.CLIENT, Party.CLIENT, Party.OTHER]
    assert parties.on_mocks_time(vars(inner))
    assert parties.of({"__name__": "inner.elsewhere", "__file__": "/x/site-packages/y"}) is Party.CLIENT
    parties.forget()
    assert parties.of(vars(inner)) is Party.OTHER
    assert not parties.on_mocks_time(vars(inner))


def test_the_mocks_own_frames_are_no_end_of_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way begins inside of the mock, and ends at the test framework, beyond which nobody is learnt of."""
    beyond = library(monkeypatch, ASKS, "beyond")
    framework = library(monkeypatch, ASKS, "pluggy.callers")
    client = library(monkeypatch, ASKS, "client")
    ours = library(monkeypatch, ASKS, "segmind_mock.inprocess.door")
    parties = Parties()

    def learn() -> None:
        parties.learn(sys._getframe(1))

    beyond.ask(lambda: framework.ask(lambda: client.ask(lambda: ours.ask(learn))))
    assert parties.of(vars(client)) is Party.CLIENT
    assert parties.of(vars(beyond)) is Party.OTHER


# --- Who is behind the standard library -------------------------------------------------------------------


class Asked:
    """Something awaitable that remembers who was found behind it."""

    found: Party | None = None

    def __init__(self, parties: Parties) -> None:
        self._parties = parties

    def __await__(self) -> Iterator[None]:
        self.found = self._parties.behind(_skipped(sys._getframe()))
        yield


def _skipped(frame: FrameType) -> FrameType | None:
    return frame.f_back


AWAITS = "async def wait(what):\n    await what\n"


@pytest.mark.parametrize(
    ("names", "party"),
    [
        (["thatlib"], Party.OTHER),
        (["anyio.core", "thatlib"], Party.OTHER),
        (["anyio.core", "async_timeout", "tests.own"], Party.OWN),
        (["anyio.core", "tenacity"], Party.CLIENT),
        (["segmind_mock.app"], Party.FRAMEWORK),
        (["anyio.core", "pytest_asyncio.plugin"], Party.FRAMEWORK),
        (["anyio.core"], Party.OWN),
    ],
    ids=lambda value: value.name if isinstance(value, Party) else "/".join(value),
)
def test_who_is_behind(names: list[str], party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first who does not only pass things on; with nobody before the loop, it is the code under test."""
    asked = Asked(Parties())
    awaited: Any = asked
    for name in names:
        folder = "anywhere" if name.startswith("tests") else "site-packages"
        awaited = library(monkeypatch, AWAITS, name, folder).wait(awaited)
    asyncio.run(awaited)
    assert asked.found is party


@pytest.mark.parametrize(("fired_by_us", "party"), [(False, Party.OTHER), (True, Party.OWN)])
def test_a_deadline_of_anyios_that_looks_again(
    fired_by_us: bool, party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was set in real time by nobody knows whom, or else our own timer is behind it."""
    anyio = library(monkeypatch, "def _timeout(call):\n    call()\n", "anyio.core")
    ours = library(monkeypatch, ASKS, "segmind_mock.virtual.loops")
    parties, found = Parties(), []

    def ask() -> None:
        found.append(parties.behind(sys._getframe(1)))

    async def main() -> None:
        due = partial(anyio._timeout, ask)
        asyncio.get_running_loop().call_soon(partial(ours.ask, due) if fired_by_us else due)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert found == [party]
