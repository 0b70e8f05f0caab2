"""What reference.md says, read off the code: classes, fixtures, options, commands and variables."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

import segmind_mock
from segmind_mock import cli, exchanges, fixtures, live, mock, pytest_plugin, seen, verification
from segmind_mock.commands import exec as exec_command
from segmind_mock.config import Config, ConfigError
from segmind_mock.control import Refused
from segmind_mock.inprocess import interception
from segmind_mock.inprocess.hosts import NetworkBlocked
from segmind_mock.inprocess.interception import Interception
from segmind_mock.mock import ManyAccounts
from segmind_mock.patterns import PatternError
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.server import CannotListen
from segmind_mock.settings import SETTINGS
from segmind_spec import SpecError

WIDTH = 100
"""Characters of a line of help."""

_CLASSES = (
    (mock, "Mock"),
    (fixtures, "ServedMock"),
    (seen, "JobSeen"),
    (exchanges, "Exchange"),
    (exchanges, "Notes"),
    (verification, "Verdict"),
    (live, "LiveServer"),
)
_CONSTRUCTED = {"LiveServer", "Mock"}
"""Classes of which users make their own."""
_PLUMBING = {"prepare", "record", "shown_headers", "told"}
"""Attributes that are public for other modules of the mock."""
_ERRORS: tuple[type[Exception], ...] = (
    ConfigError,
    ScenarioError,
    SpecError,
    NetworkBlocked,
    Refused,
    PatternError,
    ManyAccounts,
    CannotListen,
)
_TOLD = re.compile(r"^- `(\w+)`: (.+(?:\n  .+)*)", re.MULTILINE)
"""An option in the docstring of `intercept`."""
_PROPERTIES = {"property", "cached_property"}


def reference() -> str:
    """The page, without the note on top."""
    parts = [
        "## intercept",
        *_interception(),
        "## Fixtures for pytest",
        *map(_fixture, (fixtures.IN_PROCESS, fixtures.SERVED)),
        "### Options",
        "Of the marker, by the fixture that takes them. `status` is that of `Mock.change`; settings are the server's.",
        _options(),
        "### On the command line of pytest",
        *_pytest_flags(),
        *(part for module, name in _CLASSES for part in _class(module, name)),
        "## Errors",
        "\n".join(map(_error, _ERRORS)),
        "## Commands",
        *_commands(cli.main, "segmind-mock"),
        "## Variables",
        *_variables(),
    ]
    heads = [part.removeprefix("## ") for part in parts if re.fullmatch("## .+", part)]
    contents = ", ".join(f"[{head}](#{head.lower().replace(' ', '-')})" for head in heads)
    return "\n\n".join(["# Reference", f"Made of the code and its docstrings. {contents}.", *parts]) + "\n"


# --- Python -------------------------------------------------------------------------------------------------------


def _interception() -> Iterator[str]:
    taken = inspect.signature(Interception).parameters.values()
    shown = ", ".join(f"{one.name}={one.default!r}" for one in taken if one.kind is one.KEYWORD_ONLY)
    yield f"```text\nintercept({shown}, **settings)\n```"
    yield _doc(Interception)
    yield from _members(interception, "Interception")


def _fixture(name: str) -> str:
    function = getattr(pytest_plugin, name)
    return f"### {name}\n\n{_doc(inspect.unwrap(getattr(function, '__wrapped__', function)))}"


def _class(module: Any, name: str) -> Iterator[str]:
    yield f"## {name}"
    yield _doc(getattr(module, name))
    yield from _members(module, name)


def _members(module: Any, name: str) -> Iterator[str]:
    """A paragraph for each public attribute and method, in the order of the source."""
    (found,) = (
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    documented = [*_documented(found)]
    if documented:
        yield "\n".join(f"- {_code(shown)}{_indented(doc)}" for shown, doc in documented)


def _documented(found: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Signature and docstring of what is public in a class."""
    for node, after in zip(found.body, [*found.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__" and found.name in _CONSTRUCTED:
            yield _shown(node).replace("__init__", found.name).removesuffix(" -> None"), ast.get_docstring(node) or ""
        elif isinstance(node, ast.FunctionDef) and _is_for_users(node.name):
            yield _shown(node), ast.get_docstring(node) or ""
        elif isinstance(node, ast.AnnAssign) and _is_for_users(name := ast.unparse(node.target)):
            yield f"{name}: {ast.unparse(node.annotation)}", _text_of(after)


def _is_for_users(name: str) -> bool:
    return not name.startswith("_") and name not in _PLUMBING


def _shown(node: ast.FunctionDef) -> str:
    returns = ast.unparse(node.returns) if node.returns else "None"
    if any(ast.unparse(one) in _PROPERTIES for one in node.decorator_list):
        return f"{node.name}: {returns}"
    taken = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    return f"{node.name}({taken}) -> {returns}"


def _text_of(node: ast.stmt | None) -> str:
    """The text that stands alone, as the docstring of the attribute before it."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return inspect.cleandoc(node.value.value)
    return ""


def _error(kind: type[Exception]) -> str:
    room = "segmind_mock" if kind.__name__ in segmind_mock.__all__ else kind.__module__
    base = kind.__base__.__name__ if kind.__base__ else ""
    return f"- `{room}.{kind.__name__}` ({base})\n  {_doc(kind)}"


def _doc(documented: object) -> str:
    return inspect.getdoc(documented) or ""


def _code(shown: str) -> str:
    return f"`{shown}`"


def _indented(doc: str) -> str:
    return "".join(f"\n  {line}" if line else "\n" for line in doc.splitlines())


# --- pytest -------------------------------------------------------------------------------------------------------


def _options() -> str:
    taken = inspect.signature(Interception).parameters
    default, told = Config(), dict(_TOLD.findall(_doc(Interception)))
    names = sorted(frozenset[str]().union(*fixtures.OPTIONS.values()), key=lambda name: (name in SETTINGS, name))
    rows = []
    for name in names:
        own = taken[name].default if name in taken else getattr(default, name, None)
        value = "" if own in (None, "", ()) or name == "quirks" else f"`{own}`"
        has = ["yes" if name in fixtures.OPTIONS[each] else "" for each in (fixtures.IN_PROCESS, fixtures.SERVED)]
        about = SETTINGS[name].about if name in SETTINGS else " ".join(told.get(name, "").split())
        rows.append([f"`{name}`", *has, value, about])
    return _table(["option", "`segmind_mock`", "`segmind_server`", "default", "meaning"], rows)


class _Asked:
    """In place of pytest's parser and group: keeps what is added."""

    def __init__(self) -> None:
        self.added: list[tuple[str, Mapping[str, str]]] = []

    def getgroup(self, _: str) -> _Asked:
        """A group is as good as the parser."""
        return self

    def addoption(self, name: str, **told: str) -> None:
        """Keep an option."""
        self.added.append((name, told))


def _pytest_flags() -> Iterator[str]:
    asked: Any = _Asked()
    pytest_plugin.pytest_addoption(asked)
    for name, told in asked.added:
        yield f"`{name}={told['metavar']}`: {told['help']}"


# --- The command line ---------------------------------------------------------------------------------------------


def _commands(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[str]:
    """The help of a command and of all below it."""
    # As the command line makes it: a command keeps the help option of whoever asks first.
    asked = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH, "color": False}
    context = click.Context(command, info_name=name, parent=parent, **asked)
    yield f"### {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                yield from _commands(found, below, context)


# --- Variables ----------------------------------------------------------------------------------------------------


def _variables() -> Iterator[str]:
    url = "http://127.0.0.1:1"
    by_exec = exec_command.environment({}, url, Path("out"), 1.0)
    with live.LiveServer(Config(port=0)) as server:
        by_fixture = fixtures.ServedMock(server, exec_command.KEY).environment
    yield "What a command finds, and what is set while a test runs. Every setting has a variable [too](settings.md)."
    yield _table(
        ["variable", "`segmind-mock exec`", "`segmind_server`"],
        [
            [f"`{name}`", *("yes" if name in given else "" for given in (by_exec, by_fixture))]
            for name in sorted({*by_exec, *by_fixture})
        ],
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[*heads], *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
