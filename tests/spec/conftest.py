"""What the tests of the contract share: the catalog, and strategies for bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from segmind_spec import Catalog, Model

SLUGS = ("image-converter", "sam-img2img", "sd1.5-img2img", "smart-banner-resizer", "w2imgsd1.5-img2img")

_EDGES = [
    0,
    1,
    2,
    4,
    5,
    6,
    7,
    25,
    100,
    512,
    768,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    2**64,
    10**30,
]
_FLOATS = [
    0.0,
    -0.0,
    0.01,
    0.009999,
    0.1,
    1.0,
    2.0,
    2.5,
    25.0,
    25.000001,
    9.223372036854775e18,
    9.3e18,
    1e300,
]
_TEXTS = [
    *("", "4", "7", "-1", "-0", "0.5", "0.19", "25.000000000000000001", "1e3", "true", "False", "512", "1.0"),
    *(
        "1080x1080",
        "4096x4096",
        "4097x1",
        "0x1",
        "1080X1080",
        "1080x1080\n",
        "foo bar",
        "a\x00b",
        "ddim",
        "DDIM",
    ),
    *(
        "png",
        "1K",
        "http://a",
        "http:///",
        "https://é/x",
        "/",
        "/x",
        "/x\n",
        "data:,",
        "data:image/png;base64,AA==",
    ),
    *("AAAA", "AA==", "AA==\r\n", "=", "9" * 18, "9" * 19, "x" * 5000, "é" * 5001, "['a']", "["),
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(_EDGES)
    | st.sampled_from(_FLOATS)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(_TEXTS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def _mutated(model: Model) -> st.SearchStrategy[dict[str, Any]]:
    """The printed call with keys replaced, dropped and added."""
    names = st.sampled_from([*model.parameters, "unknown", "negativePrompt"])
    lists = st.lists(st.sampled_from(_TEXTS) | scalars, max_size=12)
    changes = st.dictionaries(names, json_values | lists, max_size=4)
    dropped = st.sets(st.sampled_from(list(model.parameters)), max_size=2)
    printed = model.examples["printed"]
    return st.builds(
        lambda change, drop: {key: value for key, value in {**printed, **change}.items() if key not in drop},
        changes,
        dropped,
    )


def _bodies(model: Model) -> st.SearchStrategy[Any]:
    arbitrary = st.dictionaries(st.sampled_from([*model.parameters, "x", "a\x00"]), json_values, max_size=6)
    return st.just(model.examples["printed"]) | _mutated(model) | arbitrary | json_values


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The packaged models."""
    return Catalog.load()


@pytest.fixture(scope="session", params=SLUGS)
def model(request: pytest.FixtureRequest, catalog: Catalog) -> Model:
    """Each packaged model in turn."""
    found = catalog.get(request.param)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def bodies() -> Callable[[Model], st.SearchStrategy[Any]]:
    """A strategy of bodies for a model: valid ones, nearly valid ones, and any JSON value."""
    return _bodies
