"""Functions and variables that every model has."""

from __future__ import annotations

from dataclasses import dataclass

from nestml_jit.dsl.types import INTEGER, MS, REAL, STRING, VOID, Kind


@dataclass(frozen=True)
class Signature:
    """What a function takes and gives.

    Attributes
    ----------
    parameters
        The types of the arguments; None stands for the template type `T0`, which all such
        arguments share.
    returns
        The type of the result; None for `T0`.
    optional
        How many of the last arguments may be missing.
    """

    parameters: tuple[Kind | None, ...]
    returns: Kind | None
    optional: int = 0


_REAL_TO_REAL = "exp ln log10 expm1 sin cos tan sinh cosh tanh erf erfc"
FUNCTIONS: dict[str, Signature] = {
    **{name: Signature((REAL,), REAL) for name in _REAL_TO_REAL.split()},
    **{name: Signature((None,), None) for name in ("abs", "ceil", "floor", "round")},
    "min": Signature((None, None), None),
    "max": Signature((None, None), None),
    "clip": Signature((None, None, None), None),
    "pow": Signature((None, REAL), None),
    "random_normal": Signature((None, None), None),
    "random_uniform": Signature((None, None), None),
    "random_poisson": Signature((REAL,), INTEGER),
    "resolution": Signature((), MS),
    "timestep": Signature((), MS),
    "steps": Signature((MS,), INTEGER),
    "emit_spike": Signature((REAL,), VOID, 1),
    "integrate_odes": Signature((), VOID),
    "convolve": Signature((REAL, REAL), REAL),
    "delta": Signature((MS,), REAL),
    **{name: Signature((STRING,), VOID) for name in ("print", "println", "info", "warning")},
}
RANDOM = frozenset(("random_normal", "random_uniform", "random_poisson"))
VARIABLES: dict[str, Kind] = {"t": MS, "e": REAL, "pi": REAL}
NODE_METHODS = frozenset(
    (
        "update", "calibrate", "handle", "connect_sender", "check_connection", "get_status", "set_status",
        "init_state_", "init_buffers_",
    )
)  # fmt: skip
