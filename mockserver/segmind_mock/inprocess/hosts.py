"""Which calls are answered by a mock, which go on to the network, and which are refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Lock
from urllib.parse import urlsplit

from segmind_mock.inprocess.service import Service
from segmind_mock.redaction import without_keys

SERVICE_HOSTS = (
    "api.segmind.com",
    "api-latest.segmind.com",
    "images.segmind.com",
    "workflows-api.segmind.com",
    "api.spotprod.segmind.com",
    "cloud.segmind.com",
    "platform.segmind.com",
)
"""Hosts on which the service answers calls or serves files (wire-facts a). Its website is not among them."""


class NetworkBlocked(RuntimeError):
    """A call to another host than the service's, where the network is blocked."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What one interception answers, and what it lets through. Hosts are written as `plain` writes them."""

    service: Service
    hosts: frozenset[str]
    blocks: bool
    allowed: frozenset[str]


class Switchboard:
    """The interceptions in force, innermost first. All client libraries ask here where a call goes."""

    def __init__(self) -> None:
        self._reaches: tuple[Reach, ...] = ()
        self._lock = Lock()

    def connect(self, reach: Reach) -> None:
        """An interception begins."""
        with self._lock:
            self._reaches = (reach, *self._reaches)

    def disconnect(self, reach: Reach) -> None:
        """It ends, in whatever order."""
        with self._lock:
            self._reaches = tuple(other for other in self._reaches if other is not reach)

    def service(self, host: str, url: str) -> Service | None:
        """Who answers a call to a host; None: the network. Raises `NetworkBlocked`; `url` is for its text."""
        reaches = self._reaches
        host = plain(host)
        for reach in reaches:
            if host in reach.hosts:
                return reach.service
        for reach in reaches:
            if reach.blocks and host not in reach.allowed and not _is_this_machine(host):
                raise NetworkBlocked(_refusal(host, url, reaches))
        return None


SWITCHBOARD = Switchboard()
"""The one of this process."""


def plain(host: str) -> str:
    """A host's name as it is compared: in small letters, without the dot of the root or an address's brackets."""
    return host.lower().rstrip(".").strip("[]")


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal(host: str, url: str, reaches: Iterable[Reach]) -> str:
    answered = sorted(frozenset[str]().union(*(reach.hosts for reach in reaches)))
    allowed = sorted(frozenset[str]().union(*(reach.allowed for reach in reaches if reach.blocks)))
    parts = urlsplit(str(url))  # without a query and a user, in which there may be secrets
    shown = without_keys(f"{parts.scheme}://{parts.hostname}{parts.path}")
    further = f" {', '.join(allowed)} can be called too." if allowed else ""
    return (
        f"{shown} was not called: block_network=True lets nothing through to the network. "
        f"The mock answers for {', '.join(answered)}; this machine can always be called.{further} "
        f'To let this call through, say allow=["{host}"].'
    )
