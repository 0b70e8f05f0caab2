"""The variables that lead a client to a mock on this machine, whoever runs the client. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from segmind_mock.config import WHERE

_LOCAL = ("127.0.0.1", "localhost")


def directions(url: str, key: str, environment: Mapping[str, str]) -> dict[str, str]:
    """`SEGMIND_BASE_URL` (ends in `/v1`), `SEGMIND_API_KEY`, and `SEGMIND_MOCK_URL`, the root, for `/_mock`.

    And `NO_PROXY`, in both spellings, as the environment has it and this machine in it.
    """
    either = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    unproxied = {name: _with_local(environment.get(name) or either) for name in ("NO_PROXY", "no_proxy")}
    return {"SEGMIND_BASE_URL": f"{url}/v1", "SEGMIND_API_KEY": key, WHERE: url, **unproxied}


def _with_local(hosts: str) -> str:
    """Hosts that are reached without a proxy, separated by commas, and this machine among them."""
    named = [host.strip() for host in hosts.split(",") if host.strip()]
    if "*" in named:
        return "*"  # alone it means all hosts; among others it means nothing
    return ",".join([*named, *(host for host in _LOCAL if host not in named)])
