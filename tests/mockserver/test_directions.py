"""Directions: what leads a client to a mock on this machine, past every proxy."""

from __future__ import annotations

import pytest

from segmind_mock.directions import directions

URL = "http://127.0.0.1:8787"


def test_where_it_is() -> None:
    """The URL that SDKs want, the key, and the root."""
    told = directions(URL, "a-key", {})
    own = {"SEGMIND_BASE_URL": f"{URL}/v1", "SEGMIND_API_KEY": "a-key", "SEGMIND_MOCK_URL": URL}
    assert {name: value for name, value in told.items() if name.lower() != "no_proxy"} == own


@pytest.mark.parametrize(
    ("environment", "upper", "lower"),
    [
        ({}, "127.0.0.1,localhost", "127.0.0.1,localhost"),
        ({"NO_PROXY": "a.test, localhost"}, "a.test,localhost,127.0.0.1", "a.test,localhost,127.0.0.1"),
        ({"no_proxy": "a.test"}, "a.test,127.0.0.1,localhost", "a.test,127.0.0.1,localhost"),
        ({"NO_PROXY": "a", "no_proxy": "b"}, "a,127.0.0.1,localhost", "b,127.0.0.1,localhost"),
        ({"no_proxy": "*"}, "*", "*"),
        ({"no_proxy": "a, *"}, "*", "*"),
        ({"NO_PROXY": "", "no_proxy": " "}, "127.0.0.1,localhost", "127.0.0.1,localhost"),
    ],
)
def test_no_proxy(environment: dict[str, str], upper: str, lower: str) -> None:
    """This machine is reached without a proxy, beside whatever else is."""
    told = directions(URL, "a-key", environment)
    assert (told["NO_PROXY"], told["no_proxy"]) == (upper, lower)
