"""The canonical text of models; comments and blank lines between statements are kept.

`format_text` reads a text and prints it anew; `model_text` prints a tree. The printed text parses to the
same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.lexer import Comment
from nestml_jit.dsl.print_expression import expression_text, name_text
from nestml_jit.dsl.span import Span
from nestml_jit.errors import NestmlErrors

_INDENT = "    "
_NOWHERE = 10**9
_WIDEST = 72  # lines beyond it keep their comments close by


def format_text(text: str, filename: str = "") -> str:
    """Return a text in canonical form; old forms become those of NESTML 9.

    Parameters
    ----------
    text
        One or more models.
    filename
        For messages.

    Raises
    ------
    NestmlErrors
        If the text is not NESTML.
    """
    from nestml_jit.dsl.parser import parse_source

    source = parse_source(text, filename)
    if any(item.is_error for item in source.diagnostics):
        raise NestmlErrors(source.diagnostics)
    page = _Page(list(source.comments))
    for model in source.models:
        _Printer(page).model(model)
    page.flush(_NOWHERE, 0)
    return page.text()


def model_text(model: ast.Model) -> str:
    """Return a model in canonical form, with the comments attached to the model and to declarations."""
    page = _Page([])
    for line in model.docstring.split("\n") if model.docstring else ():
        page.lines.append(f"# {line}".rstrip())
    _Printer(page, attached=True).model(model)
    return page.text()


def type_text(node: ast.Type) -> str:
    """Return a type as it is written."""
    from nestml_jit.dsl.unit_text import unit_text

    return node.name if isinstance(node, ast.BasicType) else unit_text(node.expression)


@dataclass
class _Page:
    """The lines printed so far, and the comments of the source that are still to be placed."""

    comments: list[Comment]
    lines: list[str] = field(default_factory=list)
    beside: dict[int, str] = field(default_factory=dict)
    depth: int = 0
    last: int = 0
    opened: bool = True

    def text(self) -> str:
        """Return all lines, with comments beside neighbouring lines one below the other."""
        lines = list(self.lines)
        for group in _neighbours(lines):
            widths = [len(lines[index]) for index in group if index in self.beside]
            column = max((width for width in widths if width <= _WIDEST), default=0)
            for index in group:
                if index in self.beside:
                    lines[index] = f"{lines[index]:{column}}  #{self.beside[index]}"
        return "\n".join(lines) + "\n" if lines else ""

    def flush(self, line: int, column: int) -> None:
        """Print the comments above a line of the source that are indented at least to a column."""
        while self.comments and self.comments[0].line < line and self.comments[0].column >= column:
            comment = self.comments.pop(0)
            self.gap(comment.line)
            self.lines.append(f"{_INDENT * self.depth}#{comment.text}")
            self.last = comment.line

    def gap(self, line: int) -> None:
        """Print a blank line if the source has one here, but not below a block's head."""
        if line > self.last + 1 and not self.opened and self.lines and self.lines[-1]:
            self.lines.append("")
        self.opened = False

    def blank(self) -> None:
        """Print a blank line unless there is one."""
        if self.lines and self.lines[-1] and not self.opened:
            self.lines.append("")

    def put(self, text: str, first: int = 0, last: int = 0) -> None:
        """Print the text for lines `first` to `last` of the source, with the comments beside them."""
        if first:
            self.flush(first, 0)
            self.gap(first)
        self.opened = False
        beside: list[Comment] = []
        while self.comments and self.comments[0].line <= last:
            beside.append(self.comments.pop(0))
        indent = _INDENT * self.depth
        self.lines += [f"{indent}#{comment.text}" for comment in beside[:-1]]
        if beside:
            self.beside[len(self.lines)] = beside[-1].text
        self.lines.append(f"{indent}{text}")
        self.last = max(self.last, last)


