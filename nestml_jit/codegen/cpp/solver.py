"""Numerical solution of the equations that have no exact one.

The methods themselves are in support/; the default is Runge-Kutta-Fehlberg 4(5) with the error control
of NESTML's solver. A whole step is tried for all lanes of a tile; lanes where its error is too large are
then advanced together, each in as many substeps as it needs. This module writes the right-hand side of each
system, and the code around a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Hook, Translator, value_of
from nestml_jit.codegen.cpp.integration import select
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Updates
from nestml_jit.codegen.cpp.places import BLOCK, LAG, LANE, STEP, TILE, at_lane, column
from nestml_jit.codegen.cpp.system_loops import SystemLoops, fixed, one_of
from nestml_jit.codegen.model.equations import TOLERANCES, Equations
from nestml_jit.codegen.model.names import identifier, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import ZERO, derivative, names
from nestml_jit.codegen.plan.invariants import SLOW, Invariants, invariant_index, is_invariant
from nestml_jit.dsl.tree import Call, Expression, Name
from nestml_jit.solvers import DEFAULT, Formula, Method

System = tuple[tuple[str, ...], int]
"""Variables that are integrated together, and how many of them, the first ones, are solved for.

The others have an exact solution, which is used after the step. Errors are put down to the first ones."""


BEFORE_STEP = cpp.minus(cpp.Variable("t"), STEP)
PLACE = cpp.Aggregate((BLOCK, TILE, LAG, BEFORE_STEP, STEP))
"""Arguments of a solver: the place and the time of the integration."""


@dataclass(frozen=True)
class SolverText:
    """A system of equations for the solver's template.

    Attributes
    ----------
    index
        Number of the system within the model.
    names
        Names of its variables, for messages.
    solved
        Number of those, the first ones, whose values after a step are used.
    linear
        Number of those, the last ones, whose equations are linear, read nothing but each other, and do not
        change during a step.
    seen
        Number of these, the first ones, that the other equations read.
    batch
        Number of lanes that are computed together.
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

    index: int
    names: tuple[str, ...]
    solved: int
    linear: int
    seen: int
    batch: int
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


@dataclass(frozen=True)
class _Sides:
    """The right-hand sides of a system, and the values that are computed once per step for them."""

    slopes: tuple[Expression, ...]
    jacobian: tuple[Expression, ...]
    hoisted: tuple[Expression, ...]


