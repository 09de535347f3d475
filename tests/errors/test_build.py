"""What a broken compiler, cache or NEST makes of a session: one clear error, and afterwards all is well."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nestml_jit.cache import BuildError
from nestml_jit.host.installation import HostError, find_installation
from tests.numerics.network import NEURON, STDP, generators, nest, record_spikes
from tests.session.texts import relaxing

REPOSITORY = Path(nest.__file__).parents[1]


def run(code: str, folder: Path, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYNEST_QUIET": "1", **environ},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.so")}


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """A compiler that says something and fails."""
    path = tmp_path / "broken-c++"
    path.write_text("#!/bin/sh\necho 'the disk of the compiler is worn out' >&2\nexit 3\n")
    path.chmod(0o755)
    return str(path)


def use_compiler(monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    kernels = nest._session.pipeline.kernels
    monkeypatch.setattr(kernels, "compiler", dataclasses.replace(kernels.compiler, command=command))


def test_a_kernel_that_does_not_compile(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """State and cache are as before; with a good compiler the same session goes on."""
    # Another threshold each time: its kernel is in no cache.
    threshold = 10.0 + time.time_ns() % 10**9 * 1e-9
    nest.jit.define(relaxing("compiled_late", tau=12.345).replace("x > 10", f"x > {threshold}"))
    neuron = nest.Create("compiled_late", params={"x": 5.0})
    good = nest.Create(NEURON, params={"I_e": 500.0})
    recorder = record_spikes(good)
    nest.Connect(generators([[3.0]]), neuron, syn_spec={"weight": 2.0})
    cache = Path(os.environ["NESTML_JIT_CACHE"])
    before, status = files(cache), neuron.get()
    with monkeypatch.context() as patch:
        use_compiler(patch, broken)
        for _ in range(2):
            with pytest.raises(BuildError) as caught:
                nest.Simulate(20.0)
            text = str(caught.value)
            assert broken in text
            assert "the disk of the compiler is worn out" in text
            assert "exit status: 3" in text
            assert "compiled_late" in text
            assert caught.value.command[0] == broken
            assert neuron.get() == status
            assert nest.biological_time == 0.0
            assert files(cache) == before
        with pytest.raises(BuildError):
            nest.Prepare()
    nest.Simulate(20.0)
    # The spike of 3 ms arrives at 4 ms.
    assert neuron.x == pytest.approx(
        5.0 * math.exp(-20.0 / 12.345) + 2.0 * math.exp(-16.0 / 12.345), rel=1e-9
    )
    assert recorder.n_events > 0


def test_a_second_kernel_that_does_not_compile(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """What was attached before stays, and state is kept."""
    nest.set(min_delay=1.0, max_delay=1.0)
    nest.CopyModel(STDP, "late_stdp_of_this_test")
    neurons = nest.Create(NEURON, 3, params={"I_e": 400.0})
    nest.Simulate(30.0)
    before = neurons.get()
    nest.Connect(neurons, neurons, syn_spec={"synapse_model": "late_stdp_of_this_test", "tau_tr_pre": 3.21})
    pipeline = nest._session.pipeline
    with monkeypatch.context() as patch:
        use_compiler(patch, broken)
        # The kernel may be in the cache from an earlier run of this test.
        patch.setattr(pipeline.store, "lookup", lambda *_: None)
        patch.setattr("nestml_jit.kernels.kernel", lambda *_: _fail(broken))
        with pytest.raises(BuildError, match="worn out"):
            nest.Simulate(30.0)
    assert {key: value for key, value in neurons.get().items() if key in before and key != "recordables"} == {
        key: value for key, value in before.items() if key != "recordables"
    }
    assert nest.biological_time == 30.0
    nest.Simulate(30.0)
    assert nest.biological_time == 60.0


def compiler_for_two(folder: Path, before: str) -> str:
    """Return a compiler that does something before it makes a kernel."""
    path = folder / "two-c++"
    path.write_text(f'#!/bin/sh\n{before}\nexec {nest._session.pipeline.kernels.compiler.command[0]} "$@"\n')
    path.chmod(0o755)
    return str(path)


def two_models(name: str) -> list[Any]:
    """Return a neuron of each of two models whose kernels are in no cache."""
    threshold = 10.0 + time.time_ns() % 10**9 * 1e-9
    names = [f"{name}_{number}" for number in range(2)]
    for model in names:
        nest.jit.define(relaxing(model, tau=10.0).replace("x > 10", f"x > {threshold}"))
    return [nest.Create(model, params={"x": 5.0}) for model in names]


@pytest.mark.parametrize("bad", [0, 1])
def test_one_of_two_kernels_does_not_compile(
    monkeypatch: pytest.MonkeyPatch, bad: int, tmp_path: Path
) -> None:
    """Neither is attached, the error names the model to blame, and the other one is in the cache."""
    nodes = two_models(f"one_of_two_{bad}")
    good = nest.Create(NEURON, params={"I_e": 500.0})
    before = f"if grep -q one_of_two_{bad}_{bad} kernel.cpp; then echo worn out; exit 3; fi"
    with monkeypatch.context() as patch:
        patch.setattr("nestml_jit.kernels.cpus", lambda: 2)
        use_compiler(patch, compiler_for_two(tmp_path, before))
        for _ in range(2):
            with pytest.raises(BuildError, match="worn out") as caught:
                nest.Simulate(10.0)
            assert f"one_of_two_{bad}_{bad}" in str(caught.value)
            assert f"one_of_two_{bad}_{1 - bad}" not in str(caught.value)
            assert nest._session.attached == {}
            assert nest.biological_time == 0.0
    nest.Simulate(10.0)
    assert [node.x for node in nodes] == pytest.approx([5.0 * math.exp(-1.0)] * 2, rel=1e-12)
    assert good.V_m != -70.0
    compiled = [stage for stage in nest.jit.report().stages if stage.name == "compile"]
    cached = {stage.subject: stage.cached for stage in compiled if stage.subject.startswith("one_of_two")}
    assert cached[f"one_of_two_{bad}_{bad}"] is False
    assert cached[f"one_of_two_{bad}_{1 - bad}"] is True


def test_kernels_are_compiled_at_the_same_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each compiler waits until the other one has begun."""
    nodes = two_models("same_time")
    begun = f'mktemp "{tmp_path}/begun-XXXXXX"; for i in $(seq 300); do'
    waits = (
        f'[ $(ls {tmp_path}/begun-* | wc -l) -ge 2 ] && break; sleep 0.1; done; [ "$i" -lt 300 ] || exit 4'
    )
    with monkeypatch.context() as patch:
        patch.setattr("nestml_jit.kernels.cpus", lambda: 2)
        of_kernels = f'case "$*" in *kernel.cpp*) {begun} {waits} ;; esac'  # not of checks of flags
        use_compiler(patch, compiler_for_two(tmp_path, of_kernels))
        nest.Simulate(10.0)
    assert len(list(tmp_path.glob("begun-*"))) == 2
    assert [node.x for node in nodes] == pytest.approx([5.0 * math.exp(-1.0)] * 2, rel=1e-12)


