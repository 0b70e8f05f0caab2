"""Stamp: a finished file tells which call made it, and shows the same pixels as before."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.files.stamp import LONGEST, read, stamped

TOLD: dict[str, str | int] = {
    "mock": "segmind-mock",
    "model": "sd1.5-img2img",
    "request_id": "0123456789abcdef",
    "seed": "42",
    "index": 0,
    "of": 4,
    "parameters": "ab" * 32,
}
JSON = json.dumps(TOLD, separators=(",", ":"))
TELLING = sorted(set(FORMATS) - {"bmp", "jpeg"})


def picture(mode: str = "RGB", size: tuple[int, int] = (23, 17), turn: int = 0) -> Image.Image:
    """Colours that differ from place to place, clear at the left where the mode can be."""
    ramp = Image.linear_gradient("L").resize(size)
    across = Image.linear_gradient("L").rotate(90 + turn).resize(size)
    return Image.merge("RGBA", (ramp, across, Image.new("L", size, turn), across)).convert(mode)


def written(image: Image.Image, pillow: str, **options: Any) -> bytes:
    """The picture as a file."""
    file = BytesIO()
    image.save(file, pillow, **options)
    return file.getvalue()


def frames(data: bytes) -> list[tuple[str, tuple[int, int], bytes, object]]:
    """Everything that is seen: mode, size, pixels and duration of each frame or page."""
    with Image.open(BytesIO(data)) as image:
        return [
            (frame.mode, frame.size, frame.convert("RGBA").tobytes(), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(image)
        ]


def animated(pillow: str, mode: str = "RGBA", **options: Any) -> bytes:
    """Three different frames or pages."""
    first, *rest = (picture(mode, turn=turn) for turn in (0, 90, 180))
    return written(first, pillow, save_all=True, append_images=rest, **options)


def opened_big_endian() -> bytes:
    """A TIFF of the other byte order, by hand: 2x1 grey pixels 7 and 200."""
    tags = [(256, 4, 2), (257, 4, 1), (258, 4, 8), (259, 4, 1), (262, 4, 1), (273, 4, 8), (278, 4, 1), (279, 4, 2)]
    entries = b"".join(struct.pack(">HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"MM\0*" + struct.pack(">I", 10) + bytes((7, 200)) + struct.pack(">H", len(tags)) + entries + bytes(4)


TURNED = Image.Exif()
TURNED[274] = 6


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "png": ("png", lambda: written(picture("RGBA"), "PNG")),
    "png palette, transparent": ("png", lambda: written(picture().quantize(8), "PNG", transparency=3)),
    "apng": ("png", lambda: animated("PNG", duration=70)),
    "jpg": ("jpg", lambda: written(picture(), "JPEG")),
    "jpg with exif, profile, comment": (
        "jpeg",
        lambda: written(picture(), "JPEG", exif=TURNED, icc_profile=b"p" * 400, comment="mine"),
    ),
    "jpg progressive, cmyk": ("jpg", lambda: written(picture("CMYK"), "JPEG", progressive=True)),
    "gif": ("gif", lambda: written(picture().quantize(8), "GIF")),
    "gif 87a": ("gif", lambda: written(picture().quantize(8), "GIF").replace(b"GIF89a", b"GIF87a")),
    "gif animated": ("gif", lambda: animated("GIF", "RGB", duration=70, loop=0)),
    "gif with a comment": ("gif", lambda: written(picture().quantize(8), "GIF", comment="mine")),
    "webp lossy": ("webp", lambda: written(picture(), "WEBP")),
    "webp lossy, odd length": ("webp", lambda: written(picture(size=(400, 3)), "WEBP", quality=7)),
    "webp lossy, alpha": ("webp", lambda: written(picture("RGBA"), "WEBP")),
    "webp lossless": ("webp", lambda: written(picture(), "WEBP", lossless=True)),
    "webp lossless, alpha": ("webp", lambda: written(picture("RGBA"), "WEBP", lossless=True)),
    "webp animated": ("webp", lambda: animated("WEBP", duration=70)),
    "webp with profile and xmp": ("webp", lambda: written(picture(), "WEBP", icc_profile=b"p" * 401, xmp=b"<mine/>")),
    "tiff": ("tiff", lambda: written(picture("RGBA"), "TIFF")),
    "tiff pages": ("tiff", lambda: animated("TIFF")),
    "tiff packed, described": ("tiff", lambda: written(picture(), "TIFF", compression="tiff_lzw", description="mine")),
    "tiff big endian": ("tiff", opened_big_endian),
}
EACH_FILE = pytest.mark.parametrize("name", FILES)


@EACH_FILE
def test_nothing_is_seen(name: str) -> None:
    """Every frame has the mode, the size, the pixels and the duration that it had."""
    format, make = FILES[name]
    data = make()
    assert frames(stamped(data, FORMATS[format], TOLD)) == frames(data)


@EACH_FILE
def test_everything_is_told(name: str) -> None:
    """What was told can be read again; before, there was nothing."""
    format, make = FILES[name]
    data = make()
    assert read(data) is None
    assert read(stamped(data, FORMATS[format], TOLD)) == TOLD


@EACH_FILE
def test_the_newest_counts(name: str) -> None:
    """A file that is stamped again tells the newer, and looks the same."""
    format, make = FILES[name]
    data = make()
    again = stamped(stamped(data, FORMATS[format], TOLD), FORMATS[format], TOLD | {"seed": "7"})
    assert read(again) == TOLD | {"seed": "7"}
    assert frames(again) == frames(data)


def shown(data: bytes) -> str:
    """What Pillow finds at the place that a format has for words."""
    with Image.open(BytesIO(data)) as image:
        image.load()
        if image.format == "TIFF":
            return str(image.getexif()[270])
        words = image.info.get("segmind-mock") or image.info.get("comment") or image.info["xmp"]
    return words if isinstance(words, str) else words.decode()


@pytest.mark.parametrize("name", TELLING)
def test_others_find_it(name: str) -> None:
    """Pillow shows the words as PNG text, comment, XMP or ImageDescription, as plain JSON."""
    format = FORMATS[name]
    words = shown(stamped(written(picture(), format.pillow), format, TOLD))
    assert (words if name != "webp" else words.partition('x-default">')[2].partition("</rdf:li>")[0]) == JSON


def test_the_png_chunk_is_sound() -> None:
    """It stands right after the header, and its checksum is right."""
    data = stamped(written(picture(), "PNG"), FORMATS["png"], TOLD)
    length, kind = struct.unpack_from(">I4s", data, 33)
    body = data[37 : 41 + length]
    assert (kind, body) == (b"tEXt", b"tEXtsegmind-mock\0" + JSON.encode())
    assert data[41 + length : 45 + length] == struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(("mode", "alpha"), [("RGB", 0), ("RGBA", 0x10)])
@pytest.mark.parametrize("lossless", [False, True])
def test_the_webp_header_is_sound(mode: str, alpha: int, lossless: bool) -> None:
    """The file says its canvas, whether it has transparency, that it has XMP, and its own length."""
    data = stamped(written(picture(mode), "WEBP", lossless=lossless), FORMATS["webp"], TOLD)
    assert data[12:16] == b"VP8X"
    assert data[20] == 0x04 | alpha
    assert struct.unpack_from("<HxHx", data, 24) == (22, 16)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert data.count(b"XMP ") == 1


def test_a_gif_is_of_the_newer_kind() -> None:
    """Comments came with 89a."""
    format, make = FILES["gif 87a"]
    assert stamped(make(), FORMATS[format], TOLD).startswith(b"GIF89a")


def test_the_loop_count_stays_first() -> None:
    """Some readers look for an animation's loop count right after the colours only."""
    data = stamped(animated("GIF", "RGB", loop=0), FORMATS["gif"], TOLD)
    assert data.index(b"NETSCAPE2.0") == 13 + (3 << (data[10] & 7) + 1) + 3 < data.index(b"segmind-mock")


