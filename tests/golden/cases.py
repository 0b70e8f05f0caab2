"""The pictures whose pixels are written down: one for each thing that a painter can be asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from segmind_mock.outputs import Recipe
from segmind_mock.render.caption import caption
from segmind_mock.render.files.decode import upright
from segmind_mock.render.inputs import look_at, stood_in
from segmind_mock.render.paint import make, paint
from segmind_mock.render.picture import Picture, Source, Way
from segmind_mock.render.scenes.moods import Kind
from segmind_spec import Catalog

CATALOG = Catalog.load()
REMOTE = stood_in("https://example.test/in.png")


class Held:
    """The one input picture that is held here."""

    def file(self, source: Source) -> bytes:
        return photograph()

    def image(self, source: Source) -> Image.Image:
        return upright(photograph())


@cache
def photograph() -> bytes:
    """An input with edges, curves, soft colours and transparency, 240 x 160."""
    image = Image.linear_gradient("L").resize((240, 160)).convert("RGBA")
    brush = ImageDraw.Draw(image)
    brush.rectangle((20, 90, 110, 150), fill=(190, 60, 40, 255))
    brush.ellipse((130, 20, 200, 90), fill=(250, 200, 60, 255))
    brush.rectangle((150, 110, 230, 155), fill=(30, 90, 160, 120))
    target = BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


@cache
def held() -> Source:
    """The source that the photograph is."""
    source = look_at(photograph(), 1 << 20).source
    assert source is not None
    return source


def cases() -> Iterator[tuple[str, Picture]]:
    """Every case by name."""
    for slug, source, calls in _CALLS:
        for name, changes in calls.items():
            for picture in _pictures(slug, source, changes):
                where = "held" if source == "held" else "remote"
                yield f"{slug} {where} {name} {picture.width}x{picture.height} {picture.variant}", picture


def digest(picture: Picture) -> str:
    """Of the picture's pixels as RGBA, its size told first; of a converted one, of what the file decodes to."""
    inputs = Held()
    if picture.way is Way.CONVERT:
        image: Image.Image = Image.open(BytesIO(make(picture, inputs)))
    else:
        image = caption(paint(picture, inputs), picture.caption)
    pixels = image.convert("RGBA")
    return sha256(b"%d %d " % pixels.size + pixels.tobytes()).hexdigest()[:32]


def _pictures(slug: str, source: str, changes: Mapping[str, Any]) -> list[Picture]:
    model = CATALOG.get(slug)
    assert model is not None
    body = {**next(iter(model.examples.values())), **changes}
    given = held() if source == "held" else REMOTE
    return Recipe(model).pictures(model.effective(body), seed=changes.get("seed", 7), source=given)


_KINDS = {kind: str(kind) for kind in Kind} | {Kind.ARCHES: "rainbow", Kind.TILES: "mosaic"}
"""A word of a prompt for each kind of scene."""

_SCENES: Mapping[str, Mapping[str, Any]] = {
    **{f"seed {seed}": {"seed": seed} for seed in range(8)},
    **{f"{kind} {seed}": {"prompt": word, "seed": seed} for kind, word in _KINDS.items() for seed in range(4)},
    "samples": {"samples": 4},
    "pale": {"guidance_scale": 1},
    "vivid": {"guidance_scale": 25},
    "detailed": {"num_inference_steps": 100},
    "another scheduler": {"scheduler": "LMS"},
    "negative": {"negative_prompt": "fog"},
    "wide": {"img_width": 768},
}
_CALLS: tuple[tuple[str, str, Mapping[str, Mapping[str, Any]]], ...] = (
    ("sd1.5-img2img", "remote", _SCENES),
    ("sd1.5-img2img", "held", {f"strength {s}": {"strength": s} for s in (0.1, 0.5, 0.9)}),
    ("w2imgsd1.5-img2img", "held", {"plain": {}, "weak": {"control_scale": 0.5}, "late": {"control_start": 0.8}}),
    ("w2imgsd1.5-img2img", "remote", {"plain": {}}),
    ("sam-img2img", "held", {"plain": {}}),
    ("sam-img2img", "remote", {"plain": {}}),
    (
        "smart-banner-resizer",
        "held",
        {
            "sizes": {"target_sizes": ["300x250", "728x90", "160x600"], "num_images_per_size": 4},
            "tier": {"target_sizes": ["1200x300"], "resolution": "1K"},
            "full tier": {"target_sizes": ["1200x300"], "resolution": "4K"},
        },
    ),
    ("image-converter", "held", {target: {"target_format": target} for target in ("png", "gif", "bmp", "tiff")}),
    ("image-converter", "remote", {"plain": {"target_format": "png"}}),
)
