"""Records of what is attached to neuron models."""

from __future__ import annotations

import dataclasses

from nestml_jit.card import Facts
from nestml_jit.pipeline import Fused


@dataclasses.dataclass(frozen=True)
class Attached:
    """The kernel that a neuron model has at the moment, and what it was made for."""

    synapses: tuple[str, ...]
    facts: Facts
    scalars: dict[str, list[float]]
    resolution: float
    seed: int
    fused: Fused
