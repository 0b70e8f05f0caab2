"""What patterns look at: an exchange, as far as it has come. Pure."""

from __future__ import annotations

from typing import Protocol


class Missing:
    """The type of `MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
"""In place of JSON where there is none: no body, or one that is something else."""


class Subject(Protocol):
    """What a pattern looks at: a request and, once there is one, its answer. None where a thing is not known."""

    @property
    def method(self) -> str:
        """In capitals."""

    @property
    def path(self) -> str:
        """Without the query."""

    @property
    def operation(self) -> str:
        """One of `Operation`."""

    @property
    def model(self) -> str | None:
        """The slug of the model."""

    @property
    def key(self) -> str:
        """The caller's API key; empty without one."""

    @property
    def request_id(self) -> str | None:
        """Of the job that it is about."""

    @property
    def job(self) -> int | None:
        """Which of its account's jobs it is about, counted from 1."""

    @property
    def state(self) -> str | None:
        """The job's true state when the request came."""

    @property
    def age(self) -> float | None:
        """Seconds since the job was submitted."""

    @property
    def status(self) -> int | None:
        """Of the answer; None before there is one."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that fired, each as `scenario/rule`."""

    def header(self, name: str) -> str | None:
        """A header of the request; the name in small letters."""

    @property
    def body(self) -> object:
        """The request's JSON, or `MISSING`."""

    @property
    def answer(self) -> object:
        """The answer's JSON, or `MISSING`."""
