from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestml_jit.cache import Compiler, Memo, code_fingerprint, kernel_key, library_key, make_key
from nestml_jit.cache.key import differing_parts

PARTS = {"source": "a", "flags": b"b", "cpu": "c"}


@pytest.mark.parametrize("name", sorted(PARTS))
def test_each_part_alone_changes_the_key(name: str) -> None:
    changed = make_key({**PARTS, name: "other"})
    assert changed.name != make_key(PARTS).name
    assert differing_parts(changed.parts, make_key(PARTS).parts) == [name]


def test_a_part_that_is_missing_or_empty_makes_another_key() -> None:
    without = {name: part for name, part in PARTS.items() if name != "cpu"}
    assert len({make_key(p).name for p in (PARTS, without, {**PARTS, "cpu": ""})}) == 3
    assert differing_parts(make_key(PARTS).parts, make_key(without).parts) == ["cpu"]


def test_order_of_parts_does_not_matter() -> None:
    assert make_key(PARTS) == make_key(dict(reversed(PARTS.items())))


def test_text_and_its_bytes_are_the_same() -> None:
    assert make_key({"a": "µ"}) == make_key({"a": "µ".encode()})


@given(
    st.dictionaries(st.text("ab", min_size=1, max_size=2), st.text("xy \n", max_size=3), max_size=3),
    st.dictionaries(st.text("ab", min_size=1, max_size=2), st.text("xy \n", max_size=3), max_size=3),
)
def test_keys_are_equal_only_if_all_parts_are(one: dict[str, str], other: dict[str, str]) -> None:
    assert (make_key(one).name == make_key(other).name) == (one == other)


@pytest.mark.parametrize("name", ["", "a b", "a\n", "a/b", "ä="])
def test_a_name_that_could_be_misread_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a part"):
        make_key({name: ""})


def test_key_does_not_depend_on_the_hash_seed() -> None:
    code = "from nestml_jit.cache import make_key; print(make_key({c: c for c in set('abcdef')}).name)"
    names = set()
    for seed in "01234":
        environ = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environ, check=True, stdout=subprocess.PIPE, text=True
        )
        names.add(done.stdout)
    assert len(names) == 1


# --- the key of a kernel ---------------------------------------------------------------------------


def changes(base: Compiler, source: str, header: Path, other: Compiler, text: str) -> list[str]:
    return differing_parts(kernel_key(base, source, header).parts, kernel_key(other, text, header).parts)


def test_kernel_key_source(compiler: Compiler, header: Path) -> None:
    assert changes(compiler, "a", header, compiler, "b") == ["source"]
    assert changes(compiler, "a", header, compiler, "a") == []


def test_kernel_key_compiler(compiler: Compiler, header: Path) -> None:
    newer = replace(compiler, identity=compiler.identity + "1")
    assert changes(compiler, "a", header, newer, "a") == ["compiler"]


def test_kernel_key_cpu(compiler: Compiler, header: Path) -> None:
    elsewhere = replace(compiler, target=compiler.target + " -mother")
    assert changes(compiler, "a", header, elsewhere, "a") == ["cpu"]


def test_kernel_key_flags(compiler: Compiler, header: Path) -> None:
    without = replace(compiler, no_gnu_unique=not compiler.no_gnu_unique)
    assert changes(compiler, "a", header, without, "a") == ["flags"]


def test_kernel_key_headers(compiler: Compiler, header: Path) -> None:
    before = kernel_key(compiler, "a", header)
    header.write_text("changed")
    assert differing_parts(before.parts, kernel_key(compiler, "a", header).parts) == ["headers"]


def test_kernel_key_ignores_where_the_header_is(compiler: Compiler, header: Path, tmp_path: Path) -> None:
    copy = tmp_path / header.name
    copy.write_bytes(header.read_bytes())
    assert kernel_key(compiler, "a", header) == kernel_key(compiler, "a", copy)


def test_kernel_key_environment(compiler: Compiler, header: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kernel_key(compiler, "a", header)
    monkeypatch.setenv("CPATH", "/opt/include")
    assert differing_parts(before.parts, kernel_key(compiler, "a", header).parts) == ["environment"]


def test_key_of_portable_code_is_free_of_the_cpu(compiler: Compiler) -> None:
    elsewhere = replace(compiler, target="another")
    keys = [library_key(c, ["-O2"], {"a.cpp": "a"}, {}, {}) for c in (compiler, elsewhere)]
    assert keys[0] == keys[1]


def test_flags_are_taken_as_they_are(compiler: Compiler) -> None:
    flags = [["-a", "-b"], ["-b", "-a"], ["-a -b"], ["-a", "-b", ""]]
    assert len({library_key(compiler, f, {}, {}, {}).name for f in flags}) == len(flags)


def test_sources_cannot_run_into_each_other(compiler: Compiler) -> None:
    sources = [{"a": "b", "c": ""}, {"a": "bc"}, {"a": "", "bc": ""}, {"a": "b\0c"}]
    assert len({library_key(compiler, [], s, {}, {}).name for s in sources}) == len(sources)


def test_more_parts_count_and_must_not_hide_others(compiler: Compiler) -> None:
    keys = [library_key(compiler, [], {}, {}, {"nest": version}) for version in ("1", "2")]
    assert differing_parts(keys[0].parts, keys[1].parts) == ["nest"]
    with pytest.raises(ValueError, match="given twice: source"):
        library_key(compiler, [], {}, {}, {"source": ""})


# --- the fingerprint of our own code ---------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name in ("a.py", "dsl/grammar.lark", "host/b.cpp", "host/include/c.h", "codegen/t.cpp.j2"):
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "package"


def test_fingerprint_is_that_of_the_contents(package: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    package.rename(copy)
    before = code_fingerprint(copy, Memo())
    for path in copy.rglob("*.*"):
        os.utime(path, (1, 1))
    copy.rename(package)
    assert code_fingerprint(package, Memo()) == before


@pytest.mark.parametrize(
    "name", ["a.py", "dsl/grammar.lark", "host/b.cpp", "host/include/c.h", "codegen/t.cpp.j2"]
)
def test_fingerprint_sees_a_change_of_the_same_size_and_time(package: Path, name: str) -> None:
    memo = Memo()
    before = code_fingerprint(package, memo)
    path = package / name
    status = path.stat()
    path.write_text(path.read_text()[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert code_fingerprint(package, memo) != before


def test_fingerprint_sees_new_moved_and_lost_files(package: Path) -> None:
    memo = Memo()
    seen = [code_fingerprint(package, memo)]
    (package / "new.py").write_text("")
    seen.append(code_fingerprint(package, memo))
    (package / "new.py").rename(package / "moved.py")
    seen.append(code_fingerprint(package, memo))
    (package / "a.py").unlink()
    seen.append(code_fingerprint(package, memo))
    assert len(set(seen)) == 4


def test_fingerprint_leaves_out_what_python_writes(package: Path) -> None:
    before = code_fingerprint(package, Memo())
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "a.cpython-310.pyc").write_text("")
    (package / "__pycache__" / "a.py").write_text("")
    (package / "notes.txt").write_text("")
    assert code_fingerprint(package, Memo()) == before


def test_fingerprint_reads_no_content_when_nothing_changed(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    before = code_fingerprint(package, Memo(lambda: notes))
    monkeypatch.setattr("nestml_jit.cache.key.files_part", lambda files: pytest.fail("read again"))
    assert code_fingerprint(package, Memo(lambda: notes)) == before
