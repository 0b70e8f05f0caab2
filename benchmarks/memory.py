"""What a million live jobs cost: bytes a job, requests per second with them, and the longest pause."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from figures import Pair
from load import NUMBER, Driver, Plan
from pauses import Pauses, probe
from rates import Say, completed_job, paired, submitted
from sample_call import PROMPT, VALID, Request, encoded, poll, submit
from served import Served, bare_command, serving
from settings import Settings

STEPS = 4
SAMPLED = 250
PATIENCE = 600.0
FAR_APART = 10_000_000


@dataclass(frozen=True)
class Filled:
    """Memory before and after so many submits."""

    jobs: int
    before_mb: float
    after_mb: float
    longest_ms: float = 0.0

    @property
    def bytes_per_job(self) -> float:
        return (self.after_mb - self.before_mb) * 1e6 / self.jobs


@dataclass(frozen=True)
class Fullness:
    """One server with few jobs, and the same one with a million."""

    filled: Filled
    distinct: Filled
    few: int
    sampled: int
    before: dict[str, list[Pair]]
    after: dict[str, list[Pair]]
    idle: Pauses
    submitting: Pauses


def measure(settings: Settings, say: Say) -> Fullness:
    brief = replace(settings, rounds=max(5, settings.rounds), seconds=min(2.0, settings.seconds), warm=0.0)
    with serving(bare_command()) as bare, serving(settings.roomy_mock()) as server:
        plans = {"poll": Plan.of(poll(completed_job(server))), "submit": Plan.of(submit())}
        for plan in plans.values():
            settings.driver.run(server, plan, settings.warm)
        started_with = server.resident_bytes()
        before = _rates(brief, bare, server, plans, say)
        already = sum(pair.subject.requests for pair in before["submit"])
        filled, ids = _filled(settings, server, Filled(already, started_with / 1e6, 0), say)
        plans["poll-many"] = Plan(tuple(poll(request_id) for request_id in ids))
        after = _rates(brief, bare, server, plans, say)
        idle, submitting = _pauses(settings, bare, server)
        say(f"longest pause: idle {idle.max_ms:.1f} ms, while jobs are submitted {submitting.max_ms:.1f} ms")
    return Fullness(filled, _distinct(settings, say), already, len(ids), before, after, idle, submitting)


def _rates(settings: Settings, bare: Served, server: Served, plans: dict[str, Plan], say: Say) -> dict[str, list[Pair]]:
    """Each plan so often, the polls before the submits, so that these leave the fewest jobs behind."""
    seen: dict[str, list[Pair]] = {}
    for name, plan in sorted(plans.items()):
        seen[name] = [paired(settings, bare, server, plan) for _ in range(settings.rounds)]
        rates = ", ".join(f"{pair.subject.per_second:,.0f}" for pair in seen[name])
        say(f"{name}: {rates} per second")
    return seen


def _filled(settings: Settings, server: Served, start: Filled, say: Say) -> tuple[Filled, list[str]]:
    """Fill in a few steps, keeping the ids of some jobs made between them."""
    jobs, longest, ids = start.jobs, 0.0, []
    missing = max(0, settings.jobs - jobs)
    for step in range(1, STEPS + 1):
        goal = settings.jobs - missing + missing * step // STEPS
        made, waited = fill(settings.driver, server, Plan.of(submit()), goal - jobs)
        jobs, longest = jobs + made, max(longest, waited)
        ids += [submitted(server) for _ in range(SAMPLED)]
        say(f"{jobs:,} jobs, {server.resident_bytes() / 1e6:,.0f} MB")
    after = server.resident_bytes() / 1e6
    return replace(start, jobs=jobs + len(ids), after_mb=after, longest_ms=longest), ids


def _pauses(settings: Settings, bare: Served, server: Served) -> tuple[Pauses, Pauses]:
    """A prober alone, and a prober beside one other caller that submits job after job."""
    request = poll(completed_job(server))
    idle = probe(server, bare, request, settings.probe_seconds)
    other = Driver(1, settings.driver.wrk)
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(other.run, server, Plan.of(submit()), settings.probe_seconds)
        submitting = probe(server, bare, request, settings.probe_seconds - 1)
        load.result()
    return idle, submitting


def fill(driver: Driver, server: Served, plan: Plan, wanted: int) -> tuple[int, float]:
    """Submit at least so many jobs, in loads as long as the rate asks for; how many, and the longest wait."""
    done, loads, spent, longest, seconds = 0, 0, 0.0, 0.0, 1.0
    while done < wanted:
        run = driver.run(server, replace(plan, last=loads * FAR_APART), seconds)
        loads += 1
        done, spent, longest = done + run.requests, spent + run.seconds, max(longest, run.max_ms)
        if spent > PATIENCE:
            raise RuntimeError(f"only {done:,} of {wanted:,} jobs after {spent:.0f} s")
        seconds = min(10, math.ceil((wanted - done) / run.per_second)) if done < wanted else 0
    return done, longest


def _distinct(settings: Settings, say: Say) -> Filled:
    """The same with bodies of which no two are alike, in a fresh server."""
    body = encoded(VALID | {"prompt": f"{PROMPT} {NUMBER.decode()}"})
    plan = Plan((Request("POST", submit().path, body),), numbered=True)
    with serving(settings.roomy_mock()) as server:
        settings.driver.run(server, Plan.of(submit()), settings.warm)
        before = server.resident_bytes()
        jobs, longest = fill(settings.driver, server, plan, settings.distinct_jobs)
        filled = Filled(jobs, before / 1e6, server.resident_bytes() / 1e6, longest)
    say(f"{jobs:,} jobs with distinct bodies: {filled.bytes_per_job:,.0f} bytes each")
    return filled
