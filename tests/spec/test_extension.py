"""Rules for the x-segmind block."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_spec.extension import block_findings, name_findings

SOUND = {"slug": "postcard", "returns": "image"}
PARAMETERS = {
    "n": {"type": "integer", "minimum": 1, "maximum": 4},
    "many": {"type": "integer"},
    "sizes": {"type": "array", "items": {"type": "string"}},
    "prompt": {"type": "string"},
}


def test_a_sound_block() -> None:
    """A slug and what is returned are enough."""
    assert list(block_findings({"x-segmind": SOUND})) == []


def test_a_missing_block() -> None:
    """A document without the block is told what it should say."""
    ((path, sentence),) = block_findings({})
    assert path == ()
    assert "slug" in sentence


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"slug": "a/b"}, ("x-segmind", "slug")),
        ({"slug": "requests"}, ("x-segmind", "slug")),
        ({"slug": "get-user-credits"}, ("x-segmind", "slug")),
        ({"returns": "video"}, ("x-segmind", "returns")),
        ({"workers": 0}, ("x-segmind", "workers")),
        ({"colour": "red"}, ("x-segmind", "colour")),
        ({"price": {"per_cal": 1}}, ("x-segmind", "price", "per_cal")),
        ({"output": {"size": {"default": 0}}}, ("x-segmind", "output", "size", "default")),
        ({"output": {"way": "paint"}}, ("x-segmind", "output", "way")),
        ({"output": {"dials": {"speed": "n"}}}, ("x-segmind", "output", "dials", "speed")),
    ],
)
def test_an_unsound_block(change: dict[str, Any], path: tuple[str, ...]) -> None:
    """The finding names the place."""
    assert [found for found, _ in block_findings({"x-segmind": SOUND | change})] == [path]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ({"seed_from": "sed"}, "sed is not a parameter of this model"),
        ({"count_from": "prompt"}, "prompt is not a parameter of whole numbers"),
        ({"count_from": "many"}, "many counts outputs, so its schema needs a maximum or an enum"),
        ({"size": {"list_from": "n"}}, "n is not a parameter that is a list"),
        ({"dials": {"steps": "step"}}, "step is not a parameter of this model"),
        ({"way": "repaint"}, "repaint needs an input picture, so input_from must name it"),
    ],
)
def test_a_name_that_will_not_do(output: dict[str, Any], sentence: str) -> None:
    """The finding says why the parameter cannot serve."""
    assert [told for _, told in name_findings({"output": output}, PARAMETERS)] == [sentence]


def test_names_that_will_do() -> None:
    """A count that is bounded, a list, a way with its input and a dial are taken."""
    output = {
        "way": "repaint",
        "input_from": "prompt",
        "dials": {"steps": "n"},
        "count_from": "n",
        "prompt_from": "prompt",
        "size": {"list_from": "sizes", "each_from": "n"},
    }
    assert list(name_findings({"output": output}, PARAMETERS)) == []
