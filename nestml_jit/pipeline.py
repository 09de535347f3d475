"""From model texts to a compiled kernel: the order of the stages, and what is cached of each.

================  ==========================================  ==================================
stage             input                                       output
================  ==========================================  ==================================
`names_in`        a file's text                               names of its models
`outline`         a file's text                               what a list of models says of them
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
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nestml_jit.cache import CacheError, Key, Settings, Store, code_fingerprint, find_settings, make_key
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
from nestml_jit.front_ends import DEFAULT, FRONT_ENDS, FrontEnd, front_end
from nestml_jit.kernels import Generated, Kernels
from nestml_jit.mpi.agreement import Agreement
from nestml_jit.options import Options

if TYPE_CHECKING:
    from nestml_jit.dsl.tree import Model

Result = TypeVar("Result")

PACKAGE = Path(__file__).parent


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
class Outline:
    """What a list of models says of one.

    Attributes
    ----------
    name
        The model's name in its text.
    kind
        "neuron" or "synapse"; "" if the roles of its ports must be settled first.
    summary
        The first line of its documentation.
    """

    name: str
    kind: str
    summary: str


@dataclass(frozen=True)
class Stage:
    """The duration of a stage, and whether its result was in the cache."""

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
    _trees: dict[tuple[FrontEnd, str, str], tuple[Model, ...]] = field(default_factory=dict)

    @cached_property
    def kernels(self) -> Kernels:
        """The kernels in the build cache, with the compiler for others."""
        return Kernels(self.store, self.settings)

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

    def outline(self, text: str, filename: str) -> tuple[Outline, ...]:
        """Return what a list says of the models in a text, in its order.

        Raises
        ------
        nestml_jit.errors.NestmlErrors
            If the text is not correct.
        """

        def find_out() -> list[dict[str, str]]:
            return [dataclasses.asdict(_outlined(model)) for model in self._load(text, filename)]

        return self._cached(
            "outline", filename, {"text": text, **_language("", filename)}, find_out, _outlines
        )

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
        """Return kernels compiled, as `Kernels.compiled` does; the first process compiles for all."""
        if self.recorder is not None:
            for item in kernels:
                self.recorder(item.subject, item.text)
            return [Fused(item.card, Path(), Path()) for item in kernels]
        if not kernels:
            return []
        subjects = ", ".join(item.subject for item in kernels)
        compiled = self.agreement.first_then_all(
            f"compiling {subjects}", lambda: self.kernels.compiled(kernels, done)
        )
        made = list(zip(kernels, compiled, strict=True))
        self.stages += [Stage("compile", item.subject, one.seconds, one.cached) for item, one in made]
        return [Fused(item.card, one.entry.library, one.entry.path) for item, one in made]

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


def _outlined(model: Model) -> Outline:
    from nestml_jit.codegen.plan.describe import describe
    from nestml_jit.dsl.documentation import summary

    try:
        kind = "neuron" if isinstance(describe(model), NeuronCard) else "synapse"
    except NestmlErrors:
        kind = ""
    return Outline(model.name, kind, summary(model))


def _outlines(data: Any) -> tuple[Outline, ...]:
    return tuple(from_json(Outline, item) for item in data)


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
