"""`nestml-jit cache`: look at the build cache, check it, and make room."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nestml_jit.cli.outcome import CLEAN, FAULTY, UNUSABLE, complain_of, examples, say
from nestml_jit.cli.quantities import age, age_text, size, size_text, table
from nestml_jit.plain import plain_line

if TYPE_CHECKING:
    from nestml_jit.cache import Store
    from nestml_jit.cache.guard import FolderGuard
    from nestml_jit.cache.inventory import Item
    from nestml_jit.cache.prune import Usage
    from nestml_jit.cli.outcome import Commands

SOURCE = "kernel.cpp"
_SHOWN = 12
"""Digits of a key that are shown in tables."""


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    text = "look at the build cache, check it, make room"
    cache = commands.add_parser(
        "cache",
        help=text,
        description=text[0].upper() + text[1:] + ".",
        **examples(
            "nestml-jit cache list --kind kernel",
            "nestml-jit cache explain             why was my kernel compiled anew?",
            "nestml-jit cache prune --max-age 30d --max-size 2G",
        ),
    )
    actions = cache.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(
        name: str, run: Callable[[argparse.Namespace], int], text: str, *lines: str
    ) -> argparse.ArgumentParser:
        shown = examples(*(f"nestml-jit cache {name}{line}" for line in lines or ("",)))
        parser = actions.add_parser(name, help=text, description=text, **shown)
        parser.add_argument("--root", type=Path, metavar="FOLDER", help="this folder instead of the cache")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="how to report")
        parser.set_defaults(run=lambda options: _guarded(run, options))
        return parser

    listed = action("list", _list, "list entries, their sizes and ages", "", " --kind kernel")
    info = action("info", _info, "show the folders in use, or all about entries")
    explain = action("explain", _explain, "say in which part of the key entries differ from the nearest ones")
    verify = action("verify", _verify, "check entries, and rebuild them where that is possible")
    for parser in (listed, verify):
        parser.add_argument("--kind", metavar="KIND", help="only this kind, such as kernel or host")
    for parser in (info, explain, verify):
        parser.add_argument("keys", nargs="*", metavar="KEY", help="an entry's key, or how it begins")
    prune = action("prune", _prune, "remove what was not used for long, and what broken builds left")
    prune.add_argument("--max-age", type=age, metavar="TIME", help="unused for longer, such as 30d or 12h")
    prune.add_argument("--max-size", type=size, metavar="SIZE", help="leave at most this, such as 500M or 2G")
    prune.add_argument("-n", "--dry-run", action="store_true", help="remove nothing, say what would go")
    action("clear", _clear, "remove everything")


def _guarded(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from nestml_jit.cache import BuildError, CacheError

    try:
        return run(options)
    except (BuildError, CacheError) as error:
        complain_of(f"nestml-jit cache: {error}")
        return UNUSABLE


def _store(options: argparse.Namespace) -> Store:
    """Return the store to look into: the cache, or a folder, which is only read if another user owns it."""
    from nestml_jit.cache import Roots, Store

    if options.root is None:
        return Store()
    root = options.root.absolute()
    theirs = root.exists() and root.stat().st_uid != os.geteuid()
    nowhere = Path(os.devnull, "none")  # cannot be made
    return Store(Roots(nowhere, (root,)) if theirs else Roots(root))


def _own_store(options: argparse.Namespace) -> Store:
    """Return the store to change, which must be the user's own."""
    from nestml_jit.cache import Roots, Store

    return Store() if options.root is None else Store(Roots(options.root.absolute()))


def _print(options: argparse.Namespace, data: object, text: str) -> None:
    say(json.dumps(data, indent=2) if options.format == "json" else text)


