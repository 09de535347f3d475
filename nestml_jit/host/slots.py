"""Values of columns in Python: real numbers, or numbers whose bits are an integer's."""

from __future__ import annotations

import struct


def slot(value: float, type_: str) -> float:
    """Return what a column of a type holds for a value."""
    if type_ != "integer":
        return float(value)
    (bits,) = struct.unpack("=d", struct.pack("=q", int(value)))
    return float(bits)


def integer_in(held: float) -> int:
    """Return the integer that a column holds."""
    (value,) = struct.unpack("=q", struct.pack("=d", held))
    return int(value)


def is_same(one: float, other: float) -> bool:
    """Whether two slots hold the same. As numbers, the bits of integers may differ from themselves."""
    return struct.pack("=d", one) == struct.pack("=d", other)
