"""Measures the mock next to a bare uvicorn app in the same minute, and says which targets it reaches.

Everything stays on the loopback; every load is bounded in time. Linux only: memory and CPU time are read
from /proc.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import banners
import cold
import intest
import memory
import peers
import pictures
import rates
import report
import rules
import waiting
from load import Driver
from results import Results, targets
from served import bare_command
from settings import Settings

ROOT = Path(__file__).resolve().parents[1]
RATES = {row.name: row for row in rates.MEASURES}
SECTIONS = ("cold", "memory", "held", "pictures", "rules", "intest", "peers")


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    settings = _settings(given)
    wanted = given.only or (*RATES, *SECTIONS)
    if given.no_peers:
        wanted = [name for name in wanted if name != "peers"]
    print(f"{report.machine()}\n{settings.driver.described}\n", flush=True)
    results = measured(settings, wanted)
    print(report.render(results))
    if given.json:
        given.json.write_text(json.dumps(_for_machines(results), indent=1) + "\n")
    return 2 if results.failures else 0


def measured(settings: Settings, wanted: Sequence[str]) -> Results:
    """Every wanted part; one that fails is noted by name, and the others go on."""
    results = Results()
    parts: dict[str, Callable[[], None]] = {
        "cold": lambda: _measure_starts(settings, results),
        "memory": lambda: _measure_memory(settings, results),
        "held": lambda: _measure_held(settings, results),
        "pictures": lambda: _measure_pictures(settings, results),
        "rules": lambda: _measure_rules(settings, results),
        "intest": lambda: _measure_intest(settings, results),
        "peers": lambda: _measure_peers(settings, results),
    }
    rows = [RATES[name] for name in RATES if name in wanted]
    if rows:
        _guarded("rates", lambda: _measure_rates(settings, rows, results), results)
    for name, part in parts.items():
        if name in wanted:
            _guarded(name, part, results)
    return results


def _guarded(name: str, part: Callable[[], None], results: Results) -> None:
    try:
        part()
    except (RuntimeError, OSError, ValueError, KeyError) as failure:
        results.failures[name] = f"{type(failure).__name__}: {failure}"
        say(f"{name}: {failure}")


def _measure_rates(settings: Settings, rows: list[rates.Measure], results: Results) -> None:
    results.rates, failures = rates.measure(settings, rows, say)
    results.failures |= failures


def _measure_starts(settings: Settings, results: Results) -> None:
    results.starts = cold.starts([bare_command(), settings.plain_mock()], settings.starts, say)


def _measure_memory(settings: Settings, results: Results) -> None:
    results.fullness = memory.measure(settings, say)


def _measure_held(settings: Settings, results: Results) -> None:
    results.waiting = waiting.measure(settings, say)


def _measure_pictures(settings: Settings, results: Results) -> None:
    """What making them costs, what handing them out costs, and what polls notice of it; each for itself."""

    def made() -> None:
        results.pictures = pictures.measure(settings, say)

    def fetched() -> None:
        results.fetched = rates.fetches(settings, say)

    def polled() -> None:
        results.banners = banners.measure(settings, say)

    for name, part in (("pictures", made), ("cached file", fetched), ("banners", polled)):
        _guarded(name, part, results)


def _measure_rules(settings: Settings, results: Results) -> None:
    results.rules = rules.measure(settings, say)


def _measure_intest(settings: Settings, results: Results) -> None:
    results.intest = intest.measure(settings, say)


def _measure_peers(settings: Settings, results: Results) -> None:
    with peers.commands(settings) as (found, results.skipped):
        results.peer_starts = cold.starts(found, settings.starts, say) if found else []
        for peer in found:
            results.peers.append(peers.measure(settings, peer, say))


def say(text: str) -> None:
    """Progress goes to standard error, so that standard output holds the tables alone."""
    print(f"  .. {text}", file=sys.stderr, flush=True)


def _for_machines(results: Results) -> dict[str, object]:
    verdicts = [asdict(target) | {"reached": target.reached} for target in targets(results)]
    return {"machine": report.machine(), "targets": verdicts} | asdict(results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds with fresh servers; medians are of these (3)")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one load (5)")
    parser.add_argument(
        "--quick", action="store_true", help="short loads, 200,000 jobs, 3 starts: a look, not a record"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave Prism and WireMock out")
    parser.add_argument("--only", type=_names, metavar="NAME,...", help=f"of {', '.join((*RATES, *SECTIONS))}")
    parser.add_argument("--jobs", type=int, default=1_000_000, help="how many live jobs to fill in (1000000)")
    parser.add_argument("--held", type=int, default=5_000, help="how many v1 calls to hold open at once (5000)")
    parser.add_argument("--connections", type=int, default=16, help="connections of every load (16)")
    parser.add_argument("--mock", type=shlex.split, metavar="COMMAND", help="what starts the mock (segmind-mock)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure there as well")
    return parser


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = sorted(set(names) - {*RATES, *SECTIONS})
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return names


def _settings(given: argparse.Namespace) -> Settings:
    settings = Settings(
        mock=tuple(given.mock or _installed_mock()),
        cache=ROOT / ".cache" / "bench-npm",
        driver=Driver.found(given.connections),
        rounds=given.rounds,
        seconds=given.seconds,
        jobs=given.jobs,
        held=given.held,
    )
    return settings.quick() if given.quick else settings


def _installed_mock() -> list[str]:
    beside = Path(sys.executable).parent / "segmind-mock"
    return [str(beside) if beside.exists() else shutil.which("segmind-mock") or "segmind-mock"]


if __name__ == "__main__":
    sys.exit(main())
