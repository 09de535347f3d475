"""The parts of a neuron's code that its templates place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.card import Column
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.calibrate import calibrate
from nestml_jit.codegen.cpp.expressions import Translator
from nestml_jit.codegen.cpp.functions import caller, function_definitions
from nestml_jit.codegen.cpp.history import HistoryWriter
from nestml_jit.codegen.cpp.loops import PART, FusedLoop, LoopWriter, side_by_side
from nestml_jit.codegen.cpp.neuron import NeuronUpdate
from nestml_jit.codegen.cpp.past import past_value
from nestml_jit.codegen.cpp.places import at_lane_of, used_at
from nestml_jit.codegen.cpp.solver import SolverText
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.plan.neuron import NeuronPlan
from nestml_jit.codegen.plan.past import steps_columns
from nestml_jit.codegen.plan.systems import largest_matrix
from nestml_jit.dsl.tree import Name
from nestml_jit.solvers import Method


@dataclass(frozen=True)
class ColumnText:
    """A column as the template declares it."""

    name: str
    index: int
    read: bool
    prefix: str = "c"
    type: str = "double"

    @property
    def declaration(self) -> str:
        """C++ text of the type of a pointer to the values."""
        return f"const {self.type}*" if self.read else f"{self.type}*"

    @property
    def place(self) -> str:
        """C++ text of the pointer in a tile."""
        text = f"tile->column[{self.index}]"
        return text if self.type == "double" else f"reinterpret_cast<{self.type}*>({text})"


@dataclass(frozen=True)
class NeuronText:
    """Strings for the neuron's template."""

    name: str
    columns: tuple[Column, ...]
    calibrated: tuple[ColumnText, ...]
    calibrate: tuple[cpp.Statement, ...]
    updated: tuple[ColumnText, ...]
    arrays: tuple[cpp.Declare, ...]
    tables: tuple[cpp.Declare, ...]
    channels: tuple[int, ...]
    loops: tuple[cpp.Statement, ...]
    fused: FusedLoop | None
    group: int
    part: int
    parts: tuple[int, ...]
    method: Method
    solvers: tuple[SolverText, ...]
    functions: tuple[cpp.Function, ...]
    pushes: bool
    push: tuple[cpp.Statement, ...]
    recall: tuple[cpp.Statement, ...]
    observables: tuple[cpp.Statement, ...]
    signals: tuple[str, ...]
    is_coupled: bool
    uses: frozenset[str]
    largest: int


def neuron_text(
    plan: NeuronPlan,
    columns: tuple[Column, ...],
    entries: HistoryWriter,
    pushes: bool,
) -> NeuronText:
    """Return the parts of a neuron's code.

    Parameters
    ----------
    columns
        All columns of its blocks.
    entries
        Writes what it notes for its synapses.
    pushes
        Whether it notes its spikes.
    """
    index = entries.index

    def column(name: str, read: bool, prefix: str = "c") -> ColumnText:
        return ColumnText(identifier(name), index[name], read, prefix, storage(plan.types.get(name, "real")))

    update = NeuronUpdate(plan)
    statements, parameters = calibrate(plan, update.uses)
    internals = [column.name for column in columns if column.mode == "internal"]
    loops = LoopWriter(update.run(), plan.types)
    group = side_by_side(len(loops.stored))
    functions = function_definitions(plan.normal, plan.free, update.uses)
    solvers = update.solvers.texts()
    observables = tuple(_observables(plan, index, update.uses))
    largest = largest_matrix(plan.exact.groups)
    return NeuronText(
        name=plan.normal.name,
        columns=columns,
        calibrated=tuple(column(n, True, "p") for n in parameters)
        + tuple(column(n, False, "i") for n in internals),
        calibrate=statements,
        updated=tuple(
            column(item.name, item.name not in loops.stored) for item in columns if item.name in loops.columns
        ),
        arrays=tuple(dataclasses.replace(array, alignment=64) for array in loops.arrays),
        tables=loops.tables,
        channels=tuple(plan.channel.values()),
        loops=loops.loops,
        fused=loops.fused,
        group=group,
        part=PART,
        parts=tuple(range(0, group, PART)),
        method=plan.method,
        solvers=solvers,
        functions=functions,
        pushes=pushes,
        push=entries.push(),
        recall=entries.recall(),
        observables=observables,
        signals=plan.signals,
        is_coupled=plan.gap_junctions is not None,
        uses=frozenset(update.uses | ({"exponential.h"} if largest else set())),
        largest=largest,
    )


_STEP = cpp.Variable("step")
_OBSERVED = used_at(_STEP)


def _observables(plan: NeuronPlan, index: Mapping[str, int], uses: set[str]) -> list[cpp.Statement]:
    """Return for each observable the statement that returns it."""

    def resolve(node: Name) -> cpp.Expression:
        if node.name in plan.normal.delayed:
            steps = steps_columns(plan.normal)[list(plan.normal.delayed).index(node.name)]
            return past_value(
                plan.normal, node.name, cpp.minus(_STEP, cpp.Integer(1)), _in_tile(index[steps])
            )
        if node.name == "t":
            return cpp.Variable("t")
        value = _in_tile(index[node.name])
        return cpp.Call("nj_bits", (value,)) if plan.types.get(node.name) == "integer" else value

    show = Translator(resolve, call=caller(plan.free, _OBSERVED), uses=uses, place=_OBSERVED)
    return [cpp.Return(show(expression)) for expression in plan.normal.observables.values()]


def _in_tile(column: int) -> cpp.Expression:
    """Return the value of a column of the tile in lane `l`."""
    return at_lane_of(cpp.Element(cpp.path("tile", "column"), cpp.Integer(column)))
