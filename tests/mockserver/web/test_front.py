"""Front: a page for somebody who opens the server in a browser."""

from __future__ import annotations

from html.parser import HTMLParser

from segmind_mock.web.front import front_page
from tests.worlds import CATALOG


class Reader(HTMLParser):
    """Somebody who reads a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_data(self, data: str) -> None:
        """A piece of text."""
        self.seen += [data.strip()] if data.strip() else []


def texts(page: str) -> list[str]:
    """What a reader sees."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader.seen


def test_models() -> None:
    """Every model is shown with what it answers and what its plainest call costs."""
    seen = texts(front_page(CATALOG, "http://a"))
    for slug, answers, cost in (
        ("sam-img2img", "a picture", "0.0076"),
        ("image-converter", "JSON", "0.001"),
        ("smart-banner-resizer", "a picture", "0.25"),
    ):
        place = seen.index(slug)
        assert seen[place + 1 : place + 3] == [answers, cost]
    assert set(CATALOG.slugs) <= set(seen)


def test_a_call_to_copy() -> None:
    """The call to copy goes to the origin the page was asked at."""
    assert any(
        text.startswith("curl -s http://a:1/v2/sam-img2img ") for text in texts(front_page(CATALOG, "http://a:1"))
    )


def test_nothing_is_markup_that_should_not_be() -> None:
    """An origin cannot add markup to the page."""
    page = front_page(CATALOG, "http://<script>&\"'")
    assert "<script>" not in page
    assert any("http://<script>&\"'/v2/" in text for text in texts(page))


def test_nothing_comes_from_elsewhere() -> None:
    """The page loads nothing from anywhere."""
    page = front_page(CATALOG, "http://a")
    assert "src=" not in page
    assert "<link" not in page
    assert "url(" not in page
