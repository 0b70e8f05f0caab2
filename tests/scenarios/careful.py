"""A client that does everything right, with several jobs at once: what it loses is what a scenario takes."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from tests.scenarios.meeting import CALL, SLUG, Broken, Meeting, result_of, status_of, word
from tests.worlds import printed_call

RECORD = 3_600_000
"""Milliseconds that a record lives: what was no end by then never will be one, and costs nothing."""
TRIES = 12
"""How often it asks for one thing that does not come."""
SUBMITS = 4
"""How many jobs it spends on one picture."""
LONGEST_PAUSE = 60.0
OTHER = "w2imgsd1.5-img2img"
"""The model it goes to when its own is no more."""

_MENDED: dict[str, dict[str, object]] = {
    "num_inference_steps": {"num_inference_steps": 20},
    "Scheduler": {"scheduler": "LMS"},
}
"""What it changes in a call when an error names one of these words."""


@dataclass
class Task:
    """A picture that is wanted, and the job that is to make it."""

    request_id: str
    submitted: int
    submits: int = 1
    lost: int = 0
    """Looks in a row at which nobody knew the job."""


class Careful:
    """Repeats GETs freely; submits again only what was not accepted, has FAILED, or has outlived its record."""

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._slug, self._call = SLUG, dict(CALL)
        self._ids: set[str] = set()

    def pictures(self, wanted: int) -> int:
        """How many of so many jobs, submitted one right after the other, come to a whole picture."""
        tasks = [task for _ in range(wanted) if (task := self._submitted()) is not None]
        pause, made = 1.0, 0
        while tasks:
            for task in [*tasks]:
                end = self._looked(task)
                if end is not None:
                    tasks.remove(task)
                    made += end
            self._meeting.clock.advance(pause)
            pause = min(pause * 1.2, 20.0)
        return made

    def _submitted(self) -> Task | None:
        """A job, once a submit is accepted under an id that is new."""
        for number in range(TRIES):
            answer = self._answered(f"/v2/{self._slug}", self._call)
            request_id = str(told(answer).get("request_id", ""))
            if answer.status_code == 200 and request_id and request_id not in self._ids:
                self._ids.add(request_id)
                return Task(request_id, self._meeting.clock.now())
            self._mend(answer)
            self._meeting.clock.advance(min(2.0**number, LONGEST_PAUSE))
        return None

    def _looked(self, task: Task) -> bool | None:
        """Whether a job has come to a picture; None while that is open."""
        state = self._meeting.met(status_of(task.request_id))
        task.lost = task.lost + 1 if state in ("401", "404") else 0
        if state == "COMPLETED":
            state, result = self._result(task)
            if state == "COMPLETED":
                return self._is_whole(result)
        if state == "FAILED":
            self._mend(self._answered(result_of(task.request_id)))
            return self._anew(task)
        if self._meeting.clock.now() - task.submitted >= RECORD:
            return self._anew(task)
        return False if task.lost >= TRIES else None

    def _anew(self, task: Task) -> bool | None:
        following = self._submitted() if task.submits < SUBMITS else None
        if following is None:
            return False
        task.request_id, task.submitted, task.lost = following.request_id, following.submitted, 0
        task.submits += 1
        return None

    def _result(self, task: Task) -> tuple[str, dict[str, Any]]:
        """What the result of a COMPLETED job is, asked again while it is nothing."""
        for number in range(TRIES):
            answer = self._answered(result_of(task.request_id))
            if word(answer) in ("COMPLETED", "FAILED"):
                return word(answer), told(answer)
            self._meeting.clock.advance(min(2.0**number, LONGEST_PAUSE))
        return "lost", {}

    def _is_whole(self, result: dict[str, Any]) -> bool:
        """Whether the first picture of a result can be had whole, in whatever format."""
        images = result["images"]
        described = images[0] if isinstance(images, list) else next(iter(images.values()))
        for _ in range(TRIES):
            content = self._answered(described["url"], key=None).content
            try:
                Image.open(BytesIO(content)).load()
            except OSError:
                self._meeting.clock.advance(2)
            else:
                return True
        return False

    def _answered(self, path: str, body: object = None, *, key: str | None = "") -> httpx.Response:
        """An answer; the whole body of one whose connection was reset behind it; else one of status 0."""
        try:
            return self._meeting.ask(path, body, headers={} if key is not None else {"x-api-key": None})
        except Broken as broken:
            whole = broken.body.endswith(b"}") and broken.end == "reset"
            return httpx.Response(200, content=broken.body) if whole else httpx.Response(0)

    def _mend(self, refusal: httpx.Response) -> None:
        """Change what an error says is wrong, if it says so."""
        if refusal.status_code in (403, 410):
            self._slug, self._call = OTHER, printed_call(OTHER)
        for name, change in _MENDED.items():
            if name in str(told(refusal).get("error", "")):
                self._call |= change


def told(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; an empty one where there is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
