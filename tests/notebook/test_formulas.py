"""Equations as LaTeX: the same numbers as the oracle's, balanced, in the model's order, and harmless."""

from __future__ import annotations

import builtins
import math
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nestml_jit import dsl
from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.unit_text import unit_text
from nestml_jit.dsl.units import unit_of
from nestml_jit.oracle.arithmetic import FUNCTIONS
from nestml_jit.oracle.interpreter import Interpreter
from nestml_jit.pynest.formulas import flat
from nestml_jit.pynest.latex import GREEK, equation_latex, expression_latex, name_latex, unit_latex
from nestml_jit.pynest.show import model_view
from nestml_jit.pynest.symbolic import InexpressibleError, Translator
from tests.dsl.strategies import TRUTHS, reals, truths
from tests.dsl.test_models import EXERCISES, OWN, shipped
from tests.notebook.test_views import cells

FOUND = [*OWN, *(path for path in shipped() if path.name not in EXERCISES)]
every_model = pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")


# --- the same numbers ------------------------------------------------------------------------------


class Identifiers(Translator):
    """Names symbols such that Python can: lambdify would replace others, and evaluate what it rebuilds."""

    def _symbol(self, key: str, leaf: ast.Name | ast.UnitExpression) -> Any:
        return super()._symbol("v" + "_".join(str(ord(letter)) for letter in key), leaf)


class Point:
    """A random value for each variable, and what the oracle and sympy make of an expression there."""

    def __init__(self, model: ast.Model, rng: random.Random) -> None:
        self.values: dict[str, Any] = {}
        self.rng = rng
        self.inlines = {item.name: item.value for item in model.equations if isinstance(item, ast.Inline)}
        services: dict[str, Callable[[ast.Call], Any]] = {
            "convolve": lambda call: self.convolution(*map(self.oracle.number, call.arguments)),
            "delta": lambda call: 3.5 * self.oracle.number(call.arguments[0]),
            "resolution": lambda call: 0.1,
        }
        self.oracle = Interpreter(model, self.read, services=services)
        self.functions: dict[str, Callable[..., Any]] = {
            "Convolution": self.convolution,
            "delta": lambda t: 3.5 * t,
            "resolution": lambda: 0.1,
            **FUNCTIONS,
            **{function.name: self.own(function.name) for function in model.functions},
        }

    @staticmethod
    def convolution(kernel: float, port: float) -> float:
        return 3.0 * kernel + port * port

    def own(self, name: str) -> Callable[..., Any]:
        return lambda *values: self.oracle.call(ast.Call(name, tuple(map(ast.Literal, values))))

    def read(self, node: ast.Name) -> Any:
        if node.name in self.inlines:
            with self.oracle.apart():
                return self.oracle.value(self.inlines[node.name])
        drawn = self.rng.uniform(0.5, 3.0)
        return self.values.setdefault(
            f"{node.name} {node.order}", drawn > 1.0 if node.name in TRUTHS else drawn
        )

    def leaf(self, leaf: ast.Name | ast.UnitExpression) -> Any:
        if isinstance(leaf, ast.Name):
            return self.oracle.value(leaf)
        unit = unit_of(leaf)
        return float(unit.scale / unit.storage)

    def by_sympy(self, node: ast.Expression) -> Any:
        translator = Identifiers()
        expression = translator.expression(node)
        compiled = sympy.lambdify(list(translator.leaves), expression, modules=[self.functions, "math"])
        return compiled(*map(self.leaf, translator.leaves.values()))


@every_model
def test_equations_have_the_oracles_values(path: Path) -> None:
    """What is shown, with its units, is what a lowered model computes."""
    for model in dsl.parse(path.read_text(encoding="utf-8")):
        lowered = dsl.lower(model)
        for round_ in range(3):
            point = Point(lowered, random.Random(f"{model.name} {round_}"))
            for (shown, _), (computed, _) in zip(flat(model.equations), flat(lowered.equations), strict=True):
                expected = point.oracle.number(computed.value)
                assert float(point.by_sympy(computed.value)) == pytest.approx(expected, rel=1e-12), shown.name
                assert float(point.by_sympy(shown.value)) == pytest.approx(expected, rel=1e-12), shown.name


def test_the_comparison_notices_a_wrong_sign() -> None:
    node, other = (ast.Binary(sign, ast.Name("a"), ast.Name("b")) for sign in "+-")
    point = Point(ast.Model("m"), random.Random(1))
    assert point.by_sympy(node) == pytest.approx(point.oracle.number(node))
    assert point.by_sympy(other) != pytest.approx(point.oracle.number(node))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(reals, truths), st.randoms(use_true_random=False))
