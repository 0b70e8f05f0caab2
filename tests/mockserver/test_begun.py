"""Begun: a coroutine that was begun where it stood is brought to its end by a task."""

from __future__ import annotations

import asyncio
from threading import RLock

import pytest

from segmind_mock.begun import Rest, rest


def test_it_is_finished() -> None:
    """What it awaits, what that gives and what it raises reach it as in a task."""

    async def waits() -> list[object]:
        seen: list[object] = [await asyncio.sleep(0.001, "first")]
        try:
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0.001)
        except TimeoutError:
            seen.append("late")
        seen.append(await asyncio.sleep(0, "last"))
        told.extend(seen)
        return seen

    async def finishing() -> None:
        begun = waits()
        await asyncio.create_task(rest(Rest(begun, begun.send(None))))

    told: list[object] = []
    asyncio.run(finishing())
    assert told == ["first", "late", "last"]


def test_cancelling_reaches_it() -> None:
    """A task that is cancelled cancels the coroutine that it finishes."""

    async def waits() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            told.append("cleaned up")

    async def cancelling() -> None:
        begun = waits()
        task = asyncio.create_task(rest(Rest(begun, begun.send(None))))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    told: list[str] = []
    asyncio.run(cancelling())
    assert told == ["cleaned up"]


def test_what_it_raises() -> None:
    """An error of the coroutine is the task's."""

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError("lost")

    async def finishing() -> None:
        begun = fails()
        await rest(Rest(begun, begun.send(None)))

    with pytest.raises(LookupError, match="lost"):
        asyncio.run(finishing())


def test_steps_are_taken_inside() -> None:
    """Each step is taken while the lock is held, and none is held while it waits."""

    async def waits() -> None:
        for _ in range(2):
            await asyncio.sleep(0)
            told.append(lock._is_owned())  # type: ignore[attr-defined]

    async def finishing() -> None:
        begun = waits()
        task = asyncio.create_task(rest(Rest(begun, begun.send(None), lock)))
        while not task.done():
            assert not lock._is_owned()  # type: ignore[attr-defined]
            await asyncio.sleep(0)

    lock = RLock()
    told: list[bool] = []
    asyncio.run(finishing())
    assert told == [True, True]
