"""Results: what an ended job tells, the same whether it is remembered or worked out anew."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from segmind_mock import results
from segmind_mock.config import Config
from segmind_mock.orders import Entry, Orders
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.render.inputs import stood_in
from segmind_mock.results import LONGEST_REMEMBERED, Results
from tests.worlds import CATALOG, printed_call

SLUG = "sd1.5-img2img"


def entry(slug: str = SLUG, index: int = 0) -> Entry:
    """A packaged model, offered."""
    model = CATALOG.get(slug)
    assert model is not None
    return Entry.of(model, index=index)


def body(slug: str = SLUG, **changes: Any) -> bytes:
    """A payload: the page's call with some changes, as it came."""
    return orjson.dumps(printed_call(slug) | changes)


def fresh(**quirks: str) -> Results:
    """Results that remember nothing yet."""
    config = Config(quirks=Quirks(quirks))
    return Results(config, config.quirks, Orders(config.quirks), Randomness("0"))


def test_remembered() -> None:
    """What was asked before is not worked out anew, and tells what it told."""
    here, payload = fresh(), body(seed=5)
    one = here.of(entry(), payload, 1)
    assert here.of(entry(), payload, 2) is one
    assert fresh().of(entry(), payload, 1) == one


def test_a_drawn_seed_is_the_jobs_own() -> None:
    """Two jobs of one payload that draw their seeds have two results, each the same whenever it is asked for."""
    here, payload = fresh(), body(seed=-1)
    one, other = here.of(entry(), payload, 1), here.of(entry(), payload, 2)
    assert one.seed != other.seed
    assert one.pictures != other.pictures
    assert here.of(entry(), payload, 1) == one


def test_two_models() -> None:
    """The same payload to two models is two results."""
    here, payload = fresh(), orjson.dumps({"image": "https://a.test/b.png", "prompt": "a boat"})
    one = here.of(entry(), payload, 1)
    other = here.of(entry("w2imgsd1.5-img2img", index=1), payload, 1)
    assert one.pictures[0].way != other.pictures[0].way


def test_an_error() -> None:
    """A job that failed tells its error and no pictures."""
    found = fresh().of(entry(), b"\0" + orjson.dumps({"error": "broken"}), 1)
    assert (found.error, found.pictures, found.seed, found.digest) == ("broken", [], None, "")


def test_its_input() -> None:
    """A picture that is held is the one told, another is stood in for; of a long text a short one is told."""
    held = {"parameters": {"image": "sha256:01"}, "source": ["01" * 32, 30, 20]}
    (picture,) = fresh().of(entry("sam-img2img"), b"\0" + orjson.dumps(held), 1).pictures
    assert (picture.source, picture.width, picture.height) == ((b"\1" * 32, "", 30, 20), 30, 20)
    url = "https://a.test/" + "x" * 600
    found = fresh().of(entry("sam-img2img"), orjson.dumps({"image": url}), 1)
    assert found.pictures[0].source == stood_in(url)
    assert str(found.parameters["image"]).startswith("sha256:")


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more results are remembered than there is room for, and no long payload at all."""
    monkeypatch.setattr(results, "REMEMBERED", 4)
    here = fresh()
    for seed in range(10):
        here.of(entry(), body(seed=seed), 1)
        assert 1 <= len(here._finished) <= 4
        assert 1 <= len(here._calls) <= 4
    here = fresh()
    here.of(entry(), body(prompt="x" * LONGEST_REMEMBERED), 1)
    assert not here._finished
    assert not here._calls


def test_told() -> None:
    """A picture tells its number among its siblings, the seed used, and the digest of the parameters."""
    found = fresh().of(entry(), body(samples=3, seed=5), 1)
    told = found.told(entry().model, 1, None)
    assert (told["index"], told["of"], told["seed"], told["parameters"]) == (1, 3, "5", found.digest)
    assert "request_id" not in told


def test_a_fixed_seed() -> None:
    """Under the quirk a call without a seed has always the same."""
    payload = body("smart-banner-resizer")
    assert fresh(omitted_seed="fixed").of(entry("smart-banner-resizer"), payload, 9).seed == 1
    assert fresh().of(entry("smart-banner-resizer"), payload, 9).seed != 1
