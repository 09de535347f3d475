"""The rule of a synapse: the statements that run at each kind of event.

A convolution becomes a variable with an ODE. The spikes of its port increase it after their handler. So it is
with a port in an equation::

    kernel K = exp(-t / tau)           # convolve(K, pre_spikes) becomes the variable `K*pre_spikes`
    K*pre_spikes += 1                  # what a spike of the port `pre_spikes` adds to it

Variables that only postsynaptic spikes drive (*driven*) change last of all that happens at one time. All
other statements of that time read them as they are strictly before these spikes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nestml_jit.codegen.model.effects import assigned, emissions, read
from nestml_jit.codegen.model.equations import without_impulses
from nestml_jit.codegen.model.functions import free_names
from nestml_jit.codegen.model.lookups import plain
from nestml_jit.codegen.model.names import element
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.rebuild import rebuild
from nestml_jit.codegen.model.roles import Roles, roles
from nestml_jit.codegen.model.symbolic import ZERO, calls, names, simplify, substitute
from nestml_jit.dsl.tree import Assignment, Call, Expression, Literal, Name, Node, Ode, OnReceive, Statement
from nestml_jit.functions import RANDOM

PER_MS = Literal(0.001)


@dataclass(frozen=True)
class Rule:
    """The statements of a synapse model, sorted by the events that they belong to.

    Attributes
    ----------
    normal
        The model. Its equations include those of convolutions, and contain no spikes.
    handlers
        For each spike port the statements of its handler, without those of driven variables.
    increments
        For each spike port except the postsynaptic one, the statements by which its spikes increase
        convolutions and variables with equations, after the handler.
    late
        Statements of a postsynaptic spike that change driven variables and convolutions, after all others.
    driven
        Variables that only postsynaptic spikes drive.
    always
        Convolutions: they advance even if `update` does not integrate.
    order
        Spike ports in the order in which their handlers run when spikes come at one time.
    free
        Variables of the model that each of its functions reads.
    """

    normal: Normal
    roles: Roles
    handlers: Mapping[str, tuple[Statement, ...]]
    increments: Mapping[str, tuple[Statement, ...]]
    late: tuple[Statement, ...]
    driven: frozenset[str]
    always: frozenset[str]
    order: tuple[str, ...]
    free: Mapping[str, tuple[str, ...]]

    def reads(self, body: Iterable[Statement]) -> frozenset[str]:
        """Return the names that statements read, directly or through functions and indices."""
        items = tuple(body)
        found = read(items) | _through_functions(items, self.free)
        return _with_elements(found, self.normal.vectors)

    def reads_of(self, expression: Expression) -> frozenset[str]:
        """Return the names that an expression reads, directly or through functions and indices."""
        found = names(expression) | _through_functions((expression,), self.free)
        return _with_elements(found, self.normal.vectors)

    @property
    def emits_apart(self) -> bool:
        """Whether something other than a presynaptic spike may emit."""
        others = [item for port, body in self.handlers.items() if port != self.roles.pre for item in body]
        places = (*others, *self.normal.update, *self.normal.on_condition)
        return any(call for item in places for call in emissions(item))

    def acts(self, port: str) -> bool:
        """Return whether a spike at a port changes anything."""
        late = port == self.roles.post and bool(self.late)
        return bool(self.handlers.get(port) or self.increments.get(port)) or late


def rule_of(normal: Normal) -> Rule:
    """Return the rule of a synapse model.

    Raises
    ------
    CannotGenerate
        If a part of it has no meaning in a synapse; the message names the place.

    Examples
    --------
    Statements that change driven variables leave the handler (`post_trace += 1`) and run last:

    >>> from nestml_jit.codegen.examples import PAIRS, model, statements
    >>> from nestml_jit.codegen.model.normal import normalise
    >>> rule = rule_of(normalise(model(PAIRS)))
    >>> print(statements(rule.handlers["post_spikes"]))
    w += 0.1 * pre_trace
    >>> print(statements(rule.late))
    post_trace += 1
    >>> print(statements(rule.handlers["pre_spikes"]))
    pre_trace += 1
    w -= 0.1 * post_trace
    emit_spike(w)
    """
    found = roles(normal.model)
    _check(normal, found)
    free = free_names(normal.functions)
    odes, impulses = without_impulses(normal)
    increments = dict(_increments(normal, impulses))
    extra = {name: Ode(name, 1, side) for made in normal.convolutions for name, side in made.odes.items()}
    changed = dataclasses.replace(
        normal,
        odes={**odes, **extra},
        convolutions=(),
        on_receive=tuple(_with_ports(item, normal) for item in normal.on_receive),
    )
    bodies = {item.port: item.body for item in changed.on_receive}
    after_post = increments.pop(found.post, ())
    driven = _driven(changed, found, increments, after_post, free)
    post = bodies.get(found.post, ())
    mine = tuple(item for item in post if belongs(item, driven))
    if found.post in bodies:
        bodies[found.post] = tuple(item for item in post if not belongs(item, driven))
    return Rule(
        normal=changed,
        roles=found,
        handlers=bodies,
        increments=increments,
        late=(*mine, *after_post),
        driven=driven,
        always=frozenset(extra),
        order=_order(changed, found),
        free=free,
    )


def belongs(item: Statement, variables: Iterable[str]) -> bool:
    """Return whether a statement of the postsynaptic handler is an assignment to one of some variables."""
    return isinstance(item, Assignment) and item.target.index is None and item.target.name in set(variables)


def _check(normal: Normal, found: Roles) -> None:
    """Refuse vectors of spike ports, since a connection cannot choose among receptors of a synapse."""
    for port in normal.model.inputs:
        if port.size is None or port.signal != "spike":
            continue
        ends = {found.pre: "source", found.post: "target"}
        if port.name in ends:
            hint = f"a connection has one {ends[port.name]}: write `{port.name} <- spike`"
        else:
            names_ = f"`{port.name}_0 <- mod spike`, `{port.name}_1 <- mod spike`"
            hint = f"declare ports with a handler and a volume transmitter each: {names_}"
        problem = f"{port.name}: a synapse has no vectors of ports for spikes"
        reason = "nothing says which element a spike is for"
        raise CannotGenerate(UNSUPPORTED, f"{problem}, since {reason}", port, hint)


def _with_ports(item: OnReceive, normal: Normal) -> OnReceive:
    """Replace spike ports by their value while a handler runs for one spike, in 1/ms.

    The port of the handler is 0.001 (one spike per second); all others are 0.
    """
    spiking = [name for name, port in normal.ports.items() if port.signal == "spike"]
    values: dict[str, Expression] = {name: PER_MS if name == item.port else ZERO for name in spiking}
    return rebuild(item, lambda expression: simplify(substitute(expression, values)))


def _increments(
    normal: Normal, impulses: Mapping[str, tuple[tuple[str, Expression], ...]]
) -> Mapping[str, tuple[Statement, ...]]:
    """Return for each port the assignments that increase convolutions and variables with equations."""
    found: dict[str, tuple[Assignment, ...]] = {}
    added = [
        (made.port.name, name, value)
        for made in normal.convolutions
        for name, value in made.initial.items()
        if name in made.odes and value != ZERO
    ]
    added += [(port, name, factor) for name, all_ in impulses.items() for port, factor in all_]
    for port, name, value in added:
        found[port] = (*found.get(port, ()), Assignment(Name(name), "+=", value))
    return {port: _readers_first(items) for port, items in found.items()}


def _readers_first(items: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """Sort the increments of a spike so that all read the values just before the spike.

    `y += x` precedes `x += 1`. If `x += y` and `y += x`, neither can come first.
    """
    left, result = list(items), []
    while left:
        free = [item for item in left if not _is_read(item, left)]
        if not free:
            listed = ", ".join(f"{item.target.name}'" for item in left)
            problem = f"{listed}: what a spike adds to each of them depends on the others"
            hint = "write it in the handler of the port, with local variables"
            raise CannotGenerate(UNSUPPORTED, problem, left[0].value, hint)
        result.append(free[0])
        left.remove(free[0])
    return tuple(result)


def _is_read(item: Assignment, items: Iterable[Assignment]) -> bool:
    """Return whether an assignment to another variable reads the target of this one."""
    name = item.target.name
    return any(name in names(other.value) for other in items if other.target.name != name)


def _order(normal: Normal, found: Roles) -> tuple[str, ...]:
    """Sort ports: higher priority first; without one modulatory, postsynaptic, presynaptic spikes."""
    ports = [*found.modulatory, *([found.post] if found.post else []), found.pre]
    priority = {item.port: item.priority for item in normal.on_receive if item.priority is not None}
    return tuple(sorted(ports, key=lambda port: -priority.get(port, -1)))


# --- variables that only postsynaptic spikes drive ----------------------------------------------------------


def _driven(
    normal: Normal,
    found: Roles,
    increments: Mapping[str, tuple[Statement, ...]],
    after_post: tuple[Statement, ...],
    free: Mapping[str, tuple[str, ...]],
) -> frozenset[str]:
    post = [item for handler in normal.on_receive if handler.port == found.post for item in handler.body]
    if not found.post:
        return frozenset()
    lone: list[Assignment] = [
        item for item in post if isinstance(item, Assignment) and item.target.index is None
    ]
    others: list[Node] = [item for item in post if item not in lone]
    others += [item for handler in normal.on_receive if handler.port != found.post for item in handler.body]
    others += [*normal.update, *(item for block in normal.on_condition for item in block.body)]
    others += [item for body in increments.values() for item in body]
    made = {symbol.name for symbol in normal.of_kind("convolution")}
    lone += [item for item in after_post if isinstance(item, Assignment) and item.target.name in made]
    excluded = _with_elements(assigned(others), normal.vectors) | {found.weight}
    excluded |= {item.variable for item in normal.delayed.values()}  # connections keep the past of these
    fixed = {symbol.name for symbol in normal.of_kind("parameter", "internal")}
    reads = _reads(lone, normal, free)
    kept = {name for name in reads if name in normal.symbols and name not in excluded}
    while any(not reads[name] <= fixed | kept for name in kept):
        kept = {name for name in kept if reads[name] <= fixed | kept}
    return frozenset(kept)


def _reads(
    lone: Iterable[Assignment], normal: Normal, free: Mapping[str, tuple[str, ...]]
) -> dict[str, frozenset[str]]:
    """Return the names that the assignments and the equation of each variable read; random functions count.

    Variables of an equation of higher order, such as a convolution with an alpha function, belong together.
    """
    values: dict[str, list[Expression]] = {}
    for item in lone:
        values.setdefault(item.target.name, []).append(item.value)
    for name in list(_reached(values, normal)):
        values.setdefault(name, []).append(normal.odes[name].value)
    return {
        name: _with_elements(frozenset().union(*(_of(value, free) for value in found)), normal.vectors)
        for name, found in values.items()
    }


def _reached(values: Mapping[str, object], normal: Normal) -> Iterator[str]:
    """Yield the assigned variables with equations, and convolutions that these lead to."""
    todo, seen = [name for name in values if name in normal.odes], set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        made = normal.symbols[name].kind == "convolution"
        todo += [other for other in names(normal.odes[name].value) & set(normal.odes) if made]


def _of(value: Expression, free: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    return names(value) | _through_functions((value,), free) | (calls(value) & RANDOM)


def _through_functions(nodes: Iterable[Node], free: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    called = {name for node in nodes for name in _calls(node)}
    return frozenset(name for function in called & set(free) for name in free[function])


def _calls(node: Node) -> Iterator[str]:
    return (plain(item.name) for item in node.walk() if isinstance(item, Call))


def _with_elements(found: Iterable[str], vectors: Mapping[str, int]) -> frozenset[str]:
    """Add the elements of vectors that are named as a whole, or looked up by an index."""
    every = set(found)
    for name in every & set(vectors):
        every |= {element(name, index) for index in range(vectors[name])}
    return frozenset(every)
