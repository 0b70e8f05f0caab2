"""`segmind-mock gallery`: a contact sheet of what every parameter of every model does."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from PIL import Image, ImageFilter

from segmind_mock.commands.grids import Call, Grid, Shot, grids
from segmind_mock.commands.models import FOLDER, loaded, refuse_unknown
from segmind_mock.outputs import Recipe
from segmind_mock.render.files.decode import upright
from segmind_mock.render.files.encode import encode
from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.inputs import look_at, stood_in
from segmind_mock.render.paint import make
from segmind_mock.render.picture import Source, Way
from segmind_mock.render.sheets import specimens
from segmind_mock.render.sheets.page import written
from segmind_mock.render.sheets.sheet import Group, Section, Sheet, Thumb, drawn, shrunk, span
from segmind_mock.render.stand_ins import scene_for, word_for
from segmind_spec import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SUFFIXES = (".png", ".html")
_MOST_PIXELS = 1 << 24


@click.command()
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@FOLDER
@click.option("--model", "slugs", multiple=True, metavar="SLUG", help="Only this model. Repeatable.")
@click.option(
    "--seed",
    type=click.IntRange(1, 1 << 40),
    default=7,
    show_default=True,
    help="The seed of the pictures; the grid of seeds goes on from it.",
)
@click.option(
    "--size",
    "side",
    type=click.IntRange(64, 256),
    default=116,
    show_default=True,
    help="Side of a thumbnail in pixels; a PNG is as wide as twelve of them.",
)
def command(out: Path, folders: tuple[Path, ...], slugs: tuple[str, ...], seed: int, side: int) -> None:
    """Draw a contact sheet: for each model, what each of its parameters does to its pictures.

    OUT ends in .png for one picture, or in .html for one page with the same in it; a file that is there is replaced.
    Everything is made by the code that serves, from pictures of the mock's own. Takes about ten seconds.
    """
    _check_place(out)
    models = _chosen(folders, slugs)
    sheet = _sheet(models, seed=seed, side=side)
    kind = out.suffix.lower()
    if kind == ".png":
        image = drawn(sheet)
        content, about = _png(image), f"{image.width} x {image.height} pixels"
    else:
        content, about = written(sheet).encode(), "one page"
    _write(out, content)
    count = sum(len(group.thumbs) for section in sheet.sections for group in section.groups)
    click.echo(
        f"{click.format_filename(out)}: {about}, {len(content):,} bytes; {_counted(count, 'picture')} of "
        f"{_counted(len(models), 'model')}, seed {seed}."
    )


def _check_place(out: Path) -> None:
    """Find out before the pictures are made that they cannot be written."""
    if out.suffix.lower() not in _SUFFIXES:
        raise click.UsageError(f"OUT is {str(out)!r}; its name ends in {' or '.join(_SUFFIXES)}.")
    if out.is_dir():
        raise click.UsageError(f"OUT is {str(out)!r}, which is a folder; name a file in it.")
    folder = out.absolute().parent
    if not folder.is_dir():
        raise click.ClickException(f"{folder} is no folder; make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise click.ClickException(f"{folder} cannot be written in.")


def _chosen(folders: tuple[Path, ...], slugs: tuple[str, ...]) -> list[Model]:
    catalog = loaded(folders)
    refuse_unknown(catalog, "--model", slugs)
    return [model for model in catalog if not slugs or model.slug in slugs]


def _sheet(models: Iterable[Model], *, seed: int, side: int) -> Sheet:
    legend = (
        "What every parameter does. In each group one parameter changes, as the labels say, and the rest of the call "
        f"stays as it is, with seed {seed}.",
        "Inputs have an orange frame. Results are files of the code that serves, made small, without their caption "
        "bars; chequers show through where a file does.",
    )
    sections = tuple(_section(model, seed, side) for model in models)
    return Sheet(title="segmind-mock gallery", legend=legend, side=side, sections=sections)


def _section(model: Model, seed: int, side: int) -> Section:
    found = grids(model, seed)
    about = model.description
    if not found:
        about += " No valid call is known: give its document an example."
    studio = _Studio(model)
    groups = tuple(studio.group(grid, side) for grid in found)
    return Section(slug=model.slug, title=model.title, about=about, groups=groups)


class _Given:
    """An input file in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def source(self) -> Source:
        """Its size and its digest. Raises ValueError for a file that no picture is in."""
        given = look_at(self.data, _MOST_PIXELS)
        if given.source is None:
            raise ValueError(given.problem)
        return given.source

    @cached_property
    def _upright(self) -> Image.Image:
        return upright(self.data)

    def file(self, source: Source) -> bytes:
        return self.data

    def image(self, source: Source) -> Image.Image:
        return self._upright


_SPECIMENS: dict[str, Callable[[], bytes]] = {
    "photograph": specimens.photograph,
    "portrait": specimens.portrait,
    "word": lambda: specimens.word("MOCK"),
    "logo": specimens.logo,
    "moving": specimens.moving,
}


