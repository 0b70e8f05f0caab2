"""Files: public, unguessable names under the server's own origin."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from segmind_mock.backend import Backend, Found
from segmind_mock.config import Config
from segmind_mock.errors import Forbidden, NotFound
from segmind_mock.pictures import Gallery
from segmind_mock.quirks import Quirks
from segmind_mock.render.files.stamp import read
from segmind_mock.results import Finished
from segmind_mock.web.answers import Answer
from segmind_mock.web.call import Call
from segmind_mock.web.files import Files
from tests.served import serving
from tests.worlds import KEY, HandClock, backend, mock, printed_call

DAYS = 7 * 24 * 3600


@dataclass
class Shop:
    """Files of a backend of its own, in which jobs are done at once."""

    files: Files
    backend: Backend
    clock: HandClock

    def job(self, slug: str = "sd1.5-img2img", **changes: Any) -> tuple[Found, Finished]:
        """A new job."""
        body = printed_call(slug) | changes
        world = self.backend.world(KEY)
        found = self.backend.accept(world, self.backend.entry(world, slug), body, blocking=False)
        return found, self.backend.finished(found)

    def urls(self, slug: str = "sd1.5-img2img", **changes: Any) -> list[str]:
        """The URLs of a new job's pictures."""
        return self.files.urls(*self.job(slug, **changes), "http://a")

    def ask(self, url: str, **asked: str) -> Answer:
        """The answer to a GET with some headers, `_` in their names for `-`."""
        headers = {name.replace("_", "-").encode(): value.encode() for name, value in asked.items()}
        path = url.removeprefix("http://a")
        owner = self.files.owner(path)
        call = Call(
            {"type": "http", "method": "GET", "path": path}, headers, owner, owner.clock.now(), self.clock.now()
        )
        return asyncio.run(self.files.get(call, path))

    def get(self, url: str) -> tuple[str, bytes]:
        """A file's media type and bytes."""
        answer = self.ask(url)
        assert answer.status == 200
        headers = dict(answer.headers)
        assert headers[b"content-length"] == b"%d" % len(answer.body)
        return headers[b"content-type"].decode(), answer.body


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A shop under the quirks that a test is parametrised with, if any."""
    clock = HandClock()
    config = Config(timing="instant", quirks=Quirks(getattr(request, "param", {})))
    behind = backend(config, clock)
    gallery = Gallery(1 << 20, behind.held_input)
    yield Shop(Files(behind, gallery, 1 << 20), behind, clock)
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


def test_where_files_are_said_to_be() -> None:
    """`files_url` goes before the caller's origin in output URLs, and in no other; the file is found by its path."""
    here = mock(files_url="https://files.example/", timing="instant")
    status = here.submit("sam-img2img")["response_url"]
    here.clock.advance(60)
    url = here.get(status).json()["output"]
    assert url.startswith("https://files.example/generations/")
    assert status.startswith("http://mock.test/v2/")
    assert here.get(url.removeprefix("https://files.example")).status_code == 200


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
        shop.ask("http://a" + url.removeprefix("http://a").replace(*change))


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
    found, finished = shop.job(samples=3)
    urls = shop.files.urls(found, finished, "http://a")
    told = asyncio.run(shop.files.described(found, finished, urls))
    for url, one in zip(urls, told, strict=True):
        kind, content = shop.get(url)
        name = url.rpartition("/")[2]
        assert one == {"url": url, "content_type": kind, "file_name": name, "file_size": str(len(content))}


@BOTH
def test_names(shop: Shop) -> None:
    """A URL of its own files is known under any host; another's is not, be it ever so like it."""
    (url,) = shop.urls()
    assert shop.files.names(url)
    assert shop.files.names(url.replace("http://a", "https://other.test:99"))
    assert not shop.files.names(url.replace(url[-8], "0" if url[-8] != "0" else "1"))
    assert not shop.files.names("https://images.segmind.com/generations/0123456789abcdef0123456789abcdef01234567.png")
    assert not shop.files.names("https://a.test/b.png")


def test_provenance(shop: Shop) -> None:
    """A file tells of the very call that made it, and each of its siblings its own number."""
    found, finished = shop.job(samples=2)
    for index, url in enumerate(shop.files.urls(found, finished, "http://a")):
        told = read(shop.get(url)[1])
        assert told is not None
        assert told["request_id"] == shop.backend.request_id(found)
        assert (told["index"], told["of"], told["model"]) == (index, 2, "sd1.5-img2img")


