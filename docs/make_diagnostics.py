"""Write `diagnostics.md`: every diagnostic, what it means, and an example with its message.

The explanations are those of the rules, the examples those of the tests, the messages those that the
front end gives for them.
"""

from __future__ import annotations

from pathlib import Path

from nestml_jit import dsl
from nestml_jit.dsl.codes import explanations, first_line

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "tests" / "dsl" / "invalid"
TARGET = ROOT / "docs" / "diagnostics.md"
INTRODUCTION = """# Diagnostics

What `nestml-jit check` and every other reader of models reports. Codes with E are errors: the model
cannot be used. Codes with W are warnings: the model is legal, but old-fashioned or probably not what
was meant. This page is made by `docs/make_diagnostics.py` from the rules in `nestml_jit/dsl/checks`
and the examples in `tests/dsl/invalid`.

"""


def page() -> str:
    """Return the text of the page."""
    meanings = explanations()
    contents = [f"* [{code}](#{code.lower()}): {first_line(text)}" for code, text in meanings.items()]
    sections = [_section(code, text) for code, text in meanings.items()]
    return INTRODUCTION + "\n".join(contents) + "\n\n" + "\n".join(sections)


def _section(code: str, text: str) -> str:
    parts = [f"## {code}\n\n{text}\n"]
    for path in sorted(EXAMPLES.glob(f"{code}_*.nestml")):
        model = path.read_text(encoding="utf-8").split("\n", 1)[1]
        found = dsl.diagnose(model, f"{path.stem.split('_', 1)[1]}.nestml")[1]
        shown = "\n\n".join(item.render() for item in found)
        parts.append(f"```text\n{shown}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
