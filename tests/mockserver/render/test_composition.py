"""Composition: what stands in a picture, and in which order."""

from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.render.composition import compose

digests = st.binary(min_size=16, max_size=32)


@given(digests, st.booleans())
def test_ranges(digest: bytes, night: bool) -> None:
    """Three to five ranges span the whole width, the farthest first."""
    ranges = compose(digest, night=night).ranges
    layers = [hills.layer for hills in ranges]
    assert 3 <= len(ranges) <= 5
    assert layers == sorted(set(layers))
    assert all(hills.ridge[0][0] <= 0.0 and hills.ridge[-1][0] >= 1.0 for hills in ranges)


@given(digests)
def test_night(digest: bytes) -> None:
    """Stars and crescents belong to the night."""
    day = compose(digest, night=False)
    assert not day.stars
    assert day.orb.phase == -1.0
    assert len(compose(digest, night=True).stars) >= 28


@given(digests, st.booleans())
def test_water(digest: bytes, night: bool) -> None:
    """Glints appear exactly where there is water."""
    scene = compose(digest, night=night)
    assert bool(scene.glints) == (scene.water is not None)


def test_repeats() -> None:
    """A digest always composes the same picture, and another one another."""
    assert compose(b"a" * 16, night=True) == compose(b"a" * 16, night=True)
    assert compose(b"a" * 16, night=True) != compose(b"b" * 16, night=True)
