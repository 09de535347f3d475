"""The kernel of docs/abi.md as its text stands there: compiled, attached, compared with the closed form."""

from __future__ import annotations

import ctypes
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nestml_jit.cache.compiler import KERNEL_FLAGS, find_compiler
from nestml_jit.cache.memo import Memo
from nestml_jit.host.binding_record import STRUCTURES
from nestml_jit.host.recipe import ABI_HEADER, SOURCE
from tests.numerics.network import nest

BINDING_HEADER = SOURCE.parent / "api" / "binding_record.h"
PAGE = Path(__file__).parents[2] / "docs" / "abi.md"
H, TAU, THETA = 0.1, 10.0, 15.0

NETWORK = """
import json, sys
import nest

nest.verbosity = nest.VerbosityLevel.ERROR
nest.set(resolution=0.1, local_num_threads=int(sys.argv[1]))
host = load_host(nest, lambda kind, text: sys.exit(f"{kind}: {text}"))
neurons = create(nest, host, 100)
neurons.I = [0.01 * lane for lane in range(99)] + [3.0]
recorder = nest.Create("spike_recorder")
nest.Connect(neurons, recorder)
meter = nest.Create("multimeter", params={"record_from": ["V"], "interval": 0.1})
nest.Connect(meter, neurons[0])
generator = nest.Create("spike_generator", params={"spike_times": [1.0]})
nest.Connect(generator, neurons[0], syn_spec={"weight": 4.0, "delay": 1.0})
simulate(nest, host, KERNEL, 30.0)
simulate(nest, host, KERNEL, 20.0)
print(json.dumps({
    "V": neurons.V,
    "senders": recorder.events["senders"].tolist(),
    "times": recorder.events["times"].tolist(),
    "trajectory": meter.events["V"].tolist(),
}))
"""


@functools.cache
def page(language: str) -> str:
    """Return the page's only block of a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    return found


def run(kernel: str, threads: int = 1) -> subprocess.CompletedProcess[str]:
    """Run the network in a process of its own, where no session looks for a NESTML model of that name."""
    script = f"{page('python')}\nKERNEL = {kernel!r}\n{NETWORK}"
    environ = {**os.environ, "PYNEST_QUIET": "1", "PYTHONPATH": str(PAGE.parents[1])}
    command = [sys.executable, "-c", script, str(threads)]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=environ, text=True, check=False
    )


@functools.cache
def network(threads: int) -> dict[str, Any]:
    done = run(page("cpp"), threads)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("threads", [1, 2])
def test_it_spikes_when_the_closed_form_does(threads: int) -> None:
    """V = tau I (1 - exp(-t / tau)) from 0 on, and from each spike on again."""
    found = network(threads)
    for lane, drive in enumerate([0.01 * lane for lane in range(99)] + [3.0]):
        times = [
            time for sender, time in zip(found["senders"], found["times"], strict=True) if sender == lane + 1
        ]
        if TAU * drive * -np.expm1(-50.0 / TAU) < THETA:
            assert times == []
            continue
        steps = int(np.ceil(-TAU * np.log1p(-THETA / (TAU * drive)) / H))
        expected = np.arange(1, int(50.0 / H) // steps + 1) * steps * H
        np.testing.assert_allclose(times, expected)
    assert found["times"]  # the last one does


@pytest.mark.parametrize("threads", [1, 2])
def test_it_integrates_as_the_closed_form_does(threads: int) -> None:
    drive = np.arange(1, 99) * 0.01
    expected = TAU * drive * -np.expm1(-50.0 / TAU)
    np.testing.assert_allclose(network(threads)["V"][1:99], expected, rtol=1e-12)


def test_a_spike_arrives_after_its_delay_and_decays() -> None:
    """The weight 4 arrives at 2 ms; a meter shows each step but those of the last slice, of 1 ms."""
    found = network(1)["trajectory"]
    t = np.arange(1, 491) * H
    expected = np.where(t > 2.0 - H / 2, 4.0 * np.exp(-(t - 2.0) / TAU), 0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_another_version_of_the_abi_is_refused() -> None:
    text = page("cpp").replace("= NJ_ABI_VERSION", "= NJ_ABI_VERSION + 1")
    assert text != page("cpp")
    done = run(text)
    assert "KernelException: A kernel does not fit this host." in done.stderr


def test_it_has_no_warnings_and_a_page_of_text(tmp_path: Path) -> None:
    source = tmp_path / "kernel.cpp"
    source.write_text(page("cpp"))
    flags = [*KERNEL_FLAGS, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{ABI_HEADER.parent}"]
    subprocess.run([*find_compiler(Memo()).command, *flags, str(source)], check=True)
    assert len(page("cpp").splitlines()) <= 80


def layout(structure: type[ctypes.Structure]) -> list[str]:
    """Return what ctypes makes of a structure, in the host's words."""
    fields = [getattr(structure, name) for name, *_type in structure._fields_]
    named = zip(structure._fields_, fields, strict=True)
    lines = [f"{structure.__name__}.{name} {field.offset} {field.size}" for (name, *_), field in named]
    return [f"{structure.__name__} {ctypes.sizeof(structure)}", *lines]


def test_a_binding_is_the_same_record_on_both_sides() -> None:
    expected = [line for structure in STRUCTURES for line in layout(structure)]
    assert nest._session.host.binding_layout().splitlines() == expected


def test_all_fields_of_the_record_are_told() -> None:
    """The host lists the fields of binding_record.h by hand, so their number is counted in the header."""
    text = re.sub(r"/\*.*?\*/", "", BINDING_HEADER.read_text(encoding="utf-8"), flags=re.S)
    bodies = re.findall(r"typedef struct (\w+)\s*\{(.*?)\}", text, re.S)
    found = {name: re.findall(r"(\w+);", body) for name, body in bodies}
    assert found == {item.__name__: [name for name, *_type in item._fields_] for item in STRUCTURES}
