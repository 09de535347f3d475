"""Defaults, initial values and guards of a lowered model, evaluated without a compiler."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping

from nestml_jit.dsl import tree as ast
from nestml_jit.functions import half_away
from nestml_jit.oracle.arithmetic import Value, zero
from nestml_jit.oracle.interpreter import Interpreter, InterpreterError


class Values:
    """The parameters, internals and initial states of a lowered model for one node.

    A value that is not given is evaluated when it is first needed, so that initial values may refer
    to each other in any order.

    Parameters
    ----------
    model
        A lowered model.
    given
        Values that replace those of the model, in storage units.
    resolution
        The step of the simulation in ms.
    """

    def __init__(
        self, model: ast.Model, given: Mapping[str, Value] | None = None, resolution: float = 0.1
    ) -> None:
        self._declared = {
            key_of(item.name, item.order): item
            for item in (*model.parameters, *model.internals, *model.state)
        }
        self._inlines = {item.name: item for item in model.equations if isinstance(item, ast.Inline)}
        self._values: MutableMapping[str, Value] = dict(given or {})
        self._open: list[str] = []
        self._resolution = resolution
        services: dict[str, Callable[[ast.Call], Value | None]] = {
            "resolution": lambda call: resolution,
            "steps": self._steps,
        }
        self.evaluator = self._interpreter(model, services)

    def _interpreter(
        self, model: ast.Model, services: Mapping[str, Callable[[ast.Call], Value | None]]
    ) -> Interpreter:
        return Interpreter(model, self._lookup, services=services)

    def __getitem__(self, key: str) -> Value:
        if key not in self._values:
            self._values[key] = self._default(key)
        return self._values[key]

    def all(self) -> dict[str, Value]:
        """Return all values by name; derivatives have their primes."""
        return {key: self[key] for key in self._declared}

    def _steps(self, call: ast.Call) -> Value:
        return steps_of(self.evaluator.number(call.arguments[0]), self._resolution)

    def _lookup(self, node: ast.Name) -> Value:
        if node.name in self._inlines:
            with self.evaluator.apart():
                return self.evaluator.value(self._inlines[node.name].value)
        key = key_of(node.name, node.order)
        if key not in self._declared:
            raise InterpreterError(f"`{key}` has no value here", node)
        return self[key]

    def _default(self, key: str) -> Value:
        item = self._declared[key]
        if key in self._open:
            raise InterpreterError(f"the value of `{key}` needs itself", item)
        self._open.append(key)
        try:
            value = self.evaluator.value(item.value) if item.value is not None else zero(item.type)
            if item.size is not None and not isinstance(value, list):
                value = [value] * int(self.evaluator.number(item.size))
            return self.evaluator.converted(value, item.type)
        finally:
            self._open.pop()

    def violated(self) -> list[ast.Declaration]:
        """Return the declarations whose guards do not hold."""
        return [
            item
            for item in self._declared.values()
            if item.guard is not None and not self.evaluator.value(item.guard)
        ]


def value(
    expression: ast.Expression,
    lookup: Callable[[str], Value],
    resolution: float = 0.1,
    functions: tuple[ast.Function, ...] = (),
) -> float:
    """Evaluate an expression that is a number.

    Parameters
    ----------
    lookup
        Returns the value of a variable.
    resolution
        The step of the simulation in ms.
    functions
        The functions of the model that it may call.
    """
    services: dict[str, Callable[[ast.Call], Value | None]] = {
        "resolution": lambda call: resolution,
        "steps": lambda call: steps_of(evaluator.number(call.arguments[0]), resolution),
    }
    model = ast.Model("values", functions=functions)
    evaluator = Interpreter(model, lambda node: lookup(node.name), services=services)
    return evaluator.number(expression)


def key_of(name: str, order: int) -> str:
    """Return a variable's name with the primes of its order."""
    return name + "'" * order


def steps_of(duration: float, resolution: float) -> int:
    """Return a duration in ms in steps: rounded to microseconds, NEST's tics, and then up."""
    if not math.isfinite(duration):
        return 2**63 - 1 if duration > 0 else -(2**63)
    return math.ceil(math.floor(duration * 1000 + 0.5) / round(resolution * 1000))


def time_of(step: int, resolution: float) -> float:
    """Return the end of a step in ms: the double nearest to the decimal number."""
    return round(step * resolution, 9)


def delay_in_steps(delay: float, resolution: float) -> int:
    """Return a delay in ms in steps: rounded to the nearest, as NEST rounds delays."""
    return int(half_away(delay / resolution))
