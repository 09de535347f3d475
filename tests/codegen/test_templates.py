"""Templates place finished parts: they are short, and have hardly any logic."""

from pathlib import Path

import nestml_jit

TEMPLATES = sorted((Path(nestml_jit.__path__[0]) / "codegen" / "cpp" / "templates").glob("*.jinja"))


def test_templates_are_short():
    assert [path.name for path in TEMPLATES if len(path.read_text().splitlines()) >= 150] == []


def test_templates_have_a_tag_in_six_lines_at_most():
    texts = [path.read_text() for path in TEMPLATES]
    assert texts
    assert 6 * sum(text.count("{%") for text in texts) <= sum(len(text.splitlines()) for text in texts)
