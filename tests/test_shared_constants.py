"""Numbers that Python shares with C++ are the same on both sides: a compiler compares them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from nestml_jit.cache import Memo, find_compiler
from nestml_jit.card import KERNEL_FUNCTION, OPCODES
from nestml_jit.codegen.cpp.delivery_parts import AT_HAND, TABLE
from nestml_jit.host.descriptions import KINDS, TYPES
from nestml_jit.host.library import ABI_VERSION
from nestml_jit.host.recipe import ABI_HEADER, INCLUDE_DIRS
from tests.codegen import compiling, kernel_abi

SUPPORT = Path(compiling.PACKAGE) / "codegen" / "cpp" / "support"
SIGNS: Mapping[str, str] = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "integer_divide",
    "%": "remainder",
    "neg": "negate",
    "not": "logical_not",
    "<": "less",
    "<=": "less_equal",
    "==": "equal",
    "!=": "not_equal",
    ">=": "greater_equal",
    ">": "greater",
    "whole+": "whole_add",
    "whole-": "whole_subtract",
    "whole*": "whole_multiply",
    "whole//": "whole_divide",
    "whole%": "whole_remainder",
    "whole_pow": "whole_power",
    "whole_neg": "whole_negate",
    "whole<": "whole_less",
    "whole<=": "whole_less_equal",
    "whole==": "whole_equal",
    "whole!=": "whole_not_equal",
    "whole>=": "whole_greater_equal",
    "whole>": "whole_greater",
    "&": "bit_and",
    "|": "bit_or",
    "^": "bit_xor",
    "<<": "shift_left",
    ">>": "shift_right",
    "~": "bit_not",
    "return": "leave",
}
"""How C++ calls the operations whose names are no identifiers there."""


def complaints(headers: Iterable[str], claims: Iterable[str], more: str = "") -> str:
    """Return what a compiler says against equations in C++, "" if all hold."""
    lines = [f"#include {header}" for header in headers]
    lines += [more, *(f'static_assert( {claim}, "" );' for claim in claims)]
    command = [*find_compiler(Memo()).command, "-std=c++20", "-fsyntax-only", "-x", "c++", "-"]
    includes = [f"-I{folder}" for folder in INCLUDE_DIRS]
    done = subprocess.run(
        [*command, *includes], input="\n".join(lines), capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


def test_a_wrong_number_is_told() -> None:
    assert "static assertion failed" in complaints(
        ['"nestml_jit_abi.h"'], [f"NJ_ABI_VERSION == {ABI_VERSION + 1}"]
    )


def test_operations_of_programs() -> None:
    claims = [f"int( Op::{SIGNS.get(name, name)} ) == {number}" for name, number in OPCODES.items()]
    claims.append(f"int( Op::count_ ) == {len(OPCODES)}")
    assert complaints(['"values/program.h"'], claims, "using namespace nestml_jit;") == ""


def test_kinds_and_types_of_variables() -> None:
    claims = [f"int( Kind::{name.replace(' ', '_')} ) == {number}" for number, name in enumerate(KINDS)]
    names = ["text" if name == "string" else name for name in TYPES]
    claims += [f"int( Type::{name} ) == {number}" for number, name in enumerate(names)]
    headers = ['"values/kinds.h"', '"values/slots.h"']
    assert complaints(headers, claims, "using namespace nestml_jit;") == ""
    (body,) = re.findall(
        r"enum class Kind.*?\{(.*?)\}", (INCLUDE_DIRS[1] / "values" / "kinds.h").read_text(), re.S
    )
    assert body.count(",") + 1 == len(KINDS)


def test_numbers_of_the_abi() -> None:
    """The generator's own, and those of the harness that stands in for the host."""
    claims = [
        f"NJ_ABI_VERSION == {ABI_VERSION}",
        f"NJ_RECENT == {AT_HAND}",
        f"NJ_TILE == {kernel_abi.TILE}",
        f"NJ_RECENT == {kernel_abi.RECENT}",
        f"NJ_NO_KEY == {kernel_abi.NO_KEY}",
    ]
    assert complaints(['"nestml_jit_abi.h"'], claims) == ""
    assert f"`const NjKernel* {KERNEL_FUNCTION}( void )`" in ABI_HEADER.read_text()


def test_structures_of_the_harness_are_those_of_the_abi() -> None:
    """Up to their last field; the harness may leave out fields at the end that it does not use."""
    claims = []
    for name in (
        "NjHistory",
        "NjBlock",
        "NjTile",
        "NjRun",
        "NjModulation",
        "NjDelivery",
        "NjDeliveryFunctions",
        "NjKernel",
    ):
        structure = getattr(kernel_abi, name)
        for field, *_type in structure._fields_:
            claims.append(f"offsetof( {name}, {field} ) == {getattr(structure, field).offset}")
    assert len(claims) > 80
    assert complaints(["<cstddef>", '"nestml_jit_abi.h"'], claims) == ""


def test_tables_of_decay() -> None:
    """A table of TABLE factors, and the rate behind them."""
    (numbers,) = re.findall(r"^enum \{ NJ_DECAY_BITS.*$", (SUPPORT / "delivery.h").read_text(), re.M)
    assert complaints([], [f"NJ_DECAY == {TABLE}"], numbers) == ""
