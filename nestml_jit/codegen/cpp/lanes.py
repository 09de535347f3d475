"""The body of loops over the lanes of a tile, while it is being written.

A body is a sequence of segments, one loop each. In a *vector* segment every `if` becomes selects, so
that the compiler computes all lanes at once; *scalar* and *rare* segments keep the control flow and may
have effects. Columns are loaded when a segment begins and stored when it ends; in between they are
local variables. Other values that a later segment needs travel in arrays (`loops.py`).

A body knows the C++ variables of names and takes statements; `statements.py` and `integration.py` make these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.draws import SideBySide
from nestml_jit.codegen.cpp.expressions import Translator, value_of, variable
from nestml_jit.codegen.cpp.loop_parts import Segment, SegmentKind, Surroundings
from nestml_jit.codegen.cpp.places import LANE, at_lane, column
from nestml_jit.codegen.cpp.statements import write
from nestml_jit.codegen.cpp.texts import Texts
from nestml_jit.codegen.model.integers import INTEGER, is_integer
from nestml_jit.codegen.model.names import element, identifier, is_element, shown
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.symbolic import fold, number
from nestml_jit.dsl.tree import Call, Expression, Literal, Name, Node, Statement


class Body:
    """Collects the statements of the loops of a step.

    Attributes
    ----------
    arrays
        Arrays that are declared in front of all loops.
    drawn
        Those of them that random numbers are drawn into.
    tables
        Vectors that are looked up by an index, and how many columns they have.
    locals
        The model's local variables that are visible: their C++ variables and types.
    local_sizes
        Sizes of those C++ variables that are arrays.
    in_head
        Whether a condition is being written that is evaluated again and again.
    since
        Variable with the time at which the outermost loop learned of Ctrl-C, "" outside of loops.
    """

    def __init__(self, around: Surroundings, branchless: bool = False) -> None:
        self.around = around
        self.segments = [Segment("vector" if branchless else "scalar")]
        self.arrays: list[cpp.Declare] = []
        self.drawn = SideBySide()
        self.tables: dict[str, int] = {}
        self.local_sizes: dict[cpp.Expression | None, int] = {}
        self.locals: dict[str, tuple[cpp.Expression, str]] = {}
        self.counter = 0
        self.in_head = False
        self.since = ""
        self.inner: list[list[cpp.Statement]] = []

    @property
    def segment(self) -> Segment:
        """The loop that is being written."""
        return self.segments[-1]

    @property
    def branchless(self) -> bool:
        """Whether each `if` must become selects."""
        return self.segment.kind == "vector"

    @property
    def show(self) -> Translator:
        """Translator of expressions at this place."""
        around = self.around
        return Translator(
            self.resolve,
            branchless=self.branchless,
            call=around.call,
            texts=Texts(around.texts, self.type_of),
            uses=around.uses,
            place=around.place,
        )

    # --- loops ----------------------------------------------------------------------------------

    def start(self, kind: SegmentKind, flag: str = "") -> None:
        """Begin a new loop; an unguarded vector loop continues the one before."""
        if kind == "vector" and not flag and self.branchless and not self.segment.flag:
            return
        self.segments.append(Segment(kind, flag))

    def raise_flag(self, condition: cpp.Expression) -> str:
        """Note in which lanes a condition holds; returns the flag's name."""
        flag = self.fresh("f")
        bits = cpp.Ternary(condition, cpp.Integer(-1), cpp.Integer(0))
        self.add(cpp.Declare("int64_t", flag, bits, is_constant=True))
        self.add(cpp.Assign(at_lane(f"{flag}_of"), cpp.Variable(flag)))
        self.add(cpp.Assign(cpp.Variable(f"{flag}_any"), cpp.Variable(flag), "|="))
        self.segment.raised.append(flag)
        return flag

    def defer(self, condition: cpp.Expression | None, statements: Iterable[cpp.Statement]) -> None:
        """Run statements with effects after the vector loop, in the lanes where a condition holds."""
        segment = self.segment
        segment.events = segment.events or self.fresh("e")
        bit = cpp.Integer(1 << len(segment.deferred))
        happens = cpp.Ternary(condition or cpp.Truth(True), bit, cpp.Integer(0))
        self.add(cpp.Assign(cpp.Variable(segment.events), happens, "|="))
        segment.deferred.append(tuple(statements))

    # --- variables ------------------------------------------------------------------------------

    def value(self, name: str) -> cpp.Expression:
        """Return a variable's value, which is loaded at the beginning of the loop."""
        if self._in_place(name):
            self.segment.direct.setdefault(name, False)
            return column(name)
        if name not in self.segment.defined:
            self.segment.loaded[name] = None
        return value_of(name)

    def _in_place(self, name: str) -> bool:
        """Return whether a variable is read and written in memory: an element in a loop with indices."""
        return not self.branchless and is_element(name)

    def _element(self, node: Name) -> cpp.Expression:
        """Return `v[i]` with an index that is not known."""
        if node.name in self.locals:
            local = self.locals[node.name][0]
            return cpp.Element(local, self._position(node, Literal(self.local_sizes[local])))
        if node.name not in self.around.vectors or self.branchless:
            raise CannotGenerate(UNSUPPORTED, f"{shown(node.name)} cannot be indexed here", node)
        size = self.around.vectors[node.name]
        names = [element(node.name, index) for index in range(size)]
        if names[0] not in self.around.types:
            raise CannotGenerate(UNSUPPORTED, f"the index of {shown(node.name)} must be a number here", node)
        for name in names:
            self.segment.direct.setdefault(name, False)
        self.tables[node.name] = size
        table = cpp.Variable(f"at_{identifier(node.name)}")
        return cpp.Element(cpp.Element(table, self._position(node, self.around.lengths[node.name])), LANE)

    def _position(self, node: Name, size: Expression) -> cpp.Expression:
        """Return the index of an element, which is checked unless it is known to be right."""
        assert node.index is not None
        index, last = number(fold(node.index)), number(size)
        if index is not None and last is not None and 0 <= index < last:
            return cpp.Integer(int(index))
        return self.show.position(node.name, self.show(node.index), self.show(size))

    def resolve(self, node: Name) -> cpp.Expression:
        """Return the C++ expression of a name of the model at this place."""
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

    def define(self, name: str, value: cpp.Expression) -> None:
        """Introduce a variable that is not loaded from a column."""
        self.segment.defined[name] = None
        self.add(cpp.Declare("double", variable(name), value, may_be_unused=True))

    def set(self, name: str, value: cpp.Expression) -> None:
        """Assign a column's variable."""
        place = self.value(name)
        if self._in_place(name):
            self.segment.direct[name] = True
        else:
            self.store(name)
        self.add(cpp.Assign(place, value))

    def store(self, name: str) -> None:
        """Store a variable in its column when the loop ends."""
        self.segment.stored[name] = None

    def store_elements(self, vector: str) -> None:
        """Note that elements of a vector are assigned in memory."""
        for index in range(self.around.vectors.get(vector, 0)):
            self.segment.direct[element(vector, index)] = True

    def fresh(self, prefix: str) -> str:
        """Return a name for a C++ variable that the body does not have yet."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def declare(self, type_: str, prefix: str, value: cpp.Expression, constant: bool = True) -> cpp.Variable:
        """Introduce a C++ variable of the body."""
        name = self.fresh(prefix)
        self.segment.declared[name] = type_
        declared = cpp.Declare(type_, name, value, is_constant=constant, may_be_unused=True)
        self.add(declared)
        return declared.variable

    def draw(
        self, function: str, generator: cpp.Expression, arguments: Iterable[cpp.Expression]
    ) -> cpp.Expression:
        """Draw a random number; every draw is a statement of its own, so that their order is fixed."""
        self.around.uses.add("random.h")
        number = cpp.Call(f"nj_{function}", (generator, *arguments))
        return number if self.in_head else self.declare("double", "draw", number)

    def draw_side_by_side(
        self, function: str, offset: cpp.Expression, scale: cpp.Expression
    ) -> cpp.Expression:
        """Return a random number that is drawn for all lanes in front of the loops."""
        self.around.uses.add("draws.h")
        array = cpp.Declare("double", self.fresh("drawn"), sizes=(cpp.Variable("NJ_TILE"),))
        self.arrays.append(array)
        self.drawn.add(function, array.name)
        return self.declare("double", "draw", cpp.plus(offset, cpp.product(scale, at_lane(array.name))))

    def add(self, statement: cpp.Statement) -> None:
        """Append a statement."""
        inner = self.inner[-1] if self.inner else self.segment.body
        inner.append(statement)

    @contextmanager
    def inside(self) -> Iterator[list[cpp.Statement]]:
        """Collect statements apart, for the inside of one that is about to be added."""
        self.inner.append([])
        yield self.inner[-1]
        self.inner.pop()

    def comment(self, node: Node) -> None:
        """Append a comment that points back to the model's text."""
        if node.span.line:
            self.add(cpp.Origin(self.around.source, node.span.line))

    def type_of(self, name: str) -> str:
        """Return the type of a variable or local."""
        if name in self.locals:
            return self.locals[name][1]
        return self.around.types.get(name, self.around.types.get(element(name, 0), "real"))

    def converted(self, value: Expression, type_: str) -> cpp.Expression:
        """Return a value as it is stored in a variable of a type."""
        if type_ == "integer" and not is_integer(value, self.type_of):
            return self.show(Call(INTEGER, (value,)))
        return self.show(value)

    def statements(self, body: tuple[Statement, ...], mask: cpp.Expression | None = None) -> None:
        """Append statements of the model; a vector loop applies them in lanes where `mask` holds."""
        outer = dict(self.locals)
        for item in body:
            write(item, self, mask)
        self.locals = outer
