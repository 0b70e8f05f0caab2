"""Input pictures to show what models make of them: a photograph's stand-in, a word, a logo, a moving picture.

The letters are FreeType's, so the word is the same only on machines with the same FreeType.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from io import BytesIO
from math import cos, pi
from typing import TYPE_CHECKING

from segmind_mock.render.scenes.scene import draw

if TYPE_CHECKING:
    from PIL import Image

_FINE = 4
"""Edges of discs are drawn this many times too large and made small."""
_STRIPES = ("#c93a2b", "#f2e3c6", "#e0892f", "#f2e3c6")
_FRAMES = 6


@cache
def photograph() -> bytes:
    """A balloon above hills at sunrise, 1536x1152, PNG: something with one clear subject."""
    image = _scene(1536, 1152, "photograph", "hills at sunrise").convert("RGBA")
    return _png(_with_balloon(image, (0.62, 0.36), 0.21).convert("RGB"))


@cache
def portrait() -> bytes:
    """A town at night, upright, 768x1024, PNG."""
    return _png(_scene(768, 1024, "portrait", "city at night").convert("RGB"))


@cache
def word(text: str) -> bytes:
    """A word in black on white, 768x768, PNG; as large as there is room for."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (768, 768), 255)
    width = ImageFont.load_default(100).getbbox(text)[2]
    size = min(620, int(100 * 640 / width))
    drawing = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    left, top, right, bottom = drawing.textbbox((0, 0), text, font=font, stroke_width=size // 24)
    place = ((768 - left - right) // 2, (768 - top - bottom) // 2)
    drawing.text(place, text, fill=0, font=font, stroke_width=size // 24)
    return _png(image)


@cache
def logo() -> bytes:
    """Three overlapping discs on nothing, each partly see-through, 512x512, PNG."""
    from PIL import Image

    image = Image.new("RGBA", (512, 512))
    for colour, x, y in (("#e4572e", 256, 178), ("#17bebb", 182, 310), ("#ffc914", 330, 310)):
        disc = _disc(512, x, y, 148).point([level * 205 // 255 for level in range(256)])
        layer = Image.new("RGBA", image.size, colour)
        layer.putalpha(disc)
        image.alpha_composite(layer)
    return _png(image)


@cache
def moving() -> bytes:
    """A balloon that rises and sinks, 6 frames of 384x384, GIF."""
    ground = _scene(384, 384, "moving", "sea at noon").convert("RGBA")
    heights = [0.42 + 0.12 * cos(2 * pi * step / _FRAMES) for step in range(_FRAMES)]
    frames = [_with_balloon(ground, (0.5, height), 0.24).convert("RGB").quantize(64) for height in heights]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=120, loop=0)
    return file.getvalue()


def _scene(width: int, height: int, name: str, prompt: str) -> Image.Image:
    return draw(width, height, family=blake2b(name.encode()).digest(), prompt=prompt)


def _with_balloon(ground: Image.Image, middle: tuple[float, float], share: float) -> Image.Image:
    """`ground` with a hot-air balloon: `middle` in shares of its sides, its radius a `share` of the height."""
    from PIL import Image

    radius = round(share * ground.height)
    layer = _balloon(radius)
    result = Image.new("RGBA", ground.size)
    result.paste(ground)
    place = (round(middle[0] * ground.width) - radius, round(middle[1] * ground.height) - radius)
    result.alpha_composite(layer, (max(0, place[0]), max(0, place[1])))
    return result


def _balloon(radius: int) -> Image.Image:
    """A striped envelope of this radius with its basket below, on nothing: 2 by 3 radii."""
    from PIL import Image, ImageDraw

    unit = radius * _FINE
    image = Image.new("RGBA", (2 * unit, 3 * unit))
    drawing = ImageDraw.Draw(image)
    for side in (-0.62, 0.62):
        drawing.line((unit + side * unit, 1.7 * unit, unit + side * unit * 0.25, 2.5 * unit), "#4a3728", _FINE * 3)
    drawing.rounded_rectangle((0.82 * unit, 2.46 * unit, 1.18 * unit, 2.78 * unit), unit // 16, "#6b4a2f")
    drawing.rectangle((0.82 * unit, 2.46 * unit, 1.18 * unit, 2.54 * unit), "#8a6240")
    # Stripes are ever narrower ellipses; towards the mouth the envelope ends in a wedge.
    for number, width in enumerate((1.0, 0.86, 0.58, 0.22)):
        drawing.ellipse((unit - width * unit, 0, unit + width * unit, 2 * unit), _STRIPES[number])
        foot = 0.24 * width * unit
        brim = 0.87 * width * unit
        wedge = [
            (unit - brim, 1.5 * unit),
            (unit + brim, 1.5 * unit),
            (unit + foot, 2.2 * unit),
            (unit - foot, 2.2 * unit),
        ]
        drawing.polygon(wedge, _STRIPES[number])
    drawing.rectangle((0.74 * unit, 2.16 * unit, 1.26 * unit, 2.24 * unit), "#4a3728")
    return image.reduce(_FINE)


def _disc(side: int, x: int, y: int, radius: int) -> Image.Image:
    """A mask of `side` x `side` pixels: 255 within the disc."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (side * _FINE, side * _FINE))
    box = [_FINE * edge for edge in (x - radius, y - radius, x + radius, y + radius)]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask.reduce(_FINE)


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