class _Printer:
    """Prints one model onto a page."""

    def __init__(self, page: _Page, attached: bool = False) -> None:
        self._page = page
        self._attached = attached

    def model(self, model: ast.Model) -> None:
        """Print a model."""
        page = self._page
        blocks = self._blocks(model)
        line = model.span.line
        page.flush(line, 0)
        page.put(f"model {model.name}:", line, line)
        with _Inside(page):
            for position, (span, show) in enumerate(blocks):
                if position:
                    page.blank()
                page.opened = page.opened or bool(position)
                page.flush(span.line, 0)
                show(span)
                following = blocks[position + 1][0].line if position + 1 < len(blocks) else _after(model)
                page.depth += 1
                page.flush(following, span.column + 1)
                page.depth -= 1

    def _blocks(self, model: ast.Model) -> list[tuple[Span, Callable[[Span], None]]]:
        """Return the printers of all blocks, in the order of the source."""
        layout = model.layout or _canonical(model)
        receive, condition = iter(model.on_receive), iter(model.on_condition)
        functions = iter(model.functions)
        found: list[tuple[Span, Callable[[Span], None]]] = []
        done: set[str] = set()
        for kind, span in layout:
            if kind == "function":
                found.append((span, self._function(next(functions))))
            elif kind == "on_receive":
                found.append((span, self._on_receive(next(receive))))
            elif kind == "on_condition":
                found.append((span, self._on_condition(next(condition))))
            elif kind not in done:
                done.add(kind)
                found.append((span, self._simple(kind, model)))
        return found

    # --- blocks ---

    def _simple(self, kind: str, model: ast.Model) -> Callable[[Span], None]:
        def show(span: Span) -> None:
            self._page.put(f"{kind}:", span.line, span.line)
            with _Inside(self._page):
                if kind in ("state", "parameters", "internals"):
                    self._declarations(getattr(model, kind))
                elif kind == "equations":
                    self._equations(model.equations)
                elif kind == "input":
                    for port in model.inputs:
                        self._page.put(_port(port), port.span.line, port.span.end_line)
                elif kind == "output":
                    for word in model.outputs:
                        self._page.put(
                            word, 0, span.end_line - 1 if span.end_line > span.line + 1 else span.line
                        )
                else:
                    self._statements(model.update or ())

        return show

    def _function(self, item: ast.Function) -> Callable[[Span], None]:
        formals = ", ".join(f"{formal.name} {type_text(formal.type)}" for formal in item.parameters)
        returns = "" if item.returns == ast.BasicType("void") else f" {type_text(item.returns)}"
        return self._headed(f"function {item.name}({formals}){returns}:", item.body)

    def _on_receive(self, item: ast.OnReceive) -> Callable[[Span], None]:
        return self._headed(f"onReceive({item.port}{_priority(item.priority)}):", item.body)

    def _on_condition(self, item: ast.OnCondition) -> Callable[[Span], None]:
        condition = expression_text(item.condition)
        return self._headed(f"onCondition({condition}{_priority(item.priority)}):", item.body)

    def _headed(self, head: str, body: Sequence[ast.Statement]) -> Callable[[Span], None]:
        def show(span: Span) -> None:
            self._page.put(head, span.line, span.line)
            with _Inside(self._page):
                self._statements(body)

        return show

    def _equations(self, equations: Iterable[ast.Ode | ast.Inline | ast.Kernel]) -> None:
        for item in equations:
            if isinstance(item, ast.Kernel):
                self._kernel(item)
                continue
            if isinstance(item, ast.Inline):
                word = "recordable inline" if item.recordable else "inline"
                text = f"{word} {item.name} {type_text(item.type)} = {expression_text(item.value)}"
            else:
                text = _ode(item)
            text = " ".join([text, *item.decorators])
            self._page.put(text, item.span.line, item.span.end_line)

    def _kernel(self, item: ast.Kernel) -> None:
        for position, ode in enumerate(item.equations):
            head = "kernel " if position == 0 else "       "
            tail = (
                "," if position + 1 < len(item.equations) else "".join(f" {word}" for word in item.decorators)
            )
            self._page.put(f"{head}{_ode(ode)}{tail}", ode.span.line, ode.span.end_line)

    # --- statements ---

    def _declarations(self, items: Sequence[ast.Declaration]) -> None:
        """Print declarations; those of one source line share it again."""
        position = 0
        while position < len(items):
            first = items[position]
            group = [first]
            while (
                first.span.line
                and position + len(group) < len(items)
                and items[position + len(group)].span == first.span
            ):
                group.append(items[position + len(group)])
            self._declaration(group)
            position += len(group)

    def _declaration(self, group: Sequence[ast.Declaration]) -> None:
        first = group[0]
        for comment in first.comments if self._attached else ():
            self._page.put(f"# {comment}".rstrip())
        names = ", ".join(name_text(ast.Name(item.name, item.order, item.size)) for item in group)
        words = [*(["recordable"] if first.recordable else []), names, type_text(first.type)]
        if first.value is not None:
            words += ["=", expression_text(first.value)]
        if first.guard is not None:
            words.append(f"[[ {expression_text(first.guard)} ]]")
        self._page.put(" ".join([*words, *first.decorators]), first.span.line, first.span.end_line)

    def _statements(self, statements: Sequence[ast.Statement]) -> None:
        pending: list[ast.Declaration] = []
        for node in statements:
            if isinstance(node, ast.Declaration):
                pending.append(node)
                continue
            self._declarations(pending)
            pending = []
            self._statement(node)
        self._declarations(pending)

    def _statement(self, node: ast.Statement) -> None:
        if isinstance(node, ast.If):
            self._if(node)
        elif isinstance(node, ast.While):
            self._nested(f"while {expression_text(node.condition)}:", node.body, node.span)
        elif isinstance(node, ast.For):
            bounds = f"{expression_text(node.start)} ... {expression_text(node.stop)}"
            head = f"for {node.variable} in {bounds} step {expression_text(node.step)}:"
            self._nested(head, node.body, node.span)
        else:
            self._page.put(_simple_text(node), node.span.line, node.span.end_line)

    def _if(self, node: ast.If) -> None:
        for position, branch in enumerate(node.branches):
            word = "else" if branch.condition is None else "if" if position == 0 else "elif"
            test = "" if branch.condition is None else f" {expression_text(branch.condition)}"
            span = node.span if position == 0 else branch.span
            self._nested(f"{word}{test}:", branch.body, Span(span.line, node.span.column))

    def _nested(self, head: str, body: Sequence[ast.Statement], span: Span) -> None:
        self._page.put(head, span.line, span.line)
        with _Inside(self._page):
            self._statements(body)


