"""The tree of C++ that the generator writes: frozen records for expressions and statements.

Every writer of `cpp/` builds these nodes. Decisions about generated code ask the tree
(`queries.py`: `uses`, `assigns`, `calls`); `printing.py` makes text of it in the end::

    >>> from nestml_jit.codegen.cpp.printing import lines_of
    >>> from nestml_jit.codegen.cpp.queries import assigns, uses
    >>> v, rate = Variable("v_x"), Variable("k_rate")
    >>> decay = Assign(v, Call("std::exp", (product(rate, Variable("h")),)), "*=")
    >>> step = If((Branch(greater(v, Real(0.0)), (decay,)),))
    >>> sorted(uses(step)), sorted(assigns(step))
    (['h', 'k_rate', 'v_x'], ['v_x'])
    >>> lines_of(step)
    ['if (v_x > 0.0) {', '  v_x *= std::exp(k_rate * h);', '}']

Names are C++ names (`model/names.py` spells them). A node knows no type and no place: types stand in
declarations only, and what a name means is known to the writer that declares it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache, reduce
from typing import Literal, Union


@cache
def _field_names(kind: type[CppNode]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


@dataclass(frozen=True)
class CppNode:
    """The base of all nodes: they have children, and can be walked."""

    def children(self) -> Iterator[CppNode]:
        """Yield the direct child nodes, in the order of the text."""
        for name in _field_names(type(self)):  # type: ignore[arg-type]  # classes are hashable
            value = getattr(self, name)
            if isinstance(value, CppNode):
                yield value
            elif isinstance(value, tuple):
                yield from (child for child in value if isinstance(child, CppNode))

    def walk(self) -> Iterator[CppNode]:
        """Yield this node and all below it, depth first, in the order of the text."""
        yield self
        for child in self.children():
            yield from child.walk()


# --- expressions ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variable(CppNode):
    """A variable, constant or enumerator, by its C++ name."""

    name: str


@dataclass(frozen=True)
class Real(CppNode):
    """A double; its text reads back as exactly this value, infinities and NaN included."""

    value: float


@dataclass(frozen=True)
class Integer(CppNode):
    """An integer literal: an `int`, of 64 bits (`INT64_C(1)`), or unsigned (`1u`)."""

    value: int
    kind: Literal["int", "int64", "unsigned"] = "int"


@dataclass(frozen=True)
class Truth(CppNode):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Characters(CppNode):
    """A string literal; the printer escapes `value`."""

    value: str


@dataclass(frozen=True)
class Null(CppNode):
    """`nullptr`."""


@dataclass(frozen=True)
class Unary(CppNode):
    """`operator operand`, operator one of `+`, `-`, `!`, `~`, `*`, `&`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(CppNode):
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Ternary(CppNode):
    """`condition ? if_true : if_false`."""

    condition: Expression
    if_true: Expression
    if_false: Expression


@dataclass(frozen=True)
class Element(CppNode):
    """`array[index]`."""

    array: Expression
    index: Expression


@dataclass(frozen=True)
class Member(CppNode):
    """`record->name`, or `record.name`."""

    record: Expression
    name: str
    by_pointer: bool = True


@dataclass(frozen=True)
class Call(CppNode):
    """`function<templates>(arguments)`; functions of the standard library are named as in C++: `std::exp`."""

    function: str
    arguments: tuple[Expression, ...] = ()
    templates: tuple[str, ...] = ()


@dataclass(frozen=True)
class MethodCall(CppNode):
    """`record->name(arguments)`, or `record.name(arguments)`."""

    record: Expression
    name: str
    arguments: tuple[Expression, ...] = ()
    by_pointer: bool = True


@dataclass(frozen=True)
class Cast(CppNode):
    """A value as another type: `double(x)`, `static_cast<T>(x)` or `reinterpret_cast<T>(x)`."""

    type: str
    value: Expression
    form: Literal["", "static_cast", "reinterpret_cast"] = ""


@dataclass(frozen=True)
class Aggregate(CppNode):
    """`type { items }`, or `{ items }` as the value of a declaration or an argument."""

    items: tuple[Expression, ...] = ()
    type: str = ""


Expression = Union[  # noqa: UP007
    Variable,
    Real,
    Integer,
    Truth,
    Characters,
    Null,
    Unary,
    Binary,
    Ternary,
    Element,
    Member,
    Call,
    MethodCall,
    Cast,
    Aggregate,
]

# --- statements ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Declare(CppNode):
    """`type name[sizes] = value;`.

    Attributes
    ----------
    type
        Type of the variable without its own `const`: `double`, `const NjSlot*`.
    sizes
        Sizes of an array, outermost first; none for a single value.
    is_constant
        The variable never changes: `const double x`, `const NjSlot* const entry`.
    may_be_unused
        Compilers do not warn if nothing reads it.
    is_restrict
        No other pointer refers to the same memory.
    is_static
        The variable outlives the function.
    alignment
        In bytes, 0 for that of the type.
    """

    type: str
    name: str
    value: Expression | None = None
    sizes: tuple[Expression, ...] = ()
    is_constant: bool = False
    may_be_unused: bool = False
    is_restrict: bool = False
    is_static: bool = False
    alignment: int = 0

    @property
    def variable(self) -> Variable:
        """The declared variable."""
        return Variable(self.name)


