"""Expressions of a model as nodes of the tree of C++.

Numbers are doubles, or 64-bit integers where the tree says so (`integers`); `/` is real division and `//`
truncates toward zero. `model/names.py` spells the names of variables.

>>> from nestml_jit.codegen.cpp.printing import text_of
>>> from nestml_jit.dsl.tree import Binary, Literal, Name
>>> translate = Translator(lambda node: cpp.Variable(variable(node.name)))
>>> text_of(translate(Binary("*", Name("g"), Binary("**", Name("x"), Literal(2)))))
'v_g * nj_power<2>(v_x)'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.places import STEP
from nestml_jit.codegen.cpp.texts import Texts
from nestml_jit.codegen.model.integers import (
    INTEGER,
    NEGATE,
    REAL,
    TEMPLATES,
    literal_value,
    may_divide_by_zero,
)
from nestml_jit.codegen.model.lookups import looked_up
from nestml_jit.codegen.model.names import identifier, is_made, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.quotients import CPP
from nestml_jit.codegen.model.symbolic import number
from nestml_jit.dsl.tree import (
    Binary,
    Boolean,
    Call,
    Expression,
    Literal,
    Name,
    String,
    Ternary,
    Unary,
)
from nestml_jit.functions import BUILTINS, ELEMENTARY

_INFIX = {"and": "&&", "or": "||"} | {
    sign: sign for sign in ("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=")
}
_INTEGER = {
    "i+": "nj_add",
    "i-": "nj_subtract",
    "i*": "nj_multiply",
    "i//": "nj_divide",
    "i%": "nj_remainder",
    "i**": "nj_whole_power",
    "i<<": "nj_shift_left",
    "i>>": "nj_shift_right",
    "i&": "nj_and",
    "i|": "nj_or",
    "i^": "nj_exclusive_or",
}

FUNCTIONS = {name: BUILTINS[name].cpp for name in ELEMENTARY} | dict(CPP)


def variable(name: str) -> str:
    """Return the C++ name of a variable's value; the generator's own have a name that no user can declare."""
    return identifier(name) if is_made(name) else f"v_{identifier(name)}"


def value_of(name: str) -> cpp.Variable:
    """Return a variable's value."""
    return cpp.Variable(variable(name))


Hook = Callable[[Call, list[cpp.Expression], Callable[[Name], cpp.Expression]], cpp.Expression | None]


