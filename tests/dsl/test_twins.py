"""Every rule has a model that breaks it, with code and position, and a twin that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nestml_jit import dsl

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
