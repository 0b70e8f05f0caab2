"""Control: what is done to a server is done whole or not at all, and a look leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import control, keyring
from segmind_mock.clock import FASTEST
from segmind_mock.control import Control, Refused
from segmind_mock.errors import RateLimited
from segmind_mock.faults import AccountChange
from segmind_mock.patterns import Pattern
from segmind_mock.scenarios.library import load
from tests.worlds import KEY, OTHER_KEY, Mock, backend, mock

NEVER_USED = "SG_00000000000000bb"


def used() -> Mock:
    """A mock that two accounts have used, in turns."""
    here = mock(credits=1)
    here.submit()
    here.as_key(OTHER_KEY).submit()
    here.credits()
    return here


def keys_of(of: Control) -> list[str]:
    """The keys of the worlds that there are."""
    return [world.key for world in of.backend.keyring.all()]


def test_a_look() -> None:
    """A world that was never used is there while it is looked at; one that was used stays."""
    here = Control(backend())
    with here.looked_at(KEY) as world:
        assert keys_of(here) == [KEY]
    assert (keys_of(here), world.closed) == ([], True)
    kept = here.world(KEY)
    with here.looked_at(KEY) as world:
        assert world is kept
    assert (keys_of(here), world.closed) == ([KEY], False)


def test_a_look_that_breaks_off() -> None:
    """What goes wrong during a look leaves no world either."""
    here = Control(backend())
    with pytest.raises(ZeroDivisionError), here.looked_at(KEY):
        raise ZeroDivisionError
    assert keys_of(here) == []


@pytest.mark.parametrize("key", ["", "x", "SG_0123456789abcdeg", "SG_…", "\udc00"])
def test_no_key(key: str) -> None:
    """A text that is no key opens nothing, and is not told again in full."""
    here = Control(backend())
    with pytest.raises(Refused, match="which is no API key") as refusal:
        here.world(key)
    assert len(key) < 9 or key not in str(refusal.value)
    with pytest.raises(Refused), here.looked_at(key):
        pass
    assert keys_of(here) == []


def test_too_many_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound on accounts holds here too."""
    monkeypatch.setattr(keyring, "MAX_ACCOUNTS", 1)
    here = Control(backend())
    here.world(KEY)
    with pytest.raises(RateLimited):
        here.steer(OTHER_KEY, 0.0, 0.0)


# --- Time ------------------------------------------------------------------------------------------


def test_clocks() -> None:
    """An account that is steered gets a clock of its own; others keep the server's."""
    here = Control(backend())
    here.steer(KEY, 0.0, 5)
    assert here.clock(KEY) is here.clock(KEY) is not here.clock(None)
    assert (here.told_clock(KEY)["ahead"], here.told_clock(None)["ahead"]) == (5, 0)
    here.steer(None, None, 7)
    assert here.told_clock(NEVER_USED)["ahead"] == 7


@given(st.floats() | st.none(), st.floats())
def test_steering_is_whole(rate: float | None, seconds: float) -> None:
    """Whatever is asked of a clock is done, or refused in as many sentences as it has faults, and nothing is done."""
    here = Control(backend())
    faults = here.faults_of_steering(KEY, rate, seconds)
    wrong_rate = rate is not None and not 0 <= rate <= FASTEST
    wrong_move = not 0 <= seconds <= 50 * 366 * 86_400
    assert len(faults) == wrong_rate + wrong_move
    assert keys_of(here) == []
    if faults:
        with pytest.raises(Refused) as refusal:
            here.steer(KEY, rate, seconds)
        assert refusal.value.problems == faults
        assert keys_of(here) == []
    else:
        here.steer(KEY, rate, seconds)
        assert here.clock(KEY).rate == (1 if rate is None else rate)


# --- Accounts --------------------------------------------------------------------------------------


