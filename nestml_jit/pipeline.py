"""From model texts to a compiled kernel: the order of the stages, and what is cached of each.

================  ==========================================  ==================================
stage             input                                       output
================  ==========================================  ==================================
`names_in`        a file's text                               names of its models
`describe`        a model                                     its card
`pair`            a neuron and a synapse model                what the synapse adds to the neuron
`generate`        a neuron model, its synapses, the facts     a kernel's source text and its layout
`compile`         sources of kernels                          compiled kernels
================  ==========================================  ==================================

Each result is kept under a key made of the texts, the options and a hash of our own code, so that
a warm start parses nothing: neither lark nor jinja2 is imported then.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nestml_jit.cache import (
    BuildError,
    CacheError,
    Compiler,
    Entry,
    Key,
    Settings,
    Store,
    Trial,
    UnloadableError,
    code_fingerprint,
    cpus,
    find_compiler,
    find_prebuilt,
    find_settings,
    kernel,
    kernel_key,
    kernel_request,
    load,
    make_key,
    run_together,
)
from nestml_jit.card import (
    CARD_VERSION,
    KERNEL_FUNCTION,
    Facts,
    FusionCard,
    NeuronCard,
    PairCard,
    SynapseCard,
    from_json,
    to_json,
)
from nestml_jit.errors import Diagnostic, NestmlErrors
from nestml_jit.front_ends import DEFAULT, FRONT_ENDS, FrontEnd, front_end
from nestml_jit.mpi.agreement import Agreement
from nestml_jit.options import Options

if TYPE_CHECKING:
    from nestml_jit.dsl.tree import Model

Result = TypeVar("Result")

PACKAGE = Path(__file__).parent
ABI_HEADER = PACKAGE / "host" / "include" / "nestml_jit_abi.h"

KERNEL = Trial(functions=(KERNEL_FUNCTION,))
"""The trial of loading a kernel."""


@dataclass(frozen=True)
class Source:
    """A model's text, and where it comes from.

    Attributes
    ----------
    text
        The whole text that the model stands in.
    filename
        The file, for messages; "" if there is none.
    model
        The model's name in the text.
    name
        The name under which users know it.
    options
        What the user settled about a synapse model.
    """

    text: str
    filename: str
    model: str
    name: str
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class Stage:
    """The duration of a stage, and whether its result was in the cache."""

    name: str
    subject: str
    seconds: float
    cached: bool


@dataclass(frozen=True)
class Generated:
    """A kernel's source text, and what it is of."""

    subject: str
    text: str
    card: FusionCard


@dataclass(frozen=True)
class Fused:
    """A compiled kernel."""

    card: FusionCard
    library: Path
    folder: Path


