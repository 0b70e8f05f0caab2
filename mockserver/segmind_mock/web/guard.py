"""Who may use the control plane: this machine's programs and, where a wider net is listened to, who has the token."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Sequence
from typing import Protocol

from segmind_mock.config import Config

_LOCAL = "localhost"
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::(\d{1,5}))?")
_ORIGIN = re.compile(r"(https?)://(.+)")
_PORTS = {"http": "80", "https": "443"}

Address = tuple[str, str]
"""A host, in small letters and without a dot at its end, and a port; the port may be empty."""


class Denied(Exception):
    """The control plane is not for this caller; `status` is that of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Headers(Protocol):
    """The headers of a request, as Starlette has them."""

    def getlist(self, key: str) -> Sequence[str]:
        """Every value of one name."""


def is_loopback(host: str) -> bool:
    """Whether a host, by name or by address, is this machine as only itself can reach it."""
    name = host.strip("[]").lower().removesuffix(".")
    if name == _LOCAL or name.endswith("." + _LOCAL):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """Looks at the headers of requests for the control plane. `token`: empty where none is asked for."""

    def __init__(self, config: Config, token: str) -> None:
        self._token = token
        scheme, _, rest = config.public_url.lower().partition("://")
        self._public = (scheme, _address(rest.partition("/")[0], scheme)) if config.public_url else None
        self._listens = config.host.strip("[]").lower()

    def admit(self, headers: Headers, *, scheme: str = "http", open_to_all: bool = False) -> None:
        """Let a request pass that came by `scheme`; one that is `open_to_all` needs no token.

        Raises `Denied`, whatever it asks for: 401 for want of the token, 403 for where it comes from.
        """
        host = _only(headers, "host")
        self._refuse_pages(headers, host, scheme)
        if not self._token:
            self._refuse_names(host)
        elif not open_to_all:
            self._ask_for_token(headers)

    def _refuse_pages(self, headers: Headers, host: str, scheme: str) -> None:
        if headers.getlist("origin"):
            origin = _only(headers, "origin")
            written = _ORIGIN.fullmatch(origin.lower())
            came = None if written is None else (written[1], _address(written[2], written[1]))
            ours = [(scheme, _address(host, scheme)), self._public]
            if came is None or came[1] is None or came not in ours:
                raise Denied(403, f"A page of {origin[:100]} may not use the control plane of this mock.")
        if any(site not in ("none", "same-origin") for site in headers.getlist("sec-fetch-site")):
            raise Denied(403, "A page of another site may not use the control plane of this mock.")

    def _refuse_names(self, host: str) -> None:
        """A name that some page had resolved to this machine is no name of this machine."""
        address = _address(host, "http")
        name = address[0] if address is not None else ""
        public = self._public is not None and self._public[1] is not None and name == self._public[1][0]
        if not name or not (is_loopback(name) or name.strip("[]") == self._listens or public):
            raise Denied(
                403,
                f"The Host header is {host[:100]!r}; the control plane answers under localhost or 127.0.0.1, "
                "or under the setting `public_url`.",
            )

    def _ask_for_token(self, headers: Headers) -> None:
        scheme, _, given = _only(headers, "authorization").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip(" ").encode(), self._token.encode()):
            return
        raise Denied(
            401,
            "The control plane of this mock needs its token: Authorization: Bearer TOKEN "
            "(printed when the server starts, or set by the setting `token`).",
        )


def _only(headers: Headers, name: str) -> str:
    """The value of a header; of one that is missing or that comes twice, nothing that anything is equal to."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _address(host: str, scheme: str) -> Address | None:
    """The host and the port that a Host header or the end of an origin names; None for what is no such text."""
    written = _HOST.fullmatch(host.lower())
    if written is None:
        return None
    return written[1].removesuffix("."), written[2] or _PORTS.get(scheme, "")
