"""What a request is about: the operations of the service, by the names that rules and the journal use. Pure."""

from __future__ import annotations

from enum import StrEnum


class Operation(StrEnum):
    """What can be asked of the service."""

    SUBMIT = "submit"
    """`POST /v2/{slug}`"""
    GENERATE = "generate"
    """`POST /v1/{slug}`"""
    STATUS = "status"
    """`GET /v2/requests/{id}/status`"""
    RESULT = "result"
    """`GET /v2/requests/{id}`"""
    POLL = "poll"
    """`GET /v1/requests/{id}`"""
    CREDITS = "credits"
    """`GET /v1/get-user-credits`"""
    FILE = "file"
    """`GET` of an output file"""
    OTHER = "other"
    """Every other path that is not this mock's own."""


GENERATIONS = frozenset({Operation.SUBMIT, Operation.GENERATE})
"""The operations that make a job: their argument is a model's slug."""

LOOKS = frozenset({Operation.STATUS, Operation.RESULT, Operation.POLL})
"""The operations that ask after a job: their argument is its request id."""
