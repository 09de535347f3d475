"""Parts of right-hand sides that do not change during a step: they are computed once.

A solver evaluates right-hand sides several times per step. An expression of parameters, internals and inputs
is computed before. A division by it, or by a number, becomes a multiplication by the reciprocal. The result
is the same up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce

from nestml_jit.codegen.model.quotients import NAMES as QUOTIENTS
from nestml_jit.codegen.model.symbolic import number, with_operands
from nestml_jit.dsl.tree import Binary, Boolean, Call, Expression, Literal, Name, String, Ternary, Unary
from nestml_jit.functions import BUILTINS, ELEMENTARY

SLOW = frozenset(name for name in ELEMENTARY if not BUILTINS[name].brief) | QUOTIENTS.keys()
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "and", "or"})


@dataclass
class Invariants:
    """The parts that were taken out so far.

    Attributes
    ----------
    varying
        Names that change during a step.
    booleans
        Names of boolean variables.
    found
        Expressions that are computed once, in order; `name(i)` stands for the i-th.
    """

    varying: Container[str]
    booleans: Container[str] = frozenset()
    found: list[Expression] = field(default_factory=list)

    def take_out(self, node: Expression) -> Expression:
        """Return an expression in which names stand for the parts that do not change."""
        if isinstance(node, (Literal, Boolean, Name, String)):
            return node
        if self._is_fixed(node) and not self._is_boolean(node) and number(node) is None:
            return self._noted(node)
        if isinstance(node, Binary) and node.operator in ("+", "-"):
            return self._sum(node)
        if isinstance(node, Binary) and node.operator in ("*", "/"):
            return self._product(node)
        return with_operands(node, self.take_out)

    def _sum(self, node: Expression) -> Expression:
        """Add the constant terms once; add slow terms last, so that no other term waits for them."""
        terms = list(_terms(node))
        fixed = [term for term in terms if self._is_fixed(term[1])]
        varying = [(sign, self.take_out(term)) for sign, term in terms if not self._is_fixed(term)]
        brief = [term for term in varying if not _calls(term[1])]
        if len(fixed) > 1:
            fixed = [(1, self.take_out(_added(fixed)))]
        return _added([*brief, *fixed, *(term for term in varying if _calls(term[1]))])

    def _product(self, node: Expression) -> Expression:
        """Multiply the factors that do not change once; divide by them by multiplying by the reciprocal."""
        factors = [
            (1, self._reciprocal(factor)) if power < 0 and self._is_fixed(factor) else (power, factor)
            for power, factor in _factors(node)
        ]
        fixed = [factor for power, factor in factors if self._is_fixed(factor)]
        varying = [(power, self.take_out(factor)) for power, factor in factors if not self._is_fixed(factor)]
        constant = self.take_out(reduce(partial(Binary, "*"), fixed)) if fixed else None
        return _multiplied(constant, varying)

    def _noted(self, node: Expression) -> Name:
        if node not in self.found:
            self.found.append(node)
        return Name(name(self.found.index(node)))

    def _reciprocal(self, node: Expression) -> Expression:
        value = number(node)
        if value is not None and value and math.isfinite(1 / float(value)):
            inverse = 1 / float(value)
            return Literal(inverse) if inverse > 0 else Unary("-", Literal(-inverse))
        return Binary("/", Literal(1.0), node)

    def _is_fixed(self, node: Expression) -> bool:
        return all(self._stays(part) for part in node.walk())

    def _stays(self, part: object) -> bool:
        if isinstance(part, Name):
            return part.name not in self.varying and part.index is None and part.delay is None
        return not isinstance(part, Call) or part.name in ELEMENTARY or part.name in QUOTIENTS

    def _is_boolean(self, node: Expression) -> bool:
        if isinstance(node, Name):
            return node.name in self.booleans
        if isinstance(node, Ternary):
            return self._is_boolean(node.if_true)
        if isinstance(node, Unary):
            return node.operator == "not"
        return isinstance(node, Boolean) or (isinstance(node, Binary) and node.operator in _COMPARISONS)


def _terms(node: Expression, sign: int = 1) -> Iterator[tuple[int, Expression]]:
    """Yield the terms of a sum with their signs."""
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, sign if node.operator == "+" else -sign)
    elif isinstance(node, Unary) and node.operator in ("+", "-"):
        yield from _terms(node.operand, sign if node.operator == "+" else -sign)
    else:
        yield sign, node


def _added(terms: Sequence[tuple[int, Expression]]) -> Expression:
    sign, found = terms[0]
    found = found if sign > 0 else Unary("-", found)
    for sign, term in terms[1:]:
        found = Binary("+" if sign > 0 else "-", found, term)
    return found


def _factors(node: Expression, power: int = 1) -> Iterator[tuple[int, Expression]]:
    """Yield the factors of a product, with -1 for those that it is divided by."""
    if isinstance(node, Binary) and node.operator in ("*", "/"):
        yield from _factors(node.left, power)
        yield from _factors(node.right, power if node.operator == "*" else -power)
    else:
        yield power, node


def _multiplied(constant: Expression | None, factors: Sequence[tuple[int, Expression]]) -> Expression:
    found = constant
    for power, factor in sorted(factors, key=lambda item: -item[0]):
        if found is None:
            found = factor if power > 0 else Binary("/", Literal(1.0), factor)
        else:
            found = Binary("*" if power > 0 else "/", found, factor)
    assert found is not None
    return found


def _calls(node: Expression) -> bool:
    return any(isinstance(part, Call) and part.name in SLOW for part in node.walk())


def name(index: int) -> str:
    """Return the name that stands for an expression computed once; no user can declare it."""
    return f"fixed({index})"


def is_invariant(name: str) -> bool:
    """Return whether a name stands for an expression computed once."""
    return name.startswith("fixed(")


def invariant_index(name: str) -> int:
    """Return the position of the expression that such a name stands for."""
    return int(name[len("fixed(") : -1])
