"""Facts g: what is refused, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.worlds import CATALOG, mock, printed_call

SD = "sd1.5-img2img"
CALL = {"image": "https://x.test/a.png", "prompt": "a lighthouse"}


@pytest.mark.fact("g1")
@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("POST", f"/v1/{SD}", {"content": b"{", "headers": {"content-type": "application/json"}}),
        ("POST", f"/v1/{SD}", {"json": {}}),
        ("POST", "/v1/nothing", {"json": {}}),
        ("GET", "/v2/requests/nothing", {}),
        ("GET", "/nowhere", {}),
        ("POST", f"/v1/{SD}", {"content": b"x"}),
    ],
    ids=["json", "parameters", "slug", "id", "path", "type"],
)
def test_errors_have_one_key(method: str, path: str, options: dict[str, Any]) -> None:
    """JSON, `error`, a sentence, and nothing else."""
    answer = mock().request(method, path, **options)
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    assert len(answer.json()["error"]) > 10


@pytest.mark.fact("g2")
@pytest.mark.fact("h5")
@pytest.mark.parametrize("prompt", ["mock:fail", "mock:block", "mock:stuck", "mock:slow=x"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_only_success_is_billed(version: str, prompt: str) -> None:
    """No bad end of a job costs anything."""
    world = mock(credits=1)
    world.post(f"/{version}/{SD}", CALL | {"prompt": prompt})
    world.clock.advance(3000)
    assert world.credits() == 1


@pytest.mark.fact("g3")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prompt": None}, "prompt is null; allowed: text"),
        ({"samples": 9}, "samples is 9; allowed: a whole number from 1 to 4"),
        ({"seed": "x"}, 'seed is "x"; allowed: a whole number that fits in 64 bits'),
        ({"img_width": 100}, "img_width is 100; allowed: 512, 768"),
        ({"image": "not an image!"}, 'image is "not an image!"; allowed: '),
    ],
    ids=["null", "range", "type", "enum", "image"],
)
def test_a_400_names_the_parameter(change: dict[str, object], sentence: str) -> None:
    """What was sent and what is allowed, in a sentence."""
    answer = mock().post(f"/v1/{SD}", CALL | change)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]


@pytest.mark.fact("g3")
def test_a_400_names_every_fault() -> None:
    """All at once, in the order of the page."""
    text = mock().post(f"/v1/{SD}", {"image": "/a.png", "samples": 9, "strength": 3}).json()["error"]
    assert [name for name in ("prompt", "samples", "strength") if name in text] == ["prompt", "samples", "strength"]
    assert text.index("prompt is missing") < text.index("samples is 9") < text.index("strength is 3")


def test_a_value_outside_a_set_may_be_406() -> None:
    """Conflict C6: under `bad_enum=406` only a body whose every fault is of that kind."""
    world = mock(quirks={"bad_enum": "406"})
    assert world.post(f"/v1/{SD}", CALL | {"scheduler": "nope"}).status_code == 406
    assert world.post(f"/v1/{SD}", CALL | {"scheduler": "nope", "samples": 9}).status_code == 400


BROKEN = {
    "empty": b"",
    "not JSON": b"{bad",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "NaN": b'{"strength": NaN}',
    "infinity": b'{"strength": 1e999}',
    "5,000 digits": b'{"seed": ' + b"7" * 5000 + b"}",
    "too deep": b'{"a":' * 100 + b"1" + b"}" * 100,
    "far too deep": b"[" * 100_000,
    "duplicate keys": b'{"prompt": "a", "prompt": "b"}',
    "duplicate keys, spaced": b'{"prompt": "a", "prompt" : "b", "x": "c:d"}',
    "duplicate keys, escaped": b'{"prompt": "a:", "pr\\u006fmpt": "b"}',
    "duplicate keys, inside": b'{"prompt": "a", "x": {"y": 1, "y": 2}}',
    "NUL": b'{"prompt": "a\\u0000b"}',
    "NUL in a key": b'{"a\\u0000b": 1}',
    "a raw NUL": b'{"prompt": "a\x00b"}',
    "a lone surrogate": b'{"prompt": "\\ud800"}',
    "not UTF-8": b'{"prompt": "\xff\xfe"}',
    "UTF-16": '{"prompt": "a"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "trailing text": b"{} {}",
}


@pytest.mark.fact("g3")
@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_400(version: str, name: str) -> None:
    """On both surfaces, at once, with words, and nothing is left behind."""
    world = mock()
    headers = {"content-type": "application/json"}
    answer = world.post(f"/{version}/{SD}", content=BROKEN[name], headers=headers)
    assert answer.status_code == 400
    assert "body" in answer.json()["error"].lower()
    backend = world.app.backend
    assert (backend.world(world.key).drawn, len(backend._payloads)) == (0, 0)


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "x" * 500])
def test_another_charset_is_400(charset: str) -> None:
    """JSON is UTF-8."""
    headers = {"content-type": f"application/json; charset={charset}"}
    assert mock().post(f"/v1/{SD}", content=json.dumps(CALL), headers=headers).status_code == 400


@pytest.mark.parametrize(
    "header", ["application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"']
)
def test_utf_8_may_be_named(header: str) -> None:
    """The usual ways of writing the content type are read."""
    assert mock().post(f"/v1/{SD}", content=json.dumps(CALL), headers={"content-type": header}).status_code == 200


def test_a_huge_body_is_413() -> None:
    """The bound is a setting, and the error names it."""
    answer = mock(max_body=2048).post(f"/v1/{SD}", CALL | {"prompt": "x" * 4000})
    assert answer.status_code == 413
    assert "2048" in answer.json()["error"]


@pytest.mark.parametrize("body", [b"--x\r\n", b"", b"--x\r\nContent-Disposition: nonsense\r\n\r\n\r\n--x--\r\n"])
def test_a_broken_form_is_400(body: bytes) -> None:
    """A multipart body that cannot be read is told so."""
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert mock().post(f"/v1/{SD}", content=body, headers=headers).status_code == 400


def test_a_form_without_a_boundary_is_400() -> None:
    """The header must say where parts end."""
    assert mock().post(f"/v1/{SD}", content=b"x", headers={"content-type": "multipart/form-data"}).status_code == 400


@pytest.mark.fact("g4")
def test_402_is_a_quirk() -> None:
    """Conflict C5: under `v2_no_credits=402` v2 answers it and v1 stays with 406."""
    world = mock(credits=0, quirks={"v2_no_credits": "402"})
    answer = world.post(f"/v2/{SD}", CALL)
    assert (answer.status_code, answer.json()["error"]) == (402, "Insufficient credits. You have 0.0 credits.")
    assert world.post(f"/v1/{SD}", CALL).status_code == 406


@pytest.mark.fact("g5")
@pytest.mark.parametrize("path", ["/v1/no-such-model", "/v2/no-such-model", "/v2/a/b/c", "/v1/", "/v2/requests"])
def test_an_unknown_slug_is_404(path: str) -> None:
    """As JSON."""
    answer = mock().post(path, {})
    assert answer.status_code == 404
    assert "not found" in answer.json()["error"]


def test_an_unknown_slug_may_be_text() -> None:
    """Conflict C16: as plain text under the quirk; ids stay JSON."""
    world = mock(quirks={"unknown_model": "text"})
    assert world.post("/v1/nothing", {}).headers["content-type"].startswith("text/plain")
    assert world.status("nothing").headers["content-type"] == "application/json"


@pytest.mark.fact("g6")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", f"/v1/{SD}", "POST"),
        ("DELETE", f"/v2/{SD}", "POST"),
        ("POST", "/v2/requests/x", "GET, HEAD"),
        ("PUT", "/v2/requests/x/status", "GET, HEAD"),
        ("POST", "/v1/get-user-credits", "GET, HEAD"),
        ("TRACE", "/v1/requests/x", "GET, HEAD"),
        ("OPTIONS", f"/v1/{SD}", "POST"),
        ("POST", "/generations/x.png", "GET, HEAD"),
    ],
)
def test_a_wrong_verb_is_a_page(method: str, path: str, allowed: str) -> None:
    """405 as HTML with Allow, before the key is looked at."""
    answer = mock().as_key("bad").request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Method Not Allowed</h1>" in answer.text


def test_browsers_are_let_in_under_the_quirk() -> None:
    """Unknown U16: under `cors=open` a preflight is answered and every answer may be read."""
    world = mock(quirks={"cors": "open"})
    preflight = world.request("OPTIONS", f"/v2/{SD}")
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert world.post(f"/v2/{SD}", CALL).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/v2/requests/x/status", "/v1/get-user-credits"])
def test_head_is_as_get_without_a_body(path: str) -> None:
    """The same status and length."""
    world = mock()
    assert world.request("HEAD", path).status_code == world.get(path).status_code


@pytest.mark.fact("g7")
@pytest.mark.fact("h4")
@pytest.mark.parametrize(("balance", "status"), [(0.0, 406), (0.0036, 406), (0.0037, 200), (5.0, 200)])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_balance_below_the_cost_is_406(version: str, balance: float, status: int) -> None:
    """Not only an empty one; the error names balance and need."""
    answer = mock(credits=balance).post(f"/{version}/{SD}", CALL)
    assert answer.status_code == status
    if status == 406:
        assert f"You have {balance} credits" in answer.json()["error"]
        assert "0.0037" in answer.json()["error"]


@pytest.mark.fact("g8")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_retired_model_is_410(version: str) -> None:
    """At once and free, also for a body that is no good."""
    world = mock(retire=(SD,), credits=1)
    answer = world.post(f"/{version}/{SD}", {})
    assert (answer.status_code, answer.headers["content-type"]) == (410, "application/json")
    assert world.credits() == 1


@pytest.mark.fact("g9")
@pytest.mark.parametrize("slug", CATALOG.slugs)
def test_v1_never_answers_422(slug: str) -> None:
    """A failure on v1 has another status."""
    assert mock().post(f"/v1/{slug}", {}).status_code == 400
    assert mock().post(f"/v1/{SD}", CALL | {"prompt": "mock:fail"}).status_code == 500


@pytest.mark.fact("g10")
@pytest.mark.fact("i1")
@pytest.mark.fact("i4")
def test_too_many_requests() -> None:
    """429 with the reset header alone."""
    world = mock(rpm=2)
    statuses = [world.post(f"/v2/{SD}", CALL).status_code for _ in range(3)]
    refused = world.post(f"/v1/{SD}", CALL)
    assert statuses == [200, 200, 429]
    assert refused.status_code == 429
    assert refused.headers["x-rate-limit-reset-at-utc"] == "2023-11-14T22:14:00Z"
    assert not [
        name for name in refused.headers if "retry" in name or "limit" in name.replace("x-rate-limit-reset", "")
    ]


@pytest.mark.fact("g11")
def test_a_failure_on_v1_is_500_as_json() -> None:
    """`mock:fail` on v1."""
    answer = mock().post(f"/v1/{SD}", CALL | {"prompt": "mock:fail"})
    assert (answer.status_code, answer.json()) == (500, {"error": "Failed while returning the output"})


@pytest.mark.parametrize(("reading", "present"), [("off", False), ("on", True)])
def test_headers_on_v1_errors_are_a_quirk(reading: str, present: bool) -> None:
    """Unknown U11: errors without the account's headers, or with them."""
    answer = mock(quirks={"v1_error_headers": reading}).post(f"/v1/{SD}", {})
    assert ("x-remaining-credits" in answer.headers) is present


