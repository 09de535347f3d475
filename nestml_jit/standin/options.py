"""NESTML's options of code generation, and what they settle about models.

Options that only say how NESTML writes, builds and solves do nothing: all equations that have an exact
solution are solved exactly, and where a synapse's variables are kept does not show in results.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nestml_jit.options import OptionError, Options

_HONOURED = (
    "neuron_synapse_pairs",
    "synapse_models",
    "weight_variable",
    "delay_variable",
    "gap_junctions",
    "numeric_solver",
    "continuous_state_buffering_method",
    "templates",
)
_WITHOUT_EFFECT = (
    "neuron_parent_class",
    "neuron_parent_class_include",
    "nest_version",
    "nest_path",
    "gsl_adaptive_step_size_controller",
    "strictly_synaptic_vars",
    "solver",
    "use_alternative_expM",
    "preserve_expressions",
    "simplify_expression",
    "ode_toolbox_json_options",
    "disable_singularity_detection",
    "max_n_compiler_processes",
    "redirect_build_output",
    "build_output_dir",
    "forbidden_names",
)
KNOWN = (*_HONOURED, *_WITHOUT_EFFECT)

_SOLVERS = {"rk45": "rkf45", "forward-Euler": "forward_euler"}
_BUFFERING = {"continuous_time_buffer": "", "post_spike_based": "spike"}


@dataclass(frozen=True)
class Pair:
    """A neuron model and a synapse model of it, with the roles of the synapse's ports."""

    neuron: str
    synapse: str
    ports: Mapping[str, str]


class Wishes:
    """What NESTML's options say of models, by their names in the texts.

    Parameters
    ----------
    given
        The options, as NESTML takes them.
    suffix
        What comes behind the names of all models; options may name them with it.

    Raises
    ------
    pynestml.exceptions.code_generator_options_exception.CodeGeneratorOptionsException
        If there is no option of a name.
    OptionError
        If an option has a value that it cannot have.
    """

    def __init__(self, given: Mapping[str, Any], suffix: str) -> None:
        _check_names(given)
        self._given = given
        self._suffix = suffix
        self.pairs = tuple(self._pairs())
        self.synapses = {self._plain(name) for name in given.get("synapse_models") or ()}
        self.synapses |= {pair.synapse for pair in self.pairs}
        _check_templates(given.get("templates") or {})

    def neuron(self) -> Options:
        """Return what is said of each neuron model."""
        gap = dict(self._given.get("gap_junctions") or {})
        is_coupled = gap.pop("enable", False)
        said = {"membrane_potential_variable": "V_m", "gap_current_port": "I_gap"} | gap
        changes: dict[str, Any] = {"gap_junctions": said} if is_coupled else {}
        if "numeric_solver" in self._given:
            changes["solver"] = _choice("numeric_solver", self._given, _SOLVERS)
        return Options().changed(**changes)

    def synapse(self, name: str, ports: Mapping[str, str] | None = None) -> Options:
        """Return what is said of a synapse model, and of its ports in a pair."""
        at_spikes = _choice("continuous_state_buffering_method", self._given, _BUFFERING) == "spike"
        return Options().changed(
            at_spikes=at_spikes,
            weight=self._variable("weight_variable", name),
            delay=self._variable("delay_variable", name),
            ports=dict(ports or {}),
            role="synapse",
        )

    def _variable(self, option: str, synapse: str) -> str:
        found = {self._plain(key): value for key, value in (self._given.get(option) or {}).items()}
        return found.get(synapse) or ""

    def _pairs(self) -> Iterator[Pair]:
        for entry in self._given.get("neuron_synapse_pairs") or ():
            if "neuron" not in entry or not ("synapses" in entry or "synapse" in entry):
                raise OptionError(
                    f"an entry of 'neuron_synapse_pairs' is {entry!r}; write "
                    '{"neuron": "NAME", "synapses": {"NAME": {"post_ports": ["PORT"]}}}'
                )
            synapses = entry["synapses"] if "synapses" in entry else {entry["synapse"]: entry}
            for synapse, said in synapses.items():
                yield Pair(self._plain(entry["neuron"]), self._plain(synapse), _ports(said))

    def _plain(self, name: str) -> str:
        return name.removesuffix(self._suffix) if self._suffix else name


def _ports(said: Mapping[str, Any]) -> dict[str, str]:
    """Return roles of spike ports, and what continuous ones read: NESTML names both as "post_ports"."""
    ports: dict[str, str] = {}
    for item in said.get("post_ports") or ():
        if isinstance(item, str):
            ports[item] = "post"
        elif isinstance(item, Sequence) and len(item) == 2:
            ports[item[0]] = item[1]
        else:
            raise OptionError(
                f"an entry of 'post_ports' is {item!r}; write PORT or [PORT, VARIABLE OF THE NEURON]"
            )
    return ports | dict.fromkeys(said.get("vt_ports") or (), "modulatory")


def _choice(option: str, given: Mapping[str, Any], choices: Mapping[str, str]) -> str:
    value = given.get(option, next(iter(choices)))
    if value not in choices:
        raise OptionError(f"option {option!r} is {value!r}; known are {', '.join(choices)}")
    return choices[value]


def _check_names(given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            module = importlib.import_module("pynestml.exceptions.code_generator_options_exception")
            raise module.CodeGeneratorOptionsException(
                f'The code generator option "{name}" does not exist.{hint}'
            )


def _check_templates(templates: Mapping[str, Any]) -> None:
    """Refuse templates of users' own: they may say anything."""
    path = str(templates.get("path", "resources_nest/point_neuron")).rstrip("/")
    if not path.endswith("point_neuron"):
        raise OptionError(
            f"the templates in {path!r} would change what is generated, and nothing is: leave the option out"
        )
