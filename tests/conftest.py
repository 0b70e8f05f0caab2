"""Fixtures of the whole suite: few, small, and each a world of its own."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from segmind_spec import Catalog

settings.register_profile(
    "ci", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", database=None, deadline=None)
settings.register_profile("deep", max_examples=2000, database=None, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The five packaged models."""
    return Catalog.load()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's own reaches a test."""
    for name in os.environ:
        if name.startswith("SEGMIND"):
            monkeypatch.delenv(name)
