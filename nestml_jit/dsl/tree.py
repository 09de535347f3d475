"""The syntax tree of a NESTML model: frozen records, a span on every node.

The parser builds it, the checks read it, `nestml_jit.dsl.lower` turns it into the form that the
code generator reads: the same records, but every unit is gone. Front ends for other languages make such
records, too (docs/adr/front-ends.md). In a lowered tree

* a `Literal` is a number in storage units (ms, mV, pA, nS, pF, GOhm; see `nestml_jit.dsl.units`),
  its `unit` is None, and a cast that changes the number stands as an explicit multiplication;
* a `UnitType` keeps its text for messages, but has no meaning any more;
* an inline's use is still a `Name`; the code generator substitutes it;
* a spike port's `Name` means the sum of the weights that arrive in the step times 1/s, that is
  1e-3 in storage units (1/ms), exactly as written by the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache
from typing import Union

from nestml_jit.dsl.span import Span
from nestml_jit.kinds import BasicName, ModelRole, Signal


@cache
def _field_names(kind: type[Node]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind) if item.name not in ("span", "name_span"))


@dataclass(frozen=True, kw_only=True)
class Node:
    """The base of all nodes, with their spans; comparisons ignore the spans.

    `name_span` is the place of the name that a declaring node introduces, or of the name that a
    handler or loop refers to.
    """

    span: Span = field(default=Span(), compare=False, repr=False)
    name_span: Span = field(default=Span(), compare=False, repr=False)

    def children(self) -> Iterator[Node]:
        """Yield the direct child nodes, in source order."""
        for name in _field_names(type(self)):  # type: ignore[arg-type]  # classes are hashable
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (child for child in value if isinstance(child, Node))

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, depth first, in source order."""
        yield self
        for child in self.children():
            yield from child.walk()


# --- types ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BasicType(Node):
    """`real`, `integer`, `boolean`, `string` or `void`."""

    name: BasicName


@dataclass(frozen=True)
class UnitName(Node):
    """A unit symbol such as `mV`, or the `1` of `1/ms` (then `name` is "1")."""

    name: str


@dataclass(frozen=True)
class UnitPower(Node):
    """`base ** exponent`."""

    base: UnitExpression
    exponent: Fraction


@dataclass(frozen=True)
class UnitProduct(Node):
    """`left * right` or `left / right`."""

    operator: str
    left: UnitExpression
    right: UnitExpression


UnitExpression = Union[UnitName, UnitPower, UnitProduct]  # noqa: UP007


@dataclass(frozen=True)
class UnitType(Node):
    """A physical unit used as a type; `text` is its canonical spelling."""

    expression: UnitExpression
    text: str = field(default="", compare=False)


Type = Union[BasicType, UnitType]  # noqa: UP007

