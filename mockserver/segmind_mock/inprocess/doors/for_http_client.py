"""The door into the standard library's `http.client`, and so into `urllib.request`: where it would connect."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from segmind_mock.inprocess.doors.sockets import connected, place_of, turn_to
from segmind_mock.inprocess.hosts import SWITCHBOARD
from segmind_mock.inprocess.patching import Replacement


def replacements(library: ModuleType) -> list[Replacement]:
    """What takes the place of the connections' own methods; a Python without `ssl` has one kind of them only."""
    plain, secure = library.HTTPConnection, getattr(library, "HTTPSConnection", None)
    kinds = [plain] if secure is None else [plain, secure]
    return [
        Replacement(plain, "putrequest", _turning(plain.putrequest)),
        *(Replacement(kind, "connect", _connecting(kind.connect)) for kind in kinds),
    ]


def _turning(real: Callable[..., Any]) -> Callable[..., Any]:
    def putrequest(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        turn_to(self, url)
        real(self, method, url, *args, **kwargs)

    return putrequest


def _connecting(real: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any) -> None:
        place = place_of(self)
        service = SWITCHBOARD.service(place.host, place.url())
        if service is None:
            real(self)
        else:
            self.sock = connected(service, place, self.timeout)

    return connect
