"""Questions that the host libraries of all processes answer together.

Each process holds the neurons and the incoming connections of its own part of the network. What a
kernel is generated from must be true of the whole, or processes would generate different kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nestml_jit.host.library import Host
from nestml_jit.host.slots import is_same
from nestml_jit.mpi.agreement import Agreement

Answer = tuple[bool, float | None]
"""Whether all agree in a variable, and the value if there is one."""


def combine(answers: Iterable[Answer]) -> Answer:
    """Return the answer for all processes from those of each; a part without a value agrees with all."""
    answers = list(answers)
    values = [value for _uniform, value in answers if value is not None]
    if not all(uniform for uniform, _value in answers) or not all(
        is_same(value, values[0]) for value in values
    ):
        return False, None
    return True, next(iter(values), None)


class Everywhere:
    """The questions of `Host` that each process answers for its part, answered for the whole.

    Parameters
    ----------
    host
        This process's host library.
    agreement
        The processes. All of them must ask, in a section; with one process its host answers.
    """

    def __init__(self, host: Host, agreement: Agreement) -> None:
        self._host = host
        self._agreement = agreement

    def take_pairs(self) -> list[tuple[str, str]]:
        """Return the (neuron model, synapse model) pairs that were first connected since the last call."""
        found = self._agreement.gather("pairs", self._host.take_pairs())
        return sorted({pair for pairs in found for pair in pairs})

    def used_neurons(self) -> list[str]:
        """Return the names of neuron models of ours that have nodes anywhere, sorted."""
        found = self._agreement.gather("neuron models", self._host.used_neurons())
        return sorted({name for names in found for name in names})

    def has_gap_junctions(self, neuron: str) -> bool:
        """Return whether neurons of a model have gap junctions anywhere."""
        return any(self._agreement.gather(f"gap junctions of {neuron}", self._host.has_gap_junctions(neuron)))

    def neuron_value(self, neuron: str, variable: str) -> Answer:
        """Return whether all neurons of a model agree in a variable, and the value if there is one."""
        answer = self._host.neuron_value(neuron, variable)
        return combine(self._agreement.gather(f"{variable} of {neuron}", answer))

    def synapse_value(self, synapse: str, variable: str) -> Answer:
        """Return whether all connections of a model agree in a variable, and the value if there is one."""
        answer = self._host.synapse_value(synapse, variable)
        return combine(self._agreement.gather(f"{variable} of {synapse}", answer))

    def synapses_differ(self, synapse: str, variables: Sequence[str]) -> bool:
        """Return whether the connections of a model differ in any of these variables."""
        if self._agreement.is_alone:
            return any(not self._host.synapse_value(synapse, variable)[0] for variable in variables)
        own = [self._host.synapse_value(synapse, variable) for variable in variables]
        found = self._agreement.gather(f"what connections of {synapse} differ in", own)
        return any(not combine(answers)[0] for answers in zip(*found, strict=True))

    def vector_sizes(self, neuron: str) -> tuple[tuple[str, int], ...]:
        """Return the vectors of a neuron model whose size is a variable, with the largest size needed.

        All processes then have columns for that many elements.
        """
        own = self._host.vector_sizes(neuron)
        found = self._agreement.gather(f"sizes of vectors of {neuron}", own)
        largest = {name: max(dict(sizes)[name] for sizes in found) for name, _size in own}
        for name, size in own:
            if size < largest[name]:
                self._host.make_room(neuron, name, largest[name])
        return tuple(largest.items())
