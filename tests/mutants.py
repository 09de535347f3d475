"""Models with random changes: other operators, functions, types, ports; expressions, statements moved."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator
from typing import Any

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.parser import parse_source
from nestml_jit.dsl.printer import model_text

OPERATORS = "+ - * / // % ** < <= == != and or & | ^ << >>".split()
FUNCTIONS = (
    "exp ln log10 expm1 sin cosh tanh erf abs ceil round min max clip pow steps resolution timestep "
    "random_normal random_poisson convolve delta emit_spike print"
).split()
TYPES = ("real", "integer", "boolean", "string")
EXPRESSIONS = (ast.Name, ast.Literal, ast.Binary, ast.Unary, ast.Ternary, ast.Call)
BODIES = (ast.OnReceive, ast.OnCondition, ast.Function, ast.While, ast.For, ast.Branch)


def mutants(text: str, seed: int, count: int, changes: int = 2) -> Iterator[str]:
    """Yield texts of changed models; many of them are wrong."""
    (model,) = parse_source(text, "").models
    draw = random.Random(seed)
    for _ in range(count):
        changed: ast.Model | None = model
        for _ in range(draw.randint(1, changes)):
            changed = _changed(changed, draw) if changed is not None else None
        if changed is not None and _can_be_written(changed):
            yield model_text(changed)


def _can_be_written(model: ast.Model) -> bool:
    """Whether only names stand where names must."""
    targets = (node.target for node in model.walk() if isinstance(node, ast.Assignment))
    return all(isinstance(item, ast.Name) for item in targets)


def _changed(model: ast.Model, draw: random.Random) -> ast.Model | None:
    ways = (_operator, _function, _moved, _moved, _replaced, _statement, _statement, _wrapped, _type, _port)
    pair = draw.choice(ways)(model, draw)
    return None if pair is None or None in pair else _with(model, *pair)


def _with(root: Any, old: ast.Node, new: ast.Node) -> Any:
    """Return a tree with one node (that very object) replaced."""
    if root is old:
        return new
    if isinstance(root, tuple):
        return tuple(_with(item, old, new) for item in root)
    if not dataclasses.is_dataclass(root) or not isinstance(root, ast.Node):
        return root
    values = {item.name: getattr(root, item.name) for item in dataclasses.fields(root)}
    updates = {name: _with(value, old, new) for name, value in values.items()}
    return dataclasses.replace(root, **{n: v for n, v in updates.items() if v is not values[n]})  # type: ignore[type-var]


Pair = tuple[ast.Node, ast.Node]


def _some(model: ast.Model, draw: random.Random, kinds: Any, holds: Callable[[Any], bool] = bool) -> Any:
    found = [node for node in model.walk() if isinstance(node, kinds) and holds(node)]
    return draw.choice(found) if found else None


def _operator(model: ast.Model, draw: random.Random) -> Pair | None:
    node = _some(model, draw, ast.Binary)
    return node and (node, dataclasses.replace(node, operator=draw.choice(OPERATORS)))


def _function(model: ast.Model, draw: random.Random) -> Pair | None:
    node = _some(model, draw, (*EXPRESSIONS,))
    names = [*FUNCTIONS, *(item.name for item in model.functions for _ in range(3))]
    name = draw.choice(names)
    count = {"min": 2, "max": 2, "pow": 2, "clip": 3, "resolution": 0, "timestep": 0, "random_normal": 2}
    arguments = [node, ast.Literal(2.0), ast.Literal(3.0)][: count.get(name, 1)]
    return node and (node, ast.Call(name, tuple(arguments)))


def _moved(model: ast.Model, draw: random.Random) -> Pair | None:
    return _some(model, draw, EXPRESSIONS), _some(model, draw, EXPRESSIONS)


def _replaced(model: ast.Model, draw: random.Random) -> Pair | None:
    names = [item.name for item in (*model.state, *model.parameters, *model.internals, *model.inputs)]
    value = draw.choice(
        (
            ast.Literal(draw.choice((0, 1, 3, -2.5))),
            ast.Boolean(True),
            ast.Name("t"),
            ast.String("text"),
            ast.Name(draw.choice(names)),
            ast.Name(draw.choice(names), index=ast.Literal(1)),
        )
    )
    return _some(model, draw, EXPRESSIONS), value


def _statement(model: ast.Model, draw: random.Random) -> Pair | None:
    """Move a statement into another body."""
    kinds = (ast.Assignment, ast.CallStatement, ast.If, ast.Declaration, ast.For, ast.While)
    bodies = [node for node in model.walk() if isinstance(node, BODIES)]
    statements = [item for body in bodies for item in body.body if isinstance(item, kinds)]
    statements += [item for item in model.update or () if isinstance(item, kinds)]
    if not statements or not bodies:
        return None
    target, moved = draw.choice(bodies), draw.choice(statements)
    place = draw.randint(0, len(target.body))
    return target, dataclasses.replace(target, body=(*target.body[:place], moved, *target.body[place:]))


def _wrapped(model: ast.Model, draw: random.Random) -> Pair | None:
    kinds = (ast.Assignment, ast.CallStatement)
    bodies = [node for node in model.walk() if isinstance(node, BODIES)]
    inside = [item for body in bodies for item in body.body] + list(model.update or ())
    found = [item for item in inside if isinstance(item, kinds)]
    if not found:
        return None
    node = draw.choice(found)
    condition = ast.Binary(">", ast.Name("t"), ast.Literal(1.0))
    return node, draw.choice(
        (ast.While(condition, (node,)), ast.If((ast.Branch(condition, (node,)), ast.Branch(None, (node,)))))
    )


def _type(model: ast.Model, draw: random.Random) -> Pair | None:
    node = _some(model, draw, ast.Declaration)
    return node and (node, dataclasses.replace(node, type=ast.BasicType(draw.choice(TYPES))))


def _port(model: ast.Model, draw: random.Random) -> Pair | None:
    node = _some(model, draw, ast.InputPort)
    if node is None:
        return None
    if draw.random() < 0.5:
        return node, dataclasses.replace(node, size=ast.Literal(2))
    return node, dataclasses.replace(node, signal="continuous", type=ast.BasicType("real"))
