"""Draws mockserver/segmind_mock/render/glyphs.png, the letters of the caption bar: `python docs/glyphs.py`.

They are Aileron's, the font that Pillow carries as its default (by Sora Sagano, given to the public domain: CC0 1.0).
Pillow's copy holds ASCII and a few marks; accented letters are put together here from a letter and a mark of our own,
and so are the times sign, dashes and the box. Needed again only when `SIZES` or `CHARACTERS` of caption.py change;
another FreeType may draw slightly other pixels, and with them every captioned picture becomes another one.
"""

from __future__ import annotations

import unicodedata
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from segmind_mock.render.caption import CHARACTERS, SIZES, UNKNOWN, Size

TARGET = Path(__file__).parent.parent / "mockserver/segmind_mock/render/glyphs.png"
_FINE = 16
"""Letters are drawn this many times too large and made small."""
_EM = 1.92
"""Of the height of an "x"."""
_GAIN = 1.35
"""Thin strokes at small sizes are faint without it."""

_AIRY = " ×…"
"""These get a pixel more: at small sizes words would run together."""
_DRAWN_AS = {"Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "ß": "ss", "Ø": "O", "ø": "o", "×": "x", "–": "n", "—": "m"}
_MARKS = {
    "\u0300": [[(-0.42, 0.62), (0.12, 0.18)]],
    "\u0301": [[(-0.12, 0.18), (0.42, 0.62)]],
    "\u0302": [[(-0.42, 0.18), (0.0, 0.58), (0.42, 0.18)]],
    "\u0303": [[(-0.5, 0.28), (-0.22, 0.48), (0.2, 0.28), (0.48, 0.48)]],
    "\u0308": [[(-0.36, 0.38), (-0.34, 0.38)], [(0.34, 0.38), (0.36, 0.38)]],
    "\u030a": [[(0.0, 0.16), (0.24, 0.4), (0.0, 0.64), (-0.24, 0.4), (0.0, 0.16), (0.24, 0.4)]],
    "\u0327": [[(0.06, -0.06), (0.14, -0.3), (-0.16, -0.4)]],
}
"""Strokes of an accent, in x-heights from the middle of the letter's top (its foot, for the cedilla); y goes up."""
_WIDEST_MARK, _HIGHEST_MARK = 0.9, 0.7
_CAPITAL = 1.36
"""How high a capital is, in x-heights."""


class Pen:
    """Draws the letters of one size, large."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.x_height = size.x_height * _FINE
        self.stroke = round(self.x_height * 0.16)
        font = ImageFont.load_default(self.x_height * _EM)
        if not isinstance(font, ImageFont.FreeTypeFont):
            raise SystemExit("This Pillow has no FreeType.")
        self.font = font
        self.slack = self.x_height

    def cell(self, character: str) -> Image.Image:
        """A letter's cell in pixels 0 to 3: the bar's height, and a whole number of pixels wide."""
        shown, marks = character, unicodedata.normalize("NFD", character)[1:]
        if marks:
            shown = unicodedata.normalize("NFD", character)[0]
        shown = _DRAWN_AS.get(shown, shown)
        advance = self.font.getlength("n" if character == UNKNOWN else shown)
        room = max(advance, _WIDEST_MARK * self.x_height) if marks else advance
        columns = round(room / _FINE) + (character in _AIRY)
        left = round((columns * _FINE - advance) / 2) + self.slack
        large = Image.new("L", (columns * _FINE + 2 * self.slack, self.size.bar * _FINE))
        self._draw(ImageDraw.Draw(large), character, shown, marks, left, advance)
        if character in "¡¿":
            large = self._upside_down(large)
        small = large.reduce(_FINE)
        spill = self.slack // _FINE
        cell = small.crop((spill, 0, spill + columns, self.size.bar))
        return cell.point([min(3, int(value * 3 * _GAIN / 255 + 0.5)) for value in range(256)])

    def _draw(
        self, draw: ImageDraw.ImageDraw, character: str, shown: str, marks: str, left: int, advance: float
    ) -> None:
        foot = self.size.baseline * _FINE
        middle = left + round(advance / 2)
        if self._own(draw, character, left, round(advance), foot):
            return
        shown = {"¡": "!", "¿": "?"}.get(shown, shown)
        draw.text((left, foot), shown, fill=255, font=self.font, anchor="ls")
        if marks and shown == "i" and marks != "\u0327":  # without its dot
            draw.rectangle((0, 0, 4096, foot - round(1.08 * self.x_height)), fill=0)
        top = 1.0 if shown.islower() else _CAPITAL
        # In the lowest bar there is hardly room above capitals: their accents are pressed flat.
        flat = min(1.0, (self.size.baseline / self.size.x_height - top) / _HIGHEST_MARK)
        for stroke in (stroke for mark in marks for stroke in _MARKS[mark]):
            lift, scale = (0.0, 1.0) if marks == "\u0327" else (top, flat)
            self._line(
                draw, [(middle + x * self.x_height, foot - (lift + y * scale) * self.x_height) for x, y in stroke]
            )
        if character in "Øø":
            self._line(
                draw,
                [
                    (middle - 0.45 * top * self.x_height, foot + 0.08 * self.x_height),
                    (middle + 0.45 * top * self.x_height, foot - (top + 0.08) * self.x_height),
                ],
            )

    def _own(self, draw: ImageDraw.ImageDraw, character: str, left: int, advance: int, foot: int) -> bool:
        """Signs that the font has not; False for any other."""
        x = self.x_height
        if character == UNKNOWN:
            box = (left + 0.12 * x, foot - 1.2 * x, left + advance - 0.12 * x, foot)
            draw.rectangle(box, outline=255, width=self.stroke)
        elif character == "×":
            middle, half = left + advance / 2, 0.28 * x
            for slope in (1, -1):
                ends = [
                    (middle - half, foot - 0.52 * x + slope * half),
                    (middle + half, foot - 0.52 * x - slope * half),
                ]
                self._line(draw, ends)
        elif character in "–—":
            self._line(draw, [(left + 0.1 * x, foot - 0.52 * x), (left + advance - 0.1 * x, foot - 0.52 * x)])
        else:
            return False
        return True

    def _line(self, draw: ImageDraw.ImageDraw, points: list[tuple[float, float]]) -> None:
        draw.line(points, fill=255, width=self.stroke, joint="curve")
        half = self.stroke / 2
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)

    def _upside_down(self, large: Image.Image) -> Image.Image:
        """Turned about the middle of the small letters."""
        turned = large.transpose(Image.Transpose.ROTATE_180)
        lift = large.height - 2 * (self.size.baseline * _FINE - self.x_height // 2)
        return ImageChops.offset(turned, 0, -lift)


def atlas() -> bytes:
    """The atlas as a PNG file; see `_atlas` in caption.py for what is where."""
    lines = [[Pen(size).cell(character) for character in CHARACTERS] for size in SIZES]
    width = max(sum(cell.width for cell in line) for line in lines) + 1
    image = Image.new("P", (width, sum(size.bar + 1 for size in SIZES)))
    image.putpalette([value for level in range(4) for value in (level * 85,) * 3])
    top = 0
    for size, line in zip(SIZES, lines, strict=True):
        left = 0
        for cell in line:
            image.putpixel((left, top), 3)
            image.paste(Image.frombytes("P", cell.size, cell.tobytes()), (left, top + 1))
            left += cell.width
        image.putpixel((left, top), 3)
        top += size.bar + 1
    file = BytesIO()
    image.save(file, "PNG", bits=2, optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(atlas())
    print(f"{TARGET.stat().st_size} bytes")
