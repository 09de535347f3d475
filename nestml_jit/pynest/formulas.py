"""The equations of a model as rows of a page: typeset where that can be done, else as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nestml_jit.dsl.print_expression import expression_text
from nestml_jit.dsl.tree import Inline, Kernel, Ode
from nestml_jit.pynest.view import Cell, Formula


def formulas(equations: Iterable[Ode | Inline | Kernel], solvers: Mapping[str, Cell]) -> list[list[Cell]]:
    """Return for each equation a formula and what it is.

    Parameters
    ----------
    equations
        Of a model that is not lowered: units are shown.
    solvers
        How each differential equation is solved, by the name of its variable with primes.
    """
    rows: list[list[Cell]] = []
    for item, is_kernel in flat(equations):
        left = item.name + "'" * item.order if isinstance(item, Ode) else item.name
        kind = "kernel" if is_kernel else "inline" if isinstance(item, Inline) else solvers[left]
        text = f"{left} = {expression_text(item.value)}"
        rows.append([Formula(text, _latex(item, is_kernel=is_kernel)), kind])
    return rows


def flat(equations: Iterable[Ode | Inline | Kernel]) -> Iterator[tuple[Ode | Inline, bool]]:
    """Yield each equation, and whether it belongs to a kernel."""
    for item in equations:
        if isinstance(item, Kernel):
            yield from ((part, True) for part in item.equations)
        else:
            yield item, False


def _latex(equation: Ode | Inline, *, is_kernel: bool) -> str:
    """Return an equation as LaTeX; "" if it has no form in mathematics, or sympy is missing or refuses it."""
    try:
        from nestml_jit.pynest.latex import equation_latex

        return equation_latex(equation, is_kernel=is_kernel)
    except (ImportError, TypeError, ValueError, RecursionError):
        return ""
