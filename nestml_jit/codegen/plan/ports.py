"""The channels of a neuron's ring buffer, where its input waits."""

from __future__ import annotations

from nestml_jit.codegen.model.effects import ignores_zero
from nestml_jit.codegen.model.names import vector_of
from nestml_jit.codegen.model.normal import Normal


def channels(normal: Normal) -> dict[str, int]:
    """Return the ring channel of each port: spike ports, continuous ports, then `count(port)` channels."""
    names = [port.name for port in normal.ports.values() if port.signal == "spike"]
    names += [port.name for port in normal.ports.values() if port.signal != "spike"]
    names += [count(name) for name in counted_ports(normal)]
    return {name: channel for channel, name in enumerate(names)}


def counted_ports(normal: Normal) -> tuple[str, ...]:
    """Return the ports whose handler must know the number of events, not only their sum."""
    loud = {item.port for item in normal.on_receive if not ignores_zero(item, normal.ports)}
    return tuple(name for name in normal.ports if vector_of(name) in loud)


def arrived(port: str) -> str:
    """Return the name of the sum of the weights that arrive at a port in the step."""
    return f"in({port})"


def count(port: str) -> str:
    """Return the name of the number of events that arrive at a port in the step."""
    return f"count({port})"
