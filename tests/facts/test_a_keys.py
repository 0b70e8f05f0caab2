"""Facts a: keys and what is refused without a good one."""

from __future__ import annotations

import pytest

from tests.worlds import KEY, mock

MISSING = {"error": "Missing Authorization or x-api-key in header"}


@pytest.mark.fact("a1")
@pytest.mark.parametrize("name", ["x-api-key", "X-API-Key", "X-Api-KEY"])
def test_the_key_travels_in_one_header(name: str) -> None:
    """The header's name is read in any case of letters."""
    answer = mock().get("/v1/get-user-credits", headers={"x-api-key": None, name: KEY})
    assert answer.status_code == 200


@pytest.mark.fact("a2")
@pytest.mark.parametrize(
    ("key", "status"),
    [("SG_0123456789abcdef", 200), ("SG_FEDCBA9876543210", 200), ("SG_0123", 401), ("sk-live", 401), ("", 401)],
)
def test_keys_of_the_services_shape_work(key: str, status: int) -> None:
    """SG_ and 16 hexadecimal digits is a key; nothing else is."""
    assert mock().as_key(key).get("/v1/get-user-credits").status_code == status


def test_any_text_is_a_key_under_the_quirk() -> None:
    """Conflict C1: under `key_shape=any` a key of any shape works."""
    world = mock(quirks={"key_shape": "any"}).as_key("my own key")
    assert world.get("/v1/get-user-credits").status_code == 200


@pytest.mark.fact("a3")
def test_keys_do_not_expire() -> None:
    """A key works ten years later."""
    world = mock()
    world.clock.advance(10 * 365 * 86_400)
    assert world.get("/v1/get-user-credits").status_code == 200


@pytest.mark.fact("a4")
@pytest.mark.parametrize("path", ["/v1/get-user-credits", "/v2/requests/x/status", "/v2/requests/x"])
def test_a_bearer_token_is_refused(path: str) -> None:
    """A good key in the wrong header is a rejected credential."""
    answer = mock().get(path, headers={"x-api-key": None, "authorization": f"Bearer {KEY}"})
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("Unauthorized. API key is invalid")


@pytest.mark.parametrize(("value", "status"), [(f"Bearer {KEY}", 200), (f"bearer {KEY}", 200), (f"Basic {KEY}", 401)])
def test_a_bearer_token_is_accepted_under_the_quirk(value: str, status: int) -> None:
    """Conflict C2: under `bearer=accept` the key may come as a bearer token, and only so."""
    world = mock(quirks={"bearer": "accept"})
    answer = world.get("/v1/get-user-credits", headers={"x-api-key": None, "authorization": value})
    assert answer.status_code == status


@pytest.mark.fact("a5")
@pytest.mark.parametrize("path", ["/v1/sam-img2img", "/v2/sam-img2img"])
def test_no_credential_is_401(path: str) -> None:
    """Without any credential the words name both headers."""
    answer = mock().post(path, {"image": "https://x.test/a.png"}, headers={"x-api-key": None})
    assert (answer.status_code, answer.json()) == (401, MISSING)


@pytest.mark.fact("a6")
def test_a_rejected_credential_is_401() -> None:
    """A key that is no good is told so in other words."""
    answer = mock().as_key("SG_nonsense").post("/v2/sam-img2img", {})
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("Unauthorized. API key is invalid or may have expired")


@pytest.mark.fact("a7")
def test_a_forbidden_model_is_403() -> None:
    """403 needs a good key and an existing model; a bad key stays 401."""
    world = mock(forbid=("sam-img2img",))
    assert world.post("/v2/sam-img2img", {}).status_code == 403
    assert world.post("/v1/sam-img2img", {}).status_code == 403
    assert world.as_key("bad").post("/v2/sam-img2img", {}).status_code == 401


@pytest.mark.fact("a8")
def test_identifying_headers_change_nothing() -> None:
    """Two mocks answer alike, whatever the client calls itself."""
    plain, named = mock(), mock()
    call = {"image": "https://x.test/a.png"}
    headers = {"user-agent": "segmind-python-sdk/1.3.0", "x-initiator": "SDK-PY"}
    assert plain.post("/v2/sam-img2img", call).content == named.post("/v2/sam-img2img", call, headers=headers).content
