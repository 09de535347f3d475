"""The hash function of the cache.

BLAKE2b, from the interpreter's own module where it has one: importing hashlib loads OpenSSL, which
costs 5 ms of every warm start.
"""

from __future__ import annotations

import os
import typing
from pathlib import Path

if typing.TYPE_CHECKING:
    from hashlib import blake2b
else:
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b

_CHUNK = 1 << 20


def digest(data: str | bytes) -> str:
    """Return the hash of a text (in UTF-8) or of bytes as 64 hexadecimal digits."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    return blake2b(data, digest_size=32).hexdigest()


def digest_file(path: Path) -> str:
    """Return the hash of a file's content."""
    with path.open("rb", buffering=0) as file:
        return digest_open(file.fileno())


def digest_open(descriptor: int) -> str:
    """Return the hash of what an open file holds from its position on."""
    state = blake2b(digest_size=32)
    while chunk := os.read(descriptor, _CHUNK):
        state.update(chunk)
    return state.hexdigest()
