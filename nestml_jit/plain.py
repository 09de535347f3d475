"""Text that comes from files, made fit for a terminal.

A terminal obeys what it is shown: a name of a file or a note in another user's cache may hold sequences that
recolour, erase or reorder what stands around them. Each such character is shown as it would be written in a
string of Python.
"""

from __future__ import annotations

import re

_OBEYED = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but for the tab and the end of a line
    r"\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # unseen
    r"\ud800-\udfff"  # halves of characters, which stand for bytes that are no text
)
_IN_LINES = re.compile(f"[{_OBEYED}]")
_IN_A_LINE = re.compile(f"[{_OBEYED}\n\t]")


def plain(text: str) -> str:
    """Return a text of several lines without anything that a terminal would obey."""
    return _IN_LINES.sub(_written, text)


def plain_line(text: str) -> str:
    """Return a text without anything that a terminal would obey, ends of lines included."""
    return _IN_A_LINE.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name
        return f"\\x{code - 0xDC00:02x}"
    return repr(found[0])[1:-1] if code != 0x7F else "\\x7f"
