"""From the tree of C++ to text, with one precedence table and as few parentheses as it allows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from nestml_jit.codegen.cpp import tree
from nestml_jit.codegen.cpp.target import CPU, Target
from nestml_jit.codegen.cpp.texts import quoted

(TERNARY, OR, AND, BIT_OR, BIT_XOR, BIT_AND, EQUALITY, RELATION, SHIFT, SUM, PRODUCT, UNARY, ATOM) = range(13)
"""Precedences of operators, in ascending order."""

OPERATORS = {
    "||": (OR, BIT_OR, BIT_OR),  # `&&` inside of it in parentheses
    "&&": (AND, AND, AND + 1),
    "|": (BIT_OR, ATOM, ATOM),  # so all that has an operator inside of operators on bits
    "^": (BIT_XOR, ATOM, ATOM),
    "&": (BIT_AND, ATOM, ATOM),
    "==": (EQUALITY, SUM, SUM),  # comparisons do not form chains
    "!=": (EQUALITY, SUM, SUM),
    "<": (RELATION, SUM, SUM),
    "<=": (RELATION, SUM, SUM),
    ">": (RELATION, SUM, SUM),
    ">=": (RELATION, SUM, SUM),
    "<<": (SHIFT, UNARY, UNARY),
    ">>": (SHIFT, UNARY, UNARY),
    "+": (SUM, SUM, SUM + 1),
    "-": (SUM, SUM, SUM + 1),
    "*": (PRODUCT, PRODUCT, PRODUCT + 1),
    "/": (PRODUCT, PRODUCT, PRODUCT + 1),
    "%": (PRODUCT, PRODUCT, PRODUCT + 1),
}
"""For each operator how tightly it binds, and how tightly operands without parentheses have to bind.

