"""A plastic network for one or many processes; `docs/hpc.md` has the story around it.

    python network.py                                   # one process
    mpirun -n 4 python network.py --virtual 8           # four, with two threads each
    sbatch job.sh                                       # see there

The result depends on the number of virtual processes (processes times threads), but not on how they are
divided. Each process writes the spikes of its own neurons.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import nestml_jit as nest

DELAY = 1.5  # ms
WEIGHT = 30.0  # pA


def settings() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--neurons", type=int, default=4000)
    parser.add_argument("--inputs", type=int, default=100, help="of each neuron")
    parser.add_argument("--virtual", type=int, default=4, help="virtual processes")
    parser.add_argument("--duration", type=float, default=200.0, help="in ms")
    parser.add_argument("--output", type=Path, default=Path("spikes"), help="folder for spikes")
    return parser.parse_args()


def main() -> None:
    """Build and simulate the network, and write spikes."""
    options = settings()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(total_num_virtual_procs=options.virtual, rng_seed=1)

    neurons = nest.Create("iaf_psc_exp_neuron", options.neurons, params={"I_e": 420.0})
    neurons.V_m = nest.random.uniform(-70.0, -56.0)
    excitatory, inhibitory = neurons[: 4 * options.neurons // 5], neurons[4 * options.neurons // 5 :]
    rule = {"rule": "fixed_indegree", "indegree": 4 * options.inputs // 5}
    plastic = {"synapse_model": "stdp_synapse_nestml", "weight": WEIGHT, "delay": DELAY}
    nest.Connect(excitatory, neurons, rule, plastic)
    rule = {"rule": "fixed_indegree", "indegree": options.inputs // 5}
    nest.Connect(inhibitory, neurons, rule, {"weight": -6.0 * WEIGHT, "delay": DELAY})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)

    nest.Simulate(options.duration)

    options.output.mkdir(parents=True, exist_ok=True)
    events = recorder.events
    spikes = np.column_stack([events["times"], events["senders"]])
    np.savetxt(options.output / f"spikes-{nest.Rank()}.txt", spikes, fmt=("%.1f", "%d"))
    compiled = [stage for stage in nest.jit.report().stages if stage.name in ("host", "compile")]
    found = sum(stage.cached for stage in compiled)
    print(
        f"process {nest.Rank()} of {nest.NumProcesses()}: {len(spikes)} spikes, "
        f"{found} of {len(compiled)} libraries were there already"
    )


if __name__ == "__main__":
    main()
