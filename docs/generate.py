"""Writes what is generated in this folder: facts.md, library.md, quirks.md, reference.md, settings.md, and the tables
of scenarios.md.

`python -m docs.generate` writes them; `pages()` gives their texts, so that a test can tell when they are stale.
A page that is written by hand has its tables between `<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from docs.describing import reference
from segmind_mock.config import Config
from segmind_mock.doubts import ELSEWHERE, QUIRKS
from segmind_mock.scenarios import library, schema
from segmind_mock.settings import SETTINGS

ROOT = Path(__file__).parent.parent
_NOTE = "<!-- Made by docs/generate.py; do not edit. -->\n"

EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "when": {
        "nth": "nth: [2, 5]",
        "first": "first: 2",
        "every": "every: 10",
        "after": "after: 3",
        "probability": "probability: 0.05",
        "from": "from: 60",
        "until": "until: 120",
        "state": "state: down",
        "per": "{first: 1, per: job}",
    },
    "account": {
        "credits": "account: {credits: 0}",
        "drain": "account: {drain: 12.5}",
        "rpm": "account: {rpm: 5}",
        "status": "account: {status: invalid}",
        "forbid": "account: {forbid: [sam-img2img]}",
        "retire": "account: {retire: [sam-img2img]}",
        "quirks": 'account: {quirks: {v2_no_credits: "402"}}',
    },
    "job": {
        "queue": "job: {queue: 30}",
        "run": "job: {run: 240}",
        "stuck": "job: {stuck: PROCESSING}",
        "fails": "job: {fails: true}",
        "blocked": "job: {blocked: true}",
    },
    "do": {
        "accepted": "{accepted: true, error: 504}",
        "error": "error: {code: 502, form: html}",
        "answer": "answer: {status: 503, text: Back soon}",
        "redirect": "redirect: /login",
        "replay": "replay: previous",
        "tells": "tells: PROCESSING",
        "set": "set: {$.status: RETRYING}",
        "drop": "drop: [$.metrics]",
        "retype": "retype: [$.metrics.cost]",
        "truncate": "truncate: 0.5",
        "pad": "pad: 1000000",
        "content_type": "content_type: text/html",
        "headers": "headers: {x-request-id: null}",
        "limits": "limits: {retry_after: 3}",
        "picture": "picture: {format: webp}",
        "delay": "delay: {lognormal: {median: 0.3, sigma: 1.2}}",
        "drip": "drip: {size: 1024, every: 0.5}",
        "stop": "stop: 0.5",
        "cut": "cut: 0.5",
        "reset": "reset: before",
        "hang_up": "hang_up: 0.2",
        "broken_chunk": "broken_chunk: true",
        "garbage": "garbage: 200",
        "refuse": "refuse: 3",
    },
}
"""How each word of a scenario is written; `account` and `job` stand inside of `do`."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "instead of the service's answer": ("accepted", "error", "answer", "redirect", "replay", "tells"),
    "the answer, changed": (
        "set", "drop", "retype", "truncate", "pad", "content_type", "headers", "limits", "picture",
    ),
    "the connection": (
        "delay", "drip", "stop", "cut", "reset", "hang_up", "broken_chunk", "garbage", "refuse",
    ),
}  # fmt: skip
"""The effects but for those of accounts and jobs, in the order in which the page has them."""

_TABLE = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def pages() -> dict[str, str]:
    """The pages with something generated in them: file name to text."""
    return {
        "facts.md": facts_page(),
        "library.md": library_page(),
        "quirks.md": quirks_page(),
        "reference.md": _NOTE + reference(),
        "scenarios.md": scenarios_page(),
        "settings.md": settings_page(),
    }


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


def library_page() -> str:
    """Every scenario that comes with the mock."""
    scenarios = [library.load(name) for name in library.names()]
    rows = [
        f"| `{scenario.name}` | {_cell(scenario.teaches)} | {_cell(scenario.rests_on)} "
        f"| {' '.join(f'`{name}`' for name in _used(scenario.source['rules']))} |"
        for scenario in scenarios
    ]
    return (
        _NOTE
        + f"# The library\n\n{len(rows)} [scenarios](scenarios.md) that come with the mock. Play one with\n"
        + "`segmind-mock serve --scenario NAME`, or in a server that runs with `PUT /_mock/scenario`\n"
        + "([control](control.md)); `segmind-mock scenario show NAME` tells its rules in words. The last column names\n"
        + "the effects that are used, so that each can be looked up in an example.\n\n"
        + "| scenario | what a client learns | what it rests on | uses |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def _used(rules: list[dict[str, Any]]) -> list[str]:
    """The effects of rules, in alphabetical order."""
    steps = [step for rule in rules for step in (rule, *rule.get("steps", ()))]
    return sorted({name for step in steps for name in step.get("do", ())})


def scenarios_page() -> str:
    """The page on scenarios, its tables made anew of the schema."""
    text = (ROOT / "docs/scenarios.md").read_text("utf-8")
    return _TABLE.sub(lambda found: f"{found[1]}{found[2]}{_tables()[found[1]]}", text)


def _tables() -> dict[str, str]:
    do = [*_rows("the account", "account"), *_rows("the job of this submit", "job")]
    for part, names in GROUPS.items():
        do += _rows(part, "do", names)
    return {"when": _table("when", _rows("", "when")), "do": _table("do", do)}


def _table(name: str, rows: list[str]) -> str:
    return f"\n| in `{name}` | what it says |\n| --- | --- |\n" + "".join(f"{row}\n" for row in rows) + "\n"


def _rows(part: str, name: str, words: Iterable[str] = ()) -> list[str]:
    """A row for each word (all, if none is named) of an object of scenarios, and one above them that names the part."""
    definitions = schema.schema()["$defs"]
    properties: dict[str, dict[str, Any]] = definitions[name]["properties"]
    rows = [f"| *{part}* | |"] if part else []
    for word in words or properties:
        said = properties[word]
        about = said.get("description") or definitions[said["$ref"].rpartition("/")[2]]["description"]
        rows.append(f"| `{EXAMPLES[name][word]}` | {_cell(about)} |")
    return rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, "utf-8")
        print(f"docs/{name}")
