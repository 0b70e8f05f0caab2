"""Facts h, i, j and k: credits, rates, retries and seeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import CATALOG, mock, printed_call

SD = "sd1.5-img2img"
CALL = {"image": "https://x.test/a.png", "prompt": "a lighthouse"}


@pytest.mark.fact("h1")
@pytest.mark.fact("h2")
def test_the_balance() -> None:
    """Two numbers, the second under a hyphenated key; asking is free."""
    world = mock(credits=12.5)
    assert world.get("/v1/get-user-credits").json() == {"credits": 12.5, "free-credits": 0.0}
    assert world.credits() == 12.5


@pytest.mark.fact("h3")
def test_where_cost_and_balance_stand() -> None:
    """Headers on v1; metrics on v2, of status and result alike, and steady from then on."""
    world = mock(credits=1, timing="instant")
    request_id = world.submit()["request_id"]
    first = world.status(request_id).json()["metrics"]
    assert (first["cost"], first["remaining_credits"]) == (0.0037, 0.9963)
    assert world.post(f"/v1/{SD}", CALL).headers["x-remaining-credits"] == "0.9926"
    assert world.status(request_id).json()["metrics"] == first == world.result(request_id).json()["metrics"]


@pytest.mark.fact("h6")
@pytest.mark.parametrize(("reading", "early"), [("completion", 1.0), ("submission", 0.9963)])
def test_when_a_job_is_charged(reading: str, early: float) -> None:
    """Unknown U10: with completion, or with the submit."""
    world = mock(credits=1, quirks={"debit": reading})
    request_id = world.submit()["request_id"]
    assert world.credits() == early
    world.clock.advance(3)
    assert world.credits() == 0.9963
    assert world.status(request_id).json()["metrics"]["remaining_credits"] == 0.9963


@pytest.mark.parametrize(("reading", "accepted"), [("reserve", 2), ("race", 5)])
def test_jobs_that_run_at_once_and_a_small_balance(reading: str, accepted: int) -> None:
    """Unknown U10: what runs is set aside, so the balance never goes below zero; under `race` it may."""
    world = mock(credits=0.0080, quirks={"credit_race": reading})
    statuses = [world.post(f"/v2/{SD}", CALL).status_code for _ in range(5)]
    assert statuses.count(200) == accepted
    world.clock.advance(10)
    assert (world.credits() < 0) is (reading == "race")


@given(calls=st.lists(st.sampled_from(["ok", "mock:fail", "mock:block", "invalid"]), max_size=12))
def test_the_balance_adds_up(calls: list[str]) -> None:
    """Opening less one price for each success, whatever the mix."""
    world = mock(credits=1, timing="instant")
    for call in calls:
        body = {} if call == "invalid" else CALL | {"prompt": call}
        world.post(f"/v2/{SD}", body)
    assert world.credits() == round(1 - 0.0037 * calls.count("ok"), 6)


@pytest.mark.fact("h7")
@pytest.mark.parametrize(
    ("slug", "price", "latency"),
    [
        ("sam-img2img", 0.0076, 3.81),
        (SD, 0.0037, 7.70),
        ("w2imgsd1.5-img2img", 0.0047, 10.01),
        ("smart-banner-resizer", None, 120.44),
    ],
)
def test_prices_and_latencies(slug: str, price: float | None, latency: float) -> None:
    """What the site's directory gives, as the mock charges and takes under `real`."""
    world = mock(timing="real", credits=100)
    request_id = world.submit(slug)["request_id"]
    world.clock.advance(200)
    metrics = world.status(request_id).json()["metrics"]
    assert price is None or metrics["cost"] == price
    assert 0.9 * latency <= metrics["inference_time"] <= 1.1 * latency


@pytest.mark.fact("h8")
@pytest.mark.parametrize(
    ("sizes", "each", "resolution", "cost"),
    [(1, 1, "1K", 0.25), (4, 1, "1K", 0.8125), (2, 2, "2K", 0.8125), (1, 1, "4K", 0.4375), (10, 4, "4K", 15.0625)],
)
def test_the_banners_price(sizes: int, each: int, resolution: str, cost: float) -> None:
    """By pictures and resolution; four at 1K cost the directory's average."""
    world = mock(credits=100, timing="instant")
    changes = {"target_sizes": ["10x10"] * sizes, "num_images_per_size": each, "resolution": resolution}
    request_id = world.submit("smart-banner-resizer", **changes)["request_id"]
    assert world.status(request_id).json()["metrics"]["cost"] == cost


@pytest.mark.fact("i1")
@pytest.mark.parametrize(("plan", "limit"), [("free-5", 5), ("flexible-60", 60)])
def test_plans_are_a_quirk(plan: str, limit: int) -> None:
    """Conflict C8: the numbers of either table."""
    world = mock(quirks={"rate_plan": plan}, timing="instant")
    statuses = [world.post(f"/v2/{SD}", CALL).status_code for _ in range(limit + 1)]
    assert statuses == [200] * limit + [429]


@pytest.mark.fact("i2")
def test_the_limit_is_per_key() -> None:
    """One key's refusals are not another's."""
    world = mock(rpm=1)
    world.submit()
    assert world.post(f"/v2/{SD}", CALL).status_code == 429
    assert world.as_key("SG_00000000000000aa").post(f"/v2/{SD}", CALL).status_code == 200


