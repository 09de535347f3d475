"""Variables of a connection that equations read with a delay: each connection keeps its own past."""

from __future__ import annotations

from collections.abc import Mapping

from nestml_jit.codegen.cpp import tree as cpp
from nestml_jit.codegen.cpp.expressions import value_of
from nestml_jit.codegen.cpp.places import STEP
from nestml_jit.codegen.cpp.run_places import CONNECTION, Code, call, constant, element, named, whole
from nestml_jit.codegen.model.normal import Normal
from nestml_jit.codegen.plan.past import kept

_EARLIER, _PRESENT = cpp.Variable("earlier"), cpp.Variable("present")


class ConnectionPast:
    """Writes the code by which connections keep and read the past of their variables.

    Parameters
    ----------
    delays
        The delay of each delayed variable in ms.
    columns
        Number of other columns of a connection.
    """

    def __init__(self, normal: Normal, delays: Mapping[str, cpp.Expression], columns: int) -> None:
        self.normal = normal
        self.delays = delays
        self.columns = cpp.plus(cpp.path("run", "column"), whole(columns))

    def prologue(self) -> Code:
        """Return the statements in front of the loop over connections."""
        rows = whole(len(kept(self.normal)))
        made = cpp.Aggregate((rows, cpp.path("d", "past")), "NjDelayed")
        return (cpp.Declare("NjDelayed", _EARLIER.name, made),) if self.delays else ()

    def load(self) -> Code:
        """Return the statements that load the past that a connection keeps."""
        if not self.delays:
            return ()
        statements: list[cpp.Statement] = [self._call("load", self.columns, CONNECTION)]
        for name, delay in self.delays.items():
            statements.append(constant("uint64_t", named("back", name), call("nj_back", delay, STEP)))
            value = self._value(name)
            statements.append(cpp.Declare("double", at_connection(name).name, value, may_be_unused=True))
        return tuple(statements)

    def begin(self) -> Code:
        """Return the beginning of a step: present values are kept, delayed ones looked up."""
        if not self.delays:
            return ()
        begun = cpp.MethodCall(_EARLIER, "begin", by_pointer=False)
        present = (
            cpp.Assign(element(_PRESENT, row), cpp.Cast("double", value_of(name)))
            for row, name in enumerate(kept(self.normal))
        )
        looked_up = (cpp.Assign(at_connection(name), self._value(name)) for name in self.delays)
        return (constant("double*", _PRESENT, begun), *present, *looked_up)

    def save(self) -> Code:
        """Return the statements that store the past in the connection."""
        return (self._call("save", self.columns, CONNECTION),) if self.delays else ()

    def _call(self, method: str, *arguments: cpp.Expression) -> cpp.Statement:
        return cpp.Evaluate(cpp.MethodCall(_EARLIER, method, arguments, by_pointer=False))

    def _value(self, name: str) -> cpp.Expression:
        row = kept(self.normal).index(self.normal.delayed[name].variable)
        return cpp.MethodCall(_EARLIER, "at", (whole(row), named("back", name)), by_pointer=False)


def at_connection(name: str) -> cpp.Variable:
    """Return the C++ variable that has a delayed variable's value, for a connection."""
    return named("z", name)
