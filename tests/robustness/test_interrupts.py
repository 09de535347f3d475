"""Ctrl-C while something is compiled or simulated, and compilers that are killed or have no room to write."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.robustness.process import compiler_that, finish, run, start, wait_until

COMPILING = """
begin = time.monotonic()
neuron = nest.Create(fresh(), 3)
use_compiler(os.environ["BAD"])
try:
    nest.Simulate(1.0)
except KeyboardInterrupt:
    print("interrupted")
os.unlink("armed")
print(nest.biological_time, neuron.x)
nest.Simulate(10.0)                     # the same network goes on
assert abs(neuron.x[0] - 0.36787944117144233) < 1e-12
works()
"""


def processes_in(folder: Path) -> list[str]:
    """Return the commands of processes that work below a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder) in os.readlink(path.parent / "cwd") and b"sleep" in path.read_bytes():
                found.append(path.read_text())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("whom", ["the process", "its group, as terminals do"])
def test_interrupt_while_a_kernel_is_compiled(whom: str, tmp_path: Path) -> None:
    compiler = compiler_that(tmp_path, "sleep 600")
    process = start(COMPILING, tmp_path, BAD=str(compiler))
    wait_until((tmp_path / "started").exists)
    if whom == "the process":
        process.send_signal(signal.SIGINT)
    else:
        os.killpg(process.pid, signal.SIGINT)
    assert finish(process).splitlines() == ["interrupted", "0.0 (1.0, 1.0, 1.0)"]
    assert processes_in(tmp_path) == []


def test_interrupt_while_several_kernels_are_compiled(tmp_path: Path) -> None:
    """All compilers are ended; a model that waits for its turn is not compiled."""
    code = """
    import nestml_jit.kernels
    nestml_jit.kernels.cpus = lambda: 2
    neurons = [nest.Create(fresh()) for _ in range(3)]
    use_compiler(os.environ["BAD"])
    try:
        nest.Simulate(1.0)
    except KeyboardInterrupt:
        print("interrupted")
    print(len([name for name in os.listdir(".") if name.startswith("begun-")]))
    os.unlink("armed")
    nest.Simulate(10.0)
    assert all(abs(neuron.x - 0.36787944117144233) < 1e-12 for neuron in neurons)
    """
    compiler = compiler_that(tmp_path, f'mktemp "{tmp_path}/begun-XXXXXX"; sleep 600')
    process = start(code, tmp_path, BAD=str(compiler))
    wait_until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    process.send_signal(signal.SIGINT)
    assert finish(process).splitlines() == ["interrupted", "2"]
    assert processes_in(tmp_path) == []


def test_interrupt_while_the_host_is_compiled(tmp_path: Path) -> None:
    """It ends at once; that nothing is left behind shows in the cache."""
    cache = tmp_path / "cache"
    compiler = compiler_that(tmp_path, "sleep 600")
    code = """
    try:
        nest.Create(fresh())
    except KeyboardInterrupt:
        print("interrupted")
    neuron = nest.Create("iaf_psc_alpha")
    nest.Simulate(1.0)
    nest.ResetKernel()
    """
    process = start(code, tmp_path, CXX=str(compiler), NESTML_JIT_CACHE=str(cache))
    wait_until((tmp_path / "started").exists)
    process.send_signal(signal.SIGINT)
    assert finish(process) == "interrupted\n"
    assert list(cache.rglob("*.so")) == []
    assert list((cache / "v1" / "building").iterdir()) == []
    assert processes_in(tmp_path) == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 2), (signal.SIGTERM, -signal.SIGTERM)])
