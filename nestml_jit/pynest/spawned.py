"""The main file of processes that `multiprocessing` spawns for a script under `nestml-jit run`.

It runs the script or module, as the process would have done itself, with `import nest` meaning nestml_jit,
and leaves its names as its own. The package is not imported before the script asks for nest.
"""

from __future__ import annotations

import importlib.util
import os
import runpy
import sys
from types import ModuleType
from typing import Any


def _load_run() -> ModuleType:
    """Return the module `nestml_jit.pynest.run` without the package above it."""
    file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")
    spec = importlib.util.spec_from_file_location("nestml_jit.pynest.run", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _run(names: dict[str, Any]) -> None:
    run = _load_run()
    script, name = os.environ[run.SCRIPT], names["__name__"]
    run.stand_in_for_nest(script)
    if script:
        program_names = runpy.run_path(script, run_name=name)
    else:
        program_names = runpy.run_module(os.environ[run.MODULE], run_name=name, alter_sys=True)
    names.clear()
    names.update(program_names)


if __name__ == "__mp_main__":
    _run(globals())
