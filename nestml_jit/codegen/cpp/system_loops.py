"""The loops over lanes in the right-hand side of a system of equations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Translator, variable
from nestml_jit.codegen.cpp.places import LANE, at_lane
from nestml_jit.codegen.model.names import identifier
from nestml_jit.dsl.tree import Expression

FIRST, WHOLE = cpp.Variable("first"), cpp.Variable("whole")


def fixed(index: int) -> str:
    """Return the name of the array of a value that is computed once per step."""
    return f"fixed_{index}"


def one_of(messages: Iterable[str]) -> tuple[cpp.Statement, ...]:
    """Return the body of a function that returns the n-th of some texts."""
    texts = tuple(map(cpp.Characters, messages))
    sizes = (cpp.Integer(len(texts)),)
    table = cpp.Declare("const char*", "text", cpp.Aggregate(texts), sizes, is_constant=True, is_static=True)
    return table, cpp.Return(cpp.Element(table.variable, cpp.Variable("n")))


@dataclass(frozen=True)
class SystemLoops:
    """Writes the functions of a system.

    Attributes
    ----------
    constants
        Variables that its right-hand sides read whenever slopes are computed.
    sources
        Variables that are read once per step.
    hoisted
        Number of values that are computed of the sources once per step.
    show
        Translator of right-hand sides.
    """

    constants: tuple[str, ...]
    sources: tuple[str, ...]
    hoisted: int
    show: Translator

    def hoist(self, values: Sequence[Expression]) -> tuple[cpp.Statement, ...]:
        """Return the body of the function that computes the values that do not change during a step."""
        statements: list[cpp.Statement] = [
            _pointer(f"c_{identifier(name)}", _at(cpp.Variable("source"), index))
            for index, name in enumerate(self.sources)
        ]
        for index in range(len(values)):
            place = cpp.Element(cpp.Variable("fixed"), cpp.Integer(index))
            start = cpp.plus(place, FIRST)
            statements.append(cpp.Declare("double*", fixed(index), start, is_constant=True))
            column = cpp.Element(cpp.Variable("column"), cpp.Integer(len(self.constants) + index))
            statements.append(cpp.Assign(column, place))
        if values:
            stores = (cpp.Assign(at_lane(fixed(k)), self.show(value)) for k, value in enumerate(values))
            statements += _loop(stores)
        return tuple(statements)

    def evaluate(
        self, result: str, values: Sequence[Expression], reads: Sequence[str]
    ) -> tuple[cpp.Statement, ...]:
        """Return the body of a function that computes values from those of variables, which lie in `x`."""
        column = cpp.Variable("column")
        names = [f"c_{identifier(name)}" for name in self.constants]
        names += [fixed(index) for index in range(self.hoisted)]
        pointers = [_pointer(name, _at(column, index), True) for index, name in enumerate(names)]
        return (*pointers, *_loop(self._values(result, values, reads)))

    def _values(
        self, result: str, values: Sequence[Expression], reads: Sequence[str]
    ) -> Iterator[cpp.Statement]:
        for index, name in enumerate(reads):
            value = _lane_of("x", index)
            yield cpp.Declare("double", variable(name), value, is_constant=True, may_be_unused=True)
        for index, item in enumerate(values):
            yield cpp.Assign(_lane_of(result, index), self.show(item))


def _lane_of(array: str, index: int) -> cpp.Expression:
    return cpp.Element(cpp.Element(cpp.Variable(array), cpp.Integer(index)), LANE)


def _at(columns: cpp.Expression, index: int) -> cpp.Expression:
    """Return where the lanes begin in one of several columns."""
    return cpp.plus(cpp.Element(columns, cpp.Integer(index)), FIRST)


def _pointer(name: str, start: cpp.Expression, may_be_unused: bool = False) -> cpp.Declare:
    return cpp.Declare("const double*", name, start, is_constant=True, may_be_unused=may_be_unused)


def _loop(body: Iterable[cpp.Statement]) -> tuple[cpp.Statement, ...]:
    count = cpp.Call("nj_whole", (cpp.Variable("lanes"),))
    return (
        cpp.Declare("uint32_t", WHOLE.name, count, is_constant=True),
        cpp.Lanes(tuple(body), cpp.Integer(0), WHOLE),
    )
