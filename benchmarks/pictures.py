"""What a picture costs, in this process: made from its request up to its last byte, next to merely encoding it."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from rates import Say
from sample_call import SLUG
from segmind_mock.outputs import Recipe, Told, digest_of, provenance
from segmind_mock.render.files.decode import examine, upright
from segmind_mock.render.files.formats import FORMATS, Format
from segmind_mock.render.files.stamp import stamped
from segmind_mock.render.inputs import look_at
from segmind_mock.render.picture import Picture, Source, Way
from segmind_spec import Catalog, Model
from settings import Settings

if TYPE_CHECKING:
    from PIL import Image

SIZES = ((512, 512), (768, 768), (1024, 1024), (1920, 1080), (4096, 4096))
ENCODED = ("png", "jpeg", "webp", "gif", "bmp", "tiff")
BANNERS = ((1080, 1080), (3840, 2160))
TIERS = ("1K", "2K", "4K")
SEGMENTED = (512, 1024, 4096)
INPUTS = 3
MOST_PIXELS = 4096 * 4096
GRAIN = 0.06
REQUEST_ID = "0123456789abcdef"
PROMPT = "one picture of the benchmark, about whatever its seed says"
Job = Callable[[], object]


@dataclass(frozen=True)
class Timed:
    """One row: how long it took to make each of several pictures, and how long merely to encode each of them."""

    way: str
    of: str
    size: str
    format: str
    made_ms: list[float] = field(default_factory=list)
    encoded_ms: list[float] = field(default_factory=list)
    """Empty where nothing is encoded, or not in a way that could be told apart."""

    def add(self, made: float, encoded: float | None) -> None:
        self.made_ms.append(made * 1e3)
        if encoded is not None:
            self.encoded_ms.append(encoded * 1e3)

    @property
    def median_ms(self) -> float:
        return statistics.median(self.made_ms)

    @property
    def ratios(self) -> list[float]:
        """How many times as long as its encoding each picture took."""
        return [made / encoded for made, encoded in zip(self.made_ms, self.encoded_ms, strict=False)]


@dataclass
class Held:
    """Input files by their SHA-256, decoded each time, as for a call that comes alone."""

    files: dict[bytes, bytes] = field(default_factory=dict)

    def add(self, data: bytes) -> Source:
        given = look_at(data, MOST_PIXELS)
        if given.source is None:
            raise ValueError(given.problem)
        self.files[given.source.held] = data
        return given.source

    def file(self, source: Source) -> bytes:
        return self.files[source.held]

    def image(self, source: Source) -> Image.Image:
        return upright(self.file(source))


def measure(settings: Settings, say: Say) -> list[Timed]:
    """Every row, its pictures made and encoded in turn."""
    held = Held()
    rows = []
    gc.disable()
    try:
        for measured in (_drawn(settings), _from_inputs(settings, held), _looked_at(settings)):
            for row in measured:
                rows.append(row)
                say(" ".join(f"{row.way} {row.of} {row.size} {row.format}: {row.median_ms:,.1f} ms".split()))
                gc.collect()
    finally:
        gc.enable()
    return rows


def times(settings: Settings, width: int, height: int) -> int:
    """How many pictures of a size are made: the larger, the fewer."""
    return max(settings.pictures // 8, settings.pictures * 512 * 512 // (width * height), 1)


def _drawn(settings: Settings) -> Iterator[Timed]:
    """Pictures drawn from their seed, no two alike, each in every format."""
    model = _painter()
    for width, height in SIZES:
        rows = [Timed("generate", "", f"{width}x{height}", name) for name in ENCODED]
        for seed in range(times(settings, width, height) + 1):
            for row in rows:
                told = {"img_width": width, "img_height": height, "format": row.format, "prompt": PROMPT}
                job, encoding = _jobs(model, told, seed, None, Held())
                made, encoded = _in_turn(job, encoding, seed)
                if seed:  # the first one loads what is loaded late
                    row.add(made, encoded)
        yield from rows


def _from_inputs(settings: Settings, held: Held) -> Iterator[Timed]:
    """Pictures made from a photograph that is held."""
    plans: list[tuple[str, dict[str, object], int, str]] = [
        (SLUG, {"strength": 0.5, "img_width": 512, "img_height": 512}, 1024, "jpeg"),
        ("w2imgsd1.5-img2img", {"size": 768}, 1024, "jpeg"),
        *(("sam-img2img", {}, side, "jpeg") for side in SEGMENTED),
        ("image-converter", {"target_format": "png"}, 1024, "jpeg"),
        ("image-converter", {"target_format": "webp"}, 1024, "png"),
    ]
    banners = [(f"{width}x{height}", tier) for width, height in BANNERS for tier in TIERS]
    plans += [
        ("smart-banner-resizer", {"target_sizes": [size], "resolution": tier, "output_format": "png"}, 1024, "jpeg")
        for size, tier in banners
    ]
    for slug, told, side, format_name in plans:
        sources = [held.add(photograph(side, number, format_name)) for number in range(INPUTS)]
        yield _from_input(settings, _model(slug), told, sources, held, format_name)


def _from_input(
    settings: Settings, model: Model, told: dict[str, object], sources: list[Source], held: Held, format_name: str
) -> Timed:
    parameters: dict[str, object] = dict(model.examples["printed"]) | told
    first = _pictured(model, parameters, 0, sources[0])
    notes = [f"{sources[0].width} {format_name}", f"at {told['resolution']}" if "resolution" in told else ""]
    size = f"{first.width}x{first.height}"
    row = Timed(first.way.value, " ".join(filter(None, notes)), size, first.format.name)
    for seed in range(times(settings, first.width, first.height) + 1):
        made, encoded = _in_turn(*_jobs(model, parameters, seed, sources[seed % INPUTS], held), seed)
        if seed:
            row.add(made, encoded)
    return row


def _looked_at(settings: Settings) -> Iterator[Timed]:
    """What it takes to see whether an input can be used: all of it is decoded."""
    for side, format_name in ((1024, "jpeg"), (4096, "png")):
        row = Timed("examine", "", f"{side}x{side}", format_name)
        # A photograph of 4096 as PNG is larger than a body may be; a drawing is not.
        data = photograph(side, 0, format_name) if side <= 1024 else drawing(side, format_name)
        for _ in range(times(settings, side, side)):
            row.add(_took(lambda data=data: examine(data, MOST_PIXELS)), None)  # type: ignore[misc]
        yield row


def _jobs(
    model: Model, parameters: dict[str, Any], seed: int, source: Source | None, held: Held
) -> tuple[Job, Job | None]:
    """To make one picture as the server does, and to encode the same picture when it is ready."""
    from segmind_mock.render.caption import caption
    from segmind_mock.render.files.encode import encode
    from segmind_mock.render.paint import make, paint

    picture = _pictured(model, parameters, seed, source)
    told: Told = provenance(
        model,
        digest=digest_of(model, parameters, seed),
        seed=seed,
        index=0,
        count=1,
        request_id=REQUEST_ID,
    )

    def making() -> object:
        return stamped(make(picture, held), picture.format, told)

    if picture.way is Way.CONVERT:  # has ways of its own to encode
        return making, None
    ready = paint(picture, held)
    if picture.caption:
        ready = caption(ready, picture.caption)
    return making, lambda: encode(ready, picture.format)


def _pictured(model: Model, parameters: dict[str, Any], seed: int, source: Source | None) -> Picture:
    return Recipe(model).pictures(parameters, seed=seed, source=source)[0]


def _in_turn(making: Job, encoding: Job | None, turn: int) -> tuple[float, float | None]:
    """Seconds that each took; which is first changes, for the second one finds warmer caches."""
    if encoding is None:
        return _took(making), None
    if turn % 2:
        return _took(making), _took(encoding)
    encoded = _took(encoding)
    return _took(making), encoded


def _took(job: Job) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


@cache
def _model(slug: str) -> Model:
    found = Catalog.load().get(slug)
    if found is None:
        raise ValueError(f"there is no model {slug}")
    return found


def _painter() -> Model:
    """A model of one's own that draws in whatever size and format it is asked for."""
    model = _model(SLUG)
    output = replace(model.output, way=Way.GENERATE.value, format_from="format", input_from=None)
    return replace(model, slug="painter", output=output)


@cache
def photograph(side: int, number: int, format_name: str) -> bytes:
    """A square picture file with grain in it, as every photograph has and no drawing."""
    from PIL import Image

    grain = Image.frombytes("L", (side, side), random.Random(number).randbytes(side * side))
    return _file(Image.blend(_scene(side, number), grain.convert("RGB"), GRAIN), FORMATS[format_name])


def drawing(side: int, format_name: str) -> bytes:
    """A square picture file in flat colours."""
    return _file(_scene(side, 0), FORMATS[format_name])


def _scene(side: int, number: int) -> Image.Image:
    from segmind_mock.render.scenes.scene import draw

    return draw(side, side, family=bytes([number + 1]) * 16).convert("RGB")


def _file(image: Image.Image, format: Format) -> bytes:
    from segmind_mock.render.files.encode import encode

    return encode(image, format)
