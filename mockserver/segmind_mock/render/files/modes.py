"""From any of Pillow's modes to one that a format can hold, as a person expects it to look.

What is see-through is laid onto white, not dropped: dropping uncovers whatever colour lies beneath, black as
a rule. Numbers of more than 8 bits are scaled, not clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

_PLAIN = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_OPAQUE_FROM = 128
_SAMPLED = 128


def plain(image: Image.Image) -> Image.Image:
    """`image` in 8 bits and one of the modes 1, L, LA, P, RGB and RGBA; itself when it already is."""
    if image.mode.startswith("I;16"):
        return _from_16_bits(image)
    if image.mode in {"I", "F"}:
        return _scaled(image)
    if image.mode == "LAB":
        return _from_lab(image)
    if image.mode in _PLAIN:
        return _with_8_bit_key(image)
    image.load()
    return image.convert({"La": "LA", "PA": "RGBA", "RGBa": "RGBA"}.get(image.mode, "RGB"))


def see_through(image: Image.Image) -> bool:
    """Whether some pixels may let through what is behind them."""
    return image.has_transparency_data


def with_alpha(image: Image.Image) -> Image.Image:
    """`image`, which is see-through, with its transparency as a channel: LA, or else RGBA."""
    image = plain(image)
    return image if image.mode in {"LA", "RGBA"} else image.convert("LA" if image.mode in {"1", "L"} else "RGBA")


def on_white(image: Image.Image) -> Image.Image:
    """`image` with nothing see-through: L when it is grey, or else RGB."""
    from PIL import Image

    image = plain(image)
    if not see_through(image):
        return image if image.mode in {"L", "RGB"} else image.convert("L" if image.mode == "1" else "RGB")
    image = with_alpha(image)
    colours = image.convert("L" if image.mode == "LA" else "RGB")
    white = Image.new(colours.mode, image.size, "white")
    white.paste(colours, mask=image.getchannel("A"))
    return white


def indexed(image: Image.Image) -> Image.Image:
    """`image` in at most 256 colours, mode L or P; pixels are see-through as a whole or not at all.

    With up to 256 colours (255, and the one that is see-through) every pixel keeps its colour. With more, the
    best ones are chosen and mixed by dots.
    """
    if image.mode in {"L", "P"} and isinstance(image.info.get("transparency", 0), int) and _holds(image):
        return image
    image = plain(image)
    if not see_through(image):
        return image.convert("L") if image.mode == "1" else _in_colours(image.convert("RGB"), 256)
    image = with_alpha(image)
    hidden = image.getchannel("A").point([255] * _OPAQUE_FROM + [0] * (256 - _OPAQUE_FROM))
    colours = image.convert("RGB")
    # What nobody sees shall not take up colours.
    colours.paste(_first_seen(colours, hidden), mask=hidden)
    chosen = _in_colours(colours, 255)
    # All 256 places are filled, so that the last one is there.
    chosen.putpalette(bytes((chosen.getpalette() or [])[: 3 * 255]).ljust(3 * 256, b"\0"))
    chosen.paste(255, mask=hidden)
    chosen.info["transparency"] = 255
    return chosen


def _holds(image: Image.Image) -> bool:
    """Whether a palette has no shades of transparency, which a number in `info` cannot say."""
    return image.mode == "L" or not (image.palette is not None and image.palette.mode.endswith("A"))


def _first_seen(colours: Image.Image, hidden: Image.Image) -> Any:
    """The colour of some pixel that is not hidden."""
    box = hidden.point(lambda value: 255 - value).getbbox()
    if box is None:
        return (255, 255, 255)
    row = hidden.crop((box[0], box[1], box[2], box[1] + 1)).tobytes()
    return colours.getpixel((box[0] + row.index(0), box[1]))


def _in_colours(image: Image.Image, most: int) -> Image.Image:
    """An RGB picture in up to `most` colours, exact where that many are enough."""
    from PIL import Image, ImageChops

    few: Any = image.getcolors(most)
    if few is not None:
        palette = Image.new("P", (1, 1))
        palette.putpalette(b"".join(sorted(bytes(colour) for _, colour in few)))
        quick = image.quantize(palette=palette, dither=Image.Dither.NONE)
        if ImageChops.difference(quick.convert("RGB"), image).getbbox() is None:
            return quick
        return image.quantize(most, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    # Colours are chosen from some of the pixels: choosing costs more than all the rest.
    size = (min(image.width, _SAMPLED), min(image.height, _SAMPLED))
    palette = image.resize(size, Image.Resampling.NEAREST).quantize(most, Image.Quantize.MEDIANCUT)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def _from_16_bits(image: Image.Image) -> Image.Image:
    """The high bytes as L, or as LA where one value is see-through."""
    from PIL import Image, ImageChops

    low = 1 if image.mode == "I;16B" else 0
    data = image.tobytes()
    grey = Image.frombytes("L", image.size, data[1 - low :: 2])
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return grey
    hits = [
        part.point([255 * (value == wanted) for value in range(256)])
        for part, wanted in ((grey, key >> 8), (Image.frombytes("L", image.size, data[low::2]), key & 255))
    ]
    return Image.merge("LA", (grey, ImageChops.invert(ImageChops.multiply(*hits))))


def _scaled(image: Image.Image) -> Image.Image:
    """Whole or real numbers as L, by the range that they seem to be meant in."""
    low, high = _range(image)
    if image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        return image.convert("L")
    elif low >= 0 and high <= 65_535:
        # So that 65535 becomes 255 as in 16 bits.
        low, high = 0.0, 65_280.0
    factor = 255 / (high - low) if high > low else 0.0
    # Cut off, not rounded; the bit more keeps the greatest from falling below its whole number.
    return image.point(lambda value: value * factor + (0.01 - low * factor)).convert("L")


def _range(image: Image.Image) -> tuple[float, float]:
    """The least and the greatest number; those that are none, or endless, give (0, 255)."""
    extremes: Any = image.getextrema()
    low, high = extremes
    return (float(low), float(high)) if -1e30 < low <= high < 1e30 else (0.0, 255.0)


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    turned = ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
    return image.convert("RGB") if turned is None else turned


def _with_8_bit_key(image: Image.Image) -> Image.Image:
    """Mends the colour that is see-through: a PNG of 16 bits states it in 16, and Pillow leaves it so."""
    key = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:
        image = image.copy()
        image.info["transparency"] = tuple(value >> 8 for value in key)
    return image
