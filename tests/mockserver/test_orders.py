"""Orders: what a body comes to, before it is queued: its price, its end, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from segmind_mock.accounts import MICRO
from segmind_mock.errors import ApiError, BadRequest, NotAcceptable, Unprocessable, UnusablePicture
from segmind_mock.faults import JobPlan
from segmind_mock.jobs import NEVER, Outcome
from segmind_mock.orders import DEAREST, TIMED_OUT, Entry, Order, Orders
from segmind_mock.quirks import Quirks
from segmind_mock.render.picture import Given, Source
from segmind_spec import Model, Output, Parameter, Price
from tests.worlds import CATALOG, printed_call

SLUG = "sd1.5-img2img"


def entry(slug: str = SLUG) -> Entry:
    """A packaged model, offered."""
    model = CATALOG.get(slug)
    assert model is not None
    return Entry.of(model)


def take(slug: str = SLUG, *, blocking: bool = False, quirks: dict[str, str] | None = None, **changes: Any) -> Order:
    """The order of a page's printed call with some changes."""
    return Orders(Quirks(quirks)).take(entry(slug), printed_call(slug) | changes, blocking=blocking)


def told(order: Order) -> dict[str, Any]:
    """What is remembered of an order."""
    return Orders(Quirks()).told(entry().model, order.payload)


@pytest.mark.parametrize("slug", CATALOG.slugs)
def test_printed_calls(slug: str) -> None:
    """The call printed on every page is a job that succeeds, at a price, and of the model's own length."""
    order = take(slug)
    assert order.outcome is Outcome.SUCCEEDS
    assert order.cost > 0
    assert order.run_ms is None


def test_what_is_remembered() -> None:
    """Parameters are remembered with their defaults; unknown ones are not."""
    parameters = told(take(unknown=1, samples=2))["parameters"]
    assert parameters["samples"] == 2
    assert parameters["base64"] is False
    assert "unknown" not in parameters


def test_price() -> None:
    """A price per output is that of all outputs: two sizes, twice each, at 0.1875, beside 0.0625 for the call."""
    order = take("smart-banner-resizer", target_sizes=["64x64", "32x32"], num_images_per_size=2)
    assert order.cost == 62_500 + 4 * 187_500


def test_text_for_a_number() -> None:
    """A number given as text is read as one, unless the quirk `lenient` is off."""
    assert told(take(samples="2"))["parameters"]["samples"] == 2
    with pytest.raises(BadRequest, match="samples"):
        take(samples="2", blocking=True, quirks={"lenient": "off"})


def test_every_fault_is_named() -> None:
    """A refusal names every parameter at fault."""
    with pytest.raises(BadRequest, match=r"^Invalid parameters: .*samples.*; .*strength"):
        take(samples="many", strength="very", blocking=True)


def test_a_bad_body_fails_when_it_runs() -> None:
    """An invalid v2 body is a job that fails after 7 ms, for nothing, with the words that v1 would have used."""
    order = take(samples="many")
    assert (order.cost, order.outcome, order.run_ms) == (0, Outcome.FAILS, 7)
    assert told(order)["error"].startswith("Invalid parameters: ")


@pytest.mark.parametrize(("reading", "kind"), [("submit", BadRequest), ("submit-422", Unprocessable)])
def test_a_bad_body_refused_at_submit(reading: str, kind: type[ApiError]) -> None:
    """Under the other readings of `v2_validation` an invalid v2 body is refused."""
    with pytest.raises(kind, match="samples") as refusal:
        take(samples="many", quirks={"v2_validation": reading})
    assert type(refusal.value) is kind


def test_v1_knows_no_422() -> None:
    """The reading submit-422 is about v2: v1 goes on answering 400."""
    with pytest.raises(BadRequest):
        take(samples="many", blocking=True, quirks={"v2_validation": "submit-422"})


@pytest.mark.parametrize(("quirk", "kind"), [("400", BadRequest), ("406", NotAcceptable)])
def test_a_value_outside_a_set(quirk: str, kind: type[ApiError]) -> None:
    """A value outside a fixed set has the status that the quirk `bad_enum` says, on v1."""
    with pytest.raises(kind, match="scheduler"):
        take(scheduler="none", blocking=True, quirks={"bad_enum": quirk})


