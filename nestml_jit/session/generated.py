"""Models under the names that NESTML gives to those that it generates, and modules of them.

A module generated for a neuron model `N` and a synapse model `S` has `N__with_S` and `S__with_N` beside `N`
and `S`; each name may have a suffix, mostly `_nestml`. A neuron model generated with several is
`N__with_S_and_T`, and its synapse models are `S__with_N__with_S_and_T` and `T__with_N__with_S_and_T`. What
such a neuron keeps for its connections is called after `S`, whatever comes behind: `tr_post__for_S_nestml`.
"""

from __future__ import annotations

from dataclasses import dataclass

from nestml_jit.options import Options
from nestml_jit.pipeline import Source

WITH = "__with_"
_AND = "_and_"

KEYWORDS = frozenset(
    "alignas alignof and_eq asm auto bitand bitor bool break case catch char char8_t char16_t "
    "char32_t class compl concept const consteval constexpr constinit const_cast continue co_await "
    "co_return co_yield decltype default delete do double dynamic_cast enum explicit export extern "
    "float friend goto int long mutable namespace new noexcept not_eq nullptr operator or_eq private "
    "protected public register reinterpret_cast requires short signed sizeof static static_assert "
    "static_cast struct switch template this thread_local throw try typedef typeid typename union "
    "unsigned using virtual void volatile wchar_t xor xor_eq".split()
)
"""Words of C++: NESTML appends `_` to variables of neurons that have such names."""


@dataclass(frozen=True)
class Generated:
    """A model of a module: its text under the name that it gets, and what was said about it."""

    source: Source
    options: Options


def unpaired(name: str) -> str:
    """Return the name of a model without those that it is paired with.

    >>> unpaired("S_nestml__with_N_nestml__with_S_nestml_and_T_nestml")
    'S_nestml'
    """
    return name.partition(WITH)[0]


def of_pair(neuron: str, synapses: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the names of a neuron model and of the synapse models that it is generated with.

    >>> of_pair("N", ("S",))
    ('N__with_S', ('S__with_N',))
    >>> of_pair("N", ("S", "T"))
    ('N__with_S_and_T', ('S__with_N__with_S_and_T', 'T__with_N__with_S_and_T'))
    """
    name = neuron + WITH + _AND.join(synapses)
    target = neuron if len(synapses) == 1 else name
    return name, tuple(synapse + WITH + target for synapse in synapses)


def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """Return what may stand behind the first `__with_` of a name: lists of models, the likeliest first.

    >>> readings("N__with_S_and_T")
    (('S_and_T',), ('S', 'T'))
    """
    rest = name.partition(WITH)[2]
    others = unpaired(rest)
    several = tuple(others.split(_AND))
    if not others:
        return ()
    return ((others,), several) if len(several) > 1 and WITH not in rest else ((others,),)


def partners(neuron: str) -> tuple[tuple[str, ...], ...]:
    """Return which synapse models a neuron model is generated with: lists of names, the likeliest first.

    >>> partners("N__with_S")
    (('S__with_N',),)
    """
    if neuron.count(WITH) != 1:
        return ()
    return tuple(of_pair(unpaired(neuron), models)[1] for models in readings(neuron))
