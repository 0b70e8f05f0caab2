"""A key is a world: what one account meets is the same alone and beside fifty others, however they interleave."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.app import create_app
from segmind_mock.config import Config
from segmind_mock.web.gateway import Gateway
from tests.machine.driver import Asking, Driver, Headers, Told
from tests.machine.programs import CALLS, RULES, Program, Request, Step, lasting, program, scenario
from tests.machine.test_replay import HOST, undated
from tests.served import serving
from tests.worlds import CATALOG, HandClock

NAMES = [str(rule["name"]) for rule in RULES]
QUIRKS = (
    {"early_result": "202"},
    {"v2_headers": "on", "failed_request_id": "drop"},
    {"request_id": "hex"},
    {"retention_from": "completion", "reset_format": "epoch"},
    {"polls_count": "yes"},
)
STEPS = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from(("convert", "convert", *CALLS))),
    st.tuples(st.just("look"), st.sampled_from(("status", "status", "result", "poll"))),
    st.tuples(st.just("advance"), st.sampled_from((1, 300, 700, 2_000, 60_000, 3_600_000))),
    st.tuples(st.just("file")),
    st.tuples(st.just("credits")),
    st.tuples(st.just("change"), st.sampled_from(({"credits": 0.002}, {"rpm": 2}, {"drain": 1}, {"forbid": []}))),
    st.tuples(st.just("play"), st.sampled_from([scenario(), *map(scenario, NAMES)])),
)


def key_of(number: int) -> str:
    """The key of an account."""
    return f"SG_b{number:015x}"


def steps_of(number: int, *, length: int = 40) -> list[Step]:
    """The program of an account, its own in everything: scenario, clock, quirks, credits and limits."""
    chance = random.Random(number)
    steps: list[Step] = [
        ("change", {"quirks": QUIRKS[number % len(QUIRKS)]}),
        ("change", {"credits": (number + 1) / 1000, "rpm": number % 7}),
        ("play", scenario(*chance.sample(NAMES, 2))),
        ("advance", 1000 * number),
    ]
    for _ in range(length):
        steps.append(
            chance.choice(
                (
                    ("submit", chance.choice((*CALLS, "convert", "convert"))),
                    ("look", chance.choice(("status", "result", "poll"))),
                    ("advance", chance.choice((200, 600, 2_000))),
                    ("file",),
                    ("credits",),
                )
            )
        )
    return steps


# --- Many at once, on one loop ------------------------------------------------------------------------


async def whole(app: Gateway, key: str, client: Program, turns: Iterator[int]) -> None:
    """A program from its first to its last step, with so many turns for others before each."""
    told: Told | None = None
    while True:
        try:
            request = next(client) if told is None else client.send(told)
        except StopIteration:
            return
        for _ in range(next(turns)):
            await asyncio.sleep(0)
        told = await exchange(app, key, request)


async def exchange(app: Gateway, key: str, request: Request) -> Told:
    """One exchange, others going on meanwhile."""
    raw = _raw(request.body)
    headers: Headers = [(b"host", HOST["host"].encode())]
    headers += [(b"x-api-key", key.encode())] if request.signed else []
    if raw:
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(raw))]
    asking = Asking(app, request.method, request.path, headers, raw)
    await asking.task
    return asking.told


def journals(programs: dict[str, list[Step]], turns: Iterable[int]) -> dict[str, bytes]:
    """What a fresh mock recorded of each account, when their programs went on side by side."""
    driver = Driver(create_app(Config(seed="7"), catalog=CATALOG, clock=HandClock()))
    drawn = iter(turns)

    async def together() -> None:
        clients = (whole(driver.app, key, program(key, steps), drawn) for key, steps in programs.items())
        await asyncio.gather(*clients)

    try:
        driver.loop.run_until_complete(together())
        return {key: lasting(driver.ask("GET", f"/_mock/journal?account={key}").body) for key in programs}
    finally:
        driver.close()


def alone(key: str, steps: list[Step]) -> bytes:
    """What a fresh mock recorded of the only account it had."""
    return journals({key: steps}, _nothing())[key]


def _nothing() -> Iterator[int]:
    while True:
        yield 0


def _chance(seed: int) -> Iterator[int]:
    chance = random.Random(seed)
    while True:
        yield chance.randrange(6)


def test_fifty_accounts_at_once() -> None:
    """Each account's journal is, to the byte, what it is on a server of its own."""
    programs = {key_of(number): steps_of(number) for number in range(50)}
    found = journals(programs, _chance(1))
    for key, steps in programs.items():
        assert found[key] == alone(key, steps), key
    assert len({*found.values()}) == 50
    assert all(len(orjson.loads(journal)["exchanges"]) > 10 for journal in found.values())


