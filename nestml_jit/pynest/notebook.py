"""`%load_ext nestml_jit`: the cell magic `%%nestml`, and bars in notebooks while something is compiled."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from nestml_jit.errors import NestmlErrors, NestmlWarning

if TYPE_CHECKING:
    from nestml_jit.session import Session


def load_extension(shell: Any, session: Session) -> None:
    """Add the cell magic to IPython, and show bars in its output if that is a notebook's."""
    magic = CellMagic(shell, session)
    shell.register_magic_function(magic, magic_kind="cell", magic_name="nestml")
    session.progress.in_notebook = hasattr(shell, "kernel")


def unload_extension(shell: Any, session: Session) -> None:
    """Take back what `load_extension` did; models stay known."""
    shell.magics_manager.magics["cell"].pop("nestml", None)
    session.progress.in_notebook = False


class CellMagic:
    """Define the NESTML models in a cell; the cell's result are the models.

    Usage: `%%nestml [--reset] [--quiet]`

    A cell that was edited replaces its models, as long as the kernel does not use them. Once it does, the
    kernel has to be reset first: `--reset` does it, which removes all nodes and connections.
    `--quiet` shows nothing of what was defined.
    """

    def __init__(self, shell: Any, session: Session) -> None:
        self._shell = shell
        self._session = session
        self.__doc__ = type(self).__doc__

    def __call__(self, line: str, cell: str) -> None:
        """Carry out the cell magic."""
        options = _options(line)
        if options.reset:
            self._session.nest.ResetKernel()
        try:
            with _warnings_as_text():
                names = self._session.load(cell, "")
        except NestmlErrors as errors:
            _refuse(str(errors))
        except self._session.nest.NESTError as error:
            _refuse(f"{error} (`%%nestml --reset` in the first line of the cell calls ResetKernel.)")
        if not options.quiet:
            self._show(names)

    def _show(self, names: list[str]) -> None:
        from IPython.display import display

        from nestml_jit.pynest.show import model_view

        for view in [model_view(self._session.tree(name)) for name in names]:
            display(view)  # type: ignore[no-untyped-call, unused-ignore]


@contextlib.contextmanager
def _warnings_as_text() -> Iterator[None]:
    """Print warnings about the model without the place in our code where they are raised."""
    with warnings.catch_warnings(record=True) as caught:
        yield
    for item in caught:
        if issubclass(item.category, NestmlWarning):
            print(item.message, file=sys.stderr)
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)


def _refuse(text: str) -> NoReturn:
    """Let the cell fail with a text alone: a traceback through our code says nothing about the model."""
    from IPython.core.error import UsageError

    raise UsageError(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _refuse(f"%%nestml: {message}. {self.format_usage().strip()}")


def _options(line: str) -> argparse.Namespace:
    parser = _Parser(prog="%%nestml", add_help=False)
    parser.add_argument("-r", "--reset", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    return parser.parse_args(shlex.split(line))
