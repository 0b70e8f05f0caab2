"""The table of SDK versions: what it shows, and what it says when something fails."""

from __future__ import annotations

import pytest

from tests.sdk import run_all
from tests.sdk.serving import Line, Run

RUNS = {
    "2.0": Run(1, [Line("run: a", True, "x"), Line("run: b", False, "status is 500")], ""),
    "1.0": Run(0, [Line("run: a", True, "x")], ""),
}


def test_the_table_has_a_row_for_each_check_and_a_column_for_each_version() -> None:
    """A check that holds is ok, one that does not FAILS, one that a version lacks is a dash."""
    rows = [row.split() for row in run_all.table(RUNS).splitlines()]
    assert rows == [["check", "2.0", "1.0"], ["run:", "a", "ok", "ok"], ["run:", "b", "FAILS", "-"]]


def test_what_failed_is_told_with_what_was_seen() -> None:
    """Each check that does not hold has a line; so has a program that broke before it printed any."""
    broken = {"0.9": Run(1, [], "Traceback: no such module\n")}
    assert run_all.problems(RUNS | broken).splitlines() == [
        "2.0  run: b: status is 500",
        "2.0  exit code 1: ",
        "0.9  exit code 1: Traceback: no such module",
    ]


def test_a_version_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A version outside the five is an error of use, and says which there are."""
    assert run_all.main(["9.9.9"]) == 2
    assert "1.3.0, 1.2.0, 1.1.0, 1.0.1, 0.2.3" in capsys.readouterr().out
