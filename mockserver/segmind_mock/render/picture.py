"""What decides a picture, as values.

Imported when the server starts, so Pillow must never be imported here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from segmind_mock.render.files.formats import Format

BAR = 60
"""The palette's slot of the caption bar's ground; a scene leaves it and all after it to the caption."""
INK = 63
"""The slot of the caption's letters; the two between are their soft edges."""


class Way(StrEnum):
    """How a model makes its pictures; `x-segmind.output.way` of its document says it."""

    GENERATE = "generate"
    """Drawn from prompt and seed alone."""
    REPAINT = "repaint"
    """Drawn over the input picture, as far as `strength` says."""
    LETTER = "letter"
    """Drawn so that the shapes of the input picture can be read in it."""
    SEGMENT = "segment"
    """A map of the input picture's regions in flat colours."""
    CONVERT = "convert"
    """The input picture itself, in another format."""
    RECOMPOSE = "recompose"
    """The input picture laid out anew for another frame."""


class Source(NamedTuple):
    """An input picture: one that is `held`, or one that is stood in for by a picture drawn from `text`."""

    held: bytes
    """SHA-256 of the file's bytes; empty for one that is stood in for."""
    text: str
    """The URL or path that is stood in for; empty for one that is held."""
    width: int
    """Pixels, upright (EXIF rotation applied)."""
    height: int


class Given(NamedTuple):
    """What the input parameter of a call came to."""

    source: Source | None = None
    """None where the call holds no picture that can be seen here, or one that cannot be used."""
    data: bytes = b""
    """The file of a source that is to be held."""
    problem: str = ""
    """Why the picture cannot be used and what is allowed; empty when it can."""


NOTHING = Given()


class Dials(NamedTuple):
    """The parameters that change a picture without making it another one.

    Shares run from 0, the least that the parameter's schema allows, to 1, the most.
    """

    strength: float = 1.0
    """0.0 to 1.0 as sent: how far a repainted picture leaves its input."""
    guidance: float = 0.3
    """Share of its range: colours from pale to vivid."""
    steps: float = 0.0
    """Share of its range: how much detail there is."""
    scheduler: str = ""
    """The sampler's name: where the small things are."""
    negative: str = ""
    """What the picture shall not show: turns the colours away."""
    control_scale: float = 0.36
    """Share of its range: how strongly the input's shapes show."""
    control_start: float = 0.19
    """0.0 to 1.0 as sent: the share of the steps after which the shapes begin to guide."""
    control_end: float = 1.0
    """0.0 to 1.0 as sent: the share of the steps after which they stop."""
    tier: int = 4096
    """Longest side in pixels that a recomposed picture is worked out at before it is brought to its size."""


class Picture(NamedTuple):
    """One output: everything that its pixels and its format depend on."""

    way: Way
    width: int
    height: int
    format: Format
    family: bytes
    """64 bytes that all samples of a call share: made of the model, prompt, seed, input and further parameters."""
    variant: int
    """Which of the call's pictures of this size it is, from 0."""
    prompt: str
    dials: Dials
    source: Source | None
    caption: str
    """The text of the caption bar; empty for none."""
