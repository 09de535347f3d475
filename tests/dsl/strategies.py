"""Random syntax trees: well-typed expressions, and models made of them."""

from __future__ import annotations

from hypothesis import strategies as st

from nestml_jit.dsl import tree as ast

REALS = ("x", "y", "E", "lambda_")
WHOLES = ("n", "m")
QUANTITIES = ("V_m", "S")
TRUTHS = ("ready",)

units = st.deferred(
    lambda: (
        st.sampled_from("mV ms nS pA GOhm Hz um".split()).map(ast.UnitName)
        | st.builds(ast.UnitPower, simple_units, exponents)
        | st.builds(ast.UnitProduct, st.sampled_from("*/"), units, simple_units)
    )
)
simple_units = st.sampled_from("mV ms nS pA".split()).map(ast.UnitName)
exponents = st.fractions(min_value=-3, max_value=3, max_denominator=3).filter(bool)

numbers = st.floats(min_value=0, max_value=1e6, allow_nan=False, allow_infinity=False).map(
    lambda value: ast.Literal(abs(value))
)
whole_numbers = st.integers(min_value=0, max_value=1000).map(ast.Literal)


def names(words: tuple[str, ...]) -> st.SearchStrategy[ast.Expression]:
    return st.sampled_from(words).map(ast.Name)


def binary(
    operators: str, left: st.SearchStrategy[ast.Expression], right: st.SearchStrategy[ast.Expression]
) -> st.SearchStrategy[ast.Expression]:
    return st.builds(ast.Binary, st.sampled_from(operators.split()), left, right)


def call(name: str, *arguments: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Expression]:
    return st.tuples(*arguments).map(lambda made: ast.Call(name, made))


def millivolts(value: float) -> ast.Expression:
    return ast.Literal(value, ast.UnitName("mV"))


divisors = whole_numbers.filter(lambda node: node.value != 0) | names(WHOLES)
wholes: st.SearchStrategy[ast.Expression] = st.deferred(
    lambda: (
        whole_numbers
        | names(WHOLES)
        | binary("+ - * & | ^", wholes, wholes)
        | binary("// %", wholes, divisors)
        | st.builds(ast.Unary, st.sampled_from("+-~"), wholes)
        | st.builds(ast.Ternary, truths, wholes, wholes)
    )
)
reals: st.SearchStrategy[ast.Expression] = st.deferred(
    lambda: (
        numbers
        | names(REALS)
        | binary("+ - * / **", reals, reals)
        | binary("/", quantities, quantities)
        | st.builds(ast.Unary, st.sampled_from("+-"), reals)
        | st.builds(ast.Ternary, truths, reals, reals)
        | call("exp", reals)
        | call("max", reals, reals)
        | wholes
    )
)
quantities: st.SearchStrategy[ast.Expression] = st.deferred(
    lambda: (
        st.floats(min_value=0, max_value=100).map(lambda value: millivolts(abs(value)))
        | names(QUANTITIES)
        | binary("+ -", quantities, quantities)
        | binary("*", reals, quantities)
        | binary("/", quantities, reals)
        | st.builds(ast.Unary, st.sampled_from("+-"), quantities)
        | st.builds(ast.Ternary, truths, quantities, quantities)
    )
)
truths: st.SearchStrategy[ast.Expression] = st.deferred(
    lambda: (
        st.booleans().map(ast.Boolean)
        | names(TRUTHS)
        | binary("< <= == != >= >", reals, reals)
        | binary("< <= >= >", quantities, quantities)
        | binary("and or", truths, truths)
        | st.builds(ast.Unary, st.just("not"), truths)
    )
)


def assign(
    words: tuple[str, ...], value: st.SearchStrategy[ast.Expression]
) -> st.SearchStrategy[ast.Statement]:
    target = st.sampled_from(words).map(ast.Name)
    return st.builds(ast.Assignment, target, st.sampled_from(["=", "+=", "-="]), value)


def block(inner: st.SearchStrategy[ast.Statement]) -> st.SearchStrategy[tuple[ast.Statement, ...]]:
    return st.lists(inner, min_size=1, max_size=3).map(tuple)


simple_statements: st.SearchStrategy[ast.Statement] = (
    assign(REALS, reals)
    | assign(WHOLES, wholes)
    | assign(QUANTITIES, quantities)
    | st.builds(ast.Assignment, st.just(ast.Name("ready")), st.just("="), truths)
)


def _if(arms: list[ast.Branch], last: tuple[ast.Statement, ...] | None) -> ast.If:
    return ast.If((*arms, *((ast.Branch(None, last),) if last else ())))


branches = st.builds(ast.Branch, truths, block(simple_statements))
statements: st.SearchStrategy[ast.Statement] = (
    simple_statements
    | st.builds(_if, st.lists(branches, min_size=1, max_size=3), st.none() | block(simple_statements))
    | st.builds(
        ast.For,
        st.just("m"),
        whole_numbers,
        whole_numbers,
        st.integers(min_value=1, max_value=50).map(ast.Literal),
        block(assign(("x", "y"), reals)),
    )
)

MILLIVOLT = ast.UnitType(ast.UnitName("mV"))


def _model(
    initial: list[ast.Expression], typed: list[ast.UnitExpression], update: list[ast.Statement]
) -> ast.Model:
    real, whole, truth = ast.BasicType("real"), ast.BasicType("integer"), ast.BasicType("boolean")
    state = [ast.Declaration(name, 0, real, value=value) for name, value in zip(REALS, initial, strict=True)]
    state += [ast.Declaration(name, 0, whole, value=ast.Literal(3)) for name in WHOLES]
    state += [ast.Declaration(name, 0, MILLIVOLT, value=millivolts(1.5)) for name in QUANTITIES]
    state += [ast.Declaration(name, 0, truth, value=ast.Boolean(False)) for name in TRUTHS]
    parameters = [
        ast.Declaration(f"p{position}", 0, ast.UnitType(unit), value=ast.Literal(2.5, unit))
        for position, unit in enumerate(typed)
    ]
    return ast.Model(
        "random_neuron",
        state=tuple(state),
        parameters=tuple(parameters),
        inputs=(ast.InputPort("spikes", "spike"),),
        outputs=("spike",),
        update=tuple(update),
    )


models: st.SearchStrategy[ast.Model] = st.builds(
    _model,
    st.lists(numbers, min_size=len(REALS), max_size=len(REALS)),
    st.lists(units, max_size=3),
    st.lists(statements, min_size=1, max_size=5),
)
