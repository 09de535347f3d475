"""Libraries for tests of the store, which never loads them."""

from __future__ import annotations

import struct

_HEADER, _SEGMENT = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")


def whole_library(content: bytes = b"machine code") -> bytes:
    """Return the smallest file that is a shared library as far as its headers tell."""
    start = _HEADER.size + 2 * _SEGMENT.size
    header = _HEADER.pack(b"\x7fELF\x02\x01\x01", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    segments = (_SEGMENT.pack(kind, 5, start, 0, 0, len(content), len(content), 1) for kind in (1, 2))
    return header + b"".join(segments) + content
