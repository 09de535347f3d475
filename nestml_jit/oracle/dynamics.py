"""The variables, equations and convolutions of one lowered model, advanced in plain Python.

The oracle of the tests uses it for neurons and synapses. A convolution with a function of time is the sum
over past spikes, so that no equation is derived from the function. Vectors are lists; in equations each
element is a number of its own, named `v[0]`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from nestml_jit.dsl import tree as ast
from nestml_jit.oracle.arithmetic import OPERATIONS, Value, converted, pairwise, random_services
from nestml_jit.oracle.impulses import deltas
from nestml_jit.oracle.interpreter import Interpreter, InterpreterError
from nestml_jit.oracle.linearity import nonlinear, timers
from nestml_jit.oracle.solving import Numbers, counted, runge_kutta
from nestml_jit.oracle.values import Values, delay_in_steps, key_of, steps_of

PER_MS = 1e-3
Service = Callable[[ast.Call], "Value | None"]


@dataclass
class Train:
    """The spikes of one port as one kernel sees them.

    `past` holds times and weights for a kernel that is a function; `state` the variables of a
    kernel that is given by equations.
    """

    kernel: ast.Kernel
    past: list[tuple[float, float]] = field(default_factory=list)
    state: Numbers = field(default_factory=dict)


class Dynamics:
    """Variables of one node or connection, and how its equations advance them.

    Parameters
    ----------
    model
        A checked and lowered model.
    given
        Parameters and states that differ from the model's, in storage units.
    resolution
        The step h in ms.
    substeps
        Number of Runge-Kutta steps per step.
    seed
        Of the random numbers.
    services
        Functions for the calls that differ between neurons and synapses.
    """

    def __init__(
        self,
        model: ast.Model,
        given: Mapping[str, Value] | None,
        resolution: float,
        substeps: int,
        seed: int,
        services: Mapping[str, Service],
    ) -> None:
        self.model = model
        self.h = resolution
        self.time = 0.0
        values = Values(model, given, resolution)
        self.variables: dict[str, Value] = {key: copied(value) for key, value in values.all().items()}
        self._substeps = substeps
        self._declared = {key_of(item.name, item.order): item for item in model.state}
        self._history: dict[str, list[Value]] = {key: [] for key in self._declared}
        self._reads_past = bool(delayed_variables(model))
        self._inlines = {item.name: item.value for item in model.equations if isinstance(item, ast.Inline)}
        self._odes = {item.name: item for item in model.equations if isinstance(item, ast.Ode)}
        self._nonlinear = frozenset(nonlinear(model))
        self._timers = timers(model)
        kernels = [item for item in model.equations if isinstance(item, ast.Kernel)]
        self._kernels = {ode.name: item for item in kernels for ode in item.equations}
        self._trains: dict[tuple[str, str], Train] = {}
        self._sizes = {
            item.name: int(values.evaluator.number(item.size))
            for item in model.inputs
            if item.size is not None
        }
        self._spiking = {item.name for item in model.inputs if item.signal == "spike"}
        self._ports = dict.fromkeys(self._port_labels(), 0.0)
        self._arrived: dict[str, float] = {}
        self._overlay: Numbers | None = None
        self._clock: float | None = None
        self._silent = False
        self._seen = 0.0
        common: dict[str, Service] = {
            "resolution": lambda call: self.h,
            "steps": lambda call: steps_of(self._interpreter.number(call.arguments[0]), self.h),
            "integrate_odes": self._integrate,
            "convolve": self._convolve,
            "delta": lambda call: 0.0,
            **random_services(random.Random(seed), lambda node: self._interpreter.number(node)),
        }
        self._interpreter = Interpreter(model, self._read, self._write, {**common, **services})
        self.output = self._interpreter.output

    def __getitem__(self, name: str) -> Value:
        """Return a variable, or the value of an inline."""
        return self._inline(name) if name in self._inlines else self.variables[name]

    # --- ports ---

    def _port_labels(self) -> list[str]:
        """Return the names of ports; a vector port has one for each element."""
        return [
            label
            for item in self.model.inputs
            for label in (_elements(item.name, self._sizes[item.name]) if item.size else [item.name])
        ]

    def _set_port(self, label: str, value: float) -> None:
        if label not in self._ports:
            raise KeyError(f"the model has no port `{label}`")
        self._ports[label] = value

    def _port(self, name: str) -> Value:
        silent = self._silent and name in self._spiking
        if name in self._sizes:
            return [0.0 if silent else self._ports[label] for label in _elements(name, self._sizes[name])]
        return 0.0 if silent else self._ports[name]

    # --- variables ---

    def _inline(self, name: str) -> Value:
        with self._interpreter.apart():
            return self._interpreter.value(self._inlines[name])

    def _read(self, node: ast.Name) -> Value:
        if node.name == "t":
            return self.time if self._clock is None else self._clock
        if node.name in self._inlines:
            return self._inline(node.name)
        if node.delay is not None:
            return self._delayed(node)
        if node.name in self._ports or node.name in self._sizes:
            return self._port(node.name)
        key = key_of(node.name, node.order)
        if key not in self.variables:
            raise InterpreterError(f"`{key}` has no value", node)
        return self._current(key)

    def _current(self, key: str) -> Value:
        """Return a variable: the value that the solver assumes just now, or the stored one."""
        value, overlay = self.variables[key], self._overlay or {}
        if isinstance(value, list) and f"{key}[0]" in overlay:
            return [overlay[label] for label in _elements(key, len(value))]
        return overlay.get(key, value) if not isinstance(value, list) else value

    def _begin_step(self) -> None:
        """Keep the values that variables have at the beginning of a step, if equations read earlier ones."""
        if self._reads_past:
            for key, values in self._history.items():
                values.append(copied(self.variables[key]))

    def _delayed(self, node: ast.Name) -> Value:
        """Return a variable's value before the beginning of the step; it was 0 before the first one."""
        assert node.delay is not None
        back = delay_in_steps(self._interpreter.number(node.delay), self.h)
        key = key_of(node.name, node.order)
        values, present = self._history[key], self.variables[key]
        if back < len(values):
            return values[-1 - back]
        return [0.0] * len(present) if isinstance(present, list) else 0.0

    def _write(self, target: ast.Name, value: Value) -> None:
        key = key_of(target.name, target.order)
        stored = converted(value, self._declared[key].type)
        old = self.variables[key]
        if target.index is not None and isinstance(old, list) and not isinstance(stored, list):
            index = int(self._interpreter.number(target.index))
            if not 0 <= index < len(old):
                raise InterpreterError(f"`{key}` has no element {index}", target)
            old[index] = stored
        elif isinstance(old, list) and not isinstance(stored, list):
            self.variables[key] = [stored] * len(old)
        else:
            self.variables[key] = stored

    # --- convolutions ---

    def _train(self, call: ast.Call) -> Train:
        kernel, port = call.arguments
        assert isinstance(kernel, ast.Name)
        assert isinstance(port, ast.Name)
        label = port.name
        if port.index is not None:
            label = f"{port.name}[{int(self._interpreter.number(port.index))}]"
        found = self._kernels[kernel.name]
        return self._trains.setdefault((kernel.name, label), self._new_train(found))

    def _new_train(self, kernel: ast.Kernel) -> Train:
        state = {key_of(ode.name, order): 0.0 for ode in kernel.equations for order in range(ode.order)}
        return Train(kernel, state=state)

    def _convolve(self, call: ast.Call) -> float:
        kernel = call.arguments[0]
        assert isinstance(kernel, ast.Name)
        train = self._train(call)
        key = key_of(kernel.name, kernel.order)
        if train.state:
            return (self._overlay or {}).get(_column(call, key), train.state[key])
        now = self._seen if self._clock is None else self._clock
        return sum(weight * self._kernel_at(train, now - when) for when, weight in train.past)

    def _kernel_at(self, train: Train, age: float) -> float:
        value = train.kernel.equations[0].value
        saved, self._clock = self._clock, age
        try:
            with self._interpreter.apart():
                return self._interpreter.number(value)
        finally:
            self._clock = saved

    def _convolutions(self) -> list[ast.Call]:
        nodes = (node for item in self.model.equations for node in item.walk())
        return [node for node in nodes if isinstance(node, ast.Call) and node.name == "convolve"]

    def _advance_trains(self, duration: float) -> None:
        """Let convolutions see the end of an interval."""
        for call in self._convolutions():
            self._train(call)
        for train in self._trains.values():
            if train.state:
                train.state = self._advance_kernel(train, duration)

    def _take_up(self, label: str, weight: float, when: float) -> None:
        """Add a spike to the convolutions with its port."""
        for (_, port), train in self._trains.items():
            if port != label:
                continue
            train.past.append((when, weight))
            for key in train.state:
                initial = self.variables[key]
                train.state[key] += weight * (initial if isinstance(initial, float) else 0.0)

    def _advance_kernel(self, train: Train, duration: float) -> Numbers:
        def slopes(offset: float, state: Numbers) -> Numbers:
            with self._assuming(state, offset):
                return self._kernel_slopes(train.kernel)

        return runge_kutta(dict(train.state), slopes, duration, self._count_for(duration))

    def _kernel_slopes(self, kernel: ast.Kernel) -> Numbers:
        overlay = self._overlay or {}
        found: Numbers = {}
        for ode in kernel.equations:
            for order in range(ode.order - 1):
                found[key_of(ode.name, order)] = overlay[key_of(ode.name, order + 1)]
            found[key_of(ode.name, ode.order - 1)] = self._interpreter.number(ode.value)
        return found

    # --- equations ---

    def _duration(self) -> float:
        """Return the interval that `integrate_odes` integrates over."""
        return self.h

    def _count_for(self, duration: float) -> int:
        return self._substeps * max(1, steps_of(duration, self.h))

    def _integrate(self, call: ast.Call) -> None:
        with self._interpreter.apart():
            self._integrate_all(call)

    def _integrate_all(self, call: ast.Call) -> None:
        names = [item.name for item in call.arguments if isinstance(item, ast.Name)] or list(self._odes)
        exact = [name for name in self._odes if name not in self._nonlinear]
        numeric = [name for name in names if name in self._nonlinear]
        listed_exact = [name for name in names if name not in self._nonlinear]
        new = self._solved_linear(exact) if listed_exact else {}
        joint = self._solved([*numeric, *listed_exact]) if numeric else {}
        for name in names:
            source = joint if name in self._nonlinear else new
            for order in range(self._odes[name].order):
                key = key_of(name, order)
                self.variables[key] = _restored(self.variables[key], key, source)
        with self._at_the_end({**new, **joint}):
            impulses = self._impulses(names)
        self._jump(impulses)

    @contextmanager
    def _at_the_end(self, found: Numbers) -> Iterator[None]:
        """Let the model see the end of the interval just before its spikes, convolutions included."""
        self._overlay = {key: value for key, value in found.items() if " * " in key}
        self._clock = self._seen + self._duration()
        try:
            yield
        finally:
            self._overlay, self._clock = None, None

    def _impulses(self, names: Iterable[str]) -> dict[str, Value]:
        return {name: self._impulse(name) for name in names}

    def _jump(self, impulses: Mapping[str, Value]) -> None:
        """Add to the highest derivatives that are variables."""
        for name, impulse in impulses.items():
            top = key_of(name, self._odes[name].order - 1)
            self.variables[top] = pairwise(OPERATIONS["+"], self.variables[top], impulse)

    def _solved_linear(self, names: Sequence[str]) -> Numbers:
        return {**self._solved(names), **self._counted(name for name in names if name in self._timers)}

    def _counted(self, names: Iterable[str]) -> Numbers:
        """Return the values of timers, which never gain or lose a step by rounding."""
        timers = list(names)
        now = self._flat(timers)
        with self._assuming(now, 0.0):
            slopes = self._ode_slopes(timers)
        return {key: counted(value, slopes[key], self._duration()) for key, value in now.items()}

    def _solved(self, names: Sequence[str]) -> Numbers:
        """Return the values of variables at the end of the interval, integrated together."""
        state = self._flat(names)
        columns: dict[str, tuple[Train, ast.Call]] = {}
        for call in self._convolutions():
            train = self._train(call)
            for key, value in train.state.items():
                columns[_column(call, key)] = (train, call)
                state[_column(call, key)] = value

        def slopes(offset: float, now: Numbers) -> Numbers:
            with self._assuming(now, offset):
                found = self._ode_slopes(names)
            for train, call in columns.values():
                with self._assuming({key: now[_column(call, key)] for key in train.state}, offset):
                    made = self._kernel_slopes(train.kernel)
                found.update({_column(call, key): slope for key, slope in made.items()})
            return found

        duration = self._duration()
        return runge_kutta(state, slopes, duration, self._count_for(duration))

    @contextmanager
    def _assuming(self, state: Numbers, offset: float) -> Iterator[None]:
        """Let the model read the values and the time that a solver assumes, and no spikes."""
        self._overlay, self._clock, self._silent = state, self._seen + offset, True
        try:
            yield
        finally:
            self._overlay, self._clock, self._silent = None, None, False

    def _flat(self, names: Sequence[str]) -> Numbers:
        """Return the values of integrated variables; a vector's elements by their names."""
        state: Numbers = {}
        for name in names:
            for order in range(self._odes[name].order):
                state.update(_flattened(self.variables[key_of(name, order)], key_of(name, order)))
        return state

    def _ode_slopes(self, names: Sequence[str]) -> Numbers:
        found: Numbers = {}
        for name in names:
            ode = self._odes[name]
            for order in range(ode.order - 1):
                found.update(_flattened(self._current(key_of(name, order + 1)), key_of(name, order)))
            key = key_of(name, ode.order - 1)
            old = self.variables[key]
            value = self._interpreter.value(ode.value)
            if isinstance(old, list) and not isinstance(value, list):
                value = [value] * len(old)
            found.update(_flattened(value, key))
        return found

    def _impulse(self, name: str) -> Value:
        """Return the jump of a variable by the spikes of this step: bare ports and delta kernels."""
        total: Value = 0.0
        for label, weight in self._arrived.items():
            share = self._share(self._odes[name].value, label)
            total = pairwise(OPERATIONS["+"], total, pairwise(OPERATIONS["*"], share, weight))
        return total

    def _share(self, value: ast.Expression, label: str) -> Value:
        """Return the factor of a port in a right-hand side, found by setting the port to 1 and to 0."""
        saved = dict(self._ports)
        self._ports.update({key: 0.0 for key in saved if key.partition("[")[0] in self._spiking})
        without = self._interpreter.value(deltas(value, "", self._kernels, self._inlines))
        self._ports[label] = 1.0
        with_one = self._interpreter.value(deltas(value, label, self._kernels, self._inlines))
        self._ports = saved
        return pairwise(OPERATIONS["-"], with_one, without)


def delayed_variables(model: ast.Model) -> set[str]:
    """Return the variables that equations read with a delay."""
    return {node.name for node in model.walk() if isinstance(node, ast.Name) and node.delay is not None}


def copied(value: Value) -> Value:
    """Return a value that later assignments to elements leave alone."""
    return list(value) if isinstance(value, list) else value


def _elements(name: str, size: int) -> list[str]:
    return [f"{name}[{index}]" for index in range(size)]


def _flattened(value: Value, key: str) -> Numbers:
    if isinstance(value, list):
        return {label: float(item) for label, item in zip(_elements(key, len(value)), value, strict=True)}
    return {key: float(value)}


def _restored(old: Value, key: str, source: Numbers) -> Value:
    return [source[label] for label in _elements(key, len(old))] if isinstance(old, list) else source[key]


def _column(call: ast.Call, key: str) -> str:
    port = call.arguments[1]
    return f"{key} * {port}"
