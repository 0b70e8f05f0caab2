"""What a request's body comes to: validated, priced and steered, before it is given a place in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from segmind_mock import timeline
from segmind_mock.accounts import MICRO
from segmind_mock.errors import (
    ApiError,
    BadRequest,
    NotAcceptable,
    Unprocessable,
    UnusablePicture,
    violations_told,
)
from segmind_mock.jobs import NEVER, Outcome, State
from segmind_mock.outputs import Recipe
from segmind_mock.quirks import Quirks
from segmind_mock.render import inputs
from segmind_mock.render.picture import NOTHING, Given, Source
from segmind_mock.steering import MARK, steering
from segmind_spec import Model

if TYPE_CHECKING:
    from segmind_mock.faults import JobPlan

LONGEST_SIDE = 4096
MOST_PICTURES = 200
DEAREST = 4_000 * MICRO
"""The most one call can cost; a job's record has room for no more."""

_FAILED = "Failed while returning the output"
_BLOCKED = "The content was blocked by the safety system: content_policy_violation"
_MARK = MARK.encode()
_WORKED_OUT = b"\0"
"""What a payload begins with that is not a body as it came."""

_SHORT = 4096
"""Bytes of a body that is remembered as it came; of longer ones, what is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model as this server offers it."""

    index: int
    model: Model
    recipe: Recipe
    workers: int
    forbidden: bool
    retired: bool
    checks_sizes: bool
    input_from: str
    """The parameter that holds the input picture; empty for a model that has none."""
    least_cost: int
    plain_cost: int | None
    """What every call costs, for a model whose bodies need no closer look; None for all others."""

    @classmethod
    def of(
        cls, model: Model, *, index: int = 0, workers: int = 1, forbidden: bool = False, retired: bool = False
    ) -> Entry:
        """The entry of a model, with what can be known of it beforehand."""
        checks_sizes = needs_sizes_checked(model)
        return cls(
            index=index,
            model=model,
            recipe=Recipe(model),
            workers=workers,
            forbidden=forbidden,
            retired=retired,
            checks_sizes=checks_sizes,
            input_from=model.output.input_from or "",
            least_cost=model.price.of({}, 1),
            plain_cost=None if model.price.per_output or checks_sizes else model.price.base,
        )


class Order(NamedTuple):
    """What a request's body comes to, before it is given a place in the queue."""

    payload: bytes
    cost: int
    outcome: Outcome = Outcome.SUCCEEDS
    run_ms: int | None = None
    queue_ms: int | None = None
    refusal: ApiError | None = None
    """Why the job will fail, where it is the caller's own doing."""


class Orders:
    """Makes orders of bodies, under a server's quirks."""

    def __init__(self, quirks: Quirks) -> None:
        self._lenient = quirks["lenient"] == "on"
        self._absolute = quirks["relative_image"] == "refuse"
        self._validation = quirks["v2_validation"]
        self._sets_as_406 = quirks["bad_enum"] == "406"

    def take(
        self,
        entry: Entry,
        body: Mapping[str, object],
        *,
        blocking: bool,
        raw: bytes = b"",
        given: Given = NOTHING,
        plan: JobPlan | None = None,
    ) -> Order:
        """What a body comes to; `raw` is the JSON it came as, `given` what its input picture came to.

        `plan` decides how its job goes, where it says so. Raises `ApiError` where it is refused at once.
        """
        order = self._ordered(entry, body, blocking=blocking, raw=raw, given=given)
        return order if plan is None else _planned(order, plan)

    def _ordered(self, entry: Entry, body: Mapping[str, object], *, blocking: bool, raw: bytes, given: Given) -> Order:
        try:
            valid = self._valid(entry.model, body, blocking=blocking)
            if given.problem:
                raise UnusablePicture(f"{entry.model.output.input_from} cannot be used: {given.problem}")
            if given.source is None and entry.plain_cost is not None and _is_plain(raw):
                return Order(raw, entry.plain_cost)
            effective = entry.model.effective(valid)
            if entry.checks_sizes:
                _check_sizes(entry.model, effective)
            payload = _told(entry, effective, given.source)
            if _MARK in payload:
                return _steered(entry, effective, payload)
        except BadRequest as refusal:
            # What is in a picture a worker finds out, however early the parameters are looked at.
            if blocking or (self._validation != "run" and not isinstance(refusal, UnusablePicture)):
                raise
            refusal.quirk = refusal.quirk or f"v2_validation={self._validation}"
            # Without its traceback, which would keep everything on its way alive.
            refusal = refusal.with_traceback(None)
            return Order(_error(refusal.text), 0, Outcome.FAILS, timeline.REFUSAL_MS, refusal=refusal)
        return Order(payload, _cost(entry.model, effective))

    def told(self, model: Model, payload: bytes) -> dict[str, Any]:
        """What a payload says: `parameters` and perhaps the `source` that is held, or `error`."""
        if payload.startswith(_WORKED_OUT):
            worked_out: dict[str, Any] = orjson.loads(payload[1:])
            return worked_out
        body = orjson.loads(payload)
        return {"parameters": model.effective(self._valid(model, body, blocking=True))}

    def _valid(self, model: Model, body: Mapping[str, object], *, blocking: bool) -> Mapping[str, object]:
        """The body, its texts read as numbers where that makes it valid. Raises `ApiError` naming all faults."""
        if not model.is_valid(body):
            read = model.from_text(body) if self._lenient else body
            if read == body or not model.is_valid(read):
                raise self._refusal(model, read, blocking=blocking)
            body = read
        if self._absolute and (source := model.output.input_from) is not None:
            _refuse_relative(source, body.get(source))
        return body

    def _refusal(self, model: Model, body: Mapping[str, object], *, blocking: bool) -> ApiError:
        violations = model.violations(body)
        text = "Invalid parameters: " + "; ".join(violation.message for violation in violations)
        refusal: ApiError
        if not blocking and self._validation == "submit-422":
            refusal = Unprocessable(text)
            refusal.quirk = "v2_validation=submit-422"
        elif blocking and all(violation.keyword == "enum" for violation in violations):
            refusal = NotAcceptable(text) if self._sets_as_406 else BadRequest(text)
            refusal.quirk = f"bad_enum={refusal.status}"
        else:
            refusal = BadRequest(text)
        refusal.violations = violations_told(violations)
        return refusal


