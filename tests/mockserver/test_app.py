"""App: a mock of its own each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmind_mock.app import create_app
from segmind_mock.config import Config
from segmind_spec import SpecError
from tests.worlds import KEY, mock


def test_nothing_is_shared() -> None:
    """What happens in one app does not happen in another."""
    one, other = mock(credits=1), mock(credits=1)
    request_id = one.submit()["request_id"]
    one.clock.advance(60)
    other.clock.advance(60)
    assert other.status(request_id).status_code == 404
    assert one.credits() < 1 == other.credits()


def test_out_of_the_box() -> None:
    """Without a word of configuration there is an app, on the real clock."""
    assert create_app().backend.keyring.clock.now() > 1_577_836_800_000


def test_a_bad_folder(tmp_path: Path) -> None:
    """A folder of documents that cannot be used is told with the file at fault."""
    tmp_path.joinpath("x.yaml").write_text("openapi: 2")
    with pytest.raises(SpecError, match=r"x\.yaml"):
        create_app(Config(spec=(str(tmp_path),)))


def test_two_runs_with_one_seed() -> None:
    """The same calls against a fresh app with the same seed are answered with the same bytes."""

    def run(seed: str) -> list[bytes]:
        here = mock(seed=seed, timing="instant")
        request_id = here.submit()["request_id"]
        return [here.status(request_id).content, here.result(request_id).content]

    assert run("a") == run("a")
    assert run("a") != run("b")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_wrong_host_leaves_nothing(version: str) -> None:
    """A generation refused for its Host header is not begun, and not paid for."""
    here = mock(timing="instant", credits=1)
    answer = here.post(f"/{version}/sam-img2img", {"image": "http://a/b"}, headers={"host": "a/b"})
    assert answer.status_code == 400
    assert here.credits() == 1


@pytest.mark.parametrize(
    ("host", "token", "drawn"),
    [("127.0.0.1", "", False), ("localhost", "", False), ("0.0.0.0", "", True), ("0.0.0.0", "mine", False)],
)
def test_token(host: str, token: str, drawn: bool) -> None:
    """The control plane's token is the one that is set; where others can reach it, one is drawn, each time another."""
    found = {create_app(Config(host=host, token=token)).token for _ in range(2)}
    assert len(found) == 1 + drawn
    assert drawn or found == {token}
    assert not drawn or all(len(one) >= 16 for one in found)


def test_settings_of_time_and_scenario() -> None:
    """The clock and the scenario of the settings are those of every account."""
    here = mock(scenario="wobbly-gateway")
    call = {"image": "https://x.test/a.png"}
    assert [here.post("/v2/sam-img2img", call).status_code for _ in range(3)] == [502, 502, 200]
    app = create_app(Config(clock="frozen"))
    assert app.control.clock(None).rate == 0
    assert app.backend.world(KEY).clock.rate == 0
