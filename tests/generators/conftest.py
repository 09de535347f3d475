from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.numerics.network import nest, reset


@pytest.fixture(autouse=True)
def kernel() -> Iterator[None]:
    """Begin and end with an empty kernel, in which blocks generate."""
    reset()
    yield
    nest.jit.devices = "fused"
    reset()
