"""Build a NEST with MPI for the tests of this folder, unless there is one.

Usage: build.py FOLDER. FOLDER becomes a virtual environment with NEST, from its source distribution, and this
package. Only models that the tests need are compiled, which takes a third of the time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
VERSION = "3.10.0"
MODELS = (
    "iaf_psc_alpha",
    "iaf_psc_exp",
    "multimeter",
    "parrot_neuron",
    "poisson_generator",
    "spike_generator",
    "spike_recorder",
    "static_synapse",
    "stdp_synapse",
    "weight_recorder",
)
DEFINITIONS = {"with-mpi": "ON", "with-optimize": "-O1", "with-models": ";".join(MODELS)}
TOOLS = {"mpicxx": "libopenmpi-dev", "mpirun": "openmpi-bin", "g++": "g++", "gsl-config": "libgsl-dev"}
"""Programs that come with what the build needs, and Debian's packages of them."""

HEADERS = {"ltdl.h": "libltdl-dev"}


def missing_packages() -> list[str]:
    """Return Debian's packages of what the build needs and is not there."""
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    return missing + [package for name, package in HEADERS.items() if "g++" not in missing and not _has(name)]


def _has(header: str) -> bool:
    text = f"#include <{header}>\n"
    command = ["g++", "-x", "c++", "-fsyntax-only", "-"]
    return subprocess.run(command, input=text, text=True, capture_output=True, check=False).returncode == 0


def main(folder: Path) -> int:
    """Build if need be; return the exit status."""
    python = folder / "bin" / "python"
    stamp = folder / f"nest-{VERSION}-mpi"
    if stamp.exists():
        return 0
    missing = missing_packages()
    if missing:
        print(f"To build NEST with MPI, install first: apt install {' '.join(missing)}", file=sys.stderr)
        return 1
    print(f"Building NEST {VERSION} with MPI in {folder} (once; five to twenty minutes)", flush=True)
    venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    settings = [
        word for name, value in DEFINITIONS.items() for word in ("-C", f"cmake.define.{name}={value}")
    ]
    # pip's cache may have a NEST that was built with other options.
    nest = ["--no-cache-dir", "--no-binary", "nest-simulator", f"nest-simulator=={VERSION}"]
    parallel = {**os.environ, "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)}
    subprocess.run([*pip, *nest, *settings], env=parallel, stdin=subprocess.DEVNULL, check=True)
    subprocess.run([*pip, "--editable", str(REPOSITORY)], stdin=subprocess.DEVNULL, check=True)
    asked = "import nest; assert nest.build_info['have_mpi'], 'NEST was built without MPI'"
    subprocess.run([str(python), "-c", asked], stdin=subprocess.DEVNULL, check=True)
    stamp.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
