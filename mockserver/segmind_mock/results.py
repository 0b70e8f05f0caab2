"""What an ended job tells, worked out from its payload and remembered for those who ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from segmind_mock.config import Config
from segmind_mock.orders import Entry, Orders
from segmind_mock.outputs import Told, digest_of, provenance
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.render.inputs import stand_in, stood_in
from segmind_mock.render.picture import Picture, Source
from segmind_spec import Model

REMEMBERED = 256
"""Results, and payloads, that are not worked out anew."""
LONGEST_REMEMBERED = 8192
"""Bytes of a payload that is remembered; how long one can be is not for this memory to bear."""

_DRAWN = 9_999_999_999

_Key = TypeVar("_Key", tuple[int, bytes], tuple[int, bytes, int | None])
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a job that has ended tells: its parameters and pictures, or its error."""

    parameters: Mapping[str, object]
    prompt: str | None
    """None where the model has none."""
    seed: int | None
    pictures: list[Picture]
    error: str | None
    digest: str = ""
    """Of the parameters, in hexadecimal digits."""

    def told(self, model: Model, index: int, request_id: str | None) -> Told:
        """What picture `index` tells of the call that made it."""
        count = len(self.pictures)
        return provenance(model, digest=self.digest, seed=self.seed, index=index, count=count, request_id=request_id)


class _Call(NamedTuple):
    """What a payload says: parameters and the input picture, or an error."""

    parameters: Mapping[str, object]
    source: Source | None
    error: str | None


class Results:
    """Works out what ended jobs tell, under a server's settings and one choice of quirks."""

    def __init__(self, config: Config, quirks: Quirks, orders: Orders, randomness: Randomness) -> None:
        self._orders = orders
        self._randomness = randomness
        self._preference = quirks["picture_format"]
        self._fixed = quirks["omitted_seed"] == "fixed"
        self._captions = config.caption == "on"
        self._calls: dict[tuple[int, bytes], _Call] = {}
        self._finished: dict[tuple[int, bytes, int | None], Finished] = {}

    def of(self, entry: Entry, payload: bytes, handle: int) -> Finished:
        """What the job of that handle tells, whose payload this is."""
        key = (entry.index, payload)
        call = self._calls.get(key)
        if call is None:
            call = _said(entry.model, self._orders.told(entry.model, payload))
            _remember(self._calls, key, call)
        seed = self._seed_of(entry.model, call.parameters, handle)
        found = self._finished.get((*key, seed))
        if found is None:
            found = self._made(entry, call, seed)
            _remember(self._finished, (*key, seed), found)
        return found

    def _made(self, entry: Entry, call: _Call, seed: int | None) -> Finished:
        if call.error is not None:
            return Finished(parameters={}, prompt=None, seed=None, pictures=[], error=call.error)
        model, parameters = entry.model, call.parameters
        made = entry.recipe.pictures(
            parameters, seed=seed, source=call.source, preference=self._preference, caption=self._captions
        )
        prompt = str(parameters.get(model.output.prompt_from) or "") if model.output.prompt_from else None
        digest = digest_of(model, parameters, seed)
        return Finished(parameters=parameters, prompt=prompt, seed=seed, pictures=made, error=None, digest=digest)

    def _seed_of(self, model: Model, parameters: Mapping[str, object], handle: int) -> int | None:
        """The seed a job used: its own, or one drawn for it when that is absent or -1 (wire-facts k)."""
        if not model.output.seed_from:
            return None
        asked = parameters.get(model.output.seed_from)
        if isinstance(asked, int) and asked != -1:
            return asked
        if asked is None and self._fixed:
            return 1
        return 1 + self._randomness.number("seed", of=handle, below=_DRAWN)


def _remember(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Forgets all when it is full: what is asked for again and again is soon there again."""
    if len(key[1]) > LONGEST_REMEMBERED:
        return
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value


def _said(model: Model, told: Mapping[str, Any]) -> _Call:
    """A payload's parameters, with a short text in place of a long one for the picture, and that picture."""
    if "error" in told:
        return _Call({}, None, told["error"])
    parameters: dict[str, object] = told["parameters"]
    name = model.output.input_from
    text = parameters.get(name) if name else None
    if name is None or not isinstance(text, str):
        return _Call(parameters, None, None)
    if "source" in told:
        held, width, height = told["source"]
        return _Call(parameters, Source(bytes.fromhex(held), "", width, height), None)
    return _Call({**parameters, name: stand_in(text)}, stood_in(text), None)
