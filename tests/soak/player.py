"""Plays a program of PyNEST calls, on NESTML models or on the built-in models that mean the same.

A program is a list of steps, each a line of Python. What a step shows, or the name of the exception that it
raises, is its outcome. This file needs nothing of the tests, so that a program printed behind it is a script
by itself.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

MODELS = {
    "ours": {
        "exp": "iaf_psc_exp_neuron",
        "alpha": "iaf_psc_alpha_neuron",
        "delta": "iaf_psc_delta_neuron",
        "static": "static_synapse_nestml",
        "stdp": "stdp_synapse_nestml",
        "triplet": "stdp_triplet_synapse_nestml",
        "vogels": "vogels_sprekeler_synapse_nestml",
        "tsodyks": "tsodyks_synapse_nestml",
        "dopamine": "neuromodulated_stdp_synapse",
        "gap": "hh_psc_alpha_gap_neuron",
    },
    "nest": {
        "exp": "iaf_psc_exp",
        "alpha": "iaf_psc_alpha",
        "delta": "iaf_psc_delta",
        "static": "static_synapse",
        "stdp": "stdp_synapse",
        "triplet": "stdp_triplet_synapse",
        "vogels": "vogels_sprekeler_synapse",
        "tsodyks": "tsodyks_synapse",
        "dopamine": "stdp_dopamine_synapse",
        "gap": "hh_psc_alpha_gap",
    },
}
"""What programs call models; other names mean the same on both sides."""

NAMES = {
    "t_ref": "refr_T",
    "tau_syn_ex": "tau_syn_exc",
    "tau_syn_in": "tau_syn_inh",
    "tau_plus_stdp": "tau_tr_pre",
    "tau_plus_triplet": "tau_x",
    "Aplus": "A2_plus",
    "Aplus_triplet": "A3_plus",
    "Aminus": "A2_minus",
    "Aminus_triplet": "A3_minus",
}
"""NESTML's names of parameters, where they are other than NEST's."""

CONSTANTS = {
    "triplet": {"tau_minus": 20.0, "tau_y": 110.0, "A2_plus": 5e-10, "A3_plus": 6.2e-3},
    "tsodyks": {"u": 0.0},
}
"""NEST's defaults of what our models begin with otherwise, and of what its neurons have instead."""

PRECISION = {"gap": {"gsl_abs_error_tol": 1e-8, "gsl_rel_error_tol": 0.0}}
"""How exactly our models integrate; NEST's have no choice."""

STATES = {"tsodyks": ("x", "y", "u"), "dopamine": ("c", "n")}


