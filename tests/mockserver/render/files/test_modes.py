"""Modes: every picture looks the same after a change of mode, as far as the new one allows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from segmind_mock.render.files.modes import indexed, on_white, plain, with_alpha

COLOUR = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))


def noise(mode: str, size: tuple[int, int], pattern: bytes) -> Image.Image:
    """A picture of a mode whose bytes repeat a pattern."""
    length = len(Image.new(mode, size).tobytes())
    return Image.frombytes(mode, size, (pattern * (length // len(pattern) + 1))[:length])


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L"])
def test_16_bits_are_scaled(mode: str) -> None:
    """A 16-bit value becomes its high byte, whatever the order of the bytes."""
    values = [0, 255, 256, 4096, 32_768, 65_535]
    order = "big" if mode == "I;16B" else "little"
    image = Image.frombytes(mode, (6, 1), b"".join(value.to_bytes(2, order) for value in values))  # type: ignore[arg-type]
    assert list(plain(image).tobytes()) == [0, 0, 1, 16, 128, 255]


def test_one_16_bit_value_is_see_through() -> None:
    """Of two 16-bit values with the same high byte, the one that is named is see-through."""
    image = Image.frombytes("I;16", (3, 1), b"\x01\x10\x02\x10\x02\x11")
    image.info["transparency"] = 0x1002
    assert plain(image).getchannel("A").tobytes() == b"\xff\x00\xff"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 65_535], [0, 255]),
        ([0, 200], [0, 200]),
        ([-100, 100], [0, 255]),
        ([0, 100_000], [0, 255]),
        ([1000, 1000], [3, 3]),
        ([-7, -7], [0, 0]),
    ],
    ids=str,
)
def test_whole_numbers_are_scaled(values: list[int], expected: list[int]) -> None:
    """32-bit numbers are taken for 8 or 16 bits where they fit, and else spread from least to greatest."""
    image = Image.new("I", (2, 1))
    image.putpixel((0, 0), values[0])
    image.putpixel((1, 0), values[1])
    assert list(plain(image).tobytes()) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.0, 1.0], [0, 255]), ([0.0, 200.0], [0, 200]), ([-1.0, 3.0], [0, 255]), ([0.0, float("inf")], [0, 255])],
    ids=str,
)
def test_real_numbers_are_scaled(values: list[float], expected: list[int]) -> None:
    """Shares, bytes and any other range of real numbers come out visible."""
    image = Image.new("F", (2, 1))
    image.putpixel((0, 0), values[0])
    image.putpixel((1, 0), values[1])
    assert list(plain(image).tobytes()) == expected


def test_no_number_does_not_matter() -> None:
    """A picture of what is no number can be turned into one of bytes."""
    assert plain(Image.new("F", (3, 3), float("nan"))).mode == "L"


def test_lab_keeps_its_colour() -> None:
    """A red in L*a*b* stays red."""
    red = Image.new("RGB", (2, 2), (200, 20, 30))
    there = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(red, there)
    assert lab is not None
    found = plain(lab).getpixel((0, 0))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, (200, 20, 30), strict=True)) < 4


def test_half_covered_is_mixed_with_white() -> None:
    """Half of black on white is grey."""
    assert on_white(Image.new("RGBA", (1, 1), (0, 0, 0, 128))).getpixel((0, 0)) == (127, 127, 127)


def test_shades_in_a_palette_are_mixed_with_white() -> None:
    """A palette whose colours are see-through to different degrees is laid onto white colour by colour."""
    image = Image.frombytes("P", (2, 1), b"\0\1")
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.info["transparency"] = b"\x00\xff"
    assert on_white(image).tobytes() == b"\xff\xff\xff\xff\0\0"


def test_key_of_16_bits() -> None:
    """A see-through colour that a PNG of 16 bits per channel states is found in its 8-bit pixels."""
    image = Image.new("RGB", (1, 1), (200, 100, 50))
    image.info["transparency"] = (200 << 8, 100 << 8, 50 << 8)
    assert with_alpha(image).getpixel((0, 0)) == (200, 100, 50, 0)


@settings(deadline=None, max_examples=60)
@given(st.lists(COLOUR, min_size=1, max_size=256), st.randoms(use_true_random=False))
def test_few_colours_are_exact(colours: list[tuple[int, int, int]], order: object) -> None:
    """Up to 256 colours, neighbours among them, stay as they are."""
    image = Image.frombytes("RGB", (len(colours), 1), b"".join(map(bytes, colours)))
    assert indexed(image).convert("RGB").tobytes() == image.tobytes()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(COLOUR, st.integers(0, 255)), min_size=1, max_size=255))
def test_see_through_or_not(pixels: list[tuple[tuple[int, int, int], int]]) -> None:
    """Pixels that are at least half covered keep their colour, and the others are see-through."""
    image = Image.frombytes("RGBA", (len(pixels), 1), b"".join(bytes([*colour, alpha]) for colour, alpha in pixels))
    found = indexed(image).convert("RGBA").tobytes()
    for at, (colour, alpha) in enumerate(pixels):
        pixel = found[4 * at : 4 * at + 4]
        assert pixel == bytes([*colour, 255]) if alpha >= 128 else pixel[3] == 0


def test_many_colours_stay_close() -> None:
    """A picture of thousands of colours in 256 is, on the whole, as bright as before."""
    ramp = Image.linear_gradient("L")
    image = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_90), Image.radial_gradient("L")))
    small = indexed(image).convert("RGB").resize((8, 8), Image.Resampling.BOX).tobytes()
    before = image.resize((8, 8), Image.Resampling.BOX).tobytes()
    assert max(abs(a - b) for a, b in zip(small, before, strict=True)) < 12


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "I;16"]),
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.binary(min_size=16, max_size=64),
)
def test_modes_that_come_out(mode: str, size: tuple[int, int], pattern: bytes) -> None:
    """Each function gives the modes it promises, at the same size."""
    image = noise(mode, size, pattern)
    assert plain(image).mode in {"1", "L", "LA", "P", "RGB", "RGBA"}
    assert on_white(image).mode in {"L", "RGB"}
    assert indexed(image).mode in {"L", "P"}
    assert plain(image).size == on_white(image).size == indexed(image).size == size
