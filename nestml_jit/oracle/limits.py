"""Quotients at and near removable singularities: their limits, computed with many digits.

Next to a point where both sides of a quotient vanish, sums such as `exp(x) - 1` have lost their digits. At
the point the quotient has no value at all. So quotients with such a sum are computed with many digits at
points that differ from the actual one by 1e-40 of the variables, in several directions. If the results
agree, they are the value. If not, there is a pole or no limit, and IEEE arithmetic gives the value.
"""

from __future__ import annotations

import itertools
import math
import operator
import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from nestml_jit.dsl import tree as ast

DIGITS = 160
DISTANCE = 1e-40
AGREEMENT = 1e-18
LOST = 1 / 64
"""A sum below this share of its first term has lost six bits or more; so has a logarithm below it."""

VANISHING = frozenset(("expm1", "sin", "tan", "sinh", "tanh", "ln", "log10"))
"""Functions with zeros."""

LOGARITHMS = frozenset(("ln", "log10"))

_PURE = VANISHING | {"exp", "cos", "cosh", "pow", "abs", "min", "max"}
_CONSTANT = frozenset(("resolution", "steps", "convolve", "erf", "erfc"))
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
_MP = {"ln": "log"}


class _Unknown(Exception):
    """An expression has a part that cannot be computed with many digits."""


