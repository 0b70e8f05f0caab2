"""Given key: clients without a key find one while an interception lasts, and nothing of it is left."""

from __future__ import annotations

import os
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from segmind_mock.inprocess.given_key import KEY, VARIABLE, GivenKey


class Client:
    """Stands for the SDK's client."""

    def __init__(self) -> None:
        self.closed = 0
        self._client = SimpleNamespace(close=self.close)

    def close(self) -> None:
        """Count it."""
        self.closed += 1


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stands for the SDK; the variable is absent."""
    module: Any = ModuleType("segmind")
    module._default_client = None
    monkeypatch.setitem(sys.modules, "segmind", module)
    monkeypatch.delenv(VARIABLE, raising=False)
    return module


@pytest.mark.usefixtures("sdk")
def test_given_and_taken() -> None:
    """The key is there while there is an interception, the first or the last."""
    given = GivenKey()
    given.begin()
    given.begin()
    assert os.environ[VARIABLE] == KEY
    given.end()
    assert os.environ[VARIABLE] == KEY
    given.end()
    assert VARIABLE not in os.environ


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize("own", ["SG_own", ""])
def test_a_key_of_ones_own(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is there is left alone, though it be empty; so is one that is set meanwhile."""
    monkeypatch.setenv(VARIABLE, own)
    given = GivenKey()
    given.begin()
    assert os.environ[VARIABLE] == own
    given.end()
    assert os.environ[VARIABLE] == own
    monkeypatch.delenv(VARIABLE)
    given.begin()
    monkeypatch.setenv(VARIABLE, own)
    given.end()
    assert os.environ[VARIABLE] == own


@pytest.mark.usefixtures("sdk")
def test_a_key_that_was_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test takes the key away, nothing is to be taken away in the end; a further interception gives it."""
    given = GivenKey()
    given.begin()
    monkeypatch.delenv(VARIABLE)
    given.begin()
    assert os.environ[VARIABLE] == KEY
    del os.environ[VARIABLE]
    given.end()
    given.end()
    assert VARIABLE not in os.environ


def test_the_default_client(sdk: Any) -> None:
    """The SDK's own is set aside and put back; one that was made meanwhile is closed, and no other."""
    before, meanwhile = Client(), Client()
    sdk._default_client = before
    given = GivenKey()
    given.begin()
    assert sdk._default_client is None
    sdk._default_client = meanwhile
    given.begin()
    given.end()
    assert sdk._default_client is meanwhile
    given.end()
    assert (sdk._default_client, before.closed, meanwhile.closed) == (before, 0, 1)


def test_the_same_client_put_back_by_somebody(sdk: Any) -> None:
    """The client that was there before is not closed, though it be there again already."""
    before = sdk._default_client = Client()
    given = GivenKey()
    given.begin()
    sdk._default_client = before
    given.end()
    assert (sdk._default_client, before.closed) == (before, 0)


def test_an_sdk_that_comes_later(sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client of an SDK that is imported meanwhile is forgotten; other SDKs need not have one at all."""
    monkeypatch.delitem(sys.modules, "segmind")
    given = GivenKey()
    given.begin()
    monkeypatch.setitem(sys.modules, "segmind", sdk)
    made = sdk._default_client = Client()
    given.end()
    assert (sdk._default_client, made.closed) == (None, 1)
    del sdk._default_client
    given.begin()
    given.end()
    assert not hasattr(sdk, "_default_client")
