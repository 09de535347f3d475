"""The processes of a distributed simulation, and how they tell each other something.

NEST that was built with MPI has loaded and initialised the MPI library. Its C functions are called here
directly, so that neither a compiler nor another package is needed before processes can agree on anything.
"""

from __future__ import annotations

import ctypes
import struct
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from nestml_jit.host.installation import HostError

PATIENCE = 120.0
"""Seconds after which a process that waits for others says so; compiling the host may take one minute."""

_BLOCK = 256
"""Bytes that are sent at once; longer messages take a second round."""

_SPIN = 0.002
_LONGEST_PAUSE = 0.01


class Processes:
    """One process alone, which is all there is without MPI.

    Attributes
    ----------
    rank
        Number of this process, from 0 on.
    size
        Number of processes.
    """

    rank = 0
    size = 1

    def gather(self, message: bytes, what: str) -> list[bytes]:
        """Return the messages of all processes in the order of their ranks; all must call it.

        Parameters
        ----------
        message
            What this process tells the others.
        what
            What it is about, for the warning if others do not come.
        """
        return [message]

    def abort(self) -> None:
        """End all processes; one alone ends by itself."""


@dataclass(frozen=True)
class Handles:
    """The handles of an MPI library: their type, and two of them."""

    type: type[ctypes.c_void_p] | type[ctypes.c_int]
    world: int
    byte: int


class MpiProcesses(Processes):
    """The processes of an MPI library that is loaded and initialised.

    Parameters
    ----------
    library
        The loaded library.
    handles
        Its objects.
    patience
        Seconds after which a process that waits says so.
    """

    def __init__(self, library: ctypes.CDLL, handles: Handles, patience: float = PATIENCE) -> None:
        self._library = library
        self._type = handles.type
        self._byte = handles.type(handles.byte)
        self._patience = patience
        # Messages of our own never meet those of NEST.
        self._world = handles.type()
        self._call("MPI_Comm_dup", handles.type(handles.world), ctypes.byref(self._world))
        self.rank = self._number("MPI_Comm_rank")
        self.size = self._number("MPI_Comm_size")

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status != 0:
            raise HostError(f"{name} failed with status {status}: the processes cannot communicate.")

    def _number(self, name: str) -> int:
        number = ctypes.c_int()
        self._call(name, self._world, ctypes.byref(number))
        return number.value

    def gather(self, message: bytes, what: str) -> list[bytes]:
        """Return the messages of all processes in the order of their ranks; all must call it."""
        head = struct.pack("=q", len(message))
        block = (head + message)[:_BLOCK].ljust(_BLOCK, b"\0")
        heads = self._exchange(block, [_BLOCK] * self.size, what)
        lengths = [struct.unpack_from("=q", item)[0] for item in heads]
        room = _BLOCK - len(head)
        if max(lengths) <= room:
            return [item[len(head) : len(head) + length] for item, length in zip(heads, lengths, strict=True)]
        return self._exchange(message, lengths, what)

    def abort(self) -> None:
        """End all processes."""
        self._call("MPI_Abort", self._world, ctypes.c_int(1))

    def _exchange(self, message: bytes, lengths: list[int], what: str) -> list[bytes]:
        starts = [sum(lengths[:rank]) for rank in range(self.size)]
        received = ctypes.create_string_buffer(max(1, sum(lengths)))
        counts = (ctypes.c_int * self.size)(*lengths)
        displacements = (ctypes.c_int * self.size)(*starts)
        request = self._type()
        self._call(
            "MPI_Iallgatherv",
            *(ctypes.c_char_p(message), ctypes.c_int(len(message)), self._byte),
            *(received, counts, displacements, self._byte),
            *(self._world, ctypes.byref(request)),
        )
        self._wait(request, what)
        return [received.raw[start : start + length] for start, length in zip(starts, lengths, strict=True)]

    def _wait(self, request: Any, what: str) -> None:
        """Wait without keeping the CPU busy, which the process that compiles may need."""
        done, status = ctypes.c_int(), ctypes.create_string_buffer(256)
        begin, pause, warned = time.monotonic(), 0.0, False
        while True:
            self._call("MPI_Test", ctypes.byref(request), ctypes.byref(done), status)
            if done.value:
                return
            waited = time.monotonic() - begin
            if waited > _SPIN:
                pause = min(2 * pause + 1e-4, _LONGEST_PAUSE)
            if waited > self._patience and not warned:
                warned = True
                warnings.warn(
                    f"Process {self.rank} of {self.size} waits for others at {what}, {waited:.0f} s so far. "
                    "All processes must make the same calls that name NESTML models, connect, and simulate.",
                    RuntimeWarning,
                    stacklevel=2,
                )
            time.sleep(pause)