def test_a_large_file_tells_too(shop: Shop) -> None:
    """A file of megabytes, copied elsewhere than on the event loop, tells of its call like a small one."""
    (url,) = shop.urls("image-converter", target_format="bmp")
    assert read(shop.get(url)[1]) is None
    (url,) = shop.urls("image-converter", target_format="tiff")
    content = shop.get(url)[1]
    assert len(content) > 1 << 18
    assert (read(content) or {})["model"] == "image-converter"


@pytest.mark.parametrize("setting", ["full", "content", "off"])
def test_what_an_output_tells(setting: str) -> None:
    """On every way out, v1's bytes, v1's base64 and a file, a picture tells what the setting wants and no more."""
    world = mock(timing="instant", provenance=setting)
    call = printed_call("sd1.5-img2img")
    plain = world.post("/v1/sd1.5-img2img", call)
    coded = world.post("/v1/sd1.5-img2img", call | {"base64": True})
    queued = world.submit()
    file = world.get(world.result(queued["request_id"]).json()["output"])
    outputs = (
        (plain.content, plain.headers["x-request-id"]),
        (b64decode(coded.json()["image"]), coded.headers["x-request-id"]),
        (file.content, queued["request_id"]),
    )
    for content, request_id in outputs:
        told = read(content) or {}
        assert (told.get("model") == "sd1.5-img2img") is (setting != "off")
        assert told.get("request_id") == (request_id if setting == "full" else None)


def test_no_caption() -> None:
    """Without captions the pixels above where the bar would be are the same, and those below are the picture's own."""
    call = printed_call("sd1.5-img2img")
    made = (mock(timing="instant", caption=switch).post("/v1/sd1.5-img2img", call).content for switch in ("on", "off"))
    with_bar, without = (Image.open(BytesIO(content)).convert("L") for content in made)
    assert with_bar.crop((0, 0, 512, 480)).tobytes() == without.crop((0, 0, 512, 480)).tobytes()
    assert with_bar.crop((0, 492, 512, 512)).tobytes() != without.crop((0, 492, 512, 512)).tobytes()


def test_over_a_socket() -> None:
    """HEAD tells what GET would and sends nothing; a part and an unchanged file are what HTTP clients expect."""
    with serving("--timing", "instant") as served, httpx.Client(base_url=served.url, trust_env=False) as client:
        call = printed_call("image-converter")
        url = client.post("/v1/image-converter", json=call, headers={"x-api-key": KEY}).json()["output"]
        whole, head = client.get(url), client.head(url)
        assert (head.status_code, head.content) == (200, b"")
        varying = {"date", "cache-control"}
        assert {*head.headers.items()} ^ {*whole.headers.items()} <= {
            (name, value) for answer in (head, whole) for name, value in answer.headers.items() if name in varying
        }
        part = client.get(url, headers={"range": "bytes=-8"})
        assert (part.status_code, part.content) == (206, whole.content[-8:])
        again = client.get(url, headers={"if-none-match": whole.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(url).content == whole.content


def test_unchanged(shop: Shop) -> None:
    """Who holds a file already is told so without its being made; the tag is quoted and steady."""
    (url,) = shop.urls()
    tag = dict(shop.ask(url).headers)[b"etag"].decode()
    again = shop.ask(url, if_none_match=tag)
    assert (again.status, again.body) == (304, b"")
    assert dict(again.headers)[b"etag"].decode() == tag
    assert shop.ask(url, if_none_match='"other"').status == 200


def test_two_files_have_two_tags(shop: Shop) -> None:
    """The files of one job, and of two, never share a tag."""
    urls = shop.urls(samples=2) + shop.urls(samples=2)
    assert len({dict(shop.ask(url).headers)[b"etag"] for url in urls}) == 4


def test_two_pictures_have_two_tags() -> None:
    """Also where files tell nothing of their calls, another picture has another tag; the same one has the same."""
    world = mock(timing="instant", provenance="off")
    results = [world.result(world.submit(seed=seed)["request_id"]).json() for seed in (1, 2, 1)]
    one, other, same = (world.get(result["output"]).headers["etag"] for result in results)
    assert one != other
    assert one == same


def test_part(shop: Shop) -> None:
    """A part of a file is that part of the whole."""
    (url,) = shop.urls()
    _, whole = shop.get(url)
    part = shop.ask(url, range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])


def test_how_long_it_may_be_kept(shop: Shop) -> None:
    """A cache may keep a file as long as it is there, and not a second longer."""
    (url,) = shop.urls()
    shop.clock.advance(DAYS - 60)
    assert dict(shop.ask(url).headers)[b"cache-control"] == b"public, max-age=60, immutable"
