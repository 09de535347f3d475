"""The parts of loops over lanes, and the data of the model that their statements need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Hook
from nestml_jit.dsl.tree import Call, Expression

if TYPE_CHECKING:
    from nestml_jit.codegen.cpp.lanes import Body


@dataclass(frozen=True)
class Updates:
    """The changes of variables by an `integrate_odes`.

    Attributes
    ----------
    exact
        The new value of every variable that has an exact propagator.
    numeric
        Variables that a numerical solver integrates together.
    along
        Variables that it must integrate with them, although they have an exact solution.
    jumps
        Increments of variables by spikes at the end of the step, with all variables as they are just before.
    """

    exact: Mapping[str, cpp.Expression]
    numeric: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    jumps: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """The data of the model, and of the place, that the statements of a body need.

    Attributes
    ----------
    types
        "real", "integer" or "boolean" per variable.
    fixed
        C++ expressions of names that are not columns, such as `t`.
    integrate
        Returns the updates of `integrate_odes(arguments)`.
    vectors
        Sizes of vectors.
    solve
        Writes the code that integrates variables numerically where a mask holds.
    effect
        Returns the statements of a call for its effect, None for unknown functions.
    source
        Name of the model, for comments that point back to its text.
    call
        Returns the C++ expression of a call that only this place knows, see `Translator`.
    texts
        The block that knows the numbers of texts, None where there cannot be any.
    uses
        Takes the headers that the code needs, see `headers`.
    lengths
        Numbers of elements that vectors have in a neuron.
    place
        The place where an index is checked, None where lookups are not possible.
    """

    types: Mapping[str, str]
    fixed: Mapping[str, cpp.Expression]
    integrate: Callable[[Call, Body], Updates]
    effect: Callable[[Call, Body], Sequence[cpp.Statement] | None]
    source: str
    solve: Callable[[Updates, cpp.Expression | None, Body], None] | None = None
    call: Hook | None = None
    vectors: Mapping[str, int] = field(default_factory=dict)
    texts: cpp.Expression | None = None
    uses: set[str] = field(default_factory=set)
    lengths: Mapping[str, Expression] = field(default_factory=dict)
    place: cpp.Expression | None = None


SegmentKind = Literal["vector", "scalar", "rare", "plain"]


@dataclass
class Segment:
    """One loop over lanes, while it is being written.

    `kind` is "vector", "scalar", "rare" or "plain" (no loop at all); a rare loop runs where `flag` was
    raised, the others with a flag run only if that was raised for any lane. `first` are declarations in front
    of all other statements. `direct` are elements of vectors that the loop reads and (if true) writes in
    place. `deferred` are the effects of a vector loop: statements that run after it in the lanes where the
    bit of that number is set in the variable `events`.
    """

    kind: SegmentKind
    flag: str = ""
    first: dict[str, cpp.Declare] = field(default_factory=dict)
    body: list[cpp.Statement] = field(default_factory=list)
    loaded: dict[str, None] = field(default_factory=dict)
    stored: dict[str, None] = field(default_factory=dict)
    defined: dict[str, None] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    raised: list[str] = field(default_factory=list)
    direct: dict[str, bool] = field(default_factory=dict)
    events: str = ""
    deferred: list[tuple[cpp.Statement, ...]] = field(default_factory=list)

    @property
    def statements(self) -> tuple[cpp.Statement, ...]:
        """All statements of the loop."""
        return (*self.first.values(), *self.body)
