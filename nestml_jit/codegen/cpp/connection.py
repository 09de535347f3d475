"""The variables of a connection in generated code, at all places where they may live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nestml_jit.card import Column, Delivery, Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.delivery_parts import TABLE
from nestml_jit.codegen.cpp.expressions import Translator, value_of
from nestml_jit.codegen.cpp.history import HistoryLayout
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings, Updates
from nestml_jit.codegen.cpp.places import STEP, from_slot, in_slot
from nestml_jit.codegen.cpp.run_places import (
    BEFORE,
    BLOCK,
    CONNECTION,
    DELAY,
    DELIVERY,
    LANE,
    RUN,
    TARGET,
    THEN,
    Code,
    call,
    constant,
    element,
    fixed,
    function,
    named,
    step_of,
    whole,
)
from nestml_jit.codegen.model.integers import storage
from nestml_jit.codegen.model.names import kept_for
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import names
from nestml_jit.codegen.plan.synapse import SynapsePlan
from nestml_jit.dsl.tree import Call, Name
from nestml_jit.kinds import Owner


class ConnectionWriter:
    """Writes values: parameters, decay factors, and the values that the neuron keeps.

    Parameters
    ----------
    plan
        The plan of the synapse, with the places of its variables.
    facts
        The facts about the connections that the script made.
    history
        Layout of the entries of the neuron's past.
    index
        Number of the synapse model in the fusion.

    Attributes
    ----------
    scalars
        C++ variables that all connections share, by the owner (a synapse, the neuron) and the name.
    tables
        Numbers of the tables of decay factors, by the rate.
    columns
        Columns of each connection or source.
    uses
        Takes the headers that the code needs.
    """

    def __init__(self, plan: SynapsePlan, facts: Facts, history: HistoryLayout, index: int) -> None:
        self.plan = plan
        self.normal = plan.normal
        self.facts = facts
        self.history = history
        self.index = index
        self.scalars: dict[tuple[Owner, str], cpp.Variable] = {}
        self.tables: dict[cpp.Expression, int] = {}
        has_integers = any(symbol.type == "integer" for symbol in self.normal.symbols.values())
        self.uses: set[str] = {"integer.h"} if has_integers else set()
        self.columns = [Column(name, "connection") for name in (*plan.connection, *plan.post, *plan.columns)]
        self.columns += [Column(name, "source") for name in plan.source]
        self.types = {symbol.name: symbol.type for symbol in self.normal.symbols.values()}

    def card(self, reads_history: bool) -> Delivery:
        """Return the description of the delivery for the host."""
        return Delivery(
            synapse=self.normal.name,
            columns=tuple(self.columns),
            scalars=tuple(self.scalars),
            scratch=_table_place(len(self.tables)),
            uses_history=reads_history,
            moved=self.plan.moved,
            late_states=self.plan.late_states,
        )

    # --- declarations ---------------------------------------------------------------------------

    def shared(self) -> Code:
        """Declare the step length, the values that all connections share, and columns."""
        return (*self.shared_values(), *self._columns())

    def shared_values(self) -> Code:
        """Declare the step length and the values that all connections share."""
        scalars = self._scalar_declarations(cpp.path("d", "scalar"))
        return (fixed("double", STEP, cpp.Member(BLOCK, "h")), *scalars, *self._tables())

    def _scalar_declarations(self, values: cpp.Expression) -> Code:
        scalars = enumerate(self.scalars.values())
        return tuple(fixed("double", scalar, element(values, index)) for index, scalar in scalars)

    def _tables(self) -> Code:
        place = cpp.path("d", "scratch")
        return tuple(
            fixed("const double*", _table(number), cpp.plus(place, whole(_table_place(number))))
            for number in self.tables.values()
        )

    def _columns(self) -> Code:
        place = cpp.path("run", "column")
        return tuple(
            fixed("double*", named("c", column.name), element(place, index))
            for index, column in enumerate(self.columns)
        )

    def prepare(self) -> cpp.Function:
        """Return the function that fills the tables of decay factors."""
        scalar, scratch = cpp.Variable("scalar"), cpp.Variable("scratch")
        filled = (
            call("nj_fill_decay", cpp.plus(scratch, whole(_table_place(number))), cpp.product(STEP, rate))
            for rate, number in self.tables.items()
        )
        parameters = (("const double*", scalar), ("double", STEP), ("double*", scratch))
        return function(
            "prepare",
            (cpp.Declare(type_, item.name, may_be_unused=True) for type_, item in parameters),
            (*self._scalar_declarations(scalar), *map(cpp.Evaluate, filled)),
        )

    # --- values ---------------------------------------------------------------------------------

    def storage(self, name: str) -> str:
        """Return the C++ type of a variable in the code."""
        return storage(self.types.get(name, "real"))

    def value_in(self, name: str, slot: cpp.Expression) -> cpp.Expression:
        """Return a variable's value, given the slot of a column or of the neuron's past."""
        return from_slot(slot, self.types.get(name))

    def slot(self, name: str, value: cpp.Expression) -> cpp.Expression:
        """Return the slot of a column for a value."""
        return in_slot(value, self.types.get(name))

    def loaded(self, name: str, slot: cpp.Expression) -> cpp.Declare:
        """Declare a variable of a connection, given its slot; parameters stay as they are."""
        value = self.value_in(name, slot)
        if name in self.plan.columns:
            return fixed(self.storage(name), named("k", name), value)
        return cpp.Declare(self.storage(name), value_of(name).name, value, may_be_unused=True)

    def use(self, step: cpp.Expression, lane: cpp.Expression = LANE) -> cpp.Expression:
        """Return the place of a check of an index or a divisor, at a step."""
        source, model = cpp.path("d", "source_id"), cpp.Characters(self.normal.name)
        return cpp.Aggregate((BLOCK, lane, cpp.Truth(True), step, model, source), "NjUse")

    def column(self, name: str) -> cpp.Element:
        """Return the place of a variable in its column."""
        return cpp.Element(named("c", name), CONNECTION)

    def step(self, entry: cpp.Variable) -> cpp.Expression:
        """Return the step of a history entry."""
        return step_of(entry)

    def scalar(self, owner: Owner, name: str) -> cpp.Variable:
        """Return a value that all connections share; a neuron's column names the synapse, too."""
        return self.scalars.setdefault((owner, name), named("s", name))

    def static(self, node: Name) -> cpp.Expression:
        """Return a parameter, or an internal, which is written out."""
        name = node.name
        symbol = self.normal.symbols.get(name)
        if symbol is None or symbol.kind not in ("parameter", "internal"):
            raise CannotGenerate(UNSUPPORTED, f"{name} cannot be used here", node)
        if symbol.kind == "internal":
            value = symbol.declaration.value if symbol.declaration else None
            return Translator(self.static)(value) if value is not None else cpp.Real(0.0)
        if name in self.plan.columns:
            return named("k", name)
        return self.value_in(name, self.scalar("synapse", name))

    # --- decay ----------------------------------------------------------------------------------

    def decay(self, name: str, steps: cpp.Expression) -> cpp.Expression | None:
        """Return the factor by which a state decays in a number of steps, None if it does not."""
        if name not in self.plan.rates:
            return None
        rate = Translator(self.static)(self.plan.rates[name])
        return exponential(rate, steps) if name in self.plan.own_rates else self.decay_factor(rate, steps)

    def decay_factor(self, rate: cpp.Expression, steps: cpp.Expression) -> cpp.Expression:
        """Return a decay factor out of a table, for a rate that all connections share."""
        number = self.tables.setdefault(rate, len(self.tables))
        return call("nj_decay", _table(number), steps)

    # --- values that neurons keep ----------------------------------------------------------------------

    def _differs(self, name: str) -> bool:
        """Return whether neurons differ in a parameter that they keep for this synapse."""
        return kept_for(name, self.normal.name) in self.facts.heterogeneous

    def _moved_static(self, name: str, entry: cpp.Expression) -> cpp.Expression:
        """Return a parameter of a moved variable, the neuron's copy: in an entry if neurons differ."""
        column = kept_for(name, self.normal.name)
        slot = self.history.at(entry, column) if self._differs(name) else self.scalar("neuron", column)
        return self.value_in(name, slot)

    def moved_decay(self, name: str, steps: cpp.Expression, entry: cpp.Expression) -> cpp.Expression | None:
        """Return the factor by which a moved state decays after a history entry, None if it does not."""
        if name not in self.plan.rates:
            return None
        expression = self.plan.rates[name]
        rate = Translator(lambda node: self._moved_static(node.name, entry))(expression)
        differs = any(map(self._differs, names(expression)))
        return exponential(rate, steps) if differs else self.decay_factor(rate, steps)

    def moved_value(self, name: str, entry: cpp.Variable, step: cpp.Expression) -> cpp.Declare:
        """Declare a moved variable as it is at a step, given the history entry before that."""
        return self.moved_declaration(name, self._moved_since(name, entry, step))

    def value_at_spike(self, name: str) -> cpp.Declare:
        """Declare the value that the neuron kept right before its spike `then`.

        The neuron noted it, with the parameters that it had; `before` is the entry in front of the spike.
        """
        column = kept_for(name, self.normal.name)
        value = self._moved_since(name, BEFORE, self.step(THEN))
        if column in self.history.befores:
            noted = self.history.at_before(THEN, column)
            value = cpp.Ternary(call("std::isnan", noted), value, noted)
        return self.moved_declaration(name, value)

    def moved_declaration(self, name: str, value: cpp.Expression) -> cpp.Declare:
        """Declare a moved variable."""
        return constant(self.storage(name), named("m", name), value)

    def _moved_since(self, name: str, entry: cpp.Variable, step: cpp.Expression) -> cpp.Expression:
        since = call("nj_since", step, self.step(entry))
        value = self.value_in(name, self.history.at(entry, kept_for(name, self.normal.name)))
        return scaled(value, self.moved_decay(name, since, entry))

    def look(self) -> tuple[cpp.Function, ...]:
        """Return the function that shows the values that neurons keep, when a connection was last up to date.

        A model for which they keep no value has no such function.
        """
        values, step = cpp.Variable("values"), cpp.Variable("step")
        found: list[cpp.Statement] = []
        for index, name in enumerate(self.plan.in_neuron):
            found.append(self.moved_value(name, BEFORE, step))
            found.append(cpp.Assign(element(values, index), self.slot(name, named("m", name))))
        if not found:
            return ()
        delay = element(cpp.path("d", "delay_steps"), element(cpp.path("run", "delay"), CONNECTION))
        done = cpp.minus(cpp.path("run", "t_done"), cpp.Cast("int64_t", delay))
        lane = element(cpp.path("run", "lane"), CONNECTION)
        past = cpp.Variable("past")
        entries, size = (cpp.Member(past, name, by_pointer=False) for name in ("entry", "size"))
        last = cpp.Cast("size_t", cpp.minus(size, whole(1)))
        newest = cpp.plus(entries, cpp.product(last, cpp.Variable("NJ_STRIDE")))
        key = cpp.plus(cpp.product(whole(2), step), whole(2))
        parameters = (DELIVERY, RUN, cpp.Declare("uint32_t", "i"), cpp.Declare("double*", "values"))
        body = (
            *self.shared_values(),
            constant("int64_t", step, done),
            cpp.Declare("const NjHistory&", "past", element(cpp.Member(BLOCK, "history"), lane)),
            constant("const NjSlot*", BEFORE, call("nj_before", newest, entries, key)),
            *found,
        )
        return (function("look", parameters, body),)

    # --- statements -----------------------------------------------------------------------------

    def around(self, values: Mapping[str, cpp.Expression]) -> Surroundings:
        """Return the surroundings of statements, given the C++ expressions of some names."""
        statics = {symbol.name for symbol in self.normal.of_kind("parameter", "internal")}
        table = _Lazy(statics, self.static, values)
        return Surroundings(
            self.types, table, self._no_integration, self.effect, self.normal.name, uses=self.uses
        )

    def _no_integration(self, call: Call, body: Body) -> Updates:
        raise CannotGenerate(UNSUPPORTED, "integrate_odes() is only supported in update yet", call)

    def effect(self, node: Call, body: Body) -> Sequence[cpp.Statement] | None:
        """Return the statements of a call for its effect, None if there is no such function."""
        return [self.emission(emitted(node, body))] if node.name == "emit_spike" else None

    def emission(self, weight: cpp.Expression) -> cpp.Statement:
        """Return the statement by which a presynaptic spike arrives at the target with a weight."""
        place = TARGET, LANE, DELAY, CONNECTION
        if self.plan.emits_once:
            return cpp.Evaluate(call("nj_arrive", *place, weight))
        return cpp.Evaluate(call("nj_arrive_too", *place, cpp.Variable("repeat"), weight))