class _Inside:
    """Prints one level deeper."""

    def __init__(self, page: _Page) -> None:
        self._page = page

    def __enter__(self) -> None:
        self._page.depth += 1
        self._page.opened = True

    def __exit__(self, *_: object) -> None:
        self._page.depth -= 1
        self._page.opened = False


def _neighbours(lines: Sequence[str]) -> Iterator[list[int]]:
    """Yield the positions of lines that follow each other with the same indentation."""
    group: list[int] = []
    before = -1
    for index, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" ")) if line else -1
        if group and indent != before:
            yield group
            group = []
        group.append(index)
        before = indent
    yield group


def _after(model: ast.Model) -> int:
    """Return the line behind a model's last statement and the comments that still belong to it."""
    return model.span.end_line + 1


def _canonical(model: ast.Model) -> list[tuple[str, Span]]:
    """Return the usual order of blocks, for a tree that was not parsed."""
    blocks = {
        "state": model.state,
        "parameters": model.parameters,
        "internals": model.internals,
        "equations": model.equations,
        "input": model.inputs,
        "output": model.outputs,
        "update": model.update is not None,
    }
    kinds = [kind for kind, content in blocks.items() if content]
    kinds += ["on_receive"] * len(model.on_receive) + ["on_condition"] * len(model.on_condition)
    return [(kind, Span()) for kind in [*kinds, *["function"] * len(model.functions)]]


def _port(item: ast.InputPort) -> str:
    words = [name_text(ast.Name(item.name, 0, item.size))]
    words += [type_text(item.type)] if item.type is not None else []
    return " ".join([*words, "<-", *item.qualifiers, item.signal])


def _priority(priority: int | None) -> str:
    return "" if priority is None else f", priority={priority}"


def _ode(item: ast.Ode) -> str:
    return f"{item.name}{chr(39) * item.order} = {expression_text(item.value)}"


def _simple_text(node: ast.Statement) -> str:
    if isinstance(node, ast.Assignment):
        return f"{name_text(node.target)} {node.operator} {expression_text(node.value)}"
    if isinstance(node, ast.CallStatement):
        return expression_text(node.call)
    assert isinstance(node, ast.Return)
    return "return" if node.value is None else f"return {expression_text(node.value)}"