@pytest.mark.parametrize("tail", [b"", b"x"], ids=["even", "odd"])
def test_the_tiff_list_is_sound(tail: bytes) -> None:
    """It is in order of tags and begins at an even position, and so does the text."""
    data = stamped(written(picture(), "TIFF") + tail, FORMATS["tiff"], TOLD)
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    entries = {entry[0]: entry for entry in struct.iter_unpack("<HHII", data[at + 2 : at + 2 + 12 * count])}
    assert list(entries) == sorted(entries)
    assert entries[270] == (270, 2, len(JSON) + 1, data.index(JSON.encode()))
    assert at % 2 == entries[270][3] % 2 == 0
    assert data[at + 2 + 12 * count :] == bytes(4)


def test_a_tiff_without_its_end() -> None:
    """A list of entries that is cut before it says whether another page follows is refused."""
    with pytest.raises(ValueError, match="are not a TIFF file"):
        stamped(opened_big_endian()[:-1], FORMATS["tiff"], TOLD)


def test_a_webp_without_its_padding() -> None:
    """Some writers forget the last byte that makes a chunk even; what follows is in place all the same."""
    plain = written(picture(), "WEBP", icc_profile=b"p" * 400)
    odd = plain + b"ODD \3\0\0\0abc"
    data = odd[:4] + struct.pack("<I", len(odd) - 8) + odd[8:]
    again = stamped(data, FORMATS["webp"], TOLD)
    assert read(again) == TOLD
    assert again[again.index(b"abc") :].startswith(b"abc\0XMP ")


