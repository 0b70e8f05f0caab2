"""Whether a loop has anything left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import pytest
import uvloop

from segmind_mock.virtual import watching
from segmind_mock.virtual.patience import Patience
from segmind_mock.virtual.watching import Watcher


class Moves:
    """A clock that says what it is told when it is asked to move, and writes down what had been done by then."""

    def __init__(self, *answers: bool | None) -> None:
        self.answers = [*answers]
        self.done: list[str] = []
        self.seen: list[list[str]] = []

    def try_to_move(self, patience: Patience, woken: Collection[object] = ()) -> bool | None:
        """The next answer."""
        self.seen.append([*self.done])
        return self.answers.pop(0)


async def turns(moves: Moves, number: int) -> None:
    """Something that has to do with a loop for so many turns."""
    for turn in range(number):
        moves.done.append(str(turn))
        await asyncio.sleep(0)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("number", [0, 1, 2, 5, 20])
def test_a_loop_is_idle_when_all_is_done(number: int, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """The clock is asked to move once nothing else is ready on the loop, and not before."""
    moves = Moves(None)

    async def main() -> None:
        task = asyncio.create_task(turns(moves, number))
        Watcher(moves, asyncio.get_running_loop()).watch()
        await task
        for _ in range(60):
            await asyncio.get_running_loop().run_in_executor(None, int)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    assert moves.seen == [[*map(str, range(number))]]


def test_it_looks_on_while_there_is_something_to_move_for() -> None:
    """After a move, and while others are busy, it asks again; it ends when nobody sleeps."""
    moves = Moves(True, False, False, True, None)

    async def main() -> None:
        Watcher(moves, asyncio.get_running_loop()).watch()
        while moves.answers:
            await asyncio.get_running_loop().run_in_executor(None, int)

    asyncio.run(main())
    assert len(moves.seen) == 5


def test_a_new_sleeper_is_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it gives others time, a new sleeper has it look at once; it looks once for all that come in one turn."""
    moves = Moves(False, None)
    monkeypatch.setattr(watching, "SLICE", 1000)

    async def main() -> None:
        watcher = Watcher(moves, asyncio.get_running_loop())
        watcher.watch()
        watcher.watch()
        while len(moves.seen) < 1:
            await asyncio.get_running_loop().run_in_executor(None, int)
        later = watcher._later
        assert later is not None
        watcher.watch()
        assert later.cancelled()
        while moves.answers:
            await asyncio.get_running_loop().run_in_executor(None, int)

    asyncio.run(main())


def test_two_watchers_do_not_wait_for_each_other() -> None:
    """Each knows that what the other does is no work."""
    first, second = Moves(None), Moves(None)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        watchers = [Watcher(moves, loop) for moves in (first, second)]
        for watcher in watchers:
            watcher.watch()
        while first.answers or second.answers:
            await loop.run_in_executor(None, int)
        assert loop not in Watcher.looking
        assert all(watcher._turns < watching._TURNS for watcher in watchers), "they gave up on each other"

    asyncio.run(main())
    assert len(first.seen) == len(second.seen) == 1


def test_a_loop_that_is_never_idle() -> None:
    """After a thousand turns it is not waited for."""
    moves = Moves(None)

    async def main() -> None:
        Watcher(moves, asyncio.get_running_loop()).watch()
        while moves.answers:  # noqa: ASYNC110
            await asyncio.sleep(0)

    asyncio.run(main())
