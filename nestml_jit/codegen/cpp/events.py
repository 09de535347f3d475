"""The part of a kernel that delivers the events of a synapse model with any rule.

Each connection of a run takes its spikes in the order of time: postsynaptic ones (a dendritic delay after
they happened), modulatory ones, and in the end the presynaptic one. At each such time `update` runs for the
time that has passed. Then the handlers run by priority, the variables change that only postsynaptic spikes
drive, and conditions are tested.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping

from nestml_jit.card import Delivery, Facts
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.connection_past import ConnectionPast
from nestml_jit.codegen.cpp.delivery_parts import EventParts
from nestml_jit.codegen.cpp.event_handlers import RANDOM_NUMBERS, EventHandlers, fired, signal
from nestml_jit.codegen.cpp.event_times import EventTimes, at_modulatory, at_post, at_pre
from nestml_jit.codegen.cpp.functions import function_definitions
from nestml_jit.codegen.cpp.history import HistoryLayout
from nestml_jit.codegen.cpp.queries import calls, uses
from nestml_jit.codegen.cpp.run_places import (
    BLOCK,
    CONNECTION,
    DELIVERY,
    LANE,
    NOW,
    RUN,
    T_DONE,
    T_SPIKE,
    THEN,
    UNTIL,
    Code,
    call,
    constant,
    fixed,
    function,
    step_of,
    whole,
)
from nestml_jit.codegen.plan.inexact import every_step, splits
from nestml_jit.codegen.plan.synapse import SynapsePlan


def delivery_of_events(
    plan: SynapsePlan,
    facts: Facts,
    history: HistoryLayout,
    index: int,
    ports: Mapping[str, str],
    signals: tuple[str, ...],
) -> EventParts:
    """Return the parts of the delivery of a synapse model.

    Parameters
    ----------
    ports
        The variable of the neuron that each continuous port reads.
    signals
        All variables of the neuron that the kernel writes for its synapses.
    """
    return EventWriter(plan, facts, history, index, ports, signals).write()


@dataclasses.dataclass(frozen=True)
class _Events:
    """The statements for one time: time passes, spikes by port, post-driven variables, conditions."""

    update: Code
    handlers: Mapping[str, Code]
    late: Code
    conditions: Code

    @property
    def everything(self) -> Code:
        """All statements."""
        handlers = (item for statements in self.handlers.values() for item in statements)
        return (*self.update, *self.conditions, *self.late, *handlers)

    def without(self, port: str) -> Code:
        """Return all statements except those of the handler of a port."""
        left = {name: item for name, item in self.handlers.items() if name != port}
        return dataclasses.replace(self, handlers=left).everything


class EventWriter(EventHandlers):
    """Writes the functions of one synapse model in a fusion, for any rule."""

    def __init__(
        self,
        plan: SynapsePlan,
        facts: Facts,
        history: HistoryLayout,
        index: int,
        ports: Mapping[str, str],
        signals: tuple[str, ...],
    ) -> None:
        super().__init__(plan, facts, history, index, ports)
        self.signals = signals
        roles = self.rule.roles
        self.counting = tuple(
            port for port in (roles.pre, roles.post, *roles.modulatory) if port and self._counts(port)
        )
        modulatory = tuple(k for k, port in enumerate(roles.modulatory) if port in self.counting)
        self.times = EventTimes(roles.post in self.counting, every_step(self.rule), modulatory)

    def _counts(self, port: str) -> bool:
        """Return whether a spike at a port has an effect: its own, or that it divides an interval."""
        return self.rule.acts(port) or splits(self.rule)

    @property
    def can_advance(self) -> bool:
        """Whether something other than presynaptic spikes reaches connections."""
        return any(port != self.rule.roles.pre for port in self.counting) or every_step(self.rule)

    def write(self) -> EventParts:
        """Return all parts of the delivery."""
        rule = self.rule
        past = self._past()
        events = self._events(past)
        look = self.look()
        load, save = self.loads(), self.saves()
        arrays = self.arrays()
        begin = [*self._signals(events.everything)]
        if uses(events.everything) & {RANDOM_NUMBERS.name}:
            self.uses.add("stream.h")
            load = (*load, self._stream())
            begin.append(cpp.Declare("NjRandom", RANDOM_NUMBERS.name, _source_of_numbers()))
        shared_internals, own_internals = self.internal_declarations()
        functions = function_definitions(self.normal, rule.free, self.uses)
        can_settle = bool(self.clock and self.can_advance) and _is_silent(events.update)
        advances = self.can_advance or (not self.clock and bool(events.update) and _is_silent(events.update))
        entries = {"advance"} if advances else set()
        entries |= {"settle"} if advances and can_settle else set()
        return EventParts(
            card=self._event_card(events),
            index=self.index,
            reads_history=self.times.has_post,
            shared=self.shared(),
            functions=(*functions, self.prepare()),
            others=(*_entry_points(entries), *look),
            entries=frozenset({*entries, *(item.name for item in look)}),
            solvers=self.integration.texts(),
            uses=frozenset({"events.h", *self.uses}),
            largest=self.integration.largest,
            templates=("events.cpp.jinja",),
            prologue=(
                *self.times.prologue(),
                *shared_internals,
                *self.integration.prologue.values(),
                *past.prologue(),
            ),
            load=(*load, *own_internals, *arrays, *past.load()),
            clock=(*self._clock(), *self.times.start()),
            next_event=self.times.next_event(),
            begin=(*self.times.begin(), *begin, *self._passing(events.update)),
            handlers=(*self._spikes(events), *events.conditions, *self.times.end()),
            finish=self._finish(events.update, advances, can_settle),
            save=(*save, *past.save()),
        )

    def _event_card(self, events: _Events) -> Delivery:
        rule = self.rule
        elsewhere = uses(events.without(rule.roles.pre))
        at_spikes = any(fired(port).name in elsewhere for port in self.ports)
        between = at_spikes or any(signal(port).name in elsewhere for port in self.ports)
        return dataclasses.replace(
            self.card(self.times.has_post),
            modulatory=rule.roles.modulatory,
            signals=tuple(self.ports.items()),
            flush=between and self.can_advance,
            every_step=every_step(rule),
            at_spikes=at_spikes,
        )

    # --- statements in the order of time -------------------------------------------------------------------

    def _events(self, past: ConnectionPast) -> _Events:
        update = (*past.begin(), *self.update())
        handlers = {port: self.handler(port) for port in self.rule.order if port in self.counting}
        return _Events(update, handlers, self.late(), self.conditions())

    def _passing(self, update: Code) -> Code:
        """Return the statements that let time pass until `now`."""
        done = cpp.Ternary(cpp.greater(NOW, T_DONE), NOW, T_DONE) if self.clock else NOW
        passing = (cpp.when(cpp.greater(NOW, T_DONE), update),) if update else ()
        return (*passing, cpp.Assign(T_DONE, done))

    def _spikes(self, events: _Events) -> Code:
        """Return the loops over the spikes that come at one time, those of each port after another."""
        roles = self.rule.roles
        statements: list[cpp.Statement] = []
        for port, body in events.handlers.items():
            if port == roles.pre:
                statements += at_pre(body)
            elif port == roles.post:
                statements += at_post(body)
            else:
                statements += at_modulatory(roles.modulatory.index(port), body)
        return (*statements, *at_post(events.late))

    def _clock(self) -> Code:
        """Declare the step up to which all is done."""
        done = cpp.path("run", "t_done")
        if not self.clock:
            return (cpp.Declare("int64_t", T_DONE.name, done, may_be_unused=True),)
        last, run_last = cpp.Variable("last"), cpp.path("run", "t_last")
        latest = cpp.Ternary(cpp.greater(last, run_last), last, run_last)
        return (
            constant("int64_t", last, cpp.Cast("int64_t", self.column(self.clock))),
            cpp.Declare("int64_t", T_DONE.name, latest),
        )

    def _finish(self, update: Code, advances: bool, can_settle: bool) -> Code:
        """Return the statements from the last event to `until`, where no presynaptic spike arrives."""
        is_left = cpp.less(T_DONE, UNTIL)
        if self.clock and self.can_advance:
            settled = (constant("int64_t", NOW, UNTIL), *update, cpp.Assign(T_DONE, UNTIL))
            settle = (cpp.when(cpp.both(cpp.Variable("settling"), is_left), settled),) if can_settle else ()
            note = cpp.Assign(self.column(self.clock), cpp.Cast("double", T_DONE))
            return (cpp.when(cpp.negation(cpp.Variable("spiking")), (*settle, note)),)
        if advances and update and not self.clock and not every_step(self.rule):
            return (cpp.when(is_left, (fixed("int64_t", NOW, UNTIL), *update)),)
        return ()

    # --- values that come from elsewhere --------------------------------------------------------

    def _past(self) -> ConnectionPast:
        """Return the writer of the past of variables; internals that delays read are noted."""
        show = self.translator(UNTIL)
        delays = {name: show(item.delay) for name, item in self.normal.delayed.items()}
        if delays:
            self.uses.add("delayed.h")
        return ConnectionPast(self.normal, delays, len(self.columns))

    def _signals(self, events: Code) -> Code:
        """Declare the third factors that an event reads."""
        used = uses(events)
        return tuple(
            constant("double", signal(port), self._signal_value(name, NOW))
            for port, name in self.ports.items()
            if signal(port).name in used
        )

    def handler(self, port: str) -> Code:
        """Return the effect of a spike at a port, with third factors from when the neuron fired."""
        statements = super().handler(port)
        used = uses(statements)
        factors = (
            constant("double", fired(item), self._signal_value(name, step_of(THEN)))
            for item, name in self.ports.items()
            if fired(item).name in used
        )
        return (*factors, *statements)

    def _signal_value(self, name: str, step: cpp.Expression) -> cpp.Expression:
        place = whole(len(self.signals)), whole(self.signals.index(name))
        return call("nj_signal", cpp.Variable("d"), *place, step, LANE)

    def _stream(self) -> cpp.Declare:
        """Declare the seed of a connection's random numbers; a checksum tells synapse models apart."""
        salt = cpp.Integer(zlib.crc32(self.normal.name.encode()), "unsigned")
        value = call("nj_stream", cpp.Variable("d"), cpp.Variable("run"), CONNECTION, salt)
        return constant("uint64_t", cpp.Variable("stream"), value)


def _entry_points(entries: set[str]) -> Code:
    """Return the functions that the host calls, in terms of the one that runs events."""
    d, run = cpp.Variable("d"), cpp.Variable("run")
    until = cpp.Declare("int64_t", UNTIL.name)

    def made(name: str, more: tuple[cpp.Declare, ...], spiking: bool, end: cpp.Expression) -> cpp.Function:
        arguments = d, run, cpp.Truth(spiking), end, cpp.Truth(name == "settle")
        return function(name, (DELIVERY, RUN, *more), [cpp.Evaluate(call("run_events", *arguments))])

    others = (made(name, (until,), False, UNTIL) for name in ("advance", "settle") if name in entries)
    return (made("deliver", (), True, cpp.path("d", T_SPIKE.name)), *others)


def _is_silent(statements: Code) -> bool:
    """Return whether statements neither draw random numbers nor print."""
    return not (uses(statements) & {RANDOM_NUMBERS.name} or calls(statements) & {"message"})


def _source_of_numbers() -> cpp.Expression:
    node = cpp.Element(cpp.Member(BLOCK, "node_id"), LANE)
    return cpp.Aggregate((cpp.Variable("stream"), node, NOW, whole(0)))
