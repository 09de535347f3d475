"""Local variables under names of their own, since they may hide variables of the model.

Before, and after (see `names.local`)::

    function f(a real) real:        function f(a: real) real:
        x real = a                      x: real = a:
        return x                        return x:

An inline or a function can then be written into the place of its use, whatever names the locals there have.
Values in texts become parts of sums here, because texts hold names as the user wrote them:
`print("V_m = {V_m}.")` prints `"V_m = " + V_m + " mV" + "."`.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping

from nestml_jit.codegen.model.lookups import LEVELS
from nestml_jit.codegen.model.names import local
from nestml_jit.codegen.model.symbolic import rewrite
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Call,
    CallStatement,
    Declaration,
    Expression,
    For,
    Function,
    If,
    Inline,
    Literal,
    Model,
    Name,
    Return,
    Statement,
    String,
    Type,
    UnitType,
    While,
)

_NAME = r"[A-Za-z_$][A-Za-z0-9_$]*"
_BRACES = re.compile(rf"\{{\s*({_NAME})('*)(?:\[\s*({_NAME}|[0-9]+)\s*(?:([+-])\s*([0-9]+)\s*)?\])?\s*\}}")


def with_own_locals(model: Model) -> Model:
    """Return a model whose locals, and parameters of functions, have names that no variable has.

    Examples
    --------
    The local `x`, which hides the state `x`, gets a name of its own:

    >>> from nestml_jit.codegen.examples import COUNTER, model, statements
    >>> print(statements(with_own_locals(model(COUNTER)).update[:1]))
    if n > 3:
        x: real = 2 * n
        println("" + x: + "")
    """
    units = _units(model)

    def body(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return _Scope({}, Counter(), units).statements(statements)

    return dataclasses.replace(
        model,
        update=None if model.update is None else body(model.update),
        on_receive=tuple(dataclasses.replace(item, body=body(item.body)) for item in model.on_receive),
        on_condition=tuple(dataclasses.replace(item, body=body(item.body)) for item in model.on_condition),
        functions=tuple(_function(item, units) for item in model.functions),
    )


def _units(model: Model) -> dict[tuple[str, int], str]:
    """Return the units of all variables that texts may name, "" for plain numbers."""
    found: dict[tuple[str, int], Type | None] = {(port.name, 0): port.type for port in model.inputs}
    found.update({(item.name, 0): item.type for item in model.equations if isinstance(item, Inline)})
    declared = (*model.parameters, *model.internals, *model.state)
    found.update({(item.name, item.order): item.type for item in declared})
    units = {key: type_.text if isinstance(type_, UnitType) else "" for key, type_ in found.items()}
    return {**units, ("t", 0): "ms"}


def _function(function: Function, units: Mapping[tuple[str, int], str]) -> Function:
    scope = _Scope({}, Counter(), units)
    parameters = tuple(scope.declared(item) for item in function.parameters)
    return dataclasses.replace(function, parameters=parameters, body=scope.statements(function.body))


class _Scope:
    """The meaning of names at a place of a body; `used` counts the locals of each name in the whole body."""

    def __init__(
        self, names: dict[str, str], used: Counter[str], units: Mapping[tuple[str, int], str]
    ) -> None:
        self.names = names
        self.used = used
        self.units = units

    def statements(self, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """Return the statements of a block; their declarations end with it."""
        inner = _Scope(dict(self.names), self.used, self.units)
        return tuple(inner._statement(item) for item in body)

    def declared(self, item: Declaration) -> Declaration:
        """Return a declaration under a new name, which the name stands for from here on."""
        size, value, guard = (
            None if part is None else self.expression(part) for part in (item.size, item.value, item.guard)
        )
        self.used[item.name] += 1
        self.names[item.name] = local(item.name, self.used[item.name])
        return dataclasses.replace(item, name=self.names[item.name], size=size, value=value, guard=guard)

    def expression(self, expression: Expression) -> Expression:
        """Return an expression with the names of locals in it."""
        return rewrite(expression, lambda node: self._name(node) if isinstance(node, Name) else node)

    def _name(self, node: Name) -> Name:
        found = self.names.get(node.name) if node.order == 0 else None
        return node if found is None else dataclasses.replace(node, name=found)

    def _statement(self, item: Statement) -> Statement:
        if isinstance(item, Declaration):
            return self.declared(item)
        if isinstance(item, Assignment):
            target = self.expression(item.target)
            assert isinstance(target, Name)
            return dataclasses.replace(item, target=target, value=self.expression(item.value))
        if isinstance(item, CallStatement):
            return dataclasses.replace(item, call=self._call(item.call))
        if isinstance(item, If):
            return self._if(item)
        if isinstance(item, While):
            condition = self.expression(item.condition)
            return dataclasses.replace(item, condition=condition, body=self.statements(item.body))
        if isinstance(item, For):
            return self._for(item)
        assert isinstance(item, Return)
        return item if item.value is None else dataclasses.replace(item, value=self.expression(item.value))

    def _if(self, item: If) -> If:
        branches = tuple(
            dataclasses.replace(
                branch,
                condition=None if branch.condition is None else self.expression(branch.condition),
                body=self.statements(branch.body),
            )
            for branch in item.branches
        )
        return dataclasses.replace(item, branches=branches)

    def _for(self, item: For) -> For:
        return dataclasses.replace(
            item,
            variable=self.names.get(item.variable, item.variable),
            start=self.expression(item.start),
            stop=self.expression(item.stop),
            step=self.expression(item.step),
            body=self.statements(item.body),
        )

    # --- values in texts --------------------------------------------------------------------------

    def _call(self, call: Call) -> Call:
        changed = self.expression(call)
        assert isinstance(changed, Call)
        return rewrite(changed, self._spelled) if call.name in LEVELS else changed  # type: ignore[return-value]

    def _spelled(self, node: Expression) -> Expression:
        """Return a text as the sum of its parts and the values that it names in braces."""
        if not isinstance(node, String):
            return node
        parts: list[Expression] = []
        position = 0
        for found in _BRACES.finditer(node.value):
            name, order = found.group(1), len(found.group(2))
            if (name, order) not in self.units and name not in self.names:
                continue
            unit = "" if name in self.names else self.units[name, order]
            index = None if found.group(3) is None else self._index(found)
            parts.append(String(node.value[position : found.start()], span=node.span))
            parts.append(self._name(Name(name, order, index, span=node.span)))
            parts += [String(f" {unit}", span=node.span)] if unit else []
            position = found.end()
        result: Expression = String(node.value[position:], span=node.span)
        if not parts:
            return result
        total = parts[0]
        for part in (*parts[1:], result):
            total = Binary("+", total, part, span=node.span)
        return total

    def _index(self, found: re.Match[str]) -> Expression:
        first, sign, offset = found.group(3), found.group(4), found.group(5)
        index: Expression = Literal(int(first)) if first.isdecimal() else self._name(Name(first))
        return index if sign is None else Binary(sign, index, Literal(int(offset)))
