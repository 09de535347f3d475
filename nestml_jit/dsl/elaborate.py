"""Types of a whole model and its lowered form, in one walk: declarations, equations, statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.elaborate_call import ExpressionElaborator
from nestml_jit.dsl.elaborate_expression import Typed, scaled, with_article
from nestml_jit.dsl.predefined import Signature
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.symbols import Scope, Symbol, declared_symbol, kernel_names, safe_kind, symbol_table
from nestml_jit.dsl.types import ERROR, REAL, VOID, Kind, castable, derivative, factor, quantity
from nestml_jit.errors import Diagnostic


@dataclass
class Elaboration:
    """The result of the walk: types, scopes, problems and the lowered model.

    Attributes
    ----------
    lowered
        The model with all quantities as numbers in storage units.
    problems
        Mistakes of types and units; codes beginning with W are warnings.
    symbols
        The symbol of each name of the model.
    scopes
        The scope in which each statement's expressions are read, by the statement's identity.
    """

    lowered: ast.Model
    problems: list[Diagnostic]
    symbols: dict[str, Symbol]
    scopes: dict[int, Scope] = field(default_factory=dict)


def elaborate(model: ast.Model) -> Elaboration:
    """Type and lower a model."""
    walk = _Walk(model)
    lowered = walk.model()
    return Elaboration(lowered, walk.problems, walk.table, walk.scopes)


def signatures(model: ast.Model) -> dict[str, Signature]:
    """Return the signatures of a model's own functions."""
    return {
        item.name: Signature(tuple(safe_kind(formal.type) for formal in item.parameters), _returned(item))
        for item in model.functions
    }


def _returned(function: ast.Function) -> Kind:
    return VOID if function.returns == ast.BasicType("void") else safe_kind(function.returns)


def _constants(model: ast.Model) -> dict[str, ast.Expression]:
    declarations = (*model.parameters, *model.internals)
    return {item.name: item.value for item in declarations if item.value is not None}


