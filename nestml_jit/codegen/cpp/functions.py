"""Functions of a model that are no single expressions, as C++ functions.

A function reads variables of the model as hidden arguments, in front of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nestml_jit.codegen.cpp.lanes import Body
from nestml_jit.codegen.cpp.loop_parts import Surroundings, Updates
from nestml_jit.codegen.cpp.messages import Place, message_lines
from nestml_jit.codegen.cpp.texts import quoted
from nestml_jit.codegen.model.functions import BLOCK, PLACE, called_by
from nestml_jit.codegen.model.integers import local_storage
from nestml_jit.codegen.model.lookups import LEVELS, plain
from nestml_jit.codegen.model.names import identifier
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.model.problem import UNSUPPORTED, CannotGenerate
from nestml_jit.dsl.tree import BasicType, Call, Declaration, Function, Name

_NOWHERE = "NjUse {}"


def caller(
    free: Mapping[str, tuple[str, ...]], place: str = _NOWHERE, block: str = "block"
) -> Callable[[Call, list[str], Callable[[Name], str]], str | None]:
    """Return the hook of a printer that writes calls of C++ functions.

    Parameters
    ----------
    free
        What functions read beside their arguments.
    place
        C++ text of where they look up elements or print; nothing is reported from nowhere.
    block
        C++ text of the block.
    """
    given = {BLOCK: block, PLACE: place}

    def call(node: Call, arguments: list[str], resolve: Callable[[Name], str]) -> str | None:
        name = plain(node.name)
        if name not in free:
            return None
        hidden = [given[item] if item in given else resolve(Name(item)) for item in free[name]]
        return f"function_{identifier(name)}({', '.join([*hidden, *arguments])})"

    return call


def function_lines(normal: Normal, free: Mapping[str, tuple[str, ...]], uses: set[str]) -> list[str]:
    """Return the C++ functions of a model: declarations, then definitions; `uses` takes headers."""
    heads, lines = [], []
    for function in normal.functions.values():
        head, body = _function(function, normal, free, uses)
        heads.append(f"{head};")
        lines += [head, "{", *body, "}"]
    return heads + lines


def _function(
    function: Function, normal: Normal, free: Mapping[str, tuple[str, ...]], uses: set[str]
) -> tuple[str, list[str]]:
    hidden = {name: normal.symbols[name].type for name in free[function.name] if name in normal.symbols}
    around = Surroundings(
        types={},
        fixed={name: f"v_{identifier(name)}" for name in hidden},
        integrate=lambda call, body: Updates({}),
        effect=lambda call, body: _effect(call, body, free),
        source=normal.name,
        call=caller(free, "place"),
        texts="block" if BLOCK in free[function.name] else "",
        uses=uses,
        place="place",
    )
    if PLACE in free[function.name]:
        uses.add("index.h")
    body = Body(around)
    arguments = ["[[maybe_unused]] const NjBlock* block"] if BLOCK in free[function.name] else []
    arguments += ["[[maybe_unused]] const NjUse& place"] if PLACE in free[function.name] else []
    arguments += [
        f"[[maybe_unused]] {local_storage(type_)} v_{identifier(name)}" for name, type_ in hidden.items()
    ]
    for item in function.parameters:
        body.locals[item.name] = (f"p_{identifier(item.name)}", _type(item))
        arguments.append(f"[[maybe_unused]] {local_storage(_type(item))} p_{identifier(item.name)}")
    if _calls_itself(function.name, normal.functions):
        leave = "return;" if _is_void(function) else "return 0;"
        where = f"the recursive function {quoted(function.name)} of {quoted(normal.name)}"
        uses.add("calls.h")
        body.add("const NjCall call;")
        name = quoted(function.name)
        body.add(f'if (!call.may_go_on(place, "{name}")) {{ {leave} }}')
        body.add(f'if (!nj_recurses("{where}")) {{ {leave} }}')
    body.statements(function.body)
    returns = function.returns.name if isinstance(function.returns, BasicType) else "real"
    kind = "void" if returns == "void" else local_storage(returns)
    called = f"function_{identifier(function.name)}"
    head = f"[[maybe_unused]] static inline {kind} {called}({', '.join(arguments)})"
    return head, body.lines


def _calls_itself(name: str, functions: Mapping[str, Function]) -> bool:
    """Whether a function calls itself, perhaps through others."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        called = called_by(functions[todo.pop()]) & set(functions)
        todo += called - seen
        seen |= called
    return name in seen


def _effect(call: Call, body: Body, free: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the lines of a call in a function that returns a value, or that calls itself."""
    if call.name in LEVELS:
        return message_lines(call, body, Place("place.counts", "place.block", "place.lane"))
    if plain(call.name) in free:
        return [f"{body.show(call)};"]
    problem = f"{call.name}() in a function that returns a value or calls itself"
    raise CannotGenerate(UNSUPPORTED, problem, call, "call it in a function without a value, or in a handler")


def _is_void(function: Function) -> bool:
    return isinstance(function.returns, BasicType) and function.returns.name == "void"


def _type(item: Declaration) -> str:
    return item.type.name if isinstance(item.type, BasicType) else "real"
