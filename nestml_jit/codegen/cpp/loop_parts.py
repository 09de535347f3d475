"""What loops over lanes are made of, and what their statements need to know of the model."""

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
    """What an `integrate_odes` does.

    Attributes
    ----------
    exact
        The new value of every variable that has an exact propagator.
    numeric
        Variables that a numerical solver integrates together.
    along
        Variables that it must integrate with them, although they have an exact solution.
    jumps
        What spikes add to variables at the end of the step, with all variables as they are just before.
    """

    exact: Mapping[str, cpp.Expression]
    numeric: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    jumps: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """What a body needs to know of the model and the place where it stands.

    Attributes
    ----------
    types
        "real", "integer" or "boolean" per variable.
    fixed
        What names are that are not columns, such as `t`.
    integrate
        What `integrate_odes(arguments)` does.
    vectors
        Sizes of vectors.
    solve
        Writes the code that integrates variables numerically where a mask holds.
    effect
        Statements of a call for its effect, None if there is no such function.
    source
        Name of the model, for comments that point back to its text.
    call
        What a call is that only this place knows, see `Translator`.
    texts
        The block that knows the numbers of texts, None where there can be none.
    uses
        Takes the headers that the code needs, see `headers`.
    lengths
        How many elements vectors have in a neuron.
    place
        Where an index is checked, None where none can be looked up.
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
