"""Every fault, and what clients see of it: one table, made of those below."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from PIL import Image

from tests.faults.accounts import SLUG
from tests.faults.expected import Before, Broken, Made, Sees, Told, compact, impatient

LEAST = 0.0037
"""Credits that a call of the model costs."""

MAKING = ("submit", "generate")
LOOKS = ("status", "result", "poll")
SERVED = (*MAKING, *LOOKS, "credits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A fault of one rule, and what clients see of it."""

    name: str
    operations: tuple[str, ...]
    do: Mapping[str, Any]
    sees: Sees
    when: Mapping[str, Any] | None = None
    follows: bool = False

    @property
    def rules(self) -> list[Mapping[str, Any]]:
        """The one rule."""
        more = {} if self.when is None else {"when": self.when}
        return [{"match": {"operation": list(self.operations)}, **more, "do": self.do}]


def _case(name: str, on: str | Sequence[str], do: Mapping[str, Any], sees: Sees, **more: Any) -> Case:
    return Case(name=name, operations=(on,) if isinstance(on, str) else tuple(on), do=do, sees=sees, **more)


def _own(before: Before) -> bytes:
    return before.own.body


def _share(fraction: float) -> Callable[[Before], bytes]:
    return lambda before: before.own.body[: int(len(before.own.body) * fraction)]


# --- Documented errors ---------------------------------------------------------------------------------

JSON_TYPE = {"content-type": "application/json"}
HTML_TYPE = {"content-type": "text/html; charset=utf-8"}

WORDS: Mapping[int, str] = {
    400: "Prompt is Mandatory and must be string",
    401: "Unauthorized. API key is invalid or may have expired...",
    402: "Insufficient credits. You have 0.0 credits.",
    406: f"Insufficient credits. You have 0.0 credits, this call needs {LEAST}.",
    410: f"Model {SLUG} has been retired and is no longer available",
    429: "Too many requests",
    500: "Failed while returning the output",
    502: "Bad Gateway, service temporarily unavailable",
    504: "Request timed out",
}
"""What `error` says, of codes that say the same everywhere."""

MISSING = {
    "submit": f"Model {SLUG} not found",
    "generate": f"Model {SLUG} not found",
    "status": "Request {} not found",
    "result": "Request {} not found",
    "poll": "Output for this request ID {} Not Found",
    "credits": "No credits found for the user",
    "file": "File not found",
    "other": "Not found",
}


def _missing(before: Before) -> object:
    return {"error": MISSING[before.operation].format(before.request_id)}


def _forbidden(before: Before) -> object:
    if before.operation in MAKING:
        return {"error": f"Forbidden. This account may not call the model {SLUG}."}
    if before.operation in LOOKS:
        return {"error": "Forbidden. The request belongs to another account."}
    return {"error": "Access denied"}


def _unprocessable(before: Before) -> object:
    if before.operation in MAKING:
        return {"error": "Invalid parameters"}
    words = "Failed while returning the output"
    return {"error": words, "metrics": {}, "request_id": before.request_id, "status": "FAILED"}


def _allowed(before: Before) -> str:
    return "POST" if before.operation in MAKING else "GET, HEAD"


