"""A contact sheet as a page: one HTML file that needs nothing else, in light and in dark."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from segmind_mock.render.sheets.sheet import FINE, columns

if TYPE_CHECKING:
    from PIL import Image

    from segmind_mock.render.sheets.sheet import Group, Section, Sheet, Thumb

_STYLE = """
:root { color-scheme: light dark; --ground: #efece6; --card: #fbfaf7; --edge: #dedad1; --ink: #22262b;
  --muted: #6d6a64; --strong: #0f6b63; --given: #c46a1b; --check: #d9d6cf; --light: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181b; --card: #1f2226; --edge: #353a40; --ink: #e8e6e1; --muted: #a09d96;
    --strong: #5cc7bb; --given: #f0a35b; --check: #4a4f55; --light: #6a6f75 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1800px; padding: 2rem clamp(.75rem, 2.5vw, 2.25rem); background: var(--ground);
  color: var(--ink); font: 15px/1.4 system-ui, sans-serif; --columns: 12 }
@media (max-width: 1100px) { body { --columns: 8 } }
@media (max-width: 760px) { body { --columns: 4 } }
@media (max-width: 400px) { body { --columns: 3 } }
h1 { margin: 0 0 .4rem; font-size: 2.1rem; font-weight: 600; letter-spacing: -.01em }
h2 { margin: 0; font-size: 1.5rem; font-weight: 600 }
h3 { margin: 0; font-size: 1rem; font-weight: 600; color: var(--strong); overflow-wrap: anywhere }
p { margin: 0; color: var(--muted) }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin-top: .8rem }
a { color: var(--strong) }
section { margin-top: 1.5rem; padding: 1.4rem clamp(.75rem, 2vw, 1.5rem); background: var(--card);
  border: 1px solid var(--edge); border-radius: 12px; scroll-margin-top: .5rem }
.groups { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); grid-auto-flow: dense;
  row-gap: 1.5rem; column-gap: calc(100% / (11 * var(--columns) - 1)); margin-top: 1.1rem }
.group { display: grid; grid-template-columns: subgrid; grid-column: span min(var(--span), var(--columns));
  align-content: start; row-gap: .7rem; border-top: 1px solid var(--edge); padding-top: .45rem }
.about { grid-column: 1 / -1 }
.about p { font-size: .82rem; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
  overflow: hidden }
figure { margin: 0; grid-column: span min(var(--span), var(--columns)) }
.frame { display: flex; align-items: end }
img { display: block; height: auto; outline: 1px solid var(--edge) }
img.given { outline: 2px solid var(--given) }
img.see-through { background: repeating-conic-gradient(var(--check) 0 25%, var(--light) 0 50%) 0 0 / 14px 14px }
figcaption { margin-top: .3rem; font-size: .78rem; line-height: 1.3; overflow-wrap: anywhere }
figcaption small { display: block; color: var(--muted); font-size: .72rem }
"""

_MOST_FLAT = 256
"""Colours of a thumbnail that is kept exactly; one with more is a photograph to the encoder."""


def written(sheet: Sheet) -> str:
    """The page: the same content as the drawn sheet, and each call in full for those who point at its picture."""
    title = escape(sheet.title)
    legend = "\n".join(f"<p>{escape(line)}</p>" for line in sheet.legend)
    links = "\n".join(f'<a href="#{escape(one.slug)}">{escape(one.slug)}</a>' for one in sheet.sections)
    sections = "\n".join(_section(section, sheet.side) for section in sheet.sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>{title}</h1>
{legend}
<nav>
{links}
</nav>
</header>
<main>
{sections}
</main>
</body>
</html>
"""


def _section(section: Section, side: int) -> str:
    groups = "\n".join(_group(group, side) for group in section.groups)
    return f"""<section id="{escape(section.slug)}">
<h2>{escape(section.slug)}</h2>
<p>{escape(section.title)}. {escape(section.about)}</p>
<div class="groups">
{groups}
</div>
</section>"""


def _group(group: Group, side: int) -> str:
    high = max((thumb.image.height for thumb in group.thumbs), default=0)
    thumbs = "\n".join(_thumb(thumb, side, high) for thumb in group.thumbs)
    about = f'<h3>{escape(group.name)}</h3><p title="{escape(group.about)}">{escape(group.about)}</p>'
    return f'<div class="group" style="--span:{columns(group)}">\n<div class="about">{about}</div>\n{thumbs}\n</div>'


def _thumb(thumb: Thumb, side: int, high: int) -> str:
    """A figure; all of a group stand on one line, at the foot of frames in which the highest, `high`, has room."""
    room = (11 * thumb.span - 1) / 10 * side * FINE  # as in the style: a gap is the tenth of a column
    kinds = [kind for kind, is_one in (("given", thumb.given), ("see-through", thumb.image.mode == "RGBA")) if is_one]
    sort = f' class="{" ".join(kinds)}"' if kinds else ""
    said = escape(" ".join(filter(None, (thumb.label, thumb.note))))
    note = f"<small>{escape(thumb.note)}</small>" if thumb.note else ""
    return (
        f'<figure style="--span:{thumb.span}" title="{escape(thumb.title)}">'
        f'<div class="frame" style="aspect-ratio:{room:g}/{high}">'
        f'<img src="{_data_uri(thumb.image)}" style="width:{100 * thumb.image.width / room:.1f}%" '
        f'width="{thumb.image.width}" height="{thumb.image.height}" alt="{said}"{sort}></div>'
        f"<figcaption>{escape(thumb.label)}{note}</figcaption></figure>"
    )


def _data_uri(image: Image.Image) -> str:
    """A WebP, exact where colours are few."""
    file = BytesIO()
    flat = image.getcolors(_MOST_FLAT) is not None
    image.save(file, "WEBP", method=4, **({"lossless": True} if flat else {"quality": 82}))
    return f"data:image/webp;base64,{b64encode(file.getvalue()).decode()}"
