"""Grids: every parameter of every model is shown, by calls that the model takes and that differ in nothing else."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from segmind_mock.commands.grids import Call, Grid, grids, values_of
from segmind_spec import Catalog, Model

FIXTURES = Path(__file__).parents[3] / "fixtures/models"
MODELS = list(Catalog.load([FIXTURES]))
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)


def packaged(slug: str) -> Model:
    """A model by its slug."""
    return next(model for model in MODELS if model.slug == slug)


def grid_of(model: Model, name: str) -> Grid:
    """The first grid of a parameter."""
    return next(grid for grid in grids(model, 7) if grid.name == name)


def model_with(
    folder: Path, parameters: dict[str, Any], *, required: tuple[str, ...] = (), output: dict[str, Any] | None = None
) -> Model:
    """A model added by a file, with these parameters."""
    schema = {"type": "object", "required": list(required), "properties": parameters}
    body = {"content": {"application/json": {"schema": schema}}}
    answer = {"200": {"description": "The picture.", "content": {"image/png": {"schema": {"type": "string"}}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Own", "version": "1"},
        "x-segmind": {"slug": "own", "returns": "image", "output": output or {}},
        "paths": {"/v1/own": {"post": {"operationId": "v1.own", "requestBody": body, "responses": answer}}},
    }
    (folder / "own.json").write_text(json.dumps(document))
    model = Catalog.load([folder]).get("own")
    assert model is not None
    return model


@EACH
def test_every_parameter_is_shown(model: Model) -> None:
    """No parameter is left out, and each has at least one picture."""
    assert {grid.name for grid in grids(model, 7)} == set(model.parameters)


@EACH
def test_calls_are_valid(model: Model) -> None:
    """The model takes each call, and the call has the picture that is looked at."""
    for shot in (shot for grid in grids(model, 7) for shot in grid.shots):
        assert model.violations(shot.call.body) == []
        assert shot.call.index < len(model.output.sizes(model.effective(shot.call.body)))


@EACH
def test_nothing_else_changes(model: Model) -> None:
    """Calls of one grid are equal but for the parameter that it is about."""

    def rest(call: Call, name: str) -> object:
        body = {key: value for key, value in call.body.items() if key != name}
        return body, None if name == model.output.seed_from else call.seed

    for grid in grids(model, 7):
        assert all(rest(one.call, grid.name) == rest(two.call, grid.name) for one, two in pairwise(grid.shots))


def test_strength() -> None:
    """Ten even steps from the least to the most."""
    shots = grid_of(packaged("sd1.5-img2img"), "strength").shots
    assert [shot.label for shot in shots] == ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]


def test_seeds() -> None:
    """Seeds count on from the one that is asked for, in the body and for the picture; a model without one has none."""
    calls = [shot.call for shot in grid_of(packaged("sd1.5-img2img"), "seed").shots]
    assert [(call.seed, call.body["seed"]) for call in calls] == [(seed, seed) for seed in range(7, 13)]
    assert {shot.call.seed for shot in grid_of(packaged("sam-img2img"), "image").shots} == {None}


def test_samples_are_of_one_call() -> None:
    """The samples are the pictures of one call that asks for all of them."""
    shots = grid_of(packaged("sd1.5-img2img"), "samples").shots
    assert [(shot.call.body["samples"], shot.call.index) for shot in shots] == [(4, 0), (4, 1), (4, 2), (4, 3)]


def test_schedulers() -> None:
    """All values of a set are shown, in its order."""
    model = packaged("sd1.5-img2img")
    labels = [shot.label for shot in grid_of(model, "scheduler").shots]
    assert labels == model.parameters["scheduler"].schema["enum"]


def test_inputs_and_results() -> None:
    """Each input stands before its result, and the last is a URL's."""
    shots = grid_of(packaged("sam-img2img"), "image").shots
    assert [shot.is_input for shot in shots] == [True, False] * (len(shots) // 2)
    assert [one.call == two.call for one, two in zip(shots[::2], shots[1::2], strict=True)] == [True] * (
        len(shots) // 2
    )
    assert shots[-1].call.given is None


def test_target_sizes() -> None:
    """Banners are the pictures of one call, each the first of its size."""
    shots = grid_of(packaged("smart-banner-resizer"), "target_sizes").shots
    sizes = shots[0].call.body["target_sizes"]
    assert [shot.label for shot in shots] == sizes
    assert len(sizes) <= 10
    assert {"1080x1080", "728x90"} <= set(sizes)


def test_sizes_with_several_of_each(tmp_path: Path) -> None:
    """Where each size comes several times, the first of each is shown."""
    model = model_with(
        tmp_path,
        {
            "sizes": {"type": "array", "items": {"type": "string"}},
            "each": {"type": "integer", "maximum": 3, "default": 3},
        },
        output={"size": {"list_from": "sizes", "each_from": "each"}},
    )
    assert [shot.call.index for shot in grid_of(model, "sizes").shots][:3] == [0, 3, 6]


def test_as_many_as_are_allowed(tmp_path: Path) -> None:
    """Of a list there are no more entries than it may have, of samples no more than four."""
    sizes = {"type": "array", "items": {"type": "string"}, "maxItems": 2}
    model = model_with(
        tmp_path,
        {"sizes": sizes, "each": {"type": "integer", "maximum": 9}},
        output={"size": {"list_from": "sizes", "each_from": "each"}},
    )
    assert len(grid_of(model, "sizes").shots) == 2
    (tmp_path / "own.json").unlink()
    model = model_with(tmp_path, {"n": {"type": "integer", "maximum": 9}}, output={"count_from": "n"})
    assert [shot.label for shot in grid_of(model, "n").shots] == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]


