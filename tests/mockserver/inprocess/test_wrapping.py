"""Wrapping: each call of a function happens within something, which gives it the mock."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from segmind_mock.inprocess.wrapping import wrapped


class Around:
    """Counts what is within: how deep now, and how often it was entered."""

    def __init__(self) -> None:
        self.depth = 0
        self.entered = 0

    @contextmanager
    def __call__(self) -> Iterator[str]:
        """Within."""
        self.depth += 1
        self.entered += 1
        try:
            yield f"mock {self.entered}"
        finally:
            self.depth -= 1

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, wrapped."""
        return wrapped(function, self)


@pytest.fixture
def around() -> Iterator[Around]:
    """What a call happens within; in the end nothing is within."""
    made = Around()
    yield made
    assert made.depth == 0


def test_each_call(around: Around) -> None:
    """Each call is within its own, a call within a call too, and what it raises comes out."""

    def falls(number: int) -> int:
        assert around.depth >= 1
        if number == 0:
            raise LookupError("at the bottom")
        return 0 if number < 0 else int(falling(number - 1))

    falling = around.of(falls)
    assert (falling(-1), around.entered) == (0, 1)
    with pytest.raises(LookupError, match="at the bottom"):
        falling(2)
    assert around.entered == 4


def test_async(around: Around) -> None:
    """A call of an async function is within until it is over, not only until it waits."""

    async def waits(text: str, mock: str) -> tuple[str, str, int]:
        await asyncio.sleep(0)
        return text, mock, around.depth

    waiting = around.of(waits)
    assert inspect.iscoroutinefunction(waiting)
    begun = waiting("x")
    assert around.entered == 0
    assert asyncio.run(begun) == ("x", "mock 1", 1)


def last(first: int, mock: str) -> object:
    """Has it last."""
    return first, mock


def early(mock: str, second: int, third: int = 3) -> object:
    """Has it first."""
    return mock, second, third


def named(first: int, *, mock: str) -> object:
    """Has it by name."""
    return first, mock


def bare(mock: str, /, second: int) -> object:
    """Has it by place."""
    return mock, second


def without(first: int, **mock: object) -> object:
    """Has it not: the name is another thing's."""
    return first, mock


@pytest.mark.parametrize(
    ("function", "shown", "expected"),
    [
        (last, "(first: 'int') -> 'object'", (1, "mock")),
        (early, "(second: 'int', third: 'int' = 3) -> 'object'", ("mock", 1, 3)),
        (named, "(first: 'int') -> 'object'", (1, "mock")),
        (bare, "(second: 'int') -> 'object'", ("mock", 1)),
        (without, "(first: 'int', **mock: 'object') -> 'object'", (1, {})),
    ],
)
def test_giving_the_mock(function: Callable[..., object], shown: str, expected: object) -> None:
    """The mock is given to the parameter of that name, wherever it stands; others do not see it."""

    @contextmanager
    def within() -> Iterator[str]:
        yield "mock"

    made = wrapped(function, within)
    assert made(1) == expected
    assert str(inspect.signature(made)) == shown
    assert (made.__name__, made.__doc__, made.__module__) == (function.__name__, function.__doc__, __name__)
    name = next(iter(inspect.signature(made).parameters))
    assert made(**{name: 1}) == expected or function is bare


def test_methods(around: Around) -> None:
    """Methods of all kinds can be wrapped, in either order."""

    class Suite:
        name = "suite"

        @around.of
        def plain(self, mock: str) -> object:
            return type(self).name, mock

        @around.of
        @classmethod
        def of_class(cls, mock: str) -> object:
            return cls.name, mock

        @classmethod
        @around.of
        def of_class_too(cls, mock: str) -> object:
            return cls.name, mock

        @around.of
        @staticmethod
        def static(mock: str) -> object:
            return mock

        @staticmethod
        @around.of
        def static_too(mock: str) -> object:
            return mock

    suite = Suite()
    assert suite.plain() == ("suite", "mock 1")
    assert suite.of_class() == ("suite", "mock 2")
    assert Suite.of_class_too() == ("suite", "mock 3")
    assert Suite.static() == "mock 4"
    assert suite.static_too() == "mock 5"


def test_other_callables(around: Around) -> None:
    """A partial function, an object that can be called, and what is written in C and tells no signature."""

    class Called:
        def __call__(self, mock: str) -> str:
            return mock

    assert around.of(functools.partial(last, 5))() == (5, "mock 1")
    assert around.of(Called())() == "mock 2"
    assert around.of(max)(1, 2) == 2


def generates() -> Iterator[int]:
    """A generator."""
    yield 1


async def generates_async() -> AsyncIterator[int]:
    """An async one."""
    yield 1


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (generates, "generates is a generator"),
        (generates_async, "generates_async is a generator"),
        (staticmethod(generates), "generates is a generator"),
        (Around, "Around is a class"),
        (7, "7 cannot be called"),
    ],
    ids=["generator", "async generator", "static generator", "class", "number"],
)
def test_what_cannot_be_wrapped(what: Any, words: str) -> None:
    """It is refused where it is decorated, and the text says why."""
    with pytest.raises(TypeError, match=words):
        wrapped(what, Around())
