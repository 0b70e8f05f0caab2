"""Scene: pictures of the asked size, decided by their digest."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock.render.scene import draw

DIGEST = bytes(range(32))


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.binary(min_size=16, max_size=64))
def test_size(width: int, height: int, digest: bytes) -> None:
    """Any size and digest give a palette picture of exactly that size in at most 32 colours."""
    image = draw(width, height, digest)
    assert image.size == (width, height)
    assert image.mode == "P"
    extrema = image.getextrema()
    assert isinstance(extrema[1], (int, float))
    assert extrema[1] < 32


@pytest.mark.parametrize("size", [(1, 1), (4096, 1), (1, 4096), (4096, 4096)])
def test_extreme_sizes(size: tuple[int, int]) -> None:
    """The smallest, the longest and the largest pictures can be drawn."""
    assert draw(*size, DIGEST).size == size


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (4097, 5), (5, 4097), (-1, 5)])
def test_bad_sizes(size: tuple[int, int]) -> None:
    """A size out of bounds is refused in words."""
    with pytest.raises(ValueError, match="1 to 4096 pixels"):
        draw(*size, DIGEST)


def test_short_digest() -> None:
    """A digest of fewer than 16 bytes is refused."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        draw(8, 8, b"short")


def test_distinct() -> None:
    """200 digests give 200 different pictures, whose shapes differ even without their colours."""
    images = [draw(128, 128, hashlib.sha256(bytes([i])).digest()) for i in range(200)]
    assert len({image.convert("RGB").tobytes() for image in images}) == 200
    assert len({image.tobytes() for image in images}) == 200


def test_one_bit_matters() -> None:
    """One bit of the digest changes at least a tenth of the pixels."""
    first = draw(128, 128, bytes(32)).convert("RGB")
    second = draw(128, 128, bytes(31) + b"\1").convert("RGB")
    pairs = zip(_pixels(first.tobytes()), _pixels(second.tobytes()), strict=True)
    assert sum(one != other for one, other in pairs) > 128 * 128 / 10


def _pixels(data: bytes) -> list[bytes]:
    return [data[i : i + 3] for i in range(0, len(data), 3)]


GOLDEN = {
    (256, 256, 0): "7143084cfc25bfce",
    (200, 300, 1): "ce041cf286d57349",
    (64, 33, 2): "92b93ac0b5e54310",
}


@pytest.mark.parametrize(("width", "height", "number"), GOLDEN)
def test_golden(width: int, height: int, number: int) -> None:
    """These pictures stay as they are, pixel for pixel, until somebody means to change them."""
    image = draw(width, height, bytes([number]) * 16).convert("RGB")
    assert hashlib.sha256(image.tobytes()).hexdigest()[:16] == GOLDEN[width, height, number]
