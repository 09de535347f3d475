r"""Equations of models as LaTeX, by sympy's printer: `V_m'` is `\frac{dV_{m}}{dt}`.

Terms and factors stand in the order of the model, and fractions where it divides: sympy's printer sorts them
and moves signs, so that sums, products and powers are printed here, and all else by sympy.

Letters, digits, `_` and `$` are all that names and units have; anything else is refused, so that no text of a
model means something to LaTeX. This module imports sympy: only pages in HTML need it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter, accepted_latex_functions

from nestml_jit.dsl import tree as ast
from nestml_jit.pynest.symbolic import Conjunction, Disjunction, InexpressibleError, Translator

_SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega"
)
_LARGE = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
GREEK = frozenset(f"{_SMALL} {_LARGE}".split())
_FUNCTIONS = frozenset((*accepted_latex_functions, "max", "min"))
_UNDERSCORE = r"\_"
_WORD = re.compile(r"[A-Za-z0-9$]+")


def equation_latex(equation: ast.Ode | ast.Inline, *, is_kernel: bool = False) -> str:
    """Return an equation as LaTeX.

    Parameters
    ----------
    equation
        A differential equation, an inline, or an equation of a kernel.
    is_kernel
        It is a kernel, a function of time.

    Raises
    ------
    InexpressibleError
        If a part of it has no form in mathematics.
    """
    left = name_latex(ast.Name(equation.name, equation.order if isinstance(equation, ast.Ode) else 0))
    if is_kernel and isinstance(equation, ast.Ode) and not equation.order:
        left += r"{\left(t \right)}"
    return f"{left} = {expression_latex(equation.value)}"


def expression_latex(node: ast.Expression) -> str:
    """Return an expression as LaTeX.

    Raises
    ------
    InexpressibleError
        If a part of it has no form in mathematics.
    """
    translator = Translator()
    expression = translator.expression(node)
    return str(_Printer(translator.leaves).doprint(expression))


def name_latex(node: ast.Name) -> str:
    r"""Return a variable as LaTeX: `tau_syn` is `\tau_{syn}`, `x''` a fraction, `x[i]` has brackets."""
    text = _symbol_latex(node.name)
    if node.order:
        power = f"^{{{node.order}}}" if node.order > 1 else ""
        text = rf"\frac{{d{power}{text}}}{{dt{power}}}"
    if node.index is not None:
        return rf"{text}\left[{expression_latex(node.index)} \right]"
    if node.delay is not None:
        delayed = ast.Binary("-", ast.Name("t"), node.delay)
        return rf"{text}{{\left({expression_latex(delayed)} \right)}}"
    return text


def unit_latex(unit: ast.UnitExpression) -> str:
    r"""Return a unit as LaTeX, upright: `mV/ms**2` is `\mathrm{mV}/\mathrm{ms}^{2}`."""
    if isinstance(unit, ast.UnitName):
        return rf"\mathrm{{{_word(unit.name)}}}"
    if isinstance(unit, ast.UnitPower):
        base = unit_latex(unit.base)
        base = base if isinstance(unit.base, ast.UnitName) else rf"\left({base}\right)"
        return f"{base}^{{{unit.exponent}}}"
    right = unit_latex(unit.right)
    right = rf"\left({right}\right)" if isinstance(unit.right, ast.UnitProduct) else right
    sign = "/" if unit.operator == "/" else r"\,"
    return f"{unit_latex(unit.left)}{sign}{right}"


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise InexpressibleError(f"`{text}` has letters that LaTeX may take for commands")
    return text.replace("$", r"\$")


def _symbol_latex(name: str) -> str:
    """Return a name as LaTeX; what follows its first `_` is a subscript."""
    words = [_greek(_word(word)) for word in name.split("_") if word]
    if not words:
        return _UNDERSCORE * len(name)
    first = words[0] if len(words[0]) == 1 or words[0].startswith("\\") else rf"\mathit{{{words[0]}}}"
    return f"{first}_{{{','.join(words[1:])}}}" if words[1:] else first


def _greek(word: str) -> str:
    return f"\\{word}" if word in GREEK else word


class _Printer(LatexPrinter):  # type: ignore[misc]  # sympy has no types
    """Sympy's printer of LaTeX, which keeps the order of terms and factors.

    Parameters
    ----------
    leaves
        What the symbols stand for.
    """

    def __init__(self, leaves: dict[Any, ast.Name | ast.UnitExpression]) -> None:
        names = {
            symbol: name_latex(leaf) if isinstance(leaf, ast.Name) else unit_latex(leaf)
            for symbol, leaf in leaves.items()
        }
        super().__init__({"ln_notation": True, "symbol_names": names})
        self._units = {symbol for symbol, leaf in leaves.items() if not isinstance(leaf, ast.Name)}
        self._fractions = {
            symbol for symbol, leaf in leaves.items() if isinstance(leaf, ast.Name) and leaf.order
        }

    def _print_Add(self, expr: Any, order: object = None) -> str:
        text = self._term(expr.args[0])
        for term in expr.args[1:]:
            if _is_negative(term):
                text += f" - {self._product(term.args[1:])}"
            else:
                text += f" + {self._term(term)}"
        return text

    def _term(self, term: Any) -> str:
        """Return a term of a sum, in brackets if it is a sum or has cases."""
        text = str(self._print(term))
        return _bracketed(text) if isinstance(term, (sympy.Add, sympy.Piecewise)) else text

    def _print_Mul(self, expr: Any) -> str:
        if _is_negative(expr):
            return f"-{self._product(expr.args[1:])}"
        return self._product(expr.args)

    def _product(self, factors: Sequence[Any]) -> str:
        """Return a product without a sign; each division begins or continues a fraction.

        `a * b / c * d / f` is the product of (a b)/c and d/f.
        """
        groups: list[tuple[list[Any], list[Any]]] = [([], [])]
        for factor in factors:
            if _is_inverse(factor):
                groups[-1][1].append(factor.base)
            elif groups[-1][1]:
                groups.append(([factor], []))
            else:
                groups[-1][0].append(factor)
        return _joined([part for above, below in groups for part in self._fraction(above, below)])

    def _fraction(self, above: Sequence[Any], below: Sequence[Any]) -> list[str]:
        if not below:
            return [self._factor(item) for item in above]
        return [rf"\frac{{{self._side(above)}}}{{{self._side(below)}}}"]

    def _side(self, factors: Sequence[Any]) -> str:
        """Return what stands above or below a line, which needs no brackets."""
        if len(factors) == 1:
            return str(self._print(factors[0]))
        return _joined([self._factor(item) for item in factors])

    def _factor(self, factor: Any) -> str:
        text = str(self._print(factor))
        if factor in self._units:
            return rf"\,{text}"
        brackets = isinstance(factor, (sympy.Add, sympy.Piecewise)) or _is_negative(factor)
        return _bracketed(text) if brackets else text

    def _print_Pow(self, expr: Any, **_: object) -> str:
        if _is_inverse(expr):
            return rf"\frac{{1}}{{{self._print(expr.base)}}}"
        base = str(self._print(expr.base))
        is_single = (
            isinstance(expr.base, (sympy.Symbol, sympy.Number, sympy.NumberSymbol)) and "^" not in base
        )
        base = base if is_single and expr.base not in self._fractions else _bracketed(base)
        return f"{base}^{{{self._print(expr.exp)}}}"

    def _print_Float(self, expr: Any) -> str:
        mantissa, _, exponent = repr(float(expr)).partition("e")
        mantissa = mantissa.removesuffix(".0")
        if not exponent:
            return mantissa
        power = f"10^{{{int(exponent)}}}"
        return power if mantissa == "1" else rf"{mantissa} \cdot {power}"

    def _print_Convolution(self, expr: Any, **_: object) -> str:
        return rf"\left({self._print(expr.args[0])} * {self._print(expr.args[1])} \right)"

    def _print_Conjunction(self, expr: Any) -> str:
        return self._logic(expr, r"\wedge")

    def _print_Disjunction(self, expr: Any) -> str:
        return self._logic(expr, r"\vee")

    def _logic(self, expr: Any, sign: str) -> str:
        """Return two conditions with a sign between, in brackets if they have another sign."""
        others = Disjunction if isinstance(expr, Conjunction) else Conjunction
        texts = ((str(self._print(item)), isinstance(item, others)) for item in expr.args)
        return f" {sign} ".join(_bracketed(text) if is_other else text for text, is_other in texts)

    def _print_Negation(self, expr: Any) -> str:
        text = str(self._print(expr.args[0]))
        return rf"\neg {text if expr.args[0].is_Symbol else _bracketed(text)}"

    def _print_Function(self, expr: Any, exp: Any = None) -> str:
        if isinstance(expr, AppliedUndef):
            arguments = ", ".join(str(self._print(item)) for item in expr.args)
            return rf"{_function_latex(expr.func.__name__)}{{\left({arguments} \right)}}"
        return str(super()._print_Function(expr, exp))


def _is_negative(expr: Any) -> bool:
    return isinstance(expr, sympy.Mul) and expr.args[0] is sympy.S.NegativeOne


def _is_inverse(expr: Any) -> bool:
    return isinstance(expr, sympy.Pow) and expr.exp is sympy.S.NegativeOne


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)"


def _joined(factors: Sequence[str]) -> str:
    """Return factors side by side: a dot before a number, a gap before a word, units bring their gap."""
    text = factors[0]
    for factor in factors[1:]:
        if factor.startswith(r"\,"):
            text += factor
        elif factor[0].isdigit():
            text += rf" \cdot {factor}"
        else:
            text += rf" \, {factor}" if factor.startswith(r"\mathit") else f" {factor}"
    return text


def _function_latex(name: str) -> str:
    if name in GREEK or name in _FUNCTIONS:
        return f"\\{name}"
    words = [_word(word) if word else "" for word in name.split("_")]
    return rf"\operatorname{{{_UNDERSCORE.join(words)}}}"
