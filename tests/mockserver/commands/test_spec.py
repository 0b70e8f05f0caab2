"""`segmind-mock spec`: a look into the contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from segmind_mock.commands.spec import command
from tests.worlds import CATALOG, printed_call


def run(*arguments: str, code: int = 0) -> str:
    """What the command prints."""
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def bad(tmp_path: Path) -> str:
    """A folder with a document that cannot be used."""
    tmp_path.joinpath("bad.yaml").write_text("openapi: 3.1.0\n")
    return str(tmp_path)


def test_list() -> None:
    """Every model is a line: its slug, what it answers, what its printed call costs, how long it takes."""
    lines = run("list").splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOG.slugs)
    assert " ".join(lines[1].split()).startswith("sam-img2img image 0.0076 3.81 s ")
    # 0.0625 for the call and 0.1875 for each of the three sizes of the printed call.
    assert "smart-banner-resizer     image      0.625" in lines[3]


@pytest.mark.parametrize("slug", CATALOG.slugs)
def test_show(slug: str) -> None:
    """A model is shown with each of its parameters, and the call on its page as JSON."""
    shown = run("show", slug)
    model = CATALOG.get(slug)
    assert model is not None
    assert shown.startswith(f"{model.title} ({slug})\n")
    assert all(f"\n  {name} " in shown for name in model.parameters)
    assert json.loads(shown.partition("The call on its page:\n")[2]) == printed_call(slug)


def test_show_parameters() -> None:
    """A parameter is shown with what it may be, and whether it is required or has a default."""
    shown = " ".join(run("show", "sd1.5-img2img").split())
    assert "prompt text (required) " in shown
    assert "image an http(s) URL, a path on the service's site, a data: URI, or base64 text (required)" in shown
    assert "img_width 512, 768 (default 512)" in shown
    assert "samples a whole number from 1 to 4 (default 1)" in shown


def test_show_nothing() -> None:
    """An unknown slug is an error of use that lists those there are."""
    assert "There is no model 'x'; there are: image-converter, sam-img2img, " in run("show", "x", code=2)


def test_lint(bad: str) -> None:
    """Problems are a line each with their file, and exit code 1; without problems it says so."""
    assert run("lint") == "No problem found.\n"
    lines = run("lint", bad, code=1).splitlines()
    assert lines
    assert all("bad.yaml" in line and ": " in line for line in lines)


def test_bundle() -> None:
    """The bundle is one OpenAPI document that names the server it is told."""
    document = json.loads(run("bundle", "--server", "http://a:1"))
    assert document["openapi"].startswith("3.1")
    assert document["servers"][0]["url"] == "http://a:1"


@pytest.mark.parametrize("flag", ["--strict", "--refuse-at-submit"])
def test_bundle_of_another_server(flag: str) -> None:
    """Each flag makes another document."""
    assert json.loads(run("bundle", flag)) != json.loads(run("bundle"))


@pytest.mark.parametrize("arguments", [("list",), ("show", "x"), ("bundle",)])
def test_a_bad_folder(bad: str, arguments: tuple[str, ...]) -> None:
    """A folder that cannot be used is told with its file, not as a traceback."""
    shown = run(*arguments, "--spec", bad, code=1)
    assert "the model documents cannot be used:" in shown
    assert "bad.yaml" in shown
