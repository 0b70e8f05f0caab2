"""A key is a world: everything one account has, apart from every other account's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmind_mock.accounts import Ledger
from segmind_mock.clock import SteeredClock
from segmind_mock.interpretation import Interpretation
from segmind_mock.journal import Journal
from segmind_mock.randomness import Draws, Randomness, handle_of, page_of
from segmind_mock.rate_limit import Window
from segmind_mock.steering import magic
from segmind_mock.stores import JobStore
from segmind_mock.stores.memory import PAGE

if TYPE_CHECKING:
    import asyncio

    from segmind_mock.scenarios.running import Run
    from segmind_mock.scenarios.scenario import Scenario

TAG_BITS = 40


@dataclass(slots=True)
class Standing:
    """What the account may do, apart from what holds for all of the server."""

    rpm: int | None = None
    """Requests per minute; 0: no limit; None: as the server has it."""
    forbidden: frozenset[str] = frozenset()
    """Slugs of models that answer 403."""
    retired: frozenset[str] = frozenset()
    """Slugs of models that answer 410."""


class World:
    """The credits, limits, clock, queues, jobs, scenario and journal of one API key."""

    __slots__ = (
        "__weakref__",
        "_draws",
        "_mask",
        "_randomness",
        "clock",
        "closed",
        "drawn",
        "interpretation",
        "jobs",
        "journal",
        "key",
        "ledger",
        "lines",
        "magic",
        "plain",
        "quirks",
        "refused",
        "run",
        "standing",
        "tag",
        "window",
    )

    def __init__(
        self,
        key: str,
        *,
        clock: SteeredClock,
        ledger: Ledger,
        jobs: JobStore,
        journal: Journal,
        randomness: Randomness,
        interpretation: Interpretation,
    ) -> None:
        self.key = key
        self.clock = clock
        self.ledger = ledger
        self.jobs = jobs
        self.journal = journal
        self.standing = Standing()
        self.window = Window()
        self.lines: dict[int, list[int]] = {}
        self.drawn = 0
        self.refused = False
        """Whether the key is not accepted (any more)."""
        self.closed = False
        """Whether it was reset: what is still under way in it ends."""
        self.magic = magic(key)
        self._randomness = randomness
        self._draws = randomness.draws("job", key)
        self.tag = randomness.number("account tag", key, below=1 << TAG_BITS)
        self._mask = randomness.number("page mask", key, below=1 << 20)
        self.read_as(interpretation)
        self.play(None)

    def read_as(self, interpretation: Interpretation) -> None:
        """Read the service so from now on."""
        self.interpretation = interpretation
        self.quirks = interpretation.quirks.readings

    def play(self, scenario: Scenario | None) -> None:
        """Begin a scenario; None: nothing happens any more but what the service does."""
        self.run: Run | None = None
        if scenario is not None:
            from segmind_mock.scenarios.running import Run

            self.run = Run(scenario, draw=self._draw_of(scenario), began=self.clock.now())
        self.plain = self.run is None and self.magic is None
        """Whether nothing happens in it but what the service does."""

    def _draw_of(self, scenario: Scenario) -> Callable[[str, int], bytes]:
        """Chance for a scenario: the server's, or that of a seed of its own; for each purpose its own stream."""
        source = Randomness(scenario.seed) if scenario.seed else self._randomness
        streams: dict[str, Draws] = {}

        def draw(purpose: str, number: int) -> bytes:
            stream = streams.get(purpose)
            if stream is None:
                stream = streams[purpose] = source.draws(f"scenario {purpose}", self.key)
            return stream.take(number)

        return draw

    @property
    def rpm(self) -> int:
        """Requests per minute; 0: no limit."""
        own = self.standing.rpm
        return self.interpretation.rpm if own is None else own

    async def sleep_until(self, instant: int, unless: asyncio.Future[None] | None = None) -> None:
        """Return once the instant has come by this world's clock, the world was reset, or `unless` is done."""
        while not self.closed and self.clock.now() < instant and not (unless is not None and unless.done()):
            await self.clock.wait(instant, unless)

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

    def handle(self, number: int) -> int:
        """The handle that `draw` gave, or would have given, for its so-manieth draw, counted from 0."""
        return handle_of(self._draws.take(number), number // PAGE, self._mask)

    def page_of(self, handle: int) -> int:
        """The page on which this world would have filed a handle."""
        return page_of(handle, self._mask)