@dataclass
class Pipeline:
    """The stages over one build cache.

    Attributes
    ----------
    store
        The build cache.
    settings
        For which CPU, and with which flags, kernels are compiled.
    agreement
        The processes among which the first one parses and generates, and compiles before the others.
    stages
        What was done so far, in order.
    recorder
        Takes the subject and the text of each kernel; if there is one, kernels are not compiled.
    """

    store: Store
    settings: Settings = field(default_factory=find_settings)
    agreement: Agreement = field(default_factory=Agreement)
    stages: list[Stage] = field(default_factory=list)
    recorder: Callable[[str, str], None] | None = None
    _trees: dict[tuple[FrontEnd, str, str], tuple[Model, ...]] = field(default_factory=dict)

    @cached_property
    def compiler(self) -> Compiler:
        """The C++ compiler, found when it is first needed."""
        return find_compiler(self.store.memo)

    @cached_property
    def _code(self) -> str:
        return code_fingerprint(PACKAGE, self.store.memo)

    def names_in(self, text: str, filename: str) -> tuple[str, ...]:
        """Return the names of the models in a text, in its order.

        Raises
        ------
        nestml_jit.errors.NestmlErrors
            If the text is not correct NESTML.
        """

        def find_out() -> list[str]:
            return [model.name for model in self._load(text, filename)]

        return self._cached("names", filename, {"text": text, **_language("", filename)}, find_out, _names)

    def describe(self, source: Source) -> NeuronCard | SynapseCard:
        """Return a model's card.

        Raises
        ------
        nestml_jit.errors.NestmlErrors
            If the model's text is not correct.
        """

        def find_out() -> dict[str, Any]:
            from nestml_jit.codegen.plan.describe import describe

            with self._placed(source):
                card = describe(self.tree(source))
            return {"role": "neuron" if isinstance(card, NeuronCard) else "synapse", "card": to_json(card)}

        return self._cached("card", source.name, _parts("model", source), find_out, _card)

    def pair(self, neuron: Source, synapse: Source, is_foreign: bool = False) -> PairCard:
        """Return what a synapse model adds to a neuron model, or reads of NEST's own neurons."""

        def find_out() -> dict[str, Any]:
            from nestml_jit.codegen import pair

            with self._placed(neuron, synapse):
                return to_json(pair(self.tree(neuron), self.tree(synapse), is_foreign))

        parts = {**_parts("neuron", neuron), **_parts("synapse", synapse)}
        if is_foreign:
            parts["neuron"] = "NEST's own"
        subject = f"{neuron.name} + {synapse.name}"
        return self._cached("pair", subject, parts, find_out, functools.partial(from_json, PairCard))

    def generate(self, neuron: Source, synapses: Sequence[Source], facts: Facts) -> Generated:
        """Return the source text of the kernel of a neuron model and the synapse models that target it.

        Raises
        ------
        nestml_jit.errors.NestmlError
            If a model cannot be generated; the text names the place.
        """

        def find_out() -> dict[str, Any]:
            from nestml_jit.codegen import generate

            with self._placed(neuron, *synapses):
                text, card = generate(self.tree(neuron), [self.tree(item) for item in synapses], facts)
            return {"source": text, "card": to_json(card)}

        parts = _parts("neuron", neuron)
        for number, synapse in enumerate(synapses):
            parts.update(_parts(f"synapse_{number}", synapse))
        parts["facts"] = json.dumps(to_json(facts), sort_keys=True)
        subject = " + ".join([neuron.name, *(synapse.name for synapse in synapses)])
        return self._cached("generate", subject, parts, find_out, functools.partial(_generated, subject))

    def compile(self, kernels: Sequence[Generated], done: Callable[[], None] = lambda: None) -> list[Fused]:
        """Return kernels compiled: those that are in no cache at the same time, as many as there are CPUs.

        Parameters
        ----------
        done
            Called each time that one of them is there.

        Raises
        ------
        nestml_jit.cache.BuildError
            If the compiler fails.
        """
        if self.recorder is not None:
            for item in kernels:
                self.recorder(item.subject, item.text)
            return [Fused(item.card, Path(), Path()) for item in kernels]
        if not kernels:
            return []
        subjects = ", ".join(item.subject for item in kernels)
        compiled = self.agreement.first_then_all(
            f"compiling {subjects}", lambda: self._compiled(kernels, done)
        )
        self.stages += [stage for _entry, stage in compiled]
        return [
            Fused(item.card, entry.library, entry.path)
            for item, (entry, _stage) in zip(kernels, compiled, strict=True)
        ]

    def _compiled(self, kernels: Sequence[Generated], done: Callable[[], None]) -> list[tuple[Entry, Stage]]:
        """Return the entries of kernels, and how long it took to find or to make each."""
        found: dict[str, tuple[Entry, Stage]] = {}
        for item in kernels:
            begin = time.perf_counter()
            entry = self._loaded_before(item)
            if entry is not None:
                found[item.text] = entry, Stage("compile", item.subject, time.perf_counter() - begin, True)
                done()
        missing = {item.text: item for item in kernels if item.text not in found}
        with self._working([item.subject for item in missing.values()]) as store:
            actions = [functools.partial(self._compile, item, store) for item in missing.values()]
            found.update(zip(missing, run_together(actions, cpus(), done), strict=True))
        return [found[item.text] for item in kernels]

    @contextlib.contextmanager
    def _working(self, subjects: Sequence[str]) -> Iterator[Store]:
        """Show that several kernels are compiled; gives the store that shows the rest."""
        if len(subjects) < 2:
            yield self.store
            return
        with self.store.working("kernel", f"{subjects[0]} and {len(subjects) - 1} more"):
            yield self.store.without_display()

    def _loaded_before(self, item: Generated) -> Entry | None:
        """Return the entry of a kernel that was compiled before and can be loaded, or None."""
        while True:
            entry = self._compiled_before(item)
            if entry is None:
                return None
            try:
                load(entry.library, KERNEL.functions)
            except UnloadableError:
                self.store.reject(entry)
            else:
                return entry

    def _compiled_before(self, item: Generated) -> Entry | None:
        request = functools.partial(kernel_request, item.text, ABI_HEADER, self.settings)
        entry = self.prebuilt("kernel", item.subject, request)
        if entry is None:
            key = kernel_key(self.compiler, item.text, ABI_HEADER, self.settings)
            entry = self.store.lookup("kernel", key.name)
        return entry

    def _compile(self, item: Generated, store: Store) -> tuple[Entry, Stage]:
        begin = time.perf_counter()
        noted = {"subject": item.subject}
        try:
            entry = kernel(store, self.compiler, item.text, ABI_HEADER, noted, self.settings, KERNEL)
            load(entry.library, KERNEL.functions)
        except BuildError as error:
            message = f"{error.message} (it was given the kernel of {item.subject})"
            raise BuildError(message, error.command, error.status, error.output) from None
        except UnloadableError as error:
            raise BuildError(f"the kernel of {item.subject} cannot be loaded: {error}") from error
        return entry, Stage("compile", item.subject, time.perf_counter() - begin, False)

    def prebuilt(self, kind: str, subject: str, request: Callable[[], str]) -> Entry | None:
        """Return an entry compiled elsewhere if nothing may or can be compiled here; None if it can.

        Parameters
        ----------
        request
            Gives the hash of what is wanted.

        Raises
        ------
        nestml_jit.cache.BuildError
            If there is no such entry.
        """
        problem: BuildError | None = None
        if not self.settings.offline:
            try:
                self.compiler  # noqa: B018 (finds it)
                return None
            except BuildError as error:
                if os.environ.get("CXX"):
                    raise  # the user's wish is not to be passed over
                problem = error
        hash_of_request = request()
        found = find_prebuilt(self.store, kind, hash_of_request, self.settings.cpu)
        if found is None:
            from nestml_jit.ahead.offline import missing, uncompilable

            if problem is not None:
                raise uncompilable(problem, self.store, self.settings, kind, subject)
            raise missing(self.store, self.settings, kind, subject, hash_of_request)
        return found

    def _load(self, text: str, filename: str) -> tuple[Model, ...]:
        """Return the checked models of a text, which is parsed once in a process."""
        key = (front_end(filename), text, filename)
        if key not in self._trees:
            self._trees[key] = key[0].load(text, filename)
        return self._trees[key]

    def tree(self, source: Source) -> Model:
        """Return a source's checked model under its public name."""
        models = self._load(source.text, source.filename)
        model = dataclasses.replace(next(m for m in models if m.name == source.model), name=source.name)
        if source.options == Options():
            return model
        from nestml_jit.codegen.model.configured import configured

        return configured(model, source.options)

    @contextlib.contextmanager
    def _placed(self, *sources: Source) -> Iterator[None]:
        """Let errors of the generator, which knows nothing of files, name the file and show the line."""
        try:
            yield
        except NestmlErrors as error:
            error.diagnostics = tuple(self._located(item, sources) for item in error.diagnostics)
            raise

    def _located(self, item: Diagnostic, sources: Sequence[Source]) -> Diagnostic:
        for source in sources:
            if any(node.span is item.span for node in self.tree(source).walk()):
                return item.located(source.filename, source.text.splitlines())
        return item

    def _cached(
        self,
        stage: str,
        subject: str,
        parts: dict[str, str],
        find_out: Callable[[], Any],
        read: Callable[[Any], Result],
    ) -> Result:
        """Return a stage's result, out of the cache if it is there.

        Parameters
        ----------
        find_out
            Gives the result as JSON data.
        read
            Makes the result of such data; raises an exception if they are of another form.
        """
        begin = time.perf_counter()
        results: list[Result] = []

        def fits(value: Any) -> bool:
            try:
                results[:] = [read(value)]
            except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
                return False
            return True

        def look_up() -> tuple[Any, bool]:
            key = make_key({**parts, "code": self._code, "version": str(CARD_VERSION)})
            value = self.store.read_json(stage, key.name, fits)
            if value is not None:
                return value, True
            results.clear()
            value = find_out()
            # Where everything was compiled ahead there may be no place to write to.
            with contextlib.suppress(*(CacheError,) if self.settings.offline else ()):
                self.store.publish_json(stage, key.name, value, _noted(subject, key))
            return value, False

        value, cached = self.agreement.from_first(f"{stage} of {subject}", look_up)
        self.note(stage, subject, begin, cached)
        return results[0] if results else read(value)

    def note(self, stage: str, subject: str, begin: float, cached: bool) -> None:
        """Note that a stage is done that began when `time.perf_counter()` was `begin`."""
        self.stages.append(Stage(stage, subject, time.perf_counter() - begin, cached))


def _names(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list):
        raise TypeError(f"names are a list, not {type(data)}")
    return tuple(from_json(str, item) for item in data)


def _card(data: Any) -> NeuronCard | SynapseCard:
    if data["role"] == "neuron":
        return from_json(NeuronCard, data["card"])
    return from_json(SynapseCard, data["card"])


def _generated(subject: str, data: Any) -> Generated:
    return Generated(subject, from_json(str, data["source"]), from_json(FusionCard, data["card"]))


def _noted(subject: str, key: Key) -> dict[str, object]:
    return {"subject": subject, "parts": dict(key.parts)}


def _language(prefix: str, filename: str) -> dict[str, str]:
    """Return the part of a key that says in which language a text is, unless it is the usual one."""
    chosen = front_end(filename)
    usual = chosen is FRONT_ENDS[DEFAULT]
    return {} if usual else {f"{prefix}language": f"{chosen.language} {chosen.version}"}


def _parts(prefix: str, source: Source) -> dict[str, str]:
    parts = {f"{prefix}_text": source.text, f"{prefix}_name": f"{source.model} as {source.name}"}
    parts.update(_language(f"{prefix}_", source.filename))
    if source.options != Options():
        parts[f"{prefix}_options"] = source.options.text()
    return parts