def _iso(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _http_date(instant: int) -> str:
    return format_datetime(datetime.fromtimestamp(instant / 1000, UTC), usegmt=True)


def _in(seconds: int, form: Callable[[int], str]) -> Callable[[Before], str]:
    """So many seconds from now, on the next whole one."""
    return lambda before: form(-(-(before.now + seconds * 1000) // 1000) * 1000)


def _end_of_minute(before: Before) -> str:
    return _iso((before.now // 60_000 + 1) * 60_000)


RESET = "x-rate-limit-reset-at-utc"


def _page(title: str, text: str) -> bytes:
    return f"<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{title[4:]}</h1>\n<p>{text}</p>\n".encode()


def _error(code: int, on: Sequence[str], told: object = None, headers: Mapping[str, Any] | None = None) -> Case:
    words = {"error": WORDS[code]} if told is None else told
    return _case(f"error-{code}", on, {"error": code}, Told(status=code, json=words, headers=headers or JSON_TYPE))


ERRORS = [
    _error(400, MAKING),
    _error(401, SERVED),
    _error(402, MAKING),
    _error(403, (*MAKING, *LOOKS, "file"), _forbidden),
    _error(404, (*SERVED, "file", "other"), _missing),
    _case(
        "error-405",
        (*SERVED, "file"),
        {"error": 405},
        Told(
            status=405,
            body=_page("405 Method Not Allowed", "The method is not allowed for the requested URL."),
            headers={**HTML_TYPE, "allow": _allowed},
        ),
    ),
    _error(406, MAKING),
    _error(410, MAKING),
    _error(422, ("submit", *LOOKS), _unprocessable),
    _error(429, (*MAKING, *LOOKS), None, {**JSON_TYPE, RESET: _end_of_minute}),
    _error(500, (*SERVED, "file")),
    _error(502, (*SERVED, "file")),
    _error(504, (*SERVED, "file")),
    _case(
        "error-with-words",
        "status",
        {"error": {"code": 500, "text": "out of memory"}},
        Told(status=500, body=b'{"error":"out of memory"}'),
    ),
    _case(
        "error-as-a-page",
        "status",
        {"error": {"code": 502, "form": "html"}},
        Told(status=502, body=_page("502 Bad Gateway", WORDS[502]), headers=HTML_TYPE),
    ),
    _case(
        "error-405-as-json",
        "submit",
        {"error": {"code": 405, "form": "json"}},
        Told(status=405, json={"error": "The method is not allowed for the requested URL."}, headers=JSON_TYPE),
    ),
    _case(
        "error-without-a-body",
        "status",
        {"error": {"code": 504, "form": "empty"}},
        Told(status=504, body=b"", headers={"content-length": "0", "content-type": None}),
    ),
    _case(
        "error-429-for-long",
        "submit",
        {"error": {"code": 429, "reset_in": 7200}},
        Told(status=429, json={"error": WORDS[429]}, headers={RESET: _in(7200, _iso)}),
    ),
]

# --- Any answer ----------------------------------------------------------------------------------------

HTML_PAGE = "<html><body><h1>Just a moment...</h1></body></html>"

GIVEN = [
    _case(
        "answer-json",
        "status",
        {"answer": {"status": 200, "json": {"state": "done", "é": [1, None]}, "headers": {"X-Served-By": "cache"}}},
        Told(
            status=200,
            json={"state": "done", "é": [1, None]},
            headers={**JSON_TYPE, "x-served-by": "cache"},
        ),
    ),
    _case(
        "answer-text",
        "submit",
        {"answer": {"status": 503, "text": "upstream connect error", "headers": {"retry-after": 30}}},
        Told(
            status=503,
            body=b"upstream connect error",
            headers={"content-type": "text/plain; charset=utf-8", "retry-after": "30"},
        ),
    ),
    _case(
        "answer-html",
        "result",
        {"answer": {"status": 200, "html": HTML_PAGE}},
        Told(status=200, body=HTML_PAGE.encode(), headers=HTML_TYPE),
    ),
    _case(
        "answer-bytes",
        "file",
        {"answer": {"status": 206, "base64": base64.b64encode(bytes(range(256))).decode()}},
        Told(status=206, body=bytes(range(256)), headers={"content-type": "application/octet-stream"}),
    ),
    _case(
        "answer-nothing",
        "submit",
        {"answer": {"status": 204, "text": "not sent"}},
        Told(status=204, body=b"", headers={"content-length": None}),
    ),
    _case(
        "answer-unknown-status",
        "status",
        {"answer": {"status": 599, "text": "?"}},
        Told(status=599, body=b"?"),
    ),
    _case(
        "answer-that-is-no-json",
        "status",
        {"answer": {"status": 200, "text": '{"status": "COMPL', "headers": {"content-type": "application/json"}}},
        Told(status=200, body=b'{"status": "COMPL', headers=JSON_TYPE),
    ),
    _case(
        "answer-another-json",
        "result",
        {"answer": {"status": 200, "json": ["COMPLETED"]}},
        Told(status=200, body=b'["COMPLETED"]'),
    ),
]


def _tells(state: str) -> Case:
    def told(before: Before) -> object:
        place = f"{before.url}/v2/requests/{before.request_id}"
        about = {"metrics": {}, "request_id": before.request_id, "status": state}
        if state == "FAILED":
            return {"error": "Failed while returning the output", **about}
        return {**about, "response_url": place, "status_url": f"{place}/status"}

    status = 422 if state == "FAILED" else 200
    return _case(f"tells-{state.lower()}", LOOKS, {"tells": state}, Told(status=status, json=told))


TELLS = [_tells(state) for state in ("QUEUED", "PROCESSING", "COMPLETED", "FAILED")]


def _redirected(status: int) -> Case:
    return _case(
        f"redirect-{status}",
        "result",
        {"redirect": {"to": "/v1/get-user-credits?a=b", "status": status}},
        Told(status=status, headers={"location": lambda before: f"{before.url}/v1/get-user-credits?a=b"}),
    )


REDIRECTS = [
    *(_redirected(status) for status in (301, 302, 303, 307, 308)),
    _case(
        "redirect-elsewhere",
        ("submit", "file"),
        {"redirect": "https://elsewhere.test/login"},
        Told(status=307, headers={"location": "https://elsewhere.test/login"}),
    ),
    _case(
        "redirect-followed",
        "result",
        {"redirect": "/v1/get-user-credits"},
        Told(status=200, json={"credits": 999_999.9963, "free-credits": 0.0}),
        follows=True,
    ),
    _case(
        "redirect-of-a-submit-followed",
        "submit",
        {"redirect": {"to": f"/v2/{SLUG}", "status": 308}},
        Told(status=200),
        when={"nth": 1},
        follows=True,
    ),
]

# --- Changes -------------------------------------------------------------------------------------------


def _edited(edit: Callable[[Any], object]) -> Made:
    """The service's own JSON, changed as asked, and nothing else."""

    def made(before: Before) -> bytes:
        document = json.loads(before.own.body)
        edit(document)
        return compact(document)

    return made


def _as_text(document: Any) -> None:
    document["metrics"]["cost"] = json.dumps(document["metrics"]["cost"])
    document["status"] = [document["status"]]
    document["metrics"] = compact(document["metrics"]).decode()


def _listed(document: Any) -> None:
    document["images"] = {"0": document["images"][0]}


LENGTH: Mapping[str, Made] = {"content-length": lambda before: str(len(before.own.body) // 2)}


def _length_of(made: Made) -> Mapping[str, Made]:
    return {"content-length": lambda before: str(len(made(before)))}


NULLED = _edited(lambda told: told.update(status=None, more={"a": 1}))
DROPPED = _edited(lambda told: (told.pop("request_id"), told["metrics"].pop("remaining_credits")))
RETYPED = _edited(_as_text)
RELISTED = _edited(_listed)


def _padded(before: Before) -> bytes:
    return b" " * 1_000_000 + before.own.body


CHANGES = [
    _case(
        "set-fields",
        "status",
        {"set": {"$.status": None, "$.more": {"a": 1}}},
        Told(status=200, body=NULLED, headers=_length_of(NULLED)),
    ),
    _case(
        "drop-fields",
        "status",
        {"drop": ["$.request_id", "$.metrics.remaining_credits"]},
        Told(status=200, body=DROPPED, headers=_length_of(DROPPED)),
    ),
    _case(
        "retype-fields",
        "status",
        {"retype": ["$.metrics.cost", "$.status", "$.metrics"]},
        Told(status=200, body=RETYPED, headers=_length_of(RETYPED)),
    ),
    _case("retype-a-list", "result", {"retype": ["$.images"]}, Told(status=200, body=RELISTED)),
    _case(
        "set-a-field-of-an-error",
        "status",
        {"error": 500, "set": {"$.error": {"code": 13}}},
        Told(status=500, body=b'{"error":{"code":13}}', headers={"content-length": "21"}),
    ),
    _case(
        "picture-of-what-is-not-there",
        "file",
        {"error": 404, "picture": {"format": "png"}},
        Told(status=404, json={"error": MISSING["file"]}),
    ),
    _case("truncate", "result", {"truncate": 0.5}, Told(status=200, body=_share(0.5), headers=LENGTH)),
    _case("truncate-a-file", "file", {"truncate": 0.5}, Told(status=200, body=_share(0.5), headers=LENGTH)),
    _case("truncate-all", "status", {"truncate": 0}, Told(status=200, body=b"", headers={"content-length": "0"})),
    _case("pad", "status", {"pad": 1_000_000}, Told(status=200, body=_padded, headers=_length_of(_padded))),
    _case("pad-a-file", "file", {"pad": 70_000}, Told(status=200, body=lambda before: _own(before) + bytes(70_000))),
    _case(
        "content-type",
        "status",
        {"content_type": "text/html"},
        Told(status=200, body=_own, headers={"content-type": "text/html"}),
    ),
    _case(
        "content-type-of-a-file",
        "file",
        {"content_type": "application/octet-stream"},
        Told(status=200, body=_own, headers={"content-type": "application/octet-stream"}),
    ),
    _case(
        "headers",
        "status",
        {"headers": {"Content-Type": None, "X-Cache": "HIT", "Age": 86400}},
        Told(status=200, body=_own, headers={"content-type": None, "x-cache": "HIT", "age": "86400"}),
    ),
]


def _limits(name: str, limits: Mapping[str, Any], headers: Mapping[str, Any]) -> Case:
    return _case(f"limits-{name}", "submit", {"error": 429, "limits": limits}, Told(status=429, headers=headers))


LIMITS = [
    _limits("seconds", {"retry_after": 17}, {"retry-after": "17"}),
    _limits("seconds-of-choice", {"retry_after": 17, "retry_after_form": "seconds"}, {"retry-after": "17"}),
    _limits("http-date", {"retry_after": 90, "retry_after_form": "http-date"}, {"retry-after": _in(90, _http_date)}),
    _limits("reset", {"reset_in": 90}, {RESET: _in(90, _iso), "retry-after": None}),
    _limits("reset-iso", {"reset_in": 0, "reset_form": "iso"}, {RESET: _in(0, _iso)}),
    _limits("reset-http-date", {"reset_in": 90, "reset_form": "http-date"}, {RESET: _in(90, _http_date)}),
    _limits("reset-seconds", {"reset_in": 90, "reset_form": "seconds"}, {RESET: "90"}),
    _limits(
        "reset-epoch", {"reset_in": 90, "reset_form": "epoch"}, {RESET: _in(90, lambda instant: str(instant // 1000))}
    ),
    _case(
        "limits-not-told",
        "submit",
        {"error": 429, "headers": {RESET: None}},
        Told(status=429, headers={RESET: None, "retry-after": None}),
    ),
    _case(
        "limits-nonsense",
        "submit",
        {"error": 429, "headers": {RESET: "tomorrow", "Retry-After": -5}},
        Told(status=429, headers={RESET: "tomorrow", "retry-after": "-5"}),
    ),
    _case(
        "limits-on-success",
        "submit",
        {"limits": {"retry_after": 3}},
        Told(status=200, headers={"retry-after": "3"}),
    ),
]

# --- The wire ------------------------------------------------------------------------------------------

HALF = _share(0.5)


RESET_IN_NODE = "ECONNRESET|UND_ERR_SOCKET"
"""Where bytes arrive together with a reset, Node may tell the latter as an end."""


def _reset(name: str, when: str, words: str, **arrives: Any) -> Case:
    node = "ECONNRESET" if when == "before" else RESET_IN_NODE
    sees = Broken(httpx="ReadError", curl=56, node=node, words=words, **arrives)
    return _case(f"reset-{name}", "result", {"reset": when}, sees)


def _cut(on: str, at: float) -> Case:
    return _case(
        f"cut-{on}-{at:g}".replace(".", "-"),
        on,
        {"cut": at},
        Broken(
            httpx="RemoteProtocolError",
            curl=18,
            node="UND_ERR_SOCKET",
            words=r"closed after \d+ of \d+ bytes of the body",
            status=200,
            body=_share(at),
        ),
    )


def _held(name: str, on: Sequence[str], delay: object, words: str) -> Case:
    gone = f"the client hung up while it was held for {words} s"
    return _case(f"delay-{name}", on, {"delay": delay}, impatient(words=gone))


WIRE = [
    _held("fixed", ("submit", "file"), 30, r"30\.000"),
    _held("uniform", ("status",), {"uniform": [30, 40]}, r"3\d\.\d{3}"),
    _held("lognormal", ("result",), {"lognormal": {"median": 60, "sigma": 0.01}}, r"(5[5-9]|6[0-5])\.\d{3}"),
    _case(
        "delay-survived",
        "status",
        {"delay": 0.02},
        Told(status=200, body=_own, words=r"held 0\.020 s"),
    ),
    _case(
        "delay-of-an-error",
        "status",
        {"delay": 0.02, "error": 504},
        Told(status=504, json={"error": WORDS[504]}, words=r"held 0\.020 s"),
    ),
    _case(
        "drip-too-slow",
        "result",
        {"drip": {"size": 300, "every": 30}},
        impatient(
            words=r"the client hung up after 300 of \d+ bytes of the body, which came in pieces of 300 bytes",
            status=200,
            body=lambda before: before.own.body[:300],
        ),
    ),
    _case(
        "drip-survived",
        "file",
        {"drip": {"size": 10_000, "every": 0.01}},
        Told(status=200, body=_own, words=r"sent in pieces of 10000 bytes, 0\.01 s apart"),
    ),
    _case(
        "stop",
        ("result", "file"),
        {"stop": 0.5},
        impatient(words=r"silent after \d+ of \d+ bytes of the body", status=200, body=HALF),
    ),
    _case(
        "stop-at-once",
        "file",
        {"stop": 0},
        impatient(words=r"silent after 0 of \d+ bytes of the body", status=200),
    ),
    _cut("result", 0.5),
    _cut("file", 0.5),
    _cut("status", 0),
    _reset("before", "before", "reset before the first byte"),
    _reset("headers", "headers", "reset amid the head"),
    _reset("body", "body", r"reset after \d+ of \d+ bytes of the body", status=200, body=HALF),
    _case(
        "reset-after",
        "result",
        {"reset": "after"},
        Told(status=200, body=_own, words="reset after the whole answer"),
    ),
    _case("hang-up", "status", {"hang_up": True}, Told(status=200, body=_own, words="hung up 0 s after the answer")),
    _case(
        "hang-up-later",
        "status",
        {"hang_up": 0.05},
        Told(status=200, body=_own, words=r"hung up 0\.05 s after the answer"),
    ),
    _case(
        "broken-chunk",
        "result",
        {"broken_chunk": True},
        Broken(
            httpx="RemoteProtocolError",
            curl=56,
            node="HPE_INVALID_CHUNK_SIZE",
            words=r"a chunk whose length is no number after \d+ of \d+ bytes of the body, and closed",
            status=200,
            body=lambda before: before.own.body[: (len(before.own.body) + 1) // 2],
        ),
    ),
    _case(
        "garbage",
        ("submit", "status"),
        {"garbage": 64},
        Broken(
            httpx="RemoteProtocolError",
            curl=1,
            node="HPE_INVALID_CONSTANT",
            words="64 bytes that are not HTTP, and closed",
        ),
    ),
    _case(
        "late-and-cut",
        "result",
        {"delay": 0.02, "cut": 0.5},
        Broken(
            httpx="RemoteProtocolError",
            curl=18,
            node="UND_ERR_SOCKET",
            words=r"held 0\.020 s; closed after \d+ of \d+ bytes of the body",
            status=200,
            body=HALF,
        ),
    ),
]

# --- Output files --------------------------------------------------------------------------------------


def picture(body: bytes) -> tuple[str, tuple[int, int]]:
    """The format and the size of a picture file."""
    with Image.open(io.BytesIO(body)) as opened:
        opened.load()
        return str(opened.format), opened.size


PICTURES: Mapping[str, tuple[Mapping[str, Any], str, str, tuple[int, int]]] = {
    "png": ({"format": "png"}, "image/png", "PNG", (512, 512)),
    "jpg": ({"format": "jpg"}, "image/jpeg", "JPEG", (512, 512)),
    "jpeg": ({"format": "jpeg"}, "image/jpeg", "JPEG", (512, 512)),
    "gif": ({"format": "gif"}, "image/gif", "GIF", (512, 512)),
    "bmp": ({"format": "bmp"}, "image/bmp", "BMP", (512, 512)),
    "tiff": ({"format": "tiff"}, "image/tiff", "TIFF", (512, 512)),
    "webp": ({"format": "webp"}, "image/webp", "WEBP", (512, 512)),
    "size": ({"width": 64, "height": 32}, "image/jpeg", "JPEG", (64, 32)),
    "both": ({"format": "png", "width": 33, "height": 21}, "image/png", "PNG", (33, 21)),
}
"""Another picture than was asked for: what is wanted, its media type, its format, its size."""


CASES: Mapping[str, Case] = {
    case.name: case for case in [*ERRORS, *GIVEN, *TELLS, *REDIRECTS, *CHANGES, *LIMITS, *WIRE]
}
