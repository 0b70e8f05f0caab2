"""Memory: jobs and payloads as a plain dictionary would keep them, packed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from segmind_mock.jobs import NEVER, Job, Outcome
from segmind_mock.stores import JobStore, PayloadStore
from segmind_mock.stores.memory import PAGE, MemoryJobs, MemoryPayloads

U32 = st.integers(0, 0xFFFF_FFFF)
INSTANTS = st.integers(0, 4_102_444_800_000)
HANDLES = st.integers(0, (1 << 60) - 1)
PAGES = st.integers(0, 3)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Any job that can be made: each part as large as its record allows."""
    submitted, waits, lasts = draw(INSTANTS), draw(U32), draw(U32)
    waits, lasts = sorted((waits, lasts))
    return Job(
        submitted,
        submitted + waits,
        submitted + lasts,
        cost=draw(U32),
        payload=draw(U32),
        model=draw(st.integers(0, 0xFFFF)),
        outcome=draw(st.sampled_from(Outcome)),
        number=draw(U32),
    )


@given(jobs(), HANDLES)
def test_a_job_comes_back(job: Job, handle: int) -> None:
    """A job is read as it was written, to the last millisecond and micro-credit."""
    store: JobStore = MemoryJobs()
    store.add(handle, 0, job, 0)
    assert store.get(handle, 0) == job


def test_longer_than_never() -> None:
    """A duration beyond the longest is kept as the longest."""
    store = MemoryJobs()
    store.add(1, 0, Job(5, 5 + NEVER + 1, 5 + NEVER + 9, 0, 0, 0, 0, 0), 0)
    assert store.get(1, 0) == Job(5, 5 + NEVER, 5 + NEVER, 0, 0, 0, 0, 0)


def test_pages_fit_their_dictionary() -> None:
    """A page has fewer jobs than a dictionary of 8192 slots takes before it grows."""
    assert PAGE <= 8192 * 2 // 3


class Jobs(RuleBasedStateMachine):
    """Jobs against a dictionary of pages. A page lives as long as the longest-lived job ever filed on it."""

    handles = Bundle("handles")

    @initialize()
    def begin(self) -> None:
        """Begin with nothing."""
        self.store = MemoryJobs()
        self.model: dict[int, dict[int, Job]] = {}
        self.until: dict[int, int] = {}
        self.used: set[tuple[int, int]] = set()

    @rule(target=handles, handle=HANDLES, page=PAGES, job=jobs(), keep=st.integers(0, 5))
    def add(self, handle: int, page: int, job: Job, keep: int) -> tuple[int, int]:
        """File a job under a new handle."""
        if (handle, page) not in self.used:
            self.used.add((handle, page))
            self.store.add(handle, page, job, keep)
            self.model.setdefault(page, {})[handle] = job
            self.until[page] = max(keep, self.until.get(page, 0))
        return handle, page

    @rule(place=handles)
    def get(self, place: tuple[int, int]) -> None:
        """A job that was filed is found, on its own page, until the page is dropped."""
        handle, page = place
        assert self.store.get(handle, page) == self.model.get(page, {}).get(handle)

    @rule(handle=HANDLES, page=PAGES)
    def miss(self, handle: int, page: int) -> None:
        """What was not filed is not found."""
        assert self.store.get(handle, page) == self.model.get(page, {}).get(handle)

    @rule(now=st.integers(0, 5))
    def discard(self, now: int) -> None:
        """Exactly the pages whose time has come are dropped, and every payload of theirs is let go once."""
        gone = [page for page in self.model if self.until[page] <= now]
        expected = [job.payload for page in gone for job in self.model.pop(page).values()]
        for page in gone:
            del self.until[page]
        assert sorted(self.store.discard(now)) == sorted(expected)

    @rule()
    def drop(self) -> None:
        """All goes, whatever its time, and every payload is let go once."""
        expected = [job.payload for page in self.model.values() for job in page.values()]
        self.model.clear()
        self.until.clear()
        assert sorted(self.store.drop()) == sorted(expected)

    @invariant()
    def all(self) -> None:
        """Every job that is kept is among all, once, page by page as they were begun."""
        expected = [job for page in self.model.values() for job in page.values()]
        assert list(self.store.all()) == expected

    @invariant()
    def count(self) -> None:
        """As many are kept as were filed and not dropped."""
        assert len(self.store) == sum(map(len, self.model.values()))


class Payloads(RuleBasedStateMachine):
    """Payloads against a list of who uses what."""

    users = Bundle("users")

    @initialize()
    def begin(self) -> None:
        """Begin with nothing."""
        self.store = MemoryPayloads()
        self.port: PayloadStore = self.store
        self.model: list[tuple[int, bytes]] = []

    @rule(target=users, payload=st.binary(max_size=2))
    def keep(self, payload: bytes) -> tuple[int, bytes]:
        """Equal payloads have one number, different ones different numbers."""
        number = self.port.keep(payload)
        assert all((number == other) == (payload == known) for other, known in self.model)
        self.model.append((number, payload))
        return number, payload

    @rule(user=users)
    def read(self, user: tuple[int, bytes]) -> None:
        """A payload with a user left is read as it was kept."""
        number, payload = user
        if user in self.model:
            assert self.port.read(number) == payload

    @rule(user=consumes(users))
    def release(self, user: tuple[int, bytes]) -> None:
        """One user less."""
        if user in self.model:
            self.model.remove(user)
            self.port.release([user[0]])

    @rule()
    def release_all(self) -> None:
        """Everybody goes: nothing is left, and the numbers are free again."""
        self.port.release([number for number, _ in self.model])
        self.model.clear()
        assert len(self.store) == 0

    @invariant()
    def count(self) -> None:
        """As many are kept as there are different ones in use, and all of them can be read."""
        assert len(self.store) == len(set(self.model))
        assert all(self.port.read(number) == payload for number, payload in self.model)


TestJobs = Jobs.TestCase
TestPayloads = Payloads.TestCase


def test_numbers_are_used_again() -> None:
    """A thousand payloads one after another need one place."""
    store = MemoryPayloads()
    for number in range(1000):
        store.release([store.keep(b"%d" % number)])
    assert len(store._bytes) == 1
