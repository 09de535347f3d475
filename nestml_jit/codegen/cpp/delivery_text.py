"""What the writers of deliveries hand to the templates: ready strings."""

from __future__ import annotations

from dataclasses import dataclass

from nestml_jit.card import Delivery
from nestml_jit.codegen.cpp.replay import ReplayText
from nestml_jit.codegen.cpp.solver import SolverText
from nestml_jit.kinds import PortRole

TABLE = 512


AT_HAND = 8
"""How many entries of a neuron's history are at hand: NJ_RECENT."""
FEW = 2
"""How many of them are looked at first: NJ_FEW."""


@dataclass(frozen=True)
class HistoryLayout:
    """Position of every value of a history entry; position 0 is the key.

    Attributes
    ----------
    names
        Columns whose values right after an event are kept.
    befores
        Columns whose values right before a spike are kept as well, behind the others.
    afters
        Columns whose values after an event are to be at hand.
    near
        Columns whose values before a spike are to be at hand.
    """

    names: tuple[str, ...]
    befores: tuple[str, ...] = ()
    afters: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def stride(self) -> int:
        """Doubles per entry."""
        return 1 + len(self.names) + len(self.befores)

    @property
    def at_hand(self) -> tuple[int, ...]:
        """Positions of the values that are at hand."""
        after = (self.position(name) for name in self.afters)
        return (*after, *(self.position_before(name) for name in self.near))

    def position(self, name: str) -> int:
        """Position of a value in an entry."""
        return 1 + self.names.index(name)

    def position_before(self, name: str) -> int:
        """Position of the value right before a spike."""
        return 1 + len(self.names) + self.befores.index(name)

    def at(self, entry: str, name: str) -> str:
        """Text of a value of an entry."""
        return f"{entry}[{self.position(name)}].value"


@dataclass(frozen=True)
class SourceText:
    """A state that is kept once per source.

    Attributes
    ----------
    name, type
        Of the C++ variable.
    place, value, slot
        Where it is kept, what it is there, and what is stored there of the variable.
    """

    name: str
    type: str
    place: str
    value: str
    slot: str


@dataclass(frozen=True)
class DeliveryText:
    """Strings for the template, all lines without indentation."""

    card: Delivery
    index: int
    stride: int
    has_post: bool
    advances: bool
    has_sources: bool
    has_state: bool
    reads_history: bool
    scalars: tuple[str, ...]
    tables: tuple[str, ...]
    prepare: tuple[str, ...]
    columns: tuple[str, ...]
    connection_columns: tuple[str, ...]
    sources: tuple[SourceText, ...]
    source_columns: tuple[SourceText, ...]
    sources_then: tuple[str, ...]
    sources_now: tuple[str, ...]
    hoisted: tuple[str, ...]
    spike: tuple[str, ...]
    load: tuple[str, ...]
    post: tuple[str, ...]
    settle: tuple[str, ...]
    moved: tuple[str, ...]
    pre: tuple[str, ...]
    late: tuple[str, ...]
    save: tuple[str, ...]
    finish: tuple[str, ...]
    batch: BatchText | None = None
    alike: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    solvers: tuple[SolverText, ...] = ()
    can_settle: bool = False
    replay: ReplayText | None = None
    uses: frozenset[str] = frozenset()
    template: str = "delivery.cpp.jinja"


@dataclass(frozen=True)
class BatchText:
    """Strings for delivery in batches.

    Attributes
    ----------
    values
        Positions of the values of a history entry that are at hand.
    afters, befores
        Those that are read as of after an event and right before a spike.
    tables
        Numbers of the decay tables whose rates are needed.
    few, many
        How many postsynaptic spikes are looked at first, and of connections that saw more.
    states
        Variables of a connection that a postsynaptic spike may change.
    loaded
        Variables of a connection that are read in the beginning.
    saved
        Variables of a connection that are stored at the end.
    """

    values: tuple[int, ...]
    afters: tuple[int, ...]
    befores: tuple[int, ...]
    tables: tuple[int, ...]
    few: int
    many: int
    states: tuple[str, ...]
    saved: tuple[str, ...]
    loaded: tuple[str, ...]
    load: tuple[str, ...]
    post: tuple[str, ...]
    moved: tuple[str, ...]
    pre: tuple[str, ...]


@dataclass(frozen=True)
class HandlerText:
    """What a spike at one port does: lines, the port's role and its number among those of the role."""

    role: PortRole
    number: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class EventText:
    """Strings for the delivery of any rule, event by event.

    Attributes
    ----------
    has_post
        Something other than presynaptic spikes reaches connections.
    advances
        Connections can be brought to a time at which no presynaptic spike comes.
    every_step
        Connections are updated in every step.
    reads_history
        Postsynaptic spikes do.
    modulatory
        Numbers of the modulatory ports whose spikes count.
    prologue, load, save
        Lines in front of the loop over connections, at the beginning and the end of each.
    clock
        The column with the time of a connection's last event, "" if there is none.
    begin, update, late, conditions
        Lines of one time at which something happens.
    settle
        Lines that bring a connection from its last event to the step `until`.
    can_settle
        The same can be done on request, although it divides an interval.
    uses
        Headers that the code needs.
    largest
        Rows of the largest matrix whose exponential is computed.
    """

    card: Delivery
    index: int
    has_post: bool
    advances: bool
    every_step: bool
    reads_history: bool
    modulatory: tuple[int, ...]
    scalars: tuple[str, ...]
    tables: tuple[str, ...]
    prepare: tuple[str, ...]
    columns: tuple[str, ...]
    functions: tuple[str, ...]
    solvers: tuple[SolverText, ...]
    prologue: tuple[str, ...]
    load: tuple[str, ...]
    clock: str
    begin: tuple[str, ...]
    update: tuple[str, ...]
    handlers: tuple[HandlerText, ...]
    late: tuple[str, ...]
    conditions: tuple[str, ...]
    settle: tuple[str, ...]
    can_settle: bool
    save: tuple[str, ...]
    look: tuple[str, ...]
    has_sources: bool = False
    replay: ReplayText | None = None
    uses: frozenset[str] = frozenset()
    largest: int = 0
    template: str = "events.cpp.jinja"
