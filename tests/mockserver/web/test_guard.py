"""Guard: the control plane is for this machine's programs, or for whoever has the token; for no page from elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from segmind_mock.config import Config
from segmind_mock.web.guard import Denied, Guard, is_loopback
from tests.worlds import KEY, Mock, mock

TOKEN = "t0ken"
OWN_NAMES = ("localhost", "127.0.0.1", "::1")


def headers(*several: tuple[str, str]) -> Headers:
    """Headers as Starlette has them."""
    return Headers(raw=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in several])


def denied(guard: Guard, *several: tuple[str, str], scheme: str = "http", open_to_all: bool = False) -> int:
    """The status with which a request is turned away; 0 where it is let in."""
    try:
        guard.admit(headers(*several), scheme=scheme, open_to_all=open_to_all)
    except Denied as found:
        return found.status
    return 0


OPEN = Guard(Config(), "")
LOCKED = Guard(Config(host="0.0.0.0"), TOKEN)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("127.0.0.1.evil.test", False),
        ("localhost.evil.test", False),
        ("notlocalhost", False),
        ("127.1", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    """An address is loopback when only this machine can reach it."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8787",
        "LOCALHOST:1",
        "localhost.:8787",
        "127.0.0.1:8787",
        "127.0.0.2",
        "[::1]:8787",
        "[::1]",
        "a.localhost:80",
    ],
)
def test_names_of_this_machine(host: str) -> None:
    """Under a name of this machine the control plane answers, whatever the port, the case or a dot at the end."""
    assert denied(OPEN, ("host", host)) == 0


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8787",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "evil.test@localhost",
        "localhost@evil.test",
        "localhost:80@evil.test",
        "localhost/evil.test",
        "evil.test/@localhost",
        "localhost#evil.test",
        "localhost?evil.test",
        "localhost\\evil.test",
        "localhost evil.test",
        "localhost,evil.test",
        "[::1",
        "::1",
        "[::1]evil.test",
        "[::1%25eth0]",
        "[2001:db8::1]",
        "0.0.0.0",
        "192.168.1.5",
        "localhost:",
        "localhost:port",
        "localhost..",
        ".localhost.evil",
        ":8787",
        "\xa0localhost",
        "",
    ],
)
def test_other_names(host: str) -> None:
    """Under any other name it does not: some page had that name resolved to this machine."""
    assert denied(OPEN, ("host", host)) == 403


def test_a_host_twice() -> None:
    """Two Host headers are none, and so is no Host header."""
    assert denied(OPEN, ("host", "localhost"), ("host", "evil.test")) == 403
    assert denied(OPEN) == 403


@pytest.mark.parametrize("host", ["mock.test:9000", "MOCK.test", "mock.test."])
def test_the_public_url(host: str) -> None:
    """The host of `public_url` is a name of this machine."""
    assert denied(Guard(Config(public_url="https://mock.test/at/a/path"), ""), ("host", host)) == 0
    assert denied(OPEN, ("host", host)) == 403


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8787", "http://localhost:8787"),
        ("LOCALHOST:8787", "http://localhost:8787"),
        ("localhost", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("[::1]:5", "http://[::1]:5"),
    ],
)
def test_its_own_page(host: str, origin: str) -> None:
    """A page of this mock itself is let through."""
    assert denied(OPEN, ("host", host), ("origin", origin), ("sec-fetch-site", "same-origin")) == 0


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.test",
        "http://localhost:8788",
        "http://localhost",
        "https://localhost:8787",
        "http://127.0.0.1:8787",
        "http://localhost:8787.evil.test",
        "http://localhost:8787@evil.test",
        "http://evil.test@localhost:8787",
        "http://localhost:8787/",
        "file://localhost:8787",
        "localhost:8787",
        "http://",
        "://localhost:8787",
    ],
)
def test_other_pages(origin: str) -> None:
    """A page of another host, port or scheme is refused, the token in its hand or not."""
    sent = (("host", "localhost:8787"), ("origin", origin))
    assert denied(OPEN, *sent) == 403
    assert denied(LOCKED, *sent, ("authorization", f"Bearer {TOKEN}")) == 403
    assert denied(LOCKED, *sent, open_to_all=True) == 403


def test_an_origin_without_a_host() -> None:
    """An origin that is no text is not taken for the same as a Host that is not there."""
    for origin in ("null", "", "http://"):
        assert denied(LOCKED, ("origin", origin), ("authorization", f"Bearer {TOKEN}")) == 403
    nonsense = (("host", "a b"), ("origin", "http://c d"), ("authorization", f"Bearer {TOKEN}"))
    assert denied(LOCKED, *nonsense) == 403
    same = "http://localhost"
    assert denied(OPEN, ("host", "localhost"), ("origin", same), ("origin", "http://evil.test")) == 403


def test_the_public_origin() -> None:
    """A page under `public_url` is one of this mock's, though a proxy changed the scheme."""
    guard = Guard(Config(public_url="https://mock.test"), "")
    assert denied(guard, ("host", "mock.test"), ("origin", "https://mock.test")) == 0
    assert denied(guard, ("host", "127.0.0.1:8787"), ("origin", "https://mock.test:443")) == 0
    assert denied(guard, ("host", "127.0.0.1:8787"), ("origin", "https://mock.test:444")) == 403


