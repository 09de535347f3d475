"""The session: which NESTML models a script uses, in which pairs, and what is attached to them.

It survives `ResetKernel` and a change of the number of threads: models are registered again with
the kernel when their names are used again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from nestml_jit import lookup
from nestml_jit.agreement import Agreement
from nestml_jit.cache import Entry, Store
from nestml_jit.card import Delivery, Facts, FusionCard, NeuronCard, PairCard, SynapseCard, SynapseFacts
from nestml_jit.errors import NestmlError, NestmlErrors
from nestml_jit.everywhere import Everywhere
from nestml_jit.host.build import build_host, host_request
from nestml_jit.host.installation import Installation, find_installation
from nestml_jit.host.library import Host
from nestml_jit.host.processes import find_processes
from nestml_jit.options import OF_SYNAPSES, OptionError, Options
from nestml_jit.pipeline import Fused, Pipeline, Source
from nestml_jit.progress import Progress
from nestml_jit.record import find_recorder

if TYPE_CHECKING:
    from nestml_jit.columns import Columns
    from nestml_jit.view import ModelView

FOREIGN = ""
"""Stands for NEST's own neuron models, as targets of NESTML synapses."""

PORTS = "E0702"
"""Code of the diagnostics that are about the roles of ports."""

_FOREIGN_SOURCE = Source(
    "model nest_neuron:\n    input:\n        spikes <- spike\n    output:\n        spike\n",
    "",
    "nest_neuron",
    "nest_neuron",
)
"""What a kernel computes of NEST's own neurons: nothing."""


@dataclasses.dataclass(frozen=True)
class Attached:
    """What is attached to a neuron model at the moment."""

    synapses: tuple[str, ...]
    facts: Facts
    scalars: dict[str, list[float]]
    resolution: float
    seed: int
    fused: Fused


