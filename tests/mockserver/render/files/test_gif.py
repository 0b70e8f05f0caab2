"""GIF: frames that are put together show what they showed alone."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.files.encode import encode
from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.files.gif import animated_gif
from segmind_mock.render.files.modes import indexed

SIZES = st.tuples(st.integers(1, 20), st.integers(1, 20))


def single(image: Image.Image) -> bytes:
    """One frame as a GIF."""
    return encode(image, FORMATS["gif"])


def played(data: bytes) -> tuple[list[Image.Image], list[int], int | None]:
    """The frames as shown, their milliseconds, and the loop count."""
    frames, times = [], []
    with Image.open(BytesIO(data)) as image:
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            frames.append(image.convert("RGBA"))
            times.append(image.info["duration"])
        return frames, times, image.info.get("loop")


def visible(image: Image.Image) -> bytes:
    """The pixels, with one colour for all that are see-through."""
    shown = Image.new("RGBA", image.size)
    shown.paste(image, mask=image.getchannel("A"))
    return shown.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@settings(deadline=None, max_examples=50)
@given(size=SIZES, patterns=st.lists(st.binary(min_size=4, max_size=60), min_size=2, max_size=5))
def test_frames_are_shown_as_given(mode: str, size: tuple[int, int], patterns: list[bytes]) -> None:
    """Each frame is shown with its own pixels and time, nothing of the frame before shining through."""
    length = size[0] * size[1] * len(mode)
    raw = [Image.frombytes(mode, size, (pattern * length)[:length]) for pattern in patterns]
    frames = [indexed(image) for image in raw]
    times = list(range(3, 3 + len(frames)))
    found, shown, _ = played(animated_gif(frames, times, 0))
    assert [visible(image) for image in found] == [visible(image.convert("RGBA")) for image in frames]
    assert shown == [10 * time for time in times]


@pytest.mark.parametrize(("plays", "loop"), [(0, 0), (1, None), (2, 1), (100_000, 65_535)])
def test_plays(plays: int, loop: int | None) -> None:
    """For ever, once, and a number of times."""
    frames = [indexed(Image.new("RGB", (4, 4), colour)) for colour in ("red", "blue")]
    assert played(animated_gif(frames, [1, 1], plays))[2] == loop


def test_only_what_changes_is_written() -> None:
    """A dot that moves costs little, however large the picture."""
    frames = []
    for at in range(20):
        image = Image.effect_mandelbrot((200, 200), (-2, -1.5, 1, 1.5), 50).convert("RGB")
        image.paste((255, 0, 0), (at, at, at + 3, at + 3))
        frames.append(indexed(image))
    data = animated_gif(frames, [2] * 20, 0)
    assert len(data) < 3 * len(single(frames[0]))
