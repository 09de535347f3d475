"""`%load_ext nestml_jit` and `%%nestml` in a notebook's kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.kernel import run_cells, shown, text_of
from tests.session.texts import counting, relaxing

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

SETUP = "%load_ext nestml_jit\nimport nestml_jit as nest\nnest.verbosity = nest.VerbosityLevel.ERROR"


def define(start: float, words: str = "") -> str:
    return f"%%nestml {words}\n{relaxing('in_cell', start=start)}"


CREATE = "print(nest.Create('in_cell').x)"


def test_cells_define_models(tmp_path: Path) -> None:
    cells = run_cells(
        [
            SETUP,
            define(1.0),
            define(2.0),
            CREATE,
            define(3.0),
            CREATE,
            define(3.0, "--reset"),
            CREATE,
            f"%%nestml -q\n{relaxing('one')}\n{counting('two')}",
            "nest.jit.model('two')",
        ],
        tmp_path,
    )
    first, second, created, edited, still, reset, again, quiet, model = cells[1:]
    assert "<b>neuron in_cell</b>" in shown(first)
    assert "<neuron model in_cell: parameters tau; state x>" in shown(first, "text/plain")
    assert "= 2.0" in shown(second)
    assert text_of(created) == "2.0\n"  # not used before, hence replaced
    assert edited["outputs"] != []
    assert "ResetKernel" in text_of(edited, "stderr")
    assert "--reset" in text_of(edited, "stderr")
    assert text_of(still) == "2.0\n"
    assert "= 3.0" in shown(reset)
    assert text_of(again) == "3.0\n"
    assert quiet["outputs"] == []
    assert "<b>synapse two</b>" in shown(model)
    assert "presynaptic spikes" in shown(model)


def test_mistakes_are_shown_without_a_traceback(tmp_path: Path) -> None:
    wrong = define(1.0).replace("x' = -x / tau", "x' = -x / taw")
    cells = run_cells([SETUP, wrong, "%%nestml --rest\nmodel a:", define(1.0), CREATE], tmp_path)
    error = text_of(cells[1], "stderr")
    assert "error[E0204]" in error
    assert "-x / taw" in error
    assert "^^^" in error
    assert "Traceback" not in error
    assert "unrecognized arguments: --rest" in text_of(cells[2], "stderr")
    assert text_of(cells[4]) == "1.0\n"


def test_a_bar_while_something_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes and goes with the compiler; the second time nothing is compiled, and nothing is shown."""
    import time

    fresh = relaxing("in_cell", tau=10.0 + time.time() % 1.0 * 1e-3)  # a kernel that is in no cache
    fresh = fresh.replace("x > 10", f"x > {10.0 + time.time() % 1.0}")
    begin = "neuron = nest.Create('in_cell')\nnest.Simulate(1.0)\nnest.ResetKernel()"
    watch = (
        "from nestml_jit.session.progress import NotebookBar\nseen = []\nold = NotebookBar.show\n"
        "def show(self, *what):\n    seen.append(what)\n    old(self, *what)\n"
        "NotebookBar.show = show"
    )
    cells = run_cells(
        [SETUP, watch, f"%%nestml -q\n{fresh}", begin, "print(seen)", begin, "print(seen)"], tmp_path
    )
    assert text_of(cells[4]) == "[('compiling in_cell', 0, 1)]\n"
    assert text_of(cells[6]) == text_of(cells[4])
    assert any("data" in item for item in cells[3]["outputs"])
    assert shown(cells[3]) == ""  # the bar was taken away
    assert cells[5]["outputs"] == []
    assert text_of(cells[3], "stderr") == ""


def test_unloading(tmp_path: Path) -> None:
    cells = run_cells([SETUP, "%unload_ext nestml_jit", define(1.0)], tmp_path)
    assert "`%%nestml` not found" in text_of(cells[2], "stderr") + str(cells[2]["outputs"])
