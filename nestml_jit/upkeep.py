"""What `nestml-jit cache` needs to know beyond the cache: what would be asked for now, and rebuilding."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nestml_jit.cache import (
    BuildError,
    Compiler,
    Memo,
    build,
    code_fingerprint,
    find_compiler,
    find_settings,
    kernel_flags,
)
from nestml_jit.cache.compiler import environment_part
from nestml_jit.cache.digest import digest
from nestml_jit.cache.inventory import Item
from nestml_jit.cache.key import differing_parts, files_part, flags_part
from nestml_jit.cache.products import SOURCE, cpu_part, source_part
from nestml_jit.card import CARD_VERSION
from nestml_jit.host import build as host
from nestml_jit.pipeline import ABI_HEADER, PACKAGE


@dataclass(frozen=True)
class Verdict:
    """What came of verifying an entry.

    Attributes
    ----------
    verdict
        "identical": rebuilt, and each byte is the same; "sound": the files are those that were published,
        but it cannot be rebuilt here; "broken": they are not; "different": rebuilt, and it differs.
    reason
        Why it cannot be rebuilt, or in what it is broken.
    """

    verdict: str
    reason: str = ""


def present_parts(item: Item, memo: Memo) -> dict[str, str]:
    """Return the parts of an entry's key that can be known, as they would be now.

    Raises
    ------
    nestml_jit.cache.BuildError
        If there is no compiler.
    """
    if item.kind not in ("host", "kernel"):
        return {"code": digest(code_fingerprint(PACKAGE, memo)), "version": digest(str(CARD_VERSION))}
    compiler = find_compiler(memo)
    parts = {
        "compiler": compiler.identity,
        "environment": environment_part(),
        "headers": files_part(_headers(item.kind)),
    }
    if item.kind == "kernel":
        flags = kernel_flags(compiler, find_settings())
        parts |= {"cpu": cpu_part(compiler, flags), "flags": flags_part(flags)}
    return {name: digest(text) for name, text in parts.items()}


def outdated_parts(item: Item, memo: Memo) -> list[str]:
    """Return the names of parts that would be others now; what cannot be known is left out."""
    now = present_parts(item, memo)
    return [name for name in differing_parts({**item.parts, **now}, item.parts) if name in now]


def _headers(kind: str) -> Mapping[str, Path]:
    return host.own_files() if kind == "host" else {ABI_HEADER.name: ABI_HEADER}


def verify(item: Item, memo: Memo) -> Verdict:
    """Check an entry's files, and build it again if this machine has what it was built with.

    What is compared is every byte of the library. Compilers that give other bytes each time are found by
    building twice, and then nothing is concluded.
    """
    if item.problem:
        return Verdict("broken", item.problem)
    if item.kind not in ("host", "kernel") or "flags" not in item.manifest:
        return Verdict("sound", "nothing is known to rebuild it from")
    try:
        compiler = find_compiler(memo)
        changed = _changed(item, compiler)
        if changed:
            return Verdict("sound", f"other than then: {', '.join(changed)}")
        return _compared(item, compiler)
    except (BuildError, OSError) as error:
        return Verdict("sound", f"it cannot be rebuilt: {str(error).splitlines()[0]}")


def _changed(item: Item, compiler: Compiler) -> list[str]:
    """Return which conditions of a build are not what they were."""
    now = {
        "compiler": compiler.identity,
        "cpu": cpu_part(compiler, item.manifest["flags"]),
        "environment": environment_part(),
        "headers": files_part(_headers(item.kind)),
    }
    if item.kind == "host":
        now["source"] = source_part({host.SOURCE.name: host.SOURCE.read_text(encoding="utf-8")})
    return sorted(name for name, text in now.items() if digest(text) != item.parts.get(name))


def _compared(item: Item, compiler: Compiler) -> Verdict:
    published = (item.path / "kernel.so").read_bytes()
    if _rebuilt(item, compiler) == published:
        return Verdict("identical")
    if _rebuilt(item, compiler) != _rebuilt(item, compiler):
        return Verdict("sound", "this compiler gives other bytes each time")
    return Verdict("different", "the same compiler makes another library of it now")


def _rebuilt(item: Item, compiler: Compiler) -> bytes:
    """Return the library that is made of an entry's source now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if item.kind == "host":
            sources = [host.SOURCE]
        else:
            sources = [folder / SOURCE]
            shutil.copyfile(item.path / SOURCE, folder / SOURCE)
        build(
            compiler,
            sources,
            folder / "kernel.so",
            flags=item.manifest["flags"],
            link_flags=item.manifest.get("link_flags"),
            include_dirs=_include_dirs(item.kind),
        )
        return (folder / "kernel.so").read_bytes()


def _include_dirs(kind: str) -> list[Path]:
    return [ABI_HEADER.parent, host.SOURCE.parent] if kind == "host" else [ABI_HEADER.parent]
