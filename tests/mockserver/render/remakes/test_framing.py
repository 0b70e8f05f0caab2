"""Framing: where a source and its subject come to lie in a frame."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock.render.remakes.framing import BEFORE, BEHIND, CENTRE, CLOSE, VARIANTS, Box, Layout, placed

DIGEST = bytes(range(32))
SIDES = st.one_of(st.integers(1, 64), st.integers(65, 4096))
SIZES = st.tuples(SIDES, SIDES)
DIGESTS = st.binary(min_size=16, max_size=64)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """A subject anywhere in a picture, from a point to all of it."""
    left, right = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    top, bottom = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    return left, top, right, bottom


def seen(source: tuple[int, int], layout: Layout) -> Box:
    """Where the whole source lies in the frame."""
    width, height = source
    return layout.left, layout.top, layout.left + width * layout.scale, layout.top + height * layout.scale


@settings(deadline=None, max_examples=400)
@given(SIZES, boxes(), SIZES, st.integers(0, 3), DIGESTS)
def test_subject_is_in_the_frame(
    source: tuple[int, int], box: Box, frame: tuple[int, int], variant: int, digest: bytes
) -> None:
    """All of any subject, in any source, lies in a frame of any shape."""
    found = placed(source, box, *frame, variant=variant, digest=digest).box
    near = 1e-9 * max(frame)
    assert -near <= found[0] <= found[2] <= frame[0] + near
    assert -near <= found[1] <= found[3] <= frame[1] + near


@settings(deadline=None, max_examples=400)
@given(SIZES, boxes(), SIZES, st.integers(0, 3), DIGESTS)
def test_nothing_is_stretched(
    source: tuple[int, int], box: Box, frame: tuple[int, int], variant: int, digest: bytes
) -> None:
    """The subject has the same scale in both directions, and is where the source's place says."""
    layout = placed(source, box, *frame, variant=variant, digest=digest)
    for side, start, low, high in ((0, layout.left, 0, 2), (1, layout.top, 1, 3)):
        for end in (low, high):
            expected = start + box[end] * source[side] * layout.scale
            assert layout.box[end] == pytest.approx(
                expected, abs=1e-5 * max(frame) + 2e-6 * source[side] * layout.scale
            )


@settings(deadline=None, max_examples=400)
@given(SIZES, boxes(), SIZES, st.integers(0, 3), DIGESTS)
def test_gaps_are_on_one_axis(
    source: tuple[int, int], box: Box, frame: tuple[int, int], variant: int, digest: bytes
) -> None:
    """The frame reaches beyond the source at its sides, or above and below it, or not at all; never on both axes."""
    left, top, right, bottom = seen(source, placed(source, box, *frame, variant=variant, digest=digest))
    near = 1e-9 * max(frame)
    beside = left > near or right < frame[0] - near
    above = top > near or bottom < frame[1] - near
    assert not (beside and above)


FRAMES = [(1080, 1080), (1200, 628), (1080, 1920), (300, 250)]


@pytest.mark.parametrize("frame", FRAMES)
def test_small_subject_fills_frame(frame: tuple[int, int]) -> None:
    """Where a window of the source can hold the subject, the frame shows nothing but source."""
    for variant in range(VARIANTS):
        layout = placed((1024, 1024), (0.4, 0.4, 0.6, 0.6), *frame, variant=variant, digest=DIGEST)
        left, top, right, bottom = seen((1024, 1024), layout)
        assert left <= 0.15 * frame[0]
        assert right >= 0.85 * frame[0]
        assert top <= 0
        assert bottom >= frame[1]


@pytest.mark.parametrize("frame", [*FRAMES, (728, 90), (970, 250), (1024, 1024)])
def test_places_across(frame: tuple[int, int]) -> None:
    """The subject stands near the middle, on the first third, on the last third; and it is largest in the fourth."""
    layouts = [
        placed((1024, 1024), (0.4, 0.4, 0.6, 0.6), *frame, variant=variant, digest=DIGEST)
        for variant in range(VARIANTS)
    ]
    middles = [(layout.box[0] + layout.box[2]) / 2 / frame[0] for layout in layouts]
    assert middles[BEFORE] == pytest.approx(1 / 3, abs=0.06)
    assert middles[CENTRE] == pytest.approx(1 / 2, abs=0.06)
    assert middles[BEHIND] == pytest.approx(2 / 3, abs=0.06)
    assert layouts[CLOSE].scale > 1.03 * max(layout.scale for layout in layouts[:CLOSE])


