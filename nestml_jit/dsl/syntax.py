"""From lark's parse tree to the syntax tree; old forms become those of NESTML 9 on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.lexer import Comment
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.syntax_expression import MAX_DEPTH, Branch, ExpressionBuilder, span_of, text_of
from nestml_jit.errors import Diagnostic
from nestml_jit.kinds import Signal

_SINGLE = ("state", "parameters", "internals", "equations", "input", "output", "update")


def build(
    start: Branch, comments: Sequence[Comment], text: str
) -> tuple[tuple[ast.Model, ...], list[Diagnostic]]:
    """Build the models of a parsed text.

    Parameters
    ----------
    start
        The parse tree of lark.
    comments
        All comments of the text, in order.
    text
        The text itself, of which guards are quoted.

    Returns
    -------
    tuple
        The models, and diagnostics: deprecated forms, numbers out of range.
    """
    deep = _too_deep(start)
    if deep:
        return (), [deep]
    models: list[ast.Model] = []
    diagnostics: list[Diagnostic] = []
    attached = _Comments(comments)
    for branch in _branches(start):
        builder = _ModelBuilder(branch, attached, text.split("\n"))
        models.append(builder.model())
        diagnostics += builder.diagnostics
    return tuple(models), diagnostics


def _too_deep(start: Branch) -> Diagnostic | None:
    stack: list[tuple[Branch, int]] = [(start, 0)]
    while stack:
        branch, depth = stack.pop()
        if depth > MAX_DEPTH:
            message = f"this is nested more than {MAX_DEPTH} levels deep"
            return Diagnostic("E0105", "error", message, span_of(branch), "name parts of the expression")
        stack += [(child, depth + 1) for child in _branches(branch)]
    return None


def _branches(branch: Branch) -> Iterator[Branch]:
    return (child for child in branch.children if hasattr(child, "data"))


def _of(branch: Branch, *kinds: str) -> Iterator[Branch]:
    return (child for child in _branches(branch) if child.data in kinds)


def _inside(blocks: Sequence[Branch], kind: str) -> Iterator[Branch]:
    """Yield the lines of all blocks of one kind."""
    return (item for block in blocks if block.data == kind for item in _branches(block))


class _Comments:
    """The comments of a text by the line that they belong to."""

    def __init__(self, comments: Sequence[Comment]) -> None:
        self._alone = {item.line: item.text for item in comments if item.own_line}
        self._beside = {item.line: item.text for item in comments if not item.own_line}

    def above(self, line: int) -> list[str]:
        """Return the comment lines that end directly above a line."""
        found = []
        while (line := line - 1) in self._alone:
            found.append(self._alone[line])
        return [_stripped(text) for text in reversed(found)]

    def attached(self, first: int, last: int) -> tuple[str, ...]:
        """Return the comments directly above the first line and beside the lines up to the last."""
        beside = [self._beside[line] for line in range(first, last + 1) if line in self._beside]
        return (*self.above(first), *map(_stripped, beside))


def _stripped(text: str) -> str:
    return text.removeprefix(" ")


class _ModelBuilder(ExpressionBuilder):
    """Builds one model."""

    def __init__(self, branch: Branch, comments: _Comments, lines: list[str]) -> None:
        super().__init__(*_declared(branch))
        self._branch = branch
        self._comments = comments
        self._lines = lines

    def model(self) -> ast.Model:
        """Return the model; several blocks of one kind are reported and merged."""
        name = self._branch.children[0]
        blocks = list(_branches(self._branch))
        self._report_duplicates(blocks)
        span = span_of(self._branch)
        doc = self._comments.above(span.line)
        return ast.Model(
            name=str(name),
            docstring="\n".join(doc),
            state=self._declarations(blocks, "state"),
            parameters=self._declarations(blocks, "parameters"),
            internals=self._declarations(blocks, "internals"),
            equations=tuple(self._equation(item) for item in _inside(blocks, "equations")),
            inputs=tuple(self._port(item) for item in _inside(blocks, "input")),
            outputs=tuple(self._emission(item) for item in _inside(blocks, "output")),
            update=self._update(blocks),
            on_receive=tuple(self._on_receive(item) for item in _of(self._branch, "on_receive")),
            on_condition=tuple(self._on_condition(item) for item in _of(self._branch, "on_condition")),
            functions=tuple(self._function(item) for item in _of(self._branch, "function")),
            layout=tuple((str(block.data), span_of(block)) for block in blocks),
            span=span,
            name_span=span_of(name),
        )

    def _report_duplicates(self, blocks: list[Branch]) -> None:
        seen: dict[str, int] = {}
        for block in blocks:
            first = seen.setdefault(block.data, block.meta.line)
            if block.data in _SINGLE and first != block.meta.line:
                line, column = block.meta.line, block.meta.column
                span = Span(line, column, line, column + len(block.data))
                message = f"a second `{block.data}` block; the first is in line {first}"
                self.error("E0201", message, span, "merge the two")

    # --- blocks ---

    def _declarations(self, blocks: list[Branch], kind: str) -> tuple[ast.Declaration, ...]:
        return tuple(item for line in _inside(blocks, kind) for item in self._declaration(line))

    def _declaration(self, branch: Branch) -> list[ast.Declaration]:
        variables = list(_branches(next(_of(branch, "variables"))))
        decorators = tuple(str(item) for item in branch.children if getattr(item, "type", "") == "DECORATOR")
        rest = [item for item in branch.children if not (hasattr(item, "data") and item.data in _HEADS)]
        kind, value, guard = rest[0], rest[1], rest[2]
        span = span_of(branch)
        comments = self._comments.attached(span.line, span.end_line)
        made_type = self.type(kind)
        made_value = self.expression(value) if value is not None else None
        made_guard = self.expression(guard.children[0]) if guard is not None else None
        guard_text = self._quote(span_of(guard))[2:-2].strip() if guard is not None else ""
        made = []
        for variable in variables:
            name = self.variable(variable)
            made.append(
                ast.Declaration(
                    name.name, name.order, made_type, name.index, made_value, made_guard, guard_text,
                    decorators, any(_of(branch, "recordable")), comments, span=span, name_span=name.span,
                )
            )  # fmt: skip
        return made

    def _quote(self, span: Span) -> str:
        """Return the user's text at a span, without line ends."""
        lines = self._lines[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return re.sub(r"\s*\\?\n\s*", " ", "\n".join(lines))

    def _equation(self, line: Branch) -> ast.Ode | ast.Inline | ast.Kernel:
        branch, *decorators = line.children
        made = self._undecorated(branch)
        return replace(made, decorators=tuple(map(str, decorators))) if decorators else made

    def _undecorated(self, branch: Branch) -> ast.Ode | ast.Inline | ast.Kernel:
        if branch.data == "kernel":
            return ast.Kernel(tuple(self._ode(item) for item in _branches(branch)), span=span_of(branch))
        if branch.data == "ode":
            return self._ode(branch)
        name, kind, value = [item for item in branch.children if getattr(item, "data", "") != "recordable"]
        return ast.Inline(
            str(name), self.type(kind), self.expression(value), any(_of(branch, "recordable")),
            span=span_of(branch), name_span=span_of(name),
        )  # fmt: skip

    def _ode(self, branch: Branch) -> ast.Ode:
        name = self.variable(branch.children[0])
        if name.index is not None:
            self.error("E0401", "an equation holds for the whole vector", name.index.span, "remove the index")
        value = self.expression(branch.children[1])
        return ast.Ode(name.name, name.order, value, span=span_of(branch), name_span=name.span)

    def _port(self, branch: Branch) -> ast.InputPort:
        variable, kind, *rest = branch.children
        name = self.variable(variable)
        signal = rest.pop()
        qualifiers = []
        for item in rest:
            word = text_of(item)
            if word not in _QUALIFIERS:
                hint = "use `excitatory`, `inhibitory`, `pre`, `post` or `mod`, or nothing"
                self.error("E0101", f"`{word}` is no qualifier of a port", span_of(item), hint)
            qualifiers.append({"modulatory": "mod"}.get(word, word))
        words = text_of(signal.children[0])
        form = f"{name.name} <- {' '.join([*qualifiers, words])}"
        if len(signal.children) > 1:
            self.deprecated("W0102", "a spike port has no attributes any more", span_of(signal), form)
        if words == "spike" and kind is not None:
            self.error("E0111", "a spike port has no type", span_of(kind), f"write `{form}`")
        if words == "continuous" and kind is None:
            hint = f"write `{name.name} pA <- continuous`, with the unit that arrives"
            self.error("E0112", f"the continuous port `{name.name}` has no type", name.span, hint)
        return ast.InputPort(
            name.name, cast(Signal, words), tuple(qualifiers),
            self.type(kind) if kind is not None else None, name.index,
            span=span_of(branch), name_span=name.span,
        )  # fmt: skip

    def _emission(self, branch: Branch) -> str:
        word = text_of(branch.children[0])
        if len(branch.children) > 1:
            self.deprecated("W0103", "an output has no attributes any more", span_of(branch), word)
        return word

    def _update(self, blocks: list[Branch]) -> tuple[ast.Statement, ...] | None:
        bodies = [block.children[0] for block in blocks if block.data == "update"]
        return self._body(bodies[0]) if bodies else None

    def _on_receive(self, block: Branch) -> ast.OnReceive:
        variable, *constants, body = block.children
        port = self.variable(variable)
        if port.index is not None:
            hint = f"write `onReceive({port.name})`; it runs for every element"
            self.error("E0113", "a handler serves the whole port", port.index.span, hint)
        return ast.OnReceive(
            port.name, self._priority(constants), self._body(body), span=span_of(block), name_span=port.span
        )

    def _on_condition(self, block: Branch) -> ast.OnCondition:
        condition, *constants, body = block.children
        made = self.expression(condition)
        return ast.OnCondition(made, self._priority(constants), self._body(body), span=span_of(block))

    def _priority(self, constants: list[Branch]) -> int | None:
        """Return the value of `priority=`; other properties are reported."""
        priority: int | None = None
        for constant in constants:
            name, value = text_of(constant.children[0]), self.expression(constant.children[1])
            if name != "priority":
                self.error(
                    "E0114", f"`{name}` is no property of a handler", span_of(constant), "use `priority=1`"
                )
            elif not isinstance(value, ast.Literal) or not isinstance(value.value, int) or value.unit:
                hint = "write `priority=1`; the higher number runs first"
                self.error("E0114", "a priority is a whole number, not negative", value.span, hint)
            else:
                priority = value.value
        return priority

    def _function(self, block: Branch) -> ast.Function:
        name, formals, returns, body = block.children
        return ast.Function(
            str(name),
            tuple(self._formal(item) for item in _branches(formals)) if formals is not None else (),
            self.type(returns) if returns is not None else ast.BasicType("void", span=span_of(name)),
            self._body(body),
            span=span_of(block),
            name_span=span_of(name),
        )

    def _formal(self, branch: Branch) -> ast.Declaration:
        name, kind = branch.children
        return ast.Declaration(str(name), 0, self.type(kind), span=span_of(branch), name_span=span_of(name))

    # --- statements ---

    def _body(self, branch: Branch) -> tuple[ast.Statement, ...]:
        made: list[ast.Statement] = []
        for item in _branches(branch):
            if item.data == "declaration":
                made += self._declaration(item)
            else:
                made.append(getattr(self, f"_{item.data}")(item))
        return tuple(made)

    def _assignment(self, branch: Branch) -> ast.Statement:
        target, operator, value = branch.children
        return ast.Assignment(
            self.variable(target), text_of(operator.children[0]), self.expression(value), span=span_of(branch)
        )

    def _call_statement(self, branch: Branch) -> ast.Statement:
        call = self.call(branch.children[0])
        if call.name == "emit_spike" and len(call.arguments) == 2:
            self.deprecated(
                "W0104", "`emit_spike` has no delay any more; the connection's delay holds", call.span,
                f"emit_spike({self._quote(call.arguments[0].span)})",
            )  # fmt: skip
            call = ast.Call(call.name, call.arguments[:1], span=call.span)
        return ast.CallStatement(call, span=span_of(branch))

    def _return(self, branch: Branch) -> ast.Statement:
        value = branch.children[0] if branch.children else None
        return ast.Return(self.expression(value) if value is not None else None, span=span_of(branch))

    def _if(self, branch: Branch) -> ast.Statement:
        parts = [item for item in branch.children if item is not None]
        arms: list[ast.Branch] = []
        while parts:
            head = parts.pop(0)
            if head.data == "else":
                arms.append(ast.Branch(None, self._body(head.children[0]), span=span_of(head)))
            else:
                body = parts.pop(0)
                span = Span(*_start(span_of(head)), *_end(span_of(body)))
                arms.append(ast.Branch(self.expression(head), self._body(body), span=span))
        return ast.If(tuple(arms), span=span_of(branch))

    def _while(self, branch: Branch) -> ast.Statement:
        condition, body = branch.children
        return ast.While(self.expression(condition), self._body(body), span=span_of(branch))

    def _for(self, branch: Branch) -> ast.Statement:
        name, start, stop, step, body = branch.children
        made = [self.expression(start), self.expression(stop)]
        if step is None:
            last = made[1].span
            form = f"for {name} in {self._quote(made[0].span)} ... {self._quote(last)} step 1:"
            self.deprecated("W0105", "`for` needs a step", span_of(name), form)
            made.append(ast.Literal(1, text="1", span=last))
        else:
            made.append(self.expression(step))
        return ast.For(
            str(name),
            made[0],
            made[1],
            made[2],
            self._body(body),
            span=span_of(branch),
            name_span=span_of(name),
        )


_HEADS = ("variables", "recordable")
_QUALIFIERS = ("excitatory", "inhibitory", "pre", "post", "mod", "modulatory")


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column


def _declared(model: Branch) -> tuple[frozenset[str], frozenset[str]]:
    """Return all names that a model declares anywhere, and those of its `state` block."""
    names: set[str] = set()
    state: set[str] = set()
    for branch in model.iter_subtrees():
        if branch.data == "variables":
            names.update(str(item.children[0]) for item in _branches(branch))
        elif branch.data in ("port", "ode"):
            names.add(str(branch.children[0].children[0]))
        elif branch.data in ("formal", "inline", "for", "function"):
            names.update(str(item) for item in branch.children[:2] if not hasattr(item, "data"))
        elif branch.data == "state":
            for line in _branches(branch):
                state.update(str(item.children[0]) for item in _branches(next(_of(line, "variables"))))
    return frozenset(names), frozenset(state)
