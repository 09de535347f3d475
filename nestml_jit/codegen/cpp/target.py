"""The target of a kernel: the differences between C++ for different kinds of machines.

The printer knows the syntax that all dialects of C++ share. A `Target` says the rest: how a loop goes through
lanes, how a function is declared, and what functions are called (`std::exp`). `CPU` is the one
implementation; one for CUDA C++, where a lane is a thread, is another file like this one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from nestml_jit.codegen.cpp.tree import Expression, Function, Lanes

Show = Callable[[Expression], str]
"""Gives the text of an expression as a whole."""


class Target(ABC):
    """A dialect of C++.

    Attributes
    ----------
    restrict
        The word for a pointer to memory that no other pointer refers to.
    """

    restrict: str

    @abstractmethod
    def function(self, name: str) -> str:
        """Return the name by which a function is called, given that by which C++ on CPUs calls it."""

    @abstractmethod
    def lanes(self, loop: Lanes, body: Sequence[str], show: Show) -> list[str]:
        """Return the lines of a loop over lanes, given those of its body."""

    @abstractmethod
    def qualifiers(self, function: Function) -> str:
        """Return the qualifiers in front of the type that a function of a kernel returns."""


class CPU(Target):
    """C++17 for the vector units of CPUs, as GCC and Clang compile it."""

    restrict = "__restrict"

    def function(self, name: str) -> str:
        """Return the name itself."""
        return name

    def lanes(self, loop: Lanes, body: Sequence[str], show: Show) -> list[str]:
        """Return a `for` loop, which OpenMP's `simd` makes vector code of."""
        index, guard = loop.index, "" if loop.guard is None else show(loop.guard)
        going = f"{guard} && " if guard and not loop.is_vector else ""
        start, end = f"{loop.counter} {index} = {show(loop.first)}", f"{index} < {show(loop.end)}"
        head = f"for ({start}; {going}{end}; ++{index}) {{"
        lines = [head, *body, "}"]
        if loop.is_vector:
            collected = "".join(f" reduction(|:{flag})" for flag in loop.flags)
            lines.insert(0, f"#pragma omp simd{collected}")
            if guard:
                lines.insert(0, f"if ({guard})")
        return lines

    def qualifiers(self, function: Function) -> str:
        """Return `static`, and whether calls are to be replaced by the body."""
        called = {None: "", True: " inline", False: " __attribute__((noinline))"}[function.is_inline]
        return f"{'[[maybe_unused]] ' if function.may_be_unused else ''}static{called}"
