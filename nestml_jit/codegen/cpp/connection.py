"""What a connection's variables are in generated code, wherever they live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nestml_jit.card import Column, Delivery, Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.delivery_text import TABLE, HistoryLayout
from nestml_jit.codegen.cpp.expressions import Printer
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings, Updates
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import identifier, kept_for
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import names
from nestml_jit.codegen.plan.synapse import SynapsePlan
from nestml_jit.dsl.tree import Call, Expression, Name
from nestml_jit.kinds import Owner


class ConnectionWriter:
    """Writes down values: parameters, decay factors, what the neuron keeps.

    Parameters
    ----------
    plan
        Where the variables live.
    facts
        What the script did.
    history
        Layout of the entries of the neuron's past.
    index
        Number of the synapse model in the fusion.
    """

    def __init__(self, plan: SynapsePlan, facts: Facts, history: HistoryLayout, index: int) -> None:
        self.plan = plan
        self.normal = plan.normal
        self.facts = facts
        self.history = history
        self.index = index
        self.scalars: dict[tuple[Owner, str], str] = {}
        self.tables: dict[str, str] = {}
        self.prepare: list[str] = []
        has_integers = any(symbol.type == "integer" for symbol in self.normal.symbols.values())
        self.uses: set[str] = {"integer.h"} if has_integers else set()
        self.columns = [Column(name, "connection") for name in (*plan.connection, *plan.post, *plan.columns)]
        self.columns += [Column(name, "source") for name in plan.source]
        self.types = {symbol.name: symbol.type for symbol in self.normal.symbols.values()}

    def _card(self, reads_history: bool) -> Delivery:
        return Delivery(
            synapse=self.normal.name,
            columns=tuple(self.columns),
            scalars=tuple(self.scalars),
            scratch=self._scratch(),
            uses_history=reads_history,
            moved=self.plan.moved,
            late_states=self.plan.late_states,
        )

    def _storage(self, name: str) -> str:
        """C++ type of a variable in the code."""
        return storage(self.types.get(name, "real"))

    def _value_in(self, name: str, slot: str) -> str:
        """Text of the value of a variable, given that of what a column or the neuron's past holds."""
        return f"nj_bits({slot})" if self.types.get(name) == "integer" else slot

    def _slot(self, name: str, text: str) -> str:
        """Text of what a column holds for a value."""
        return f"nj_slot({text})" if self.types.get(name) == "integer" else text

    def _at(self, entry: str, column: str) -> str:
        """Text of a value of the history entry that the variable `entry` points to."""
        return self.history.at(entry, column)

    def _step(self, entry: str) -> str:
        """Text of the step of a history entry."""
        return f"({entry}->key >> 1)"

    def _scalar(self, owner: Owner, name: str) -> str:
        if (owner, name) not in self.scalars:
            self.scalars[owner, name] = f"s_{identifier(name)}"  # a neuron's column names the synapse, too
        return self.scalars[owner, name]

    def _static(self, node: Name) -> str:
        """Text of a parameter, or of an internal, which is written out."""
        name = node.name
        symbol = self.normal.symbols.get(name)
        if symbol is None or symbol.kind not in ("parameter", "internal"):
            raise CannotGenerate(UNSUPPORTED, f"{name} cannot be used here", node)
        if symbol.kind == "internal":
            value = symbol.declaration.value if symbol.declaration else None
            return f"({self._show_static(value)})" if value is not None else "0.0"
        if name in self.plan.columns:
            return f"k_{identifier(name)}"
        return self._value_in(name, self._scalar("synapse", name))

    def _show_static(self, expression: Expression) -> str:
        return Printer(self._static)(expression)

    def _differs(self, name: str) -> bool:
        """Whether neurons differ in a parameter that they keep for this synapse."""
        return kept_for(name, self.normal.name) in self.facts.heterogeneous

    def _moved_static(self, name: str, entry: str) -> str:
        """Text of a parameter of a moved variable, the neuron's copy: in an entry if neurons differ."""
        column = kept_for(name, self.normal.name)
        slot = self._at(entry, column) if self._differs(name) else self._scalar("neuron", column)
        return self._value_in(name, slot)

    def _decay(self, name: str, steps: str) -> str:
        """Text of the factor by which a state decays in a number of steps, "" if it does not."""
        if name not in self.plan.rates:
            return ""
        rate = Printer(self._static)(self.plan.rates[name])
        if name in self.plan.own_rates:
            return _exponential(rate, steps)
        return self._table(rate, steps)

    def _moved_decay(self, name: str, steps: str, entry: str) -> str:
        """Text of the factor by which a moved state decays after a history entry, "" if it does not."""
        if name not in self.plan.rates:
            return ""
        expression = self.plan.rates[name]
        rate = Printer(lambda node: self._moved_static(node.name, entry))(expression)
        if any(map(self._differs, names(expression))):
            return _exponential(rate, steps)
        return self._table(rate, steps)

    def _table(self, rate: str, steps: str) -> str:
        """Text of a decay factor out of a table, for a rate that all connections share."""
        if rate not in self.tables:
            number = len(self.tables)
            self.tables[rate] = f"d->scratch + {number * (TABLE + 1)}"
            self.prepare.append(f"nj_fill_decay(scratch + {number * (TABLE + 1)}, h * ({rate}));")
        table = list(self.tables).index(rate)
        return f"nj_decay(table_{table}, {steps})"

    def _scratch(self) -> int:
        return (TABLE + 1) * len(self.tables)

    def _around(self, fixed: Mapping[str, str]) -> Surroundings:
        statics = {}
        for symbol in self.normal.of_kind("parameter", "internal"):
            statics[symbol.name] = Name(symbol.name)
        table = _Lazy({name: lambda node=node: self._static(node) for name, node in statics.items()}, fixed)
        return Surroundings(
            self.types, table, self._no_integration, self._effect, self.normal.name, uses=self.uses
        )

    def _no_integration(self, call: Call, body: Body) -> Updates:
        raise CannotGenerate(UNSUPPORTED, "integrate_odes() is only supported in update yet", call)

    def _effect(self, call: Call, body: Body) -> Sequence[cpp.Statement | str] | None:
        if call.name != "emit_spike":
            return None
        weight = body.show(call.arguments[0]) if call.arguments else "1.0"
        if self.plan.emits_once:
            return [f"nj_arrive(target, lane, delay, i, {weight});"]
        return [f"nj_arrive_too(target, lane, delay, i, repeat, {weight});"]

    def _look_lines(self) -> list[str]:
        """Return the lines that find what the neuron keeps, as of when the connection was up to date."""
        lines = []
        for index, name in enumerate(self.plan.in_neuron):
            lines += self._moved_value(name, "before", "step")
            lines.append(f"values[{index}] = {self._slot(name, f'm_{identifier(name)}')};")
        return lines

    def _value_at_spike(self, name: str) -> list[str]:
        """Return the lines that find what the neuron kept right before its spike `then`.

        The neuron noted it, with the parameters that it had; `before` is the entry in front of the spike.
        """
        column = kept_for(name, self.normal.name)
        value = self._moved_since(name, "before", self._step("then"))
        if column in self.history.befores:
            noted = f"then[{self.history.position_before(column)}].value"
            value = f"std::isnan({noted}) ? {value} : {noted}"
        return [self._moved_declaration(name, value)]

    def _moved_value(self, name: str, entry: str, step: str) -> list[str]:
        return [self._moved_declaration(name, self._moved_since(name, entry, step))]

    def _moved_declaration(self, name: str, value: str) -> str:
        return f"const {self._storage(name)} m_{identifier(name)} = {value};"

    def _moved_since(self, name: str, entry: str, step: str) -> str:
        """Text of a moved variable at a step, given the history entry before that."""
        decay = self._moved_decay(name, f"nj_since({step}, {self._step(entry)})", entry)
        factor = f" * {decay}" if decay else ""
        return self._value_in(name, self._at(entry, kept_for(name, self.normal.name))) + factor


def _exponential(rate: str, steps: str) -> str:
    return f"std::exp(({rate}) * (h * double({steps})))"


class _Lazy(dict[str, str]):
    """Texts of variables that are only asked for, and then noted, when they are used."""

    def __init__(self, lazy: Mapping[str, object], fixed: Mapping[str, str]) -> None:
        super().__init__(fixed)
        self.lazy = {name: make for name, make in lazy.items() if name not in fixed}

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.lazy

    def __getitem__(self, name: str) -> str:
        if super().__contains__(name):
            return super().__getitem__(name)
        return self.lazy[name]()  # type: ignore[no-any-return,operator]