class _Walk:
    """One walk over one model."""

    def __init__(self, source: ast.Model) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []
        self.scopes: dict[int, Scope] = {}
        self.table = symbol_table(source)
        self._kernels = kernel_names(source)
        self._scope = Scope(self.table)
        self._types = ExpressionElaborator(signatures(source), _constants(source), self.report)
        self._returns = VOID

    def report(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Note a problem."""
        severity = "warning" if code.startswith("W") else "error"
        self.problems.append(Diagnostic(code, severity, message, span, hint))

    def model(self) -> ast.Model:
        """Return the lowered model."""
        source = self.source
        return replace(
            source,
            state=self._declarations(source.state, self._scope),
            parameters=self._declarations(source.parameters, self._scope),
            internals=self._declarations(source.internals, self._scope),
            equations=tuple(self._equation(item) for item in source.equations),
            inputs=tuple(self._port(item) for item in source.inputs),
            update=None if source.update is None else self._block(source.update, self._scope),
            on_receive=tuple(
                replace(item, body=self._block(item.body, self._scope)) for item in source.on_receive
            ),
            on_condition=tuple(self._on_condition(item) for item in source.on_condition),
            functions=tuple(self._function(item) for item in source.functions),
        )

    # --- declarations ---

    def _declarations(self, items: Iterable[ast.Declaration], scope: Scope) -> tuple[ast.Declaration, ...]:
        """Lower declarations; a mistake that several names share is reported once."""
        made: list[ast.Declaration] = []
        last: Span | None = None
        for item in items:
            before = len(self.problems)
            made.append(self._declaration(item, scope))
            if item.span == last:
                del self.problems[before:]
            last = item.span
        return tuple(made)

    def _declaration(self, item: ast.Declaration, scope: Scope) -> ast.Declaration:
        kind = self._kind(item.type)
        size = self._types.elaborate(item.size, scope).node if item.size is not None else None
        kind = replace(kind, vector=item.size is not None)
        value = item.value
        if value is not None:
            typed = self._types.elaborate(value, scope)
            value = self._types.cast(typed, kind, value.span, f"the value of `{item.name}`")
        guard = item.guard
        if guard is not None:
            typed = self._types.elaborate(guard, scope)
            if typed.kind.name not in ("boolean", "error"):
                self.report(
                    "E0309",
                    f"a guard is a boolean, not {typed.kind}",
                    guard.span,
                    "compare it, as in `x > 0`",
                )
            elif item.size is None:
                self._types.is_single(typed.kind, guard.span, "a guard")
            guard = typed.node
        return replace(item, size=size, value=value, guard=guard)

    def _kind(self, declared: ast.Type) -> Kind:
        if isinstance(declared, ast.UnitType) and self._types.unit(declared.expression).is_error:
            return ERROR
        return safe_kind(declared)

    def _port(self, item: ast.InputPort) -> ast.InputPort:
        if item.type is not None:
            self._kind(item.type)
        size = self._types.elaborate(item.size, self._scope).node if item.size is not None else None
        return replace(item, size=size)

    # --- equations ---

    def _equation(self, item: ast.Ode | ast.Inline | ast.Kernel) -> ast.Ode | ast.Inline | ast.Kernel:
        if isinstance(item, ast.Inline):
            typed = self._types.elaborate(item.value, self._scope)
            what = f"the value of `{item.name}`"
            return replace(item, value=self._types.cast(typed, self._kind(item.type), item.value.span, what))
        if isinstance(item, ast.Ode):
            return self._ode(item)
        return replace(item, equations=tuple(self._kernel(ode) for ode in item.equations))

    def _ode(self, item: ast.Ode) -> ast.Ode:
        typed = self._types.elaborate(item.value, self._scope)
        symbol = self.table.get(item.name)
        if symbol is None or symbol.role != "state" or item.order == 0 or typed.kind.is_error:
            return replace(item, value=typed.node)
        if not symbol.vector and not self._types.is_single(
            typed.kind, item.value.span, f"the right-hand side of `{item.name}`"
        ):
            return replace(item, value=typed.node)
        target = derivative(symbol.kind, item.order)
        if not castable(typed.kind, target):
            primes = "'" * item.order
            left, right = with_article(target), with_article(typed.kind)
            message = f"`{item.name}{primes}` is {left}, but its right-hand side is {right}"
            self.report(
                "E0310",
                message,
                item.value.span,
                "check the formula; the unit is that of the variable per time",
            )
        return replace(item, value=scaled(typed.node, factor(typed.kind, target)))

    def _kernel(self, ode: ast.Ode) -> ast.Ode:
        """Lower a kernel's equation; its variables are numbers, though they change per time."""
        before = len(self.problems)
        typed = self._types.elaborate(ode.value, self._scope)
        self.problems[before:] = [item for item in self.problems[before:] if item.code != "W0301"]
        kind = typed.kind
        fits = kind.is_error or (kind.numeric and (ode.order > 0 or kind.plain))
        if ode.order > 0 and kind.numeric and not kind.plain:
            fits = all(name == "s" and power < 0 for name, power in kind.unit.dimensions)
        if not fits:
            needed = (
                "a number without unit"
                if ode.order == 0
                else f"a number per time to the power of {ode.order}"
            )
            message = f"the kernel `{ode.name}` is {needed}, not {with_article(kind)}"
            self.report("E0311", message, ode.value.span, "divide by a quantity of the same unit")
        return replace(ode, value=typed.node)

    # --- handlers and functions ---

    def _on_condition(self, item: ast.OnCondition) -> ast.OnCondition:
        condition = self._types.condition(
            self._types.elaborate(item.condition, self._scope), item.condition.span
        )
        return replace(item, condition=condition, body=self._block(item.body, self._scope))

    def _function(self, item: ast.Function) -> ast.Function:
        for formal in item.parameters:
            self._kind(formal.type)
        self._returns = VOID if _returned(item) == VOID else self._kind(item.returns)
        scope = self._scope.inner()
        scope.add(declared_symbol(formal, "formal") for formal in item.parameters)
        body = self._block(item.body, scope)
        self._returns = VOID
        return replace(item, body=body)

    # --- statements ---

    def _block(self, statements: Iterable[ast.Statement], outer: Scope) -> tuple[ast.Statement, ...]:
        scope = outer.inner()
        return tuple(self._statement(item, scope) for item in statements)

    def _statement(self, item: ast.Statement, scope: Scope) -> ast.Statement:
        self.scopes[id(item)] = scope.snapshot()
        method: Callable[[ast.Statement, Scope], ast.Statement]
        method = getattr(self, f"_{type(item).__name__.lower()}_statement")
        return method(item, scope)

    def _declaration_statement(self, item: ast.Declaration, scope: Scope) -> ast.Statement:
        made = self._declaration(item, scope)
        scope.add([declared_symbol(item, "local")])
        return made

    def _assignment_statement(self, item: ast.Assignment, scope: Scope) -> ast.Statement:
        symbol = scope.find(item.target.name)
        value = self._types.elaborate(item.value, scope)
        if symbol is None:
            return replace(item, value=value.node)
        target = self._types.elaborate(item.target, scope)
        assert isinstance(target.node, ast.Name)
        kind = target.kind
        if symbol.role in ("state", "local", "parameter", "internal", "inline") and not kind.is_error:
            node = self._assigned(item, value, kind, scope)
        else:
            node = value.node
        return replace(item, target=target.node, value=node)

    def _assigned(self, item: ast.Assignment, value: Typed, kind: Kind, scope: Scope) -> ast.Expression:
        what = f"the value assigned to `{item.target.name}`"
        if item.operator == "=" or (item.operator == "+=" and kind.name == "string"):
            return self._types.cast(value, kind, item.value.span, what)
        if value.kind.is_error:
            return value.node
        if not kind.numeric or not value.kind.numeric:
            message = (
                f"`{item.operator}` is not defined for {with_article(kind)} and {with_article(value.kind)}"
            )
            self.report("E0303", message, item.span)
            return value.node
        if not kind.vector and not self._types.is_single(value.kind, item.value.span, what):
            return value.node
        if item.operator in ("+=", "-="):
            return self._types.cast(value, kind, item.value.span, what)
        if not value.kind.unit.dimensionless and kind.name != "real":
            result = quantity(
                kind.unit * value.kind.unit if item.operator == "*=" else kind.unit / value.kind.unit
            )
            self._types.cast(
                Typed(result, value.node), kind, item.value.span, f"the result of `{item.operator}`"
            )
            return value.node
        integral = value.kind.name == "integer" and item.operator != "/="
        if kind.name == "integer" and not integral and item.operator != "//=":
            message = f"`{item.operator}` makes a real number, which loses its fraction as an integer"
            self.report(
                "W0304", message, item.value.span, f"declare `{item.target.name}` as `real`, or use `//=`"
            )
        if item.operator == "//=" and kind.name == value.kind.name == "integer":
            self._types.check_divisor(item.value, scope)
        return scaled(value.node, factor(value.kind, REAL))

    def _callstatement_statement(self, item: ast.CallStatement, scope: Scope) -> ast.Statement:
        typed = self._types.elaborate(item.call, scope)
        assert isinstance(typed.node, ast.Call)
        return replace(item, call=typed.node)

    def _return_statement(self, item: ast.Return, scope: Scope) -> ast.Statement:
        if item.value is None:
            if self._returns.name not in ("void", "error"):
                message = f"this function returns {with_article(self._returns)}, not nothing"
                self.report("E0312", message, item.span, "write `return` and the value")
            return item
        typed = self._types.elaborate(item.value, scope)
        if self._returns.name == "void":
            self.report("E0312", "nothing is returned here", item.value.span, "write only `return`")
            return replace(item, value=typed.node)
        return replace(
            item, value=self._types.cast(typed, self._returns, item.value.span, "the returned value")
        )

    def _if_statement(self, item: ast.If, scope: Scope) -> ast.Statement:
        branches = []
        for branch in item.branches:
            condition = branch.condition
            if condition is not None:
                condition = self._types.condition(self._types.elaborate(condition, scope), condition.span)
            branches.append(replace(branch, condition=condition, body=self._block(branch.body, scope)))
        return replace(item, branches=tuple(branches))

    def _while_statement(self, item: ast.While, scope: Scope) -> ast.Statement:
        condition = self._types.condition(self._types.elaborate(item.condition, scope), item.condition.span)
        return replace(item, condition=condition, body=self._block(item.body, scope))

    def _for_statement(self, item: ast.For, scope: Scope) -> ast.Statement:
        symbol = scope.find(item.variable)
        kind = symbol.kind if symbol is not None else ERROR
        if not kind.numeric and not kind.is_error:
            self.report("E0313", f"the loop variable `{item.variable}` is no number", item.name_span)
            kind = ERROR
        start, stop, step = (
            self._bound(getattr(item, name), kind, scope, f"the {name}") for name in ("start", "stop", "step")
        )
        return replace(item, start=start, stop=stop, step=step, body=self._block(item.body, scope))

    def _bound(self, node: ast.Expression, kind: Kind, scope: Scope, what: str) -> ast.Expression:
        typed = self._types.elaborate(node, scope)
        if kind.name == "integer" and typed.kind.numeric and typed.kind.name != "integer":
            message = f"{what} of an integer loop is an integer, not {with_article(typed.kind)}"
            self.report("E0313", message, node.span)
            return typed.node
        return self._types.cast(typed, kind, node.span, f"{what} of the loop")