class Solvers:
    """The systems of a model that are integrated numerically, numbered as they are met.

    Attributes
    ----------
    uses
        Takes the headers that the code needs.
    followed
        The potential whose trajectory NEST is told for its waveform relaxation, "" without gap junctions.
    """

    def __init__(
        self,
        equations: Equations,
        types: Mapping[str, str],
        call: Hook,
        method: Method,
        uses: set[str],
        followed: str = "",
    ) -> None:
        self.method = method
        self.formula = None if followed else method.formula
        self.uses = uses
        self.followed = followed
        self.equations = equations
        self.types = types
        self.call = call
        self.systems: dict[System, int] = {}

    def register(self, system: System) -> None:
        """Give a system a number, and note the header of the method that solves it."""
        self.systems.setdefault(system, len(self.systems))
        self.uses.add(self.method.header)

    def texts(self) -> tuple[SolverText, ...]:
        """Return the strings of all systems."""
        return tuple(self._text(system, index) for system, index in self.systems.items())

    def _text(self, system: System, index: int) -> SolverText:
        members, solved = system
        linear = self._linear(members[solved:])
        sides = self._sides(members)
        loops = SystemLoops(
            constants=self._constants(members),
            sources=self._sources(members),
            hoisted=len(sides.hoisted),
            show=Translator(self._resolver(members), branchless=True, call=self._called),
        )
        shown_names = tuple(map(shown, members))
        others = len(members) - len(linear)
        return SolverText(
            index=index,
            names=shown_names,
            solved=solved,
            linear=len(linear),
            seen=len(self._seen(members, linear)),
            batch=_batch(sides.slopes),
            sources=max(1, len(loops.sources)),
            hoisted=max(1, loops.hoisted),
            columns=len(loops.constants) + loops.hoisted + len(TOLERANCES),
            where=(cpp.Return(cpp.Characters(f"the numerical solution for {', '.join(shown_names)}")),),
            derivative=one_of(f"{name}: its derivative is no finite number" for name in shown_names),
            error=one_of(f"{name}: the step size of the solver became too small" for name in shown_names),
            hoist=loops.hoist(sides.hoisted),
            others=loops.evaluate("k", sides.slopes[:others], members),
            linears=loops.evaluate("k", sides.slopes[others:], members[others:]) if linear else (),
            jacobian=loops.evaluate("j", sides.jacobian, members) if sides.jacobian else (),
        )

    def _linear(self, along: Sequence[str]) -> tuple[str, ...]:
        """Return those variables whose equations are linear without a drive and only read each other."""
        forms = self.equations.system.linear
        found = [name for name in along if name in forms and not forms[name].drives]
        while reading := [name for name in found if not set(forms[name].linear) <= set(found)]:
            found = [name for name in found if name not in reading]
        return tuple(found)

    def _seen(self, members: Sequence[str], linear: Sequence[str]) -> tuple[str, ...]:
        """Return those of the linear variables that other equations read."""
        others = [name for name in members if name not in linear]
        read = {item for name in others for item in names(self.equations.sides[name])}
        return tuple(name for name in linear if name in read)

    def _ordered(self, updates: Updates) -> tuple[str, ...]:
        """Return the variables of a system: linear ones last, of these the ones that others read first."""
        linear = self._linear(updates.along)
        seen = self._seen((*updates.numeric, *updates.along), linear)
        driven = (name for name in updates.along if name not in linear)
        return (*updates.numeric, *driven, *seen, *(name for name in linear if name not in seen))

    def _called(
        self, node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        """Return a call in a right-hand side, evaluated too often to care for tiny numbers."""
        if node.name == "exp":
            self.uses.add("exp.h")
            return cpp.Call("nj_exp_normal", tuple(arguments))
        return self.call(node, arguments, resolve)

    def _sides(self, members: tuple[str, ...]) -> _Sides:
        """Return right-hand sides and derivatives, from which the invariant parts are taken out."""
        booleans = {name for name, type_ in self.types.items() if type_ == "boolean"}
        invariants = Invariants({*members, "t"}, booleans)
        slopes = tuple(invariants.take_out(self.equations.sides[name]) for name in members)
        jacobian = tuple(invariants.take_out(item) for item in self._jacobian(members))
        return _Sides(slopes, jacobian, tuple(invariants.found))

    def _jacobian(self, members: tuple[str, ...]) -> list[Expression]:
        """Return the derivatives of all right-hand sides, row by row, 0 where none is needed."""
        needed = self.method.derivatives
        if needed == "none":
            return []
        return [
            self._derivative(name, other) if needed == "all" or name == other else ZERO
            for name in members
            for other in members
        ]

    def _derivative(self, name: str, other: str) -> Expression:
        found = derivative(self.equations.sides[name], other)
        if found is None:
            message = f"{shown(name)}' cannot be differentiated, as the {self.method.title} method needs it"
            raise CannotGenerate(
                UNSUPPORTED, message, self.equations.sides[name], f"choose the solver {DEFAULT}"
            )
        return found

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
            if type_ == "integer":
                return cpp.Call("nj_bits", (column(node.name),))
            return (
                cpp.Binary("!=", column(node.name), cpp.Real(0)) if type_ == "boolean" else column(node.name)
            )

        return resolve

    def _sources(self, members: tuple[str, ...]) -> tuple[str, ...]:
        """Return the variables that are read once per step."""
        return self._read(self._sides(members).hoisted)

    def _constants(self, members: tuple[str, ...]) -> tuple[str, ...]:
        """Return the other variables that are read whenever slopes are computed."""
        sides = self._sides(members)
        found = self._read((*sides.slopes, *sides.jacobian))
        return tuple(name for name in found if name not in members and not is_invariant(name))

    def _read(self, expressions: Iterable[Expression]) -> tuple[str, ...]:
        """Return the variables that expressions read, hidden arguments of functions included."""
        seen: dict[str, None] = {}

        def note(node: Name) -> cpp.Expression:
            seen[node.name] = None
            return cpp.Variable("x")

        show = Translator(note, call=self.call)
        for item in expressions:
            show(item)
        return tuple(name for name in seen if name != "t")

    # --- code in the body -----------------------------------------------------------------------

    def write(self, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        """Advance variables by a step where a mask holds."""
        if self.formula is not None:
            self._formulas(self.formula, updates, mask, body)
            return
        system = self._ordered(updates), len(updates.numeric)
        self.register(system)
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
            change = cpp.product(STEP, body.show(self.equations.sides[name]))
            if formula.growth is not None:
                function, header = formula.growth
                self.uses.add(header)
                growth = cpp.product(STEP, body.show(self._derivative(name, name)))
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

    def read(self, members: tuple[str, ...]) -> tuple[str, ...]:
        """Return all variables that the right-hand sides of a system read besides its own."""
        return tuple(dict.fromkeys((*self._sources(members), *self._constants(members), *TOLERANCES)))

    def declaration(self, name: str, system: System, pointer: Callable[[str], cpp.Expression]) -> cpp.Declare:
        """Return the declaration of a system; `pointer` says where a variable is."""
        members, _ = system
        nothing = [cpp.Null()] * len(self._sides(members).hoisted)
        sources = tuple(pointer(item) for item in self._sources(members))
        constants = (pointer(item) for item in self._constants(members))
        columns = (*constants, *nothing, *map(pointer, TOLERANCES))
        value = cpp.Aggregate((STEP, cpp.Aggregate(sources or (cpp.Null(),)), cpp.Aggregate(columns)))
        return cpp.Declare(f"NjSystem_{self.systems[system]}", name, value, is_constant=True)

    def _declare(self, system: System, body: Body) -> cpp.Variable:
        """Declare a system over the columns of the tile."""
        for item in self.read(system[0]):
            body.segment.loaded[item] = None

        def pointer(name: str) -> cpp.Expression:
            found = cpp.Variable(f"c_{identifier(name)}")
            is_integer = self.types.get(name) == "integer"
            return cpp.Cast("const double*", found, "reinterpret_cast") if is_integer else found

        declared = self.declaration(body.fresh("system"), system, pointer)
        body.add(declared)
        return declared.variable

    def _tile(self, system: System, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        members, _ = system
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

    def _lane(self, system: System, updates: Updates, body: Body) -> None:
        """Advance the lane that a loop with control flow is at."""
        members, _ = system
        sizes = (cpp.Integer(len(members)),)
        old, new = (cpp.Declare("NjLanes", body.fresh(name), sizes=sizes) for name in "xy")
        body.add(old)
        body.add(new)
        _copy_in(old.variable, members, body)
        for name in self.read(members):
            if name in body.segment.stored:
                body.add(cpp.Assign(column(name), value_of(name)))
        called = self._declare(system, body)
        body.add(self._call("_lane", called, LANE, old.variable, new.variable))
        self._follow("_lane", LANE, members, (old.variable, new.variable), called, body)
        for position, name in enumerate(updates.numeric):
            body.set(name, _in_lanes(new.variable, position))


def _in_lanes(values: cpp.Expression, position: int) -> cpp.Expression:
    """Return the value of a system's variable in the lane that a loop is at."""
    return cpp.Element(cpp.Element(values, cpp.Integer(position)), LANE)


def _copy_in(values: cpp.Expression, members: Sequence[str], body: Body) -> None:
    for position, name in enumerate(members):
        body.add(cpp.Assign(_in_lanes(values, position), body.value(name)))


def _batch(slopes: Iterable[Expression]) -> int:
    """Return the number of lanes to compute together: few suffice for systems with long computations."""
    parts = (part for item in slopes for part in item.walk())
    return 32 if sum(isinstance(part, Call) and part.name in SLOW for part in parts) < 3 else 16
