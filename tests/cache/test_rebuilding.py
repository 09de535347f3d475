"""What cannot be loaded is built once more: kernels by the pipeline, the host library by the session."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nestml_jit.cache import BuildError, Entry, Roots, Settings, Store, UnloadableError, find_compiler, kernel
from nestml_jit.card import FusionCard
from nestml_jit.host.installation import HostError
from nestml_jit.kernels import ABI_HEADER, Generated
from nestml_jit.pipeline import Fused, Pipeline
from nestml_jit.session import host_loading
from nestml_jit.session.nest_errors import NestErrors
from tests.cache.libraries import whole_library

CARD = FusionCard("neuron", (), (), (), (), (), ())
KERNEL = Generated("neuron", 'extern "C" void * nestml_jit_kernel() { return nullptr; }\n', CARD)


def compiled(pipeline: Pipeline) -> Fused:
    (fused,) = pipeline.compile([KERNEL])
    return fused


def publish(root: Path) -> None:
    """Compile the kernel into a root, and do not load it into this process."""
    store = Store(Roots(root))
    kernel(store, find_compiler(store.memo), KERNEL.text, ABI_HEADER)


def poison(root: Path) -> None:
    """Replace the kernel in a root by one that no loader can load, though nothing in its headers tells."""
    (folder,) = (root / "v1" / "kernel").iterdir()
    (published,) = (item for item in Store(Roots(root)).entries() if item.kind == "kernel")
    folder.rename(root / "aside")

    def fill(draft: Path) -> None:
        (draft / "kernel.so").write_bytes(whole_library())

    Store(Roots(root)).publish("kernel", published.key, fill, dict(published.manifest))


@pytest.mark.parametrize("place", ["own", "read only"])
def test_a_kernel_that_cannot_be_loaded_is_built_again(place: str, tmp_path: Path) -> None:
    root = tmp_path / "cache"
    publish(root)
    poison(root)
    roots = Roots(root) if place == "own" else Roots(tmp_path / "mine", (root,))
    pipeline = Pipeline(Store(roots), Settings())
    fused = compiled(pipeline)
    assert [stage.cached for stage in pipeline.stages] == [False]
    assert fused.folder.is_relative_to(roots.writable)
    again = Pipeline(Store(roots), Settings())
    assert compiled(again).library == fused.library
    assert [stage.cached for stage in again.stages] == [True]


def test_offline_it_is_missing(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    publish(root)
    poison(root)
    with pytest.raises(BuildError, match="the kernel of neuron is not compiled"):
        compiled(Pipeline(Store(Roots(root)), Settings(offline=True)))


def test_it_is_built_again_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def never(library: Path, _functions: tuple[str, ...]) -> None:
        tried.append(library)
        raise UnloadableError("not today")

    store = Store(Roots(tmp_path / "cache"))
    publish(store.roots.writable)
    monkeypatch.setattr("nestml_jit.kernels.load", never)
    with pytest.raises(BuildError, match="the kernel of neuron cannot be loaded: not today"):
        compiled(Pipeline(store, Settings()))
    assert len(tried) == 2


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_host_that_cannot_be_loaded_is_built_again_once(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, tried = Store(Roots(tmp_path)), []

    def host(library: Path, _raise_error: object) -> str:
        tried.append(library)
        if len(tried) <= failing:
            raise HostError("it cannot be loaded")
        return "host"

    def made(_installation: object) -> Entry:
        content = whole_library(bytes([len(tried)]))
        return store.obtain("host", "key", lambda folder: write(folder, content), {})

    def write(folder: Path, content: bytes) -> None:
        (folder / "kernel.so").write_bytes(content)

    monkeypatch.setattr(host_loading, "Host", host)
    compilation: Any = SimpleNamespace(pipeline=SimpleNamespace(store=store))
    nest: Any = SimpleNamespace()  # is not asked
    hosts: Any = host_loading.HostLoading(nest, NestErrors(nest), compilation)
    hosts._compiled_host = made
    if failing < 2:
        entry, loaded = hosts._load(None)
        assert loaded == "host"
        assert entry.library.read_bytes() == whole_library(bytes([failing]))
    else:
        with pytest.raises(HostError):
            hosts._load(None)
    assert len(tried) == min(failing + 1, 2)