def test_bmp() -> None:
    """A BMP has no place for words and stays as it is."""
    data = written(picture(), "BMP")
    assert stamped(data, FORMATS["bmp"], TOLD) == data
    assert read(data) is None


PLAIN = {name: written(picture(size=(3, 2)), FORMATS[name].pillow) for name in FORMATS}


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(TELLING),
    st.dictionaries(
        st.text(max_size=9), st.integers() | st.text() | st.text(alphabet="\0<&>]'\"{}\\雪😀", max_size=300)
    ),
)
@example("webp", {"seed": "&lt; &amp;gt; <a> ]]>"})
def test_any_words(name: str, told: dict[str, str | int]) -> None:
    """Whatever is told comes back."""
    told["mock"] = "segmind-mock"
    assert read(stamped(PLAIN[name], FORMATS[name], told)) == told


@pytest.mark.parametrize("letter", ["x", "<", "雪", "😀"])
@pytest.mark.parametrize("name", TELLING)
def test_long_words(name: str, letter: str) -> None:
    """Four thousand characters come back, and the picture still opens."""
    told = TOLD | {"seed": letter * 4096}
    data = stamped(PLAIN[name], FORMATS[name], told)
    assert read(data) == told
    assert [size for _, size, _, _ in frames(data)] == [(3, 2)]


@pytest.mark.parametrize("name", FORMATS)
def test_words_without_end(name: str) -> None:
    """More than 60000 bytes are refused, in every format alike."""
    most = LONGEST - len(json.dumps({"mock": "segmind-mock", "seed": ""}, separators=(",", ":")))
    told = {"mock": "segmind-mock", "seed": "x" * most}
    assert read(stamped(PLAIN[name], FORMATS[name], told)) == (None if name == "bmp" else told)
    with pytest.raises(ValueError, match="at most 60000 bytes, this has 60001"):
        stamped(PLAIN[name], FORMATS[name], told | {"seed": "x" * (most + 1)})


def test_words_of_others() -> None:
    """Nothing is stamped that does not say that it is the mock's."""
    with pytest.raises(ValueError, match='has "mock": "segmind-mock"'):
        stamped(PLAIN["png"], FORMATS["png"], {"seed": "1"})


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("other", [*FORMATS, "nothing", "its first bytes"])
def test_another_format(name: str, other: str) -> None:
    """Bytes that are not of the format are refused."""
    if FORMATS[name].pillow == getattr(FORMATS.get(other), "pillow", None):
        return
    data = {"nothing": b"", "its first bytes": PLAIN[name][:9]}.get(other) or PLAIN.get(other, b"")
    if (name, other) == ("bmp", "its first bytes"):
        assert stamped(data, FORMATS[name], TOLD) == data
        return
    with pytest.raises(ValueError, match=f"are not a {FORMATS[name].pillow} file"):
        stamped(data, FORMATS[name], TOLD)


@pytest.mark.parametrize(
    "words",
    [
        "[]",
        "{",
        "[" * 50_000,
        '{"a":' * 9_000,
        '{"mock":"segmind-mock","seed":1.5}',
        '{"mock":"segmind-mock","seed":true}',
        '{"mock":"segmind-mock","seed":{}}',
        '{"mock":"other"}',
        '{"mock":"segmind-mock","seed":' + "9" * 5000 + "}",
    ],
    ids=lambda words: words[:40],
)
@pytest.mark.parametrize("pillow", ["JPEG", "GIF"])
def test_comments_of_others(pillow: str, words: str) -> None:
    """Comments that only look like a stamp are none."""
    assert read(written(picture(), pillow, comment=words)) is None


