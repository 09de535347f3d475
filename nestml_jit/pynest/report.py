"""What `nest.jit.report()` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nestml_jit.card import Solver
from nestml_jit.pipeline import Stage

if TYPE_CHECKING:
    from nestml_jit.pynest.view import Table


@dataclass(frozen=True, repr=False)
class Report:
    """A report of what was recorded, generated, compiled or found in the cache so far.

    Attributes
    ----------
    stages
        Every stage that ran: its name, what it worked on, seconds, and whether the result was in
        the cache.
    fusions
        For each neuron model with a kernel attached the synapse models that are fused with it.
    solvers
        For each of these neuron models which solver integrates which variable, and why.
    kernels
        For each of these neuron models the cache folder with the kernel's source and library.
    """

    stages: tuple[Stage, ...]
    fusions: Mapping[str, tuple[str, ...]]
    solvers: Mapping[str, tuple[Solver, ...]]
    kernels: Mapping[str, Path]

    def __str__(self) -> str:
        lines = ["stage        seconds  from cache  subject"]
        for stage in self.stages:
            cached = "yes" if stage.cached else "no"
            lines.append(f"{stage.name:<12} {stage.seconds:7.3f}  {cached:<10}  {stage.subject}")
        for neuron, synapses in self.fusions.items():
            lines.append(f"fused: {neuron} with {', '.join(synapses) or 'no synapse model'}")
            lines += [
                f"  {solver.variable}: {solver.method} ({solver.reason})" for solver in self.solvers[neuron]
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _tables(self) -> list[Table]:
        from nestml_jit.pynest.view import Table

        stages = [
            [item.name, item.subject, f"{item.seconds:.3f}", "yes" if item.cached else "no"]
            for item in self.stages
        ]
        fused = [[neuron, ", ".join(synapses)] for neuron, synapses in self.fusions.items()]
        solvers = [
            [neuron, solver.variable, solver.method, solver.reason]
            for neuron, some in self.solvers.items()
            for solver in some
        ]
        return [
            Table("kernels", fused, ["neuron", "with synapses"]),
            Table("solvers", solvers, ["neuron", "variable", "method", "reason"]),
            Table("stages", stages, ["stage", "subject", "seconds", "from the cache"]),
        ]

    @property
    def _summary(self) -> str:
        seconds = sum(stage.seconds for stage in self.stages)
        found = sum(stage.cached for stage in self.stages)
        return f"{len(self.stages)} stages in {seconds:.2f} s, {found} of them found in the cache"

    def _repr_html_(self) -> str:
        from nestml_jit.pynest.view import as_html

        return as_html("nest.jit", self._summary, self._tables(), is_open=True)

    def __rich__(self) -> Any:
        from nestml_jit.pynest.view import as_rich

        return as_rich("nest.jit", self._summary, self._tables())
