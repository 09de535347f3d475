"""The run of all checks over a model, and the order of their findings."""

from __future__ import annotations

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks import RULES
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.parser import ParsedText
from nestml_jit.errors import Diagnostic


def check_model(model: ast.Model) -> list[Diagnostic]:
    """Return the errors and warnings of one model, in the order of its text."""
    facts = ModelFacts(model)
    found = [item for rule in RULES for item in rule.check(facts)]
    return sorted(dict.fromkeys(found), key=_place)


def check_source(source: ParsedText) -> list[Diagnostic]:
    """Return the errors and warnings of a whole text, with file names and source lines."""
    found = list(source.diagnostics)
    lines = source.text.split("\n")
    seen: dict[str, int] = {}
    for model in source.models:
        first = seen.setdefault(model.name, model.span.line)
        if first != model.span.line:
            message = f"a second model `{model.name}`; the first is in line {first}"
            found.append(Diagnostic("E0202", "error", message, model.name_span, "rename one of them"))
        found += check_model(model)
    return [item.located(source.filename, lines) for item in sorted(found, key=_place)]


def _place(item: Diagnostic) -> tuple[int, int]:
    return item.span.line, item.span.column