def _fail(command: str) -> None:
    raise BuildError("no kernel", (command,), 3, "worn out")


def test_cxx_is_false(tmp_path: Path) -> None:
    """NEST's own models work on, and nothing is left behind."""
    code = """
        import os
        import nestml_jit as nest
        from nestml_jit.cache import BuildError
        nest.verbosity = nest.VerbosityLevel.ERROR
        plain = nest.Create("iaf_psc_exp", params={"I_e": 500.0})
        for _ in range(2):
            try:
                nest.Create("iaf_psc_exp_neuron")
            except BuildError as error:
                text = str(error)
                assert "/bin/false" in text, text
                assert "exit status: 1" in text, text
                assert "output:" in text, text
            else:
                raise SystemExit("no error")
            assert nest.network_size == 1
            assert "iaf_psc_exp_neuron" not in nest.node_models
        assert not [name for name in os.listdir(".") if name != "cache"]
        nest.Simulate(10.0)
        nest.ResetKernel()
        print("went on")
    """
    output = run(code, tmp_path, CXX="/bin/false", NESTML_JIT_CACHE=str(tmp_path / "cache"))
    assert output.split() == ["went", "on"]
    assert files(tmp_path) == set()


def test_a_compiler_that_comes_later(tmp_path: Path) -> None:
    code = """
        import os
        import nestml_jit as nest
        from nestml_jit.cache import BuildError
        nest.verbosity = nest.VerbosityLevel.ERROR
        try:
            nest.Create("iaf_psc_exp_neuron")
        except BuildError:
            del os.environ["CXX"]
        neuron = nest.Create("iaf_psc_exp_neuron", params={"I_e": 500.0})
        nest.Simulate(50.0)
        assert neuron.V_m > -70.0 or neuron.refr_t > 0.0
        print("fine")
    """
    assert run(code, tmp_path, CXX="/bin/false").split() == ["fine"]


