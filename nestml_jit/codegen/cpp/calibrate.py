"""The function of a kernel that computes internals and propagators when parameters change."""

from __future__ import annotations

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Translator
from nestml_jit.codegen.cpp.functions import caller
from nestml_jit.codegen.cpp.places import ORIGIN, STEP, at_lane, internal, used_at
from nestml_jit.codegen.cpp.propagators import calibration
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.plan.neuron import NeuronPlan
from nestml_jit.codegen.plan.past import steps_columns
from nestml_jit.dsl.tree import Name

_BEFORE = used_at(ORIGIN)


def calibrate(plan: NeuronPlan, uses: set[str]) -> tuple[tuple[cpp.Statement, ...], list[str]]:
    """Return the statements that compute the internals of lane `l`, and the parameters they read.

    `uses` takes the headers that they need.
    """
    normal = plan.normal
    internals = {symbol.name for symbol in normal.of_kind("internal")}
    used: dict[str, None] = {}

    def resolve(node: Name) -> cpp.Expression:
        if node.name in normal.delayed:
            raise CannotGenerate(UNSUPPORTED, f"{node.name} cannot be used in an internal", node)
        if node.name in internals:
            return internal(node.name)
        used[node.name] = None
        return at_lane(f"p_{identifier(node.name)}")

    show = Translator(resolve, call=caller(plan.free, _BEFORE), uses=uses, place=_BEFORE)
    statements: list[cpp.Statement] = []
    for symbol in normal.of_kind("internal"):
        if symbol.type == "string":
            continue
        value = symbol.declaration.value if symbol.declaration is not None else None
        shown = show(value) if value is not None else cpp.Real(0)
        statements.append(cpp.Assign(internal(symbol.name), shown))
    for group in plan.exact.groups:
        statements += calibration(group, plan.exact.linear, show)
    for name, item in zip(steps_columns(normal), normal.delayed.values(), strict=True):
        steps = cpp.plus(cpp.quotient(show(item.delay), STEP), cpp.Real(0.5))
        statements.append(cpp.Assign(internal(name), cpp.Call("std::floor", (steps,))))
    return tuple(statements), list(used)