def test_the_end_of_a_process_that_has_the_host_compiled_by_another(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    """Batch systems send SIGTERM; no compiler is left behind, nor the process that has started it."""
    code = """
    from nestml_jit.cli import main
    sys.exit(main(["prewarm", "--host"]))
    """
    compiler = compiler_that(tmp_path, "sleep 600")
    process = start(code, tmp_path, CXX=str(compiler), NESTML_JIT_CACHE=str(tmp_path / "cache"))
    wait_until((tmp_path / "started").exists)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == status
    assert processes_in(tmp_path) == []


SIMULATING = """
nest.ResetKernel()
nest.verbosity = nest.VerbosityLevel.ERROR
nest.local_num_threads = THREADS
neurons = nest.Create("iaf_psc_exp_neuron", 200, {"I_e": 400.0})
nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 10}, "stdp_synapse_nestml")
recorder = nest.Create("spike_recorder")
nest.Connect(neurons, recorder)
nest.Prepare()                          # compiled, if need be
nest.Cleanup()
killer = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -INT {os.getpid()}"])
begin = time.monotonic()
try:
    nest.CALL
except KeyboardInterrupt:
    print("interrupted")
killer.wait()
stopped = nest.biological_time
assert 0.0 < stopped < 1e7, stopped
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
nest.Simulate(50.0)
assert nest.biological_time == stopped + 50.0
times, senders = recorder.events["times"], recorder.events["senders"]

# The same without an interruption
nest.ResetKernel()
nest.verbosity = nest.VerbosityLevel.ERROR
nest.local_num_threads = THREADS
neurons = nest.Create("iaf_psc_exp_neuron", 200, {"I_e": 400.0})
nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 10}, "stdp_synapse_nestml")
again = nest.Create("spike_recorder")
nest.Connect(neurons, again)
nest.Simulate(min(stopped + 50.0, 500.0))
expected = sorted(zip(again.events["times"], again.events["senders"]))
compared = times <= nest.biological_time
found = sorted(zip(times[compared], senders[compared]))
assert found == expected and len(found) > 100, (len(found), len(expected))
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupt_of_a_long_simulation(threads: int, tmp_path: Path) -> None:
    """It ends where it was; what was simulated by then, and what follows, is right."""
    code = SIMULATING.replace("THREADS", str(threads)).replace("CALL", "Simulate(1e7)")
    assert run(code, tmp_path) == "interrupted\n"


def test_interrupt_of_a_run(tmp_path: Path) -> None:
    code = """
    neurons = nest.Create("iaf_psc_exp_neuron", 200, {"I_e": 400.0})
    nest.Prepare()
    subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -INT {os.getpid()}"])
    try:
        nest.Run(1e7)
    except KeyboardInterrupt:
        print("interrupted")
    nest.Run(1.0)
    nest.Cleanup()
    works()
    """
    assert run(code, tmp_path) == "interrupted\n"


def test_a_handler_of_the_scripts_own_is_respected(tmp_path: Path) -> None:
    """It may not want to end the simulation; NEST calls it afterwards."""
    code = """
    signal.signal(signal.SIGINT, lambda *_: print("noted"))
    neurons = nest.Create("iaf_psc_exp_neuron", 200, {"I_e": 400.0})
    nest.Simulate(1.0)
    subprocess.Popen(["sh", "-c", f"sleep 0.1; kill -INT {os.getpid()}"])
    begin = time.monotonic()
    while time.monotonic() < begin + 1.0:
        nest.Simulate(200.0)
    assert (nest.biological_time - 1.0) % 200.0 == 0.0
    """
    assert run(code, tmp_path) == "noted\n"


def test_a_compiler_that_is_killed(tmp_path: Path) -> None:
    compiler = compiler_that(tmp_path, "kill -9 $$")
    code = """
    from nestml_jit.cache import BuildError
    neuron = nest.Create(fresh())
    use_compiler(os.environ["BAD"])
    for _ in range(2):
        try:
            nest.Simulate(1.0)
        except BuildError as error:
            print(error.status)
    os.unlink("armed")
    nest.Simulate(10.0)
    assert abs(neuron.x - 0.36787944117144233) < 1e-12
    works()
    """
    assert run(code, tmp_path, BAD=str(compiler)).split() == ["-9", "-9"]


def test_no_room_for_a_library(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk."""
    code = """
    import resource
    from nestml_jit.errors import NestmlJitError
    works()
    neuron = nest.Create(fresh())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (0, 2000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            nest.Simulate(1.0)
        except Exception as error:
            print(type(error).__name__)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    nest.Simulate(10.0)
    assert abs(neuron.x - 0.36787944117144233) < 1e-12
    works()
    """
    printed = run(code, tmp_path).split()
    assert len(printed) == 2
    assert set(printed) <= {"CacheError", "BuildError"}


def test_sh_is_here() -> None:
    """What the tests above send signals with."""
    assert subprocess.run(["sh", "-c", "exit 3"], check=False).returncode == 3
