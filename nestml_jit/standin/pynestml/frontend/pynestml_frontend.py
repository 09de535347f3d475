"""The calls by which scripts have models generated, as NESTML 9 has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from nestml_jit.standin import frontend, generation
from nestml_jit.standin.frontend import InvalidPathException

__all__ = ["InvalidPathException"]


def get_known_targets() -> list[str]:
    """Return the names of all targets, of which this stand-in has NEST."""
    return list(frontend.TARGETS)


def generate_target(
    input_path: str | Sequence[str],
    target_platform: str,
    target_path: str | None = None,
    install_path: str | None = None,
    logging_level: str = "ERROR",
    module_name: str | None = None,
    store_log: bool = False,
    suffix: str = "",
    dev: bool = False,
    codegen_opts: Mapping[str, Any] | None = None,
) -> bool:
    """Record models for `nest.Install`; return whether models had errors.

    Parameters
    ----------
    input_path
        NESTML files, and folders of such.
    target_platform
        "NEST"; for other targets install NESTML.
    target_path, install_path, store_log, dev
        Of no use here: nothing is written.
    logging_level
        "NO" to be told nothing of models with errors.
    module_name
        The name for `nest.Install`, "nestmlmodule" by default.
    suffix
        What comes behind the name of each model.
    codegen_opts
        NESTML's options for NEST.
    """
    return frontend.generate_target(
        input_path, target_platform, logging_level, module_name, suffix, codegen_opts
    )


def generate_nest_target(
    input_path: str | Sequence[str],
    target_path: str | None = None,
    install_path: str | None = None,
    logging_level: str = "ERROR",
    module_name: str | None = None,
    store_log: bool = False,
    suffix: str = "",
    dev: bool = False,
    codegen_opts: Mapping[str, Any] | None = None,
) -> None:
    """Record models for `nest.Install`; see `generate_target`."""
    frontend.generate_target(input_path, "NEST", logging_level, module_name, suffix, codegen_opts)


def generate_nest_compartmental_target(*_arguments: object, **_more: object) -> NoReturn:
    """Refuse to generate models with compartments."""
    raise NotImplementedError(generation.COMPARTMENTS)


def generate_python_standalone_target(
    input_path: str | Sequence[str], *_rest: object, **_more: object
) -> None:
    """Refuse to generate Python, for which NESTML is needed."""
    frontend.generate_target(input_path, "python_standalone", "ERROR", None, "", None)


def to_nest(*_arguments: object, **_more: object) -> NoReturn:
    """Refuse a call of NESTML 4 and older."""
    generation.refuse_old_calls()


def install_nest(*_arguments: object, **_more: object) -> NoReturn:
    """Refuse a call of NESTML 4 and older."""
    generation.refuse_old_calls()
