"""Stories are told in modules of their own; pytest shows what their assertions compare, as those of tests."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(*(f"tests.scenarios.{name}" for name in ("accounts", "answers", "connections", "jobs")))
