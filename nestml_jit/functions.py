"""The functions that every model can call: one record each, which all parts read.

Three places say all that a function needs:

* its record in `BUILTINS` here;
* its line in host/src/values/elementary.h, by which the host computes initial values and checks guards;
* for functions that compilers shall vectorise, a header in codegen/cpp/support/.

A function `atan` of real numbers, say, is the record

    "atan": Builtin(("real",), "real", reference=math.atan, ufunc="arctan", cpp="std::atan", sympy="atan"),

and the line `unary( atan, std::atan )`. Kernels vectorise it once `vector` names a function and
its header, which `HEADERS` lists.

Some places know more of some functions, and do without for others: derivatives, which some solvers need, are
in codegen/model/symbolic.py, limits of quotients in codegen/model/quotients.py and oracle/limits.py.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

ValueType = Literal["real", "integer", "ms", "string", "void", "any"]
"""The type of an argument or a result; "any" is one type and unit of numbers wherever it stands."""

Family = Literal["elementary", "random", "time", "effect", "message", "convolution"]
"""Elementary functions have a value that only depends on their arguments."""

Integers = Literal["cast", "kept", "own"]
"""What becomes of integers: real numbers, the result itself, or arguments of a function of integers."""

_Reference = Callable[..., float]


class Builtin(NamedTuple):
    """A function that every model can call.

    Attributes
    ----------
    takes, gives
        The types of the arguments and of the result.
    family
        What kind of function it is. Those that are not elementary have a meaning only in some places, which
        the checks of the language and the writers of code know.
    optional
        How many of the last arguments may be missing.
    integers
        What becomes of integer arguments of an elementary function.
    reference
        The implementation of an elementary function in the oracle. It raises nothing, as in C++.
    ufunc
        The same in numpy, by name, for many lanes at once; "" if each lane is computed by `reference`.
    cpp
        The C++ function that kernels call with the same arguments.
    vector
        A function that compilers can vectorise, and the header in codegen/cpp/support/ that has it.
    sympy
        The same function in sympy, as a path below `sympy`; "" if there is none.
    brief
        It takes about as long as an addition.
    """

    takes: tuple[ValueType, ...]
    gives: ValueType
    family: Family = "elementary"
    optional: int = 0
    integers: Integers = "cast"
    reference: _Reference | None = None
    ufunc: str = ""
    cpp: str = ""
    vector: tuple[str, str] | None = None
    sympy: str = ""
    brief: bool = False


# --- what Python's functions do not give -------------------------------------------------------------


def wrapped(value: float) -> float:
    """Return an integer as 64 bits hold it; leave reals alone."""
    if not isinstance(value, int) or -(2**63) <= value < 2**63:
        return value
    return (value + 2**63) % 2**64 - 2**63


def power(base: float, exponent: float) -> float:
    """Raise to a power as C++ does."""
    try:
        if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
            return wrapped(pow(base, exponent, 2**64))
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        if base == 0:  # to a negative power
            return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf
        return math.nan


def half_away(x: float) -> float:
    """Round to the nearest whole number, halves away from zero."""
    return math.copysign(math.floor(abs(x) + 0.5), x) if math.isfinite(x) else x


def _guarded(function: Callable[[float], float], beyond: Callable[[float], float]) -> _Reference:
    """Return a function that gives C++'s result where Python's raises."""

    def called(x: float) -> float:
        try:
            return function(x)
        except (OverflowError, ValueError):
            return beyond(x)

    return called


def _exponential(function: Callable[[float], float]) -> _Reference:
    return _guarded(function, lambda x: math.inf)


def _logarithm(function: Callable[[float], float]) -> _Reference:
    return _guarded(function, lambda x: -math.inf if x == 0 else math.nan)


def _periodic(function: Callable[[float], float]) -> _Reference:
    return _guarded(function, lambda x: math.nan)


def _whole(function: Callable[[float], float]) -> _Reference:
    """Return a function to whole numbers that keeps infinities, NaN, and the sign of a zero."""
    return lambda x: math.copysign(function(x), x) if math.isfinite(x) else x


# --- the table ---------------------------------------------------------------------------------------

_REAL: tuple[ValueType, ...] = ("real",)
_ANY: tuple[ValueType, ...] = ("any",)


def _vectorised(name: str, reference: _Reference, header: str, sympy: str = "") -> Builtin:
    """Return the record of a function of a real number that C++, numpy and sympy have under one name."""
    return Builtin(
        _REAL,
        "real",
        reference=reference,
        ufunc=name,
        cpp=f"std::{name}",
        vector=(f"nj_{name}", header),
        sympy=sympy or name,
    )


HEADERS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {"exp.h": (), "log.h": ("exp.h",), "trigonometric.h": (), "hyperbolic.h": ("exp.h",)}
)
"""The headers in codegen/cpp/support/ that have vectorised functions, with those of them that they need."""

BUILTINS: Mapping[str, Builtin] = types.MappingProxyType(
    {
        "exp": _vectorised("exp", _exponential(math.exp), "exp.h"),
        "ln": _vectorised("log", _logarithm(math.log), "log.h"),
        "log10": _vectorised("log10", _logarithm(math.log10), "log.h", sympy="codegen.cfunctions.log10"),
        "expm1": _vectorised("expm1", _exponential(math.expm1), "exp.h", sympy="codegen.cfunctions.expm1"),
        "sin": _vectorised("sin", _periodic(math.sin), "trigonometric.h"),
        "cos": _vectorised("cos", _periodic(math.cos), "trigonometric.h"),
        "tan": _vectorised("tan", _periodic(math.tan), "trigonometric.h"),
        "sinh": _vectorised(
            "sinh", _guarded(math.sinh, lambda x: math.copysign(math.inf, x)), "hyperbolic.h"
        ),
        "cosh": _vectorised("cosh", _exponential(math.cosh), "hyperbolic.h"),
        "tanh": _vectorised("tanh", math.tanh, "hyperbolic.h"),
        "erf": Builtin(_REAL, "real", reference=math.erf, cpp="std::erf", sympy="erf"),
        "erfc": Builtin(_REAL, "real", reference=math.erfc, cpp="std::erfc", sympy="erfc"),
        "ceil": Builtin(
            _ANY,
            "any",
            integers="kept",
            reference=_whole(math.ceil),
            ufunc="ceil",
            cpp="std::ceil",
            sympy="ceiling",
        ),
        "floor": Builtin(
            _ANY,
            "any",
            integers="kept",
            reference=_whole(math.floor),
            ufunc="floor",
            cpp="std::floor",
            sympy="floor",
        ),
        "round": Builtin(_ANY, "any", integers="kept", reference=half_away, cpp="std::round"),
        "abs": Builtin(
            _ANY,
            "any",
            integers="own",
            reference=lambda x: wrapped(abs(x)),
            cpp="std::fabs",
            sympy="Abs",
            brief=True,
        ),
        "min": Builtin(
            ("any", "any"), "any", integers="own", reference=min, cpp="nj_min", sympy="Min", brief=True
        ),
        "max": Builtin(
            ("any", "any"), "any", integers="own", reference=max, cpp="nj_max", sympy="Max", brief=True
        ),
        "clip": Builtin(
            ("any", "any", "any"),
            "any",
            integers="own",
            reference=lambda x, low, high: min(high, max(low, x)),
            cpp="nj_clip",
            brief=True,
        ),
        "pow": Builtin(
            ("any", "real"), "any", reference=power, cpp="std::pow", vector=("nj_pow", "log.h"), sympy="Pow"
        ),
        "random_normal": Builtin(("any", "any"), "any", "random"),
        "random_uniform": Builtin(("any", "any"), "any", "random"),
        "random_poisson": Builtin(_REAL, "integer", "random"),
        "resolution": Builtin((), "ms", "time"),
        "timestep": Builtin((), "ms", "time"),
        "steps": Builtin(("ms",), "integer", "time"),
        "emit_spike": Builtin(_REAL, "void", "effect", optional=1),
        "integrate_odes": Builtin((), "void", "effect"),
        "convolve": Builtin(("real", "real"), "real", "convolution"),
        "delta": Builtin(("ms",), "real", "convolution"),
        "print": Builtin(("string",), "void", "message"),
        "println": Builtin(("string",), "void", "message"),
        "info": Builtin(("string",), "void", "message"),
        "warning": Builtin(("string",), "void", "message"),
    }
)


def of_family(family: Family) -> frozenset[str]:
    """Return the names of the functions of a family."""
    return frozenset(name for name, item in BUILTINS.items() if item.family == family)


ELEMENTARY: tuple[str, ...] = tuple(name for name, item in BUILTINS.items() if item.family == "elementary")
RANDOM = of_family("random")
MESSAGES = of_family("message")
OF_INTEGERS = frozenset(name for name, item in BUILTINS.items() if item.integers == "own")
"""Functions whose result is an integer if all arguments are."""

KEPT_INTEGERS = frozenset(name for name, item in BUILTINS.items() if item.integers == "kept")
"""Functions that give an integer back as it is."""
