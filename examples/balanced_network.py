"""A balanced random network, of NESTML models or of NEST's built-in ones.

Neurons are excitatory (80 %) or inhibitory, and each has the same number of inputs, drawn at random.
A constant current alone would make them fire fast and regularly; inhibition, which is stronger than
excitation, holds them just below the threshold on average, so that fluctuations of their input make
them fire, irregularly, at some 17 spikes per second.

The usual drive, a `poisson_generator`, is left out on purpose: with NEST's models it costs about 57 ns
per target and step, and would be the largest part of all that is measured here. `benchmarks/brunel.py`
has it.

Everything goes through one module: names of models decide which network it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nestml_jit as nest

EXCITATORY = 0.8  # of the neurons, and of the inputs of each
INHIBITION = 6.0  # weight of an inhibitory synapse relative to an excitatory one
DELAY = 1.5  # ms
RESOLUTION = 0.1  # ms


@dataclass(frozen=True)
class Settings:
    """What can be varied.

    Attributes
    ----------
    neurons, inputs
        Number of neurons, and of inputs of each.
    threads
        Number of threads.
    seed
        Seed of connectivity, weights and initial potentials.
    warm_up, duration
        Simulated time before and during the measurement, in ms.
    plastic
        Whether excitatory synapses are plastic.
    rule
        By which rule they are: "stdp", "stdp_triplet", or "tsodyks", which is no learning but depression
        that passes.
    exponent
        By what power of the weight (from 0 to 1) the changes of STDP depend on it.
    """

    neurons: int = 10_000
    inputs: int = 1000
    threads: int = 1
    seed: int = 1
    warm_up: float = 100.0
    duration: float = 1000.0
    plastic: bool = True
    rule: str = "stdp"
    exponent: float = 1.0

    @property
    def excitatory(self) -> int:
        """Number of excitatory neurons."""
        return round(EXCITATORY * self.neurons)

    @property
    def excitatory_inputs(self) -> int:
        """Number of excitatory inputs of each neuron."""
        return round(EXCITATORY * self.inputs)

    @property
    def weight(self) -> float:
        """Mean excitatory weight at the beginning, in pA: the fewer inputs, the stronger each."""
        return float(70.0 * np.sqrt(1000 / self.inputs))

    @property
    def current(self) -> float:
        """Constant current, in pA. 375 pA reach the threshold."""
        return float(375.0 + 625.0 * np.sqrt(self.inputs / 1000))


@dataclass(frozen=True)
class Rule:
    """A model of plastic synapses.

    Attributes
    ----------
    synapse
        Name of the model.
    parameters
        Returns its parameters.
    neuron
        Parameters that the neurons need for it.
    strength
        By what the weight is to be multiplied so that its effect is that of a static synapse.
    """

    synapse: str
    parameters: Callable[[Settings], dict[str, float]]
    neuron: Mapping[str, float] = field(default_factory=dict)
    strength: float = 1.0


@dataclass(frozen=True)
class Models:
    """Names of models, and of their parameters."""

    label: str
    neuron: str
    static: str
    rules: Mapping[str, Rule]


def _stdp(settings: Settings) -> dict[str, float]:
    """Return the parameters of STDP. Without correlations weights tend to `Wmax / (1 + alpha)`."""
    exponents = {"mu_plus": settings.exponent, "mu_minus": settings.exponent}
    return {"lambda": 0.05, "alpha": 1.2, "Wmax": settings.weight / 0.45, **exponents}


def _triplet(names: Sequence[str]) -> Callable[[Settings], dict[str, float]]:
    """Return the amplitudes of STDP by triplets (after two and three spikes, up and down) under names."""

    def parameters(settings: Settings) -> dict[str, float]:
        amplitudes = (2e-4, 2e-4, 5e-4, 1e-4)
        own = {name: settings.weight * amplitude for name, amplitude in zip(names, amplitudes, strict=True)}
        return {**own, "Wmax": 2.0 * settings.weight}

    return parameters


def _tsodyks(_settings: Settings) -> dict[str, float]:
    """Return parameters of synapses that tire. At 17 spikes/s about half of the resources are left."""
    return {"U": 0.5, "tau_rec": 100.0, "tau_psc": 2.0, "tau_fac": 0.0}


TIRED = 1.0 / (0.5 * 0.54)

NESTML = Models(
    "NESTML",
    "iaf_psc_exp_neuron",
    "static_synapse_nestml",
    {
        "stdp": Rule("stdp_synapse_nestml", _stdp),
        "stdp_triplet": Rule(
            "stdp_triplet_synapse_nestml", _triplet(["A2_plus", "A3_plus", "A2_minus", "A3_minus"])
        ),
        "tsodyks": Rule("tsodyks_synapse_nestml", _tsodyks, strength=TIRED),
    },
)
BUILT_IN = Models(
    "built-in",
    "iaf_psc_exp",
    "static_synapse",
    {
        "stdp": Rule("stdp_synapse", _stdp),
        "stdp_triplet": Rule(
            "stdp_triplet_synapse",
            _triplet(["Aplus", "Aplus_triplet", "Aminus", "Aminus_triplet"]),
            {"tau_minus": 33.7, "tau_minus_triplet": 125.0},
        ),
        "tsodyks": Rule("tsodyks_synapse", _tsodyks, strength=TIRED),
    },
)


@dataclass
class Run:
    """A network and what was measured of it.

    Attributes
    ----------
    seconds
        Wall-clock time of each stage, in their order.
    cpu
        The same as time of the processor, over all threads.
    spikes
        Number of spikes in the measured period.
    """

    models: Models
    settings: Settings
    population: Any
    recorder: Any = None
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    spikes: int = 0

    def timed(self, stage: str, work: Callable[..., Any], *arguments: Any) -> None:
        """Do a stage's work and note how long it takes."""
        cpu, begin = time.process_time(), time.perf_counter()
        work(*arguments)
        self.seconds[stage] = time.perf_counter() - begin
        self.cpu[stage] = time.process_time() - cpu

    @property
    def events(self) -> int:
        """Number of synaptic events in the measured period: a spike reaches `inputs` neurons on average."""
        return self.spikes * self.settings.inputs

    @property
    def per_event(self) -> float:
        """Wall-clock time of the measured period per synaptic event, in ns.

        That is all that simulating costs: update of neurons, exchange and delivery of spikes, recording.
        """
        return self.seconds["simulate"] / max(self.events, 1) * 1e9


