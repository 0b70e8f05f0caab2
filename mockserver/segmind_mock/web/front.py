"""The page at `/`: what this server is, for somebody who opens it in a browser."""

from __future__ import annotations

from html import escape

from segmind_spec import Catalog, Model

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#222}"
    "pre{background:#f4f2ee;padding:1rem;overflow-x:auto;border-radius:6px}"
    "code{font-family:ui-monospace,monospace;font-size:.92em}"
    "td,th{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top}th{font-weight:600}"
)


def front_page(catalog: Catalog, origin: str) -> str:
    """A small HTML page with a call to copy and the models that are served."""
    rows = "".join(_row(model) for model in catalog)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>segmind-mock</title><style>{_STYLE}</style>"
        "<h1>segmind-mock</h1><p>An offline stand-in for Segmind's image API. "
        "No call costs money and none leaves this machine. Any key of the service's shape works.</p>"
        f"<pre><code>{escape(_example(origin))}</code></pre>"
        f"<table><tr><th>model<th>answers<th>credits</tr>{rows}</table>"
        '<p><a href="/openapi.json">The contract as OpenAPI 3.1</a></p>'
        '<p>Beside it: <a href="/_mock/state">what there is now</a>, '
        '<a href="/_mock/journal">what was asked and answered</a>, '
        '<a href="/_mock/scenarios">what can go wrong, by name</a>, and '
        '<a href="/_mock">all calls of the control plane</a>.</p></html>'
    )


def _example(origin: str) -> str:
    return (
        f"curl -s {origin}/v2/sam-img2img \\\n"
        "  -H 'x-api-key: SG_0123456789abcdef' -H 'content-type: application/json' \\\n"
        '  -d \'{"image": "https://segmind.com/kitchen.jpg"}\''
    )


def _row(model: Model) -> str:
    cost = model.price.of(model.effective({}), 1) / 1_000_000
    answers = "a picture" if model.returns == "image" else "JSON"
    return f"<tr><td><code>{escape(model.slug)}</code><td>{answers}<td>{cost:g}</tr>"
