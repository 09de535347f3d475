"""The list of models that `Create` and `Connect` find."""

from __future__ import annotations

import fnmatch
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nestml_jit.errors import NestmlErrors
from nestml_jit.lookup import BESIDE_NEST

if TYPE_CHECKING:
    from nestml_jit.pipeline import Pipeline, Source
    from nestml_jit.pynest.view import Table

BROKEN = "broken"
UNSETTLED = "unsettled"


@dataclass(frozen=True)
class Listed:
    """A model in a list.

    Attributes
    ----------
    name
        What `Create` or `Connect` takes.
    kind
        "neuron", "synapse"; "unsettled" if the roles of its ports are to be settled by
        `nest.jit.configure`; "broken" if its file has errors.
    summary
        The first line of its documentation, or what to do about it.
    file
        Where it is from; "" for a text given to `nest.jit.define`.
    """

    name: str
    kind: str
    summary: str
    file: str


@dataclass(frozen=True, repr=False)
class Catalogue(Sequence[Listed]):
    """A list of models: a sequence of `Listed` that shows itself as a table.

    Attributes
    ----------
    models
        The models, neurons before synapses, by name.
    """

    models: tuple[Listed, ...]

    def __len__(self) -> int:
        return len(self.models)

    def __getitem__(self, index: Any) -> Any:
        return self.models[index]

    def __iter__(self) -> Iterator[Listed]:
        return iter(self.models)

    @property
    def names(self) -> list[str]:
        """What `Create` or `Connect` takes, for each model."""
        return [item.name for item in self.models]

    def __str__(self) -> str:
        widths = [max((len(item.name) for item in self.models), default=0), len(UNSETTLED)]
        lines = [
            f"{item.name:<{widths[0]}}  {item.kind:<{widths[1]}}  {item.summary}".rstrip()
            for item in self.models
        ]
        return "\n".join(lines or ["no models"])

    __repr__ = __str__

    def _tables(self) -> list[Table]:
        from nestml_jit.pynest.view import Table

        rows = [[item.name, item.kind, item.summary, item.file] for item in self.models]
        return [Table("", rows, ["name", "kind", "summary", "file"])]

    @property
    def _note(self) -> str:
        return f"{len(self.models)} models"

    def _repr_html_(self) -> str:
        from nestml_jit.pynest.view import as_html

        return as_html("NESTML", self._note, self._tables(), is_open=True)

    def __rich__(self) -> Any:
        from nestml_jit.pynest.view import as_rich

        return as_rich("NESTML", self._note, self._tables())


def catalogue(
    sources: Iterable[Source], pipeline: Pipeline, native: Iterable[str], pattern: str, kind: str | None
) -> Catalogue:
    """Return the list of the models in some texts.

    Parameters
    ----------
    sources
        The texts, each with all of its models; of two models of a name the first one is listed.
    pipeline
        Finds out what the models are.
    native
        The names of NEST's own models.
    pattern
        Part of a name or of its summary, in any case, or a pattern for the name with `*` and `?`; "" for all.
    kind
        "neuron" or "synapse"; None for both.
    """
    taken = frozenset(native)
    found: dict[str, Listed] = {}
    for source in sources:
        for item in _outlined(source, pipeline, taken):
            found.setdefault(item.name, item)
    wanted = [item for item in found.values() if _fits(item, pattern.lower()) and kind in (None, item.kind)]
    return Catalogue(tuple(sorted(wanted, key=lambda item: (item.kind, item.name.lower()))))


def _outlined(source: Source, pipeline: Pipeline, taken: frozenset[str]) -> Iterator[Listed]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those come when a model is used
            outlines = pipeline.outline(source.text, source.filename)
    except NestmlErrors as errors:
        first = next(item for item in errors.diagnostics if item.is_error)
        summary = f"{first.code}: {first.message}; `nestml-jit check` says more"
        yield Listed(source.name, BROKEN, summary, source.filename)
        return
    for outline in outlines:
        name = outline.name + BESIDE_NEST if outline.name in taken else outline.name
        yield Listed(name, outline.kind or UNSETTLED, outline.summary, source.filename)


def _fits(item: Listed, pattern: str) -> bool:
    name = item.name.lower()
    if any(sign in pattern for sign in "*?["):
        return fnmatch.fnmatchcase(name, pattern)
    return pattern in name or pattern in item.summary.lower()
