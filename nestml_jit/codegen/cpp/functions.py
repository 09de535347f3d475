"""Functions of a model that are not single expressions, as C++ functions.

A function reads variables of the model as hidden arguments, in front of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import Hook
from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings, Updates
from nestml_jit.codegen.cpp.messages import Place, message
from nestml_jit.codegen.model.functions import BLOCK, PLACE, called_by
from nestml_jit.codegen.model.integers import basic, local_storage
from nestml_jit.codegen.model.lookups import LEVELS, plain
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.dsl.tree import Call, Function, Name

NOWHERE = cpp.Aggregate(type="NjUse")
BLOCK_THERE = cpp.Variable("block")
PLACE_THERE = cpp.Variable("place")


def caller(
    free: Mapping[str, tuple[str, ...]], place: cpp.Expression = NOWHERE, block: cpp.Expression = BLOCK_THERE
) -> Hook:
    """Return the hook of a translator for calls of C++ functions.

    Parameters
    ----------
    free
        Variables that functions read besides their arguments.
    place
        The place where they look up elements or print; without one they report nothing.
    block
        The block.
    """
    given = {BLOCK: block, PLACE: place}

    def call(
        node: Call, arguments: list[cpp.Expression], resolve: Callable[[Name], cpp.Expression]
    ) -> cpp.Expression | None:
        name = plain(node.name)
        if name not in free:
            return None
        hidden = [given[item] if item in given else resolve(Name(item)) for item in free[name]]
        return cpp.Call(_name(name), (*hidden, *arguments))

    return call


def function_definitions(
    normal: Normal, free: Mapping[str, tuple[str, ...]], uses: set[str]
) -> tuple[cpp.Function, ...]:
    """Return the C++ functions of a model: declarations, then definitions; `uses` takes headers."""
    found = [_function(function, normal, free, uses) for function in normal.functions.values()]
    return (*(replace(function, body=None) for function in found), *found)


def _name(function: str) -> str:
    return f"function_{identifier(function)}"


def _function(
    function: Function, normal: Normal, free: Mapping[str, tuple[str, ...]], uses: set[str]
) -> cpp.Function:
    needed = free[function.name]
    hidden = {name: normal.symbols[name].type for name in needed if name in normal.symbols}
    around = Surroundings(
        types={},
        fixed={name: cpp.Variable(f"v_{identifier(name)}") for name in hidden},
        integrate=lambda call, body: Updates({}),
        effect=lambda call, body: _effect(call, body, free),
        source=normal.name,
        call=caller(free, PLACE_THERE),
        texts=BLOCK_THERE if BLOCK in needed else None,
        uses=uses,
        place=PLACE_THERE,
    )
    if PLACE in needed:
        uses.add("index.h")
    body = Body(around)
    for item in function.parameters:
        body.locals[item.name] = (cpp.Variable(f"p_{identifier(item.name)}"), basic(item.type))
    if _calls_itself(function.name, normal.functions):
        uses.add("calls.h")
        _guard_recursion(function, normal, body)
    body.statements(function.body)
    returns = basic(function.returns)
    return cpp.Function(
        returns="void" if returns == "void" else local_storage(returns),
        name=_name(function.name),
        parameters=tuple(_parameters(function, needed, hidden)),
        body=body.segment.statements,
        is_inline=True,
        may_be_unused=True,
    )


def _parameters(
    function: Function, needed: tuple[str, ...], hidden: Mapping[str, str]
) -> Iterator[cpp.Declare]:
    """Yield the parameters of a C++ function: the variables of the model that it reads, then its own."""
    if BLOCK in needed:
        yield cpp.Declare("const NjBlock*", "block", may_be_unused=True)
    if PLACE in needed:
        yield cpp.Declare("const NjUse&", "place", may_be_unused=True)
    for name, type_ in hidden.items():
        yield cpp.Declare(local_storage(type_), f"v_{identifier(name)}", may_be_unused=True)
    for item in function.parameters:
        yield cpp.Declare(local_storage(basic(item.type)), f"p_{identifier(item.name)}", may_be_unused=True)


def _guard_recursion(function: Function, normal: Normal, body: Body) -> None:
    """Leave a function that calls itself if it does so too often, or if the user presses Ctrl-C."""
    leave = cpp.Return(None if basic(function.returns) == "void" else cpp.Integer(0))
    where = f"the recursive function {function.name} of {normal.name}"
    name = cpp.Characters(function.name)
    body.add(cpp.Declare("NjCall", "call", is_constant=True))
    goes_on = cpp.MethodCall(cpp.Variable("call"), "may_go_on", (PLACE_THERE, name), by_pointer=False)
    for condition in (goes_on, cpp.Call("nj_recurses", (cpp.Characters(where),))):
        body.add(cpp.when(cpp.negation(condition), [leave]))


def _calls_itself(name: str, functions: Mapping[str, Function]) -> bool:
    """Return whether a function calls itself, directly or through others."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        called = called_by(functions[todo.pop()]) & set(functions)
        todo += called - seen
        seen |= called
    return name in seen


def _effect(call: Call, body: Body, free: Mapping[str, tuple[str, ...]]) -> list[cpp.Statement]:
    """Return the statements of a call in a function that returns a value, or that calls itself."""
    if call.name in LEVELS:
        counts, block, lane = (_of_place(name) for name in ("counts", "block", "lane"))
        return [message(call, body, Place(counts, block, lane))]
    if plain(call.name) in free:
        return [cpp.Evaluate(body.show(call))]
    problem = f"{call.name}() in a function that returns a value or calls itself"
    raise CannotGenerate(UNSUPPORTED, problem, call, "call it in a function without a value, or in a handler")


def _of_place(name: str) -> cpp.Expression:
    return cpp.Member(PLACE_THERE, name, by_pointer=False)