def test_random_expressions_have_the_oracles_values(node: ast.Expression, rng: random.Random) -> None:
    point = Point(ast.Model("m"), rng)
    try:
        assert is_balanced(expression_latex(node))
        found = point.by_sympy(node)
    except (InexpressibleError, ArithmeticError, ValueError):
        return  # operators of whole numbers; Python's arithmetic stops where C++ has infinities
    expected = float(point.oracle.number(node))
    if not isinstance(found, complex) and math.isfinite(found) and math.isfinite(expected):
        assert float(found) == pytest.approx(expected, rel=1e-9, abs=1e-9)


# --- what is written -------------------------------------------------------------------------------


def is_balanced(latex: str) -> bool:
    """Whether braces, `\\left` and environments are closed in the order in which they are opened."""
    bare = re.sub(r"\\[\\$_]", "", latex)
    open_: list[str] = []
    for token in re.findall(r"\\(?:left|right|begin|end)\b|[{}$]", bare):
        if token in ("{", r"\left", r"\begin"):
            open_.append(token)
        elif token == "$" or not open_ or open_.pop() + token not in ("{}", r"\left\right", r"\begin\end"):
            return False
    return not open_


@every_model
def test_all_equations_can_be_typeset(path: Path) -> None:
    for model in dsl.parse(path.read_text(encoding="utf-8")):
        for item, is_kernel in flat(model.equations):
            latex = equation_latex(item, is_kernel=is_kernel)
            assert is_balanced(latex), latex
            assert set(re.findall(r"\\[a-zA-Z]+", latex)) <= COMMANDS, latex


COMMANDS = {
    f"\\{name}"
    for names in (
        "frac left right mathrm mathit operatorname cdot begin end text geq leq wedge vee neg",
        "min max ln tanh",
        " ".join(sorted(GREEK)),
    )
    for name in names.split()
}


def value_of(text: str) -> ast.Expression:
    """Return an expression over variables that are declared, so that `a` is no year and `d` no day."""
    names = "".join(f"        {name} real = 1\n" for name in "abcdswx")
    (model,) = dsl.parse(
        f"model m_neuron:\n    parameters:\n{names}    equations:\n        inline y real = {text}\n"
    )
    (item,) = model.equations
    assert isinstance(item, ast.Inline)
    return item.value


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("b + a", "b + a"),
        ("b - a - (d - c)", r"b - a - \left(d - c\right)"),
        ("b * a / c * d", r"\frac{b a}{c} d"),
        ("a / b / c", r"\frac{a}{b c}"),
        ("-(b + a) / c", r"-\frac{b + a}{c}"),
        ("a * -b", r"a \left(-b\right)"),
        ("a - -b", r"a - \left(-b\right)"),
        ("1 + 1 * x - 0 * x", r"1 + 1 x - 0 x"),
        ("2 * 3 * 1e-5", r"2 \cdot 3 \cdot 10^{-5}"),
        ("2.5e-7 * 20.", r"2.5 \cdot 10^{-7} \cdot 20"),
        ("x**2 * (a + b)**-1", r"x^{2} \left(a + b\right)^{-1}"),
        ("exp(-t / tau)", r"e^{-\frac{t}{\tau}}"),
        ("ln(x) + g_b(x, 1)", r"\ln{\left(x \right)} + \operatorname{g\_b}{\left(x, 1 \right)}"),
        ("max(b, a)", r"\max{\left(b, a \right)}"),
        ("convolve(x, s) * w", r"\left(x * s \right) w"),
        ("5 mV / 1 ms**-1", r"\frac{5\,\mathrm{mV}}{1\,\mathrm{ms}^{-1}}"),
        ("tau_syn * V_m' * x''", r"\tau_{syn} \frac{dV_{m}}{dt} \frac{d^{2}x}{dt^{2}}"),
        ("V_m'**2", r"\left(\frac{dV_{m}}{dt}\right)^{2}"),
        ("refr_t + I_syn_exc", r"\mathit{refr}_{t} + I_{syn,exc}"),
        ("2 * refr_t", r"2 \, \mathit{refr}_{t}"),
        ("x[i + 1]", r"x\left[i + 1 \right]"),
        (
            "b < a ? b : a >= 1 and not c == 2 ? 3 : a",
            r"\begin{cases} b & \text{for}\: b < a \\3 & \text{for}\: a \geq 1 \wedge \neg \left(c = 2\right)"
            r" \\a & \text{otherwise} \end{cases}",
        ),
        (
            "2 * (a > 0 ? a : b)",
            r"2 \left(\begin{cases} a & \text{for}\: a > 0 \\b & \text{otherwise} \end{cases}\right)",
        ),
    ],
)  # fmt: skip
def test_expressions_look_as_they_are_written(text: str, latex: str) -> None:
    assert expression_latex(value_of(text)) == latex


