"""Which calls show what a model's parameters do: read off its schema and its `x-segmind.output` block.

Every parameter has a grid: calls that differ in nothing but its value. Each is checked against the schema of the model,
and left out where the model would refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil, log10
from typing import Any

from segmind_mock.orders import LONGEST_SIDE, MOST_PICTURES
from segmind_mock.render.inputs import holds_picture
from segmind_mock.render.picture import Way
from segmind_spec import Model, Parameter
from segmind_spec.output import DIALS
from segmind_spec.texts import scalar_types

PROMPTS = (
    "a lighthouse at dusk",
    "neon city at night",
    "a lake in snowy mountains",
    "a tropical island",
    "pine forest in the mist",
    "a spaceship near Saturn",
    "camels in the desert",
    "a flower garden in spring",
    "abstract rainbow poster",
    "geometric pattern in retro colours",
)
_PROMPT = PROMPTS[3]
"""Of all grids but that of the prompt."""
_NEGATIVES = ("blurry", "people, text", "low quality")
_SIZES = ("1080x1080", "1080x1920", "1200x628", "1920x1080", "728x90", "300x600", "320x480", "2000x250")
_LARGE = "4096x2304"
"""A size that shows what a tier of detail does."""
_URL = "https://example.com/photo.png"

_MOST_VALUES = 12
_STEPS, _SEEDS, _SAMPLES = 6, 6, 4
_STRENGTHS = 10

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call and the one of its pictures that is looked at; `given` names the input picture, None a URL's."""

    body: Body
    seed: int | None
    given: str | None
    index: int = 0

    def but(self, name: str, value: Any) -> Call:
        """The same with another value for a parameter."""
        return replace(self, body={**self.body, name: value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of a grid: the call, and what is shown of it."""

    label: str
    call: Call
    is_input: bool = False
    is_detail: bool = False
    tells_size: bool = False
    tells_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What one parameter does; `to_scale` where the pictures differ in size."""

    name: str
    about: str
    shots: tuple[Shot, ...]
    to_scale: bool = False


GIVEN: Mapping[Way, tuple[str, ...]] = {
    Way.LETTER: ("word", "logo"),
    Way.CONVERT: ("photograph", "logo", "moving", "portrait"),
    Way.SEGMENT: ("photograph", "portrait", "logo", "word"),
}
"""The input pictures that show best what a way does, the first for all grids but that of the input."""
_GIVEN = ("photograph", "portrait")
_ABOUT_GIVEN = {
    "photograph": "A photograph.",
    "logo": "See-through in parts.",
    "moving": "6 frames.",
}


def grids(model: Model, seed: int) -> list[Grid]:
    """A grid for each parameter of a model; none where no valid call is known."""
    return _Grids(model, seed).all()


@dataclass(slots=True)
class _Grids:
    model: Model
    seed: int
    base: Call = field(init=False)
    way: Way = field(init=False)

    def __post_init__(self) -> None:
        output = self.model.output
        self.way = Way(output.way)
        given = GIVEN.get(self.way, _GIVEN)[0] if output.input_from else None
        self.base = Call(body=_least_body(self.model), seed=self.seed if output.seed_from else None, given=given)

    def all(self) -> list[Grid]:
        """Every grid that has pictures, in the order in which a reader asks for them."""
        found: list[Grid] = []
        for name, make in self._makers().items():
            parameter = self.model.parameters[name]
            made = [self._possible(grid) for grid in make(parameter)]
            # Not even a prompt takes every text; then the values of its schema have to do.
            found += made if any(grid.shots for grid in made) else map(self._possible, self._values(parameter))
        return [grid for grid in found if grid.shots]

    def _makers(self) -> dict[str, Callable[[Parameter], Iterable[Grid]]]:
        """What makes the grids of each parameter, by its part in a picture; each parameter once."""
        output = self.model.output
        first = {output.input_from: self._inputs, output.prompt_from: self._prompts, output.seed_from: self._seeds}
        counts = {output.count_from: self._counts, output.each_from: self._counts}
        dials = {output.dials.get(dial): self._dial(dial) for dial in DIALS}
        sizes = {output.list_from: self._lists} | dict.fromkeys(
            (output.side_from, output.width_from, output.height_from), self._sides
        )
        known = first | counts | dials | sizes | {output.format_from: self._formats}
        rest = dict.fromkeys(self.model.parameters, self._values)
        ordered = {name: make for name, make in known.items() if name is not None and name in rest}
        return ordered | {name: make for name, make in rest.items() if name not in ordered}

    def _dial(self, dial: str) -> Callable[[Parameter], Iterable[Grid]]:
        special: dict[str, Callable[[Parameter], Iterable[Grid]]] = {
            "strength": self._strengths,
            "negative": self._negatives,
            "tier": self._tiers,
        }
        return special.get(dial, self._values)

    def _possible(self, grid: Grid) -> Grid:
        return replace(grid, shots=tuple(shot for shot in grid.shots if self._is_possible(shot.call)))

    def _is_possible(self, call: Call) -> bool:
        """Whether the model takes the call, and the mock can make its pictures."""
        if not self.model.is_valid(call.body):
            return False
        try:
            sizes = self.model.output.sizes(self.model.effective(call.body))
        except ValueError:
            return False
        sides = [side for size in sizes if size for side in size]
        return call.index < len(sizes) <= MOST_PICTURES and all(1 <= side <= LONGEST_SIDE for side in sides)

    def _grid(self, parameter: Parameter, shots: Iterable[Shot], *, more: str = "", to_scale: bool = False) -> Grid:
        about = " ".join(filter(None, (parameter.description, more)))
        return Grid(name=parameter.name, about=about, shots=tuple(shots), to_scale=to_scale)

    def _inputs(self, parameter: Parameter) -> Iterable[Grid]:
        """Input and result side by side; for a repainted one half way, where both can be seen."""
        call = self.base if parameter.name in self.base.body else self.base.but(parameter.name, _URL)
        strength = self.model.output.dials.get("strength")
        if self.way is Way.REPAINT and strength is not None:
            half = _even(self.model.parameters[strength].schema, 3)[1:2]
            call = call.but(strength, half[0]) if half else call
        shots = []
        for given in (*GIVEN.get(self.way, _GIVEN), None):
            one = replace(call, given=given)
            shots += [
                Shot(label=given or "a URL, not fetched", call=one, is_input=True),
                Shot(label="its result", call=one),
            ]
        yield self._grid(parameter, shots)

    def _prompts(self, parameter: Parameter) -> Iterable[Grid]:
        prompts = PROMPTS if self.way is not Way.RECOMPOSE else PROMPTS[:3]
        yield self._grid(parameter, [Shot(label=text, call=self.base.but(parameter.name, text)) for text in prompts])

    def _seeds(self, parameter: Parameter) -> Iterable[Grid]:
        seeds = range(self.seed, self.seed + _SEEDS)
        shots = [Shot(label=str(seed), call=replace(self.base.but(parameter.name, seed), seed=seed)) for seed in seeds]
        yield self._grid(parameter, shots)

    def _counts(self, parameter: Parameter) -> Iterable[Grid]:
        """All pictures of one call that asks for several."""
        for count in range(_SAMPLES, 0, -1):
            call = self.base.but(parameter.name, count)
            if self.model.is_valid(call.body):
                shots = [Shot(label=f"{n + 1} of {count}", call=replace(call, index=n)) for n in range(count)]
                yield self._grid(parameter, shots)
                return

    def _strengths(self, parameter: Parameter) -> Iterable[Grid]:
        values = _even(parameter.schema, _STRENGTHS) or values_of(parameter.schema)
        yield self._grid(parameter, self._each(parameter, values))

    def _negatives(self, parameter: Parameter) -> Iterable[Grid]:
        yield self._grid(parameter, [Shot(label="none", call=self.base), *self._each(parameter, _NEGATIVES)])

    def _tiers(self, parameter: Parameter) -> Iterable[Grid]:
        """A detail of a large picture: only there a tier can be seen."""
        call, listed = self.base, self.model.output.list_from
        if listed is not None and self._is_possible(call.but(listed, [_LARGE])):
            call = call.but(listed, [_LARGE])
        shots = [
            Shot(label=_told(value), call=call.but(parameter.name, value), is_detail=True)
            for value in values_of(parameter.schema)
        ]
        size = f" of {_LARGE}" if call is not self.base else ""
        yield self._grid(parameter, shots, more=f"A detail{size}.")

    def _lists(self, parameter: Parameter) -> Iterable[Grid]:
        """Every size of one call."""
        printed = [str(size) for size in self.base.body.get(parameter.name, ())]
        known = dict.fromkeys((*printed, *_SIZES))
        sizes = [size for size in known if self._is_possible(self.base.but(parameter.name, [size]))]
        sizes = sizes[: parameter.schema.get("maxItems", len(sizes))]
        if not sizes:
            return
        call = self.base.but(parameter.name, sizes)
        each = len(self.model.output.sizes(self.model.effective(call.body))) // len(sizes)
        shots = [Shot(label=size, call=replace(call, index=n * each)) for n, size in enumerate(sizes)]
        yield self._grid(parameter, shots)

    def _sides(self, parameter: Parameter) -> Iterable[Grid]:
        shots = [replace(shot, tells_size=True) for shot in self._each(parameter, values_of(parameter.schema))]
        yield self._grid(parameter, shots, to_scale=True)

    def _formats(self, parameter: Parameter) -> Iterable[Grid]:
        """The files themselves, read again; of a converter, for each kind of input."""
        shots = [replace(shot, tells_file=True) for shot in self._each(parameter, values_of(parameter.schema))]
        if self.way is not Way.CONVERT:
            yield self._grid(parameter, shots)
            return
        for given in _ABOUT_GIVEN:
            ones = [replace(shot, call=replace(shot.call, given=given)) for shot in shots]
            yield self._grid(parameter, ones, more=_ABOUT_GIVEN[given])

    def _values(self, parameter: Parameter) -> Iterable[Grid]:
        yield self._grid(parameter, self._each(parameter, values_of(parameter.schema)))

    def _each(self, parameter: Parameter, values: Iterable[Any]) -> list[Shot]:
        return [Shot(label=_told(value), call=self.base.but(parameter.name, value)) for value in values]


def _least_body(model: Model) -> dict[str, Any]:
    """The call that the document prints, without what can be left out; what it does not say is made up.

    An input picture that is written out in it is replaced by a URL.
    """
    printed = next(iter(model.examples.values()), {})
    body = {}
    for parameter in model.parameters.values():
        if not parameter.required:
            continue
        values = [printed[parameter.name]] if parameter.name in printed else values_of(parameter.schema)
        body[parameter.name] = values[0] if values else "text"
    source, prompt = model.output.input_from, model.output.prompt_from
    if source in body and (not isinstance(body[source], str) or holds_picture(body[source])):
        body[source] = _URL
    if prompt in body:
        asked = {**body, prompt: _PROMPT}
        body = asked if model.is_valid(asked) else body
    return body


def values_of(schema: Mapping[str, Any]) -> list[Any]:
    """Values of a parameter that show what it does: all of a few, even steps of a range, or those of the document."""
    if "enum" in schema:
        return list(schema["enum"])[:_MOST_VALUES]
    if "const" in schema:
        return [schema["const"]]
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if found := values_of(branch):
            return found
    if "boolean" in scalar_types(schema):
        return [False, True]
    if steps := _even(schema, _STEPS):
        return steps
    told = [*schema.get("examples", ()), *([schema["default"]] if "default" in schema else [])]
    return [value for number, value in enumerate(told) if value not in told[:number]][:_MOST_VALUES]


def _even(schema: Mapping[str, Any], count: int) -> list[float | int]:
    """Evenly spaced numbers from the least to the most that a range allows; none where it is no range."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or high is None or not {"integer", "number"} & scalar_types(schema):
        return []
    if "integer" in scalar_types(schema):
        return list(dict.fromkeys(low + (high - low) * step // (count - 1) for step in range(count)))
    width = (high - low) / (count - 1)
    # As many digits as tell neighbours apart, and none where the steps are whole ones.
    digits = ceil(-log10(width) - 1e-9) if width > 0 else 0
    between = [round(low + width * step, digits) for step in range(1, count - 1)]
    return list(dict.fromkeys([low, *between, high]))


def _told(value: Any) -> str:
    """A value as a label."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(_told, value))
    return "null" if value is None else str(value) or "empty"
