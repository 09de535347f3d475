"""Views of models and reports: text, HTML in notebooks, and rich in terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any


@dataclass(frozen=True)
class Table:
    """Rows of texts under a heading.

    Attributes
    ----------
    title
        What the rows are; "" for none.
    rows
        One or more texts each, not necessarily of the same number.
    header
        Titles of the columns, or nothing.
    """

    title: str
    rows: Sequence[Sequence[str]]
    header: Sequence[str] = ()

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(map(len, [*self.rows, self.header]), default=0)


def filled(row: Sequence[str], width: int) -> list[str]:
    """Return a row with as many texts as there are columns."""
    return [*row, *[""] * (width - len(row))]


def as_html(title: str, note: str, tables: Iterable[Table], *, is_open: bool) -> str:
    """Return a title that unfolds tables."""
    parts = [f"<details{' open' if is_open else ''}><summary><b>{escape(title)}</b> {escape(note)}</summary>"]
    parts += [_html_table(table) for table in tables if table.rows]
    return "\n".join([*parts, "</details>"])


def _html_table(table: Table) -> str:
    width = table.width
    caption = (
        f"<caption style='text-align:left'><b>{escape(table.title)}</b></caption>" if table.title else ""
    )
    head = "".join(f"<th style='text-align:left'>{escape(cell)}</th>" for cell in filled(table.header, width))
    rows = [
        "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in filled(row, width))
        for row in table.rows
    ]
    lines = [f"<tr>{row}</tr>" for row in ([head] if table.header else []) + rows]
    return "\n".join([f"<table>{caption}", *lines, "</table>"])


def as_rich(title: str, note: str, tables: Iterable[Table]) -> Any:
    """Return what rich prints for a title and tables.

    Raises
    ------
    ImportError
        If rich is not installed.
    """
    from rich.console import Group
    from rich.table import Table as RichTable
    from rich.text import Text

    parts: list[Any] = [Text.assemble((title, "bold"), f" {note}")]
    for table in tables:
        if not table.rows:
            continue
        made = RichTable(title=table.title or None, title_justify="left", box=None, padding=(0, 2, 0, 0))
        for index in range(table.width):
            made.add_column(filled(table.header, table.width)[index])
        made.show_header = bool(table.header)
        for row in table.rows:
            made.add_row(*map(Text, filled(row, table.width)))
        parts.append(made)
    return Group(*parts)


@dataclass(frozen=True)
class ModelView:
    """A model as users see it: `str()` is what it offers, and notebooks show tables.

    Attributes
    ----------
    name
        What `Create` or `Connect` takes.
    kind
        "neuron" or "synapse".
    summary
        The first line of the model's documentation, or "".
    tables
        Parameters, state, ports and equations.
    text
        All of it, as text.
    """

    name: str
    kind: str
    summary: str
    tables: tuple[Table, ...]
    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        tables = (f"{table.title} {', '.join(row[0] for row in table.rows)}" for table in self.tables[:2])
        return f"<{self.kind} model {self.name}: {'; '.join(tables)}>"

    def _repr_html_(self) -> str:
        return as_html(f"{self.kind} {self.name}", self.summary, self.tables, is_open=False)

    def __rich__(self) -> Any:
        return as_rich(f"{self.kind} {self.name}", self.summary, self.tables)
