from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.numerics.network import nest, reset


@pytest.fixture(autouse=True)
def kernel() -> Iterator[None]:
    """Begin and end with an empty kernel; generators use NEST's streams, as those of NEST's models do."""
    nest.jit.devices = "nest"
    reset()
    yield
    nest.jit.devices = "fused"
    reset()