def emitted(node: Call, body: Body) -> cpp.Expression:
    """Return the weight that a call of emit_spike() emits."""
    return body.show(node.arguments[0]) if node.arguments else cpp.Real(1.0)


def exponential(rate: cpp.Expression, steps: cpp.Expression) -> cpp.Expression:
    """Return a decay factor for a rate that connections do not share."""
    return call("std::exp", cpp.product(rate, cpp.product(STEP, cpp.Cast("double", steps))))


def scaled(value: cpp.Expression, factor: cpp.Expression | None) -> cpp.Expression:
    """Return a value times a factor, if there is one."""
    return value if factor is None else cpp.product(value, factor)


def _table(number: int) -> cpp.Variable:
    return cpp.Variable(f"table_{number}")


def _table_place(number: int) -> int:
    return (TABLE + 1) * number


class _Lazy(dict[str, cpp.Expression]):
    """The C++ expressions of names: some are given, `make` makes and notes the others when they are used."""

    def __init__(
        self, lazy: set[str], make: Callable[[Name], cpp.Expression], known: Mapping[str, cpp.Expression]
    ) -> None:
        super().__init__(known)
        self.lazy = lazy
        self.make = make

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.lazy

    def __missing__(self, name: str) -> cpp.Expression:
        return self.make(Name(name))
