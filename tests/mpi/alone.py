"""A mistake in the script that only one process comes to, while the other one waits for it."""

from __future__ import annotations

import nestml_jit as nest

nest.verbosity = nest.VerbosityLevel.ERROR
nest.total_num_virtual_procs = 2
nest.Create("iaf_psc_exp_neuron", 4)
if nest.Rank() == 1:
    raise ZeroDivisionError("only here")
nest.Simulate(10.0)
