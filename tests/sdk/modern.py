"""Programs of the SDK with a queue: 1.0.1, where `run` is v1 and `run_async` v2, and 1.1.0 on, where `run` is v2."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from threading import Event
from typing import Any

import httpx

from tests.sdk.bench import Bench, Claims, kind_of, raised
from tests.sdk.calls import CALLS, PICTURES, steered

_POLL = 0.05
_STATES = ("QUEUED", "PROCESSING", "COMPLETED")
_UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"

segmind: Any = import_module("segmind")
SegmindError: type[Exception] = import_module("segmind.exceptions").SegmindError
_OLD = hasattr(segmind, "run_async")


def _client(url: str, key: str | None) -> Any:
    return segmind.SegmindClient(api_key=key, base_url=f"{url}/v1")


def _run(of: Any, slug: str, **call: object) -> dict[str, Any]:
    """v2 to the end; `of` is a client or the module."""
    done: dict[str, Any] = of.run_async(slug, timeout=60.0, interval=_POLL, **call) if _OLD else of.run(slug, **call)
    return done


def _run_sync(of: Any, slug: str, **call: object) -> httpx.Response:
    """v1; `of` is a client or the module."""
    answer: httpx.Response = of.run(slug, **call) if _OLD else of.run_sync(slug, **call)
    return answer


def _each(claim: Callable[[Bench, str], object], bench: Bench) -> Claims:
    return {slug: partial(claim, bench, slug) for slug in CALLS}


def _completed(result: Mapping[str, Any], slug: str) -> object:
    """A result as the pages read it, and every picture as anybody can fetch it, without the key."""
    assert result["status"] == "COMPLETED"
    assert result.get("output") == result["images"][0]["url"]
    assert result["metrics"]["inference_time"] > 0
    assert result["metrics"]["cost"] > 0
    assert len(result["images"]) == PICTURES[slug]
    for image in result["images"]:
        picture = httpx.get(image["url"])
        assert picture.status_code == 200
        assert len(picture.content) == int(image["file_size"])
        assert kind_of(picture.content) == image["content_type"] == picture.headers["content-type"]
    return {"output": result["output"], "pictures": len(result["images"])}


def _v1_answer(answer: httpx.Response, slug: str) -> object:
    """A v1 answer: a picture (image-converter: JSON with its URL) and what it cost."""
    assert answer.status_code == 200
    assert float(answer.headers["x-cost"]) > 0
    assert float(answer.headers["X-remaining-credits"]) > 0
    content = httpx.get(answer.json()["output"]).content if slug == "image-converter" else answer.content
    if slug != "image-converter":
        assert kind_of(content) == answer.headers["content-type"]
    assert kind_of(content).startswith("image/")
    return {"type": kind_of(content), "bytes": len(content)}


def _run_page(bench: Bench, slug: str) -> object:
    return _completed(_run(_client(bench.url, bench.key), slug, **CALLS[slug]), slug)


def _sync_page(bench: Bench, slug: str) -> object:
    return _v1_answer(_run_sync(_client(bench.url, bench.key), slug, **CALLS[slug]), slug)


def _submit_page(bench: Bench, slug: str) -> object:
    """The pages' second half: submit, keep the id, wait; and every state seen on the way is in order."""
    job = _client(bench.url, bench.key).submit_async(slug, **CALLS[slug])
    assert job.submit_response["status"] == "QUEUED"
    states = [job.status()["status"]]
    while states[-1] != "COMPLETED":
        Event().wait(_POLL)
        states.append(job.status()["status"])
        assert _STATES.index(states[-1]) >= _STATES.index(states[-2])
    result = job.wait(timeout=60.0, interval=_POLL)
    assert result["request_id"] == job.request_id
    _completed(result, slug)
    return {"states": sorted(set(states), key=_STATES.index)}


def _failures(bench: Bench) -> Claims:
    client = _client(bench.url, bench.key)

    def failed(call: dict[str, Any], *words: str) -> object:
        job = client.submit_async("sd1.5-img2img", **call)
        error = raised(segmind.InferenceFailed, lambda: job.wait(timeout=60.0, interval=_POLL))
        assert error.status_body["status"] == job.result()["status"] == "FAILED"
        assert error.detail == error.status_body["error"]
        assert all(word in error.detail for word in words), error.detail
        assert "cost" not in error.status_body["metrics"]
        return error.detail

    def waited() -> object:
        return raised(segmind.InferenceFailed, lambda: _run(client, "sd1.5-img2img", **steered("mock:fail"))).detail

    return {
        "mock:fail": lambda: failed(steered("mock:fail"), "Failed"),
        "mock:block": lambda: failed(steered("mock:block"), "content_policy_violation"),
        "invalid body": lambda: failed({"prompt": "no image", "samples": 77}, "image", "samples is 77"),
        "run raises too": waited,
    }


