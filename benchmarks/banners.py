"""How long polls wait while a server makes forty large banners of one picture."""

from __future__ import annotations

import base64
import gc
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from figures import percentile
from load import raw
from pauses import connected, round_trip
from pictures import photograph
from rates import Say, completed_job, expect
from sample_call import Request, credits_left, encoded, poll
from served import Served, bare_command, serving
from settings import Settings

EVERY = 0.005
PATIENCE = 120.0
SETTLE = 0.3
INPUT_SIDE = 1024
EACH = 4
SIZES = (
    *("3840x2160", "2160x3840", "4096x2160", "2160x4096", "3840x2400"),
    *("3840x1920", "3840x1600", "4096x2304", "3440x2160", "2880x2880"),
)


@dataclass(frozen=True)
class Banners:
    """What polls of another job have seen meanwhile, and what the forty took."""

    pictures: int
    seconds: float
    cpu_seconds: float
    written_mb: float
    probes: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    bare_p99_ms: float
    bare_max_ms: float
    before_mb: float
    peak_mb: float


def measure(settings: Settings, say: Say) -> Banners:
    """Submit the banners, ask for their result, which makes them all, and poll another job meanwhile."""
    with serving(bare_command()) as bare, serving(settings.roomy_mock()) as server:
        polled = poll(completed_job(server))
        job = completed_job(server, banners())
        before, cpu = server.resident_bytes(), server.cpu_seconds()
        files, seconds, waited, waited_for_bare = _polled_meanwhile(server, bare, polled, result(job))
        seen = Banners(
            pictures=len(files),
            seconds=seconds,
            cpu_seconds=server.cpu_seconds() - cpu,
            written_mb=sum(files) / 1e6,
            probes=len(waited),
            p50_ms=percentile(waited, 0.5) * 1e3,
            p99_ms=percentile(waited, 0.99) * 1e3,
            max_ms=waited[-1] * 1e3,
            bare_p99_ms=percentile(waited_for_bare, 0.99) * 1e3,
            bare_max_ms=waited_for_bare[-1] * 1e3,
            before_mb=before / 1e6,
            peak_mb=_peak_bytes(server) / 1e6,
        )
    say(f"{seen.pictures} banners in {seen.seconds:.1f} s; a poll meanwhile: p99 {seen.p99_ms:.1f} ms")
    return seen


def banners() -> Request:
    """The submit of one job with forty pictures of about 3840x2160."""
    picture = base64.b64encode(photograph(INPUT_SIDE, 0, "jpeg")).decode()
    body = {
        "image_url": f"data:image/jpeg;base64,{picture}",
        "target_sizes": list(SIZES),
        "num_images_per_size": EACH,
        "resolution": "4K",
        "output_format": "png",
        "seed": 1,
    }
    return Request("POST", "/v2/smart-banner-resizer", encoded(body))


def result(request_id: str) -> Request:
    return Request("GET", f"/v2/requests/{request_id}")


def waits(server: Served, request: Request, done: Event) -> list[float]:
    """Seconds that each poll waited, ascending: one every 5 ms until `done`, on one connection.

    A poll that could not be sent in time, because the one before was still waiting, has waited since it was due.
    """
    waited: list[float] = []
    asking = raw(request)
    with connected(server) as connection:
        due = time.perf_counter()
        while not done.is_set():
            early = due - time.perf_counter()
            if early > 0:
                time.sleep(early)
            began = time.perf_counter() if early > 0 else due
            round_trip(connection, asking)
            waited.append(time.perf_counter() - began)
            due += EVERY
    return sorted(waited)


def _polled_meanwhile(
    server: Served, bare: Served, polled: Request, wanted: Request
) -> tuple[list[int], float, list[float], list[float]]:
    """The bytes of each picture, the seconds that all took, and the waits for the mock and for the bare app."""
    done = Event()
    gc.collect()
    gc.disable()
    try:
        with ThreadPoolExecutor(2) as pool:
            asked = pool.submit(waits, server, polled, done)
            control = pool.submit(waits, bare, credits_left(), done)
            try:
                time.sleep(SETTLE)
                began = time.perf_counter()
                answer = expect(server.ask(wanted, PATIENCE), 200)
                seconds = time.perf_counter() - began
            finally:
                done.set()
            sizes = [int(image["file_size"]) for image in json.loads(answer.text)["images"]]
            return sizes, seconds, asked.result(), control.result()
    finally:
        gc.enable()


def _peak_bytes(server: Served) -> int:
    """The most memory that the server has held at any time since it started."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
