"""The form of a manifest: what its readers may rely on, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

FORMAT = 1

_LATEST = 1e11
"""Seconds since 1970 up to which a time can be shown as a date."""


class MalformedError(Exception):
    """A manifest is not of the form that its readers rely on; the text says in what."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value <= _LATEST


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_none_or_texts(value: object) -> bool:
    return value is None or _are_texts(value)


def _are_named_texts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_cpu(value: object) -> bool:
    if not isinstance(value, dict) or not _are_texts(value.get("features", [])):
        return False
    return all(_is_text(value.get(name, "")) for name in ("machine", "model", "name"))


def _is_file_name(name: str) -> bool:
    """Whether a name is that of a file in the entry's own folder."""
    return name not in ("", ".", "..") and not set(name) & set("/\0")


def _are_files(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_file_name(name)
        and isinstance(facts, dict)
        and _is_size(facts.get("size"))
        and _is_text(facts.get("digest"))
        for name, facts in value.items()
    )


_CONTENT: Mapping[str, Callable[[Any], bool]] = {
    "created": _is_time,
    "files": _are_files,
    "key": _is_text,
    "kind": _is_text,
    "manifest": lambda value: isinstance(value, dict),
}

_NOTES: Mapping[str, Callable[[Any], bool]] = {
    "compiler": _is_text,
    "cpu": _is_cpu,
    "flags": _are_texts,
    "link_flags": _is_none_or_texts,
    "parts": _are_named_texts,
    "request": _is_text,
    "seconds": _is_time,
    "subject": _is_text,
    "target": _is_text,
}
"""Fields of manifests that are read again; all others are only shown."""


def checked_content(content: Any) -> dict[str, Any]:
    """Return a manifest's content if it is of the form that this package writes.

    Raises
    ------
    MalformedError
        If it is not.
    """
    if not isinstance(content, dict):
        raise MalformedError("it has no content")
    if content.get("format") != FORMAT:
        raise MalformedError(f"it is of another version than {FORMAT}")
    for name, fits in _CONTENT.items():
        if name not in content or not fits(content[name]):
            raise MalformedError(f'its "{name}" is not understood')
    noted = content["manifest"]
    for name, fits in _NOTES.items():
        if name in noted and not fits(noted[name]):
            raise MalformedError(f'the "{name}" in it is not understood')
    return content
