"""How the equations of a connection advance over the interval between two events.

Linear ones are solved exactly: by tables of decay factors, in closed form, or by the exponential of a
matrix, which is kept as long as the interval stays the same. All others go through Runge-Kutta-Fehlberg.
Intervals are `steps` long (`elapsed` ms); for variables that postsynaptic spikes alone drive they are
`steps_there`: the neuron's past begins at 0, which is a dendritic delay later at the synapse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Hook, Printer, variable
from nestml_jit.codegen.cpp.functions import caller
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Updates
from nestml_jit.codegen.cpp.solver import Solvers, SolverText
from nestml_jit.codegen.model.affine import analyse
from nestml_jit.codegen.model.equations import TOLERANCES, Equations, needed
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.plan.moving import family, static_names
from nestml_jit.codegen.plan.rule import Rule
from nestml_jit.codegen.plan.systems import Group, Row, propagation
from nestml_jit.dsl.tree import Call, Expression, Name
from nestml_jit.solvers import DEFAULT, METHODS

METHOD = METHODS[DEFAULT]


@dataclass(frozen=True)
class Clock:
    """An interval as C++ text: in steps and in ms."""

    steps: str
    ms: str


HERE = Clock("steps", "elapsed")
THERE = Clock("steps_there", "elapsed_there")


@dataclass(frozen=True)
class Values:
    """What the equations need of the place where they stand.

    Attributes
    ----------
    static
        C++ text of a parameter or internal.
    varies
        Whether an expression of parameters differs between connections.
    decay
        C++ text of the factor exp(rate * time), for a variable's rate and a number of steps.
    """

    static: Callable[[Name], str]
    varies: Callable[[Expression], bool]
    decay: Callable[[Expression, str], str]


class Integration:
    """Writes what integrate_odes() and the passing of time do to the states of a connection.

    Attributes
    ----------
    prologue
        Lines in front of the loop over connections.
    clocks
        Intervals that were used.
    largest
        Rows of the largest matrix whose exponential is computed, 0 if there is none.
    """

    def __init__(self, rule: Rule, kept: Iterable[str], types: Mapping[str, str], values: Values) -> None:
        self.rule = rule
        kept = set(kept)
        odes = {name: ode for name, ode in rule.normal.odes.items() if name in kept}
        self.system = analyse(odes, static_names(rule.normal), {})
        self.sides = {name: ode.value for name, ode in odes.items()}
        self.exact = propagation(self.system.linear)
        self.values = values
        self.types = types
        self.prologue: list[str] = []
        self.clocks: set[Clock] = set()
        self.solvers: Solvers | None = None
        self.largest = 0

    def texts(self) -> tuple[SolverText, ...]:
        """Return the strings of the numerical systems."""
        return self.solvers.texts() if self.solvers is not None else ()

    def integrate(self, call: Call, body: Body) -> Updates:
        """Return what integrate_odes() does, after lines that compute its propagators."""
        own = frozenset(self.sides) - self.rule.always
        chosen = {node.name for node in call.arguments if isinstance(node, Name)}
        wanted = [name for name in self.sides if name in (family(own, chosen) if chosen else own)]
        exact = self.advanced([name for name in wanted if name in self.exact.rows], body)
        numeric = tuple(name for name in wanted if name not in exact)
        along = needed(numeric, self.sides, {*exact, *self.rule.always})
        return Updates({name: cpp.Written(text) for name, text in exact.items()}, numeric, along)

    # --- exact ----------------------------------------------------------------------------------

    def advanced(self, names: Iterable[str], body: Body) -> dict[str, str]:
        """Return the C++ texts of the new values of variables with an exact solution."""
        wanted = set(names)
        found: dict[str, str] = {}
        for number, group in enumerate(self.exact.groups):
            rows = [row for row in group.rows if row.variable in wanted]
            for clock in (HERE, THERE):
                mine = [row for row in rows if self._clock(row.variable) is clock]
                if len(group.rows) == 1:
                    found.update({row.variable: self._single(row, clock, body) for row in mine})
                elif mine:
                    matrix = self._matrix(group, number, clock, body)
                    found.update({row.variable: self._product(group, row, matrix, body) for row in mine})
        return {name: found[name] for name in self.sides if name in found}

    def _clock(self, name: str) -> Clock:
        return THERE if name in self.rule.driven else HERE

    def _show(self, expression: Expression) -> str:
        return Printer(self.values.static, call=caller(self.rule.free)).atom(expression)

    def _single(self, row: Row, clock: Clock, body: Body) -> str:
        """Text of a variable that depends on no other one."""
        form = self.exact.linear[row.variable]
        drives = [
            self._show(form.drives[drive]) + ("" if drive is None else f" * {body.show.atom(drive)}")
            for drive in row.drives
        ]
        value = variable(row.variable)
        if drives or not row.timer:
            self.clocks.add(clock)
        if row.timer:
            return f"{value} + {clock.ms} * ({' + '.join(drives)})" if drives else value
        rate = form.linear[row.variable]
        text = f"{value} * {self.values.decay(rate, clock.steps)}"
        if not drives:
            return text
        return f"{text} + nj_mean({self._show(rate)}, {clock.ms}) * ({' + '.join(drives)})"

    def _matrix(self, group: Group, number: int, clock: Clock, body: Body) -> str:
        """Write the lines that compute the exponential of a group; returns its name."""
        self.clocks.add(clock)
        size = len(group.order) + len(group.drives)
        name = f"p_{number}_{clock.steps}"
        factors = [self.exact.linear[item] for item in group.order]
        coefficients = [item for form in factors for item in (*form.linear.values(), *form.drives.values())]
        varies = any(self.values.varies(item) for item in coefficients)
        name = body.fresh(f"{name}_") if varies else name
        fill = self._fill(group, size, name, clock)
        lower = "true" if group.triangular else "false"
        body.around.uses.add("exponential.h")
        self.largest = max(self.largest, size)
        fill.append(f"nj_exponential({name}, {size}, {len(group.order)}, {lower});")
        if varies:
            body.add(f"double {name}[{size * size}] = {{ 0.0 }};")
            lines = fill
        else:
            declared = [f"double {name}[{size * size}];", f"int64_t {name}_of = -1;"]
            self.prologue += [line for line in declared if line not in self.prologue]
            clear = f"std::memset({name}, 0, sizeof({name}));"
            lines = [f"if ({name}_of != {clock.steps}) {{", clear, *fill, f"{name}_of = {clock.steps};", "}"]
        for line in lines:
            body.add(line)
        return name

    def _fill(self, group: Group, size: int, name: str, clock: Clock) -> list[str]:
        position = {item: index for index, item in enumerate(group.order)}
        lines = []
        for item, row in position.items():
            form = self.exact.linear[item]
            for other, factor in form.linear.items():
                place = row * size + position[other]
                lines.append(f"{name}[{place}] = {clock.ms} * {self._show(factor)};")
            for column, drive in enumerate(group.drives, start=len(group.order)):
                if drive in form.drives:
                    place = row * size + column
                    lines.append(f"{name}[{place}] = {clock.ms} * {self._show(form.drives[drive])};")
        return lines

    def _product(self, group: Group, row: Row, matrix: str, body: Body) -> str:
        """Text of a row of the exponential times the state."""
        size = len(group.order) + len(group.drives)
        start = group.order.index(row.variable) * size
        others = row.propagators or {row.variable: ""}
        terms = [f"{matrix}[{start + group.order.index(name)}] * {variable(name)}" for name in others]
        for column, drive in enumerate(group.drives, start=len(group.order)):
            if drive in row.drives:
                factor = "" if drive is None else f" * {body.show.atom(drive)}"
                terms.append(f"{matrix}[{start + column}]{factor}")
        return " + ".join(terms)

    # --- numeric --------------------------------------------------------------------------------

    def solve(self, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        """Write the code that integrates variables numerically."""
        assert mask is None
        solvers = self._solvers(body.around.call, body.around.uses)
        new: dict[str, str] = {}
        for clock in (HERE, THERE):
            chosen = tuple(name for name in updates.numeric if self._clock(name) is clock)
            if chosen:
                members = (*updates.numeric, *updates.along)
                new.update(self._solved(solvers, members, chosen, clock, body))
        for name, text in new.items():
            body.set(name, cpp.Written(text))

    def _solvers(self, call: Hook | None, uses: set[str]) -> Solvers:
        if self.solvers is None:
            equations = Equations(self.sides, {}, self.system)
            self.solvers = Solvers(equations, self.types, call or _nothing, METHOD, uses)
        return self.solvers

    def _solved(
        self, solvers: Solvers, members: tuple[str, ...], chosen: Iterable[str], clock: Clock, body: Body
    ) -> dict[str, str]:
        """Write the solution of a system over an interval; returns the texts of the new values."""
        self.clocks.add(clock)
        solvers.register((members, len(members)))
        old, new, system = body.fresh("x"), body.fresh("y"), body.fresh("system")
        body.add(f"NjLanes {old}[{len(members)}] = {{}}, {new}[{len(members)}] = {{}};")
        for position, name in enumerate(members):
            body.add(f"{old}[{position}][0] = {variable(name)};")
        held = {}
        for name in solvers.read(members):
            text = str(body.show(Name(name))) if name not in TOLERANCES else self.values.static(Name(name))
            text = f"nj_slot({text})" if body.type_of(name) == "integer" else text
            held[name] = body.declare("double", f"held_{identifier(name)}_", text)
        body.add(
            solvers.declaration(system, (members, len(members)), lambda name: cpp.Unary("&", held[name]))
        )
        first = f"({clock.ms} < h ? {clock.ms} : h)"
        start = f"{system}, nj_time(t_done, h), {clock.ms}, {first}, {old}, {new}"
        reason = body.fresh("reason")
        call = f"nj_integrate_alone<{METHOD.structure}>({start})"
        body.add(f"const char* const {reason} = {clock.ms} > 0.0 ? {call} : nullptr;")
        body.add(f"if ({reason}) {{")
        body.add(f"  d->block->fail(d->block->host, lane, 0, {reason});")
        body.add("}")
        body.add(f"if (!({clock.ms} > 0.0)) {{ std::memcpy({new}, {old}, sizeof({new})); }}")
        return {name: f"{new}[{members.index(name)}][0]" for name in chosen}


def _nothing(
    node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
) -> cpp.Expression | None:
    return None
