"""Expressions in postfix form, for the host to evaluate without a compiler: defaults, initial values, guards.

`2 * f(x)` becomes

    push 2 | variable x | call 5 | * | end | enter 1 | local 0 | ... | return

The operations are those of host/src/values/program.h. Integers have operations of their own, with 64 bits.
The functions that an expression calls follow it.
"""

from __future__ import annotations

from nestml_jit.card import OPCODES, Program
from nestml_jit.codegen.plan.program_expressions import ExpressionWriter
from nestml_jit.codegen.plan.program_functions import FunctionWriter
from nestml_jit.codegen.plan.program_types import ProgramScope, ProgramTypes
from nestml_jit.dsl.tree import Expression
from nestml_jit.kinds import BasicName


def program(expression: Expression, place: ProgramScope, type_: BasicName = "real") -> Program:
    """Translate an expression whose value is stored in a variable of a type.

    Raises
    ------
    CannotGenerate
        If it uses something that has no meaning before a simulation.
    """
    writer = ExpressionWriter(ProgramTypes(place))
    writer.value(expression, type_)
    if writer.calls:
        writer.add("end")
    _append_functions(writer)
    texts = tuple(dict.fromkeys(argument for _, argument in writer.code if isinstance(argument, str)))
    arguments = (texts.index(item) if isinstance(item, str) else item for _, item in writer.code)
    return Program(tuple(OPCODES[name] for name, _ in writer.code), tuple(map(float, arguments)), texts)


def constant(value: float) -> Program:
    """Return the program that pushes a number."""
    return Program((OPCODES["push"],), (float(value),))


def _append_functions(writer: ExpressionWriter) -> None:
    """Append each function that is called, also by functions, and let its calls lead to it."""
    functions = FunctionWriter(writer)
    starts: dict[str, int] = {}
    done = 0
    while done < len(writer.calls):
        position, name = writer.calls[done]
        if name not in starts:
            starts[name] = len(writer.code)
            functions.write(writer.called(name))
        writer.code[position] = "call", float(starts[name])
        done += 1
