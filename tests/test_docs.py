"""The documentation is true: its pages are fresh, its facts are shown, its examples run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import yaml

from docs import generate
from segmind_mock import __version__
from segmind_mock.doubts import ELSEWHERE, QUIRKS
from segmind_mock.matchers import OPERATORS
from segmind_mock.operations import Operation
from segmind_mock.patterns import FIELDS
from segmind_mock.scenarios import library
from segmind_mock.scenarios.reading import read
from segmind_mock.scenarios.schema import schema
from segmind_mock.steering import answers as answered_so
from tests.docs.naming import COMMANDS, FLAG, FLAGS
from tests.docs.walking import WALKED
from tests.served import Served, serving

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONFLICTS = {f"C{number}" for number in range(1, 17)}
UNKNOWNS = {f"U{number}" for number in range(1, 18)}
FOLLOWED = ("control.md", "scenarios.md")
"""Pages whose examples build on each other: they run from top to bottom against a mock of their own."""


def test_generated_pages_are_fresh() -> None:
    """`make docs` was run after the last change. Asked in a process of its own, as `make docs` is: commands of click
    remember how their help was first asked for."""
    code = "import json; from docs import generate; print(json.dumps(generate.pages()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    pages = json.loads(done.stdout)
    assert [name for name, text in pages.items() if (ROOT / "docs" / name).read_text("utf-8") != text] == []


def test_every_fact_is_shown_or_says_why_not() -> None:
    """No line of fixtures/facts.yaml is without a test, and no test names a line that is not there."""
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
    assert set(re.findall(FLAG, text)) <= FLAGS
    assert set(re.findall(r"`?segmind-mock ([a-z]+)", text)) <= COMMANDS
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"make ([a-z-]+)", text)) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link is a file."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_headings(page: Path) -> None:
    """What stands after the # of a link is a heading of the page that it leads to."""
    for path, heading in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text("utf-8")):
        target = (page.parent / path if path else page).read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", target, re.MULTILINE)
        assert heading in [re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings]


