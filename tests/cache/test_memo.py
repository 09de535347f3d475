from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit.cache import Memo


class Asked:
    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self.answer


def test_a_fact_is_found_out_once(tmp_path: Path) -> None:
    asked = Asked("fact")
    memo = Memo(lambda: tmp_path / "notes")
    assert [memo.recall("name", [1, "x"], asked) for _ in range(3)] == ["fact"] * 3
    assert Memo(lambda: tmp_path / "notes").recall("name", [1, "x"], asked) == "fact"
    assert asked.times == 1


def test_it_is_found_out_again_when_what_it_depends_on_changed(tmp_path: Path) -> None:
    memo = Memo(lambda: tmp_path / "notes")
    memo.recall("name", [1], Asked("old"))
    assert memo.recall("name", [2], Asked("new")) == "new"
    assert Memo(lambda: tmp_path / "notes").recall("name", [2], Asked("newer")) == "new"


def damage_nothing(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        damage_nothing,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\xfe{"),
        lambda path: path.write_text("[1, 2]"),
        lambda path: path.write_text('{"name": "name"}'),
        lambda path: path.write_text(path.read_text().replace("name", "nome")),
    ],
)
def test_a_damaged_note_is_no_note(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    Memo(lambda: tmp_path).recall("name", [1], Asked("fact"))
    (note,) = tmp_path.iterdir()
    damage(note)
    again = Asked("fact")
    assert Memo(lambda: tmp_path).recall("name", [1], again) == "fact"
    assert again.times == 1


def test_without_a_folder_facts_are_kept_in_memory() -> None:
    asked = Asked("fact")
    memo = Memo()
    assert memo.recall("name", 1, asked) == memo.recall("name", 1, asked) == "fact"
    assert asked.times == 1


def test_a_folder_that_cannot_be_written_to_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Memo(lambda: tmp_path / "file" / "notes").recall("name", 1, Asked("fact")) == "fact"
    assert Memo(lambda: tmp_path / "no" / "notes").recall("name", 1, Asked("fact")) == "fact"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_raises_is_not_noted(tmp_path: Path) -> None:
    def fail() -> str:
        raise OSError("no")

    memo = Memo(lambda: tmp_path)
    with pytest.raises(OSError, match="no"):
        memo.recall("name", 1, fail)
    assert memo.recall("name", 1, Asked("fact")) == "fact"