def test_a_set_among_other_faults() -> None:
    """A 406 is for sets alone: another fault beside it makes it a 400."""
    with pytest.raises(BadRequest):
        take(scheduler="none", samples="many", blocking=True, quirks={"bad_enum": "406"})


def test_relative_image() -> None:
    """An image as a path of the site is taken, unless the quirk `relative_image` refuses it."""
    assert take(image="/cat.png").outcome is Outcome.SUCCEEDS
    with pytest.raises(BadRequest, match=r"image is '/cat\.png'; allowed: an absolute URL or image data"):
        take(image="/cat.png", blocking=True, quirks={"relative_image": "refuse"})


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("mock:fail", Outcome.FAILS), ("mock:block", Outcome.BLOCKED), ("mock:stuck", Outcome.NEVER_ENDS)],
)
def test_steered(word: str, outcome: Outcome) -> None:
    """A magic word decides the end of a job, which then costs nothing."""
    order = take(prompt=f"a cat, {word}")
    assert (order.outcome, order.cost) == (outcome, 0)


def test_slowed() -> None:
    """A slowed job runs for so long and costs as ever; so does one that fails slowly."""
    order = take(prompt="mock:slow=3")
    assert (order.outcome, order.run_ms, order.cost) == (Outcome.SUCCEEDS, 3000, take().cost)
    assert take(prompt="mock:slow=3 mock:fail").run_ms == 3000


def test_a_word_that_is_not_understood() -> None:
    """A magic word with a bad value is a bad parameter: v1 refuses it, on v2 the job fails with its sentence."""
    with pytest.raises(BadRequest, match="is not understood"):
        take(prompt="mock:slow=x", blocking=True)
    assert "is not understood" in told(take(prompt="mock:slow=x"))["error"]


def test_a_word_in_an_unknown_parameter() -> None:
    """A word outside the model's own parameters steers nothing, for it is not remembered."""
    assert take(note="mock:fail").outcome is Outcome.SUCCEEDS


def test_the_dearest() -> None:
    """A call that would cost more than a job's record has room for is refused in words."""
    dear = replace(entry(), model=replace(entry().model, price=Price(base=DEAREST + 1)))
    with pytest.raises(BadRequest, match=r"would cost 4000\.000001 credits; this mock's bound is 4000\.0"):
        Orders(Quirks()).take(dear, printed_call(SLUG), blocking=True)


HELD = Source(b"\1" * 32, "", 30, 20)


def take_given(given: Given, slug: str = SLUG, *, blocking: bool = False, **quirks: str) -> Order:
    """The order of a page's printed call whose input picture came to `given`."""
    body = printed_call(slug) | {"image": "QUFB"}
    return Orders(Quirks(quirks)).take(entry(slug), body, blocking=blocking, raw=orjson.dumps(body), given=given)


def test_image_data_is_not_kept() -> None:
    """Of image data that is held a job remembers the hash of the file, and its size; not the data."""
    order = take_given(Given(HELD, b"the file"))
    assert told(order)["source"] == ["01" * 32, 30, 20]
    assert told(order)["parameters"]["image"] == "sha256:" + "01" * 32
    assert len(order.payload) < 1000


def test_a_picture_that_is_stood_in_for() -> None:
    """Of a long text that is no picture, its hash is remembered, and no source."""
    order = take(image="QUFB" * 1000)
    assert len(told(order)["parameters"]["image"]) == 71
    assert "source" not in told(order)


def test_an_input_that_cannot_be_used() -> None:
    """v1 refuses it; on v2 the job fails when it runs, and says why."""
    broken = Given(problem="it is cut off")
    with pytest.raises(UnusablePicture, match=r"^image cannot be used: it is cut off$"):
        take_given(broken, blocking=True)
    order = take_given(broken)
    assert (order.cost, order.outcome, order.run_ms) == (0, Outcome.FAILS, 7)
    assert told(order) == {"error": "image cannot be used: it is cut off"}


