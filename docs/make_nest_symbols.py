"""Write the tables of `new-nest-version.md`: what of NEST the host uses, as its sources say.

They are found in the host's sources; nearly all are in `src/nest`, the room that knows NEST's classes. The
text around the tables is written by hand. Member functions of NEST's objects are not told from others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "nestml_jit" / "host" / "src"
TARGET = ROOT / "docs" / "new-nest-version.md"
BEGIN, END = "<!-- written by docs/make_nest_symbols.py -->\n", "<!-- end of what is written -->\n"

Uses = dict[str, set[str]]
"""Names with the files that use them."""


def _files() -> dict[str, str]:
    """Return the sources without comments, by name; openmp_bridge.h is about compilers."""
    paths = [*SOURCES.rglob("*.h"), *SOURCES.rglob("*.cpp")]
    named = {path.relative_to(SOURCES).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {name: re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S) for name, text in sorted(named.items())}


def _uses(find: Callable[[str], Iterable[str]]) -> Uses:
    found: Uses = {}
    for file, text in _files().items():
        for name in find(text):
            found.setdefault(name, set()).add(file)
    return dict(sorted(found.items()))


def headers() -> Uses:
    """Return the headers of NEST that are included: those that are not the host's own."""
    own = {path.name for path in [*SOURCES.glob("*"), *(SOURCES.parent / "include").glob("*.h")]}
    return _uses(lambda text: set(re.findall(r'^#include "([^"/]+)"', text, re.M)) - own)


def private_members() -> Uses:
    """Return the private members that are reached by `Reveal` (nest/private_member.h), with their types."""

    def find(text: str) -> list[str]:
        members = dict(re.findall(r"Reveal<\s*(\w+),\s*&([\w:]+::\w+)\s*>", text))
        types = dict(re.findall(r"struct (\w+)\s*\{\s*using type = (.*?);", text, re.S))
        return [f"`{member}` | `{' '.join(types[tag].split())}`" for tag, member in members.items()]

    return _uses(find)


def overruled() -> Uses:
    """Return the virtual functions of NEST's classes that the host's overrule, with the class that does."""
    pattern = r"class ([\w<>: ]+?)\s*:\s*public ([\w:]+)[^{;]*\{(.*?)\n\};"
    classes = [
        (name, base, body, file)
        for file, text in _files().items()
        for name, base, body in re.findall(pattern, text, re.S)
    ]
    bases = {name: base for name, base, _body, _file in classes}
    return {
        f"`{name}`, a `{base}` | {_functions(body)}": {file}
        for name, base, body, file in sorted(classes)
        if _is_nests(base, bases)
    }


def _is_nests(base: str, bases: Mapping[str, str]) -> bool:
    """Whether a class is one of NEST's, or derived from one."""
    while base in bases:
        base = bases[base]
    return base.startswith("nest::") or base == "Model"


def _functions(body: str) -> str:
    found = set(re.findall(r"([~\w]+)\([^;{}]*?\)\s*(?:const\s*)?override", body))
    return ", ".join(f"`{name}`" for name in sorted(found))


def managers() -> Uses:
    """Return the functions of managers that are called through `nest::kernel()`, or a name for one."""

    def find(text: str) -> set[str]:
        called = set(re.findall(r"kernel\(\)\s*\.(\w+_manager)\s*\.(\w+)\(", text))
        for name, manager in re.findall(r"(\w+) = (?:nest::)?kernel\(\)\s*\.(\w+_manager);", text):
            called |= {(manager, function) for function in re.findall(rf"\b{name}\.(\w+)\(", text)}
        return {f"{manager}.{function}" for manager, function in called}

    return _uses(find)


def names() -> Uses:
    """Return everything else in NEST's namespace that the host names."""

    def find(text: str) -> set[str]:
        found = set(re.findall(r"nest::(\w+(?:::\w+)*)", text)) - {"kernel"}
        return {name for name in found if not name.startswith("nestml_jit")}

    return _uses(find)


TABLES = (
    ("Private members", "member | its type", private_members),
    ("Virtual functions", "class | functions", overruled),
)
LISTS = (("Headers", headers), ("Functions of managers", managers), ("Other names in `nest::`", names))


def tables() -> str:
    """Return the generated part of the page."""
    parts = []
    for title, columns, find in TABLES:
        rows = [f"| {name} | {', '.join(sorted(files))} |" for name, files in find().items()]
        parts.append(
            f"### {title} ({len(rows)})\n\n| {columns} | where |\n|---|---|---|\n" + "\n".join(rows) + "\n"
        )
    for title, find_names in LISTS:
        found = [f"`{name}`" for name in find_names()]
        parts.append(f"### {title} ({len(found)})\n\n{', '.join(found)}\n")
    return "\n".join(parts)


def page() -> str:
    """Return the page with its generated part as it should be."""
    before, _, rest = TARGET.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
