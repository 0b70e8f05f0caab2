"""Convert: the same picture in another format, as far as that one can hold it."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from segmind_mock.render.files.convert import converted
from segmind_mock.render.files.decode import Unusable, examine, quietly, upright
from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.files.gif import animated_gif
from segmind_mock.render.files.modes import indexed

MOST = 1 << 20
KINDS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]
MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F", "I;16", "I;16B"]
SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40)) | st.sampled_from([(4096, 1), (1, 4096)])
TARGETS = st.sampled_from(sorted(FORMATS))
PATTERNS = st.binary(min_size=8, max_size=60)
TIMES = [40, 120, 70, 1000]


def file(image: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as Pillow writes it; a WebP without loss."""
    target = BytesIO()
    image.save(target, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}) | options)
    return target.getvalue()


def seen(data: bytes) -> Image.Image:
    """The picture in `data`, decoded whole."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def noise(mode: str, size: tuple[int, int], pattern: bytes) -> Image.Image:
    """A picture of a mode whose bytes repeat a pattern."""
    length = len(Image.new(mode, size).tobytes())
    image = Image.frombytes(mode, size, (pattern * (length // len(pattern) + 1))[:length])
    if mode == "P":
        image.putpalette(bytes(range(256)) * 3)
    return image


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(KINDS), st.sampled_from(MODES), SIZES, PATTERNS, TARGETS)
def test_any_picture(kind: str, mode: str, size: tuple[int, int], pattern: bytes, target: str) -> None:
    """Whatever Pillow can write and read becomes a picture of the same size in the format asked for, twice the same."""
    try:
        with quietly():
            data = file(noise(mode, size, pattern), kind)
            seen(data)
    except (OSError, ValueError):
        return
    result = converted(data, FORMATS[target])
    assert seen(result).size == size
    assert seen(result).format == FORMATS[target].pillow
    assert result == converted(data, FORMATS[target])


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["PNG", "BMP", "TIFF", "WEBP", "GIF"]),
    st.sampled_from(["1", "L", "P", "RGB"]),
    SIZES,
    PATTERNS,
    st.sampled_from(["png", "bmp", "tiff", "webp", "gif"]),
)
def test_lossless(kind: str, mode: str, size: tuple[int, int], pattern: bytes, target: str) -> None:
    """From a lossless file to a lossless one no pixel changes; these have no more colours than a GIF holds."""
    data = file(noise(mode, size, pattern), kind)
    assert seen(converted(data, FORMATS[target])).convert("RGB").tobytes() == seen(data).convert("RGB").tobytes()


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(["PNG", "TIFF", "WEBP"]), SIZES, PATTERNS, st.sampled_from(["png", "tiff", "webp"]))
@example("PNG", (9, 9), b"\x0a\x14\x1e\0\x28\x32\x3c\xff", "webp")
def test_lossless_with_alpha(kind: str, size: tuple[int, int], pattern: bytes, target: str) -> None:
    """Shades of transparency stay, and so do the colours beneath."""
    image = noise("RGBA", size, pattern)
    assert seen(converted(file(image, kind), FORMATS[target])).convert("RGBA").tobytes() == image.tobytes()


@pytest.mark.parametrize("source", KINDS)
@settings(deadline=None, max_examples=40)
@given(draw=st.data())
def test_damaged(source: str, draw: st.DataObject) -> None:
    """What `examine` passes of a damaged file can be converted."""
    data = bytearray(file(noise("RGB", (9, 8), b"some pattern"), source))
    for _ in range(draw.draw(st.integers(1, 3))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with suppress(Unusable):
        size = examine(bytes(data), 10_000)
        assert seen(converted(bytes(data), FORMATS[draw.draw(TARGETS)])).size == size


@pytest.mark.parametrize(
    ("kind", "mode", "target", "expected"),
    [
        ("PNG", "P", "gif", "P"),
        ("PNG", "P", "tiff", "P"),
        ("PNG", "P", "bmp", "P"),
        ("GIF", "P", "png", "P"),
        ("PNG", "I;16", "tiff", "I;16"),
        ("TIFF", "I;16", "png", "I;16"),
        ("TIFF", "I;16", "jpg", "L"),
        ("TIFF", "CMYK", "jpg", "RGB"),
        ("JPEG", "CMYK", "png", "RGB"),
        ("JPEG", "CMYK", "tiff", "CMYK"),
        ("TIFF", "F", "tiff", "F"),
        ("TIFF", "F", "png", "L"),
        ("PNG", "LA", "png", "LA"),
        ("PNG", "LA", "webp", "RGBA"),
        ("PNG", "1", "tiff", "1"),
        ("PNG", "L", "jpg", "L"),
    ],
)
def test_modes(kind: str, mode: str, target: str, expected: str) -> None:
    """A palette, grey and depth are kept where the target can hold them."""
    data = file(noise(mode, (16, 16), bytes(range(1, 60))), kind)
    assert seen(converted(data, FORMATS[target])).mode == expected


def test_16_bits_are_scaled() -> None:
    """Where 16 bits do not fit, the high ones are kept."""
    image = Image.frombytes("I;16", (2, 1), b"\xff\x7f\x00\x20")
    assert seen(converted(file(image, "PNG"), FORMATS["bmp"])).convert("L").tobytes() == b"\x7f\x20"


@pytest.mark.parametrize("target", ["jpg", "bmp"])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_see_through_becomes_white(kind: str, target: str) -> None:
    """Where the target holds nothing see-through, it becomes white."""
    assert min(seen(converted(file(Image.new("RGBA", (8, 8)), kind), FORMATS[target])).convert("L").tobytes()) > 250


def test_see_through_palette() -> None:
    """A palette with shades of transparency stays in PNG, and becomes a channel in TIFF and WebP."""
    image = Image.frombytes("P", (2, 1), b"\0\1")
    image.putpalette([10, 20, 30, 255, 0, 0])
    data = file(image, "PNG", transparency=b"\x40\xff")
    for target in ("png", "tiff", "webp"):
        assert seen(converted(data, FORMATS[target])).convert("RGBA").tobytes() == b"\x0a\x14\x1e\x40\xff\0\0\xff"
    assert seen(converted(data, FORMATS["gif"])).convert("RGBA").tobytes()[3::4] == b"\x00\xff"


@pytest.mark.parametrize("target", sorted(FORMATS))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_turned_once(kind: str, target: str, turn: int) -> None:
    """Pixels are turned upright, and the result says nothing more of turning, nor of where it was taken."""
    tags = Image.Exif()
    tags[274] = turn
    tags[270] = "a secret place"
    image = Image.new("RGB", (32, 16), "white")
    image.paste("black", (0, 0, 16, 16))
    data = file(image, kind, exif=tags)
    result = converted(data, FORMATS[target])
    assert b"secret" not in result
    assert seen(result).getexif().get(274, 1) == 1
    assert seen(result).size == examine(data, MOST) == ((16, 32) if turn > 4 else (32, 16))
    first = upright(result).getpixel((3, 3))
    assert isinstance(first, tuple)
    assert (first[0] < 20) == (turn in {1, 6})


def profile(space: bytes) -> bytes:
    """A colour profile that says it speaks of this space."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data[:16] + space + data[20:]


