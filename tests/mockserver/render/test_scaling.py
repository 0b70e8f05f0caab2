"""Scaling: another size, the same pixels everywhere."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.scaling import scaled, window

BICUBIC, BILINEAR, BOX = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.BOX


def noise(width: int, height: int) -> Image.Image:
    """Something in which every pixel counts."""
    return Image.frombytes("RGB", (width, height), hashlib.shake_128(b"noise").digest(width * height * 3))


@settings(deadline=None)
@given(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_size(source: tuple[int, int], size: tuple[int, int], shares: tuple[float, float, float, float]) -> None:
    """Any window of any picture, even one without extent, is brought to exactly the size."""
    left, right = sorted(share * source[0] for share in shares[:2])
    top, bottom = sorted(share * source[1] for share in shares[2:])
    assert window(noise(*source), (left, top, right, bottom), size, BICUBIC).size == size
    assert scaled(noise(*source), size, BILINEAR).size == size


def test_all_of_it() -> None:
    """A window as large as the picture is the picture."""
    image = noise(50, 40)
    assert window(image, (0, 0, 50, 40), (50, 40), BICUBIC).tobytes() == image.tobytes()
    assert window(image, (0, 0, 50, 40), (80, 30), BICUBIC).tobytes() == scaled(image, (80, 30), BICUBIC).tobytes()


def test_whole_pixels() -> None:
    """A window of whole pixels at their own size is a plain cut."""
    image = noise(50, 40)
    assert window(image, (7, 5, 33, 39), (26, 34), BICUBIC).tobytes() == image.crop((7, 5, 33, 39)).tobytes()


def test_corner() -> None:
    """A window that is but the last corner shows the last pixel."""
    image = noise(50, 40)
    corner = window(image, (50, 40, 50, 40), (3, 3), BICUBIC)
    assert corner.getcolors() == [(9, image.getpixel((49, 39)))]


@pytest.mark.parametrize("size", [(100, 100), (30, 30), (7, 7)])
def test_nothing_moves(size: tuple[int, int]) -> None:
    """What stands at a share of the window stands at that share of the result, also where it was halved before."""
    image = Image.new("RGB", (800, 800))
    image.paste((255, 255, 255), (415, 0, 800, 800))
    line = window(image, (15.5, 15.5, 814.5 - 15, 799.5), size, BILINEAR).crop((0, 0, size[0], 1)).tobytes()[::3]
    edge = size[0] - sum(line) / 255
    assert edge / size[0] == pytest.approx((415 - 15.5) / (799.5 - 15.5), abs=0.005)


GOLDEN = {
    ((264, 645), (160, 393)): "40c397727abd34c5",
    ((645, 264), (160, 90)): "12d20a059ae45768",
    ((90, 60), (200, 201)): "887dbb48492d5aa8",
}
"""Of two passes, the one that Pillow takes first is not the same in versions 12 and 13 for the first of these."""


@pytest.mark.parametrize(("source", "size"), GOLDEN)
def test_golden(source: tuple[int, int], size: tuple[int, int]) -> None:
    """The pixels are these in every version of Pillow."""
    width, height = source
    both = [
        scaled(noise(*source), size, BOX),
        window(noise(*source), (0.3, 0.1, width - 3.7, height - 0.15), size, BICUBIC),
    ]
    assert hashlib.sha256(b"".join(image.tobytes() for image in both)).hexdigest()[:16] == GOLDEN[source, size]
