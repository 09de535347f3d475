import math

import pytest

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Translator
from nestml_jit.codegen.cpp.printing import text_of
from nestml_jit.codegen.model.affine import SystemRoles, affine
from nestml_jit.codegen.model.convolutions import convolutions
from nestml_jit.codegen.model.symbolic import derivative, fold
from nestml_jit.dsl.tree import Binary, Kernel, Literal, Model, Name, Ode
from nestml_jit.errors import NestmlErrors
from nestml_jit.oracle.values import value
from tests.codegen.harness import models

TRANSLATE = Translator(lambda node: cpp.Variable(node.name))


def plain(expression):
    """Return an expression as C++ in which variables have their own names."""
    return text_of(TRANSLATE(expression))


def parsed(text):
    """Return an expression of the names a, b, c, t, x and y."""
    source = f"""
model text_neuron:
    state:
        z real = 0
    parameters:
        a, b, c, x, y real = 1
    update:
        z = {text}
"""
    return models(source)[0].update[0].value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.001 * x * 1000", "x"),
        ("a * (0.001 * x) * 1000 / 2", "a * x / 2.0"),
        ("1 * x - 0", "x"),
        ("x + 0", "x + 0.0"),
        ("0 - x", "0.0 - x"),
        ("0 * x + y", "0.0 * x + y"),
        ("0 / x", "0.0 / x"),
        ("x - x", "x - x"),
        ("0 / 0", "0.0 / 0.0"),
        ("0 * inf", "0.0 * HUGE_VAL"),
        ("1e300 * 1e300", "1e+300 * 1e+300"),
        ("1e300 * x * 1e300", "1e+300 * x * 1e+300"),
        ("1e300 ** 2 + 0 ** -1", "nj_power<2>(1e+300) + 1.0 / 0.0"),
        ("-0.0 * x", "-0.0 * x"),
        ("1 - 1.0", "0.0"),
        ("-1 * 0.0", "-0.0"),
        ("x / 1", "x"),
        ("-(-x)", "x"),
        ("x - -y", "x + y"),
        ("2 ** 3 ** 2", "512.0"),
        ("x ** 1 + y ** 0", "x + 1.0"),
        ("3 / 2", "1.5"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("x * 2", "x * 2.0"),
    ],
)
def test_folding(text, expected):
    assert plain(fold(parsed(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a - (b - c)", "a - (b - c)"),
        ("a - b - c", "a - b - c"),
        ("a / (b * c)", "a / (b * c)"),
        ("(a + b) * c", "(a + b) * c"),
        ("-a ** 2", "-nj_power<2>(a)"),
        ("a ** -2", "1.0 / nj_power<2>(a)"),
        ("a ** 0.5", "nj_root(a)"),
        ("a ** b ** c", "std::pow(a, std::pow(b, c))"),
        ("a > b and b > c or a == c ? a : b", "(a > b && b > c) || a == c ? a : b"),
        ("a // b * c", "std::trunc(a / b) * c"),
        ("a > b ? b > c ? a : b : c", "a > b ? (b > c ? a : b) : c"),
    ],
)
def test_printing(text, expected):
    assert plain(parsed(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a * x ** 3 / b",
        "exp(-x / a) * x",
        "sin(x * b) + cos(x) * tanh(a * x)",
        "(x + a) / (x ** 2 + b)",
        "min(x, y) + max(x, 3 * y)",
        "x > y ? x ** 2 : y * x",
        "ln(x) * abs(x) + expm1(x) + cosh(x)",
    ],
)
def test_derivatives(text):
    expression = parsed(text)
    found = derivative(expression, "x")
    assert found is not None
    for x in (0.3, 1.7):

        def at(name, x=x, shift=0.0):
            return {"a": 1.3, "b": 0.7, "y": 0.9, "x": x + shift}[name]

        above = value(expression, lambda name, at=at: at(name, shift=1e-6))
        below = value(expression, lambda name, at=at: at(name, shift=-1e-6))
        assert value(found, at) == pytest.approx((above - below) / 2e-6, rel=1e-6, abs=1e-8)


ROLES = SystemRoles(frozenset({"x", "y"}), frozenset({"a", "b"}))


def test_affine_form():
    form = affine(parsed("-(x - a) / b + (y - x + c) * a - c / b"), ROLES)
    assert form is not None
    assert {name: plain(item) for name, item in form.linear.items()} == {
        "x": "-(1.0 / b) - a",
        "y": "a",
    }
    drives = {None if d is None else plain(d): plain(item) for d, item in form.drives.items()}
    assert drives[None] == "a / b"
    assert drives["c"] == "a - 1.0 / b"


@pytest.mark.parametrize("text", ["x * y", "exp(x)", "x > 0 ? x : 0", "a / x", "c * x", "x + t"])
def test_what_is_not_affine(text):
    assert affine(parsed(text), ROLES) is None


def made(text):
    kernel = Kernel((Ode("K", 0, parsed(text)),))
    (made,) = convolutions("K", kernel, Name("p"), Model("m"), lambda expression: expression)
    return made


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("exp(-t / a)", 1),
        ("3", 1),
        ("t * exp(-t / a)", 2),
        ("exp(-t / a) - exp(-t / b)", 2),
        ("t ** 2 * exp(-t / a) / 1 ms + t", 5),
        ("exp(-t / a) * sin(b * t + c)", 2),
        ("2.718281828459045 ** (-t / (a * 1 ms))", 1),
    ],
)
def test_kernels_solve_their_own_equations(text, order):
    found = made(text)
    assert len(found.variables) == order
    values = {"a": 2.3, "b": 0.9, "c": 0.4}

    def kernel(t):
        return value(parsed(text), {**values, "t": t}.__getitem__)

    state = [value(found.initial[name], values.__getitem__) for name in found.variables]
    h = 1e-3
    for _ in range(1000):  # Runge-Kutta of order 4

        def slope(z):
            lookup = {**values, **dict(zip(found.variables, z, strict=True))}.__getitem__
            return [value(found.odes[name], lookup) for name in found.variables]

        k1 = slope(state)
        k2 = slope([s + h / 2 * k for s, k in zip(state, k1, strict=True)])
        k3 = slope([s + h / 2 * k for s, k in zip(state, k2, strict=True)])
        k4 = slope([s + h * k for s, k in zip(state, k3, strict=True)])
        state = [
            s + h / 6 * (a + 2 * b + 2 * c + d) for s, a, b, c, d in zip(state, k1, k2, k3, k4, strict=True)
        ]
    assert state[0] == pytest.approx(kernel(1.0), rel=1e-8)


def test_kernel_without_an_equation():
    with pytest.raises(NestmlErrors, match="is not a sum of products"):
        made("1 / (1 + t)")


def test_literals_are_exact():
    assert plain(Literal(0.1)) == "0.1"
    assert plain(Literal(math.inf)) == "HUGE_VAL"
    assert plain(Binary("*", Literal(3), Name("x"))) == "3.0 * x"
