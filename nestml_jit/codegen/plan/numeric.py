"""Systems of equations that have no exact solution, as numerical methods take them: `NumericSystems`.

A method computes the slopes of all variables several times per step. The parts of right-hand sides that do
not change during a step are taken out and computed once (`invariants.py`)::

    x' = (I - x**2) / tau     becomes     fixed(0) = 1 / tau            # once per step
                                          x' = (I - x**2) * fixed(0)    # at each slope

Linear equations that the nonlinear ones read are integrated along with them. They come last, so that a method
can treat them as one block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nestml_jit.codegen.model.equations import TOLERANCES, Equations
from nestml_jit.codegen.model.functions import BLOCK, PLACE
from nestml_jit.codegen.model.lookups import plain
from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import ZERO, derivative, names
from nestml_jit.codegen.plan.invariants import SLOW, Invariants, is_invariant
from nestml_jit.dsl.tree import Call, Expression, Name, Node
from nestml_jit.solvers import DEFAULT, Method


@dataclass(frozen=True)
class NumericSystem:
    """Variables that are integrated together.

    Attributes
    ----------
    index
        Number of the system within the model.
    members
        Its variables.
    solved
        Number of those, the first ones, whose values after a step are used. The others have an exact
        solution, which is used after the step. Errors are put down to the first ones.
    linear
        Number of those, the last ones, whose equations are linear, read nothing but each other, and do not
        change during a step.
    seen
        Number of these, the first ones, that the other equations read.
    hoisted
        Expressions that are computed once per step.
    slopes
        The right-hand sides, in which names stand for these expressions.
    jacobian
        Derivatives of all right-hand sides, row by row, 0 where the method needs none; empty if it needs none
        at all.
    sources
        Variables that are read once per step.
    constants
        Other variables that are read whenever slopes are computed.
    """

    index: int
    members: tuple[str, ...]
    solved: int
    linear: int
    seen: int
    hoisted: tuple[Expression, ...]
    slopes: tuple[Expression, ...]
    jacobian: tuple[Expression, ...]
    sources: tuple[str, ...]
    constants: tuple[str, ...]

    @property
    def read(self) -> tuple[str, ...]:
        """All variables that the right-hand sides and the control of errors read besides the members."""
        return tuple(dict.fromkeys((*self.sources, *self.constants, *TOLERANCES)))

    @property
    def batch(self) -> int:
        """The number of lanes to compute together: few suffice for systems with long computations."""
        parts = (part for item in self.slopes for part in item.walk())
        return 32 if sum(isinstance(part, Call) and part.name in SLOW for part in parts) < 3 else 16


@dataclass(frozen=True)
class NumericSystems:
    """Makes the systems of a model.

    Attributes
    ----------
    equations
        All equations of the model.
    types
        Types of its variables.
    free
        Variables that functions read besides their arguments.
    method
        The method that integrates the systems.
    """

    equations: Equations
    types: Mapping[str, str]
    free: Mapping[str, tuple[str, ...]]
    method: Method

    def system(self, index: int, members: tuple[str, ...], solved: int) -> NumericSystem:
        """Return the system of some variables, of which the first ones are solved for."""
        linear = self._linear(members[solved:])
        booleans = {name for name, type_ in self.types.items() if type_ == "boolean"}
        invariants = Invariants({*members, "t"}, booleans)
        slopes = tuple(invariants.take_out(self.equations.sides[name]) for name in members)
        jacobian = tuple(invariants.take_out(item) for item in self._jacobian(members))
        hoisted = tuple(invariants.found)
        whenever = self._read((*slopes, *jacobian))
        return NumericSystem(
            index=index,
            members=members,
            solved=solved,
            linear=len(linear),
            seen=len(self._seen(members, linear)),
            hoisted=hoisted,
            slopes=slopes,
            jacobian=jacobian,
            sources=self._read(hoisted),
            constants=tuple(name for name in whenever if name not in members and not is_invariant(name)),
        )

    def ordered(self, numeric: Sequence[str], along: Sequence[str]) -> tuple[str, ...]:
        """Return the variables of a system: linear ones last, of these the ones that others read first."""
        linear = self._linear(along)
        seen = self._seen((*numeric, *along), linear)
        driven = (name for name in along if name not in linear)
        return (*numeric, *driven, *seen, *(name for name in linear if name not in seen))

    def derivative(self, name: str, other: str) -> Expression:
        """Return the derivative of the right-hand side of one variable with respect to another one.

        Raises
        ------
        CannotGenerate
            If there is no rule for it.
        """
        side = self.equations.sides[name]
        found = derivative(side, other)
        if found is None:
            message = f"{shown(name)}' cannot be differentiated, as the {self.method.title} method needs it"
            raise CannotGenerate(UNSUPPORTED, message, side, f"choose the solver {DEFAULT}")
        return found

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

    def _jacobian(self, members: tuple[str, ...]) -> list[Expression]:
        """Return the derivatives that the method needs, row by row, 0 for the others."""
        needed = self.method.derivatives
        if needed == "none":
            return []
        return [
            self.derivative(name, other) if needed == "all" or name == other else ZERO
            for name in members
            for other in members
        ]

    def _read(self, expressions: Iterable[Expression]) -> tuple[str, ...]:
        """Return the variables that expressions read, hidden arguments of functions included."""
        found = dict.fromkeys(name for item in expressions for name in self._names(item))
        return tuple(name for name in found if name != "t")

    def _names(self, node: Node) -> Iterator[str]:
        """Yield the variables that a node reads; those that a function reads come behind its arguments."""
        if isinstance(node, Name):
            yield node.name
            return
        for child in node.children():
            yield from self._names(child)
        if isinstance(node, Call):
            yield from (name for name in self.free.get(plain(node.name), ()) if name not in (BLOCK, PLACE))
