"""The session: which NESTML models a script uses, in which pairs, and what is attached to them.

It survives `ResetKernel` and a change of the number of threads: models are registered again with
the kernel when their names are used again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from nestml_jit.ahead.record import find_recorder
from nestml_jit.card import KEPT
from nestml_jit.errors import NestmlError
from nestml_jit.host.library import Host
from nestml_jit.lookup import read_text
from nestml_jit.mpi.agreement import Agreement
from nestml_jit.options import OF_SYNAPSES, OptionError, of_text
from nestml_jit.pipeline import Pipeline, Source
from nestml_jit.session.attached import Attached
from nestml_jit.session.binding import Binding
from nestml_jit.session.compilation import Compilation
from nestml_jit.session.connection_arrays import ConnectionArrays
from nestml_jit.session.generated import WITH, Generated
from nestml_jit.session.host_loading import HostLoading
from nestml_jit.session.interruption import Interruption
from nestml_jit.session.nest_errors import NestErrors
from nestml_jit.session.pairs import Pairs
from nestml_jit.session.registry import Registry

if TYPE_CHECKING:
    from nestml_jit.card import NeuronCard, SynapseCard
    from nestml_jit.dsl.tree import Model
    from nestml_jit.host.connections import HostConnections
    from nestml_jit.session.columns import Columns
    from nestml_jit.session.connection_columns import ConnectionColumns

Result = TypeVar("Result")
Devices = Literal["fused", "nest"]
StaticSynapses = Literal["columns", "nest"]

__all__ = ["Attached", "Session"]


class Session:
    """All that nestml_jit remembers in a process.

    Parameters
    ----------
    nest
        The real module.

    Attributes
    ----------
    attached
        What is attached to each neuron model in use.
    path
        Folders of model files that the user added; searched first.
    progress
        Shows that something is compiled.
    recorder
        Takes what would be compiled, if nothing is to be compiled or simulated in this process.
    """

    def __init__(self, nest: ModuleType) -> None:
        self.nest = nest
        self.attached: dict[str, Attached] = {}
        self.recorder = find_recorder()
        self._modules: dict[str, tuple[Generated, ...]] = {}
        self._errors = errors = NestErrors(nest)
        self._compilation = compilation = Compilation(nest, errors, self.recorder)
        self._hosts = hosts = HostLoading(nest, errors, compilation)
        self._interruption = Interruption(nest, compilation, hosts)
        self._registry = registry = Registry(nest, errors, compilation, hosts)
        self._pairs = pairs = Pairs(nest, compilation, hosts, registry, self.attached)
        self._binding = Binding(compilation, hosts, registry, pairs, self.attached)
        self._arrays = ConnectionArrays(nest, hosts, registry, pairs)
        self.path = registry.path
        self.progress = compilation.progress

    @property
    def devices(self) -> Devices:
        """Who draws what generators send to neurons: their own blocks ("fused"), or NEST."""
        return "fused" if self._binding.fuses_generators else "nest"

    @devices.setter
    def devices(self, wanted: Devices) -> None:
        if wanted not in ("fused", "nest"):
            raise OptionError(f'devices is {wanted!r}, but must be "fused" or "nest".')
        self.note_change()
        self._binding.fuses_generators = wanted == "fused"

    @property
    def static_synapses(self) -> StaticSynapses:
        """Who stores NEST's static synapses onto neurons from NESTML: the host ("columns"), or NEST."""
        return "columns" if self._hosts.stores_static_synapses else "nest"

    @static_synapses.setter
    def static_synapses(self, wanted: StaticSynapses) -> None:
        if wanted not in ("columns", "nest"):
            raise OptionError(f'static_synapses is {wanted!r}, but must be "columns" or "nest".')
        self._hosts.store_static_synapses(wanted == "columns")

    @property
    def agreement(self) -> Agreement:
        """The processes that NEST simulates with."""
        return self._compilation.agreement

    @property
    def pipeline(self) -> Pipeline:
        """The stages of compilation."""
        return self._compilation.pipeline

    @property
    def host(self) -> Host:
        """The host library, compiled and loaded when the first NESTML model is used."""
        return self._hosts.host

    @property
    def is_active(self) -> bool:
        """Whether any NESTML model was used in this process."""
        return self._hosts.is_active

    def forget_kernel(self) -> None:
        """Forget what belonged to a kernel that is no more; models stay known."""
        self._registry.forget_kernel()
        self._pairs.forget_kernel()
        self.attached.clear()
        if self.is_active:
            self.host.forget()

    # --- models --------------------------------------------------------------------------------

    def ensure(self, name: object) -> bool:
        """Make sure that the kernel knows a model name; return False if no model has it."""
        is_known = self._registry.ensure(name)
        if is_known and isinstance(name, str) and WITH in name:
            self._pairs.expect_partners(name)
        return is_known

    def explain_unknown(self, name: str) -> str:
        """Return what to tell a user about a name that is no model."""
        return self._registry.explain_unknown(name)

    def explain_misuse(self, name: str, error: str) -> str:
        """Return what to do about the name of a model of the wrong kind, "" if it is not that."""
        return self._registry.explain_misuse(name, error)

    def load(self, text: str, filename: str) -> list[str]:
        """Make the models in a text known; returns the names that `Create` and `Connect` take.

        A model whose name NEST has already is called `<name>_nestml`.
        """
        self.note_change()
        return self._registry.load(text, filename)

    def load_files(self, files: Sequence[Path]) -> list[str]:
        """Make the models in files known, as `load` does, unless two files have a model of one name."""
        texts = [(read_text(file), str(file)) for file in files]
        places: dict[str, str] = {}
        for text, file in texts:
            for model in self.pipeline.names_in(text, file):
                first = places.setdefault(model, file)
                if first != file:
                    raise NestmlError(
                        f"Both {first} and {file} have a model {model}: load one of the files, or rename one "
                        "of the models. Nothing was loaded."
                    )
        return [name for text, file in texts for name in self.load(text, file)]

    def record_module(self, name: str, models: Sequence[Generated]) -> None:
        """Remember what a module has; its models become known when it is installed."""
        self._modules[name] = tuple(models)

    def check_generated(self, model: Generated) -> None:
        """Raise an error if a model is not correct."""
        self.pipeline.describe(dataclasses.replace(model.source, options=of_text(model.options)))

    def install_recorded(self, path: str) -> bool:
        """Make the models of a module known that was recorded under the name of a file; False if none was."""
        name = PurePath(path).name
        models = self._modules.get(name) or self._modules.get(PurePath(path).stem)
        if models is None:
            return False
        self.note_change()
        self._registry.load_generated(models)
        return True

    def tree(self, name: str) -> Model:
        """Return the checked model of a name, whether it is in use or not."""
        return self.pipeline.tree(self._registry.source_to_show(name))

    def visible_models(self) -> Iterator[Source]:
        """Yield the texts in which names of models are looked up, in that order."""
        return self._registry.visible()

    def native_names(self) -> set[str]:
        """Return the names of NEST's own models."""
        return self._registry.native_names()

    def note_change(self) -> None:
        """Say that settings or models have changed: kernels are to be bound anew."""
        if self.is_active:
            self.host.note_change()

    def note_set(self, connections: bool = False) -> None:
        """Say that connections may have been set, or else nodes."""
        if self.is_active:
            self.host.note_set(connections)

    def configure(self, model: str, **changes: Any) -> None:
        """Settle options of a model; those of neurons count from the next simulation on."""
        self.note_change()
        options = self._registry.options_of(model).changed(**changes)
        mine = [name for name in changes if name in OF_SYNAPSES]
        if mine and len(mine) < len(changes):
            listed = ", ".join(mine)
            raise OptionError(f"{listed}: options of a synapse model; the others are of neuron models.")
        if mine:
            is_connected = self.is_active and self._pairs.has_connections(model)
            self._registry.configure_synapse(model, options, is_connected)
        else:
            self._registry.configure_neuron(model, options)

    def columns(self, population: Any, at: str | None = None) -> Columns | ConnectionColumns:
        """Return the variables of neurons, or of connections, of one of our models."""
        from nestml_jit.session.columns import Columns, node_ids

        if isinstance(population, self.nest.SynapseCollection):
            return self._arrays.of(population, at)
        if at is not None:
            raise TypeError("at: only what connections show can be behind the present")
        if not isinstance(population, self.nest.NodeCollection):
            raise TypeError(
                f"{population!r:.60} has no columns: give a NodeCollection or a SynapseCollection, or choose "
                "connections by source=, target= and synapse_model="
            )
        if not len(population):
            raise self.nest.NESTErrors.KernelException("There are no neurons in the population.")
        host = self.host.columns(node_ids(population))
        return Columns(host, self._registry.neuron_card(host.model()), len(population))

    def connection_columns(
        self, source: Any, target: Any, synapse_model: str | None, at: str | None
    ) -> ConnectionColumns:
        """Return the variables of the connections of one of our models between nodes, None being all."""
        return self._arrays.between(source, target, synapse_model, at)

    def connection_matrix(self, pre: Any, post: Any, name: str, model: str | None, sparse: bool) -> Any:
        """Return a variable of connections as a matrix with a row per target."""
        from nestml_jit.session.connection_matrix import connection_matrix

        return connection_matrix(self.connection_columns(pre, post, model, None), name, pre, post, sparse)

    def recording(self, device: Any) -> dict[str, Any]:
        """Return what a recorder has recorded in memory as arrays."""
        from nestml_jit.session.recording import recording

        if not isinstance(device, self.nest.NodeCollection) or len(device) != 1:
            raise TypeError(
                f"{device!r:.60} is not one recorder: give a NodeCollection of a single multimeter, "
                "voltmeter or spike recorder"
            )
        found = self.host.recording(device.global_id) if self.is_active else None
        return recording(found, lambda: device.get("events"))

    def host_values(self, connections: Any) -> HostConnections | None:
        """Return quick access to values of connections, None if NEST has to look them up itself."""
        return self._arrays.host_values(connections)

    def synapse_card(self, model: str) -> SynapseCard | None:
        """Return the card of a synapse model that is in use, None if it is none of ours."""
        is_ours = self.is_active and self.host.synapse_base(model)
        return self._registry.synapse_card(model) if is_ours else None

    def card(self, model: str) -> NeuronCard | SynapseCard | None:
        """Return the card of a model that is in use, None if it is none of ours."""
        if self.is_active and self.host.neuron_base(model):
            return self._registry.neuron_card(model)
        return self.synapse_card(model)

    # --- connecting ----------------------------------------------------------------------------

    def may_pair(self, names: Iterable[str]) -> bool:
        """Whether connecting with synapse models of these names can connect one of ours."""
        return self._pairs.may_pair(names)

    def check_pairs(self, names: Iterable[str]) -> None:
        """Let the host refuse targets without the variables that third factors of synapse models read."""
        self._pairs.check(names)

    def note_pairs(self) -> None:
        """Take the pairs that were newly connected, and add the columns that they bring along."""
        self._pairs.note()

    def expect_kept(self, neuron: str, names: Iterable[str]) -> str:
        """Make sure that neurons of a model have what they will keep for connections to come, `X__for_S`.

        Returns
        -------
        str
            What is wrong with those of the names that no synapse model will bring along, "" if all is well.
        """
        wrong = []
        for name in names:
            variable, found, synapse = name.partition(KEPT)
            if not found or not (self.is_active and self.host.neuron_base(neuron)):
                continue
            if self._pairs.keeps(neuron, name):
                continue
            kept = self._pairs.expect(neuron, synapse)
            if name not in kept:
                listed = f"it keeps {', '.join(kept)}" if kept else "it keeps nothing for such a model"
                wrong.append(f"'{neuron}' keeps no '{variable}' for connections of '{synapse}': {listed}.")
        return " ".join(wrong)

    def kept_defaults(self, neuron: str) -> dict[str, float]:
        """Return the values of `X__for_S` that a copy of a neuron model takes over."""
        return self._pairs.kept_defaults(neuron) if self.is_active else {}

    # --- simulating ----------------------------------------------------------------------------

    def bind(self, duration: float) -> None:
        """Attach a kernel to every neuron model in use; called before each simulation, of so many ms.

        Raises
        ------
        nestml_jit.errors.NestmlError, nestml_jit.cache.BuildError
            If a kernel cannot be generated or compiled. Nothing is attached then.
        """
        if not self._hosts.is_active:
            return
        agreement = self._compilation.agreement
        self._hosts.host.expect(duration)
        if not (agreement.is_alone and self._hosts.host.resume()):  # else that was all, and costs no more
            with agreement.together("the beginning of a simulation"):
                self._binding.bind()

    def interruptible(self, duration: float, simulate: Callable[[], Result]) -> Result:
        """Simulate so many ms, 0 if it is not known; Ctrl-C ends that.

        It does not if it is not ours, if other processes take part, or if the host library would have to be
        compiled for it, or loaded for a simulation that takes no time.
        """
        return self._interruption.simulate(duration, simulate)

    def end_run(self) -> None:
        """Undo what was only there for a simulation that has ended, or has failed."""
        if self._hosts.is_active:
            self._hosts.host.end_run()

    def raise_failure(self) -> None:
        """Raise the error for which a simulation with several threads was stopped, if that was the reason."""
        failure = self.host.take_failure() if self.is_active else ""
        if failure:
            self._errors.raise_error("KernelException", failure)
