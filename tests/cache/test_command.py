"""`nestml-jit cache`: what is in the cache, why it is there, whether it is right, and making room."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.cache import Compiler, Entry, Settings, Store, find_compiler, kernel
from nestml_jit.cli import main
from nestml_jit.cli.quantities import age, age_text, size, size_text
from nestml_jit.kernels import ABI_HEADER

SOURCE = '#include "nestml_jit_abi.h"\nextern "C" int answer() { return 42; }\n'
DAY = 86400.0

Run = Callable[..., "tuple[int, Any]"]


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run an action on the root, and return its status and what it says as data."""
    monkeypatch.setenv("NESTML_JIT_CACHE", str(root))
    monkeypatch.delenv("NESTML_JIT_CACHE_PATH", raising=False)

    def call(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = main(["cache", *words, "--format", "json"])
        shown = capsys.readouterr()
        return status, json.loads(shown.out) if shown.out else shown.err

    return call


@pytest.fixture
def entry(store: Store) -> Entry:
    store.publish_json("card", "c" * 64, 1, {"subject": "some model"})
    return kernel(store, find_compiler(store.memo), SOURCE, ABI_HEADER, {"subject": "a + b"})


def test_list_tells_sizes_ages_and_subjects(
    run: Run, entry: Entry, capsys: pytest.CaptureFixture[str]
) -> None:
    os.utime(entry.path, (time.time() - 3 * DAY,) * 2)
    status, (card, listed) = run("list")
    assert status == 0
    assert (card["kind"], card["subject"]) == ("card", "some model")
    assert (listed["kind"], listed["key"], listed["subject"]) == ("kernel", entry.key, "a + b")
    assert listed["size"] == sum(path.stat().st_size for path in entry.path.iterdir())
    assert abs(listed["created"] - time.time()) < 60
    assert abs(listed["used"] - time.time() + 3 * DAY) < 60
    assert run("list", "--kind", "host") == (0, [])
    main(["cache", "list"])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["KIND", "KEY", "SIZE", "AGE", "UNUSED", "SUBJECT"]
    assert re.fullmatch(r"kernel +[0-9a-f]{16}  +\S+ kB  \d+ s +3 d +a \+ b", shown[2])
    assert shown[3].startswith("2 entries, ")


def test_what_a_table_shows_of_a_key_finds_it(
    run: Run, entry: Entry, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cache", "list", "--kind", "kernel"])
    shown = capsys.readouterr().out.splitlines()[1].split()[1]
    for key in (shown, entry.key, entry.key[:5]):
        assert run("info", key)[1][0]["key"] == entry.key
    status, message = run("info", "0123")
    assert status == 2
    assert "there is no entry 0123" in message


def test_info_tells_what_an_entry_was_built_from(
    run: Run, entry: Entry, compiler: Compiler, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (told,) = run("info", entry.key)
    assert status == 0
    assert told["compiler"] == compiler.identity
    assert told["flags"] == list(entry.manifest["flags"])
    assert set(told["parts"]) == {"compiler", "cpu", "environment", "flags", "headers", "options", "source"}
    assert told["path"] == str(entry.path)
    main(["cache", "info", entry.key])
    assert f"  subject     a + b\n  path        {entry.path}\n" in capsys.readouterr().out
    _status, roots = run("info")
    assert [(item["root"], item["role"], item["entries"]) for item in roots] == [
        (str(root), "private", {"card": 1, "kernel": 1})
    ]


def test_explain_names_the_part_that_differs(run: Run, entry: Entry, store: Store) -> None:
    compiler = find_compiler(store.memo)
    other = kernel(store, compiler, SOURCE, ABI_HEADER, {"subject": "a + b"}, Settings(flags=("-DX",)))
    kernel(store, compiler, SOURCE + "\n", ABI_HEADER, {"subject": "c"}, Settings(flags=("-DY",)))
    status, (told,) = run("explain", entry.key)
    assert status == 0
    assert told["nearest"]["key"] == other.key
    assert sorted(told["differs_in"]) == ["flags", "options"]
    assert told["differs_in"]["flags"][1] == told["differs_in"]["flags"][0] + " -DX"
    assert told["now_other"] == []
    assert run("explain", other.key)[1][0]["now_other"] == ["flags"]


def test_explain_says_what_would_be_other_now(
    run: Run, entry: Entry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CPATH", "/opt/include")
    assert run("explain", entry.key)[1][0]["now_other"] == ["environment"]
    main(["cache", "explain"])
    assert "as things are now it would not be found: other environment" in capsys.readouterr().out
    monkeypatch.setenv("CXX", "/bin/false")
    told = run("explain", entry.key)[1][0]
    assert told["now_other"] is None
    assert told["problem"] == "the C++ compiler does not tell its version"


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_verify_rebuilds_and_compares_each_byte(run: Run, entry: Entry) -> None:
    status, verdicts = run("verify")
    assert (status, [item["verdict"] for item in verdicts]) == (0, ["sound", "identical"])
    flip_a_bit(entry.library)
    status, verdicts = run("verify", "--kind", "kernel")
    assert (status, verdicts[0]["verdict"]) == (1, "broken")
    assert verdicts[0]["reason"] == "kernel.so has another content than the manifest says"


def test_verify_finds_code_that_is_not_of_its_source(run: Run, store: Store, entry: Entry) -> None:
    """An entry that agrees with its manifest in everything, but whose library is of something else."""

    def fill(folder: Path) -> dict[str, Any]:
        (folder / "kernel.cpp").write_text(SOURCE)
        (folder / "kernel.so").write_bytes(entry.library.read_bytes() + b"\0")
        return dict(entry.manifest)

    store.publish("kernel", "f" * 64, fill, {})
    status, (told,) = run("verify", "f" * 64)
    assert (status, told["verdict"]) == (1, "different")
    (entry.path / "kernel.cpp").write_text(SOURCE + "\n")
    status, (told,) = run("verify", entry.key)
    assert (status, told["verdict"]) == (1, "broken")


def test_verify_concludes_nothing_where_it_cannot(
    run: Run, entry: Entry, tmp_path: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """Another compiler; one that gives other bytes each time; none."""
    front = tmp_path / "front"
    front.write_text(
        f'#!/bin/sh\n{compiler.command[0]} "$@" && case "$*" in *kernel.so*) date +%N >> kernel.so;; esac\n'
    )
    front.chmod(0o755)
    monkeypatch.setenv("CXX", str(front))
    status, (told,) = run("verify", entry.key)
    assert (status, told["verdict"], told["reason"]) == (0, "sound", "other than then: compiler")
    restless = kernel(store, find_compiler(store.memo), SOURCE, ABI_HEADER)
    status, (told,) = run("verify", restless.key)
    assert (status, told["verdict"]) == (0, "sound")
    assert told["reason"] == "this compiler gives other bytes each time"
    monkeypatch.setenv("CXX", "/bin/false")
    assert run("verify", entry.key)[1][0]["reason"].startswith("it cannot be rebuilt: the C++ compiler")


def test_prune_by_age_and_size(run: Run, entry: Entry, store: Store) -> None:
    old = store.publish_json("card", "d" * 64, "x" * 1000) and store.lookup("card", "d" * 64)
    assert old is not None
    os.utime(old.path, (time.time() - 40 * DAY,) * 2)
    assert run("prune") == (0, [])
    status, planned = run("prune", "--max-age", "30d", "--dry-run")
    assert (status, [item["path"] for item in planned]) == (0, [str(old.path)])
    assert old.path.exists()
    assert run("prune", "--max-age", "30d") == (0, planned)
    assert not old.path.exists()
    status, removed = run("prune", "--max-size", "1k")
    assert str(entry.path) in [item["path"] for item in removed]
    assert store.lookup("kernel", entry.key) is None


def test_clear_removes_everything_but_what_is_being_built(run: Run, entry: Entry, root: Path) -> None:
    draft = root / "v1" / "building" / "draft"
    draft.mkdir()
    status, removed = run("clear")
    assert (status, len(removed)) == (0, 2)
    assert draft.is_dir()
    assert run("list") == (0, [])
    assert not (root / "v1" / "notes").exists()


def test_another_folder(run: Run, entry: Entry, tmp_path: Path, root: Path) -> None:
    assert run("list", "--root", str(tmp_path / "none")) == (0, [])
    assert run("clear", "--root", str(tmp_path / "none")) == (0, [])
    root.chmod(0o777)
    for action in ("list", "clear", "prune", "verify", "info"):
        status, message = run(action)
        assert status == 2
        assert "others may write to the cache folder" in message
    assert entry.path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give folders away")
def test_somebody_elses_folder_is_read_and_not_changed(run: Run, entry: Entry, root: Path) -> None:
    os.chown(root, 65534, 65534)
    before = sorted(root.rglob("*"))
    assert run("list")[0] == 2  # as the private cache it is refused
    status, listed = run("list", "--root", str(root), "--kind", "kernel")
    assert (status, [item["key"] for item in listed]) == (0, [entry.key])
    assert run("verify", "--root", str(root), entry.key)[1][0]["verdict"] == "identical"
    assert [item["role"] for item in run("info", "--root", str(root))[1]] == ["read only"]
    for action in ("clear", "prune"):
        status, message = run(action, "--root", str(root))
        assert status == 2
        assert "belongs to another user" in message
    assert sorted(root.rglob("*")) == before


def test_broken_entries_are_listed_and_go_first(run: Run, entry: Entry) -> None:
    entry.library.unlink()
    _status, listed = run("list", "--kind", "kernel")
    assert "kernel.so cannot be read" in listed[0]["problem"]
    assert run("explain")[0] == 0
    assert run("info")[1][0]["broken"] == 1


def test_quantities() -> None:
    assert [size(text) for text in ("0", "10", "2k", "1.5M", "2GiB")] == [0, 10, 2048, 1572864, 2 << 30]
    assert [age(text) for text in ("90s", "2m", "12h", "1w")] == [90, 120, 43200, 604800]
    assert [size_text(n) for n in (0, 999, 2048, 5 << 20, 3 << 30)] == [
        "0 B",
        "999 B",
        "2 kB",
        "5 MB",
        "3 GB",
    ]
    assert [age_text(n) for n in (-1, 119, 120, 7200, 3 * DAY)] == ["0 s", "119 s", "2 min", "2 h", "3 d"]
    for wrong in ("", "x", "-1", "1y"):
        for read in (size, age):
            with pytest.raises(Exception, match="is no"):
                read(wrong)
