"""The values of declarations do not depend on input ports or on `t` (E0211).

A parameter or an internal that reads a state variable gets its initial value, and does not follow it
later (W0203).
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error, warning
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.errors import Diagnostic

CODES = ("E0211", "W0203")
_BLOCKS = {"parameters": "a parameter", "internals": "an internal", "state": "an initial value"}
_WORDS = {"state": "state variable", "port": "input port", "inline": "inline", "time": "time"}


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield values that read names whose value changes in time."""
    for root in facts.roots:
        if root.place not in _BLOCKS:
            continue
        warned = False
        for node in root.node.walk():
            if isinstance(node, ast.Call):
                yield from _through_function(facts, node, root.place)
            role = _changing(facts, node) if isinstance(node, ast.Name) else ""
            if role in ("port", "time"):
                message = f"{_BLOCKS[root.place]} cannot depend on the {_WORDS[role]} `{_name(node)}`"
                yield error("E0211", message, node.span, "use a parameter instead")
            elif role and root.place != "state" and not warned:
                warned = True
                message = (
                    f"{_BLOCKS[root.place]} reads the {_WORDS[role]} `{_name(node)}` only once, at the start"
                )
                yield warning("W0203", message, node.span, "use a parameter, or an inline if it shall follow")


def _through_function(facts: ModelFacts, call: ast.Call, place: str) -> Iterator[Diagnostic]:
    """Yield the call of a function that reads time or a port, itself or through others."""
    functions = {item.name: item for item in facts.model.functions}
    todo, seen = [call.name], set[str]()
    while todo:
        name = todo.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        own = {node.name for node in functions[name].walk() if isinstance(node, ast.Declaration)}
        for node in functions[name].walk():
            if isinstance(node, ast.Call):
                todo.append(node.name)
            elif isinstance(node, ast.Name) and node.name not in own:
                role = _changing(facts, node)
                if role in ("port", "time"):
                    what = f"the {_WORDS[role]} `{node.name}`, which `{name}` reads"
                    message = f"{_BLOCKS[place]} cannot depend on {what}"
                    yield error(
                        "E0211", message, call.span, "pass the value as an argument where it is known"
                    )
                    return


def _name(node: ast.Node) -> str:
    return node.name if isinstance(node, ast.Name) else ""


def _changing(facts: ModelFacts, node: ast.Name, depth: int = 0) -> str:
    """Return the role of a name whose value changes in time, "" for all others."""
    symbol = facts.symbols.get(node.name)
    if symbol is None:
        return ""
    if symbol.name == "t" and symbol.role == "predefined":
        return "time"
    if symbol.role == "inline" and isinstance(symbol.node, ast.Inline) and depth < 20:
        names = (item for item in symbol.node.value.walk() if isinstance(item, ast.Name))
        return "inline" if any(_changing(facts, item, depth + 1) for item in names) else ""
    if isinstance(symbol.node, ast.Declaration) and "@nest::delay" in symbol.node.decorators:
        return ""  # the delay of a connection never changes
    return symbol.role if symbol.role in ("state", "port") else ""
