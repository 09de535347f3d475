"""Integers: the tree says which operations have 64 bits, and where a number changes its type.

Types follow from declarations. They are found once, before anything is rewritten, and then stand in the
tree::

    x += n // 2 + m**3            # x real, n and m integer

becomes::

    x += real((n i// integer(2)) i+ (m i** integer(3)))

An integer is `integer(...)`, a name of an integer variable, `~`, one of the operators `i+`, `i-`, ... or a
choice between integers; all else is not an integer. `integer(2)` is a literal, `integer(x)` is a real number
without its fraction. Literals without that mark are real numbers, even without a fraction.

Integers wrap around, in two's complement: no operation of a model on them is undefined.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from nestml_jit.dsl.tree import (
    Assignment,
    BasicType,
    Binary,
    Boolean,
    Branch,
    Call,
    CallStatement,
    Declaration,
    Expression,
    For,
    Function,
    If,
    Inline,
    Kernel,
    Literal,
    Model,
    Name,
    Node,
    Ode,
    OnCondition,
    OnReceive,
    Statement,
    String,
    Ternary,
    Type,
    Unary,
    While,
)
from nestml_jit.functions import KEPT_INTEGERS, MESSAGES, OF_INTEGERS
from nestml_jit.kinds import BasicName

INTEGER, REAL = "integer()", "real()"
NEGATE = "i-"
_ARITHMETIC = frozenset(("+", "-", "*", "//", "%"))
_BITS = frozenset(("&", "|", "^", "<<", ">>"))
_LOGIC = frozenset(("and", "or"))
_COMPARISONS = frozenset(("<", "<=", "==", "!=", ">=", ">"))
OPERATORS = frozenset(f"i{sign}" for sign in (*_ARITHMETIC, *_BITS, "**"))
"""Operators on two integers."""

TEMPLATES = OF_INTEGERS
"""Functions whose result is an integer if all arguments are; these are called `imin`, ..."""

_UNTOUCHED = frozenset(("integrate_odes", "convolve", "delta")) | MESSAGES
_WHOLE = frozenset(("steps", "random_poisson"))


def is_integer(node: Expression, type_of: Callable[[str], str]) -> bool:
    """Return whether an expression of a tree with types is an integer, given the types of variables."""
    if isinstance(node, Name):
        return type_of(node.name) == "integer"
    if isinstance(node, Unary):
        return node.operator in (NEGATE, "~")
    if isinstance(node, Binary):
        return node.operator in OPERATORS
    if isinstance(node, Ternary):
        return is_integer(node.if_true, type_of) and is_integer(node.if_false, type_of)
    return isinstance(node, Call) and (node.name == INTEGER or node.name[1:] in TEMPLATES)


def storage(type_: str) -> str:
    """Return the C++ type of the values in a column of a type."""
    return "int64_t" if type_ == "integer" else "double"


def local_storage(type_: str) -> str:
    """Return the C++ type of a local variable of a type."""
    return "bool" if type_ == "boolean" else storage(type_)


def whole(value: int) -> Call:
    """Return an integer literal."""
    return Call(INTEGER, (Literal(value),))


def literal_value(node: Expression) -> int | None:
    """Return the value of an integer literal, None for anything else."""
    if isinstance(node, Call) and node.name == INTEGER and isinstance(node.arguments[0], Literal):
        value = node.arguments[0].value
        return value if isinstance(value, int) else None
    return None


def as_it_stands(node: Expression) -> Expression:
    """Return an expression without the conversion to a real number around it."""
    return node.arguments[0] if isinstance(node, Call) and node.name == REAL else node


def wrapped(value: int) -> int:
    """Return the integer that 64 bits hold after an overflow."""
    return (value + 2**63) % 2**64 - 2**63


def may_divide_by_zero(node: object) -> bool:
    """Return whether a node divides an integer by an integer that may be 0."""
    return isinstance(node, Binary) and node.operator in ("i//", "i%") and not literal_value(node.right)


def divides(body: Iterable[Node]) -> bool:
    """Return whether code divides an integer by an integer that may be 0, which it must check."""
    return any(may_divide_by_zero(node) for item in body for node in item.walk())


def evaluated(operator: str, left: int, right: int) -> int | None:
    """Return the result of an operator on two integers; None if they are divided by zero."""
    sign = operator[1:]
    if sign in ("//", "%"):
        if right == 0:
            return None
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return wrapped(quotient if sign == "//" else left - quotient * right)
    if sign == "**":
        return wrapped(pow(left, right, 2**64)) if right >= 0 else None
    if sign in ("<<", ">>"):
        count = right & 63
        return wrapped(left << count) if sign == "<<" else left >> count
    results = {"+": left + right, "-": left - right, "*": left * right}
    results |= {"&": left & right, "|": left | right, "^": left ^ right}
    return wrapped(results[sign])


def folded(node: Expression) -> Expression:
    """Return the literal that a node with integer literals as operands is equal to."""
    if isinstance(node, Binary) and node.operator in OPERATORS:
        left, right = literal_value(node.left), literal_value(node.right)
        value = None if left is None or right is None else evaluated(node.operator, left, right)
        return node if value is None else dataclasses.replace(whole(value), span=node.span)
    if isinstance(node, Unary) and node.operator in (NEGATE, "~"):
        operand = literal_value(node.operand)
        if operand is not None:
            value = wrapped(-operand) if node.operator == NEGATE else ~operand
            return dataclasses.replace(whole(value), span=node.span)
    if isinstance(node, Call) and node.name == REAL:
        operand = literal_value(node.arguments[0])
        return node if operand is None else Literal(float(operand), span=node.span)
    if isinstance(node, Call) and node.name == INTEGER and literal_value(node.arguments[0]) is not None:
        return node.arguments[0]
    return node


def typed(model: Model) -> Model:
    """Return a lowered model with the types of its numbers in the tree.

    Examples
    --------
    The product of integers is computed with 64 bits, and then becomes a real number:

    >>> from nestml_jit.codegen.examples import COUNTER, model, statements
    >>> print(statements(typed(model(COUNTER)).update[:1]))
    if n > integer()(3):
        x real = real()((integer()(2) i* n))
        println("{x}")
    """
    return _Typing(model).model()


def basic(declared: Type) -> BasicName:
    """Return the name of a type without its unit."""
    return declared.name if isinstance(declared, BasicType) else "real"


class _Typing:
    """Writes types into the tree of a model."""

    def __init__(self, model: Model) -> None:
        self.source = model
        declared = (*model.parameters, *model.internals, *model.state)
        self.types = {item.name: basic(item.type) for item in declared if item.order == 0}
        self.types |= {item.name: basic(item.type) for item in model.equations if isinstance(item, Inline)}
        self.types |= {
            item.name: basic(item.type) for item in model.inputs if item.signal != "spike" and item.type
        }
        self.functions = {item.name: item for item in model.functions}

    def model(self) -> Model:
        source = self.source
        if not self._has_integers():
            return source
        return dataclasses.replace(
            source,
            state=tuple(map(self._declared, source.state)),
            parameters=tuple(map(self._declared, source.parameters)),
            internals=tuple(map(self._declared, source.internals)),
            equations=tuple(self._equation(item) for item in source.equations),
            update=None if source.update is None else self.body(source.update, self.types),
            on_receive=tuple(self._receive(item) for item in source.on_receive),
            on_condition=tuple(self._condition(item) for item in source.on_condition),
            functions=tuple(self._function(item) for item in source.functions),
        )

    def _has_integers(self) -> bool:
        """Return whether anything but literals may be an integer; most models have no integers."""
        nodes = list(self.source.walk())
        if any(isinstance(node, Call) and node.name in (INTEGER, REAL) for node in nodes):
            return False  # these are in the tree already
        return any(
            (isinstance(node, (BasicType, Call)) and node.name in _MAY)
            or (isinstance(node, (Binary, Unary)) and node.operator in _MAY)
            for node in nodes
        )

    # --- declarations -----------------------------------------------------------------------

    def _declared(self, item: Declaration, types: Mapping[str, BasicName] | None = None) -> Declaration:
        known = self.types if types is None else types
        kind = basic(item.type) if item.order == 0 else "real"
        value = None if item.value is None else self.cast(item.value, kind, known)
        guard = None if item.guard is None else self.expression(item.guard, known)[0]
        return dataclasses.replace(item, value=value, guard=guard)

    def _equation(self, item: Ode | Inline | Kernel) -> Ode | Inline | Kernel:
        if isinstance(item, Kernel):
            return dataclasses.replace(item, equations=tuple(self._ode(ode) for ode in item.equations))
        if isinstance(item, Inline):
            return dataclasses.replace(item, value=self.cast(item.value, basic(item.type), self.types))
        return self._ode(item)

    def _ode(self, ode: Ode) -> Ode:
        return dataclasses.replace(ode, value=self.cast(ode.value, "real", self.types))

    def _receive(self, item: OnReceive) -> OnReceive:
        return dataclasses.replace(item, body=self.body(item.body, self.types))

    def _condition(self, item: OnCondition) -> OnCondition:
        condition = self.expression(item.condition, self.types)[0]
        return dataclasses.replace(item, condition=condition, body=self.body(item.body, self.types))

    def _function(self, item: Function) -> Function:
        types = self.types | {one.name: basic(one.type) for one in item.parameters}
        return dataclasses.replace(item, body=self.body(item.body, types, basic(item.returns)))

    # --- statements -----------------------------------------------------------------------------

    def body(
        self, statements: Iterable[Statement], outer: Mapping[str, BasicName], returns: BasicName = "void"
    ) -> tuple[Statement, ...]:
        """Return statements with types; `outer` holds the types of the names that they see."""
        types = dict(outer)
        return tuple(self._statement(item, types, returns) for item in statements)

    def _statement(self, item: Statement, types: dict[str, BasicName], returns: BasicName) -> Statement:
        if isinstance(item, Assignment):
            return self._assignment(item, types)
        if isinstance(item, Declaration):
            changed = self._declared(item, types)
            if item.value is None and item.size is None and basic(item.type) == "integer":
                changed = dataclasses.replace(changed, value=whole(0))
            types[item.name] = basic(item.type)
            return changed
        if isinstance(item, If):
            return dataclasses.replace(
                item, branches=tuple(self._branch(one, types, returns) for one in item.branches)
            )
        if isinstance(item, While):
            condition = self.expression(item.condition, types)[0]
            return dataclasses.replace(item, condition=condition, body=self.body(item.body, types, returns))
        if isinstance(item, For):
            return self._loop(item, types, returns)
        if isinstance(item, CallStatement):
            call = self.expression(item.call, types)[0]
            if call.name == INTEGER:  # type: ignore[union-attr]
                call = call.arguments[0]  # type: ignore[union-attr]
            return dataclasses.replace(item, call=call)  # type: ignore[arg-type]
        value = None if item.value is None else self.cast(item.value, returns, types)
        return dataclasses.replace(item, value=value)

    def _assignment(self, item: Assignment, types: Mapping[str, BasicName]) -> Assignment:
        target = item.target
        kind = types.get(target.name, "real") if target.order == 0 else "real"
        if target.index is not None:
            target = dataclasses.replace(target, index=self.expression(target.index, types)[0])
        if kind != "integer" or item.operator == "=":
            return dataclasses.replace(item, target=target, value=self.cast(item.value, kind, types))
        value = Binary(item.operator[:-1], item.target, item.value, span=item.span)
        return dataclasses.replace(item, target=target, operator="=", value=self.cast(value, kind, types))

    def _branch(self, item: Branch, types: Mapping[str, BasicName], returns: BasicName) -> Branch:
        condition = None if item.condition is None else self.expression(item.condition, types)[0]
        return dataclasses.replace(item, condition=condition, body=self.body(item.body, types, returns))

    def _loop(self, item: For, types: Mapping[str, BasicName], returns: BasicName) -> For:
        kind = types.get(item.variable, "real")
        start = self.cast(item.start, kind, types)
        stop, step = (
            self.expression(side, types)[0] if kind == "integer" else self.cast(side, "real", types)
            for side in (item.stop, item.step)
        )
        body = self.body(item.body, types, returns)
        return dataclasses.replace(item, start=start, stop=stop, step=step, body=body)

    # --- expressions ----------------------------------------------------------------------------

    def cast(self, node: Expression, kind: BasicName, types: Mapping[str, BasicName]) -> Expression:
        """Return a value as one of a type."""
        return _cast(*self.expression(node, types), kind)

    def expression(self, node: Expression, types: Mapping[str, BasicName]) -> tuple[Expression, BasicName]:
        """Return an expression with types, and its own."""
        if isinstance(node, Literal):
            return (
                (Call(INTEGER, (node,), span=node.span), "integer")
                if isinstance(node.value, int)
                else (node, "real")
            )
        if isinstance(node, Boolean):
            return node, "boolean"
        if isinstance(node, String):
            return node, "string"
        if isinstance(node, Name):
            return self._name(node, types)
        if isinstance(node, Unary):
            return self._unary(node, types)
        if isinstance(node, Binary):
            return self._binary(node, types)
        if isinstance(node, Ternary):
            condition = self.expression(node.condition, types)[0]
            yes, no, kind = self._alike(node.if_true, node.if_false, types)
            return dataclasses.replace(node, condition=condition, if_true=yes, if_false=no), kind
        return self._call(node, types)

    def _name(self, node: Name, types: Mapping[str, BasicName]) -> tuple[Expression, BasicName]:
        index = None if node.index is None else self.expression(node.index, types)[0]
        delay = None if node.delay is None else self.cast(node.delay, "real", types)
        is_plain = node.order == 0 and node.delay is None
        kind = types.get(node.name, "real") if is_plain else "real"
        return dataclasses.replace(node, index=index, delay=delay), kind

    def _unary(self, node: Unary, types: Mapping[str, BasicName]) -> tuple[Expression, BasicName]:
        operand, kind = self.expression(node.operand, types)
        if node.operator == "+":
            return operand, kind
        if node.operator == "-" and kind == "integer":
            return folded(Unary(NEGATE, operand, span=node.span)), kind
        changed = dataclasses.replace(node, operand=operand)
        return folded(changed), kind

    def _alike(
        self, left: Expression, right: Expression, types: Mapping[str, BasicName]
    ) -> tuple[Expression, Expression, BasicName]:
        """Return two values as numbers of one type, if they are numbers."""
        (one, first), (other, second) = self.expression(left, types), self.expression(right, types)
        if first == second:
            return one, other, first
        if {first, second} == {"integer", "real"}:
            return _cast(one, first, "real"), _cast(other, second, "real"), "real"
        return one, other, "string" if "string" in (first, second) else first

    def _binary(self, node: Binary, types: Mapping[str, BasicName]) -> tuple[Expression, BasicName]:
        if node.operator == "**":
            return self._power(node, node.left, node.right, types)
        if node.operator == "/":
            left, right = (self.cast(side, "real", types) for side in (node.left, node.right))
            return dataclasses.replace(node, left=left, right=right), "real"
        left, right, kind = self._alike(node.left, node.right, types)
        changed = dataclasses.replace(node, left=left, right=right)
        if node.operator in _LOGIC or node.operator in _COMPARISONS:
            return changed, "boolean"
        if kind == "integer" and node.operator in _ARITHMETIC | _BITS:
            return folded(dataclasses.replace(changed, operator=f"i{node.operator}")), "integer"
        return changed, kind

    def _power(
        self, node: Binary | Call, base: Expression, exponent: Expression, types: Mapping[str, BasicName]
    ) -> tuple[Expression, BasicName]:
        """Return a power; it is an integer only if the exponent is a literal, which cannot be negative."""
        left, kind = self.expression(base, types)
        if kind == "integer" and isinstance(exponent, Literal) and isinstance(exponent.value, int):
            found = Binary("i**", left, Call(INTEGER, (exponent,)), span=node.span)
            return folded(found), "integer"
        right = exponent if isinstance(exponent, Literal) else self.cast(exponent, "real", types)
        left = _cast(left, kind, "real")
        if isinstance(node, Call):
            return dataclasses.replace(node, arguments=(left, right)), "real"
        return dataclasses.replace(node, left=left, right=right), "real"

    def _call(self, node: Call, types: Mapping[str, BasicName]) -> tuple[Expression, BasicName]:
        if node.name in _UNTOUCHED and node.name not in self.functions:
            return self._message(node, types) if node.name in MESSAGES else (node, "real")
        if node.name in self.functions:
            return self._own(node, self.functions[node.name], types)
        if node.name == "pow":
            return self._power(node, node.arguments[0], node.arguments[1], types)
        found = [self.expression(item, types) for item in node.arguments]
        if node.name in TEMPLATES and all(kind == "integer" for _, kind in found):
            return dataclasses.replace(
                node, name=f"i{node.name}", arguments=tuple(item for item, _ in found)
            ), "integer"
        if node.name in KEPT_INTEGERS and found[0][1] == "integer":
            return found[0]
        arguments = tuple(_cast(item, kind, "real") for item, kind in found)
        changed = dataclasses.replace(node, arguments=arguments)
        return (
            (Call(INTEGER, (changed,), span=node.span), "integer")
            if node.name in _WHOLE
            else (changed, "real")
        )

    def _message(self, node: Call, types: Mapping[str, BasicName]) -> tuple[Expression, BasicName]:
        arguments = tuple(self.expression(item, types)[0] for item in node.arguments)
        return dataclasses.replace(node, arguments=arguments), "void"

    def _own(
        self, node: Call, function: Function, types: Mapping[str, BasicName]
    ) -> tuple[Expression, BasicName]:
        """Return a call of a function of the model."""
        pairs = zip(node.arguments, function.parameters, strict=True)
        arguments = tuple(self.cast(item, basic(formal.type), types) for item, formal in pairs)
        changed = dataclasses.replace(node, arguments=arguments)
        kind = basic(function.returns)
        return (Call(INTEGER, (changed,), span=node.span), kind) if kind == "integer" else (changed, kind)


_MAY = frozenset(("integer", *_WHOLE, *_BITS, "~", "%", "//"))


def _cast(node: Expression, kind: BasicName, wanted: BasicName) -> Expression:
    if kind == wanted or wanted in ("string", "void", "boolean"):
        return node
    if wanted == "integer":
        if kind == "boolean":
            return Ternary(node, whole(1), whole(0), span=node.span)
        return Call(INTEGER, (node,), span=node.span)
    return folded(Call(REAL, (node,), span=node.span)) if kind == "integer" else node
