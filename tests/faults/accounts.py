"""Accounts of a served mock, each a world of its own: what a test does to one, and what it asks as its client."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.faults.clients import PATIENCE, WHOLE, Ask, Client, Seen
from tests.worlds import printed_call

_OF_THE_WIRE = re.compile(r"held|the client hung up|(not )?hung up|closed|silent|reset|a chunk|sent in|\d+ bytes that")
"""How the words begin that tell of the wire, among those that tell what else was done."""

SLUG = "sd1.5-img2img"
ENDED = 10
"""Seconds after which a job has ended that nothing holds up."""

Rule = Mapping[str, Any]
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Made:
    """A job that is COMPLETED, and the service's own answers about it."""

    request_id: str
    own: Mapping[str, Seen]
    """By operation: status, result, poll, credits, file."""


class Account:
    """One API key of a served mock. Its clock stands still but where the test moves it."""

    def __init__(self, url: str, client: Client, *, key: str = "") -> None:
        self.url = url
        self.client = client
        self.key = key or f"SG_a{next(_NUMBERS):015x}"
        self.request_id = ""
        self.file = ""
        """The URL of the output file of the job that was asked after last."""
        self.scenario = ""
        self._control = httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False, verify=False)
        self.clock(freeze=True)

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()

    # --- As somebody outside of the service ------------------------------------------------------------

    def control(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """A call of the control plane, which has to be well; what it tells."""
        answer = self._control.request(method, f"/_mock/{path}", json=body, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def clock(self, **wanted: object) -> int:
        """Steer the account's clock; the instant it shows then, in ms."""
        told = self.control("POST", "clock", {"account": self.key, **wanted})
        return instant(told["now"])

    def now(self) -> int:
        """What the account's clock shows, in ms."""
        return instant(self.control("GET", "clock", account=self.key)["now"])

    def play(self, name: str, rules: Sequence[Rule], **more: object) -> None:
        """Begin a scenario in this account."""
        self.scenario = name
        self.control("PUT", "scenario", scenario(name, rules, **more), account=self.key)

    def play_text(self, text: str) -> None:
        """Begin a scenario that is written down, as YAML or JSON."""
        answer = self._control.put("/_mock/scenario", params={"account": self.key}, content=text)
        assert answer.status_code == 200, answer.text

    def stop(self) -> None:
        """End the scenario."""
        self.control("DELETE", "scenario", account=self.key)

    def change(self, **wanted: object) -> Any:
        """Change what the account has and may."""
        return self.control("PUT", f"accounts/{self.key}", wanted)

    def told(self) -> Any:
        """The account, as the control plane tells it."""
        return self.control("GET", f"accounts/{self.key}")

    def journal(self, **pattern: str) -> list[Any]:
        """The exchanges of the account, oldest first."""
        exchanges: list[Any] = self.control("GET", "journal", account=self.key, **pattern)["exchanges"]
        return exchanges

    def faults(self, size: int = 1) -> list[str]:
        """What went wrong on the wire in the last exchange, in words, once at least so many are noted."""
        for _ in range(1000):
            found = [words for words in self.journal()[-1]["decided"]["faults"] if _OF_THE_WIRE.match(words)]
            if len(found) >= size:
                return found
            Event().wait(0.01)
        raise AssertionError(f"the journal does not tell what went wrong: {self.journal()[-1]}")

    # --- As its client --------------------------------------------------------------------------------

    def ask(self, operation: str, **options: Any) -> Seen:
        """One call of an operation on the job and the file that were asked after last."""
        return self.client.ask(self.call(operation, **options))

    def call(self, operation: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Ask:
        """The call of an operation; `options` are those of `Ask`."""
        method, url = self._place(operation)
        sent = {"x-api-key": self.key, **(headers or {})}
        if method == "POST":
            options = {"body": json.dumps(printed_call(SLUG)).encode(), **options}
            sent["content-type"] = "application/json"
        return Ask(**{"method": method, "url": url, "headers": sent, **options})

    def _place(self, operation: str) -> tuple[str, str]:
        look = f"{self.url}/v2/requests/{self.request_id}"
        return {
            "submit": ("POST", f"{self.url}/v2/{SLUG}"),
            "generate": ("POST", f"{self.url}/v1/{SLUG}"),
            "status": ("GET", f"{look}/status"),
            "result": ("GET", look),
            "poll": ("GET", f"{self.url}/v1/requests/{self.request_id}"),
            "credits": ("GET", f"{self.url}/v1/get-user-credits"),
            "file": ("GET", self.file),
            "other": ("GET", f"{self.url}/nowhere"),
        }[operation]

    def submit(self) -> str:
        """Submit a job, which has to be accepted; its request id."""
        seen = self.ask("submit")
        assert (seen.end, seen.status) == (WHOLE, 200), seen
        self.request_id = seen.json["request_id"]
        return self.request_id

    def made(self) -> Made:
        """Have a job done, and ask for everything that there is of it."""
        self.submit()
        self.clock(advance=ENDED)
        self.file = self.ask("result").json["output"]
        assert urlsplit(self.file).netloc == urlsplit(self.url).netloc
        own = {name: self.ask(name) for name in ("status", "result", "poll", "credits", "file")}
        assert {seen.status for seen in own.values()} == {200}, own
        return Made(self.request_id, own)

    def works(self) -> None:
        """Nothing is left of what happened: a job that is submitted now is COMPLETED in its time."""
        self.stop()
        self.submit()
        assert self.ask("status").json["status"] == "QUEUED"
        self.clock(advance=ENDED)
        assert self.ask("status").json["status"] == "COMPLETED"


def scenario(name: str, rules: Sequence[Rule], **more: object) -> dict[str, object]:
    """A whole scenario of these rules."""
    return {
        "scenario": name,
        "teaches": "What a client sees of it.",
        "rests_on": "A test.",
        "rules": list(rules),
        **more,
    }


def instant(text: str) -> int:
    """An instant of the control plane in ms."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)
