"""Statements of a model as statements of C++.

In a vector segment every `if` becomes selects: its branches are computed in all lanes, and `mask` says in
which of them they count. Other segments keep the control flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.integration import integrate, integrate_first, masks_of, select
from nestml_jit.codegen.model.integers import REAL, basic, is_integer, local_storage, storage
from nestml_jit.codegen.model.lookups import LOOK_UP
from nestml_jit.codegen.model.names import identifier, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import number
from nestml_jit.codegen.model.turns import is_short
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Call,
    CallStatement,
    Declaration,
    Expression,
    For,
    If,
    Literal,
    Name,
    Return,
    Statement,
    While,
)

if TYPE_CHECKING:
    from nestml_jit.codegen.cpp.lanes import Body

Mask = cpp.Expression | None


def write(item: Statement, body: Body, mask: Mask = None) -> None:
    """Append a statement, with a comment that points to it."""
    body.comment(item)
    _WRITERS[type(item)](item, body, mask)


def _assign(item: Assignment, body: Body, mask: Mask) -> None:
    target = item.target.name
    value = item.value
    if item.operator != "=":
        value = Binary(item.operator[:-1], item.target, value, span=item.span)
    new = body.converted(value, body.type_of(target))
    if item.target.index is not None:
        body.add(cpp.Assign(body.resolve(item.target), new))
        body.store_elements(target)
    elif target in body.locals or target in body.around.fixed:
        place = body.resolve(item.target)
        body.add(cpp.Assign(place, select(mask, new, place)))
    else:
        body.set(target, select(mask, new, body.resolve(item.target)))


def _declare(item: Declaration, body: Body, mask: Mask) -> None:
    type_ = basic(item.type)
    if item.size is not None:
        _declare_vector(item, type_, body)
        return
    if type_ == "string" and body.around.texts is None:
        raise CannotGenerate(UNSUPPORTED, f"{shown(item.name)}: there can be no texts here", item)
    value = body.converted(item.value if item.value is not None else Literal(0), type_)
    prefix = f"l_{identifier(item.name)}_"
    body.locals[item.name] = (body.declare(local_storage(type_), prefix, value, constant=False), type_)


def _declare_vector(item: Declaration, type_: str, body: Body) -> None:
    size = number(item.size) if item.size is not None else None
    if size is None:
        raise CannotGenerate(UNSUPPORTED, f"the size of {shown(item.name)} must be a number", item)
    name = body.fresh(f"l_{identifier(item.name)}_")
    sizes = (cpp.Integer(int(size)),)
    declared = cpp.Declare(storage(type_), name, cpp.Aggregate(), sizes, may_be_unused=True)
    body.add(declared)
    body.local_sizes[declared.variable] = int(size)
    body.locals[item.name] = (declared.variable, type_)


def _call(item: CallStatement, body: Body, mask: Mask) -> None:
    call = item.call
    if call.name == "integrate_odes":
        integrate([(mask, body.around.integrate(call, body))], mask is None, body)
    elif call.name == LOOK_UP:
        body.add(cpp.Evaluate(cpp.Cast("void", body.show(call.arguments[0]), "static_cast")))
    elif body.branchless:
        body.defer(mask, _effect(call, body))
    else:
        for statement in _effect(call, body):
            body.add(statement)


def _effect(call: Call, body: Body) -> list[cpp.Statement]:
    """Return the statements of a call for its effect."""
    found = body.around.effect(call, body)
    if found is not None:
        return list(found)
    if body.around.call is not None:
        own = body.around.call(call, [body.show(item) for item in call.arguments], body.resolve)
        if own is not None:
            return [cpp.Evaluate(own)]
    raise CannotGenerate(UNSUPPORTED, f"{call.name}() is not supported here", call)


def _return(item: Return, body: Body, mask: Mask) -> None:
    body.add(cpp.Return(None if item.value is None else body.show(item.value)))


# --- control flow --------------------------------------------------------------------------------


def _if(item: If, body: Body, mask: Mask) -> None:
    if body.branchless:
        _selects(item, body, mask)
        return
    branches = []
    for branch in item.branches:
        condition = None if branch.condition is None else body.show(branch.condition)
        branches.append(cpp.Branch(condition, inner(branch.body, body)))
    body.add(cpp.If(tuple(branches)))


def _selects(item: If, body: Body, mask: Mask) -> None:
    masks = masks_of(item, mask, body)
    integrated = integrate_first(item, masks, mask is None, body)
    for branch, condition in zip(item.branches, masks, strict=True):
        body.statements(branch.body[1:] if branch in integrated else branch.body, condition)


def inner(statements: tuple[Statement, ...], body: Body) -> tuple[cpp.Statement, ...]:
    """Return statements that are to stand inside of another one."""
    with body.inside() as found:
        body.statements(statements)
    return tuple(found)


def _while(item: While, body: Body, mask: Mask) -> None:
    with _endless(item, body) as goes_on:
        body.in_head = True
        condition = body.show(item.condition)
        body.in_head = False
        body.add(cpp.While(cpp.both(condition, *goes_on), inner(item.body, body)))


@contextmanager
def _endless(loop: While | For, body: Body) -> Iterator[tuple[cpp.Expression, ...]]:
    """Yield what a loop's condition ends with so that Ctrl-C can end it; nothing if it ends soon by itself.

    Loops inside of others share the time at which the outermost one learned of Ctrl-C.
    """
    if is_short(loop):
        yield ()
        return
    outer = body.since
    if not outer:
        body.since = body.fresh("since")
        body.add(cpp.Declare("double", body.since, cpp.Real(0)))
    word = "while" if isinstance(loop, While) else "for"
    where = f"the loop `{word}` in line {loop.span.line} of {body.around.source}"
    yield (cpp.Call("nj_goes_on", (cpp.Variable(body.since), cpp.Characters(where))),)
    body.since = outer


def _for(item: For, body: Body, mask: Mask) -> None:
    counter = body.resolve(Name(item.variable, span=item.span))
    if item.variable not in body.locals:
        body.store(item.variable)
    going = _going(item, body)
    start = body.converted(item.start, body.type_of(item.variable))
    following = _following(item, body)
    with _endless(item, body) as goes_on:
        body.add(
            cpp.For(
                cpp.Assign(counter, start),
                cpp.both(going, *goes_on),
                cpp.Assign(counter, following),
                inner(item.body, body),
            )
        )


def _going(item: For, body: Body) -> cpp.Expression:
    """Return the condition of a `for` loop, upwards or downwards."""
    position: Expression = Name(item.variable, span=item.span)
    if body.type_of(item.variable) == "integer" and not is_integer(item.stop, body.type_of):
        position = Call(REAL, (position,))
    up, down = (body.show(Binary(sign, position, item.stop)) for sign in "<>")
    return cpp.Ternary(cpp.greater(body.show(item.step), cpp.Integer(0)), up, down)


def _following(item: For, body: Body) -> cpp.Expression:
    """Return the next value of a loop's counter."""
    position: Expression = Name(item.variable, span=item.span)
    kind = body.type_of(item.variable)
    if kind == "integer" and is_integer(item.step, body.type_of):
        return body.converted(Binary("i+", position, item.step), kind)
    if kind == "integer":
        position = Call(REAL, (position,))
    return body.converted(Binary("+", position, item.step), kind)


_WRITERS: dict[type, Callable[[Any, Body, Mask], None]] = {
    Assignment: _assign,
    Declaration: _declare,
    If: _if,
    CallStatement: _call,
    While: _while,
    For: _for,
    Return: _return,
}
