"""Vectors as their elements: `v[3]` becomes the variables `v[0]`, `v[1]` and `v[2]`.

Statements about whole vectors are written out element by element, and short loops with fixed bounds are
unrolled, so that most indices are known and elements are variables like all others. An element `v[i]` whose
index stays unknown is looked up when the statement runs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from nestml_jit.codegen.model.effects import assigned
from nestml_jit.codegen.model.integers import literal_value, whole
from nestml_jit.codegen.model.lookups import checked
from nestml_jit.codegen.model.names import canonical, element
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.rebuild import rebuild, with_bodies
from nestml_jit.codegen.model.symbolic import fold, names, number, rewrite, substitute
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Declaration,
    Expression,
    For,
    InputPort,
    Literal,
    Model,
    Name,
    Node,
    Statement,
    Ternary,
)

LONGEST = 64


def vector_sizes(model: Model) -> dict[str, int]:
    """Return the sizes of all vectors that a model declares, ports included."""
    declared = (*model.parameters, *model.internals, *model.state)
    found = {
        canonical(item.name, item.order): size_of(item, model) for item in declared if item.size is not None
    }
    return found | {port.name: size_of(port, model) for port in model.inputs if port.size is not None}


def size_of(item: Declaration | InputPort, model: Model) -> int:
    """Return the size of a vector: a number, or the default of a parameter or internal.

    Raises
    ------
    CannotGenerate
        If it is anything else, or not positive.
    """
    assert item.size is not None
    known = {d.name: d.value for d in (*model.parameters, *model.internals) if d.value is not None}
    value = item.size
    for _ in known:
        value = fold(substitute(value, known))
    found = number(value)
    if found is None or found.denominator != 1 or found < 1:
        raise CannotGenerate(UNSUPPORTED, f"the size of {item.name} is no positive number", item)
    return int(found)


def size_variable(item: Declaration | InputPort, model: Model) -> str:
    """Return the variable that is the size of a vector, "" if the size cannot change."""
    if not isinstance(item.size, Name):
        return ""
    settable = {declared.name for declared in model.parameters}
    derived = {d.name for d in model.internals if d.value is not None and number(fold(d.value)) is None}
    return item.size.name if item.size.name in settable | derived else ""


def size_variables(model: Model) -> dict[str, str]:
    """Return the variables that are the sizes of vectors, by the names of these."""
    sized = [item for item in (*model.parameters, *model.internals, *model.state) if item.size is not None]
    found = {canonical(item.name, item.order): size_variable(item, model) for item in sized}
    found |= {port.name: size_variable(port, model) for port in model.inputs if port.size is not None}
    return {name: variable for name, variable in found.items() if variable}


def with_own_sizes(model: Model, lengths: Mapping[str, Expression]) -> Model:
    """Check indices that are known, too, of vectors that may be shorter in some neurons.

    A kernel has as many elements as the neuron with the largest number of them. With a vector `v[n]`::

        x = v[5]

    becomes::

        x = index(v)(5, n) <= 5 ? v[5] : v[5]

    Indices that are known once a loop is unrolled stay looked up, and so do those of assigned elements.
    """
    if not lengths:
        return model
    loops = {item.variable for item in model.walk() if isinstance(item, For)}

    def index_of(node: Expression) -> Expression | None:
        """Return the checked index of an element if its index is known, or may be later."""
        if not isinstance(node, Name) or node.index is None:
            return None
        length = lengths.get(canonical(node.name, node.order))
        may_be_known = number(fold(node.index)) is not None or loops & names(node.index)
        return checked(node.name, node.index, length) if length is not None and may_be_known else None

    def change(node: Expression) -> Expression:
        index = index_of(node)
        if index is None:
            return node
        assert isinstance(node, Name)
        assert node.index is not None
        if number(fold(node.index)) is None:
            return dataclasses.replace(node, index=index)
        return Ternary(Binary("<=", index, node.index), node, node, span=node.span)

    def target(node: Assignment | Declaration) -> Assignment | Declaration:
        index = index_of(node.target) if isinstance(node, Assignment) else None
        if index is None:
            return node
        assert isinstance(node, Assignment)
        return dataclasses.replace(node, target=dataclasses.replace(node.target, index=index))

    return rebuild(model, lambda part: rewrite(part, change), target)


def elements(item: Declaration, size: int, sizes: Mapping[str, int]) -> list[Declaration]:
    """Return the declarations of the elements of a vector."""
    return [
        dataclasses.replace(
            item,
            name=element(canonical(item.name, item.order), index),
            order=0,
            size=None,
            value=None if item.value is None else at(item.value, index, sizes),
            guard=None if item.guard is None else at(item.guard, index, sizes),
        )
        for index in range(size)
    ]


def at(expression: Expression, index: int, sizes: Mapping[str, int]) -> Expression:
    """Return an element of an expression of vectors."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Name) and node.index is None and canonical(node.name, node.order) in sizes:
            return dataclasses.replace(node, index=Literal(index))
        return node

    return rewrite(expression, change)


