"""Reading files with care, and following references."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_spec import SpecError, loader


def refusal(path: Path, content: str | bytes) -> list[str]:
    """The messages with which a file of that content is refused."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SpecError) as caught:
        loader.read(path)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [f"{problem.pointer} {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", " is not YAML: "),
        ("a: 'x", " is not YAML: "),
        ("- a", " is not an object"),
        ("", " is not an object"),
        ("a: !!python/object:os.system x", " is not YAML: "),
        ("a: 1\nb: {c: 1, c: 2}", "/b/c the key c is there twice, again in line 2"),
        ("a: [{b: 1, b: 2}]", "/a/0/b the key b is there twice, again in line 1"),
        ("a: &x 1\nb: *x", " uses the alias *x in line 2; aliases are not taken"),
        ("200: a", "/200 the key 200 is not text; put it in quotes"),
        ("a: 2020-01-01", "/a datetime.date(2020, 1, 1) is not a JSON value; put it in quotes"),
        ("a: .nan", "/a nan is not a JSON value; put it in quotes"),
        ("a: 2020-99-99", " is not YAML: "),
        (b"a: \xff", " is not UTF-8 text"),
        ("a: \x00", " is not YAML: "),
        ("[" * 100_000, " is nested more than 64 deep in line 1"),
        ("a: 1\n---\nb: 2", " is not YAML: "),
        ("x" * (loader.MAX_BYTES + 1), f" is larger than {loader.MAX_BYTES} bytes"),
    ],
    ids=range(17),
)
def test_yaml_that_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    """What is no plain tree of JSON values is refused with the place and the reason."""
    (told,) = refusal(tmp_path / "a.yaml", content)
    assert told.startswith(message)


def test_an_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    """A document that would grow by the billion is refused at its first alias."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    (told,) = refusal(tmp_path / "a.yaml", "\n".join(lines))
    assert "alias *a0" in told


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", " is not JSON: "),
        ('{"a": 1, "a": 2}', " the key a is there twice in one object"),
        ("[" * 200_000, " is nested more than 64 deep"),
        ('{"a": NaN}', "/a nan is not a JSON value"),
        ('{"a": ' + "[" * 70 + "]" * 70 + "}", "/a" + "/0" * 64 + " is nested more than 64 deep"),
    ],
    ids=range(5),
)
def test_json_that_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """JSON files are held to the same."""
    (told,) = refusal(tmp_path / "a.json", content)
    assert told.startswith(message)


def test_every_repeated_key_is_told(tmp_path: Path) -> None:
    """All places are told at once."""
    assert len(refusal(tmp_path / "a.yaml", "a: {b: 1, b: 2}\nc: {d: 1, d: 2}\na: 3")) == 3


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file and a missing folder are problems, not crashes."""
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        loader.read(tmp_path / "a.yaml")
    with pytest.raises(SpecError, match="there is no such folder"):
        loader.documents_in(tmp_path / "a")


def test_the_documents_of_a_folder(tmp_path: Path) -> None:
    """YAML and JSON files directly inside are documents, in order of name."""
    for name in ("c.json", "a.yaml", "b.yml", "d.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "e.yaml").mkdir()
    assert [path.name for path in loader.documents_in(tmp_path)] == ["a.yaml", "b.yml", "c.json"]


@settings(max_examples=100, deadline=None)
@given(content=st.text("ab:{}[],-&*!|>'\"#%\n \t0.~<?", max_size=40) | st.text(max_size=20))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    """No text of a file makes the reader fail otherwise than by refusing."""
    folder = tmp_path_factory.mktemp("any")
    for name in ("a.yaml", "a.json"):
        path = folder / name
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        with contextlib.suppress(SpecError):
            json.dumps(loader.read(path), allow_nan=False)


def write(folder: Path, **documents: Any) -> Path:
    """Files with the given content as JSON; the path of the first."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{name}.json" for name in documents]
    for path, document in zip(paths, documents.values(), strict=True):
        path.write_text(json.dumps(document))
    return paths[0]


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("#/a/b~1c/1", 2),
        ("b.json#/x", {"y": 1}),
        ("b.json", {"x": {"y": 1}, "z": {"y": 1}}),
        ("b.json#/z", {"y": 1}),
        ("../shared/errors.yaml#/components/schemas/Error/type", "object"),
        ("shared/errors.yaml#/components/schemas/Error/type", "object"),
    ],
    ids=range(6),
)
def test_references_are_followed(tmp_path: Path, reference: str, value: Any) -> None:
    """References lead to places in the file, beside it, and in the shared parts of the package."""
    other = {"x": {"y": 1}, "z": {"$ref": "#/x"}}
    path = write(tmp_path, a={"a": {"b/c": [1, 2]}, "r": {"$ref": reference}}, b=other)
    library = loader.Library()
    target = (
        library.resolved({"$ref": reference}, path) if isinstance(value, dict) else library.target(reference, path)[0]
    )
    assert target == value


def test_a_shared_file_of_ones_own_comes_first(tmp_path: Path) -> None:
    """A user's own `shared/errors.yaml` is preferred to the packaged one."""
    write(tmp_path / "shared", errors={"mine": 1})
    (tmp_path / "shared" / "errors.json").rename(tmp_path / "shared" / "errors.yaml")
    assert loader.Library().target("shared/errors.yaml#/mine", tmp_path / "a.yaml")[0] == 1


@pytest.mark.parametrize("reference", ["#/no", "no.json#/a", "#/a/9", "#/a/x", "#/loop"])
def test_references_that_lead_nowhere(tmp_path: Path, reference: str) -> None:
    """A dangling or circular reference is a LookupError."""
    path = write(tmp_path, a={"a": [1], "loop": {"x": {"$ref": "#/loop"}}})
    with pytest.raises(LookupError, match="points"):
        loader.Library().resolved({"$ref": reference}, path)


def test_a_reference_to_no_object(tmp_path: Path) -> None:
    """A reference may lead to any value, but only beside nothing else."""
    path = write(tmp_path, a={"t": None})
    assert loader.Library().resolved({"$ref": "#/t"}, path) is None
    with pytest.raises(LookupError, match="nothing can stand beside it"):
        loader.Library().resolved({"$ref": "#/t", "a": 1}, path)


def test_keys_beside_a_reference_win(tmp_path: Path) -> None:
    """What stands beside a reference is laid over its target."""
    path = write(tmp_path, a={"t": {"type": "integer", "default": 1}})
    value = loader.Library().resolved({"$ref": "#/t", "default": 2}, path)
    assert value == {"type": "integer", "default": 2}


def test_references_that_grow_by_powers(tmp_path: Path) -> None:
    """References that repeat references are stopped before they fill the memory."""
    levels = {f"a{n}": {"x": {"$ref": f"#/a{n + 1}"}, "y": {"$ref": f"#/a{n + 1}"}} for n in range(40)}
    path = write(tmp_path, a={**levels, "a40": {}})
    with pytest.raises(LookupError, match="more than"):
        loader.Library().resolved({"$ref": "#/a0"}, path)
