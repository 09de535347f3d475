"""Parts of programs that need more than neurons and connections: transmitters, junctions, growth.

A theme writes its beginning, and some of the steps that follow. Left out is what the two sides do not share:

* pairs of spikes within a slice, which NEST's synapse with dopamine does not see;
* which connections structural plasticity removes: that depends on their order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.soak.generator import Draft

Steps = list[tuple[float, Callable[[], None]]]


class Theme:
    """What a program without a theme has.

    Parameters
    ----------
    draft
        The program.

    Attributes
    ----------
    threads
        Numbers of threads to choose from.
    uncompressed
        How often spikes are sent uncompressed.
    """

    threads: tuple[int, ...] = (1, 1, 2, 3)
    uncompressed = 0.15

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.random = draft.random

    def settings(self) -> None:
        """Write what comes before the first node."""

    def begin(self) -> None:
        """Write what comes before the first connection."""

    def steps(self) -> Steps:
        """Return steps with their weights."""
        return []

    def end(self) -> None:
        """Show what the theme has made."""


class Dopamine(Theme):
    """A volume transmitter that some sources reach, and synapses that learn when it is reached."""

    def begin(self) -> None:
        draft, name = self.draft, self.draft.fresh("t")
        interval = self.random.choice((1, 1, 2, 4))
        draft.write(f"{name} = nest.Create('volume_transmitter', params=dict(deliver_interval={interval}))")
        draft.write(f"nest.Connect({self.random.choice(draft.sources).name}, {name})")
        gains = f"A_plus={draft.number(0.1, 1.0)}, A_minus={draft.number(0.1, 1.5)}"
        draft.write(f"nest.SetDefaults(model('dopamine'), dict(volume_transmitter={name}, {gains}))")
        spec = (
            f"synapse('dopamine', weight={draft.number(1.0, 60.0)}, delay={self.random.choice((1.0, 2.0))})"
        )
        ends = f"{self.random.choice(draft.sources).name}, {self.random.choice(draft.neurons).name}"
        draft.write(f"nest.Connect({ends}, 'all_to_all', {spec})")
        draft.used.append("dopamine")
        draft.keys += ["dopamine"] * 3


class Junctions(Theme):
    """Neurons that gap junctions couple; their equations are solved with a tolerance."""

    def settings(self) -> None:
        relaxed = "use_wfr=True, wfr_tol=1e-9, wfr_max_iterations=40"
        order = self.random.choice((0, 1, 3))
        methods = ("use_wfr=False", f"{relaxed}, wfr_interpolation_order={order}")
        self.draft.write(f"nest.set({self.random.choice(methods)})")

    def begin(self) -> None:
        draft = self.draft
        self.name, self.size, self.recorder = draft.fresh("c"), self.random.randint(2, 5), draft.fresh("r")
        params = f"neuron('gap', I_e={draft.number(0.0, 350.0)})"
        draft.write(f"{self.name} = nest.Create(model('gap'), {self.size}, {params})")
        draft.write(
            f"{self.recorder} = nest.Create('spike_recorder'); nest.Connect({self.name}, {self.recorder})"
        )
        self._join()

    def steps(self) -> Steps:
        found: Steps = [(2, self._show), (1, self._drive), (1, self._spikes)]
        return found if self.draft.prepared else [*found, (1, self._join)]

    def end(self) -> None:
        self._show()
        self.draft.write(f"show_events({self.recorder})")

    def _join(self) -> None:
        one, other = self.random.sample(range(self.size), 2)
        rule = "{'rule': 'one_to_one', 'make_symmetric': True}"
        spec = f"{{'synapse_model': 'gap_junction', 'weight': {self.draft.number(0.2, 1.5)}}}"
        self.draft.write(f"nest.Connect({self.name}[{one}], {self.name}[{other}], {rule}, {spec})")

    def _show(self) -> None:
        self.draft.write(f"show_roughly({self.name}, 0.05, 'V_m')")

    def _drive(self) -> None:
        node, current = self.random.randrange(self.size), self.draft.number(0.0, 350.0)
        self.draft.write(f"{self.name}[{node}].I_e = {current}")

    def _spikes(self) -> None:
        if self.draft.prepared:
            return
        source, weight = self.random.choice(self.draft.sources), self.draft.number(-100.0, 300.0)
        spec = f"synapse('static', weight={weight}, delay=1.5)"
        self.draft.write(f"nest.Connect({source.name}, {self.name}, syn_spec={spec})")


class Growth(Theme):
    """Neurons between which structural plasticity makes connections; NEST allows it with one thread only."""

    threads = (1,)
    uncompressed = 0.0

    def begin(self) -> None:
        draft = self.draft
        keys = [key for key in draft.keys if key in ("static", "stdp", "triplet")] or ["static"]
        self.name = draft.fresh("p")
        draft.write(f"nest.structural_plasticity_update_interval = {self.random.choice((5.0, 10.0))}")
        draft.write(
            f"copy({self.random.choice(keys)!r}, 'growing', weight={draft.number(1.0, 40.0)}, delay=1.0)"
        )
        ends = "pre_synaptic_element='axon', post_synaptic_element='dendrite'"
        draft.write(f"nest.structural_plasticity_synapses = dict(syn=dict(synapse_model='growing', {ends}))")
        rate = self.random.choice((0.02, 0.05, 0.2))
        curve = f"dict(growth_curve='gaussian', growth_rate={rate}, continuous=False, eta=-0.1, eps=0.1)"
        elements = f"synaptic_elements={{'axon': {curve}, 'dendrite': {curve}}}"
        key = self.random.choice(("exp", "alpha") if not draft.lean else ("exp",))
        size, current = self.random.randint(3, 8), draft.number(0.0, 800.0)
        draft.write(
            f"{self.name} = nest.Create(model({key!r}), {size}, neuron({key!r}, I_e={current}, {elements}))"
        )
        draft.write("nest.EnableStructuralPlasticity()")
        draft.used.append("growing")

    def steps(self) -> Steps:
        return [(2, self._elements), (0.5, self._switch)]

    def end(self) -> None:
        self._elements()

    def _elements(self) -> None:
        self.draft.write(f"show([list(map(dict, item.values())) for item in {self.name}.synaptic_elements])")

    def _switch(self) -> None:
        self.draft.write(f"nest.{self.random.choice(('Disable', 'Enable'))}StructuralPlasticity()")


THEMES = {"none": Theme, "dopamine": Dopamine, "junctions": Junctions, "growth": Growth}
