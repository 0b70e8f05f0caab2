"""`python -m segmind_mock`."""

from segmind_mock.cli import main

main(prog_name="segmind-mock")
