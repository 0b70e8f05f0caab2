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
    ├── RateLimited           429  too many requests, or a bound of this mock
    ├── ServerError           500  the model failed while a v1 caller waited
    └── GatewayTimeout        504  v1 took longer than the service waits

Texts that wire-facts gives are used as they are; where it gives none (U6) the text is this mock's own.
"""

from __future__ import annotations


class ApiError(Exception):
    """An answer that is an error: `{"error": text}` unless the class says otherwise."""

    status = 500

    title = ""
    """Set where the answer is a page instead of JSON."""

    def __init__(self, text: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.headers = headers


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


class RateLimited(ApiError):
    """429."""

    status = 429


class ServerError(ApiError):
    """500."""

    status = 500


class GatewayTimeout(ApiError):
    """504, as JSON or as a page (quirk `gateway_page`)."""

    status = 504

    def __init__(self, text: str, *, page: bool = False) -> None:
        super().__init__(text)
        if page:
            self.title = "Gateway Timeout"
