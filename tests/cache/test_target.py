"""CPUs and what may run on them; entries that are found by what is wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nestml_jit.cache import (
    CacheError,
    Compiler,
    Roots,
    Settings,
    Store,
    find_prebuilt,
    find_settings,
    kernel,
    kernel_flags,
    kernel_key,
    kernel_request,
    runnable,
    this_cpu,
    unsuited,
)
from nestml_jit.cache.target import Cpu, baseline, rank, record

V3 = "abm avx avx2 bmi1 bmi2 cx16 f16c fma lahf_lm movbe pni popcnt sse4_1 sse4_2 ssse3 xsave"
V4 = "avx512bw avx512cd avx512dq avx512f avx512vl"
SMALL = Cpu("x86_64", "small", frozenset())
MIDDLE = Cpu("x86_64", "middle", frozenset(V3.split()))
LARGE = Cpu("x86_64", "large", frozenset(f"{V3} {V4} sha_ni".split()))
ARM = Cpu("aarch64", "arm", frozenset({"asimd"}))


def test_what_a_cpu_can_run() -> None:
    assert runnable(SMALL) == ("x86-64",)
    assert runnable(MIDDLE) == ("x86-64-v3", "x86-64-v2", "x86-64")
    assert runnable(LARGE) == ("x86-64-v4", "x86-64-v3", "x86-64-v2", "x86-64")
    assert runnable(ARM) == (baseline("aarch64"),)
    assert runnable(Cpu("riscv64", "", frozenset())) == ("generic",)


@pytest.mark.parametrize("feature", V3.split())
def test_every_feature_of_a_level_counts(feature: str) -> None:
    without = dataclasses.replace(MIDDLE, features=MIDDLE.features - {feature})
    assert "x86-64-v3" not in runnable(without)


def test_the_best_comes_first() -> None:
    assert rank(record("native", LARGE), LARGE) == 0
    ranks = [rank(record(name, LARGE), LARGE) for name in runnable(LARGE)]
    assert ranks == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("noted", "cpu"),
    [
        (record("x86-64-v4", LARGE), MIDDLE),
        (record("x86-64-v3", LARGE), SMALL),
        (record("x86-64", SMALL), ARM),
        (record("native", LARGE), MIDDLE),
        (record("native", MIDDLE), LARGE),  # another model, though it has all features
        (record("native", LARGE), dataclasses.replace(LARGE, features=LARGE.features - {"sha_ni"})),
        ({"machine": "x86_64", "name": "x86-64-v9"}, LARGE),
        ({}, LARGE),
    ],
)
def test_what_a_cpu_must_not_run(noted: Mapping[str, Any], cpu: Cpu) -> None:
    assert rank(noted, cpu) is None


def test_the_same_model_with_more_features_will_do() -> None:
    more = dataclasses.replace(LARGE, features=LARGE.features | {"new"})
    assert rank(record("native", LARGE), more) == 0


def test_a_description_is_read() -> None:
    cpu = this_cpu("flags: avx sse\nmodel name: Xeon\nvendor_id: GenuineIntel")
    assert (cpu.features, cpu.model) == ({"avx", "sse"}, "model name: Xeon\nvendor_id: GenuineIntel")


# --- settings --------------------------------------------------------------------------------------


def test_settings_of_the_environment() -> None:
    assert find_settings({}) == Settings()
    lowest = runnable(this_cpu())[-1]
    environ = {"NESTML_JIT_CPU": lowest, "NESTML_JIT_FLAGS": "-O2 '-DX=a b'", "NESTML_JIT_OFFLINE": "1"}
    assert find_settings(environ) == Settings(lowest, ("-O2", "-DX=a b"), True)
    assert not find_settings({"NESTML_JIT_OFFLINE": "0"}).offline


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("NESTML_JIT_CPU", "pentium", "no CPU 'pentium'.*known are native"),
        ("NESTML_JIT_FLAGS", "-ffast-math", "wrong results"),
        ("NESTML_JIT_FLAGS", "-O2 -march=native", "NESTML_JIT_CPU"),
        ("NESTML_JIT_FLAGS", "'", "cannot be read"),
    ],
)
def test_settings_that_are_refused(name: str, value: str, text: str) -> None:
    with pytest.raises(CacheError, match=text):
        find_settings({name: value})


def test_a_cpu_that_this_one_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nestml_jit.cache.settings.this_cpu", lambda: SMALL)
    monkeypatch.setattr("nestml_jit.cache.settings.this_machine", lambda: "x86_64")
    with pytest.raises(CacheError, match=r"cannot run code for x86-64-v3.*one of native, x86-64$"):
        find_settings({"NESTML_JIT_CPU": "x86-64-v3"})


def test_settings_count_for_the_key_and_flags_for_the_request(compiler: Compiler, header: Path) -> None:
    lowest = Settings(cpu=runnable(this_cpu())[-1])
    flagged = Settings(flags=("-O1",))
    assert kernel_flags(compiler, flagged)[-1] == "-O1"
    keys = {kernel_key(compiler, "", header, item).name for item in (Settings(), lowest, flagged)}
    assert len(keys) == 3
    plain = kernel_request("", header)
    assert kernel_request("", header, lowest) == plain == kernel_key(compiler, "", header).request
    assert kernel_request("", header, flagged) != plain
    assert kernel_request("x", header) != plain


# --- entries found by request ----------------------------------------------------------------------

SOURCE = 'extern "C" int answer() { return 42; }\n'


@pytest.fixture
def filled(store: Store, compiler: Compiler, header: Path) -> Store:
    for name in ("native", runnable(this_cpu())[0], runnable(this_cpu())[-1]):
        kernel(store, compiler, SOURCE, header, settings=Settings(cpu=name))
    return store


def test_the_best_entry_is_found_whatever_made_it(filled: Store, header: Path) -> None:
    request = kernel_request(SOURCE, header)
    best, lowest = runnable(this_cpu())[0], runnable(this_cpu())[-1]
    found = find_prebuilt(filled, "kernel", request)
    assert found is not None
    assert found.manifest["cpu"]["name"] == "native"
    for name in (best, lowest):
        found = find_prebuilt(filled, "kernel", request, name)
        assert found is not None
        assert found.manifest["cpu"]["name"] == name
    assert unsuited(filled, "kernel", request) == sorted({"native", best, lowest})
    assert find_prebuilt(filled, "kernel", kernel_request("x", header)) is None
    assert find_prebuilt(filled, "host", request) is None


def test_an_entry_for_another_cpu_is_not_taken(filled: Store, header: Path) -> None:
    request = kernel_request(SOURCE, header)
    found = find_prebuilt(filled, "kernel", request, machine=Cpu(this_cpu().machine, "other", frozenset()))
    assert found is not None
    assert found.manifest["cpu"]["name"] == baseline(this_cpu().machine)
    assert find_prebuilt(filled, "kernel", request, machine=Cpu("vax", "", frozenset())) is None


def test_broken_entries_and_others_are_passed_over(filled: Store, root: Path, header: Path) -> None:
    for path in (root / "v1" / "kernel").iterdir():
        (path / "kernel.so").write_bytes(b"")
    (root / "v1" / "kernel" / kernel_request(SOURCE, header)).mkdir()
    assert find_prebuilt(Store(Roots(root)), "kernel", kernel_request(SOURCE, header)) is None
