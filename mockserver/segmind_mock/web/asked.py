"""A request as rules look at it: what is asked, of which job, before there is an answer."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import orjson

from segmind_mock.backend import Backend
from segmind_mock.jobs import Job, state
from segmind_mock.operations import GENERATIONS, LOOKS, Operation
from segmind_mock.subjects import MISSING
from segmind_mock.web.call import Call
from segmind_mock.web.files import Files


class Asked:
    """A `Subject` of patterns; what takes work is worked out when a pattern looks at it."""

    status: int | None = None
    rules: tuple[str, ...] = ()
    answer: object = MISSING

    def __init__(self, call: Call, operation: Operation, argument: str, backend: Backend, files: Files) -> None:
        self._call = call
        self._backend = backend
        self._files = files
        self.method: str = call.scope["method"]
        self.path: str = call.scope["path"]
        self.operation: str = operation
        self.key = call.world.key
        self._argument = argument

    @cached_property
    def model(self) -> str | None:
        """The slug: of the path, or of the job that is asked after."""
        if self.operation in GENERATIONS:
            return self._argument
        return None if self.made is None else self._backend.model_of(self.made).slug

    @cached_property
    def request_id(self) -> str | None:
        """Of the job that is asked after, or whose file is."""
        if self.operation in LOOKS:
            return self._argument
        maker = self._files.maker(self._argument) if self.operation == Operation.FILE else None
        return None if maker is None else self._backend.request_id(maker)

    @cached_property
    def made(self) -> Job | None:
        """The job that is asked after, its record expired or not."""
        if self.operation == Operation.FILE:
            maker = self._files.maker(self._argument)
            return None if maker is None else maker.job
        return self._backend.job_of(self._call.world, self.request_id) if self.request_id else None

    @cached_property
    def job(self) -> int | None:
        """Which of its account's jobs: that which is asked after, or the one that a submit will make."""
        if self.operation in GENERATIONS:
            return self._call.world.drawn + 1
        return None if self.made is None else self.made.number + 1

    @cached_property
    def state(self) -> str | None:
        """The job's true state now."""
        return None if self.made is None else state(self.made, self._call.now).value

    @cached_property
    def age(self) -> float | None:
        """Seconds since the job was submitted."""
        return None if self.made is None else (self._call.now - self.made.submitted) / 1000

    def header(self, name: str) -> str | None:
        """A header of the request; of several of one name, the last."""
        value = self._call.headers.get(name.encode("latin-1", "replace"))
        return None if value is None else value.decode("latin-1")

    @cached_property
    def body(self) -> Any:
        """The request's JSON, or `MISSING`."""
        try:
            return orjson.loads(self._call.body)
        except orjson.JSONDecodeError:
            return MISSING
