from __future__ import annotations

import errno
import fcntl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit.cache.lock import held


def test_a_lock_excludes_another_and_is_released(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path, 0) as first, held(path, 0.05) as second:
        assert (first, second) == (True, False)
    assert not path.exists()
    with held(path, 0) as third:
        assert third


def test_an_error_inside_releases_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), held(tmp_path / "lock", 0):
        raise KeyError
    with held(tmp_path / "lock", 0) as locked:
        assert locked


def no_locks(number: int) -> Callable[[int, int], None]:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(number, "not here")

    return flock


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EINVAL])
def test_a_file_system_without_locks_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(fcntl, "flock", no_locks(number))
    begin = time.monotonic()
    with held(tmp_path / "lock", 60) as locked:
        assert not locked
    assert time.monotonic() - begin < 5


def test_a_place_without_room_for_a_lock_does_no_harm(tmp_path: Path) -> None:
    with held(tmp_path / "nowhere" / "lock", 60) as locked:
        assert not locked