@pytest.mark.parametrize(
    ("kind", "mode", "space", "target", "kept"),
    [
        ("PNG", "RGB", b"RGB ", "jpg", True),
        ("JPEG", "RGB", b"RGB ", "tiff", True),
        ("PNG", "RGB", b"RGB ", "webp", True),
        ("TIFF", "RGB", b"RGB ", "png", True),
        ("PNG", "RGB", b"RGB ", "gif", False),
        ("PNG", "RGB", b"RGB ", "bmp", False),
        ("JPEG", "CMYK", b"CMYK", "png", False),
        ("JPEG", "CMYK", b"CMYK", "tiff", True),
        ("JPEG", "L", b"GRAY", "webp", False),
        ("JPEG", "L", b"GRAY", "png", True),
    ],
)
def test_profile(kind: str, mode: str, space: bytes, target: str, kept: bool) -> None:
    """A colour profile goes along where it still speaks of the colours that are there."""
    data = file(Image.new(mode, (8, 8)), kind, icc_profile=profile(space))
    assert seen(converted(data, FORMATS[target])).info.get("icc_profile") == (profile(space) if kept else None)


def animation(kind: str, see_through: bool, plays: int = 0) -> bytes:
    """A box that moves, on white or on nothing; a GIF's times have no part of a hundredth."""
    frames = []
    for number in range(len(TIMES)):
        frame = Image.new("RGBA" if see_through else "RGB", (20, 16), (0, 0, 0, 0) if see_through else (255, 255, 255))
        ImageDraw.Draw(frame).rectangle((3 * number, number, 3 * number + 6, 9), fill=(200, 60 * number, 40))
        frames.append(frame)
    options: dict[str, object] = {"duration": TIMES}
    if kind == "GIF":
        options |= {"disposal": 2} | ({} if plays == 1 else {"loop": max(0, plays - 1)})
    else:
        options["loop"] = plays
    return file(frames[0], kind, save_all=True, append_images=frames[1:], **options)


