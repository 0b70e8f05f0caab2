"""JSON paths: found, put, changed and left out at the same places, on any document."""

from __future__ import annotations

import copy
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.jsonpaths import EVERY, MOST_STEPS, JsonPath, Step, parse
from tests.exchanged import JSON_VALUES

NAMES: st.SearchStrategy[Step] = st.sampled_from("abc") | st.text()
STEPS: st.SearchStrategy[Step] = NAMES | st.integers(-3, 3) | st.just(EVERY)
PATHS = st.lists(STEPS, max_size=4).map(lambda steps: JsonPath(tuple(steps)))
DOCUMENT: dict[str, object] = {"a": {"b": [1, {"c": 2}, 3]}, "odd name": 4, "it's": 5, "n": None, "1": 6}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$", [DOCUMENT]),
        ("$.a.b[0]", [1]),
        ("$.a.b[-1]", [3]),
        ("$.a.b[1].c", [2]),
        ("$.a.b[*]", [1, {"c": 2}, 3]),
        ("$.a.b.*", [1, {"c": 2}, 3]),
        ("$.a.*", [[1, {"c": 2}, 3]]),
        ("$['odd name']", [4]),
        ('$["odd name"]', [4]),
        ("$['it\\'s']", [5]),
        ('$["it\'s"]', [5]),
        ("n", [None]),
        ("a.b[0]", [1]),
        ("$.1", [6]),
        ("$.a.b[3]", []),
        ("$.a.b[-4]", []),
        ("$.a.b.c", []),
        ("$.a[0]", []),
        ("$.nothing", []),
    ],
)
def test_found(text: str, expected: list[object]) -> None:
    """Each kind of step leads where it says, and what leads nowhere finds nothing."""
    assert parse(text).find(DOCUMENT) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "the end is not understood at character 1"),
        ("$.", "'.' is not understood at character 2"),
        ("$a", "'a' is not understood at character 2"),
        ("$.a b", "' b' is not understood at character 4"),
        ("a b", "' b' is not understood at character 2"),
        ("$.a[", "'[' is not understood at character 4"),
        ("$[x]", "'[x]' is not understood at character 2"),
        ("$[1:2]", "'[1:2]' is not understood at character 2"),
        ("$..a", "'..a' is not understood at character 2"),
        ("$['a]", "understood at character 2"),
        ("$[?(@.a)]", "understood at character 2"),
        (" $", "understood at character 1"),
        ("$" + ".a" * (MOST_STEPS + 1), f"{MOST_STEPS} steps at most"),
    ],
)
def test_refused(text: str, place: str) -> None:
    """What is no path is refused with the character where it ends to be one, and with what is allowed."""
    with pytest.raises(ValueError, match="path") as caught:
        parse(text)
    assert place in str(caught.value)


@given(st.text() | st.text("$.[]*'a0-"))
def test_any_text(text: str) -> None:
    """Any text is a path, which its own text leads back to, or a ValueError."""
    path = None
    with suppress(ValueError):
        path = parse(text)
    assert path is None or parse(str(path)) == path


@given(PATHS)
def test_written_and_read(path: JsonPath) -> None:
    """A path's own text is read as that path."""
    assert parse(str(path)) == path


@given(PATHS, JSON_VALUES, JSON_VALUES)
def test_nothing_is_changed_in_place(path: JsonPath, document: object, value: object) -> None:
    """No way of changing a document changes the one that was given."""
    before = copy.deepcopy(document)
    path.put(document, value)
    path.drop(document)
    path.change(document, lambda found: value)
    assert repr(document) == repr(before)


@given(st.lists(NAMES, max_size=4), JSON_VALUES, JSON_VALUES)
def test_put_is_found(names: list[Step], document: object, value: object) -> None:
    """What is put along names is found there, whatever was in the way."""
    path = JsonPath(tuple(names))
    assert path.find(path.put(document, value)) == [value]


@given(PATHS, JSON_VALUES)
def test_put_where_something_is(path: JsonPath, document: object) -> None:
    """Where the path leads to values, all of them are replaced and no other is added."""
    found = len(path.find(document))
    assert not found or path.find(path.put(document, "new")) == ["new"] * found


@given(PATHS, JSON_VALUES)
def test_changed(path: JsonPath, document: object) -> None:
    """A change is made to each value found, and a change into itself is none."""
    assert path.find(path.change(document, lambda found: [found])) == [[found] for found in path.find(document)]
    assert repr(path.change(document, lambda found: found)) == repr(document)


@given(st.lists(STEPS, min_size=1, max_size=4), JSON_VALUES)
def test_dropped(steps: list[Step], document: object) -> None:
    """What is dropped by its name is gone; by an index or a star, the list is as much shorter."""
    path = JsonPath(tuple(steps))
    left = path.find(path.drop(document))
    if isinstance(steps[-1], int):
        assert len(left) <= len(path.find(document))
    else:
        assert left == []
    if not path.find(document):
        assert repr(path.drop(document)) == repr(document)


@pytest.mark.parametrize(
    ("text", "document", "expected"),
    [
        ("$", {"a": 1}, 9),
        ("$.a.b", {}, {"a": {"b": 9}}),
        ("$.a.b", {"a": 7}, {"a": {"b": 9}}),
        ("$.a", [1], {"a": 9}),
        ("$[1]", [1, 2], [1, 9]),
        ("$[2]", [1, 2], [1, 2]),
        ("$.a[0]", {}, {}),
        ("$.l[*].x", {"l": [{}, 1]}, {"l": [{"x": 9}, {"x": 9}]}),
    ],
)
def test_put(text: str, document: object, expected: object) -> None:
    """Objects are made along names; lists are not made, nor made longer."""
    assert parse(text).put(document, 9) == expected


@pytest.mark.parametrize(
    ("text", "document", "expected"),
    [
        ("$", {"a": 1}, None),
        ("$.a", {"a": 1, "b": 2}, {"b": 2}),
        ("$[-1]", [1, 2], [1]),
        ("$.*", {"a": 1}, {}),
        ("$.l[*].x", {"l": [{"x": 1}, {"y": 1}]}, {"l": [{}, {"y": 1}]}),
    ],
)
def test_drop(text: str, document: object, expected: object) -> None:
    """What is dropped leaves the rest as it was."""
    assert parse(text).drop(document) == expected
