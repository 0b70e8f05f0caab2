"""Loading the packaged models and those of a user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from segmind_spec import Catalog, SpecError

MINIMAL = """
openapi: 3.1.0
info: {{title: T, version: "1"}}
x-segmind: {{slug: {slug}, returns: image}}
paths:
  /v2/{slug}:
    post:
      requestBody:
        content:
          application/json: {{schema: {{type: object, properties: {{p: {{type: string}}}}}}}}
      responses: {{}}
"""


def test_the_five_models() -> None:
    """The packaged models are there, by slug and in order."""
    catalog = Catalog.load()
    assert catalog.slugs == (
        "image-converter",
        "sam-img2img",
        "sd1.5-img2img",
        "smart-banner-resizer",
        "w2imgsd1.5-img2img",
    )
    assert len(catalog) == 5
    assert [model.slug for model in catalog] == list(catalog.slugs)
    assert catalog.get("nope") is None


def test_parameters_are_in_the_order_of_the_page() -> None:
    """A model's parameters come in document order, the required ones first as on the page."""
    model = Catalog.load().get("smart-banner-resizer")
    assert model is not None
    names = "image_url target_sizes num_images_per_size output_format prompt resolution safety_tolerance seed"
    assert list(model.parameters) == names.split()
    assert [name for name, each in model.parameters.items() if each.required] == ["image_url", "target_sizes"]
    assert (model.latency, model.workers, model.returns) == (120.44, 16, "image")


def test_a_minimal_model_gets_defaults(tmp_path: Path) -> None:
    """A slug and what is returned are enough: 5 s, sixteen workers, one cent, a PNG of 512 pixels."""
    (tmp_path / "m.yaml").write_text(MINIMAL.format(slug="mini"))
    model = Catalog.load([tmp_path]).get("mini")
    assert model is not None
    assert (model.latency, model.workers, model.price.of({}, 1)) == (5.0, 16, 10_000)
    assert (model.output.media_type, model.output.sizes({})) == ("image/png", [(512, 512)])
    assert [operation.version for operation in model.operations] == ["v2"]
    assert model.effective({"p": "a", "q": 1}) == {"p": "a"}


def test_slugs_are_claimed_once(tmp_path: Path) -> None:
    """A slug that is taken, by the package or by another file, is refused with the names of both files."""
    (tmp_path / "a.yaml").write_text(MINIMAL.format(slug="sam-img2img"))
    (tmp_path / "b.yaml").write_text(MINIMAL.format(slug="twice"))
    (tmp_path / "c.yaml").write_text(MINIMAL.format(slug="twice"))
    with pytest.raises(SpecError) as caught:
        Catalog.load([tmp_path])
    first, second = caught.value.problems
    assert "models/sam-img2img.yaml and by " in first.message
    assert second.message == f"twice is claimed by {tmp_path / 'b.yaml'} and by {tmp_path / 'c.yaml'}"


def test_all_problems_of_all_files(tmp_path: Path) -> None:
    """One error tells of every file."""
    (tmp_path / "a.yaml").write_text("a: [")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(SpecError) as caught:
        Catalog.load([tmp_path])
    assert {Path(problem.file).name for problem in caught.value.problems} == {"a.yaml", "b.json"}


def test_a_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is told."""
    with pytest.raises(SpecError, match="no such folder"):
        Catalog.load([tmp_path / "nope"])


def test_starting_imports_no_validator() -> None:
    """Loading the packaged models imports neither validator; a check imports only the compiled one."""
    code = (
        "import sys; from segmind_spec import Catalog; c = Catalog.load()\n"
        "late = {'jsonschema', 'jsonschema_rs', 'segmind_spec.rules', 'segmind_spec.bundling'}\n"
        "assert not late & set(sys.modules)\n"
        "c.get('sam-img2img').is_valid({}); assert 'jsonschema' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
