"""The tree of C++: every node's text, parentheses, what a tree uses and changes, and another target."""

import ast
import dataclasses
import math
import random
import subprocess
from pathlib import Path

import pytest

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.printing import OPERATORS, Printer, lines_of, text_of
from nestml_jit.codegen.cpp.queries import assigns, calls, root, uses
from nestml_jit.codegen.cpp.target import CPU, Target

A, B, C, L = (cpp.Variable(name) for name in "abcl")
ONE = cpp.Integer(1)
SET = cpp.Assign(A, B)


EXPRESSIONS = [
    (A, "a"),
    (cpp.Real(0.1), "0.1"),
    (cpp.Real(-2), "-2.0"),
    (cpp.Real(math.inf), "HUGE_VAL"),
    (cpp.Real(-math.inf), "-HUGE_VAL"),
    (cpp.Real(math.nan), "NAN"),
    (cpp.Integer(-3), "-3"),
    (cpp.Integer(3, "unsigned"), "3u"),
    (cpp.Integer(-3, "int64"), "INT64_C(-3)"),
    (cpp.Integer(-(2**63), "int64"), "INT64_MIN"),
    (cpp.Truth(True), "true"),
    (cpp.Truth(False), "false"),
    (cpp.Characters('say "ü"\n'), r'"say \042\303\274\042\012"'),
    (cpp.Null(), "nullptr"),
    (cpp.Unary("-", cpp.plus(A, B)), "-(a + b)"),
    (cpp.Unary("-", cpp.Real(-1)), "-(-1.0)"),
    (cpp.negation(cpp.negation(A)), "!(!a)"),
    (cpp.Ternary(A, B, cpp.Ternary(A, B, C)), "a ? b : (a ? b : c)"),
    (cpp.Ternary(cpp.Binary("|", A, B), B, C), "(a | b) ? b : c"),
    (cpp.Element(cpp.Member(A, "b", by_pointer=False), cpp.plus(L, ONE)), "a.b[l + 1]"),
    (cpp.Member(cpp.Unary("*", A), "b", by_pointer=False), "(*a).b"),
    (cpp.path("d", "block", "host"), "d->block->host"),
    (cpp.Call("std::exp", (cpp.product(A, B),)), "std::exp(a * b)"),
    (cpp.Call("nj_power", (A,), ("2",)), "nj_power<2>(a)"),
    (cpp.MethodCall(A, "emit", (B, C)), "a->emit(b, c)"),
    (cpp.MethodCall(A, "emit", by_pointer=False), "a.emit()"),
    (cpp.Cast("double", cpp.plus(A, B)), "double(a + b)"),
    (cpp.Cast("int64_t", A, "static_cast"), "static_cast<int64_t>(a)"),
    (cpp.Cast("double*", A, "reinterpret_cast"), "reinterpret_cast<double*>(a)"),
    (cpp.Aggregate((A, B), "NjUse"), "NjUse { a, b }"),
    (cpp.Aggregate(()), "{}"),
    (cpp.Aggregate((A,)), "{ a }"),
]


@pytest.mark.parametrize(("node", "text"), EXPRESSIONS)
def test_expressions(node, text):
    assert text_of(node) == text


