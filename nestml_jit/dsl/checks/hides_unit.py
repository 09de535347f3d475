"""A variable with the name of a unit hides that unit.

Behind a number the unit is meant all the same, but in `3 mV / s` the variable `s` would be.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import warning
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.symbols import model_symbols
from nestml_jit.dsl.units import is_unit_name
from nestml_jit.errors import Diagnostic

CODES = ("W0201",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield variables named like units of electrophysiology, or like others that the model uses."""
    used = {node.name for node in facts.model.walk() if isinstance(node, ast.UnitName)}
    for symbol in model_symbols(facts.model):
        if is_unit_name(symbol.name) and (symbol.name in COMMON or symbol.name in used):
            message = f"the variable `{symbol.name}` hides the unit of that name"
            yield warning("W0201", message, symbol.span, "rename the variable")


COMMON = frozenset("s ms us ns V mV uV A nA pA uA S nS uS mS F pF nF uF Ohm kOhm MOhm GOhm Hz kHz Bq".split())
