"""Writes functions of a model in postfix form, for the programs that call them.

`return 2.5 * x` in a function of `x` becomes

    enter 1 | reserve 0 | push 2.5 | local 0 | * | return | push 0 | return
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nestml_jit.codegen.model.integers import basic
from nestml_jit.codegen.model.lookups import plain
from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.problem import INITIAL, CannotGenerate
from nestml_jit.codegen.model.symbolic import number
from nestml_jit.codegen.plan.program_expressions import ExpressionWriter, refused
from nestml_jit.codegen.plan.program_types import Local
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    CallStatement,
    Declaration,
    Expression,
    For,
    Function,
    If,
    Literal,
    Name,
    Return,
    Statement,
    String,
    Ternary,
    While,
)
from nestml_jit.kinds import BasicName


class FunctionWriter:
    """Appends the operations of functions to a program."""

    def __init__(self, writer: ExpressionWriter) -> None:
        self._writer = writer
        self._types = writer.types
        self._slots = 0

    def write(self, function: Function) -> None:
        """Append a function; its arguments are the first locals."""
        self._types.locals = {
            item.name: Local(slot, basic(item.type)) for slot, item in enumerate(function.parameters)
        }
        self._slots = len(function.parameters)
        self._writer.add("enter", float(self._slots))
        reserve = self._writer.add("reserve")
        self._statements(function.body, basic(function.returns))
        self._writer.add("push")
        self._writer.add("return")
        self._writer.code[reserve] = "reserve", float(self._slots - len(function.parameters))
        self._types.locals = None

    def _statements(self, body: Iterable[Statement], returns: BasicName) -> None:
        assert self._types.locals is not None
        outer = dict(self._types.locals)
        for item in body:
            self._statement(item, returns)
        self._types.locals = outer

    def _statement(self, item: Statement, returns: BasicName) -> None:
        if isinstance(item, Declaration):
            self._declare(item)
        elif isinstance(item, Assignment):
            self._assign(item)
        elif isinstance(item, If):
            self._if(item, returns)
        elif isinstance(item, While):
            self._loop(
                lambda: self._writer.real(item.condition), lambda: self._statements(item.body, returns)
            )
        elif isinstance(item, For):
            self._for(item, returns)
        elif isinstance(item, CallStatement):
            if plain(item.call.name) not in self._types.scope.functions:
                raise refused(item.call)
            self._writer.own_call(item.call)
            self._writer.add("drop")
        else:
            assert isinstance(item, Return)
            self._writer.value(item.value, returns) if item.value is not None else self._writer.add("push")
            self._writer.add("return")

    def _declare(self, item: Declaration) -> None:
        assert self._types.locals is not None
        type_ = basic(item.type)
        size = None
        if item.size is not None:
            found = number(item.size)
            if found is None:
                raise CannotGenerate(INITIAL, f"the size of {shown(item.name)} must be a number here", item)
            size = int(found)
        local = Local(self._slots, type_, size)
        self._slots += size or 1
        if size is None:
            self._writer.value(item.value if item.value is not None else _zero(type_), type_)
            self._writer.add("set_local", float(local.slot))
        else:
            for slot in range(local.slot, self._slots):
                self._writer.add("push")
                self._writer.add("set_local", float(slot))
        self._types.locals[item.name] = local

    def _assign(self, item: Assignment) -> None:
        assert self._types.locals is not None
        target = item.target
        local = self._types.locals.get(target.name)
        if local is None:
            raise CannotGenerate(INITIAL, f"{shown(target.name)} cannot be assigned in a function", item)
        value = item.value
        if item.operator != "=":
            value = Binary(item.operator[:-1], target, value, span=item.span)
        self._writer.value(value, local.type)
        if target.index is None:
            self._writer.add("set_local", float(local.slot))
        else:
            self._writer.whole(target.index)
            self._writer.add("locals", float(local.slot))
            self._writer.add("set_local_element", float(local.size or 0))

    def _if(self, item: If, returns: BasicName) -> None:
        ends = []
        for branch in item.branches:
            if branch.condition is None:
                self._statements(branch.body, returns)
                break
            self._writer.real(branch.condition)
            otherwise = self._writer.jump("jump_unless")
            self._statements(branch.body, returns)
            ends.append(self._writer.jump("jump"))
            self._writer.land(otherwise)
        self._writer.land(*ends)

    def _loop(self, condition: Callable[[], None], body: Callable[[], None]) -> None:
        start = len(self._writer.code)
        condition()
        end = self._writer.jump("jump_unless")
        body()
        self._writer.add("jump", float(start))
        self._writer.land(end)

    def _for(self, item: For, returns: BasicName) -> None:
        counter = Name(item.variable, span=item.span)
        up = Binary("<", counter, item.stop)
        down = Binary(">", counter, item.stop)
        step = number(item.step)
        going = up if step is not None and step > 0 else down if step is not None else None
        condition = going or Ternary(Binary(">", item.step, Literal(0)), up, down)

        def body() -> None:
            self._statements(item.body, returns)
            self._assign(Assignment(counter, "+=", item.step, span=item.span))

        self._assign(Assignment(counter, "=", item.start, span=item.span))
        self._loop(lambda: self._writer.real(condition), body)


def _zero(type_: BasicName) -> Expression:
    return String("") if type_ == "string" else Literal(0)