class _Studio:
    """Makes the pictures of one model, as a server would."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._recipe = Recipe(model)
        self._inputs = {name: _Given(draw()) for name, draw in _SPECIMENS.items()}

    def group(self, grid: Grid, side: int) -> Group:
        """A grid as thumbnails; where a parameter changes nothing, one that says so."""
        shots = [(shot, self._file(shot)) for shot in grid.shots]
        if len(shots) > 1 and len({file for _, file in shots}) == 1:
            return self._group(grid, _merged(shots), side, note="the same picture")
        if any(shot.tells_file for shot, _ in shots):
            shots = _merged(shots)
        return self._group(grid, shots, side)

    def _group(self, grid: Grid, shots: list[tuple[Shot, bytes]], side: int, note: str = "") -> Group:
        pictures = [_decoded(file) for _, file in shots]
        largest = max(max(image.size) for image in pictures)
        thumbs = tuple(
            self._thumb(shot, file, image, side, note, max(image.size) / largest if grid.to_scale else 1.0)
            for (shot, file), image in zip(shots, pictures, strict=True)
        )
        return Group(name=grid.name, about=grid.about, thumbs=thumbs)

    def _thumb(self, shot: Shot, file: bytes, image: Image.Image, side: int, note: str, share: float) -> Thumb:
        small = _detail(image, side) if shot.is_detail else shrunk(image, side, share=share)
        note = note or _note(shot, file, image)
        title = "input" if shot.is_input else _told(self._model, shot.call)
        return Thumb(image=small, label=shot.label, note=note, title=title, given=shot.is_input, span=span(small.size))

    def _file(self, shot: Shot) -> bytes:
        call = shot.call
        inputs = self._inputs[call.given or "photograph"]
        effective = self._model.effective(call.body)
        source = None
        if self._model.output.input_from is not None:
            text = str(effective.get(self._model.output.input_from) or "")
            source = inputs.source if call.given else stood_in(text)
        if shot.is_input and source is not None:
            return inputs.data if call.given else _stand_in(self._model, source)
        picture = self._recipe.pictures(effective, seed=call.seed, source=source, caption=False)[call.index]
        return make(picture, inputs)


def _stand_in(model: Model, source: Source) -> bytes:
    """What stands for a picture that is not fetched, as a file."""
    image = word_for(source) if model.output.way == Way.LETTER else scene_for(source)
    return encode(image, FORMATS["png"])


def _merged(shots: list[tuple[Shot, bytes]]) -> list[tuple[Shot, bytes]]:
    """One shot, with all labels, for those that came to the same file."""
    labels: dict[bytes, list[str]] = {}
    for shot, file in shots:
        labels.setdefault(file, []).append(shot.label)
    first = {file: shot for shot, file in reversed(shots)}
    return [(replace(first[file], label=", ".join(said)), file) for file, said in labels.items()]


def _decoded(file: bytes) -> Image.Image:
    """The first frame of a file of this mock, RGB or RGBA."""
    with Image.open(BytesIO(file)) as image:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _note(shot: Shot, file: bytes, image: Image.Image) -> str:
    if shot.tells_size:
        return f"{image.width} x {image.height}"
    if not shot.tells_file:
        return ""
    with Image.open(BytesIO(file)) as opened:
        frames = getattr(opened, "n_frames", 1)
    return _bytes(len(file)) + (f", {frames} frames" if frames > 1 else "")


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 999_500 else f"{count / 1e3:.0f} kB"


def _detail(image: Image.Image, side: int) -> Image.Image:
    """The piece of half a `side` in which most changes, enlarged."""
    piece = side // 2
    across, down = max(1, image.width // piece), max(1, image.height // piece)
    edges = image.convert("L").resize((8 * across, 8 * down)).filter(ImageFilter.FIND_EDGES).reduce(8).tobytes()
    # Along the border there is an edge that is none.
    inner = [row * across + x for row in range(1, down - 1) for x in range(1, across - 1)]
    top, left = divmod(max(inner, key=edges.__getitem__, default=0), across)
    return shrunk(image.crop((left * piece, top * piece, (left + 1) * piece, (top + 1) * piece)), side)


def _told(model: Model, call: Call) -> str:
    """A call as those who point at its picture see it."""
    body: dict[str, Any] = dict(call.body)
    if model.output.input_from in body and call.given:
        body[model.output.input_from] = call.given
    if model.output.seed_from:
        body[model.output.seed_from] = call.seed
    return f"{model.slug} {json.dumps(body, ensure_ascii=False)}"


def _png(image: Image.Image) -> bytes:
    """64 levels of each colour, which nobody can tell from 256 and which are smaller by a third."""
    file = BytesIO()
    image.point([round(level * 63 / 255) * 255 // 63 for level in range(256)] * 3).save(file, "PNG", optimize=True)
    return file.getvalue()


def _write(out: Path, content: bytes) -> None:
    """All or nothing: what is half written is never seen under the name, and not left behind."""
    try:
        handle, name = tempfile.mkstemp(prefix=".gallery-", dir=out.absolute().parent)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # As any other new file would be; a temporary one is for its owner alone.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, out)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            os.unlink(name)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")
