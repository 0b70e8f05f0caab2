"""Contact sheets: nothing is lost, nothing overlaps the edge, and the same sheet is the same picture."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.sheets.sheet import (
    COLUMNS,
    FINE,
    Group,
    Section,
    Sheet,
    Thumb,
    across,
    columns,
    drawn,
    lines,
    shrunk,
    span,
)

SIDE = 64


def group_of(count: int, *, wide: int = 1, image: Image.Image | None = None, is_input: bool = False) -> Group:
    """A group of so many equal thumbnails."""
    picture = image or Image.new("RGB", (SIDE * FINE, SIDE * FINE), "#0000ff")
    thumbs = tuple(Thumb(image=picture, label=str(number), span=wide, given=is_input) for number in range(count))
    return Group(name=f"parameter {count}", about="What it does.", thumbs=thumbs)


def sheet_of(*groups: Group, title: str = "Sheet") -> Sheet:
    """A sheet with one section."""
    section = Section(slug="a-model", title="A model", about="Draws.", groups=groups)
    return Sheet(title=title, legend=("A legend.",), side=SIDE, sections=(section,))


def count_of(image: Image.Image, colour: tuple[int, int, int]) -> int:
    """How many pixels have this colour."""
    return sum(count for count, found in image.getcolors(1 << 24) or [] if found == colour)


@given(st.lists(st.integers(1, 30), max_size=12))
def test_lines(counts: list[int]) -> None:
    """Every group is on one line, the first of those left over begins the next, and no line is too wide."""
    groups = [group_of(count, image=Image.new("RGB", (2, 2))) for count in counts]
    found = list(lines(groups))
    assert sorted(map(id, (group for line in found for group in line))) == sorted(map(id, groups))
    left = list(groups)
    for line in found:
        assert sum(map(columns, line)) <= COLUMNS
        assert line[0] is left[0]
        left = [group for group in left if all(group is not other for other in line)]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 14), min_size=1, max_size=5))
def test_nothing_is_lost(counts: list[int]) -> None:
    """Every thumbnail is on the sheet, whole."""
    image = drawn(sheet_of(*map(group_of, counts)))
    assert count_of(image, (0, 0, 255)) == sum(counts) * SIDE * SIDE


def test_wide_ones_are_whole() -> None:
    """Pictures over two columns are whole, too, and go on below when a row is full."""
    wide = Image.new("RGB", (across(2, SIDE) * FINE, SIDE * FINE), "#0000ff")
    image = drawn(sheet_of(group_of(7, wide=2, image=wide)))
    assert count_of(image, (0, 0, 255)) == 7 * across(2, SIDE) * SIDE


def test_the_same_again() -> None:
    """The same sheet is the same picture, of the width that it says."""
    sheet = sheet_of(group_of(3), group_of(12))
    one = drawn(sheet)
    assert one.width == sheet.width
    assert one.tobytes() == drawn(sheet).tobytes()


@pytest.mark.parametrize("text", ["long title " * 400, "W" * 5000], ids=["words", "one word"])
def test_long_texts_stay_inside(text: str) -> None:
    """A text without end changes neither the right edge nor the height."""
    plain, long = drawn(sheet_of(group_of(2))), drawn(sheet_of(group_of(2), title=text))
    assert long.size == plain.size
    edge = (long.width - 36, 0, long.width, long.height)
    assert long.crop(edge).getcolors() == plain.crop(edge).getcolors()


def test_inputs_have_a_frame() -> None:
    """An input can be told from a result."""
    assert count_of(drawn(sheet_of(group_of(1, is_input=True))), (196, 106, 27)) > 8 * SIDE
    assert count_of(drawn(sheet_of(group_of(1))), (196, 106, 27)) == 0


def test_chequers() -> None:
    """They show through where a picture does, and nowhere else."""
    clear, solid = (Image.new("RGBA", (SIDE * FINE, SIDE * FINE), (0, 0, 255, alpha)) for alpha in (0, 255))
    chequer = (217, 214, 207)
    assert count_of(drawn(sheet_of(group_of(1, image=clear))), chequer) > SIDE * SIDE // 3
    assert count_of(drawn(sheet_of(group_of(1, image=solid))), chequer) == 0


@given(st.tuples(st.integers(1, 3000), st.integers(1, 3000)), st.floats(0.05, 1.0))
@settings(max_examples=60, deadline=None)
def test_shrunk(size: tuple[int, int], share: float) -> None:
    """A thumbnail is never larger than its room, fills it in one direction, and has at least a pixel."""
    small = shrunk(Image.new("RGB", size), SIDE, share=share)
    room = (across(span(size), SIDE) * FINE, SIDE * FINE)
    assert all(1 <= side <= max(1, share * most + 1) for side, most in zip(small.size, room, strict=True))
    assert any(abs(side - share * most) <= 1 for side, most in zip(small.size, room, strict=True))


def test_what_is_see_through_stays_so() -> None:
    """A thumbnail of a picture with an alpha channel has one; another has none."""
    assert shrunk(Image.new("LA", (90, 90)), SIDE).mode == "RGBA"
    assert shrunk(Image.new("CMYK", (90, 90)), SIDE).mode == "RGB"


def test_span() -> None:
    """Only what is more than twice as wide as high takes two columns."""
    assert [span(size) for size in ((100, 100), (1200, 628), (728, 90), (90, 728))] == [1, 1, 2, 1]