def chained(*hooks: Hook) -> Hook:
    """Return the hook that asks several ones in turn."""

    def call(
        node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        found = (hook(node, arguments, resolve) for hook in hooks)
        return next((item for item in found if item is not None), None)

    return call


@dataclass(frozen=True)
class Translator:
    """Translates expressions for one place of the generated code.

    Attributes
    ----------
    resolve
        Returns the C++ expression of a variable at this place.
    branchless
        `and`/`or` do not short-circuit, for loops over lanes.
    call
        Returns the C++ expression of a call that only this place knows (a function of the model, a random
        number), given its arguments and `resolve`; None for unknown functions.
    texts
        The handling of texts; None where there cannot be any.
    uses
        Takes the headers that the code needs.
    place
        The place where an index is checked, None where lookups are not possible.
    """

    resolve: Callable[[Name], cpp.Expression]
    branchless: bool = False
    call: Hook | None = None
    texts: Texts | None = None
    uses: set[str] = field(default_factory=set)
    place: cpp.Expression | None = None

    def __call__(self, node: Expression) -> cpp.Expression:
        """Return an expression as C++."""
        if isinstance(node, Literal):
            return cpp.Real(float(node.value))
        if isinstance(node, Boolean):
            return cpp.Truth(node.value)
        if isinstance(node, Name):
            return self.resolve(node)
        if isinstance(node, Unary):
            return self._unary(node)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Ternary):
            return cpp.Ternary(self(node.condition), self(node.if_true), self(node.if_false))
        if isinstance(node, Call):
            return self._call(node)
        assert isinstance(node, String)
        return self._string(node)

    def _all(self, *nodes: Expression) -> tuple[cpp.Expression, ...]:
        return tuple(map(self, nodes))

    def _string(self, node: String) -> cpp.Expression:
        if self.texts is not None and self.texts.block is not None:
            return cpp.MethodCall(self.texts.block, "intern", (cpp.Characters(node.value),))
        raise CannotGenerate(UNSUPPORTED, "a text cannot be used here", node)

    def _unary(self, node: Unary) -> cpp.Expression:
        if node.operator in (NEGATE, "~"):
            self.uses.add("integer.h")
            return cpp.Call("nj_negate" if node.operator == NEGATE else "nj_not", self._all(node.operand))
        sign = {"not": "!", "-": "-", "+": "+"}[node.operator]
        return cpp.Unary(sign, self(node.operand))

    def _joined(self, node: Binary, texts: Texts, block: cpp.Expression) -> cpp.Expression:
        """Return a sum of which one side at least is a text."""
        parts = (
            self(side) if texts.is_text(side) else cpp.Call("nj_shown", (block, self(side)))
            for side in (node.left, node.right)
        )
        self.uses.add("text.h")
        return cpp.Call("nj_join", (block, *parts))

    def _binary(self, node: Binary) -> cpp.Expression:
        texts = self.texts
        if texts is not None and texts.block is not None and texts.is_text(node):
            return self._joined(node, texts, texts.block)
        if node.operator == "**":
            return self._power(node.left, node.right)
        if node.operator == "//":
            return cpp.Call("std::trunc", (cpp.quotient(*self._all(node.left, node.right)),))
        if node.operator == "%":
            return cpp.Call("std::fmod", self._all(node.left, node.right))
        if node.operator in _INTEGER:
            return self._whole(node)
        sign = _INFIX[node.operator]
        if self.branchless and sign in ("&&", "||"):
            sign = sign[0]
        return cpp.Binary(sign, self(node.left), self(node.right))

    def _whole(self, node: Binary) -> cpp.Expression:
        """Return an operation on integers; a division is checked where the place is known."""
        arguments = self._all(node.left, node.right)
        place = self.place if may_divide_by_zero(node) else None
        self.uses.add("integer.h" if place is None else "division.h")
        return cpp.Call(_INTEGER[node.operator], arguments if place is None else (*arguments, place))

    def _power(self, base: Expression, exponent: Expression) -> cpp.Expression:
        value = number(exponent)
        if value is not None and value.denominator == 1 and 2 <= abs(value) <= 8:
            power = cpp.Call("nj_power", self._all(base), (str(abs(int(value))),))
            return power if value > 0 else cpp.quotient(cpp.Real(1), power)
        if value == Fraction(1, 2):
            return cpp.Call("nj_root", self._all(base))
        if value == -1:
            return cpp.quotient(cpp.Real(1), self(base))
        arguments = self._all(base, exponent)
        own = self._own(Call("pow", (base, exponent)), arguments)
        return own or cpp.Call("std::pow", arguments)

    def _own(self, node: Call, arguments: tuple[cpp.Expression, ...]) -> cpp.Expression | None:
        return None if self.call is None else self.call(node, list(arguments), self.resolve)

    def position(self, vector: str, index: cpp.Expression, size: cpp.Expression) -> cpp.Expression:
        """Return an index that is checked."""
        if self.place is None:
            raise CannotGenerate(UNSUPPORTED, f"the index of {vector} must be a number here")
        self.uses.add("index.h")
        return cpp.Call("nj_index", (index, size, self.place, cpp.Characters(shown(vector))))

    def _integer(self, node: Call) -> cpp.Expression | None:
        """Return a literal, a cast, or a function of integers."""
        value = literal_value(node)
        if value is not None:
            return cpp.Integer(value, "int64")
        if node.name == REAL:
            return cpp.Cast("double", self(node.arguments[0]))
        if node.name == INTEGER or node.name[1:] in TEMPLATES:
            self.uses.add("integer.h")
            function = "nj_integer" if node.name == INTEGER else f"nj_{node.name}"
            return cpp.Call(function, self._all(*node.arguments))
        return None

    def _call(self, node: Call) -> cpp.Expression:
        whole = self._integer(node)
        if whole is not None:
            return whole
        if node.name == "pow":
            return self._power(*node.arguments)
        arguments = self._all(*node.arguments)
        vector = looked_up(node)
        if vector:
            return self.position(vector, *arguments)
        own = self._own(node, arguments)
        if own is not None:
            return own
        if node.name in FUNCTIONS:
            return cpp.Call(FUNCTIONS[node.name], arguments)
        if node.name == "steps":
            return cpp.Call("nj_steps", (*arguments, STEP))
        if node.name == "resolution":
            return STEP
        raise CannotGenerate(UNSUPPORTED, f"{node.name}() cannot be used here", node)