def _is_plain(raw: bytes) -> bool:
    """Whether a body can be remembered as it came, its parameters worked out when somebody asks for the result."""
    return 0 < len(raw) <= _SHORT and _MARK not in raw and b"\\" not in raw


def needs_sizes_checked(model: Model) -> bool:
    """Whether the schema of a model lets through a size or a number of pictures that cannot be made."""
    output = model.output
    sides = [name for name in (output.width_from, output.height_from, output.side_from) if name]
    counts = [output.count_from] if output.count_from else []
    within = [_within(model, name, LONGEST_SIDE) for name in sides] + [
        _within(model, name, MOST_PICTURES) for name in counts
    ]
    return output.list_from is not None or output.default_side > LONGEST_SIDE or not all(within)


def _within(model: Model, name: str, most: int) -> bool:
    schema = model.parameters[name].schema
    if "enum" in schema:
        return all(isinstance(value, int) and 1 <= value <= most for value in schema["enum"])
    return bool(schema.get("minimum", 0) >= 1 and schema.get("maximum", most + 1) <= most)


def _check_sizes(model: Model, effective: Mapping[str, object]) -> None:
    try:
        sizes = model.output.sizes(effective)
    except ValueError as error:
        raise BadRequest(f"{model.output.list_from}: {error}") from None
    if not 1 <= len(sizes) <= MOST_PICTURES:
        raise BadRequest(f"This call asks for {len(sizes)} pictures; this mock makes 1 to {MOST_PICTURES} in a call.")
    for size in sizes:
        if size is not None and not all(1 <= side <= LONGEST_SIDE for side in size):
            raise BadRequest(
                f"A picture of {size[0]}x{size[1]} is asked for; this mock draws sides of 1 to {LONGEST_SIDE}."
            )


def _cost(model: Model, effective: Mapping[str, object]) -> int:
    outputs = len(model.output.sizes(effective)) if model.price.per_output else 1
    cost = model.price.of(effective, outputs)
    if cost > DEAREST:
        raise BadRequest(f"This call would cost {cost / MICRO} credits; this mock's bound is {DEAREST / MICRO}.")
    return cost


def _steered(entry: Entry, effective: Mapping[str, object], payload: bytes) -> Order:
    """What the magic words in a valid body make of it. Raises `BadRequest` for one that is not understood."""
    words = steering(effective)
    if words.problem is not None:
        raise BadRequest(words.problem)
    if words.stuck:
        return Order(payload, 0, Outcome.NEVER_ENDS)
    if words.blocked:
        return Order(_error(_BLOCKED), 0, Outcome.BLOCKED, words.run_ms)
    if words.fails:
        return Order(_error(_FAILED), 0, Outcome.FAILS, words.run_ms)
    return Order(payload, _cost(entry.model, effective), Outcome.SUCCEEDS, words.run_ms)


def _planned(order: Order, plan: JobPlan) -> Order:
    """An order as a plan wants it; what the plan leaves open stays."""
    run_ms = order.run_ms if plan.run_ms is None else plan.run_ms
    queue_ms = order.queue_ms if plan.queue_ms is None else plan.queue_ms
    if plan.stuck:
        waits = NEVER if plan.stuck == State.QUEUED else queue_ms
        return order._replace(cost=0, outcome=Outcome.NEVER_ENDS, queue_ms=waits)
    if plan.blocked is not None:
        return Order(_error(plan.blocked or _BLOCKED), 0, Outcome.BLOCKED, run_ms, queue_ms)
    if plan.fails is not None:
        return Order(_error(plan.fails or _FAILED), 0, Outcome.FAILS, run_ms, queue_ms)
    return order._replace(run_ms=run_ms, queue_ms=queue_ms)


def _refuse_relative(name: str, source: object) -> None:
    if isinstance(source, str) and source.startswith("/"):
        refusal = BadRequest(f"{name} is {source[:60]!r}; allowed: an absolute URL or image data")
        refusal.quirk = "relative_image=refuse"
        raise refusal


def _error(text: str) -> bytes:
    return _WORKED_OUT + orjson.dumps({"error": text})


def _told(entry: Entry, effective: Mapping[str, object], source: Source | None) -> bytes:
    """What a job remembers of its parameters: all of them, but a short text instead of image data."""
    name = entry.model.output.input_from
    image = effective.get(name) if name else None
    if not isinstance(image, str) or name is None:
        return _WORKED_OUT + orjson.dumps({"parameters": effective})
    if source is None or not source.held:
        return _WORKED_OUT + orjson.dumps({"parameters": {**effective, name: inputs.stand_in(image)}})
    held = source.held.hex()
    told = {"parameters": {**effective, name: f"sha256:{held}"}, "source": [held, source.width, source.height]}
    return _WORKED_OUT + orjson.dumps(told)


TIMED_OUT = _error("Request timed out")
"""The payload of a job that v1 would not wait for."""
