"""Record models instead of generating code for NEST.

`nest.Install` makes them known, and a simulation compiles them.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from nestml_jit.errors import NestmlErrors
from nestml_jit.lookup import read_text
from nestml_jit.options import OptionError, Options
from nestml_jit.pipeline import Source
from nestml_jit.session import Session
from nestml_jit.session.generated import Generated, of_pair
from nestml_jit.standin.options import Wishes

COMPARTMENTS = (
    "nestml_jit has no compartmental models: neurons have one compartment. With the nestml package and a "
    "NEST that was built from source such models can be generated where nestml_jit is not imported."
)


def session() -> Session:
    """Return the session of the process, in which NEST runs from now on."""
    package: Any = importlib.import_module("nestml_jit")
    found = package._session
    assert isinstance(found, Session)
    return found


def process(configuration: Any, original: Callable[[], bool]) -> bool:
    """Do what the front end of an installed nestml is to do; return whether there were errors.

    Parameters
    ----------
    configuration
        What the front end was told.
    original
        Its own function, for all other targets.
    """
    platform = str(configuration.get_target_platform()).upper()
    if platform == "NEST_COMPARTMENTAL":
        raise NotImplementedError(COMPARTMENTS)
    if platform != "NEST":
        return original()
    return generate(
        configuration.get_files(),
        configuration.get_module_name(),
        configuration.suffix,
        configuration.get_codegen_opts(),
        is_silent=configuration.get_logging_level() == "NO",
    )


def refuse_old_calls() -> NoReturn:
    """Say what stands in the place of the calls of NESTML 7 and older."""
    raise RuntimeError(
        "to_nest and install_nest are calls of NESTML 4 and older. Write "
        "generate_nest_target(input_path=..., module_name=...), then nest.Install(module_name); or leave "
        "both out, and name the models in Create and Connect."
    )


def generate(
    files: Sequence[str], module: str, suffix: str, options: Mapping[str, Any], is_silent: bool = False
) -> bool:
    """Record the models in files as a module.

    Parameters
    ----------
    files
        Paths of NESTML files.
    module
        The name that `nest.Install` will be given.
    suffix
        What comes behind the name of each model.
    options
        NESTML's options of code generation.
    is_silent
        Print nothing about models that have errors.

    Returns
    -------
    bool
        Whether models had errors. These are left out, as NESTML does.
    """
    return generate_texts(
        [(read_text(Path(file)), file) for file in files], module, suffix, options, is_silent
    )


def generate_texts(
    texts: Sequence[tuple[str, str]],
    module: str,
    suffix: str,
    options: Mapping[str, Any],
    is_silent: bool = False,
) -> bool:
    """Do as `generate` for texts with the names of their files, "" where there is none."""
    wishes = Wishes(options, suffix)
    recording = _Recording(session(), wishes, suffix, is_silent)
    for text, file in texts:
        recording.read(text, file)
    models = recording.models()
    session().record_module(module, models)
    return recording.has_errors


class _Recording:
    """Models of some files, under the names that NESTML would give them."""

    def __init__(self, session: Session, wishes: Wishes, suffix: str, is_silent: bool) -> None:
        self._session = session
        self._wishes = wishes
        self._suffix = suffix
        self._is_silent = is_silent
        self._sources: dict[str, Source] = {}
        self.has_errors = False

    def read(self, text: str, file: str) -> None:
        """Take the models in a text that have no errors."""
        try:
            names = self._session.pipeline.names_in(text, file)
        except NestmlErrors as error:
            self._tell(error)
            return
        for name in names:
            known = self._sources.get(name)
            if known is not None:
                raise OptionError(
                    f"both {known.filename} and {file} have a model {name}: leave one of them out"
                )
            self._sources[name] = Source(text, file, name, name + self._suffix)

    def _tell(self, error: NestmlErrors) -> None:
        self.has_errors = True
        if not self._is_silent:
            print(error, file=sys.stderr)

    def models(self) -> list[Generated]:
        """Return all models, and those of pairs a second time, without those that have errors."""
        self._check_pairs()
        return [item for item in (*self._single(), *self._paired()) if self._is_sound(item)]

    def _check_pairs(self) -> None:
        for pair in self._wishes.pairs:
            for name in (pair.neuron, pair.synapse):
                if name not in self._sources and not self.has_errors:
                    listed = ", ".join(self._sources) or "none"
                    raise OptionError(f"'neuron_synapse_pairs' names {name}, but the files have: {listed}")

    def _single(self) -> Iterator[Generated]:
        ports = {pair.synapse: pair.ports for pair in self._wishes.pairs}
        for name, source in self._sources.items():
            yield Generated(source, self._options(name, ports.get(name)))

    def _options(self, name: str, ports: Mapping[str, str] | None) -> Options:
        if name in self._wishes.synapses or name.endswith("synapse"):
            return self._wishes.synapse(name, ports)
        return self._wishes.neuron()

    def _paired(self) -> Iterator[Generated]:
        """Return the models of pairs; a neuron model may be paired with several synapse models."""
        sources = self._sources
        for neuron in dict.fromkeys(pair.neuron for pair in self._wishes.pairs if pair.neuron in sources):
            pairs = [item for item in self._wishes.pairs if item.neuron == neuron and item.synapse in sources]
            if not pairs:
                continue
            own, others = of_pair(sources[neuron].name, tuple(sources[item.synapse].name for item in pairs))
            yield Generated(dataclasses.replace(sources[neuron], name=own), self._wishes.neuron())
            for pair, name in zip(pairs, others, strict=True):
                source = dataclasses.replace(sources[pair.synapse], name=name)
                yield Generated(source, self._wishes.synapse(pair.synapse, pair.ports))

    def _is_sound(self, item: Generated) -> bool:
        try:
            self._session.check_generated(item)
        except NestmlErrors as error:
            self._tell(error)
            return False
        return True
