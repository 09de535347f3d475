"""No decision looks at generated text: writers of C++ neither search it nor take it apart.

What is found here is a method of `str` that tells texts apart, an `in` with a literal text, or a regular
expression. Where one is about the names of models, or about sets of words, it is listed with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import nestml_jit

FOLDER = Path(nestml_jit.__path__[0]) / "codegen"
METHODS = frozenset(
    """
    startswith endswith count find rfind rindex partition rpartition removeprefix removesuffix split rsplit
    splitlines strip lstrip rstrip isidentifier isspace isalnum isdigit translate replace casefold lower upper
    """.split()
)

ALLOWED = {
    # sets of words
    "cpp/neuron.py: 'integer' in": "types",
    # what is printed
    "cpp/messages.py: replace": "percent signs of a user's text in a format of printf",
    "cpp/printing.py: lstrip": "an aggregate without a type",
    "cpp/kernel_file.py: isspace": "lines of a template where nothing was placed",
    "cpp/kernel_file.py: split": "the same",
    "cpp/kernel_file.py: rstrip": "the end of a header's text",
    "cpp/kernel_file.py: replace": "the namespace, which is named after the text, in the place kept for it",
}
"""All uses, by file and method, and what they are about. An entry that is no longer needed is an error."""


def writers() -> list[Path]:
    """Return the files that write C++, or put it together."""
    return [*sorted((FOLDER / "cpp").glob("*.py")), *sorted(FOLDER.glob("*.py"))]


def uses(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            owner = node.func.value
            if not (isinstance(owner, ast.Name) and owner.id == "dataclasses"):
                yield node.func.attr
        if isinstance(node, ast.Compare) and is_search(node):
            yield f"{ast.unparse(node.left)} in"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            yield from (f"import {name}" for name in names & {"re", "fnmatch", "regex"})


def is_search(node: ast.Compare) -> bool:
    """Whether a comparison looks for a literal text in something."""
    is_in = any(isinstance(operator, (ast.In, ast.NotIn)) for operator in node.ops)
    is_text = isinstance(node.left, ast.JoinedStr) or (
        isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
    )
    return is_in and is_text


def found() -> set[str]:
    return {
        f"{path.relative_to(FOLDER)}: {use}"
        for path in writers()
        for use in uses(ast.parse(path.read_text(encoding="utf-8")))
    }


def test_no_writer_searches_text() -> None:
    assert found() == set(ALLOWED)


def test_searches_are_found() -> None:
    code = """
import re
if "k_" in rate or f"v_{name} =" in used: pass
if mask.startswith("!") and pre.count("g") > 1: pass
words = line.split()[0]
dataclasses.replace(text, name="x")
"""
    assert sorted(uses(ast.parse(code))) == sorted(
        ["import re", "'k_' in", "f'v_{name} =' in", "startswith", "count", "split"]
    )
