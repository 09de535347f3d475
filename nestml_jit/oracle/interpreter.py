"""Expressions and statements of lowered models, evaluated in plain Python: slow and simple.

It evaluates defaults, initial values and guards. Tests use it as an oracle, since it shares no code with the
generator of C++. Numbers behave as C++'s doubles: a division by zero gives an
infinity, not an exception.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from nestml_jit.dsl import tree as ast
from nestml_jit.functions import KEPT_INTEGERS, MESSAGES, OF_INTEGERS, wrapped
from nestml_jit.oracle.arithmetic import (
    FUNCTIONS,
    OPERATIONS,
    Scalar,
    Value,
    converted,
    each,
    of_reals,
    pairwise,
    zero,
)
from nestml_jit.oracle.limits import LOST, Limits

MAX_ROUNDS = 10_000_000
_CONSTANTS = {"e": math.e, "pi": math.pi}
MAX_CALLS = 50
_WORD = r"[A-Za-z_$][A-Za-z0-9_$]*"
_BRACES = re.compile(rf"\{{ *({_WORD})('*)(?: *\[ *({_WORD}|\d+) *(?:([+-]) *(\d+) *)?\])? *\}}")


class InterpreterError(Exception):
    """The model cannot be evaluated; `node` is the place of the failure."""

    def __init__(self, message: str, node: ast.Node) -> None:
        super().__init__(f"line {node.span.line}: {message}" if node.span.line else message)
        self.node = node
        self.reason = message


class NoValueError(InterpreterError):
    """An expression has no value: a function or a loop has no end, an index is out of range, ..."""


class _Returned(Exception):
    """Carries the value of a `return` to the call."""

    def __init__(self, value: Value | None) -> None:
        super().__init__()
        self.value = value


class Interpreter:
    """Evaluates the expressions and statements of one model in one place.

    Parameters
    ----------
    model
        A lowered model.
    read
        Returns the value of a variable of the model: parameters, states, ports, `t`.
    write
        Changes a variable of the model.
    services
        Functions for calls such as `emit_spike`, `integrate_odes`, `convolve`, `resolution` and
        `random_normal`, by name.
    """

    def __init__(
        self,
        model: ast.Model,
        read: Callable[[ast.Name], Value],
        write: Callable[[ast.Name, Value], None] | None = None,
        services: Mapping[str, Callable[[ast.Call], Value | None]] | None = None,
    ) -> None:
        self._functions = {item.name: item for item in model.functions}
        self._read = read
        self._write = write
        self._services = dict(services or {})
        self._limits = Limits(model)
        self._lost: Any = None  # whether digits were lost, where that is looked for
        self._updates: dict[int, tuple[ast.Assignment, ast.Binary]] = {}
        self._frames: list[dict[str, tuple[Value, ast.Type]]] = [{}]
        self._depth = 0
        self.most_calls = MAX_CALLS
        self.output: list[str] = []

    # --- numbers, which may be one or one per lane ---

    def each(self, operation: Callable[[Scalar], Scalar], value: Value) -> Value:
        """Apply an operation to a value, or to each element of a vector."""
        return each(operation, value)

    def pairwise(self, operator: str, left: Value, right: Value) -> Value:
        """Apply an operator to two values, element by element if one of them is a vector."""
        return pairwise(OPERATIONS[operator], left, right)

    def function(self, node: ast.Call) -> Value:
        """Call a mathematical function."""
        if node.name == "pow":
            return self._power(node.arguments[0], node.arguments[1])
        if node.name in KEPT_INTEGERS:
            return self.each(of_reals(FUNCTIONS[node.name]), self.value(node.arguments[0]))
        return FUNCTIONS[node.name](*(self.number(item) for item in node.arguments))

    def _power(self, base: ast.Expression, exponent: ast.Expression) -> Value:
        """Raise to a power, of an integer if the exponent is one that is written down."""
        if isinstance(exponent, ast.Literal) and isinstance(exponent.value, int):
            return self.pairwise("**", self.value(base), exponent.value)
        return self.pairwise("**", self.value(base), self.pairwise("*", self.value(exponent), 1.0))

    def converted(self, value: Value, declared: ast.Type) -> Value:
        """Return a value as the type it is stored in."""
        return converted(value, declared)

    # --- expressions ---

    def value(self, node: ast.Expression) -> Value:
        """Return the value of an expression."""
        method: Callable[[ast.Expression], Value] = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node)

    def number(self, node: ast.Expression) -> float:
        """Return the value of an expression that is a single number."""
        value = self.value(node)
        if isinstance(value, (list, str)):
            raise InterpreterError("a number is needed here", node)
        return float(value)

    def _literal(self, node: ast.Literal) -> Value:
        return node.value

    def _boolean(self, node: ast.Boolean) -> Value:
        return node.value

    def _string(self, node: ast.String) -> Value:
        return node.value

    def _name(self, node: ast.Name) -> Value:
        local = self._frames[-1].get(node.name)
        if local is not None:
            value = local[0]
        elif node.name in _CONSTANTS:
            value = _CONSTANTS[node.name]
        else:
            value = self._read(node)
        return self._element(value, node) if node.index is not None else value

    def _element(self, value: Value, node: ast.Name) -> Value:
        assert node.index is not None
        index = int(self.number(node.index))
        if not isinstance(value, list) or not 0 <= index < len(value):
            raise NoValueError(f"`{node.name}` has no element {index}", node)
        return value[index]

    def _unary(self, node: ast.Unary) -> Value:
        operations: dict[str, Callable[[Scalar], Scalar]] = {
            "+": lambda x: x,
            "-": lambda x: wrapped(-x),  # type: ignore[operator]
            "~": lambda x: ~int(x),
            "not": lambda x: not x,
        }
        return self.each(operations[node.operator], self.value(node.operand))

    def _binary(self, node: ast.Binary) -> Value:
        if node.operator == "**":
            return self._power(node.left, node.right)
        if node.operator not in ("*", "/") or not self._limits.has_limits(node):
            return self._combined(node)
        before, self._lost = self._lost, False
        try:
            value = self._combined(node)
        finally:
            lost, self._lost = self._lost, before
        if before is not None:
            self._lost = before | lost
        return self._limited(node, value, lost)

    def _combined(self, node: ast.Binary) -> Value:
        """Return what an operator makes of the values of both sides."""
        left = self.value(node.left)
        if node.operator == "and":
            return bool(left) and bool(self.value(node.right))
        if node.operator == "or":
            return bool(left) or bool(self.value(node.right))
        try:
            value = self.pairwise(node.operator, left, self.value(node.right))
        except ZeroDivisionError:
            raise NoValueError("an integer is divided by zero", node) from None
        if self._lost is not None and self._limits.may_lose_digits(node):
            self._note_loss(value, left)
        return value

    # --- removable singularities ---

    def _limited(self, node: ast.Binary, value: Value, lost: Any) -> Value:
        """Return the value of a product, the limit where both sides vanish or have lost digits."""
        if isinstance(value, list):
            return [self._limit(node, item, lost, index) for index, item in enumerate(value)]
        return self._limit(node, value, lost, None)

    def _limit(self, node: ast.Binary, value: Scalar, lost: Any, index: int | None) -> Scalar:
        """Return the limit of a product, or of an element of one."""
        if not isinstance(value, float):
            return value
        if not math.isnan(value) and (node.operator == "*" or not lost):
            return value
        found = self._limits.value(node, lambda item, apart: self._number_of(item, apart, index))
        return value if found is None else found

    def _number_of(self, node: ast.Expression, is_apart: bool, index: int | None) -> float:
        with self.apart() if is_apart else nullcontext():
            value = self.value(node)
        return value[index] if isinstance(value, list) and index is not None else value  # type: ignore[return-value]

    def _note_loss(self, value: Value, whole: Value) -> None:
        """Note whether a value, or an element of one, is much smaller than the whole."""
        pairs = zip(
            value if isinstance(value, list) else [value],
            whole if isinstance(whole, list) else [whole],
            strict=False,
        )
        for one, other in pairs:
            self._lost = self._lost | self._is_small(one, other)

    def _is_small(self, value: Any, whole: Any) -> Any:
        return abs(value) < abs(whole) * LOST

    def _ternary(self, node: ast.Ternary) -> Value:
        return self.value(node.if_true if self.value(node.condition) else node.if_false)

    def _call(self, node: ast.Call) -> Value:
        result = self.call(node)
        if result is None:
            raise InterpreterError(f"`{node.name}` has no value", node)
        return result

    def call(self, node: ast.Call) -> Value | None:
        """Call a function, for its value or its effect."""
        if node.name in self._functions:
            return self._user_function(self._functions[node.name], node)
        if node.name in self._services:
            return self._services[node.name](node)
        if node.name in OF_INTEGERS:
            return self._template(node)
        if node.name in FUNCTIONS:
            value = self.function(node)
            if self._lost is not None and self._limits.may_lose_digits(node):
                self._note_loss(value, 1.0)
            return value
        if node.name in MESSAGES:
            self._print(str(self.value(node.arguments[0])), "" if node.name == "print" else "\n")
            return None
        raise InterpreterError(f"`{node.name}` means nothing here", node)

    def _template(self, node: ast.Call) -> Value:
        values = [self.value(item) for item in node.arguments]
        scalars = [item for item in values if not isinstance(item, (list, str))]
        if any(isinstance(item, float) for item in scalars):
            scalars = [float(item) for item in scalars]
        return FUNCTIONS[node.name](*scalars)

    def _print(self, text: str, end: str) -> None:
        self.output.append(self._interpolated(text) + end)

    def _interpolated(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            name, primes, index, sign, offset = found.groups()
            place: ast.Expression | None = None
            if index is not None:
                place = ast.Literal(int(index)) if index.isdecimal() else ast.Name(index)
                place = ast.Binary(sign, place, ast.Literal(int(offset))) if sign else place
            return str(self._shown(ast.Name(name, len(primes), place)))

        return _BRACES.sub(value, text)

    def _shown(self, node: ast.Name) -> Value:
        """Return the value that is printed for a variable."""
        return self._name(node)

    def _user_function(self, function: ast.Function, node: ast.Call) -> Value | None:
        arguments = [self.value(item) for item in node.arguments]
        frame = {
            formal.name: (self.converted(value, formal.type), formal.type)
            for formal, value in zip(function.parameters, arguments, strict=True)
        }
        if self._depth >= self.most_calls:
            raise NoValueError(f"`{node.name}` calls itself too often", node)
        self._frames.append(frame)
        self._depth += 1
        try:
            self.run(function.body)
        except _Returned as returned:
            return None if returned.value is None else self.converted(returned.value, function.returns)
        finally:
            self._frames.pop()
            self._depth -= 1
        return None

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Evaluate expressions from elsewhere in the model, which do not see the locals of this place."""
        self._frames.append({})
        try:
            yield
        finally:
            self._frames.pop()

    # --- statements ---

    def run(self, statements: Iterable[ast.Statement]) -> None:
        """Run the statements of a block; local names end with the block they are declared in."""
        frame = self._frames[-1]
        outside = dict(frame)
        for node in statements:
            method: Callable[[ast.Statement], None] = getattr(self, f"_run_{type(node).__name__.lower()}")
            method(node)
        kept = {name: frame[name] for name in outside if name in frame}
        frame.clear()
        frame.update(kept)

    def _run_declaration(self, node: ast.Declaration) -> None:
        initial = self.value(node.value) if node.value is not None else zero(node.type)
        value = self.converted(initial, node.type)
        if node.size is not None and not isinstance(value, list):
            value = [value] * int(self.number(node.size))
        self._frames[-1][node.name] = (value, node.type)

    def _run_assignment(self, node: ast.Assignment) -> None:
        if node.operator == "=":
            value = self.value(node.value)
        else:
            value = self._binary(self._update(node))
        self._assign(node.target, value)

    def _update(self, node: ast.Assignment) -> ast.Binary:
        """Return the expression that `x += y` assigns; it is the same node each time."""
        if id(node) not in self._updates:
            made = ast.Binary(node.operator[:-1], node.target, node.value, span=node.span)
            self._updates[id(node)] = node, made
        return self._updates[id(node)][1]

    def _assign(self, target: ast.Name, value: Value) -> None:
        frame = self._frames[-1]
        if target.name not in frame:
            if self._write is None:
                raise InterpreterError(f"`{target.name}` cannot be changed here", target)
            self._write(target, value)
            return
        old, declared = frame[target.name]
        value = self.converted(value, declared)
        if target.index is not None and isinstance(old, list) and not isinstance(value, list):
            self._element(old, target)
            old[int(self.number(target.index))] = value
        else:
            if isinstance(old, list) and not isinstance(value, list):
                value = [value] * len(old)
            frame[target.name] = (value, declared)

    def _run_callstatement(self, node: ast.CallStatement) -> None:
        self.call(node.call)

    def _run_return(self, node: ast.Return) -> None:
        raise _Returned(self.value(node.value) if node.value is not None else None)

    def _run_if(self, node: ast.If) -> None:
        for branch in node.branches:
            if branch.condition is None or self.value(branch.condition):
                self.run(branch.body)
                return

    def _run_while(self, node: ast.While) -> None:
        for _ in self._rounds(node):
            if not self.value(node.condition):
                return
            self.run(node.body)

    def _run_for(self, node: ast.For) -> None:
        start = self.value(node.start)
        if self.number(node.step) == 0:
            raise NoValueError("a loop's step is not 0", node)
        variable = ast.Name(node.variable, span=node.name_span)
        self._assign(variable, start)
        for _ in self._rounds(node):
            sign = "<" if self.number(node.step) > 0 else ">"
            if not self.pairwise(sign, self.value(variable), self.value(node.stop)):
                return
            self.run(node.body)
            self._assign(variable, self.pairwise("+", self.value(variable), self.value(node.step)))

    def _rounds(self, node: ast.For | ast.While) -> Iterator[int]:
        """Count the rounds of a loop.

        Raises
        ------
        InterpreterError
            If the loop does not end.
        """
        yield from range(MAX_ROUNDS)
        raise NoValueError("this loop does not end", node)
