"""Formats: names, media types, and that importing them costs nothing."""

import subprocess
import sys
from pkgutil import walk_packages

import pytest

from segmind_mock import render
from segmind_mock.render.files.formats import FORMATS, by_media_type

MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "webp": "image/webp",
}


def test_table() -> None:
    """Exactly the documented formats exist, each under its own name and extension."""
    assert {name: known.media_type for name, known in FORMATS.items()} == MEDIA_TYPES
    assert all(known.name == known.extension == name for name, known in FORMATS.items())


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "jpeg"])
def test_by_media_type(name: str) -> None:
    """A media type leads back to its format, whatever its case and parameters."""
    assert by_media_type(FORMATS[name].media_type) is FORMATS[name]
    assert by_media_type(f" {FORMATS[name].media_type.upper()} ; q=0.5") is FORMATS[name]


@pytest.mark.parametrize("media_type", ["image/avif", "", "png", "text/html"])
def test_unknown_media_type(media_type: str) -> None:
    """An unknown media type is refused in words that name every allowed one."""
    with pytest.raises(ValueError, match=r"allowed are image/png, image/jpeg, .*image/webp"):
        by_media_type(media_type)


def test_imports_are_light() -> None:
    """Importing whatever a server loads of this room leaves Pillow unloaded; contact sheets are made by a command."""
    found = walk_packages(render.__path__, f"{render.__name__}.")
    names = [module.name for module in found if ".sheets" not in module.name]
    assert len(names) > 30
    code = f"import sys, {', '.join(names)}; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
