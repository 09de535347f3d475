"""Finished statements of deliveries, which the templates place."""

from __future__ import annotations

from dataclasses import dataclass

from nestml_jit.card import Delivery
from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.run_places import Code
from nestml_jit.codegen.cpp.solver import SolverText

TABLE = 512
"""Decay factors in a table, without the rate behind them: NJ_DECAY."""

AT_HAND = 8
"""Number of entries of a neuron's history that are at hand: NJ_RECENT."""

FEW = 2
"""Number of these entries that are looked at first: NJ_FEW."""


OPTIONAL = ("advance", "spike", "look", "settle", "replay")
"""Functions that a delivery need not have, in the order of `NjDeliveryFunctions`."""


@dataclass(frozen=True)
class DeliveryParts:
    """The parts that the deliveries of all rules have.

    Attributes
    ----------
    index
        Number of the synapse model in the fusion.
    reads_history
        Postsynaptic spikes matter, or what neurons keep.
    shared
        Declarations at the beginning of functions: of values that all connections share, and of columns.
    functions
        Functions in front of those of the templates.
    others
        Functions behind those of the templates.
    entries
        Names of those `OPTIONAL` functions that it has.
    solvers
        Systems that are integrated numerically.
    uses
        Headers that the code needs.
    largest
        Rows of the largest matrix whose exponential is computed, 0 if there is none.
    templates
        Templates of the functions that walk over connections.
    """

    card: Delivery
    index: int
    reads_history: bool
    shared: Code
    functions: Code
    others: Code
    entries: frozenset[str]
    solvers: tuple[SolverText, ...]
    uses: frozenset[str]
    largest: int
    templates: tuple[str, ...]

    @property
    def row(self) -> cpp.Expression:
        """The description of the delivery that the kernel gives the host."""
        scope = f"delivery_{self.index}"
        sizes = len(self.card.columns), len(self.card.scalars), self.card.scratch
        optional = (
            cpp.Variable(f"{scope}::{name}") if name in self.entries else cpp.Null() for name in OPTIONAL
        )
        return cpp.Aggregate(
            (
                cpp.Characters(self.card.synapse),
                *(cpp.Integer(size, "unsigned") for size in sizes),
                *(cpp.Variable(f"{scope}::{name}") for name in ("prepare", "deliver")),
                *optional,
            )
        )


@dataclass(frozen=True)
class SimpleParts(DeliveryParts):
    """Statements of a delivery whose rule is simple.

    Attributes
    ----------
    has_post
        Postsynaptic spikes change something.
    sources
        Declare the states of the source.
    at_source
        Effect of the source's spike on them, and the values of them that connections read.
    at_last
        Declare the states of the source at its last spike.
    prefetch, load, save
        Of a connection's columns.
    post
        A postsynaptic spike `then` that reaches the connection at step `now`.
    post_late
        The same, where post-driven variables wait for the presynaptic spike.
    settle, finish
        States decay until the presynaptic spike, or until `until`.
    pre
        The presynaptic handler, what it reads of the neuron, and post-driven variables that waited.
    batch
        Delivery in batches, None if connections are delivered one by one.
    """

    has_post: bool
    sources: Code
    at_source: Code
    at_last: Code
    prefetch: Code
    load: Code
    clock: Code
    post: Code
    post_late: Code
    settle: Code
    finish: Code
    pre: Code
    save: Code
    batch: BatchParts | None = None


@dataclass(frozen=True)
class BatchParts:
    """Statements of delivery in batches.

    Attributes
    ----------
    shared
        Declarations in front of all, as those of a delivery.
    unfit
        Deliver connections one by one if batches are not to be used at this time.
    arrays
        Declare arrays for what chosen connections have.
    gather, scatter
        Take what chosen connections have, and give it back.
    place
        Declare where consecutive connections have it, and fetch what the next ones have.
    few, many
        Loops over a batch of connections that saw few postsynaptic spikes, and more.
    """

    shared: Code
    unfit: Code
    arrays: Code
    gather: Code
    scatter: Code
    place: Code
    few: Code
    many: Code


@dataclass(frozen=True)
class EventParts(DeliveryParts):
    """Statements of the delivery of any rule, event by event.

    Attributes
    ----------
    prologue
        In front of the loop over connections.
    load, save
        At the beginning and the end of each connection.
    clock
        Declares the step up to which all is done, `t_done`.
    next_event
        Lower `now`, the step of the next event, to what comes before the presynaptic spike.
    begin
        At the beginning of an event, `update` included.
    handlers
        Effects of all spikes of that time, then conditions.
    finish
        Bring the connection to `until`, where no presynaptic spike comes.
    """

    prologue: Code
    load: Code
    clock: Code
    next_event: Code
    begin: Code
    handlers: Code
    finish: Code
    save: Code
