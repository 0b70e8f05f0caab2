"""Interpretation: what a choice of quirks comes to, worked out once."""

from __future__ import annotations

import pytest

from segmind_mock.config import Config
from segmind_mock.interpretation import Interpretation
from segmind_mock.orders import Entry
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from tests.worlds import CATALOG, printed_call


def interpretation(rpm: int = 0, **quirks: str) -> Interpretation:
    """The service as some readings have it."""
    config = Config(rpm=rpm)
    return Interpretation(Quirks(quirks), config, Randomness("0"))


@pytest.mark.parametrize(
    ("quirk", "reading", "asked", "expected"),
    [
        ("request_id", "uuid", "dashed", True),
        ("request_id", "hex", "dashed", False),
        ("retention_from", "submission", "late", False),
        ("retention_from", "completion", "late", True),
        ("credit_race", "reserve", "reserves", True),
        ("credit_race", "race", "reserves", False),
        ("debit", "completion", "debits_early", False),
        ("debit", "submission", "debits_early", True),
    ],
)
def test_readings(quirk: str, reading: str, asked: str, expected: bool) -> None:
    """Each reading decides its own question."""
    assert getattr(interpretation(0, **{quirk: reading}), asked) is expected


@pytest.mark.parametrize(
    ("plan", "rpm", "expected"),
    [("none", 0, 0), ("pro-50", 0, 50), ("pro-50", 7, 7), ("none", 7, 7)],
)
def test_rpm(plan: str, rpm: int, expected: int) -> None:
    """The setting `rpm` counts before the quirk `rate_plan`."""
    assert interpretation(rpm, rate_plan=plan).rpm == expected


def test_its_own_quirks_and_not_the_servers() -> None:
    """Bodies are read, and pictures made, by its own readings, whatever those of the server's settings are."""
    slug = "sd1.5-img2img"
    model = CATALOG.get(slug)
    assert model is not None
    entry = Entry.of(model)
    config = Config(quirks=Quirks({"omitted_seed": "fixed", "picture_format": "png"}))
    here = Interpretation(Quirks({"picture_format": "jpeg"}), config, Randomness("0"))
    there = Interpretation(config.quirks, config, Randomness("0"))
    formats = []
    for one in (here, there):
        order = one.orders.take(entry, printed_call(slug), blocking=False)
        formats.append(one.results.of(entry, order.payload, 1).pictures[0].format.media_type)
    assert formats == ["image/jpeg", "image/png"]
    assert here.quirks["omitted_seed"] != there.quirks["omitted_seed"]
