"""One request on its way through the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segmind_mock.errors import ApiError
from segmind_mock.journal import Notes
from segmind_mock.web.answers import Scope
from segmind_mock.world import World

if TYPE_CHECKING:
    from segmind_mock.faults import JobPlan

Headers = Mapping[bytes, bytes]


class Call:
    """A request, whose it is and when it came; and what is noted of it on the way."""

    # Of the class until they are set: most calls need none of them, and setting takes time.
    body = b""
    """The request's, once it `is_read`."""
    is_read = False
    unread: Exception | None = None
    """Why it cannot be read: too large, or not all of it came."""
    plan: JobPlan | None = None
    """How its job is to go, where a scenario says so."""
    job: int | None = None
    """Which of its account's jobs it made, counted from 1."""
    notes: Notes | None = None

    def __init__(self, scope: Scope, headers: Headers, world: World, now: int, real: int) -> None:
        self.scope = scope
        self.headers = headers
        self.world = world
        """The caller's; nobody's where there is no key, or none that is accepted."""
        self.now = now
        """When it came, by the clock of that world."""
        self.real = real
        """The same, by real time."""

    def noted(self) -> Notes:
        """What is noted of it, to be added to."""
        if self.notes is None:
            self.notes = Notes()
        return self.notes

    def note_quirk(self, name: str) -> None:
        """Note that a quirk decided the answer."""
        self.noted().quirks.append(f"{name}={self.world.quirks[name]}")

    def note_refusal(self, error: ApiError) -> None:
        """Note why it was refused, or why its job will fail."""
        if error.quirk or error.violations:
            notes = self.noted()
            notes.violations.extend(error.violations)
            if error.quirk:
                notes.quirks.append(error.quirk)
