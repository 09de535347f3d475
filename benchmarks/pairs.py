"""Neuron models of the library and NEST's built-in ones with the same dynamics, in each other's words."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Parameters = Mapping[str, float]

LOOSE = {"gsl_abs_error_tol": 1e-3, "gsl_rel_error_tol": 0.0}
"""What NEST's models whose tolerance cannot be set have."""

_WORDS = {
    "refr_T": ("t_ref",),
    "tau_syn_exc": ("tau_syn_ex",),
    "tau_syn_inh": ("tau_syn_in",),
    "tau_exc": ("tau_syn_ex",),
    "tau_inh": ("tau_syn_in",),
    "E_exc": ("E_ex",),
    "E_inh": ("E_in",),
    "tau_syn_rise_E": ("tau_rise_ex",),
    "tau_syn_decay_E": ("tau_decay_ex",),
    "tau_syn_rise_I": ("tau_rise_in",),
    "tau_syn_decay_I": ("tau_decay_in",),
    "gsl_abs_error_tol": ("gsl_error_tol",),
}
_STATES = ("V_m", "U_m", "w", "Act_m", "Act_h", "Act_n", "Inact_h", "Inact_n")


@dataclass(frozen=True)
class Pair:
    """A model of the library and how it is made to do what NEST's built-in of that name does.

    Attributes
    ----------
    name
        NEST's name; ours has `_neuron` behind it.
    kind
        "linear", "izhikevich" or "numeric": the targets differ.
    current
        Constant current in pA (izhikevich: in its own unit), somewhat more than what makes neurons fire.
    weight
        Of an excitatory spike, in the model's unit.
    potentials
        Range of the membrane potentials at the beginning, in mV.
    ours
        Parameters that differ from our defaults.
    relative
        Parameters that are relative to E_L here and absolute there.
    solver
        The solver that integrates as NEST's model does.
    """

    name: str
    kind: str
    current: float
    weight: float
    potentials: tuple[float, float] = (-70.0, -56.0)
    ours: Parameters = field(default_factory=dict)
    relative: tuple[str, ...] = ()
    solver: str = "auto"

    def translated(self, ours: Parameters, known: Parameters) -> dict[str, float]:
        """Return the parameters of ours, all of them, under NEST's names, where NEST has them.

        Parameters
        ----------
        ours, known
            What `get()` says of a neuron of ours and of NEST's.
        """
        found = {}
        for name, value in ours.items():
            for word in (*_WORDS.get(name, ()), name):
                if word in known and isinstance(known[word], float) and name not in _STATES:
                    found[word] = value + (ours["E_L"] if name in self.relative else 0.0)
        return found


_AEIF = {"refr_T": 2.0, "gsl_rel_error_tol": 0.0}  # NEST's models of this kind control absolute errors
_BETA = {"tau_syn_rise_E": 0.2, "tau_syn_decay_E": 2.0, "tau_syn_rise_I": 0.2, "tau_syn_decay_I": 2.0}
_MAT = {"omega": 12.0, "tau_m": 10.0, "C_m": 250.0}

PAIRS = {
    pair.name: pair
    for pair in (
        Pair("iaf_psc_exp", "linear", 377.0, 60.0),
        Pair("iaf_psc_alpha", "linear", 377.0, 30.0),
        Pair("iaf_psc_delta", "linear", 377.0, 0.5),
        Pair("iaf_psc_exp_htum", "linear", 377.0, 60.0, (0.0, 14.0), relative=("V_th", "V_reset")),
        Pair("mat2_psc_exp", "linear", 320.0, 60.0, ours=_MAT, relative=("omega",)),
        Pair("amat2_psc_exp", "linear", 300.0, 60.0, ours={**_MAT, "beta": 0.2}, relative=("omega",)),
        Pair("izhikevich", "izhikevich", 10.0, 0.5, solver="forward_euler"),
        Pair("iaf_cond_exp", "numeric", 260.0, 4.0, ours=LOOSE),
        Pair("iaf_cond_alpha", "numeric", 260.0, 2.0, ours=LOOSE),
        Pair("iaf_cond_beta", "numeric", 260.0, 1.0, ours={**LOOSE, **_BETA}),
        Pair("aeif_cond_exp", "numeric", 660.0, 8.0, ours=_AEIF),
        Pair("aeif_cond_alpha", "numeric", 660.0, 4.0, ours=_AEIF),
        Pair("aeif_psc_exp", "numeric", 660.0, 300.0, ours=_AEIF),
        Pair("aeif_psc_alpha", "numeric", 660.0, 150.0, ours=_AEIF),
        Pair("hh_psc_alpha", "numeric", 700.0, 100.0, ours=LOOSE),
        Pair("hh_cond_exp_traub", "numeric", 300.0, 2.0, ours=LOOSE),
    )
}


def refuse_unknown(parser: ArgumentParser, models: Sequence[str]) -> None:
    """End a command that was asked for models which are not among the pairs."""
    unknown = sorted(set(models) - set(PAIRS))
    if unknown:
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(PAIRS)}")
