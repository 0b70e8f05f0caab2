"""Problems and the error that carries them."""

from __future__ import annotations

from segmind_spec import Problem, SpecError
from segmind_spec.errors import pointer_to


def test_an_error_lists_every_problem() -> None:
    """The text of the error has one line for each problem, with file and, inside it, pointer."""
    problems = [
        Problem(file="a.yaml", pointer="/x", message="m"),
        Problem(file="b.yaml", pointer="", message="n"),
    ]
    error = SpecError(iter(problems))
    assert error.problems == tuple(problems)
    assert str(error) == "a.yaml#/x: m\nb.yaml: n"


def test_pointers_are_escaped() -> None:
    """Slashes and tildes in keys are written as RFC 6901 says."""
    assert pointer_to(()) == ""
    assert pointer_to(("paths", "/v1/a~b", 0)) == "/paths/~1v1~1a~0b/0"