@dataclass(frozen=True)
class Assign(CppNode):
    """`target operator value;`, operator one of `=`, `+=`, `-=`, `*=`, `|=`, ..."""

    target: Expression
    value: Expression
    operator: str = "="


@dataclass(frozen=True)
class Evaluate(CppNode):
    """`value;`, for its effect."""

    value: Expression


@dataclass(frozen=True)
class Block(CppNode):
    """`{ body }`."""

    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Branch(CppNode):
    """One arm of an `if`; `condition` is None for `else`."""

    condition: Expression | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class If(CppNode):
    """`if`, any number of `else if`, perhaps `else`."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Lanes(CppNode):
    """A loop over lanes, which do not depend on each other; the target says how they are gone through.

    Attributes
    ----------
    body
        Statements of lane `index`.
    first, end
        The lanes: from `first` to `end`, exclusive.
    is_vector
        Whether the lanes are to be computed side by side.
    flags
        Variables outside of the loop into which it collects bits of all lanes, with `|=`.
    guard
        The loop runs only if this holds; a loop without vector code may end early when it ceases to hold.
    counter
        Type of `index`.
    """

    body: tuple[Statement, ...]
    first: Expression
    end: Expression
    index: str = "l"
    is_vector: bool = True
    flags: tuple[str, ...] = ()
    guard: Expression | None = None
    counter: str = "uint32_t"


@dataclass(frozen=True)
class For(CppNode):
    """`for (start; condition; step) { body }`."""

    start: Declare | Assign | None
    condition: Expression | None
    step: Assign | Evaluate | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class While(CppNode):
    """`while (condition) { body }`."""

    condition: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Case(CppNode):
    """`case value: body`; `value` is None for `default`. The body has to leave the `switch`."""

    value: Expression | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Switch(CppNode):
    """`switch (value) { cases }`."""

    value: Expression
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Continue(CppNode):
    """`continue;`."""


@dataclass(frozen=True)
class Return(CppNode):
    """`return value;`."""

    value: Expression | None = None


@dataclass(frozen=True)
class Comment(CppNode):
    """`// text`."""

    text: str


@dataclass(frozen=True)
class Origin(CppNode):
    """Points back to a line of the model: what follows was written there."""

    source: str
    line: int


@dataclass(frozen=True)
class Function(CppNode):
    """A function of a kernel, for the use in its own file.

    Attributes
    ----------
    parameters
        Declarations without values.
    body
        None for a declaration without a definition.
    is_inline
        Whether calls are worth being replaced by the body; `False` forbids it, None leaves it open.
    """

    returns: str
    name: str
    parameters: tuple[Declare, ...]
    body: tuple[Statement, ...] | None
    is_inline: bool | None = None
    may_be_unused: bool = False


Statement = Union[  # noqa: UP007
    Declare,
    Assign,
    Evaluate,
    Block,
    If,
    Lanes,
    For,
    While,
    Switch,
    Continue,
    Return,
    Comment,
    Origin,
    Function,
]

# --- short forms ---------------------------------------------------------------------------------


def _joining(operator: str) -> Callable[..., Expression]:
    def joined(*operands: Expression) -> Expression:
        return reduce(lambda left, right: Binary(operator, left, right), operands)

    return joined


plus, product = _joining("+"), _joining("*")
"""Sum and product of one or more expressions, from the left."""

both, either = _joining("&&"), _joining("||")
either_of = _joining("|")
"""Like `either`, but all operands are computed."""


def added(left: Expression, right: Expression) -> Expression:
    """Return a sum to which the terms of another one are added one after another.

    >>> from nestml_jit.codegen.cpp.printing import text_of
    >>> a, b, c = Variable("a"), Variable("b"), Variable("c")
    >>> text_of(plus(a, minus(b, c))), text_of(added(a, minus(b, c)))
    ('a + (b - c)', 'a + b - c')
    """
    if isinstance(right, Binary) and right.operator in ("+", "-"):
        return Binary(right.operator, added(left, right.left), right.right)
    return Binary("+", left, right)


def minus(left: Expression, right: Expression) -> Binary:
    """Return a difference."""
    return Binary("-", left, right)


def quotient(left: Expression, right: Expression) -> Binary:
    """Return a quotient."""
    return Binary("/", left, right)


def less(left: Expression, right: Expression) -> Binary:
    """Return `left < right`."""
    return Binary("<", left, right)


def greater(left: Expression, right: Expression) -> Binary:
    """Return `left > right`."""
    return Binary(">", left, right)


def negation(condition: Expression) -> Unary:
    """Return `!condition`."""
    return Unary("!", condition)


def when(condition: Expression, body: Iterable[Statement]) -> If:
    """Return an `if` without `else`."""
    return If((Branch(condition, tuple(body)),))


def path(start: str, *members: str) -> Expression:
    """Return members of what pointers refer to: `path("d", "block", "host")` is `d->block->host`."""
    return reduce(Member, members, Variable(start))  # type: ignore[arg-type]
