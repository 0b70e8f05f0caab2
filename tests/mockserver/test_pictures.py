"""Pictures: made when somebody looks, once, and kept while there is room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import pictures
from segmind_mock.outputs import Picture
from segmind_mock.pictures import Gallery
from segmind_mock.render.formats import FORMATS

Make = Callable[[Picture], bytes]


def picture(size: int) -> Picture:
    """A picture that the renderer below makes `size` bytes of."""
    return Picture(width=size, height=1, format=FORMATS["png"], digest=bytes(64))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A renderer of as many bytes as a picture is wide; the sizes it was asked for, in order."""
    asked: list[int] = []

    def make(one: Picture) -> bytes:
        asked.append(one.width)
        return bytes(one.width)

    monkeypatch.setattr(pictures, "_make", make)
    return asked


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    """A gallery with room for 100 bytes."""
    one = Gallery(100)
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
    monkeypatch.setattr(pictures, "_make", lambda _: b"made" if go.wait(5) else b"late")

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

    def make(_: Picture) -> object:
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


@given(st.lists(st.integers(1, 60), max_size=30))
def test_never_more_than_the_room(sizes: list[int]) -> None:
    """After every look the pictures kept take at most the room, and what was looked at last is among them."""
    one = Gallery(100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_make", lambda asked: bytes(asked.width))

        async def looking() -> None:
            for size in sizes:
                await one.bytes_of(picture(size))
                assert one._used == sum(map(len, one._kept.values())) <= 100
                assert next(reversed(one._kept)) == picture(size)

        asyncio.run(looking())
    one.close()


def test_a_real_picture(gallery: Gallery) -> None:
    """The renderer behind it makes an encoded picture."""
    assert asyncio.run(gallery.bytes_of(picture(2))).startswith(b"\x89PNG")


def test_closed(made: list[int]) -> None:
    """A closed gallery makes nothing more; closing twice is no harm."""
    one = Gallery(100)
    one.close()
    one.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(one.bytes_of(picture(1)))
    assert made == []