@pytest.mark.fact("g12")
def test_the_order_of_the_checks() -> None:
    """With everything wrong at once, mending one thing after the other shows the next."""
    world = mock(rpm=1, credits=0)
    bad, good = world.as_key("bad"), world
    limited = world.as_key("SG_00000000000000aa")
    limited.post("/v2/nothing", {})
    seen = [
        bad.get("/v2/nothing").status_code,
        bad.post("/v2/nothing", content=b"{").status_code,
        limited.post("/v2/nothing", content=b"{").status_code,
    ]
    for index, (path, content, kind) in enumerate(
        [
            ("/v2/nothing", b"{", "text/plain"),
            ("/v2/nothing", b"{", "application/json"),
            (f"/v2/{SD}", b"{", "application/json"),
            (f"/v1/{SD}", b"{}", "application/json"),
            (f"/v1/{SD}", json.dumps(CALL).encode(), "application/json"),
        ]
    ):
        fresh = good.as_key(f"SG_{index:016x}")
        seen.append(fresh.post(path, content=content, headers={"content-type": kind}).status_code)
    assert seen == [405, 401, 429, 406, 404, 400, 400, 406]


@pytest.mark.fact("g13")
@pytest.mark.parametrize(("reading", "status"), [("400", 400), ("404", 404)])
def test_a_path_that_is_no_endpoint(reading: str, status: int) -> None:
    """As a probe of the gateway was answered; 404 under the quirk."""
    answer = mock(quirks={"unknown_path": reading}).get("/oauth/authorize")
    assert answer.status_code == status
    assert "/oauth/authorize" in answer.json()["error"]


def test_every_model_refuses_an_empty_body_in_words() -> None:
    """Each required parameter is named."""
    for model in CATALOG:
        text = mock().post(f"/v1/{model.slug}", {}).json()["error"]
        required = [name for name, parameter in model.parameters.items() if parameter.required]
        assert all(f"{name} is missing" in text for name in required)


@pytest.mark.parametrize("slug", CATALOG.slugs)
def test_a_printed_call_as_a_form(slug: str) -> None:
    """Every page's call is accepted as multipart too."""
    fields: dict[str, object] = {}
    for name, value in printed_call(slug).items():
        fields[name] = value if isinstance(value, list) else str(value)
    files = {"unused": ("a.txt", b"x", "text/plain")}
    assert mock(v1_patience=1000).post(f"/v1/{slug}", data=fields, files=files).status_code == 200
