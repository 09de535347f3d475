"""The cortical microcircuit of Potjans and Diesmann (2014) at any scale, of NESTML models or of NEST's own.

One square millimetre of early sensory cortex: four layers, each with an excitatory and an inhibitory
population of leaky integrate-and-fire neurons with exponential currents, 77 169 neurons and 299 million
synapses at full scale. Smaller circuits have fewer neurons, fewer inputs of each, or both. Weights then
grow with the inverse root of the number of inputs, and a constant current replaces the mean input that is
lost, so that mean and variance of a neuron's input stay what they are at full scale (van Albada, Helias and
Diesmann 2015).

Numbers are those of tables 4 and 5 of

    Potjans TC, Diesmann M (2014). The cell-type specific cortical microcircuit: relating structure and
    activity in a full-scale spiking network model. Cerebral Cortex 24:785-806.
    https://doi.org/10.1093/cercor/bhs358
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])

PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
"""That at least one synapse leads from a neuron of a population (column) to one of another (row)."""

EXTERNAL_INPUTS = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
EXTERNAL_RATE = 8.0  # spikes/s

PUBLISHED_RATES = np.array([0.90, 2.97, 4.41, 5.88, 7.57, 8.63, 1.11, 7.83])
"""Mean rates in spikes/s, with Poisson drive."""

C_M, TAU_M, TAU_SYN, T_REF = 250.0, 10.0, 0.5, 2.0  # pF and ms
E_L, V_TH, V_RESET = -65.0, -50.0, -65.0  # mV
POTENTIAL_MEAN = np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43])  # mV, at first
POTENTIAL_SD = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48])

PSP = 0.15  # mV, what one excitatory input raises the potential by
INHIBITION = -4.0  # weight of an inhibitory synapse relative to an excitatory one
WEIGHT_SD = 0.1  # relative
DELAY_MEAN = {"E": 1.5, "I": 0.75}  # ms
DELAY_SD = 0.5  # relative
EXTERNAL_DELAY = 1.5  # ms
RESOLUTION = 0.1  # ms

Drive = Literal["poisson", "dc"]


@dataclass(frozen=True)
class Models:
    """Names of a model of neurons and of its parameters, by the names that they have in NEST."""

    neuron: str
    synapse: str
    names: Mapping[str, str]


NESTML = Models(
    "iaf_psc_exp_neuron",
    "static_synapse_nestml",
    {"tau_syn_ex": "tau_syn_exc", "tau_syn_in": "tau_syn_inh", "t_ref": "refr_T"},
)
BUILT_IN = Models("iaf_psc_exp", "static_synapse", {})


@dataclass(frozen=True)
class Circuit:
    """What can be varied.

    Attributes
    ----------
    neurons, inputs
        Numbers of neurons, and of inputs of each, as shares of those at full scale.
    drive
        External input: a Poisson process for each neuron, or its mean as a constant current.
    threads, seed
        Number of threads; seed of all random numbers.
    """

    neurons: float = 0.1
    inputs: float = 0.1
    drive: Drive = "poisson"
    threads: int = 1
    seed: int = 55

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Numbers of neurons, shape (8,)."""
        return np.round(SIZES * self.neurons).astype(np.int64)

    @property
    def synapses(self) -> NDArray[np.int64]:
        """Numbers of synapses from a population (column) to another (row), shape (8, 8)."""
        counts = full_synapses() * self.neurons * self.inputs
        return np.round(counts).astype(np.int64)

    @property
    def weights(self) -> NDArray[np.float64]:
        """Mean weights in pA from a population (column) to another (row), shape (8, 8)."""
        return full_weights() / np.sqrt(self.inputs)

    @property
    def external_weight(self) -> float:
        """Weight of an external input, in pA."""
        return float(PSP * current_per_potential() / np.sqrt(self.inputs))

    @property
    def external_rates(self) -> NDArray[np.float64]:
        """Rates of external input of a neuron, in spikes/s, shape (8,)."""
        return EXTERNAL_RATE * EXTERNAL_INPUTS * self.inputs

    @property
    def currents(self) -> NDArray[np.float64]:
        """Constant currents in pA, shape (8,): what scaling takes away, and the external mean."""
        per_second = 1e-3 * TAU_SYN
        external = PSP * current_per_potential() * EXTERNAL_RATE * EXTERNAL_INPUTS
        inputs = full_synapses() / SIZES[:, np.newaxis]
        recurrent = (full_weights() * inputs) @ PUBLISHED_RATES
        lost = per_second * (1.0 - np.sqrt(self.inputs))
        if self.drive == "dc":
            return per_second * external + lost * recurrent
        return np.asarray(lost * (recurrent + external))


