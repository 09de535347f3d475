"""The rooms of the host: which files may know NEST, and that docs/new-nest-version.md tells what they use."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests import compile_alone

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "nestml_jit" / "host" / "src"
ROOMS = sorted({path.relative_to(SOURCES).parts[0] for path in SOURCES.rglob("*.h")})

PASSED_ON = {"slice/relaxation.h", "synapses/delivery.h"}
"""Files that name a type of NEST's, an event that they hand from one class in nest/ to another one."""


def code(path: Path) -> str:
    """Return a file's text without comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.S)


def files_outside() -> list[Path]:
    found = sorted([*SOURCES.rglob("*.h"), *SOURCES.rglob("*.cpp")])
    assert len(found) > 50
    return [path for path in found if path.relative_to(SOURCES).parts[0] != "nest"]


def test_only_one_room_includes_nests_headers() -> None:
    """Others include by room, "values/slots.h", standard headers, the ABI, or what lies beside host.cpp."""
    own = {"nestml_jit_abi.h", *(path.name for path in SOURCES.glob("*.*"))}
    for path in files_outside():
        names = re.findall(r'^#include "([^"]+)"', path.read_text(encoding="utf-8"), re.M)
        foreign = [name for name in names if name not in own and name.partition("/")[0] not in ROOMS]
        assert not foreign, (
            f"{path.relative_to(SOURCES)} includes {foreign}: ask nest/ for what it is used for"
        )


def test_other_rooms_hardly_name_nests_namespace() -> None:
    naming = {path.relative_to(SOURCES).as_posix(): code(path).count("nest::") for path in files_outside()}
    assert {name for name, times in naming.items() if times} == PASSED_ON
    assert all(naming[name] == 1 for name in PASSED_ON)


def test_models_that_nest_may_lack_have_stubs() -> None:
    """NEST can be built with some of its models only (`with-models`); the host is compiled nevertheless."""
    spec = importlib.util.find_spec("nest")
    assert spec is not None
    assert spec.origin is not None
    headers = Path(spec.origin).parent / "include" / "nest"
    included = {
        Path(name)
        for path in SOURCES.rglob("*.*")
        for name in re.findall(r'^#include "(\w+\.h)"', path.read_text(encoding="utf-8"), re.M)
        if (headers / name).exists()
    }
    registers = (name for name in included if f" register_{name.stem}(" in (headers / name).read_text())
    needed = {"weight_recorder.h", "static_synapse.h"}  # NEST's kernel cannot do without
    wanted = {name.name for name in registers} - needed
    assert "poisson_generator.h" in wanted
    stubs = {path.name for path in (SOURCES.parent / "include" / "stub").glob("*.h")}
    assert wanted <= stubs, "write a header as in host/include/stub/volume_transmitter.h"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#include <vector>\nvoid f( std::vector< int >& x );\nvoid f( std::vector< int >& ) {}\n", ""),
        ("void f( std::vector< int >& x );\n", "vector"),
        ("static void g( int x ) {}\n", "unused parameter"),
    ],
)
def test_a_file_is_in_order_by_itself_or_not(
    text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_alone, "ROOT", tmp_path)
    check = compile_alone.Check(tmp_path)
    path = tmp_path / "some.cpp"
    path.write_text(text)
    problem = check.check(path)
    assert (expected in problem) if expected else not problem
    assert bool(check.wanting()) is bool(expected)


@pytest.fixture
def symbols() -> ModuleType:
    path = ROOT / "docs" / "make_nest_symbols.py"
    spec = importlib.util.spec_from_file_location("make_nest_symbols", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_about_a_new_nest_is_up_to_date(symbols: ModuleType) -> None:
    text = symbols.TARGET.read_text(encoding="utf-8")
    assert text == symbols.page(), "python docs/make_nest_symbols.py writes it"


def test_the_tables_miss_nothing(symbols: ModuleType) -> None:
    """Each private member that is revealed is listed, and each class that is derived from one of NEST's."""
    tables = symbols.tables()
    texts = [code(path) for path in sorted(SOURCES.rglob("*.*"))]
    revealed = [name for text in texts for name in re.findall(r"Reveal<[^>]*?&([\w:]+)", text)]
    derived = [name for text in texts for name in re.findall(r": public (nest::\w+)", text)]
    assert len(revealed) > 10
    assert len(derived) > 5
    assert [name for name in (*revealed, *derived) if f"`{name}`" not in tables] == []


def test_the_page_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "new-nest-version.md").read_text(encoding="utf-8").partition("## What is used")[0]
    named = set(
        re.findall(r"(?<![\w/])(?:tests|nest|slice|pynest|host|session|docs|benchmarks)/[\w./]*", text)
    )
    assert len(named) > 20
    places = (ROOT, ROOT / "nestml_jit", SOURCES)
    assert [name for name in sorted(named) if not any((place / name).exists() for place in places)] == []