STATEMENTS = [
    (cpp.Declare("double", "a"), ["double a;"]),
    (cpp.Declare("double", "a", B, is_constant=True), ["const double a = b;"]),
    (
        cpp.Declare("const NjSlot*", "a", B, is_constant=True, is_restrict=True, may_be_unused=True),
        ["[[maybe_unused]] const NjSlot* const __restrict a = b;"],
    ),
    (
        cpp.Declare("double", "a", cpp.Aggregate(), (cpp.Integer(2), A), alignment=64, is_static=True),
        ["alignas(64) static double a[2][a] = {};"],
    ),
    (cpp.Assign(cpp.Element(A, L), B, "+="), ["a[l] += b;"]),
    (cpp.Evaluate(cpp.Call("f")), ["f();"]),
    (cpp.Block((SET,)), ["{", "  a = b;", "}"]),
    (cpp.when(A, [SET]), ["if (a) {", "  a = b;", "}"]),
    (
        cpp.If((cpp.Branch(A, (SET,)), cpp.Branch(B, ()), cpp.Branch(None, (SET,)))),
        ["if (a) {", "  a = b;", "}", "else if (b) {", "}", "else {", "  a = b;", "}"],
    ),
    (
        cpp.Lanes((SET,), cpp.Integer(0), cpp.Variable("NJ_TILE"), flags=("f", "g")),
        [
            "#pragma omp simd reduction(|:f) reduction(|:g)",
            "for (uint32_t l = 0; l < NJ_TILE; ++l) {",
            "  a = b;",
            "}",
        ],
    ),
    (
        cpp.Lanes((), cpp.Integer(0), C, guard=A),
        ["if (a)", "#pragma omp simd", "for (uint32_t l = 0; l < c; ++l) {", "}"],
    ),
    (
        cpp.Lanes((), B, C, "i", is_vector=False, guard=A),
        ["for (uint32_t i = b; a && i < c; ++i) {", "}"],
    ),
    (
        cpp.For(cpp.Declare("int", "i", ONE), cpp.less(A, B), cpp.Assign(A, ONE, "+="), (SET,)),
        ["for (int i = 1; a < b; a += 1) {", "  a = b;", "}"],
    ),
    (cpp.For(None, None, None, ()), ["for (; ; ) {", "}"]),
    (cpp.While(A, (SET, cpp.Continue())), ["while (a) {", "  a = b;", "  continue;", "}"]),
    (
        cpp.Switch(A, (cpp.Case(ONE, (cpp.Return(B),)), cpp.Case(None, (cpp.Return(C),)))),
        ["switch (a) {", "  case 1:", "    return b;", "  default:", "    return c;", "}"],
    ),
    (cpp.Return(), ["return;"]),
    (cpp.Return(A), ["return a;"]),
    (cpp.Comment("so"), ["// so"]),
    (cpp.Origin("m", 3), ["// m:3"]),
    (cpp.Function("void", "f", (cpp.Declare("int", "a"),), None), ["static void f(int a);"]),
    (
        cpp.Function("double", "f", (), (cpp.Return(A),), is_inline=True, may_be_unused=True),
        ["[[maybe_unused]] static inline double f()", "{", "  return a;", "}"],
    ),
    (
        cpp.Function("void", "f", (), (), is_inline=False),
        ["static __attribute__((noinline)) void f()", "{", "}"],
    ),
]


@pytest.mark.parametrize(("node", "lines"), STATEMENTS)
def test_statements(node, lines):
    assert lines_of(node) == lines


def test_every_node_is_tested():
    nodes = {kind for kind in vars(cpp).values() if isinstance(kind, type) and issubclass(kind, cpp.CppNode)}
    tested = {type(part) for node, _ in EXPRESSIONS + STATEMENTS for part in node.walk()}
    assert nodes - tested == {cpp.CppNode}


# --- parentheses ---------------------------------------------------------------------------------

PYTHON = {"||": "or", "&&": "and", "/": "//"}


def drawn(draw, depth):
    if depth == 0 or draw.random() < 0.1:
        return cpp.Integer(draw.randint(1, 9))
    kind = draw.random()
    if kind < 0.12:
        return cpp.Unary(draw.choice("-~!"), drawn(draw, depth - 1))
    if kind < 0.2:
        return cpp.Ternary(*(drawn(draw, depth - 1) for _ in range(3)))
    operator = draw.choice([name for name in OPERATORS if name not in ("<<", ">>", "/", "%")])
    return cpp.Binary(operator, drawn(draw, depth - 1), drawn(draw, depth - 1))


def with_all_parentheses(node):
    if isinstance(node, cpp.Integer):
        return str(node.value)
    if isinstance(node, cpp.Unary):
        return f"({node.operator}({with_all_parentheses(node.operand)}))"
    parts = [with_all_parentheses(part) for part in node.children()]
    if isinstance(node, cpp.Ternary):
        return "(({}) ? ({}) : ({}))".format(*parts)
    return f"(({parts[0]}) {node.operator} ({parts[1]}))"


def test_compilers_read_what_was_meant(tmp_path):
    """And they find no parentheses missing that they would warn about."""
    draw = random.Random(1)
    nodes = [drawn(draw, 4) for _ in range(400)]
    checks = "\n".join(
        f"static_assert(bool((({text_of(node)})) == {with_all_parentheses(node)}));" for node in nodes
    )
    quiet = "-Wno-bool-operation -Wno-int-in-bool-context -Wno-logical-not-parentheses "
    quiet += "-Wno-bool-compare -Wno-tautological-compare"
    path = tmp_path / "read.cpp"
    path.write_text(checks)
    command = f"g++ -std=c++17 -fsyntax-only -Wall -Wextra -Werror {quiet} {path}"
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]


