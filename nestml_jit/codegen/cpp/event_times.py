"""The next event of a connection, and the loops over all spikes that arrive at its time.

A run's connections go through time one after another. A position marks the remaining spikes of each kind:
`next` in the target's history, `next_0` among the spikes of modulatory port 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.run_places import (
    LAG,
    MULTIPLICITY,
    NEWEST,
    NOW,
    T_DONE,
    THEN,
    Code,
    call,
    constant,
    element,
    fixed,
    key_of,
    step_of,
    whole,
)

_NEXT, _POST, _KEY_NOW, _REPEAT, _SPIKE = (
    cpp.Variable(name) for name in ("next", "post", "key_now", "repeat", "spike")
)
_STRIDE, _NEVER = cpp.Variable("NJ_STRIDE"), cpp.Variable("INT64_MAX")


class EventTimes:
    """Writes how a connection finds its events.

    Parameters
    ----------
    has_post
        Postsynaptic spikes are events.
    every_step
        Each step is an event.
    modulatory
        Numbers of the modulatory ports whose spikes are events.
    """

    def __init__(self, has_post: bool, every_step: bool, modulatory: tuple[int, ...]) -> None:
        self.has_post = has_post
        self.every_step = every_step
        self.modulatory = modulatory

    def prologue(self) -> Code:
        """Return the statements in front of the loop over connections."""
        return tuple(item for port in self.modulatory for item in _modulation(port))

    def start(self) -> Code:
        """Return the statements at the beginning of a connection."""
        return tuple(
            cpp.Declare("uint32_t", _next(port).name, cpp.Variable(f"first_{port}"))
            for port in self.modulatory
        )

    def next_event(self) -> Code:
        """Return the statements that lower `now` to the step of the next event."""
        statements: list[cpp.Statement] = []
        if self.every_step:
            statements.append(_earliest(cpp.plus(T_DONE, whole(1))))
        if self.has_post:
            arrival = cpp.Ternary(_is_left(), cpp.plus(step_of(_NEXT), LAG), _NEVER)
            statements += [constant("int64_t", _POST, arrival), _earliest(_POST)]
        for port in self.modulatory:
            step = cpp.Variable(f"arrival_{port}")
            arrival = cpp.Ternary(_is_pending(port), _of_next(port, "step"), _NEVER)
            statements += [constant("int64_t", step, arrival), _earliest(step)]
        return tuple(statements)

    def begin(self) -> Code:
        """Return the statements at the beginning of an event."""
        key = cpp.plus(cpp.product(whole(2), cpp.minus(NOW, LAG)), whole(1))
        return (fixed("int64_t", _KEY_NOW, key),) if self.has_post else ()

    def end(self) -> Code:
        """Return the statements at the end of an event: its postsynaptic spikes are dealt with."""
        if not self.has_post:
            return ()
        is_done = cpp.either(cpp.Binary("<=", key_of(_NEXT), _KEY_NOW), cpp.negation(_is_spike(_NEXT)))
        return (cpp.While(cpp.both(_is_left(), is_done), (cpp.Assign(_NEXT, _STRIDE, "+="),)),)


def at_pre(body: Code) -> Code:
    """Return the loop over the presynaptic spikes of this time."""
    return (_repeated(cpp.both(_SPIKE, cpp.less(_REPEAT, MULTIPLICITY)), body),)


def at_post(body: Code) -> Code:
    """Return the loop over the postsynaptic spikes of this time, no code for an empty body."""
    if not body:
        return ()
    together = cpp.Binary("==", key_of(THEN), key_of(_NEXT))
    is_now = cpp.both(cpp.Binary("==", _POST, NOW), cpp.Binary("<=", THEN, NEWEST), together)
    start = cpp.Declare("const NjSlot*", THEN.name, _NEXT)
    return (cpp.For(start, is_now, cpp.Assign(THEN, _STRIDE, "+="), body),)


def at_modulatory(port: int, body: Code) -> Code:
    """Return the loop over the spikes of a modulatory port that come at this time."""
    is_now = cpp.both(_is_pending(port), cpp.Binary("==", _of_next(port, "step"), NOW))
    times = cpp.less(_REPEAT, _of_next(port, "multiplicity"))
    inner = (_repeated(times, body),)
    return (cpp.For(None, is_now, cpp.Assign(_next(port), whole(1), "+="), inner),)


def _repeated(condition: cpp.Expression, body: Code) -> cpp.For:
    start = cpp.Declare("uint32_t", _REPEAT.name, whole(0))
    return cpp.For(start, condition, cpp.Assign(_REPEAT, whole(1), "+="), body)


def _modulation(port: int) -> Iterator[cpp.Statement]:
    """Declare the spikes of a port, and the first one that was not dealt with."""
    given = cpp.path("d", "modulation")
    nothing = cpp.Aggregate((cpp.Null(), cpp.Null(), whole(0)), "NjModulation")
    spikes = cpp.Variable(f"spikes_{port}")
    yield constant("NjModulation", spikes, cpp.Ternary(given, element(given, port), nothing))
    first = call("nj_first_after", spikes, cpp.path("run", "t_done"))
    yield constant("uint32_t", cpp.Variable(f"first_{port}"), first)


def _next(port: int) -> cpp.Variable:
    return cpp.Variable(f"next_{port}")


def _of(port: int, name: str) -> cpp.Expression:
    return cpp.Member(cpp.Variable(f"spikes_{port}"), name, by_pointer=False)


def _of_next(port: int, name: str) -> cpp.Expression:
    """Return the step or the multiplicity of a port's next spike."""
    return element(_of(port, name), _next(port))


def _is_pending(port: int) -> cpp.Expression:
    return cpp.less(_next(port), _of(port, "size"))


def _is_left() -> cpp.Expression:
    return cpp.Binary("<=", _NEXT, NEWEST)


def _is_spike(entry: cpp.Expression) -> cpp.Expression:
    return cpp.Binary("&", key_of(entry), whole(1))


def _earliest(step: cpp.Expression) -> cpp.Assign:
    return cpp.Assign(NOW, cpp.Ternary(cpp.less(step, NOW), step, NOW))
