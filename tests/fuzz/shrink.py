"""Failing models made small: lines are left out as long as the model fails in the same way."""

from __future__ import annotations

import re

from tests.fuzz.compare import Case, checked, compile_all, run


def shrunk(case: Case, most: int = 300) -> Case:
    """Return a smaller model that fails in the same way, after at most so many attempts."""
    best, wanted = case, _kind(case.problem)
    attempts = 0
    changed = True
    while changed and attempts < most:
        changed = False
        lines = best.text.splitlines()
        for first, last in _pieces(lines):
            attempts += 1
            smaller = _tried("\n".join(lines[:first] + lines[last:]) + "\n")
            if smaller is not None and _kind(smaller.problem) == wanted:
                best, changed = smaller, True
                break
            if attempts >= most:
                break
    return best


def _kind(problem: str) -> str:
    """Return what is wrong without names and numbers."""
    plain = re.sub(r"/tmp/[^:]*|\b\w*[0-9]\w*\b|[0-9.'`+-]+|step|expected.*", "", problem)
    return plain[:70] if "compile" in problem or "generat" in problem else plain[:24]


def _pieces(lines: list[str]) -> list[tuple[int, int]]:
    """Return the stretches of lines that may be left out: a line and all that is deeper, largest first."""
    depth = [len(line) - len(line.lstrip()) for line in lines]
    found = []
    for index in range(1, len(lines)):
        end = index + 1
        while end < len(lines) and depth[end] > depth[index]:
            end += 1
        found.append((index, end))
    return sorted(found, key=lambda piece: piece[0] - piece[1])


def _tried(text: str) -> Case | None:
    try:
        case = checked(text)
    except Exception:
        return None
    if case is None:
        return None
    compile_all([case])
    run(case)
    return case if case.problem else None
