"""The host library's C interface as Python methods."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nestml_jit.cache.loading import UnloadableError, load
from nestml_jit.card import KERNEL_FUNCTION, FusionCard, Moved, NeuronCard, SynapseCard
from nestml_jit.host import columns, connections, descriptions, device_rows, recordings
from nestml_jit.host.binding_record import NjBindingRecord, binding_record
from nestml_jit.host.columns import HostColumns
from nestml_jit.host.connections import ConnectionObjects, HostConnections
from nestml_jit.host.device_rows import DeviceRows
from nestml_jit.host.installation import HostError
from nestml_jit.host.recordings import HostRecording

ABI_VERSION = 16

_TEXT, _INT, _UINT, _DOUBLE = ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32, ctypes.c_double
_NUMBERS = ctypes.POINTER(ctypes.c_double)

_SIGNATURES: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "nj_error_type": (_TEXT, ()),
    "nj_error_text": (_TEXT, ()),
    "nj_abi_version": (_UINT, ()),
    "nj_vector_sizes": (_TEXT, (_TEXT,)),
    "nj_make_room": (_INT, (_TEXT, _TEXT, _UINT)),
    "nj_has_gap_junctions": (_INT, (_TEXT,)),
    "nj_register_neuron": (_INT, (_TEXT,)),
    "nj_register_synapse": (_INT, (_TEXT, _TEXT, _INT)),
    "nj_settings": (_INT, (ctypes.POINTER(_DOUBLE), ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(_INT))),
    "nj_threads": (_INT, ()),
    "nj_neuron_base": (_TEXT, (_TEXT,)),
    "nj_synapse_base": (_TEXT, (_TEXT,)),
    "nj_take_pairs": (_TEXT, ()),
    "nj_refuse_pair": (None, (_TEXT, _TEXT, _TEXT)),
    "nj_used_neurons": (_TEXT, ()),
    "nj_forget": (None, ()),
    "nj_take_failure": (_TEXT, ()),
    "nj_set_creating": (None, (_INT,)),
    "nj_set_checking": (None, (_INT,)),
    "nj_set_showing_now": (None, (_INT,)),
    "nj_journal_begin": (None, ()),
    "nj_journal_end": (None, (_INT,)),
    "nj_is_ours": (_INT, (ctypes.c_uint64,)),
    "nj_add_moved": (_INT, (_TEXT, _TEXT, _TEXT, _TEXT, _INT, _INT, _TEXT, _DOUBLE)),
    "nj_name_moved": (_INT, (_TEXT, _TEXT, _TEXT)),
    "nj_hide_moved": (_INT, (_TEXT, _TEXT, _INT)),
    "nj_neuron_value": (_INT, (_TEXT, _TEXT, _NUMBERS)),
    "nj_set_neuron_value": (_INT, (_TEXT, _TEXT, _DOUBLE)),
    "nj_replace_neuron_value": (_INT, (_TEXT, _TEXT, _DOUBLE, _DOUBLE)),
    "nj_synapse_value": (_INT, (_TEXT, _TEXT, _NUMBERS)),
    "nj_attach": (_INT, (ctypes.POINTER(NjBindingRecord),)),
    "nj_binding_layout": (_TEXT, ()),
    "nj_set_history_limit": (None, (_UINT,)),
    "nj_history_bytes": (ctypes.c_uint64, (_TEXT,)),
    "nj_signal_bytes": (ctypes.c_uint64, (_TEXT,)),
    "nj_set_signal_budget": (None, (ctypes.c_uint64,)),
    "nj_expect": (None, (ctypes.c_double,)),
    "nj_begin_run": (_INT, ()),
    "nj_fuse_generators": (None, (_INT,)),
    "nj_fused_connections": (ctypes.c_uint64, ()),
    "nj_device_readings": (ctypes.c_uint64, ()),
    "nj_static_connections": (ctypes.c_uint64, (_TEXT,)),
    "nj_store_static_synapses": (None, (_INT,)),
    "nj_is_bound": (_INT, ()),
    "nj_resume": (_INT, ()),
    "nj_note_change": (None, ()),
    "nj_note_set": (None, (_INT,)),
    "nj_read_recordables": (None, (_TEXT, _TEXT)),
    "nj_end_run": (None, ()),
    **columns.SIGNATURES,
    **connections.SIGNATURES,
    **descriptions.SIGNATURES,
    **device_rows.SIGNATURES,
    **recordings.SIGNATURES,
}

FUNCTIONS = tuple(_SIGNATURES)
"""What the host library must offer."""


class Host:
    """The loaded host library.

    Parameters
    ----------
    path
        The library's file.
    raise_error
        Raises NEST's exception for the name of its type and a text.

    Attributes
    ----------
    device_rows
        NEST's table of connections to devices.

    Raises
    ------
    HostError
        If the library cannot be loaded into this process.
    """

    def __init__(self, path: Path, raise_error: Callable[[str, str], None]) -> None:
        try:
            self._library = load(path, FUNCTIONS, ctypes.RTLD_GLOBAL)
        except UnloadableError as error:
            raise HostError(f"The host library cannot be loaded into NEST's process: {error}") from error
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        if self._library.nj_abi_version() != ABI_VERSION:
            raise HostError(f"The host library {path} has another ABI version than this package.")
        self._raise_error = raise_error
        self._kernels: dict[Path, ctypes.CDLL] = {}
        self.device_rows = DeviceRows(self._library, self._check)

    def _check(self, failed: int) -> None:
        if failed:
            self._raise_error(self._library.nj_error_type().decode(), self._library.nj_error_text().decode())

    # --- models --------------------------------------------------------------------------------

    def describe_neuron(self, card: NeuronCard) -> None:
        """Make a neuron model's description known; it stays for the life of the process."""
        descriptions.describe_neuron(self._library, card)

    def describe_synapse(self, card: SynapseCard) -> None:
        """Make a synapse model's description known; it stays for the life of the process."""
        descriptions.describe_synapse(self._library, card)

    def vector_sizes(self, neuron: str) -> tuple[tuple[str, int], ...]:
        """Return the vectors of a neuron model whose size is a variable, with the largest size needed."""
        lines = self._library.nj_vector_sizes(neuron.encode()).decode().splitlines()
        pairs = (line.split("\t") for line in lines)
        return tuple((name, int(size)) for name, size in pairs)

    def make_room(self, neuron: str, vector: str, elements: int) -> None:
        """Have columns for at least that many elements of a vector of a neuron model."""
        self._check(self._library.nj_make_room(neuron.encode(), vector.encode(), elements))

    def register_neuron(self, name: str) -> None:
        """Register a described neuron model with the kernel as it is now."""
        self._check(self._library.nj_register_neuron(name.encode()))

    def register_synapse(self, name: str, described: str = "", *, labelled: bool = False) -> None:
        """Register a described synapse model with the kernel as it is now.

        Parameters
        ----------
        name
            The name that it is to have there.
        described
            The name of its description, if that is another one.
        labelled
            Whether its connections have labels.
        """
        self._check(self._library.nj_register_synapse(name.encode(), (described or name).encode(), labelled))

    def neuron_base(self, name: str) -> str:
        """Return the described model behind a registered neuron model, "" if it is not ours."""
        return str(self._library.nj_neuron_base(name.encode()).decode())

    def synapse_base(self, name: str) -> str:
        """Return the described model behind a registered synapse model, "" if it is not ours."""
        return str(self._library.nj_synapse_base(name.encode()).decode())

    def take_pairs(self) -> list[tuple[str, str]]:
        """Return the (neuron model, synapse model) pairs that were first connected since the last call.

        The neuron model "" stands for all that are not ours.
        """
        lines = self._library.nj_take_pairs().decode().splitlines()
        pairs = [line.split("\t") for line in lines]
        return [(neuron, synapse) for neuron, synapse in pairs]

    def refuse_pair(self, neuron: str, synapse: str, reason: str) -> None:
        """Say why neurons of a model cannot be targets of a synapse model, "" if they can."""
        self._library.nj_refuse_pair(neuron.encode(), synapse.encode(), reason.encode())

    def read_recordables(self, synapse: str, ports: Iterable[tuple[str, str]]) -> None:
        """Say which recordables of NEST's own neurons the continuous ports of a synapse model read."""
        text = "".join(f"{port}\t{name}\n" for port, name in ports)
        self._library.nj_read_recordables(synapse.encode(), text.encode())

    def settings(self) -> tuple[float, int, bool]:
        """Return the resolution in ms, the seed, and whether structural plasticity may make connections."""
        resolution, seed, grows = ctypes.c_double(), ctypes.c_uint64(), ctypes.c_int()
        pointers = ctypes.byref(resolution), ctypes.byref(seed), ctypes.byref(grows)
        self._check(self._library.nj_settings(*pointers))
        return resolution.value, seed.value, bool(grows.value)

    def threads(self) -> int:
        """Return the number of threads of this process."""
        return int(self._library.nj_threads())

    def used_neurons(self) -> list[str]:
        """Return the names of neuron models of ours that have nodes on this process, sorted."""
        return str(self._library.nj_used_neurons().decode()).splitlines()

    def has_gap_junctions(self, neuron: str) -> bool:
        """Return whether neurons of a model have gap junctions on this process."""
        return bool(self._library.nj_has_gap_junctions(neuron.encode()))

    def take_failure(self) -> str:
        """Return why the last simulation with several threads was stopped, "" if it was not."""
        return str(self._library.nj_take_failure().decode())

    def forget(self) -> None:
        """Forget what belonged to a kernel that was reset."""
        self._library.nj_forget()

    def set_creating(self, value: bool) -> None:
        """Say whether parameters that are set now are those of nodes just being created."""
        self._library.nj_set_creating(value)

    @contextlib.contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Give nodes back what they had if setting them one after the other fails."""
        self._library.nj_journal_begin()
        refused = True
        try:
            yield
            refused = False
        finally:
            self._library.nj_journal_end(refused)

    def set_checking(self, value: bool) -> None:
        """Say whether parameters that are set now are only to be checked, not stored."""
        self._library.nj_set_checking(value)

    @contextlib.contextmanager
    def showing_now(self) -> Iterator[None]:
        """Let connections show in this block what they would be if they were up to date."""
        self._library.nj_set_showing_now(True)
        try:
            yield
        finally:
            self._library.nj_set_showing_now(False)

    def is_ours(self, node_id: int) -> bool:
        """Return whether a node is of a NESTML model."""
        return bool(self._library.nj_is_ours(node_id))

    # --- values --------------------------------------------------------------------------------

    def add_moved(self, neuron: str, moved: Moved, value: float) -> None:
        """Add the column of a moved variable to a neuron model, with `value` in all neurons."""
        kind = descriptions.KINDS.index(f"moved {moved.kind}")
        failed = self._library.nj_add_moved(
            neuron.encode(),
            moved.column.encode(),
            moved.synapse.encode(),
            moved.variable.encode(),
            kind,
            descriptions.TYPES.index(moved.type),
            moved.unit.encode(),
            value,
        )
        self._check(failed)

    def name_moved(self, neuron: str, alias: str, column: str) -> None:
        """Let a moved variable of a neuron model have another name, which another one may have had before."""
        self._check(self._library.nj_name_moved(neuron.encode(), alias.encode(), column.encode()))

    def hide_moved(self, neuron: str, column: str, hidden: bool) -> None:
        """Hide a moved variable of a neuron model from users, or show it again."""
        self._check(self._library.nj_hide_moved(neuron.encode(), column.encode(), hidden))

    def neuron_value(self, neuron: str, variable: str) -> tuple[bool, float | None]:
        """Return whether all neurons of a model agree in a variable, and the value if there is one."""
        return self._agreement(self._library.nj_neuron_value, neuron, variable)

    def synapse_value(self, synapse: str, variable: str) -> tuple[bool, float | None]:
        """Return whether all connections of a model agree in a variable, and the value if there is one."""
        return self._agreement(self._library.nj_synapse_value, synapse, variable)

    def _agreement(
        self, function: Callable[..., int], model: str, variable: str
    ) -> tuple[bool, float | None]:
        value = ctypes.c_double()
        answer = function(model.encode(), variable.encode(), ctypes.byref(value))
        self._check(answer < 0)
        return answer != 0, value.value if answer == 1 else None

    def set_neuron_value(self, neuron: str, variable: str, value: float) -> None:
        """Set a variable of all neurons of a model, guards unchecked."""
        self._check(self._library.nj_set_neuron_value(neuron.encode(), variable.encode(), value))

    def replace_neuron_value(self, neuron: str, variable: str, old: float, value: float) -> None:
        """Set a variable of those neurons of a model, and of new ones, that have a certain value so far."""
        failed = self._library.nj_replace_neuron_value(neuron.encode(), variable.encode(), old, value)
        self._check(failed)

    # --- kernels -------------------------------------------------------------------------------

    def attach(
        self, neuron: str, path: Path, card: FusionCard, scalars: Mapping[str, Sequence[float]], seed: int
    ) -> None:
        """Attach a compiled kernel to all neurons of a model.

        Parameters
        ----------
        neuron
            The model; "" for the targets of the card's synapse models that are not ours.
        path
            The kernel's library.
        card
            Its layout.
        scalars
            For each synapse model the values of its delivery's scalars, in the card's order.
        seed
            Of the random number streams.
        """
        record = binding_record(neuron, self._kernel(path), card, scalars, seed)
        self._check(self._library.nj_attach(ctypes.byref(record)))

    def binding_layout(self) -> str:
        """Return sizes and offsets of what `attach` hands over, as the host sees them: a line per field."""
        return str(self._library.nj_binding_layout().decode())

    def _kernel(self, path: Path) -> int:
        """Return the address of a kernel's table of functions; its library is loaded once and kept."""
        loaded = self._kernels.get(path)
        if loaded is None:
            try:
                loaded = load(path, (KERNEL_FUNCTION,))
            except UnloadableError as error:
                raise HostError(f"The kernel {path} cannot be loaded into NEST's process: {error}") from error
            loaded.nestml_jit_kernel.restype = ctypes.c_void_p
            loaded.nestml_jit_kernel.argtypes = ()
            self._kernels[path] = loaded
        return int(loaded.nestml_jit_kernel())

    def columns(self, ids: Any) -> HostColumns:
        """Return access to the variables of neurons as columns; `ids` are node IDs, an array of uint64."""
        return HostColumns(self._library, self._check, ids)

    def recording(self, device: int) -> HostRecording:
        """Return access to what a recorder has recorded in memory; `device` is its node ID."""
        return HostRecording(self._library, self._check, device)

    def connection_objects(self, identify: Callable[[Any], Mapping[str, int]]) -> ConnectionObjects:
        """Return access to what PyNEST's objects for connections stand for; see there for `identify`."""
        return ConnectionObjects(self._library, self._check, identify)

    def connections_between(self, model: str, sources: Any, targets: Any) -> HostConnections:
        """Return access to the connections of a model between nodes: arrays of uint64, None for all nodes."""
        return connections.connections_between(self._library, self._check, model, sources, targets)

    def set_history_limit(self, entries: int) -> None:
        """Say how many spikes of a neuron lie at hand before older ones are packed.

        How many steps of third factors do follows from it. It matters for memory and time, not for results.
        """
        self._library.nj_set_history_limit(entries)

    def history_bytes(self, neuron: str) -> int:
        """Return how many bytes the histories of a model's neurons take, third factors included."""
        return int(self._library.nj_history_bytes(neuron.encode()))

    def signal_bytes(self, neuron: str) -> int:
        """Return how many bytes of that are values of third factors."""
        return int(self._library.nj_signal_bytes(neuron.encode()))

    def set_signal_budget(self, size: int) -> None:
        """Say how many bytes third factors may take before a warning; 0 is the usual number."""
        self._library.nj_set_signal_budget(size)

    def fuse_generators(self, wanted: bool) -> None:
        """Say whether blocks generate what generators of NEST's would send to them."""
        self._library.nj_fuse_generators(wanted)

    @property
    def fused_connections(self) -> int:
        """How many connections of NEST's generators blocks took over in the last simulation."""
        return int(self._library.nj_fused_connections())

    @property
    def device_readings(self) -> int:
        """How often connections of devices were read."""
        return int(self._library.nj_device_readings())

    def static_connections(self, model: str) -> int:
        """Return how many connections of NEST's static synapse, or of a copy, are stored in columns here."""
        return int(self._library.nj_static_connections(model.encode()))

    def store_static_synapses(self, wanted: bool) -> None:
        """Say whether connections of NEST's static synapse onto neurons from NESTML are stored in columns."""
        self._library.nj_store_static_synapses(wanted)

    def expect(self, duration: float) -> None:
        """Say how many ms the simulation is to take that begins next."""
        self._library.nj_expect(duration)

    def begin_run(self) -> None:
        """Say that a simulation is about to begin."""
        self._check(self._library.nj_begin_run())

    @property
    def is_bound(self) -> bool:
        """Whether kernels are bound for all that is there now: nothing has changed that they depend on."""
        return bool(self._library.nj_is_bound())

    def resume(self) -> bool:
        """Begin a simulation if kernels are bound for all that is there now; return whether it has begun."""
        begun = self._library.nj_resume()
        if begun < 0:
            self._check(begun)
        return bool(begun)

    def note_change(self) -> None:
        """Say that something has changed that Python keeps, and that the binding of kernels depends on."""
        self._library.nj_note_change()

    def note_set(self, connections: bool) -> None:
        """Say that connections may have been set, or else nodes: what NEST's generators send, and where."""
        self._library.nj_note_set(connections)

    def end_run(self) -> None:
        """Say that a simulation has ended, or has failed."""
        self._library.nj_end_run()
