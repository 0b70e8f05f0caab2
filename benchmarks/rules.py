"""What rules cost a poll, in this process: the whole app without a socket, with and without 1,000 rules set."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from figures import Spread, spread
from rates import Say
from sample_call import KEY, submit
from segmind_mock.app import create_app
from segmind_mock.scenarios.reading import read
from segmind_mock.web.gateway import Gateway
from settings import Settings

RULES = 1000
ROUNDS = 7

Rule = dict[str, Any]
NEVER = {"nth": 10**9}
FAULT = {"do": {"error": 502}}

KINDS: Mapping[str, Callable[[int], Rule]] = {
    "about submits only": lambda n: {"match": {"operation": "submit"}, "when": {"nth": n + 1}, **FAULT},
    "each for another path": lambda n: {"match": {"path": f"/v2/requests/{n}/status"}, **FAULT},
    "each for another header": lambda n: {"match": {"operation": "status", "header": {"x-run": f"{n}"}}, **FAULT},
    "each for another job": lambda n: {"match": {"operation": "status", "job": n + 2}, **FAULT},
    "all match, each for another nth": lambda n: {
        "match": {"operation": "status"},
        "when": {"nth": 10**8 + n},
        **FAULT,
    },
    "all match, each in another state": lambda n: {
        "match": {"operation": "status"},
        "when": {"state": f"s{n}"},
        "becomes": f"s{(n + 1) % RULES}",
    },
    "all match, each every so many": lambda n: {
        "match": {"operation": "status"},
        "when": {"every": 10**6 + n},
        **FAULT,
    },
    "all match, each by chance, 1 in 10,000": lambda n: {
        "match": {"operation": "status"},
        "when": {"probability": 0.0001},
        "do": {"headers": {"x-chance": n}},
    },
    "each a regular expression on the path": lambda n: {
        "match": {"operation": "status", "path": {"regex": f".*/{n}x/status"}},
        **FAULT,
    },
}
"""Rules of which none, or hardly any, fires on a poll: what is measured is looking at them."""

LINEAR = "each a regular expression on the path"
"""What no index helps with; every one is tried."""


@dataclass(frozen=True)
class Cost:
    """What 1,000 rules of a kind add to a poll, in us of CPU time."""

    kind: str
    added_us: Spread
    poll_us: Spread


def measure(settings: Settings, say: Say) -> list[Cost]:
    """Every kind, its polls next to polls without a scenario, in turn."""
    polls = 200 if settings.pictures < 64 else 1000
    return [_cost(kind, polls, say) for kind in KINDS]


def _cost(kind: str, polls: int, say: Say) -> Cost:
    app = create_app()
    poll = _poll(app)
    rules = [KINDS[kind](number) for number in range(RULES)]
    if kind == "all match, each in another state":
        rules[-1] |= {"when": {"state": "start", "nth": 10**9}, "becomes": "s0"}
    scenario = read({"scenario": "many-rules", "teaches": "cost", "rests_on": "nothing", "rules": rules})
    added, without = [], []
    for _ in range(ROUNDS):
        app.control.play(None, KEY)
        bare = _us(app, poll, polls)
        app.control.play(scenario, KEY)
        _us(app, poll, 10)  # what is worked out on the first exchange of a run
        without.append(bare)
        added.append(_us(app, poll, polls) - bare)
    cost = Cost(kind, spread(added), spread(without))
    say(f"{RULES} rules {kind}: {cost.added_us.median:.1f} us more than {cost.poll_us.median:.1f}")
    return cost


def _us(app: Gateway, scope: Mapping[str, Any], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        _asked(app, dict(scope), b"")
    return (time.process_time() - began) / times * 1e6


def _poll(app: Gateway) -> dict[str, Any]:
    wanted = submit()
    request_id = json.loads(_asked(app, _scope(wanted.method, wanted.path), wanted.body))["request_id"]
    return _scope("GET", f"/v2/requests/{request_id}/status")


def _scope(method: str, path: str) -> dict[str, Any]:
    headers = [(b"host", b"127.0.0.1"), (b"x-api-key", KEY.encode()), (b"content-type", b"application/json")]
    return {"type": "http", "scheme": "http", "method": method, "path": path, "query_string": b"", "headers": headers}


def _asked(app: Gateway, scope: dict[str, Any], content: bytes) -> bytes:
    """One exchange, without a loop: nothing that is asked here waits."""
    said: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message.get("body", b""))

    try:
        app(scope, receive, send).send(None)
    except StopIteration:
        return b"".join(said)
    raise RuntimeError("an exchange of the benchmark waited")