def _timeouts(bench: Bench) -> Claims:
    def stuck() -> object:
        job = _client(bench.url, bench.key).submit_async("sd1.5-img2img", **steered("mock:stuck"))
        error = raised(segmind.InferenceTimeout, lambda: job.wait(timeout=0.3, interval=_POLL))
        assert error.request_id == job.request_id
        assert job.status()["status"] in ("QUEUED", "PROCESSING")
        return error.detail

    return {"mock:stuck": stuck}


def _errors(bench: Bench) -> Claims:
    def refused(status: int, words: str, url: str, key: str | None, slug: str) -> object:
        """Both ways to call say the same."""
        client, call = _client(url, key), CALLS.get(slug, {})
        errors = [
            raised(SegmindError, lambda: client.submit_async(slug, **call)),
            raised(SegmindError, lambda: _run_sync(client, slug, **call)),
        ]
        for error in errors:
            assert error.status == status, error
            assert words in error.detail, error
        return errors[0].to_dict()

    def lost() -> object:
        address = f"{bench.url}/v2/requests/{_UNKNOWN_ID}"
        job = segmind.AsyncJob(_UNKNOWN_ID, f"{address}/status", address, {}, _client(bench.url, bench.key))
        error = raised(SegmindError, job.wait)
        assert (error.status, error.detail) == (404, f"Request {_UNKNOWN_ID} not found")
        return error.to_dict()

    url, shut, key = bench.url, bench.shut_url, bench.key
    return {
        "401 bad key": lambda: refused(401, "API key is invalid", url, "SG_wrong", "sam-img2img"),
        "401 no key": lambda: refused(401, "Missing Authorization or x-api-key", url, None, "sam-img2img"),
        "404 unknown slug": lambda: refused(404, "no-such-model", url, key, "no-such-model"),
        "404 unknown request": lost,
        "406 no credits": lambda: refused(406, "Insufficient credits", shut, key, "sd1.5-img2img"),
        "410 retired": lambda: refused(410, "retired", shut, key, "image-converter"),
        "403 forbidden": lambda: refused(403, "Forbidden", shut, key, "sam-img2img"),
    }


def _credits(bench: Bench) -> Claims:
    def spent() -> object:
        client = _client(bench.url, bench.key)
        before = client._request("GET", "/get-user-credits").json()["credits"]
        answer = _run_sync(client, "sam-img2img", **CALLS["sam-img2img"])
        after = client._request("GET", "/get-user-credits").json()["credits"]
        assert after == float(answer.headers["x-remaining-credits"])
        assert round(before - after, 6) == float(answer.headers["x-cost"])
        return {"before": before, "after": after}

    return {"balance falls by the cost": spent}


def _module(bench: Bench) -> Claims:
    """Module-level calls as the pages print them. The key comes from SEGMIND_API_KEY, as there; no version has a
    public means to give the default client another address, so the client itself is put in its place."""
    os.environ["SEGMIND_API_KEY"] = bench.key
    segmind._default_client = segmind.SegmindClient(base_url=f"{bench.url}/v1")
    del os.environ["SEGMIND_API_KEY"]
    claims: dict[str, Callable[[], object]] = {
        f"v2 {slug}": partial(lambda slug: _completed(_run(segmind, slug, **CALLS[slug]), slug), slug) for slug in CALLS
    }
    claims["v1 sam-img2img"] = lambda: _v1_answer(
        _run_sync(segmind, "sam-img2img", **CALLS["sam-img2img"]), "sam-img2img"
    )
    claims["submit_async"] = lambda: segmind.submit_async("sam-img2img", **CALLS["sam-img2img"]).request_id
    return claims


GROUPS: dict[str, Callable[[Bench], Claims]] = {
    "run": partial(_each, _run_page),
    "run_sync": partial(_each, _sync_page),
    "submit_async": partial(_each, _submit_page),
    "failed": _failures,
    "timeout": _timeouts,
    "error": _errors,
    "credits": _credits,
    "module": _module,
}
