"""The parts of a neuron's code that its templates place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nestml_jit.card import Column
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.calibrate import calibrate
from nestml_jit.codegen.cpp.expressions import Translator
from nestml_jit.codegen.cpp.functions import caller, function_definitions
from nestml_jit.codegen.cpp.history import HistoryWriter
from nestml_jit.codegen.cpp.loops import LoopWriter
from nestml_jit.codegen.cpp.neuron import NeuronUpdate
from nestml_jit.codegen.cpp.past import past_value
from nestml_jit.codegen.cpp.places import BLOCK, LAG, LANE, TILE, at_lane_of, from_slot, used_at
from nestml_jit.codegen.cpp.solver import SolverText
from nestml_jit.codegen.cpp.step_parts import Code, FusedStep, StepParts, Stepwise, TileColumn
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.plan.neuron import NeuronPlan
from nestml_jit.codegen.plan.past import steps_columns
from nestml_jit.codegen.plan.systems import largest_matrix
from nestml_jit.dsl.tree import Name


@dataclass(frozen=True)
class NeuronText:
    """The parts of a neuron's code.

    Attributes
    ----------
    name
        Name of the model.
    columns
        All columns of its blocks.
    calibrate
        Computes internals of the lanes of a tile.
    fused, stepwise
        The two ways of going through steps; if a neuron can be fused, it is.
    solvers, functions
        Systems of equations that are integrated numerically, and functions of the model.
    spiked
        Consequences of a spike besides being sent.
    push, recall
        Code that notes values for synapses at spikes, and code that computes the present values from them;
        empty if no synapse needs it.
    observables
        Returns an observable by its number; nothing if there are none.
    signals
        Number of variables that it keeps for synapses.
    is_coupled
        Whether it has gap junctions.
    uses
        Headers that the code needs.
    largest
        Rows of the largest matrix whose exponential is computed.
    """

    name: str
    columns: tuple[Column, ...]
    calibrate: Code
    fused: FusedStep | None
    stepwise: Stepwise
    solvers: tuple[SolverText, ...]
    functions: tuple[cpp.Function, ...]
    spiked: Code
    push: Code
    recall: Code
    observables: Code
    signals: int
    is_coupled: bool
    uses: frozenset[str]
    largest: int

    @property
    def pushes(self) -> bool:
        """Whether a neuron notes its spikes."""
        return bool(self.spiked)


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
        Writes the values that it notes for its synapses.
    pushes
        Whether it notes its spikes.
    """
    index = entries.index

    def column(name: str, is_read: bool) -> TileColumn:
        return TileColumn(name, index[name], storage(plan.types.get(name, "real")), is_read)

    update = NeuronUpdate(plan)
    calibrated, parameters = calibrate(plan, update.uses)
    read = [column(name, True).pointer("p") for name in parameters]
    computed = [column(item.name, False).pointer("i") for item in columns if item.mode == "internal"]
    loops = LoopWriter(update.run(), plan.types)
    used = [item.name for item in columns if item.name in loops.columns]
    step = StepParts(
        [column(name, name not in loops.stored) for name in used],
        tuple(plan.channel.values()),
        len(plan.signals),
    )
    largest = largest_matrix(plan.exact.groups)
    return NeuronText(
        name=plan.normal.name,
        columns=columns,
        calibrate=(*read, *computed, *_over_lanes(calibrated)),
        fused=None if loops.fused is None else step.fused(loops.fused, len(loops.stored)),
        stepwise=step.stepwise(loops),
        solvers=update.solvers.texts(),
        functions=function_definitions(plan.normal, plan.free, update.uses),
        spiked=(cpp.Evaluate(cpp.Call("note_spike", (BLOCK, TILE, LANE, LAG))),) if pushes else (),
        push=entries.push(),
        recall=entries.recall(),
        observables=_observables(plan, index, update.uses),
        signals=len(plan.signals),
        is_coupled=plan.gap_junctions is not None,
        uses=frozenset(update.uses | ({"exponential.h"} if largest else set())),
        largest=largest,
    )


def _over_lanes(body: Code) -> Code:
    """Return the loop over the lanes of a tile, if there is anything to do."""
    lanes = cpp.Variable("lanes")
    return (cpp.Lanes(body, cpp.Integer(0), lanes, is_vector=False),) if body else ()


_STEP = cpp.Variable("step")
_OBSERVED = used_at(_STEP)


def _observables(plan: NeuronPlan, index: Mapping[str, int], uses: set[str]) -> Code:
    """Return the statement that returns the observable with a number."""

    def resolve(node: Name) -> cpp.Expression:
        if node.name in plan.normal.delayed:
            steps = steps_columns(plan.normal)[list(plan.normal.delayed).index(node.name)]
            return past_value(
                plan.normal, node.name, cpp.minus(_STEP, cpp.Integer(1)), _in_tile(index[steps])
            )
        if node.name == "t":
            return cpp.Variable("t")
        return from_slot(_in_tile(index[node.name]), plan.types.get(node.name))

    show = Translator(resolve, call=caller(plan.free, _OBSERVED), uses=uses, place=_OBSERVED)
    observed = enumerate(plan.normal.observables.values())
    cases = [cpp.Case(cpp.Integer(number), (cpp.Return(show(item)),)) for number, item in observed]
    default = cpp.Case(None, (cpp.Return(cpp.Real(0)),))
    return (cpp.Switch(cpp.Variable("index"), (*cases, default)),) if cases else ()


def _in_tile(column: int) -> cpp.Expression:
    """Return the value of a column of the tile in lane `l`."""
    return at_lane_of(cpp.Element(cpp.path("tile", "column"), cpp.Integer(column)))
