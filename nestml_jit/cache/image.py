"""Whether a file is a whole shared library, found out without loading it.

The loader maps the segments of a library into memory. Where the file ends before a segment does, the process
is killed by a signal. So every segment must lie inside the file.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Any

_ELF, _MACH = b"\x7fELF", struct.pack("<I", 0xFEEDFACF)
_SHARED_OBJECT = 3
_LOADED, _DYNAMIC = 1, 2
_MACH_LIBRARIES = frozenset({6, 8})  # a dynamic library, or a bundle
_MACH_SEGMENT = 0x19


class _CutOffError(Exception):
    """A part of the file is not there."""


def objection(descriptor: int, size: int) -> str:
    """Return why an open file of `size` bytes is not a whole shared library, "" if it is."""
    if size == 0:
        return "it is empty"
    file = _File(descriptor, size)
    try:
        magic = file.read(0, 4)
        if magic == _ELF:
            is_library = _is_elf_library(file)
        elif magic == _MACH:
            is_library = _is_mach_library(file)
        else:
            return "it is no library"
    except (_CutOffError, OSError):
        return "it is cut off"
    return "" if is_library else "it is no shared library"


@dataclass(frozen=True)
class _File:
    """An open file, and its size."""

    descriptor: int
    size: int

    def check(self, offset: int, length: int) -> None:
        """Raise `_CutOffError` unless the file has a part."""
        if offset + length > self.size:
            raise _CutOffError

    def read(self, offset: int, length: int) -> bytes:
        """Return a part of the file."""
        self.check(offset, length)
        found = os.pread(self.descriptor, length, offset)
        if len(found) != length:
            raise _CutOffError
        return found

    def unpack(self, form: struct.Struct, offset: int) -> tuple[Any, ...]:
        """Return the numbers that are at a place."""
        return form.unpack(self.read(offset, form.size))


def _is_elf_library(file: _File) -> bool:
    identity = file.read(0, 16)
    wide, order = identity[4] == 2, "<" if identity[5] == 1 else ">"
    kind, _machine, _version, _entry, programs, sections, _flags, _own, *counts = file.unpack(
        struct.Struct(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")), 16
    )
    program_size, program_count, section_size, section_count, _names = counts
    if kind != _SHARED_OBJECT:
        return False
    file.check(sections, section_size * section_count)
    segment = struct.Struct(order + ("IIQQQQQQ" if wide else "IIIIIIII"))
    kinds = set()
    for number in range(program_count):
        fields = file.unpack(segment, programs + number * program_size)
        file.check(*((fields[2], fields[5]) if wide else (fields[1], fields[4])))
        kinds.add(fields[0])
    return {_LOADED, _DYNAMIC} <= kinds


def _is_mach_library(file: _File) -> bool:
    kind, count, length = file.unpack(struct.Struct("<12x3I8x"), 0)
    if kind not in _MACH_LIBRARIES:
        return False
    file.check(32, length)
    place, segments = 32, 0
    for _number in range(count):
        command, step = file.unpack(struct.Struct("<2I"), place)
        if command == _MACH_SEGMENT:
            file.check(*file.unpack(struct.Struct("<2Q"), place + 40))
            segments += 1
        place += max(step, 8)
    return segments > 0
