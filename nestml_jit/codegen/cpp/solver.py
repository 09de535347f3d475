"""Numerical solution of the equations that have no exact one.

The methods themselves are in support/; the default is Runge-Kutta-Fehlberg 4(5) with the error control
of NESTML's solver. A whole step is tried for all lanes of a tile; lanes where its error is too large are
then advanced together, each in as many pieces as it needs. What is generated here is the
right-hand side of each system, and the code around a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nestml_jit.codegen.cpp.expressions import Hook, Printer, variable
from nestml_jit.codegen.cpp.lanes import Body, select
from nestml_jit.codegen.cpp.loop_parts import Updates
from nestml_jit.codegen.model.equations import TOLERANCES, Equations
from nestml_jit.codegen.model.names import identifier, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import ZERO, derivative, names
from nestml_jit.codegen.plan.invariants import SLOW, Invariants, is_invariant
from nestml_jit.codegen.plan.invariants import text as invariant_text
from nestml_jit.dsl.tree import Call, Expression, Name
from nestml_jit.solvers import AUTO, DEFAULT, METHODS, Formula, Method

System = tuple[tuple[str, ...], int]
"""Variables that are integrated together, and how many of them, the first ones, are solved for.

The others have an exact solution, which is used after the step. Errors are put down to the first ones."""


@dataclass(frozen=True)
class SolverText:
    """Strings for the solver's template.

    Attributes
    ----------
    index
        Number of the system within the model.
    names
        Names of its variables, for people.
    variables
        C++ names of its variables.
    solved
        Number of those, the first ones, whose values after a step are used.
    linear
        Number of those, the last ones, whose equations are linear, read nothing but each other, and do not
        change during a step.
    seen
        Number of these, the first ones, that the other equations read.
    pack
        Number of lanes that are computed together.
    sources
        C++ names of what `hoisted` reads.
    constants
        C++ names of everything else that its right-hand sides read, `hoisted` left out.
    slopes
        C++ text of the right-hand sides.
    hoisted
        C++ text of what is computed once per step.
    jacobian
        C++ text of the derivatives of all right-hand sides, row by row.
    """

    index: int
    names: tuple[str, ...]
    variables: tuple[str, ...]
    solved: int
    linear: int
    seen: int
    pack: int
    sources: tuple[str, ...]
    constants: tuple[str, ...]
    slopes: tuple[str, ...]
    hoisted: tuple[str, ...] = ()
    jacobian: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """All texts of expressions."""
        return (*self.slopes, *self.hoisted, *self.jacobian)


@dataclass(frozen=True)
class _Sides:
    """Right-hand sides of a system, and what is computed once per step for them."""

    slopes: tuple[Expression, ...]
    jacobian: tuple[Expression, ...]
    hoisted: tuple[Expression, ...]


def method_named(name: str) -> Method:
    """Return a method; "auto" stands for the default one.

    Raises
    ------
    CannotGenerate
        If there is none of that name.
    """
    chosen = DEFAULT if name in (AUTO, "") else name
    if chosen not in METHODS:
        raise CannotGenerate(
            UNSUPPORTED, f"there is no solver {name}", hint=f"use one of {', '.join(sorted(METHODS))}"
        )
    return METHODS[chosen]


class Solvers:
    """The systems of a model that are integrated numerically, numbered as they are met.

    Attributes
    ----------
    uses
        Takes the headers that the code needs.
    followed
        The potential whose course is told to NEST's waveform relaxation, "" if there are no gap junctions.
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
        show = Printer(self._resolver(members), branchless=True, call=self._called)
        sides = self._sides(members)
        return SolverText(
            index=index,
            names=tuple(map(shown, members)),
            variables=tuple(variable(name) for name in members),
            solved=solved,
            linear=len(linear),
            seen=len(self._seen(members, linear)),
            pack=_pack(sides.slopes),
            sources=tuple(f"c_{identifier(name)}" for name in self._sources(members)),
            constants=tuple(f"c_{identifier(name)}" for name in self._constants(members)),
            slopes=tuple(show(item) for item in sides.slopes),
            hoisted=tuple(show(item) for item in sides.hoisted),
            jacobian=tuple(show(item) for item in sides.jacobian),
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

    def _called(self, node: Call, arguments: list[str], resolve: Callable[[Name], str]) -> str | None:
        """Text of a call in a right-hand side, evaluated too often to care for tiny numbers."""
        if node.name == "exp":
            self.uses.add("exp.h")
            return f"nj_exp_normal({', '.join(arguments)})"
        return self.call(node, arguments, resolve)

    def _sides(self, members: tuple[str, ...]) -> _Sides:
        """Return right-hand sides and derivatives, with what does not change taken out."""
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

    def _resolver(self, members: tuple[str, ...]) -> Callable[[Name], str]:
        def resolve(node: Name) -> str:
            if node.index is not None:
                raise CannotGenerate(UNSUPPORTED, f"the index of {node.name} must be a number here", node)
            if node.name == "t":
                return "now[l]"
            hoisted = invariant_text(node.name)
            if hoisted is not None:
                return hoisted
            if node.name in members:
                return variable(node.name)
            if self.types.get(node.name) == "integer":
                return f"nj_bits(c_{identifier(node.name)}[l])"
            test = " != 0.0" if self.types.get(node.name) == "boolean" else ""
            return f"(c_{identifier(node.name)}[l]{test})" if test else f"c_{identifier(node.name)}[l]"

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

        def note(node: Name) -> str:
            seen[node.name] = None
            return "x"

        show = Printer(note, call=self.call)
        for item in expressions:
            show(item)
        return tuple(name for name in seen if name != "t")

    # --- code in the body -----------------------------------------------------------------------

    def write(self, updates: Updates, mask: str, body: Body) -> None:
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

    def _formulas(self, formula: Formula, updates: Updates, mask: str, body: Body) -> None:
        """Advance each variable by one formula; all read the values before the step."""
        outer = body.locals
        body.locals = {**outer, "t": ("(t - h)", "real")}
        new = {}
        for name in updates.numeric:
            slope = body.show(self.equations.sides[name])
            change = f"h * ({slope})"
            if formula.growth is not None:
                function, header = formula.growth
                self.uses.add(header)
                change += f" * {function}(h * ({body.show(self._derivative(name, name))}))"
            text = f"{body.value(name)} + {change}"
            new[name] = body.declare("double", f"y_{identifier(name)}_", text)
        body.locals = outer
        for name, text in new.items():
            body.set(name, select(mask, text, body.value(name)))

    def _call(self, suffix: str, arguments: str, system: str) -> str:
        function = f"nj_integrate{suffix}<{self.method.structure}>"
        return f"{function}({system}, {{ block, tile, lag, t - h, h }}, {arguments});"

    def _follow(
        self,
        suffix: str,
        where: str,
        members: tuple[str, ...],
        ends: tuple[str, str],
        system: str,
        body: Body,
    ) -> None:
        """Note the course of the potential that gap junctions couple, if it is among these variables."""
        if self.followed in members:
            place = "{ block, tile, lag, t - h, h }"
            index, (old, new) = members.index(self.followed), ends
            body.add(f"nj_follow{suffix}({system}, {place}, {where}, {index}, {old}, {new});")

    def read(self, members: tuple[str, ...]) -> tuple[str, ...]:
        """Return all variables that the right-hand sides of a system read besides its own."""
        return tuple(dict.fromkeys((*self._sources(members), *self._constants(members), *TOLERANCES)))

    def declaration(self, name: str, system: System, pointer: Callable[[str], str]) -> str:
        """Return the declaration of a system; `pointer` gives the C++ text of where a variable is."""
        members, _ = system
        nothing = ["nullptr"] * len(self._sides(members).hoisted)
        sources = [pointer(item) for item in self._sources(members)]
        columns = [pointer(item) for item in self._constants(members)], nothing, map(pointer, TOLERANCES)
        read = ", ".join(sources) or "nullptr"
        values = ", ".join(text for part in columns for text in part)
        type_ = f"const NjSystem_{self.systems[system]}"
        return f"{type_} {name} = {{ h, {{ {read} }}, {{ {values} }} }};"

    def _system(self, name: str, system: System, body: Body) -> str:
        for column in self.read(system[0]):
            body.segment.loaded[column] = None

        def pointer(column: str) -> str:
            text = f"c_{identifier(column)}"
            is_integer = self.types.get(column) == "integer"
            return f"reinterpret_cast<const double*>({text})" if is_integer else text

        return self.declaration(name, system, pointer)

    def _tile(self, system: System, updates: Updates, mask: str, body: Body) -> None:
        members, _ = system
        old, new = body.fresh("x"), body.fresh("y")
        size = len(members)
        body.arrays += [f"NjLanes {old}[{size}]", f"NjLanes {new}[{size}]"]
        for position, name in enumerate(members):
            body.add(f"{old}[{position}][l] = {body.value(name)};")
        flag = body.raise_flag(mask) if mask else ""
        body.start("plain", flag)
        name = body.fresh("system")
        body.add(self._system(name, system, body))
        chosen = f"{flag}_of" if flag else "nullptr"
        body.add(self._call("", f"{chosen}, {old}, {new}", name))
        self._follow("", chosen, members, (old, new), name, body)
        body.start("vector", flag)
        for position, name in enumerate(updates.numeric):
            body.set(name, select(mask, f"{new}[{position}][l]", body.value(name)))

    def _lane(self, system: System, updates: Updates, body: Body) -> None:
        """Advance the lane that a loop with control flow is at."""
        members, _ = system
        old, new, called = body.fresh("x"), body.fresh("y"), body.fresh("system")
        body.add(f"NjLanes {old}[{len(members)}], {new}[{len(members)}];")
        for position, name in enumerate(members):
            body.add(f"{old}[{position}][l] = {body.value(name)};")
        for name in self.read(members):
            if name in body.segment.stored:
                body.add(f"c_{identifier(name)}[l] = {variable(name)};")
        body.add(self._system(called, system, body))
        body.add(self._call("_lane", f"l, {old}, {new}", called))
        self._follow("_lane", "l", members, (old, new), called, body)
        for position, name in enumerate(updates.numeric):
            body.set(name, f"{new}[{position}][l]")


def _pack(slopes: Iterable[Expression]) -> int:
    """Return how many lanes to compute together: few suffice if there is much to do for each of them."""
    parts = (part for item in slopes for part in item.walk())
    return 32 if sum(isinstance(part, Call) and part.name in SLOW for part in parts) < 3 else 16
