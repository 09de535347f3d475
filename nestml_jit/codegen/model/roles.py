"""The presynaptic, postsynaptic and modulatory ports of a synapse model (DESIGN 4).

The port whose handler emits is the presynaptic one. If there are several, or none, or the only one is
postsynaptic or modulatory by its qualifier or name, the presynaptic one is found by its name. A remaining
spike port is postsynaptic, or modulatory if its qualifier or its name says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nestml_jit.codegen.model.aliases import delay_variable, weight_variable
from nestml_jit.codegen.model.effects import emissions
from nestml_jit.codegen.model.problem import PORTS, CannotGenerate
from nestml_jit.dsl.tree import Assignment, InputPort, Model, OnReceive

_MODULATORY = re.compile(r"(^|_)(mod|vt|dopa|neuromod|modulat)", re.IGNORECASE)
_POST = re.compile(r"(^|_)post", re.IGNORECASE)
_PRE = re.compile(r"(^|_)pre", re.IGNORECASE)


@dataclass(frozen=True)
class Roles:
    """Names of a synapse's ports by role.

    `weight` is the emitted variable, `delay` the variable for the delay of a connection, "" if there is none.
    """

    pre: str
    post: str
    modulatory: tuple[str, ...]
    continuous: tuple[str, ...]
    weight: str
    delay: str = ""


def is_synapse(model: Model) -> bool:
    """Return whether a model describes a synapse: its name says so, or a handler emits a weight.

    Names such as `S_nestml__with_N_nestml`, for a pair of models, say so of the first one.
    """
    if model.role or model.name.partition("__with_")[0].removesuffix("_nestml").endswith("synapse"):
        return model.role != "neuron"
    return any(call.arguments for handler in model.on_receive for call in emissions(handler))


def roles(model: Model) -> Roles:
    """Infer the roles of a synapse's ports.

    Raises
    ------
    CannotGenerate
        If no port, or more than one, can have a role; the hint says which line to write.
    """
    spike = [port for port in model.inputs if port.signal == "spike"]
    pre = _pre_port(model, spike)
    rest = [port for port in spike if port is not pre]
    modulatory = [port for port in rest if _is_modulatory(port)]
    post = [port for port in rest if port not in modulatory]
    if len(post) > 1:
        listed = ", ".join(port.name for port in post)
        others = "".join(f', "{port.name}": "modulatory"' for port in post[1:])
        line = f'nest.jit.configure("{model.name}", ports={{"{post[0].name}": "post"{others}}})'
        hint = f"write `{post[0].name} <- post spike`, and `mod spike` for the others, or {line}"
        raise CannotGenerate(PORTS, f"{listed}: which one receives the postsynaptic spikes?", post[1], hint)
    return Roles(
        pre=pre.name,
        post=post[0].name if post else "",
        modulatory=tuple(port.name for port in modulatory),
        continuous=tuple(port.name for port in model.inputs if port.signal == "continuous"),
        weight=weight_variable(model),
        delay=delay_variable(model),
    )


def _pre_port(model: Model, spike: list[InputPort]) -> InputPort:
    marked = [port for port in spike if "pre" in port.qualifiers]
    emitting = {handler.port for handler in model.on_receive if any(emissions(handler))}
    found = marked or [port for port in spike if port.name in emitting]
    others = [port for port in found if _is_post(port) or _is_modulatory(port)]
    if not marked and any(emissions(model)) and (len(found) != 1 or others):
        found = [port for port in spike if _PRE.search(port.name)] or found
    if len(found) == 1:
        return found[0]
    what = "no handler of a port emits a spike" if not found else "the handlers of several ports emit spikes"
    name = spike[0].name if spike else "pre_spikes"
    line = f'nest.jit.configure("{model.name}", ports={{"{name}": "pre"}})'
    hint = f"mark the presynaptic port: `{name} <- pre spike`, or {line}"
    raise CannotGenerate(PORTS, f"{model.name}: {what}", spike[0] if spike else model, hint)


def _is_post(port: InputPort) -> bool:
    return "post" in port.qualifiers or ("mod" not in port.qualifiers and bool(_POST.search(port.name)))


def _is_modulatory(port: InputPort) -> bool:
    return "mod" in port.qualifiers or (not _is_post(port) and bool(_MODULATORY.search(port.name)))


def assigned(handler: OnReceive) -> frozenset[str]:
    """Return the names of all variables that a handler assigns."""
    return frozenset(node.target.name for node in handler.walk() if isinstance(node, Assignment))