STAMPED = {name: stamped(PLAIN[name], FORMATS[name], TOLD) for name in FORMATS}


def test_after_comments_of_others() -> None:
    """A stamp that another program has put behind comments of its own is found."""
    mine, blocks = b"\xff\xfe\0\6mine", STAMPED["gif"].index(b"\x21\xfe")
    assert read(STAMPED["jpg"][:2] + mine + STAMPED["jpg"][2:]) == TOLD
    assert read(STAMPED["gif"][:blocks] + b"\x21\xfe\4mine\0" + STAMPED["gif"][blocks:]) == TOLD


@pytest.mark.parametrize(("comments", "expected"), [(63, TOLD), (64, None)])
def test_comments_without_end(comments: int, expected: object) -> None:
    """Sixty-four comments are looked into, no more."""
    assert read(STAMPED["jpg"][:2] + b"\xff\xfe\0\6mine" * comments + STAMPED["jpg"][2:]) == expected


STARTS = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF", b"II*\0", b"MM\0*", b"BM", b""]


@pytest.mark.parametrize("name", TELLING)
def test_cut_files(name: str) -> None:
    """A file cut anywhere tells all or nothing, and neither reading nor stamping it fails in another way."""
    for length in range(len(STAMPED[name])):
        assert read(STAMPED[name][:length]) in (None, TOLD)
    for length in range(len(PLAIN[name])):
        with suppress(ValueError):
            stamped(PLAIN[name][:length], FORMATS[name], TOLD)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_random_files(start: bytes, rest: bytes) -> None:
    """Random bytes tell nothing, and stamping them works or raises ValueError."""
    assert read(start + rest) is None
    for name in TELLING:
        with suppress(ValueError):
            assert len(stamped(start + rest, FORMATS[name], TOLD)) > len(start)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(TELLING), st.data())
def test_damaged_files(name: str, data: st.DataObject) -> None:
    """A file with a few bytes changed is read without an error."""
    damaged = bytearray(STAMPED[name])
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    told = read(bytes(damaged))
    assert told is None or told["mock"] == "segmind-mock"


@pytest.mark.parametrize(
    "hostile",
    [
        b"\xff\xd8" + b"\xff" * 4_000_000,
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXtcrc." * 400_000,
        b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xfe" + b"\1x" * 2_000_000,
        b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xfe\0" * 1_000_000,
        b"RIFF\xff\xff\xff\x7fWEBP" + b"XMP \0\0\0\0" * 400_000,
        b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 270, 2, 1 << 30, 8) * 0xFFFF,
        b"\xff\xd8" + (b"\xff\xfe\xff\xff" + b"[" * 65533) * 200,
    ],
    ids=["jpeg filling", "png chunks", "gif blocks", "gif comments", "webp chunks", "tiff entries", "jpeg nested"],
)
def test_hostile_files(hostile: bytes) -> None:
    """Files made of nothing but parts are given up on."""
    assert read(hostile) is None


@pytest.mark.parametrize("reach", [1, 200])
def test_steps_are_bounded(monkeypatch: pytest.MonkeyPatch, reach: int) -> None:
    """No more parts are walked through than allowed: what stands behind them is not found."""
    monkeypatch.setattr("segmind_mock.render.files.stamp._MOST_PARTS", 100)
    filling = b"\xff\xd8" + b"\xff" * reach + STAMPED["jpg"][STAMPED["jpg"].index(b"\xff\xfe") :]
    chunks = PLAIN["png"][:33] + (b"\0\0\0\0teXtcrc." * reach) + STAMPED["png"][33:]
    blocks = PLAIN["gif"][:13] + b"\x21\xfe\1x\0" * reach + STAMPED["gif"][STAMPED["gif"].index(b"\x21\xfe") :]
    blocks = blocks[:10] + b"\0" + blocks[11:]
    found = [read(data) for data in (filling, chunks, blocks)]
    assert found == ([TOLD] * 3 if reach == 1 else [None] * 3)
