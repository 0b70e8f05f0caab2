"""Containers: files are measured before decoding, and walking them ends soon whatever they hold."""

import struct
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.render.files.containers import MOST_FRAMES, MOST_SCANS, Malformed, kind_of, orientation, take_apart

KINDS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]


def file(kind: str, frames: int = 1, size: tuple[int, int] = (20, 30), **options: object) -> bytes:
    """A picture whose frames differ."""
    images = [Image.new("RGB", size, (50 * number, 40, 200)) for number in range(frames)]
    target = BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(target, kind, **more, **options)
    return target.getvalue()


def exif(turn: int, order: str = "<") -> bytes:
    """An EXIF block that states an orientation and nothing else."""
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "IHHHIHHI", 8, 1, 274, 3, 1, turn, 0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_sides(kind: str) -> None:
    """The sides of a still picture are read in every format."""
    found = take_apart(file(kind))
    assert (found.kind, found.sides[0], found.turns) == (kind, (20, 30), (1,))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG"])
def test_frames(kind: str) -> None:
    """Frames are counted."""
    assert take_apart(file(kind, 5)).sides == ((20, 30),) * 5


def test_still_before_the_frames() -> None:
    """A still picture that stands before the frames of a PNG is counted too."""
    assert take_apart(file("PNG", 5, default_image=True)).sides == ((20, 30),) * 5
    assert len(take_apart(many_frames("PNG")).sides) == MOST_FRAMES + 1


@pytest.mark.parametrize("data", [b"", b"GIF8", b"<svg/>", b"RIFF\0\0\0\0WAVE", b"\0" * 40], ids=str)
def test_no_kind(data: bytes) -> None:
    """What does not begin like one of the six formats is none."""
    assert kind_of(data) is None
    with pytest.raises(Malformed):
        take_apart(data)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("turn", "expected"), [*((n, n) for n in range(1, 9)), (0, 1), (9, 1), (65_535, 1)])
def test_orientation(turn: int, expected: int, order: str) -> None:
    """An orientation is read in either byte order; one that means nothing is none."""
    assert orientation(exif(turn, order)) == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_orientation_of_a_file(kind: str) -> None:
    """Each format with a place for it tells its orientation."""
    tags = Image.Exif()
    tags[274] = 6
    assert take_apart(file(kind, exif=tags)).turns == (6,)


@pytest.mark.parametrize("big", [False, True])
def test_tiff_is_set_upright(big: bool) -> None:
    """A TIFF without its metadata says that it is not turned, in 32 and 64 bits."""
    tags = Image.Exif()
    tags[274] = 6
    bare = take_apart(file("TIFF", exif=tags, big_tiff=big)).bare
    assert take_apart(bare).turns == (1,)
    assert Image.open(BytesIO(bare)).size == (20, 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_metadata_is_cut_out(kind: str) -> None:
    """EXIF, and a place with it, does not reach the decoder; the pixels do."""
    tags = Image.Exif()
    tags[270] = "a secret place"
    data = file(kind, exif=tags)
    bare = take_apart(data).bare
    assert b"secret" in data
    assert b"secret" not in bare
    assert Image.open(BytesIO(bare)).tobytes() == Image.open(BytesIO(data)).tobytes()


def test_gif_frame_over_the_edge() -> None:
    """A frame that is larger than the picture counts with its own size."""
    data = bytearray(file("GIF"))
    at = data.index(b",", 13 + (3 << (data[10] & 7) + 1))
    data[at + 5 : at + 9] = struct.pack("<HH", 5000, 6000)
    assert take_apart(bytes(data)).sides == ((5000, 6000),)


def many_frames(kind: str) -> bytes:
    """A small file with 100,000 frames, or one that says so."""
    match kind:
        case "GIF":
            data = file("GIF")
            at = 13 + (3 << (data[10] & 7) + 1)
            return data[:at] + data[at:-1] * 100_000 + b";"
        case "PNG":
            data = file("PNG", 2)
            at = data.index(b"acTL") + 4
            return data[:at] + struct.pack(">I", 100_000) + data[at + 4 :]
        case "WEBP":
            frame = b"ANMF" + struct.pack("<I", 16) + bytes(16)
            return file("WEBP", 2) + frame * 100_000
    page = struct.pack("<HHHIIHHIII", 2, 256, 4, 1, 1, 257, 4, 1, 1, 0)
    pages = (page[:-4] + struct.pack("<I", 8 + len(page) * (number + 1)) for number in range(100_000))
    return b"II*\0\x08\0\0\0" + b"".join(pages)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_counting_ends(kind: str) -> None:
    """Of a hundred thousand frames few more than the most are counted."""
    assert MOST_FRAMES < len(take_apart(many_frames(kind)).sides) <= MOST_FRAMES + 1


def test_pages_in_a_circle() -> None:
    """A TIFF whose last page leads to its first ends."""
    page = struct.pack("<HHHIIHHIII", 2, 256, 4, 1, 7, 257, 4, 1, 9, 8)
    assert take_apart(b"II*\0\x08\0\0\0" + page).sides == ((7, 9),)


def test_tile_counts() -> None:
    """A TIFF of one pixel in a tile of a hundred million counts as large as the tile."""
    tags = [(256, 1), (257, 1), (322, 10_000), (323, 10_000)]
    page = struct.pack("<H", 4) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags) + bytes(4)
    assert take_apart(b"II*\0\x08\0\0\0" + page).sides == ((10_000, 10_000),)


def test_tags_that_share_bytes() -> None:
    """Many tags that each point at the whole file are refused."""
    entries = b"".join(struct.pack("<HHII", 1000 + tag, 1, 1 << 20, 8) for tag in range(100))
    with pytest.raises(Malformed):
        take_apart(b"II*\0\x08\0\0\0" + struct.pack("<H", 100) + entries + bytes(4))


def test_scans() -> None:
    """A progressive JPEG passes, and one with a thousand scans does not."""
    data = file("JPEG", progressive=True)
    assert take_apart(data).sides == ((20, 30),)
    at = data.rindex(b"\xff\xda")
    with pytest.raises(Malformed):
        take_apart(data[:-2] + data[at:-2] * (MOST_SCANS + 1) + b"\xff\xd9")


def test_parts_without_end() -> None:
    """A PNG of a million empty chunks is refused."""
    with pytest.raises(Malformed):
        take_apart(file("PNG")[:33] + b"\0\0\0\0IDAT\0\0\0\0" * 1_000_000)


def test_junk_between_frames() -> None:
    """A few bytes that belong to nothing are passed over in a GIF, and a megabyte of them is not."""
    data = file("GIF")
    at = 13 + (3 << (data[10] & 7) + 1)
    assert take_apart(data[:at] + bytes(9) + data[at:]).sides == ((20, 30),)
    with pytest.raises(Malformed):
        take_apart(data[:at] + bytes(1 << 20) + data[at:])


def test_packed_bmp() -> None:
    """A BMP of five megabytes passes, unless it is one that takes Pillow minutes."""
    data = file("BMP").ljust(5 << 20, b"\1")
    assert take_apart(data).sides == ((20, 30),)
    with pytest.raises(Malformed):
        take_apart(data[:30] + struct.pack("<I", 1) + data[34:])


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(KINDS), st.data())
def test_any_bytes(kind: str, draw: st.DataObject) -> None:
    """Whatever bytes follow the beginning, the file is taken apart or refused."""
    head = file(kind, size=(3, 2))
    data = head[: draw.draw(st.integers(0, len(head)))] + draw.draw(st.binary(max_size=80))
    with suppress(Malformed):
        assert len(take_apart(data).sides) >= 1
