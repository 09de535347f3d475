"""Every function that is called is declared or predefined."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl.checks.report import error, similar
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.predefined import FUNCTIONS
from nestml_jit.errors import Diagnostic

CODES = ("E0602",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield calls of unknown functions."""
    known = {item.name for item in facts.model.functions} | set(FUNCTIONS)
    reported: set[str] = set()
    for call, _ in facts.calls():
        if call.name not in known and call.name not in reported:
            reported.add(call.name)
            yield error(
                "E0602", f"there is no function `{call.name}`", call.name_span, _hint(facts, call.name, known)
            )


_ELSEWHERE = {
    "log": "`ln` is the natural logarithm, `log10` the decimal one",
    "sqrt": "write `x**0.5`",
    "Heaviside": "write `x > 0 ? 1 : 0`",
    "sign": "write `x > 0 ? 1 : (x < 0 ? -1 : 0)`",
    "fabs": "write `abs(x)`",
}


def _hint(facts: ModelFacts, name: str, known: set[str]) -> str:
    symbol = facts.symbols.get(name)
    if symbol is not None and symbol.role == "state":
        return f"a delayed value is written `{name}(t - d)`"
    return _ELSEWHERE.get(name) or similar(name, known) or "declare it: `function name(a real) real:`"