class Session:
    """All that nestml_jit remembers in a process.

    Parameters
    ----------
    nest
        The real module.

    Attributes
    ----------
    path
        Folders of model files that the user added; searched first.
    loaded
        Models that were loaded explicitly, by the name that `Create` and `Connect` take.
    attached
        What is attached to each neuron model in use.
    options
        What the user settled about neuron models, by name.
    progress
        Shows that something is compiled.
    recorder
        Takes what would be compiled, if nothing is to be compiled or simulated in this process.
    """

    def __init__(self, nest: ModuleType) -> None:
        self.nest = nest
        self.path: list[str | os.PathLike[str]] = []
        self.loaded: dict[str, Source] = {}
        self.attached: dict[str, Attached] = {}
        self.options: dict[str, Options] = {}
        self.progress = Progress()
        self.recorder = find_recorder()
        self._sources: dict[str, Source] = {}
        self._cards: dict[str, NeuronCard | SynapseCard] = {}
        self._pairs: dict[tuple[str, str], PairCard] = {}
        self._propagated: dict[tuple[str, str], float] = {}
        self._native: set[str] | None = None
        self._explanations: dict[str, str] = {}

    @cached_property
    def agreement(self) -> Agreement:
        """The processes that NEST simulates with."""
        agreement = Agreement(find_processes(self.nest), self._error)
        if not agreement.is_alone:
            agreement.end_all_with_one()
        return agreement

    @cached_property
    def pipeline(self) -> Pipeline:
        """The stages, over the build cache that the environment names."""
        recorder = None if self.recorder is None else self.recorder.kernel
        store = Store(working=self.progress.working)
        return Pipeline(store, agreement=self.agreement, recorder=recorder)

    @cached_property
    def host(self) -> Host:
        """The host library, compiled and loaded when the first NESTML model is used."""
        installation = find_installation(self.nest)
        begin, now = time.perf_counter(), time.time()
        entry = self.agreement.first_then_all("compiling the host", lambda: self._compiled_host(installation))
        host = Host(entry.library, self._raise_error)
        self.agreement.gather("loading the host", None)  # all have it, or none
        cached = entry.library.stat().st_mtime < now
        self.pipeline.note("host", f"NEST {installation.version}", begin, cached)
        return host

    def _compiled_host(self, installation: Installation) -> Entry:
        subject = f"NEST {installation.version}"
        found = self.pipeline.prebuilt("host", subject, lambda: host_request(installation))
        return found or build_host(self.pipeline.store, self.pipeline.compiler, installation)

    @cached_property
    def everywhere(self) -> Everywhere:
        """What is true of the whole network, of which this process's host has a part."""
        return Everywhere(self.host, self.agreement)

    @property
    def is_active(self) -> bool:
        """Whether any NESTML model was used in this process."""
        return "host" in vars(self)

    def _raise_error(self, kind: str, text: str) -> NoReturn:
        raise self._error(kind, text)

    def _error(self, kind: str, text: str) -> Exception:
        """Return NEST's exception of that name with a text."""
        errors = self.nest.NESTErrors
        error: Exception = getattr(errors, kind, errors.KernelException)(text)
        return error

    def raise_failure(self) -> None:
        """Raise the error for which a simulation with several threads was stopped, if that was the reason."""
        failure = self.host.take_failure() if self.is_active else ""
        if failure:
            self._raise_error("KernelException", failure)

    # --- names ---------------------------------------------------------------------------------

    def ensure(self, name: object) -> bool:
        """Make sure that the kernel knows a model name; False if it means nothing to anybody.

        An existing name keeps its meaning: NEST's own models come first.
        """
        if not isinstance(name, str) or name in self._native_names():
            return True
        if self._is_registered(name):
            return True
        self._native = None  # a module may have been installed, a model copied
        if name in self._native_names():
            return True
        with self.agreement.together(f"the model '{name}'"):
            return self._find_and_register(name)

    def _find_and_register(self, name: str) -> bool:
        known = self._sources.get(name)
        source = self.agreement.from_first("file", lambda: self.loaded.get(name) or self._find(name) or known)
        if source is None:
            return self._ensure_variant(name) or self._is_unknown(name)
        if known is not None and source.text != known.text:
            del self._cards[name]  # the file was changed since the last ResetKernel
        self._register(source)
        return True

    def _is_unknown(self, name: str) -> bool:
        """Note what to tell about a name that means nothing, for all processes what the first one knows."""
        if not self.agreement.is_alone:
            self._explanations[name] = self.agreement.from_first("advice", lambda: self.explain_unknown(name))
        return False

    def _ensure_variant(self, name: str) -> bool:
        """Register one of the variants that NEST has of its own synapse models; False if it is none.

        They differ from the model in their name alone, and `_lbl` in the labels of its connections.
        """
        for suffix in lookup.VARIANTS:
            base = name.removesuffix(suffix)
            if base == name or base in self._native_names() or not self.ensure(base):
                continue
            if base in self._sources and self.host.synapse_base(base):
                self.host.register_synapse(name, base, labelled=suffix == lookup.LABELLED)
                return True
        return False

    def _native_names(self) -> set[str]:
        if self._native is None:
            status = self.nest.ll_api.nestkernel.llapi_get_kernel_status()
            names = {*status["node_models"], *status["synapse_models"]}
            self._native = {name for name in names if not self._is_registered(name)}
        return self._native

    def _is_registered(self, name: str) -> bool:
        return self.is_active and bool(self.host.neuron_base(name) or self.host.synapse_base(name))

    def _find(self, name: str) -> Source | None:
        folders = self.search_path()
        found = lookup.find_file(name, folders)
        if found is None and name.endswith(lookup.BESIDE_NEST):
            base = name.removesuffix(lookup.BESIDE_NEST)
            found = self.loaded.get(base) or lookup.find_file(base, folders)
        return None if found is None else dataclasses.replace(found, name=name)

    def search_path(self) -> list[Path]:
        """Return the folders that are searched for model files, in their order."""
        return lookup.search_path(self.path)

    def explain_unknown(self, name: str) -> str:
        """Return what to tell a user about a name that is no model."""
        return self._explanations.pop(name, None) or lookup.explain_unknown(
            name, self._native_names(), self.loaded, self.search_path()
        )

    def view(self, name: str) -> ModelView:
        """Return what a NESTML model offers, whether it is in use or not."""
        from nestml_jit.show import model_view  # the front end, which simulations can do without

        if name in self._native_names():
            text = f"'{name}' is a model of NEST's own: nestml_jit.help({name!r}) shows its documentation."
            self._raise_error("UnknownModelName", text)
        source = self.loaded.get(name) or self._find(name) or self._sources.get(name)
        if source is None:
            self._raise_error("UnknownModelName", self.explain_unknown(name))
        return model_view(self.pipeline.tree(source))

    def load(self, text: str, filename: str) -> list[str]:
        """Make the models in a text known; returns the names that `Create` and `Connect` take.

        A model whose name NEST has already is called `<name>_nestml`.
        """
        with self.agreement.together("loading models"):
            if len(set(self.agreement.gather("text", text))) > 1:
                raise NestmlError(f"{filename or 'A text'} differs between the processes.")
            return self._load(text, filename)

    def _load(self, text: str, filename: str) -> list[str]:
        names = []
        for model in self.pipeline.names_in(text, filename):
            name = model + lookup.BESIDE_NEST if model in self._native_names() else model
            source = Source(text, filename, model, name)
            names.append(name)
            if self._is_in_use(source):
                continue
            self._check(source)
            self.loaded[name] = source
            self._sources.pop(name, None)
            self._cards.pop(name, None)
        return names

    def _check(self, source: Source) -> None:
        """Say what is wrong with a model, unless it is only that the roles of its ports must be settled."""
        try:
            self.pipeline.describe(self._settled(source))
        except NestmlErrors as error:
            if any(item.code != PORTS for item in error.diagnostics):
                raise

    def _settled(self, source: Source, options: Options | None = None) -> Source:
        """Return a source with what the user settled about it, or with options, if it is of a synapse."""
        options = options or self.options.get(source.name, Options())
        mine = {name: getattr(options, name) for name in OF_SYNAPSES}
        return dataclasses.replace(source, options=Options(**mine))

    def _is_in_use(self, source: Source) -> bool:
        """Whether the kernel knows this very model; an error if it knows another one of the name."""
        known = self._sources.get(source.name)
        if known is None or not self._is_registered(source.name):
            return False
        if known.text != source.text:
            self._raise_error(
                "NamingConflict" if hasattr(self.nest.NESTErrors, "NamingConflict") else "KernelException",
                f"The model '{source.name}' is in use with another text. Call ResetKernel before loading it "
                "again, or give the new model another name.",
            )
        return True

    def _register(self, source: Source) -> None:
        card = self._cards.get(source.name)
        if card is None:
            source = self._settled(source)
            card = self.pipeline.describe(source)
            if isinstance(card, NeuronCard):
                self.host.describe_neuron(card)
            else:
                self.host.describe_synapse(card)
            self._cards[source.name] = card
            self._sources[source.name] = source
        if isinstance(card, NeuronCard):
            self.host.register_neuron(source.name)
        else:
            self.host.register_synapse(source.name)

    def _neuron_source(self, name: str) -> Source:
        if name == FOREIGN:
            return _FOREIGN_SOURCE
        return self._sources[self.host.neuron_base(name)]

    def _synapse_source(self, name: str) -> Source:
        return dataclasses.replace(self._sources[self.host.synapse_base(name)], name=name)

    def columns(self, population: Any) -> Columns:
        """Return the variables of a population of neurons of one of our models."""
        from nestml_jit.columns import Columns, node_ids

        if not len(population):
            raise self.nest.NESTErrors.KernelException("There are no neurons in the population.")
        host = self.host.columns(node_ids(population))
        card = self._cards[self.host.neuron_base(host.model())]
        assert isinstance(card, NeuronCard)
        return Columns(host, card, len(population))

    def _synapse_card(self, name: str) -> SynapseCard:
        card = self._cards[self.host.synapse_base(name)]
        assert isinstance(card, SynapseCard)
        return card

    # --- pairs ---------------------------------------------------------------------------------

    def note_pairs(self) -> None:
        """Take the pairs that were newly connected, and add the columns that they bring along."""
        if not self.is_active:
            return
        with self.agreement.together("what was connected"):
            for neuron, synapse in self.everywhere.take_pairs():
                self._note_pair(neuron, synapse)
            self._hide_unmoved()

    def may_pair(self, names: Iterable[str]) -> bool:
        """Whether connecting with synapse models of these names can connect one of ours."""
        return self.is_active and any(self.host.synapse_base(name) for name in names)

    def check_pairs(self, names: Iterable[str]) -> None:
        """Let the host refuse targets without the variables that third factors of synapse models read."""
        for synapse in dict.fromkeys(name for name in names if self.host.synapse_base(name)):
            if not self._synapse_card(synapse).continuous:
                continue
            for neuron in self.host.used_neurons():
                if (neuron, synapse) not in self._pairs:
                    self.host.refuse_pair(neuron, synapse, self._refusal(neuron, synapse))

    def _refusal(self, neuron: str, synapse: str) -> str:
        """Return why neurons of a model cannot be targets of a synapse model, "" if they can."""
        try:
            self.pipeline.pair(self._neuron_source(neuron), self._synapse_source(synapse))
        except NestmlError as error:
            return str(error)
        return ""

    def _note_growing_pairs(self, plasticity: Mapping[str, Mapping[str, object]]) -> None:
        """Take the pairs that structural plasticity may connect while the simulation runs."""
        synapses = {str(spec["synapse_model"]) for spec in plasticity.values()}
        for synapse in sorted(name for name in synapses if self.host.synapse_base(name)):
            plastic = self._synapse_card(synapse).plastic
            for neuron in (*self.everywhere.used_neurons(), *([FOREIGN] if plastic else [])):
                self._note_pair(neuron, synapse)

    def _note_pair(self, neuron: str, synapse: str) -> None:
        if (neuron, synapse) in self._pairs:
            return
        if neuron == FOREIGN:
            self._pairs[neuron, synapse] = PairCard(neuron, synapse, ())
            return
        card = self.pipeline.pair(self._neuron_source(neuron), self._synapse_source(synapse))
        self._pairs[neuron, synapse] = card
        for moved in card.moved:
            value = self._synapse_default(synapse, moved.variable, moved.default)
            self.host.add_moved(neuron, moved, value)
            if moved.kind == "parameter":
                self._propagated[neuron, moved.column] = value

    def _hide_unmoved(self) -> None:
        """Hide the columns of variables that connections keep themselves, since they differ or are to."""
        for (neuron, synapse), card in self._pairs.items():
            kept = self._is_kept_by_connections(neuron, synapse, card)
            for moved in card.moved:
                self.host.hide_moved(neuron, moved.column, kept)

    def _is_kept_by_connections(self, neuron: str, synapse: str, card: PairCard) -> bool:
        if not self.options.get(neuron, Options()).move:
            return True
        variables = {moved.variable for moved in card.moved}
        attached = self.attached.get(neuron)
        if attached is not None:
            known = next((item for item in attached.facts.synapses if item.synapse == synapse), None)
            if not attached.facts.move or (known is not None and variables & set(known.heterogeneous)):
                return True
        return self.everywhere.synapses_differ(synapse, sorted(variables))

    def _synapse_default(self, synapse: str, variable: str, default: float) -> float:
        """Return the value that all connections have, else that of the model's defaults."""
        _uniform, value = self.everywhere.synapse_value(synapse, variable)
        if value is not None:
            return value
        found = self.nest.ll_api.nestkernel.llapi_get_defaults(synapse).get(variable)
        return default if found is None else float(found)

    def forget_kernel(self) -> None:
        """Forget what belonged to a kernel that is no more; models stay known."""
        self._native = None
        self._pairs.clear()
        self._propagated.clear()
        self.attached.clear()
        if self.is_active:
            self.host.forget()

    # --- binding -------------------------------------------------------------------------------

    def bind(self) -> None:
        """Attach a kernel to every neuron model in use; called before each simulation.

        Raises
        ------
        nestml_jit.errors.NestmlError, nestml_jit.cache.BuildError
            If a kernel cannot be generated or compiled. Nothing is attached then.
        """
        if self.is_active:
            with self.agreement.together("the beginning of a simulation"):
                self._bind()

    def _bind(self) -> None:
        self.note_pairs()
        resolution, seed, grows = self.host.settings()
        if grows:
            self._note_growing_pairs(self.nest.structural_plasticity_synapses)
        fresh = {}
        foreign = [FOREIGN] if any(neuron == FOREIGN for neuron, _synapse in self._pairs) else []
        neurons = [*self.everywhere.used_neurons(), *foreign]
        with self.progress.expecting(len(neurons)):
            for neuron in neurons:
                wanted = self._fusion(neuron, resolution, seed)
                if wanted is not None:
                    fresh[neuron] = wanted
                self.progress.next()
        if self.recorder is not None:
            self.attached.update(fresh)
            return
        for neuron, attached in fresh.items():
            self.host.attach(
                neuron, attached.fused.library, attached.fused.card, attached.scalars, attached.seed
            )
        self.agreement.gather("attaching", None)  # all attached them, or none says so
        self.attached.update(fresh)
        self.host.begin_run()

    def interruptible(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which Ctrl-C ends a simulation, unless other processes take part in it."""
        return self.host.interruptible() if self.agreement.is_alone else contextlib.nullcontext()

    def _fusion(self, neuron: str, resolution: float, seed: int) -> Attached | None:
        """Return what to attach to a neuron model, or None if that is attached already."""
        synapses = tuple(sorted(synapse for other, synapse in self._pairs if other == neuron))
        self._propagate(neuron, synapses)
        before = self.attached.get(neuron)
        facts = self._facts(neuron, synapses, before)
        if before is not None and (before.synapses, before.facts) == (synapses, facts):
            fused = before.fused
        else:
            sources = [self._synapse_source(synapse) for synapse in synapses]
            fused = self.pipeline.fuse(self._neuron_source(neuron), sources, facts)
        scalars = self._scalars(neuron, fused.card)
        wanted = Attached(synapses, facts, scalars, resolution, seed, fused)
        return None if wanted == before else wanted

    def _propagate(self, neuron: str, synapses: Iterable[str]) -> None:
        """Hand values that were set on all connections on to the moved parameters of the neurons."""
        for synapse in synapses:
            for moved in self._pairs[neuron, synapse].moved:
                if moved.kind != "parameter":
                    continue
                _uniform, value = self.everywhere.synapse_value(synapse, moved.variable)
                if value is not None and value != self._propagated.get((neuron, moved.column)):
                    self.host.set_neuron_value(neuron, moved.column, value)
                    self._propagated[neuron, moved.column] = value

    def _facts(self, neuron: str, synapses: Sequence[str], before: Attached | None) -> Facts:
        moved = [
            item.column
            for synapse in synapses
            for item in self._pairs[neuron, synapse].moved
            if item.kind == "parameter" and not self.everywhere.neuron_value(neuron, item.column)[0]
        ]
        options = self.options.get(neuron, Options())
        known = {} if before is None else {facts.synapse: facts for facts in before.facts.synapses}
        deliveries = {} if before is None else {item.synapse: item for item in before.fused.card.deliveries}
        return Facts(
            tuple(
                self._synapse_facts(synapse, known.get(synapse), deliveries.get(synapse))
                for synapse in synapses
            ),
            tuple(sorted(moved)),
            move=neuron != FOREIGN and options.move and (before is None or before.facts.move),
            solver=options.solver,
            sizes=self.everywhere.vector_sizes(neuron),
        )

    def configure(self, model: str, **changes: Any) -> None:
        """Settle options of a model; those of neurons count from the next simulation on."""
        options = self.options.get(model, Options()).changed(**changes)
        mine = [name for name in changes if name in OF_SYNAPSES]
        if mine and len(mine) < len(changes):
            listed = ", ".join(mine)
            raise OptionError(f"{listed}: options of a synapse model; the others are of neuron models.")
        if mine:
            self._configure_synapse(model, options)
        else:
            self._check_neuron(model)
        self.options[model] = options

    def _check_neuron(self, neuron: str) -> None:
        known = self.ensure(neuron)
        if not (known and self.is_active and self.host.neuron_base(neuron)):
            reason = "only these have such options." if known else self.explain_unknown(neuron)
            self._raise_error("UnknownModelName", f"'{neuron}' is no neuron model from NESTML: {reason}")

    def _configure_synapse(self, synapse: str, options: Options) -> None:
        """Describe a synapse model anew, with other roles of its ports and variables."""
        source = self._sources.get(synapse) or self.loaded.get(synapse) or self._find(synapse)
        if source is None:
            reason = self.explain_unknown(synapse)
            self._raise_error("UnknownModelName", f"'{synapse}' is no synapse model from NESTML: {reason}")
        settled = self._settled(source, options)
        card = self.pipeline.describe(settled)
        if isinstance(card, NeuronCard):
            listed = ", ".join(OF_SYNAPSES)
            raise OptionError(f"'{synapse}' is a neuron model: {listed} are options of synapse models.")
        if not self._is_registered(synapse):
            self._cards.pop(synapse, None)
        elif card == self._cards.get(synapse) and not self._has_connections(synapse):
            self._sources[synapse] = settled  # it reads other variables of its targets than was said before
        else:
            hint = "Configure it before it is first used, or after ResetKernel."
            self._raise_error("KernelException", f"The model '{synapse}' is in use. {hint}")

    def _has_connections(self, synapse: str) -> bool:
        """Whether a synapse model, or a copy of it, was connected to neurons of ours."""
        return any(self.host.synapse_base(name) == synapse for _neuron, name in self._pairs)

    def _synapse_facts(
        self, synapse: str, known: SynapseFacts | None, delivery: Delivery | None
    ) -> SynapseFacts:
        """Find out in which variables a model's connections differ.

        A state that the kernel keeps per connection anyway differs by what happened, so that
        nothing can be told from its values: what was known of it stays. So does what differed
        once, because a state that connections keep does not return to the neuron.
        """
        card = self._synapse_card(synapse)
        per_connection = (
            {column.name for column in delivery.columns if column.mode == "connection"} if delivery else set()
        )
        heterogeneous, constants = [], []
        for variable in card.variables:
            is_state = variable.kind != "parameter"
            if variable.common or variable.kind == "internal" or (is_state and variable.name == card.weight):
                continue
            if is_state and variable.name in per_connection:
                if known is not None and variable.name in known.heterogeneous:
                    heterogeneous.append(variable.name)
                continue
            uniform, value = self.everywhere.synapse_value(synapse, variable.name)
            if not uniform or (known is not None and variable.name in known.heterogeneous):
                heterogeneous.append(variable.name)
            elif value is not None and variable.name in card.exponents:
                constants.append((variable.name, value))
        return SynapseFacts(synapse, tuple(sorted(heterogeneous)), tuple(sorted(constants)))

    def _scalars(self, neuron: str, card: FusionCard) -> dict[str, list[float]]:
        return {
            delivery.synapse: [
                self._scalar(neuron, delivery.synapse, owner, variable)
                for owner, variable in delivery.scalars
            ]
            for delivery in card.deliveries
        }

    def _scalar(self, neuron: str, synapse: str, owner: str, variable: str) -> float:
        if owner == "synapse":
            return self._synapse_default(synapse, variable, 0.0)
        _uniform, value = self.everywhere.neuron_value(neuron, variable)
        return self._propagated.get((neuron, variable), 0.0) if value is None else value
