"""The part of a kernel that updates the neurons of a tile.

A step is a sequence of loops over lanes. Statements that only compute are one loop that the
compiler turns into vector code. Statements with effects (a spike) run afterwards for the few lanes where
their condition holds. The order of events is NESTML's: inputs, convolutions, `update`, handlers,
conditions, currents for the next step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from nestml_jit.codegen.cpp import branches
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import chained, value_of
from nestml_jit.codegen.cpp.functions import caller
from nestml_jit.codegen.cpp.gap_junctions import look_up_current
from nestml_jit.codegen.cpp.headers import VectorFunctions
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings, Updates
from nestml_jit.codegen.cpp.messages import message
from nestml_jit.codegen.cpp.past import look_up_delayed
from nestml_jit.codegen.cpp.places import (
    BLOCK,
    IS_NEURON,
    LAG,
    LANE,
    LANE_OF_BLOCK,
    ORIGIN,
    TILE,
    at_lane,
    failure,
    used_at,
)
from nestml_jit.codegen.cpp.propagators import advanced
from nestml_jit.codegen.cpp.solver import Solvers
from nestml_jit.codegen.model.effects import ignores_zero, is_light, read
from nestml_jit.codegen.model.equations import needed
from nestml_jit.codegen.model.lookups import LEVELS, plain
from nestml_jit.codegen.model.names import base_of, shown, vector_of
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.priorities import by_priority
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.rebuild import rebuild
from nestml_jit.codegen.model.set_convolutions import following
from nestml_jit.codegen.model.signals import readable
from nestml_jit.codegen.model.symbolic import calls, fold, names, number, substitute, total
from nestml_jit.codegen.plan.neuron import NeuronPlan
from nestml_jit.codegen.plan.numeric import NumericSystems
from nestml_jit.codegen.plan.ports import arrived, count
from nestml_jit.dsl.tree import (
    Binary,
    Branch,
    Call,
    Expression,
    If,
    Literal,
    Name,
    Node,
    OnCondition,
    OnReceive,
    Statement,
)
from nestml_jit.functions import RANDOM

N = TypeVar("N", bound=Node)

PER_MS = Literal(0.001)
_HERE = used_at(cpp.plus(ORIGIN, LAG, cpp.Integer(1)))


def taken(channel: int) -> cpp.Expression:
    """Return the input of a channel in the step, which is taken out of the ring."""
    return cpp.Call("nj_take", (cpp.plus(cpp.Variable(f"r_{channel}"), LANE),), ("inactive",))


def _next_values(plan: NeuronPlan) -> dict[str, cpp.Expression]:
    """Return the values of convolutions at the end of the step."""
    names = (following(name) for made in plan.normal.convolutions for name in made.odes)
    return {name: value_of(name) for name in names}


# --- update --------------------------------------------------------------------------------------


class NeuronUpdate:
    """Builds the loops of one step."""

    def __init__(self, plan: NeuronPlan) -> None:
        self.plan = plan
        self.normal = plan.normal
        self.uses: set[str] = {"integer.h"} if "integer" in plan.types.values() else set()
        functions = chained(VectorFunctions(self.uses), caller(plan.free))
        here = chained(VectorFunctions(self.uses), caller(plan.free, _HERE))
        followed = plan.gap_junctions.potential if plan.gap_junctions else ""
        systems = NumericSystems(plan.equations, plan.types, plan.free, plan.method)
        self.solvers = Solvers(systems, plan.types, functions, self.uses, followed)
        around = Surroundings(
            types=plan.types,
            fixed={"t": cpp.Variable("t"), **_next_values(plan)},
            integrate=self._integrate,
            effect=self._effect,
            source=self.normal.name,
            solve=self._solve,
            call=chained(self._random, here),
            vectors=self.normal.vectors,
            texts=BLOCK,
            uses=self.uses,
            lengths=self.normal.lengths,
            place=_HERE,
        )
        self.body = Body(around, branchless=True)

    def run(self) -> Body:
        """Return the loops of a step."""
        look_up_delayed(self.normal, self.body)
        if self.plan.gap_junctions is not None:
            self.uses.add("gap_junctions.h")
            look_up_current(self.plan.gap_junctions, self.body)
        self._pop_inputs()
        self._propagate_convolutions()
        branches.run(self._with_ports(self.normal.update), self.body)
        for handler in by_priority(self.normal.on_receive):
            self._receive(handler)
        self._feed_convolutions()
        late = self._conditions_read_inputs()
        if not late:
            self._read_currents()
        for condition in by_priority(self.normal.on_condition):
            self._condition(condition)
        if late:
            self._read_currents()
        self._write_signals()
        return self.body

    # --- phases ---------------------------------------------------------------------------------

    def _pop_inputs(self) -> None:
        for port in self.normal.ports.values():
            if port.signal == "spike":
                self._pop(arrived(port.name), self.plan.channel[port.name])
        for name in self.plan.counted:
            self._pop(count(name), self.plan.channel[count(name)])

    def _pop(self, name: str, channel: int) -> None:
        self.body.define(name, taken(channel))

    def _propagate_convolutions(self) -> None:
        for made in self.normal.convolutions:
            for name in made.odes:
                self.body.define(following(name), self._advanced(name))

    def _advanced(self, name: str) -> cpp.Expression:
        return advanced(self.plan.exact.rows[name], self.body.value, self.body.show)

    def _feed_convolutions(self) -> None:
        for made in self.normal.convolutions:
            for name in made.odes:
                self.body.start("vector")
                value = self.body.value(following(name))
                if number(made.initial[name]) != 0:
                    weight = Binary("*", made.initial[name], Name(arrived(made.port.name)))
                    value = cpp.added(value, self.body.show(fold(weight)))
                self.body.set(name, value)

    def _with_ports(self, statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(port_values(item, self.normal) for item in statements)

    def _receive(self, handler: OnReceive) -> None:
        members = [name for name in self.plan.channel if vector_of(name) == handler.port]
        if not members:
            raise CannotGenerate(UNSUPPORTED, f"there is no port {handler.port}", handler)
        if ignores_zero(handler, self.normal.ports):
            branches.run(self._with_ports(handler.body), self.body)
        else:
            events = total(Name(count(name)) for name in members)
            self._where(Binary(">", events, Literal(0)), handler)

    def _condition(self, handler: OnCondition) -> None:
        self._where(port_values(handler.condition, self.normal), handler)

    def _where(self, condition: Expression, handler: OnReceive | OnCondition) -> None:
        """Run a handler in the lanes where a condition holds."""
        if branches.needs_control((condition,)):
            branch = Branch(condition, self._with_ports(handler.body), span=handler.span)
            branches.run((If((branch,), span=handler.span),), self.body)
            return
        self.body.start("vector")
        self.body.comment(handler)
        holds = self.body.show(condition)
        statements = self._with_ports(handler.body)
        if branches.needs_control(handler.body) and not is_light(handler.body, self.body.type_of):
            self.body.start("rare", self.body.raise_flag(holds))
            self.body.statements(statements)
        else:
            self.body.statements(statements, self.body.declare("bool", "m", holds))

    def _conditions_read_inputs(self) -> bool:
        inputs = {symbol.name for symbol in self.normal.of_kind("input")}
        return any(
            inputs & (names(handler.condition) | read(handler.body)) for handler in self.normal.on_condition
        )

    def _read_currents(self) -> None:
        for port in self.normal.ports.values():
            if port.signal == "continuous":
                self.body.start("vector")
                self.body.set(port.name, taken(self.plan.channel[port.name]))

    def _write_signals(self) -> None:
        """Keep the values at the end of the step that synapses read."""
        known = readable(self.normal)
        for index, name in enumerate(self.plan.signals):
            self.body.start("scalar" if branches.needs_control((known[name],)) else "vector")
            value = self.body.show(port_values(known[name], self.normal))
            self.body.add(cpp.Assign(at_lane(f"g_{index}"), value))

    # --- calls ----------------------------------------------------------------------------------

    def _integrate(self, call: Call, body: Body) -> Updates:
        convolved = {name for made in self.normal.convolutions for name in made.odes}
        chosen = {base_of(item.name) for item in call.arguments if isinstance(item, Name)}
        wanted = [name for name in self.plan.equations.sides if name not in convolved]
        if chosen:
            wanted = [name for name in wanted if base_of(name) in chosen]
        exact = {name: self._advanced(name) for name in wanted if name in self.plan.exact.rows}
        numeric = tuple(name for name in wanted if name not in exact)
        jumps = {name: self._jump(name) for name in wanted if self.plan.equations.impulses.get(name)}
        if not self._jumps_read_equations():
            for name in [name for name in jumps if name in exact]:
                exact[name] = cpp.added(exact[name], body.show(jumps.pop(name)))
        along = needed(numeric, self.plan.equations.sides, {*exact, *convolved})
        return Updates(exact, numeric, along, jumps)

    def _jump(self, name: str) -> Expression:
        """Return the increment of a variable by the spikes of the step, after convolutions have advanced."""
        passed = {old: Name(following(old)) for made in self.normal.convolutions for old in made.odes}
        found = self.plan.equations.impulses[name]
        return total(
            fold(Binary("*", substitute(factor, passed), Name(arrived(port)))) for port, factor in found
        )

    def _jumps_read_equations(self) -> bool:
        """Return whether an increment by a spike reads a variable that is integrated or convolved."""
        factors = [factor for found in self.plan.equations.impulses.values() for _, factor in found]
        called = {plain(name) for factor in factors for name in calls(factor)} & set(self.plan.free)
        reading = {name for factor in factors for name in names(factor)}
        reading |= {name for function in called for name in self.plan.free[function]}
        return bool(reading & set(self.plan.equations.sides))

    def _solve(self, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        self.solvers.write(updates, mask, body)
        if body.segment.flag and body.branchless:
            body.start("vector")
        if not self.plan.method.controlled:
            self._check_finite(updates.numeric, body)

    def _check_finite(self, variables: tuple[str, ...], body: Body) -> None:
        """Report variables that are not finite any more: methods without error control do not notice."""
        for name in variables:
            fails = failure(f"{shown(name)}: it is no finite number after a step of the solver")
            size = cpp.Call("std::fabs", (body.value(name),))
            wrong = cpp.negation(cpp.less(size, cpp.Real(math.inf)))
            if body.branchless:
                body.defer(wrong, [fails])
            else:
                body.add(cpp.when(wrong, [fails]))

    def _effect(self, call: Call, body: Body) -> list[cpp.Statement] | None:
        if call.name == "emit_spike":
            return [cpp.Evaluate(cpp.Call("nj_spike", (BLOCK, TILE, LANE, LAG)))]
        if call.name in LEVELS:
            return [message(call, body)]
        return None

    def _random(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        if node.name not in RANDOM:
            return None
        if self.body.branchless:
            return self.body.draw_side_by_side(node.name, *arguments)
        return self.body.draw(node.name, self._generator(), arguments)

    def _generator(self) -> cpp.Variable:
        """Return the loop's generator of random numbers, which is declared in front of all else."""
        name = f"random{len(self.body.segments)}"
        if name not in self.body.segment.first:
            node = cpp.Ternary(
                IS_NEURON, cpp.Element(cpp.path("block", "node_id"), LANE_OF_BLOCK), cpp.Integer(0)
            )
            first = cpp.Integer((len(self.body.segments) - 1) << 20)
            state = cpp.Aggregate((cpp.path("block", "seed"), node, cpp.plus(ORIGIN, LAG), first))
            self.body.segment.first[name] = cpp.Declare("NjRandom", name, state)
        return cpp.Variable(name)


def port_values(item: N, normal: Normal) -> N:
    """Replace spike ports by their input, in 1/ms, with constant factors folded."""
    ports = {
        name: Binary("*", PER_MS, Name(arrived(name)))
        for name, port in normal.ports.items()
        if port.signal == "spike"
    }
    return rebuild(item, lambda expression: fold(substitute(expression, ports)))
