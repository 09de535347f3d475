"""Models with one expression in one place: what the places of a model are, for neurons and for synapses.

In a place, `{p}` stands for the expression of a parameter, where states are not known, `{x}` for that of a
state with the same value, and `{0}` for that of a function's parameter.
"""

from __future__ import annotations

NEURON = """model place_neuron:
    state:
        x real = 0.7
        y real = {initial}
        z real = 0
    equations:
        kernel K = exp(-t / tau)
        {equations}
        recordable inline seen real = {recordable}
    parameters:
        p real = 0.7
        tau ms = 5 ms
        q real = {parameter}
        r real = 1 [[ {guard} ]]
    internals:
        c real = {internal}
    input:
        spikes <- spike
        current real <- continuous
    output:
        spike
    update:
        {update}
        integrate_odes()
    onReceive(spikes):
        {receive}
    onCondition({condition}):
        {body}
{function}"""

SYNAPSE = """model place_synapse:
    state:
        w real = 1
        x real = 0.7
        y real = {initial}
        u real = 0
    equations:
        u' = {rate}
        {equations}
    parameters:
        p real = 0.7
        tau ms = 5 ms
        q real = {parameter}
        r real = 1 [[ {guard} ]]
    internals:
        c real = {internal}
    input:
        pre_spikes <- spike
        post_spikes <- spike
        mod_spikes <- spike
    output:
        spike
    update:
        {update}
        integrate_odes()
    onReceive(pre_spikes):
        {pre}
        emit_spike(w)
    onReceive(post_spikes):
        {post}
    onReceive(mod_spikes):
        {mod}
    onCondition({condition}):
        {body}
{function}"""

_NEITHER = {
    "initial": "0",
    "parameter": "0",
    "guard": "r > 0",
    "internal": "0",
    "function": "",
    "equations": "",
}
NEURON_REST = _NEITHER | {
    "recordable": "x",
    "update": "",
    "receive": "x += 0",
    "condition": "x > 1e9",
    "body": "z = 0",
}
SYNAPSE_REST = _NEITHER | {
    "rate": "-u / tau",
    "update": "",
    "pre": "",
    "post": "w += 1e-3",
    "mod": "w += 1e-3",
    "condition": "w > 1e9",
    "body": "w = 0",
}

OWN = """    function looping(a real) real:
        n integer = 0
        s real = 0
        while n < 3:
            n += 1
            s += a * ln(n)
        return s
    function again(a real) real:
        return a > 0 ? 1 + again(a - 1) : a
"""
"""Functions that are no expressions, for all models."""

LOOP = """    function f({names} real) real:
        s real = 0
        i integer = 0
        for i in 0 ... 2 step 1:
            s += i * ({0})
        return s
"""
PLAIN = """    function f({names} real) real:
        return {0}
"""

EVERYWHERE = {
    "parameter": {"parameter": "{p}"},
    "internal": {"internal": "{p}"},
    "initial": {"initial": "{p}"},
    "guard": {"guard": "r > {p} - 1e3"},
    "update": {"update": "y = {x}"},
    "loop in update": {"update": "while y < 1:\n            y += 1 + 0 * ({x})"},
    "condition": {"condition": "{x} > 1e3"},
    "body of a condition": {"condition": "x > 0", "body": "y = {x}"},
    "function": {"function": PLAIN, "update": "y = f(x)"},
    "function with a loop": {"function": LOOP, "update": "y = f(x)"},
}
"""What to fill in, by the place that the expression is then in."""

NEURON_PLACES = EVERYWHERE | {
    "linear equation": {"equations": "z' = -z / tau * ({p})"},
    "equation": {"equations": "z' = -z * ({x}) / tau"},
    "inline": {"equations": "inline f real = {x}\n        z' = -z * f / tau"},
    "recordable inline": {"recordable": "{x}"},
    "kernel": {"equations": "kernel L = ({p}) * exp(-t / tau)\n        z' = -z / tau + convolve(L, spikes)"},
    "handler": {"receive": "y = ({x}) + spikes * 1 s"},
    "branch": {"update": "if x > 0:\n            y = {x}\n        else:\n            emit_spike()"},
}
SYNAPSE_PLACES = EVERYWHERE | {
    "linear equation": {"rate": "-u / tau * ({p})"},
    "equation": {"rate": "-u * ({x}) / tau"},
    "presynaptic handler": {"pre": "w = {x}"},
    "postsynaptic handler": {"post": "w = {x}"},
    "modulatory handler": {"mod": "w = {x}"},
}


def neuron(place: str, expression: str) -> str:
    """Return a neuron with an expression of `{v}` in a place."""
    return _filled(NEURON, NEURON_REST, NEURON_PLACES[place], expression)


def synapse(place: str, expression: str) -> str:
    """Return a synapse with an expression of `{v}` in a place."""
    return _filled(SYNAPSE, SYNAPSE_REST, SYNAPSE_PLACES[place], expression)


def _filled(template: str, rest: dict[str, str], place: dict[str, str], expression: str) -> str:
    texts = {name: expression.format(v=name) for name in ("p", "x")}
    inside = {"0": expression.format(v="a"), "names": "a"}
    filled = {key: text.replace("{0}", inside["0"]).format(**texts, names="a") for key, text in place.items()}
    return template.format(**(rest | filled)) + OWN
