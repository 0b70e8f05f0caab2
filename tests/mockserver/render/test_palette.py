"""Palette: thirty-two slots that can be told apart where it matters."""

from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.render import palette
from segmind_mock.render.dice import Dice


@given(st.binary(min_size=16, max_size=32))
def test_colours(digest: bytes) -> None:
    """Every digest gives 32 full colours."""
    assert len(palette.colours(palette.choose(Dice(digest, "palette")))) == 3 * palette.SIZE


def test_slots() -> None:
    """The slots lie side by side and end with the last one."""
    assert palette.GLOW + 1 == palette.ORB
    assert palette.SPARK + 1 == palette.BODY
    assert palette.BODY + palette.LAYERS == palette.RIM
    assert palette.RIM + palette.LAYERS == palette.SIZE


@given(st.binary(min_size=16, max_size=32))
def test_depth(digest: bytes) -> None:
    """The nearest hills are darker than the farthest, and those darker than the sky behind them."""
    colours = palette.colours(palette.choose(Dice(digest, "palette")))

    def weight(slot: int) -> int:
        return sum(colours[3 * slot : 3 * slot + 3])

    assert weight(palette.BODY + palette.LAYERS - 1) < weight(palette.BODY) < weight(palette.HORIZON)


def test_mix() -> None:
    """Mixing goes all the way from the first colour to the second."""
    assert palette.mix((0.0, 0.5, 1.0), (1.0, 0.5, 0.0), 0.0) == (0.0, 0.5, 1.0)
    assert palette.mix((0.0, 0.5, 1.0), (1.0, 0.5, 0.0), 1.0) == (1.0, 0.5, 0.0)