@pytest.mark.parametrize("kind", ["open to others", "a file"])
def test_a_cache_that_cannot_be_used(kind: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    if kind == "a file":
        cache.write_text("no folder")
    else:
        cache.mkdir()
        cache.chmod(0o777)
    code = """
        import nestml_jit as nest
        from nestml_jit.cache import CacheError
        nest.verbosity = nest.VerbosityLevel.ERROR
        for _ in range(2):
            try:
                nest.Create("iaf_psc_exp_neuron")
            except CacheError as error:
                print(error)
            else:
                raise SystemExit("no error")
        nest.Simulate(1.0)
        nest.Create("iaf_psc_exp")
        nest.ResetKernel()
    """
    output = run(code, tmp_path, NESTML_JIT_CACHE=str(cache))
    assert output.count(str(cache)) >= 2
    assert kind == "a file" or "NESTML_JIT_CACHE" in output
    assert files(tmp_path) == set()


# --- another NEST ----------------------------------------------------------------------------------------


def stand_in(version: str = "3.10.0", file: str = "", **build_info: str) -> Any:
    """Return what the host looks at of the module nest, with another version or place."""
    real = nest.ll_api.nestkernel
    kernel = SimpleNamespace(
        __file__=real.__file__,
        llapi_get_kernel_status=lambda: {
            "build_info": {"version": version, **build_info},
            "node_models": ("iaf_psc_exp",),
            "num_processes": 1,
            "synapse_models": ("static_synapse",),
        },
    )
    return SimpleNamespace(
        __file__=file or nest.Create.__globals__["__file__"], ll_api=SimpleNamespace(nestkernel=kernel)
    )


@pytest.mark.parametrize("version", ["3.9.0", "3.11.0", "4.0.0-rc1"])
def test_nest_of_another_version(version: str) -> None:
    with pytest.raises(HostError) as caught:
        find_installation(stand_in(version))
    text = str(caught.value)
    for part in (f"NEST {version}", "3.10", "C++ interface", "pip install", "imported from"):
        assert part in text


def test_headers_are_missing(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "nest" / "__init__.py"
    with pytest.raises(HostError) as caught:
        find_installation(stand_in(file=str(package), prefix=str(tmp_path / "prefix")))
    text = str(caught.value)
    for part in (
        "headers of NEST 3.10.0",
        str(package.parent / "include"),
        str(tmp_path / "prefix"),
        "Install NEST",
    ):
        assert part in text


def test_headers_are_of_another_version(tmp_path: Path) -> None:
    include = tmp_path / "nest" / "include" / "nest"
    include.mkdir(parents=True)
    (include / "config.h").write_text('#define NEST_VERSION "3.9.0"\n')
    (include / "connector_base.h").write_text("")
    with pytest.raises(HostError, match=r"these are of NEST 3\.9\.0"):
        find_installation(stand_in(file=str(tmp_path / "nest" / "__init__.py")))


def test_a_session_says_so_at_the_first_use() -> None:
    """NEST's own models work on."""
    from nestml_jit.session import Session

    real = nest._session.nest
    session = Session(SimpleNamespace(**{**vars(stand_in("3.9.1")), "NESTErrors": real.NESTErrors}))
    assert session.ensure("iaf_psc_exp")
    with pytest.raises(HostError, match=r"3\.9\.1"):
        session.ensure(NEURON)
    assert not session.is_active
