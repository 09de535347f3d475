"""Whether a file is a whole shared library, found out without loading it.

The loader maps the segments of a library into memory. Where the file ends before a segment does, the process
is killed by a signal. So every segment must lie inside the file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ELF, _MACH = b"\x7fELF", struct.pack("<I", 0xFEEDFACF)
_SHARED_OBJECT = 3
_LOADED, _DYNAMIC, _NOTE = 1, 2, 4
_BUILD_ID = 3
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
    header = _elf_header(file)
    if header[0] != _SHARED_OBJECT:
        return False
    sections, section_size, section_count = header[5], header[10], header[11]
    file.check(sections, section_size * section_count)
    kinds = set()
    for kind, offset, stored in _segments(file):
        file.check(offset, stored)
        kinds.add(kind)
    return {_LOADED, _DYNAMIC} <= kinds


def _form(file: _File) -> tuple[bool, str]:
    """Return whether an ELF file has fields of 64 bits, and the order of their bytes."""
    identity = file.read(0, 16)
    return identity[4] == 2, "<" if identity[5] == 1 else ">"


def _elf_header(file: _File) -> tuple[Any, ...]:
    wide, order = _form(file)
    return file.unpack(struct.Struct(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")), 16)


def _segments(file: _File) -> Iterator[tuple[int, int, int]]:
    """Iterate over the segments of an ELF file: the kind of each, its place in the file, its size there."""
    wide, order = _form(file)
    header = _elf_header(file)
    start, size, count = header[4], header[8], header[9]
    segment = struct.Struct(order + ("IIQQQQQQ" if wide else "IIIIIIII"))
    for number in range(count):
        fields = file.unpack(segment, start + number * size)
        yield (fields[0], fields[2], fields[5]) if wide else (fields[0], fields[1], fields[4])


def build_id(path: Path) -> str:
    """Return the name that the linker gave to a build of an ELF file, "" if there is none."""
    try:
        with path.open("rb", buffering=0) as opened:
            file = _File(opened.fileno(), os.fstat(opened.fileno()).st_size)
            if file.read(0, 4) != _ELF:
                return ""
            _wide, order = _form(file)
            notes = (file.read(offset, stored) for kind, offset, stored in _segments(file) if kind == _NOTE)
            return next(filter(None, (_build_id_in(note, order) for note in notes)), "")
    except (_CutOffError, OSError, struct.error):
        return ""


def _build_id_in(notes: bytes, order: str) -> str:
    """Return the name of a build that is among notes, each of which begins with the sizes of its parts."""
    place = 0
    while place + 12 <= len(notes):
        owner, length, kind = struct.unpack_from(order + "3I", notes, place)
        content = place + 12 + (owner + 3) // 4 * 4
        if kind == _BUILD_ID and notes[place + 12 : place + 12 + owner] == b"GNU\0":
            return notes[content : content + length].hex()
        place = content + (length + 3) // 4 * 4
    return ""


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
