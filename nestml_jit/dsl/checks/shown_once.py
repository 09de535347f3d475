"""Users see a derivative `x''` as `x__dd`, and `convolve(K, port)` as `K__X__port`.

No variable, inline or current of the model may have such a name, nor may two convolutions share one. Local
variables, functions and kernels may, since users do not see them.
"""

from __future__ import annotations

from collections.abc import Iterator

from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.checks.report import error
from nestml_jit.dsl.facts import ModelFacts
from nestml_jit.dsl.span import Span
from nestml_jit.dsl.symbols import model_symbols
from nestml_jit.errors import Diagnostic

CODES = ("E0212",)
_SEEN = frozenset({"state", "parameter", "internal", "inline"})


def check(facts: ModelFacts) -> Iterator[Diagnostic]:
    """Yield variables with a name under which something else is shown."""
    made = _made(facts)
    for symbol in model_symbols(facts.model):
        is_current = isinstance(symbol.node, ast.InputPort) and symbol.node.signal == "continuous"
        meant = _meant(symbol.name, made) if symbol.role in _SEEN or is_current else None
        if meant is not None:
            message = f"`{symbol.name}` is what users see of `{meant}`"
            yield error("E0212", message, symbol.span, "rename the variable")
    yield from _convolved_twice(facts)


def _made(facts: ModelFacts) -> dict[str, str]:
    """Return the names under which derivatives and convolutions are shown, with their meaning."""
    found: dict[str, str] = {}
    for item in facts.model.state:
        if item.order and item.name not in facts.kernels:
            found[f"{item.name}__{'d' * item.order}"] = item.name + "'" * item.order
    for shown, meant, _span in _convolutions(facts):
        found.setdefault(shown, meant)
    return found


def _meant(name: str, made: dict[str, str]) -> str | None:
    """Return the variable that is shown under a name; a convolution has derivatives, too."""
    stem = name.rstrip("d")
    is_derivative = stem.endswith("__") and stem != name and "convolve" in made.get(stem[:-2], "")
    return made.get(name, made[stem[:-2]] if is_derivative else None)


def _convolutions(facts: ModelFacts) -> Iterator[tuple[str, str, Span]]:
    """Yield the shown name of each convolution, with its text and place; `[0]` of a port is `_0`."""
    sizes = {port.name: port.size for port in facts.model.inputs}
    for call, _root in facts.calls():
        named = all(isinstance(item, ast.Name) for item in call.arguments)
        if call.name != "convolve" or len(call.arguments) != 2 or not named:
            continue
        kernel, port = call.arguments
        assert isinstance(kernel, ast.Name)
        assert isinstance(port, ast.Name)
        order = "__" + "d" * kernel.order if kernel.order else ""
        shown, meant = f"{kernel.name}__X__{port.name}", f"convolve({kernel.name}, {port.name})"
        size = sizes.get(port.name)
        if size is None and port.index is None:
            yield shown + order, meant, call.span
            continue
        elements = _elements(port, size)
        for index in elements:
            yield f"{shown}_{index}{order}", f"convolve({kernel.name}, {port.name}[{index}])", call.span


def _elements(port: ast.Name, size: ast.Expression | None) -> range:
    """Return the elements of a port that a convolution is of, as far as they are known."""
    if isinstance(port.index, ast.Literal):
        return range(int(port.index.value), int(port.index.value) + 1)
    return range(int(size.value)) if isinstance(size, ast.Literal) else range(0)


def _convolved_twice(facts: ModelFacts) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for shown, meant, span in _convolutions(facts):
        if seen.setdefault(shown, meant) != meant:
            message = f"users see `{shown}` of `{meant}` and of `{seen[shown]}`"
            yield error("E0212", message, span, "rename a kernel or a port")
