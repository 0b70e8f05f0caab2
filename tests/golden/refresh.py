"""Writes the digests of all golden pictures anew: `make goldens`, after a change to a painter was looked at."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.golden.cases import cases, digest

FILE = Path(__file__).parents[2] / "fixtures" / "goldens.yaml"
_HEAD = "# Decoded pixels: a case, and 32 digits of its SHA-256. See tests/golden; `make goldens` writes it.\n"


def written() -> str:
    """The file as it should be."""
    return _HEAD + yaml.safe_dump({name: digest(picture) for name, picture in cases()}, sort_keys=False, width=200)


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
