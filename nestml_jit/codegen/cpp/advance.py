"""The equations of a connection, advanced over the interval between two events.

Linear ones are solved exactly: by tables of decay factors, in closed form, or by the exponential of a
matrix, which is kept as long as the interval stays the same. All others go through Runge-Kutta-Fehlberg.
Intervals are `steps` long (`elapsed` ms); for variables that postsynaptic spikes alone drive they are
`steps_there`: the neuron's past begins at 0, which is a dendritic delay later at the synapse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Hook, Translator, value_of
from nestml_jit.codegen.cpp.functions import caller
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Updates
from nestml_jit.codegen.cpp.places import STEP, in_slot
from nestml_jit.codegen.cpp.propagators import entries, entry, exponential
from nestml_jit.codegen.cpp.queries import uses
from nestml_jit.codegen.cpp.run_places import (
    BLOCK,
    LAG,
    LANE,
    NOW,
    T_DONE,
    Code,
    call,
    constant,
    element,
    fixed,
    named,
    time_of,
    whole,
)
from nestml_jit.codegen.cpp.solver import Solvers, SolverText, declaration
from nestml_jit.codegen.model.affine import analyse
from nestml_jit.codegen.model.equations import TOLERANCES, Equations, needed
from nestml_jit.codegen.plan.moving import family, static_names
from nestml_jit.codegen.plan.numeric import NumericSystems
from nestml_jit.codegen.plan.rule import Rule
from nestml_jit.codegen.plan.systems import Group, Row, propagation
from nestml_jit.dsl.tree import Call, Expression, Name
from nestml_jit.solvers import DEFAULT, METHODS

METHOD = METHODS[DEFAULT]
_ZERO = cpp.Real(0.0)


@dataclass(frozen=True)
class Clock:
    """An interval: in steps and in ms."""

    steps: cpp.Variable
    ms: cpp.Variable


HERE = Clock(cpp.Variable("steps"), cpp.Variable("elapsed"))
THERE = Clock(cpp.Variable("steps_there"), cpp.Variable("elapsed_there"))


def clock_declarations(statements: Code) -> Code:
    """Declare the intervals that some statements use."""
    used = uses(statements)
    there = call("nj_since", cpp.minus(NOW, LAG), cpp.minus(T_DONE, LAG))
    return tuple(
        item
        for clock, steps in ((HERE, cpp.minus(NOW, T_DONE)), (THERE, there))
        if used & {clock.steps.name, clock.ms.name}
        for item in (fixed("int64_t", clock.steps, steps), fixed("double", clock.ms, time_of(clock.steps)))
    )


@dataclass(frozen=True)
class EquationNames:
    """The context of equations at one place of the code.

    Attributes
    ----------
    static
        Returns the C++ expression of a parameter or internal.
    varies
        Whether an expression of parameters differs between connections.
    decay
        The factor exp(rate * time), for a variable's rate and a number of steps.
    """

    static: Callable[[Name], cpp.Expression]
    varies: Callable[[Expression], bool]
    decay: Callable[[Expression, cpp.Expression], cpp.Expression]


class Integration:
    """Writes the code by which integrate_odes() and the passing of time change the states of a connection.

    Attributes
    ----------
    prologue
        Declarations in front of the loop over connections, by the variable.
    largest
        Rows of the largest matrix whose exponential is computed, 0 if there is none.
    """

    def __init__(
        self, rule: Rule, kept: Iterable[str], types: Mapping[str, str], values: EquationNames
    ) -> None:
        self.rule = rule
        kept = set(kept)
        odes = {name: ode for name, ode in rule.normal.odes.items() if name in kept}
        self.system = analyse(odes, static_names(rule.normal), {})
        self.sides = {name: ode.value for name, ode in odes.items()}
        self.exact = propagation(self.system.linear)
        self.values = values
        self.types = types
        self.prologue: dict[str, cpp.Declare] = {}
        self.solvers: Solvers | None = None
        self.largest = 0

    def texts(self) -> tuple[SolverText, ...]:
        """Return the parts of the numerical systems."""
        return self.solvers.texts() if self.solvers is not None else ()

    def integrate(self, call: Call, body: Body) -> Updates:
        """Return the updates of integrate_odes(), after statements that compute its propagators."""
        own = frozenset(self.sides) - self.rule.always
        chosen = {node.name for node in call.arguments if isinstance(node, Name)}
        wanted = [name for name in self.sides if name in (family(own, chosen) if chosen else own)]
        exact = self.advanced([name for name in wanted if name in self.exact.rows], body)
        numeric = tuple(name for name in wanted if name not in exact)
        along = needed(numeric, self.sides, {*exact, *self.rule.always})
        return Updates(exact, numeric, along)

    # --- exact ----------------------------------------------------------------------------------

    def advanced(self, names: Iterable[str], body: Body) -> dict[str, cpp.Expression]:
        """Return the new values of variables with an exact solution."""
        wanted = set(names)
        found: dict[str, cpp.Expression] = {}
        for number, group in enumerate(self.exact.groups):
            rows = [row for row in group.rows if row.variable in wanted]
            for clock in (HERE, THERE):
                mine = [row for row in rows if self._clock(row.variable) is clock]
                if len(group.rows) == 1:
                    found.update({row.variable: self._single(row, clock, body) for row in mine})
                elif mine:
                    matrix = self._matrix(group, number, clock, body)
                    found.update({row.variable: _product(group, row, matrix, body) for row in mine})
        return {name: found[name] for name in self.sides if name in found}

    def _clock(self, name: str) -> Clock:
        return THERE if name in self.rule.driven else HERE

    @cached_property
    def _show(self) -> Translator:
        return Translator(self.values.static, call=caller(self.rule.free))

    def _single(self, row: Row, clock: Clock, body: Body) -> cpp.Expression:
        """Return the new value of a variable that depends on no other one."""
        form = self.exact.linear[row.variable]
        drives = [
            _times(self._show(form.drives[drive]), None if drive is None else body.show(drive))
            for drive in row.drives
        ]
        value = value_of(row.variable)
        if row.timer:
            return cpp.plus(value, cpp.product(clock.ms, cpp.plus(*drives))) if drives else value
        rate = form.linear[row.variable]
        decayed = cpp.product(value, self.values.decay(rate, clock.steps))
        if not drives:
            return decayed
        mean = call("nj_mean", self._show(rate), clock.ms)
        return cpp.plus(decayed, cpp.product(mean, cpp.plus(*drives)))

    def _matrix(self, group: Group, number: int, clock: Clock, body: Body) -> cpp.Variable:
        """Write the statements that compute the exponential of a group, which is kept unless it varies."""
        size = len(group.order) + len(group.drives)
        self.largest = max(self.largest, size)
        body.around.uses.add("exponential.h")
        prefix = f"p_{number}_{clock.steps.name}"
        found = tuple(entries(group, self.exact.linear))
        varies = any(self.values.varies(factor) for _, _, factor in found)
        matrix = cpp.Variable(body.fresh(f"{prefix}_") if varies else prefix)
        scaled = (
            cpp.Assign(entry(matrix, row * size + column), cpp.product(clock.ms, self._show(factor)))
            for row, column, factor in found
        )
        filled = (*scaled, exponential(matrix, size, len(group.order), group.triangular))
        sizes = (whole(size * size),)
        if varies:
            body.add(cpp.Declare("double", matrix.name, cpp.Aggregate((_ZERO,)), sizes))
            for statement in filled:
                body.add(statement)
            return matrix
        steps_of = cpp.Variable(f"{matrix.name}_of")
        self.prologue[matrix.name] = cpp.Declare("double", matrix.name, sizes=sizes)
        self.prologue[steps_of.name] = cpp.Declare("int64_t", steps_of.name, whole(-1))
        clear = call("std::memset", matrix, whole(0), call("sizeof", matrix))
        renewed = (cpp.Evaluate(clear), *filled, cpp.Assign(steps_of, clock.steps))
        body.add(cpp.when(cpp.Binary("!=", steps_of, clock.steps), renewed))
        return matrix

    # --- numeric --------------------------------------------------------------------------------

    def solve(self, updates: Updates, mask: cpp.Expression | None, body: Body) -> None:
        """Write the code that integrates variables numerically."""
        assert mask is None
        solvers = self._solvers(body.around.call, body.around.uses)
        new: dict[str, cpp.Expression] = {}
        for clock in (HERE, THERE):
            chosen = tuple(name for name in updates.numeric if self._clock(name) is clock)
            if chosen:
                members = (*updates.numeric, *updates.along)
                new.update(self._solved(solvers, members, chosen, clock, body))
        for name, value in new.items():
            body.set(name, value)

    def _solvers(self, call: Hook | None, uses: set[str]) -> Solvers:
        if self.solvers is None:
            equations = Equations(self.sides, {}, self.system)
            systems = NumericSystems(equations, self.types, self.rule.free, METHOD)
            self.solvers = Solvers(systems, self.types, call or _nothing, uses)
        return self.solvers

    def _solved(
        self, solvers: Solvers, members: tuple[str, ...], chosen: tuple[str, ...], clock: Clock, body: Body
    ) -> dict[str, cpp.Expression]:
        """Write the solution of a system over an interval; returns the new values."""
        numeric = solvers.system(members, len(members))
        old, new, system = (cpp.Variable(body.fresh(prefix)) for prefix in ("x", "y", "system"))
        for values in (old, new):
            body.add(cpp.Declare("NjLanes", values.name, cpp.Aggregate(), (whole(len(members)),)))
        for position, name in enumerate(members):
            body.add(cpp.Assign(_first(old, position), value_of(name)))
        held = {name: self._held(name, body) for name in numeric.read}
        pointers = {name: cpp.Unary("&", item) for name, item in held.items()}
        body.add(declaration(system.name, numeric, pointers.__getitem__))
        _integrate(system, clock, old, new, body)
        return {name: _first(new, members.index(name)) for name in chosen}

    def _held(self, name: str, body: Body) -> cpp.Variable:
        """Declare the values that equations read while they are integrated."""
        value = self.values.static(Name(name)) if name in TOLERANCES else body.show(Name(name))
        slot = in_slot(value, body.type_of(name))
        return body.declare("double", f"{named('held', name).name}_", slot)


def _times(factor: cpp.Expression, drive: cpp.Expression | None) -> cpp.Expression:
    return factor if drive is None else cpp.product(factor, drive)


def _product(group: Group, row: Row, matrix: cpp.Variable, body: Body) -> cpp.Expression:
    """Return a row of the exponential times the state."""
    start = group.order.index(row.variable) * (len(group.order) + len(group.drives))
    others = row.propagators or {row.variable: ""}
    terms = [cpp.product(element(matrix, start + group.order.index(name)), value_of(name)) for name in others]
    for column, drive in enumerate(group.drives, start=len(group.order)):
        if drive in row.drives:
            terms.append(_times(element(matrix, start + column), None if drive is None else body.show(drive)))
    return cpp.plus(*terms)


def _first(values: cpp.Variable, position: int) -> cpp.Expression:
    """Return a system's variable in the first lane, the one that is used."""
    return element(element(values, position), 0)


def _integrate(system: cpp.Variable, clock: Clock, old: cpp.Variable, new: cpp.Variable, body: Body) -> None:
    """Write the call of the solver; an interval of length 0 changes no value."""
    first = cpp.Ternary(cpp.less(clock.ms, STEP), clock.ms, STEP)
    arguments = (system, time_of(T_DONE), clock.ms, first, old, new)
    solution = cpp.Call("nj_integrate_alone", arguments, (METHOD.structure,))
    takes_time = cpp.greater(clock.ms, _ZERO)
    reason = cpp.Variable(body.fresh("reason"))
    body.add(constant("const char*", reason, cpp.Ternary(takes_time, solution, cpp.Null())))
    failure = cpp.MethodCall(BLOCK, "fail", (cpp.Member(BLOCK, "host"), LANE, whole(0), reason))
    body.add(cpp.when(reason, [cpp.Evaluate(failure)]))
    copy = call("std::memcpy", new, old, call("sizeof", new))
    body.add(cpp.when(cpp.negation(takes_time), [cpp.Evaluate(copy)]))


def _nothing(
    node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
) -> cpp.Expression | None:
    return None
