from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.numerics.network import reset


@pytest.fixture(autouse=True)
def kernel() -> Iterator[None]:
    """Begin and end with an empty kernel."""
    reset()
    yield
    reset()
