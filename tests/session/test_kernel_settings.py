"""Kernel settings that are set once more, or changed, at any stage of a script: as with NEST's own models.

NEST takes a setting that it has already at stages at which it refuses every other value. What it refuses
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.numerics.network import generators, nest, parrots, reset, trains
from tests.session.sides import OURS, Names, assert_same, raised, rows

ATTRIBUTES = {
    "resolution": 0.2,
    "local_num_threads": 3,
    "total_num_virtual_procs": 3,
    "rng_seed": 99,
    "rng_type": "Philox_64",
    "print_time": False,
    "use_wfr": False,
    "wfr_tol": 1e-3,
    "wfr_comm_interval": 2.0,
    "wfr_max_iterations": 7,
    "wfr_interpolation_order": 1,
    "max_num_syn_models": 500,
    "overwrite_files": True,
    "adaptive_target_buffers": False,
    "spike_buffer_grow_extra": 0.1,
    "update_time_limit": 1e6,
    "structural_plasticity_update_interval": 500.0,
    "dict_miss_is_error": True,
    "eprop_update_interval": 500.0,
    "tics_per_ms": 2000.0,
    "biological_time": 0.0,
    "nonsense": 1,
}
"""Attributes, and another value of each."""

STAGES = ("nothing", "models", "Create", "Connect", "Simulate", "Connect again", "Prepare", "Run", "Cleanup")


class Script:
    """The stages of a script, on either side."""

    def __init__(self, names: Names, at_stage: Callable[[str], None]) -> None:
        self.names = names
        nest.set(min_delay=1.0, max_delay=3.0) if names.get("delays") else None
        at_stage("nothing")
        nest.GetDefaults(names["neuron"])
        nest.GetDefaults(names["plastic"])
        at_stage("models")
        self.pre = parrots(trains(3, 80.0, 100.0))
        self.post = nest.Create(names["neuron"], 4)
        nest.Connect(generators(trains(4, 60.0, 100.0, seed=4)), self.post, "one_to_one", {"weight": 4000.0})
        at_stage("Create")
        self.connect(1.5)
        at_stage("Connect")
        nest.Simulate(20.0)
        at_stage("Simulate")
        self.connect(1.5)
        at_stage("Connect again")
        nest.Prepare()
        at_stage("Prepare")
        nest.Run(20.0)
        at_stage("Run")
        nest.Run(20.0)
        nest.Cleanup()
        at_stage("Cleanup")
        nest.Simulate(20.0)

    def connect(self, delay: float) -> None:
        spec = {"synapse_model": self.names["plastic"], "weight": 45.0, "delay": delay}
        nest.Connect(self.pre, self.post, syn_spec=spec)

    def result(self) -> Any:
        found = [[round(value, 9) for value in row] for row in rows(nest.GetConnections(self.pre, self.post))]
        return found, np.round(self.post.V_m, 9).tolist()


def ways_to_set(name: str, value: Any) -> list[Callable[[], None]]:
    return [
        lambda: setattr(nest, name, value),
        lambda: nest.set(**{name: value}),
        lambda: nest.SetKernelStatus({name: value}),
    ]


@pytest.mark.parametrize("threads", [1, 2])
def test_settings_may_be_what_they_are_at_any_stage(threads: int) -> None:
    def script(names: Names) -> Any:
        found: list[Any] = []

        def set_all_again(stage: str) -> None:
            for name in ATTRIBUTES:
                value = nest.GetKernelStatus().get(name)
                found.append((stage, name, raised(*ways_to_set(name, value))))

        made = Script(names, set_all_again)
        assert len(found) == len(STAGES) * len(ATTRIBUTES)
        return found, made.result()

    assert_same(script, threads)


@pytest.mark.parametrize("stage", STAGES)
def test_changed_settings_have_the_same_effect(stage: str) -> None:
    def script(names: Names) -> Any:
        found: list[Any] = []

        def change(now: str) -> None:
            if now != stage:
                return
            for name, value in ATTRIBUTES.items():
                found.append((name, raised(*ways_to_set(name, value)[:2])))
            # A part of what is asked for happens, or nothing: as in NEST.
            found.append(raised(lambda: nest.set(local_num_threads=2, rng_type="nonsense")))
            found.append(nest.local_num_threads)

        made = Script(names, change)
        assert found
        return found, made.result()

    assert_same(script)


def test_models_are_there_after_the_number_of_threads_was_changed_in_vain() -> None:
    reset()
    neurons = nest.Create("iaf_psc_exp_neuron", 2)
    nest.CopyModel("stdp_synapse_nestml", "copied", {"w": 2.0})
    nest.Connect(neurons, neurons, syn_spec="copied")
    with pytest.raises(nest.NESTErrors.KernelException):
        nest.local_num_threads = 2
    nest.total_num_virtual_procs = 1
    nest.Simulate(5.0)
    nest.local_num_threads = 1
    nest.Connect(neurons, neurons, syn_spec="copied")
    nest.Simulate(5.0)
    assert len(nest.GetConnections(synapse_model="copied")) == 8


def created_late(count: int, before: int, prepared: bool) -> Any:
    """Create neurons in a simulation that is prepared, or after it."""
    old = nest.Create(OURS["neuron"], before, params={"I_e": 800.0}) if before else None
    if old:
        nest.Connect(old, old, syn_spec={"synapse_model": OURS["plastic"], "weight": 20.0})
    nest.Prepare()
    nest.Run(30.0)
    created = nest.Create(OURS["neuron"], count, params={"I_e": 500.0, "V_m": -60.0}) if prepared else None
    nest.Run(30.0)
    nest.Cleanup()
    new = created or nest.Create(OURS["neuron"], count, params={"I_e": 500.0, "V_m": -60.0})
    shown = [new.get(["V_m", "I_e", "refr_t"])]
    nest.Simulate(5.0)
    shown.append(new.get(["V_m", "I_e", "refr_t"]))
    assert np.all(np.asarray(shown[1]["V_m"]) > -58.0)
    return (shown, old.get(), rows(nest.GetConnections(old, old))) if old else shown


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("count", "before"), [(3, 0), (3, 2), (2, 63), (70, 10)])
def test_neurons_created_in_a_prepared_simulation_wait(count: int, before: int, threads: int) -> None:
    # NEST leaves nodes alone until it prepares the next simulation; its own models are not fit for that.
    found = []
    for prepared in (True, False):
        reset(threads=threads)
        found.append(created_late(count, before, prepared))
    assert found[0] == found[1]


def test_frozen_neurons_have_no_spikes_that_synapses_see() -> None:
    def script(names: Names) -> Any:
        post = nest.Create(names["neuron"], 2, params={"I_e": 900.0})
        pre = parrots(trains(2, 80.0, 150.0))
        nest.Connect(pre, post, syn_spec={"synapse_model": names["plastic"], "weight": 20.0})
        nest.Simulate(40.0)
        post[0].set(frozen=True, V_m=-55.1)  # it would spike in every slice
        nest.Simulate(40.0)
        post[0].frozen = False
        nest.Simulate(40.0)
        return rows(nest.GetConnections(pre, post)), np.round(post.V_m, 9).tolist()

    assert_same(script)
