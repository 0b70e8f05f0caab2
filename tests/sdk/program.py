"""A client program that exercises one installed version of the segmind SDK, as it is, against a mock.

    python -m tests.sdk.program --url URL --shut-url URL [--key KEY] [--only GROUP]

One JSON line for each check, `{"check", "ok", "seen"}`; exit code 0 only if there were some and all hold. `--url`
is a mock with credits; `--shut-url` one that has none, where image-converter is retired and sam-img2img forbidden.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

from tests.sdk.bench import Bench, Claims, outcome


def main(arguments: list[str] | None = None) -> int:
    """Run the groups of the installed version; the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--shut-url", required=True)
    parser.add_argument("--key", default="SG_0123456789abcdef")
    parser.add_argument("--only", default="")
    given = parser.parse_args(arguments)
    bench = Bench(given.url, given.shut_url, given.key)
    installed = version("segmind")
    if installed.startswith("0."):
        from tests.sdk.legacy import GROUPS
    else:
        from tests.sdk.modern import GROUPS
    # The first SDK prints its own words on stdout, which are caught: one claim at a time, then.
    threads = 1 if installed.startswith("0.") else 6
    held = [_run(name, group(bench), threads) for name, group in GROUPS.items() if not given.only or name == given.only]
    return 0 if held and all(held) else 1


def _run(name: str, claims: Claims, threads: int) -> bool:
    with ThreadPoolExecutor(threads) as pool:
        lines = list(pool.map(outcome, claims.values()))
    for claim, (ok, seen) in zip(claims, lines, strict=True):
        sys.stdout.write(json.dumps({"check": f"{name}: {claim}", "ok": ok, "seen": seen}) + "\n")
    sys.stdout.flush()
    return bool(lines) and all(ok for ok, _ in lines)


if __name__ == "__main__":
    sys.exit(main())
