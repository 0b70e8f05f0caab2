"""`segmind-mock inspect`: which call made a picture file."""

from __future__ import annotations

import json
import warnings
from io import BytesIO
from pathlib import Path
from typing import TypedDict

import click
from PIL import Image, UnidentifiedImageError

from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.files.stamp import Told, read

_LARGEST = 1 << 30
"""Bytes of a file; a larger one is not opened."""
_KINDS = tuple(dict.fromkeys(known.pillow for known in FORMATS.values()))
_LABELS = {
    "model": "model",
    "request_id": "request id",
    "seed": "seed",
    "index": "sample",
    "parameters": "parameters",
}
_WIDTH = max(map(len, _LABELS.values()))


class _Row(TypedDict):
    """What is known of one file; what is not known is None."""

    file: str
    format: str | None
    width: int | None
    height: int | None
    mode: str | None
    frames: int | None
    bytes: int | None
    provenance: Told | None
    problem: str | None


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Machine-readable: one array, an object for each file.")
def command(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Say which call made each picture FILE: the model, the request's id, the seed, which of its samples it is, and
    a digest of its parameters.

    The mock writes this into every picture whose format has a place for it: all but BMP. Exit code 1 when a file
    holds none, or cannot be read.
    """
    rows = [_row(path) for path in paths]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    for row in rows:
        if not as_json and row["format"] is not None:
            _show(row)
        if row["problem"]:
            click.echo(f"{_plain(row['file'])}: {row['problem']}", err=True)
    if any(row["problem"] for row in rows):
        raise SystemExit(1)


def _row(path: Path) -> _Row:
    row = _Row(
        file=click.format_filename(path),
        format=None,
        width=None,
        height=None,
        mode=None,
        frames=None,
        bytes=None,
        provenance=None,
        problem=None,
    )
    try:
        data = _content(path)
    except (OSError, ValueError) as error:
        row["problem"] = f"cannot be read: {getattr(error, 'strerror', None) or error}."
        return row
    row["bytes"] = len(data)
    row["provenance"] = read(data)
    row["problem"] = _look(data, row) or _absence(row)
    return row


def _content(path: Path) -> bytes:
    """The file's bytes. Raises OSError or ValueError, saying why, for anything but a file of at most 1 GiB."""
    if path.is_dir():
        raise ValueError("it is a folder")
    status = path.stat()
    if not path.is_file():
        raise ValueError("it is no file")
    if status.st_size > _LARGEST:
        raise ValueError(f"{status.st_size:,} bytes are more than 1 GiB")
    with path.open("rb") as file:
        return file.read(_LARGEST)


def _look(data: bytes, row: _Row) -> str | None:
    """Fills in what Pillow sees in the file, its first frame decoded; gives the reason where it cannot."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=_KINDS) as image:
                row["format"], row["mode"] = image.format, image.mode
                row["width"], row["height"] = image.size
                row["frames"] = getattr(image, "n_frames", 1)
                image.load()
    except UnidentifiedImageError:
        return f"not a picture ({', '.join(_KINDS)})."
    except Exception as error:  # Pillow lets through whatever it stumbles over in broken files
        return f"broken: {_plain(str(error)) or type(error).__name__}."
    return None


def _absence(row: _Row) -> str | None:
    if row["provenance"] is not None:
        return None
    if row["format"] == "BMP":
        return "no provenance: BMP has no place for it."
    return "no provenance: the mock did not make this file, or something that saved it again left it out."


def _show(row: _Row) -> None:
    click.secho(_plain(row["file"]), bold=True)
    frames = "1 frame" if row["frames"] == 1 else f"{row['frames'] or 'unknown'} frames"
    size = f"{row['width']} x {row['height']} pixels"
    click.echo(f"  {row['format']}, {size}, mode {row['mode']}, {frames}, {row['bytes']:,} bytes")
    told = row["provenance"] or {}
    for key in [key for key in _LABELS if key in told]:
        value = f"{_counted(told[key])} of {told.get('of', '?')}" if key == "index" else str(told[key])
        click.echo(f"  {_LABELS[key]:{_WIDTH}}  {_plain(value)}")


def _counted(index: str | int) -> str:
    """The number of a sample as people count, from 1."""
    return str(index + 1) if isinstance(index, int) else index


def _plain(text: str) -> str:
    """Without anything that a terminal would obey, or could not print: such characters are shown by their codes."""
    return "".join(character if character.isprintable() else ascii(character).strip("'") for character in text)
