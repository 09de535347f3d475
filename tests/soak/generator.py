"""Random programs of PyNEST calls, drawn from a seed.

A draft notes what it has written, so that most steps are sensible; the others must fail alike on both sides.
Left out is what NEST itself has no defined answer to: nodes that are created, recorders that are connected
and delays that become longer in a prepared simulation; another way of sending spikes while some are on their
way; which one of several connections between the same nodes is deleted.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.soak.steps import LOOKS, MISTAKES, RULES
from tests.soak.themes import THEMES

NEURONS = ("exp", "exp", "exp", "alpha", "delta", "nest.exp")
SYNAPSES = ("static", "stdp", "stdp", "triplet", "vogels", "tsodyks", "nest.static", "nest.stdp")
SIZES = (1, 2, 2, 3, 4, 5, 63, 64, 65)
PLASTIC = ("stdp", "triplet", "vogels", "tsodyks")


@dataclass
class Nodes:
    """A variable of the program that holds nodes."""

    name: str
    key: str
    size: int


class Draft:
    """A program while it is written.

    Parameters
    ----------
    seed
        What everything is drawn from.
    lean
        Whether to choose among few pairs of models, which need few kernels.
    theme
        One of `themes.THEMES`; if it is not given it is drawn, and a lean program has none.
    """

    def __init__(self, seed: int, lean: bool = False, theme: str = "") -> None:
        self.random = random.Random(seed)
        self.lean = lean
        self.chosen = theme or ("none" if lean else "")
        self.steps: list[str] = []
        self.names = 0
        self._begin()
        for _ in range(self.random.randint(6, 22)):
            self._one()
        self._end()

    # --- drawing ----------------------------------------------------------------------------------

    def number(self, low: float, high: float) -> float:
        """Return a number with few digits."""
        return round(self.random.uniform(low, high), 3)

    def fresh(self, letter: str) -> str:
        """Return the name of a variable that the program does not have yet."""
        self.names += 1
        return f"{letter}{self.names}"

    def write(self, step: str) -> None:
        """Add a step."""
        self.steps.append(step)

    # --- the parts of a program ---------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin with an empty kernel."""
        self.neurons: list[Nodes] = []
        self.sources: list[Nodes] = []
        self.recorders: list[str] = []
        self.used: list[str] = []
        self.prepared = False
        self.time = 0.0
        self.copied: list[str] = []  # in a set their order would depend on the process
        self.theme = THEMES[self.chosen or self.random.choice(("none", "none", *THEMES))](self)
        settings = [f"rng_seed={self.random.randint(1, 99)}"]
        self.resolution = 0.1 if self.lean else self.random.choice((0.1, 0.1, 0.2, 0.5))
        settings.append(f"resolution={self.resolution}")
        settings.append(f"local_num_threads={self.random.choice(self.theme.threads)}")
        if self.random.random() < self.theme.uncompressed:
            settings.append("use_compressed_spikes=False")
        self.write(f"reset({', '.join(settings)})")
        self.have_limits = self.random.random() < 0.5
        if self.have_limits:
            self.write("nest.set(min_delay=1.0, max_delay=4.0)")
        self.keys = self._palette()
        self.theme.settings()
        self._sources()
        self._neurons()
        self.theme.begin()
        self._connect()

    def _palette(self) -> list[str]:
        """Choose the synapse models of the program."""
        if not self.lean:
            drawn = self.random.sample(SYNAPSES, 4)
            return [key for key in drawn if key.removeprefix("nest.") not in drawn or "nest." not in key]
        return self.random.choice((["static", "stdp"], ["stdp", "nest.static"], ["stdp"]))

    def _one(self) -> None:
        """Write one step, or a few that belong together."""
        steps: list[tuple[float, Callable[[], None]]] = [] if self.lean else self._rare_steps()
        steps += [
            (5, self._simulate),
            (4, self._connect),
            (2, self._show_nodes),
            (2, self._show_connections),
            (3, self._set_nodes),
            (3, self._set_connections),
            (1, self._disconnect),
            (1, self._set_defaults),
            (1.5, self._set_kernel),
            (1.5, self._mistake),
            (1, self._look_around),
            (0.3, self._reset),
            *self.theme.steps(),
        ]
        if not self.prepared:
            steps += [
                (2, self._neurons),
                (0.5, self._sources),
                (1.5, self._record),
                (1.5, self._prepare),
                (1, self._copy),
                (0.5, self._devices),
            ]
        else:
            steps += [(5, self._run), (2, self._clean_up)]
        weights = [weight for weight, _ in steps]
        self.random.choices([step for _, step in steps], weights)[0]()

    def _rare_steps(self) -> list[tuple[float, Callable[[], None]]]:
        steps: list[tuple[float, Callable[[], None]]] = [(1, self._set_delays), (1, self._connect_arrays)]
        return steps if self.prepared else [*steps, (0.7, self._record_weights)]

    def _end(self) -> None:
        """Show all there is."""
        if self.prepared:
            self._clean_up()
        self._simulate()
        for nodes in self.neurons:
            self.write(f"show_nodes({nodes.name}, {nodes.key!r}, 'V_m', 'I_e')")
        for recorder in self.recorders:
            self.write(f"show_events({recorder})")
        for key in dict.fromkeys(self.used):
            self.write(f"show_connections({key!r})")
        self.theme.end()

    # --- nodes --------------------------------------------------------------------------------------

    def _sources(self) -> None:
        """Create neurons that spike at given times."""
        size = self.random.randint(1, 4)
        name, driver = self.fresh("s"), self.fresh("g")
        self.write(f"{name} = nest.Create('parrot_neuron', {size})")
        self.write(f"{driver} = nest.Create('spike_generator', {size}, params={self._trains(size)})")
        self.write(f"nest.Connect({driver}, {name}, 'one_to_one', {{'delay': 1.0}})")
        self.sources.append(Nodes(name, "parrot_neuron", size))

    def _trains(self, size: int) -> list[dict[str, list[float]]]:
        begin = int(self.time) + 2
        trains = (
            sorted(self.random.sample(range(begin, begin + 160), self.random.randint(2, 20)))
            for _ in range(size)
        )
        return [{"spike_times": [float(time) for time in train]} for train in trains]

    def _neurons(self) -> None:
        keys = [key for key in self.copied if key.startswith("neuron")]
        key = self.random.choice(keys) if keys and self.random.random() < 0.3 else self.random.choice(NEURONS)
        key = "exp" if self.lean else key
        size = self.random.choice(SIZES)
        name = self.fresh("n")
        self.write(
            f"{name} = nest.Create(model({key!r}), {size}, params=neuron({key!r}, {self._parameters()}))"
        )
        self.neurons.append(Nodes(name, key, size))

    def _parameters(self) -> str:
        """Return arguments that give neurons parameters."""
        given = {"I_e": self.number(0.0, 800.0)}
        if self.random.random() < 0.4:
            given["t_ref"] = float(self.random.randint(1, 4))
        if self.random.random() < 0.3:
            given["C_m"] = self.number(150.0, 300.0)
        if self.random.random() < 0.3:
            given["V_m"] = self.number(-69.0, -56.0)
        return ", ".join(f"{name}={value}" for name, value in given.items())

    def _part(self, nodes: Nodes) -> str:
        """Return some of the nodes of a variable."""
        if nodes.size == 1 or self.random.random() < 0.5:
            return nodes.name
        first = self.random.randrange(nodes.size)
        return f"{nodes.name}[{first}:{self.random.randint(first + 1, nodes.size)}]"

    def _record(self) -> None:
        nodes = self.random.choice(self.neurons)
        name = self.fresh("r")
        if self.random.random() < 0.6:
            self.write(f"{name} = nest.Create('spike_recorder')")
            self.write(f"nest.Connect({nodes.name}, {name})")
        else:
            what = f"{{'record_from': ['V_m'], 'interval': {self.random.choice((1.0, 5.0))}}}"
            self.write(f"{name} = nest.Create('multimeter', params={what})")
            self.write(f"nest.Connect({name}, {nodes.name})")
        self.recorders.append(name)

    def _devices(self) -> None:
        nodes, name = self.random.choice(self.neurons), self.fresh("d")
        device = self.random.choice(
            ("'poisson_generator', params={'rate': 2000.0}", "'dc_generator', params={'amplitude': 150.0}")
        )
        self.write(f"{name} = nest.Create({device})")
        self.write(f"nest.Connect({name}, {nodes.name}, syn_spec={{'weight': {self.number(0.5, 2.0)}}})")

    # --- connections ----------------------------------------------------------------------------------

    def _synapse(self) -> str:
        keys = [key for key in self.copied if not key.startswith("neuron")]
        return (
            self.random.choice(keys) if keys and self.random.random() < 0.3 else self.random.choice(self.keys)
        )

    def _connect(self) -> None:
        if self.prepared and self.time == 0.0 and not self.have_limits:
            return  # NEST's buffers do not follow a longer delay
        key = self._synapse()
        on_grid = "dopamine" in key  # NEST leaves out pairs of spikes within a slice
        others = self.neurons if self.random.random() < 0.4 and not on_grid else []
        pre = self.random.choice(self.sources + others)
        post = self.random.choice(self.neurons)
        rule = self.random.choice(RULES)
        pre_part = self._part(pre)
        post_part = pre_part if rule == "'one_to_one'" and pre in self.neurons else self._part(post)
        self.write(
            f"nest.Connect({pre_part}, {post_part}, {rule}, synapse({key!r}, {self._synapse_values(key)}))"
        )
        self.used.append(key)

    def _weight(self) -> str:
        draw = self.random.random()
        if draw < 0.15:
            return "nest.random.uniform(5., 60.)"
        return str(self.number(1.0, 60.0))

    def _synapse_values(self, key: str) -> str:
        given = {"weight": self._weight(), "delay": str(self.random.choice((1.0, 1.5, 2.0, 3.0)))}
        if "stdp" in key and self.random.random() < 0.2 and not self.lean:
            given["Wmax"] = str(self.number(60.0, 90.0))
        if "stdp" in key and self.random.random() < 0.2:
            given["alpha"] = str(self.number(0.5, 1.5))
        if "vogels" in key:
            given["Wmax"] = "90."
            given["eta"] = str(self.number(0.1, 2.0))
        if "tsodyks" in key and self.random.random() < 0.4:
            given["tau_rec"] = str(self.number(50.0, 300.0))
        return ", ".join(f"{name}={value}" for name, value in given.items())

    def _set_connections(self) -> None:
        if not self.used:
            return
        key, value = self.random.choice(self.used), self.number(1.0, 60.0)
        part = self.random.choice(("", "[:1]", "[::2]"))
        nodes = self.random.choice(self.neurons)
        self.write(f"for one in connections({key!r}, {nodes.name}){part}: one.weight = {value}")

    def _set_delays(self) -> None:
        if self.used and self.time == 0.0 and not self.prepared:
            delay = self.random.choice((1.0, 2.0, 4.0))
            self.write(f"for one in connections({self.random.choice(self.used)!r})[:2]: one.delay = {delay}")

    def _connect_arrays(self) -> None:
        """Connect single nodes, whose weights and delays come as arrays."""
        if self.prepared and self.time == 0.0 and not self.have_limits:
            return
        key, count = self._synapse(), self.random.randint(1, 6)
        pre, post = self.random.choice(self.sources), self.random.choice(self.neurons)
        ends = [
            f"np.array({nodes.name}.tolist())[{[self.random.randrange(nodes.size) for _ in range(count)]}]"
            for nodes in (pre, post)
        ]
        weights = [self.number(1.0, 60.0) for _ in range(count)]
        delays = [self.random.choice((1.0, 2.0, 3.0)) for _ in range(count)]
        values = f"weight=np.array({weights}), delay=np.array({delays})"
        more = ", Wmax=np.full({count}, 90.)" if "vogels" in key else ""
        specification = f"synapse({key!r}, {values}{more.format(count=count)})"
        self.write(f"import numpy as np; nest.Connect({', '.join(ends)}, 'one_to_one', {specification})")
        self.used.append(key)

    def _record_weights(self) -> None:
        """Copy a synapse model whose weights are recorded."""
        key, name = self.random.choice(self.keys), self.fresh("w")
        self.write(f"{name} = nest.Create('weight_recorder')")
        self.write(f"copy({key!r}, {name + '_synapse'!r}, weight_recorder={name})")
        self.copied.append(name + "_synapse")
        self.recorders.append(name)

    def _disconnect(self) -> None:
        pre, post = self.random.choice(self.sources + self.neurons), self.random.choice(self.neurons)
        if not self.used:
            return
        ends = (
            f"{pre.name}[{self.random.randrange(pre.size)}], {post.name}[{self.random.randrange(post.size)}]"
        )
        self.write(f"disconnect({ends}, {self.random.choice(self.used)!r})")

    # --- simulating -----------------------------------------------------------------------------------

    def _duration(self) -> float:
        duration = float(self.random.choice((1, 2, 5, 10, 20, 30)))
        self.time += duration
        return duration

    def _simulate(self) -> None:
        if self.time < 150.0:
            self.write(f"nest.Simulate({self._duration()})")

    def _prepare(self) -> None:
        self.write("nest.Prepare()")
        self.prepared = True

    def _run(self) -> None:
        if self.time < 150.0:
            self.write(f"nest.Run({self._duration()})")

    def _clean_up(self) -> None:
        self.write("nest.Cleanup()")
        self.prepared = False

    def _reset(self) -> None:
        self._end()
        self._begin()

    # --- reading and setting ----------------------------------------------------------------------------

    def _show_nodes(self) -> None:
        nodes = self.random.choice(self.neurons)
        self.write(f"show_nodes({self._part(nodes)}, {nodes.key!r}, 'V_m', 'C_m', 't_ref')")

    def _show_connections(self) -> None:
        if self.used:
            self.write(f"show_connections({self.random.choice(self.used)!r})")

    def _set_nodes(self) -> None:
        nodes = self.random.choice(self.neurons)
        values = [
            f"V_m={self.number(-69.0, -56.0)}",
            f"I_e={self.number(0.0, 800.0)}",
            "V_m=nest.random.uniform(-69., -57.)",
            f"frozen={self.random.random() < 0.5}",
        ]
        if not self.prepared:  # NEST's models take no notice of these before they are prepared again
            values += [f"tau_m={self.number(8.0, 20.0)}", f"t_ref={float(self.random.randint(1, 5))}"]
        value = self.random.choice(values)
        self.write(f"{self._part(nodes)}.set(neuron({nodes.key!r}, {value}))")

    def _set_defaults(self) -> None:
        if self.random.random() < 0.5:
            key = self.random.choice(self.neurons).key
            self.write(f"nest.SetDefaults(model({key!r}), neuron({key!r}, I_e={self.number(0.0, 500.0)}))")
        else:
            key = self._synapse()
            self.write(f"nest.SetDefaults(model({key!r}), dict(weight={self.number(1.0, 50.0)}))")

    def _copy(self) -> None:
        if self.random.random() < 0.5 and not self.lean:
            key, name = self.random.choice(NEURONS), "neuron_copy"
            parameters = f"tau_m={self.number(8.0, 20.0)}"
        else:
            key = self.random.choice(self.keys)
            name = key.replace(".", "_") + "_copy"
            parameters = f"weight={self.number(5.0, 50.0)}"
        self.write(f"copy({key!r}, {name!r}, {parameters})")
        self.copied.append(name)

    def _set_kernel(self) -> None:
        name = self.random.choice(
            ("local_num_threads", "total_num_virtual_procs", "resolution", "use_compressed_spikes")
        )
        self.write(
            self.random.choice(
                (
                    f"nest.{name} = nest.{name}",
                    f"nest.set({name}=nest.{name})",
                    f"nest.SetKernelStatus({{{name!r}: nest.GetKernelStatus()[{name!r}]}})",
                    f"nest.rng_seed = {self.random.randint(1, 99)}",
                    "nest.print_time = False",
                    f"nest.local_num_threads = {self.random.randint(1, 3)}",
                    "nest.resolution = 0.25",
                )
            )
        )

    def _look_around(self) -> None:
        nodes = self.random.choice(self.neurons)
        self.write(self.random.choice(LOOKS).format(nodes=nodes.name, neuron=nodes.key))

    def _mistake(self) -> None:
        """Write a step that must fail, in the same way on both sides."""
        nodes, source = self.random.choice(self.neurons), self.random.choice(self.sources)
        names = {"nodes": nodes.name, "neuron": nodes.key, "source": source.name, "synapse": self._synapse()}
        self.write(self.random.choice(MISTAKES).format(**names))


def program(seed: int, lean: bool = False, theme: str = "") -> list[str]:
    """Return the steps that are drawn from a seed; see `Draft`."""
    return Draft(seed, lean, theme).steps
