"""Options: what an interception is told is checked, all of it at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.config import Config, ConfigError
from segmind_mock.inprocess import options
from segmind_mock.inprocess.options import ELSEWHERE, OWN, catalog_of, check_switch, config_of, hosts_of
from segmind_mock.settings import SETTINGS
from segmind_spec import SpecError, loader

VALUES: dict[str, Any] = {
    **{name: getattr(Config(), name) for name in SETTINGS if name not in ELSEWHERE},
    "seed": 7,
    "credits": 2.5,
    "rpm": 60,
    "forbid": ["x"],
    "public_url": "https://gateway.test/segmind",
}


@pytest.mark.parametrize("name", sorted(VALUES))
def test_every_setting(name: str) -> None:
    """Each setting of a server can be given, but for those that mean nothing here."""
    value = VALUES[name]
    seen = getattr(config_of({name: value}), name)
    assert seen == (str(value) if name == "seed" else tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_settings_that_mean_nothing(name: str) -> None:
    """A setting for sockets is refused, and the text says why."""
    with pytest.raises(ConfigError, match=f"^{name} cannot be set here: .*{ELSEWHERE[name][:20]}"):
        config_of({name: getattr(Config(), name)})
    assert name in SETTINGS


def test_all_problems() -> None:
    """Everything that is wrong is told at once, with what is allowed or meant."""
    with pytest.raises(ConfigError) as wrong:
        config_of(
            {"credits": -1, "port": 1, "scenari": "x", "block_netwok": 1, "qqq": 1, "quirks": {"nope": "x"}},
            ["first"],
        )
    problems = wrong.value.problems
    assert len(problems) == 7
    text = "\n".join(problems)
    for part in (
        "first",
        "port cannot be set here",
        "no option 'scenari'; did you mean scenario?",
        "no option 'block_netwok'; did you mean block_network?",
        "no option 'qqq'; allowed: allow, block_network",
        "credits is -1",
        "nope",
    ):
        assert part in text
    assert not any(name in problems[0] for name in ("token", "log_level"))


def test_problems_found_before() -> None:
    """What others found wrong is wrong, though all the settings be right."""
    with pytest.raises(ConfigError, match=r"^allow is bad$"):
        config_of({}, ["allow is bad"])


@pytest.mark.parametrize(
    ("quirks", "shape"),
    [
        (None, "any"),
        ({}, "any"),
        ({"cors": "open"}, "any"),
        ({"key_shape": "segmind"}, "segmind"),
        ("cors=open,key_shape=segmind", "segmind"),
        (["key_shape=segmind"], "segmind"),
        ((), "any"),
    ],
    ids=repr,
)
def test_quirks(quirks: object, shape: str) -> None:
    """Quirks can be given as a server has them; every text is a key unless they say otherwise."""
    assert config_of({"quirks": quirks}).quirks["key_shape"] == shape


@pytest.mark.parametrize("quirks", [7, True, "cors", ["cors"], [1]], ids=repr)
def test_no_quirks(quirks: object) -> None:
    """What is no quirk is refused."""
    with pytest.raises(ConfigError):
        config_of({"quirks": quirks})


def test_paths(tmp_path: Path) -> None:
    """Folders can be given as paths; what is given is left as it is."""
    given_ = {"inputs": tmp_path, "spec": [tmp_path], "quirks": {"cors": "open"}}
    config = config_of(given_)
    assert (config.inputs, config.spec) == (str(tmp_path), (str(tmp_path),))
    assert config_of({"spec": str(tmp_path)}).spec == config_of({"spec": tmp_path}).spec == (str(tmp_path),)
    assert given_ == {"inputs": tmp_path, "spec": [tmp_path], "quirks": {"cors": "open"}}


# --- Hosts and switches -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "plainly"),
    [
        (["Gateway.Corp.test."], ["gateway.corp.test"]),
        (("a", "b_c", "a"), ["a", "b_c"]),
        (frozenset(["10.0.0.1", "[FE80::1]"]), ["10.0.0.1", "fe80::1"]),
        ((), []),
    ],
    ids=["list", "tuple", "set", "none"],
)
def test_hosts(names: object, plainly: list[str]) -> None:
    """Hosts are names or addresses, in any collection; they are kept as they are compared."""
    problems: list[str] = []
    assert (sorted(hosts_of("hosts", names, problems)), problems) == (plainly, [])


@pytest.mark.parametrize(
    "names", ["gateway.test", 7, None, ["https://x.test"], ["x.test:80"], ["x/y"], [""], [7], ["-x"], ["*.x"]], ids=repr
)
def test_no_hosts(names: object) -> None:
    """What is no list of hosts is refused, and so is an address with a scheme, port or path."""
    problems: list[str] = []
    assert hosts_of("allow", names, problems) == frozenset()
    (problem,) = problems
    assert problem.startswith("allow ")
    assert "; allowed: a" in problem


@given(st.text(max_size=30))
def test_any_host(name: str) -> None:
    """Any text is a host or a problem."""
    problems: list[str] = []
    assert len(hosts_of("hosts", [name], problems)) + len(problems) == 1


def test_switches() -> None:
    """Only True and False are."""
    problems: list[str] = []
    for value in (True, False, 1, "yes", None):
        check_switch("real_time", value, problems)
    assert problems == [f"real_time is {value!r}; allowed: True, False" for value in (1, "yes", None)]
    assert "real_time" in OWN


# --- Models -----------------------------------------------------------------------------------------------------


def own_model(folder: Path, slug: str) -> Path:
    """A document of a model of one's own, in a folder."""
    found = next(path for path in loader.packaged() if path.stem == "sd1.5-img2img")
    file = folder / "own.yaml"
    text = found.read_text("utf-8").replace("sd1.5-img2img", slug)
    file.write_text(text, "utf-8")
    return file


def test_models_are_read_once() -> None:
    """Without folders, and with folders in which nothing was changed, the models are those of before."""
    assert catalog_of(Config()) is catalog_of(Config(seed="other"))


def test_changed_models(tmp_path: Path) -> None:
    """A file that is changed, added or taken away is noticed; one that is as it was is not read again."""
    config = Config(spec=(str(tmp_path),))
    own_model(tmp_path, "own-model")
    first = catalog_of(config)
    assert "own-model" in first.slugs
    assert catalog_of(config) is first
    os.utime(own_model(tmp_path, "own-other"), ns=(1, 1))
    assert "own-other" in catalog_of(config).slugs
    (tmp_path / "own.yaml").unlink()
    assert catalog_of(config).slugs == catalog_of(Config()).slugs


def test_models_that_cannot_be_used(tmp_path: Path) -> None:
    """Bad models are an error each time, until they are mended."""
    config = Config(spec=(str(tmp_path),))
    (tmp_path / "own.yaml").write_text("openapi: 3.1.0", "utf-8")
    for _ in range(2):
        with pytest.raises(SpecError):
            catalog_of(config)
    own_model(tmp_path, "own-model")
    assert "own-model" in catalog_of(config).slugs


def test_few_catalogs_are_kept(tmp_path: Path) -> None:
    """However many folders of models tests name, the catalogs of a few are kept."""
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        catalog_of(config_of({"spec": [str(folder)]}))
    assert len(options._CATALOGS) <= options._MOST
