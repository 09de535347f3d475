"""`nestml-jit run` with modules, commands, standard input and notebooks, against `python`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nestml_jit.pynest.run_notebook import NotebookError, code_cells
from tests.dropin.test_run import run

RUN = ["-m", "nestml_jit", "run"]

SELF = """
import os, sys
print(sys.argv, __name__, globals().get("__file__"), sys.path[0])
print(__package__, getattr(__spec__, "name", None))
print(sorted(globals()), sys.modules["__main__"].__dict__ is globals())
"""

MODULES = {
    "module.py": SELF,
    "package/__init__.py": "",
    "package/__main__.py": "from package.inner import value\n" + SELF + "print(value)",
    "package/inner.py": "value = 'of the package'\n" + SELF,
    "hollow/__init__.py": "",
    "failing.py": "def fail():\n    1 / 0\nfail()",
    "script.py": SELF,
    "wrong.py": "def f(:\n    pass",
}

SAME = {
    "command": ["-c", SELF, "a", "-m", "--"],
    "command that fails": ["-c", "import sys\nsys.exit('a message')"],
    "input": ["-", "-c", "b"],
    "module": ["-m", "module", "--help", "-"],
    "package": ["-m", "package", "x"],
    "module of a package": ["-m", "package.inner"],
    "module that fails": ["-m", "failing"],
    "after dashes": ["--", "script.py", "-x"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("form", SAME)
def test_the_same_as_python(form: str, folder: Path) -> None:
    words = SAME[form]
    expected = run([word for word in words if word != "--" or form == "command"], folder, text=SELF)
    status, output, errors = run([*RUN, *words], folder, text=SELF)
    assert (status, output) == expected[:2]
    if "runpy" not in expected[2]:  # of python's own frames there are none
        assert errors == expected[2]
    else:
        assert "runpy" not in errors
        assert errors.splitlines()[-1] == expected[2].splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "there is no module named missing"),
        ("missing.deeper", "No module named 'missing'"),
        ("hollow", "'hollow' is a package and cannot be run: it has no module __main__"),
    ],
)
def test_modules_that_cannot_be_run(name: str, reason: str, folder: Path) -> None:
    assert run([*RUN, "-m", name], folder) == (1, "", f"nestml-jit: {reason}\n")


def test_an_error_of_syntax_shows_the_line(folder: Path) -> None:
    status, _output, errors = run([*RUN, "-m", "wrong"], folder)
    assert (status, errors.splitlines()[0].strip()) == (1, f'File "{folder / "wrong.py"}", line 1')


@pytest.mark.parametrize("words", [["-m"], ["-c"], []])
def test_what_is_no_program_is_explained(words: list[str], folder: Path) -> None:
    status, _output, errors = run([*RUN, *words], folder)
    assert status == 2
    assert errors.startswith("usage: nestml-jit run [-h] {SCRIPT | NOTEBOOK | -m MODULE | -c COMMAND | -}")


NEST = "import nest\nprint(hasattr(nest, 'jit'))\n"


def test_nest_means_ours_in_all_forms(folder: Path) -> None:
    (folder / "network.py").write_text(NEST)
    assert run([*RUN, "-c", NEST], folder)[:2] == (0, "True\n")
    assert run([*RUN, "-"], folder, text=NEST)[:2] == (0, "True\n")
    assert run([*RUN, "-m", "network"], folder)[:2] == (0, "True\n")


SPAWNING = """
import multiprocessing, sys

def look(_number):
    import nest
    return hasattr(nest, "jit"), __package__

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(look, [1]))
"""


def test_processes_that_a_module_spawns(folder: Path) -> None:
    (folder / "package" / "spawning.py").write_text(SPAWNING)
    assert run([*RUN, "-m", "package.spawning"], folder) == (0, "[(True, 'package')]\n", "")


def notebook(*cells: str) -> str:
    made = [{"cell_type": "markdown", "source": ["1 / 0"]}]
    made += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


def test_notebooks_run_in_their_folder(folder: Path) -> None:
    (folder / "deep").mkdir()
    cells = (
        "import os, sys, nest\nprint(os.getcwd(), sys.argv[1:], hasattr(nest, 'jit'))",
        "%load_ext nestml_jit\nname = 'a value'",
        "name",
    )
    (folder / "deep" / "book.ipynb").write_text(notebook(*cells))
    status, output, errors = run([*RUN, "deep/book.ipynb", "-x"], folder)
    assert (status, errors) == (0, "")
    lines = [line for line in output.splitlines() if line]
    assert lines[0] == f"{folder / 'deep'} ['-x'] True"
    assert lines[-1].endswith("'a value'")


def test_a_cell_that_fails_ends_the_run(folder: Path) -> None:
    (folder / "book.ipynb").write_text(notebook("print('first')", "1 / 0", "print('never')"))
    status, output, _errors = run([*RUN, "book.ipynb"], folder)
    assert status == 1
    assert "ZeroDivisionError" in output
    assert "never" not in output
    (folder / "leaving.ipynb").write_text(notebook("import sys\nsys.exit(3)"))
    assert run([*RUN, "leaving.ipynb"], folder)[0] == 3


@pytest.mark.parametrize("data", [b"\xff", b"[1]", b"{}", b'{"nbformat": 4}', b'{"nbformat": "x"}'])
def test_what_is_no_notebook(data: bytes) -> None:
    with pytest.raises(NotebookError, match="no Jupyter notebook"):
        code_cells(data)


def test_old_notebooks_are_refused() -> None:
    with pytest.raises(NotebookError, match="version 3 are too old"):
        code_cells(b'{"nbformat": 3, "worksheets": []}')
