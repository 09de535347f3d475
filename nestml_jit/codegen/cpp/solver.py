"""Numerical solution of the equations that have no exact one.

The methods themselves are in support/; the default is Runge-Kutta-Fehlberg 4(5) with the error control
of NESTML's solver. A whole step is tried for all lanes of a tile; lanes where its error is too large are
then advanced together, each in as many substeps as it needs. This module writes the right-hand sides of each
system (`plan/numeric.py`), and the code around a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Hook, Translator, value_of
from nestml_jit.codegen.cpp.integration import select
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Updates
from nestml_jit.codegen.cpp.places import BLOCK, LAG, LANE, STEP, TILE, at_lane, column, from_slot
from nestml_jit.codegen.cpp.system_loops import SystemLoops, fixed, one_of
from nestml_jit.codegen.model.equations import TOLERANCES
from nestml_jit.codegen.model.names import identifier, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.plan.invariants import invariant_index, is_invariant
from nestml_jit.codegen.plan.numeric import NumericSystem, NumericSystems
from nestml_jit.dsl.tree import Call, Name
from nestml_jit.solvers import Formula

BEFORE_STEP = cpp.minus(cpp.Variable("t"), STEP)
PLACE = cpp.Aggregate((BLOCK, TILE, LAG, BEFORE_STEP, STEP))
"""Arguments of a solver: the place and the time of the integration."""


@dataclass(frozen=True)
class SolverText:
    """A system of equations for the solver's template.

    Attributes
    ----------
    system
        What is solved, and in which order.
    sources, hoisted, columns
        Numbers of columns that are read once per step, of values computed from them, and of columns that are
        read whenever slopes are computed, tolerances included.
    where, derivative, error
        Statements that return the text of a message about the system, or about its n-th variable.
    hoist
        Computes the values that do not change during a step.
    others, linears
        Compute the slopes of the variables that are not linear, and of those that are.
    jacobian
        Computes the derivatives of all right-hand sides, row by row; empty if the method needs none.
    """

    system: NumericSystem
    sources: int
    hoisted: int
    columns: int
    where: tuple[cpp.Statement, ...]
    derivative: tuple[cpp.Statement, ...]
    error: tuple[cpp.Statement, ...]
    hoist: tuple[cpp.Statement, ...]
    others: tuple[cpp.Statement, ...]
    linears: tuple[cpp.Statement, ...]
    jacobian: tuple[cpp.Statement, ...]


class Solvers:
    """Writes the systems of a model that are integrated numerically, numbered as they are met.

    Attributes
    ----------
    systems
        Makes the systems.
    types
        Types of the model's variables.
    call
        Returns the C++ expression of a call in a right-hand side.
    uses
        Takes the headers that the code needs.
    followed
        The potential whose trajectory NEST is told for its waveform relaxation, "" without gap junctions.
    met
        The systems so far, by their variables and the number of those that are solved for.
    """

    def __init__(
        self,
        systems: NumericSystems,
        types: Mapping[str, str],
        call: Hook,
        uses: set[str],
        followed: str = "",
    ) -> None:
        self.systems = systems
        self.method = systems.method
        self.formula = None if followed else self.method.formula
        self.types = types
        self.call = call
        self.uses = uses
        self.followed = followed
        self.met: dict[tuple[tuple[str, ...], int], NumericSystem] = {}

    def system(self, members: tuple[str, ...], solved: int) -> NumericSystem:
        """Return the system of some variables, and note the header of the method that solves it."""
        self.uses.add(self.method.header)
        if (members, solved) not in self.met:
            self.met[members, solved] = self.systems.system(len(self.met), members, solved)
        return self.met[members, solved]

    def texts(self) -> tuple[SolverText, ...]:
        """Return the parts of all systems."""
        return tuple(map(self._text, self.met.values()))

    def _text(self, system: NumericSystem) -> SolverText:
        members, slopes = system.members, system.slopes
        loops = SystemLoops(
            constants=system.constants,
            sources=system.sources,
            hoisted=len(system.hoisted),
            show=Translator(self._resolver(members), branchless=True, call=self._called),
        )
        shown_names = tuple(map(shown, members))
        others = len(members) - system.linear
        return SolverText(
            system=system,
            sources=max(1, len(loops.sources)),
            hoisted=max(1, loops.hoisted),
            columns=len(loops.constants) + loops.hoisted + len(TOLERANCES),
            where=(cpp.Return(cpp.Characters(f"the numerical solution for {', '.join(shown_names)}")),),
            derivative=one_of(f"{name}: its derivative is no finite number" for name in shown_names),
            error=one_of(f"{name}: the step size of the solver became too small" for name in shown_names),
            hoist=loops.hoist(system.hoisted),
            others=loops.evaluate("k", slopes[:others], members),
            linears=loops.evaluate("k", slopes[others:], members[others:]) if system.linear else (),
            jacobian=loops.evaluate("j", system.jacobian, members) if system.jacobian else (),
        )

    def _called(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        """Return a call in a right-hand side, evaluated too often to care for tiny numbers."""
        if node.name == "exp":
            self.uses.add("exp.h")
            return cpp.Call("nj_exp_normal", tuple(arguments))
        return self.call(node, arguments, resolve)

    def _resolver(self, members: tuple[str, ...]) -> Callable[[Name], cpp.Expression]:
        def resolve(node: Name) -> cpp.Expression:
            if node.index is not None:
                raise CannotGenerate(UNSUPPORTED, f"the index of {node.name} must be a number here", node)
            if node.name == "t":
                return at_lane("now")
            if is_invariant(node.name):
                return at_lane(fixed(invariant_index(node.name)))
            if node.name in members:
                return value_of(node.name)
            type_ = self.types.get(node.name)
            if type_ == "boolean":
                return cpp.Binary("!=", column(node.name), cpp.Real(0))
            return from_slot(column(node.name), type_)

        return resolve

    # --- code in the body -----------------------------------------------------------------------

    def write(self, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        """Advance variables by a step where a mask holds."""
        if self.formula is not None:
            self._formulas(self.formula, updates, mask, body)
            return
        members = self.systems.ordered(updates.numeric, updates.along)
        system = self.system(members, len(updates.numeric))
        if body.branchless:
            self._tile(system, updates, mask, body)
        else:
            self._lane(system, updates, body)

    def _formulas(self, formula: Formula, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        """Advance each variable by one formula; all read the values before the step."""
        outer = body.locals
        body.locals = {**outer, "t": (BEFORE_STEP, "real")}
        new = {}
        for name in updates.numeric:
            change = cpp.product(STEP, body.show(self.systems.equations.sides[name]))
            if formula.growth is not None:
                function, header = formula.growth
                self.uses.add(header)
                growth = cpp.product(STEP, body.show(self.systems.derivative(name, name)))
                change = cpp.product(change, cpp.Call(function, (growth,)))
            value = cpp.plus(body.value(name), change)
            new[name] = body.declare("double", f"y_{identifier(name)}_", value)
        body.locals = outer
        for name, value in new.items():
            body.set(name, select(mask, value, body.value(name)))

    def _call(self, suffix: str, system: cpp.Expression, *arguments: cpp.Expression) -> cpp.Statement:
        function = cpp.Call(f"nj_integrate{suffix}", (system, PLACE, *arguments), (self.method.structure,))
        return cpp.Evaluate(function)

    def _follow(
        self,
        suffix: str,
        where: cpp.Expression,
        members: tuple[str, ...],
        ends: tuple[cpp.Expression, cpp.Expression],
        system: cpp.Expression,
        body: Body,
    ) -> None:
        """Note the trajectory of the potential that gap junctions couple, if it is among these variables."""
        if self.followed in members:
            index = cpp.Integer(members.index(self.followed))
            body.add(cpp.Evaluate(cpp.Call(f"nj_follow{suffix}", (system, PLACE, where, index, *ends))))

    def _declare(self, system: NumericSystem, body: Body) -> cpp.Variable:
        """Declare a system over the columns of the tile."""
        for item in system.read:
            body.segment.loaded[item] = None

        def pointer(name: str) -> cpp.Expression:
            found = cpp.Variable(f"c_{identifier(name)}")
            is_integer = self.types.get(name) == "integer"
            return cpp.Cast("const double*", found, "reinterpret_cast") if is_integer else found

        declared = declaration(body.fresh("system"), system, pointer)
        body.add(declared)
        return declared.variable

    def _tile(self, system: NumericSystem, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        members = system.members
        sizes = (cpp.Integer(len(members)),)
        old, new = (cpp.Declare("NjLanes", body.fresh(name), sizes=sizes) for name in "xy")
        body.arrays += [old, new]
        _copy_in(old.variable, members, body)
        flag = "" if mask is None else body.raise_flag(mask)
        body.start("plain", flag)
        name = self._declare(system, body)
        chosen = cpp.Variable(f"{flag}_of") if flag else cpp.Null()
        body.add(self._call("", name, chosen, old.variable, new.variable))
        self._follow("", chosen, members, (old.variable, new.variable), name, body)
        body.start("vector", flag)
        for position, variable in enumerate(updates.numeric):
            body.set(variable, select(mask, _in_lanes(new.variable, position), body.value(variable)))

    def _lane(self, system: NumericSystem, updates: Updates, body: Body) -> None:
        """Advance the lane that a loop with control flow is at."""
        members = system.members
        sizes = (cpp.Integer(len(members)),)
        old, new = (cpp.Declare("NjLanes", body.fresh(name), sizes=sizes) for name in "xy")
        body.add(old)
        body.add(new)
        _copy_in(old.variable, members, body)
        for name in system.read:
            if name in body.segment.stored:
                body.add(cpp.Assign(column(name), value_of(name)))
        called = self._declare(system, body)
        body.add(self._call("_lane", called, LANE, old.variable, new.variable))
        self._follow("_lane", LANE, members, (old.variable, new.variable), called, body)
        for position, name in enumerate(updates.numeric):
            body.set(name, _in_lanes(new.variable, position))


def declaration(name: str, system: NumericSystem, pointer: Callable[[str], cpp.Expression]) -> cpp.Declare:
    """Return the declaration of a system; `pointer` says where a variable is."""
    sources = tuple(map(pointer, system.sources)) or (cpp.Null(),)
    constants, tolerances = map(pointer, system.constants), map(pointer, TOLERANCES)
    columns = (*constants, *(cpp.Null() for _ in system.hoisted), *tolerances)
    value = cpp.Aggregate((STEP, cpp.Aggregate(sources), cpp.Aggregate(columns)))
    return cpp.Declare(f"NjSystem_{system.index}", name, value, is_constant=True)


def _in_lanes(values: cpp.Expression, position: int) -> cpp.Expression:
    """Return the value of a system's variable in the lane that a loop is at."""
    return cpp.Element(cpp.Element(values, cpp.Integer(position)), LANE)


def _copy_in(values: cpp.Expression, members: Sequence[str], body: Body) -> None:
    for position, name in enumerate(members):
        body.add(cpp.Assign(_in_lanes(values, position), body.value(name)))
