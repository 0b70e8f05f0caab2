"""The installed segmind SDK, unmodified, against a served mock: a client program in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256

import pytest

from segmind_spec import Catalog
from tests.sdk.calls import CALLS, PICTURES
from tests.sdk.modern import GROUPS
from tests.sdk.serving import run_program

Program = Callable[[str], list[str]]


@pytest.fixture
def program(mock_url: str, shut_url: str) -> Program:
    """Runs one group of the program, with a key of the group's own; the names of the checks, all of which held."""

    def run(group: str) -> list[str]:
        key = "SG_" + sha256(group.encode()).hexdigest()[:16]
        done = run_program(sys.executable, mock_url, shut_url, key=key, only=group)
        assert [line for line in done.lines if not line.ok] == []
        assert done.code == 0, done.errors
        return [line.check.removeprefix(f"{group}: ") for line in done.lines]

    return run


def test_the_calls_are_the_pages_own(catalog: Catalog) -> None:
    """The program's calls are those that the catalog holds as printed on the five pages."""
    assert {model.slug: model.examples["printed"] for model in catalog} == CALLS


def test_run_completes_every_page(program: Program) -> None:
    """`run` returns a COMPLETED result for every printed call, and its pictures can be fetched without a key."""
    assert program("run") == list(CALLS)


def test_run_sync_completes_every_page(program: Program) -> None:
    """`run_sync` returns a picture (image-converter: JSON with its URL), its cost and the balance for every page."""
    assert program("run_sync") == list(CALLS)


def test_submit_async_and_wait_complete_every_page(program: Program) -> None:
    """`submit_async` gives an id at once, `status` goes through the states in order, `wait` returns the result."""
    assert program("submit_async") == list(CALLS)


def test_failures_are_inference_failed(program: Program) -> None:
    """A failing job, blocked content and an invalid body each raise `InferenceFailed` with the reason as detail."""
    assert program("failed") == ["mock:fail", "mock:block", "invalid body", "run raises too"]


def test_an_unfinished_job_is_inference_timeout(program: Program) -> None:
    """`wait` on a job that does not end raises `InferenceTimeout` with its id, and the job can still be asked."""
    assert program("timeout") == ["mock:stuck"]


def test_refusals_are_segmind_errors(program: Program) -> None:
    """Refusals raise `SegmindError` with status and detail, from v1 and v2 alike: 401, 403, 404, 406, 410."""
    assert {check[:3] for check in program("error")} == {"401", "403", "404", "406", "410"}


def test_the_balance_falls_by_what_a_call_cost(program: Program) -> None:
    """The balance before and after a call differ by its x-cost, and x-remaining-credits is the one after."""
    assert program("credits")


def test_module_level_calls_work_as_printed(program: Program) -> None:
    """`segmind.run(...)` as the pages print it works, once the module's default client points at the mock."""
    assert program("module") == [*(f"v2 {slug}" for slug in CALLS), "v1 sam-img2img", "submit_async"]


def test_the_program_fails_when_a_check_does_not_hold(mock_url: str) -> None:
    """Against a mock that refuses nothing, the checks of refusals fail and so does the program."""
    done = run_program(sys.executable, mock_url, mock_url, key="SG_00000000000000ff", only="error")
    assert done.code == 1
    assert {line.check[7:10] for line in done.lines if not line.ok} == {"403", "406", "410"}


def test_an_unknown_group_is_no_success(mock_url: str, shut_url: str) -> None:
    """A program that ran no check at all does not exit 0."""
    assert run_program(sys.executable, mock_url, shut_url, key="SG_00000000000000fe", only="none").code == 1


def test_every_group_has_a_test_here() -> None:
    """No group of the program is left out of this file."""
    assert set(GROUPS) == {"run", "run_sync", "submit_async", "failed", "timeout", "error", "credits", "module"}
    assert set(PICTURES) == set(CALLS)
