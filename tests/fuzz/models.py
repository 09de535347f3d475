"""Well-typed models that are drawn at random, statement by statement and expression by expression.

Values of discrete states are exact: whatever functions give is rounded to 1/256, and states are kept within
bounds, so that kernels and the oracle must agree to the last bit. What equations integrate is read by
nothing that decides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

BOUNDED = ("exp", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc")
POSITIVE = ("ln", "log10")
HUGE = (2**53 + 1, 2**63 - 1, 6364136223846793005, 2**62, 1442695040888963407)
TYPES = ("real", "integer", "boolean")
SIZE = 3


@dataclass
class Scope:
    """The names that an expression may read, by type, and the vectors; `writable` may be assigned."""

    names: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in (*TYPES, "string")})
    vectors: dict[str, list[str]] = field(default_factory=lambda: {"real": [], "integer": []})
    writable: set[str] = field(default_factory=set)
    functions: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    time: bool = True

    def copy(self) -> Scope:
        """Return a scope to which locals can be added."""
        return Scope(
            {kind: list(items) for kind, items in self.names.items()},
            {kind: list(items) for kind, items in self.vectors.items()},
            set(self.writable),
            list(self.functions),
            self.time,
        )


class Writer:
    """Draws expressions and statements.

    Parameters
    ----------
    draw
        Where choices come from.
    """

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.count = 0

    def fresh(self, letter: str) -> str:
        """Return a name that the model does not have yet."""
        self.count += 1
        return f"{letter}{self.count}"

    def _chance(self, probability: float) -> bool:
        return self.draw.random() < probability

    # --- expressions ----------------------------------------------------------------------------

    def expression(self, kind: str, scope: Scope, depth: int) -> str:
        """Return an expression of a type."""
        return {
            "real": self.real,
            "integer": self.integer,
            "boolean": self.boolean,
            "string": self.string,
        }[kind](scope, depth)

    def _leaf(self, kind: str, scope: Scope, literal: Callable[[], str]) -> str:
        options: list[Callable[[], str]] = [literal]
        if scope.names[kind]:
            options += [lambda: self.draw.choice(scope.names[kind])] * 3
        if scope.vectors.get(kind):
            options.append(lambda: self._element(kind, scope))
        return self.draw.choice(options)()

    def _element(self, kind: str, scope: Scope) -> str:
        return f"{self.draw.choice(scope.vectors[kind])}[{self._index(scope)}]"

    def _index(self, scope: Scope) -> str:
        if self._chance(0.5):
            return str(self.draw.randrange(SIZE))
        if self._chance(0.08):
            return self.integer(scope, 1)  # perhaps out of range
        return f"clip({self.integer(scope, 1)}, 0, {SIZE - 1})"

    def _calls(self, kind: str, scope: Scope, depth: int) -> list[Callable[[], str]]:
        found = [item for item in scope.functions if item[1] == kind]
        return [lambda item=item: self._called(item, scope, depth) for item in found]  # type: ignore[misc]

    def _called(self, item: tuple[str, str, tuple[str, ...]], scope: Scope, depth: int) -> str:
        arguments = ", ".join(self.expression(kind, scope, depth) for kind in item[2])
        return f"{item[0]}({arguments})"

    def _ternary(self, kind: str, scope: Scope, depth: int) -> str:
        condition = self.boolean(scope, depth)
        return (
            f"({condition} ? {self.expression(kind, scope, depth)} : {self.expression(kind, scope, depth)})"
        )

    def real(self, scope: Scope, depth: int) -> str:
        """Return an expression that is a real number with few digits, or an integer."""
        draw = self.draw

        def literal() -> str:
            return draw.choice(["0.5", "1.5", "2.25", "-1.0", "0.0", "3.75", "1e2", "2."])

        if depth <= 0:
            return self._leaf("real", scope, literal)
        sub = lambda: self.real(scope, depth - 1)  # noqa: E731
        small = lambda: f"clip({sub()}, -4.0, 4.0)"  # noqa: E731
        options: list[Callable[[], str]] = [
            lambda: self._leaf("real", scope, literal),
            lambda: f"({sub()} {draw.choice('+-')} {sub()})",
            lambda: f"({small()} * {small()})",
            lambda: f"(round(256 * (({sub()}) / (1.5 + abs({sub()})))) / 256)",
            lambda: f"(-{sub()})",
            lambda: self._ternary("real", scope, depth - 1),
            lambda: f"{draw.choice(['min', 'max'])}({sub()}, {sub()})",
            lambda: f"clip({sub()}, -2.5, {draw.choice(['2', '2.5'])})",
            lambda: f"abs({sub()})",
            lambda: f"(round(256 * {draw.choice(BOUNDED)}({small()} / 4)) / 256)",
            lambda: f"(round(256 * {draw.choice(POSITIVE)}(0.7 + abs({sub()}))) / 256)",
            lambda: f"{draw.choice(['floor', 'ceil', 'round'])}({sub()})",
            lambda: f"({small()})**{draw.choice(['2', '3', '0', '1'])}",
            lambda: f"(round(256 * pow(0.7 + abs({small()}), {draw.choice(['0.5', '1.3', '-1'])})) / 256)",
            lambda: f"(({sub()}) // {draw.choice(['2', '0.5', '3'])})",
            lambda: f"(1.0 * clip({self.integer(scope, depth - 1)}, -1000, 1000))",
            lambda: f"(clip({self.integer(scope, depth - 1)}, -50, 50) + {sub()})",
            *self._calls("real", scope, depth - 1),
        ]
        if scope.time:
            options.append(lambda: draw.choice(["(t / 1 ms)", "(resolution() / 1 ms)"]))
        return draw.choice(options)()

    def integer(self, scope: Scope, depth: int) -> str:
        """Return an expression that is an integer."""
        draw = self.draw

        def literal() -> str:
            if self._chance(0.1):
                return str(draw.choice(HUGE))
            return str(draw.choice([0, 1, 2, 3, 5, 7, 12]))

        if depth <= 0:
            return self._leaf("integer", scope, literal)
        sub = lambda: self.integer(scope, depth - 1)  # noqa: E731
        divisor = lambda: (  # noqa: E731
            f"({sub()})" if self._chance(0.1) else draw.choice(["3", "7", "-2", f"(1 + abs({sub()}) % 50)"])
        )
        options: list[Callable[[], str]] = [
            lambda: self._leaf("integer", scope, literal),
            lambda: f"({sub()} {draw.choice('+-*')} {sub()})",
            lambda: f"({sub()} {draw.choice('&|^')} {sub()})",
            lambda: f"({sub()} {draw.choice(['<<', '>>'])} {draw.choice(['1', '5', '63', sub()])})",
            lambda: f"({sub()} {draw.choice(['//', '%'])} {divisor()})",
            lambda: f"({draw.choice('-~')}{sub()})",
            lambda: self._ternary("integer", scope, depth - 1),
            lambda: f"{draw.choice(['min', 'max'])}({sub()}, {sub()})",
            lambda: f"clip({sub()}, -5, 9)",
            lambda: f"abs({sub()})",
            lambda: f"({sub()})**{draw.choice(['0', '1', '2', '5'])}",
            lambda: f"{draw.choice(['floor', 'ceil', 'round'])}({sub()})",
            *self._calls("integer", scope, depth - 1),
        ]
        if scope.time:
            options.append(lambda: f"steps({draw.choice(['1 ms', '2.5 ms', '0.3 ms'])})")
        return draw.choice(options)()

    def boolean(self, scope: Scope, depth: int) -> str:
        """Return an expression that is true or false."""
        draw = self.draw
        if depth <= 0:
            return self._leaf("boolean", scope, lambda: draw.choice(["true", "false"]))
        sub = lambda: self.boolean(scope, depth - 1)  # noqa: E731
        compare = ["<", "<=", ">", ">=", "==", "!="]
        options: list[Callable[[], str]] = [
            lambda: self._leaf("boolean", scope, lambda: draw.choice(["true", "false"])),
            lambda: f"({self.real(scope, depth - 1)} {draw.choice(compare)} {self.real(scope, depth - 1)})",
            lambda: (
                f"({self.integer(scope, depth - 1)} {draw.choice(compare)} {self.integer(scope, depth - 1)})"
            ),
            lambda: (
                f"({self.integer(scope, depth - 1)} {draw.choice(compare)} {self.real(scope, depth - 1)})"
            ),
            lambda: f"({sub()} {draw.choice(['and', 'or'])} {sub()})",
            lambda: f"(not {sub()})",
            lambda: self._ternary("boolean", scope, depth - 1),
            *self._calls("boolean", scope, depth - 1),
        ]
        if scope.names["string"]:
            options.append(
                lambda: f"({self.string(scope, 0)} {draw.choice(['==', '!='])} {self.string(scope, 0)})"
            )
        return draw.choice(options)()

    def string(self, scope: Scope, depth: int) -> str:
        """Return an expression that is a text."""
        draw = self.draw
        if depth <= 0:
            return self._leaf("string", scope, lambda: draw.choice(['"a"', '"b c"', '""']))
        return self._ternary("string", scope, depth - 1)

    # --- statements -----------------------------------------------------------------------------

    def statements(self, scope: Scope, depth: int, most: int, effects: Sequence[str] = ()) -> list[str]:
        """Return the lines of a block; what they declare ends with it."""
        inner = scope.copy()
        lines: list[str] = []
        for _ in range(self.draw.randint(1, most)):
            lines += self._statement(inner, depth, effects)
        return lines

    def _statement(self, scope: Scope, depth: int, effects: Sequence[str]) -> list[str]:
        draw = self.draw
        options: list[Callable[[], list[str]]] = [lambda: self._assignment(scope)] * 5
        options.append(lambda: self._declaration(scope))
        if depth > 0:
            options += [
                lambda: self._if(scope, depth - 1, effects),
                lambda: self._if(scope, depth - 1, effects),
                lambda: self._for(scope, depth - 1, effects),
                lambda: self._while(scope, depth - 1, effects),
            ]
        options += [lambda line=line: [line] for line in effects]  # type: ignore[misc]
        return draw.choice(options)()

    def _assignment(self, scope: Scope) -> list[str]:
        draw = self.draw
        targets = [
            (kind, name) for kind, names in scope.names.items() for name in names if name in scope.writable
        ]
        targets += [
            (kind, f"{name}[{self._index(scope)}]")
            for kind, names in scope.vectors.items()
            for name in names
            if name in scope.writable
        ]
        if not targets:
            return self._declaration(scope)
        kind, target = draw.choice(targets)
        value = self.expression(kind, scope, 2)
        if kind == "real":
            if self._chance(0.2):
                return [
                    f"{target} {draw.choice(['+=', '-='])} clip({value}, -1.0, 1.5)",
                    f"{target} = {target} // 1",
                ]
            return [f"{target} = {self._kept(kind, value)}"]
        if kind == "integer" and self._chance(0.3):
            return [f"{target} {draw.choice(['+=', '-=', '*='])} {value}"]
        if kind == "integer" and self._chance(0.15):
            return [f"{target} = {self.real(scope, 1)}"]
        return [f"{target} = {value}"]

    def _declaration(self, scope: Scope) -> list[str]:
        kind = self.draw.choice(TYPES)
        name = self.fresh("l")
        if kind != "boolean" and self._chance(0.15):
            lines = [f"{name}[{SIZE}] {kind} = {self.draw.choice(['0', '2'])}"]
            scope.vectors[kind].append(name)
        else:
            lines = [f"{name} {kind} = {self._kept(kind, self.expression(kind, scope, 2))}"]
            scope.names[kind].append(name)
        scope.writable.add(name)
        return lines

    def _kept(self, kind: str, value: str) -> str:
        return f"(round(256 * clip({value}, -64.0, 64.0)) / 256)" if kind == "real" else value

    def _if(self, scope: Scope, depth: int, effects: Sequence[str]) -> list[str]:
        lines = [f"if {self.boolean(scope, 2)}:", *_indented(self.statements(scope, depth, 2, effects))]
        if self._chance(0.3):
            lines += [
                f"elif {self.boolean(scope, 2)}:",
                *_indented(self.statements(scope, depth, 2, effects)),
            ]
        if self._chance(0.4):
            lines += ["else:", *_indented(self.statements(scope, depth, 2, effects))]
        return lines

    def _for(self, scope: Scope, depth: int, effects: Sequence[str]) -> list[str]:
        name = self.fresh("i")
        start, stop, step = self.draw.choice([(0, 3, 1), (2, -1, -1), (0, 6, 2), (1, 1, 1), (5, 0, -2)])
        inner = scope.copy()
        inner.names["integer"].append(name)
        end = str(stop) if self._chance(0.7) else f"{stop} + clip({self.integer(scope, 0)}, 0, 1)"
        body = self.statements(inner, depth, 2, effects)
        scope.names["integer"].append(name)
        return [f"{name} integer = 0", f"for {name} in {start} ... {end} step {step}:", *_indented(body)]

    def _while(self, scope: Scope, depth: int, effects: Sequence[str]) -> list[str]:
        name = self.fresh("c")
        inner = scope.copy()
        inner.names["integer"].append(name)
        body = self.statements(inner, depth, 2, effects)
        condition = f"{name} < {self.draw.choice([1, 3])} and {self.boolean(scope, 1)}"
        return [f"{name} integer = 0", f"while {condition}:", *_indented([f"{name} += 1", *body])]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _block(head: str, lines: Sequence[str]) -> str:
    return f"    {head}:\n" + "".join(f"        {line}\n" for line in lines) if lines else ""


class DrawnModel:
    """A model of a neuron or synapse.

    Parameters
    ----------
    seed
        The same number gives the same model.
    synapse
        Whether it is a synapse.
    """

    def __init__(self, seed: int, synapse: bool = False) -> None:
        self.draw = random.Random(seed)
        self.writer = Writer(self.draw)
        self.synapse = synapse
        self.name = f"fuzzed_{seed}_{'synapse' if synapse else 'neuron'}"
        self.blocks: dict[str, list[str]] = {"state": [], "parameters": [], "internals": [], "equations": []}
        self.scope = Scope()
        self.functions: list[str] = []
        self._declare("parameters", self.draw.randint(1, 3), writable=False)
        self._declare("internals", self.draw.randint(0, 2), writable=False)
        self._declare("state", self.draw.randint(2, 5), writable=True)
        for _ in range(self.draw.randint(0, 2)):
            self._function()
        self._equations()

    def _declare(self, block: str, count: int, writable: bool) -> None:
        for _ in range(count):
            kind = self.draw.choice([*TYPES, "real", "integer", *(["string"] if block == "state" else [])])
            name = self.writer.fresh({"state": "s", "parameters": "p", "internals": "d"}[block])
            known = self.scope.copy()
            known.time = False
            value = self.writer.expression(kind, known, self.draw.choice([0, 0, 1]))
            value = self.writer._kept(kind, value)
            if kind in self.scope.vectors and self.draw.random() < 0.25:
                self.blocks[block].append(f"{name}[{SIZE}] {kind} = {value}")
                self.scope.vectors[kind].append(name)
            else:
                self.blocks[block].append(f"{name} {kind} = {value}")
                self.scope.names[kind].append(name)
            if writable:
                self.scope.writable.add(name)

    def _function(self) -> None:
        draw, writer = self.draw, self.writer
        name, returns = writer.fresh("f"), draw.choice(TYPES)
        kinds = tuple(draw.choice(TYPES) for _ in range(draw.randint(1, 2)))
        arguments = [(writer.fresh("a"), kind) for kind in kinds]
        inner = Scope(functions=list(self.scope.functions), time=False)
        for argument, kind in arguments:
            inner.names[kind].append(argument)
        for kind in TYPES:
            inner.names[kind] += [item for item in self.scope.names[kind] if draw.random() < 0.3]
        body: list[str] = []
        for _ in range(draw.randint(0, 2)):
            body += writer._statement(inner, 1, ())
        if draw.random() < 0.4:
            early = writer._kept(returns, writer.expression(returns, inner, 1))
            body += [f"if {writer.boolean(inner, 1)}:", f"    return {early}"]
        body.append(f"return {writer._kept(returns, writer.expression(returns, inner, 2))}")
        head = ", ".join(f"{argument} {kind}" for argument, kind in arguments)
        self.functions.append(_block(f"function {name}({head}) {returns}", body))
        self.scope.functions.append((name, returns, kinds))

    def _equations(self) -> None:
        """Add equations whose variables nothing reads that decides."""
        draw = self.draw
        self.integrated: list[str] = []
        for _ in range(draw.randint(0, 2)):
            name = self.writer.fresh("x")
            self.blocks["state"].append(f"{name} real = {draw.choice(['0.5', '1.0', '0.0'])}")
            drive = f"clip({self.writer.real(self._still(), 1)}, -4.0, 4.0)" if draw.random() < 0.5 else "1.5"
            right = draw.choice(
                [f"({drive} - {name}) / (10 ms)", f"(-{name} * abs({name}) + {drive}) / (8 ms)"]
            )
            self.blocks["equations"].append(f"{name}' = {right}")
            self.integrated.append(name)

    def _still(self) -> Scope:
        """Return what an equation may read."""
        known = self.scope.copy()
        known.time = False
        return known

    def text(self) -> str:
        """Return the model's text."""
        writer, scope = self.writer, self.scope
        parts = [f"model {self.name}:\n"]
        update = writer.statements(scope, 2, 5, [] if self.synapse else ["emit_spike()"])
        if self.integrated:
            update.insert(self.draw.randint(0, 1) and len(update), "integrate_odes()")
        handlers = self._handlers()
        parts += [_block(name, lines) for name, lines in self.blocks.items()]
        ports = ["pre <- spike", "post <- spike"] if self.synapse else ["spikes <- spike"]
        parts += [_block("input", ports), _block("output", ["spike"])]
        parts += [_block("update", update)] if not self.synapse or self.integrated else []
        return "".join([*parts, *handlers, *self.functions])

    def _handlers(self) -> list[str]:
        writer, scope = self.writer, self.scope
        if not self.synapse:
            lines = writer.statements(scope, 1, 3, ["emit_spike()"])
            found = [_block("onReceive(spikes)", lines)]
            if self.draw.random() < 0.6:
                condition = writer.boolean(scope, 2)
                found.append(
                    _block(f"onCondition({condition})", writer.statements(scope, 1, 2, ["emit_spike()"]))
                )
            return found
        self.blocks["state"].append("w real = 1.0")
        weight = f"w = clip({writer.real(scope, 2)}, -8.0, 8.0)"
        pre = [*writer.statements(scope, 1, 3), weight, "emit_spike(w)"]
        return [_block("onReceive(pre)", pre), _block("onReceive(post)", writer.statements(scope, 1, 3))]