@given(
    first=st.lists(STEPS, min_size=1, max_size=12),
    second=st.lists(STEPS, min_size=1, max_size=12),
    turns=st.lists(st.integers(0, 5), max_size=24),
)
def test_any_interleaving(first: list[Step], second: list[Step], turns: list[int]) -> None:
    """However two programs interleave, each account's journal is what it is alone."""
    programs = {key_of(1): first, key_of(2): second}
    found = journals(programs, _then_nothing(turns))
    assert found == {key: alone(key, steps) for key, steps in programs.items()}


def _then_nothing(turns: list[int]) -> Iterator[int]:
    yield from turns
    yield from _nothing()


# --- Many keys --------------------------------------------------------------------------------------------


def test_keys_see_nothing_of_each_other() -> None:
    """Of three hundred keys none finds another's job, spends another's credits or uses up another's minute."""
    driver = Driver(create_app(Config(seed="7", timing="instant"), catalog=CATALOG, clock=HandClock()))
    keys = [key_of(number) for number in range(300)]
    slug, body = CALLS["convert"]
    try:
        for number, key in enumerate(keys):
            driver.ask("PUT", f"/_mock/accounts/{key}", {"credits": number, "rpm": 1 + number % 3})
        ids = {
            key: [driver.ask("POST", f"/v2/{slug}", body, key=key).json.get("request_id") for _ in range(4)]
            for key in keys
        }
        accepted = {key: [request_id for request_id in given if request_id] for key, given in ids.items()}
        for number, key in enumerate(keys):
            assert len(accepted[key]) == (1 + number % 3 if number else 0)
            credits = driver.ask("GET", "/v1/get-user-credits", key=key).json["credits"]
            assert round(credits * 1000) == number * 1000 - len(accepted[key])
            for other in (keys[number - 1], keys[(number * 7 + 3) % len(keys)]):
                for request_id in accepted[other] if other != key else ():
                    assert driver.ask("GET", f"/v2/requests/{request_id}/status", key=key).status == 404
        assert len({request_id for given in accepted.values() for request_id in given}) == sum(
            map(len, accepted.values())
        )
        for key in keys:
            journal = driver.ask("GET", f"/_mock/journal?account={key}").body
            assert not any(other.encode() in journal for other in accepted[keys[keys.index(key) - 2]])
    finally:
        driver.close()


# --- Over sockets -------------------------------------------------------------------------------------------


def over_sockets(url: str, key: str, steps: Sequence[Step]) -> None:
    """A program with a connection of its own."""
    client = program(key, steps)
    with httpx.Client(base_url=url, headers=HOST, trust_env=False) as connection:
        request = next(client)
        while True:
            headers = {"x-api-key": key} if request.signed else {}
            raw = _raw(request.body)
            headers |= {"content-type": "application/json"} if raw else {}
            answer = connection.request(request.method, request.path, content=raw, headers=headers)
            try:
                request = client.send(Told(answer.status_code, dict(answer.headers), answer.content))
            except StopIteration:
                return


def served(programs: dict[str, list[Step]], threads: int) -> dict[str, list[object]]:
    """What a mock in a process of its own recorded of each account, without dates."""
    with serving("--clock", "frozen", "--seed", "7", "--public-url", "http://mock.test") as mock:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda one: over_sockets(mock.url, *one), programs.items()))
        with httpx.Client(base_url=mock.url, headers=HOST, trust_env=False) as client:
            return {key: undated(client.get(f"/_mock/journal?account={key}").content) for key in programs}


def test_threads_over_sockets() -> None:
    """Eight clients at once are each recorded as they are one after the other."""
    # Without limits: where a minute ends is a matter of when the clock was stopped.
    programs = {key_of(number): steps_of(7 * number, length=25) for number in range(8)}
    assert served(programs, threads=8) == served(programs, threads=1)


def _raw(body: object) -> bytes:
    return b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
