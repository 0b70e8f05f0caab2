"""The mocks that SDK programs run against: one pair for the session, a key for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sdk.serving import SHUT
from tests.served import serving


@pytest.fixture(scope="session")
def mock_url() -> Iterator[str]:
    """A mock as it is out of the box."""
    with serving() as mock:
        yield mock.url


@pytest.fixture(scope="session")
def shut_url() -> Iterator[str]:
    """A mock with no credits, a retired and a forbidden model."""
    with serving(*SHUT) as mock:
        yield mock.url
