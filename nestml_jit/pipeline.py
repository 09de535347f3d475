"""From model texts to a compiled kernel: the order of the stages, and what is cached of each.

================  ==========================================  ==================================
stage             input                                       output
================  ==========================================  ==================================
`names_in`        a file's text                               names of its models
`describe`        a model                                     its card
`pair`            a neuron and a synapse model                what the synapse adds to the neuron
`fuse`            a neuron model, its synapses, the facts     a compiled kernel and its layout
================  ==========================================  ==================================

Each result is kept under a key made of the texts, the options and a hash of our own code, so that
a warm start parses nothing: neither lark nor jinja2 is imported then.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nestml_jit.agreement import Agreement
from nestml_jit.cache import (
    BuildError,
    CacheError,
    Compiler,
    Entry,
    Key,
    Settings,
    Store,
    code_fingerprint,
    find_compiler,
    find_prebuilt,
    find_settings,
    kernel,
    kernel_key,
    kernel_request,
    make_key,
)
from nestml_jit.card import (
    CARD_VERSION,
    Facts,
    FusionCard,
    NeuronCard,
    PairCard,
    SynapseCard,
    from_json,
    to_json,
)
from nestml_jit.errors import Diagnostic, NestmlErrors
from nestml_jit.options import Options

if TYPE_CHECKING:
    from nestml_jit.dsl.tree import Model

PACKAGE = Path(__file__).parent
ABI_HEADER = PACKAGE / "host" / "include" / "nestml_jit_abi.h"


@dataclass(frozen=True)
class Source:
    """Where a model's text is.

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
    """How long a stage took, and whether its result was there already."""

    name: str
    subject: str
    seconds: float
    cached: bool


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
    _trees: dict[tuple[str, str], tuple[Model, ...]] = field(default_factory=dict)

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

        return tuple(self._cached("names", filename, {"text": text}, find_out))

    def describe(self, source: Source) -> NeuronCard | SynapseCard:
        """Return a model's card.

        Raises
        ------
        nestml_jit.errors.NestmlErrors
            If the model's text is not correct.
        """

        def find_out() -> dict[str, Any]:
            from nestml_jit.codegen import describe

            with self._placed(source):
                card = describe(self.tree(source))
            return {"role": "neuron" if isinstance(card, NeuronCard) else "synapse", "card": to_json(card)}

        found = self._cached("card", source.name, _parts("model", source), find_out)
        if found["role"] == "neuron":
            return from_json(NeuronCard, found["card"])
        return from_json(SynapseCard, found["card"])

    def pair(self, neuron: Source, synapse: Source) -> PairCard:
        """Return what a synapse model adds to a neuron model."""

        def find_out() -> dict[str, Any]:
            from nestml_jit.codegen import pair

            with self._placed(neuron, synapse):
                return to_json(pair(self.tree(neuron), self.tree(synapse)))

        parts = {**_parts("neuron", neuron), **_parts("synapse", synapse)}
        subject = f"{neuron.name} + {synapse.name}"
        return from_json(PairCard, self._cached("pair", subject, parts, find_out))

    def fuse(self, neuron: Source, synapses: Sequence[Source], facts: Facts) -> Fused:
        """Return the compiled kernel of a neuron model and the synapse models that target it.

        Raises
        ------
        nestml_jit.errors.NestmlError
            If a model cannot be generated; the text names the place.
        nestml_jit.cache.BuildError
            If the compiler fails.
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
        generated = self._cached("generate", subject, parts, find_out)
        card = from_json(FusionCard, generated["card"])
        return self._compiled(subject, generated["source"], card)

    def _compiled(self, subject: str, text: str, card: FusionCard) -> Fused:
        if self.recorder is not None:
            self.recorder(subject, text)
            return Fused(card, Path(), Path())
        begin = time.perf_counter()
        entry, cached = self.agreement.first_then_all(
            f"compiling {subject}", lambda: self._kernel(subject, text)
        )
        self.note("compile", subject, begin, cached)
        return Fused(card, entry.library, entry.path)

    def _kernel(self, subject: str, text: str) -> tuple[Entry, bool]:
        """Return a kernel's entry, and whether it was there already."""
        entry = self.prebuilt("kernel", subject, lambda: kernel_request(text, ABI_HEADER, self.settings))
        if entry is None:
            key = kernel_key(self.compiler, text, ABI_HEADER, self.settings)
            entry = self.store.lookup("kernel", key.name)
        if entry is not None:
            return entry, True
        noted = {"subject": subject}
        try:
            return kernel(self.store, self.compiler, text, ABI_HEADER, noted, self.settings), False
        except BuildError as error:
            message = f"{error.message} (it was given the kernel of {subject})"
            raise BuildError(message, error.command, error.status, error.output) from None

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
            from nestml_jit.offline import missing, uncompilable

            if problem is not None:
                raise uncompilable(problem, self.store, self.settings, kind, subject)
            raise missing(self.store, self.settings, kind, subject, hash_of_request)
        return found

    def _load(self, text: str, filename: str) -> tuple[Model, ...]:
        """Return the checked models of a text, which is parsed once in a process."""
        key = (text, filename)
        if key not in self._trees:
            from nestml_jit.dsl import load

            self._trees[key] = load(text, filename)
        return self._trees[key]

    def tree(self, source: Source) -> Model:
        """Return a source's checked model under its public name."""
        models = self._load(source.text, source.filename)
        model = dataclasses.replace(next(m for m in models if m.name == source.model), name=source.name)
        if source.options == Options():
            return model
        from nestml_jit.codegen import configured

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

    def _cached(self, stage: str, subject: str, parts: dict[str, str], find_out: Callable[[], Any]) -> Any:
        """Return a stage's result, out of the cache if it is there."""
        begin = time.perf_counter()

        def look_up() -> tuple[Any, bool]:
            key = make_key({**parts, "code": self._code, "version": str(CARD_VERSION)})
            value = self.store.read_json(stage, key.name)
            if value is not None:
                return value, True
            value = find_out()
            # Where everything was compiled ahead there may be no place to write to.
            with contextlib.suppress(*(CacheError,) if self.settings.offline else ()):
                value = self.store.publish_json(stage, key.name, value, _noted(subject, key))
            return value, False

        value, cached = self.agreement.from_first(f"{stage} of {subject}", look_up)
        self.note(stage, subject, begin, cached)
        return value

    def note(self, stage: str, subject: str, begin: float, cached: bool) -> None:
        """Note that a stage is done that began when `time.perf_counter()` was `begin`."""
        self.stages.append(Stage(stage, subject, time.perf_counter() - begin, cached))


def _noted(subject: str, key: Key) -> dict[str, object]:
    return {"subject": subject, "parts": dict(key.parts)}


def _parts(prefix: str, source: Source) -> dict[str, str]:
    parts = {f"{prefix}_text": source.text, f"{prefix}_name": f"{source.model} as {source.name}"}
    if source.options != Options():
        parts[f"{prefix}_options"] = source.options.text()
    return parts