def named(node: Name, sizes: Mapping[str, int]) -> Name:
    """Turn `v[2]` into the name of the element; an index that is not known, or too large, stays."""
    if node.index is None or node.name not in sizes:
        return node
    index = number(fold(node.index))
    if index is None or not 0 <= index < sizes[node.name]:
        return node
    return dataclasses.replace(node, name=element(node.name, int(index)), index=None)


# --- statements ----------------------------------------------------------------------------------


def written_out(body: tuple[Statement, ...], sizes: Mapping[str, int]) -> tuple[Statement, ...]:
    """Write out statements about whole vectors, and unroll loops that use an index."""
    result: list[Statement] = []
    known = dict(sizes)
    for item in body:
        if isinstance(item, Declaration):
            known.pop(item.name, None)
            size = None if item.size is None else number(item.size)
            if size is not None:
                known[item.name] = int(size)
                result.append(dataclasses.replace(item, value=None))
                if item.value is not None:
                    whole = Assignment(Name(item.name), "=", item.value, span=item.span)
                    result += _assignments(whole, known)
                continue
        result += _statement(item, known)
    return tuple(result)


def _statement(item: Statement, sizes: Mapping[str, int]) -> list[Statement]:
    if isinstance(item, Assignment):
        return _assignments(item, sizes)
    if isinstance(item, For):
        return _loop(item, sizes)
    return [with_bodies(item, lambda body: written_out(body, sizes))]


def _assignments(item: Assignment, sizes: Mapping[str, int]) -> list[Statement]:
    name = canonical(item.target.name, item.target.order)
    if name not in sizes or item.target.index is not None:
        return [item]
    return [
        dataclasses.replace(
            item,
            target=dataclasses.replace(item.target, index=Literal(index)),
            value=at(item.value, index, sizes),
        )
        for index in range(sizes[name])
    ]


def _loop(item: For, sizes: Mapping[str, int]) -> list[Statement]:
    rolled: list[Statement] = [dataclasses.replace(item, body=written_out(item.body, sizes))]
    bounds = [number(fold(bound)) for bound in (item.start, item.stop, item.step)]
    indexed = any(
        isinstance(node, Name) and node.index is not None and item.variable in names(node.index)
        for statement in item.body
        for node in statement.walk()
    )
    if not indexed or any(bound is None for bound in bounds) or item.variable in assigned(item.body):
        return rolled
    start, stop, step = (bound for bound in bounds if bound is not None)
    counts = literal_value(item.start) is not None
    if step == 0 or not 0 <= (stop - start) / step <= LONGEST or (counts and step.denominator != 1):
        return rolled
    result: list[Statement] = []
    value = start
    while (value < stop) if step > 0 else (value > stop):
        current = whole(int(value)) if counts else Literal(float(value))
        change = _replacing(item.variable, current)
        result += written_out(tuple(_changed(statement, change) for statement in item.body), sizes)
        value += step
    end = whole(int(value)) if counts else Literal(float(value))
    return [*result, Assignment(Name(item.variable), "=", end, span=item.span)]


def _replacing(name: str, value: Expression) -> Callable[[Expression], Expression]:
    return lambda expression: substitute(expression, {name: value})


def _changed(item: Statement, change: Callable[[Expression], Expression]) -> Statement:
    def target(node: Node) -> Node:
        if isinstance(node, Assignment) and node.target.index is not None:
            index = change(node.target.index)
            return dataclasses.replace(node, target=dataclasses.replace(node.target, index=index))
        return node

    return rebuild(item, change, target)  # type: ignore[arg-type]