CHANGES = st.builds(
    AccountChange,
    credits=st.none() | st.floats(),
    drain=st.none() | st.floats(),
    rpm=st.none() | st.integers(-1, 10**10),
    status=st.sampled_from([None, "active", "invalid", "gone"]),
    forbid=st.sampled_from([None, (), ("sam-img2img",), ("x",)]),
    retire=st.sampled_from([None, (), ("sam-img2img",), ("x",)]),
    quirks=st.sampled_from([None, {}, {"early_result": "404"}, {"early_result": "x"}, {"x": "on"}]),
)


@given(CHANGES)
def test_changes_are_whole(change: AccountChange) -> None:
    """A change is made, or refused with nothing changed; a balance never falls below nought by it."""
    here = Control(backend())
    world = here.world(KEY)
    before = here.account(world)
    faults = here.faults_of_change(KEY, change)
    if faults:
        with pytest.raises(Refused) as refusal:
            here.change(world, change)
        assert refusal.value.problems == faults
        assert here.account(world) == before
    else:
        here.change(world, change)
        after = here.account(world)
        assert after["status"] == (change.status or "active")
        assert world.ledger.balance(world.clock.now()) >= 0


def test_faults_of_a_stranger() -> None:
    """A change of an account that was never used is judged, and makes none."""
    here = Control(backend())
    assert here.faults_of_change(KEY, AccountChange(rpm=-1)) == ["rpm is -1; allowed: 0 to 1,000,000,000"]
    assert here.faults_of_change("x", AccountChange())[0].startswith("account is ")
    assert keys_of(here) == []


def test_what_a_job_was_decided_by() -> None:
    """A quirk that decides what a job is stays as it is while there are jobs."""
    here = used().app.control
    other = "dashed" if here.backend.config.quirks["request_id"] != "dashed" else "hex"
    assert len(here.faults_of_change(KEY, AccountChange(quirks={"request_id": other}))) == 1


def test_a_change_of_all() -> None:
    """Every account there is and every one to come is changed, in the order of the changes, until all is reset."""
    here = used().app.control
    here.change_all(AccountChange(credits=5, rpm=7, status="invalid"))
    here.change_all(AccountChange(drain=2))
    for key in (KEY, OTHER_KEY, NEVER_USED):
        told = here.told_account(key)
        assert (told["credits"], told["rpm"], told["status"]) == (3, 7, "invalid")
    here.reset(KEY)
    assert here.told_account(KEY)["credits"] == 3
    here.reset(None)
    assert [here.told_account(KEY)[name] for name in ("credits", "rpm", "status")] == [1, 0, "active"]


def test_a_change_of_all_is_whole() -> None:
    """What one account cannot bear changes none, of those to come neither; each fault is told once."""
    here = used().app.control
    before = here.state()
    with pytest.raises(Refused) as refusal:
        here.change_all(AccountChange(credits=-1, rpm=5, quirks={"request_id": "hex"}))
    assert refusal.value.problems == [
        "credits is -1; allowed: 0 to 1,000,000,000,000",
        "quirk request_id decides what a job is, and this account has jobs: reset it first",
    ]
    assert here.state() == before
    assert here.told_account(NEVER_USED)["rpm"] == 0


def test_a_change_of_all_without_accounts() -> None:
    """A change is judged though there is no account yet; requests without one are answered as it says too."""
    here = Control(backend())
    with pytest.raises(Refused, match="rpm is -1"):
        here.change_all(AccountChange(rpm=-1))
    here.change_all(AccountChange(quirks={"unknown_path": "404"}, status="active"))
    nobody = here.backend.keyring.nobody
    assert (nobody.quirks["unknown_path"], nobody.refused) == ("404", True)


# --- Scenarios, the record, all of it ------------------------------------------------------------------


