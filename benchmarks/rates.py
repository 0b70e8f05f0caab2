"""Requests per second and CPU time per request, each next to the bare app's in the same minute."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from figures import Pair
from load import Plan
from sample_call import FAULTY_FIELDS, INVALID, Request, blocking, credits_left, poll, submit
from served import Answer, Command, Served, bare_command, serving
from settings import Settings

IDS = 500
COMPLETION = 20
Say = Callable[[str], None]


@dataclass(frozen=True)
class Measure:
    """One row of the table: what is sent, and what is needed of the server beforehand."""

    name: str
    title: str
    plan: Callable[[Served], Plan]
    refusing: bool = False


@dataclass
class Fetched:
    """An output file that was made before, fetched over and over; the bare app answers with a body as long."""

    length: int = 0
    media_type: str = ""
    pairs: list[Pair] = field(default_factory=list)


def completed_job(server: Served, request: Request | None = None) -> str:
    """The id of a job that has completed, of the usual call or of another one."""
    request_id = submitted(server, request)
    deadline = time.monotonic() + COMPLETION
    while True:
        answer = expect(server.ask(poll(request_id)), 200)
        if json.loads(answer.text)["status"] == "COMPLETED":
            return request_id
        if time.monotonic() > deadline:
            raise RuntimeError(f"{server.name}: no job COMPLETED in {COMPLETION} s: {answer.text[:200]}")
        time.sleep(0.02)


def submitted(server: Served, request: Request | None = None) -> str:
    answer = expect(server.ask(request or submit()), 200)
    request_id: str = json.loads(answer.text)["request_id"]
    return request_id


def expect(answer: Answer, *statuses: int) -> Answer:
    if answer.status not in statuses:
        raise RuntimeError(f"expected {statuses}, got {answer.status}: {answer.text[:300]}")
    return answer


def one_job(server: Served) -> Plan:
    return Plan.of(poll(completed_job(server)))


def many_jobs(server: Served) -> Plan:
    ids = [submitted(server) for _ in range(IDS)]
    completed_job(server)
    return Plan(tuple(poll(request_id) for request_id in ids))


def valid_submit(server: Served) -> Plan:
    expect(server.ask(submit()), 200)
    return Plan.of(submit())


def picture(server: Served) -> Plan:
    expect(server.ask(blocking()), 200)
    return Plan.of(blocking())


def account(server: Served) -> Plan:
    expect(server.ask(credits_left()), 200)
    return Plan.of(credits_left())


def invalid_submit(server: Served) -> Plan:
    return _refused(server, submit(INVALID))


def invalid_blocking(server: Served) -> Plan:
    return _refused(server, blocking(INVALID))


def _refused(server: Served, request: Request) -> Plan:
    answer = expect(server.ask(request), 400, 422)
    unnamed = [name for name in FAULTY_FIELDS if name not in answer.text + answer.head]
    if unnamed:
        raise RuntimeError(f"{server.name}: the refusal does not name {unnamed}: {answer.text[:300]}")
    return Plan.of(request, refusal=True)


MEASURES = (
    Measure("poll", "status poll, one job", one_job),
    Measure("poll-many", f"status poll, {IDS} jobs in turn", many_jobs),
    Measure("submit", "v2 submit, validated", valid_submit),
    Measure("invalid", "v2 submit, 5 errors listed", invalid_submit, refusing=True),
    Measure("invalid-v1", "v1 call, 5 errors listed", invalid_blocking),
    Measure("picture", "v1 call, its picture", picture),
    Measure("credits", "v1 credits left", account),
)


def measure(settings: Settings, rows: list[Measure], say: Say) -> tuple[dict[str, list[Pair]], dict[str, str]]:
    """Every row once a round, each round with fresh servers; a row that fails is left out from then on."""
    seen: dict[str, list[Pair]] = {row.name: [] for row in rows}
    failures: dict[str, str] = {}
    for number in range(1, settings.rounds + 1):
        say(f"round {number} of {settings.rounds}")
        _round(settings, [row for row in rows if row.name not in failures], seen, failures, say)
    return seen, failures


def _round(
    settings: Settings, rows: list[Measure], seen: dict[str, list[Pair]], failures: dict[str, str], say: Say
) -> None:
    with ExitStack() as stack:
        bare = stack.enter_context(serving(bare_command()))
        kinds = sorted({row.refusing for row in rows})
        servers = {kind: stack.enter_context(serving(_command(settings, kind))) for kind in kinds}
        settings.driver.run(bare, Plan.of(credits_left()), settings.warm)
        for row in rows:
            server = servers[row.refusing]
            try:
                pair = paired(settings, bare, server, row.plan(server))
            except (RuntimeError, OSError, ValueError, KeyError) as failure:
                failures[row.name] = f"{type(failure).__name__}: {failure}"
                continue
            seen[row.name].append(pair)
            say(f"{row.title}: {pair.subject.per_second:,.0f}/s, ratio {pair.ratio:.2f}")


def fetches(settings: Settings, say: Say) -> Fetched:
    """The file of the usual call, once a round, each round with fresh servers."""
    fetched = Fetched()
    for _ in range(settings.rounds):
        with serving(settings.roomy_mock()) as server:
            result = json.loads(expect(server.ask(Request("GET", f"/v2/requests/{completed_job(server)}")), 200).text)
            image = result["images"][0]
            file = Request("GET", urlsplit(image["url"]).path)
            expect(server.ask(file), 200)
            fetched.length, fetched.media_type = int(image["file_size"]), image["content_type"]
            alike = ("--length", str(fetched.length), "--type", fetched.media_type)
            command = replace(bare_command(), arguments=(*bare_command().arguments, *alike))
            with serving(command) as bare:
                settings.driver.run(bare, Plan.of(credits_left()), settings.warm)
                fetched.pairs.append(paired(settings, bare, server, Plan.of(file)))
        pair = fetched.pairs[-1]
        say(f"cached file, {fetched.length:,} bytes: {pair.subject.per_second:,.0f}/s, ratio {pair.ratio:.2f}")
    return fetched


def paired(settings: Settings, bare: Served, server: Served, plan: Plan) -> Pair:
    """Warm the server, then load the bare app and the server one right after the other."""
    if settings.warm:
        settings.driver.run(server, plan, settings.warm)
    reference = settings.driver.run(bare, Plan.of(credits_left()), settings.seconds)
    return Pair(reference, settings.driver.run(server, plan, settings.seconds))


def _command(settings: Settings, refusing: bool) -> Command:
    return settings.refusing_mock() if refusing else settings.roomy_mock()
