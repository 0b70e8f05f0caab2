"""Every kind of fault that the library is to hold, and how each shows in a rule and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segmind_mock.faults import (
    BrokenChunk,
    ContentType,
    Cut,
    Delay,
    Drip,
    DropField,
    Effects,
    Error,
    Garbage,
    HangUp,
    JobPlan,
    Limits,
    OtherPicture,
    Pad,
    Redirect,
    Refuse,
    Replay,
    Reset,
    Retype,
    SetField,
    SetHeader,
    Stop,
    Tells,
    Truncate,
)
from segmind_mock.scenarios.rules import Rule

Kind = Callable[[Rule, Effects], bool]


def about(rule: Rule, *operations: str) -> bool:
    """Whether a rule is about one of these operations."""
    return any(f'"{operation}"' in rule.match.source for operation in operations)


def wire(kind: type, **wanted: object) -> Kind:
    """A fault on the wire, with these values."""
    return lambda _, effects: any(
        isinstance(fault, kind) and all(getattr(fault, name) == value for name, value in wanted.items())
        for fault in effects.wire
    )


def change(kind: type, test: Callable[[object], bool] = lambda _: True, *operations: str) -> Kind:
    """A change to the answer of one of these operations, or of any."""
    return lambda rule, effects: (
        (not operations or about(rule, *operations))
        and any(isinstance(made, kind) and test(made) for made in effects.changes)
    )


def header(name: str, value: str | None) -> Kind:
    """A header with this value."""
    return lambda _, effects: SetHeader(name=name, value=value) in effects.changes


def error(code: int, *operations: str, form: str = "") -> Kind:
    """A documented error to one of these operations, or to any."""
    return lambda rule, effects: (
        isinstance(effects.answer, Error)
        and (effects.answer.code, effects.answer.form) == (code, form)
        and (not operations or about(rule, *operations))
    )


def job(test: Callable[[JobPlan], object]) -> Kind:
    """A plan for a job."""
    return lambda _, effects: effects.job is not None and bool(test(effects.job))


def account(name: str) -> Kind:
    """Something of the account that changes."""
    return lambda _, effects: any(getattr(changed, name) is not None for changed in effects.account)


def delay(test: Callable[[Delay], object]) -> Kind:
    """A latency."""
    return lambda _, effects: any(isinstance(fault, Delay) and bool(test(fault)) for fault in effects.wire)


def completed(kind: Kind) -> Kind:
    """That, to a job which has COMPLETED."""
    return lambda rule, effects: "COMPLETED" in rule.match.source and kind(rule, effects)


def answered(code: int) -> Kind:
    """A code, as an answer or as what the service says once an account has changed or a job has failed."""
    by_service = {401: account("status"), 410: account("retire"), 422: job(lambda plan: plan.fails)}
    told = by_service.get(code)
    return lambda rule, effects: (
        getattr(effects.answer, "code", 0) == code or (told is not None and told(rule, effects))
    )


KINDS: Mapping[str, Kind] = {
    "an HTML error page": error(502, form="html"),
    "JSON cut off": change(Truncate, lambda _: True, "status"),
    "JSON of the wrong type": change(Retype),
    "a missing field": change(DropField),
    "a null field": change(SetField, lambda made: getattr(made, "value", 0) is None),
    "a wrong content type": change(ContentType),
    "a duplicate answer": lambda rule, effects: isinstance(effects.answer, Replay) and about(rule, "submit"),
    "a stale status": lambda rule, effects: isinstance(effects.answer, Replay) and about(rule, "status"),
    "a redirect": lambda _, effects: isinstance(effects.answer, Redirect),
    "an oversized body": change(Pad),
    "Retry-After in seconds": change(Limits, lambda made: made == Limits(retry_after=2)),
    "Retry-After as a date": change(Limits, lambda made: getattr(made, "retry_after_form", "") == "http-date"),
    "Retry-After that is nonsense": header("retry-after", "soon"),
    "Retry-After far away": change(Limits, lambda made: (getattr(made, "retry_after", 0) or 0) > 86_400),
    "a reset header of another form": change(Limits, lambda made: getattr(made, "reset_form", "") == "epoch"),
    "a reset header in the past": header("x-rate-limit-reset-at-utc", "2001-01-01T00:00:00Z"),
    "no reset header": header("x-rate-limit-reset-at-utc", None),
    "a long queue": job(lambda plan: (plan.queue_ms or 0) >= 60_000),
    "a long run": job(lambda plan: (plan.run_ms or 0) >= 60_000),
    "a short run": job(lambda plan: plan.run_ms == 0),
    "stuck in QUEUED": job(lambda plan: plan.stuck == "QUEUED"),
    "stuck in PROCESSING": job(lambda plan: plan.stuck == "PROCESSING"),
    "FAILED by the model": job(lambda plan: plan.fails),
    "a content block": job(lambda plan: plan.blocked is not None),
    "fails once": lambda rule, effects: effects.job is not None and effects.job.fails == "" and rule.when.nth == (1,),
    "COMPLETED and 404": completed(error(404, "result")),
    "COMPLETED and 502": completed(error(502, "result")),
    "COMPLETED and FAILED": completed(lambda _, effects: effects.answer == Tells(state="FAILED")),
    "a state that goes back": lambda _, effects: effects.answer == Tells(state="QUEUED"),
    "an unknown state": change(SetField, lambda made: getattr(made, "path", "") == "$.status"),
    "a file that is 404": error(404, "file"),
    "a file that is 403": error(403, "file", form="html"),
    "a slow file": lambda rule, effects: about(rule, "file") and wire(Drip)(rule, effects),
    "a truncated file": change(Truncate, lambda _: True, "file"),
    "a file of another type": change(OtherPicture, lambda made: getattr(made, "format", None) is not None),
    "a file of another size": change(OtherPicture, lambda made: getattr(made, "width", None) is not None),
    "a file that expires early": lambda rule, effects: (
        "at_least" in rule.match.source and error(404, "file")(rule, effects)
    ),
    "a record that expires early": completed(error(404, "status")),
    "a fixed latency": delay(lambda fault: fault.low == fault.high > 0),
    "a uniform latency": delay(lambda fault: fault.low < fault.high),
    "a log-normal latency": delay(lambda fault: fault.median),
    "a slow drip": wire(Drip),
    "a stop amid the body": wire(Stop),
    "refused": wire(Refuse),
    "a reset before the answer": wire(Reset, when="before"),
    "a reset amid the headers": wire(Reset, when="headers"),
    "a reset amid the body": wire(Reset, when="body"),
    "a reset after the answer": wire(Reset, when="after"),
    "closed against its Content-Length": wire(Cut),
    "a broken chunk": wire(BrokenChunk),
    "bytes that are not HTTP": wire(Garbage),
    "a connection closed between two calls": wire(HangUp),
    "accepted, and the answer lost": lambda _, effects: bool(effects.accepted) and bool(effects.wire),
    "credits drained by others": account("drain"),
    "a key revoked": account("status"),
    "a limit lowered": account("rpm"),
    "a model retired": account("retire"),
    "a model forbidden": account("forbid"),
    "errors in a row, then well": lambda rule, _: len(rule.steps) > 1 and rule.steps[0].times == 2 and not rule.repeat,
    "an outage": lambda rule, _: rule.when.begins > 0 and rule.when.until is not None,
    "a probability": lambda rule, _: 0 < rule.when.probability < 1,
    "a state machine": lambda rule, _: any(step.becomes for step in rule.steps) and bool(rule.when.states),
    **{f"a {code}": answered(code) for code in (400, 401, 402, 403, 404, 406, 410, 422, 429, 500, 502, 504)},
}
