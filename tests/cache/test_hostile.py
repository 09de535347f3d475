"""Manifests that somebody wrote to do harm: none reaches a command, a path, a terminal."""

from __future__ import annotations

import copy
import json
import os
import random
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestml_jit.cache import (
    BuildError,
    CacheError,
    Entry,
    Roots,
    Settings,
    Store,
    find_compiler,
    find_prebuilt,
    kernel,
    unsuited,
)
from nestml_jit.cache.digest import digest
from nestml_jit.cache.entry import BrokenEntryError, _canonical, read
from nestml_jit.cli import main
from nestml_jit.kernels import ABI_HEADER
from nestml_jit.plain import plain, plain_line

SOURCE = '#include "nestml_jit_abi.h"\nextern "C" int answer() { return 42; }\n'

Run = Callable[..., "tuple[int, Any]"]


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run an action on the root as if it were somebody else's, and return its status and its records."""

    def call(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = main(["cache", *words, "--root", str(root), "--format", "json"])
        shown = capsys.readouterr()
        return status, json.loads(shown.out) if shown.out else shown.err

    return call


@pytest.fixture
def entry(store: Store) -> Entry:
    return kernel(store, find_compiler(store.memo), SOURCE, ABI_HEADER, {"subject": "a + b"})


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest's content, and make its own hash agree."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text())["content"]
    change(content)
    path.write_text(json.dumps({"digest": digest(_canonical(content)), "content": content}))


HOSTILE_FLAGS = {
    "-wrapper": "-wrapper {script},",
    "-fplugin": "-fplugin={library}",
    "-o": "-o {place}",
    "-B": "-B{folder}/",
    "-specs": "-specs={script}",
    "@": "@{script}",
    "-include": "-include {place}",
    "-MF": "-MD -MF {place}",
}


@pytest.mark.parametrize("flags", HOSTILE_FLAGS.values(), ids=HOSTILE_FLAGS.keys())
@pytest.mark.parametrize("where", ["flags", "link_flags", "both"])
@pytest.mark.parametrize("agreeing", [False, True])
def test_verify_takes_no_flag_from_an_entry(
    flags: str, where: str, agreeing: bool, run: Run, entry: Entry, tmp_path: Path
) -> None:
    place, script = tmp_path / "place", tmp_path / "cc1plus"
    script.write_text(f"#!/bin/sh\ntouch {place}\n")
    script.chmod(0o755)
    words = flags.format(place=place, script=script, library=entry.library, folder=tmp_path).split()

    def change(content: dict[str, Any]) -> None:
        noted = content["manifest"]
        for name in ("flags", "link_flags") if where == "both" else (where,):
            noted[name] = [*(noted[name] or []), *words]
        if agreeing:
            noted["parts"]["flags"] = digest("\0".join(noted["flags"]))

    rewrite(entry.path, change)
    status, (told,) = run("verify")
    assert not place.exists()
    if agreeing and where != "link_flags":
        assert (status, told["verdict"], told["reason"]) == (0, "sound", "other than then: flags")
    else:
        assert (status, told["verdict"]) == (0, "identical")


def test_verify_builds_for_no_cpu_that_is_not_known(run: Run, entry: Entry, tmp_path: Path) -> None:
    place = tmp_path / "place"
    name = f"native -wrapper {place}"
    rewrite(entry.path, lambda content: content["manifest"]["cpu"].update(name=name))
    status, (told,) = run("verify")
    assert (status, told["verdict"]) == (0, "sound")
    assert "there is no CPU" in told["reason"]


def test_an_entry_without_a_library_is_broken(run: Run, entry: Entry) -> None:
    entry.library.unlink()
    rewrite(entry.path, lambda content: content["files"].pop("kernel.so"))
    status, (told,) = run("verify")
    assert (status, told["verdict"], told["reason"]) == (1, "broken", "kernel.so is not in the manifest")


@pytest.mark.parametrize(
    "name", ["../../../../secret", "/etc/passwd", "..", ".", "", "a/b", "\0", "x" * 5000]
)
def test_no_file_outside_of_an_entry_is_read(name: str, entry: Entry) -> None:
    facts = {"size": 1, "digest": ""}
    rewrite(entry.path, lambda content: content["files"].update({name: facts}))
    with pytest.raises(BrokenEntryError, match=r"not understood|cannot be read"):
        read(entry.path, "kernel", entry.key)


JUNK: list[Any] = [
    None, True, -1, 0, 1.5, 1e300, -1e300, float("nan"), float("inf"), 10**400, "",
    "\x1b]0;pwned\x07", "\ud800",
    "x" * 3000, [], [[]], [None], {}, {"": None}, {"name": 5}, ["-wrapper"], "../..", "native", 2**63,
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Iterate over all places in JSON data: the container, and the index or name in it."""
    for key in (
        list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    ):
        yield value, key
        yield from places(value[key])


def mutated(content: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    content = copy.deepcopy(content)
    for _number in range(chance.choice((1, 1, 1, 2, 5))):
        found = list(places(content))
        if not found:
            break
        container, key = chance.choice(found)
        if chance.random() < 0.15:
            del container[key]
        elif chance.random() < 0.1 and isinstance(container, dict):
            container[chance.choice(["compiler", "flags", "cpu", "\x1b[2J", "value"])] = chance.choice(JUNK)
        else:
            container[key] = chance.choice(JUNK)
    return content


def test_whatever_a_manifest_says(
    entry: Entry, root: Path, store: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of a thousand is sound or broken; sound ones can be listed, explained and looked for."""
    chance = random.Random(2)
    path = entry.path / "manifest.json"
    content = json.loads(path.read_text())["content"]
    small = {**content, "manifest": {**content["manifest"], "target": "x", "compiler": "a\nb\nc"}}
    sound = []
    for _number in range(1000):
        changed = mutated(small, chance)
        try:
            path.write_text(json.dumps({"digest": digest(_canonical(changed)), "content": changed}))
        except UnicodeEncodeError:
            continue
        try:
            read(entry.path, "kernel", entry.key)
        except BrokenEntryError:
            continue
        sound.append(changed)
    assert 100 < len(sound) < 950
    for changed in chance.sample(sound, 25):
        path.write_text(json.dumps({"digest": digest(_canonical(changed)), "content": changed}))
        for words in (["list"], ["info", entry.key], ["explain", entry.key]):
            for form in ("json", "text"):
                assert main(["cache", *words, "--root", str(root), "--format", form]) == 0
        find_prebuilt(store, "kernel", str(content["manifest"]["request"]))
        unsuited(store, "kernel", str(content["manifest"]["request"]))
    for changed in chance.sample(sound, 5):
        path.write_text(json.dumps({"digest": digest(_canonical(changed)), "content": changed}))
        assert run("verify")[1][0]["verdict"] in ("identical", "sound")


@pytest.mark.parametrize(
    "name", ["compiler", "cpu", "flags", "link_flags", "parts", "request", "seconds", "target"]
)
def test_each_note_may_be_missing(name: str, entry: Entry, store: Store, run: Run) -> None:
    """What is missing is not asked for: an entry that does not say for which CPU it is suits none."""
    request = str(entry.manifest["request"])
    rewrite(entry.path, lambda content: content["manifest"].pop(name))
    for words in (["list"], ["info", entry.key], ["explain", entry.key], ["verify"]):
        assert run(*words)[0] == 0
    assert (find_prebuilt(store, "kernel", request) is None) == (name in ("cpu", "request"))
    assert unsuited(store, "kernel", request) == {"cpu": ["an unknown CPU"], "request": []}.get(
        name, ["native"]
    )


def test_a_manifest_of_any_size(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    os.truncate(entry.path / "manifest.json", 1 << 40)  # takes no room
    with pytest.raises(BrokenEntryError, match="too large"):
        read(entry.path, "kernel", entry.key)


def test_a_named_cpu_is_built_for_as_noted(run: Run, store: Store, root: Path) -> None:
    from nestml_jit.cache import runnable, this_cpu

    settings = Settings(cpu=runnable(this_cpu())[-1])
    made = kernel(Store(Roots(root)), find_compiler(store.memo), SOURCE, ABI_HEADER, settings=settings)
    assert run("verify", made.key)[1][0]["verdict"] == "identical"


# --- terminals -------------------------------------------------------------------------------------

OBEYED = "\x1b]0;title\x07\x1b[2J\r\x08\x7f\x9b31m\u202etxt\u2066\u200b\ud800"


OBEYED_KINDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
REORDERING = frozenset({"FSI", "LRE", "LRI", "LRO", "PDF", "PDI", "RLE", "RLI", "RLO"})


def is_obeyed(text: str) -> bool:
    return any(
        unicodedata.category(letter) in OBEYED_KINDS or unicodedata.bidirectional(letter) in REORDERING
        for letter in text.replace("\n", "")
    )


def test_nothing_that_is_shown_is_obeyed(
    entry: Entry, root: Path, capsys: pytest.CaptureFixture[str], store: Store
) -> None:
    """In texts of manifests, in names of kinds, keys and files; two lines stay in one row."""

    def change(content: dict[str, Any]) -> None:
        for container, key in list(places(content["manifest"])):
            if isinstance(container[key], str) and container is not content["manifest"]["parts"]:
                container[key] = f"{OBEYED}\nverdict identical {container[key]}"

    rewrite(entry.path, change)
    name = os.fsencode("\x1b[31m\u202e") + b"\xff\n"
    os.mkdir(os.fsencode(root) + b"/v1/kernel/" + name)
    os.mkdir(os.fsencode(root) + b"/v1/" + name)
    os.mkdir(os.fsencode(root) + b"/v1/" + name + b"/" + name)
    other = kernel(store, find_compiler(store.memo), SOURCE + "\n", ABI_HEADER, {"subject": "c"})
    capsys.readouterr()
    for words in (["list"], ["info"], ["info", entry.key], ["explain"], ["explain", other.key], ["verify"]):
        for form in ("text", "json"):
            main(["cache", *words, "--root", str(root), "--format", form])
            shown = capsys.readouterr()
            assert not is_obeyed(shown.out.replace("\x7f", "") if form == "json" else shown.out)
            assert not is_obeyed(shown.err)
            if words == ["list"] and form == "text":
                assert len(shown.out.splitlines()) == 6
                assert "\\x1b[2J" in shown.out
                assert "\\xff" in shown.out


def test_errors_show_no_sequences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "\x1b[2J\u202e"
    folder.mkdir()
    for name in ("broken\x1b[31m.nestml", "binary.nestml"):
        (folder / name).write_bytes(b"model \x1b[31m:\xff\n  \x9b\x1b]0;t\x07")
    folder.chmod(0o777)
    for words in (
        ["cache", "list", "--root", str(folder)],
        ["check", "--colour", "never", str(folder)],
        ["check", "--format", "github", str(folder)],
        ["fmt", str(folder)],
        ["show", str(folder / "broken\x1b[31m.nestml")],
        ["show", "\x1b[31m"],
        ["prewarm", f"{folder}/nowhere.py"],
        ["check", str(folder / "\x1b[2Jnowhere")],
    ):
        assert main(words) != 0
        shown = capsys.readouterr()
        assert not is_obeyed(shown.out + shown.err), words
    for error in (BuildError("a\x1b", ["b\x1b"], 1, "c\x1b[2J"), CacheError("\x1b")):
        assert not is_obeyed(str(error))


@given(st.text())
def test_plain_text_is_left_alone(text: str) -> None:
    assert not is_obeyed(plain_line(text))
    assert not is_obeyed(plain(text).replace("\t", ""))
    assert plain_line(plain_line(text)) == plain_line(text)
    if text.isprintable():
        assert plain(text) == text
