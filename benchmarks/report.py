"""Prints what was measured as tables of plain text."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from banners import Banners
from cold import Start
from figures import Pair, Run, spread
from intest import InTest
from memory import Filled, Fullness
from peers import Standing
from pictures import Timed
from rates import MEASURES, Fetched
from results import Results, cpu_grown, first_answer_times, kept, targets
from rules import RULES, Cost
from waiting import Waiting

QUIET = 0.75
CALM_MS = 7.5
RATE_HEADS = ("", "requests/s", "ratio", "ratio by CPU", "p50 ms", "p99 ms", "CPU us/request")
TITLES = {row.name: row.title for row in MEASURES}


def machine() -> str:
    parts = [f"{name} {version(name)}" for name in ("uvicorn", "uvloop", "httptools")]
    known = [f"{os.cpu_count()} cores", platform.system(), f"Python {platform.python_version()}", *parts]
    return f"{', '.join(known)}; load average {os.getloadavg()[0]:.1f} at the start"


def render(results: Results) -> str:
    sections = [
        _rates(results.rates),
        _starts(results.starts, first_answer_times(results)),
        _fullness(results.fullness),
        _waiting(results.waiting),
        _pictures(results.pictures),
        _fetched(results.fetched),
        _banners(results.banners),
        _rules(results.rules),
        _intest(results.intest),
        _peers(results),
        _failures(results),
        "\n".join(["targets", *(target.line() for target in targets(results))]),
    ]
    return "\n\n".join(section for section in sections if section)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _rates(rates: dict[str, list[Pair]]) -> str:
    measured = {name: pairs for name, pairs in rates.items() if pairs}
    if not measured:
        return ""
    references = [pair.reference for pairs in measured.values() for pair in pairs]
    rows = [_bare_row(references), *(_pair_row(TITLES[name], pairs) for name, pairs in measured.items())]
    return "medians (least-most)\n" + table(RATE_HEADS, rows) + _unrest(references)


def _unrest(runs: list[Run]) -> str:
    """A warning where the bare app's own rate varied so much that something else was at work."""
    rate = spread(run.per_second for run in runs)
    if rate.low > QUIET * rate.high:
        return ""
    return "\n  the machine was not quiet: the bare app's own rate varied; trust the ratio by CPU"


def _bare_row(runs: list[Run]) -> tuple[str, ...]:
    rate = spread(run.per_second for run in runs).text()
    return (f"bare uvicorn, {len(runs)} runs", rate, "1.00", "1.00", *_latency_cells(runs))


def _pair_row(title: str, pairs: list[Pair]) -> tuple[str, ...]:
    return (
        title,
        spread(pair.subject.per_second for pair in pairs).text(),
        spread(pair.ratio for pair in pairs).text(".2f"),
        spread(pair.cpu_ratio for pair in pairs).text(".2f"),
        *_latency_cells([pair.subject for pair in pairs]),
    )


def _latency_cells(runs: list[Run]) -> tuple[str, ...]:
    return (
        spread(run.p50_ms for run in runs).text(".2f"),
        spread(run.p99_ms for run in runs).text(".2f"),
        spread(run.cpu_us for run in runs).text(".1f"),
    )


def _starts(starts: list[Start], times: float | None) -> str:
    if not starts:
        return ""
    rows = [(start.name, start.first_answer_ms.text(), start.resident_mb.text(".1f")) for start in starts]
    compared = f"\n  the mock takes {times:.2f} times as long as the bare app" if times else ""
    return "from start to first 200\n" + table(("", "first 200, ms", "memory, MB"), rows) + compared


def _fullness(full: Fullness | None) -> str:
    if full is None:
        return ""
    rows = []
    for name, before in full.before.items():
        after = full.after[name]
        rows.append(_pair_row(f"{name}, few jobs", before))
        rows.append(_pair_row(f"{name}, {full.filled.jobs:,} jobs", after))
    rows.append(_pair_row(f"poll of {full.sampled:,} jobs in turn", full.after["poll-many"]))
    lines = [f'{full.filled.jobs:,} live jobs ("few" is up to {full.few:,})', table(RATE_HEADS, rows)]
    lines += [
        f"  {name} keeps {kept(before, full.after[name]):.3f} of its speed next to the bare app; "
        f"CPU per request {cpu_grown(before, full.after[name]):+.1%}"
        for name, before in full.before.items()
    ]
    lines += [_filled("all alike", full.filled), _filled("all distinct", full.distinct), *_pauses(full)]
    return "\n".join(lines)


def _filled(title: str, filled: Filled) -> str:
    return (
        f"  {filled.jobs:,} jobs, bodies {title}: {filled.bytes_per_job:,.0f} bytes a job "
        f"({filled.before_mb:,.0f} to {filled.after_mb:,.0f} MB); "
        f"longest wait meanwhile {filled.longest_ms:.1f} ms"
    )


