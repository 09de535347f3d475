"""`integrate_odes` takes names of state variables that have an equation."""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error, similar
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0409",)


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield other arguments."""
    known = {ode.name for ode in facts.odes}
    for call, root in facts.calls():
        for item in call.arguments if call.name == "integrate_odes" else ():
            if not isinstance(item, ast.Name):
                yield error(
                    "E0409", "`integrate_odes` takes names of variables", item.span, "name variables only"
                )
            elif item.order:
                hint = f"write `{item.name}`; its derivatives go with it"
                yield error("E0409", "`integrate_odes` takes no derivatives", item.span, hint)
            elif item.name not in known and root.scope.find(item.name) is not None:
                message = f"`{item.name}` has no equation to integrate"
                yield error("E0409", message, item.span, similar(item.name, known) or "leave it out")
