"""Settings: one table, in which every line says what it is about and what may be written."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.config import Config
from segmind_mock.settings import SETTINGS


def test_one_table() -> None:
    """Every field of `Config` but the quirks is a setting, and every setting is a field."""
    assert [*SETTINGS, "quirks"] == [field.name for field in fields(Config)]


@pytest.mark.parametrize("name", SETTINGS)
def test_line_of_the_table(name: str) -> None:
    """A setting says what it is about, has a flag and a variable, and takes its own default, as text too."""
    setting, default = SETTINGS[name], getattr(Config(), name)
    assert setting.about
    assert setting.flag == "--" + name.replace("_", "-")
    assert setting.variable == "SEGMIND_MOCK_" + name.upper()
    assert setting.read(default) == default
    assert setting.read(",".join(default) if setting.repeated else str(default)) == default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "a b"),
        ("host", ""),
        ("host", "http://x"),
        ("host", ["a"]),
        ("port", 65536),
        ("port", "80.5"),
        ("port", 80.0),
        ("port", ""),
        ("port", None),
        ("port", "9" * 5000),
        ("public_url", "ftp://a"),
        ("public_url", "http://"),
        ("public_url", "http://a b"),
        ("files_url", "files.example"),
        ("seed", ""),
        ("seed", "x" * 201),
        ("seed", 1.5),
        ("credits", "nan"),
        ("credits", "inf"),
        ("credits", -0.5),
        ("credits", {}),
        ("timing", ["brisk"]),
        ("timing", "Brisk"),
        ("max_jobs", 0),
        ("max_body", 1023),
        ("spec", 5),
        ("spec", [5]),
        ("spec", {"a": 1}),
        ("log_level", "trace"),
        ("clock", "Real"),
        ("clock", ""),
        ("clock", 0),
        ("clock", -1),
        ("clock", "nan"),
        ("clock", "inf"),
        ("clock", 100_001),
        ("clock", True),
        ("clock", ["real"]),
        ("clock", None),
        ("scenario", "x" * 1001),
        ("scenario", "a\nb"),
        ("scenario", ["a"]),
        ("journal", -1),
        ("journal", 10_000_001),
        ("journal", 1.5),
        ("journal_room", -1),
        ("journal_room", (1 << 36) + 1),
        ("explain", "yes"),
        ("explain", 1),
        ("token", "a b"),
        ("token", "é"),
        ("token", "a" * 201),
        ("token", "a\n"),
    ],
)
def test_refused(name: str, value: object) -> None:
    """A value out of its bounds or of another kind is refused in one sentence that says what is allowed."""
    with pytest.raises(ValueError, match=r"^allowed: "):
        SETTINGS[name].read(value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("host", "::1", "::1"),
        ("host", "localhost", "localhost"),
        ("port", "0", 0),
        ("public_url", "https://mock.example:8443/api/", "https://mock.example:8443/api/"),
        ("public_url", "http://[::1]:80", "http://[::1]:80"),
        ("seed", 42, "42"),
        ("seed", "a\nb", "a\nb"),
        ("credits", "0.5", 0.5),
        ("credits", 3, 3.0),
        ("spec", "a, b,", ("a", "b")),
        ("forbid", ["x"], ("x",)),
        ("retire", ("x", "y"), ("x", "y")),
        ("clock", "real", "real"),
        ("clock", "frozen", "frozen"),
        ("clock", 60, "60"),
        ("clock", "0.5", "0.5"),
        ("clock", 100_000, "100000"),
        ("scenario", "", ""),
        ("scenario", "wobbly-gateway", "wobbly-gateway"),
        ("scenario", "a folder/a file.yaml", "a folder/a file.yaml"),
        ("journal", "0", 0),
        ("journal_room", 0, 0),
        ("explain", True, "on"),
        ("explain", False, "off"),
        ("explain", "off", "off"),
        ("token", "", ""),
        ("token", "AZaz09._~+/=-", "AZaz09._~+/=-"),
    ],
)
def test_taken(name: str, value: object, expected: object) -> None:
    """A value in its bounds is taken, and becomes of its setting's kind."""
    assert SETTINGS[name].read(value) == expected


@given(st.floats(0, 100_000, exclude_min=True))
def test_a_pace_is_taken_as_it_is(pace: float) -> None:
    """A clock goes as fast as the setting says, to six digits; also where it is read a second time."""
    taken = SETTINGS["clock"].read(pace)
    assert float(str(taken)) == pytest.approx(pace, rel=1e-5)
    assert SETTINGS["clock"].read(taken) == taken
