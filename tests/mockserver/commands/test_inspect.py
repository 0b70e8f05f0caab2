"""`segmind-mock inspect`: which call made a file, and plainly so where nobody can tell."""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from segmind_mock.commands.inspect import command
from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.files.stamp import stamped

TOLD: dict[str, str | int] = {
    "mock": "segmind-mock",
    "model": "sd1.5-img2img",
    "request_id": "r-7",
    "seed": "42",
    "index": 1,
    "of": 4,
    "parameters": "ab12",
}


def run(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def saved(path: Path, told: dict[str, str | int] | None = None) -> Path:
    """A picture of 9x5 pixels in the format of its name, stamped when something is told."""
    format, file = FORMATS[path.suffix[1:]], BytesIO()
    Image.new("RGB", (9, 5)).save(file, format.pillow)
    path.write_bytes(stamped(file.getvalue(), format, told) if told else file.getvalue())
    return path


def test_a_picture_of_the_mock(tmp_path: Path) -> None:
    """Its looks on one line, and a line for each thing that is told; samples are counted from 1."""
    path = saved(tmp_path / "a.png", TOLD)
    result = run(path)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        str(path),
        f"  PNG, 9 x 5 pixels, mode RGB, 1 frame, {path.stat().st_size:,} bytes",
        "  model       sd1.5-img2img",
        "  request id  r-7",
        "  seed        42",
        "  sample      2 of 4",
        "  parameters  ab12",
    ]


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "bmp"])
def test_every_format(tmp_path: Path, name: str) -> None:
    """All formats but BMP are told."""
    result = run(saved(tmp_path / f"a.{name}", TOLD))
    assert result.exit_code == 0
    assert "  request id  r-7\n" in result.stdout


def test_what_may_be_absent(tmp_path: Path) -> None:
    """Without a request id and a seed there are no lines for them."""
    told = {key: value for key, value in TOLD.items() if key not in {"request_id", "seed"}}
    shown = run(saved(tmp_path / "a.gif", told)).stdout.splitlines()
    assert [line.split()[0] for line in shown[2:]] == ["model", "sample", "parameters"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.bmp", "no provenance: BMP has no place for it."),
        ("a.png", "no provenance: the mock did not make this file, or something that saved it again left it out."),
    ],
)
def test_nothing_told(tmp_path: Path, name: str, reason: str) -> None:
    """A picture without provenance is shown, its lack is said, and the exit code is 1."""
    path = saved(tmp_path / name)
    result = run(path)
    assert result.exit_code == 1
    assert "9 x 5 pixels" in result.stdout
    assert result.stderr == f"{path}: {reason}\n"


def test_frames(tmp_path: Path) -> None:
    """The frames of an animation are counted."""
    path = tmp_path / "a.gif"
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    path.write_bytes(stamped(path.read_bytes(), FORMATS["gif"], TOLD))
    assert ", 3 frames, " in run(path).stdout


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Each is named with its reason, and the others are shown all the same."""
    text = tmp_path / "a.txt"
    text.write_text("hello")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    missing, good = tmp_path / "missing", saved(tmp_path / "a.png", TOLD)
    result = run(text, tmp_path, pipe, missing, good)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{text}: not a picture (PNG, JPEG, GIF, BMP, TIFF, WEBP).",
        f"{tmp_path}: cannot be read: it is a folder.",
        f"{pipe}: cannot be read: it is no file.",
        f"{missing}: cannot be read: No such file or directory.",
    ]
    assert result.stdout.splitlines()[0] == str(good)


def test_another_format(tmp_path: Path) -> None:
    """A picture in a format that the mock does not speak is not opened."""
    path = tmp_path / "a.ppm"
    Image.new("RGB", (9, 5)).save(path)
    assert run(path).stderr == f"{path}: not a picture (PNG, JPEG, GIF, BMP, TIFF, WEBP).\n"


def test_a_huge_file(tmp_path: Path) -> None:
    """A file of more than 1 GiB is not opened."""
    path = tmp_path / "a.png"
    path.touch()
    os.truncate(path, (1 << 30) + 1)
    assert run(path).stderr == f"{path}: cannot be read: 1,073,741,825 bytes are more than 1 GiB.\n"


def test_a_cut_file(tmp_path: Path) -> None:
    """A file whose end is missing is broken, though what it tells is still told."""
    path = tmp_path / "a.png"
    file = BytesIO()
    Image.effect_mandelbrot((60, 60), (-2, -2, 2, 2), 50).save(file, "PNG")
    path.write_bytes(stamped(file.getvalue(), FORMATS["png"], TOLD)[:-200])
    result = run(path)
    assert result.exit_code == 1
    assert "  seed        42\n" in result.stdout
    assert result.stderr == f"{path}: broken: image file is truncated.\n"


def test_a_bomb(tmp_path: Path) -> None:
    """A small file that says it has a billion pixels is refused before they are decoded."""
    path = saved(tmp_path / "a.bmp")
    content = bytearray(path.read_bytes())
    content[18:26] = (40_000).to_bytes(4, "little") * 2
    path.write_bytes(content)
    result = run(path)
    assert result.exit_code == 1
    assert "decompression bomb" in result.stderr


def test_for_programs(tmp_path: Path) -> None:
    """As JSON there is an object for each file, always with the same keys."""
    good, missing = saved(tmp_path / "a.webp", TOLD), tmp_path / "missing"
    result = run("--json", good, missing)
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)
    assert first == {
        "file": str(good),
        "format": "WEBP",
        "width": 9,
        "height": 5,
        "mode": "RGB",
        "frames": 1,
        "bytes": good.stat().st_size,
        "provenance": TOLD,
        "problem": None,
    }
    assert list(second) == list(first)
    assert second["problem"] == "cannot be read: No such file or directory."
    assert result.stderr == f"{missing}: {second['problem']}\n"


def test_nothing_reaches_the_terminal(tmp_path: Path) -> None:
    """Control characters in a file, or in its name, are shown by their codes and not obeyed."""
    path = saved(tmp_path / "a\x1b[2J.png", TOLD | {"seed": "\x1b[31m\ud800\n", "model": "雪's"})
    shown = run(path).stdout
    assert "\x1b" not in shown
    assert "a\\x1b[2J.png\n" in shown
    assert "  seed        \\x1b[31m\\ud800\\n\n" in shown
    assert "  model       雪's\n" in shown


def test_no_file() -> None:
    """Without a file it is an error of use."""
    assert run().exit_code == 2
