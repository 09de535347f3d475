"""A whole neuron of a lowered model, step by step in plain Python: the oracle of the tests.

Each step (t, t + h] follows the order of NESTML on NEST: spikes are collected, `update` runs with
its integrations, then the `onReceive` handlers, convolutions take up the new spikes, and
`onCondition` blocks come last. A convolution with a function of time is the sum over past spikes,
so that nothing is derived from the function; equations are integrated with many small steps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.arithmetic import Value, converted, random_services
from nestml_jit.dsl.impulses import deltas
from nestml_jit.dsl.interpreter import Interpreter, InterpreterError
from nestml_jit.dsl.linearity import nonlinear
from nestml_jit.dsl.values import Values, key_of, steps_of

PER_MS = 1e-3
_Numbers = dict[str, float]
_Handler = TypeVar("_Handler", ast.OnReceive, ast.OnCondition)


@dataclass
class _Train:
    """The spikes of one port as one kernel sees them.

    `past` holds times and weights for a kernel that is a function; `state` the variables of a
    kernel that is given by equations.
    """

    kernel: ast.Kernel
    past: list[tuple[float, float]] = field(default_factory=list)
    state: _Numbers = field(default_factory=dict)


class ReferenceNeuron:
    """One neuron.

    Parameters
    ----------
    model
        A checked and lowered model.
    given
        Parameters and states that differ from the model's, in storage units.
    resolution
        The step h in ms.
    substeps
        How many Runge-Kutta steps make one step.
    seed
        Of the random numbers.
    """

    def __init__(
        self,
        model: ast.Model,
        given: Mapping[str, Value] | None = None,
        resolution: float = 0.1,
        substeps: int = 32,
        seed: int = 1,
    ) -> None:
        self.model = model
        self.h = resolution
        self.time = 0.0
        self._count = 0
        self.variables = Values(model, given, resolution).all()
        self.spikes: list[float] = []
        self._declared = {key_of(item.name, item.order): item for item in model.state}
        self._inlines = {item.name: item.value for item in model.equations if isinstance(item, ast.Inline)}
        self._odes = {item.name: item for item in model.equations if isinstance(item, ast.Ode)}
        self._nonlinear = frozenset(nonlinear(model))
        self._kernels = {
            ode.name: item
            for item in model.equations
            if isinstance(item, ast.Kernel)
            for ode in item.equations
        }
        self._trains: dict[tuple[str, str], _Train] = {}
        self._weights: dict[str, float] = {}
        self._ports: dict[str, float] = {item.name: 0.0 for item in model.inputs}
        self._spiking = {item.name for item in model.inputs if item.signal == "spike"}
        self._next_currents: dict[str, float] = {}
        self._history: dict[str, list[float]] = {key: [] for key in self._declared}
        self._substeps = substeps
        self._overlay: _Numbers | None = None
        self._offset = 0.0
        self._seen = 0.0
        self._silent = False
        services: dict[str, Callable[[ast.Call], Value | None]] = {
            "resolution": lambda call: self.h,
            "timestep": lambda call: self.h,
            "steps": lambda call: steps_of(self._interpreter.number(call.arguments[0]), self.h),
            "emit_spike": self._emit,
            "integrate_odes": self._integrate,
            "convolve": self._convolve,
            **random_services(random.Random(seed), lambda node: self._interpreter.number(node)),
        }
        self._interpreter = Interpreter(model, self._read, self._write, services)
        self.output = self._interpreter.output

    def __getitem__(self, name: str) -> Value:
        """Return a variable, or the value of an inline."""
        if name in self._inlines:
            return self._interpreter.value(self._inlines[name])
        return self.variables[name]

    # --- one step ---

    def step(
        self,
        spikes: Mapping[str, float] | None = None,
        currents: Mapping[str, float] | None = None,
    ) -> int:
        """Advance by one step.

        Parameters
        ----------
        spikes
            Per spike port the sum of the weights that arrive at the end of the step; a port that is
            not named receives nothing. An element of a vector port is named `port[0]`.
        currents
            Per continuous port the value that arrives now; the model sees it from the next step on.

        Returns
        -------
        int
            How many spikes it emitted.
        """
        before = len(self.spikes)
        weights = dict(spikes or {})
        arrived = {name.partition("[")[0] for name in weights}
        self._ports.update(
            {name: self._next_currents.get(name, 0.0) for name in set(self._ports) - self._spiking}
        )
        self._ports.update(dict.fromkeys(self._spiking, 0.0))
        self._ports.update({name: weight * PER_MS for name, weight in weights.items()})
        self._weights = weights
        for key, values in self._history.items():
            value = self.variables[key]
            values.append(value if isinstance(value, float) else 0.0)
        self._seen = self.time
        self._count += 1
        self.time = self._count * self.h
        self._interpreter.run(self.model.update or ())
        for handler in _ordered(self.model.on_receive):
            if handler.port in arrived:
                self._interpreter.run(handler.body)
        self._advance_trains()
        self._seen = self.time
        for block in _ordered(self.model.on_condition):
            if self._interpreter.value(block.condition):
                self._interpreter.run(block.body)
        self._next_currents = dict(currents or {})
        return len(self.spikes) - before

    def _set_ports(self, weights: Mapping[str, float]) -> None:
        """Set what the names of ports mean in this step."""
        for item in self.model.inputs:
            spiking = item.signal == "spike"
            self._ports[item.name] = 0.0 if spiking else self._next_currents.get(item.name, 0.0)
        for name in list(self._ports):
            if "[" in name:
                self._ports[name] = self._next_currents.get(name, 0.0)
        self._ports.update({name: weight * PER_MS for name, weight in weights.items()})

    # --- variables ---

    def _read(self, node: ast.Name) -> Value:
        if node.name == "t":
            return self.time if self._overlay is None else self.time - self.h + self._offset
        if node.name in self._inlines:
            return self._interpreter.value(self._inlines[node.name])
        if node.delay is not None:
            return self._delayed(node)
        if node.name in self._ports:
            return self._port(node)
        key = key_of(node.name, node.order)
        if self._overlay is not None and key in self._overlay:
            return self._overlay[key]
        if key not in self.variables:
            raise InterpreterError(f"`{key}` has no value", node)
        return self.variables[key]

    def _port(self, node: ast.Name) -> Value:
        if self._silent and node.name in self._spiking:
            return [0.0] * 64 if node.index is not None else 0.0
        if node.index is None:
            return self._ports[node.name]
        index = int(self._interpreter.number(node.index))
        return [*[0.0] * index, self._ports.get(f"{node.name}[{index}]", 0.0)]

    def _delayed(self, node: ast.Name) -> Value:
        assert node.delay is not None
        back = steps_of(self._interpreter.number(node.delay), self.h)
        values = self._history[key_of(node.name, node.order)]
        return values[-1 - back] if back < len(values) else 0.0

    def _write(self, target: ast.Name, value: Value) -> None:
        key = key_of(target.name, target.order)
        stored = converted(value, self._declared[key].type)
        old = self.variables[key]
        if target.index is not None and isinstance(old, list) and not isinstance(stored, list):
            old[int(self._interpreter.number(target.index))] = stored
        elif isinstance(old, list) and not isinstance(stored, list):
            self.variables[key] = [stored] * len(old)
        else:
            self.variables[key] = stored

    def _emit(self, call: ast.Call) -> None:
        self.spikes.append(self.time)

    # --- convolutions ---

    def _train(self, call: ast.Call) -> _Train:
        kernel, port = call.arguments
        assert isinstance(kernel, ast.Name)
        assert isinstance(port, ast.Name)
        label = port.name
        if port.index is not None:
            label = f"{port.name}[{int(self._interpreter.number(port.index))}]"
        found = self._kernels[kernel.name]
        return self._trains.setdefault((kernel.name, label), self._new_train(found))

    def _new_train(self, kernel: ast.Kernel) -> _Train:
        state = {key_of(ode.name, order): 0.0 for ode in kernel.equations for order in range(ode.order)}
        return _Train(kernel, state=state)

    def _convolve(self, call: ast.Call) -> float:
        kernel = call.arguments[0]
        assert isinstance(kernel, ast.Name)
        train = self._train(call)
        key = key_of(kernel.name, kernel.order)
        if train.state:
            overlay = self._overlay or {}
            return overlay.get(_column(call, key), train.state[key])
        now = self._seen if self._overlay is None else self.time - self.h + self._offset
        return sum(weight * self._kernel_at(train, now - when) for when, weight in train.past)

    def _kernel_at(self, train: _Train, age: float) -> float:
        value = train.kernel.equations[0].value
        if isinstance(value, ast.Call) and value.name == "delta":
            return 0.0
        saved, self._overlay, offset = self._overlay, {}, self._offset
        self._offset = age - self.time + self.h
        try:
            return self._interpreter.number(value)
        finally:
            self._overlay, self._offset = saved, offset

    def _advance_trains(self) -> None:
        for call in self._convolutions():
            self._train(call)
        for (_, label), train in self._trains.items():
            if train.state:
                train.state = self._advance_kernel(train)
            weight = self._weights.get(label, 0.0)
            if weight:
                train.past.append((self.time, weight))
                for key in train.state:
                    initial = self.variables[key]
                    train.state[key] += weight * (initial if isinstance(initial, float) else 0.0)

    def _convolutions(self) -> list[ast.Call]:
        nodes = (node for item in self.model.equations for node in item.walk())
        return [node for node in nodes if isinstance(node, ast.Call) and node.name == "convolve"]

    def _advance_kernel(self, train: _Train) -> _Numbers:
        def slopes(state: _Numbers) -> _Numbers:
            self._overlay = state
            try:
                return self._kernel_slopes(train.kernel)
            finally:
                self._overlay = None

        return self._runge_kutta(dict(train.state), slopes)

    def _kernel_slopes(self, kernel: ast.Kernel) -> _Numbers:
        overlay = self._overlay or {}
        found: _Numbers = {}
        for ode in kernel.equations:
            for order in range(ode.order - 1):
                found[key_of(ode.name, order)] = overlay[key_of(ode.name, order + 1)]
            found[key_of(ode.name, ode.order - 1)] = self._interpreter.number(ode.value)
        return found

    # --- equations ---

    def _integrate(self, call: ast.Call) -> None:
        names = [item.name for item in call.arguments if isinstance(item, ast.Name)] or list(self._odes)
        exact = [name for name in self._odes if name not in self._nonlinear]
        numeric = [name for name in names if name in self._nonlinear]
        listed_exact = [name for name in names if name not in self._nonlinear]
        new = self._solved(exact) if listed_exact else {}
        joint = self._solved([*numeric, *listed_exact]) if numeric else {}
        impulses = {name: self._impulse(name) for name in names}
        for name in names:
            source = joint if name in self._nonlinear else new
            for order in range(self._odes[name].order):
                self.variables[key_of(name, order)] = source[key_of(name, order)]
            top = key_of(name, self._odes[name].order - 1)
            value = self.variables[top]
            if impulses[name] and isinstance(value, float):
                self.variables[top] = value + impulses[name]

    def _solved(self, names: Sequence[str]) -> _Numbers:
        """Return the values of variables at the end of the step, integrated together."""
        state: _Numbers = {}
        for name in names:
            for order in range(self._odes[name].order):
                value = self.variables[key_of(name, order)]
                if isinstance(value, (list, str)):
                    raise InterpreterError("vectors in equations are not evaluated here", self._odes[name])
                state[key_of(name, order)] = float(value)
        calls = self._convolutions()
        columns: dict[str, tuple[_Train, ast.Call]] = {}
        for call in calls:
            train = self._train(call)
            for key, value in train.state.items():
                columns[_column(call, key)] = (train, call)
                state[_column(call, key)] = value

        def slopes(now: _Numbers) -> _Numbers:
            self._overlay, self._silent = now, True
            try:
                found = self._ode_slopes(names)
                for train, call in columns.values():
                    self._overlay = {key: now[_column(call, key)] for key in train.state}
                    made = self._kernel_slopes(train.kernel)
                    found.update({_column(call, key): slope for key, slope in made.items()})
                return found
            finally:
                self._overlay, self._silent = None, False

        return self._runge_kutta(state, slopes)

    def _ode_slopes(self, names: Sequence[str]) -> _Numbers:
        overlay = self._overlay or {}
        found: _Numbers = {}
        for name in names:
            ode = self._odes[name]
            for order in range(ode.order - 1):
                found[key_of(name, order)] = overlay[key_of(name, order + 1)]
            found[key_of(name, ode.order - 1)] = self._interpreter.number(ode.value)
        return found

    def _runge_kutta(self, state: _Numbers, slopes: Callable[[_Numbers], _Numbers]) -> _Numbers:
        """Advance by one step with the classical method of fourth order in many small steps."""
        step = self.h / self._substeps
        for index in range(self._substeps):
            start = index * step
            k1 = self._slopes_at(start, state, slopes)
            k2 = self._slopes_at(start + step / 2, _moved(state, k1, step / 2), slopes)
            k3 = self._slopes_at(start + step / 2, _moved(state, k2, step / 2), slopes)
            k4 = self._slopes_at(start + step, _moved(state, k3, step), slopes)
            state = {
                key: value + step / 6 * (k1[key] + 2 * k2[key] + 2 * k3[key] + k4[key])
                for key, value in state.items()
            }
        self._offset = 0.0
        return state

    def _slopes_at(self, offset: float, state: _Numbers, slopes: Callable[[_Numbers], _Numbers]) -> _Numbers:
        self._offset = offset
        return slopes(state)

    def _impulse(self, name: str) -> float:
        """Return what the spikes of this step add to a variable at once: bare ports and delta kernels."""
        value = self._odes[name].value
        total = 0.0
        for label, weight in self._weights.items():
            total += weight * self._share(value, label)
        return total

    def _share(self, value: ast.Expression, label: str) -> float:
        """Return the factor of a port in a right-hand side, found by setting the port to 1 and to 0."""
        saved = dict(self._ports)
        self._ports.update(dict.fromkeys(self._spiking, 0.0))
        for key in list(self._ports):
            if "[" in key:
                self._ports[key] = 0.0
        without = self._interpreter.number(deltas(value, "", self._kernels, self._inlines))
        self._ports[label] = 1.0
        with_one = self._interpreter.number(deltas(value, label, self._kernels, self._inlines))
        self._ports = saved
        return with_one - without


def _ordered(handlers: Sequence[_Handler]) -> list[_Handler]:
    """Return handlers by falling priority, those without one behind, in the order of the text."""
    return sorted(handlers, key=lambda item: (item.priority is None, -(item.priority or 0)))


def _moved(state: _Numbers, slopes: _Numbers, step: float) -> _Numbers:
    return {key: value + step * slopes[key] for key, value in state.items()}


def _column(call: ast.Call, key: str) -> str:
    port = call.arguments[1]
    return f"{key} * {port}"
