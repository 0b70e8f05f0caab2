"""A program of SDK 0.2.3: a class for each model, v1 only, its hosts written into the code.

The SDK stays as it is; `requests` underneath is told to send what is for api.segmind.com to the mock.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from importlib import import_module
from typing import Any

from PIL import Image

from tests.sdk.bench import Bench, Claims, raised
from tests.sdk.calls import CALLS

_HOST = "https://api.segmind.com"

requests: Any = import_module("requests")
segmind: Any = import_module("segmind")


class _Redirected:
    """An adapter of `requests` with another address put in front of it."""

    def __init__(self, adapter: Any, url: str) -> None:
        self._adapter = adapter
        self._url = url

    def send(self, request: Any, **options: object) -> Any:
        request.url = request.url.replace(_HOST, self._url, 1)
        return self._adapter.send(request, **options)


def _redirect(to: str) -> None:
    find = requests.Session.get_adapter

    def get_adapter(session: Any, url: str) -> Any:
        adapter = find(session, url)
        return _Redirected(adapter, to) if url.startswith(_HOST) else adapter

    requests.Session.get_adapter = get_adapter


def _input(bench: Bench) -> str:
    """The URL of a picture that the SDK can fetch: an output of the mock's own."""
    answer = requests.post(
        f"{bench.url}/v1/image-converter", json=CALLS["image-converter"], headers={"x-api-key": bench.key}
    )
    url: str = answer.json()["output"]
    return url


def _generated(bench: Bench, name: str, size: tuple[int, int] | None, **call: object) -> object:
    """A picture out of `generate`, and the balance that it prints; without a size it has that of its input."""
    model = getattr(segmind, name)(bench.key)
    source = _input(bench)
    if size is None:
        size = Image.open(io.BytesIO(requests.get(source).content)).size
    call |= {"image" if name == "Word2Img" else "imageUrl": source}
    with redirect_stdout(io.StringIO()) as printed:
        picture = model.generate(**call)
    assert picture.size == size, picture.size
    assert "credits remaining" in printed.getvalue()
    return {"size": list(picture.size), "format": picture.format, "printed": printed.getvalue().strip()}


def _generate(bench: Bench) -> Claims:
    return {
        "SD1_5": partial(_generated, bench, "SD1_5", (512, 512), prompt="A fantasy landscape"),
        "SAM": partial(_generated, bench, "SAM", None),
        "Word2Img": partial(_generated, bench, "Word2Img", (768, 768), prompt="pizza"),
    }


def _errors(bench: Bench) -> Claims:
    def refused(name: str, key: str, words: str, **call: object) -> object:
        model = getattr(segmind, name)(key)
        call |= {"image" if name == "Word2Img" else "imageUrl": _input(bench)}
        error = raised(Exception, lambda: model.generate(**call))
        assert words in str(error), error
        return str(error)

    return {
        "SAM with a bad key": partial(refused, "SAM", "SG_wrong", "401"),
        "Word2Img with a bad key": partial(refused, "Word2Img", "SG_wrong", "API key is invalid", prompt="pizza"),
        "SD1_5 outside a range": partial(refused, "SD1_5", bench.key, "400", prompt="x", num_inference_steps=5000),
        "SD1_5 that fails": partial(refused, "SD1_5", bench.key, "500", prompt="mock:fail"),
    }


def _claims(bench: Bench, *, group: Callable[[Bench], Claims]) -> Claims:
    _redirect(bench.url)
    return group(bench)


GROUPS: dict[str, Callable[[Bench], Claims]] = {
    "generate": partial(_claims, group=_generate),
    "error": partial(_claims, group=_errors),
}
