"""The worlds of a server by their keys: opened when a key is first used, and begun anew when they are reset."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from segmind_mock.accounts import MICRO, Ledger
from segmind_mock.clock import Clock, SteeredClock
from segmind_mock.config import Config
from segmind_mock.errors import RateLimited, Unauthorized
from segmind_mock.interpretation import Interpretation
from segmind_mock.journal import Journal, Room
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.stores.memory import MemoryJobs
from segmind_mock.world import World

if TYPE_CHECKING:
    from segmind_mock.scenarios.scenario import Scenario

MAX_ACCOUNTS = 100_000
_KEY = re.compile(rb"SG_[0-9A-Fa-f]{16}")


class Keyring:
    """Finds, opens and closes worlds."""

    clock: SteeredClock
    """The server's; an account may have one of its own over it."""
    nobody: World
    """The world of requests without a key that is accepted."""
    ended = False
    """Whether the server is stopping."""

    def __init__(self, config: Config, clock: Clock, randomness: Randomness, scenario: Scenario | None) -> None:
        self._config = config
        self._base = clock
        self._randomness = randomness
        self._room = Room(config.journal_room)
        self._interpretations: WeakValueDictionary[Quirks, Interpretation] = WeakValueDictionary()
        self._default = self.interpretation(config.quirks)
        self._given = scenario
        self._begin()

    def reset(self) -> None:
        """No key has been used, the clock is as the settings say, and so is the scenario."""
        self._close_all()
        self._begin()

    def end(self) -> None:
        """The server is stopping: whoever waits in a world ends, and no world takes anything any more."""
        self.ended = True
        self._close_all()

    def _close_all(self) -> None:
        for world in self.everybody():
            world.closed = True
        self.clock.stir()  # whoever waits in a world that is closed ends

    def _begin(self) -> None:
        self.by_key: dict[bytes, World] = {}
        """Worlds by the bytes of their keys as a header has them."""
        self._by_tag: dict[int, World] = {}
        self._on_opening: Callable[[World], None] | None = None
        self.clock = SteeredClock(self._base)
        if self._config.clock != "real":
            self.clock.run(0.0 if self._config.clock == "frozen" else float(self._config.clock))
        self.scenario = self._given
        self.nobody = self._made("")
        self.nobody.refused = True

    def open(self, key: bytes) -> World:
        """The world of a key. Raises `Unauthorized` for a text that is no key, `RateLimited` beyond `MAX_ACCOUNTS`."""
        world = self.by_key.get(key)
        if world is not None:
            return world
        if not key or (self._config.quirks["key_shape"] == "segmind" and not _KEY.fullmatch(key)):
            raise Unauthorized.refused()
        if len(self.by_key) >= MAX_ACCOUNTS:
            raise RateLimited(f"This mock holds {MAX_ACCOUNTS} accounts and takes no further key.")
        world = self._made(key.decode("latin-1"))
        self.by_key[key] = self._by_tag[world.tag] = world
        if self._on_opening is not None:
            self._on_opening(world)
        return world

    def when_opened(self, prepare: Callable[[World], None]) -> None:
        """Have `prepare` called with each world that is opened from now on, until all is reset; and none before it."""
        self._on_opening = prepare

    def close(self, world: World) -> None:
        """Forget a world; its key, used again, opens a new one."""
        world.closed = True
        self.by_key.pop(world.key.encode("latin-1"), None)
        self._by_tag.pop(world.tag, None)
        world.clock.stir()

    def of_tag(self, tag: int) -> World | None:
        """The world of an account's tag."""
        return self._by_tag.get(tag)

    def all(self) -> Iterator[World]:
        """Every world but nobody's."""
        return iter(self.by_key.values())

    def everybody(self) -> Iterator[World]:
        """Every world, that of requests without a key that is accepted among them."""
        yield self.nobody
        yield from self.all()

    def interpretation(self, quirks: Quirks) -> Interpretation:
        """How a choice of quirks is read; one for all who choose the same."""
        found = self._interpretations.get(quirks)
        if found is None:
            found = self._interpretations[quirks] = Interpretation(quirks, self._config, self._randomness)
        return found

    def play(self, scenario: Scenario | None) -> None:
        """Begin a scenario in every world there is and every one to come; None ends all."""
        self.scenario = scenario
        for world in self.everybody():
            world.play(scenario)

    def _made(self, key: str) -> World:
        world = World(
            key,
            clock=self.clock,
            ledger=Ledger(round(self._config.credits * MICRO), self.clock.now()),
            jobs=MemoryJobs(),
            journal=Journal(self._room, self._config.journal),
            randomness=self._randomness,
            interpretation=self._default,
        )
        world.play(self.scenario)
        return world
