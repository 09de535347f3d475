"""Expressions as C++ text, with as few parentheses as one precedence table allows.

Numbers are doubles, or 64-bit integers where the tree says so (`integers`); `/` is real division and `//`
truncates toward zero. What names of variables become is said in `names.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from nestml_jit.codegen.cpp.texts import Texts, quoted
from nestml_jit.codegen.model.integers import (
    INTEGER,
    NEGATE,
    REAL,
    TEMPLATES,
    literal_value,
    may_divide_by_zero,
)
from nestml_jit.codegen.model.lookups import looked_up
from nestml_jit.codegen.model.names import identifier, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
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

TERNARY, OR, AND, BIT_OR, BIT_XOR, BIT_AND, EQUALITY, RELATION, SUM, PRODUCT, UNARY, ATOM = range(12)

_INFIX = {
    "+": ("+", SUM),
    "-": ("-", SUM),
    "*": ("*", PRODUCT),
    "/": ("/", PRODUCT),
    "<": ("<", RELATION),
    "<=": ("<=", RELATION),
    ">": (">", RELATION),
    ">=": (">=", RELATION),
    "==": ("==", EQUALITY),
    "!=": ("!=", EQUALITY),
    "and": ("&&", AND),
    "or": ("||", OR),
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

FUNCTIONS = {name: BUILTINS[name].cpp for name in ELEMENTARY}


def variable(name: str) -> str:
    """Return the C++ name of a variable's value; the generator's own have a name that no user can declare."""
    return identifier(name) if "(" in name else f"v_{identifier(name)}"


def real(value: float) -> str:
    """Return a double literal that reads back as exactly this value."""
    if math.isinf(value):
        return "HUGE_VAL" if value > 0 else "-HUGE_VAL"
    if math.isnan(value):
        return "NAN"
    return repr(float(value))


Hook = Callable[[Call, list[str], Callable[[Name], str]], str | None]


def chained(*hooks: Hook) -> Hook:
    """Return the hook that asks several ones in turn."""

    def call(node: Call, arguments: list[str], resolve: Callable[[Name], str]) -> str | None:
        texts = (hook(node, arguments, resolve) for hook in hooks)
        return next((text for text in texts if text is not None), None)

    return call


@dataclass(frozen=True)
class Printer:
    """Prints expressions for one place of the generated code.

    Attributes
    ----------
    resolve
        C++ text of a variable; must be an atom.
    step
        C++ text of the step length in ms.
    branchless
        Print `and`/`or` without short circuit, for loops over lanes.
    timestep
        C++ text of `timestep()`, or "" where it has no meaning.
    call
        C++ text of a call that only this place knows (a function of the model, a random number),
        given the texts of its arguments and `resolve`; None if it does not know it either.
    texts
        How texts are printed; None where there can be none.
    uses
        Takes the headers that the text needs.
    place
        C++ text of where an index is checked, "" where none can be looked up.
    """

    resolve: Callable[[Name], str]
    step: str = "h"
    branchless: bool = False
    timestep: str = ""
    call: Hook | None = None
    texts: Texts | None = None
    uses: set[str] = field(default_factory=set)
    place: str = ""

    def __call__(self, expression: Expression) -> str:
        """Return the text of an expression as a whole."""
        return self._print(expression, TERNARY)

    def atom(self, expression: Expression) -> str:
        """Return text that can stand as an operand of any operator."""
        return self._print(expression, ATOM)

    def _print(self, expression: Expression, outer: int) -> str:
        text, inner = self._text(expression)
        return text if inner >= outer else f"({text})"

    def _text(self, node: Expression) -> tuple[str, int]:
        if isinstance(node, Literal):
            return real(node.value), ATOM
        if isinstance(node, Boolean):
            return ("true" if node.value else "false"), ATOM
        if isinstance(node, Name):
            return self.resolve(node), ATOM
        if isinstance(node, Unary):
            return self._unary(node)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Ternary):
            condition = self._print(node.condition, OR)
            branches = f"{self._print(node.if_true, OR)} : {self._print(node.if_false, OR)}"
            return f"{condition} ? {branches}", TERNARY
        if isinstance(node, Call):
            return self._call(node), ATOM
        assert isinstance(node, String)
        if self.texts is not None and self.texts.block:
            return f'{self.texts.block}->intern("{quoted(node.value)}")', ATOM
        raise CannotGenerate(UNSUPPORTED, "a text cannot be used here", node)

    def _unary(self, node: Unary) -> tuple[str, int]:
        if node.operator in (NEGATE, "~"):
            self.uses.add("integer.h")
            return f"{'nj_negate' if node.operator == NEGATE else 'nj_not'}({self(node.operand)})", ATOM
        sign = {"not": "!", "-": "-", "+": "+"}[node.operator]
        text = self._print(node.operand, ATOM)
        return f"{sign}{text}", UNARY

    def _joined(self, node: Binary, texts: Texts) -> str:
        """Text of a sum of which one side at least is a text."""
        parts = [
            self(side) if texts.is_text(side) else f"nj_shown({texts.block}, {self(side)})"
            for side in (node.left, node.right)
        ]
        self.uses.add("text.h")
        return f"nj_join({texts.block}, {', '.join(parts)})"

    def _binary(self, node: Binary) -> tuple[str, int]:
        if self.texts is not None and self.texts.block and self.texts.is_text(node):
            return self._joined(node, self.texts), ATOM
        if node.operator == "**":
            return self._power(node.left, node.right), ATOM
        if node.operator == "//":
            return f"std::trunc({self._print(node.left, PRODUCT)} / {self._print(node.right, UNARY)})", ATOM
        if node.operator == "%":
            return f"std::fmod({self(node.left)}, {self(node.right)})", ATOM
        if node.operator in _INTEGER:
            arguments = [self(node.left), self(node.right)]
            checked = bool(self.place) and may_divide_by_zero(node)
            self.uses.add("division.h" if checked else "integer.h")
            arguments += [self.place] if checked else []
            return f"{_INTEGER[node.operator]}({', '.join(arguments)})", ATOM
        sign, level = _INFIX[node.operator]
        if self.branchless and sign in ("&&", "||"):
            sign, level = ("&", BIT_AND) if sign == "&&" else ("|", BIT_OR)
            return f"{self._print(node.left, ATOM)} {sign} {self._print(node.right, ATOM)}", level
        if level in (EQUALITY, RELATION):  # comparisons of comparisons are no chains, and need parentheses
            return f"{self._print(node.left, SUM)} {sign} {self._print(node.right, SUM)}", level
        if sign == "||":  # compilers want `&&` inside of it in parentheses
            return f"{self._print(node.left, BIT_OR)} {sign} {self._print(node.right, BIT_OR)}", level
        return f"{self._print(node.left, level)} {sign} {self._print(node.right, level + 1)}", level

    def _power(self, base: Expression, exponent: Expression) -> str:
        value = number(exponent)
        if value is not None and value.denominator == 1 and 2 <= abs(value) <= 8:
            text = f"nj_power<{abs(int(value))}>({self(base)})"
            return text if value > 0 else f"(1.0 / {text})"
        if value == Fraction(1, 2):
            return f"nj_root({self(base)})"
        if value == -1:
            return f"(1.0 / {self._print(base, UNARY)})"
        arguments = [self(base), self(exponent)]
        call = Call("pow", (base, exponent))
        own = self.call(call, arguments, self.resolve) if self.call is not None else None
        return own or f"std::pow({', '.join(arguments)})"

    def position(self, vector: str, index: str, size: str) -> str:
        """Return the text of an index that is checked."""
        if not self.place:
            raise CannotGenerate(UNSUPPORTED, f"the index of {vector} must be a number here")
        self.uses.add("index.h")
        return f'nj_index({index}, {size}, {self.place}, "{quoted(shown(vector))}")'

    def _integer(self, node: Call) -> str | None:
        """Text of a literal, a cast, or a function of integers."""
        value = literal_value(node)
        if value is not None:
            return f"INT64_C({value})" if value > -(2**63) else "INT64_MIN"
        if node.name == REAL:
            return f"double({self(node.arguments[0])})"
        if node.name == INTEGER or node.name[1:] in TEMPLATES:
            self.uses.add("integer.h")
            function = "nj_integer" if node.name == INTEGER else f"nj_{node.name}"
            return f"{function}({', '.join(map(self, node.arguments))})"
        return None

    def _call(self, node: Call) -> str:
        whole = self._integer(node)
        if whole is not None:
            return whole
        if node.name == "pow":
            return self._power(*node.arguments)
        arguments = [self(item) for item in node.arguments]
        vector = looked_up(node)
        if vector:
            return self.position(vector, *arguments)
        own = self.call(node, arguments, self.resolve) if self.call is not None else None
        if own is not None:
            return own
        if node.name in FUNCTIONS:
            return f"{FUNCTIONS[node.name]}({', '.join(arguments)})"
        if node.name == "steps":
            return f"nj_steps({arguments[0]}, {self.step})"
        if node.name == "resolution":
            return self.step
        if node.name == "timestep" and self.timestep:
            return self.timestep
        raise CannotGenerate(UNSUPPORTED, f"{node.name}() cannot be used here", node)
