"""One seed, one scenario and one client program: the same record twice, byte for byte but for real dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson
import pytest

from segmind_mock.app import create_app
from segmind_mock.config import Config
from tests.machine.driver import Driver, Told
from tests.machine.programs import Step, lasting, program, scenario
from tests.served import serving
from tests.worlds import CATALOG, KEY, HandClock

ROUND: tuple[Step, ...] = (
    ("submit", "convert"),
    ("look", "status"),
    ("advance", 700),
    ("look", "status"),
    ("advance", 1300),
    ("look", "status"),
    ("look", "result"),
    ("look", "poll"),
    ("file",),
    ("submit", "bad"),
    ("submit", "fail"),
    ("advance", 2000),
    ("look", "result"),
    ("credits",),
    ("generate", "bad"),
    ("submit", "unknown"),
)
PROGRAM: tuple[Step, ...] = (("play", scenario()), *ROUND * 6, ("change", {"credits": 0.0005}), *ROUND)
WAITING: tuple[Step, ...] = (*PROGRAM, ("change", {"credits": 5, "rpm": 3}), ("generate", "convert"), *ROUND)
DATES = {"last-modified", "x-rate-limit-reset-at-utc"}
HOST = {"host": "localhost"}

Ask = Callable[[str, str, object, str | None], Told]


def records(ask: Ask, steps: tuple[Step, ...]) -> tuple[bytes, bytes]:
    """The journal and the archive that a program leaves behind."""
    client = program(KEY, steps)
    request = next(client)
    while True:
        told = ask(request.method, request.path, request.body, KEY if request.signed else None)
        try:
            request = client.send(told)
        except StopIteration:
            break
    journal = ask("GET", "/_mock/journal", None, None).body
    return journal, ask("GET", "/_mock/journal?format=har", None, None).body


def in_process(seed: str) -> tuple[bytes, bytes]:
    """Of a fresh mock without a socket."""
    clock = HandClock()
    driver = Driver(create_app(Config(seed=seed), catalog=CATALOG, clock=clock))
    try:
        return records(lambda method, path, body, key: driver.ask(method, path, body, key=key), WAITING)
    finally:
        driver.close()


def served(seed: str) -> tuple[bytes, bytes]:
    """Of a fresh mock in a process of its own, its clock standing still but where the program moves it."""
    flags = ("--clock", "frozen", "--seed", seed, "--public-url", "http://mock.test")
    with serving(*flags) as mock, httpx.Client(base_url=mock.url, headers=HOST, trust_env=False) as client:

        def ask(method: str, path: str, body: object, key: str | None) -> Told:
            raw = None if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
            headers = {"content-type": "application/json"} if raw is not None else {}
            answer = client.request(
                method, path, content=raw, headers={**headers, **({"x-api-key": key} if key else {})}
            )
            return Told(answer.status_code, dict(answer.headers), answer.content)

        return records(ask, PROGRAM)


def undated(journal: bytes) -> list[Any]:
    """Exchanges with their instants counted from the first, because a clock stands still where it began."""
    exchanges: list[Any] = orjson.loads(lasting(journal))["exchanges"]
    for exchange in exchanges:
        del exchange["at"]
        exchange["answer"]["headers"] = _undated(exchange["answer"]["headers"])
    return exchanges


def _undated(headers: list[list[str]]) -> list[list[str]]:
    return [[name, "" if name in DATES else value] for name, value in headers]


def entries(archive: bytes) -> list[Any]:
    """The entries of an archive without dates."""
    found: list[Any] = orjson.loads(archive)["log"]["entries"]
    for entry in found:
        del entry["startedDateTime"], entry["_segmind"]["at"]
        entry["response"]["headers"] = [
            {**header, "value": "" if header["name"] in DATES else header["value"]}
            for header in entry["response"]["headers"]
        ]
    return found


def what_happened(journal: bytes) -> Mapping[str, set[str]]:
    """The rules that fired and the statuses that were answered."""
    exchanges = orjson.loads(journal)["exchanges"]
    return {
        "rules": {rule.rpartition("/")[2] for exchange in exchanges for rule in exchange["decided"]["rules"]},
        "statuses": {str(exchange["answer"]["status"]) for exchange in exchanges},
    }


def test_the_same_record_twice() -> None:
    """Journal and archive are equal to the byte, in a program to which every rule and many a refusal happened."""
    first, again = in_process("7"), in_process("7")
    assert lasting(first[0]) == lasting(again[0])
    assert entries(first[1]) == entries(again[1])
    happened = what_happened(first[0])
    assert happened["rules"] == {"gateway", "fails", "quick", "changed", "again", "poorer"}
    assert happened["statuses"] >= {"200", "400", "404", "406", "422", "429", "502"}
    assert len(entries(first[1])) == len(orjson.loads(first[0])["exchanges"]) > 80


def test_another_seed_gives_another_record() -> None:
    """Ids, durations and what the rules let through come from the seed."""
    first, other = in_process("7"), in_process("8")
    assert lasting(first[0]) != lasting(other[0])
    assert entries(first[1]) != entries(other[1])
    fired = [
        [exchange["decided"]["rules"] for exchange in orjson.loads(journal)["exchanges"]]
        for journal, _ in (first, other)
    ]
    assert fired[0] != fired[1]


@pytest.fixture(scope="module")
def runs() -> tuple[tuple[bytes, bytes], ...]:
    """Two servers with one seed, and one with another."""
    return served("7"), served("7"), served("8")


def test_the_same_record_in_two_processes(runs: tuple[tuple[bytes, bytes], ...]) -> None:
    """It holds over sockets, too: journal and archive are equal but for dates, and not with another seed."""
    first, again, other = runs
    assert orjson.dumps(undated(first[0])) == orjson.dumps(undated(again[0]))
    assert orjson.dumps(entries(first[1])) == orjson.dumps(entries(again[1]))
    assert undated(first[0]) != undated(other[0])


def test_time_passes_as_the_program_says(runs: tuple[tuple[bytes, bytes], ...]) -> None:
    """Counted from its beginning, a clock that stands still shows the same instants in both."""
    first, again, _ = runs
    assert _gaps(first[0]) == _gaps(again[0])
    assert sum(_gaps(first[0])) > 0


def _gaps(journal: bytes) -> list[float]:
    from datetime import datetime

    at = [datetime.fromisoformat(exchange["at"]).timestamp() for exchange in orjson.loads(journal)["exchanges"]]
    return [round(instant - at[0], 3) for instant in at]
