"""A port has at most one qualifier, and only spike ports have one."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0511",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield ports with more."""
    for port in facts.model.inputs:
        if len(port.qualifiers) > 1:
            words = " ".join(port.qualifiers)
            message = f"`{port.name}` has more than one qualifier: {words}"
            hint = "without a qualifier, a port takes excitatory and inhibitory spikes"
            yield error("E0511", message, port.span, hint)
        elif port.qualifiers and port.signal != "spike":
            yield error("E0511", f"the continuous port `{port.name}` has a qualifier", port.span, "remove it")