@pytest.mark.parametrize("reading", ["run", "submit", "submit-422"])
def test_a_worker_finds_out(reading: str) -> None:
    """What is wrong inside a picture is found when it runs, however early v2 looks at parameters."""
    order = take_given(Given(problem="it is cut off"), v2_validation=reading)
    assert order.outcome is Outcome.FAILS


def test_parameters_before_pictures() -> None:
    """With bad parameters and a bad picture, the parameters are told."""
    body = printed_call(SLUG) | {"samples": 9}
    with pytest.raises(BadRequest, match="samples") as refusal:
        Orders(Quirks()).take(entry(), body, blocking=True, given=Given(problem="it is cut off"))
    assert type(refusal.value) is BadRequest


def test_costs_fit_their_record() -> None:
    """The most a call can cost, in micro-credits, fits the 32 bits it is kept in."""
    assert DEAREST == 4000 * MICRO < 1 << 32


def test_timed_out() -> None:
    """The payload of a job that v1 gave up is an error."""
    assert Orders(Quirks()).told(entry().model, TIMED_OUT) == {"error": "Request timed out"}


def as_it_came(raw: bytes, **quirks: str) -> Order:
    """The order of a body that is given as JSON."""
    return Orders(Quirks(quirks)).take(entry(), orjson.loads(raw), blocking=True, raw=raw)


@pytest.mark.parametrize(
    "change",
    [{}, {"seed": "41"}, {"samples": 2.0}, {"unknown": [1]}, {"prompt": "mock:slow=3"}, {"prompt": "a \\ b"}],
    ids=["plain", "text", "float", "unknown", "steered", "escaped"],
)
def test_a_body_as_it_came_says_what_it_says_worked_out(change: dict[str, Any]) -> None:
    """Whether parameters are worked out at once or when they are asked for, they are the same, and so is the price."""
    body = printed_call(SLUG) | change
    early = Orders(Quirks()).take(entry(), body, blocking=True)
    late = as_it_came(orjson.dumps(body))
    assert told(late) == told(early)
    assert (late.cost, late.outcome, late.run_ms) == (early.cost, early.outcome, early.run_ms)


@pytest.mark.parametrize(
    ("change", "kept"), [({}, True), ({"x": "y" * 5000}, False), ({"prompt": "mock:slow=1"}, False)]
)
def test_which_bodies_are_kept_as_they_came(change: dict[str, Any], kept: bool) -> None:
    """Short ones that steer nothing; of a long one only what is known, so that nobody fills the memory with it."""
    raw = orjson.dumps(printed_call(SLUG) | change)
    order = as_it_came(raw)
    assert (order.payload == raw) is kept
    assert len(order.payload) < 1000


def boundless() -> Model:
    """A user's model that bounds neither its sizes nor its counts."""
    model = CATALOG.get("sd1.5-img2img")
    assert model is not None
    output = Output(width_from="width", height_from="height", count_from="count", list_from=None)
    inner = {"type": "integer"}
    names = ("width", "height", "count")
    schema = {"type": "object", "properties": dict.fromkeys(names, inner)}
    parameters = {
        name: Parameter(name=name, schema=inner, required=False, has_default=False, default=None, description="")
        for name in names
    }
    return replace(model, output=output, schema=schema, parameters=parameters)


@pytest.mark.parametrize("body", [{"width": 4097}, {"height": 0}, {"width": -5}, {"count": 0}, {"count": 201}])
def test_what_cannot_be_drawn_is_refused(body: dict[str, int]) -> None:
    """A size or number of pictures beyond what is drawn is an error, not a failure of this mock."""
    with pytest.raises(BadRequest, match="this mock"):
        Orders(Quirks()).take(Entry.of(boundless()), body, blocking=True)


@pytest.mark.parametrize("slug", ["sd1.5-img2img", "w2imgsd1.5-img2img", "sam-img2img"])
def test_sizes_that_the_schema_bounds_are_not_looked_at_again(slug: str) -> None:
    """The hot path does no work that start-up could have done."""
    model = CATALOG.get(slug)
    assert model is not None
    assert not Entry.of(model).checks_sizes


# --- Where a scenario says how the job goes -----------------------------------------------------------------


