"""Run the client program with five versions of the official SDK, each in a private environment; print a table.

    python tests/sdk/run_all.py [VERSION ...]

The environments are kept in .cache/sdks for the next time. Exit code 1 when any check of any version fails,
2 when a version cannot be installed.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.sdk.serving import ROOT, SHUT, Run, run_program
from tests.served import serving

VERSIONS = ("1.3.0", "1.2.0", "1.1.0", "1.0.1", "0.2.3")
_BESIDE = {"0.2.3": ("requests", "pillow")}
_SAY_VERSION = "import importlib.metadata as m, segmind; print(m.version('segmind'))"


def main(arguments: list[str]) -> int:
    """Run the versions named, or all; the exit code."""
    versions = arguments or list(VERSIONS)
    unknown = [version for version in versions if version not in VERSIONS]
    if unknown:
        _say(f"Unknown: {', '.join(unknown)}; there are: {', '.join(VERSIONS)}.")
        return 2
    try:
        pythons = [_environment(version) for version in versions]
    except subprocess.CalledProcessError as error:
        _say(f"An environment cannot be set up; this failed: {' '.join(map(str, error.cmd))}")
        return 2
    with serving() as mock, serving(*SHUT) as shut, ThreadPoolExecutor(2) as pool:

        def run(version: str, python: str) -> Run:
            key = "SG_" + sha256(version.encode()).hexdigest()[:16]
            return run_program(python, mock.url, shut.url, key=key)

        runs = dict(zip(versions, pool.map(run, versions, pythons), strict=True))
    _say(table(runs))
    if "1.0.1" in runs:
        _say("(What run and run_sync check is called run_async and run in 1.0.1.)")
    _say(problems(runs) or f"All {sum(len(run.lines) for run in runs.values())} checks hold.")
    return 0 if all(run.code == 0 for run in runs.values()) else 1


def _environment(version: str) -> str:
    """The interpreter of the version's environment, made when it is not there or holds something else."""
    folder = ROOT / ".cache" / "sdks" / version
    python = str(folder / "bin" / "python")
    if _version_in(python) != version:
        _say(f"Setting up segmind {version} ...")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        wanted = [f"segmind=={version}", *_BESIDE.get(version, ())]
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        subprocess.run(install, check=True)
    return python


def _version_in(python: str) -> str:
    try:
        said = subprocess.run([python, "-c", _SAY_VERSION], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return said.stdout.strip()


def table(runs: dict[str, Run]) -> str:
    """A row for each check, a column for each version: ok, FAILS, or a dash where it has no such check."""
    marks = {version: {line.check: "ok" if line.ok else "FAILS" for line in run.lines} for version, run in runs.items()}
    checks = dict.fromkeys(check for run in runs.values() for check in (line.check for line in run.lines))
    wide = max((len(check) for check in checks), default=0)
    rows = [f"{'check':<{wide}}" + "".join(f"{version:>8}" for version in runs)]
    rows += [
        f"{check:<{wide}}" + "".join(f"{marks[version].get(check, '-'):>8}" for version in runs) for check in checks
    ]
    return "\n".join(rows)


def problems(runs: dict[str, Run]) -> str:
    """What did not hold, a line each, with the errors of a program that broke."""
    found = [
        f"{version}  {line.check}: {line.seen}" for version, run in runs.items() for line in run.lines if not line.ok
    ]
    found += [f"{version}  exit code {run.code}: {run.errors.strip()}" for version, run in runs.items() if run.code]
    return "\n".join(found)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
