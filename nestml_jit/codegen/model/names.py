"""Names of variables: in the generator, as users see them, and in C++.

=============  ==================================================  =================  ==============
name           variable                                            users see          C++ (kind `v`)
=============  ==================================================  =================  ==============
`x`            what a user declared                                `x`                `v_x`
`x''`          a derivative                                        `x__dd`            `v_xZdZd`
`v[2]`         an element of a vector                              `v[2]`             `v_vZb2Ze`
`K*p`, `K*p.1` the convolution of a kernel with a port             `K__X__p_1`        `v_KZxp`
`x:`, `x:2`    a local variable                                    nothing            `l_xZl_3`
`x@S`          what a neuron keeps for synapses of a model         `x__for_S`         `v_xZaS`
`next(K*p)`    what the generator adds                             nothing            `nextZpKZxpZq`
=============  ==================================================  =================  ==============

Users' names consist of letters, digits, `_` and `$`. So no user can declare a name of another row, and two
variables of a model never have the same name. C++ spells different names differently (`identifier`).
"""

from __future__ import annotations

import re

from nestml_jit.card import KEPT

_SPELLED = {
    "Z": "ZZ",
    "$": "ZS",
    "'": "Zd",
    "[": "Zb",
    "]": "Ze",
    "(": "Zp",
    ")": "Zq",
    ",": "Zc",
    "*": "Zx",
    ".": "Zi",
    ":": "Zl",
    "@": "Za",
}

KINDS = {
    "v": "the value of a variable in a loop",
    "c": "a column",
    "i": "an internal, or its column",
    "p": "a parameter's column, or a formal parameter",
    "k": "a parameter that differs between connections",
    "s": "a value that all connections share",
    "m": "what a neuron keeps for its synapses",
    "g": "a third factor",
    "fired": "a third factor when the neuron fired",
    "a": "a vector's elements, or a source's state at its last spike",
    "b": "a source's state when a postsynaptic spike arrives",
    "q": "a source's state when a statement reads it",
    "z": "a delayed variable, where a connection reads it",
    "back": "how many steps ago a delayed variable is read",
    "at": "a vector's columns",
    "l": "a local variable, with a number",
    "n": "a variable's next value, with a number",
    "y": "a variable's value after a step of a formula, with a number",
    "held": "what equations read while they are integrated, with a number",
    "function": "a function",
    "column": "a column in memory, where the loop has a copy",
    "some": "values of a batch",
    "from": "where values of a batch come from",
    "to": "where values of a batch go to",
    "old": "a value before a batch",
    "untouched": "a value before a postsynaptic spike",
}
"""Prefixes of names in C++, each followed by `_`. No other identifier begins like that."""


def canonical(name: str, order: int) -> str:
    """Return the name of a variable's derivative."""
    return name + "'" * order


def base_of(name: str) -> str:
    """Return the variable of which this one is a derivative: `x` for `x''`, `x[1]` for `x'[1]`."""
    return name.replace("'", "")


def element(name: str, index: int) -> str:
    """Return the name of an element."""
    return f"{name}[{index}]"


def is_element(name: str) -> bool:
    """Return whether a name is that of an element of a vector; the generator's own names are not."""
    return "[" in name and not is_made(name)


def is_made(name: str) -> bool:
    """Return whether the generator adds a name."""
    return "(" in name


def vector_of(name: str) -> str:
    """Return the vector of an element, and other names as they are."""
    return name.partition("[")[0]


def kernel_of(name: str) -> str:
    """Return the kernel of a convolution."""
    return name.partition("*")[0]


def convolved(kernel: str, port: str) -> str:
    """Return the name of a convolution; `port` may be an element."""
    return f"{kernel}*{port.replace('[', '.').rstrip(']')}"


def local(name: str, number: int) -> str:
    """Return the name of the local variable that is the `number`-th of its name in a body."""
    return f"{name}:{number if number > 1 else ''}"


def kept_for(name: str, synapse: str) -> str:
    """Return the name of the value that a neuron keeps of a synapse's variable."""
    return f"{name}@{synapse}"


def shown(name: str) -> str:
    """Return a name as users see it."""
    name = re.sub(r":\d*", "", name)
    name = re.sub(r"'+", lambda primes: "__" + "d" * len(primes.group()), name)
    return name.replace("*", "__X__").replace(".", "_").replace("@", KEPT)


def identifier(name: str) -> str:
    """Return a name as part of a C++ identifier; two names never have the same one.

    Each character is spelled on its own, and no spelling is the beginning of another one, so that the name
    can be read back.
    """
    return "".join(_spelled(character) for character in name)


def _spelled(character: str) -> str:
    if character in _SPELLED:
        return _SPELLED[character]
    assert re.fullmatch("[A-Za-z0-9_]", character), character
    return character
