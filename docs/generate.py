"""Writes the generated pages of this folder: facts.md, quirks.md and settings.md.

`python docs/generate.py` writes them; `pages()` gives their texts, so that a test can tell when they are stale.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import yaml

from segmind_mock.config import SETTINGS, Config
from segmind_mock.doubts import ELSEWHERE, QUIRKS

ROOT = Path(__file__).parent.parent
_NOTE = "<!-- Made by docs/generate.py; do not edit. -->\n"


def pages() -> dict[str, str]:
    """The generated pages: file name to text."""
    return {"facts.md": facts_page(), "quirks.md": quirks_page(), "settings.md": settings_page()}


def facts() -> dict[str, dict[str, str]]:
    """Every fact by its id."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "fixtures/facts.yaml").read_text("utf-8"))
    return loaded


def named_facts() -> dict[str, list[str]]:
    """Fact id to the tests that name it, as `file::test`."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, names in _marked(ast.parse(path.read_text("utf-8"))):
            for name in names:
                found.setdefault(name, []).append(f"{path.relative_to(ROOT)}::{test}")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [_fact_of(mark) for mark in node.decorator_list]
            yield node.name, [name for name in names if name]


def _fact_of(mark: ast.expr) -> str:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fact":
        return str(ast.literal_eval(mark.args[0]))
    return ""


def facts_page() -> str:
    """The table of fact and test."""
    tests = named_facts()
    rows = []
    for name, fact in facts().items():
        shown = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests.get(name, []))
        rows.append(f"| {name} | {fact['fact']} | {fact['source']} | {shown or 'not shown: ' + fact['not_shown']} |")
    return (
        _NOTE
        + "# Facts\n\nWhat is known of the service on the wire, where it is known from, and the test that shows it.\n"
        + "Unknowns (U) and conflicts (C) are settled by [quirks](quirks.md).\n\n"
        + "| | fact | source | test |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def quirks_page() -> str:
    """Every quirk, and the doubts that none settles."""
    rows = [
        f"| `{quirk.name}` | **{quirk.default}**, {', '.join(quirk.readings[1:])} | {quirk.about} "
        f"| {quirk.reason} | {quirk.source} | {' '.join(quirk.settles)} |"
        for quirk in QUIRKS.values()
    ]
    rest = [f"- {doubt}: {reason}." for doubt, reason in ELSEWHERE.items()]
    return (
        _NOTE
        + "# Quirks\n\nWhere the service's documents contradict each other or say nothing, the choice is a quirk: a\n"
        + "named switch with a default. Set one with `--quirk NAME=READING`, `SEGMIND_MOCK_QUIRKS=NAME=READING,…`\n"
        + "or a `[quirks]` table in `segmind-mock.toml`. The last column names the conflict (C) or unknown (U).\n\n"
        + "| quirk | readings | what | why | source | settles |\n| --- | --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n\nDoubts that no quirk settles:\n\n"
        + "\n".join(rest)
        + "\n"
    )


def settings_page() -> str:
    """Every setting in its three spellings."""
    defaults = Config()
    rows = [
        f"| `{setting.flag}` | `{setting.variable}` | {_default(getattr(defaults, setting.name))} | {setting.about} |"
        for setting in SETTINGS.values()
    ]
    return (
        _NOTE
        + "# Settings\n\nOf `segmind-mock serve`. Flags win over the environment, the environment over\n"
        + "`segmind-mock.toml` in the working folder, that over `[tool.segmind-mock]` in its `pyproject.toml`; there\n"
        + "a setting has its name without dashes in front (`v1_patience = 30`). Lists are separated by commas in\n"
        + "the environment. Everything that is wrong is reported at once.\n\n"
        + "| flag | environment | default | meaning |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n| `--quirk` | `SEGMIND_MOCK_QUIRKS` | none "
        + "| Settle a doubt otherwise: NAME=READING. See [quirks](quirks.md). |\n"
    )


def _default(value: object) -> str:
    return "none" if value in ("", ()) else f"`{value}`"


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, "utf-8")
        print(f"docs/{name}")
