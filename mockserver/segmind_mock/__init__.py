"""An offline mock of Segmind's image API. What is named here is loaded when it is first used."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all of this

if TYPE_CHECKING:
    from segmind_mock.app import create_app
    from segmind_mock.config import Config, ConfigError
    from segmind_mock.control import Refused
    from segmind_mock.exchanges import Exchange
    from segmind_mock.fixtures import ServedMock
    from segmind_mock.inprocess.hosts import NetworkBlocked
    from segmind_mock.inprocess.interception import Interception, intercept
    from segmind_mock.live import LiveServer
    from segmind_mock.mock import ManyAccounts, Mock
    from segmind_mock.patterns import PatternError
    from segmind_mock.scenarios.problems import ScenarioError
    from segmind_mock.seen import JobSeen
    from segmind_mock.server import CannotListen
    from segmind_mock.verification import Verdict
    from segmind_spec import SpecError

__version__ = "0.1.0"

_FOUND_IN = {
    "CannotListen": "segmind_mock.server",
    "Config": "segmind_mock.config",
    "ConfigError": "segmind_mock.config",
    "Exchange": "segmind_mock.exchanges",
    "Interception": "segmind_mock.inprocess.interception",
    "JobSeen": "segmind_mock.seen",
    "LiveServer": "segmind_mock.live",
    "ManyAccounts": "segmind_mock.mock",
    "Mock": "segmind_mock.mock",
    "NetworkBlocked": "segmind_mock.inprocess.hosts",
    "PatternError": "segmind_mock.patterns",
    "Refused": "segmind_mock.control",
    "ScenarioError": "segmind_mock.scenarios.problems",
    "ServedMock": "segmind_mock.fixtures",
    "SpecError": "segmind_spec",
    "Verdict": "segmind_mock.verification",
    "create_app": "segmind_mock.app",
    "intercept": "segmind_mock.inprocess.interception",
}

__all__ = [
    "CannotListen",
    "Config",
    "ConfigError",
    "Exchange",
    "Interception",
    "JobSeen",
    "LiveServer",
    "ManyAccounts",
    "Mock",
    "NetworkBlocked",
    "PatternError",
    "Refused",
    "ScenarioError",
    "ServedMock",
    "SpecError",
    "Verdict",
    "__version__",
    "create_app",
    "intercept",
]


def __getattr__(name: str) -> object:
    """What was asked for, loaded now."""
    if name not in _FOUND_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has: {', '.join(__all__)}")
    found: object = getattr(import_module(_FOUND_IN[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
