"""The models of a session: their names, the sources that these mean, and what the host knows."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from nestml_jit import lookup
from nestml_jit.card import NeuronCard, SynapseCard
from nestml_jit.errors import NestmlError, NestmlErrors
from nestml_jit.options import OF_SYNAPSES, OptionError, Options, of_text
from nestml_jit.pipeline import Source
from nestml_jit.session import advice
from nestml_jit.session.compilation import Compilation
from nestml_jit.session.generated import KEYWORDS, Generated, readings, unpaired
from nestml_jit.session.host_loading import HostLoading
from nestml_jit.session.nest_errors import NestErrors

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
"""Stands for NEST's own neurons, of which kernels compute nothing."""


class Registry:
    """The models of a session. They survive `ResetKernel`, and are registered again when they are used again.

    Attributes
    ----------
    path
        Folders of model files that the user added; searched first.
    options
        What the user settled about models, by name.
    """

    def __init__(
        self, nest: ModuleType, errors: NestErrors, compilation: Compilation, hosts: HostLoading
    ) -> None:
        self.path: list[str | os.PathLike[str]] = []
        self.options: dict[str, Options] = {}
        self._nest = nest
        self._errors = errors
        self._compilation = compilation
        self._hosts = hosts
        self._loaded: dict[str, Source] = {}
        self._sources: dict[str, Source] = {}
        self._cards: dict[str, NeuronCard | SynapseCard] = {}
        self._native: set[str] | None = None
        self._explanations: dict[str, str] = {}

    def forget_kernel(self) -> None:
        """Forget which names NEST knows; models stay known."""
        self._native = None

    def options_of(self, name: str) -> Options:
        """Return what the user settled about a model, or about the one that it is generated from."""
        return self.options.get(name) or self.options.get(unpaired(name)) or Options()

    # --- names ---------------------------------------------------------------------------------

    def ensure(self, name: object) -> bool:
        """Make sure that the kernel knows a model name; return False if no model has it.

        An existing name keeps its meaning: NEST's own models come first.
        """
        if not isinstance(name, str) or name in self.native_names():
            return True
        if self._is_registered(name):
            return True
        self._native = None  # a module may have been installed, a model copied
        if name in self.native_names():
            return True
        with self._compilation.agreement.together(f"the model '{name}'"):
            return self._find_and_register(name)

    def _find_and_register(self, name: str) -> bool:
        known = self._sources.get(name)
        source = self._compilation.agreement.from_first(
            "file", lambda: self._loaded.get(name) or self._find(name) or known
        )
        if source is None:
            return self._ensure_variant(name) or self._is_unknown(name)
        if known is not None and source.text != known.text:
            del self._cards[name]  # the file was changed since the last ResetKernel
        self._register(source)
        return True

    def _is_unknown(self, name: str) -> bool:
        """Note what to tell about a name that means nothing, for all processes what the first one knows."""
        if not self._compilation.agreement.is_alone:
            self._explanations[name] = self._compilation.agreement.from_first(
                "advice", lambda: self.explain_unknown(name)
            )
        return False

    def _ensure_variant(self, name: str) -> bool:
        """Register one of the variants that NEST has of its own synapse models; False if it is none.

        They differ from the model in their name alone, and `_lbl` in the labels of its connections.
        """
        for suffix in lookup.VARIANTS:
            base = name.removesuffix(suffix)
            if base == name or base in self.native_names() or not self.ensure(base):
                continue
            if base in self._sources and self._hosts.host.synapse_base(base):
                self._hosts.host.register_synapse(name, base, labelled=suffix == lookup.LABELLED)
                return True
        return False

    def native_names(self) -> set[str]:
        """Return the names of NEST's own models."""
        if self._native is None:
            status = self._nest.ll_api.nestkernel.llapi_get_kernel_status()
            names = {*status["node_models"], *status["synapse_models"]}
            self._native = {name for name in names if not self._is_registered(name)}
        return self._native

    def _is_registered(self, name: str) -> bool:
        return self._hosts.is_active and bool(
            self._hosts.host.neuron_base(name) or self._hosts.host.synapse_base(name)
        )

    def _find(self, name: str) -> Source | None:
        folders = self.search_path()
        found = lookup.find_file(name, folders)
        if found is None and name.endswith(lookup.BESIDE_NEST):
            base = name.removesuffix(lookup.BESIDE_NEST)
            found = self._loaded.get(base) or lookup.find_file(base, folders)
        found = found or self._find_paired(name)
        return None if found is None else dataclasses.replace(found, name=name)

    def _find_paired(self, name: str) -> Source | None:
        """Return the first model in a name such as `N_nestml__with_S_nestml`, if there are all of them."""

        def find(model: str) -> Source | None:
            return self._loaded.get(model) or self._find(model)

        ways = readings(name)
        first = find(unpaired(name)) if ways else None
        return first if first and any(all(map(find, models)) for models in ways) else None

    def search_path(self) -> list[Path]:
        """Return the folders that are searched for model files, in their order."""
        return lookup.search_path(self.path)

    def visible(self) -> Iterator[Source]:
        """Yield the texts in which `ensure` finds models, in its order: what was loaded, and files."""
        yield from {source.text: source for source in self._loaded.values()}.values()
        yield from lookup.files_of_models(self.search_path())

    def explain_unknown(self, name: str) -> str:
        """Return what to tell a user about a name that is no model."""
        known = self._explanations.pop(name, None)
        if known:
            return known
        parts = [unpaired(name), *next(iter(readings(name)), ())]
        missing = next((part for part in parts if not (self._loaded.get(part) or self._find(part))), name)
        reason = lookup.explain_unknown(missing, self.native_names(), self._loaded, self.search_path())
        return reason if missing == name else advice.of_generated(name, missing) + reason

    def explain_misuse(self, name: str, error: str) -> str:
        """Return what to do about a model of the wrong kind, for which NEST raised an error of that type."""
        status = self._nest.ll_api.nestkernel.llapi_get_kernel_status()
        if error == "UnknownModelName" and name in status["synapse_models"]:
            return advice.of_synapse(name)
        if error == "UnknownSynapseType" and name in status["node_models"]:
            return advice.of_node(name)
        return ""

    def source_to_show(self, name: str) -> Source:
        """Return the source of a NESTML model, whether it is in use or not."""
        if name in self.native_names():
            text = f"'{name}' is a model of NEST's own: nestml_jit.help({name!r}) shows its documentation."
            self._errors.raise_error("UnknownModelName", text)
        source = self._loaded.get(name) or self._find(name) or self._sources.get(name)
        if source is None:
            self._errors.raise_error("UnknownModelName", self.explain_unknown(name))
        return source

    # --- loading -------------------------------------------------------------------------------

    def load(self, text: str, filename: str) -> list[str]:
        """Make the models in a text known; returns the names that `Create` and `Connect` take.

        A model whose name NEST has already is called `<name>_nestml`.
        """
        with self._compilation.agreement.together("loading models"):
            if len(set(self._compilation.agreement.gather("text", text))) > 1:
                raise NestmlError(f"{filename or 'A text'} differs between the processes.")
            return self._load(text, filename)

    def _load(self, text: str, filename: str) -> list[str]:
        names = []
        for model in self._compilation.pipeline.names_in(text, filename):
            name = model + lookup.BESIDE_NEST if model in self.native_names() else model
            source = Source(text, filename, model, name)
            names.append(name)
            if self._is_in_use(source):
                continue
            self._check(source)
            self._take(source)
        return names

    def load_generated(self, models: Sequence[Generated]) -> None:
        """Make the models of a module known under the names that they have there."""
        for item in models:
            if self._is_in_use(item.source) and self.options_of(item.source.name) == item.options:
                continue
            if self._is_registered(item.source.name):
                self._raise_in_use(item.source.name)
            self.options[item.source.name] = item.options
            self._take(item.source)

    def _take(self, source: Source) -> None:
        """Let a name mean a model from now on."""
        self._loaded[source.name] = source
        self._sources.pop(source.name, None)
        self._cards.pop(source.name, None)

    def _check(self, source: Source) -> None:
        """Say what is wrong with a model, unless it is only that the roles of its ports must be settled."""
        try:
            self._compilation.pipeline.describe(self._settled(source))
        except NestmlErrors as error:
            if any(item.code != PORTS for item in error.diagnostics):
                raise

    def _settled(self, source: Source, options: Options | None = None) -> Source:
        """Return a source with what the user settled about its text, or with what these options say of it."""
        return dataclasses.replace(source, options=of_text(options or self.options_of(source.name)))

    def _is_in_use(self, source: Source) -> bool:
        """Whether the kernel knows this very model; an error if it knows another one of the name."""
        known = self._sources.get(source.name)
        if known is None or not self._is_registered(source.name):
            return False
        if known.text != source.text:
            self._errors.raise_error(
                "NamingConflict" if hasattr(self._nest.NESTErrors, "NamingConflict") else "KernelException",
                f"The model '{source.name}' is in use with another text. Call ResetKernel before loading it "
                "again, or give the new model another name.",
            )
        return True

    def _register(self, source: Source) -> None:
        card = self._cards.get(source.name)
        if card is None:
            source = self._settled(source)
            card = self._compilation.pipeline.describe(source)
            if isinstance(card, NeuronCard):
                self._hosts.host.describe_neuron(card)
            else:
                self._hosts.host.describe_synapse(card)
            self._cards[source.name] = card
            self._sources[source.name] = source
        if isinstance(card, NeuronCard):
            self._hosts.host.register_neuron(source.name)
            for variable in card.variables:
                if variable.name in KEYWORDS:
                    self._hosts.host.name_moved(source.name, f"{variable.name}_", variable.name)
        else:
            self._hosts.host.register_synapse(source.name)

    # --- what is known of those that are registered ----------------------------------------------

    def neuron_source(self, name: str) -> Source:
        """Return the source of a neuron model or of a copy of it."""
        if name == FOREIGN:
            return _FOREIGN_SOURCE
        return self._sources[self._hosts.host.neuron_base(name)]

    def synapse_source(self, name: str) -> Source:
        """Return the source of a synapse model or of a copy of it, under the name of the copy."""
        return dataclasses.replace(self._sources[self._hosts.host.synapse_base(name)], name=name)

    def neuron_card(self, name: str) -> NeuronCard:
        """Return the card of a neuron model or of a copy of it."""
        card = self._cards[self._hosts.host.neuron_base(name)]
        assert isinstance(card, NeuronCard)
        return card

    def synapse_card(self, name: str) -> SynapseCard:
        """Return the card of a synapse model or of a copy of it."""
        card = self._cards[self._hosts.host.synapse_base(name)]
        assert isinstance(card, SynapseCard)
        return card

    # --- options ---------------------------------------------------------------------------------

    def configure_neuron(self, neuron: str, options: Options) -> None:
        """Settle options of a neuron model; they count from the next simulation on."""
        if options.gap_junctions != self.options_of(neuron).gap_junctions:
            self._configure_gap_junctions(neuron, options)
        known = self.ensure(neuron)
        if not (known and self._hosts.is_active and self._hosts.host.neuron_base(neuron)):
            reason = "only these have such options." if known else self.explain_unknown(neuron)
            self._errors.raise_error(
                "UnknownModelName", f"'{neuron}' is no neuron model from NESTML: {reason}"
            )
        self.options[neuron] = options

    def _configure_gap_junctions(self, neuron: str, options: Options) -> None:
        """Describe a neuron model anew, with another port for the current of gap junctions."""
        settled = self._settled(self._source_of(neuron, "neuron"), options)
        card = self._compilation.pipeline.describe(settled)
        if not isinstance(card, NeuronCard):
            raise OptionError(f"'{neuron}' is a synapse model: gap_junctions is an option of neuron models.")
        if card.gap_junctions.refusal:
            raise OptionError(f"'{neuron}' would have no gap junctions: {card.gap_junctions.refusal}.")
        if not self._is_registered(neuron):
            self._cards.pop(neuron, None)
        elif card != self._cards.get(neuron):
            self._raise_in_use(neuron)
        self.options[neuron] = options

    def _source_of(self, name: str, kind: str) -> Source:
        """Return the source of a model that is in use, loaded or found; `kind` says what it should be of."""
        source = self._sources.get(name) or self._loaded.get(name) or self._find(name)
        if source is None:
            text = f"'{name}' is no {kind} model from NESTML: {self.explain_unknown(name)}"
            self._errors.raise_error("UnknownModelName", text)
        return source

    def _raise_in_use(self, name: str) -> NoReturn:
        hint = "Configure it before it is first used, or after ResetKernel."
        self._errors.raise_error("KernelException", f"The model '{name}' is in use. {hint}")

    def configure_synapse(self, synapse: str, options: Options, is_connected: bool) -> None:
        """Describe a synapse model anew, with other roles of its ports and variables."""
        settled = self._settled(self._source_of(synapse, "synapse"), options)
        card = self._compilation.pipeline.describe(settled)
        if isinstance(card, NeuronCard):
            listed = ", ".join(OF_SYNAPSES)
            raise OptionError(f"'{synapse}' is a neuron model: {listed} are options of synapse models.")
        if not self._is_registered(synapse):
            self._cards.pop(synapse, None)
        elif card != self._cards.get(synapse):
            self._raise_in_use(synapse)
        elif _third_factors(card, options) == _third_factors(card, self._sources[synapse].options):
            return  # it says what holds already
        elif is_connected:
            self._raise_in_use(synapse)
        else:
            self._sources[synapse] = settled
        self.options[synapse] = options


def _third_factors(card: SynapseCard, options: Options) -> dict[str, str]:
    """Return which variable of its targets each continuous port of a synapse model reads."""
    said = dict(options.ports)
    return {port: said.get(port, port) for port in card.continuous}
