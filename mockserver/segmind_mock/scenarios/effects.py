"""What stands in `do`, made into effects. Pure; the schema has been kept to before anything comes here."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from segmind_mock.faults import (
    AccountChange,
    Answer,
    BrokenChunk,
    Change,
    ContentType,
    Cut,
    Delay,
    Drip,
    DropField,
    Effects,
    Error,
    Garbage,
    Given,
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
    Wire,
)
from segmind_mock.jsonpaths import parse
from segmind_mock.quirks import problems_in
from segmind_mock.scenarios.problems import Fault

ANSWERS = ("error", "answer", "redirect", "replay", "tells")
ENDS = ("stop", "cut", "reset", "hang_up", "broken_chunk", "garbage", "refuse")

_SWITCHES = ("yes", "no", "on", "off", "false")
_FRAMING = ("content-length", "transfer-encoding")
_FATES = ("stuck", "fails", "blocked")
_BODIES = ("json", "text", "html", "base64")
_MEDIA_TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "base64": "application/octet-stream",
}

Do = Mapping[str, Any]


def doubles_in(do: Do) -> Iterator[Fault]:
    """Two answers or two endings in one `do`, whatever they are worth."""
    yield from _one_of(do, ANSWERS)
    yield from _one_of(do, ENDS)


def faults_of(do: Do) -> Iterator[Fault]:
    """What else is wrong with a `do` that a schema cannot see; places are those inside of it."""
    yield from _one_of(do.get("job", {}), _FATES, "job")
    for name in ("fails", "blocked"):
        if str(do.get("job", {}).get(name)).lower() in _SWITCHES:
            yield ("job", name), f"is the text {do['job'][name]!r}; allowed: true, or what the job says of its failure"
    yield from _answer_faults(do)
    yield from _path_faults(do)
    for text in problems_in(do.get("account", {}).get("quirks", {})):
        yield ("account", "quirks"), text
    yield from _limit_faults(do.get("limits", {}))
    yield from _header_faults(do)
    delay = do.get("delay")
    if isinstance(delay, Mapping) and "uniform" in delay and delay["uniform"][0] > delay["uniform"][1]:
        yield ("delay", "uniform"), "ends before it begins; allowed: the smaller number first"


def _header_faults(do: Do) -> Iterator[Fault]:
    for place, headers in (
        (("headers",), do.get("headers", {})),
        (("answer", "headers"), do.get("answer", {}).get("headers", {})),
    ):
        for name in headers:
            if name.lower() in _FRAMING:
                yield (
                    (*place, name),
                    "says where the body ends, and the server does; for a body that ends early use cut",
                )


def _limit_faults(limits: Do) -> Iterator[Fault]:
    for form, needed in (("retry_after_form", "retry_after"), ("reset_form", "reset_in")):
        if form in limits and needed not in limits:
            yield ("limits", form), f"says nothing without {needed}"


def _one_of(value: Do, names: tuple[str, ...], *place: str) -> Iterator[Fault]:
    there = [name for name in names if name in value]
    if len(there) > 1:
        yield place, f"has {' and '.join(there)}; allowed: at most one of {', '.join(names)}"


def _answer_faults(do: Do) -> Iterator[Fault]:
    error, given = do.get("error"), do.get("answer", {})
    if isinstance(error, Mapping) and "reset_in" in error and error["code"] != 429:
        yield ("error", "reset_in"), f"goes with code 429 only, and the code is {error['code']}"
    yield from _one_of(given, _BODIES, "answer")
    try:
        base64.b64decode(given.get("base64", ""), validate=True)
    except (binascii.Error, ValueError):
        yield ("answer", "base64"), "is not base64"


def _path_faults(do: Do) -> Iterator[Fault]:
    places = [("set", path, path) for path in do.get("set", {})]
    places += [(name, index, path) for name in ("drop", "retype") for index, path in enumerate(do.get(name, ()))]
    for name, token, path in places:
        try:
            parse(path)
        except ValueError as error:
            yield (name, token), str(error)


def effects_of(do: Do) -> Effects:
    """The effects of a `do` without faults."""
    return Effects(
        account=(_account(do["account"]),) if "account" in do else (),
        job=_job(do["job"]) if "job" in do else None,
        accepted=do.get("accepted"),
        answer=next((_ANSWERS[name](do[name]) for name in ANSWERS if name in do), None),
        changes=tuple(change for name, made in _CHANGES.items() if name in do for change in made(do[name])),
        wire=tuple(made(do[name]) for name, made in _WIRE.items() if name in do),
    )


def _account(value: Do) -> AccountChange:
    return AccountChange(
        credits=value.get("credits"),
        drain=value.get("drain"),
        rpm=_whole(value.get("rpm")),
        status=value.get("status"),
        forbid=tuple(value["forbid"]) if "forbid" in value else None,
        retire=tuple(value["retire"]) if "retire" in value else None,
        quirks=value.get("quirks"),
    )


def _job(value: Do) -> JobPlan:
    return JobPlan(
        queue_ms=_milliseconds(value.get("queue")),
        run_ms=_milliseconds(value.get("run")),
        stuck=value.get("stuck", ""),
        fails=_reason(value.get("fails")),
        blocked=_reason(value.get("blocked")),
    )


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _reason(value: bool | str | None) -> str | None:
    return "" if value is True else value or None


def _error(value: Any) -> Error:
    if not isinstance(value, Mapping):
        return Error(code=int(value))
    return Error(
        code=int(value["code"]), text=value.get("text"), form=value.get("form", ""), reset_in=value.get("reset_in")
    )


def _given(value: Do) -> Given:
    headers = [(name.lower(), _header(text)) for name, text in value.get("headers", {}).items()]
    kind = next((kind for kind in _BODIES if kind in value), "")
    if kind and "content-type" not in dict(headers):
        headers.insert(0, ("content-type", _MEDIA_TYPES[kind]))
    return Given(status=int(value["status"]), headers=tuple(headers), body=_body(kind, value.get(kind)))


def _body(kind: str, value: Any) -> bytes:
    if kind == "json":
        return json.dumps(value, ensure_ascii=False).encode()
    if kind == "base64":
        return base64.b64decode(value)
    return (value or "").encode()


def _header(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _redirect(value: Any) -> Redirect:
    if not isinstance(value, Mapping):
        return Redirect(to=value)
    return Redirect(to=value["to"], status=int(value.get("status", Redirect(to="").status)))


def _delay(value: Any) -> Delay:
    if not isinstance(value, Mapping):
        return Delay(low=value, high=value)
    if "uniform" in value:
        low, high = value["uniform"]
        return Delay(low=low, high=high)
    return Delay(median=value["lognormal"]["median"], sigma=value["lognormal"]["sigma"])


def _picture(value: Do) -> OtherPicture:
    return OtherPicture(
        format=value.get("format"), width=_whole(value.get("width")), height=_whole(value.get("height"))
    )


_ANSWERS: Mapping[str, Callable[[Any], Answer]] = {
    "error": _error,
    "answer": _given,
    "redirect": _redirect,
    "replay": lambda value: Replay(which=value),
    "tells": lambda value: Tells(state=value),
}

_CHANGES: Mapping[str, Callable[[Any], list[Change]]] = {
    "picture": lambda value: [_picture(value)],
    "set": lambda value: [SetField(path=path, value=inner) for path, inner in value.items()],
    "drop": lambda value: [DropField(path=path) for path in value],
    "retype": lambda value: [Retype(path=path) for path in value],
    "pad": lambda value: [Pad(size=int(value))],
    "truncate": lambda value: [Truncate(fraction=value)],
    "content_type": lambda value: [ContentType(media_type=value)],
    "limits": lambda value: [Limits(**value)],
    "headers": lambda value: [
        SetHeader(name=name.lower(), value=None if text is None else _header(text)) for name, text in value.items()
    ],
}
"""In the order in which they are made: the file, its fields, its bytes, its headers."""

_WIRE: Mapping[str, Callable[[Any], Wire]] = {
    "delay": _delay,
    "drip": lambda value: Drip(size=int(value["size"]), every=value["every"]),
    "stop": lambda value: Stop(at=value),
    "cut": lambda value: Cut(at=value),
    "reset": lambda value: Reset(when=value),
    "hang_up": lambda value: HangUp(after=0.0 if value is True else value),
    "broken_chunk": lambda value: BrokenChunk(),
    "garbage": lambda value: Garbage(size=int(value)),
    "refuse": lambda value: Refuse(seconds=value),
}