@pytest.mark.parametrize(("site", "status"), [("none", 0), ("same-origin", 0), ("same-site", 403), ("cross-site", 403)])
def test_what_the_browser_says(site: str, status: int) -> None:
    """A browser that says that another site asks is believed."""
    assert denied(OPEN, ("host", "localhost"), ("sec-fetch-site", site)) == status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 0),
        (f"bearer  {TOKEN} ", 0),
        ("Bearer", 401),
        ("Bearer ", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer \xe9", 401),
        (None, 401),
    ],
)
def test_the_token(given: str | None, status: int) -> None:
    """Where there is a token, whoever has it is let in under any name, and nobody else; but for what is open to all."""
    sent = [("host", "10.0.0.5:8787"), *([("authorization", given)] if given is not None else [])]
    assert denied(LOCKED, *sent) == status
    assert denied(Guard(Config(), TOKEN), ("host", "localhost"), *sent[1:]) == status
    assert denied(LOCKED, *sent, open_to_all=True) == 0


def test_the_token_twice() -> None:
    """Two credentials are none."""
    assert denied(LOCKED, ("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer x")) == 401


NAMES = st.sampled_from(["host", "origin", "sec-fetch-site", "authorization"])
TEXTS = (
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
    | st.sampled_from(["localhost", "http://localhost", "null", f"Bearer {TOKEN}", "same-origin"])
    | st.text("localhost127.:[]@/#?%e", max_size=16)
)


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=5))
@example([("host", "evil@localhost")])
def test_nobody_gets_in_by_accident(several: list[tuple[str, str]]) -> None:
    """Whoever is let in without a token named this machine alone and no other origin; with one, just that token."""
    values = {name: [value for known, value in several if known == name] for name, _ in several}
    if denied(OPEN, *several) == 0:
        (host,) = values["host"]
        name = host.lower().rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host.lower()
        bare = name.removesuffix(".").strip("[]")
        assert bare in OWN_NAMES or bare.endswith(".localhost") or bare.startswith("127.") or is_loopback(bare)
        assert not set(host) & set("@/#?\\, ")
        assert all(origin.lower().startswith("http://") for origin in values.get("origin", []))
        assert set(values.get("sec-fetch-site", [])) <= {"none", "same-origin"}
    if denied(LOCKED, *several) == 0:
        (given_,) = values["authorization"]
        assert given_.split()[1] == TOKEN


# --- On the app --------------------------------------------------------------------------------------


CALLS = (
    ("GET", "state"),
    ("POST", "reset"),
    ("GET", "clock"),
    ("POST", "clock"),
    ("GET", f"accounts/{KEY}"),
    ("PUT", f"accounts/{KEY}"),
    ("GET", "scenarios"),
    ("GET", "scenario"),
    ("PUT", "scenario"),
    ("DELETE", "scenario"),
    ("GET", "journal"),
    ("DELETE", "journal"),
    ("POST", "verify"),
    ("GET", "nothing"),
    ("PATCH", "clock"),
)


def status(here: Mock, method: str, path: str, **sent: str) -> int:
    """The status of a call of the control plane."""
    names = {name.replace("_", "-"): value for name, value in sent.items()}
    return here.request(method, f"/_mock/{path}", headers={"host": "localhost", **names}).status_code


@pytest.mark.parametrize(("method", "path"), CALLS, ids=" ".join)
def test_every_call_is_guarded(method: str, path: str) -> None:
    """No call but health goes by the guard: not for its token, not for pages from elsewhere, not for other names."""
    here = mock()
    assert status(here, method, path, origin="http://evil.test") == 403
    assert status(here, method, path, host="evil.test") == 403
    assert status(here, method, path, sec_fetch_site="cross-site") == 403
    locked = mock(token=TOKEN)
    assert status(locked, method, path) == 401
    assert status(locked, method, path, authorization=f"Bearer {TOKEN}") not in (401, 403)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_health_needs_no_token(host: str) -> None:
    """Bound beyond this machine, all but health needs a token, drawn where none is set; orchestrators poll that."""
    here = mock(host=host)
    assert len(here.app.token) >= 24
    assert here.app.token != mock(host=host).app.token
    assert status(here, "GET", "health", host="10.0.0.5:1") == 200
    assert status(here, "GET", "health", origin="http://evil.test") == 403
    assert status(here, "GET", "state", host="10.0.0.5:1") == 401
    assert status(here, "GET", "state", host="10.0.0.5:1", authorization=f"Bearer {here.app.token}") == 200


@pytest.mark.parametrize("path", ["/", "/openapi.json", "/v1/get-user-credits", "/v2/requests/x", "/generations/x.png"])
def test_the_service_is_not_guarded(path: str) -> None:
    """What is not the control plane is the same for pages from elsewhere, under other names and without the token."""
    sent = {"host": "evil.test", "origin": "http://evil.test", "sec-fetch-site": "cross-site"}
    here = mock(token=TOKEN)
    assert here.get(path, headers=sent).status_code == here.get(path).status_code not in (401, 403)


@given(st.dictionaries(st.sampled_from(["host", "origin", "authorization"]), st.binary(max_size=20)))
def test_any_headers(sent: dict[str, bytes]) -> None:
    """Whatever the headers are, the answer is one that was meant."""
    wild = {name: value.replace(b"\r", b"").replace(b"\n", b"") for name, value in sent.items()}
    for here in (mock(), mock(token=TOKEN)):
        answered = here.request("GET", "/_mock/state", headers=wild)
        assert answered.status_code in (401, 403) or (answered.status_code == 200 and "host" in wild)
