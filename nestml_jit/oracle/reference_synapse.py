"""A synapse of a lowered model, event by event in plain Python: the oracle of the tests.

One connection from a source to a neuron. A postsynaptic spike takes the connection's delay to reach the
synapse (a dendritic delay), a presynaptic spike none. At each time at which something arrives

1. `update` runs, `timestep()` being the time since the last event and `t` its beginning; if it or an
   equation reads a continuous port, it runs in every step, with the port's value at the end of the step,
   and also if an equation reads a variable with a delay: the past is that of the beginning of a step,
2. the handlers run by falling priority; without priorities modulatory spikes come first, then
   postsynaptic ones, then presynaptic ones,
3. variables that only postsynaptic spikes drive jump: the handlers of 2 read them strictly before the spikes
   of this time,
4. `onCondition` blocks run.

Linear equations are solved exactly, all others with many small steps.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from nestml_jit.dsl import tree as ast
from nestml_jit.kinds import PortRole
from nestml_jit.oracle.arithmetic import Value
from nestml_jit.oracle.dynamics import PER_MS, Dynamics, Service, delayed_variables
from nestml_jit.oracle.reference import by_priority
from nestml_jit.oracle.solving import Numbers, linear_solution
from nestml_jit.oracle.values import delay_in_steps, time_of

_ORDER: tuple[PortRole, ...] = ("modulatory", "post", "pre")
_PRE, _OTHER = re.compile(r"(^|_)pre"), re.compile(r"(^|_)(post|mod|vt|dopa|neuromod)")
_MODULATORY = re.compile(r"(^|_)(mod|vt|dopa|neuromod)")


class ReferenceSynapse(Dynamics):
    """One connection.

    Parameters
    ----------
    model
        A checked and lowered model.
    given
        Parameters and states that differ from the model's, in storage units.
    resolution
        The step h in ms.
    delay
        Of the connection, in ms.
    continuous
        Per continuous port a function that returns its value at the end of a step.
    substeps
        Number of Runge-Kutta steps per step, for equations that are not linear.
    seed
        Of the random numbers.

    Attributes
    ----------
    emitted
        Step and weight of all events so far; the step is that of the spike at the synapse that led to it.
    variables
        All values after the last event.
    """

    def __init__(
        self,
        model: ast.Model,
        given: Mapping[str, Value] | None = None,
        resolution: float = 0.1,
        delay: float = 1.0,
        continuous: Mapping[str, Callable[[int], float]] | None = None,
        substeps: int = 4,
        seed: int = 1,
    ) -> None:
        self._elapsed = self._elapsed_there = 0.0
        self._delay = delay_in_steps(delay, resolution)
        delays = dict.fromkeys(delay_variables(model), time_of(self._delay, resolution))
        services: dict[str, Service] = {"timestep": lambda call: self._elapsed, "emit_spike": self._emit}
        super().__init__(model, {**(given or {}), **delays}, resolution, substeps, seed, services)
        self.emitted: list[tuple[int, float]] = []
        self._continuous = dict(continuous or {})
        self._roles = roles(model)
        self._handlers = {item.port: item for item in model.on_receive}
        self._late = post_driven(model, self._roles)
        self._in_the_neuron = {item.target.name for item in self._late}
        self._pending: list[tuple[int, int, str, int]] = []
        reading = {name for item in (*(model.update or ()), *model.equations) for name in _names(item)}
        reads_port = any(port.partition("[")[0] in reading for port in self._continuous)
        self._in_every_step = reads_port or self._reads_past
        self._step = self._last = self._arrival = 0
        self._advance_trains(0.0)

    def run(
        self, pre: Iterable[int], post: Iterable[int] = (), modulatory: Iterable[int] = ()
    ) -> list[tuple[int, float]]:
        """Feed spikes and process all that happens until the last presynaptic one.

        Parameters
        ----------
        pre
            Steps of presynaptic spikes; as many times as there are spikes.
        post
            Steps of the neuron's spikes, which arrive after the delay.
        modulatory
            Steps at which modulatory spikes reach the synapse.

        Returns
        -------
        list of tuple
            Step and weight of each event of this call.
        """
        before = len(self.emitted)
        arrivals: list[tuple[int, int, PortRole]] = [(int(step), int(step), "pre") for step in pre]
        last = max((arrival for arrival, _, _ in arrivals), default=self._last)
        arrivals += [(int(step) + self._delay, int(step), "post") for step in post]
        arrivals += [(int(step), int(step), "modulatory") for step in modulatory]
        for arrival, step, role in arrivals:
            for port in self._ports_of(role):
                insort(self._pending, (arrival, self._rank(port), port, step))
        self.advance(last)
        return self.emitted[before:]

    def advance(self, until: int) -> None:
        """Process all that has arrived until a step, also without a presynaptic spike."""
        due = [item for item in self._pending if item[0] <= until]
        del self._pending[: len(due)]
        for arrival, events in groupby(due, key=lambda item: item[0]):
            self._to(arrival)
            self._handle(arrival, [(port, step) for _, _, port, step in events])

    # --- events ---

    def _ports_of(self, role: PortRole) -> Iterator[str]:
        return (port for port, found in self._roles.items() if found == role)

    def _rank(self, port: str) -> int:
        """Return a number that is smaller for handlers that run earlier."""
        handler = self._handlers.get(port)
        if handler is not None and handler.priority is not None:
            return -1 - handler.priority
        return _ORDER.index(self._roles[port])

    def _to(self, arrival: int) -> None:
        """Advance to the time of an event."""
        if self._in_every_step:
            for step in range(self._last + 1, arrival):
                self._pass(step)
                self._decide(step)
        self._pass(arrival)

    def _pass(self, arrival: int) -> None:
        """Let the time pass from the last event, or step, to another one."""
        self._arrival = arrival
        for port, value in self._continuous.items():
            self._set_port(port, value(arrival))
        self._seen = self.time = time_of(self._last, self.h)
        self._elapsed = time_of(arrival - self._last, self.h)
        there = max(0, arrival - self._delay) - max(0, self._last - self._delay)
        self._elapsed_there = time_of(there, self.h)
        if arrival > self._last:
            self._arrived = {}
            self._begin_step()
            self._interpreter.run(self.model.update or ())
            self._advance_trains(self._elapsed)
        self._last = arrival
        self._seen = time_of(arrival, self.h)

    def _handle(self, arrival: int, events: Sequence[tuple[str, int]]) -> None:
        post = [step for port, step in events if self._roles[port] == "post"]
        for port, step in events:
            self._step, self.time = step, time_of(step, self.h)
            handler = self._handlers.get(port)
            if handler is not None:
                self._ports[port] = PER_MS
                self._interpreter.run(item for item in handler.body if item not in self._late)
                self._ports[port] = 0.0
            if self._roles[port] != "post":
                self._received(port, arrival)
        for step in post:
            self._step, self.time = step, time_of(step, self.h)
            self._interpreter.run(self._late)
            for port in self._ports_of("post"):
                self._received(port, arrival)
        self._decide(arrival)

    def _decide(self, arrival: int) -> None:
        """Run the blocks whose condition holds."""
        self.time = time_of(arrival, self.h)
        for block in by_priority(self.model.on_condition):
            if self._interpreter.value(block.condition):
                self._interpreter.run(block.body)

    def _received(self, port: str, arrival: int) -> None:
        """Let a spike count for convolutions with its port, and for equations that read it."""
        self._arrived = {port: 1.0}
        impulses = self._impulses(self._odes)
        self._take_up(port, 1.0, time_of(arrival, self.h))
        self._jump(impulses)

    def _emit(self, call: ast.Call) -> None:
        weight = self._interpreter.number(call.arguments[0]) if call.arguments else 1.0
        self.emitted.append((self._arrival, weight))

    # --- equations ---

    def _duration(self) -> float:
        return self._elapsed

    def _solved_linear(self, names: Sequence[str]) -> Numbers:
        return self._on_two_clocks(names, self._exactly)

    def _solved(self, names: Sequence[str]) -> Numbers:
        return self._on_two_clocks(names, super()._solved)

    def _on_two_clocks(self, names: Sequence[str], solve: Callable[[Sequence[str]], Numbers]) -> Numbers:
        """Solve for the end of the interval; variables that the neuron drives are read as of a delay ago."""
        found = solve(names)
        inside = [name for name in names if name in self._in_the_neuron]
        if inside and self._elapsed_there != self._elapsed:
            here, self._elapsed = self._elapsed, self._elapsed_there
            found.update(solve(inside))
            self._elapsed = here
        return found

    def _exactly(self, names: Sequence[str]) -> Numbers:
        if self._convolutions():
            return super()._solved(names)

        def slopes(now: Numbers) -> Numbers:
            with self._assuming(now, 0.0):
                return self._ode_slopes(names)

        return linear_solution(self._flat(names), slopes, self._elapsed)


def roles(model: ast.Model) -> dict[str, PortRole]:
    """Return the origin of the spikes of each port: the source, the neuron, or a third party.

    The port whose handler emits is the presynaptic one; qualifiers and names tell the others apart.
    """
    emitting = {item.port for item in model.on_receive if any(_emissions(item))}
    spiking = {port.name for port in model.inputs if port.signal == "spike"}
    others = {name for name in emitting if _OTHER.search(name)}
    others |= {port.name for port in model.inputs if {"post", "mod"} & set(port.qualifiers)} & emitting
    if any(_emissions(model)) and (len(emitting) != 1 or others):
        emitting = {name for name in spiking if _PRE.search(name)} or emitting
    found: dict[str, PortRole] = {}
    for port in model.inputs:
        if port.signal != "spike":
            continue
        if "pre" in port.qualifiers or port.name in emitting:
            found[port.name] = "pre"
        elif "post" in port.qualifiers:
            found[port.name] = "post"
        else:
            modulatory = "mod" in port.qualifiers or _MODULATORY.search(port.name)
            found[port.name] = "modulatory" if modulatory else "post"
    return found


def post_driven(model: ast.Model, found: Mapping[str, PortRole]) -> tuple[ast.Assignment, ...]:
    """Return the statements of the postsynaptic handler that belong to post-driven variables.

    These are states that nothing else assigns and that read, in their assignments and equations, only
    each other, parameters and internals. Neither the weight nor a variable whose past is read is
    one of them.
    """
    bodies = {item.port: item.body for item in model.on_receive}
    post = [item for port, role in found.items() if role == "post" for item in bodies.get(port, ())]
    others = [item for port, body in bodies.items() if found[port] != "post" for item in body]
    others += [*(model.update or ()), *(item for block in model.on_condition for item in block.body)]
    plain = [item for item in post if isinstance(item, ast.Assignment)]
    nested = [item for item in post if not isinstance(item, ast.Assignment)]
    excluded = _assigned([*others, *nested]) | _weight(model) | delayed_variables(model)
    ports = {port for port, role in found.items() if role == "post"}
    reads = {item.target.name: _reads_of(item.target.name, plain, model, ports) for item in plain}
    states = {item.name for item in model.state}
    kept = {name for name in reads if name in states and name not in excluded}
    fixed = {item.name for item in (*model.parameters, *model.internals)} | {"e", "pi"}
    fixed |= delay_variables(model)
    while any(not reads[name] <= fixed | kept for name in kept):
        kept = {name for name in kept if reads[name] <= fixed | kept}
    return tuple(item for item in plain if item.target.name in kept)


def _reads_of(name: str, plain: Sequence[ast.Assignment], model: ast.Model, ports: set[str]) -> set[str]:
    """Return the names that a variable's assignments and equation read.

    Postsynaptic ports, and kernels convolved with them, do not count.
    """
    values: list[ast.Expression] = [item.value for item in plain if item.target.name == name]
    values += [item.value for item in model.equations if isinstance(item, ast.Ode) and item.name == name]
    inlines = {item.name: item.value for item in model.equations if isinstance(item, ast.Inline)}
    found: set[str] = set()
    while values:
        value = values.pop()
        names = _names(value) - ports - _kernels_of(value, ports)
        values += [inlines[item] for item in names & set(inlines) - found]
        found |= names
    return found - set(inlines)


def _kernels_of(value: ast.Expression, ports: set[str]) -> set[str]:
    """Return the kernels that an expression convolves with one of some ports."""
    calls = [item for item in value.walk() if isinstance(item, ast.Call) and item.name == "convolve"]
    pairs = [[item.name for item in call.arguments if isinstance(item, ast.Name)] for call in calls]
    return {kernel for kernel, port in pairs if port in ports}


def _names(node: ast.Node) -> set[str]:
    """Return all names that an expression reads; random functions count."""
    nodes = [item for item in node.walk() if isinstance(item, (ast.Name, ast.Call))]
    return {item.name for item in nodes if isinstance(item, ast.Name) or item.name.startswith("random_")}


def _assigned(statements: Iterable[ast.Statement]) -> set[str]:
    nodes = (node for item in statements for node in item.walk())
    return {node.target.name for node in nodes if isinstance(node, ast.Assignment)}


def _emissions(node: ast.Node) -> Iterator[ast.Call]:
    return (item for item in node.walk() if isinstance(item, ast.Call) and item.name == "emit_spike")


def _weight(model: ast.Model) -> set[str]:
    """Return the weight: a variable declared as such, emitted, or read by the emitted value."""
    settled = {item.name for item in (*model.state, *model.parameters) if "@nest::weight" in item.decorators}
    if settled:
        return settled
    declared = {item.name for item in (*model.state, *model.parameters)}
    places = (*model.on_receive, *model.on_condition, *(model.update or ()))
    calls = [(item, call) for item in places for call in _emissions(item) if call.arguments]
    emitted = [_with_locals(_names(call.arguments[0]), item) & declared for item, call in calls]
    common = set.intersection(*emitted) if emitted else set()
    return common if len(common) == 1 else common & {"w", "weight"}


def delay_variables(model: ast.Model) -> set[str]:
    """Return the variable that is declared as the delay of the connection, or has that name."""
    return {
        item.name
        for item in (*model.state, *model.parameters)
        if "@nest::delay" in item.decorators or item.name == "delay"
    }


def _with_locals(names: set[str], handler: ast.Node) -> set[str]:
    """Add the names that the values of a handler's local variables read."""
    found = set(names)
    for node in reversed(list(handler.walk())):
        if isinstance(node, ast.Declaration) and node.name in found and node.value is not None:
            found |= _names(node.value)
    return found
