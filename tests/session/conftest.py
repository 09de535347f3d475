from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.numerics.network import nest, reset


@pytest.fixture(autouse=True)
def kernel() -> Iterator[None]:
    """Begin and end with an empty kernel and an empty list of the user's own folders."""
    reset()
    yield
    nest.jit.path.clear()
    reset()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that is searched for models."""
    nest.jit.path.append(tmp_path)
    return tmp_path
