"""Caption: a line of text along the bottom edge that can be read again, whatever the text and the picture."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.caption import CHARACTERS, SIZES, Size, _glyphs, caption, size_for
from segmind_mock.render.picture import BAR, INK

LINE = "sd1.5-img2img · 768×512 · seed 42 · 2/4 · a lighthouse at dusk"
LEVELS = (0, 1, 2, 3)
EACH_SIZE = pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.narrowest))
EACH_MODE = pytest.mark.parametrize("mode", ["P", "RGB"])


def bar(text: str, size: Size, mode: str = "P") -> Image.Image:
    """The bar of the smallest picture that has this size of it, on black."""
    image = caption(Image.new(mode, (size.narrowest, size.lowest)), text)
    return image.crop((0, size.lowest - size.bar, size.narrowest, size.lowest))


def inked(image: Image.Image) -> bytes:
    """How much ink, 0 to 3, each pixel of a bar has, column by column; each level must occur."""
    values = image.transpose(Image.Transpose.TRANSPOSE).getchannel(image.getbands()[-1]).tobytes()
    levels = bytes(sorted(set(values)))
    assert len(levels) == len(LEVELS)
    return values.translate(bytes.maketrans(levels, bytes(LEVELS)))


def readings(image: Image.Image, size: Size) -> set[str]:
    """Every line that gives just these pixels, found by laying letters on them from the left."""
    margin = size.x_height * size.bar
    columns = inked(image)[margin:].rstrip(b"\0")
    cells = _glyphs(size, LEVELS)
    begun, found = [("", 0)], set()
    while begun:
        line, at = begun.pop()
        if at >= len(columns):
            found.add(line)
            continue
        for letter, cell in cells.items():
            if columns[at : at + len(cell)].ljust(len(cell), b"\0") == cell:
                begun.append((line + letter, at + len(cell)))
    return found


@EACH_MODE
@EACH_SIZE
@pytest.mark.parametrize("text", [LINE[:30], "(Zoë's) jug, 95%?", "雪 of Ærø", "QWXYZ{}|[]<>#@&*"], ids=ascii)
def test_reads_back(text: str, size: Size, mode: str) -> None:
    """The pixels of the bar say what was written, and can be read in no other way."""
    expected = "".join(letter if letter in CHARACTERS else "□" for letter in text)
    assert readings(bar(text, size, mode), size) == {expected}


@EACH_SIZE
def test_letters_differ(size: Size) -> None:
    """No two characters look the same, and only the blank shows nothing."""
    cells = _glyphs(size, LEVELS)
    assert "".join(cells) == CHARACTERS
    assert len(set(cells.values())) == len(CHARACTERS)
    assert [letter for letter, cell in cells.items() if not any(cell)] == [" "]
    assert all(len(cell) % size.bar == 0 for cell in cells.values())


@EACH_MODE
@EACH_SIZE
def test_too_long(size: Size, mode: str) -> None:
    """A text that is too long for the bar is cut at a letter and ends in an ellipsis, clear of the edge."""
    text = LINE * 9
    image = bar(text, size, mode)
    (line,) = readings(image, size)
    assert line.endswith("…")
    assert text.startswith(line[:-1])
    drawn = len(inked(image).rstrip(b"\0")) / size.bar
    assert size.narrowest - 5 * size.x_height < drawn <= size.narrowest - size.x_height


def test_just_fitting() -> None:
    """A text is cut only when its last column has no room."""
    size = SIZES[1]
    width = sum(len(_glyphs(size, LEVELS)[letter]) // size.bar for letter in LINE) + 2 * size.x_height
    for missing, end in ((0, "dusk"), (1, "…")):
        image = caption(Image.new("P", (width - missing, 200)), LINE)
        (line,) = readings(image.crop((0, 200 - size.bar, image.width, 200)), size)
        assert line.endswith(end)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a\r\n\t b\u00a0 c ", "a b c"),
        ("cafe\u0301", "café"),
        ("雪\U0001f600\x07\ud800\u0378\u05d0", "□" * 6),
    ],
    ids=["blanks", "combining", "unknown"],
)
def test_other_characters(text: str, same: str) -> None:
    """Line breaks are blanks, accents join their letters, and the unknown is a box."""
    assert bar(text, SIZES[1]) == bar(same, SIZES[1])


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ((199, 900), None),
        ((900, 87), None),
        ((200, 88), 11),
        ((255, 999), 11),
        ((256, 256), 17),
        ((512, 512), 20),
        ((1024, 1024), 26),
        ((728, 90), 11),
        ((1920, 1080), 40),
        ((4096, 4096), 70),
        ((4096, 559), 40),
    ],
    ids=str,
)
def test_size(side: tuple[int, int], expected: int | None) -> None:
    """The bar grows with the picture, and is never more than an eighth of its height."""
    size = size_for(*side)
    assert (size and size.bar) == expected
    before = Image.new("P", side)
    assert (caption(before.copy(), "a") != before) == (expected is not None)


def noise(mode: str, width: int, height: int) -> Image.Image:
    """A picture that is different from place to place; in mode P without the slots of the bar."""
    ramp = Image.linear_gradient("L").resize((width, height)).point([value % BAR for value in range(256)])
    return (
        Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp)) if mode == "RGB" else coded(ramp)
    )


def coded(slots: Image.Image) -> Image.Image:
    """A picture of mode P with these slots."""
    return Image.frombytes("P", slots.size, slots.tobytes())


SIDES = st.integers(1, 4096)
SHORT = st.integers(1, 300)


@settings(deadline=None, max_examples=120)
@given(
    st.sampled_from(["P", "RGB"]),
    st.tuples(SHORT, SIDES) | st.tuples(SIDES, SHORT),
    st.text(st.characters(), max_size=90),
)
@example("P", (4096, 4096), "x" * 10_000)
@example("RGB", (4096, 4096), "\n" * 10_000 + "x")
@example("P", (300, 300), "\ud800\udc00 \u202e \u0301")
def test_any_text(mode: str, side: tuple[int, int], text: str) -> None:
    """Mode, size and all that is above the bar stay; in mode P the bar is in its four slots only."""
    before = noise(mode, *side)
    image = before.copy()
    assert caption(image, text) is image
    assert (image.mode, image.size) == (mode, side)
    size = size_for(*side)
    top = side[1] - (size.bar if size else 0)
    above = (0, 0, side[0], top)
    assert image.crop(above).tobytes() == before.crop(above).tobytes()
    below = set(image.crop((0, top, *side)).tobytes())
    if not text[:2048].split():
        assert image == before
    elif size and mode == "P":
        assert below <= set(range(BAR, INK + 1))
        assert BAR in below


@settings(deadline=None, max_examples=60)
@given(st.text(CHARACTERS, max_size=12), st.text(CHARACTERS, max_size=12))
def test_distinct(one: str, other: str) -> None:
    """Different texts give different bars."""
    if one.split() != other.split():
        assert bar(one, SIZES[2]) != bar(other, SIZES[2])


@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255), (255, 230, 0)], ids=str)
def test_contrast(ground: tuple[int, int, int]) -> None:
    """Over a picture of any brightness the letters stand out by 7 to 1 or more, and the picture shows through."""
    pixels = caption(Image.new("RGB", (300, 300), ground), "IIII").crop((0, 283, 300, 300)).tobytes()
    colours = {(pixels[at], pixels[at + 1], pixels[at + 2]) for at in range(0, len(pixels), 3)}
    dark, light = min(colours, key=luminance), max(colours, key=luminance)
    assert (luminance(light) + 0.05) / (luminance(dark) + 0.05) > 7
    assert dark == tuple(part // 4 + lift for part, lift in zip(ground, (9, 10, 14), strict=True))


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    parts = (part / 255 for part in colour)
    red, green, blue = (part / 12.92 if part <= 0.04045 else pow((part + 0.055) / 1.055, 2.4) for part in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGBA", "CMYK"])
def test_other_modes(mode: str) -> None:
    """A picture of another mode is refused."""
    with pytest.raises(ValueError, match=f"in mode P or RGB, not {mode}"):
        caption(Image.new(mode, (300, 300)), "a")


def test_repeats() -> None:
    """The pixels are the same each time."""
    one, other = ([bar(LINE, size, mode).tobytes() for size in SIZES for mode in ("P", "RGB")] for _ in range(2))
    assert one == other


def test_no_fonts() -> None:
    """The module loads no Pillow before it is used, and no FreeType then."""
    code = (
        "import sys; from segmind_mock.render.caption import caption; assert 'PIL' not in sys.modules;"
        "from PIL import Image; caption(Image.new('RGB', (300, 300)), 'a');"
        "print({'PIL.ImageFont', 'PIL.ImageDraw', 'PIL._imagingft'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"
