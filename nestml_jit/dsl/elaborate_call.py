"""Types and lowered forms of calls."""

from __future__ import annotations

from dataclasses import replace

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.elaborate_expression import OperatorElaborator, Report, Typed, scaled, with_article
from nestml_jit.dsl.predefined import FUNCTIONS, Signature
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.symbols import Scope
from nestml_jit.dsl.types import ERROR, INTEGER, REAL, VOID, Kind, factor
from nestml_jit.functions import RANDOM


class ExpressionElaborator(OperatorElaborator):
    """Types and lowers all expressions of one model.

    Parameters
    ----------
    functions
        The signatures of the model's own functions.
    constants, report
        See `OperatorElaborator`.
    """

    def __init__(
        self, functions: dict[str, Signature], constants: dict[str, ast.Expression], report: Report
    ) -> None:
        super().__init__(constants, report)
        self._functions = functions

    def _call(self, node: ast.Call, scope: Scope) -> Typed:
        if node.name in ("integrate_odes", "convolve"):
            return self._special(node, scope)
        arguments = [self.elaborate(item, scope) for item in node.arguments]
        lowered = replace(node, arguments=tuple(item.node for item in arguments))
        signature = self._functions.get(node.name) or FUNCTIONS.get(node.name)
        if signature is None:
            return Typed(ERROR, lowered)
        count = len(signature.parameters)
        if not count - signature.optional <= len(arguments) <= count:
            if node.name != "emit_spike":
                expected = f"{count} argument{'s' if count != 1 else ''}"
                message = f"`{node.name}` takes {expected}, not {len(arguments)}"
                self.report("E0307", message, node.span, _usage(node.name, signature))
            return Typed(signature.returns or ERROR, lowered)
        kind, nodes = self._arguments(node, signature, arguments)
        if node.name == "pow" and arguments[0].kind.name == "unit":
            power = ast.Binary("**", *node.arguments, span=node.span)
            kind = self.power(power, arguments[0], arguments[1], scope)
        return Typed(kind, replace(lowered, arguments=tuple(nodes)))

    def _special(self, node: ast.Call, scope: Scope) -> Typed:
        """Type `integrate_odes` and `convolve`, whose arguments are names with rules of their own."""
        if node.name == "integrate_odes":
            return Typed(VOID, node)
        if len(node.arguments) == 2 and all(isinstance(item, ast.Name) for item in node.arguments):
            return Typed(REAL, node)
        for item in node.arguments:
            self.elaborate(item, scope)
        return Typed(REAL, node)

    def _arguments(
        self, node: ast.Call, signature: Signature, arguments: list[Typed]
    ) -> tuple[Kind, list[ast.Expression]]:
        template: Kind | None = None
        nodes: list[ast.Expression] = []
        for position, (value, target) in enumerate(zip(arguments, signature.parameters, strict=False)):
            what = f"argument {position + 1} of `{node.name}`"
            span = node.arguments[position].span
            if target is not None:
                nodes.append(self.cast(value, target, span, what))
            elif template is None or template.is_error:
                template = self._template(value.kind, what, span)
                nodes.append(value.node)
            else:
                nodes.append(self._same(value, template, what, span))
                template = REAL if template.name == "integer" and value.kind.name == "real" else template
        if node.name in RANDOM and template == INTEGER:
            template = REAL
        return signature.returns or template or ERROR, nodes

    def _template(self, kind: Kind, what: str, span: Span) -> Kind:
        if kind.is_error or (kind.numeric and self.is_single(kind, span, what)):
            return kind
        if kind.numeric:
            return ERROR
        self.report("E0308", f"{what} must be a number, not {with_article(kind)}", span, "")
        return ERROR

    def _same(self, value: Typed, template: Kind, what: str, span: Span) -> ast.Expression:
        kind = value.kind
        if kind.is_error or not self.is_single(kind, span, what):
            return value.node
        if not kind.numeric or kind.unit.dimensions != template.unit.dimensions:
            hint = f"write it in {template}" if template.name == "unit" else "all arguments need one type"
            self.report(
                "E0308", f"{what} is {with_article(kind)}, the first one {with_article(template)}", span, hint
            )
            return value.node
        return scaled(value.node, factor(kind, template))


def _usage(name: str, signature: Signature) -> str:
    inside = ", ".join("x" if kind is None else str(kind) for kind in signature.parameters)
    return f"write `{name}({inside})`"
