"""Flags that change what floating-point numbers mean, and compilers that have such a meaning built in.

Kernels rely on IEEE 754: on infinities and NaN, on the order of additions, on denormal numbers. Some of these
flags also make the linker add code that changes the arithmetic of the whole process that loads a library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNSOUND = frozenset(
    {
        "-Mdaz",
        "-Mflushz",
        "-Mfprelaxed",
        "-Ofast",
        "-fapprox-func",
        "-fassociative-math",
        "-fast",
        "-fcx-fortran-rules",
        "-fcx-limited-range",
        "-ffast-math",
        "-ffinite-math-only",
        "-fno-honor-infinities",
        "-fno-honor-nans",
        "-fno-signed-zeros",
        "-freciprocal-math",
        "-fsingle-precision-constant",
        "-ftz",
        "-funsafe-math-optimizations",
        "-mdaz-ftz",
        "-mpc32",
        "-mpc64",
        "-mrecip",
        "-menable-no-infs",
        "-menable-no-nans",
        "-menable-unsafe-fp-math",
    }
)
_UNSOUND_BEGINNINGS = (
    "--fast-math",
    "--optimize=fast",
    "-fdenormal-fp-math",
    "-ffp-model=aggressive",
    "-ffp-model=fast",
    "-fp-model",
    "-mfpmath=387",
    "-mfpmath=both",
    "-mfpmath=sse+387",
    "-mlow-precision",
    "-mrecip=",
)
_HARMFUL_PARTS = ("crtfastmath", "crtprec")

_UNSOUND_MACROS = re.compile(
    r"^#define (?:(?P<mode>__FAST_MATH__|__FINITE_MATH_ONLY__|__RECIPROCAL_MATH__|__NO_SIGNED_ZEROS__"
    r"|__ASSOCIATIVE_MATH__) [1-9]|(?P<standard>__GCC_IEC_559) 0|(?P<width>__FLT_EVAL_METHOD__) (?:[12]|-1))",
    re.M,
)


def unsound_flag(flags: Iterable[str]) -> str:
    """Return the first flag that changes what numbers mean, "" if there is none."""
    return next(filter(_is_unsound, flags), "")


def _is_unsound(flag: str) -> bool:
    return (
        flag in _UNSOUND
        or flag.startswith(_UNSOUND_BEGINNINGS)
        or any(part in flag for part in _HARMFUL_PARTS)
        or any(word in _UNSOUND for word in flag.split(",")[1:])  # -Wl,-Ofast
    )


def unsound_macro(macros: str) -> str:
    """Return the macro by which a compiler says that numbers do not mean what they should, "" if none does.

    Parameters
    ----------
    macros
        What `-dM -E` prints.
    """
    found = _UNSOUND_MACROS.search(macros)
    return "" if found is None else next(name for name in found.groups() if name)