class _Left(Exception):
    """Carries the value of a `return`."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


Read = Callable[[ast.Expression, bool], float]


class Limits:
    """Finds the quotients of a model that may have removable singularities, and their values.

    Parameters
    ----------
    model
        A lowered model.
    """

    def __init__(self, model: ast.Model) -> None:
        self.functions = {item.name: item for item in model.functions}
        self.inlines = {item.name: item.value for item in model.equations if isinstance(item, ast.Inline)}
        self.fixed = frozenset(item.name for item in (*model.parameters, *model.internals))
        self._vanishing = VANISHING | self.functions.keys()
        self._known: dict[int, tuple[ast.Binary, bool]] = {}
        self._losing: set[int] = set()

    def has_limits(self, node: ast.Binary) -> bool:
        """Return whether a product may have removable singularities."""
        if id(node) not in self._known:
            self._known[id(node)] = node, self._may_vanish(node)
        return self._known[id(node)][1]

    def may_lose_digits(self, node: ast.Expression) -> bool:
        """Return whether a sum or a logarithm stands in a quotient where lost digits count."""
        return id(node) in self._losing

    def _may_vanish(self, node: ast.Binary) -> bool:
        """Return whether a product has a singularity; note its sums that may cancel, if that matters."""
        inside, called = self._expanded(node)
        every = [part for item in (node, *inside, *called) for part in item.walk()]
        is_quotient = any(isinstance(part, ast.Binary) and part.operator == "/" for part in every)
        if not is_quotient or not all(map(self._is_pure, every)):
            return False
        sums = [*self._sums([node]), *self._sums(inside)]
        calls = any(isinstance(part, ast.Call) and part.name in self._vanishing for part in every)
        if node.operator == "/" and not self._is_fixed(node.right):
            self._losing |= {id(item) for item in (*sums, *self._sums(called))}
        return bool(sums or calls)

    def _is_fixed(self, divisor: ast.Expression) -> bool:
        """Return whether a divisor is a product of numbers and parameters, which does not come to 0."""
        return all(
            isinstance(part, (ast.Literal, ast.Unary))
            or (isinstance(part, ast.Binary) and part.operator == "*")
            or (isinstance(part, ast.Name) and part.name in self.fixed)
            for part in divisor.walk()
        )

    def _expanded(self, node: ast.Node) -> tuple[list[ast.Node], list[ast.Node]]:
        """Return the inlines that an expression uses, and the statements of the functions that it calls."""
        seen: set[str] = set()
        inside: list[ast.Node] = []
        called: list[ast.Node] = []
        todo: list[ast.Node] = [node]
        while todo:
            for part in todo.pop().walk():
                name = getattr(part, "name", "")
                if name in seen:
                    continue
                if isinstance(part, ast.Name) and name in self.inlines:
                    inside.append(self.inlines[name])
                    todo.append(self.inlines[name])
                    seen.add(name)
                elif isinstance(part, ast.Call) and name in self.functions:
                    called += self.functions[name].body
                    todo += self.functions[name].body
                    seen.add(name)
        return inside, called

    def _sums(self, nodes: Iterable[ast.Node]) -> tuple[ast.Expression, ...]:
        """Return the parts that may lose digits: they have functions, or stand in a function with zeros."""
        parts = [part for node in nodes for part in node.walk()]
        called = [part for part in parts if isinstance(part, ast.Call) and part.name in VANISHING]
        inside = {id(part) for item in called for part in item.walk()}
        sums = [part for part in parts if isinstance(part, ast.Binary) and part.operator in ("+", "-")]
        return (
            *(item for item in called if item.name in LOGARITHMS),
            *(item for item in sums if id(item) in inside or any(map(_is_function, item.walk()))),
        )

    def _is_pure(self, part: ast.Node) -> bool:
        if isinstance(part, (ast.While, ast.For, ast.CallStatement)):
            return False
        return not isinstance(part, ast.Call) or part.name in (_PURE | _CONSTANT | self.functions.keys())

    def _zeros_of(self, node: ast.Expression, read: Read) -> int:
        """Return how many zeros the smallest variable has after its decimal point."""
        inside, _ = self._expanded(node)
        names = [(part, False) for part in _variables(node)]
        names += [(part, True) for item in inside for part in _variables(item)]
        zeros = 0
        for name, is_apart in names:
            size = 0 if name.name in self.inlines else read(name, is_apart)
            if isinstance(size, (int, float)) and 0 < abs(size) < 1:
                zeros = max(zeros, -math.frexp(size)[1] // 3)
        return zeros

    def value(self, node: ast.Expression, read: Read) -> float | None:
        """Return the limit of an expression, None if it does not exist or is not known.

        Parameters
        ----------
        read
            Returns the value of a variable, or of a call whose value does not depend on the point; the second
            argument says whether it stands elsewhere in the model, without the locals of this place.
        """
        import mpmath

        found = []
        with mpmath.workdps(DIGITS + 2 * self._zeros_of(node, read)):
            for direction, sign in itertools.product(range(2), (1, -1)):
                near = _Near(self, read, direction, sign)
                try:
                    found.append(near.value(node))
                except (_Unknown, ArithmeticError, ValueError, TypeError):
                    return None
            if not all(isinstance(item, mpmath.mpf) and mpmath.isfinite(item) for item in found):
                return None
            size = max(map(abs, found))
            if max(found) - min(found) <= AGREEMENT * size:
                return float(found[0])
            return 0.0 if size < DISTANCE**0.9 else None


def _variables(node: ast.Node) -> Iterator[ast.Name]:
    """Yield the variables of an expression, but for those in calls that are the same everywhere near."""
    if isinstance(node, ast.Name):
        yield node
    if not isinstance(node, ast.Call) or node.name not in _CONSTANT:
        for child in node.children():
            yield from _variables(child)


def _is_function(part: ast.Node) -> bool:
    return isinstance(part, ast.Call) or (isinstance(part, ast.Binary) and part.operator == "**")


@cache
def _step(direction: int, name: str) -> float:
    """Return how far, and to which side, a direction leads along a variable."""
    size = random.Random(f"{direction} {name}").uniform(0.5, 2.0)
    return size * random.Random(f"sign {direction} {name}").choice((1, -1))


class _Near:
    """Evaluates expressions near the actual point, in one direction."""

    def __init__(self, limits: Limits, read: Read, direction: int, sign: int) -> None:
        import mpmath

        self.mp: Any = mpmath
        self.limits = limits
        self.read = read
        self.direction = direction
        self.sign = sign
        self.frame: dict[str, Any] = {}
        self.is_apart = False

    def value(self, node: ast.Expression) -> Any:
        """Return the value of an expression with many digits."""
        if isinstance(node, ast.Literal):
            return self.mp.mpf(repr(node.value))
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Unary):
            operand = self.value(node.operand)
            return not operand if node.operator == "not" else operand if node.operator == "+" else -operand
        if isinstance(node, ast.Binary):
            return self._binary(node)
        if isinstance(node, ast.Ternary):
            return self.value(node.if_true if self.value(node.condition) else node.if_false)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise _Unknown

    def _name(self, node: ast.Name) -> Any:
        if node.name in self.frame:
            return self.frame[node.name]
        if node.name in self.limits.inlines:
            return self._apart(lambda: self.value(self.limits.inlines[node.name]), {})
        if node.name in ("e", "pi"):
            return +getattr(self.mp, node.name)
        return self._moved(node, f"{node.name}{node.order}{node.index}")

    def _moved(self, node: ast.Expression, name: str) -> Any:
        """Return the value of a variable, somewhat changed."""
        value = self.read(node, self.is_apart)
        if not isinstance(value, (int, float)):
            raise _Unknown
        size = (abs(value) or 1.0) * DISTANCE * _step(self.direction, name)
        return self.mp.mpf(value) + self.mp.mpf(size) * self.sign

    def _binary(self, node: ast.Binary) -> Any:
        if node.operator in ("and", "or"):
            left = bool(self.value(node.left))
            return left if left == (node.operator == "or") else bool(self.value(node.right))
        if node.operator not in _OPERATORS:
            raise _Unknown
        return _OPERATORS[node.operator](self.value(node.left), self.value(node.right))

    def _call(self, node: ast.Call) -> Any:
        if node.name in self.limits.functions:
            return self._function(self.limits.functions[node.name], node)
        if node.name in _PURE:
            arguments = [self.value(item) for item in node.arguments]
            if node.name == "pow":
                return arguments[0] ** arguments[1]
            own: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max}
            return (own.get(node.name) or getattr(self.mp, _MP.get(node.name, node.name)))(*arguments)
        if self.frame or node.name not in _CONSTANT:
            raise _Unknown
        return self.mp.mpf(self.read(node, self.is_apart))

    def _function(self, function: ast.Function, node: ast.Call) -> Any:
        if any(isinstance(part, ast.BasicType) and part.name != "real" for part in function.walk()):
            raise _Unknown
        given = [self.value(item) for item in node.arguments]
        names = [item.name for item in function.parameters]
        return self._apart(lambda: self._run(function.body), dict(zip(names, given, strict=True)))

    def _apart(self, act: Callable[[], Any], frame: dict[str, Any]) -> Any:
        before = self.frame, self.is_apart
        self.frame, self.is_apart = frame, True
        try:
            return act()
        except _Left as returned:
            return returned.value
        finally:
            self.frame, self.is_apart = before

    def _run(self, body: tuple[ast.Statement, ...]) -> None:
        for item in body:
            if isinstance(item, ast.Return) and item.value is not None:
                raise _Left(self.value(item.value))
            if isinstance(item, ast.Declaration) and item.value is not None and item.size is None:
                self.frame[item.name] = self.value(item.value)
            elif isinstance(item, ast.Assignment) and item.operator == "=" and item.target.name in self.frame:
                self.frame[item.target.name] = self.value(item.value)
            elif isinstance(item, ast.If):
                chosen = (
                    branch
                    for branch in item.branches
                    if branch.condition is None or self.value(branch.condition)
                )
                self._run(next(chosen, ast.Branch(None, ())).body)
            else:
                raise _Unknown
