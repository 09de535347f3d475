"""The loop over a batch of connections: postsynaptic spikes since the last event, then the presynaptic one.

The newest entries of each target's history lie in arrays, newest first: `batch.key[n][j]` is the key of the
n-th entry for connection j, `batch.value[n][k][j]` the k-th of the values at hand. Keys are twice the step,
plus 1 for a spike, as doubles. A key belongs to a spike that has not been dealt with if it is above `seen`,
and that has reached the synapse if it is not above `key`::

    seen < k1 < k0 <= key     two spikes: the handler runs for k1, then for k0
    k0 <= seen                none

All lanes compute all handlers, and `nj_choose` takes the result where there was a spike. A connection for
which the entries at hand are not enough is *odd*: it keeps its values, emits 0, and is dealt with again,
first in a batch that looks at more entries (`is_few` is False), then alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import value_of
from nestml_jit.codegen.cpp.run_places import Code, call, constant, element, fixed, named, whole

_J, _ODD, _EMISSION, _NEGATIVE = (cpp.Variable(name) for name in ("j", "odd", "emission", "negative"))
_KEY, _SEEN, _LAST, _EARLY, _COINCIDENT = (
    cpp.Variable(name) for name in ("key", "seen", "last", "early", "coincident")
)
_HALF, _ZERO = cpp.Real(0.5), cpp.Real(0.0)


@dataclass(frozen=True)
class BatchLoop:
    """The statements of the loop over a batch, and the values that they use.

    Attributes
    ----------
    values
        Positions of the values of a history entry that are at hand.
    afters, befores
        Those that are read as of after an event and right before a spike.
    states
        Variables of a connection that a postsynaptic spike may change.
    saved
        Variables of a connection that are stored at the end.
    load, post, spike
        Load a connection's variables; a postsynaptic spike; the presynaptic one.
    """

    values: tuple[int, ...]
    afters: tuple[int, ...]
    befores: tuple[int, ...]
    states: tuple[str, ...]
    saved: tuple[str, ...]
    load: Code
    post: Code
    spike: Code


def batch_loop(loop: BatchLoop, events: int, is_few: bool) -> Code:
    """Return the loop, for up to so many postsynaptic spikes.

    Parameters
    ----------
    is_few
        Whether connections whose newest entry is still on its way are odd: most connections have no such
        entry.
    """
    body = (
        *_times(),
        *(_few(loop, events) if is_few else _many(loop, events)),
        *(_too_many(events) if loop.post else ()),
        fixed(
            "double",
            cpp.Variable("since_before"),
            cpp.product(_HALF, cpp.minus(_KEY, cpp.Variable("before_key"))),
        ),
        *loop.load,
        *(constant("auto", named("old", name), value_of(name)) for name in loop.saved),
        *(_post(loop, n) for n in reversed(range(events)) if loop.post),
        *loop.spike,
        *_stored(loop),
    )
    lanes = cpp.Lanes(
        body,
        whole(0),
        cpp.Cast("int32_t", cpp.Variable("size")),
        index="j",
        flags=(_NEGATIVE.name,),
        counter="int32_t",
    )
    return (cpp.Declare("int64_t", _NEGATIVE.name, whole(0)), lanes)


def _times() -> Iterator[cpp.Statement]:
    yield cpp.Comment(
        "keys of spikes that arrive with this one, with the source's last one, and when all was seen"
    )
    lag = _in_batch("lag")
    yield constant("double", _KEY, cpp.minus(cpp.Variable("t_key"), lag))
    yield fixed("double", _SEEN, cpp.minus(cpp.Variable("done_key"), lag))
    yield fixed("double", _LAST, cpp.minus(cpp.Variable("last_key"), lag))


def _in_batch(name: str, *indices: int) -> cpp.Expression:
    """Return an element of an array of the batch that belongs to the connection."""
    array: cpp.Expression = cpp.Member(cpp.Variable("batch"), name, by_pointer=False)
    for index in indices:
        array = element(array, index)
    return cpp.Element(array, _J)


def _key(n: int) -> cpp.Variable:
    return cpp.Variable(f"k{n}")


def _value_before(n: int, position: int) -> cpp.Variable:
    return cpp.Variable(f"e{n}_v{position}")


def _choose(which: cpp.Expression, first: cpp.Expression, second: cpp.Expression) -> cpp.Expression:
    return call("nj_choose", which, first, second)


def _happens(condition: cpp.Expression) -> cpp.Expression:
    """Return a condition as bits."""
    return cpp.Cast("int64_t", condition)


def _entries(
    loop: BatchLoop,
    events: int,
    key: Callable[[int], cpp.Expression],
    value: Callable[[int, int], cpp.Expression],
) -> Iterator[cpp.Statement]:
    """Declare the keys of entries, and the values before spikes, at given places among those at hand."""
    for n in range(events + 1):
        yield fixed("double", _key(n), key(n))
    for n in range(events):
        for position in loop.befores:
            place = loop.values.index(position)
            yield constant("double", _value_before(n, position), value(n, place))


def _few(loop: BatchLoop, events: int) -> Iterator[cpp.Statement]:
    """Declare the entries at hand; the connection is odd if a spike is on its way or just arriving."""
    yield from _entries(
        loop, events, lambda n: _in_batch("key", n), lambda n, place: _in_batch("value", n, place)
    )
    yield fixed("double", cpp.Variable("before_key"), _key(0))
    for position in loop.afters:
        value = _in_batch("value", 0, loop.values.index(position))
        yield fixed("double", cpp.Variable(f"before_v{position}"), value)
    yield cpp.Declare("int64_t", _ODD.name, _happens(cpp.Binary(">=", _key(0), _KEY)))


def _many(loop: BatchLoop, events: int) -> Iterator[cpp.Statement]:
    """Declare the entries at hand, from the second one on if the newest spike is still on its way."""

    def value(n: int, place: int) -> cpp.Expression:
        return _choose(_EARLY, _in_batch("value", n + 1, place), _in_batch("value", n, place))

    yield constant("bool", _EARLY, cpp.greater(_in_batch("key", 0), _KEY))
    yield from _entries(
        loop, events, lambda n: _choose(_EARLY, _in_batch("key", n + 1), _in_batch("key", n)), value
    )
    yield constant("bool", _COINCIDENT, cpp.Binary("==", _key(0), _KEY))
    yield fixed("double", cpp.Variable("before_key"), _choose(_COINCIDENT, _key(1), _key(0)))
    for position in loop.afters:
        place = loop.values.index(position)
        ages = cpp.Variable(f"a0_v{position}"), cpp.Variable(f"a1_v{position}")
        for n, age in enumerate(ages):
            yield constant("double", age, value(n, place))
        yield fixed("double", cpp.Variable(f"before_v{position}"), _choose(_COINCIDENT, ages[1], ages[0]))
    twice = cpp.Binary("&", _happens(_COINCIDENT), _happens(cpp.Binary("==", _key(0), _key(1))))
    yield cpp.Declare("int64_t", _ODD.name, cpp.Binary("|", _happens(cpp.greater(_key(0), _KEY)), twice))


def _too_many(events: int) -> Iterator[cpp.Statement]:
    yield cpp.Comment("too many, two in one step, or something other than spikes")
    yield cpp.Assign(_ODD, _happens(cpp.greater(_key(events), _SEEN)), "|=")
    for n in range(events):
        is_new, is_twice = cpp.greater(_key(n), _SEEN), cpp.Binary("==", _key(n), _key(n + 1))
        yield cpp.Assign(_ODD, cpp.Binary("&", _happens(is_new), _happens(is_twice)), "|=")


def _post(loop: BatchLoop, n: int) -> cpp.Block:
    """Return the effect of the n-th entry if it is a spike that was not seen."""
    take = cpp.Variable("take")
    since = cpp.product(_HALF, cpp.minus(_key(n), _LAST))
    return cpp.Block(
        (
            constant("bool", take, cpp.greater(_key(n), _SEEN)),
            fixed("double", cpp.Variable("then_key"), _key(n)),
            fixed("double", cpp.Variable("since_last"), since),
            *(
                fixed("double", cpp.Variable(f"then_v{position}"), _value_before(n, position))
                for position in loop.befores
            ),
            *(constant("auto", named("untouched", name), value_of(name)) for name in loop.states),
            *loop.post,
            *(
                cpp.Assign(value_of(name), _choose(take, value_of(name), named("untouched", name)))
                for name in loop.states
            ),
        )
    )


def _stored(loop: BatchLoop) -> Iterator[cpp.Statement]:
    """Store the new values of the connection, unless it is odd."""
    is_odd = cpp.Binary("!=", _ODD, whole(0))
    for name in loop.saved:
        kept = _choose(is_odd, named("old", name), value_of(name))
        yield cpp.Assign(cpp.Element(named("to", name), _J), call("nj_as_slot", kept))
    yield cpp.Assign(_in_batch("odd"), _ODD)
    yield cpp.Assign(_in_batch("emitted"), _choose(is_odd, _ZERO, _EMISSION))
    yield cpp.Assign(_NEGATIVE, _happens(cpp.less(_EMISSION, _ZERO)), "|=")
