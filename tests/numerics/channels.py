"""Neurons with ion channels as their publications write them, integrated by scipy.

A cell is a right-hand side over the membrane potential and its gating variables. Potentials are in mV,
currents in pA, conductances in nS, times in ms, capacitances in pF.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

Values = Mapping[str, float]
Slope = Callable[[np.ndarray, Values, Values], Sequence[float]]
"""Slopes of the variables, from these, the parameters, and the input (each port by name, and `I`)."""

ALPHA, EXPONENTIAL, BETA = "alpha", "exponential", "beta"


@dataclass(frozen=True)
class Cell:
    """A neuron, and what of it is compared.

    Attributes
    ----------
    names
        Variables under the names of our model; the first is the membrane potential.
    slope
        Right-hand side.
    courses
        Of each port: the kind of its time course, and the names of its time constants, rise before decay.
    peaks
        Of a port, the parameter that is the peak of its time course; 1 where there is none.
    threshold
        Parameter that a maximum of the potential must exceed to be a spike, or 0 mV.
    reset
        What a spike does to the variables, if the potential is at or above the threshold.
    """

    names: Sequence[str]
    slope: Slope
    courses: Mapping[str, tuple[str, ...]]
    peaks: Mapping[str, str]
    threshold: str = ""
    reset: Callable[[np.ndarray, Values], np.ndarray] | None = None

    def course(self, port: str, since: float, p: Values) -> float:
        """Return what a spike of weight 1 evokes some time after its arrival."""
        kind, *names = self.courses[port]
        if kind == EXPONENTIAL:
            shape = np.exp(-since / p[names[0]])
        elif kind == ALPHA:
            shape = since / p[names[0]] * np.exp(1 - since / p[names[0]])
        else:
            rise, decay = (p[name] for name in names)
            peak = rise * decay / (decay - rise) * np.log(decay / rise)
            shape = (np.exp(-since / decay) - np.exp(-since / rise)) / (
                np.exp(-peak / decay) - np.exp(-peak / rise)
            )
        return float(shape) * (p[self.peaks[port]] if port in self.peaks else 1.0)


@dataclass(frozen=True)
class Drive:
    """Arrivals of spikes by port, as (time, weight), and a current that is on from one time to another."""

    arrivals: Mapping[str, Sequence[tuple[float, float]]]
    current: tuple[float, float, float]

    def breaks(self, end: float) -> list[float]:
        times = {time for port in self.arrivals.values() for time, _ in port} | set(self.current[1:])
        return sorted({0.0, *(time for time in times if time < end), end})

    def between(self, start: float, stop: float, cell: Cell, p: Values) -> Callable[[float], Values]:
        """Return the input as a function of time, for an interval in which no spike arrives."""
        middle = 0.5 * (start + stop)
        arrived = {
            port: [(time, weight) for time, weight in arrivals if time < middle]
            for port, arrivals in self.arrivals.items()
        }
        amplitude, begin, end = self.current
        current = p["I_e"] + amplitude * (begin < middle < end)

        def at(time: float) -> Values:
            found = {
                port: sum(weight * cell.course(port, time - arrival, p) for arrival, weight in arrivals)
                for port, arrivals in arrived.items()
            }
            return found | {"I": current}

        return at


def solve(
    cell: Cell, p: Values, start: Sequence[float], drive: Drive, end: float, h: float
) -> tuple[np.ndarray, list[float]]:
    """Return the variables at the end of each step (one row per step), and the times of spikes."""
    rows = np.empty((round(end / h) + 1, len(start)))
    rows[0] = start
    spikes: list[float] = []
    breaks = [round(time / h) for time in drive.breaks(end)]
    held_until = 0
    for first, last in pairwise(breaks):
        begin = first
        while begin < last:
            if begin < held_until:
                rows[begin + 1] = rows[begin]
                begin += 1
                continue
            found = _interval(cell, p, rows[begin], drive, begin, last, h)
            crossed = np.flatnonzero(found[:, 0] >= p[cell.threshold]) if cell.reset else []
            count = int(crossed[0]) + 1 if len(crossed) else len(found)
            rows[begin + 1 : begin + 1 + count] = found[:count]
            begin += count
            if cell.reset and len(crossed):
                spikes.append(begin * h)
                rows[begin] = cell.reset(rows[begin], p)
                held_until = begin + round(p["refr_T"] / h)
    return rows, spikes if cell.reset else _maxima(rows[:, 0], cell, p, h)


def _interval(
    cell: Cell, p: Values, start: np.ndarray, drive: Drive, first: int, last: int, h: float
) -> np.ndarray:
    """Return the variables at the ends of steps, as far as a potential that runs away lets them be solved."""
    received = drive.between(first * h, last * h, cell, p)

    def slope(time: float, y: np.ndarray) -> Sequence[float]:
        return cell.slope(y, p, received(time))

    def runs_away(_time: float, y: np.ndarray) -> float:
        return float(y[0] - 300.0)

    runs_away.terminal = True  # type: ignore[attr-defined]
    grid = np.arange(first + 1, last + 1) * h
    span = first * h, last * h
    found = solve_ivp(slope, span, start, "LSODA", grid, events=runs_away, rtol=1e-8, atol=1e-9)
    assert found.success, found.message
    return np.asarray(found.y.T)


def _maxima(potential: np.ndarray, cell: Cell, p: Values, h: float) -> list[float]:
    """Return the ends of steps in which a potential above the threshold began to fall."""
    threshold, spikes, free = p.get(cell.threshold, 0.0), [], 0
    for step in range(1, len(potential)):
        if step >= free and threshold < potential[step] < potential[step - 1]:
            spikes.append(step * h)
            free = step + round(p["refr_T"] / h)
    return spikes


def _opening(rate: float, slope: float, potential: float) -> float:
    return rate * potential / (1.0 - np.exp(-potential / slope))


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + np.exp(-x))


def _receptors(v: float, p: Values, g: Values) -> float:
    """Return the current of the four receptors of Hill and Tononi (2005), positive inward."""
    unblocked = 1.0 / (1.0 + np.exp(-(v - p["NMDA_Vact"]) / p["NMDA_Sact"]))
    return (
        g["AMPA"] * (p["AMPA_E_rev"] - v)
        + g["NMDA"] * unblocked * (p["NMDA_E_rev"] - v)
        + g["GABA_A"] * (p["GABA_A_E_rev"] - v)
        + g["GABA_B"] * (p["GABA_B_E_rev"] - v)
    )


def _exc_inh(v: float, p: Values, g: Values) -> float:
    return g["exc_spikes"] * (p["E_exc"] - v) + g["inh_spikes"] * (p["E_inh"] - v)


def wang_buzsaki(y: np.ndarray, p: Values, synapses: float) -> list[float]:
    """Wang and Buzsaki (1996), doi:10.1523/JNEUROSCI.16-20-06402.1996; phi = 5."""
    v, h, n = y
    alpha_m, beta_m = _opening(0.1, 10.0, v + 35), 4 * np.exp(-(v + 60) / 18)
    m = alpha_m / (alpha_m + beta_m)
    sodium = p["g_Na"] * m**3 * h * (v - p["E_Na"])
    potassium = p["g_K"] * n**4 * (v - p["E_K"])
    return [
        (synapses - sodium - potassium - p["g_L"] * (v - p["E_L"])) / p["C_m"],
        5 * (0.07 * np.exp(-(v + 58) / 20) * (1 - h) - h / (np.exp(-0.1 * (v + 28)) + 1)),
        5 * (_opening(0.01, 10.0, v + 34) * (1 - n) - 0.125 * np.exp(-(v + 44) / 80) * n),
    ]


def traub_miles(y: np.ndarray, p: Values, synapses: float) -> list[float]:
    """The reduced Traub-Miles neuron of Boergers (2017), doi:10.1007/978-3-319-51171-9."""
    v, m, h, n = y
    sodium = p["g_Na"] * m**3 * h * (v - p["E_Na"])
    potassium = p["g_K"] * n**4 * (v - p["E_K"])
    return [
        (synapses - sodium - potassium - p["g_L"] * (v - p["E_L"])) / p["C_m"],
        _opening(0.32, 4.0, v + 54) * (1 - m) - 0.28 * (v + 27) / (np.exp((v + 27) / 5) - 1) * m,
        0.128 * np.exp(-(v + 50) / 18) * (1 - h) - 4 / (1 + np.exp(-(v + 27) / 5)) * h,
        _opening(0.032, 5.0, v + 52) * (1 - n) - 0.5 * np.exp(-(v + 57) / 40) * n,
    ]


def motoneuron(y: np.ndarray, p: Values, g: Values) -> list[float]:
    """Booth et al. (1997), doi:10.1152/jn.1997.78.6.3371, as in ModelDB 189786."""
    v, calcium, m, h, n, low, c, d = y
    nernst = 1000 * 8.314472 * 309.15 / (2 * 96485.34) * np.log(p["Ca_out"] / calcium)
    entering = (p["g_Ca_N"] * c**2 * d + p["g_Ca_L"] * low) * (v - nernst)
    opened = calcium**2 / (calcium**2 + 0.014**2)
    potassium = (p["g_K_rect"] * n**4 + p["g_K_Ca_5ht"] * p["g_K_Ca"] * opened) * (v - p["E_K"])
    sodium = p["g_Na"] * m**3 * h * (v - p["E_Na"])
    given = g["exc_spikes"] - g["inh_spikes"] + g["I"] - p["g_L"] * (v - p["E_L"])
    tau_h = 30 / (np.exp((v + 60) / 15) + np.exp(-(v + 60) / 16))
    tau_n = 5 / (np.exp((v + 50) / 40) + np.exp(-(v + 50) / 50))
    return [
        (given - sodium - potassium - entering) / p["C_m"],
        0.01 * (-1e-5 * entering - 4 * calcium),
        _opening(0.4, 5.0, v + 66) * (1 - m) - 0.4 * (v + 32) / (np.exp((v + 32) / 5) - 1) * m,
        (_sigmoid(-(v + 65) / 7) - h) / tau_h,
        (_sigmoid((v + 38) / 15) - n) / tau_n,
        (_sigmoid((v + 55.8) / 3.7) - low) / p["p_tau"],
        (_sigmoid((v + 32) / 5) - c) / p["mc_tau"],
        (_sigmoid(-(v + 50) / 5) - d) / p["hc_tau"],
    ]


def _basal_ganglia(
    y: np.ndarray, p: Values, g: Values, gates: Sequence[float], low: float, k_1: float, reversal: str
) -> list[float]:
    """Return the slope of V_m, and the calcium currents."""
    v, h, n, _, calcium = y
    m, s = gates
    calcium_currents = (low + p["g_Ca"] * s**2) * (v - p["E_Ca"])
    outward = (
        p["g_Na"] * m**3 * h * (v - p["E_Na"])
        + (p["g_K"] * n**4 + p["g_ahp"] * calcium / (calcium + k_1)) * (v - p["E_K"])
        + p["g_L"] * (v - p["E_L"])
        + calcium_currents
        + g["exc_spikes"] * v
        + g["inh_spikes"] * (v - p[reversal])
    )
    return [(g["I"] - outward) / p["C_m"], calcium_currents]


def subthalamic(y: np.ndarray, p: Values, g: Values) -> list[float]:
    """Rubin and Terman (2004), doi:10.1023/B:JCNS.0000025686.47117.67; r as in Guo et al. (2008)."""
    v, h, n, r, calcium = y
    b = 1 / (1 + np.exp((r - 0.25) / 0.07)) - 1 / (1 + np.exp(-0.25 / 0.07))
    low = p["g_T"] * _sigmoid((v + 63) / 7.8) ** 3 * b**2
    gates = _sigmoid((v + 30) / 15), _sigmoid((v + 39) / 8)
    slope, entering = _basal_ganglia(y, p, g, gates, low, 15.0, "E_gs")
    return [
        slope,
        0.75 * (_sigmoid((v + 39) / -3.1) - h) / (1 + 500 * _sigmoid((v + 57) / -3)),
        0.75 * (_sigmoid((v + 32) / 8) - n) / (1 + 100 * _sigmoid((v + 80) / -26)),
        0.5 * (_sigmoid((v + 67) / -2) - r) / (7.1 + 17.5 * _sigmoid((v - 68) / -2.2)),
        5e-5 * (-entering - 22.5 * calcium),
    ]


def pallidal(y: np.ndarray, p: Values, g: Values) -> list[float]:
    """Rubin and Terman (2004), doi:10.1023/B:JCNS.0000025686.47117.67; phi_n = 0.1, k_Ca = 15."""
    v, h, n, r, calcium = y
    low = p["g_T"] * _sigmoid((v + 57) / 2) ** 3 * r
    slope, entering = _basal_ganglia(
        y, p, g, (_sigmoid((v + 37) / 10), _sigmoid((v + 35) / 2)), low, 30.0, "E_gg"
    )
    tau = 0.05 + 0.27 * _sigmoid((v + 40) / -12)
    return [
        slope,
        0.05 * (_sigmoid((v + 58) / -12) - h) / tau,
        0.1 * (_sigmoid((v + 50) / 14) - n) / tau,
        (_sigmoid((v + 70) / -2) - r) / 30,
        1e-4 * (-entering - 15 * calcium),
    ]


def destexhe(y: np.ndarray, p: Values, g: Values) -> list[float]:
    """Destexhe et al. (2001), doi:10.1016/S0306-4522(01)00344-X, with conductances that do not fluctuate."""
    v, m, h, n, slow = y
    u = v - p["V_T"]
    sodium = p["g_Na"] * m**3 * h * (v - p["E_Na"])
    potassium = (p["g_K"] * n**4 + p["g_M"] * slow) * (v - p["E_K"])
    always = {"exc_spikes": p["g_noise_exc0"], "inh_spikes": p["g_noise_inh0"]}
    given = g["I"] + _exc_inh(v, p, g) + _exc_inh(v, p, always) - p["g_L"] * (v - p["E_L"])
    return [
        (given - sodium - potassium) / p["C_m"],
        _opening(0.32, 4.0, u - 13) * (1 - m) - 0.28 * (u - 40) / (np.exp((u - 40) / 5) - 1) * m,
        0.128 * np.exp((17 - u) / 18) * (1 - h) - 4 / (1 + np.exp((40 - u) / 5)) * h,
        _opening(0.032, 5.0, u - 15) * (1 - n) - 0.5 * np.exp((10 - u) / 40) * n,
        _opening(1e-4, 9.0, v + 30) * (1 - slow) + _opening(1e-4, -9.0, v + 30) * slow,
    ]


def izhikevich(y: np.ndarray, p: Values, g: Values) -> list[float]:
    """Izhikevich (2007), chapter 8, doi:10.7551/mitpress/2526.001.0001."""
    v, u = y
    current = g["I"] + g["exc_spikes"] - g["inh_spikes"]
    parabola = p["k"] * (v - p["V_r"]) * (v - p["V_t"])
    return [(parabola - u + current) / p["C_m"], p["a"] * (p["b"] * (v - p["V_r"]) - u)]


def _two(kind: str, exc: str = "tau_syn_exc", inh: str = "tau_syn_inh") -> dict[str, tuple[str, ...]]:
    return {"exc_spikes": (kind, exc), "inh_spikes": (kind, inh)}


RECEPTORS = ("AMPA", "NMDA", "GABA_A", "GABA_B")
PEAKS = {port: f"{port}_g_peak" for port in RECEPTORS}
_HILL_TONONI = {port: (BETA, f"{port}_Tau_1", f"{port}_Tau_2") for port in RECEPTORS}
_TRAUB = {
    port: (BETA, f"tau_{name}_1", f"tau_{name}_2")
    for port, name in zip(RECEPTORS, ("AMPA", "NMDA", "GABAA", "GABAB"), strict=True)
}
_BASAL_GANGLIA = ("V_m", "gate_h", "gate_n", "gate_r", "Ca_con")

CELLS: Mapping[str, Cell] = {
    "wb_cond_exp": Cell(
        ("V_m", "Inact_h", "Act_n"),
        lambda y, p, g: wang_buzsaki(y, p, g["I"] + _exc_inh(y[0], p, g)),
        _two(EXPONENTIAL),
        {},
    ),
    "wb_cond_multisyn": Cell(
        ("V_m", "Inact_h", "Act_n"),
        lambda y, p, g: wang_buzsaki(y, p, g["I"] + _receptors(y[0], p, g)),
        _HILL_TONONI,
        PEAKS,
        threshold="V_Tr",
    ),
    "traub_psc_alpha": Cell(
        ("V_m", "Act_m", "Inact_h", "Act_n"),
        lambda y, p, g: traub_miles(y, p, g["I"] + g["exc_spikes"] - g["inh_spikes"]),
        _two(ALPHA),
        {},
    ),
    "traub_cond_multisyn": Cell(
        ("V_m", "Act_m", "Inact_h", "Act_n"),
        lambda y, p, g: traub_miles(y, p, g["I"] + _receptors(y[0], p, g)),
        _TRAUB,
        PEAKS,
        threshold="V_Tr",
    ),
    "hh_moto_5ht": Cell(
        ("V_m", "Ca_in", "Act_m", "Act_h", "Inact_n", "Act_p", "Act_mc", "Act_hc"),
        motoneuron,
        _two(ALPHA, "tau_syn_ex", "tau_syn_in"),
        {},
    ),
    "terub_stn": Cell(_BASAL_GANGLIA, subthalamic, _two(ALPHA), {}),
    "terub_gpe": Cell(_BASAL_GANGLIA, pallidal, _two(ALPHA), {}),
    "hh_cond_exp_destexhe": Cell(
        ("V_m", "Act_m", "Act_h", "Inact_n", "Noninact_p"), destexhe, _two(EXPONENTIAL), {}, threshold="peak"
    ),
    "izhikevich_psc_alpha": Cell(
        ("V_m", "U_m"),
        izhikevich,
        _two(ALPHA),
        {},
        threshold="V_peak",
        reset=lambda y, p: np.array([p["c"], y[1] + p["d"]]),
    ),
}
