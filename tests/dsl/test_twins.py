"""Every rule has a model that breaks it, with code and position, and a twin that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nestml_jit import dsl
from nestml_jit.dsl import checks
from tests.package_copy import copy_package, run_with

HERE = Path(__file__).parent
INVALID = sorted((HERE / "invalid").glob("*.nestml"))


def expected(text: str) -> list[str]:
    return re.findall(r"\b[EW]\d{4}@\d+:\d+", text.splitlines()[0])


def found(text: str) -> list[str]:
    diagnostics = dsl.diagnose(text)[1]
    return [f"{item.code}@{item.span.line}:{item.span.column}" for item in diagnostics]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_mistake_gives_its_diagnostic_and_no_other(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert found(text) == expected(text)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_the_twin_is_clean(path: Path) -> None:
    text = (HERE / "valid" / path.name).read_text(encoding="utf-8")
    assert [item for item in found(text) if item[0] == "E" or item[:5] == path.stem[:5]] == []


def test_every_file_of_the_folder_is_a_rule_with_twins() -> None:
    folder = Path(checks.__file__).parent
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem not in ("__init__", "report"))
    assert [rule.__name__.rpartition(".")[2] for rule in checks.RULES] == names  # type: ignore[attr-defined]
    tried = {code for path in INVALID for code in re.findall(r"\b[EW]\d{4}(?=@)", path.read_text())}
    assert {code for rule in checks.RULES for code in rule.CODES} <= tried


RULE = '''"""A model has no function called `forbidden`, for a test (E0999)."""

from nestml_jit.dsl.checks.report import error

CODES = ("E0999",)


def check(facts):
    """Yield functions of that name."""
    for item in facts.model.functions:
        if item.name == "forbidden":
            yield error("E0999", "a forbidden function", item.name_span)
'''
USE = """
from nestml_jit.dsl import diagnose
from nestml_jit.dsl.codes import explanations
TEXT = '''model m_neuron:
    function forbidden(x real) real:
        return x
    input:
        spikes <- spike
    output:
        spike
'''
(found,) = [item for item in diagnose(TEXT)[1] if item.code == "E0999"]
assert found.span.line == 2
assert diagnose(TEXT.replace("forbidden", "allowed"))[1] == []
assert explanations()["E0999"].startswith("A model has no function")
"""


def test_a_file_adds_a_rule(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    (package / "dsl" / "checks" / "forbidden.py").write_text(RULE)
    run_with(package, USE)
