"""Assignments to inlines that are a convolution times a factor, as assignments to the convolution.

Before, and after::

    recordable inline I pA = g * convolve(K, spikes)

    I -= 2 pA                       K*spikes = (I - 2) / g
                                    next(K*spikes) = K*spikes

`update` and handlers read a convolution as it was before the step; it takes up the step and its spikes after
them. A value assigned in between is its value at the end of the step as well, `next(K*spikes)`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from nestml_jit.codegen.model.convolutions import port_name
from nestml_jit.codegen.model.names import canonical, convolved
from nestml_jit.codegen.model.rebuild import Body, with_bodies
from nestml_jit.codegen.model.roles import is_synapse
from nestml_jit.dsl.convolved import Scaled, scaled_convolution
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Expression,
    Inline,
    Model,
    Name,
    Statement,
)


def following(name: str) -> str:
    """Return the name of a convolution's value at the end of the step, before the spikes of the step."""
    return f"next({name})"


def with_set_convolutions(model: Model) -> Model:
    """Return a model without assignments to inlines."""
    inlines = {
        item.name: scaled_convolution(item.value) for item in model.equations if isinstance(item, Inline)
    }
    known = {name: item for name, item in inlines.items() if item is not None}
    assigned = (node.target.name for node in model.walk() if isinstance(node, Assignment))
    if not known.keys() & set(assigned):
        return model
    synapse = is_synapse(model)
    return dataclasses.replace(
        model,
        update=None if model.update is None else _body(model.update, known, True),
        on_receive=tuple(
            dataclasses.replace(item, body=_body(item.body, known, not synapse)) for item in model.on_receive
        ),
        on_condition=tuple(
            dataclasses.replace(item, body=_body(item.body, known, False)) for item in model.on_condition
        ),
    )


def _body(body: Body, inlines: Mapping[str, Scaled], is_between: bool) -> Body:
    """Return statements; `is_between` says that convolutions advance before and receive afterwards."""
    return tuple(made for item in body for made in _statement(item, inlines, is_between))


def _statement(item: Statement, inlines: Mapping[str, Scaled], is_between: bool) -> Iterator[Statement]:
    if isinstance(item, Assignment) and item.target.name in inlines:
        yield from _set(item, inlines[item.target.name], is_between)
    else:
        yield with_bodies(item, lambda body: _body(body, inlines, is_between))


def _set(item: Assignment, scaled: Scaled, is_between: bool) -> Iterator[Statement]:
    kernel, port = scaled.call.arguments
    assert isinstance(kernel, Name)
    assert isinstance(port, Name)
    name = canonical(convolved(kernel.name, port_name(port)), kernel.order)
    value: Expression = item.value
    if item.operator != "=":
        value = Binary(item.operator[:-1], item.target, value, span=item.span)
    for factor, is_divisor in scaled.factors:
        value = Binary("*" if is_divisor else "/", value, factor, span=item.span)
    yield Assignment(Name(name, span=item.target.span), "=", value, span=item.span)
    if is_between:
        yield Assignment(Name(following(name)), "=", Name(name), span=item.span)
