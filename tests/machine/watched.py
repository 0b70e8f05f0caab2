"""A mock that is used beside its model: every answer is held against what the model expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from segmind_mock.app import create_app
from segmind_mock.config import Config
from segmind_mock.exchanges import iso
from segmind_mock.jobs import Job as Made
from segmind_mock.jobs import Outcome
from tests.machine import model
from tests.machine.driver import Asking, Driver, Told
from tests.machine.model import ORDER, PLOTS, WEEK, Account, Job, Playing, Written
from tests.worlds import CATALOG, HandClock

KEYS = ("SG_a000000000000001", "SG_a000000000000002", "SG_a000000000000003")
MICRO = 1_000_000
WORDS = {"fail": "?mock:fail", "block": "?mock:block", "stuck": "?mock:stuck", "slow": "?mock:slow=20"}
FATES = {Outcome.SUCCEEDS: "done", Outcome.NEVER_ENDS: "stuck"}


def call_of(slug: str, body: str) -> object:
    """The body of a call: `good`, `bad` (a parameter is missing), `broken` (no JSON), or with a magic word."""
    if body in ("broken", "bad"):
        return b"{" if body == "broken" else {}
    place = "https://pictures.test/a.png" + WORDS.get(body, "")
    if slug == "image-converter":
        return {"image_url": place, "target_format": "png"}
    return {"image": place, "prompt": "a hill", "seed": 7} if slug != "sam-img2img" else {"image": place}


@dataclass
class Held:
    """A v1 call that waits for its job."""

    asking: Asking
    path: str
    at: int
    job: Job
    status: int


class Watched:
    """Three accounts of one mock, and the model of them."""

    def __init__(self, timing: str) -> None:
        self.hand = HandClock()
        config = Config(timing=timing, workers=model.WORKERS, credits=model.OPENING / MICRO, provenance="off")
        self.app = create_app(config, catalog=CATALOG, clock=self.hand)
        self.driver = Driver(self.app)
        self.server = model.Server(self.hand.instant, KEYS, timing)
        self.held: dict[str, Held] = {}
        self.orphans: list[Held] = []
        self.ids: list[str] = []
        self.files: list[tuple[str, str, int]] = []

    def account(self, who: int) -> Account:
        return self.server.accounts[KEYS[who]]

    def ask(self, account: Account, method: str, path: str, body: object = None, **options: Any) -> Told:
        at = account.now
        told = self.driver.ask(method, path, body, key=account.key, **options)
        account.journal.append(Written(method, path, told.status, at))
        assert told.status < 500 or {"x-mock-rule", "x-mock-steered"} & told.headers.keys(), told
        return told

    def newest(self, key: str) -> model.Actual:
        made: Made = max(self.app.backend.world(key).jobs.all(), key=lambda job: job.number)
        fate = FATES.get(Outcome(made.outcome), "failed")
        gave_up = made.outcome == Outcome.TIMED_OUT
        return model.Actual(made.number, made.submitted, made.started, made.ended, made.cost, fate, gave_up)

    def fires(self, account: Account, operation: str, argument: str) -> Playing | None:
        playing = account.playing
        return playing if playing is not None and playing.fires(operation, argument, account.now) else None

    def accepted(self, account: Account, slug: str, body: str, do: Any, *, blocking: bool) -> Job:
        plan = do.get("job", {})
        fate = model.fate_of(slug, body, plan, self.server.timing)
        planned = "queue" in plan or "stuck" in plan
        job = model.accept(account, slug, fate, self.newest(account.key), planned=planned, blocking=blocking)
        job.id = self.server.ids.get((account.key, job.number), "")
        return job

    def known_as(self, account: Account, job: Job, request_id: str) -> None:
        """The n-th job of an account has the same id in each of its lives."""
        assert job.id in ("", request_id)
        job.id = self.server.ids[account.key, job.number] = request_id
        if request_id not in self.ids:
            self.ids.append(request_id)

    def submit(self, account: Account, slug: str, body: str) -> None:
        fired = self.fires(account, "submit", slug)
        do = fired.plot.do if fired else {}
        if "account" in do:
            account.drain(round(do["account"]["drain"] * MICRO))
        status = account.refusal(slug, body, blocking=False)
        told = self.ask(account, "POST", f"/v2/{slug}", call_of(slug, body))
        assert told.status == do.get("error", status)
        assert ("x-mock-rule" in told.headers) == (fired is not None)
        if status != 200:
            return
        job = self.accepted(account, slug, body, do, blocking=False)
        if told.status == 200:
            assert told.json["status"] == "QUEUED"
            self.known_as(account, job, told.json["request_id"])

    def generate(self, account: Account, slug: str, body: str) -> None:
        if account.key in self.held:
            return
        at, path = account.now, f"/v1/{slug}"
        status = account.refusal(slug, body, blocking=True)
        asking = self.driver.begin("POST", path, call_of(slug, body), key=account.key)
        if status != 200:
            told = self.driver.finish(asking)
            account.journal.append(Written("POST", path, told.status, at))
            assert told.status == status
            return
        job = self.accepted(account, slug, body, {}, blocking=True)
        status = {"done": 200, "failed": 400 if body == "block" else 500}[job.fate]
        status = 504 if self.newest(account.key).gave_up else status
        self.held[account.key] = Held(asking, path, at, job, status)
        self.settle()

    def settle(self) -> None:
        """Whatever was held and can go on goes on; a call that waits for real time has it pass."""
        while True:
            self.driver.turn()
            if self.hand.instant == self.server.base:
                break
            self.server.real(self.hand.instant)
        for key, held in [*self.held.items()]:
            account = self.server.accounts[key]
            if account.now < held.job.ended:
                assert not held.asking.task.done(), "it was answered before its job had ended"
                continue
            told = self.driver.finish(held.asking)
            del self.held[key]
            account.journal.append(Written("POST", held.path, told.status, held.at))
            assert told.status == held.status
            if told.status == 200:
                assert float(told.headers["x-cost"]) == held.job.cost / MICRO
                assert float(told.headers["x-remaining-credits"]) * MICRO == pytest.approx(held.job.left)
                self.known_as(account, held.job, told.headers["x-request-id"])
        for held in self.orphans:
            assert self.driver.finish(held.asking).status == 504
        self.orphans.clear()

    def come_to(self, account: Account, job: Job, event: str, shift: int, clock: str) -> None:
        step = job.event(event) + shift - account.now
        if 0 < step < 8 * WEEK:
            self.move(clock, account.key, step)

    def look(self, account: Account, request_id: str, look: str, *, prefers: bool = False) -> None:
        path = {
            "status": f"/v2/requests/{request_id}/status",
            "result": f"/v2/requests/{request_id}",
            "poll": f"/v1/requests/{request_id}",
        }[look]
        fired = self.fires(account, look, request_id)
        job = account.job(request_id)
        own = 401 if account.invalid else 404 if job is None else 422 if job.state(account.now) == "FAILED" else 200
        word = job.state(account.now) if job is not None and own in (200, 422) else ""
        expected = self.instead(account, (look, request_id), (own, word), fired, prefers)
        told = self.ask(account, "GET", path, headers={"prefer": "code=504"} if prefers else {})
        assert ("x-mock-rule" in told.headers) == (fired is not None)
        assert told.status == expected[0]
        if told.status in (200, 422):
            assert told.json["status"] == expected[1]
        if expected == (own, word) and not (fired or prefers) and job is not None and own in (200, 422):
            self.looked(account, job, look, told)
        if look == "status" and not (fired or prefers) and own != 401:
            self.ratchet(request_id, account, "gone" if told.status == 404 else told.json["status"])

    def instead(
        self, account: Account, about: tuple[str, str], own: tuple[int, str], fired: Playing | None, prefers: bool
    ) -> tuple[int, str]:
        """What a look is answered when something happens to it."""
        do, playing = fired.plot.do if fired else {}, account.playing
        if prefers:
            return 504, ""
        if "error" in do:
            return do["error"], ""
        if "tells" in do:
            return 200, do["tells"]
        if "replay" in do and playing is not None and about in playing.remembered:
            return playing.remembered[about]
        if playing is not None:  # what the service itself said can be said again
            playing.remembered.setdefault(about, own)
        return own

    def looked(self, account: Account, job: Job, look: str, told: Told) -> None:
        """A completed job tells what it cost and what was left, whenever it is asked; no other tells a cost."""
        metrics = told.json.get("metrics", {})
        if job.state(account.now) != "COMPLETED":
            assert "cost" not in metrics
            return
        assert metrics["cost"] * MICRO == pytest.approx(job.cost)
        assert metrics["remaining_credits"] * MICRO == pytest.approx(job.left)
        assert metrics["queue_time"] * 1000 == pytest.approx(job.started - job.submitted)
        assert metrics["total_time"] * 1000 == pytest.approx(job.ended - job.submitted)
        if look != "status":
            for image in told.json["images"]:
                file = (image["url"].removeprefix("http://localhost"), account.key, job.number)
                if file not in self.files:
                    self.files.append(file)

    def ratchet(self, request_id: str, account: Account, state: str) -> None:
        """No job that is asked after goes back."""
        job = next((job for job in account.jobs if job.id == request_id), None)
        if job is None:
            assert state == "gone"
            return
        assert ORDER.index(state) >= ORDER.index(job.seen)
        assert {state, job.seen} != {"COMPLETED", "FAILED"}
        job.seen = state

    def credits(self, account: Account) -> None:
        fired = self.fires(account, "credits", "")
        told = self.ask(account, "GET", "/v1/get-user-credits")
        assert told.status == (500 if fired else 401 if account.invalid else 200)
        if told.status == 200:
            assert told.json["credits"] * MICRO == pytest.approx(account.balance)

    def stranger(self, key: str | None, path: str) -> None:
        at = self.server.clock.now
        told = self.driver.ask("GET", path, key=key)
        self.server.nobody.append(Written("GET", path, told.status, at))
        assert told.status == 401

    def steer(self, body: dict[str, object], key: str | None) -> None:
        told = self.control("POST", "/_mock/clock", {**body, **({"account": key} if key else {})})
        if key is not None:
            self.server.own_clock(key)
        assert "now" in told

    def control(self, method: str, path: str, body: object = None) -> Any:
        told = self.driver.ask(method, path, body)
        assert told.status == 200, told
        return told.json

    def move(self, clock: str, key: str, step: int) -> None:
        if clock == "real":
            self.hand.instant += step
        elif clock == "server":
            self.steer({"advance": step / 1000}, None)
            self.server.advance(step)
        else:
            self.steer({"advance": step / 1000}, key)
            self.server.own_clock(key).now += step
            self.server.accounts[key].settle()
        self.settle()

    def set_rate(self, who: int | None, rate: int) -> None:
        body: dict[str, object] = {"freeze": True} if rate == 0 else {"rate": rate}
        key = None if who is None else KEYS[who]
        self.steer(body, key)
        (self.server.clock if key is None else self.server.own_clock(key)).rate = rate
        self.settle()

    def change(self, who: int, body: object) -> Account:
        account = self.account(who)
        self.control("PUT", f"/_mock/accounts/{account.key}", body)
        return account

    def drain(self, who: int, taken: int) -> None:
        self.change(who, {"drain": taken / MICRO}).drain(taken)

    def correct(self, who: int, balance: int) -> None:
        self.change(who, {"credits": balance / MICRO}).correct(balance)

    def limit_to(self, who: int, rpm: int, *, invalid: bool) -> None:
        account = self.change(who, {"rpm": rpm, "status": "invalid" if invalid else "active"})
        account.rpm, account.invalid = rpm, invalid

    def play_one(self, who: int | None, name: str | None) -> None:
        account = "" if who is None else f"?account={KEYS[who]}"
        plot = None if name is None else PLOTS[name]
        if plot is None:
            self.control("DELETE", f"/_mock/scenario{account}")
        else:
            self.control("PUT", f"/_mock/scenario{account}", plot.document)
        self.server.play(plot, KEYS if who is None else KEYS[who : who + 1])
        if who is None:
            self.server.plot = plot

    def start_anew(self, who: int | None) -> None:
        if who is None:
            self.control("POST", "/_mock/reset")
            self.server.begin()
            self.orphans += self.held.values()
            self.held.clear()
        else:
            self.control("POST", "/_mock/reset", {"account": KEYS[who]})
            self.server.reset(KEYS[who])
            self.orphans += filter(None, [self.held.pop(KEYS[who], None)])
        self.settle()

    def compare_journal(self, key: str) -> None:
        account = self.server.accounts[key]
        told = self.control("GET", f"/_mock/journal?account={key}")
        found = [_written(exchange) for exchange in told["exchanges"]]
        assert found == [(one.method, one.path, one.status, iso(one.at)) for one in account.journal]
        assert [exchange["number"] for exchange in told["exchanges"]] == [*range(1, len(account.journal) + 1)]

    def compare_all(self) -> None:
        told = self.control("GET", "/_mock/journal")["exchanges"]
        strangers = [_written(exchange) for exchange in told if exchange["account"] is None]
        assert strangers == [(one.method, one.path, one.status, iso(one.at)) for one in self.server.nobody]
        assert len(told) == len(strangers) + sum(len(one.journal) for one in self.server.accounts.values())

    def fetch(self, path: str, owner: Account, job: Job | None, who: int | None) -> None:
        """An output file is everybody's, for its seven days."""
        at = owner.now
        there = job is not None and job.state(at) == "COMPLETED" and at < job.ended + WEEK
        there = there and job is not None and path.endswith(model.ENDINGS[job.slug])
        told = self.driver.ask("GET", path, key=None if who is None else KEYS[who])
        owner.journal.append(Written("GET", path, told.status, at))
        assert told.status == (200 if there else 404)

    def compare_accounts(self) -> None:
        """Balance, jobs by state, clock, standing and the number of exchanges of every account."""
        for key, account in self.server.accounts.items():
            told: Any = self.app.control.account(self.app.backend.world(key))
            states = [job.state(account.now) for job in account.jobs]
            assert told["credits"] * MICRO == pytest.approx(account.balance, abs=0.1)
            assert told["jobs"] == {"kept": len(states), **{name: states.count(name) for name in ORDER[:4]}}
            assert told["status"] == ("invalid" if account.invalid else "active")
            assert told["rpm"] == account.rpm
            assert told["exchanges"] == {"recorded": len(account.journal), "dropped": 0}
            assert self.app.backend.world(key).clock.now() == account.now


def _written(exchange: Any) -> tuple[str, str, int, str]:
    asked = exchange["request"]
    return asked["method"], asked["path"], exchange["answer"]["status"], exchange["at"]