def build(models: Models, settings: Settings, record: bool = True) -> Run:
    """Create and connect a network in a fresh kernel.

    The same settings give the same connections, weights and initial potentials for all models.
    """
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = RESOLUTION
    nest.local_num_threads = settings.threads
    nest.rng_seed = settings.seed
    run = Run(models, settings, None)
    run.timed("create", _create, run)
    run.timed("connect", _connect, run)
    if record:
        run.recorder = nest.Create("spike_recorder", params={"start": settings.warm_up})
        nest.Connect(run.population, run.recorder, syn_spec={"delay": DELAY})
    return run


def _create(run: Run) -> None:
    settings = run.settings
    potentials = np.random.default_rng(settings.seed).uniform(-70.0, -55.0, settings.neurons)
    run.population = nest.Create(run.models.neuron, settings.neurons, params={"I_e": settings.current})
    run.population.V_m = potentials
    if settings.plastic:
        run.population.set(dict(run.models.rules[settings.rule].neuron))


def _connect(run: Run) -> None:
    models, settings, everybody = run.models, run.settings, run.population
    excitatory, inhibitory = everybody[: settings.excitatory], everybody[settings.excitatory :]
    weight = settings.weight
    synapse: dict[str, Any] = {"synapse_model": models.static, "weight": weight, "delay": DELAY}
    inhibition = {**synapse, "weight": -INHIBITION * weight}
    if settings.plastic:
        rule = models.rules[settings.rule]
        nest.SetDefaults(rule.synapse, rule.parameters(settings))
        mean = rule.strength * weight
        synapse |= {"synapse_model": rule.synapse, "weight": nest.random.normal(mean, 0.05 * mean)}
    for sources, number, connection in (
        (excitatory, settings.excitatory_inputs, synapse),
        (inhibitory, settings.inputs - settings.excitatory_inputs, inhibition),
    ):
        nest.Connect(sources, everybody, {"rule": "fixed_indegree", "indegree": number}, connection)


def prepare(run: Run) -> None:
    """Make the network ready to run: kernels are attached, connections sorted."""
    run.timed("prepare", nest.Prepare)


def simulate(run: Run) -> None:
    """Let a prepared network settle, and measure."""
    run.timed("warm-up", nest.Run, run.settings.warm_up)
    run.timed("simulate", nest.Run, run.settings.duration)
    run.spikes = int(nest.local_spike_counter)  # of this Run
    nest.Cleanup()


def weights(run: Run, targets: int) -> NDArray[np.float64]:
    """Return the weights of all excitatory synapses of the first neurons, in an order all models share.

    Parameters
    ----------
    targets
        Of how many neurons; all, if there are fewer.
    """
    models, settings = run.models, run.settings
    model = models.rules[settings.rule].synapse if settings.plastic else models.static
    excitatory = run.population[: run.settings.excitatory]
    some = run.population[: min(targets, run.settings.neurons)]
    connections = nest.GetConnections(excitatory, some, synapse_model=model)
    found = connections.get(["source", "target", "weight"], output="")
    columns = [np.asarray(found[name]) for name in ("weight", "target", "source")]
    return columns[0][np.lexsort(columns)]
