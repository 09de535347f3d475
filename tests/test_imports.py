"""Which part may import what: the layers of the package, and what a warm start loads."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "nestml_jit"
STANDARD = frozenset(sys.stdlib_module_names)

# What each part may import besides the standard library and itself, from the lowest to the highest.
ALLOWED = {
    "functions.py": set(),
    "kinds.py": set(),
    "plain.py": set(),
    "solvers.py": set(),
    "card.py": {"nestml_jit.functions", "nestml_jit.kinds"},
    "options.py": {"nestml_jit.kinds", "nestml_jit.solvers"},
    "errors.py": {"nestml_jit.dsl.span", "nestml_jit.plain"},
    "dsl": {"lark", "nestml_jit.errors", "nestml_jit.functions", "nestml_jit.kinds"},
    "front_ends.py": {"nestml_jit.dsl", "nestml_jit.functions"},
    "oracle": {
        "mpmath",  # for limits only
        "numpy",  # in the interpreter of many lanes only
        "nestml_jit.dsl",
        "nestml_jit.functions",
        "nestml_jit.kinds",
    },
    "codegen": {
        "jinja2",
        "nestml_jit.card",
        "nestml_jit.dsl",
        "nestml_jit.errors",
        "nestml_jit.functions",
        "nestml_jit.kinds",
        "nestml_jit.options",
        "nestml_jit.solvers",
    },
    "legality.py": {
        "nestml_jit.card",
        "nestml_jit.codegen",
        "nestml_jit.dsl",
        "nestml_jit.errors",
        "nestml_jit.oracle",
    },
    "cache": {"platformdirs", "nestml_jit.plain"},
    "host": {"boost_headers", "nestml_jit.cache", "nestml_jit.card"},
    "mpi": {"mpi4py", "nestml_jit.host"},
    "kernels.py": {
        "nestml_jit.ahead.offline",  # its messages
        "nestml_jit.cache",
        "nestml_jit.card",
    },
    "pipeline.py": {
        "nestml_jit.cache",
        "nestml_jit.card",
        "nestml_jit.codegen",
        "nestml_jit.dsl",
        "nestml_jit.errors",
        "nestml_jit.front_ends",
        "nestml_jit.kernels",
        "nestml_jit.mpi",
        "nestml_jit.options",
    },
    "installed_nestml.py": set(),
    "lookup.py": {"nestml_jit.front_ends", "nestml_jit.installed_nestml", "nestml_jit.pipeline"},
    "ahead": {
        "nestml_jit.cache",
        "nestml_jit.card",
        "nestml_jit.host",
        "nestml_jit.kernels",
        "nestml_jit.pipeline",
    },
    "session": {
        "IPython",
        "scipy",  # for sparse matrices only
        "numpy",
        "rich",
        "nestml_jit.ahead.record",
        "nestml_jit.cache",
        "nestml_jit.card",
        "nestml_jit.dsl",
        "nestml_jit.errors",
        "nestml_jit.front_ends",
        "nestml_jit.host",
        "nestml_jit.lookup",
        "nestml_jit.mpi",
        "nestml_jit.options",
        "nestml_jit.pipeline",
    },
    "standin": {
        "nestml_jit.errors",
        "nestml_jit.front_ends",
        "nestml_jit.lookup",
        "nestml_jit.options",
        "nestml_jit.pipeline",
        "nestml_jit.session",
    },
    "pynest": {
        "IPython",
        "nest",
        "numpy",
        "rich",
        "sympy",
        "nestml_jit.card",
        "nestml_jit.codegen",
        "nestml_jit.dsl",
        "nestml_jit.errors",
        "nestml_jit.front_ends",
        "nestml_jit.functions",
        "nestml_jit.lookup",
        "nestml_jit.oracle",
        "nestml_jit.pipeline",
        "nestml_jit.session",
        "nestml_jit.solvers",
        "nestml_jit.standin",
    },
    "cli": {
        "argcomplete",  # when a shell asks only
        "nestml_jit.pipeline",
        "nestml_jit.ahead",
        "nestml_jit.cache",
        "nestml_jit.dsl",
        "nestml_jit.errors",
        "nestml_jit.legality",
        "nestml_jit.lookup",
        "nestml_jit.plain",
        "nestml_jit.pynest",
    },
    "__init__.py": {"nestml_jit.pynest.entry"},
    "__main__.py": {"nestml_jit.cli"},
}

# The storeys of the generator: what each may import of it.
STOREYS = {
    "model": {"model"},  # what a model says
    "plan": {"model", "plan"},  # what is decided
    "cpp": {"model", "plan", "cpp"},  # what is written
}


def parts() -> list[str]:
    names = (path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or any(path.glob("*.py")))
    return sorted(names)


def sources(part: str) -> list[Path]:
    path = PACKAGE / part
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Iterate over the full names of modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute(path, node)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names if is_module(module, alias.name))


def absolute(path: Path, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return str(node.module)
    package = ["nestml_jit", *path.relative_to(PACKAGE).parts[: -node.level]]
    return ".".join([*package, *([node.module] if node.module else [])])


def is_module(package: str, name: str) -> bool:
    """Whether `name` imported from one of our packages is a module."""
    folder = PACKAGE.parent.joinpath(*package.split("."))
    return (folder / f"{name}.py").is_file() or (folder / name).is_dir()


def is_below(name: str, allowed: set[str]) -> bool:
    return any(name == item or name.startswith(f"{item}.") for item in allowed)


@pytest.mark.parametrize("part", parts())
def test_a_part_imports_only_what_its_layer_allows(part: str) -> None:
    own = {f"nestml_jit.{part.removesuffix('.py')}"}
    for path in sources(part):
        for name in imports(path):
            if name == "nestml_jit" or name.partition(".")[0] in STANDARD:
                continue
            assert is_below(name, ALLOWED[part] | own), f"{path.relative_to(PACKAGE)} imports {name}"


@pytest.mark.parametrize("storey", STOREYS)
def test_a_storey_imports_none_above_it(storey: str) -> None:
    for path in sources(f"codegen/{storey}"):
        own = [name.split(".") for name in imports(path) if is_below(name, {"nestml_jit.codegen"})]
        above = [name for name in own if len(name) > 2 and name[2] not in STOREYS[storey]]
        assert not above, f"{path.relative_to(PACKAGE)} imports {above}"


def test_only_the_facade_imports_nest() -> None:
    """All other parts are handed the module."""
    assert [part for part, allowed in ALLOWED.items() if "nest" in allowed] == ["pynest"]


def test_no_code_for_other_processes_depends_on_where_it_is_written() -> None:
    """`__package__` in a text that another process runs would change with the room."""
    assert not [
        path
        for path in PACKAGE.rglob("*.py")
        if "__package__" in path.read_text().replace('"__package__"', "")
    ]


@pytest.mark.parametrize("part", parts())
def test_nothing_imports_the_package_itself(part: str) -> None:
    """`import nestml_jit` inside it would start NEST, and give the facade."""
    for path in sources(part):
        if part not in ("__main__.py", "cli"):
            assert "nestml_jit" not in set(imports(path)) - from_package(path), path


def from_package(path: Path) -> set[str]:
    """Return {"nestml_jit"} if the file only says `from nestml_jit import <module>`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return set() if "nestml_jit" in plain else {"nestml_jit"}


HEAVY = {"lark", "sympy", "jinja2", "mpmath"}


def loaded_by(code: str) -> set[str]:
    environ = {**os.environ, "PYNEST_QUIET": "1", "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=environ,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_neither_parser_nor_generator() -> None:
    assert not HEAVY & loaded_by("import nestml_jit")


def test_the_host_asks_for_the_time_in_one_way() -> None:
    """NEST's `get_time` asserts that no simulation runs; connections are made and errors told during one."""
    sources = sorted((PACKAGE / "host" / "src").rglob("*.*"))
    assert sources
    assert [path.name for path in sources if "get_time()" in path.read_text()] == []
