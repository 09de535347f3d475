"""The entries of a neuron's history: the values of its synapses' variables that it notes at its spikes.

An entry is a row of 64-bit slots: a key (twice the step of the event, plus 1 for a spike), the values right
after the event, then values right before it::

    key | post_trace@stdp_synapse after | ... | post_trace@stdp_synapse before | ...

At a spike the neuron takes the newest entry, lets its values decay until now, notes them as those before the
spike, runs the statements of its synapses' postsynaptic handlers that belong to it, and notes the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nestml_jit.card import Facts, Moved
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.places import LANE, from_slot, in_slot
from nestml_jit.codegen.cpp.replay import decayed, handler_statements
from nestml_jit.codegen.cpp.run_places import Code, Places, element, named
from nestml_jit.codegen.model.effects import read
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import kept_for
from nestml_jit.codegen.plan.synapse import SynapsePlan

ENTRY, NEXT = cpp.Variable("entry"), cpp.Variable("next")
"""The newest entry, and the one that is being written."""


@dataclass(frozen=True)
class HistoryLayout:
    """The positions of the values of a history entry; position 0 is the key.

    Attributes
    ----------
    names
        Columns whose values right after an event are kept.
    befores
        Columns whose values right before a spike are kept as well, behind the others.
    afters
        Columns whose values after an event are to be at hand.
    near
        Columns whose values before a spike are to be at hand.
    """

    names: tuple[str, ...]
    befores: tuple[str, ...] = ()
    afters: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def stride(self) -> int:
        """Slots per entry."""
        return 1 + len(self.names) + len(self.befores)

    @property
    def at_hand(self) -> tuple[int, ...]:
        """Positions of the values that are at hand."""
        after = (self.position(name) for name in self.afters)
        return (*after, *(self.position_before(name) for name in self.near))

    def position(self, name: str) -> int:
        """Return the position of a value in an entry."""
        return 1 + self.names.index(name)

    def position_before(self, name: str) -> int:
        """Return the position of the value right before a spike."""
        return 1 + len(self.names) + self.befores.index(name)

    def at(self, entry: cpp.Expression, name: str) -> cpp.Expression:
        """Return a value of an entry, right after the event."""
        return _value(entry, self.position(name))

    def at_before(self, entry: cpp.Expression, name: str) -> cpp.Expression:
        """Return a value of an entry, right before the spike."""
        return _value(entry, self.position_before(name))


def _value(entry: cpp.Expression, position: int) -> cpp.Expression:
    return cpp.Member(element(entry, position), "value", by_pointer=False)


def history_layout(records: Sequence[Moved], rules: Sequence[SynapsePlan], facts: Facts) -> HistoryLayout:
    """Lay out moved states, then moved parameters that differ between neurons."""
    states = [record.column for record in records if record.kind == "state"]
    varying = [r.column for r in records if r.kind == "parameter" and r.column in facts.heterogeneous]
    simple = [rule for rule in rules if rule.is_simple]
    before = tuple(kept_for(name, rule.normal.name) for rule in rules for name in _at_spikes(rule))
    near = tuple(kept_for(name, rule.normal.name) for rule in simple for name in _at_spikes(rule))
    after = tuple(
        kept_for(name, rule.normal.name)
        for rule in simple
        for name in rule.moved
        if name in read(rule.pre_body)
    )
    return HistoryLayout(tuple(states + varying), before, after, near)


def _at_spikes(rule: SynapsePlan) -> tuple[str, ...]:
    """Return the moved states that the postsynaptic handler reads."""
    reading = rule.rule.reads(rule.post_body)
    return tuple(name for name in rule.moved if name in reading)


class HistoryWriter:
    """Writes the code by which a neuron makes and reads entries of its history.

    Parameters
    ----------
    index
        Positions of the columns of a tile.
    """

    def __init__(
        self, rules: Sequence[SynapsePlan], history: HistoryLayout, index: Mapping[str, int]
    ) -> None:
        self.rules = rules
        self.history = history
        self.index = index

    def push(self) -> Code:
        """Return the code by which a spike fills the entry `next`, given the newest one."""
        statements: list[cpp.Statement] = [
            self._declare(rule, name) for rule in self.rules for name in rule.in_neuron
        ]
        for column in self.history.befores:
            statements.append(cpp.Assign(self.history.at_before(NEXT, column), named("v", column)))
        for rule in self.rules:
            place, local = self._places(rule), self._locals(rule)
            statements += handler_statements(rule, rule.in_neuron, place, local)
        kept = {
            kept_for(name, rule.normal.name): (rule, name) for rule in self.rules for name in rule.in_neuron
        }
        for column, (rule, name) in kept.items():
            slot = in_slot(named("v", column), rule.normal.symbols[name].type)
            statements.append(cpp.Assign(self.history.at(NEXT, column), slot))
        for column in self.history.names:
            if column not in kept:
                statements.append(cpp.Assign(self.history.at(NEXT, column), self._column(column)))
        return tuple(statements)

    def recall(self) -> Code:
        """Return the code that brings the columns of a tile from the newest entry to the present."""
        return tuple(
            cpp.Assign(self._column(kept_for(name, rule.normal.name)), self._propagated(rule, name))
            for rule in self.rules
            for name in rule.in_neuron
        )

    def _declare(self, rule: SynapsePlan, name: str) -> cpp.Declare:
        local = named("v", kept_for(name, rule.normal.name))
        type_ = rule.normal.symbols[name].type
        return cpp.Declare(storage(type_), local.name, from_slot(self._propagated(rule, name), type_))

    def _propagated(self, rule: SynapsePlan, name: str) -> cpp.Expression:
        """Return a value of the newest entry as it is now."""
        value = self.history.at(ENTRY, kept_for(name, rule.normal.name))
        return decayed(rule, name, value, self._places(rule))

    def _places(self, rule: SynapsePlan) -> Places:
        def place(name: str) -> cpp.Expression:
            column = kept_for(name, rule.normal.name)
            return self._column(column) if column in self.index else cpp.Real(0.0)

        return place

    def _locals(self, rule: SynapsePlan) -> Places:
        return lambda name: named("v", kept_for(name, rule.normal.name))

    def _column(self, column: str) -> cpp.Expression:
        return element(element(cpp.path("tile", "column"), self.index[column]), LANE)