class Player:
    """The names that steps use.

    Parameters
    ----------
    side
        "ours" or "nest".
    """

    def __init__(self, side: str) -> None:
        if side == "ours":
            import nestml_jit as nest
        else:
            import nest
        self.nest, self.side = nest, side
        if side == "ours":
            nest.jit.devices = "nest"  # the same random numbers for both sides
        self.copies: dict[str, str] = {}
        self.shown: list[Any] = []
        helpers = "reset model neuron synapse copy connections disconnect"
        showing = "show show_nodes show_roughly show_connections show_events"
        self.helpers = {name: getattr(self, name) for name in f"{helpers} {showing}".split()}

    def play(self, steps: list[str]) -> list[Any]:
        """Return the outcome of each step."""
        self.reset()
        names = {"nest": self.nest, **self.helpers}
        outcomes: list[Any] = []
        for step in steps:
            self.shown = []
            try:
                exec(step, names)
            except Exception as error:
                outcomes.append({"raised": type(error).__name__, "text": str(error)[:300]})
            else:
                outcomes.append({"shown": self.shown})
        return outcomes

    def reset(self, **settings: Any) -> None:
        """Begin with an empty kernel."""
        self.nest.ResetKernel()
        self.nest.verbosity = self.nest.VerbosityLevel.FATAL
        self.copies = {}
        if settings:
            self.nest.set(**settings)

    # --- models and parameters --------------------------------------------------------------------

    def model(self, key: str) -> str:
        """Return the name of a model; `nest.` before it means NEST's own on both sides."""
        if key in self.copies:
            return key
        known = MODELS["nest" if key.startswith("nest.") else self.side]
        return known.get(key.removeprefix("nest."), key)

    def root(self, key: str) -> str:
        return self.copies.get(key, key)

    def neuron(self, _key: str, **params: Any) -> dict[str, Any]:
        """Return parameters of a neuron model."""
        mine = PRECISION.get(_key, {}) if self.side == "ours" else {}
        return {**mine, **self._named(_key, params)}

    def synapse(self, _key: str, **params: Any) -> dict[str, Any]:
        """Return a specification of synapses."""
        mine = {} if self.side == "nest" or _key in self.copies else CONSTANTS.get(_key, {})
        return {"synapse_model": self.model(_key), **mine, **self._named(_key, params)}

    def _named(self, key: str, params: dict[str, Any]) -> dict[str, Any]:
        if self.side == "nest" or self.root(key).startswith("nest."):
            return {name.removesuffix("_stdp"): value for name, value in params.items()}
        return {NAMES.get(name, name): value for name, value in params.items()}

    def copy(self, key: str, name: str, **params: Any) -> None:
        """Copy a model."""
        mine = {} if self.side == "nest" or key in self.copies else CONSTANTS.get(key, {})
        self.nest.CopyModel(self.model(key), name, {**mine, **self._named(key, params)})
        self.copies[name] = self.root(key)

    # --- what is looked at ------------------------------------------------------------------------

    def show(self, value: Any) -> None:
        """Show anything that can be written."""
        self.shown.append(json.loads(json.dumps(value, default=str)))

    def show_nodes(self, nodes: Any, _key: str, *names: str) -> None:
        """Show variables of nodes."""
        for name in self._named(_key, dict.fromkeys(names)):
            values = nodes.get(name)
            self.shown.append(list(values) if isinstance(values, tuple) else values)

    def show_roughly(self, nodes: Any, tolerance: float, *names: str) -> None:
        """Show variables of nodes that solvers give with an error."""
        self.show_nodes(nodes, "", *names)
        self.shown = [{"tolerance": tolerance, "values": values} for values in self.shown]

    def connections(self, key: str, targets: Any = None) -> list[Any]:
        """Return the connections of a model between neurons that have no other between them, sorted."""
        found = self.nest.GetConnections(None, targets, self.model(key))
        ends = [tuple(row) for row in self._rows(found, ["source", "target"])]
        number = {end: i for i, end in enumerate(ends)}
        return [found[number[end]] for end, count in sorted(Counter(ends).items()) if end and count == 1]

    def _rows(self, found: Any, names: list[str]) -> list[list[Any]]:
        """Return variables of connections between neurons; rows of those of devices are empty."""
        if not len(found):
            return []
        columns = found.get(["source", "target", *names])
        values = [
            columns[name] if len(found) > 1 else [columns[name]] for name in ("source", "target", *names)
        ]
        neurons = set(self.nest.GetNodes({"element_type": "neuron"}).tolist())
        rows = zip(*values)  # noqa: B905
        return [list(row[2:]) if {row[0], row[1]} <= neurons else [] for row in rows]

    def show_connections(self, key: str) -> None:
        """Show the connections of a model."""
        names = ["source", "target", "delay", "weight", *self._states(key)]
        found = self.nest.GetConnections(synapse_model=self.model(key))
        rows = [row for row in self._rows(found, names) if row]
        self.shown.append(sorted(rows, key=lambda row: [round(value, 5) for value in row]))

    def _states(self, key: str) -> tuple[str, ...]:
        """Return the states that both sides show as of the same time.

        NEST's concentration is that at the last modulatory spike until the transmitter delivers.
        """
        states = STATES.get(self.root(key), ())
        if "n" not in states:
            return states
        transmitter = self.nest.GetDefaults(self.model(key), "volume_transmitter")
        return states if transmitter.deliver_interval == 1 else ("c",)

    def show_events(self, recorder: Any) -> None:
        """Show what a recorder has, sorted."""
        events = {name: list(values) for name, values in recorder.events.items() if name not in ("ports",)}
        names = sorted(events, key=lambda name: (name not in ("times", "senders", "targets"), name))
        rows = zip(*(events[name] for name in names))  # noqa: B905
        self.shown.append(
            sorted(
                [[float(value) for value in row] for row in rows], key=lambda row: [round(v, 5) for v in row]
            )
        )

    def disconnect(self, source: Any, target: Any, key: str) -> None:
        """Take away a connection, if there is no other between the same nodes."""
        if len(self.nest.GetConnections(source, target, self.model(key))) == 1:
            self.nest.Disconnect(
                source, target, conn_spec="one_to_one", syn_spec={"synapse_model": self.model(key)}
            )


def serve(side: str) -> None:
    """Play programs that come as lines of JSON; the last line of a process that ends otherwise is missing."""
    answers = sys.stdout
    sys.stdout = sys.stderr
    player = Player(side)
    for line in sys.stdin:
        answers.write(json.dumps(player.play(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__" and len(sys.argv) > 2 and sys.argv[1] == "serve":
    serve(sys.argv[2])
