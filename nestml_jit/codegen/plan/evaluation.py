"""Values of programs in Python, for decisions that depend on the defaults of a model: `Defaults`.

The operations are those of host/src/values/program.h, except those on texts: `push 2 | push 0 | / | end` is
infinity, as in the host.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from nestml_jit.card import OPCODES, Program
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.plan.program_types import ProgramScope
from nestml_jit.codegen.plan.programs import program
from nestml_jit.dsl.tree import Expression
from nestml_jit.functions import BUILTINS, ELEMENTARY, power, wrapped
from nestml_jit.kinds import BasicName

Number: TypeAlias = "int | float"

MOST_ROUNDS = 10_000
MOST_CALLS = 100
_NAMES = {number: name for name, number in OPCODES.items()}


class UnevaluatedError(ValueError):
    """A program has no value here."""


class Defaults:
    """Values of the variables of a model as the model declares them.

    Everything that arrives from elsewhere (inputs, spikes, convolutions) is 0.

    Parameters
    ----------
    normal
        The model.
    resolution
        The step of the simulation in ms.
    given
        Values of variables that do not have their defaults.
    """

    def __init__(
        self, normal: Normal, resolution: float = 0.1, given: Mapping[str, Number] | None = None
    ) -> None:
        self.normal = normal
        self.resolution = resolution
        self.names = list(normal.symbols)
        self.place = ProgramScope(
            indices={name: index for index, name in enumerate(self.names)},
            types={symbol.name: symbol.type for symbol in normal.symbols.values()},
            functions=normal.functions,
            vectors=normal.vectors,
        )
        self._values: dict[str, Number] = dict(given or {})
        self._open: set[str] = set()

    def __getitem__(self, name: str) -> Number:
        """Return the default of a variable.

        Raises
        ------
        UnevaluatedError
            If it has none.
        CannotGenerate
            If it uses something that has no meaning before a simulation.
        """
        if name not in self._values:
            if name in self._open:
                raise UnevaluatedError(f"the value of {name} needs itself")
            self._open.add(name)
            self._values[name] = self._default(name)
            self._open.remove(name)
        return self._values[name]

    def _default(self, name: str) -> Number:
        symbol = self.normal.symbols[name]
        declared = symbol.declaration
        if declared is None or declared.value is None:
            return 0 if symbol.type == "integer" else 0.0
        return self.value(declared.value, symbol.type)

    def value(self, expression: Expression, type_: BasicName = "real") -> Number:
        """Return the value of an expression as a variable of a type holds it; raises as `[]` does."""
        made = program(expression, self.place, type_)
        return evaluated(made, lambda index: self[self.names[index]], self.resolution)


def evaluated(made: Program, read: Callable[[int], Number], resolution: float = 0.1) -> Number:
    """Return the value of a program.

    Parameters
    ----------
    read
        Returns the value of the variable with an index; an `int` for an integer.
    resolution
        The step of the simulation in ms.

    Raises
    ------
    UnevaluatedError
        If it has no value, or one that is a text.

    Examples
    --------
    >>> made = Program((OPCODES["push"], OPCODES["variable"], OPCODES["/"]), (1.0, 0.0, 0.0))
    >>> evaluated(made, lambda index: 4.0)
    0.25
    """
    return _Evaluation(made, read, resolution).run()


class _Evaluation:
    """One evaluation: the stack, and where each call returns to."""

    def __init__(self, made: Program, read: Callable[[int], Number], resolution: float) -> None:
        self.code = [
            (_NAMES[operation], argument)
            for operation, argument in zip(made.operations, made.arguments, strict=True)
        ]
        self.read = read
        self.resolution = resolution
        self.stack: list[Number] = []
        self.callers: list[tuple[int, int]] = []
        self.base = 0
        self.next = 0
        self.rounds = 0

    def run(self) -> Number:
        while self.next < len(self.code) and self.code[self.next][0] != "end":
            position = self.next
            self.next += 1
            self._step(*self.code[position], position)
        return self.stack[-1] if self.stack else 0.0

    def _step(self, name: str, argument: float, position: int) -> None:
        if name in _BINARY:
            right = self.stack.pop()
            self.stack[-1] = _BINARY[name](self.stack[-1], right)
        elif name in _UNARY:
            self.stack[-1] = _UNARY[name](self.stack[-1])
        elif name in _FUNCTIONS:
            function, count = _FUNCTIONS[name]
            self.stack[-count:] = [function(*self.stack[-count:])]
        elif name == "steps":
            self.stack[-1] = _steps(self.stack[-1], self.resolution)
        elif name == "checked":
            size = self.stack.pop()
            self._checked(self.stack[-1], int(size))
        elif name in _FLOW:
            _FLOW[name](self, int(argument), position)
        elif name in ("push", "resolution"):
            self.stack.append(argument if name == "push" else self.resolution)
        else:
            raise UnevaluatedError("a text is no number")

    def _checked(self, index: Number, size: int) -> int:
        if not 0 <= index < size:
            raise UnevaluatedError(f"there is no element {index} in a vector of {size}")
        return int(index)

    def _variable(self, argument: int, position: int) -> None:
        self.stack.append(self.read(argument))

    def _element(self, argument: int, position: int) -> None:
        first = int(self.code[position - 1][1])
        self.stack.append(self.read(first + self._checked(self.stack.pop(), argument)))

    def _skip(self, argument: int, position: int) -> None:
        """Do nothing: the next operation reads the argument of this one."""

    def _go(self, argument: int, position: int) -> None:
        self.rounds += argument <= position
        if self.rounds > MOST_ROUNDS:
            raise UnevaluatedError("a loop has no end")
        self.next = argument

    def _go_unless(self, argument: int, position: int) -> None:
        if self.stack.pop() == 0:
            self._go(argument, position)

    def _drop(self, argument: int, position: int) -> None:
        self.stack.pop()

    def _call(self, argument: int, position: int) -> None:
        self.callers.append((self.base, self.next))
        if len(self.callers) > MOST_CALLS:
            raise UnevaluatedError("a function calls itself too often")
        self.next = argument

    def _enter(self, argument: int, position: int) -> None:
        self.base = len(self.stack) - argument

    def _reserve(self, argument: int, position: int) -> None:
        self.stack += [0.0] * argument

    def _return(self, argument: int, position: int) -> None:
        result = self.stack.pop()
        del self.stack[self.base :]
        self.stack.append(result)
        self.base, self.next = self.callers.pop()

    def _local(self, argument: int, position: int) -> None:
        self.stack.append(self.stack[self.base + argument])

    def _set_local(self, argument: int, position: int) -> None:
        self.stack[self.base + argument] = self.stack.pop()

    def _local_place(self, size: int, position: int) -> int:
        first = self.base + int(self.code[position - 1][1])
        return first + self._checked(self.stack.pop(), size)

    def _local_element(self, argument: int, position: int) -> None:
        self.stack.append(self.stack[self._local_place(argument, position)])

    def _set_local_element(self, argument: int, position: int) -> None:
        place = self._local_place(argument, position)
        self.stack[place] = self.stack.pop()


_FLOW: Mapping[str, Callable[[_Evaluation, int, int], None]] = {
    "variable": _Evaluation._variable,
    "integer": _Evaluation._variable,
    "elements": _Evaluation._skip,
    "element": _Evaluation._element,
    "jump": _Evaluation._go,
    "jump_unless": _Evaluation._go_unless,
    "drop": _Evaluation._drop,
    "call": _Evaluation._call,
    "enter": _Evaluation._enter,
    "reserve": _Evaluation._reserve,
    "return": _Evaluation._return,
    "local": _Evaluation._local,
    "set_local": _Evaluation._set_local,
    "locals": _Evaluation._skip,
    "local_element": _Evaluation._local_element,
    "set_local_element": _Evaluation._set_local_element,
}


# --- numbers as C++ has them ----------------------------------------------------------------------


def _divided(left: float, right: float) -> float:
    if right == 0:
        undefined = left == 0 or math.isnan(left)
        return math.nan if undefined else math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def _wrapped(value: int) -> int:
    return int(wrapped(value))


def _quotient(left: Number, right: Number) -> int:
    if right == 0:
        raise UnevaluatedError("an integer is divided by zero")
    size = abs(int(left)) // abs(int(right))
    return _wrapped(size if (left < 0) == (right < 0) else -size)


def _whole_power(base: Number, exponent: Number) -> int:
    return (
        _wrapped(pow(int(base), int(exponent), 2**64)) if exponent >= 0 else _cut_off(power(base, exponent))
    )


def _truncated(value: float) -> float:
    return float(math.trunc(value)) if math.isfinite(value) else value


def _cut_off(value: Number) -> int:
    return int(value) if abs(value) < 2**63 else -(2**63)


def _steps(duration: float, resolution: float) -> float:
    if not math.isfinite(duration):
        return duration
    return float(math.ceil(math.floor(duration * 1000 + 0.5) / round(resolution * 1000)))


def _reference(name: str) -> Callable[..., Number]:
    found = BUILTINS[name].reference
    assert found is not None
    return found


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}


def _truth(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], float]:
    return lambda a, b: float(compare(a, b))


_BINARY: Mapping[str, Callable[[Any, Any], Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "//": lambda a, b: _truncated(_divided(a, b)),
    "%": lambda a, b: math.fmod(a, b) if b and math.isfinite(a) else math.nan,
    **{name: _truth(compare) for name, compare in _COMPARISONS.items()},
    "whole+": lambda a, b: wrapped(a + b),
    "whole-": lambda a, b: wrapped(a - b),
    "whole*": lambda a, b: wrapped(a * b),
    "whole//": _quotient,
    "whole%": lambda a, b: a - b * _quotient(a, b),
    "whole_pow": _whole_power,
    "whole_min": min,
    "whole_max": max,
    **{f"whole{name}": _truth(compare) for name, compare in _COMPARISONS.items()},
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: wrapped(a << (b & 63)),
    ">>": lambda a, b: a >> (b & 63),
}

_FUNCTIONS: Mapping[str, tuple[Callable[..., Number], int]] = {
    **{name: (_reference(name), len(BUILTINS[name].takes)) for name in ELEMENTARY},
    "whole_clip": (_reference("clip"), 3),
}

_UNARY: Mapping[str, Callable[[Any], Number]] = {
    "neg": lambda x: -x,
    "not": lambda x: float(x == 0),
    "whole": _cut_off,
    "real": float,
    "whole_neg": lambda x: wrapped(-x),
    "whole_abs": lambda x: wrapped(abs(x)),
    "~": lambda x: ~x,
}
