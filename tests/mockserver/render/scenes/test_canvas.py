"""Canvas: shapes fill the pixels they say, the same ones as Pillow's public drawing does."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ImageDraw import Draw

from segmind_mock.render.scenes.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable

places = st.integers(-20, 60)
radii = st.floats(0.0, 40.0)


def inked(canvas: Canvas, slot: int) -> int:
    """How many pixels have this slot."""
    return canvas.image.histogram()[slot]


def box(canvas: Canvas) -> tuple[int, int, int, int] | None:
    """What is drawn on, as left, top, right, bottom."""
    return canvas.image.getbbox()


def test_unit() -> None:
    """Things are counted in the side of a square, and in less for a banner."""
    assert Canvas(100, 100).unit == 100
    assert Canvas(200, 100).unit == 141
    assert Canvas(728, 90).unit == Canvas(90, 728).unit == 144
    assert Canvas(1, 1).unit == 1


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (lambda c: c.bar(3, 4, 21, 9, 7), lambda d: d.rectangle((3, 4, 20, 8), fill=7)),
        (lambda c: c.disc(20, 18, 9.4, 7), lambda d: d.ellipse((11, 9, 29, 27), fill=7)),
        (lambda c: c.oval(20, 18, 9, 4, 7), lambda d: d.ellipse((11, 14, 29, 22), fill=7)),
        (lambda c: c.polygon([(1, 1), (30, 8), (9, 33)], 7), lambda d: d.polygon([(1, 1), (30, 8), (9, 33)], fill=7)),
        (
            lambda c: c.panes([(2, 2), (9, 5)], 3, 2, 7),
            lambda d: [d.rectangle(b, 7) for b in ((2, 2, 4, 3), (9, 5, 11, 6))],
        ),
    ],
    ids=["bar", "disc", "oval", "polygon", "panes"],
)
def test_like_image_draw(mine: Callable[[Canvas], None], theirs: Callable[..., object]) -> None:
    """Pillow's inner drawing gives what its public one gives."""
    canvas, image = Canvas(40, 40), Image.new("L", (40, 40))
    mine(canvas)
    theirs(Draw(image))
    assert canvas.image.tobytes() == image.tobytes()


@given(places, places, places, places)
def test_bar(left: int, top: int, right: int, bottom: int) -> None:
    """A bar fills the area between its corners, and nothing when they are the wrong way round."""
    canvas = Canvas(40, 40)
    canvas.bar(left, top, right, bottom, 5)
    across = max(0, min(right, 40) - max(left, 0))
    down = max(0, min(bottom, 40) - max(top, 0))
    assert inked(canvas, 5) == across * down


@given(places, places, places, places)
def test_lozenges(left: int, top: int, right: int, bottom: int) -> None:
    """Round ends take nothing but corners away."""
    canvas = Canvas(40, 40)
    canvas.lozenge(left, top, right, bottom, 5)
    canvas.lozenge_up(left, top, bottom, right - left, 5)
    drawn = box(canvas)
    if drawn:
        assert drawn[0] >= min(left, right)
        assert drawn[2] <= max(left, right)


@given(places, places, radii, st.lists(st.integers(-5, 45), min_size=2, max_size=8, unique=True).map(sorted))
def test_slabs(x: int, y: int, radius: float, edges: list[int]) -> None:
    """Each slab lies between its own two edges and within the circle's reach."""
    canvas = Canvas(40, 40)
    canvas.slabs(x, y, radius, edges, range(1, len(edges)))
    for slot, (top, bottom) in enumerate(pairwise(edges), start=1):
        drawn = canvas.image.point([255 if value == slot else 0 for value in range(256)]).getbbox()
        if drawn:
            assert top <= drawn[1] < drawn[3] <= bottom
            assert drawn[0] >= x - radius - 1
            assert drawn[2] <= x + radius + 2


def test_slabs_make_a_disc() -> None:
    """Slabs on one another are nearly the disc."""
    cut, whole = Canvas(100, 100), Canvas(100, 100)
    cut.slabs(50.0, 50.0, 40.0, range(0, 101, 10), [9] * 10)
    whole.disc(50.0, 50.0, 40.0, 9)
    assert abs(inked(cut, 9) - inked(whole, 9)) < 200


@given(places, places, st.floats(-40.0, 40.0), st.floats(-1.0, 1.0))
def test_crescent(x: int, y: int, radius: float, phase: float) -> None:
    """A crescent stays within its disc, but for its blunt tips."""
    canvas = Canvas(40, 40)
    canvas.crescent(x, y, radius, phase, 3)
    drawn = box(canvas)
    if drawn:
        assert drawn[0] >= x - abs(radius) - 2
        assert drawn[2] <= x + abs(radius) + 3


def test_phases() -> None:
    """The larger the phase, the thinner the crescent."""
    sizes = []
    for phase in (-1.0, -0.5, 0.0, 0.5, 0.9):
        canvas = Canvas(100, 100)
        canvas.crescent(50, 50, 40, phase, 3)
        sizes.append(inked(canvas, 3))
    assert sizes == sorted(sizes, reverse=True)


def test_quarter_and_arch() -> None:
    """A quarter disc keeps to its corner, an arch to the rows above its foot."""
    canvas = Canvas(40, 40)
    canvas.quarter(10, 10, 15, 20, 3)
    assert box(canvas) == (10, 10, 26, 31)
    canvas = Canvas(40, 40)
    canvas.arch((20, 30), 12.0, 3)
    assert box(canvas) == (8, 18, 33, 31)


@given(st.lists(st.integers(-10, 50), min_size=5, max_size=5), st.integers(0, 60))
def test_land(heights: list[int], floor: int) -> None:
    """Land covers everything from its highest point down to the floor, over the whole width."""
    canvas = Canvas(40, 40)
    canvas.land([(10 * i, y) for i, y in enumerate(heights)], floor, 3)
    deepest = max(heights) + 1
    for y in range(max(0, deepest), min(floor, 40)):
        assert all(canvas.image.getpixel((x, y)) == 3 for x in (0, 20, 39))


@pytest.mark.parametrize(
    "corners", [[(31, 5), (14, 20), (31, 38)], [(1, 1), (30, 8), (35, 33), (20, 20)], [(5, 5), (5, 5), (5, 5)]]
)
def test_blunt(corners: list[tuple[int, int]]) -> None:
    """The highest and the lowest corner come out two pixels wide or wider, the same from either side."""
    canvas = Canvas(40, 40)
    canvas.blunt(corners, 3)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    for row in (top, bottom):
        assert sum(canvas.image.getpixel((x, row)) == 3 for x in range(40)) >= 2


def test_line() -> None:
    """A line is as wide as it is told."""
    canvas = Canvas(40, 40)
    canvas.line([(0, 10), (39, 10)], 3, 4)
    assert inked(canvas, 3) == 160