# --- list and info -------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    from nestml_jit.cache.inventory import inventory

    items = [item for item in inventory(_store(options)) if options.kind in (None, item.kind)]
    rows = [
        [
            item.kind,
            item.key[:_SHOWN] + item.key[32 : 32 + _SHOWN // 3],
            size_text(item.size),
            _age(item),
            age_text(time.time() - item.used),
            item.subject,
        ]
        for item in items
    ]
    total = f"{_entries(len(items))}, {size_text(sum(item.size for item in items))}"
    text = "\n".join([table(["KIND", "KEY", "SIZE", "AGE", "UNUSED", "SUBJECT"], rows), total])
    _print(options, [_record(item) for item in items], text if items else total)
    return CLEAN


def _entries(number: int) -> str:
    return f"{number or 'no'} {'entry' if number == 1 else 'entries'}"


def _age(item: Item) -> str:
    return "" if item.entry is None else age_text(time.time() - item.entry.created)


def _record(item: Item) -> dict[str, object]:
    noted = {name: value for name, value in item.manifest.items() if name != "value"}
    return {
        "kind": item.kind,
        "key": item.key,
        "path": str(item.path),
        "root": str(item.root),
        "size": item.size,
        "created": None if item.entry is None else item.entry.created,
        "used": item.used,
        "problem": item.problem or None,
        **noted,
    }


def _info(options: argparse.Namespace) -> int:
    store = _store(options)
    if not options.keys:
        return _info_of_roots(options, store)
    items = _chosen(options, store)
    text = "\n\n".join(_described(item) for item in items)
    _print(options, [_record(item) for item in items], text)
    return CLEAN


def _described(item: Item) -> str:
    record = _record(item)
    cpu = record.pop("cpu", None)
    lines = [plain_line(f"{item.kind} {item.key}")]
    if item.entry is not None:
        lines.append(
            f"  made        {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(item.entry.created))}"
        )
    lines.append(f"  size        {size_text(item.size)}")
    if isinstance(cpu, dict):
        lines.append(plain_line(f"  cpu         {cpu.get('name', '')} ({cpu.get('machine', '')})"))
    for name in ("subject", "problem", "path", "seconds", "flags", "compiler", "request"):
        value = record.get(name)
        if value not in (None, ""):
            shown = " ".join(value) if isinstance(value, list) else str(value).strip()
            lines.append(f"  {name:<10}  " + shown.replace("\n", "\n" + 14 * " "))
    parts = [plain_line(f"    {name:<14} {value[:16]}") for name, value in sorted(item.parts.items())]
    return "\n".join([*lines, *(["  parts of the key"] if parts else []), *parts])


def _info_of_roots(options: argparse.Namespace, store: Store) -> int:
    from nestml_jit.cache.inventory import inventory, leftovers

    items = inventory(store)
    rows, records = [], []
    named = (*store.roots.readonly, store.roots.writable)
    for root in named if options.root is None else [options.root.absolute()]:
        inside = [item for item in items if item.root == root]
        role = "private" if root == store.roots.writable else "read only"
        kinds = sorted({item.kind for item in inside})
        counts = {kind: sum(item.kind == kind for item in inside) for kind in kinds}
        total, left = sum(item.size for item in inside), leftovers(root)
        broken = sum(bool(item.problem) for item in inside)
        records.append({"root": str(root), "role": role, "exists": root.is_dir(), "entries": counts,
                        "size": total, "leftovers": left, "broken": broken})  # fmt: skip
        shown = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        state = shown or ("empty" if root.is_dir() else "not there")
        more = f" ({broken} broken)" if broken else ""
        rows.append([str(root), role, size_text(total), size_text(left), state + more])
    _print(options, records, table(["FOLDER", "ROLE", "SIZE", "LEFTOVERS", "ENTRIES"], rows))
    return CLEAN


# --- explain and verify --------------------------------------------------------------------------


def _chosen(options: argparse.Namespace, store: Store, *, everything: bool = False) -> list[Item]:
    """Return the entries whose keys were given, as a table shows them or as they begin."""
    from nestml_jit.cache import CacheError
    from nestml_jit.cache.inventory import inventory

    items = inventory(store, everything=everything)
    found = []
    for key in options.keys:
        matching = [item for item in items if _matches(item, key)]
        if not matching:
            raise CacheError(f"there is no entry {key} in {', '.join(map(str, store.usable_roots()))}")
        found += matching
    return found if options.keys else items


def _matches(item: Item, key: str) -> bool:
    shown = item.key[:_SHOWN] + item.key[32:]
    return bool(key) and (item.key.startswith(key) or (len(key) > _SHOWN and shown.startswith(key)))


def _explain(options: argparse.Namespace) -> int:
    from nestml_jit.cache.inventory import inventory

    store = _store(options)
    items = inventory(store)
    chosen = _chosen(options, store) if options.keys else _newest(items)
    explained = [_explanation(item, items, store) for item in chosen]
    _print(options, explained, "\n\n".join(_explanation_text(record) for record in explained))
    return CLEAN


def _newest(items: Sequence[Item]) -> list[Item]:
    libraries = [item for item in items if item.kind == "kernel" and item.entry is not None]
    return sorted(libraries, key=lambda item: item.entry.created if item.entry else 0.0)[-1:]


def _explanation(item: Item, items: Sequence[Item], store: Store) -> dict[str, object]:
    from nestml_jit.ahead.upkeep import outdated_parts
    from nestml_jit.cache import BuildError
    from nestml_jit.cache.inventory import nearest

    found = nearest(item, items)
    record: dict[str, object] = {"kind": item.kind, "key": item.key, "subject": item.subject}
    if found is not None:
        other, parts = found
        record["nearest"] = {"key": other.key, "subject": other.subject, "root": str(other.root)}
        record["differs_in"] = {part: [_value(item, part), _value(other, part)] for part in parts}
    try:
        record["now_other"] = outdated_parts(item, store.memo)
    except BuildError as error:
        record["now_other"] = None
        record["problem"] = str(error).splitlines()[0]
    return record


def _value(item: Item, part: str) -> str:
    """Return what a part was, as far as it was noted, else its hash."""
    noted = item.manifest.get({"cpu": "target"}.get(part, part))
    if part in ("compiler", "cpu", "flags") and noted:
        return " ".join(noted) if isinstance(noted, list) else str(noted).strip()
    if part == "source" and (item.path / SOURCE).is_file():
        return f"{item.parts[part][:16]} ({item.path / SOURCE})"
    return item.parts.get(part, "none")[:16]


def _explanation_text(record: dict[str, object]) -> str:
    lines = [plain_line(f"{record['kind']} {record['key']}"), plain_line(f"  {record['subject']}")]
    near, differs = record.get("nearest"), record.get("differs_in")
    if isinstance(near, dict) and isinstance(differs, dict):
        lines.append(
            plain_line(f"  nearest: {near['key']} ({near['subject']}); it differs in {', '.join(differs)}")
        )
        for part, (here, there) in differs.items():
            lines += [
                f"    {part}",
                f"      this:    {_one_line(here)}",
                f"      nearest: {_one_line(there)}",
            ]
    else:
        lines.append("  there is no other entry of this kind")
    now = record["now_other"]
    if isinstance(now, list):
        same = "it would be found as things are now, as far as that can be told from here"
        other = f"as things are now it would not be found: other {', '.join(now)}"
        lines.append(f"  {other if now else same}")
    else:
        lines.append(f"  what would be asked for now is not known: {record['problem']}")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())


