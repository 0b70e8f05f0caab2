"""What the service refuses, as values: status, body and headers. One function of the web edge writes them out.

    ApiError
    ├── BadRequest            400  malformed body, missing or wrong parameter
    │   └── UnusablePicture   400  an input picture that is none, is damaged or is too large
    ├── Unauthorized          401  no credential, or one that is refused
    ├── Forbidden             403  the account may not call this model
    ├── NotFound              404  no such request (any more), no such file
    │   └── UnknownModel      404  no such model
    ├── MethodNotAllowed      405  an HTML page, with Allow
    ├── NotAcceptable         406  content type, or (InsufficientCredits) the balance
    ├── Gone                  410  a retired model
    ├── TooLarge              413  beyond a bound of this mock
    ├── Unprocessable         422  only under the quirk `v2_validation`
    │   └── JobFailed         422  the job ran and FAILED: a status body, not an error's
    ├── RateLimited           429  too many requests, or a bound of this mock
    ├── ServerError           500  the model failed while a v1 caller waited
    ├── BadGateway            502  nothing behind the gateway answers
    └── GatewayTimeout        504  v1 took longer than the service waits

Texts that wire-facts gives are used as they are; where it gives none (U6) the text is this mock's own. `documented`
gives any of them for any operation, as one that is asked for: by a rule, a magic key or a header.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import orjson

from segmind_mock.operations import GENERATIONS, LOOKS, Operation

if TYPE_CHECKING:
    from segmind_spec import Violation

DOCUMENTED = (400, 401, 402, 403, 404, 405, 406, 410, 422, 429, 500, 502, 504)
"""The statuses of errors that the service's documents name, or that were seen."""

MOST_VIOLATIONS = 100
"""Broken rules of one call that are told one by one."""


