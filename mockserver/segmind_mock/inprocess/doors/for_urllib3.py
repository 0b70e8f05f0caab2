"""The door into urllib3, and so into requests: where it would open a connection.

Its connections are those of `http.client`, whose door is needed as well; here is what they do in their own way.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from segmind_mock.inprocess.doors.sockets import QuietSocket, connected, place_of
from segmind_mock.inprocess.hosts import SWITCHBOARD
from segmind_mock.inprocess.patching import Replacement


def replacements(library: ModuleType) -> list[Replacement]:
    """What takes the place of the connections' own methods; a Python without `ssl` has one kind of them only."""
    connection: Any = library.connection
    plain, secure = connection.HTTPConnection, connection.HTTPSConnection
    kinds = [plain, secure] if hasattr(secure, "connect") else [plain]
    found = [Replacement(kind, "connect", _connecting(library, kind.connect)) for kind in kinds]
    state: Any = vars(plain).get("is_connected")
    if state is None:  # of the old make 1, which opens a new connection for each request then
        return found
    is_connected: Any = property(_looking(state.fget))
    return [*found, Replacement(plain, "is_connected", is_connected)]


def _connecting(library: Any, real: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any) -> None:
        place = place_of(self)
        service = SWITCHBOARD.service(place.host, place.url())
        if service is None:
            real(self)
            return
        self._has_connected_to_proxy = bool(self.proxy)
        try:
            self.sock = connected(service, place, self.timeout)
        except ConnectionRefusedError as refused:
            text = f"Failed to establish a new connection: {refused}"
            raise library.exceptions.NewConnectionError(self, text) from refused
        self.is_verified = place.scheme == "https"
        if self.proxy:
            self.proxy_is_verified = False

    return connect


def _looking(real: Callable[..., Any]) -> Callable[..., Any]:
    def is_connected(self: Any) -> Any:
        return self.sock.is_free if isinstance(self.sock, QuietSocket) else real(self)

    return is_connected