def _pauses(full: Fullness) -> list[str]:
    heads = ("one poll every 2 ms", "p50 ms", "p99.9 ms", "longest ms", "bare p99.9 ms", "bare longest ms")
    seen = (("nothing else going on", full.idle), ("one caller submitting", full.submitting))
    rows = [
        (
            title,
            *(f"{value:.2f}" for value in (p.p50_ms, p.p999_ms, p.max_ms, p.bare_p999_ms, p.bare_max_ms)),
        )
        for title, p in seen
    ]
    return [table(heads, rows)]


def _waiting(waves: list[Waiting]) -> str:
    if not waves:
        return ""
    heads = (
        "sent over",
        "open at once",
        "answered",
        "refused",
        "broken",
        "early",
        "late p50 / p99 / max ms",
        "KB/call",
        "CPU us/call",
    )
    rows = [
        (
            f"{wave.held.ramp_seconds:.1f} s",
            f"{wave.held.held_at_once:,}",
            f"{wave.held.answered:,} of {wave.held.calls:,}",
            *(str(count) for count in (wave.held.refused, wave.held.broken, wave.held.early)),
            f"{wave.held.late_p50_ms:.1f} / {wave.held.late_p99_ms:.1f} / {wave.held.late_max_ms:.1f}",
            f"{wave.kilobytes_per_call:.1f}",
            f"{wave.cpu_us_per_call:.0f}",
        )
        for wave in waves
    ]
    return "blocking v1 calls held open\n" + table(heads, rows)


def _pictures(rows: list[Timed]) -> str:
    if not rows:
        return ""
    heads = ("", "of", "size", "format", "times", "ms", "encoding, ms", "times its encoding")
    cells = [
        (
            *(row.way, row.of, row.size, row.format, str(len(row.made_ms))),
            *(_quartiles(row.made_ms, ",.1f"), _quartiles(row.encoded_ms, ",.1f"), _quartiles(row.ratios, ".2f")),
        )
        for row in rows
    ]
    return "pictures in one thread, from the request to the last byte; medians (quartiles)\n" + table(heads, cells)


def _rules(costs: list[Cost]) -> str:
    if not costs:
        return ""
    heads = (f"{RULES:,} rules", "added to a poll, us", "a poll without, us")
    cells = [(cost.kind, cost.added_us.text(",.1f"), cost.poll_us.text(",.1f")) for cost in costs]
    return "what rules add to a poll, CPU time of the app without its socket\n" + table(heads, cells)


def _intest(rows: list[InTest]) -> str:
    if not rows:
        return ""
    heads = ("in a test suite", "ms", "for comparison", "ms")
    cells = [(row.title, row.cost_ms.text(",.2f"), row.without, row.without_ms.text(",.2f")) for row in rows]
    return "without a socket, in the process of the tests; medians of rounds\n" + table(heads, cells)


def _quartiles(values: list[float], form: str) -> str:
    if len(values) < 2:
        return f"{values[0]:{form}}" if values else ""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:{form}} ({low:{form}}-{high:{form}})"


def _fetched(fetched: Fetched | None) -> str:
    if fetched is None or not fetched.pairs:
        return ""
    rows = [
        _bare_row([pair.reference for pair in fetched.pairs]),
        _pair_row("output file that was made before", fetched.pairs),
    ]
    title = f"{fetched.media_type} of {fetched.length:,} bytes, from the mock and from the bare app"
    return f"{title}\n" + table(RATE_HEADS, rows)


def _banners(seen: Banners | None) -> str:
    if seen is None:
        return ""
    heads = ("one poll every 5 ms", "polls", "p50 ms", "p99 ms", "longest ms", "bare p99 ms", "bare longest ms")
    waited = (seen.p50_ms, seen.p99_ms, seen.max_ms, seen.bare_p99_ms, seen.bare_max_ms)
    row = ("while they are made", f"{seen.probes:,}", *(f"{value:.1f}" for value in waited))
    made = (
        f"{seen.pictures} banners of 4K, {seen.written_mb:,.0f} MB of files: {seen.seconds:.1f} s "
        f"({seen.cpu_seconds:.1f} s of CPU); memory {seen.before_mb:,.0f} MB before, {seen.peak_mb:,.0f} MB at most"
    )
    return made + "\n" + table(heads, [row]) + _crowded(seen)


def _crowded(seen: Banners) -> str:
    """A warning where even the bare app, which makes no pictures, kept its caller waiting."""
    if seen.bare_p99_ms <= CALM_MS:
        return ""
    return "\n  the machine was not quiet: the bare app's own p99 says how much of the wait is not the mock's"


def _peers(results: Results) -> str:
    lines = [_peer(standing) for standing in results.peers]
    if results.peer_starts:
        lines.append(_starts(results.peer_starts, None))
    lines += [f"{skipped.name} skipped: {skipped.reason}" for skipped in results.skipped]
    return "\n\n".join(lines)


def _peer(standing: Standing) -> str:
    rows = [_pair_row(TITLES[name], pairs) for name, pairs in standing.rows.items()]
    memory = spread(standing.loaded_mb).text()
    return f"{standing.name}, next to the bare app ({memory} MB after the load)\n" + table(RATE_HEADS, rows)


def _failures(results: Results) -> str:
    return "\n".join(f"{name} could not be measured: {reason}" for name, reason in results.failures.items())
