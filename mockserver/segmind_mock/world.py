"""A key is a world: everything one account has, apart from every other account's."""

from __future__ import annotations

from segmind_mock.accounts import Ledger
from segmind_mock.randomness import Randomness, handle_of, page_of
from segmind_mock.rate_limit import Window
from segmind_mock.stores import JobStore
from segmind_mock.stores.memory import PAGE

TAG_BITS = 40


class World:
    """The credits, limits, queues and jobs of one API key."""

    __slots__ = ("_draws", "_mask", "drawn", "jobs", "key", "ledger", "lines", "tag", "window")

    def __init__(self, key: str, *, ledger: Ledger, jobs: JobStore, randomness: Randomness) -> None:
        self.key = key
        self.ledger = ledger
        self.jobs = jobs
        self.window = Window()
        self.lines: dict[int, list[int]] = {}
        self.drawn = 0
        self._draws = randomness.draws("job", key)
        self.tag = randomness.number("account tag", key, below=1 << TAG_BITS)
        self._mask = randomness.number("page mask", key, below=1 << 20)

    def draw(self) -> tuple[int, int, bytes]:
        """The next job's handle, the page it is filed on, and four more random bytes for its timing."""
        number = self.drawn
        self.drawn = number + 1
        drawn = self._draws.take(number)
        page = number // PAGE
        handle = handle_of(drawn, page, self._mask)
        if self.jobs.get(handle, page) is not None:
            return self.draw()  # once in many millions of jobs, chance repeats itself
        return handle, page, drawn[5:9]

    def page_of(self, handle: int) -> int:
        """The page on which this world would have filed a handle."""
        return page_of(handle, self._mask)