def test_sums_and_products_are_computed_in_the_order_of_the_tree():
    draw = random.Random(2)

    def term(depth):
        if depth == 0:
            return cpp.Variable(draw.choice("abc"))
        return cpp.Binary(draw.choice("+-*/"), term(draw.randrange(depth)), term(draw.randrange(depth)))

    for _ in range(300):
        node = term(5)
        assert same(ast.parse(text_of(node), mode="eval").body, node)


def same(found, node):
    if isinstance(node, cpp.Variable):
        return isinstance(found, ast.Name) and found.id == node.name
    signs = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
    return (
        isinstance(found, ast.BinOp)
        and signs[type(found.op)] == node.operator
        and same(found.left, node.left)
        and same(found.right, node.right)
    )


# --- queries -------------------------------------------------------------------------------------

LOOP = cpp.Lanes(
    (
        cpp.Declare("double", "x", cpp.Element(cpp.Variable("c_x"), L)),
        cpp.Declare("double", "y", cpp.Variable("h")),
        cpp.Declare("bool", "m", cpp.greater(cpp.Variable("x"), cpp.Real(1))),
        cpp.when(cpp.Variable("m"), [cpp.Assign(cpp.Variable("y"), cpp.Call("exp", (cpp.Variable("h"),)))]),
        cpp.Assign(cpp.Variable("z"), cpp.Variable("h"), "*="),
        cpp.Assign(cpp.Element(cpp.Variable("c_y"), L), cpp.Variable("y")),
        cpp.Evaluate(cpp.MethodCall(cpp.path("d", "block"), "fail", (cpp.Variable("lane"),))),
    ),
    cpp.Integer(0),
    cpp.Variable("n"),
    flags=("any",),
)


def test_what_a_tree_uses():
    assert uses(LOOP) == {"c_x", "h", "x", "m", "y", "z", "c_y", "l", "d", "lane", "n"}
    assert uses(cpp.Comment("x y z")) == uses(cpp.Characters("x")) == frozenset()
    assert uses([A, SET]) == {"a", "b"}


def test_what_a_tree_assigns_and_calls():
    assert assigns(LOOP) == {"y", "z", "c_y", "any"}
    assert calls(LOOP) == {"exp", "fail"}


def test_the_variable_that_a_target_is_a_part_of():
    assert root(cpp.Element(cpp.Member(A, "x"), L)) == "a"
    assert root(cpp.Unary("*", A)) == "a"
    assert root(cpp.Real(1)) is None


def test_nodes_are_values():
    assert cpp.plus(A, B) == cpp.plus(A, B)
    assert len({cpp.plus(A, B), cpp.plus(A, B), cpp.plus(B, A)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        A.name = "b"


# --- another target ------------------------------------------------------------------------------


class Threads(Target):
    """A lane is a thread."""

    restrict = "__restrict__"

    def function(self, name):
        return name.removeprefix("std::")

    def lanes(self, loop, body, show):
        head = f"for (uint32_t {loop.index} = {show(loop.first)} + threadIdx.x; "
        return [f"{head}{loop.index} < {show(loop.end)}; {loop.index} += blockDim.x) {{", *body, "}"]

    def qualifiers(self, function):
        return "static __device__"


def test_another_target_is_another_dialect():
    printer = Printer(Threads())
    assert printer.lines([LOOP])[0] == "for (uint32_t l = 0 + threadIdx.x; l < n; l += blockDim.x) {"
    assert printer.expression(cpp.Call("std::exp", (A,))) == "exp(a)"
    function = cpp.Function("void", "f", (cpp.Declare("double*", "x", is_restrict=True),), None)
    assert printer.lines([function]) == ["static __device__ void f(double* __restrict__ x);"]


def test_a_target_says_everything():
    assert Target.__abstractmethods__ == {"function", "lanes", "qualifiers"}
    assert CPU().function("std::exp") == "std::exp"


FINAL = {
    "kernel_file.py": "the file of a kernel",
    "replay.py": "the form of a trace on its card, which is compared as a tree",
    "tree.py": "examples",
    "printing.py": "the printer itself",
}
"""Where trees become text, and for what."""


def test_text_is_made_in_the_end():
    """What has no text yet cannot be searched: decisions about generated code ask its tree."""
    for path in sorted(Path(cpp.__file__).parents[1].rglob("*.py")):
        tree = ast.parse(path.read_text())
        found = {name.id for name in ast.walk(tree) if isinstance(name, ast.Name)}
        found |= {name.attr for name in ast.walk(tree) if isinstance(name, ast.Attribute)}
        if path.name not in FINAL:
            assert not found & {"text_of", "lines_of", "str_of", "Printer"}, path.name
