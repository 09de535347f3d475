"""Statements of a model as bodies of loops over the lanes of a tile.

A body is a sequence of segments, one loop each. In a *vector* segment every `if` becomes selects, so
that the compiler computes all lanes at once; *scalar* and *rare* segments keep the control flow and may
have effects. Columns are loaded when a segment begins and stored when it ends; in between they are
local variables, and whatever else a later segment needs travels in arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nestml_jit.codegen.cpp.expressions import Printer, variable
from nestml_jit.codegen.cpp.loop_parts import Segment, Surroundings, Updates
from nestml_jit.codegen.cpp.texts import Texts, quoted
from nestml_jit.codegen.model.integers import INTEGER, REAL, is_integer, local_storage, storage
from nestml_jit.codegen.model.lookups import LOOK_UP
from nestml_jit.codegen.model.names import identifier, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import fold, number
from nestml_jit.codegen.model.turns import is_short
from nestml_jit.dsl.tree import (
    Assignment,
    BasicType,
    Binary,
    Branch,
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
    While,
)


class Body:
    """Collects the C++ lines of the loops of a step."""

    def __init__(self, around: Surroundings, branchless: bool = False, step: str = "h") -> None:
        self.around = around
        self.segments = [Segment("vector" if branchless else "scalar")]
        self.arrays: list[str] = []
        self.tables: dict[str, int] = {}
        self.local_sizes: dict[str, int] = {}
        self.locals: dict[str, tuple[str, str]] = {}
        self.counter = 0
        self.in_head = False
        self.since = ""
        self.indent = 0
        self.step = step

    @property
    def segment(self) -> Segment:
        """The loop that is being written."""
        return self.segments[-1]

    @property
    def lines(self) -> list[str]:
        """Lines of the current loop."""
        return self.segment.lines

    @property
    def branchless(self) -> bool:
        """Whether `if` must become selects."""
        return self.segment.kind == "vector"

    @property
    def show(self) -> Printer:
        """Printer of expressions at this place."""
        texts = Texts(self.around.texts, self.type_of)
        around = self.around
        return Printer(
            self.resolve,
            self.step,
            self.branchless,
            call=around.call,
            texts=texts,
            uses=around.uses,
            place=around.place,
        )

    # --- loops ----------------------------------------------------------------------------------

    def start(self, kind: str, flag: str = "") -> None:
        """Begin a new loop; an unguarded vector loop continues the one before."""
        if kind == "vector" and not flag and self.branchless and not self.segment.flag:
            return
        self.segments.append(Segment(kind, flag))

    def raise_flag(self, condition: str) -> str:
        """Note in which lanes a condition holds; returns the flag's name."""
        flag = self.fresh("f")
        self.add(f"const int64_t {flag} = {condition} ? -1 : 0;")
        self.add(f"{flag}_of[l] = {flag};")
        self.add(f"{flag}_any |= {flag};")
        self.segment.raised.append(flag)
        return flag

    def defer(self, condition: str, lines: Iterable[str]) -> None:
        """Run lines with effects after the vector loop, in the lanes where a condition holds."""
        segment = self.segment
        segment.events = segment.events or self.fresh("e")
        self.add(f"{segment.events} |= {condition or 'true'} ? {1 << len(segment.deferred)} : 0;")
        segment.deferred.append(tuple(lines))

    # --- variables ------------------------------------------------------------------------------

    def value(self, name: str) -> str:
        """Return the text of a variable, which is loaded at the beginning of the loop."""
        if self._in_place(name):
            self.segment.direct.setdefault(name, False)
            return f"c_{identifier(name)}[l]"
        if name not in self.segment.defined:
            self.segment.loaded[name] = None
        return variable(name)

    def _in_place(self, name: str) -> bool:
        """Whether a variable is read and written in memory: an element in a loop with indices."""
        return "[" in name and "(" not in name and not self.branchless

    def _element(self, node: Name) -> str:
        """Text of `v[i]` with an index that is not known."""
        if node.name in self.locals:
            name = self.locals[node.name][0]
            return f"{name}[{self._position(node, Literal(self.local_sizes[name]))}]"
        if node.name not in self.around.vectors or self.branchless:
            raise CannotGenerate(UNSUPPORTED, f"{shown(node.name)} cannot be indexed here", node)
        size = self.around.vectors[node.name]
        names = [f"{node.name}[{position}]" for position in range(size)]
        if names[0] not in self.around.types:
            raise CannotGenerate(UNSUPPORTED, f"the index of {shown(node.name)} must be a number here", node)
        for name in names:
            self.segment.direct.setdefault(name, False)
        self.tables[node.name] = size
        return f"at_{identifier(node.name)}[{self._position(node, self.around.lengths[node.name])}][l]"

    def _position(self, node: Name, size: Expression) -> str:
        """Text of the index of an element, which is checked unless it is known to be right."""
        assert node.index is not None
        index, last = number(fold(node.index)), number(size)
        if index is not None and last is not None and 0 <= index < last:
            return str(int(index))
        return self.show.position(node.name, self.show(node.index), self.show(size))

    def resolve(self, node: Name) -> str:
        """Return the text of a name."""
        if node.index is not None:
            return self._element(node)
        local = self.locals[node.name][0] if node.name in self.locals else None
        if local in self.local_sizes or (local is None and node.name in self.around.lengths):
            message = f"`{shown(node.name)}` is a vector, and a single value is needed"
            hint = f"name its elements: `{shown(node.name)}[0]`"
            raise CannotGenerate(UNSUPPORTED, message, node, hint)
        if local is not None:
            return local
        if node.name in self.around.fixed:
            return self.around.fixed[node.name]
        if node.name not in self.around.types:
            raise CannotGenerate(UNSUPPORTED, f"there is no variable {shown(node.name)}", node)
        return self.value(node.name)

    def define(self, name: str, text: str) -> None:
        """Introduce a variable that is not loaded from a column."""
        self.segment.defined[name] = None
        self.add(f"[[maybe_unused]] double {variable(name)} = {text};")

    def set(self, name: str, text: str) -> None:
        """Assign a column's variable."""
        place = self.value(name)
        if self._in_place(name):
            self.segment.direct[name] = True
        else:
            self.segment.stored[name] = None
        self.add(f"{place} = {text};")

    def fresh(self, prefix: str) -> str:
        """Return a name for a C++ variable that the body does not have yet."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def declare(self, type_: str, prefix: str, text: str, constant: bool = True) -> str:
        """Introduce a C++ variable of the body; returns its name."""
        name = self.fresh(prefix)
        self.segment.declared[name] = type_
        self.add(f"[[maybe_unused]] {'const ' if constant else ''}{type_} {name} = {text};")
        return name

    def add(self, line: str) -> None:
        """Append a line."""
        self.lines.append("  " * self.indent + line)

    def comment(self, node: Node) -> None:
        """Append a comment that points back to the model's text."""
        if node.span.line:
            self.add(f"// {self.around.source}:{node.span.line}")

    def type_of(self, name: str) -> str:
        """Type of a variable or local."""
        if name in self.locals:
            return self.locals[name][1]
        return self.around.types.get(name, self.around.types.get(f"{name}[0]", "real"))

    def converted(self, value: Expression, type_: str) -> str:
        """Return the text of a value as it is stored in a variable of a type."""
        if type_ == "integer" and not is_integer(value, self.type_of):
            return self.show(Call(INTEGER, (value,)))
        return self.show(value)

    # --- statements -----------------------------------------------------------------------------

    def statements(self, body: tuple[Statement, ...], mask: str = "") -> None:
        """Append statements; a vector loop applies them in lanes where `mask` holds."""
        outer = dict(self.locals)
        for item in body:
            self.statement(item, mask)
        self.locals = outer

    def statement(self, item: Statement, mask: str = "") -> None:
        """Append a statement, with a comment that points to it."""
        self.comment(item)
        if isinstance(item, Assignment):
            self._assign(item, mask)
        elif isinstance(item, Declaration):
            self._declare(item)
        elif isinstance(item, If):
            self._if_branchless(item, mask) if self.branchless else self._if(item)
        elif isinstance(item, CallStatement):
            self._call(item.call, mask)
        elif isinstance(item, While):
            self._while(item)
        elif isinstance(item, For):
            self._for(item)
        else:
            assert isinstance(item, Return)
            self.add(f"return {self.show(item.value)};" if item.value is not None else "return;")

    _statement = statement

    def _assign(self, item: Assignment, mask: str) -> None:
        target = item.target.name
        value = item.value
        if item.operator != "=":
            value = Binary(item.operator[:-1], item.target, value, span=item.span)
        text = self.converted(value, self.type_of(target))
        if item.target.index is not None:
            self.add(f"{self.resolve(item.target)} = {text};")
            for position in range(self.around.vectors.get(target, 0)):
                self.segment.direct[f"{target}[{position}]"] = True
            return
        if target in self.locals or target in self.around.fixed:
            name = self.resolve(item.target)
            self.add(f"{name} = {select(mask, text, name)};")
        else:
            self.set(target, select(mask, text, self.resolve(item.target)))

    def _declare(self, item: Declaration) -> None:
        type_ = item.type.name if isinstance(item.type, BasicType) else "real"
        if item.size is not None:
            self._declare_vector(item, type_)
            return
        if type_ == "string" and not self.around.texts:
            raise CannotGenerate(UNSUPPORTED, f"{shown(item.name)}: there can be no texts here", item)
        value = item.value if item.value is not None else Literal(0)
        text = self.converted(value, type_)
        kind = local_storage(type_)
        name = self.declare(kind, f"l_{identifier(item.name)}_", text, constant=False)
        self.locals[item.name] = (name, type_)

    def _declare_vector(self, item: Declaration, type_: str) -> None:
        size = number(item.size) if item.size is not None else None
        if size is None:
            raise CannotGenerate(UNSUPPORTED, f"the size of {shown(item.name)} must be a number", item)
        name = self.fresh(f"l_{identifier(item.name)}_")
        self.add(f"[[maybe_unused]] {storage(type_)} {name}[{int(size)}] = {{}};")
        self.local_sizes[name] = int(size)
        self.locals[item.name] = (name, type_)

    def _call(self, call: Call, mask: str) -> None:
        if call.name == "integrate_odes":
            self._integrate([(mask, self.around.integrate(call, self))], complete=not mask)
            return
        if call.name == LOOK_UP:
            self.add(f"static_cast<void>({self.show(call.arguments[0])});")
            return
        lines = self.around.effect(call, self)
        if lines is None and self.around.call is not None:
            own = self.around.call(call, [self.show(item) for item in call.arguments], self.resolve)
            lines = None if own is None else [f"{own};"]
        if lines is None:
            raise CannotGenerate(UNSUPPORTED, f"{call.name}() is not supported here", call)
        if self.branchless:
            self.defer(mask, lines)
            return
        for line in lines:
            self.add(line)

    # --- integration ----------------------------------------------------------------------------

    def _integrate(self, calls: list[tuple[str, Updates]], complete: bool) -> None:
        """Compute all new values from the old ones, then assign them where a call's mask holds.

        `complete` means that one of the calls happens in every lane.
        """
        exact: dict[str, str] = {}
        masks: dict[str, list[str]] = {}
        numeric: dict[tuple[str, ...], list[tuple[str, Updates]]] = {}
        for mask, updates in calls:
            exact.update(updates.exact)
            for name in (*updates.exact, *updates.numeric):
                masks.setdefault(name, []).append(mask)
            if updates.numeric:
                numeric.setdefault((*updates.numeric, "", *updates.along), []).append((mask, updates))

        def joined(wanted: list[str]) -> str:
            if complete and len(wanted) == len(calls):
                return ""
            return wanted[0] if len(wanted) == 1 else f"({' | '.join(wanted)})"

        new = {name: self.declare("double", f"n_{identifier(name)}_", text) for name, text in exact.items()}
        for alike in numeric.values():
            assert self.around.solve is not None
            self.around.solve(alike[0][1], joined([mask for mask, _ in alike]), self)
        for name in exact:
            self.set(name, select(joined(masks[name]), new[name], self.value(name)))
        jumps = {name: amount for _, updates in calls for name, amount in updates.jumps.items()}
        added = {name: self.declare("double", "j", self.show(amount)) for name, amount in jumps.items()}
        for name, amount in added.items():
            old = self.value(name)
            self.set(name, select(joined(masks[name]), f"{old} + {amount}", old))

    def _if_branchless(self, item: If, mask: str) -> None:
        masks = self.masks(item, mask)
        integrated = self.integrate_first(item, masks, complete=not mask)
        for branch, condition in zip(item.branches, masks, strict=True):
            self.statements(branch.body[1:] if branch in integrated else branch.body, condition)

    def integrate_first(self, item: If, masks: list[str], complete: bool) -> tuple[Branch, ...]:
        """Integrate for all branches that begin with that at once; returns these branches.

        Only one branch is taken in a lane, and what they have in common is computed once. `complete`
        means that the whole `if` runs in every lane.
        """
        found = [
            (branch, mask) for branch, mask in zip(item.branches, masks, strict=True) if _integrates(branch)
        ]
        calls = []
        for branch, mask in found:
            statement = branch.body[0]
            assert isinstance(statement, CallStatement)
            self.comment(statement)
            calls.append((mask, self.around.integrate(statement.call, self)))
        if calls:
            everywhere = complete and item.branches[-1].condition is None
            self._integrate(calls, everywhere and len(calls) == len(item.branches))
        return tuple(branch for branch, _ in found)

    def masks(self, item: If, mask: str) -> list[str]:
        """Declare the masks of the branches of an `if`."""
        left = mask
        masks: list[str] = []
        for branch in item.branches:
            if branch.condition is None:
                masks.append(left)
                break
            text = self.show.atom(branch.condition)
            condition = self.declare("bool", "m", f"({left}) & {text}" if left else text)
            masks.append(condition)
            if branch is not item.branches[-1]:
                left = self.declare("bool", "m", f"({left}) & !{condition}") if left else f"!{condition}"
        return masks

    # --- control flow ---------------------------------------------------------------------------

    def _if(self, item: If) -> None:
        for index, branch in enumerate(item.branches):
            word = "else " if index else ""
            head = f"{word}if ({self.show(branch.condition)})" if branch.condition is not None else "else"
            self._block(head, branch.body)

    def _head(self, condition: Expression, atom: bool = False) -> str:
        """Return the text of a condition that is evaluated again and again."""
        self.in_head = True
        text = self.show.atom(condition) if atom else self.show(condition)
        self.in_head = False
        return text

    def _while(self, item: While) -> None:
        with self._endless(item) as goes_on:
            self._block(f"while ({self._head(item.condition, atom=True)}{goes_on})", item.body)

    @contextmanager
    def _endless(self, loop: While | For) -> Iterator[str]:
        """Yield what a loop's condition ends with so that Ctrl-C can end it; "" if it ends soon by itself.

        Loops inside of others share the time at which the outermost one learned of Ctrl-C.
        """
        if is_short(loop):
            yield ""
            return
        outer = self.since
        if not outer:
            self.since = self.fresh("since")
            self.add(f"double {self.since} = 0.0;")
        word = "while" if isinstance(loop, While) else "for"
        where = f"the loop `{word}` in line {loop.span.line} of {self.around.source}"
        yield f' && nj_goes_on({self.since}, "{quoted(where)}")'
        self.since = outer

    def _for(self, item: For) -> None:
        counter = self.resolve(Name(item.variable, span=item.span))
        if item.variable not in self.locals:
            self.segment.stored[item.variable] = None
        position: Expression = Name(item.variable, span=item.span)
        kind = self.type_of(item.variable)
        stop, step, following = item.stop, item.step, Binary("+", position, item.step)
        if kind == "integer" and is_integer(step, self.type_of):
            following = Binary("i+", position, step)
        elif kind == "integer":
            following = Binary("+", Call(REAL, (position,)), step)
        if kind == "integer" and not is_integer(stop, self.type_of):
            position = Call(REAL, (position,))
        up, down = (self.show(Binary(sign, position, stop)) for sign in "<>")
        going = f"{self.show.atom(step)} > 0 ? {up} : {down}"
        start, text = self.converted(item.start, kind), self.converted(following, kind)
        with self._endless(item) as goes_on:
            condition = f"({going}){goes_on}" if goes_on else going
            self._block(f"for ({counter} = {start}; {condition}; {counter} = {text})", item.body)

    def _block(self, head: str, body: tuple[Statement, ...]) -> None:
        self.add(head + " {")
        self.indent += 1
        self.statements(body)
        self.indent -= 1
        self.add("}")


def _integrates(branch: Branch) -> bool:
    first = branch.body[0] if branch.body else None
    return isinstance(first, CallStatement) and first.call.name == "integrate_odes"


def select(mask: str, text: str, old: str) -> str:
    """Return the text of a value that changes only where a mask holds."""
    if mask.startswith("!") and mask[1:].isidentifier():
        return f"{mask[1:]} ? {old} : {text}"
    return f"{mask} ? {text} : {old}" if mask else text
