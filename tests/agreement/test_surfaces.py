"""One behaviour over every surface: what a client is told does not depend on how it reaches the mock."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.agreement.surfaces import SURFACES, Seen, Surface
from tests.worlds import CATALOG, printed_call

Story = Callable[[Surface], list[Seen]]
JSON = "application/json"


def submitted(here: Surface, slug: str, **changes: object) -> tuple[Seen, str]:
    """The printed call of a page, queued: what was answered, and the path of its result."""
    answer = posted(here, f"/v2/{slug}", printed_call(slug) | changes)
    return answer, json.loads(answer.body).get("response_url", "")


def posted(here: Surface, path: str, body: dict[str, Any], **headers: str) -> Seen:
    """A call with a JSON body."""
    return here.ask("POST", path, json.dumps(body).encode(), **({"content_type": JSON} | headers))


def lifecycle(here: Surface) -> list[Seen]:
    """A job of each model, from submit to its pictures and the balance after it; then all of it is gone."""
    facts = []
    for model in CATALOG:
        submit, result = submitted(here, model.slug)
        facts += [submit, here.ask("GET", f"{result}/status"), here.ask("GET", result)]
        here.mock.advance(130)
        done = here.ask("GET", result)
        facts += [here.ask("GET", f"{result}/status"), done, here.ask("GET", "/v1/get-user-credits")]
        images = json.loads(done.body)["images"]
        facts += [here.ask("GET", image["url"], x_api_key="") for image in images]
        here.mock.advance(3600)
        facts += [here.ask("GET", result), here.ask("GET", images[0]["url"])]
    return facts


def blocking(here: Surface) -> list[Seen]:
    """v1: bytes, base64, a form, an input that is no picture."""
    call = printed_call("sd1.5-img2img")
    form = (
        b'--b\r\ncontent-disposition: form-data; name="image"\r\n\r\n/sd-img2img-input.jpeg\r\n'
        b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\na lighthouse\r\n--b--\r\n'
    )
    return [
        posted(here, "/v1/sd1.5-img2img", call),
        posted(here, "/v1/sd1.5-img2img", call | {"base64": True}),
        here.ask("POST", "/v1/sd1.5-img2img", form, content_type="multipart/form-data; boundary=b"),
        posted(here, "/v1/sam-img2img", {"image": "bm8gcGljdHVyZQ=="}),
    ]


def refusals(here: Surface) -> list[Seen]:
    """What the service says no to, and how."""
    here.mock.change(forbid=["image-converter"], retire=["w2imgsd1.5-img2img"])
    call = printed_call("sam-img2img")
    facts = [
        posted(here, "/v2/sam-img2img", call, x_api_key=""),
        posted(here, "/v2/sam-img2img", call, content_type="text/plain"),
        posted(here, "/v2/no-such-model", call),
        posted(here, "/v2/image-converter", printed_call("image-converter")),
        posted(here, "/v2/w2imgsd1.5-img2img", printed_call("w2imgsd1.5-img2img")),
        posted(here, "/v1/sam-img2img", {}),
        here.ask("POST", "/v2/sam-img2img", b"{", content_type=JSON),
        here.ask("GET", "/v2/sam-img2img"),
        here.ask("DELETE", "/v2/requests/x/status"),
        here.ask("GET", "/v2/requests/00000000-0000-4000-8000-000000000000"),
        here.ask("GET", "/no/such/path?with=query"),
        here.ask("HEAD", "/v1/get-user-credits"),
    ]
    here.mock.change(credits=0)
    facts.append(posted(here, "/v2/sam-img2img", call))
    here.mock.change(status="invalid")
    return [*facts, posted(here, "/v2/sam-img2img", call)]


def failures(here: Surface) -> list[Seen]:
    """Jobs that fail, are blocked, or never end; nobody else sees them."""
    facts = []
    for word in ("mock:fail", "mock:block", "mock:stuck", "mock:slow=5"):
        submit, result = submitted(here, "sd1.5-img2img", prompt=f"a lighthouse {word}")
        here.mock.advance(60)
        facts += [submit, here.ask("GET", f"{result}/status"), here.ask("GET", result)]
        facts.append(here.ask("GET", result, x_api_key="SG_00000000000000aa"))
    _, result = submitted(here, "sam-img2img", image="bm8gcGljdHVyZQ==")
    here.mock.advance(60)
    return [*facts, here.ask("GET", result)]


def limits(here: Surface) -> list[Seen]:
    """Too many requests, and none too many a minute later."""
    here.mock.change(rpm=2)
    facts = [submitted(here, "sam-img2img")[0] for _ in range(3)]
    here.mock.advance(60)
    return [*facts, submitted(here, "sam-img2img")[0]]


def troubles(here: Surface) -> list[Seen]:
    """What a scenario, a header or a key makes of answers."""
    rules = [
        {"match": {"operation": "status"}, "when": {"nth": 2}, "do": {"error": 502}},
        {"match": {"operation": "status"}, "when": {"nth": 3}, "do": {"delay": 0.01}},
        {"match": {"operation": "status"}, "when": {"nth": 4}, "do": {"drip": {"size": 20, "every": 0.001}}},
        {"match": {"operation": "result"}, "do": {"drop": ["$.images"]}},
        {"match": {"operation": "credits"}, "do": {"truncate": 0.5}},
    ]
    here.mock.play({"scenario": "troubles", "rules": rules})
    submit, result = submitted(here, "sam-img2img")
    facts = [submit, *(here.ask("GET", f"{result}/status") for _ in range(4))]
    here.mock.advance(60)
    facts += [here.ask("GET", result), here.ask("GET", "/v1/get-user-credits")]
    facts.append(here.ask("GET", f"{result}/status", prefer="code=504"))
    return [*facts, submitted_with(here, "SG_0000000000000429")]


def submitted_with(here: Surface, key: str) -> Seen:
    """A submit with a key."""
    return posted(here, "/v2/sam-img2img", printed_call("sam-img2img"), x_api_key=key)


def files(here: Surface) -> list[Seen]:
    """An output file: its head, a part of it, and not again what the client has."""
    _, result = submitted(here, "sam-img2img")
    here.mock.advance(60)
    url = json.loads(here.ask("GET", result).body)["output"]
    whole = here.ask("GET", url)
    return [
        whole,
        here.ask("HEAD", url),
        here.ask("GET", url, range="bytes=10-19"),
        here.ask("GET", url, range="bytes=999999999-"),
        here.ask("GET", url, if_none_match=whole.headers["etag"]),
        here.ask("GET", url.replace(".png", ".jpg")),
    ]


STORIES: dict[str, tuple[Story, dict[str, Any]]] = {
    "lifecycle": (lifecycle, {}),
    "blocking": (blocking, {"timing": "instant"}),
    "refusals": (refusals, {}),
    "failures": (failures, {}),
    "limits": (limits, {}),
    "troubles": (troubles, {}),
    "files": (files, {}),
}


@cache
def as_the_app_itself(name: str) -> tuple[list[Seen], list[str]]:
    """A story told by the app, and its journal."""
    return told("asgi", name)


def told(surface: str, name: str) -> tuple[list[Seen], list[str]]:
    """What a client sees of a story, and what the journal says of it."""
    story, settings = STORIES[name]
    with SURFACES[surface](**settings) as here:
        return story(here), [exchange.line for exchange in here.mock.calls]


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("surface", [name for name in SURFACES if name != "asgi"])
def test_a_story_is_the_same(surface: str, name: str) -> None:
    """Statuses, headers, bodies and journal are those of the app itself, whatever carries them."""
    facts, journal = told(surface, name)
    expected, expected_journal = as_the_app_itself(name)
    assert journal == expected_journal
    for number, (fact, wanted) in enumerate(zip(facts, expected, strict=True)):
        assert fact == wanted, number


def test_the_stories_say_something() -> None:
    """Every status that the documents name, and pictures, are in them."""
    statuses = {fact.status for name in STORIES for fact in as_the_app_itself(name)[0]}
    assert statuses >= {200, 206, 304, 400, 401, 403, 404, 405, 406, 410, 416, 422, 429, 502, 504}
    assert any(fact.body.startswith(b"\x89PNG") for fact in as_the_app_itself("lifecycle")[0])
