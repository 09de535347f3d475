"""Views of models and reports: text, HTML in notebooks, and rich in terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from nestml_jit.dsl.tree import Inline, Kernel, Ode

# Names of classes by which MathJax 2 and 3 know what to leave alone, and what not.
_NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore"
_MATHEMATICS = "tex2jax_process mathjax_process"


@dataclass(frozen=True)
class Formula:
    """A cell of a page in HTML: what MathJax typesets, and the same as text.

    Attributes
    ----------
    text
        The formula as it is written in the model.
    latex
        The formula as LaTeX; "" to show the text.
    """

    text: str
    latex: str = ""

    def __str__(self) -> str:
        return self.text


Cell: TypeAlias = "str | Formula"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a heading.

    Attributes
    ----------
    title
        What the rows are; "" for none.
    rows
        One or more cells each, not necessarily of the same number.
    header
        Titles of the columns, or nothing.
    """

    title: str
    rows: Sequence[Sequence[Cell]]
    header: Sequence[str] = ()

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(map(len, [*self.rows, self.header]), default=0)


def filled(row: Sequence[Cell], width: int) -> list[Cell]:
    """Return a row with as many cells as there are columns."""
    return [*row, *[""] * (width - len(row))]


def as_html(title: str, note: str, tables: Iterable[Table], *, is_open: bool) -> str:
    """Return a title that unfolds tables.

    All text is escaped, and hidden from MathJax, which would typeset what stands between two `$` of
    a comment. MathJax typesets formulas; under the mouse pointer they are shown as in the model.
    """
    summary = f"<summary><b>{escape(title)}</b> {escape(note)}</summary>"
    parts = [f"<details{' open' if is_open else ''} class='{_NO_MATHEMATICS}'>{summary}"]
    parts += [_html_table(table) for table in tables if table.rows]
    return "\n".join([*parts, "</details>"])


def _html_table(table: Table) -> str:
    width = table.width
    caption = (
        f"<caption style='text-align:left'><b>{escape(table.title)}</b></caption>" if table.title else ""
    )
    head = "".join(_html_cell("th", cell) for cell in filled(table.header, width))
    rows = ["".join(_html_cell("td", cell) for cell in filled(row, width)) for row in table.rows]
    lines = [f"<tr>{row}</tr>" for row in ([head] if table.header else []) + rows]
    return "\n".join([f"<table>{caption}", *lines, "</table>"])


def _html_cell(tag: str, cell: Cell) -> str:
    if isinstance(cell, Formula) and cell.latex:
        more = f" class='{_MATHEMATICS}' title='{escape(cell.text)}'"
        text = rf"\(\displaystyle {cell.latex}\)"
    else:
        more, text = "", str(cell)
    return f"<{tag} style='text-align:left'{more}>{escape(text)}</{tag}>"


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
            made.add_column(str(filled(table.header, table.width)[index]))
        made.show_header = bool(table.header)
        for row in table.rows:
            made.add_row(*(Text(str(cell)) for cell in filled(row, table.width)))
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
    equations
        What HTML shows in place of the last table, typeset.
    """

    name: str
    kind: str
    summary: str
    tables: tuple[Table, ...]
    text: str
    equations: tuple[Ode | Inline | Kernel, ...] = ()

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        tables = (
            f"{table.title} {', '.join(str(row[0]) for row in table.rows)}" for table in self.tables[:2]
        )
        return f"<{self.kind} model {self.name}: {'; '.join(tables)}>"

    def _repr_html_(self) -> str:
        from nestml_jit.pynest.formulas import formulas

        *tables, solvers = self.tables
        typeset = Table(
            solvers.title, formulas(self.equations, {str(row[0]): row[1] for row in solvers.rows})
        )
        return as_html(f"{self.kind} {self.name}", self.summary, [*tables, typeset], is_open=False)

    def __rich__(self) -> Any:
        return as_rich(f"{self.kind} {self.name}", self.summary, self.tables)