def test_places_down() -> None:
    """In a narrow frame that has no room beside the subject, the thirds are those of the height."""
    layouts = [
        placed((1024, 1024), (0.2, 0.4, 0.8, 0.6), 160, 600, variant=variant, digest=DIGEST)
        for variant in range(VARIANTS)
    ]
    middles = [(layout.box[1] + layout.box[3]) / 2 / 600 for layout in layouts]
    assert middles[BEFORE] == pytest.approx(1 / 3, abs=0.06)
    assert middles[BEHIND] == pytest.approx(2 / 3, abs=0.06)


@settings(deadline=None)
@given(
    st.tuples(st.integers(100, 2000), st.integers(100, 2000)),
    st.tuples(st.floats(0.1, 0.4), st.floats(0.1, 0.4), st.floats(0.6, 0.9), st.floats(0.6, 0.9)),
    st.tuples(st.integers(100, 2000), st.integers(100, 2000)),
    DIGESTS,
)
def test_variants_differ(source: tuple[int, int], box: Box, frame: tuple[int, int], digest: bytes) -> None:
    """The two thirds, and the close view, put the subject's box in three places, however little room there is."""
    layouts = [placed(source, box, *frame, variant=variant, digest=digest) for variant in range(VARIANTS)]
    for first, second in combinations(layouts[BEFORE:], 2):
        assert apart(first, second) > 0.0005 * max(frame)
    assert apart(layouts[BEFORE], layouts[BEHIND]) > 0.005 * max(frame)


def apart(first: Layout, second: Layout) -> float:
    """The greatest distance between two ends of the subjects' boxes, in pixels."""
    return max(abs(one - other) for one, other in zip(first.box, second.box, strict=True))


SEVERAL = [bytes([number]) * 16 for number in range(30)]


def test_digest_moves_it() -> None:
    """Another digest gives another place and another size, by up to a fourth."""
    layouts = [placed((900, 600), (0.4, 0.4, 0.6, 0.6), 500, 500, variant=0, digest=digest) for digest in SEVERAL]
    scales = [layout.scale for layout in layouts]
    assert len(set(layouts)) == len(SEVERAL)
    assert 1.15 < max(scales) / min(scales) < 1.5
    for low, high in ((0, 2), (1, 3)):
        middles = [(layout.box[low] + layout.box[high]) / 2 / 500 for layout in layouts]
        assert 0.06 < max(middles) - min(middles) < 0.25


@pytest.mark.parametrize("frame", [*FRAMES, (728, 90), (970, 250)])
@pytest.mark.parametrize("digest", SEVERAL[:8], ids=lambda digest: str(digest[0]))
def test_variants_of_any_digest(frame: tuple[int, int], digest: bytes) -> None:
    """Whatever the digest, the subject is further left in the second variant than in the third; largest in the last."""
    first, before, behind, close = (
        placed((1024, 1024), (0.4, 0.4, 0.6, 0.6), *frame, variant=variant, digest=digest)
        for variant in range(VARIANTS)
    )
    places = [layout.box[0] + layout.box[2] for layout in (before, first, behind)]
    assert places[1] - places[0] > 0.08 * frame[0]
    assert places[2] - places[1] > 0.08 * frame[0]
    assert close.scale > 1.03 * max(first.scale, before.scale, behind.scale)


def test_subject_at_the_edge() -> None:
    """Where a subject may go on beyond the source's edge, no frame shows what would be there."""
    for variant in range(VARIANTS):
        layout = placed((1000, 1000), (0.0, 0.3, 0.3, 0.7), 800, 800, variant=variant, digest=DIGEST)
        assert layout.left <= 0


@pytest.mark.parametrize("variant", [-1, 4])
def test_bad_variant(variant: int) -> None:
    """A variant that does not exist is refused."""
    with pytest.raises(ValueError, match="0 to 3"):
        placed((10, 10), (0, 0, 1, 1), 10, 10, variant=variant, digest=DIGEST)


@pytest.mark.parametrize("box", [(-0.1, 0, 1, 1), (0, 0, 1, 1.1), (0.6, 0, 0.4, 1), (0, 0.6, 1, 0.4)])
def test_bad_box(box: Box) -> None:
    """A box beyond the source, or turned inside out, is refused."""
    with pytest.raises(ValueError, match="within 0 to 1"):
        placed((10, 10), box, 10, 10, variant=0, digest=DIGEST)
