"""The plan of a neuron: its equations, propagators and solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.card import GapJunctions
from nestml_jit.codegen.model.equations import TOLERANCES, Equations, equations
from nestml_jit.codegen.model.functions import free_names
from nestml_jit.codegen.model.gap_junctions import PER_STEP, coupled, gap_junctions
from nestml_jit.codegen.model.names import kernel_of
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.problem import EQUATIONS, UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.set_convolutions import following
from nestml_jit.codegen.plan.past import steps_columns
from nestml_jit.codegen.plan.ports import arrived, channels, count, counted_ports
from nestml_jit.codegen.plan.stiffness import chosen
from nestml_jit.codegen.plan.systems import Propagation, propagation
from nestml_jit.solvers import AUTO, DEFAULT, METHODS, Method


@dataclass(frozen=True)
class NeuronPlan:
    """The decisions about a neuron, taken before any C++ is written."""

    normal: Normal
    equations: Equations
    exact: Propagation
    channel: Mapping[str, int]
    counted: tuple[str, ...]
    types: Mapping[str, str]
    free: Mapping[str, tuple[str, ...]]
    method: Method
    why: str
    signals: tuple[str, ...]
    gap_junctions: GapJunctions | None = None

    @property
    def internals(self) -> tuple[str, ...]:
        """Names of the internal columns that only the kernel computes."""
        return (*self.exact.internals, *steps_columns(self.normal))


def plan_neuron(
    normal: Normal, solver: str = "auto", signals: tuple[str, ...] = (), is_coupled: bool = False
) -> NeuronPlan:
    """Analyse the equations of a neuron and lay out its propagators.

    Parameters
    ----------
    signals
        Variables that synapses read.
    is_coupled
        Whether there are gap junctions between such neurons.

    Raises
    ------
    CannotGenerate
        If a part of the model has no code yet.
    """
    junctions = gap_junctions(normal) if is_coupled else None
    if junctions is not None:
        normal = coupled(normal, junctions)
    found = equations(normal)
    exact = propagation(found.system.linear)
    _check_kernels(normal, exact)
    solver, why = chosen(solver, normal, found)
    types = _types(normal, exact)
    return NeuronPlan(
        normal=normal,
        equations=found,
        exact=exact,
        channel=channels(normal),
        counted=counted_ports(normal),
        types=types,
        free=free_names(normal.functions),
        method=method_named(solver),
        why=why,
        signals=signals,
        gap_junctions=junctions,
    )


def _check_kernels(normal: Normal, exact: Propagation) -> None:
    """Refuse kernels that depend on changing values: a convolution is a sum over past spikes."""
    for made in normal.convolutions:
        for name, value in made.odes.items():
            if name not in exact.rows:
                problem = f"the kernel {kernel_of(made.name)} depends on more than time and parameters"
                hint = "write it as a state with an equation, to which onReceive adds"
                raise CannotGenerate(EQUATIONS, problem, value, hint)


def _types(normal: Normal, exact: Propagation) -> dict[str, str]:
    types: dict[str, str] = {
        symbol.name: symbol.type for symbol in normal.symbols.values() if symbol.kind != "spike"
    }
    types.update(dict.fromkeys(PER_STEP, "real"))
    types.update(
        dict.fromkeys((*exact.internals, *steps_columns(normal), *normal.delayed, *TOLERANCES), "real")
    )
    for port in normal.ports.values():
        if port.signal == "spike":
            types.update({arrived(port.name): "real", count(port.name): "real"})
    for made in normal.convolutions:
        types.update({following(name): "real" for name in made.odes})
    return types


def method_named(name: str) -> Method:
    """Return a method; "auto" stands for the default one.

    Raises
    ------
    CannotGenerate
        If there is none of that name.
    """
    chosen = DEFAULT if name in (AUTO, "") else name
    if chosen not in METHODS:
        raise CannotGenerate(
            UNSUPPORTED, f"there is no solver {name}", hint=f"use one of {', '.join(sorted(METHODS))}"
        )
    return METHODS[chosen]
