"""The tutorial and the how-to pages can be followed from top to bottom, and name only what exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import segmind_mock
from segmind_mock.scenarios import library
from tests.docs.naming import ATTRIBUTES, COMMANDS, FLAG, FLAGS, MARKED, VARIABLES
from tests.docs.walking import WALKED, Fence, Walk, fences, is_shown, shell

EACH = pytest.mark.parametrize("page", WALKED, ids=lambda page: page.stem)
NOT_OURS = {"--junit-xml", "--test"}
"""Flags of pytest and Node."""


@EACH
def test_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    """Every file is written, every command ends as it says, and what is shown is there."""
    assert next(Walk(page, tmp_path).follow(), None) is None


@EACH
def test_page_names_flags_that_exist(page: Path) -> None:
    """Of the command line, of pytest by this plugin, or of another program by name."""
    assert set(re.findall(FLAG, page.read_text("utf-8"))) <= FLAGS | NOT_OURS


@EACH
def test_page_names_attributes_that_exist(page: Path) -> None:
    """What is written after `mock.`, or after a fixture's name, can be asked of it."""
    text = page.read_text("utf-8")
    named = set(re.findall(r"(?<![\w.-])(?:mock|segmind_mock|segmind_server)\.([a-z]\w*)", text))
    assert named <= ATTRIBUTES


@EACH
def test_page_names_options_that_exist(page: Path) -> None:
    """In markers and in calls of `intercept`, in examples and between."""
    calls = re.findall(r"(?:mark\.segmind_mock|intercept)(\([^()]*\))", page.read_text("utf-8"))
    parsed = [ast.parse(f"f{call.replace('…', '')}", mode="eval").body for call in calls]
    named = {keyword.arg for call in parsed if isinstance(call, ast.Call) for keyword in call.keywords}
    assert named <= MARKED


@EACH
def test_page_names_variables_that_exist(page: Path) -> None:
    """Settings, and what a command finds."""
    assert set(re.findall(r"SEGMIND_[A-Z_]+\b(?!_?\*)", page.read_text("utf-8"))) <= VARIABLES


@EACH
def test_page_names_scenarios_that_exist(page: Path) -> None:
    """By option, by `play` and by flag: those of the library."""
    text = page.read_text("utf-8")
    named = re.findall(r"(?:scenario=|play\()\"([a-z0-9-]+)\"|--scenario ([a-z0-9-]+)", text)
    assert {one or other for one, other in named} <= {*library.names()}


@EACH
def test_page_names_commands_that_exist(page: Path) -> None:
    """What is written after `segmind-mock` in code, and what is imported from the package."""
    text = page.read_text("utf-8")
    code = [*re.findall(r"`([^`\n]+)`", text), *(line for fence in fences(page) for line in fence.text.splitlines())]
    named = {name for line in code for name in re.findall(r"^segmind-mock ([a-z]+)", line)}
    imported = [name for names in re.findall(r"from segmind_mock import (.+)", text) for name in names.split(", ")]
    assert named <= COMMANDS
    assert set(imported) <= set(segmind_mock.__all__)


def walked(text: str, tmp_path: Path) -> str | None:
    """What is wrong with a page of this text."""
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    return next(Walk(page, tmp_path).follow(), None)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("```sh\ntrue\n```\n", None, id="a command that ends well"),
        pytest.param("```sh\nfalse\n```\n", "exit code 1", id="one that does not"),
        pytest.param("```sh\nfalse  # fails\n```\n", None, id="one that is to fail"),
        pytest.param("```sh\ntrue  # fails\n```\n", "should have failed", id="one that is to fail and does not"),
        pytest.param("```sh\npip install nothing-of-this-name\n```\n", None, id="nothing is installed"),
        pytest.param("```python\nprint(1)\n```\n```text\n2\n```\n", "printed is:\n1", id="another output"),
        pytest.param("```python\nprint('1.5 s')\n```\n```text\n… s\n```\n", None, id="anything"),
        pytest.param("```python\n# a.py\nx = 1\n```\n```python\nimport a; assert a.x\n```\n", None, id="a file"),
        pytest.param(
            "```python\n# a.py\n```\n```python\n# a.py\nx = 1\n```\n```sh\ngrep x a.py\n```\n", None, id="a file again"
        ),
        pytest.param(
            "```python\nimport socket; socket.socket().connect(('192.0.2.1', 9))\n```\n",
            "a page calls",
            id="an address",
        ),
        pytest.param(
            "```python\nimport urllib.request as u; u.urlopen('http://example.com')\n```\n", "looks for", id="a name"
        ),
    ],
)
def test_what_following_finds(text: str, wrong: str | None, tmp_path: Path) -> None:
    """The tests above see what they are to see."""
    found = walked(text, tmp_path)
    assert (found is None) if wrong is None else (found is not None and wrong in found)


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        pytest.param("b\nc", "a\nb\nc\nd", True, id="lines amid others"),
        pytest.param("a\nc", "a\nb\nc", False, id="a line left out"),
        pytest.param("a\n…\nc", "a\nb\nb\nc", True, id="lines left out and marked"),
        pytest.param("a … c", "a b c", True, id="within a line"),
        pytest.param("a … c", "a b\nc", False, id="not across lines"),
        pytest.param("b", "a b", False, id="a part of a line"),
    ],
)
def test_what_is_shown(shown: str, printed: str, expected: bool) -> None:
    """`…` stands for anything, and nothing else does."""
    assert is_shown(shown, printed) is expected


def test_blocks_are_read_as_they_are_written() -> None:
    """A name in the first line makes a file; lines that go on are one command."""
    assert Fence("python", "# test_a.py\nx\n").file == "test_a.py"
    assert Fence("python", "# a comment\nx\n").file is None
    assert Fence("json", '// a/b.json\n{"a": 1}\n').content == '{"a": 1}\n'
    assert "if a   b; then" in shell("a \\\n b  # fails\n")


def test_pages_have_something_to_follow() -> None:
    """None is empty for the tests above."""
    assert [page.name for page in WALKED if not any(fence.language in ("sh", "python") for fence in fences(page))] == []
