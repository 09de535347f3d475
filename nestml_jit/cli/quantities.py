"""Sizes and times as people write and read them."""

from __future__ import annotations

import argparse
import re

from nestml_jit.plain import plain_line

_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_TIMES = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def size(text: str) -> int:
    """Return the bytes in a text such as "500M" or "2G"."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 500M or 2G")
    return int(float(found[1]) * _SIZES[found[2]])


def age(text: str) -> float:
    """Return the seconds in a text such as "30d" or "12h"."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?)\s*([smhdw])", text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 30d or 12h")
    return float(found[1]) * _TIMES[found[2]]


def size_text(number: float) -> str:
    """Return a number of bytes in three digits or so."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}" if unit == "B" or number < 100 else f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.3g} GB"


def age_text(seconds: float) -> str:
    """Return a time that has passed, in the largest unit of which it has two or more."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return aligned columns, the last one as long as it is; each row is one line, whatever is in it."""
    lines = [head, *([plain_line(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