# --- expressions ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Literal(Node):
    """A number, with the unit written right behind it if there is one.

    `value` is an `int` for an integer literal, else a `float` (`inf` included).
    """

    value: int | float
    unit: UnitExpression | None = None
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class Boolean(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class String(Node):
    """A string; `value` has its escapes resolved and its quotes removed."""

    value: str


@dataclass(frozen=True)
class Name(Node):
    """A variable, with `order` primes, perhaps indexed, perhaps delayed: `x'`, `x[i]`, `x(t - d)`.

    `delay` is the `d` of `x(t - d)`.
    """

    name: str
    order: int = 0
    index: Expression | None = None
    delay: Expression | None = None


@dataclass(frozen=True)
class Unary(Node):
    """`+x`, `-x`, `~x` or `not x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Node):
    """`left operator right`; operators as written (`<>` is stored as `!=`)."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Ternary(Node):
    """`condition ? if_true : if_false`."""

    condition: Expression
    if_true: Expression
    if_false: Expression


@dataclass(frozen=True)
class Call(Node):
    """`name(arguments)`; also `convolve`, `emit_spike`, `integrate_odes`."""

    name: str
    arguments: tuple[Expression, ...]


Expression = Union[Literal, Boolean, String, Name, Unary, Binary, Ternary, Call]  # noqa: UP007

# --- statements ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assignment(Node):
    """`target operator value`, operator one of `=`, `+=`, `-=`, `*=`, `/=`, `//=`."""

    target: Name
    operator: str
    value: Expression


@dataclass(frozen=True)
class CallStatement(Node):
    """A call for its effect."""

    call: Call


@dataclass(frozen=True)
class Return(Node):
    """`return [value]`."""

    value: Expression | None = None


@dataclass(frozen=True)
class Branch(Node):
    """One arm of an `if`: `condition` is None for `else`."""

    condition: Expression | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class If(Node):
    """`if`, any number of `elif`, perhaps `else`."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class While(Node):
    """`while condition:`."""

    condition: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class For(Node):
    """`for variable in start ... stop step step:`; half open."""

    variable: str
    start: Expression
    stop: Expression
    step: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Declaration(Node):
    """One declared variable. `a, b mV = 1 mV` becomes two declarations with equal `group` spans.

    `comments` are the comment lines attached to it, `guard` the expression in `[[ ]]`,
    `decorators` the words after it, such as `@homogeneous`.
    """

    name: str
    order: int
    type: Type
    size: Expression | None = None
    value: Expression | None = None
    guard: Expression | None = None
    guard_text: str = field(default="", compare=False)
    decorators: tuple[str, ...] = ()
    recordable: bool = False
    comments: tuple[str, ...] = field(default=(), compare=False)


Statement = Union[Assignment, CallStatement, Return, If, While, For, Declaration]  # noqa: UP007

# --- the model -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ode(Node):
    """`name'... = value`, perhaps with decorators behind it."""

    name: str
    order: int
    value: Expression
    decorators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inline(Node):
    """`[recordable] inline name type = value`, perhaps with decorators behind it."""

    name: str
    type: Type
    value: Expression
    recordable: bool = False
    decorators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kernel(Node):
    """`kernel g = f(t)` (one `Ode` of order 0) or `kernel g' = ..., h' = ...`."""

    equations: tuple[Ode, ...]
    decorators: tuple[str, ...] = ()


@dataclass(frozen=True)
class InputPort(Node):
    """`name[size] <- [qualifier] spike` or `name[size] type <- continuous`.

    `qualifiers` holds `excitatory`/`inhibitory` and, as an extension, `pre`, `post`, `mod`. `reads` is the
    postsynaptic variable that a continuous port of a synapse is bound to, "" for the one of its name; no
    text says so, but a user's options may. They may also set `couples` of a port that gets the current of gap
    junctions: the potential that these couple, "" for the one that the current enters; None for other ports.
    `at_spike` says that at a postsynaptic spike a continuous port has its value from when the neuron fired,
    and not from when the spike arrives at the synapse.
    """

    name: str
    signal: Signal
    qualifiers: tuple[str, ...] = ()
    type: Type | None = None
    size: Expression | None = None
    reads: str = ""
    couples: str | None = None
    at_spike: bool = False


@dataclass(frozen=True)
class Function(Node):
    """`function name(parameters) returns:`."""

    name: str
    parameters: tuple[Declaration, ...]
    returns: Type
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class OnReceive(Node):
    """`onReceive(port, priority=...)`."""

    port: str
    priority: int | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class OnCondition(Node):
    """`onCondition(condition, priority=...)`."""

    condition: Expression
    priority: int | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Model(Node):
    """One `model NAME:`; blocks that are not there are empty tuples (`update`: None).

    `layout` tells the printer in which order the text has its blocks, and where. `role` is "neuron" or
    "synapse" where that was settled, and does not follow from the text.
    """

    name: str
    docstring: str = field(default="", compare=False)
    state: tuple[Declaration, ...] = ()
    parameters: tuple[Declaration, ...] = ()
    internals: tuple[Declaration, ...] = ()
    equations: tuple[Ode | Inline | Kernel, ...] = ()
    inputs: tuple[InputPort, ...] = ()
    outputs: tuple[str, ...] = ()
    update: tuple[Statement, ...] | None = None
    on_receive: tuple[OnReceive, ...] = ()
    on_condition: tuple[OnCondition, ...] = ()
    functions: tuple[Function, ...] = ()
    layout: tuple[tuple[str, Span], ...] = field(default=(), compare=False, repr=False)
    role: ModelRole = ""
