"""Code that was compiled elsewhere, found by what is wanted instead of by how it was made.

An entry's key begins with the hash of the request: source, headers and options, but neither the compiler
nor the CPU. So a machine without a compiler finds all entries that will do, and takes the best that
its CPU can run.
"""

from __future__ import annotations

from nestml_jit.cache.entry import Entry
from nestml_jit.cache.store import Store
from nestml_jit.cache.target import NATIVE, Cpu, rank, this_cpu


def find_prebuilt(
    store: Store, kind: str, request: str, cpu: str = NATIVE, machine: Cpu | None = None
) -> Entry | None:
    """Return the entry for a request that suits this CPU best, whichever compiler made it.

    Parameters
    ----------
    cpu
        "native" for the best that there is, or the name of the only set of features that will do.
    machine
        The CPU to run it, by default the one at hand.

    Raises
    ------
    CacheError
        If a root exists but must not be trusted.
    """
    machine = machine or this_cpu()
    suited = []
    for found in store.offers(kind, request):
        noted = found.manifest.get("cpu", {})
        suits = rank(noted, machine)
        if suits is not None and (cpu in (NATIVE, noted.get("name")) or kind != "kernel"):
            suited.append((suits, -found.created, found.key, found))
    return min(suited, key=lambda item: item[:3])[3] if suited else None


def unsuited(store: Store, kind: str, request: str) -> list[str]:
    """Return for which CPUs there are entries for a request, sorted."""
    noted = (found.manifest.get("cpu", {}) for found in store.offers(kind, request))
    return sorted({str(cpu.get("name", "an unknown CPU")) for cpu in noted})
