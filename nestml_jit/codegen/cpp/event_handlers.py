"""The statements of a connection at one time: time passes, handlers run, conditions are tested.

Statements read third factors as `g_port`, and values that the neuron keeps as `m_x`. A random number is drawn
in a statement of its own, in front of the one that uses it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from nestml_jit.card import Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.advance import HERE, EquationNames, Integration, clock_declarations
from nestml_jit.codegen.cpp.connection import emitted
from nestml_jit.codegen.cpp.connection_past import at_connection
from nestml_jit.codegen.cpp.event_body import EventBody
from nestml_jit.codegen.cpp.event_values import EventValues
from nestml_jit.codegen.cpp.expressions import chained, value_of
from nestml_jit.codegen.cpp.functions import caller
from nestml_jit.codegen.cpp.history import HistoryLayout
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings
from nestml_jit.codegen.cpp.messages import Place, message
from nestml_jit.codegen.cpp.run_places import (
    BEFORE,
    BLOCK,
    CONNECTION,
    FIRST,
    LAG,
    LANE,
    NEWEST,
    NOW,
    T_DONE,
    THEN,
    Code,
    call,
    constant,
    key_of,
    named,
    step_of,
    time_of,
)
from nestml_jit.codegen.cpp.statements import inner
from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.lookups import LEVELS, plain
from nestml_jit.codegen.model.priorities import by_priority
from nestml_jit.codegen.model.set_convolutions import following
from nestml_jit.codegen.plan.synapse import SynapsePlan
from nestml_jit.dsl.tree import Call, Name, Statement
from nestml_jit.functions import RANDOM

_PLACE = Place(None, BLOCK, LANE)
RANDOM_NUMBERS = cpp.Variable("random")
"""The generator that random numbers are drawn from."""


class EventHandlers(EventValues):
    """Writes the statements of the model, for one connection.

    Parameters
    ----------
    ports
        The variable of the neuron that each continuous port reads.

    Attributes
    ----------
    integration
        Writes the code of integrate_odes().
    """

    def __init__(
        self,
        plan: SynapsePlan,
        facts: Facts,
        history: HistoryLayout,
        index: int,
        ports: Mapping[str, str],
    ) -> None:
        super().__init__(plan, facts, history, index)
        self.ports = ports
        values = EquationNames(self.static, self.varies, self.decay_of)
        self.integration = Integration(plan.rule, self.kept, self.types, values)

    def _body(
        self,
        time: cpp.Expression,
        moved: Mapping[str, cpp.Expression] | None = None,
        update: bool = False,
        apart: bool = True,
        is_post: bool = False,
    ) -> EventBody:
        delayed = {name: at_connection(name) for name in self.normal.delayed}
        factors = {port: self._factor(port, is_post) for port in self.ports}
        values = {"t": time, **(moved or {}), **factors, **delayed}
        body = EventBody(self._surroundings(values, update), apart)
        self.bodies.append(body)
        return body

    def _factor(self, port: str, is_post: bool) -> cpp.Variable:
        """Return what has the value of a continuous port, which may be another one at postsynaptic spikes."""
        return fired(port) if is_post and self.normal.ports[port].at_spike else signal(port)

    def _surroundings(self, values: Mapping[str, cpp.Expression], update: bool) -> Surroundings:
        place = self.place(NOW)
        own = chained(self._timestep, self._random, caller(self.rule.free, place, BLOCK))
        return dataclasses.replace(
            self.around(values),
            integrate=self.integration.integrate if update else self._no_integration,
            solve=self.integration.solve,
            call=own,
            vectors=self.normal.vectors,
            texts=BLOCK,
            lengths=self.normal.lengths,
            place=place,
        )

    def effect(self, node: Call, body: Body) -> Sequence[cpp.Statement] | None:
        """Return the statements of a call for its effect, None if there is no such function."""
        if node.name in LEVELS:
            return [message(node, body, _PLACE)]
        if plain(node.name) in self.rule.free:
            return [cpp.Evaluate(body.show(node))]
        if node.name == "emit_spike" and isinstance(body, EventBody) and body.apart:
            weight = emitted(node, body)
            return [cpp.Evaluate(call("nj_emit", cpp.Variable("d"), CONNECTION, NOW, weight))]
        return super().effect(node, body)

    def _timestep(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        return HERE.ms if node.name == "timestep" else None

    def _random(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        return self.bodies[-1].draw(node.name, RANDOM_NUMBERS, arguments) if node.name in RANDOM else None

    def update(self) -> Code:
        """Return the statements for the interval from the last event, at `t_done`, to the one at `now`."""
        values: dict[str, cpp.Expression] = {
            following(name): value_of(following(name)) for name in self.rule.always
        }
        body = self._body(time_of(T_DONE), values, update=True)
        advanced = self.integration.advanced(self.rule.always, body)
        for name, value in advanced.items():
            new = value_of(following(name))
            body.add(cpp.Declare("double", new.name, value, may_be_unused=True))
        body.statements(self.normal.update)
        for name in advanced:
            body.set(name, values[following(name)])
        statements = body.segment.statements
        return (*clock_declarations(statements), *statements)

    def handler(self, port: str) -> Code:
        """Return the effect of a spike at a port: its handler, then jumps of convolutions and equations."""
        roles = self.rule.roles
        time = time_of(step_of(THEN) if port == roles.post else NOW)
        statements = self.rule.handlers.get(port, ())
        found, moved = self._moved_values(statements, port == roles.post)
        is_post = port == roles.post
        body = self._body(time, moved, apart=port != roles.pre, is_post=is_post)
        body.statements(statements)
        after = self._body(time, is_post=is_post)
        after.counter = body.counter
        after.statements(self.rule.increments.get(port, ()))
        return (*found, *body.segment.statements, *after.segment.statements)

    def _moved_values(
        self, statements: tuple[Statement, ...], is_post: bool
    ) -> tuple[Code, dict[str, cpp.Expression]]:
        """Declare the values that the neuron keeps just before the spikes of an event's time."""
        reading = [name for name in self.plan.moved if name in self.rule.reads(statements)]
        if not reading:
            return (), {}
        start = (THEN, FIRST, key_of(THEN)) if is_post else (NEWEST, FIRST, cpp.Variable("key_now"))
        found: list[cpp.Statement] = [constant("const NjSlot*", BEFORE, call("nj_before", *start))]
        for name in reading:
            there = cpp.minus(NOW, LAG)
            found.append(self.value_at_spike(name) if is_post else self.moved_value(name, BEFORE, there))
        return tuple(found), {name: named("m", name) for name in reading}

    def late(self) -> Code:
        """Return the effect of a postsynaptic spike on the post-driven variables that connections keep."""
        body = self._body(time_of(step_of(THEN)))
        body.statements(
            tuple(item for item in self.rule.late if not assigned([item]) <= set(self.plan.moved))
        )
        return body.segment.statements

    def conditions(self) -> Code:
        """Return the statements that run where conditions hold."""
        body = self._body(time_of(NOW))
        for handler in by_priority(self.normal.on_condition):
            body.comment(handler)
            condition = body.show(handler.condition)
            body.add(cpp.when(condition, inner(handler.body, body)))
        return body.segment.statements


def signal(port: str) -> cpp.Variable:
    """Return the variable that has the value of a continuous port."""
    return named("g", port)


def fired(port: str) -> cpp.Variable:
    """Return the variable that has the value of a continuous port from when the neuron fired."""
    return named("fired", port)
