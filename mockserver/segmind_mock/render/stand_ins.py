"""Pictures for URLs that are not fetched: a scene, or where shapes are wanted, a word. Each time the same."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

from segmind_mock.render.caption import writing
from segmind_mock.render.picture import Source
from segmind_mock.render.scaling import scaled
from segmind_mock.render.scenes.scene import draw

if TYPE_CHECKING:
    from PIL import Image

LONGEST_WORD = 12

_WORD = re.compile(r"[A-Za-z0-9]+")
_GROUND, _INK = "white", "black"
_SHARE = 0.86
"""Of the card's width or height: what the word fills at most."""


def scene_for(source: Source) -> Image.Image:
    """A scene for the text of a source, of the source's size; mode P."""
    return draw(source.width, source.height, family=blake2b(source.text.encode("utf-8", "replace")).digest())


def word_for(source: Source) -> Image.Image:
    """A word out of the text of a source, black on white, of the source's size; mode RGB."""
    from PIL import Image, ImageFilter

    drawn = writing(f" {word_in(source.text)} ").filter(ImageFilter.MaxFilter(3))
    left, top, right, bottom = drawn.getbbox() or (0, 0, 1, 1)
    share = min(_SHARE * source.width / (right - left), _SHARE * source.height / (bottom - top))
    size = max(1, round((right - left) * share)), max(1, round((bottom - top) * share))
    mask = scaled(drawn.crop((left, top, right, bottom)), size, Image.Resampling.BICUBIC)
    # Enlarged letters have soft edges; half of them is where they end.
    mask = mask.point([0] * 96 + [255 * step // 64 for step in range(64)] + [255] * 96)
    card = Image.new("RGB", (source.width, source.height), _GROUND)
    card.paste(_INK, ((source.width - size[0]) // 2, (source.height - size[1]) // 2), mask)
    return card


def word_in(text: str) -> str:
    """The first word of a URL's file name, or of whatever there is; at most 12 letters and digits."""
    name = text.partition("?")[0].rstrip("/").rpartition("/")[2]
    found = _WORD.findall(name.rpartition(".")[0] or name) or _WORD.findall(text)
    return found[0][:LONGEST_WORD].upper() if found else "INPUT"
