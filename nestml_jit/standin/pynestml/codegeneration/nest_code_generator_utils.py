"""Generation of a neuron model and a synapse model, from texts or files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nestml_jit.standin.single import generate_code_for


class NESTCodeGeneratorUtils:
    """A class with one function, as NESTML has it."""

    @classmethod
    def generate_code_for(
        cls,
        nestml_neuron_model: str,
        nestml_synapse_model: str | None = None,
        module_name: str | None = None,
        target_path: str = "target",
        post_ports: Sequence[Any] | None = None,
        mod_ports: Sequence[str] | None = None,
        codegen_opts: Mapping[str, Any] | None = None,
        logging_level: str = "WARNING",
    ) -> tuple[str, ...]:
        """Record a neuron model, or a pair of models, as a module.

        Parameters
        ----------
        nestml_neuron_model, nestml_synapse_model
            NESTML, or names of files.
        module_name
            The name for `nest.Install`; a new one by default.
        target_path
            Of no use here: nothing is written.
        post_ports, mod_ports
            The synapse's ports for postsynaptic spikes, or pairs of a port and the variable of the neuron
            that it reads, and for modulatory spikes.
        codegen_opts
            NESTML's options for NEST.
        logging_level
            "NO" to be told nothing of models with errors.

        Returns
        -------
        tuple of str
            The names of the module, the neuron model and, if there is one, the synapse model.
        """
        return generate_code_for(
            nestml_neuron_model,
            nestml_synapse_model,
            module_name,
            {"post_ports": post_ports, "vt_ports": mod_ports},
            codegen_opts or {},
            logging_level,
        )
