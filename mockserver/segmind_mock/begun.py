"""A coroutine that was begun where it stood, without a task, and then had to wait: the rest of it can be awaited.

Most answers are made without waiting for anything. Whoever drives one sends `None` into it once; only if that does
not end it does it need a task, and `Rest` is what the task awaits.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any


class Rest:
    """The rest of a coroutine that waits for `awaited`; each further step of it is taken inside `within`."""

    __slots__ = ("_awaited", "_begun", "_within")

    def __init__(
        self, begun: Coroutine[Any, Any, object], awaited: Any, within: AbstractContextManager[Any] | None = None
    ) -> None:
        self._begun = begun
        self._awaited = awaited
        self._within = within or nullcontext()

    def __await__(self) -> Generator[Any, Any, None]:
        awaited = self._awaited
        while True:
            try:
                value = yield awaited
            except BaseException as error:
                step = partial(self._begun.throw, error)
            else:
                step = partial(self._begun.send, value)
            try:
                with self._within:
                    awaited = step()
            except StopIteration:
                return


async def rest(of: Rest) -> None:
    """The same as a coroutine, which is what a task is made of."""
    await of
