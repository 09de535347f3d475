"""The variables of a connection in C++, where a rule of any kind runs event by event.

Parameters are scalars `s_x` or a connection's own `k_x`. States are local variables `v_x`. Internals are
computed once, `i_x`: in front of all connections unless they differ between them. A vector of which an
element is looked up by an index is an array `a_x`; states refer to its elements.
"""

from __future__ import annotations

import dataclasses

from nestml_jit.card import Column, Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.connection import ConnectionWriter, exponential
from nestml_jit.codegen.cpp.event_body import EventBody
from nestml_jit.codegen.cpp.expressions import Translator, value_of
from nestml_jit.codegen.cpp.functions import caller
from nestml_jit.codegen.cpp.history import HistoryLayout
from nestml_jit.codegen.cpp.run_places import BLOCK, LANE, NOW, UNTIL, Code, element, fixed, named
from nestml_jit.codegen.model.names import element as element_name
from nestml_jit.codegen.model.symbolic import names
from nestml_jit.codegen.plan.inexact import CLOCK, needs_clock
from nestml_jit.codegen.plan.synapse import SynapsePlan, tainted_statics
from nestml_jit.dsl.tree import Expression, Name


class EventValues(ConnectionWriter):
    """Writes the values of one synapse model in a fusion, for any rule.

    Attributes
    ----------
    kept
        States that a connection keeps.
    tainted
        Parameters and internals that differ between connections.
    internals
        Values of the internals that are used, each behind those that it reads.
    clock
        The column with the time of a connection's last event, "" if there is none.
    bodies
        Bodies of statements that were begun.
    """

    def __init__(self, plan: SynapsePlan, facts: Facts, history: HistoryLayout, index: int) -> None:
        super().__init__(plan, facts, history, index)
        self.rule = plan.rule
        self.internals: dict[str, cpp.Expression] = {}
        self.tainted = tainted_statics(self.normal, set(plan.columns))
        self.kept = (*plan.connection, *plan.post)
        self.bodies: list[EventBody] = []
        self.types.update(dict.fromkeys(self.normal.delayed, "real"))
        self.clock = CLOCK if needs_clock(plan.rule) else ""
        if self.clock:
            self.columns.append(Column(CLOCK, "connection"))

    # --- parameters and internals ---------------------------------------------------------------

    def varies(self, expression: Expression) -> bool:
        """Return whether an expression of parameters differs between connections."""
        return bool(names(expression) & self.tainted)

    def _reads_internal(self, expression: Expression) -> bool:
        """Return whether an expression reads internals, which tables of decay factors do not support."""
        return any(symbol.name in names(expression) for symbol in self.normal.of_kind("internal"))

    def static(self, node: Name) -> cpp.Expression:
        """Return a parameter or tolerance; internals are computed once and have names."""
        name = node.name
        symbol = self.normal.symbols.get(name)
        if symbol is None:
            return named("k", name) if name in self.plan.columns else self.scalar("synapse", name)
        if symbol.kind != "internal":
            return super().static(node)
        declared = symbol.declaration
        if name not in self.internals and declared is not None and declared.value is not None:
            value = self.translator(UNTIL)(declared.value)
            self.internals[name] = value  # behind the internals that it reads, which were noted meanwhile
        self.internals.setdefault(name, cpp.Real(0.0))
        return named("i", name)

    def translator(self, step: cpp.Expression) -> Translator:
        """Return the translator of expressions of parameters; their lookups are checked at a step."""
        place = self.place(step)
        call = caller(self.rule.free, place, BLOCK)
        return Translator(self.static, call=call, uses=self.uses, place=place)

    def place(self, step: cpp.Expression) -> cpp.Expression:
        """Return the place where a connection looks up elements."""
        return self.use(step, LANE if step is NOW else element(cpp.path("run", "lane"), 0))

    def internal_declarations(self) -> tuple[Code, Code]:
        """Declare internals: those that all connections share, and those that differ."""
        shared: list[cpp.Statement] = []
        own: list[cpp.Statement] = []
        for name, value in self.internals.items():
            (own if name in self.tainted else shared).append(
                fixed(self.storage(name), named("i", name), value)
            )
        return tuple(shared), tuple(own)

    def decay_of(self, rate: Expression, steps: cpp.Expression) -> cpp.Expression:
        """Return the factor exp(rate * time) for a number of steps."""
        value = Translator(self.static, call=caller(self.rule.free))(rate)
        is_own = self.varies(rate) or self._reads_internal(rate)
        return exponential(value, steps) if is_own else self.decay_factor(value, steps)

    # --- columns --------------------------------------------------------------------------------

    def loads(self) -> Code:
        """Declare the variables of a connection, except elements of vectors with lookups by an index."""
        left_out = {self.clock, *self._elements()}
        names = (column.name for column in self.columns if column.name not in left_out)
        return tuple(self.loaded(name, self.column(name)) for name in names)

    def saves(self) -> Code:
        """Store the states that statements assign."""
        changed = {name for body in self.bodies for name in body.changed}
        return tuple(
            cpp.Assign(self.column(name), self.slot(name, value_of(name)))
            for name in self.kept
            if name in changed
        )

    # --- vectors --------------------------------------------------------------------------------

    def _indexed(self) -> tuple[str, ...]:
        indexed = {name for body in self.bodies for name in body.indexed}
        return tuple(vector for vector in self.normal.vectors if vector in indexed)

    def _elements(self) -> set[str]:
        """Return the elements of the vectors of states that are looked up by an index."""
        return {name for vector in self._indexed() for name in self._members(vector) if name in self.kept}

    def _members(self, vector: str) -> list[str]:
        return [element_name(vector, index) for index in range(self.normal.vectors[vector])]

    def arrays(self) -> Code:
        """Declare the arrays of vectors that are looked up by an index: of parameters, then of states."""
        found = {vector: self._members(vector) for vector in self._indexed()}
        states = {vector: members for vector, members in found.items() if members[0] in self.kept}
        return (
            *(self._constants(vector, found[vector]) for vector in found if vector not in states),
            *(item for vector, members in states.items() for item in self._states(vector, members)),
        )

    def _constants(self, vector: str, members: list[str]) -> cpp.Declare:
        values = cpp.Aggregate(tuple(self.static(Name(member)) for member in members))
        array = fixed(self.storage(members[0]), named("a", vector), values)
        return dataclasses.replace(array, sizes=(cpp.Integer(len(members)),))

    def _states(self, vector: str, members: list[str]) -> Code:
        array, type_ = named("a", vector), self.storage(members[0])
        values = cpp.Aggregate(tuple(self.value_in(member, self.column(member)) for member in members))
        references = (
            cpp.Declare(f"{type_}&", value_of(member).name, element(array, index), may_be_unused=True)
            for index, member in enumerate(members)
        )
        return (cpp.Declare(type_, array.name, values, (cpp.Integer(len(members)),)), *references)