@pytest.mark.parametrize(
    "text", ["7 // 2", "n % 2", "n & 1", 'f("a")', "~n", "f(x) ? 1 : 2", "(x < 1 ? 2 : x) < 3 ? 4 : 5"]
)
def test_what_has_no_form_in_mathematics_is_refused(text: str) -> None:
    with pytest.raises(InexpressibleError):
        expression_latex(value_of(text))


def test_delayed_variables() -> None:
    assert name_latex(ast.Name("x", delay=ast.Name("tau_d"))) == r"x{\left(t - \tau_{d} \right)}"


def test_no_name_or_unit_is_a_command() -> None:
    assert name_latex(ast.Name("g$_$x")) == r"\mathit{g\$}_{\$x}"
    assert name_latex(ast.Name("__")) == r"\_\_"
    for text in (r"\href", "a b", "<script>", "x}", "µ", ""):
        with pytest.raises(InexpressibleError):
            unit_latex(ast.UnitName(text))
    with pytest.raises(InexpressibleError):
        name_latex(ast.Name(r"x_\href{javascript:alert(1)}"))
    unit = ast.UnitProduct(
        "/", ast.UnitName("mV"), ast.UnitProduct("*", ast.UnitName("ms"), ast.UnitName("pA"))
    )
    assert unit_text(unit) == "mV/(ms * pA)"
    assert unit_latex(unit) == r"\mathrm{mV}/\left(\mathrm{ms}\,\mathrm{pA}\right)"


# --- pages -----------------------------------------------------------------------------------------

PAGE = r'''
"""<script>alert("$x$")</script> \href{javascript:alert(1)}{me}"""
model page_neuron:
    state:
        V_m mV = 0 mV  # <script>alert("$E = m$")</script> \(x\)
    parameters:
        tau_m ms = 10 ms
        n integer = 5
    equations:
        inline half integer = n // 2
        V_m' = (V_m < 2 mV ? 1 : 2) * V_m / tau_m * half
    input:
        spikes <- spike
    output:
        spike
    update:
        integrate_odes()
'''


def page() -> Any:
    (model,) = dsl.parse(PAGE)
    return model_view(model)


def test_a_page_shows_formulas_and_no_markup_of_a_model() -> None:
    html = page()._repr_html_()
    found = cells(html)
    (formula,) = (cell for cell in found if cell.startswith(r"\("))
    assert formula.startswith(r"\(\displaystyle \frac{dV_{m}}{dt} = ")
    assert r"V_{m} < 2\,\mathrm{mV} \\" in formula
    assert formula.endswith(r"\)")
    assert "half = n // 2" in found  # it has no form in mathematics, and stays a text
    assert "<script>" not in html
    # MathJax leaves all alone but formulas.
    assert html.startswith("<details class='tex2jax_ignore mathjax_ignore'>")
    assert html.count("mathjax_process") == 1
    assert "title='V_m&#x27; = (V_m &lt; 2 mV ? 1 : 2) * V_m / tau_m * half'" in html


def test_terminals_see_text() -> None:
    *_, title, first = str(page()).splitlines()
    assert title == "equations:"
    assert first.startswith("  V_m'  numerical: ")


def test_without_sympy_a_page_has_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name == "nestml_jit.pynest.latex":
            raise ImportError("no sympy")
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    html = page()._repr_html_()
    assert "mathjax_process" not in html
    assert "V_m' = (V_m < 2 mV ? 1 : 2) * V_m / tau_m * half" in cells(html)


def test_only_pages_in_html_import_sympy() -> None:
    code = (
        "import sys\nfrom nestml_jit import dsl\nfrom nestml_jit.pynest.show import model_view\n"
        f"view = model_view(*dsl.parse({PAGE!r}))\nstr(view), repr(view)\n"
        "assert 'sympy' not in sys.modules\nview._repr_html_()\nassert 'sympy' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