def current_per_potential() -> float:
    """Return the weight in pA of a synapse that raises the potential by 1 mV at most."""
    ratio = TAU_M / TAU_SYN
    peak = ratio ** (-TAU_M / (TAU_M - TAU_SYN)) - ratio ** (-TAU_SYN / (TAU_M - TAU_SYN))
    return float(C_M / (TAU_SYN * ratio / (1.0 - ratio) * peak))


def full_synapses() -> NDArray[np.float64]:
    """Return the numbers of synapses at full scale: pairs are drawn with replacement."""
    pairs = np.outer(SIZES, SIZES).astype(float)
    return np.log1p(-PROBABILITIES) / np.log1p(-1.0 / pairs)


def full_weights() -> NDArray[np.float64]:
    """Return the mean weights at full scale, in pA."""
    weights = np.full((8, 8), PSP * current_per_potential())
    weights[:, 1::2] *= INHIBITION
    weights[0, 2] *= 2.0
    return weights


def build(nest: Any, circuit: Circuit, models: Models) -> list[Any]:
    """Create neurons and drive; return the populations."""
    nest.ResetKernel()
    nest.set(local_num_threads=circuit.threads, resolution=RESOLUTION, rng_seed=circuit.seed)
    populations = [
        nest.Create(models.neuron, int(size), params=_parameters(models, float(current)))
        for size, current in zip(circuit.sizes, circuit.currents, strict=True)
    ]
    for population, mean, sd in zip(populations, POTENTIAL_MEAN, POTENTIAL_SD, strict=True):
        population.V_m = nest.random.normal(float(mean), float(sd))
    if circuit.drive == "poisson":
        for population, rate in zip(populations, circuit.external_rates, strict=True):
            generator = nest.Create("poisson_generator", params={"rate": float(rate)})
            weight = {"weight": circuit.external_weight, "delay": EXTERNAL_DELAY}
            nest.Connect(generator, population, syn_spec={"synapse_model": models.synapse, **weight})
    return populations


def connect(nest: Any, circuit: Circuit, models: Models, populations: list[Any]) -> None:
    """Draw all synapses between the populations."""
    for target, onto in enumerate(populations):
        for source, population in enumerate(populations):
            count = int(circuit.synapses[target, source])
            if count:
                rule = {"rule": "fixed_total_number", "N": count}
                nest.Connect(population, onto, rule, _synapses(nest, circuit, models, target, source))


def _parameters(models: Models, current: float) -> dict[str, float]:
    values = {
        "C_m": C_M,
        "tau_m": TAU_M,
        "tau_syn_ex": TAU_SYN,
        "tau_syn_in": TAU_SYN,
        "t_ref": T_REF,
        "E_L": E_L,
        "V_th": V_TH,
        "V_reset": V_RESET,
        "I_e": current,
    }
    return {models.names.get(name, name): value for name, value in values.items()}


def _synapses(nest: Any, circuit: Circuit, models: Models, target: int, source: int) -> dict[str, Any]:
    """Return the synapses of one projection: weights keep their sign, delays are one step at least."""
    mean = float(circuit.weights[target, source])
    bounds = {"min": 0.0} if mean > 0 else {"max": 0.0}
    delay = DELAY_MEAN[POPULATIONS[source][-1]]
    return {
        "synapse_model": models.synapse,
        "weight": nest.math.redraw(
            nest.random.normal(mean, abs(mean) * WEIGHT_SD), **{"min": -np.inf, "max": np.inf, **bounds}
        ),
        "delay": nest.math.redraw(
            nest.random.normal(delay, delay * DELAY_SD), min=0.5 * RESOLUTION, max=np.inf
        ),
    }
