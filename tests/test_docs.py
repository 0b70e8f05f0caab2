"""The documentation is true: its pages are fresh, its facts are shown, its examples run."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from segmind_mock import __version__
from segmind_mock.cli import COMMANDS
from segmind_mock.config import SETTINGS
from segmind_mock.doubts import ELSEWHERE, QUIRKS
from tests.served import Served, serving

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONFLICTS = {f"C{number}" for number in range(1, 17)}
UNKNOWNS = {f"U{number}" for number in range(1, 18)}


def generator() -> ModuleType:
    """docs/generate.py, which is no package's."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["facts.md", "quirks.md", "settings.md"])
def test_generated_pages_are_fresh(name: str) -> None:
    """`make docs` was run after the last change."""
    assert (ROOT / "docs" / name).read_text("utf-8") == generator().pages()[name]


def test_every_fact_is_shown_or_says_why_not() -> None:
    """No line of fixtures/facts.yaml is without a test, and no test names a line that is not there."""
    generate = generator()
    facts, named = generate.facts(), generate.named_facts()
    assert set(named) == {name for name, fact in facts.items() if "not_shown" not in fact}


def test_every_doubt_is_settled_once() -> None:
    """Each conflict and unknown of the dossier has a quirk, or a reason why it needs none."""
    settled = {doubt for quirk in QUIRKS.values() for doubt in quirk.settles}
    assert settled | set(ELSEWHERE) == CONFLICTS | UNKNOWNS
    assert not settled & set(ELSEWHERE)


def test_the_changelog_knows_this_version() -> None:
    """The version that the package says heads the changelog."""
    versions = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == __version__


def test_the_readme_names_only_what_exists() -> None:
    """Its flags, quirks, commands and make targets are real."""
    text = (ROOT / "README.md").read_text("utf-8")
    flags = {setting.flag for setting in SETTINGS.values()} | {"--quirk"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= flags
    assert set(re.findall(r"`?segmind-mock ([a-z]+)", text)) <= set(COMMANDS)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"make ([a-z-]+)", text)) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link is a file."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """A mock on a free port, for examples that name the usual one."""
    with serving() as served:
        yield served


def blocks(language: str) -> list[tuple[str, str]]:
    """Every code block of a language, with the page it is on."""
    found = []
    for page in PAGES:
        for code in re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            found.append((page.name, code))
    return found


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_examples_run(page: str, code: str, server: Served, tmp_path: Path) -> None:
    """As they stand, but for the port."""
    script = tmp_path / "example.py"
    script.write_text(code.replace("http://127.0.0.1:8787", server.url), "utf-8")
    ran = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, f"{page}: {ran.stderr}"
    for expected in re.findall(r"print\(.*\)  # (\S+)", code):
        assert expected in ran.stdout


@pytest.mark.parametrize(("page", "code"), [block for block in blocks("sh") if "make " not in block[1]])
def test_shell_examples_run(page: str, code: str, server: Served, tmp_path: Path) -> None:
    """As they stand, but for the port and for servers, which are started to see their --help instead."""
    text = code.replace("http://127.0.0.1:8787", server.url)
    text = re.sub(r"^(segmind-mock serve .*)$", r"\1 --help", text, flags=re.MULTILINE)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    fixtures = tmp_path / "fixtures"
    fixtures.symlink_to(ROOT / "fixtures")
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=tmp_path,
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, f"{page}: {ran.stdout}{ran.stderr}"


def test_the_first_example_of_the_readme_saves_a_picture(server: Served, tmp_path: Path) -> None:
    """The size that the sentence after it promises."""
    from PIL import Image

    code = next(code for page, code in blocks("sh") if page == "README.md" and "curl" in code)
    text = code.replace("http://127.0.0.1:8787", server.url)
    subprocess.run(["bash", "-c", text], cwd=tmp_path, check=True, timeout=60)
    with Image.open(tmp_path / "lighthouse.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (768, 512))
