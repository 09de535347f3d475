"""Before a simulation: what is known of the network decides which kernel each neuron model gets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from nestml_jit.card import Delivery, Facts, FusionCard, SynapseFacts
from nestml_jit.host.slots import integer_in
from nestml_jit.pipeline import Fused
from nestml_jit.session.attached import Attached
from nestml_jit.session.compilation import Compilation
from nestml_jit.session.host_loading import HostLoading
from nestml_jit.session.pairs import Pairs
from nestml_jit.session.registry import FOREIGN, Registry


@dataclasses.dataclass(frozen=True)
class _Wish:
    """The synapse models that are to target a neuron model, and what is known of them."""

    synapses: tuple[str, ...]
    facts: Facts


class Binding:
    """Attaches kernels to neuron models.

    Parameters
    ----------
    attached
        What is attached to each neuron model in use; kept up to date.

    Attributes
    ----------
    fuses_generators
        Whether blocks generate what generators of NEST's would send to them.
    """

    def __init__(
        self,
        compilation: Compilation,
        hosts: HostLoading,
        registry: Registry,
        pairs: Pairs,
        attached: dict[str, Attached],
    ) -> None:
        self._compilation = compilation
        self._hosts = hosts
        self._registry = registry
        self._pairs = pairs
        self._attached = attached
        self.fuses_generators = True

    def bind(self) -> None:
        """Attach a kernel to every neuron model in use that wants another one, and begin a simulation.

        Raises
        ------
        nestml_jit.errors.NestmlError, nestml_jit.cache.BuildError
            If a kernel cannot be generated or compiled. Nothing is attached then.
        """
        if self._resumes():
            return
        self._pairs.note()
        resolution, seed, grows = self._hosts.host.settings()
        if grows:
            self._pairs.note_growing()
        fresh = self._fusions(resolution, seed)
        if self._compilation.recorder is None:
            self._attach(fresh)
        self._attached.update(fresh)

    def _resumes(self) -> bool:
        """Begin a simulation if nothing has changed in any process; return whether it has begun."""
        host = self._hosts.host
        is_bound = all(self._compilation.agreement.gather("changes", host.is_bound))
        return is_bound and host.resume()

    def _fusions(self, resolution: float, seed: int) -> dict[str, Attached]:
        """Return what to attach to the neuron models that want another kernel, or other values in it."""
        foreign = [FOREIGN] if self._pairs.synapses_onto(FOREIGN) else []
        wishes = {neuron: self._wish(neuron) for neuron in (*self._hosts.everywhere.used_neurons(), *foreign)}
        fused = self._fuse(wishes)
        fresh = {}
        for neuron, wish in wishes.items():
            scalars = self._scalars(neuron, fused[neuron].card)
            wanted = Attached(wish.synapses, wish.facts, scalars, resolution, seed, fused[neuron])
            if wanted != self._attached.get(neuron):
                fresh[neuron] = wanted
        return fresh

    def _fuse(self, wishes: Mapping[str, _Wish]) -> dict[str, Fused]:
        """Return the kernels of neuron models: what is attached if it will do, else what is compiled."""
        fused, generated = {}, {}
        for neuron, wish in wishes.items():
            before = self._attached.get(neuron)
            if before is not None and (before.synapses, before.facts) == (wish.synapses, wish.facts):
                fused[neuron] = before.fused
                continue
            sources = [self._registry.synapse_source(synapse) for synapse in wish.synapses]
            source = self._registry.neuron_source(neuron)
            generated[neuron] = self._compilation.pipeline.generate(source, sources, wish.facts)
        progress = self._compilation.progress
        with progress.expecting(len(generated)):
            compiled = self._compilation.pipeline.compile(list(generated.values()), progress.next)
        return fused | dict(zip(generated, compiled, strict=True))

    def _attach(self, fresh: dict[str, Attached]) -> None:
        host = self._hosts.host
        for neuron, attached in fresh.items():
            host.attach(neuron, attached.fused.library, attached.fused.card, attached.scalars, attached.seed)
        self._compilation.agreement.gather("attaching", None)  # all attached them, or none says so
        self._attached.update(fresh)
        host.fuse_generators(self.fuses_generators)
        host.begin_run()

    def _wish(self, neuron: str) -> _Wish:
        """Return what the kernel of a neuron model must be generated from."""
        synapses = self._pairs.synapses_onto(neuron)
        self._pairs.propagate(neuron, synapses)
        return _Wish(synapses, self._facts(neuron, synapses, self._attached.get(neuron)))

    def _facts(self, neuron: str, synapses: Sequence[str], before: Attached | None) -> Facts:
        everywhere = self._hosts.everywhere
        moved = [
            item.column
            for synapse in synapses
            for item in self._pairs.card(neuron, synapse).moved
            if item.kind == "parameter" and not everywhere.neuron_value(neuron, item.column)[0]
        ]
        options = self._registry.options_of(neuron)
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
            sizes=everywhere.vector_sizes(neuron),
            keeps_late_states=neuron != FOREIGN,
            gap_junctions=self._is_coupled(neuron),
            is_foreign=neuron == FOREIGN,
        )

    def _is_coupled(self, neuron: str) -> bool:
        """Whether neurons of a model have gap junctions; those of most models cannot."""
        if neuron == FOREIGN or self._registry.neuron_card(neuron).gap_junctions.refusal:
            return False
        return self._hosts.everywhere.has_gap_junctions(neuron)

    def _synapse_facts(
        self, synapse: str, known: SynapseFacts | None, delivery: Delivery | None
    ) -> SynapseFacts:
        """Find out in which variables a model's connections differ.

        A state that the kernel keeps per connection anyway differs by what happened, so that
        nothing can be told from its values: what was known of it stays. So does what differed
        once, because a state that connections keep does not return to the neuron.
        """
        card = self._registry.synapse_card(synapse)
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
            uniform, value = self._hosts.everywhere.synapse_value(synapse, variable.name)
            if not uniform or (known is not None and variable.name in known.heterogeneous):
                heterogeneous.append(variable.name)
            elif value is not None and variable.name in card.exponents:
                number = integer_in(value) if variable.type == "integer" else value
                constants.append((variable.name, float(number)))
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
            return self._pairs.synapse_default(synapse, variable, 0.0)
        return self._pairs.neuron_value(neuron, variable)
