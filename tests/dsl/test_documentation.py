"""The page of diagnostics is complete and up to date."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from nestml_jit.dsl.codes import explanations

ROOT = Path(__file__).resolve().parents[2]
# Need a file that is not text (test_robustness.py, test_cli.py), or the generator (test_legality.py).
WITHOUT_EXAMPLE = {"E0106", "E0108", "E0701", "E0702", "E0703", "E0704", "W0205"}


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_diagnostics", ROOT / "docs" / "make_diagnostics.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date() -> None:
    assert generator().page() == (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")


def test_every_code_in_the_sources_is_explained() -> None:
    used: set[str] = set()
    for path in (ROOT / "nestml_jit" / "dsl").rglob("*.py"):
        used.update(re.findall(r'"([EW]0\d{3})"', path.read_text(encoding="utf-8")))
    assert used == set(explanations())


def test_every_code_has_an_example() -> None:
    names = {path.name[:5] for path in (ROOT / "tests" / "dsl" / "invalid").glob("*.nestml")}
    assert names == set(explanations()) - WITHOUT_EXAMPLE
