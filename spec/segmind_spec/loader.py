"""Reading documents: the only module of the package that touches files.

The packaged documents are read as they are, because a test holds them to the rules. A user's file is read
with care: it is bounded in size and depth, may not use aliases, and may not have a key twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from segmind_spec.errors import Problem, SpecError, pointer_to

PACKAGE = Path(__file__).resolve().parent
MODELS = PACKAGE / "models"
SHARED = PACKAGE / "shared"

#: Bytes that a document may have.
MAX_BYTES = 1024 * 1024
#: Levels of nesting that a document may have.
MAX_DEPTH = 64
#: Values that a document may have once its references are resolved.
MAX_NODES = 100_000

Trail = tuple[tuple[Path, str], ...]

_Yaml: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def packaged() -> list[Path]:
    """The files of the models that come with the package, by name."""
    return sorted(MODELS.glob("*.yaml"))


def documents_in(folder: Path) -> list[Path]:
    """The documents of a user's folder, by name; folders inside it are not looked into.

    Raises `SpecError` when there is no such folder.
    """
    if not folder.is_dir():
        raise SpecError([Problem(file=str(folder), pointer="", message="there is no such folder")])
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml", ".json") and path.is_file())


def read_trusted(path: Path) -> dict[str, Any]:
    """A packaged document, without checks."""
    with path.open("rb") as stream:
        document: dict[str, Any] = yaml.load(stream, _Yaml)
    return document


def read(path: Path) -> dict[str, Any]:
    """A user's document as plain JSON values.

    Raises `SpecError` when it cannot be read, is too large or too deep, is no YAML or JSON, uses aliases, has
    a key twice, or holds what JSON cannot (dates, keys that are no text).
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise _refusal(path, f"is larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(path, "is not UTF-8 text") from error
    document = _from_json(path, text) if path.suffix == ".json" else _from_yaml(path, text)
    _require(path, _foreign(document, ()))
    if not isinstance(document, dict):
        raise _refusal(path, "is not an object")
    return document


def _refusal(path: Path, message: str, pointer: str = "") -> SpecError:
    return SpecError([Problem(file=str(path), pointer=pointer, message=message)])


def _require(path: Path, found: Iterable[tuple[str, str]]) -> None:
    """Raise everything of `found`, pairs of pointer and message, if there is anything."""
    problems = [Problem(file=str(path), pointer=pointer, message=message) for pointer, message in found]
    if problems:
        raise SpecError(problems)


def _from_yaml(path: Path, text: str) -> Any:
    try:
        _require(path, _out_of_bounds(text))
        loader = _Yaml(text)
        node = loader.get_single_node()
        _require(path, _repeated(node, ()))
        return None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, SpecError):
            raise
        raise _refusal(path, f"is not YAML: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _out_of_bounds(text: str) -> Iterator[tuple[str, str]]:
    """What the stream of events already shows, before anything is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Yaml):
        if isinstance(event, yaml.AliasEvent):
            yield (
                "",
                f"uses the alias *{event.anchor} in line {_line(event)}; aliases are not taken",
            )
            return
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            yield "", f"is nested more than {MAX_DEPTH} deep in line {_line(event)}"
            return


def _line(place: yaml.Event | yaml.Node) -> int:
    mark = place.start_mark
    return 0 if mark is None else mark.line + 1


def _repeated(node: yaml.Node | None, path: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated(item, (*path, index))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (
                    pointer_to((*path, name)),
                    f"the key {name} is there twice, again in line {_line(key)}",
                )
            seen.add(name)
            yield from _repeated(value, (*path, name))


def _from_json(path: Path, text: str) -> Any:
    repeated: list[str] = []

    def paired(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(pairs)

    try:
        document = json.loads(text, object_pairs_hook=paired)
    except RecursionError as error:
        raise _refusal(path, f"is nested more than {MAX_DEPTH} deep") from error
    except ValueError as error:
        raise _refusal(path, f"is not JSON: {_one_line(error)}") from error
    _require(path, (("", f"the key {name} is there twice in one object") for name in repeated))
    return document


def _foreign(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    """Places of a value that JSON cannot hold."""
    if len(path) > MAX_DEPTH:
        yield pointer_to(path), f"is nested more than {MAX_DEPTH} deep"
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield pointer_to((*path, str(key))), f"the key {key!r} is not text; put it in quotes"
            else:
                yield from _foreign(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _foreign(inner, (*path, index))
    elif not _is_scalar(value):
        yield pointer_to(path), f"{value!r} is not a JSON value; put it in quotes"


def _is_scalar(value: Any) -> bool:
    if isinstance(value, float):
        return value - value == 0
    return value is None or isinstance(value, str | bool | int)


class Library:
    """The documents that references can point into, each read once.

    `read` is called with a path and returns the document; the packaged files are always read as trusted.
    """

    def __init__(self) -> None:
        self._documents: dict[Path, dict[str, Any]] = {}

    def document(self, path: Path) -> dict[str, Any]:
        """The document at `path`. Raises `SpecError` when a user's file is no good."""
        known = self._documents.get(path)
        if known is None:
            known = read_trusted(path) if path.resolve().is_relative_to(PACKAGE) else read(path)
            self._documents[path] = known
        return known

    def locate(self, reference: str, file: Path) -> tuple[Path, str]:
        """The file and the JSON pointer that `reference`, found in `file`, means.

        A file is looked for beside `file`; `shared/x.yaml` and `../shared/x.yaml` that are not there are
        taken from the package, so that a user's document can use the shared errors and queue.
        """
        name, _, pointer = reference.partition("#")
        if not name:
            return file, pointer
        beside = (file.parent / name).resolve()
        common = SHARED / Path(name).name
        if not beside.is_file() and Path(name).parent.name == "shared" and common.is_file():
            return common, pointer
        return beside, pointer

    def target(self, reference: str, file: Path) -> tuple[Any, Path]:
        """What `reference` points to, and the file that it is in.

        Raises `LookupError` when there is no such file or no such place, `SpecError` when the file is no
        good.
        """
        path, pointer = self.locate(reference, file)
        if path not in self._documents and not path.is_file():
            raise LookupError(f"{reference} points to a file that is not there")
        value: Any = self.document(path)
        for token in pointer.split("/")[1:]:
            value = _step(value, token.replace("~1", "/").replace("~0", "~"), reference)
        return value, path

    def resolved(self, value: Any, file: Path) -> Any:
        """A copy of `value` with every reference replaced by what it points to.

        Keys beside a `$ref` are laid over the target, as JSON Schema 2020-12 allows them. Raises
        `LookupError` for a dangling or circular reference, and when the copy would have more than `MAX_NODES`
        values.
        """
        return self._resolved(value, file, (), count(1))

    def _resolved(self, value: Any, file: Path, trail: Trail, nodes: Iterator[int]) -> Any:
        # References can repeat references, so that a small file would grow by powers of two.
        if next(nodes) > MAX_NODES:
            raise LookupError(f"references resolve to more than {MAX_NODES} values")
        if isinstance(value, list):
            return [self._resolved(item, file, trail, nodes) for item in value]
        if not isinstance(value, dict):
            return value
        items = ((key, item) for key, item in value.items() if key != "$ref")
        beside = {key: self._resolved(item, file, trail, nodes) for key, item in items}
        if "$ref" not in value:
            return beside
        if not isinstance(value["$ref"], str):
            raise LookupError("$ref is not text")
        place = self.locate(value["$ref"], file)
        if place in trail:
            raise LookupError(f"{value['$ref']} points back to itself")
        target, path = self.target(value["$ref"], file)
        found = self._resolved(target, path, (*trail, place), nodes)
        if isinstance(found, dict):
            return {**found, **beside}
        if beside:
            raise LookupError(f"{value['$ref']} points to no object, so nothing can stand beside it")
        return found


def _step(value: Any, token: str, reference: str) -> Any:
    if isinstance(value, Mapping) and token in value:
        return value[token]
    if isinstance(value, list) and token.isdigit() and int(token) < len(value):
        return value[int(token)]
    raise LookupError(f"{reference} points to a place that is not there")
