"""The hash function of the cache.

BLAKE2b, from the interpreter's own module where it has one: importing hashlib loads OpenSSL, which
costs 5 ms of every warm start.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
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
    state = blake2b(digest_size=32)
    with path.open("rb", buffering=0) as file:
        _feed(state.update, file.read)
    return state.hexdigest()


def _feed(update: Callable[[bytes], object], read: Callable[[int], bytes | None]) -> None:
    while chunk := read(_CHUNK):
        update(chunk)
