"""Equations that are linear with constant coefficients, and so have an exact solution."""

from __future__ import annotations

from nestml_jit.dsl import tree as ast


def nonlinear(model: ast.Model) -> dict[str, str]:
    """Return the variables whose equations are not linear, with the reason.

    Parameters
    ----------
    model
        A checked model, lowered or not.
    """
    odes = {item.name: item.value for item in model.equations if isinstance(item, ast.Ode)}
    inlines = {item.name: item.value for item in model.equations if isinstance(item, ast.Inline)}
    test = _Linearity(frozenset(odes), inlines)
    reasons = {
        name: "its right-hand side is not linear"
        for name, value in odes.items()
        if test.degree(value) > 1
    }  # fmt: skip
    changed = True
    while changed:
        changed = False
        for name, value in odes.items():
            bad = sorted(test.variables(value) & set(reasons))
            if name not in reasons and bad:
                reasons[name] = f"it depends on `{bad[0]}`, which is not linear"
                changed = True
    return reasons


def timers(model: ast.Model) -> frozenset[str]:
    """Return the variables whose derivative is made of parameters and internals alone, such as x' = -1."""
    fixed = {item.name for item in (*model.parameters, *model.internals)}

    def is_fixed(node: ast.Expression) -> bool:
        parts = list(node.walk())
        read = {part.name for part in parts if isinstance(part, ast.Name)}
        return read <= fixed and not any(isinstance(part, ast.Call) for part in parts)

    odes = (item for item in model.equations if isinstance(item, ast.Ode))
    return frozenset(item.name for item in odes if item.order == 1 and is_fixed(item.value))


class _Linearity:
    """Degrees of expressions: 0 constant over a step, 1 linear, 2 anything else."""

    def __init__(self, variables: frozenset[str], inlines: dict[str, ast.Expression]) -> None:
        self._variables = variables
        self._inlines = inlines

    def variables(self, node: ast.Expression) -> set[str]:
        """Return the integrated variables that an expression reads, through inlines too."""
        found: set[str] = set()
        for part in node.walk():
            if isinstance(part, ast.Name) and part.name in self._inlines:
                found |= self.variables(self._inlines[part.name])
            elif isinstance(part, ast.Name) and part.name in self._variables and part.delay is None:
                found.add(part.name)
        return found

    def degree(self, node: ast.Expression) -> int:
        """Return the degree of an expression."""
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Call) and node.name == "convolve":
            return 1
        if isinstance(node, ast.Unary) and node.operator in "+-":
            return self.degree(node.operand)
        if isinstance(node, ast.Binary) and node.operator in ("+", "-"):
            return max(self.degree(node.left), self.degree(node.right))
        if isinstance(node, ast.Binary) and node.operator == "*":
            return min(self.degree(node.left) + self.degree(node.right), 2)
        if isinstance(node, ast.Binary) and node.operator == "/":
            return self.degree(node.left) if self.degree(node.right) == 0 else 2
        if isinstance(node, ast.Binary) and node.operator == "**" and node.right == ast.Literal(1):
            return self.degree(node.left)
        if isinstance(node, ast.Literal):
            return 0
        parts = [self.degree(part) for part in node.children()]  # type: ignore[arg-type]
        return 0 if not any(parts) else 2

    def _name(self, node: ast.Name) -> int:
        if node.name in self._inlines:
            return self.degree(self._inlines[node.name])
        if node.delay is not None:
            return 0
        return 2 if node.name == "t" else int(node.name in self._variables)