@pytest.mark.fact("i3")
def test_the_window_is_a_minute() -> None:
    """It ends when the header says it does."""
    world = mock(rpm=1)
    world.submit()
    world.clock.advance(39.999)
    assert world.post(f"/v2/{SD}", CALL).status_code == 429
    world.clock.advance(0.001)
    assert world.post(f"/v2/{SD}", CALL).status_code == 200


@pytest.mark.fact("i5")
@pytest.mark.parametrize(("reading", "status"), [("no", 200), ("yes", 429)])
def test_whether_polls_count(reading: str, status: int) -> None:
    """Unknown U8: they do not, or do under the quirk."""
    world = mock(rpm=1, quirks={"polls_count": reading})
    assert world.status(world.submit()["request_id"]).status_code == status


@pytest.mark.parametrize(("reading", "status"), [("yes", 429), ("no", 200)])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_whether_refusals_count(version: str, reading: str, status: int) -> None:
    """Unknown U8: a 404 uses up the limit, or not under the quirk."""
    world = mock(rpm=1, quirks={"refusals_count": reading})
    world.post(f"/{version}/nothing", {})
    assert world.post(f"/{version}/{SD}", CALL).status_code == status


@pytest.mark.fact("j1")
def test_nothing_is_deduplicated() -> None:
    """The same call twice, even under one idempotency key, is two jobs and two charges."""
    world = mock(credits=1, timing="instant")
    headers = {"idempotency-key": "one"}
    ids = {world.post(f"/v2/{SD}", CALL, headers=headers).json()["request_id"] for _ in range(2)}
    assert len(ids) == 2
    assert world.credits() == 0.9926


@pytest.mark.fact("j2")
@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
def test_a_job_cannot_be_cancelled(method: str) -> None:
    """No verb but GET, and the job goes on."""
    world = mock()
    request_id = world.submit()["request_id"]
    assert world.request(method, f"/v2/requests/{request_id}").status_code == 405
    world.clock.advance(3)
    assert world.status(request_id).json()["status"] == "COMPLETED"


@pytest.mark.fact("k1")
@pytest.mark.fact("k3")
@pytest.mark.parametrize("call", [{"seed": -1}, {}], ids=["minus one", "none"])
def test_a_drawn_seed_is_told_and_repeats_the_picture(call: dict[str, int]) -> None:
    """Each call draws anew; sending the seed that was told gives the same picture."""
    world = mock(provenance="content")
    first, second = (world.post(f"/v1/{SD}", CALL | call) for _ in range(2))
    told = int(first.headers["x-seed-value"])
    assert told > 0
    assert first.content != second.content
    again = world.post(f"/v1/{SD}", CALL | {"seed": told})
    assert again.content == first.content


@pytest.mark.fact("k2")
def test_the_same_seed_gives_the_same_output() -> None:
    """On another server with another seed of its own; another seed, prompt or size gives another."""
    call = CALL | {"seed": 7}
    first = mock(seed="a", provenance="content").post(f"/v1/{SD}", call).content
    assert mock(seed="b", provenance="content").post(f"/v1/{SD}", call).content == first
    for change in ({"seed": 8}, {"prompt": "a lake"}, {"img_width": 768}):
        assert mock().post(f"/v1/{SD}", call | change).content != first


@pytest.mark.parametrize("slug", CATALOG.slugs)
def test_the_same_bytes_on_another_server(slug: str) -> None:
    """The same calls to two servers with the same seed give the same files, however many workers these have."""
    files = []
    for settings in ({}, {"workers": 1, "picture_cache": 0}, {"workers": 50, "timing": "instant"}):
        world = mock(**settings)
        jobs = [world.submit(slug) for _ in range(3)]
        world.clock.advance(60)
        urls = [image["url"] for job in jobs for image in world.result(job["request_id"]).json()["images"]]
        files.append({url: world.get(url).content for url in urls})
    assert files[0] == files[1] == files[2]
    assert len(set(files[0].values())) == len(files[0])


def test_a_missing_seed_may_be_fixed() -> None:
    """Under `omitted_seed=fixed` a model whose seed is null by default answers the same each time."""
    call = {"image_url": "https://x.test/a.png", "target_sizes": ["64x64"]}
    world = mock(provenance="content", quirks={"omitted_seed": "fixed"})
    assert world.post("/v1/smart-banner-resizer", call).content == world.post("/v1/smart-banner-resizer", call).content


@pytest.mark.fact("k5")
@pytest.mark.parametrize("seed", [98877465625, 6130473235, 2**53, 999_999_999_999_999])
def test_seeds_beyond_32_bits(seed: int) -> None:
    """They are told back digit by digit."""
    assert mock().post(f"/v1/{SD}", CALL | {"seed": seed}).headers["x-seed-value"] == str(seed)


@pytest.mark.fact("k6")
def test_seeds_zero_and_null() -> None:
    """0 is a seed; null draws one."""
    call = printed_call("smart-banner-resizer")
    world = mock(timing="instant")
    zero = world.post("/v1/smart-banner-resizer", call | {"seed": 0})
    null = world.post("/v1/smart-banner-resizer", call | {"seed": None})
    assert zero.headers["x-seed-value"] == "0"
    assert int(null.headers["x-seed-value"]) > 0
    assert CATALOG.get("smart-banner-resizer") is not None
