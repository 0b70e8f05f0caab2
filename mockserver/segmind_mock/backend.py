"""Where core and ports meet: one verb for each thing a caller can do. It knows nothing of HTTP.

A submit decides everything about its job at once: what it will cost, when a worker is free, when it ends
and how. Every later question is answered from those instants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from segmind_mock import orders, timeline
from segmind_mock.accounts import MICRO
from segmind_mock.clock import Clock
from segmind_mock.config import Config
from segmind_mock.errors import (
    ApiError,
    Forbidden,
    GatewayTimeout,
    Gone,
    InsufficientCredits,
    NotFound,
    RateLimited,
    UnknownModel,
)
from segmind_mock.jobs import NEVER, Job, Outcome, State, expiry, state
from segmind_mock.keyring import Keyring
from segmind_mock.orders import Entry, Order
from segmind_mock.outputs import Told
from segmind_mock.randomness import Randomness, handle_in
from segmind_mock.render.picture import NOTHING, Given, Picture
from segmind_mock.results import Finished
from segmind_mock.stores import InputStore, PayloadStore
from segmind_mock.stores.memory import PAGE
from segmind_mock.world import World
from segmind_spec import Catalog, Model

if TYPE_CHECKING:
    from segmind_mock.faults import JobPlan
    from segmind_mock.scenarios.scenario import Scenario


_new = tuple.__new__  # as the named tuple's own constructor does, without the call in between


class Found(NamedTuple):
    """A job with its place."""

    world: World
    handle: int
    job: Job
    refusal: ApiError | None = None
    """Why a job that was just accepted will fail, where that is known already."""


class File(NamedTuple):
    """An output file of a completed job."""

    found: Found
    picture: Picture
    told: Told | None
    """Its provenance, where files carry one."""
    made: int
    """The instant its job completed."""
    until: int
    """The instant from which it is gone."""


class Lost(NamedTuple):
    """A file that is not there."""

    world: World | None
    """Whose it is or was, if that can be told."""
    was_there: bool


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
        scenario: Scenario | None = None,
    ) -> None:
        self.config = config
        self.catalog = catalog
        self.real = clock
        """Real time, or what a test takes for it."""
        self.randomness = randomness
        self.entries = {entry.model.slug: entry for entry in _entries(config, catalog)}
        self._by_index = tuple(self.entries.values())
        self._payloads = payloads
        self.inputs = inputs
        self.keyring = Keyring(config, clock, randomness, scenario)
        self._kept = 0
        self._timing = timeline.TIMINGS[config.timing]
        self._retention = config.retention * 1000
        self._file_retention = config.file_retention * 1000
        self._provenance = config.provenance

    def world(self, key: str) -> World:
        """The world of a key; made when the key is first used. Raises `Unauthorized` or `RateLimited`."""
        return self.keyring.open(key.encode("latin-1", "replace"))

    def entry(self, world: World, slug: str) -> Entry:
        """The model of a slug, as an account sees it. Raises `UnknownModel`, `Gone` or `Forbidden`."""
        entry = self.entries.get(slug)
        if entry is None:
            raise UnknownModel(f"Model {slug[:100]} not found")
        if entry.retired or slug in world.standing.retired:
            raise Gone(f"Model {slug} has been retired and is no longer available")
        if entry.forbidden or slug in world.standing.forbidden:
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
        plan: JobPlan | None = None,
    ) -> Found:
        """Take a request (v1: `blocking`) and decide its job, as `plan` has it if there is one.

        Raises `ApiError` when it is refused.
        """
        if world.closed:
            raise GatewayTimeout("This account was reset while the call came in.")
        now = world.clock.now()
        order = world.interpretation.orders.take(entry, body, blocking=blocking, raw=raw, given=given, plan=plan)
        self._afford(world, order.cost or entry.least_cost, now, blocking=blocking)
        if given.data:
            self._house(given)
        if self._kept >= self.config.max_jobs:
            self._make_room()
        if world.drawn % PAGE == 0:
            self._forget(world, now)
        handle, page, bits = world.draw()
        job = self._scheduled(world, entry, order, now, bits, blocking=blocking)
        until = self._keep_until(world, job)
        world.jobs.add(handle, page, job, until)
        if given.data and given.source is not None and job.outcome == Outcome.SUCCEEDS:
            self.inputs.keep(given.source.held, given.data, world.tag, until)
        self._kept += 1
        if job.cost:
            world.ledger.charge(_due(world, job), job.number, job.cost, now)
        return Found(world, handle, job, order.refusal)

    def find(self, world: World, request_id: str, now: int) -> Found | None:
        """The live job of an id, None when it is unknown, another account's, or expired."""
        handle = handle_in(request_id)
        if handle is None or (job := world.jobs.get(handle, world.page_of(handle))) is None:
            return None
        interpretation = world.interpretation
        if now >= expiry(job, self._retention, from_completion=interpretation.late):
            return None
        if self.randomness.request_id(handle, dashed=interpretation.dashed) != request_id:
            return None
        return _new(Found, (world, handle, job, None))

    def find_anywhere(self, request_id: str) -> Found | None:
        """The live job of an id in any world (quirks `foreign_request` and `status_key`)."""
        found = (self.find(world, request_id, world.clock.now()) for world in self.keyring.all())
        return next(filter(None, found), None)

    def job_of(self, world: World, request_id: str) -> Job | None:
        """The job that an id names, its record expired or not; None when it is unknown or forgotten."""
        handle = handle_in(request_id)
        return None if handle is None else world.jobs.get(handle, world.page_of(handle))

    def balance_after(self, world: World, job: Job, now: int) -> int:
        """Micro-credits that were left right after a completed job was paid for; it stays the same ever after."""
        return world.ledger.balance_after(_due(world, job), job.number, now)

    def request_id(self, found: Found) -> str:
        """The id that clients know a job by."""
        return self.randomness.request_id(found.handle, dashed=found.world.interpretation.dashed)

    def finished(self, found: Found) -> Finished:
        """What an ended job tells."""
        world, handle, job, _ = found
        return world.interpretation.results.of(self._by_index[job.model], self._payloads.read(job.payload), handle)

    def told(self, found: Found, finished: Finished, index: int) -> Told | None:
        """What a picture tells of the call that made it, as the setting `provenance` wants it; None for nothing."""
        if self._provenance == "off":
            return None
        request_id = self.request_id(found) if self._provenance == "full" else None
        return finished.told(self.model_of(found.job), index, request_id)

    def file_name(self, found: Found, index: int) -> str:
        """The opaque name of a job's output file, without its extension."""
        whose, which = found.world.tag.to_bytes(5, "big"), found.handle.to_bytes(8, "big")
        return self.randomness.seal(whose + which + bytes([index]))

    def is_file_name(self, text: str) -> bool:
        """Whether a text is a name that this server gave to a file, still there or not."""
        return self.randomness.unseal(text) is not None

    def file(self, name: str) -> File | Lost:
        """The file of a name, or what is known of one that is not there."""
        content = self.randomness.unseal(name)
        world = self.keyring.of_tag(int.from_bytes(content[:5], "big")) if content and len(content) == 14 else None
        if world is None or content is None:
            return Lost(None, was_there=False)
        now = world.clock.now()
        handle = int.from_bytes(content[5:13], "big")
        job = world.jobs.get(handle, world.page_of(handle))
        if job is None or now >= job.ended + self._file_retention:
            return Lost(world, was_there=True)
        index = content[13]
        found = Found(world, handle, job)
        finished = self.finished(found) if state(job, now) is State.COMPLETED else None
        if finished is None or index >= len(finished.pictures):
            return Lost(world, was_there=False)
        told = self.told(found, finished, index)
        return File(found, finished.pictures[index], told, job.ended, job.ended + self._file_retention)

    def held_input(self, digest: bytes) -> bytes:
        """The file of an input picture. Raises `NotFound` where its account was reset meanwhile."""
        try:
            return self.inputs.read(digest)
        except KeyError:
            raise NotFound("The picture that this one is made of is gone: its account was reset.") from None

    def forget(self, world: World) -> None:
        """Drop a world with all that is in it, whatever its age."""
        self._release(world.jobs.drop())
        self.inputs.discard(world.tag, None)

    def _afford(self, world: World, cost: int, now: int, *, blocking: bool) -> None:
        ledger, interpretation = world.ledger, world.interpretation
        has = ledger.available(now) if interpretation.reserves else ledger.balance(now)
        if has < cost:
            if blocking:
                raise InsufficientCredits(has / MICRO, cost / MICRO)
            reading = world.quirks["v2_no_credits"]
            refusal = InsufficientCredits(has / MICRO, cost / MICRO, int(reading))
            refusal.quirk = f"v2_no_credits={reading}"
            raise refusal

    def _scheduled(self, world: World, entry: Entry, order: Order, now: int, bits: bytes, *, blocking: bool) -> Job:
        waits, runs = self._timing.durations(entry.model.latency, bits)
        busy = world.lines.get(entry.index)
        if busy is None:
            busy = world.lines[entry.index] = []
        queued = order.queue_ms
        started = timeline.start(busy, entry.workers, now + waits) if queued is None else now + queued
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

    def _keep_until(self, world: World, job: Job) -> int:
        record = expiry(job, self._retention, from_completion=world.interpretation.late)
        if job.outcome != Outcome.NEVER_ENDS:
            record = max(record, job.ended)  # a v1 call is held until then
        return max(record, job.ended + self._file_retention) if job.outcome == Outcome.SUCCEEDS else record

    def _house(self, given: Given) -> None:
        assert given.source is not None
        digest, size = given.source.held, len(given.data)
        if self.inputs.has_room(digest, size):
            return
        for world in self.keyring.all():
            self.inputs.discard(world.tag, world.clock.now())
        if not self.inputs.has_room(digest, size):
            raise RateLimited(
                f"This mock holds {self.config.input_room} bytes of input pictures, its bound (input_room); "
                "none that a job still needs is dropped to make room."
            )

    def _make_room(self) -> None:
        for world in self.keyring.all():
            self._forget(world, world.clock.now())
        if self._kept >= self.config.max_jobs:
            raise RateLimited(
                f"This mock remembers {self.config.max_jobs} jobs, its bound (max_jobs); none is dropped to make room."
            )

    def _forget(self, world: World, now: int) -> None:
        self._release(world.jobs.discard(now))
        self.inputs.discard(world.tag, now)
        world.ledger.forget_before(now - self._retention)

    def _release(self, payloads: list[int]) -> None:
        self._kept -= len(payloads)
        self._payloads.release(payloads)


def _due(world: World, job: Job) -> int:
    return job.submitted if world.interpretation.debits_early else job.ended


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
