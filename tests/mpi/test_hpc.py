"""The batch example, with `mpirun` in the place of `srun`."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mpi.launch import CACHE, PYTHON, REPOSITORY, launcher

SRUN = """#!/bin/bash
# srun [--ntasks=N] [--ntasks-per-node=N] [--cpus-per-task=N] COMMAND...
tasks=$SLURM_NTASKS
while [[ $1 == --* ]]; do
  case $1 in
    --ntasks=*) tasks=${{1#*=}} ;;
    --ntasks-per-node=* | --cpus-per-task=*) ;;
    *) echo "srun: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
exec {launcher} -n "$tasks" "$@"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a login node, with the example copied into a folder of its own."""
    shutil.copytree(REPOSITORY / "examples" / "hpc", tmp_path / "hpc")
    commands = tmp_path / "bin"
    commands.mkdir()
    texts = {
        "srun": SRUN.format(launcher=shlex.join(launcher(1)[:1] + launcher(1)[3:])),
        "python": f'#!/bin/bash\nexec {PYTHON} "$@"\n',
        "nestml-jit": f'#!/bin/bash\nexec {PYTHON} -m nestml_jit "$@"\n',
    }
    for name, text in texts.items():
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    (tmp_path / "scratch").mkdir()
    return {
        **os.environ,
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "PYNEST_QUIET": "1",
        "OMP_WAIT_POLICY": "passive",
        "USER": "someone",
        "NESTML_JIT_CACHE": str(CACHE),
        "NESTML_ROOT": str(tmp_path / "kernels"),
        "NETWORK_ARGUMENTS": "--neurons 200 --inputs 20 --virtual 4 --duration 100",
        "SLURM_TMPDIR": str(tmp_path / "scratch"),
        "SLURM_JOB_ID": "17",
        "SLURM_NNODES": "1",
        "SLURM_CPUS_PER_TASK": "1",
    }


def bash(script: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(script)],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def spikes(folder: Path) -> list[str]:
    return sorted(line for file in folder.glob("spikes-*.txt") for line in file.read_text().splitlines())


def test_prewarm_on_the_login_node_then_offline_jobs(tmp_path: Path, environment: dict[str, str]) -> None:
    hpc = tmp_path / "hpc"
    early = bash(hpc / "job.sh", **environment, SLURM_NTASKS="2")
    assert early.returncode != 0  # nothing to copy yet

    prewarmed = bash(hpc / "prewarm.sh", **environment)
    assert prewarmed.returncode == 0, prewarmed.stdout
    # Whoever computes has no compiler.
    on_nodes = {**environment, "CXX": "/nonexistent"}
    found = {}
    for tasks in (1, 2, 4):
        done = bash(hpc / "job.sh", **on_nodes, SLURM_NTASKS=str(tasks))
        assert done.returncode == 0, done.stdout
        told = re.findall(r"process \d of (\d): \d+ spikes, 2 of 2 libraries were there already", done.stdout)
        assert told == [str(tasks)] * tasks, done.stdout
        found[tasks] = spikes(hpc / "spikes")
        shutil.rmtree(hpc / "spikes")
    assert found[1] == found[2] == found[4]
    assert len(found[1]) > 100
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_was_not_prewarmed_ends_the_job(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "kernels").mkdir(mode=0o700)
    done = bash(tmp_path / "hpc" / "job.sh", **environment, SLURM_NTASKS="2")
    assert done.returncode != 0
    # The launcher may end the job before every process has said so.
    assert re.search(r"^nestml_jit\S*OfflineError", done.stdout, re.M)
    assert "nestml-jit prewarm" in done.stdout