def planned(plan: JobPlan, **changes: Any) -> Order:
    """The order of the page's call under a plan."""
    return Orders(Quirks()).take(entry(), printed_call(SLUG) | changes, blocking=False, plan=plan)


def test_a_plan_of_nothing() -> None:
    """What a plan leaves open stays as it is, words in the prompt too."""
    assert planned(JobPlan()) == take()
    assert planned(JobPlan(queue_ms=5), prompt="mock:slow=3") == take(prompt="mock:slow=3")._replace(queue_ms=5)


def test_planned_times() -> None:
    """A plan's durations count before those of words, also where they are nought; the price is the same."""
    order = planned(JobPlan(queue_ms=0, run_ms=0), prompt="mock:slow=3")
    assert (order.queue_ms, order.run_ms, order.cost, order.outcome) == (0, 0, take().cost, Outcome.SUCCEEDS)


@pytest.mark.parametrize(("stuck", "waits"), [("QUEUED", NEVER), ("PROCESSING", 70)])
def test_planned_stuck(stuck: str, waits: int) -> None:
    """A stuck job costs nothing, and stays in the state that the plan names."""
    order = planned(JobPlan(stuck=stuck, queue_ms=70))
    assert (order.outcome, order.cost, order.queue_ms) == (Outcome.NEVER_ENDS, 0, waits)


@pytest.mark.parametrize(
    ("plan", "outcome", "text"),
    [
        (JobPlan(fails=""), Outcome.FAILS, "Failed while returning the output"),
        (JobPlan(fails="no worker"), Outcome.FAILS, "no worker"),
        (
            JobPlan(blocked=""),
            Outcome.BLOCKED,
            "The content was blocked by the safety system: content_policy_violation",
        ),
        (JobPlan(blocked="no"), Outcome.BLOCKED, "no"),
        (JobPlan(blocked="no", fails="broken"), Outcome.BLOCKED, "no"),
    ],
    ids=["fails", "fails so", "blocked", "blocked so", "both"],
)
def test_planned_failures(plan: JobPlan, outcome: Outcome, text: str) -> None:
    """A job that is to fail does so for nothing, with the text of the plan or the service's own, after its time."""
    order = planned(replace(plan, run_ms=9))
    assert (order.outcome, order.cost, order.run_ms, told(order)) == (outcome, 0, 9, {"error": text})


def test_a_plan_for_a_bad_body() -> None:
    """A body that v1 refuses is refused, whatever is planned for its job."""
    with pytest.raises(BadRequest, match="samples"):
        Orders(Quirks()).take(entry(), {"samples": "many"}, blocking=True, plan=JobPlan(run_ms=1))


# --- Why it was refused ---------------------------------------------------------------------------------------


def test_reasons_of_a_job_that_will_fail() -> None:
    """A job that fails by its caller's own doing tells the quirk that let it in, and every violation."""
    refusal = take(samples="many", strength="very").refusal
    assert refusal is not None
    assert refusal.quirk == "v2_validation=run"
    assert len(refusal.violations) == 2
    assert take().refusal is None
    assert take(prompt="mock:fail").refusal is None


@pytest.mark.parametrize(
    ("quirks", "changes", "blocking", "told_quirk"),
    [
        ({"v2_validation": "submit-422"}, {"samples": "many"}, False, "v2_validation=submit-422"),
        ({"bad_enum": "406"}, {"scheduler": "none"}, True, "bad_enum=406"),
        ({"bad_enum": "400"}, {"scheduler": "none"}, True, "bad_enum=400"),
        ({"relative_image": "refuse"}, {"image": "/cat.png"}, True, "relative_image=refuse"),
        ({}, {"samples": "many"}, True, ""),
    ],
    ids=["422", "406", "400", "relative", "none"],
)
def test_reasons(quirks: dict[str, str], changes: dict[str, Any], blocking: bool, told_quirk: str) -> None:
    """A refusal tells the quirk that decided it, if any did."""
    with pytest.raises(ApiError) as refusal:
        take(blocking=blocking, quirks=quirks, **changes)
    assert refusal.value.quirk == told_quirk