def test_formats_of_a_converter() -> None:
    """A converter's formats are shown for a photograph, for what is see-through, and for what moves."""
    found = [grid for grid in grids(packaged("image-converter"), 7) if grid.name == "target_format"]
    assert [{shot.call.given for shot in grid.shots} for grid in found] == [{"photograph"}, {"logo"}, {"moving"}]


def test_sides_that_cannot_be_made(tmp_path: Path) -> None:
    """A size beyond what the mock draws is left out."""
    model = model_with(
        tmp_path, {"w": {"type": "integer", "minimum": 1, "maximum": 9000}}, output={"size": {"width_from": "w"}}
    )
    assert [shot.label for shot in grid_of(model, "w").shots] == ["1", "1800", "3600"]


def test_a_narrow_prompt(tmp_path: Path) -> None:
    """A prompt that takes only certain texts is shown with those."""
    model = model_with(tmp_path, {"p": {"type": "string", "enum": ["cat", "dog"]}}, output={"prompt_from": "p"})
    assert [shot.label for shot in grid_of(model, "p").shots] == ["cat", "dog"]


def test_an_inline_picture_is_not_kept(tmp_path: Path) -> None:
    """Base64 in an example, which would swell every title, gives way to a URL."""
    parameters = {"image": {"type": "string", "examples": ["iVBORw0KGgo="]}}
    model = model_with(tmp_path, parameters, required=("image",), output={"input_from": "image", "way": "segment"})
    assert {shot.call.body["image"] for shot in grid_of(model, "image").shots} == {"https://example.com/photo.png"}


def test_an_input_that_can_be_left_out(tmp_path: Path) -> None:
    """It is shown all the same, with a URL in the body."""
    model = model_with(tmp_path, {"image": {"type": "string"}}, output={"input_from": "image", "way": "segment"})
    assert {shot.call.body["image"] for shot in grid_of(model, "image").shots} == {"https://example.com/photo.png"}


def test_no_call_is_known(tmp_path: Path) -> None:
    """A model whose required parameter nobody can guess has no grids."""
    model = model_with(tmp_path, {"code": {"type": "string", "pattern": "^[0-9]{9}$"}}, required=("code",))
    assert grids(model, 7) == []


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"enum": ["a", None, 3]}, ["a", None, 3]),
        ({"const": 5}, [5]),
        ({"type": "boolean"}, [False, True]),
        ({"type": "integer", "minimum": 1, "maximum": 3}, [1, 2, 3]),
        ({"type": "integer", "minimum": 20, "maximum": 100}, [20, 36, 52, 68, 84, 100]),
        ({"type": "number", "minimum": 0.1, "maximum": 25}, [0.1, 5, 10, 15, 20, 25]),
        ({"type": "number", "minimum": 0, "maximum": 0.01}, [0, 0.002, 0.004, 0.006, 0.008, 0.01]),
        ({"type": "number", "minimum": 2, "maximum": 2}, [2]),
        ({"type": ["integer", "null"], "minimum": 0, "maximum": 5}, [0, 1, 2, 3, 4, 5]),
        ({"type": "integer", "examples": [8, 9], "default": 8}, [8, 9]),
        ({"type": "string", "default": "x"}, ["x"]),
        ({"type": "string"}, []),
        ({"anyOf": [{"type": "string"}, {"type": "boolean"}]}, [False, True]),
        ({"type": "string", "enum": [str(number) for number in range(99)]}, [str(number) for number in range(12)]),
    ],
    ids=str,
)
def test_values(schema: dict[str, Any], expected: list[Any]) -> None:
    """All of a few values, even steps of a range, else what the document itself gives."""
    assert values_of(schema) == expected