What C++ would read correctly but GCC and Clang warn about has parentheses, too."""


def real(value: float) -> str:
    """Return a double literal that reads back as exactly this value."""
    if math.isinf(value):
        return "HUGE_VAL" if value > 0 else "-HUGE_VAL"
    if math.isnan(value):
        return "NAN"
    return repr(float(value))


def integer(node: tree.Integer) -> str:
    """Return an integer literal."""
    if node.kind == "int64":
        return f"INT64_C({node.value})" if node.value > -(2**63) else "INT64_MIN"
    return f"{node.value}u" if node.kind == "unsigned" else str(node.value)


class Printer:
    """Prints trees for a target.

    Parameters
    ----------
    target
        The dialect of C++.

    Examples
    --------
    >>> from nestml_jit.codegen.cpp.tree import Binary, Variable
    >>> a, b = Variable("a"), Variable("b")
    >>> Printer(CPU()).expression(Binary("*", Binary("+", a, b), Binary("*", a, b)))
    '(a + b) * (a * b)'
    """

    def __init__(self, target: Target) -> None:
        self.target = target

    # --- expressions ----------------------------------------------------------------------------

    def expression(self, node: tree.Expression, outer: int = TERNARY) -> str:
        """Return the text of an expression, in parentheses if it binds less tightly than `outer`."""
        text, inner = _EXPRESSIONS[type(node)](self, node)
        return text if inner >= outer else f"({text})"

    def _list(self, nodes: Iterable[tree.Expression]) -> str:
        return ", ".join(self.expression(node) for node in nodes)

    def _variable(self, node: tree.Variable) -> tuple[str, int]:
        return node.name, ATOM

    def _real(self, node: tree.Real) -> tuple[str, int]:
        text = real(node.value)
        return text, UNARY if text[0] == "-" else ATOM

    def _integer(self, node: tree.Integer) -> tuple[str, int]:
        return integer(node), UNARY if node.value < 0 and node.kind == "int" else ATOM

    def _truth(self, node: tree.Truth) -> tuple[str, int]:
        return ("true" if node.value else "false"), ATOM

    def _characters(self, node: tree.Characters) -> tuple[str, int]:
        return f'"{quoted(node.value)}"', ATOM

    def _null(self, node: tree.Null) -> tuple[str, int]:
        return "nullptr", ATOM

    def _unary(self, node: tree.Unary) -> tuple[str, int]:
        return node.operator + self.expression(node.operand, ATOM), UNARY

    def _binary(self, node: tree.Binary) -> tuple[str, int]:
        level, left, right = OPERATORS[node.operator]
        operands = self.expression(node.left, left), self.expression(node.right, right)
        return f" {node.operator} ".join(operands), level

    def _ternary(self, node: tree.Ternary) -> tuple[str, int]:
        has_bits = isinstance(node.condition, tree.Binary) and node.condition.operator in ("|", "^", "&")
        condition = self.expression(node.condition, ATOM if has_bits else OR)  # Clang warns otherwise
        return (
            f"{condition} ? {self.expression(node.if_true, OR)} : {self.expression(node.if_false, OR)}",
            TERNARY,
        )

    def _element(self, node: tree.Element) -> tuple[str, int]:
        return f"{self.expression(node.array, ATOM)}[{self.expression(node.index)}]", ATOM

    def _member(self, node: tree.Member) -> tuple[str, int]:
        return f"{self.expression(node.record, ATOM)}{'->' if node.by_pointer else '.'}{node.name}", ATOM

    def _call(self, node: tree.Call) -> tuple[str, int]:
        templates = f"<{', '.join(node.templates)}>" if node.templates else ""
        return f"{self.target.function(node.function)}{templates}({self._list(node.arguments)})", ATOM

    def _method(self, node: tree.MethodCall) -> tuple[str, int]:
        record = self.expression(node.record, ATOM)
        return f"{record}{'->' if node.by_pointer else '.'}{node.name}({self._list(node.arguments)})", ATOM

    def _cast(self, node: tree.Cast) -> tuple[str, int]:
        kind = f"{node.form}<{node.type}>" if node.form else node.type
        return f"{kind}({self.expression(node.value)})", ATOM

    def _aggregate(self, node: tree.Aggregate) -> tuple[str, int]:
        items = f"{{ {self._list(node.items)} }}" if node.items else "{}"
        return f"{node.type} {items}".lstrip(), ATOM

    # --- statements -----------------------------------------------------------------------------

    def lines(self, nodes: Iterable[tree.Statement]) -> list[str]:
        """Return the lines of statements."""
        return [line for node in nodes for line in _STATEMENTS[type(node)](self, node)]

    def _body(self, nodes: Iterable[tree.Statement]) -> list[str]:
        return [f"  {line}" for line in self.lines(nodes)]

    def declaration(self, node: tree.Declare) -> str:
        """Return a declaration without its value: `const double x`."""
        is_pointer = node.type[-1] == "*"
        words = [
            "[[maybe_unused]]" if node.may_be_unused else "",
            f"alignas({node.alignment})" if node.alignment else "",
            "static" if node.is_static else "",
            "const" if node.is_constant and not is_pointer else "",
            node.type,
            "const" if node.is_constant and is_pointer else "",
            self.target.restrict if node.is_restrict else "",
            node.name + "".join(f"[{self.expression(size)}]" for size in node.sizes),
        ]
        return " ".join(word for word in words if word)

    def _declare(self, node: tree.Declare) -> list[str]:
        value = "" if node.value is None else f" = {self.expression(node.value)}"
        return [f"{self.declaration(node)}{value};"]

    def _assign(self, node: tree.Assign) -> list[str]:
        return [f"{self.expression(node.target)} {node.operator} {self.expression(node.value)};"]

    def _evaluate(self, node: tree.Evaluate) -> list[str]:
        return [f"{self.expression(node.value)};"]

    def _block(self, node: tree.Block) -> list[str]:
        return ["{", *self._body(node.body), "}"]

    def _if(self, node: tree.If) -> list[str]:
        lines: list[str] = []
        for index, branch in enumerate(node.branches):
            word = "else " if index else ""
            test = f"if ({self.expression(branch.condition)}) " if branch.condition is not None else ""
            lines += [f"{word}{test}{{", *self._body(branch.body), "}"]
        return lines

    def _lanes(self, node: tree.Lanes) -> list[str]:
        return self.target.lanes(node, self._body(node.body), self.expression)

    def _for(self, node: tree.For) -> list[str]:
        start, step = ("" if part is None else self.lines([part])[0][:-1] for part in (node.start, node.step))
        condition = "" if node.condition is None else self.expression(node.condition)
        return [f"for ({start}; {condition}; {step}) {{", *self._body(node.body), "}"]

    def _while(self, node: tree.While) -> list[str]:
        return [f"while ({self.expression(node.condition)}) {{", *self._body(node.body), "}"]

    def _switch(self, node: tree.Switch) -> list[str]:
        lines = []
        for case in node.cases:
            head = "default:" if case.value is None else f"case {self.expression(case.value)}:"
            lines += [f"  {head}", *(f"  {line}" for line in self._body(case.body))]
        return [f"switch ({self.expression(node.value)}) {{", *lines, "}"]

    def _return(self, node: tree.Return) -> list[str]:
        return ["return;" if node.value is None else f"return {self.expression(node.value)};"]

    def _function(self, node: tree.Function) -> list[str]:
        parameters = ", ".join(self.declaration(item) for item in node.parameters)
        head = f"{self.target.qualifiers(node)} {node.returns} {node.name}({parameters})"
        return [f"{head};"] if node.body is None else [head, "{", *self._body(node.body), "}"]


_EXPRESSIONS: dict[type, Callable[[Printer, Any], tuple[str, int]]] = {
    tree.Variable: Printer._variable,
    tree.Real: Printer._real,
    tree.Integer: Printer._integer,
    tree.Truth: Printer._truth,
    tree.Characters: Printer._characters,
    tree.Null: Printer._null,
    tree.Unary: Printer._unary,
    tree.Binary: Printer._binary,
    tree.Ternary: Printer._ternary,
    tree.Element: Printer._element,
    tree.Member: Printer._member,
    tree.Call: Printer._call,
    tree.MethodCall: Printer._method,
    tree.Cast: Printer._cast,
    tree.Aggregate: Printer._aggregate,
}

_STATEMENTS: dict[type, Callable[[Printer, Any], list[str]]] = {
    tree.Declare: Printer._declare,
    tree.Assign: Printer._assign,
    tree.Evaluate: Printer._evaluate,
    tree.Block: Printer._block,
    tree.If: Printer._if,
    tree.Lanes: Printer._lanes,
    tree.For: Printer._for,
    tree.While: Printer._while,
    tree.Switch: Printer._switch,
    tree.Continue: lambda printer, node: ["continue;"],
    tree.Return: Printer._return,
    tree.Comment: lambda printer, node: [f"// {node.text}"],
    tree.Origin: lambda printer, node: [f"// {node.source}:{node.line}"],
    tree.Function: Printer._function,
}

DEFAULT = Printer(CPU())


def text_of(node: tree.Expression, printer: Printer = DEFAULT) -> str:
    """Return the text of an expression."""
    return printer.expression(node)


def lines_of(nodes: tree.Statement | Iterable[tree.Statement], printer: Printer = DEFAULT) -> list[str]:
    """Return the lines of a statement, or of several ones."""
    return printer.lines([nodes] if isinstance(nodes, tree.CppNode) else nodes)
