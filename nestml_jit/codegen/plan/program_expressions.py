"""Writes expressions in postfix form.

`a < b ? f(a) : 2.5` becomes, with names for the numbers of variables and functions,

    variable a | variable b | < | jump_unless 7 | variable a | call f | jump 8 | push 2.5
"""

from __future__ import annotations

from nestml_jit.codegen.model.integers import INTEGER, NEGATE, OPERATORS, REAL, TEMPLATES, basic
from nestml_jit.codegen.model.lookups import looked_up, plain
from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.problem import INITIAL, CannotGenerate
from nestml_jit.codegen.model.quotients import FUNCTIONS as QUOTIENTS
from nestml_jit.codegen.plan.program_types import BITS, ProgramTypes
from nestml_jit.dsl.tree import (
    Binary,
    Boolean,
    Call,
    Expression,
    Function,
    Literal,
    Name,
    String,
    Ternary,
    Unary,
)
from nestml_jit.functions import ELEMENTARY
from nestml_jit.kinds import BasicName

_COMPARISONS = frozenset(("<", "<=", "==", "!=", ">=", ">"))
_EXACT = 2**53
"""Doubles hold all integers up to this one."""


class ExpressionWriter:
    """Appends the operations of expressions to a program.

    Attributes
    ----------
    types
        The names in use and their types.
    code
        Operations with their arguments.
    calls
        Positions of the calls of functions, whose arguments are to be the functions' positions, and the
        functions' names.
    """

    def __init__(self, types: ProgramTypes) -> None:
        self.types = types
        self.scope = types.scope
        self.code: list[tuple[str, float | str]] = []
        self.calls: list[tuple[int, str]] = []

    def add(self, operation: str, argument: float | str = 0.0) -> int:
        """Append an operation; returns its position."""
        self.code.append((operation, argument))
        return len(self.code) - 1

    def jump(self, operation: str) -> int:
        """Append a jump whose end is not known yet; returns its position."""
        return self.add(operation)

    def land(self, *jumps: int) -> None:
        """Let jumps lead to the next operation."""
        for position in jumps:
            self.code[position] = self.code[position][0], float(len(self.code))

    def called(self, name: str) -> Function:
        """Return the function of a name: one of the model, or of our own for quotients."""
        return QUOTIENTS[name] if name in QUOTIENTS else self.scope.functions[name]

    def value(self, node: Expression, type_: BasicName) -> None:
        """Append the operations that compute a value and convert it to a type."""
        if type_ == "integer":
            self.whole(node)
        elif type_ == "string" and not self.types.is_text(node):
            self._shown(node)
        elif self.types.is_text(node):
            self._text(node)
        else:
            self.real(node)

    def real(self, node: Expression) -> None:
        """Append the operations that compute a real number or a truth value."""
        if self.types.is_text(node):
            self._text(node)
        elif self.types.is_whole(node):
            self._number(node)
            self.add("real")
        else:
            self._number(node)

    def whole(self, node: Expression) -> None:
        """Append the operations that compute an integer; fractions are cut off."""
        self._number(node)
        if not self.types.is_whole(node):
            self.add("whole")

    def _text(self, node: Expression) -> None:
        if isinstance(node, String):
            self.add("text", node.value)
        elif isinstance(node, Binary):
            for side in (node.left, node.right):
                self._text(side) if self.types.is_text(side) else self._shown(side)
            self.add("join")
        else:
            self._number(node)

    def _shown(self, node: Expression) -> None:
        self._number(node)
        self.add("whole_show" if self.types.is_whole(node) else "show")

    def _number(self, node: Expression) -> None:
        """Append the operations that compute a value of its own type."""
        if isinstance(node, Literal):
            self._literal(node)
        elif isinstance(node, Boolean):
            self.add("push", float(node.value))
        elif isinstance(node, Name):
            self._name(node)
        elif isinstance(node, Unary):
            self._unary(node)
        elif isinstance(node, Binary):
            self._binary(node)
        elif isinstance(node, Ternary):
            self._ternary(node)
        elif isinstance(node, Call):
            self._call(node)
        else:
            self._text(node)

    def _literal(self, node: Literal) -> None:
        if not isinstance(node.value, int):
            self.add("push", float(node.value))
        elif abs(node.value) <= _EXACT:
            self.add("push", float(node.value))
            self.add("whole")
        else:
            high, low = divmod(node.value, 2**32)
            for part in (high, 2**32, low):
                self.add("push", float(part))
                self.add("whole")
                if part == 2**32:
                    self.add("whole*")
            self.add("whole+")

    def _name(self, node: Name) -> None:
        if node.delay is not None:
            raise refused(node)
        if node.index is not None:
            self._element(node)
        elif self.types.locals is not None and node.name in self.types.locals:
            self.add("local", float(self.types.locals[node.name].slot))
        elif node.name in self.scope.indices:
            is_integer = self.scope.type_of(node.name) == "integer"
            self.add("integer" if is_integer else "variable", float(self.scope.indices[node.name]))
        elif node.name == "t":
            self.add("push", 0.0)
        else:
            raise refused(node)

    def _element(self, node: Name) -> None:
        """Append the look-up of `v[i]`."""
        assert node.index is not None
        local = self.types.locals.get(node.name) if self.types.locals is not None else None
        if local is not None and local.size is not None:
            self.whole(node.index)
            self.add("locals", float(local.slot))
            self.add("local_element", float(local.size))
            return
        if node.name not in self.scope.vectors:
            where = "in an initial value or a guard"
            raise CannotGenerate(
                INITIAL,
                f"{shown(node.name)}: an index that is no number cannot be looked up {where}",
                node,
                "write the index as a number, or the vector's size",
            )
        self.whole(node.index)
        self.add("elements", float(self.scope.indices[f"{node.name}[0]"]))
        self.add("element", float(self.scope.vectors[node.name]))

    def _unary(self, node: Unary) -> None:
        if node.operator == "~":
            self.whole(node.operand)
            self.add("~")
            return
        self._number(node.operand)
        if node.operator == "not":
            self.add("not")
        elif node.operator == NEGATE:
            self.add("whole_neg")
        elif node.operator == "-":
            self.add("whole_neg" if self.types.is_whole(node.operand) else "neg")

    def _binary(self, node: Binary) -> None:
        operator = node.operator
        if operator in OPERATORS:
            self.whole(node.left)
            self.whole(node.right)
            self.add({"i**": "whole_pow"}.get(operator, _of_integers(operator[1:])))
        elif operator in ("and", "or"):
            self._either(node)
        elif operator in BITS:
            self.whole(node.left)
            self.whole(node.right)
            self.add(operator)
        elif operator == "**":
            self._power(node.left, node.right)
        elif operator in _COMPARISONS and self.types.is_text(node.left) and self.types.is_text(node.right):
            self._text(node.left)
            self._text(node.right)
            self.add(operator)
        elif operator != "/" and self.types.is_whole(node.left) and self.types.is_whole(node.right):
            self._number(node.left)
            self._number(node.right)
            self.add(f"whole{operator}")
        else:
            self.real(node.left)
            self.real(node.right)
            self.add(operator)

    def _power(self, base: Expression, exponent: Expression) -> None:
        if self.types.is_whole_power(base, exponent):
            self._number(base)
            self._number(exponent)
            self.add("whole_pow")
        else:
            self.real(base)
            self.real(exponent)
            self.add("pow")

    def _either(self, node: Binary) -> None:
        """Append `and` or `or`; the right side is computed only if the left side does not decide."""
        self.real(node.left)
        if node.operator == "or":
            self.add("not")
        decided = self.jump("jump_unless")
        self.real(node.right)
        end = self.jump("jump")
        self.land(decided)
        self.add("push", float(node.operator == "or"))
        self.land(end)

    def _ternary(self, node: Ternary) -> None:
        """Append a choice; only the chosen value is computed, so that recursion ends."""
        types = self.types
        append = self._text if types.is_text(node) else self._number if types.is_whole(node) else self.real
        self.real(node.condition)
        otherwise = self.jump("jump_unless")
        append(node.if_true)
        end = self.jump("jump")
        self.land(otherwise)
        append(node.if_false)
        self.land(end)

    def _call(self, node: Call) -> None:
        if plain(node.name) in self.scope.functions or node.name in QUOTIENTS:
            self.own_call(node)
        elif node.name == INTEGER:
            self.whole(node.arguments[0])
        elif node.name == REAL:
            self.real(node.arguments[0])
        elif node.name[1:] in TEMPLATES:
            for item in node.arguments:
                self.whole(item)
            self.add(f"whole_{node.name[1:]}")
        elif looked_up(node):
            for item in node.arguments:
                self.whole(item)
            self.add("checked")
        elif node.name == "pow":
            self._power(*node.arguments)
        elif node.name in TEMPLATES:
            whole = self.types.is_whole(node)
            for item in node.arguments:
                self.whole(item) if whole else self.real(item)
            self.add(f"whole_{node.name}" if whole else node.name)
        elif node.name == "steps":
            self.real(node.arguments[0])
            self.add("steps")
            self.add("whole")
        elif node.name in ELEMENTARY or node.name == "resolution":
            for item in node.arguments:
                self.real(item)
            self.add(node.name)
        else:
            raise refused(node)

    def own_call(self, node: Call) -> None:
        """Append the call of a function of the model."""
        function = self.called(plain(node.name))
        for item, declared in zip(node.arguments, function.parameters, strict=True):
            self.value(item, basic(declared.type))
        self.calls.append((self.add("call"), function.name))


def _of_integers(sign: str) -> str:
    """Return the name of the operation for an operator on two integers."""
    return sign if sign in BITS else f"whole{sign}"


def refused(node: Expression) -> CannotGenerate:
    """Return the error for what has no meaning before a simulation."""
    what = getattr(node, "name", getattr(node, "operator", "this"))
    return CannotGenerate(INITIAL, f"{shown(str(what))} cannot be used in an initial value or a guard", node)
