"""Rare: the paths that are not the service's are put together when somebody asks for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from segmind_mock import __version__
from tests.worlds import mock


def test_the_page() -> None:
    """At `/` there is a page."""
    answer = mock().get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "http://mock.test/v2/sam-img2img" in answer.text


def test_the_contract() -> None:
    """`/openapi.json` is the contract under the origin it was asked at, with this version."""
    document = mock().get("/openapi.json", headers={"host": "here.test:81"}).json()
    assert document["servers"][0]["url"] == "http://here.test:81"
    assert document["info"]["version"] == __version__
    assert "/v2/sd1.5-img2img" in document["paths"]


@pytest.mark.parametrize("quirk", [{"lenient": "off"}, {"v2_validation": "submit"}])
def test_the_contract_follows_the_quirks(quirk: dict[str, str]) -> None:
    """A server that refuses more than others serves another contract."""
    assert mock().get("/openapi.json").json() != mock(quirks=quirk).get("/openapi.json").json()


@pytest.mark.parametrize(("reading", "status"), [("400", 400), ("404", 404)])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_path_that_is_nothing(method: str, reading: str, status: int) -> None:
    """A path that is no endpoint is answered in JSON that names it, with the status of the quirk."""
    answer = mock(quirks={"unknown_path": reading}).request(method, "/a/path")
    assert answer.status_code == status
    assert answer.json() == {"error": "There is no endpoint /a/path here; / says what there is."}


def test_a_long_path() -> None:
    """Of a path that is nothing only so much is told again."""
    assert len(mock().get("/" + "a" * 5000).text) < 300


@pytest.mark.parametrize("path", ["/", "/openapi.json"])
def test_a_wrong_host(path: str) -> None:
    """Where the origin matters, a Host header that is none is refused."""
    answer = mock().get(path, headers={"host": "a b"})
    assert (answer.status_code, answer.json()) == (400, {"error": "The Host header is not a host name."})


@pytest.mark.parametrize("host", ["[", "a b", "<>", ":", ""])
def test_a_wrong_host_elsewhere(host: str) -> None:
    """Where the origin does not matter, neither does the Host header."""
    assert mock().get("/nothing", headers={"host": host}).status_code == 400


def test_starlette_is_loaded_late() -> None:
    """Making an app does not load Starlette's routing."""
    code = "import sys, segmind_mock.app; segmind_mock.app.create_app(); sys.exit('starlette.routing' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
