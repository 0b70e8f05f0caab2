"""Where core and ports meet: one verb for each thing a caller can do. It knows nothing of HTTP.

A submit decides everything about its job at once: what it will cost, when a worker is free, when it ends
and how. Every later question is answered from those instants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from segmind_mock import orders, timeline
from segmind_mock.accounts import MICRO, Ledger
from segmind_mock.clock import Clock
from segmind_mock.config import Config
from segmind_mock.errors import (
    Forbidden,
    Gone,
    InsufficientCredits,
    RateLimited,
    Unauthorized,
    UnknownModel,
)
from segmind_mock.jobs import NEVER, Job, Outcome, State, expiry, state
from segmind_mock.orders import Entry, Order
from segmind_mock.outputs import Told
from segmind_mock.randomness import Randomness, handle_in
from segmind_mock.render.picture import NOTHING, Given, Picture
from segmind_mock.results import Finished, Results
from segmind_mock.stores import InputStore, PayloadStore
from segmind_mock.stores.memory import PAGE, MemoryJobs
from segmind_mock.world import World
from segmind_spec import Catalog, Model

MAX_ACCOUNTS = 100_000
_KEY = re.compile(r"SG_[0-9A-Fa-f]{16}")


class Found(NamedTuple):
    """A job with its place."""

    handle: int
    job: Job


class File(NamedTuple):
    """An output file of a completed job."""

    picture: Picture
    told: Told | None
    """Its provenance, where files carry one."""
    made: int
    """The instant its job completed."""
    until: int
    """The instant from which it is gone."""


class Backend:
    """A server's worlds, and what can be asked of them."""

    def __init__(
        self,
        config: Config,
        catalog: Catalog,
        *,
        clock: Clock,
        randomness: Randomness,
        payloads: PayloadStore,
        inputs: InputStore,
    ) -> None:
        self.config = config
        self.catalog = catalog
        self.clock = clock
        self.randomness = randomness
        self.entries = {entry.model.slug: entry for entry in _entries(config, catalog)}
        self._by_index = tuple(self.entries.values())
        self._payloads = payloads
        self.inputs = inputs
        self._worlds: dict[str, World] = {}
        self._by_tag: dict[int, World] = {}
        self._kept = 0
        self._timing = timeline.TIMINGS[config.timing]
        self._retention = config.retention * 1000
        self._file_retention = config.file_retention * 1000
        self._rpm = config.rpm or _plan(config.quirks["rate_plan"])
        self._dashed = config.quirks["request_id"] == "uuid"
        self._late = config.quirks["retention_from"] == "completion"
        self._reserve = config.quirks["credit_race"] == "reserve"
        self._debit_early = config.quirks["debit"] == "submission"
        self._provenance = config.provenance
        self._orders = orders.Orders(config.quirks)
        self._results = Results(config, self._orders, randomness)

    def world(self, key: str) -> World:
        """The world of a key; made when the key is first used. Raises `Unauthorized`."""
        world = self._worlds.get(key)
        return world if world is not None else self._open(key)

    def _open(self, key: str) -> World:
        if self.config.quirks["key_shape"] == "segmind" and not _KEY.fullmatch(key):
            raise Unauthorized.refused()
        if len(self._worlds) >= MAX_ACCOUNTS:
            raise RateLimited(f"This mock holds {MAX_ACCOUNTS} accounts and takes no further key.")
        ledger = Ledger(round(self.config.credits * MICRO), self.clock.now())
        world = World(key, ledger=ledger, jobs=MemoryJobs(), randomness=self.randomness)
        self._worlds[key] = self._by_tag[world.tag] = world
        return world

    def count(self, world: World, now: int) -> bool:
        """Count a request towards the rate limit; False when it is one too many."""
        return world.window.take(now, self._rpm)

    @property
    def rpm(self) -> int:
        """Requests per minute of a key; 0: no limit."""
        return self._rpm

    def entry(self, slug: str) -> Entry:
        """The model of a slug. Raises `UnknownModel`, `Gone` or `Forbidden`."""
        entry = self.entries.get(slug)
        if entry is None:
            raise UnknownModel(f"Model {slug[:100]} not found")
        if entry.retired:
            raise Gone(f"Model {slug} has been retired and is no longer available")
        if entry.forbidden:
            raise Forbidden(f"Forbidden. This account may not call the model {slug}.")
        return entry

    def model_of(self, job: Job) -> Model:
        """The model that a job is for."""
        return self._by_index[job.model].model

    def accept(
        self,
        world: World,
        entry: Entry,
        body: Mapping[str, object],
        *,
        blocking: bool,
        raw: bytes = b"",
        given: Given = NOTHING,
    ) -> Found:
        """Take a request (v1: `blocking`) and decide its job. Raises `ApiError` when it is refused."""
        now = self.clock.now()
        order = self._orders.take(entry, body, blocking=blocking, raw=raw, given=given)
        self._afford(world, order.cost or entry.least_cost, now, blocking=blocking)
        if given.data:
            self._house(given, now)
        if self._kept >= self.config.max_jobs:
            self._make_room(now)
        if world.drawn % PAGE == 0:
            self._forget(world, now)
        handle, page, bits = world.draw()
        job = self._scheduled(world, entry, order, now, bits, blocking=blocking)
        until = self._keep_until(job)
        world.jobs.add(handle, page, job, until)
        if given.data and given.source is not None and job.outcome == Outcome.SUCCEEDS:
            self.inputs.keep(given.source.held, given.data, until)
        self._kept += 1
        if job.cost:
            world.ledger.charge(self._due(job), job.number, job.cost, now)
        return Found(handle, job)

    def find(self, world: World, request_id: str, now: int) -> Found | None:
        """The live job of an id, None when it is unknown, another account's, or expired."""
        handle = handle_in(request_id)
        if handle is None or (job := world.jobs.get(handle, world.page_of(handle))) is None:
            return None
        if now >= expiry(job, self._retention, from_completion=self._late):
            return None
        return Found(handle, job) if self.request_id(handle) == request_id else None

    def find_anywhere(self, request_id: str, now: int) -> tuple[World, Found] | None:
        """The live job of an id in any world (quirks `foreign_request` and `status_key`)."""
        for world in self._worlds.values():
            if (found := self.find(world, request_id, now)) is not None:
                return world, found
        return None

    def balance_after(self, world: World, job: Job, now: int) -> int:
        """Micro-credits that were left right after a completed job was paid for; it stays the same ever after."""
        return world.ledger.balance_after(self._due(job), job.number, now)

    def _due(self, job: Job) -> int:
        return job.submitted if self._debit_early else job.ended

    def request_id(self, handle: int) -> str:
        """The id that clients know a job by."""
        return self.randomness.request_id(handle, dashed=self._dashed)

    def finished(self, found: Found) -> Finished:
        """What an ended job tells."""
        handle, job = found
        return self._results.of(self._by_index[job.model], self._payloads.read(job.payload), handle)

    def told(self, found: Found, finished: Finished, index: int) -> Told | None:
        """What a picture tells of the call that made it, as the setting `provenance` wants it; None for nothing."""
        if self._provenance == "off":
            return None
        request_id = self.request_id(found.handle) if self._provenance == "full" else None
        return finished.told(self.model_of(found.job), index, request_id)

    def file_name(self, world: World, handle: int, index: int) -> str:
        """The opaque name of a job's output file, without its extension."""
        return self.randomness.seal(world.tag.to_bytes(5, "big") + handle.to_bytes(8, "big") + bytes([index]))

    def is_file_name(self, text: str) -> bool:
        """Whether a text is a name that this server gave to a file, still there or not."""
        return self.randomness.unseal(text) is not None

    def file(self, name: str, now: int) -> tuple[File | None, bool]:
        """The file of a name, and whether there ever was one."""
        content = self.randomness.unseal(name)
        world = self._by_tag.get(int.from_bytes(content[:5], "big")) if content and len(content) == 14 else None
        if world is None or content is None:
            return None, False
        handle = int.from_bytes(content[5:13], "big")
        job = world.jobs.get(handle, world.page_of(handle))
        if job is None or now >= job.ended + self._file_retention:
            return None, True
        index = content[13]
        found = Found(handle, job)
        finished = self.finished(found) if state(job, now) is State.COMPLETED else None
        if finished is None or index >= len(finished.pictures):
            return None, False
        told = self.told(found, finished, index)
        return File(finished.pictures[index], told, job.ended, job.ended + self._file_retention), True

    def _afford(self, world: World, cost: int, now: int, *, blocking: bool) -> None:
        ledger = world.ledger
        has = ledger.available(now) if self._reserve else ledger.balance(now)
        if has < cost:
            status = 406 if blocking else int(self.config.quirks["v2_no_credits"])
            raise InsufficientCredits(has / MICRO, cost / MICRO, status)

    def _scheduled(self, world: World, entry: Entry, order: Order, now: int, bits: bytes, *, blocking: bool) -> Job:
        waits, runs = self._timing.durations(entry.model.latency, bits)
        busy = world.lines.get(entry.index)
        if busy is None:
            busy = world.lines[entry.index] = []
        started = timeline.start(busy, entry.workers, now + waits)
        ended = started + (runs if order.run_ms is None else order.run_ms)
        cost, outcome, payload = order.cost, order.outcome, order.payload
        if outcome == Outcome.NEVER_ENDS:
            ended = now + NEVER
        else:
            timeline.occupy(busy, entry.workers, ended)
        patience = self.config.v1_patience * 1000
        if blocking and ended - now > patience:
            cost, outcome, payload = 0, Outcome.TIMED_OUT, orders.TIMED_OUT
            started, ended = min(started, now + patience), now + patience
        return Job(now, started, ended, cost, self._payloads.keep(payload), entry.index, outcome, world.drawn - 1)

    def _keep_until(self, job: Job) -> int:
        record = expiry(job, self._retention, from_completion=self._late)
        return max(record, job.ended + self._file_retention) if job.outcome == Outcome.SUCCEEDS else record

    def _house(self, given: Given, now: int) -> None:
        assert given.source is not None
        if not self.inputs.has_room(given.source.held, len(given.data), now):
            raise RateLimited(
                f"This mock holds {self.config.input_room} bytes of input pictures, its bound (input_room); "
                "none that a job still needs is dropped to make room."
            )

    def _make_room(self, now: int) -> None:
        for world in self._worlds.values():
            self._forget(world, now)
        if self._kept >= self.config.max_jobs:
            raise RateLimited(
                f"This mock remembers {self.config.max_jobs} jobs, its bound (max_jobs); none is dropped to make room."
            )

    def _forget(self, world: World, now: int) -> None:
        released = world.jobs.discard(now)
        self._kept -= len(released)
        self._payloads.release(released)
        self.inputs.discard(now)
        world.ledger.forget_before(now - self._retention)


def _entries(config: Config, catalog: Catalog) -> list[Entry]:
    return [
        Entry.of(
            model,
            index=index,
            workers=config.workers or model.workers,
            forbidden=model.slug in config.forbid,
            retired=model.slug in config.retire,
        )
        for index, model in enumerate(catalog)
    ]


def _plan(reading: str) -> int:
    return int(reading.rpartition("-")[2]) if "-" in reading else 0
