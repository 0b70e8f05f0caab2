"""Files: public, unguessable names under the server's own origin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from segmind_mock.backend import Backend
from segmind_mock.config import Config
from segmind_mock.errors import Forbidden, NotFound
from segmind_mock.pictures import Gallery
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.stores.memory import MemoryPayloads
from segmind_mock.web.files import Files
from tests.worlds import CATALOG, KEY, HandClock, printed_call

DAYS = 7 * 24 * 3600


@dataclass
class Shop:
    """Files of a backend of its own, in which jobs are done at once."""

    files: Files
    backend: Backend
    clock: HandClock

    def urls(self, slug: str = "sd1.5-img2img", **changes: Any) -> list[str]:
        """The URLs of a new job's pictures."""
        world, body = self.backend.world(KEY), printed_call(slug) | changes
        found = self.backend.accept(world, self.backend.entry(slug), body, blocking=False)
        return self.files.urls(world, found, self.backend.finished(found), "http://a")

    def get(self, url: str) -> tuple[str, bytes]:
        """A file's media type and bytes."""
        answer = asyncio.run(self.files.get(url.removeprefix("http://a")))
        assert answer.status == 200
        headers = dict(answer.headers)
        assert headers[b"content-length"] == b"%d" % len(answer.body)
        return headers[b"content-type"].decode(), answer.body


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A shop under the quirks that a test is parametrised with, if any."""
    clock, gallery = HandClock(), Gallery(1 << 20)
    config = Config(timing="instant", quirks=Quirks(getattr(request, "param", {})))
    backend = Backend(config, CATALOG, clock=clock, randomness=Randomness("0"), payloads=MemoryPayloads())
    yield Shop(Files(backend, gallery), backend, clock)
    gallery.close()


IN_BUCKET = pytest.mark.parametrize("shop", [{"file_location": "bucket"}], indirect=True)
BOTH = pytest.mark.parametrize("shop", [{}, {"file_location": "bucket"}], indirect=True, ids=["generations", "bucket"])


def test_name(shop: Shop) -> None:
    """A file is under /generations/, with a name of digits and its format's extension."""
    (url,) = shop.urls()
    name = url.removeprefix("http://a/generations/").removesuffix(".jpg")
    assert len(name) == 40
    assert set(name) <= set("0123456789abcdef")


@IN_BUCKET
def test_name_in_a_bucket(shop: Shop) -> None:
    """In a bucket a file is at the root, and its name ends in -output."""
    (url,) = shop.urls()
    assert url.count("/") == 3
    assert url.endswith("-output.jpg")


@BOTH
def test_get(shop: Shop) -> None:
    """Each URL leads to its own picture, of the type that its extension says, the same each time."""
    urls = shop.urls("smart-banner-resizer", target_sizes=["8x8", "16x8"], output_format="webp")
    found = [shop.get(url) for url in urls]
    assert found[0][1] != found[1][1]
    assert {kind for kind, _ in found} == {"image/webp"}
    assert [shop.get(url) for url in urls] == found


@BOTH
def test_claims(shop: Shop) -> None:
    """Its own paths are a shop's, the service's are not."""
    assert shop.files.claims(shop.urls()[0].removeprefix("http://a"))
    assert not any(map(shop.files.claims, ("/", "/openapi.json", "/v1/x", "/favicon.ico")))


@BOTH
@pytest.mark.parametrize("change", [("jpg", "png"), (".jpg", ""), (".jpg", ".jpg/"), (".jpg", "0.jpg"), ("/", "//")])
def test_another_name(shop: Shop, change: tuple[str, str]) -> None:
    """With another extension, or any other change, there is no such file."""
    (url,) = shop.urls()
    with pytest.raises(NotFound, match="File not found"):
        asyncio.run(shop.files.get(url.removeprefix("http://a").replace(*change)))


@pytest.mark.parametrize("shop", [{}, {"expired_file": "403"}], indirect=True, ids=["404", "403"])
def test_after_its_days(shop: Shop, request: pytest.FixtureRequest) -> None:
    """After its days a file is not found, or denied under the quirk `expired_file`; one that never was is not found."""
    (url,) = shop.urls()
    shop.clock.advance(DAYS - 0.001)
    shop.get(url)
    shop.clock.advance(0.001)
    with pytest.raises(Forbidden if "403" in request.node.name else NotFound):
        shop.get(url)
    with pytest.raises(NotFound):
        shop.get("http://a/generations/00.jpg")


def test_described(shop: Shop) -> None:
    """A description tells the type, the name and the true size of each file."""
    (url,) = shop.urls()
    picture = shop.backend.file(url.rpartition("/")[2].removesuffix(".jpg"), shop.clock.now())[0]
    assert picture is not None
    kind, content = shop.get(url)
    (told,) = asyncio.run(shop.files.described([url], [picture]))
    name = url.rpartition("/")[2]
    assert told == {"url": url, "content_type": kind, "file_name": name, "file_size": str(len(content))}