def test_scenarios() -> None:
    """A scenario plays in one account, or in all there are and will be."""
    here = Control(backend())
    here.play(load("wobbly-gateway"), KEY)
    assert here.told_scenario(KEY)["scenario"] == "wobbly-gateway"
    assert here.told_scenario(OTHER_KEY) == {"scenario": None}
    playing = [{"account": "SG_…cdef", "scenario": "wobbly-gateway"}]
    assert here.told_scenario(None) == {"scenario": None, "accounts": playing}
    here.play(load("stuck-queue"), None)
    assert here.told_scenario(KEY)["scenario"] == here.told_scenario(OTHER_KEY)["scenario"] == "stuck-queue"
    here.play(None, KEY)
    assert here.told_scenario(KEY) == {"scenario": None}
    assert here.told_scenario(None)["scenario"] == "stuck-queue"


def test_the_record() -> None:
    """Exchanges of all accounts come in their order, with what is known of their jobs; of one account, its own."""
    here = used().app.control
    found = here.exchanges(None)
    assert [(one.key, one.operation, one.job) for one in found] == [
        (KEY, "submit", 1),
        (OTHER_KEY, "submit", 1),
        (KEY, "credits", None),
    ]
    assert len(here.exchanges(None, Pattern.of({"operation": "submit"}))) == 2
    assert here.exchanges(NEVER_USED) == []
    assert (here.recorded(None), here.recorded(KEY)["recorded"]) == ({"recorded": 3, "dropped": 0}, 2)
    assert here.verify({"operation": "submit", "count": 1}, KEY).holds
    here.clear_journal(KEY)
    assert [one.key for one in here.exchanges(None)] == [OTHER_KEY]


def test_a_job_as_it_was() -> None:
    """An exchange about a job tells the state that it had then, not the one it has now."""
    here = mock()
    request_id = here.submit()["request_id"]
    here.status(request_id)
    here.clock.advance(100)
    here.status(request_id)
    _, early, late = here.app.control.exchanges(KEY)
    assert (early.state in ("QUEUED", "PROCESSING"), early.age, early.model) == (True, 0, "sd1.5-img2img")
    assert (late.state, late.age, late.job) == ("COMPLETED", 100, 1)


def test_reset() -> None:
    """A reset of one account or of all leaves no job of theirs, and has told whoever wants to know."""
    told: list[str] = []
    here = used().app.control
    here.when_reset(lambda: told.append("reset"))
    here.reset(KEY)
    assert (keys_of(here), here.backend._kept) == ([OTHER_KEY], 1)
    here.reset(NEVER_USED)
    assert keys_of(here) == [OTHER_KEY]
    here.reset(None)
    assert (keys_of(here), here.backend._kept, told) == ([], 0, ["reset"] * 3)


def test_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is told in bounds: of so many accounts one by one, and so many jobs counted."""
    here = used().app.control
    assert [account["account"] for account in _accounts(here)] == ["SG_…cdef", "SG_…00aa"]
    assert "further_accounts" not in here.state()
    monkeypatch.setattr(control, "COUNTED", 1)
    assert [len(account["jobs"]) for account in _accounts(here)] == [5, 1]
    monkeypatch.setattr(control, "LISTED", 1)
    assert (len(_accounts(here)), here.state()["further_accounts"]) == (1, 1)


def test_the_scenario_of_an_account() -> None:
    """The state names what plays in an account, the account itself tells how far it has come."""
    here = used().app.control
    here.play(load("wobbly-gateway"), KEY)
    assert [account["scenario"] for account in _accounts(here)] == ["wobbly-gateway", None]
    told = here.told_account(KEY)["scenario"]
    assert isinstance(told, dict)
    assert told["scenario"] == "wobbly-gateway"


def _accounts(here: Control) -> list[dict[str, Any]]:
    accounts: Any = here.state()["accounts"]
    return list(accounts)


def test_many_changes_for_all() -> None:
    """However often everybody was changed, an account that comes later is what it would be had it been there."""
    here = mock()
    for drained in range(300):
        here.app.control.change_all(AccountChange(drain=1, rpm=drained))
    here.app.control.change_all(AccountChange(credits=9, rpm=0))
    here.app.control.change_all(AccountChange(drain=2))
    assert here.credits() == 7
