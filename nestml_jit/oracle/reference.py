"""A whole neuron of a lowered model, step by step in plain Python: the oracle of the tests.

Each step (t, t + h] follows the order of NESTML on NEST: spikes are collected, `update` runs with
its integrations, then the `onReceive` handlers, convolutions take up the new spikes, and
`onCondition` blocks come last. Equations are integrated with many small steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from nestml_jit.dsl import tree as ast
from nestml_jit.oracle.arithmetic import Value
from nestml_jit.oracle.dynamics import PER_MS, Dynamics
from nestml_jit.oracle.values import time_of

_Handler = TypeVar("_Handler", ast.OnReceive, ast.OnCondition)


class ReferenceNeuron(Dynamics):
    """One neuron.

    Parameters
    ----------
    model
        A checked and lowered model.
    given
        Parameters and states that differ from the model's, in storage units.
    resolution
        The step h in ms.
    substeps
        Number of Runge-Kutta steps per step.
    seed
        Of the random numbers.
    """

    def __init__(
        self,
        model: ast.Model,
        given: Mapping[str, Value] | None = None,
        resolution: float = 0.1,
        substeps: int = 32,
        seed: int = 1,
    ) -> None:
        services = {"timestep": lambda call: self.h, "emit_spike": self._emit}
        super().__init__(model, given, resolution, substeps, seed, services)
        self.spikes: list[float] = []
        self._count = 0
        self._next_currents: dict[str, float] = {}

    def step(
        self,
        spikes: Mapping[str, float] | None = None,
        currents: Mapping[str, float] | None = None,
    ) -> int:
        """Advance by one step.

        Parameters
        ----------
        spikes
            Per spike port the sum of the weights that arrive at the end of the step; a port that is
            not named receives nothing. An element of a vector port is named `port[0]`.
        currents
            Per continuous port the value that arrives now; the model sees it from the next step on.

        Returns
        -------
        int
            Number of spikes that it emitted.
        """
        before = len(self.spikes)
        self._arrived = dict(spikes or {})
        for label in self._ports:
            self._ports[label] = self._next_currents.get(label, 0.0)
        for label, weight in self._arrived.items():
            self._set_port(label, weight * PER_MS)
        self._begin_step()
        self._seen = self.time
        self._count += 1
        self.time = time_of(self._count, self.h)
        self._interpreter.run(self.model.update or ())
        self._receive()
        for block in by_priority(self.model.on_condition):
            if self._interpreter.value(block.condition):
                self._interpreter.run(block.body)
        self._next_currents = dict(currents or {})
        return len(self.spikes) - before

    def _receive(self) -> None:
        arrived = {label.partition("[")[0] for label in self._arrived}
        for handler in by_priority(self.model.on_receive):
            if handler.port in arrived:
                self._interpreter.run(handler.body)
        self._advance_trains(self.h)
        self._seen = self.time
        for label, weight in self._arrived.items():
            if weight:
                self._take_up(label, weight, self.time)

    def _emit(self, call: ast.Call) -> None:
        self.spikes.append(self.time)


def by_priority(handlers: Sequence[_Handler]) -> list[_Handler]:
    """Return handlers by falling priority, those without one behind, in the order of the text."""
    return sorted(handlers, key=lambda item: (item.priority is None, -(item.priority or 0)))
