"""The interpreter for many lanes at once: every value is one number, or one number per lane.

Statements run under a mask of the lanes they hold for: both arms of an `if` run, each for its lanes, and
a loop goes on as long as any lane stays in it. Results are those of as many single interpreters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeGuard, cast

import numpy as np
import numpy.typing as npt

from nestml_jit.dsl import tree as ast
from nestml_jit.functions import BUILTINS, KEPT_INTEGERS
from nestml_jit.oracle.arithmetic import FUNCTIONS, OPERATIONS, Scalar, Value, converted
from nestml_jit.oracle.interpreter import Interpreter, InterpreterError
from nestml_jit.oracle.limits import LOST
from nestml_jit.oracle.values import Values

Array: TypeAlias = npt.NDArray[Any]
Mask: TypeAlias = npt.NDArray[np.bool_]
# One number of every lane; a vector is a list of these.
Lane: TypeAlias = "Scalar | Array"

_UFUNCS: dict[str, Callable[..., Array]] = {
    name: getattr(np, item.ufunc) for name, item in BUILTINS.items() if item.ufunc
}
_ARITHMETIC: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "&": np.bitwise_and,
    "|": np.bitwise_or,
    "^": np.bitwise_xor,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


class LaneInterpreter(Interpreter):
    """Evaluates one model for a number of lanes.

    Parameters
    ----------
    model, read, write, services
        As for `Interpreter`; values may be arrays of shape (lanes,).
    lanes
        Number of lanes.

    Attributes
    ----------
    active
        The lanes that are evaluated now, shape (lanes,). Services with an effect act for these only.
    """

    def __init__(
        self,
        model: ast.Model,
        read: Callable[[ast.Name], Value],
        lanes: int,
        write: Callable[[ast.Name, Value], None] | None = None,
        services: Mapping[str, Callable[[ast.Call], Value | None]] | None = None,
    ) -> None:
        super().__init__(model, read, write, services)
        self.lanes = lanes
        self.active: Mask = np.ones(lanes, dtype=bool)
        self._results: list[tuple[list[Lane], Mask]] = []

    # --- masks ---

    @contextmanager
    def _only(self, mask: Lane) -> Iterator[None]:
        """Restrict what follows to some of the active lanes."""
        before = self.active
        self.active = before & np.asarray(mask, dtype=bool)
        try:
            yield
        finally:
            # Lanes that have returned from a function meanwhile stay out.
            self.active = before & ~self._results[-1][1] if self._results else before

    def _select(self, mask: Lane, yes: Value, no: Value) -> Value:
        """Return `yes` where the mask holds, else `no`."""
        if isinstance(yes, list) or isinstance(no, list):
            size = len(yes) if isinstance(yes, list) else len(cast("list[Scalar]", no))
            pairs = zip(_elements(yes, size), _elements(no, size), strict=True)
            return [cast(Scalar, self._select(mask, one, other)) for one, other in pairs]
        return cast(Value, np.where(mask, _array(yes), _array(no)))

    # --- numbers ---

    def each(self, operation: Callable[[Scalar], Scalar], value: Value) -> Value:
        """Apply an operation to a value, lane by lane if there are several."""
        return super().each(lambda item: cast(Scalar, self._apply(operation, item)), value)

    def pairwise(self, operator: str, left: Value, right: Value) -> Value:
        """Apply an operator to two values, lane by lane if one of them has several."""
        if isinstance(left, list) or isinstance(right, list):
            size = len(left) if isinstance(left, list) else len(cast("list[Scalar]", right))
            pairs = zip(_elements(left, size), _elements(right, size), strict=True)
            return [cast(Scalar, self.pairwise(operator, one, other)) for one, other in pairs]
        if not _several(left) and not _several(right):
            return super().pairwise(operator, left, right)
        one, other = _array(left), _array(right)
        if operator in _ARITHMETIC and one.dtype != object and other.dtype != object:
            with np.errstate(all="ignore"):
                return cast(Value, _ARITHMETIC[operator](one, other))
        return cast(Value, self._apply(OPERATIONS[operator], one, other))

    def _apply(self, operation: Callable[..., Scalar], *values: Lane) -> Lane:
        """Apply an operation in Python to each active lane."""
        if not any(_several(item) for item in values):
            return operation(*values)
        rows = [np.broadcast_to(_array(item), self.lanes).tolist() for item in values]
        active = np.flatnonzero(self.active).tolist()
        found = {lane: operation(*(row[lane] for row in rows)) for lane in active}
        # Values in idle lanes have the same type and are never read.
        idle = next(iter(found.values()), 0)
        return _array([found.get(lane, idle) for lane in range(self.lanes)])

    def function(self, node: ast.Call) -> Value:
        """Call a mathematical function."""
        if node.name == "pow":
            return self._power(node.arguments[0], node.arguments[1])
        arguments = [self._lane(item) for item in node.arguments]
        if node.name in KEPT_INTEGERS and _array(arguments[0]).dtype.kind == "i":
            return cast(Value, arguments[0])
        if node.name == "round" and _several(arguments[0]):
            real = arguments[0].astype(float)
            return cast(Value, np.copysign(np.floor(np.abs(real) + 0.5), real))
        if node.name in _UFUNCS and _several(arguments[0]):
            with np.errstate(all="ignore"):
                return cast(Value, _UFUNCS[node.name](arguments[0].astype(float)))
        return cast(Value, self._apply(lambda *given: FUNCTIONS[node.name](*map(float, given)), *arguments))

    def converted(self, value: Value, declared: ast.Type) -> Value:
        """Return a value as the type it is stored in."""
        if isinstance(value, list):
            return [cast(Scalar, self.converted(item, declared)) for item in value]
        if not _several(value):
            return converted(value, declared)
        name = declared.name if isinstance(declared, ast.BasicType) else "real"
        if name == "integer" and value.dtype == float:
            return cast(Value, self._apply(lambda item: cast(Scalar, converted(item, declared)), value))
        kind = {"integer": np.int64, "real": float}.get(name)
        return cast(Value, value.astype(kind) if kind else value)

    def number(self, node: ast.Expression) -> float:
        """Return the value of an expression that is a single number for all active lanes.

        Raises
        ------
        InterpreterError
            If it differs between them.
        """
        value = self._lane(node)
        if not _several(value):
            return float(value)
        found = np.unique(value[self.active])
        if len(found) != 1:
            raise InterpreterError("this differs between neurons, where one number is needed", node)
        return float(found[0])

    def _lane(self, node: ast.Expression) -> Lane:
        value = self.value(node)
        if isinstance(value, (list, str)):
            raise InterpreterError("a number is needed here", node)
        return value

    # --- removable singularities ---

    def _limit(self, node: ast.Binary, value: Scalar, lost: Any, index: int | None) -> Scalar:
        """Return the limit of a product for each active lane that needs it."""
        if not _several(value):
            return super()._limit(node, value, bool(np.any(lost)), index)
        needed = self.active & np.isnan(value)
        if node.operator == "/":
            needed |= self.active & lost
        found = value.copy()
        for lane in np.flatnonzero(needed).tolist():

            def read(item: ast.Expression, is_apart: bool, lane: int = lane) -> float:
                return cast(float, _of_lane(self._number_of(item, is_apart, index), lane))

            limit = self._limits.value(node, read)
            found[lane] = value[lane] if limit is None else limit
        return cast(Scalar, found)

    def _is_small(self, value: Any, whole: Any) -> Mask:
        return self.active & (np.abs(_array(value)) < np.abs(_array(whole)) * LOST)

    # --- expressions ---

    def _combined(self, node: ast.Binary) -> Value:
        if node.operator not in ("and", "or"):
            return super()._combined(node)
        left = _truth(self.value(node.left))
        with self._only(left if node.operator == "and" else np.logical_not(left)):
            right = _truth(self.value(node.right)) if self.active.any() else left
        combine = np.logical_and if node.operator == "and" else np.logical_or
        return cast(Value, combine(left, right))

    def _ternary(self, node: ast.Ternary) -> Value:
        condition = _truth(self.value(node.condition))
        with self._only(condition):
            yes = self.value(node.if_true) if self.active.any() else None
        with self._only(np.logical_not(condition)):
            no = self.value(node.if_false) if self.active.any() else None
        if yes is None or no is None:
            return cast(Value, yes if no is None else no)
        return self._select(condition, yes, no)

    def _element(self, value: Value, node: ast.Name) -> Value:
        assert node.index is not None
        index = self._lane(node.index)
        if not _several(index):
            return super()._element(value, node)
        self._check_index(value, index, node)
        rows = np.stack([np.broadcast_to(_array(item), self.lanes) for item in cast("list[Scalar]", value)])
        return cast(Value, rows[np.where(self.active, index, 0), np.arange(self.lanes)])

    def _check_index(self, value: Value, index: Array, node: ast.Name) -> None:
        size = len(value) if isinstance(value, list) else 0
        wrong = index[self.active & ((index < 0) | (index >= size))]
        if wrong.size:
            raise InterpreterError(f"`{node.name}` has no element {int(wrong[0])}", node)

    def _template(self, node: ast.Call) -> Value:
        values = [self._lane(item) for item in node.arguments]
        if not any(_several(item) for item in values):
            return super()._template(node)
        arrays = [_array(item) for item in values]
        if node.name == "abs":
            return cast(Value, np.abs(arrays[0]))
        if node.name == "clip":
            return cast(Value, _least(arrays[2], _greatest(arrays[1], arrays[0])))
        return cast(Value, (_least if node.name == "min" else _greatest)(*arrays))

    def _print(self, text: str, end: str) -> None:
        """Print once for each active lane, in their order."""
        shown = self.active
        for lane in np.flatnonzero(shown):
            self.active = np.arange(self.lanes) == lane
            self.output.append(self._interpolated(text) + end)
        self.active = shown

    def _shown(self, node: ast.Name) -> Value:
        return _of_lane(self._name(node), int(np.flatnonzero(self.active)[0]))

    def _user_function(self, function: ast.Function, node: ast.Call) -> Value | None:
        before = self.active
        self._results.append(([], np.zeros(self.lanes, dtype=bool)))
        try:
            super()._user_function(function, node)
            values = self._results[-1][0]
        finally:
            self._results.pop()
            self.active = before
        return self.converted(cast(Value, values[0]), function.returns) if values else None

    # --- statements ---

    def run(self, statements: Iterable[ast.Statement]) -> None:
        """Run the statements of a block as long as they concern any lane."""
        super().run(item for item in statements if self.active.any())

    def _assign(self, target: ast.Name, value: Value) -> None:
        frame = self._frames[-1]
        old = (
            frame[target.name][0] if target.name in frame else self._read(ast.Name(target.name, target.order))
        )
        declared = frame[target.name][1] if target.name in frame else None
        if declared is not None:
            value = self.converted(value, declared)
        if target.index is not None and isinstance(old, list) and not isinstance(value, list):
            new = self._with_element(old, target, value)
        else:
            if isinstance(old, list) and not isinstance(value, list):
                value = [value] * len(old)
            new = self._select(self.active, value, old)
        if declared is not None:
            frame[target.name] = (new, declared)
        elif self._write is not None:
            self._write(ast.Name(target.name, target.order), new)
        else:
            raise InterpreterError(f"`{target.name}` cannot be changed here", target)

    def _with_element(self, old: list[Scalar], target: ast.Name, value: Value) -> Value:
        assert target.index is not None
        index = np.broadcast_to(_array(self._lane(target.index)), self.lanes)
        self._check_index(old, index, target)
        hits = [self.active & (index == position) for position in range(len(old))]
        return [cast(Scalar, self._select(hit, value, item)) for hit, item in zip(hits, old, strict=True)]

    def _run_return(self, node: ast.Return) -> None:
        values, done = self._results[-1]
        if node.value is not None:
            value = self.value(node.value)
            values[:] = [
                cast(Lane, self._select(self.active, value, cast(Value, values[0])) if values else value)
            ]
        done |= self.active
        self.active = self.active & ~done

    def _run_if(self, node: ast.If) -> None:
        remaining: Lane = self.active
        for branch in node.branches:
            with self._only(remaining):
                if not self.active.any():
                    return
                holds = True if branch.condition is None else _truth(self.value(branch.condition))
                with self._only(holds):
                    self.run(branch.body)
            remaining = np.logical_and(remaining, np.logical_not(holds))

    def _run_while(self, node: ast.While) -> None:
        self._loop(node, lambda: _truth(self.value(node.condition)), lambda: None)

    def _run_for(self, node: ast.For) -> None:
        start, stop, step = self.value(node.start), self._lane(node.stop), self._lane(node.step)
        if np.any(np.equal(step, 0)):
            raise InterpreterError("a loop's step is not 0", node)
        variable = ast.Name(node.variable, span=node.name_span)
        self._assign(variable, start)

        def inside() -> Lane:
            position = self._lane(variable)
            return np.where(np.greater(step, 0), np.less(position, stop), np.greater(position, stop))

        def advance() -> None:
            self._assign(variable, self.pairwise("+", self.value(variable), self.value(node.step)))

        self._loop(node, inside, advance)

    def _loop(
        self, node: ast.While | ast.For, inside: Callable[[], Lane], advance: Callable[[], None]
    ) -> None:
        """Go round as long as any lane is inside."""
        with self._only(True):
            for _ in self._rounds(node):
                self.active = self.active & np.asarray(inside(), dtype=bool)
                if not self.active.any():
                    return
                self.run(node.body)
                if self.active.any():
                    advance()


class LaneValues(Values):
    """The parameters, internals and initial states of several nodes of a lowered model.

    Parameters
    ----------
    model
        A lowered model.
    given
        Values that replace those of the model, in storage units: one number for all nodes, or an array of
        shape (lanes,).
    lanes
        Number of nodes.
    resolution
        The step of the simulation in ms.
    """

    def __init__(
        self,
        model: ast.Model,
        given: Mapping[str, Value | Array],
        lanes: int,
        resolution: float = 0.1,
    ) -> None:
        self.lanes = lanes
        super().__init__(model, cast("Mapping[str, Value]", given), resolution)

    def _interpreter(
        self, model: ast.Model, services: Mapping[str, Callable[[ast.Call], Value | None]]
    ) -> Interpreter:
        return LaneInterpreter(model, self._lookup, self.lanes, services=services)

    def lane(self, number: int) -> dict[str, Value]:
        """Return all values of one node by name."""
        return {key: _of_lane(value, number) for key, value in self.all().items()}

    def violations(self) -> dict[str, Mask]:
        """Return for each guarded variable the nodes whose guard does not hold, shape (lanes,)."""
        found = {}
        for key, item in self._declared.items():
            if item.guard is not None:
                holds = _truth(self.evaluator.value(item.guard))
                found[key] = np.logical_not(np.broadcast_to(_array(holds), self.lanes))
        return found


def _array(value: Value | Array) -> Array:
    if isinstance(value, str) or (isinstance(value, list) and value and isinstance(value[0], str)):
        return np.asarray(value, dtype=object)
    return np.asarray(value)


def _several(value: object) -> TypeGuard[Array]:
    """Return whether a value is one number per lane."""
    return isinstance(value, np.ndarray)


def _elements(value: Value, size: int) -> list[Scalar]:
    return value if isinstance(value, list) else [value] * size


def _truth(value: Value) -> Lane:
    if _several(value):
        return value.astype(bool)
    return bool(value)


def _least(one: Array, other: Array) -> Array:
    return np.where(other < one, other, one)


def _greatest(one: Array, other: Array) -> Array:
    return np.where(other > one, other, one)


def _of_lane(value: Value, number: int) -> Value:
    if isinstance(value, list):
        return [cast(Scalar, _of_lane(item, number)) for item in value]
    return cast(Value, value[number].item()) if _several(value) else value
