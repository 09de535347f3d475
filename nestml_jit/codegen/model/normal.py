"""The normal form of a model, from which all later steps of the generator start.

Primes become part of names, ODEs are of first order, inlines and internals that are
plain numbers are substituted, `convolve` is a variable, `e` and `pi` are numbers, and every variable has
one entry in a table.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from nestml_jit.codegen.model.aliases import delay_variable
from nestml_jit.codegen.model.convolutions import Convolution, convolutions, port_name
from nestml_jit.codegen.model.inlining import as_expression, certain, recursive_functions
from nestml_jit.codegen.model.integers import typed
from nestml_jit.codegen.model.lookups import (
    around_integrating,
    checks,
    choice,
    fallible,
    fallible_functions,
    is_fallible,
    looks_up,
    plain,
    printing_functions,
    without_checks,
)
from nestml_jit.codegen.model.names import canonical, convolved, element
from nestml_jit.codegen.model.problem import EQUATIONS, UNSUPPORTED, CannotGenerate
from nestml_jit.codegen.model.rebuild import rebuild
from nestml_jit.codegen.model.roles import is_synapse
from nestml_jit.codegen.model.scopes import with_own_locals
from nestml_jit.codegen.model.set_convolutions import with_set_convolutions
from nestml_jit.codegen.model.singularities import without_singularities
from nestml_jit.codegen.model.splicing import spliced
from nestml_jit.codegen.model.symbolic import (
    ZERO,
    calls,
    fold,
    is_number,
    names,
    number,
    rewrite,
    simplify,
    substitute,
    total,
)
from nestml_jit.codegen.model.vectors import (
    at,
    elements,
    named,
    size_variables,
    vector_sizes,
    with_own_sizes,
    written_out,
)
from nestml_jit.dsl.tree import (
    Assignment,
    BasicType,
    Call,
    Declaration,
    Expression,
    Function,
    Inline,
    InputPort,
    Kernel,
    Literal,
    Model,
    Name,
    Node,
    Ode,
    OnCondition,
    OnReceive,
    Statement,
    Type,
    UnitType,
)
from nestml_jit.kinds import BasicName, SymbolKind

N = TypeVar("N", bound=Node)
B = TypeVar("B", OnReceive, OnCondition, Function)


@dataclass(frozen=True)
class NormalVariable:
    """A variable of a model."""

    name: str
    kind: SymbolKind
    type: BasicName
    unit: str
    declaration: Declaration | None = None


@dataclass(frozen=True)
class Delayed:
    """A variable as equations read it with a delay in ms: the value before the beginning of the step."""

    variable: str
    delay: Expression


@dataclass(frozen=True)
class Normal:
    """A model in normal form; mappings are in the order of declaration.

    `delayed` are delayed variables by the names that stand for them, such as `past0(x)`. `vectors` are the
    numbers of elements in storage, `lengths` the numbers in use, which may be smaller in some neurons.
    `has_quotients` says whether an expression calls the functions of `quotients.py`.
    """

    name: str
    symbols: Mapping[str, NormalVariable]
    odes: Mapping[str, Ode]
    convolutions: tuple[Convolution, ...]
    ports: Mapping[str, InputPort]
    update: tuple[Statement, ...]
    has_update: bool
    on_receive: tuple[OnReceive, ...]
    on_condition: tuple[OnCondition, ...]
    observables: Mapping[str, Expression]
    inlines: Mapping[str, Expression]
    functions: Mapping[str, Function]
    vectors: Mapping[str, int]
    lengths: Mapping[str, Expression]
    model: Model
    delayed: Mapping[str, Delayed] = field(default_factory=dict)
    has_quotients: bool = False

    def of_kind(self, *kinds: str) -> tuple[NormalVariable, ...]:
        """Return the symbols of some kinds, in the order of the table."""
        return tuple(symbol for symbol in self.symbols.values() if symbol.kind in kinds)


def type_of(declared: Type) -> tuple[BasicName, str]:
    """Return the type of a value in the store, and its unit as text."""
    if isinstance(declared, UnitType):
        return "real", declared.text
    assert isinstance(declared, BasicType)
    return declared.name, ""


def normalise(model: Model, sizes: Mapping[str, int] | None = None) -> Normal:
    """Bring a lowered model into normal form; `sizes` are those of vectors that do not have their default.

    Examples
    --------
    Vectors become their elements:

    >>> from nestml_jit.codegen.examples import COUNTER, CURRENT, equations, model, statements
    >>> print(statements(normalise(model(COUNTER)).update[3:]))
    v[0] = v[0] + 1.0
    v[1] = v[1] + 1.0
    v[i] = 4.0

    A convolution becomes variables, here two, whose equations are a linear system:

    >>> normal = normalise(model(CURRENT))
    >>> print(equations(normal.odes))
    V_m' = -V_m / tau_m + alpha*spikes / C_m
    >>> [item.name for item in normal.of_kind("convolution")]
    ['alpha*spikes', "alpha*spikes'"]
    """
    return _Normaliser(model, sizes or {}).run()


def _may_fail(node: Node) -> bool:
    return is_fallible(node) or looks_up(node)


class _Normaliser:
    def __init__(self, model: Model, sizes: Mapping[str, int]) -> None:
        self.source = with_set_convolutions(spliced(with_own_locals(model)))
        model = typed(self.source)
        self.sizes = {**vector_sizes(model), **sizes}
        self.lengths = self._lengths(model)
        declared = size_variables(model).keys() - {port.name for port in model.inputs}
        self.model = model = with_own_sizes(model, {name: self.lengths[name] for name in declared})
        self.inlines = {item.name: item for item in model.equations if isinstance(item, Inline)}
        self.kernels = {
            ode.name: kernel
            for kernel in model.equations
            if isinstance(kernel, Kernel)
            for ode in kernel.equations
        }
        self.literals = {
            item.name: item.value
            for item in model.internals
            if item.value is not None and item.order == 0 and number(item.value) is not None
            if item.size is None
        }
        # Kernels compute internals at places that do not know the numbers of texts.
        self.derived_texts = {
            item.name: item.value
            for item in model.internals
            if item.value is not None and item.size is None and type_of(item.type)[0] == "string"
        }
        self.convolutions: dict[str, Convolution] = {}
        self.convolved: dict[str, tuple[Convolution, ...]] = {}
        self.expanding: list[str] = []
        self.delayed: dict[str, Delayed] = {}
        self.functions = {item.name: item for item in model.functions}
        self.inlined = self._inlined()
        self.called: set[str] = set()
        self.fallible = fallible_functions(self.functions) - set(self.inlined)
        self.lookups: dict[str, list[Expression]] = {}
        self.integrated: frozenset[str] = frozenset()
        self.has_quotients = False

    def run(self) -> Normal:
        model = self.model
        observables = {
            name: self._observed(inline) for name, inline in self.inlines.items() if inline.recordable
        }
        odes = self._odes()
        self.integrated = frozenset(odes)
        update = self.statements(model.update or ())
        on_receive = tuple(self._block(item) for item in model.on_receive)
        on_condition = tuple(self._block(item) for item in model.on_condition)
        inlines = {name: self.choosing(inline.value) for name, inline in self.inlines.items()}
        pulses: dict[str, Expression] = {
            made.name: ZERO for made in self.convolutions.values() if made.impulse is not None
        }

        def silent(node: N) -> N:
            """Return a node without delta pulses, which only equations see."""
            return rebuild(node, lambda part: simplify(substitute(part, pulses))) if pulses else node

        return Normal(
            name=model.name,
            symbols=self._symbols(),
            odes=odes,
            convolutions=tuple(self.convolutions.values()),
            ports={port.name: port for port in self._ports()},
            update=tuple(map(silent, update)),
            has_update=model.update is not None,
            on_receive=tuple(map(silent, on_receive)),
            on_condition=tuple(map(silent, on_condition)),
            observables={name: silent(value) for name, value in observables.items()},
            inlines={name: silent(value) for name, value in inlines.items()},
            functions=self._remaining(),
            vectors=self.sizes,
            lengths=self.lengths,
            model=self.source,
            delayed=self.delayed,
            has_quotients=self.has_quotients,
        )

    def _odes(self) -> dict[str, Ode]:
        result: dict[str, Ode] = {}
        for ode in self.model.equations:
            if not isinstance(ode, Ode):
                continue
            if ode.name in self.sizes:
                result.update(self._vector_odes(ode))
                continue
            for order in range(ode.order - 1):
                low, high = canonical(ode.name, order), canonical(ode.name, order + 1)
                result[low] = Ode(low, 1, Name(high, span=ode.span), span=ode.span)
            top = canonical(ode.name, ode.order - 1)
            result[top] = Ode(top, 1, self._side(ode, ode.value), span=ode.span)
        return result

    def _vector_odes(self, ode: Ode) -> dict[str, Ode]:
        """Return the equations of a vector's elements."""
        result: dict[str, Ode] = {}
        for index in range(self.sizes[ode.name]):
            names = [element(canonical(ode.name, order), index) for order in range(ode.order)]
            for low, high in itertools.pairwise(names):
                result[low] = Ode(low, 1, Name(high, span=ode.span), span=ode.span)
            value = self._side(ode, at(ode.value, index, self.sizes))
            result[names[-1]] = Ode(names[-1], 1, value, span=ode.span)
        return result

    def _symbols(self) -> dict[str, NormalVariable]:
        symbols: dict[str, NormalVariable] = {}
        for item in self.model.parameters:
            self._declare_all(symbols, "parameter", item)
        for item in self.model.internals:
            self._declare_all(symbols, "internal", item)
        for port in self._ports():
            kind: SymbolKind = "spike" if port.signal == "spike" else "input"
            type_, unit = type_of(port.type) if port.type is not None else ("real", "")
            symbols[port.name] = NormalVariable(port.name, kind, type_, unit)
        delay = delay_variable(self.model) if is_synapse(self.model) else ""
        for item in self.model.state:
            if item.name not in self.kernels:
                kind = "parameter" if item.name == delay else "state"  # nothing changes it
                self._declare_all(symbols, kind, item)
        for made in self.convolutions.values():
            for name in made.variables:
                symbols[name] = NormalVariable(name, "convolution", "real", "")
        return symbols

    def _declare_all(self, symbols: dict[str, NormalVariable], kind: SymbolKind, item: Declaration) -> None:
        if item.size is None:
            self._declare(symbols, kind, item)
            return
        for one in elements(item, self.sizes[canonical(item.name, item.order)], self.sizes):
            self._declare(symbols, kind, one)

    def _declare(self, symbols: dict[str, NormalVariable], kind: SymbolKind, item: Declaration) -> None:
        name = canonical(item.name, item.order)
        type_, unit = type_of(item.type)
        for part in (item.value, item.guard):
            if part is not None:
                self._refuse_printing(part)
        value = None if item.value is None else self.choosing(item.value)
        guard = None if item.guard is None else self.choosing(item.guard)
        normal = dataclasses.replace(item, name=name, order=0, value=value, guard=guard)
        symbols[name] = NormalVariable(name, kind, type_, unit, normal)

    # --- expressions and statements -------------------------------------------------------------

    def expression(self, expression: Expression) -> Expression:
        """Bring an expression into normal form."""
        written = self._as_written(expression)
        found = without_singularities(written)
        self.has_quotients = self.has_quotients or found is not written
        return found

    def _as_written(self, expression: Expression) -> Expression:
        """Bring an expression into normal form without changing its quotients, as kernels need it."""
        return fold(rewrite(expression, self._node))

    def choosing(self, expression: Expression) -> Expression:
        """Bring an expression into normal form for a place where elements are chosen instead of looked up."""

        def change(node: Expression) -> Expression:
            is_element = isinstance(node, Name) and node.index is not None and node.name in self.sizes
            return self._chosen(node) if is_element else node  # type: ignore[arg-type]

        return fold(rewrite(self.expression(expression), change))

    def _side(self, ode: Ode, value: Expression) -> Expression:
        """Return the right-hand side of an equation, and note its lookups."""
        self._refuse_printing(value)
        chosen = self.choosing(value)
        check = checks(chosen)
        if not is_number(check, 0):
            self.lookups.setdefault(ode.name, []).append(check)
        return fold(without_checks(chosen))

    def _observed(self, inline: Inline) -> Expression:
        self._refuse_printing(inline.value)
        return self.choosing(inline.value)

    def _refuse_printing(self, value: Expression) -> None:
        """Refuse functions that print at places where the number of calls is not defined."""
        printing = printing_functions(self.functions)
        for node in value.walk():
            if isinstance(node, Call) and plain(node.name) in printing:
                problem = f"{plain(node.name)}() prints, which equations and values of variables cannot"
                raise CannotGenerate(UNSUPPORTED, problem, node, "call it in `update` or in a handler")

    def _needed(self, call: Call) -> list[Expression]:
        """Return the lookups of the equations that a call of `integrate_odes` advances."""
        listed = {item.name.partition("[")[0] for item in call.arguments if isinstance(item, Name)}
        return [
            check for name, found in self.lookups.items() if not listed or name in listed for check in found
        ]

    def _moved(self, call: Call) -> list[Expression]:
        """Return the lookups of equations whose index a call of `integrate_odes` may change.

        Functions may read any variable.
        """
        changed = self.integrated | self.convolutions.keys()
        own = (self.functions.keys() - self.inlined.keys()) | self.called
        return [
            check
            for check in self._needed(call)
            if names(check) & changed or {plain(name) for name in calls(check)} & own
        ]

    def _lengths(self, model: Model) -> dict[str, Expression]:
        """Return how many elements each vector has: in a neuron, if the size is a variable."""
        found: dict[str, Expression] = {name: Literal(size) for name, size in self.sizes.items()}
        for name, variable in size_variables(model).items():
            found[name] = Call("min", (Name(variable), Literal(self.sizes[name])))
        return found

    def _node(self, node: Expression) -> Expression:
        if isinstance(node, Name):
            return self._name(node)
        if isinstance(node, Call) and node.name == "convolve":
            return self._convolve(node)
        if isinstance(node, Call) and node.name == "integrate_odes":
            return dataclasses.replace(node, arguments=tuple(self._integrated(node.arguments)))
        if isinstance(node, Call) and node.name == "timestep" and not is_synapse(self.model):
            return Call("resolution", (), span=node.span)
        if isinstance(node, Call) and node.name in self.inlined:
            return self._inline_call(node)
        if isinstance(node, Call) and node.name in self.fallible:
            return dataclasses.replace(node, name=fallible(node.name))
        return node

    def _integrated(self, arguments: tuple[Expression, ...]) -> Iterator[Expression]:
        """Yield the variables that integrate_odes() names, the elements of a vector one by one."""
        for item in arguments:
            if isinstance(item, Name) and item.index is None and item.name in self.sizes:
                for index in range(self.sizes[item.name]):
                    yield dataclasses.replace(item, name=element(item.name, index))
            else:
                yield item

    def _inlined(self) -> dict[str, Expression]:
        """Return the functions that are single expressions and do not call themselves, not even by others."""
        recursive, may_fail = recursive_functions(self.functions), fallible_functions(self.functions)

        def fails(node: Node) -> bool:
            return looks_up(node) or (isinstance(node, Call) and plain(node.name) in may_fail)

        plain_ones = {name: item for name, item in self.functions.items() if name not in recursive}
        found = {name: as_expression(item, fails) for name, item in plain_ones.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _remaining(self) -> dict[str, Function]:
        """Return the functions that are called; what one of them calls may be found on the way."""
        found: dict[str, Function] = {}
        while missing := self.functions.keys() - found.keys() - (self.inlined.keys() - self.called):
            found |= {name: self._function(self.functions[name]) for name in missing}
        return {name: found[name] for name in self.functions if name in found}

    def _inline_call(self, node: Call) -> Expression:
        parameters = [item.name for item in self.functions[node.name].parameters]
        given = dict(zip(parameters, node.arguments, strict=True))
        risky = {name for name, value in given.items() if any(map(_may_fail, value.walk()))}
        if not risky <= certain(self.inlined[node.name]):
            self.called.add(node.name)  # all arguments are evaluated
            return node
        held = {name: Name(f"argument({name})") for name in parameters}
        value = self.expression(substitute(self.inlined[node.name], held))
        return substitute(value, {f"argument({name})": item for name, item in given.items()})

    def _name(self, node: Name) -> Expression:
        if node.order == 0 and node.name in self.inlines:
            return self._inline(node)
        if node.order == 0 and node.name in self.literals and node.index is None:
            return self.literals[node.name]
        if node.name in self.derived_texts:
            return self.expression(self.derived_texts[node.name])
        if node.name in ("e", "pi") and node.order == 0 and not self._declared(node.name):
            return Literal(math.e if node.name == "e" else math.pi, span=node.span)
        plain = named(dataclasses.replace(node, name=canonical(node.name, node.order), order=0), self.sizes)
        if plain.delay is not None:
            return self._past(plain)
        return self._chosen(plain) if plain.index is not None and self._is_port(plain) else plain

    def _is_port(self, node: Name) -> bool:
        return any(port.name == node.name for port in self.model.inputs)

    def _chosen(self, node: Name) -> Expression:
        """Choose among the elements of a vector by an index that is not known."""
        assert node.index is not None
        members = [Name(element(node.name, index), span=node.span) for index in range(self.sizes[node.name])]
        return choice(node.name, node.index, members, self.lengths[node.name])

    def _past(self, node: Name) -> Expression:
        """Return the name that stands for a delayed variable."""
        assert node.delay is not None
        if node.index is not None:
            raise CannotGenerate(UNSUPPORTED, f"the index of {node.name} must be a number here", node)
        found = Delayed(node.name, node.delay)
        known = next((name for name, item in self.delayed.items() if item == found), None)
        name = known or f"past{len(self.delayed)}({node.name})"
        self.delayed[name] = found
        return Name(name, span=node.span)

    def _declared(self, name: str) -> bool:
        blocks = (self.model.state, self.model.parameters, self.model.internals)
        return any(item.name == name for block in blocks for item in block)

    def _inline(self, node: Name) -> Expression:
        if node.name in self.expanding:
            raise CannotGenerate(EQUATIONS, f"inline {node.name} refers to itself", node)
        self.expanding.append(node.name)
        value = self.expression(self.inlines[node.name].value)
        self.expanding.pop()
        return value

    def _convolve(self, node: Call) -> Expression:
        first, port = node.arguments
        if not isinstance(first, Name) or not isinstance(port, Name):
            raise CannotGenerate(EQUATIONS, "convolve() takes a kernel and a spike port", node)
        if first.name not in self.kernels:
            raise CannotGenerate(EQUATIONS, f"there is no kernel {first.name}", node)
        name = canonical(convolved(first.name, port_name(port)), first.order)
        kernel = self.kernels[first.name]
        whole = convolved(kernel.equations[0].name, port_name(port))
        if whole not in self.convolved:
            self.convolved[whole] = convolutions(
                kernel.equations[0].name, kernel, port, self.model, self._as_written
            )
            self.convolutions.update({made.name: made for made in self.convolved[whole]})
        if first.order or kernel.equations[0].order:
            return Name(name, span=node.span)
        return total(Name(made.name, span=node.span) for made in self.convolved[whole])

    def statements(self, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """Bring statements into normal form."""
        found = tuple(self._any(item) for item in written_out(body, self.sizes))
        return around_integrating(found, self._needed, self._moved)

    def _block(self, item: B) -> B:
        found = self._any(dataclasses.replace(item, body=written_out(item.body, self.sizes)))
        return dataclasses.replace(found, body=around_integrating(found.body, self._needed, self._moved))

    def _function(self, item: Function) -> Function:
        """Return a function of statements, which is given the elements of the model's vectors one by one."""
        found = self._block(item)
        local = {node.name for node in found.walk() if isinstance(node, Declaration)}

        def choose(node: Expression) -> Expression:
            is_ours = isinstance(node, Name) and node.name in self.sizes and node.name not in local
            return self._chosen(node) if is_ours and node.index is not None else node  # type: ignore

        def target(node: Assignment | Declaration) -> Assignment | Declaration:
            if not isinstance(node, Assignment) or node.target.index is None:
                return node
            index = rewrite(node.target.index, choose)
            return dataclasses.replace(node, target=dataclasses.replace(node.target, index=index))

        return rebuild(found, lambda part: fold(rewrite(part, choose)), target)

    def _ports(self) -> list[InputPort]:
        """Return all ports, vectors of ports as their elements."""
        found = []
        for port in self.model.inputs:
            names = [port.name]
            if port.size is not None:
                names = [element(port.name, index) for index in range(self.sizes[port.name])]
            found += [dataclasses.replace(port, name=name, size=None) for name in names]
        return found

    def _any(self, node: N) -> N:
        """Bring a statement or a handler into normal form, the names that it defines included."""
        return rebuild(node, self.expression, self._defined)

    def _defined(self, node: Assignment | Declaration) -> Assignment | Declaration:
        if isinstance(node, Assignment):
            name = canonical(node.target.name, node.target.order)
            target = dataclasses.replace(node.target, name=name, order=0)
            if target.index is not None:
                target = named(dataclasses.replace(target, index=self.expression(target.index)), self.sizes)
            return dataclasses.replace(node, target=target)
        return dataclasses.replace(node, name=canonical(node.name, node.order), order=0)
