"""Contact sheets as pages: whole HTML, nothing from elsewhere, and texts that stay texts."""

from __future__ import annotations

from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

from PIL import Image

from segmind_mock.render.sheets.page import written
from segmind_mock.render.sheets.sheet import Group, Section, Sheet, Thumb

NASTY = "<script>alert(\"x\")</script> & 'y'"
VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Reads a page: its tags with their attributes, its texts, and whether tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def page_of(image: Image.Image, text: str = "text", *, is_input: bool = False) -> Reader:
    """A page with one picture, read; `text` is in every place that has one."""
    thumb = Thumb(image=image, label=text, note=text, title=text, given=is_input)
    group = Group(name=text, about=text, thumbs=(thumb,))
    section = Section(slug=text, title=text, about=text, groups=(group,))
    return Reader(written(Sheet(title=text, legend=(text,), side=64, sections=(section,))))


def picture_of(page: Reader) -> Image.Image:
    """Its picture, decoded."""
    source = next(attributes["src"] for tag, attributes in page.tags if tag == "img")
    assert source is not None
    kind, _, data = source.partition(",")
    assert kind == "data:image/webp;base64"
    with Image.open(BytesIO(b64decode(data))) as image:
        image.load()
        return image.copy()


def test_texts_stay_texts() -> None:
    """Whatever a document says, it is shown and not obeyed, and every tag is closed."""
    page = page_of(Image.new("RGB", (9, 9)), NASTY)
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.texts.count(NASTY) >= 6
    assert NASTY in [attributes.get("title") for tag, attributes in page.tags if tag == "figure"]


def test_nothing_from_elsewhere() -> None:
    """No tag asks for anything, and the style does not either."""
    page = page_of(Image.new("RGB", (9, 9)))
    assert {tag for tag, attributes in page.tags if "src" in attributes} == {"img"}
    assert [attributes["href"] for tag, attributes in page.tags if tag == "a"] == ["#text"]
    assert not any(word in text for text in page.texts for word in ("url(", "@import"))


def test_pictures() -> None:
    """Few colours are kept exactly, and so is what is see-through; many stay close."""
    flat = Image.new("RGBA", (20, 10), (200, 30, 40, 255))
    flat.paste((0, 0, 0, 0), (0, 0, 10, 10))
    assert picture_of(page_of(flat)).getcolors() == flat.getcolors()
    graded = Image.linear_gradient("L").convert("RGB")
    varied = Image.merge("RGB", (graded.getchannel(0), graded.getchannel(1).rotate(90), graded.getchannel(2)))
    found = picture_of(page_of(varied))
    assert found.size == varied.size
    assert (
        max(
            abs(one - two)
            for one, two in zip(found.resize((1, 1)).tobytes(), varied.resize((1, 1)).tobytes(), strict=True)
        )
        < 8
    )


def test_kinds() -> None:
    """Inputs and what is see-through are marked for the style."""
    page = page_of(Image.new("RGBA", (9, 9)), is_input=True)
    assert [attributes.get("class") for tag, attributes in page.tags if tag == "img"] == ["given see-through"]