class ApiError(Exception):
    """An answer that is an error: `{"error": text}` unless the class says otherwise."""

    status = 500

    title = ""
    """Set where the answer is a page instead of JSON."""

    quirk: str = ""
    """The quirk that decided it, with its reading: `bad_enum=406`."""

    violations: tuple[dict[str, object], ...] = ()
    """What was wrong with the call, one by one, as `violations_told` tells it."""

    def __init__(self, text: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.headers = headers

    @property
    def body(self) -> bytes:
        """The error as JSON."""
        return orjson.dumps({"error": self.text})

    def explained(self, *, quirk: str = "", violations: tuple[dict[str, object], ...] = ()) -> Self:
        """This error, with its reasons; they show in no body."""
        self.quirk = quirk
        self.violations = violations
        return self


class BadRequest(ApiError):
    """400."""

    status = 400


class UnusablePicture(BadRequest):
    """400 on v1; on v2 the job FAILS, whatever the quirk `v2_validation`."""


class Unauthorized(ApiError):
    """401, in the two variants of wire-facts a."""

    status = 401

    @classmethod
    def missing(cls) -> Unauthorized:
        """No credential at all."""
        return cls("Missing Authorization or x-api-key in header")

    @classmethod
    def refused(cls) -> Unauthorized:
        """A credential that is not accepted."""
        return cls("Unauthorized. API key is invalid or may have expired...")


class Forbidden(ApiError):
    """403."""

    status = 403


class NotFound(ApiError):
    """404."""

    status = 404

    @classmethod
    def request(cls, request_id: str) -> NotFound:
        """No such request, or none any more."""
        return cls(f"Request {request_id} not found")

    @classmethod
    def output(cls, request_id: str) -> NotFound:
        """The words of the older v1 poll."""
        return cls(f"Output for this request ID {request_id} Not Found")


class UnknownModel(NotFound):
    """404 for a slug; its form is the quirk `unknown_model`."""


class MethodNotAllowed(ApiError):
    """405: the one error of the gateway that is a page."""

    status = 405
    title = "Method Not Allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__("The method is not allowed for the requested URL.", (("allow", allowed),))


class NotAcceptable(ApiError):
    """406."""

    status = 406


class InsufficientCredits(NotAcceptable):
    """406, or 402 on v2 (quirk `v2_no_credits`)."""

    def __init__(self, balance: float, needed: float, status: int = 406) -> None:
        named = f"You have {balance} credits"
        # The words of 402 are those that were seen; those of 406 are known to name both numbers.
        super().__init__(f"Insufficient credits. {named}{'.' if status == 402 else f', this call needs {needed}.'}")
        self.status = status


class Gone(ApiError):
    """410."""

    status = 410


class TooLarge(ApiError):
    """413: a bound of this mock; the service publishes none (U13)."""

    status = 413


class Unprocessable(ApiError):
    """422 at submit: the older reading of that code (C7), only under a quirk."""

    status = 422


class JobFailed(Unprocessable):
    """422 of a look at a job that FAILED: the body of its status, without timings that nobody knows."""

    def __init__(self, text: str, request_id: str | None = None) -> None:
        super().__init__(text)
        self.request_id = request_id
        """None where the body does not name it (quirk `failed_request_id`)."""

    @property
    def body(self) -> bytes:
        """The status body, its keys in alphabetical order."""
        told: dict[str, object] = {"error": self.text, "metrics": {}}
        if self.request_id is not None:
            told["request_id"] = self.request_id
        return orjson.dumps({**told, "status": "FAILED"})


class RateLimited(ApiError):
    """429."""

    status = 429


class ServerError(ApiError):
    """500."""

    status = 500


class BadGateway(ApiError):
    """502, as JSON or as a page (quirk `gateway_page`)."""

    status = 502

    def __init__(self, text: str, *, page: bool = False) -> None:
        super().__init__(text)
        if page:
            self.title = "Bad Gateway"


class GatewayTimeout(ApiError):
    """504, as JSON or as a page (quirk `gateway_page`)."""

    status = 504

    def __init__(self, text: str, *, page: bool = False) -> None:
        super().__init__(text)
        if page:
            self.title = "Gateway Timeout"


def phrase(status: int) -> str:
    """What HTTP calls a status (`Not Found`); empty where it has no name for it."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def violations_told(violations: Sequence[Violation]) -> tuple[dict[str, object], ...]:
    """Broken rules as they are shown: the first `MOST_VIOLATIONS`, and how many `more` there are."""
    told = [violation_told(violation) for violation in violations[:MOST_VIOLATIONS]]
    more = len(violations) - len(told)
    return (*told, {"more": more}) if more else tuple(told)


def violation_told(violation: Violation) -> dict[str, object]:
    """A broken rule as it is shown: a JSON pointer ("" is the whole body), the keyword, a sentence."""
    return {"at": violation.pointer, "rule": violation.keyword, "message": violation.message}


def documented(
    code: int,
    *,
    operation: Operation,
    argument: str = "",
    text: str | None = None,
    page: bool = False,
    reset: tuple[str, str] | None = None,
    needed: float = 0.0,
    names_job: bool = True,
) -> ApiError:
    """The error `code`, one of `DOCUMENTED`, as the service answers it to an operation on `argument`.

    `argument` is the slug or the request id. `text` stands in place of the service's words. `page` is for 502 and
    504 (quirk `gateway_page`), `reset` is the header of a 429, `needed` the credits that 406 names, and
    `names_job` whether the body of a job that FAILED has its id (quirk `failed_request_id`). Raises ValueError for
    any other code.
    """
    about = argument[:100]
    error: ApiError
    match code:
        case 402 | 406:
            error = InsufficientCredits(0.0, needed, code)
        case 404:
            error = _nothing_there(operation, about)
        case 405:
            error = MethodNotAllowed("POST" if operation in GENERATIONS else "GET, HEAD")
        case 422:
            error = _unprocessable(operation, about if names_job else None)
        case 429:
            error = RateLimited("Too many requests", (reset,) if reset else ())
        case 502:
            error = BadGateway("Bad Gateway, service temporarily unavailable", page=page)
        case 504:
            error = GatewayTimeout("Request timed out", page=page)
        case _:
            error = _plain(code, operation, about)
    error.text = _encodable(error.text if text is None else text)
    error.args = (error.text,)
    return error


def _plain(code: int, operation: Operation, about: str) -> ApiError:
    match code:
        case 400:
            return BadRequest("Prompt is Mandatory and must be string")
        case 401:
            return Unauthorized.refused()
        case 403:
            return Forbidden(_forbidden(operation, about))
        case 410:
            named = f"Model {about}" if operation in GENERATIONS else "What was asked for"
            return Gone(f"{named} has been retired and is no longer available")
        case 500:
            return ServerError("Failed while returning the output")
    raise ValueError(f"{code} is no documented error; allowed: {', '.join(map(str, DOCUMENTED))}")


def _forbidden(operation: Operation, about: str) -> str:
    if operation in GENERATIONS:
        return f"Forbidden. This account may not call the model {about}."
    if operation in LOOKS:
        return "Forbidden. The request belongs to another account."
    return "Access denied"


def _nothing_there(operation: Operation, about: str) -> NotFound:
    if operation in GENERATIONS:
        return UnknownModel(f"Model {about} not found")
    match operation:
        case Operation.STATUS | Operation.RESULT:
            return NotFound.request(about)
        case Operation.POLL:
            return NotFound.output(about)
        case Operation.CREDITS:
            return NotFound("No credits found for the user")
        case Operation.FILE:
            return NotFound("File not found")
    return NotFound("Not found")


def _unprocessable(operation: Operation, request_id: str | None) -> Unprocessable:
    if operation in LOOKS:
        return JobFailed("Failed while returning the output", request_id)
    return Unprocessable("Invalid parameters")


def _encodable(text: str) -> str:
    """The text as UTF-8 can hold it: half a surrogate pair is no character."""
    return text.encode("utf-8", "replace").decode()
