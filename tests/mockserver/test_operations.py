"""Operations: the verbs of the service, each in one group at most."""

from __future__ import annotations

import pytest

from segmind_mock.operations import GENERATIONS, LOOKS, Operation
from tests.worlds import mock


def test_names() -> None:
    """An operation is the word that rules and the journal write."""
    assert [str(operation) for operation in Operation] == [
        "submit",
        "generate",
        "status",
        "result",
        "poll",
        "credits",
        "file",
        "other",
    ]
    assert Operation("poll") is Operation.POLL


def test_groups() -> None:
    """What makes a job does not ask after one; balance, files and all other paths do neither."""
    assert frozenset() == GENERATIONS & LOOKS
    assert set(Operation) - GENERATIONS - LOOKS == {Operation.CREDITS, Operation.FILE, Operation.OTHER}


@pytest.mark.parametrize(
    ("method", "path", "operation", "argument"),
    [
        ("POST", "/v2/a-model", Operation.SUBMIT, "a-model"),
        ("POST", "/v1/a-model", Operation.GENERATE, "a-model"),
        ("GET", "/v2/requests/an-id/status", Operation.STATUS, "an-id"),
        ("GET", "/v2/requests/an-id", Operation.RESULT, "an-id"),
        ("GET", "/v1/requests/an-id", Operation.POLL, "an-id"),
        ("GET", "/v1/get-user-credits", Operation.CREDITS, ""),
        ("GET", "/generations/a.png", Operation.FILE, "/generations/a.png"),
        ("GET", "/anywhere", Operation.OTHER, "/anywhere"),
    ],
)
def test_where_they_are(method: str, path: str, operation: Operation, argument: str) -> None:
    """Each path is the operation that its line of the table says, and a wrong verb changes nothing about that."""
    here = mock()
    for verb in (method, "DELETE"):
        here.request(verb, path)
    found = here.app.control.exchanges(None)
    assert [(exchange.operation, exchange.record[4]) for exchange in found] == [(operation, argument)] * 2
