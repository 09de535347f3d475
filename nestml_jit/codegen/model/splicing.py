"""Functions that are called as statements, written into the place of their call.

Before, and after::

    show(w)                             a:2 real = w
    ...                                 print("w is " + a:2)
    function show(a: real) void:        ...
        print("w is " + a:)
        return

So all effects of a function happen in a handler or in `update`: a spike that it emits belongs to the port
whose handler calls it. An early `return` becomes a flag, and the statements after it depend on the flag.
Functions that call themselves stay.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping

from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.inlining import recursive_functions
from nestml_jit.codegen.model.integers import basic
from nestml_jit.codegen.model.names import local
from nestml_jit.codegen.model.rebuild import Body, rebuild, with_bodies
from nestml_jit.codegen.model.symbolic import calls, rewrite
from nestml_jit.dsl.tree import (
    Assignment,
    BasicType,
    Binary,
    Boolean,
    Branch,
    CallStatement,
    Declaration,
    Expression,
    For,
    Function,
    If,
    Model,
    Name,
    Return,
    Statement,
    Unary,
    While,
)

_FLAG, _UNUSED = "returned", "unused"


def spliced(model: Model) -> Model:
    """Return a model without calls of functions as statements; its locals have names of their own.

    Examples
    --------
    `tell(n)` becomes the function's body:

    >>> from nestml_jit.codegen.examples import COUNTER, model, statements
    >>> from nestml_jit.codegen.model.scopes import with_own_locals
    >>> print(statements(spliced(with_own_locals(model(COUNTER))).update[1:3]))
    value:2 integer = n
    println("" + value:2 + "")
    """
    if not any(isinstance(node, CallStatement) and _is_own(node, model) for node in model.walk()):
        return model
    splicer = _Splicer(model)
    handlers = (dataclasses.replace(item, body=splicer.body(item.body)) for item in model.on_receive)
    functions = (
        dataclasses.replace(item, body=splicer.body(item.body))
        for item in model.functions
        if item.name not in splicer.whole or basic(item.returns) != "void"
    )
    return dataclasses.replace(
        model,
        update=None if model.update is None else splicer.body(model.update),
        on_receive=tuple(handlers),
        on_condition=tuple(
            dataclasses.replace(item, body=splicer.body(item.body)) for item in model.on_condition
        ),
        functions=tuple(functions),
    )


def _is_own(node: CallStatement, model: Model) -> bool:
    return any(item.name == node.call.name for item in model.functions)


class _Splicer:
    """Replaces calls in the bodies of one model; `used` is the largest number of the locals of each name."""

    def __init__(self, model: Model) -> None:
        functions = {item.name: item for item in model.functions}
        self.functions = functions
        recursive = recursive_functions(functions)
        self.whole = {name: item for name, item in functions.items() if name not in recursive}
        self.used: Counter[str] = Counter()
        for node in model.walk():
            if isinstance(node, Declaration) and ":" in node.name:
                base, _, number = node.name.partition(":")
                self.used[base] = max(self.used[base], int(number or 1))

    def body(self, statements: Body) -> Body:
        """Return statements with the functions that they call in the place of the calls."""
        return tuple(item for statement in statements for item in self._statement(statement))

    def _statement(self, item: Statement) -> Iterator[Statement]:
        if isinstance(item, CallStatement) and item.call.name in self.whole:
            yield from self._called(item, self.whole[item.call.name])
        else:
            yield with_bodies(item, self.body)

    def _called(self, item: CallStatement, function: Function) -> Iterator[Statement]:
        declared = (node.name for node in function.walk() if isinstance(node, Declaration))
        names = {name: self._fresh(name) for name in declared}
        for formal, value in zip(function.parameters, item.call.arguments, strict=True):
            yield dataclasses.replace(formal, name=names[formal.name], value=value, span=item.span)
        flag = self._fresh(_FLAG)
        body = _Flagged(flag, set(self.functions)).body(_renamed(function.body, names), is_last=True)
        if flag in assigned(body):
            yield Declaration(flag, 0, BasicType("boolean"), value=Boolean(False), span=item.span)
        yield from self.body(body)

    def _fresh(self, name: str) -> str:
        base = name.partition(":")[0]
        self.used[base] += 1
        return local(base, self.used[base])


def _renamed(body: Body, names: Mapping[str, str]) -> Body:
    """Return statements with other names for their locals."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Name) and node.order == 0 and node.name in names:
            return dataclasses.replace(node, name=names[node.name])
        return node

    def expression(item: Expression) -> Expression:
        return rewrite(item, change)

    def defined(node: Assignment | Declaration) -> Assignment | Declaration:
        if isinstance(node, Declaration):
            return dataclasses.replace(node, name=names[node.name])
        target = expression(node.target)
        assert isinstance(target, Name)
        return dataclasses.replace(node, target=target)

    def loops(body: Body) -> Body:
        return tuple(with_bodies(loop(item), loops) for item in body)

    def loop(item: Statement) -> Statement:
        if not isinstance(item, For):
            return item
        return dataclasses.replace(item, variable=names.get(item.variable, item.variable))

    return loops(tuple(rebuild(item, expression, defined) for item in body))


class _Flagged:
    """Replaces `return` by a flag, on which the statements after it depend.

    Parameters
    ----------
    flag
        Name of the flag.
    functions
        Functions whose calls count, even if the returned value is not used.
    """

    def __init__(self, flag: str, functions: set[str]) -> None:
        self.flag = flag
        self.functions = functions

    def body(self, body: Body, is_last: bool) -> Body:
        """Return statements without `return`; no statement follows them if they are the last ones."""
        for index, item in enumerate(body):
            if not any(isinstance(node, Return) for node in item.walk()):
                continue
            rest = body[index + 1 :]
            if isinstance(item, Return):
                return (*body[:index], *self._returned(item, is_last))
            made = (*body[:index], self._inside(item, is_last and not rest))
            after = self.body(rest, is_last)
            return (*made, self._unless_returned(after, item)) if after else made
        return body

    def _returned(self, item: Return, is_last: bool) -> Iterator[Statement]:
        if item.value is not None and calls(item.value) & self.functions:
            yield Declaration(f"{_UNUSED}:", 0, BasicType("real"), value=item.value, span=item.span)
        if not is_last:
            yield Assignment(Name(self.flag), "=", Boolean(True), span=item.span)

    def _unless_returned(self, body: Body, item: Statement) -> Statement:
        return If((Branch(Unary("not", Name(self.flag)), body, span=item.span),), span=item.span)

    def _inside(self, item: Statement, is_last: bool) -> Statement:
        if isinstance(item, If):
            return with_bodies(item, lambda body: self.body(body, is_last))
        assert isinstance(item, (While, For))
        inside = self.body(item.body, is_last=False)
        if isinstance(item, For):
            return dataclasses.replace(item, body=(self._unless_returned(inside, item),))
        going = Binary("and", Unary("not", Name(self.flag)), item.condition, span=item.condition.span)
        return dataclasses.replace(item, condition=going, body=inside)
