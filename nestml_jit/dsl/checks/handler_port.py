"""A handler names a spike port of the model."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error, similar
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0508",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield handlers of anything else."""
    ports = {item.name: item.signal for item in facts.model.inputs}
    for handler in facts.model.on_receive:
        if handler.port not in ports:
            hint = similar(handler.port, ports) or f"declare `{handler.port} <- spike` in `input`"
            yield error("E0508", f"there is no input port `{handler.port}`", handler.name_span, hint)
        elif ports[handler.port] != "spike":
            message = f"`{handler.port}` is a continuous port and receives no events"
            yield error("E0508", message, handler.name_span, "read it in `update` instead")
