"""Start a script in one of several processes, with an environment of its own.

Usage: start.py FOLDER SCRIPT ARGUMENTS... The variable FOR_RANKS holds the environment as JSON data, in
which "{rank}" stands for the process's number. The script finds its result's file in RESULT.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path

RANK = next(os.environ[name] for name in ("OMPI_COMM_WORLD_RANK", "PMI_RANK") if name in os.environ)

folder, script, *arguments = sys.argv[1:]
for name, text in json.loads(os.environ["FOR_RANKS"]).items():
    os.environ[name] = text.replace("{rank}", RANK)
os.environ["RESULT"] = str(Path(folder) / f"{RANK}.json")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.argv = [script, *arguments]
runpy.run_path(str(Path(__file__).parent / script), run_name="__main__")
