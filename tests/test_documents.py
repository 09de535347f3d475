"""Pages name files that exist, and every page for people who change the code is in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
]
TOPS = "nestml_jit|tests|docs|examples|benchmarks"
MOST_FILES = 4
"""How many files a change that `docs/architecture.md` lists may need."""


def named(text: str) -> set[str]:
    """Return the paths in backquotes that begin at the repository's root."""
    paths = re.findall(rf"`((?:{TOPS})/[\w./-]+)`", text)
    return {path for path in paths if not re.search(r"[A-Z]{4,}|\*", path)}


def links(text: str) -> set[str]:
    found = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    return {link for link in found if "://" not in link}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_and_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [path for path in sorted(named(text)) if not (ROOT / path).exists()]
    missing += [link for link in sorted(links(text)) if not (page.parent / link).exists()]
    assert missing == []


def test_the_index_has_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    listed = {(index.parent / link).resolve() for link in links(index.read_text(encoding="utf-8"))}
    assert {page for page in index.parent.glob("*.md") if page != index} <= listed


def test_changes_need_few_files() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Where do I go to")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "| change |" not in line]
    assert len(rows) == 10
    for row in rows:
        assert 1 <= len(named(row)) <= MOST_FILES, row


def test_the_glossary_is_in_order() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(words) >= 40
    assert words == sorted(words)
