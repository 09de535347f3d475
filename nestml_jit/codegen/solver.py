"""Numerical solution of the equations that have no exact one.

Runge-Kutta-Fehlberg 4(5) with the error control of NESTML's solver (relative and absolute tolerance,
both with respect to the solution). A whole step is tried for all lanes of a tile at once; lanes where
its error is too large are then advanced one by one, in as many pieces as they need.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nestml_jit.codegen.cpp import Hook, Printer, identifier, variable
from nestml_jit.codegen.equations import TOLERANCES, Equations
from nestml_jit.codegen.lanes import Body, select
from nestml_jit.codegen.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.symbolic import names
from nestml_jit.dsl.tree import Call, Name


@dataclass(frozen=True)
class SolverText:
    """Strings for the solver's template.

    Attributes
    ----------
    index
        Number of the system within the model.
    variables
        Names of its variables, in C++.
    constants
        Names of everything else that its right-hand sides read.
    slopes
        C++ text of the right-hand sides.
    what
        Names of the numeric variables, for messages.
    """

    index: int
    variables: tuple[str, ...]
    constants: tuple[str, ...]
    slopes: tuple[str, ...]
    what: str


@dataclass(frozen=True)
class Stage:
    """A stage of a Runge-Kutta scheme: its time and what is added to a variable `@` before it."""

    at: str
    sum: str


def _stage(at: str, *weights: str) -> Stage:
    terms = [f"{weight} * k{index}_@" for index, weight in enumerate(weights, 1) if weight != "0"]
    return Stage(at, f" + step * ({' + '.join(terms)})" if terms else "")


def _combined(*weights: str) -> str:
    terms = [f"{weight} * k{index}_@" for index, weight in enumerate(weights, 1) if weight != "0"]
    return f"step * ({' + '.join(terms)})"


# Fehlberg (1969), NASA Technical Report R-315, table III; the solution of order 5 is continued.
TABLEAU = (
    _stage(""),
    _stage("(1.0 / 4.0)", "(1.0 / 4.0)"),
    _stage("(3.0 / 8.0)", "(3.0 / 32.0)", "(9.0 / 32.0)"),
    _stage("(12.0 / 13.0)", "(1932.0 / 2197.0)", "(-7200.0 / 2197.0)", "(7296.0 / 2197.0)"),
    _stage("1.0", "(439.0 / 216.0)", "(-8.0)", "(3680.0 / 513.0)", "(-845.0 / 4104.0)"),
    _stage("0.5", "(-8.0 / 27.0)", "2.0", "(-3544.0 / 2565.0)", "(1859.0 / 4104.0)", "(-11.0 / 40.0)"),
)
_FIFTH = ("(16.0 / 135.0)", "0", "(6656.0 / 12825.0)", "(28561.0 / 56430.0)", "(-9.0 / 50.0)", "(2.0 / 55.0)")
_DIFFERENCE = (
    "(1.0 / 360.0)",
    "0",
    "(-128.0 / 4275.0)",
    "(-2197.0 / 75240.0)",
    "(1.0 / 50.0)",
    "(2.0 / 55.0)",
)
SOLUTION = " + " + _combined(*_FIFTH)
ERROR = _combined(*_DIFFERENCE)


class Solvers:
    """The systems of a model that are integrated numerically, numbered as they are met."""

    def __init__(self, equations: Equations, call: Hook) -> None:
        self.equations = equations
        self.call = call
        self.systems: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}

    def texts(self) -> tuple[SolverText, ...]:
        """Return the strings of all systems."""
        return tuple(self._text(numeric, along, i) for (numeric, along), i in self.systems.items())

    def _text(self, numeric: tuple[str, ...], along: tuple[str, ...], index: int) -> SolverText:
        members = (*numeric, *along)

        def resolve(node: Name) -> str:
            if node.index is not None or node.delay is not None:
                message = "vectors and delayed variables are not supported yet"
                raise CannotGenerate(UNSUPPORTED, message, node)
            if node.name == "t":
                return "now"
            return variable(node.name) if node.name in members else f"e.{variable(node.name)}"

        show = Printer(resolve, branchless=True, call=self.call, step="e.h")
        return SolverText(
            index=index,
            variables=tuple(identifier(name) for name in members),
            constants=tuple(variable(name) for name in self._constants(members)),
            slopes=tuple(show(self.equations.sides[name]) for name in members),
            what=", ".join(numeric),
        )

    def _constants(self, members: tuple[str, ...]) -> tuple[str, ...]:
        found: set[str] = set()
        for name in members:
            found |= names(self.equations.sides[name])
        return (*sorted(found - set(members) - {"t"}), *TOLERANCES)

    # --- code in the body -----------------------------------------------------------------------

    def write(self, numeric: tuple[str, ...], along: tuple[str, ...], mask: str, body: Body) -> None:
        """Advance variables by a step where a mask holds."""
        index = self.systems.setdefault((numeric, along), len(self.systems))
        members = (*numeric, *along)
        if not body.branchless:
            self._whole(index, numeric, members, body)
            return
        constants = self._gather(index, members, body)
        new = {name: body.fresh(f"y_{identifier(name)}_") for name in members}
        body.add(f"double {', '.join(new.values())};")
        old = ", ".join(body.value(name) for name in members)
        call = f"nj_rkf45_{index}({constants}, t - h, h, {old}, {', '.join(new.values())})"
        ratio = body.declare("double", "ratio", call)
        good = body.declare("bool", "m", f"{ratio} <= 1.1")
        flag = body.raise_flag(f"({mask} & !{good})" if mask else f"(!{good})")
        accepted = body.declare("bool", "m", f"{mask} & {good}") if mask else good
        for name in numeric:
            body.set(name, select(accepted, new[name], body.value(name)))
        body.start("rare", flag)
        self._whole(index, numeric, members, body, ratio)
        body.start("vector")

    def _gather(self, index: int, members: tuple[str, ...], body: Body) -> str:
        values = [body.resolve(Name(name)) for name in self._constants(members)]
        name = body.fresh("e")
        body.add(f"const NjConstants_{index} {name} = {{ {', '.join(['h', *values])} }};")
        return name

    def _whole(
        self, index: int, numeric: tuple[str, ...], members: tuple[str, ...], body: Body, ratio: str = "0.0"
    ) -> None:
        """Advance one lane in as many pieces as it needs."""
        constants = self._gather(index, members, body)
        new = {name: body.fresh(f"y_{identifier(name)}_") for name in members}
        for name in members:
            body.add(f"double {new[name]} = {body.value(name)};")
        values = ", ".join(new.values())
        body.add(f"nj_solve_{index}(block, tile, l, lag, {constants}, t - h, h, {ratio}, {values});")
        for name in numeric:
            body.set(name, new[name])


_VECTOR = {"exp": "nj_exp"}


def vector_call(node: Call, arguments: list[str], resolve: Callable[[Name], str]) -> str | None:
    """Text of a function that the compiler can vectorise."""
    return f"{_VECTOR[node.name]}({', '.join(arguments)})" if node.name in _VECTOR else None
