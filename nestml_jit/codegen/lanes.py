"""Statements of a model as the body of a loop over the lanes of a tile.

A *branchless* body turns every `if` into selects, so that the compiler computes all lanes at once;
an ordinary body keeps the control flow and may have effects. Columns are loaded when the body
begins and stored when it ends; in between they are local variables.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nestml_jit.codegen.cpp import Printer, identifier, variable
from nestml_jit.codegen.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.dsl.tree import (
    Assignment,
    BasicType,
    Binary,
    Boolean,
    Call,
    CallStatement,
    Declaration,
    Expression,
    For,
    If,
    Literal,
    Name,
    Node,
    Return,
    Statement,
    Ternary,
    Unary,
    While,
)

_INTEGRAL_CALLS = frozenset({"steps", "ceil", "floor", "round", "random_poisson"})


@dataclass(frozen=True)
class Surroundings:
    """What a body needs to know of the model and the place where it stands.

    Attributes
    ----------
    types
        "real", "integer" or "boolean" per variable.
    fixed
        C++ text of names that are not columns, such as `t`.
    integrate
        Variables and new values for `integrate_odes(arguments)`, given a function that turns a
        variable or internal into text.
    effect
        C++ lines of a call for its effect, None if there is no such function.
    source
        Name of the model, for comments that point back to its text.
    """

    types: Mapping[str, str]
    fixed: Mapping[str, str]
    integrate: Callable[[Call, Body], dict[str, str]]
    effect: Callable[[Call, Body], list[str] | None]
    source: str
    functions: Mapping[str, str] = field(default_factory=dict)


class Body:
    """Collects the C++ lines of one loop body."""

    def __init__(self, around: Surroundings, branchless: bool, step: str = "h") -> None:
        self.around = around
        self.branchless = branchless
        self.lines: list[str] = []
        self.loaded: dict[str, None] = {}
        self.stored: dict[str, None] = {}
        self.defined: dict[str, None] = {}
        self.locals: dict[str, tuple[str, str]] = {}
        self.counter = 0
        self.indent = 0
        functions = dict(around.functions)
        self.show = Printer(self._resolve, step, branchless=branchless, functions=functions)

    # --- variables ------------------------------------------------------------------------------

    def value(self, name: str) -> str:
        """Return the text of a variable, which is loaded at the beginning of the body."""
        if name not in self.defined:
            self.loaded[name] = None
        return variable(name)

    def _resolve(self, node: Name) -> str:
        if node.index is not None or node.delay is not None:
            raise CannotGenerate(UNSUPPORTED, "vectors and delayed variables are not supported yet", node)
        if node.name in self.locals:
            return self.locals[node.name][0]
        if node.name in self.around.fixed:
            return self.around.fixed[node.name]
        if node.name not in self.around.types:
            raise CannotGenerate(UNSUPPORTED, f"there is no variable {node.name}", node)
        return self.value(node.name)

    def define(self, name: str, text: str) -> None:
        """Introduce a variable that is not loaded from a column."""
        self.defined[name] = None
        self.add(f"[[maybe_unused]] double {variable(name)} = {text};")

    def set(self, name: str, text: str) -> None:
        """Assign a column's variable."""
        self.value(name)
        self.stored[name] = None
        self.add(f"{variable(name)} = {text};")

    def fresh(self, prefix: str) -> str:
        """Return a name for a C++ variable that the body does not have yet."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def add(self, line: str) -> None:
        """Append a line."""
        self.lines.append("  " * self.indent + line)

    def comment(self, node: Node) -> None:
        """Append a comment that points back to the model's text."""
        if node.span.line:
            self.add(f"// {self.around.source}:{node.span.line}")

    # --- types ----------------------------------------------------------------------------------

    def type_of(self, name: str) -> str:
        """Type of a variable or local."""
        return self.locals[name][1] if name in self.locals else self.around.types.get(name, "real")

    def is_integral(self, node: Expression) -> bool:
        """Whether an expression is an integer (or boolean) by its type."""
        if isinstance(node, Literal):
            return isinstance(node.value, int)
        if isinstance(node, Boolean):
            return True
        if isinstance(node, Name):
            return self.type_of(node.name) in ("integer", "boolean")
        if isinstance(node, Unary):
            return self.is_integral(node.operand)
        if isinstance(node, Binary):
            if node.operator in ("/", "**"):
                return False
            if node.operator in ("+", "-", "*"):
                return self.is_integral(node.left) and self.is_integral(node.right)
            return True
        if isinstance(node, Ternary):
            return self.is_integral(node.if_true) and self.is_integral(node.if_false)
        if isinstance(node, Call):
            if node.name in ("min", "max", "abs", "clip"):
                return all(self.is_integral(item) for item in node.arguments)
            return node.name in _INTEGRAL_CALLS
        return False

    def converted(self, value: Expression, type_: str) -> str:
        """Return the text of a value as it is stored in a variable of a type."""
        if type_ == "integer" and not self.is_integral(value):
            return f"std::trunc({self.show(value)})"
        return self.show(value)

    # --- statements -----------------------------------------------------------------------------

    def statements(self, body: tuple[Statement, ...], mask: str = "") -> None:
        """Append statements; a branchless body applies them in lanes where `mask` holds."""
        outer = dict(self.locals)
        for item in body:
            self.comment(item)
            self._statement(item, mask)
        self.locals = outer

    def _statement(self, item: Statement, mask: str) -> None:
        if isinstance(item, Assignment):
            self._assign(item, mask)
        elif isinstance(item, Declaration):
            self._declare(item)
        elif isinstance(item, If):
            self._if_branchless(item, mask) if self.branchless else self._if(item)
        elif isinstance(item, CallStatement):
            self._call(item.call, mask)
        elif isinstance(item, While):
            self._block(f"while ({self.show(item.condition)})", item.body)
        elif isinstance(item, For):
            self._for(item)
        else:
            assert isinstance(item, Return)
            raise CannotGenerate(UNSUPPORTED, "return is not supported here", item)

    def _assign(self, item: Assignment, mask: str) -> None:
        target = item.target.name
        value = item.value
        if item.operator != "=":
            value = Binary(item.operator[:-1], item.target, value, span=item.span)
        text = self.converted(value, self.type_of(target))
        if target in self.locals:
            name = self.locals[target][0]
            self.add(f"{name} = {_select(mask, text, name)};")
        else:
            self.set(target, _select(mask, text, self._resolve(item.target)))

    def assign_fixed(self, item: Statement) -> None:
        """Append an assignment to a variable whose text the surroundings give."""
        assert isinstance(item, Assignment)
        value = item.value
        if item.operator != "=":
            value = Binary(item.operator[:-1], item.target, value, span=item.span)
        text = self.converted(value, self.type_of(item.target.name))
        self.add(f"{self._resolve(item.target)} = {text};")

    def _declare(self, item: Declaration) -> None:
        type_ = item.type.name if isinstance(item.type, BasicType) else "real"
        if item.size is not None or type_ == "string":
            raise CannotGenerate(
                UNSUPPORTED, f"{item.name}: local vectors and texts are not supported yet", item
            )
        value = item.value if item.value is not None else Literal(0)
        text = self.converted(value, type_)
        name = self.fresh(f"l_{identifier(item.name)}_")
        self.locals[item.name] = (name, type_)
        self.add(f"[[maybe_unused]] {'bool' if type_ == 'boolean' else 'double'} {name} = {text};")

    def _call(self, call: Call, mask: str) -> None:
        if call.name == "integrate_odes":
            updates = self._updates(call)
            self._integrate({name: [mask] for name in updates}, updates)
            return
        lines = self.around.effect(call, self)
        if lines is None:
            raise CannotGenerate(UNSUPPORTED, f"{call.name}() is not supported here", call)
        for line in lines:
            self.add(line)

    # --- integration ----------------------------------------------------------------------------

    def _updates(self, call: Call) -> dict[str, str]:
        return self.around.integrate(call, self)

    def _integrate(self, masks: dict[str, list[str]], updates: dict[str, str]) -> None:
        """Compute all new values from the old ones, then assign them where one of the masks holds."""
        fresh = {name: self.fresh(f"n_{identifier(name)}_") for name in updates}
        for name, text in updates.items():
            self.add(f"const double {fresh[name]} = {text};")
        for name in updates:
            mask = "" if "" in masks[name] else " | ".join(masks[name])
            self.set(name, _select(f"({mask})" if "|" in mask else mask, fresh[name], self.value(name)))

    def _if_branchless(self, item: If, mask: str) -> None:
        left = mask
        masks: list[str] = []
        for branch in item.branches:
            if branch.condition is None:
                masks.append(left)
                break
            condition = self.fresh("m")
            text = self.show.atom(branch.condition)
            self.add(f"const bool {condition} = {f'{left} & {text}' if left else text};")
            masks.append(condition)
            if branch is not item.branches[-1]:
                rest = self.fresh("m")
                self.add(f"const bool {rest} = {f'{left} & !{condition}' if left else f'!{condition}'};")
                left = rest
        self._branches(item, masks, mask)

    def _branches(self, item: If, masks: list[str], mask: str) -> None:
        if not self._only_integrates(item):
            for branch, condition in zip(item.branches, masks, strict=True):
                self.statements(branch.body, condition)
            return
        updates: dict[str, str] = {}
        where: dict[str, list[str]] = {}
        for branch, condition in zip(item.branches, masks, strict=True):
            statement = branch.body[0]
            assert isinstance(statement, CallStatement)
            self.comment(statement)
            for name, text in self._updates(statement.call).items():
                updates[name] = text
                where.setdefault(name, []).append(condition)
        complete = item.branches[-1].condition is None
        for name, found in where.items():
            if complete and len(found) == len(item.branches):
                where[name] = [mask]
        self._integrate(where, updates)

    def _only_integrates(self, item: If) -> bool:
        return all(
            len(branch.body) == 1
            and isinstance(branch.body[0], CallStatement)
            and branch.body[0].call.name == "integrate_odes"
            for branch in item.branches
        )

    # --- control flow ---------------------------------------------------------------------------

    def _if(self, item: If) -> None:
        for index, branch in enumerate(item.branches):
            word = "else " if index else ""
            head = f"{word}if ({self.show(branch.condition)})" if branch.condition is not None else "else"
            self._block(head, branch.body)

    def _for(self, item: For) -> None:
        variable = self._resolve(Name(item.variable, span=item.span))
        step = self.show(item.step)
        if item.variable not in self.locals:
            self.stored[item.variable] = None
        stop = self.show.atom(item.stop)
        going = f"{step} > 0.0 ? {variable} < {stop} : {variable} > {stop}"
        head = f"for ({variable} = {self.show(item.start)}; {going}; {variable} += {step})"
        self._block(head, item.body)

    def _block(self, head: str, body: tuple[Statement, ...]) -> None:
        self.add(head + " {")
        self.indent += 1
        self.statements(body)
        self.indent -= 1
        self.add("}")


def _select(mask: str, text: str, old: str) -> str:
    return f"{mask} ? {text} : {old}" if mask else text


def replaced(around: Surroundings, **changes: object) -> Surroundings:
    """Return the surroundings with some attributes replaced."""
    return dataclasses.replace(around, **changes)  # type: ignore[arg-type]