class Mpi4pyProcesses(Processes):
    """The processes as mpi4py sees them, for MPI libraries whose objects are unknown here."""

    def __init__(self, communicator: Any) -> None:
        self._communicator = communicator.Dup()
        self.rank = communicator.Get_rank()
        self.size = communicator.Get_size()

    def gather(self, message: bytes, what: str) -> list[bytes]:
        """Return the messages of all processes in the order of their ranks; all must call it."""
        return list(self._communicator.allgather(message))

    def abort(self) -> None:
        """End all processes."""
        self._communicator.Abort(1)


def find_processes(nest: ModuleType) -> Processes:
    """Return the processes that NEST simulates with.

    Raises
    ------
    HostError
        If NEST has several processes and there is no way to communicate among just these.
    """
    size = int(nest.ll_api.nestkernel.llapi_get_kernel_status()["num_processes"])
    if size == 1:
        return Processes()
    found = processes_of_mpi(ctypes.CDLL(None))
    if found.size != size:
        raise HostError(
            f"NEST simulates with {size} of {found.size} MPI processes, as it does under MUSIC, which is not "
            "supported together with NESTML models."
        )
    return found


def processes_of_mpi(library: ctypes.CDLL) -> Processes:
    """Return the processes of an MPI library; of mpi4py if this one's objects are unknown.

    Raises
    ------
    HostError
        If they are unknown and mpi4py is not installed.
    """
    for handles in (_open_mpi, _mpich):
        found = handles(library)
        if found is not None:
            return MpiProcesses(library, found)
    try:
        from mpi4py import MPI
    except ImportError:
        raise HostError(
            f"The MPI library in use is unknown here ({_version(library)}): pip install mpi4py, built with "
            "the same MPI as NEST, so that the processes can agree on what to compile."
        ) from None
    return Mpi4pyProcesses(MPI.COMM_WORLD)


def _open_mpi(library: ctypes.CDLL) -> Handles | None:
    """Open MPI and its descendants: handles are addresses of objects with names."""
    try:
        world, byte = (
            ctypes.addressof(ctypes.c_char.in_dll(library, name))
            for name in ("ompi_mpi_comm_world", "ompi_mpi_byte")
        )
    except ValueError:
        return None
    return Handles(ctypes.c_void_p, world, byte)


def _mpich(library: ctypes.CDLL) -> Handles | None:
    """MPICH and those that keep to its binary interface: handles are numbers."""
    family = ("MPICH", "Intel(R) MPI", "MVAPICH")
    if not any(name in _version(library) for name in family):
        return None
    return Handles(ctypes.c_int, 0x44000000, 0x4C00010D)


def _version(library: ctypes.CDLL) -> str:
    """Return what an MPI library says of itself."""
    text, length = ctypes.create_string_buffer(8192), ctypes.c_int()
    ask: Callable[..., int] | None = getattr(library, "MPI_Get_library_version", None)
    if ask is None or ask(text, ctypes.byref(length)) != 0:
        return "no name"
    return text.value.decode("utf-8", "replace").strip()
