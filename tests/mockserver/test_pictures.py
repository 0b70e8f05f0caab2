"""Pictures: made when somebody looks, once, and kept while there is room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from io import BytesIO
from threading import Event, active_count, current_thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segmind_mock import pictures
from segmind_mock.pictures import Gallery, Shelf
from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.picture import Dials, Picture, Source, Way

Make = Callable[[Picture], bytes]


def picture(size: int, *, source: Source | None = None, way: Way = Way.GENERATE) -> Picture:
    """A picture that the renderer below makes `size` bytes of."""
    return Picture(
        way=way,
        width=size,
        height=1,
        format=FORMATS["png"],
        family=bytes(64),
        variant=0,
        prompt="",
        dials=Dials(),
        source=source,
        caption="",
    )


def nothing_held(digest: bytes) -> bytes:
    """What finds held inputs, where there are none."""
    raise KeyError(digest)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A renderer of as many bytes as a picture is wide; the sizes it was asked for, in order."""
    asked: list[int] = []

    def make(one: Picture, _: object) -> bytes:
        asked.append(one.width)
        return bytes(one.width)

    monkeypatch.setattr(pictures, "_make", make)
    return asked


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    """A gallery with room for 100 bytes."""
    one = Gallery(100, nothing_held)
    yield one
    one.close()


def look(gallery: Gallery, *sizes: int) -> None:
    """Look at pictures one after another."""

    async def looking() -> None:
        for size in sizes:
            assert len(await gallery.bytes_of(picture(size))) == size

    asyncio.run(looking())


def test_kept(gallery: Gallery, made: list[int]) -> None:
    """A picture that was made is not made again."""
    look(gallery, 10, 20, 10, 20, 10)
    assert made == [10, 20]


def test_room(gallery: Gallery, made: list[int]) -> None:
    """Where there is no room the one not looked at for longest goes first."""
    look(gallery, 40, 50, 40, 60, 40, 50)
    assert made == [40, 50, 60, 50]


def test_larger_than_the_room(gallery: Gallery, made: list[int]) -> None:
    """A picture larger than all the room is given out, and kept until the next one comes."""
    look(gallery, 500, 500, 10, 500)
    assert made == [500, 10, 500]


def test_at_once(gallery: Gallery, made: list[int]) -> None:
    """Asked for ten times at once, a picture is made once."""

    async def looking() -> None:
        found = await asyncio.gather(*(gallery.bytes_of(picture(7)) for _ in range(10)))
        assert found == [bytes(7)] * 10

    asyncio.run(looking())
    assert made == [7]


def test_one_who_leaves(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who does not wait for a picture any longer does not spoil it for others, nor for later."""
    go = Event()
    monkeypatch.setattr(pictures, "_make", lambda *_: b"made" if go.wait(5) else b"late")

    async def looking() -> None:
        leaver = asyncio.create_task(gallery.bytes_of(picture(1)))
        stayer = asyncio.create_task(gallery.bytes_of(picture(1)))
        await asyncio.sleep(0)
        leaver.cancel()
        await asyncio.sleep(0)
        go.set()
        assert await stayer == b"made"
        assert await gallery.bytes_of(picture(1)) == b"made"
        assert leaver.cancelled()

    asyncio.run(looking())


def test_a_renderer_that_fails(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is told to whoever waits, and is not kept: the next look tries again."""
    answers: list[object] = [OSError("no memory"), b"made"]

    def make(*_: object) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(pictures, "_make", make)

    async def looking() -> None:
        with pytest.raises(OSError, match="no memory"):
            await gallery.bytes_of(picture(1))
        assert await gallery.bytes_of(picture(1)) == b"made"

    asyncio.run(looking())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=30))
def test_never_more_than_the_room(asked: list[tuple[int, int]]) -> None:
    """What a shelf keeps takes at most its room, and what was put there last is on it."""
    shelf: Shelf[int] = Shelf(100)
    for key, size in asked:
        shelf.put(key, bytes(size))
        assert shelf.find(key) == bytes(size)
        assert shelf._used == sum(map(len, shelf._kept.values())) <= 100


def test_a_real_picture(gallery: Gallery) -> None:
    """The renderer behind it makes an encoded picture."""
    assert asyncio.run(gallery.bytes_of(picture(2))).startswith(b"\x89PNG")


def test_closed(made: list[int]) -> None:
    """A closed gallery makes nothing more; closing twice is no harm."""
    one = Gallery(100, nothing_held)
    one.close()
    one.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(one.bytes_of(picture(1)))
    assert made == []


def png(colour: str) -> bytes:
    """A small picture file."""
    target = BytesIO()
    Image.new("RGB", (4, 4), colour).save(target, "PNG")
    return target.getvalue()


def held(colour: str) -> Picture:
    """A picture made of a held input."""
    return picture(3, source=Source(colour.encode(), "", 4, 4), way=Way.SEGMENT)


def test_an_input_is_read_once_for_all_that_is_made_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """While pictures of one input are being made it is decoded once; afterwards nothing of it stays here."""
    read, go = list[bytes](), Event()

    def find(digest: bytes) -> bytes:
        read.append(digest)
        return png(digest.decode())

    def make(one: Picture, sources: Any) -> bytes:
        assert go.wait(5)
        return bytes(sources.image(one.source).getpixel((0, 0)))

    monkeypatch.setattr(pictures, "_make", make)
    gallery = Gallery(100, find)

    async def looking() -> None:
        made = [asyncio.create_task(gallery.bytes_of(held("red")._replace(variant=n))) for n in range(6)]
        await asyncio.sleep(0)
        go.set()
        assert await asyncio.gather(*made) == [b"\xff\0\0"] * 6
        assert await gallery.bytes_of(held("lime")) == b"\0\xff\0"
        await asyncio.sleep(0)

    asyncio.run(looking())
    assert read == [b"red", b"lime"]
    assert not gallery._sources._decoded
    gallery.close()


def test_a_look_waits_for_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """An input is looked at while every painter is busy."""
    go = Event()
    monkeypatch.setattr(pictures, "_make", lambda *_: b"made" if go.wait(5) else b"late")
    gallery = Gallery(100, nothing_held)

    async def looking() -> None:
        busy = [asyncio.create_task(gallery.bytes_of(picture(size))) for size in range(1, 6)]
        await asyncio.sleep(0)
        assert await gallery.aside(lambda: "seen") == "seen"
        go.set()
        assert await asyncio.gather(*busy) == [b"made"] * 5

    asyncio.run(looking())
    gallery.close()


def test_without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture is made where it is asked for, once; of its input nothing stays, and no thread is begun."""
    made_in: list[str] = []

    def make(one: Picture, sources: Any) -> bytes:
        made_in.append(current_thread().name)
        return bytes(sources.image(one.source).getpixel((0, 0)))

    monkeypatch.setattr(pictures, "_make", make)
    gallery = Gallery(100, lambda digest: png(digest.decode()), threads=False)
    before = active_count()

    async def looking() -> None:
        assert [await gallery.bytes_of(held("red")) for _ in range(3)] == [b"\xff\0\0"] * 3
        assert await gallery.aside(lambda: current_thread().name) == current_thread().name

    asyncio.run(looking())
    assert made_in == [current_thread().name]
    assert not gallery._sources._decoded
    assert active_count() == before
    gallery.close()