def test_the_index_names_every_page() -> None:
    """docs/README.md links to all of them."""
    index = ROOT / "docs/README.md"
    linked = {index.parent / link for link in re.findall(r"\]\(([^)#]+)\)", index.read_text("utf-8"))}
    assert linked == {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - {index}


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """A mock on a free port, for examples that name the usual one."""
    with serving() as served:
        yield served


def blocks(language: str) -> list[tuple[str, str]]:
    """Every code block of a language, with the page it is on; pages that are walked are tested in tests/docs."""
    found = []
    for page in PAGES:
        if page in WALKED or page.name == "reference.md":
            continue
        for code in re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            found.append((page.name, code))
    return found


def started(code: str, server: Served) -> str:
    """A block of shell with the port of a server; servers that it starts show their --help instead."""
    text = code.replace("http://127.0.0.1:8787", server.url)
    return re.sub(r"^(segmind-mock serve .*)$", r"\1 --help", text, flags=re.MULTILINE)


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_examples_run(page: str, code: str, server: Served, tmp_path: Path) -> None:
    """As they stand, but for the port; one that is named as a test, by pytest."""
    script = tmp_path / "example.py"
    script.write_text(code.replace("http://127.0.0.1:8787", server.url), "utf-8")
    runner = ["-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider"] if code.startswith("# test_") else []
    ran = subprocess.run([sys.executable, *runner, script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, f"{page}: {ran.stdout}{ran.stderr}"
    for expected in re.findall(r"print\(.*\)  # (\S+)", code):
        assert expected in ran.stdout


@pytest.mark.parametrize(
    ("page", "code"), [block for block in blocks("sh") if "make " not in block[1] and block[0] not in FOLLOWED]
)
def test_shell_examples_run(page: str, code: str, server: Served, tmp_path: Path) -> None:
    """As they stand, but for the port and for servers, which are started to see their --help instead."""
    text = started(code, server)
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


# --- Pages that are followed from top to bottom ----------------------------------------------------

MARK = "=== the end of a block"
CURL = """#!/bin/sh
/usr/bin/curl -D "$0.head" "$@"
code=$?
grep -a '^HTTP/' "$0.head" | tail -n 1 | cut -d ' ' -f 2 >> "$0.statuses"
echo
exit $code
"""
"""In place of curl: it writes down each status, and ends each answer's line."""


def fences(page: str) -> list[tuple[str, str]]:
    """Every block of a page in its order: language and text."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return [(found[1], found[2]) for found in re.finditer(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


def ran(page: str, server: Served, folder: Path) -> tuple[list[str], list[str]]:
    """What each block of shell printed, and the status of each answer; scenarios of the page are files beside it."""
    for language, code in fences(page):
        if language == "yaml":
            (folder / f"{yaml.safe_load(code)['scenario']}.yaml").write_text(code, "utf-8")
    shim = folder / "bin" / "curl"
    shim.parent.mkdir()
    shim.write_text(CURL, "utf-8")
    shim.chmod(0o755)
    script = "".join(f"{started(code, server)}\necho '{MARK}'\n" for name, code in fences(page) if name == "sh")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{shim.parent}:{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(MARK)[:-1], Path(f"{shim}.statuses").read_text("utf-8").split()


@pytest.mark.parametrize("page", FOLLOWED)
def test_followed_pages_run(page: str, tmp_path: Path) -> None:
    """Each call answers 2xx, or the status in the comment beside it; what a page shows as an answer is in it."""
    with serving() as server:
        printed, statuses = ran(page, server, tmp_path)
    codes = [
        status
        for code in blocks("sh")
        if code[0] == page
        for status in re.findall(r"  # (\d{3})$", code[1], re.MULTILINE)
    ]
    assert [status for status in statuses if status[0] != "2"] == codes
    outputs = iter(printed)
    output = ""
    for language, shown in fences(page):
        if language == "sh":
            output = next(outputs)
        elif language == "json":
            assert shows(json.loads(shown), last_document(output)), output
        elif language == "http":
            assert [
                line for line in shown.splitlines() if not re.search(f"^{wanted(line)}\r?$", output, re.MULTILINE)
            ] == []


def last_document(output: str) -> object:
    """The last JSON document that was printed; it begins at the last line that is not set in."""
    lines = output.strip().splitlines()
    begins = max(number for number, line in enumerate(lines) if line.startswith("{"))
    return json.loads("\n".join(lines[begins:]))


def shows(shown: object, found: object) -> bool:
    """Whether an answer is as it is shown; what is shown may leave out fields, and stand `…` for any text."""
    if isinstance(shown, dict) and isinstance(found, dict):
        return all(name in found and shows(value, found[name]) for name, value in shown.items())
    if isinstance(shown, list) and isinstance(found, list):
        return len(shown) == len(found) and all(map(shows, shown, found))
    if isinstance(shown, str) and isinstance(found, str):
        return re.fullmatch(wanted(shown), found) is not None
    return shown == found


def wanted(text: str) -> str:
    """A text in which `…` stands for any other, or for itself, as a regular expression."""
    return ".*".join(map(re.escape, text.split("…")))


@pytest.mark.parametrize(("page", "code"), blocks("yaml"))
def test_scenarios_on_the_pages_can_be_played(page: str, code: str) -> None:
    """Each YAML block is a whole scenario."""
    assert read(code, origin=page).rules


@pytest.mark.parametrize("page", FOLLOWED)
def test_followed_pages_name_only_flags_that_exist(page: str) -> None:
    """In their text, and where they start a server."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    served = " ".join(re.findall(r"^segmind-mock serve .*$", text, re.MULTILINE))
    assert set(re.findall(FLAG, prose + served)) <= FLAGS


@pytest.mark.parametrize("part", ["when", "account", "job", "do"])
def test_every_word_of_scenarios_has_an_example_that_is_right(part: str) -> None:
    """The examples of the tables are those of the schema's words, and a rule can be made of each."""
    examples = generate.EXAMPLES
    known = set(schema()["$defs"][part]["properties"])
    assert set(examples[part]) == known - ({"account", "job"} if part == "do" else set())
    for word, text in examples[part].items():
        written = yaml.safe_load(text)
        assert word in (written if part in ("when", "do") else written[part])
        rule = {"match": {"operation": "submit"}, "do": {"error": 502}}
        rule |= {"when": written} if part == "when" else {"do": written}
        rules = [rule, {"do": {"error": 502}, "becomes": "down"}]
        assert read({"scenario": "an-example", "teaches": "A word.", "rests_on": "The schema.", "rules": rules})


def test_the_tables_of_effects_are_whole() -> None:
    """Each effect has its row on the page."""
    groups = generate.GROUPS
    assert sorted(word for words in groups.values() for word in words) == sorted(generate.EXAMPLES["do"])


def test_the_page_on_scenarios_names_what_patterns_have() -> None:
    """Every field, operation and operator, and no other field."""
    text = (ROOT / "docs/scenarios.md").read_text("utf-8")
    match = text[text.index("### match") : text.index("### when")]
    rows = re.findall(r"^\| (`.*?) \|", match, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == FIELDS
    words = set(re.findall(r"`(\w+)`", match))
    assert set(OPERATORS) | set(Operation) <= words


def test_the_page_on_control_names_every_call(server: Served) -> None:
    """Its table is what the control plane says there is."""
    with pytest.raises(HTTPError) as answered:
        urlopen(f"{server.url}/_mock/nothing")
    there = json.load(answered.value)["error"].partition("there is: ")[2].split(", ")
    calls = {(method, call.split()[-1]) for call in there for method in call.split()[:-1]}
    text = (ROOT / "docs/control.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+) (/_mock/\S+)` \|", text, re.MULTILINE)) == calls


def test_the_page_on_control_has_the_magic_keys() -> None:
    """Its table is true to what keys are answered, and has them all."""
    text = (ROOT / "docs/control.md").read_text("utf-8")
    rows = [re.findall(r"`0(\d{3})`", row) for row in re.findall(r"^\| (`0\d{3}`.*?) \|", text, re.MULTILINE)]
    assert sorted(int(code) for row in rows for code in row) == [code for code in range(1000) if answered_so(code)]
    assert [len({answered_so(int(code)) for code in row}) for row in rows] == [1, 1, 1]


def test_the_library_page_has_every_scenario() -> None:
    """A row for each."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs/library.md").read_text("utf-8"), re.MULTILINE)
    assert rows == library.names()
