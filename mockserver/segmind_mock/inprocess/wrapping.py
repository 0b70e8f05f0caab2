"""A function each call of which happens within an interception."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from inspect import Parameter, Signature
from typing import Any, TypeVar

Result = TypeVar("Result")
Within = Callable[[], AbstractContextManager[object]]
"""What a call happens within; what it gives is the mock."""

NAME = "mock"
"""The parameter that is given the mock."""


def wrapped(function: Callable[..., Result], within: Within) -> Callable[..., Result]:
    """A function as it is, sync or async, but for that. One with a parameter `mock` is given the mock.

    Its signature does not show that parameter, so that nobody looks for a value of it. Raises TypeError for a class,
    a generator, and what cannot be called.
    """
    made: Any
    if isinstance(function, staticmethod | classmethod):
        made = type(function)(wrapped(function.__func__, within))
        return made  # type: ignore[no-any-return]
    _refuse(function)
    signature = _signature(function)
    give = _giving(signature)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            with within() as mock:
                args, kwargs = give(mock, args, kwargs)
                return await function(*args, **kwargs)

        made = call_async
    else:

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with within() as mock:
                args, kwargs = give(mock, args, kwargs)
                return function(*args, **kwargs)

        made = call
    if _place(signature) is not None:
        kept = [parameter for name, parameter in signature.parameters.items() if name != NAME]
        made.__signature__ = signature.replace(parameters=kept)
    return made  # type: ignore[no-any-return]


def _refuse(function: object) -> None:
    """Raises TypeError for what cannot be wrapped."""
    name = getattr(function, "__qualname__", repr(function))
    if inspect.isclass(function):
        raise TypeError(f"{name} is a class, of which nothing is called; decorate its functions")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{name} is a generator, which may never come to its end; use `with intercept()` inside it")
    if not callable(function):
        raise TypeError(f"{name:.80} cannot be called; a function can be decorated")


def _signature(function: Callable[..., object]) -> Signature:
    try:
        return inspect.signature(function)
    except ValueError:  # some that are written in C have none
        return Signature()


def _place(signature: Signature) -> int | None:
    """Where among the parameters the mock's is; None if there is none."""
    parameter = signature.parameters.get(NAME)
    if parameter is None or parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
        return None
    return [*signature.parameters].index(NAME)


Given = tuple[tuple[Any, ...], dict[str, Any]]


def _giving(signature: Signature) -> Callable[[object, tuple[Any, ...], dict[str, Any]], Given]:
    """What adds the mock to the arguments of a call."""
    place = _place(signature)
    if place is None:
        return lambda mock, args, kwargs: (args, kwargs)
    is_named_only = signature.parameters[NAME].kind is Parameter.KEYWORD_ONLY

    def give(mock: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
        if is_named_only or len(args) < place:
            return args, {**kwargs, NAME: mock}
        return (*args[:place], mock, *args[place:]), kwargs

    return give
