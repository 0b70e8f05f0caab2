"""`segmind-mock gallery`: one command, one file, all of it or nothing, and what is shown is what is served."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from segmind_mock.commands.gallery import _Studio, command
from segmind_mock.commands.grids import grids
from segmind_mock.render.sheets.specimens import photograph
from segmind_spec import Catalog
from tests.worlds import mock

POSTCARD = ("--spec", str(Path(__file__).parents[3] / "fixtures/models"), "--model", "postcard", "--size", "64")


def run(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def told(result: Result) -> str:
    """What was said, without line breaks and frames."""
    return " ".join(result.output.split())


def test_a_picture(tmp_path: Path) -> None:
    """A PNG as wide as it is said to be; nothing else is left in the folder."""
    out = tmp_path / "sheet.png"
    result = run(out, *POSTCARD)
    assert result.exit_code == 0, result.output
    with Image.open(out) as image:
        image.load()
    assert image.format == "PNG"
    size = f"{out}: {image.width} x {image.height} pixels, {out.stat().st_size:,} bytes; "
    assert re.fullmatch(re.escape(size) + r"\d+ pictures of 1 model, seed 7\.\n", result.output)
    assert list(tmp_path.iterdir()) == [out]


def test_the_same_again(tmp_path: Path) -> None:
    """The same seed gives the same bytes, another seed another sheet."""
    one, two, other = (tmp_path / name for name in ("1.png", "2.png", "3.png"))
    assert [run(one, *POSTCARD).exit_code, run(two, *POSTCARD).exit_code] == [0, 0]
    run(other, *POSTCARD, "--seed", "8")
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()


def test_a_page(tmp_path: Path) -> None:
    """HTML that asks nobody for anything, with as many pictures as it says, each call in full."""
    out = tmp_path / "sheet.HTML"
    result = run(out, *POSTCARD)
    page = out.read_text("utf-8")
    assert f"{page.count('<img ')} pictures of 1 model" in result.output
    assert re.findall(r'src="(?!data:image/webp;base64,)', page) == []
    assert "<script" not in page
    assert "postcard {&quot;prompt&quot;: &quot;a tropical island&quot;, &quot;seed&quot;: 7}" in page


def test_what_is_shown_is_what_is_served() -> None:
    """The result of an input is, pixel by pixel, what the server answers for that file."""
    model = Catalog.load().get("sam-img2img")
    assert model is not None
    given, result = (_Studio(model)._file(shot) for shot in grids(model, 7)[0].shots[:2])
    assert given == photograph()
    answer = mock(timing="instant").post("/v1/sam-img2img", {"image": b64encode(photograph()).decode()})
    with Image.open(BytesIO(answer.content)) as served, Image.open(BytesIO(result)) as shown:
        assert served.convert("RGB").tobytes() == shown.convert("RGB").tobytes()


def test_files_of_a_converter(tmp_path: Path) -> None:
    """The page tells of each file its size and its frames, and shows equal files once."""
    out = tmp_path / "sheet.html"
    assert run(out, "--model", "image-converter", "--size", "64").exit_code == 0
    page = out.read_text("utf-8")
    assert page.count("<figcaption>jpg, jpeg<small>") == 3
    assert len(re.findall(r"<figcaption>(?:png|gif|webp|tiff)<small>[\d.]+ [kM]B, 6 frames", page)) == 4


def test_a_parameter_that_changes_nothing(tmp_path: Path) -> None:
    """It has one picture, with all its values below."""
    out = tmp_path / "sheet.html"
    text = (Path(POSTCARD[1]) / "postcard.yaml").read_text("utf-8")
    prompt = "        prompt: "
    assert prompt in text
    (tmp_path / "own.yaml").write_text(
        text.replace(prompt, "        base64: {type: boolean, description: x, examples: [true]}\n" + prompt, 1)
    )
    result = run(out, "--spec", tmp_path, "--model", "postcard", "--size", "64")
    assert result.exit_code == 0, result.output
    assert out.read_text("utf-8").count("<figcaption>false, true<small>the same picture</small>") == 1


@pytest.mark.parametrize("name", ["sheet", "sheet.jpg", "sheet.png.bak", ".png"])
def test_another_suffix(tmp_path: Path, name: str) -> None:
    """Any other suffix is an error of use that names the two there are."""
    result = run(tmp_path / name)
    assert result.exit_code == 2
    assert "its name ends in .png or .html" in told(result)


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    """A folder is not replaced."""
    (tmp_path / "a.png").mkdir()
    result = run(tmp_path / "a.png")
    assert result.exit_code == 2
    assert "which is a folder" in told(result)


def test_no_such_folder(tmp_path: Path) -> None:
    """A folder that is not there is told before anything is drawn, and not made."""
    result = run(tmp_path / "no" / "a.png")
    assert result.exit_code == 1
    assert "no is no folder; make it first." in told(result)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one that cannot be written in."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "cannot be written in" in told(run(tmp_path / "a.png"))


def test_no_such_model(tmp_path: Path) -> None:
    """A model that does not exist is an error of use that says which there are."""
    result = run(tmp_path / "a.png", "--model", "dall-e")
    assert result.exit_code == 2
    assert "--model dall-e: there is no such model; there are: image-converter, " in told(result)


def test_documents_that_cannot_be_used(tmp_path: Path) -> None:
    """A document that breaks a rule is told with its file."""
    (tmp_path / "bad.yaml").write_text("openapi: 3.1.0")
    result = run(tmp_path / "a.png", "--spec", tmp_path)
    assert result.exit_code == 1
    assert "bad.yaml" in result.output


@pytest.mark.parametrize(
    "trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"]
)
def test_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: BaseException) -> None:
    """A run that cannot finish leaves the file that was there, and nothing beside it."""
    out = tmp_path / "a.png"
    out.write_bytes(b"before")

    def fail(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(os, "replace", fail)
    result = run(out, *POSTCARD)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == [out]
    assert out.read_bytes() == b"before"


def test_who_may_read(tmp_path: Path) -> None:
    """The file is as open as any new one."""
    before = os.umask(0o027)
    try:
        run(tmp_path / "a.html", *POSTCARD)
    finally:
        os.umask(before)
    assert (tmp_path / "a.html").stat().st_mode & 0o777 == 0o640


def test_a_model_without_a_call(tmp_path: Path) -> None:
    """A model for which no call can be made up has a section that says so."""
    text = (Path(POSTCARD[1]) / "postcard.yaml").read_text("utf-8")
    text = re.sub(r"prompt: \{type.*\}", "prompt: {type: string, pattern: '^[0-9]{9}$', description: x}", text)
    text = re.sub(r"value: \{.*\}", "value: {prompt: '123456789'}", text)
    text = re.sub(r"\n +examples:\n +printed:\n.*", "", text)
    (tmp_path / "own.yaml").write_text(text)
    result = run(tmp_path / "a.html", "--spec", tmp_path, "--model", "postcard")
    assert result.exit_code == 0, result.output
    assert "give its document an example" in (tmp_path / "a.html").read_text("utf-8")
