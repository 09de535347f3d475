"""The example notebooks run, and show what they are about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.notebook.kernel import run_notebook

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook(path: Path, tmp_path: Path) -> None:
    cells = run_notebook(json.loads(path.read_text(encoding="utf-8")), tmp_path)
    for cell in cells:
        outputs = [item for item in cell["outputs"] if item["output_type"] in ("error", "stream")]
        assert outputs == [], "".join(cell["source"])
    assert any("image/png" in item.get("data", {}) for cell in cells for item in cell["outputs"])
