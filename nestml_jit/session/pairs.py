"""Keep the pairs of connected models, and add what synapses bring along to their targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

from nestml_jit.card import PairCard
from nestml_jit.errors import NestmlError
from nestml_jit.host.slots import is_same, slot
from nestml_jit.pipeline import Source
from nestml_jit.session.attached import Attached
from nestml_jit.session.compilation import Compilation
from nestml_jit.session.generated import WITH, partners, unpaired
from nestml_jit.session.host_loading import HostLoading
from nestml_jit.session.registry import FOREIGN, Registry


class Pairs:
    """The pairs of models that are connected in the present kernel.

    Parameters
    ----------
    attached
        What is attached to each neuron model in use, as `Binding` keeps it.
    """

    def __init__(
        self,
        nest: ModuleType,
        compilation: Compilation,
        hosts: HostLoading,
        registry: Registry,
        attached: Mapping[str, Attached],
    ) -> None:
        self._nest = nest
        self._compilation = compilation
        self._hosts = hosts
        self._registry = registry
        self._attached = attached
        self._cards: dict[tuple[str, str], PairCard] = {}
        self._propagated: dict[tuple[str, str], float] = {}
        self._expected: dict[tuple[str, str], dict[str, float]] = {}
        self._told: dict[str, Source] = {}
        self._generated: set[str] = set()
        self._aliases: dict[tuple[str, str], str] = {}

    def forget_kernel(self) -> None:
        """Forget what belonged to a kernel that is no more."""
        self._cards.clear()
        self._propagated.clear()
        self._expected.clear()
        self._told.clear()
        self._generated.clear()
        self._aliases.clear()

    def card(self, neuron: str, synapse: str) -> PairCard:
        """Return the card of a pair that was noted."""
        return self._cards[neuron, synapse]

    def synapses_onto(self, neuron: str) -> tuple[str, ...]:
        """Return the names of the synapse models that are connected to a neuron model."""
        return tuple(sorted(synapse for other, synapse in self._cards if other == neuron))

    def connected_synapses(self) -> list[str]:
        """Return the names of the synapse models of ours that are connected, sorted."""
        return sorted({synapse for _neuron, synapse in self._cards})

    def has_connections(self, synapse: str) -> bool:
        """Whether a synapse model, or a copy of it, was connected to neurons of ours."""
        return any(self._hosts.host.synapse_base(name) == synapse for _neuron, name in self._cards)

    # --- connecting --------------------------------------------------------------------------------

    def may_pair(self, names: Iterable[str]) -> bool:
        """Whether connecting with synapse models of these names can connect one of ours."""
        return self._hosts.is_active and any(self._hosts.host.synapse_base(name) for name in names)

    def check(self, names: Iterable[str]) -> None:
        """Let the host refuse targets without the variables that third factors of synapse models read."""
        host = self._hosts.host
        for synapse in dict.fromkeys(name for name in names if host.synapse_base(name)):
            if not self._registry.synapse_card(synapse).continuous:
                continue
            self._tell_recordables(synapse)
            for neuron in host.used_neurons():
                if (neuron, synapse) not in self._cards:
                    host.refuse_pair(neuron, synapse, self._refusal(neuron, synapse))

    def _tell_recordables(self, synapse: str) -> None:
        """Let the host know what a synapse model reads of NEST's own neurons, unless it does."""
        source = self._registry.synapse_source(synapse)
        if not self._registry.synapse_card(synapse).continuous:
            return
        if self._told.get(synapse) != source:
            card = self._compilation.pipeline.pair(
                self._registry.neuron_source(FOREIGN), source, is_foreign=True
            )
            self._hosts.host.read_recordables(synapse, card.signals)
            self._told[synapse] = source

    def _refusal(self, neuron: str, synapse: str) -> str:
        """Return why neurons of a model cannot be targets of a synapse model, "" if they can."""
        try:
            self._matched(neuron, synapse)
        except NestmlError as error:
            return str(error)
        return ""

    def _matched(self, neuron: str, synapse: str) -> PairCard:
        registry = self._registry
        return self._compilation.pipeline.pair(
            registry.neuron_source(neuron), registry.synapse_source(synapse)
        )

    def note(self) -> None:
        """Take the pairs that were newly connected, and add the columns that they bring along."""
        if not self._hosts.is_active:
            return
        with self._compilation.agreement.together("what was connected"):
            for neuron, synapse in self._hosts.everywhere.take_pairs():
                self._note_pair(neuron, synapse)
            self._hide_unmoved()

    def expect(self, neuron: str, synapse: str) -> tuple[str, ...]:
        """Add the columns that a synapse model would bring along to a neuron model, ahead of connections.

        Returns
        -------
        tuple of str
            The names of what a neuron keeps for connections of the model; none if it is no synapse model of
            ours, or cannot be connected.
        """
        is_ours = self._registry.ensure(synapse) and self._hosts.is_active
        if not is_ours or not self._hosts.host.synapse_base(synapse):
            return ()
        try:
            card = self._cards.get((neuron, synapse)) or self._matched(neuron, synapse)
        except NestmlError:
            return ()
        if (neuron, synapse) not in self._cards and (neuron, synapse) not in self._expected:
            values = {
                moved.column: self.synapse_default(synapse, moved.variable, moved.default)
                for moved in card.moved
            }
            for moved in card.moved:
                self._hosts.host.add_moved(neuron, moved, values[moved.column])
            self._expected[neuron, synapse] = values
        return tuple(moved.column for moved in card.moved)

    def expect_partners(self, neuron: str) -> None:
        """Add what a neuron model keeps for the synapse models that it is generated with, by its name."""
        if neuron in self._generated or not (self._hosts.is_active and self._hosts.host.neuron_base(neuron)):
            return
        self._generated.add(neuron)
        ways = (way for way in partners(neuron) if all(map(self._registry.ensure, way)))
        for synapse in next(ways, ()):
            if self.expect(neuron, synapse):
                self._name_kept(neuron, synapse, self._matched(neuron, synapse), is_connected=False)

    def keeps(self, neuron: str, name: str) -> bool:
        """Whether neurons of a model show something under a name that NESTML would give it."""
        return any((model, name) in self._aliases for model in (neuron, self._hosts.host.neuron_base(neuron)))

    def _name_kept(self, neuron: str, synapse: str, card: PairCard, is_connected: bool) -> None:
        """Let what a neuron keeps have NESTML's names, which do not say for which copy of a model it is.

        They mean what is kept for the first one that is connected.
        """
        base = self._hosts.host.synapse_base(synapse)
        for moved in card.moved if WITH in base else ():
            alias = moved.column.removesuffix(synapse) + unpaired(base)
            if not self._aliases.get((neuron, alias)):
                self._hosts.host.name_moved(neuron, alias, moved.column)
                self._aliases[neuron, alias] = synapse if is_connected else ""

    def kept_defaults(self, neuron: str) -> dict[str, float]:
        """Return what defaults have of what neurons keep, where that is not the synapse model's default."""
        cards = self._cards | {pair: self._matched(*pair) for pair in self._expected}
        pairs = [(synapse, card) for (other, synapse), card in cards.items() if other == neuron]
        if not pairs:
            return {}
        defaults = self._nest.ll_api.nestkernel.llapi_get_defaults(neuron)
        return {
            moved.column: defaults[moved.column]
            for synapse, card in pairs
            for moved in card.moved
            if moved.column in defaults
            and defaults[moved.column] != self.synapse_default(synapse, moved.variable, moved.default)
        }

    def note_growing(self) -> None:
        """Take the pairs that structural plasticity may connect while the simulation runs."""
        plasticity: Mapping[str, Mapping[str, object]] = self._nest.structural_plasticity_synapses
        synapses = {str(spec["synapse_model"]) for spec in plasticity.values()}
        for synapse in sorted(name for name in synapses if self._hosts.host.synapse_base(name)):
            plastic = self._registry.synapse_card(synapse).plastic
            self._tell_recordables(synapse)
            for neuron in (*self._hosts.everywhere.used_neurons(), *([FOREIGN] if plastic else [])):
                self._note_pair(neuron, synapse)

    def _note_pair(self, neuron: str, synapse: str) -> None:
        if (neuron, synapse) in self._cards:
            return
        if neuron == FOREIGN:
            self._cards[neuron, synapse] = PairCard(neuron, synapse, ())
            return
        card = self._matched(neuron, synapse)
        self._cards[neuron, synapse] = card
        expected = self._expected.pop((neuron, synapse), {})
        for moved in card.moved:
            value = self.synapse_default(synapse, moved.variable, moved.default)
            if not is_same(expected.get(moved.column, value), value):  # defaults were changed since
                self._hosts.host.replace_neuron_value(neuron, moved.column, expected[moved.column], value)
            self._hosts.host.add_moved(neuron, moved, value)
            if moved.kind == "parameter":
                self._propagated[neuron, moved.column] = value
        self._name_kept(neuron, synapse, card, is_connected=True)

    def _hide_unmoved(self) -> None:
        """Hide the columns of variables that connections keep themselves, since they differ or are to."""
        for (neuron, synapse), card in self._cards.items():
            kept = self._is_kept_by_connections(neuron, synapse, card)
            for moved in card.moved:
                self._hosts.host.hide_moved(neuron, moved.column, kept)

    def _is_kept_by_connections(self, neuron: str, synapse: str, card: PairCard) -> bool:
        if not self._registry.options_of(neuron).move:
            return True
        variables = {moved.variable for moved in card.moved}
        attached = self._attached.get(neuron)
        if attached is not None:
            known = next((item for item in attached.facts.synapses if item.synapse == synapse), None)
            if not attached.facts.move or (known is not None and variables & set(known.heterogeneous)):
                return True
        return self._hosts.everywhere.synapses_differ(synapse, sorted(variables))

    # --- values ------------------------------------------------------------------------------------

    def synapse_default(self, synapse: str, variable: str, default: float) -> float:
        """Return what columns hold for the value of all connections, else for the model's default."""
        _uniform, value = self._hosts.everywhere.synapse_value(synapse, variable)
        if value is not None:
            return value
        found = self._nest.ll_api.nestkernel.llapi_get_defaults(synapse).get(variable)
        types = {item.name: item.type for item in self._registry.synapse_card(synapse).variables}
        return slot(default if found is None else found, types.get(variable, "real"))

    def neuron_value(self, neuron: str, column: str) -> float:
        """Return what all neurons have of a moved parameter, else what connections gave them last."""
        _uniform, value = self._hosts.everywhere.neuron_value(neuron, column)
        return self._propagated.get((neuron, column), 0.0) if value is None else value

    def propagate(self, neuron: str, synapses: Iterable[str]) -> None:
        """Hand values that were set on all connections on to the moved parameters of the neurons."""
        for synapse in synapses:
            for moved in self._cards[neuron, synapse].moved:
                if moved.kind != "parameter":
                    continue
                _uniform, value = self._hosts.everywhere.synapse_value(synapse, moved.variable)
                known = self._propagated.get((neuron, moved.column))
                if value is not None and (known is None or not is_same(value, known)):
                    self._hosts.host.set_neuron_value(neuron, moved.column, value)
                    self._propagated[neuron, moved.column] = value