def shown(data: bytes) -> list[tuple[bytes, int]]:
    """Each frame as a person sees it, and its milliseconds."""
    frames = []
    with Image.open(BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            frame = image.convert("RGBA")
            visible = Image.new("RGBA", frame.size)
            visible.paste(frame, mask=frame.getchannel("A"))
            frames.append((visible.tobytes(), round(image.info.get("duration", 0))))
    return frames


@pytest.mark.parametrize("target", ["gif", "png", "webp"])
@pytest.mark.parametrize("see_through", [False, True])
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animation_is_kept(kind: str, see_through: bool, target: str) -> None:
    """Frames look the same, one by one, and are shown for as long."""
    data = animation(kind, see_through)
    assert [time for _, time in shown(data)] == TIMES
    assert shown(converted(data, FORMATS[target])) == shown(data)


@pytest.mark.parametrize("plays", [0, 1, 3])
@pytest.mark.parametrize("target", ["gif", "png", "webp"])
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_plays(kind: str, target: str, plays: int) -> None:
    """An animation is played as often as before; a GIF counts how often it is played again."""
    loop = seen(converted(animation(kind, False, plays), FORMATS[target])).info.get("loop")
    if target == "gif":
        assert loop == {0: 0, 1: None, 3: 2}[plays]
    else:
        assert loop == plays


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_pages(kind: str) -> None:
    """An animation becomes the pages of a TIFF, and pages stay pages."""
    data = animation("GIF", False) if kind == "TIFF" else animation(kind, False)
    data = converted(data, FORMATS["tiff"]) if kind == "TIFF" else data
    found = shown(converted(data, FORMATS["tiff"]))
    assert [frame for frame, _ in found] == [frame for frame, _ in shown(data)]


@pytest.mark.parametrize("target", ["jpg", "bmp"])
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_stands_for_all(kind: str, target: str) -> None:
    """Where the target is a single picture, it is the first."""
    data = converted(animation("GIF", False), FORMATS[kind.lower()])
    first = seen(data).convert("RGB").getpixel((1, 1))
    found = upright(converted(data, FORMATS[target])).getpixel((1, 1))
    assert isinstance(first, tuple)
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(first, found, strict=True)) < 12


def test_still_before_the_frames() -> None:
    """A still picture for programs that know no animated PNG is no frame of it elsewhere, but the one still."""
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("black", "red", "blue")]
    data = file(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True, duration=50)
    assert [frame[:3] for frame, _ in shown(converted(data, FORMATS["gif"]))] == [b"\xff\0\0", b"\0\0\xff"]
    assert seen(converted(data, FORMATS["bmp"])).getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize("target", ["gif", "png", "webp"])
def test_frames_that_look_the_same(target: str) -> None:
    """Equal neighbours become one frame that is shown for the time of both, up to what any format holds."""
    frames = [indexed(Image.new("RGB", (4, 4), colour)) for colour in ("red", "blue", "blue", "red")]
    data = animated_gif(frames, [5, 6, 7, 8], 0)
    assert [time for _, time in shown(converted(data, FORMATS[target]))] == [50, 130, 80]
    slow = animated_gif([frames[0], *frames[1:2] * 4, frames[0]], [60_000] * 6, 0)
    assert max(time for _, time in shown(converted(slow, FORMATS[target]))) in {65_535, 65_540}


def test_rounding_does_not_add_up() -> None:
    """Times that no GIF can state are rounded so that the whole lasts as long."""
    frames = [Image.new("RGB", (4, 4), (40 * number, 0, 0)) for number in range(6)]
    data = file(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=[33] * 6)
    times = [time for _, time in shown(converted(data, FORMATS["gif"]))]
    assert set(times) == {30, 40}
    assert abs(sum(times) - 33 * 6) <= 5


def test_lossy_stays_small() -> None:
    """What was lossy before is not blown up to keep every pixel of its flaws."""
    image = Image.effect_mandelbrot((128, 128), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    lossy, lossless = (converted(file(image, kind), FORMATS["webp"]) for kind in ("JPEG", "PNG"))
    assert b"VP8 " in lossy
    assert b"VP8L" in lossless