def _verify(options: argparse.Namespace) -> int:
    from nestml_jit.ahead.upkeep import verify

    store = _store(options)
    items = [item for item in _chosen(options, store, everything=True) if options.kind in (None, item.kind)]
    verdicts = [(item, verify(item, store.memo)) for item in _counted(items)]
    rows = [
        [verdict.verdict, item.kind, item.key[:_SHOWN] + item.key[32 : 32 + _SHOWN // 3],
         f"{item.manifest.get('subject', '')}{f' ({verdict.reason})' if verdict.reason else ''}"]
        for item, verdict in verdicts
    ]  # fmt: skip
    records = [{**_record(item), "verdict": verdict.verdict, "reason": verdict.reason or None}
               for item, verdict in verdicts]  # fmt: skip
    bad = sum(verdict.verdict in ("broken", "different") for _item, verdict in verdicts)
    text = table(["VERDICT", "KIND", "KEY", "SUBJECT"], rows)
    _print(options, records, f"{text}\n{_entries(len(rows))}, {bad or 'none'} of them bad")
    return FAULTY if bad else CLEAN


def _counted(items: Sequence[Item]) -> Iterator[Item]:
    """Yield items, and say in a terminal how far that has come: one may take as long as a compilation."""
    shown = sys.stderr.isatty()
    for number, item in enumerate(items, 1):
        if shown:
            print(f"\r{number} of {len(items)}", end="", file=sys.stderr, flush=True)
        yield item
    if shown and items:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


# --- making room ---------------------------------------------------------------------------------


def _prune(options: argparse.Namespace) -> int:
    from nestml_jit.cache.prune import prune, selected

    guard = _own_guard(_own_store(options))
    if guard is None:
        removed: Sequence[Usage] = []
    elif options.dry_run:
        removed = selected(guard, options.max_age, options.max_size)
    else:
        removed = prune(guard, max_age=options.max_age, max_size=options.max_size)
    return _removed(options, removed, "would be removed" if options.dry_run else "removed")


def _clear(options: argparse.Namespace) -> int:
    from nestml_jit.cache.prune import clear

    guard = _own_guard(_own_store(options))
    return _removed(options, [] if guard is None else clear(guard), "removed")


def _own_guard(store: Store) -> FolderGuard | None:
    """Return the root that may be changed, once it is known to be the user's own; None if it is not there."""
    guard = store.guard(store.roots.writable)
    return guard if guard.check() else None


def _removed(options: argparse.Namespace, items: Sequence[Usage], word: str) -> int:
    records = [{"path": str(item.path), "size": item.size, "used": item.used} for item in items]
    text = f"{_entries(len(items))} {word}, {size_text(sum(item.size for item in items))}"
    _print(options, records, text)
    return CLEAN
