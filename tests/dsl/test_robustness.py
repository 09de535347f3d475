"""Whatever the text is, there are diagnostics and no traceback, within two seconds."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nestml_jit import dsl
from nestml_jit.errors import NestmlErrors

MODELS = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*valid/*.nestml"))]
HEAD = "model a_neuron:\n    state:\n        x real = "
MONSTERS: dict[str, str] = {
    "10000 brackets": HEAD + "(" * 10000 + "1" + ")" * 10000 + "\n",
    "9000 brackets": HEAD + "(" * 9000 + "1" + ")" * 9000 + "\n",
    "10000 brackets in lines": HEAD + "(\n" * 10000 + "1" + ")\n" * 10000 + "\n",
    "10000 open brackets": "(" * 10000,
    "10000 square brackets": "[" * 10000,
    "10000 signs": HEAD + "-" * 10000 + "1\n",
    "4000 negations": HEAD + "not " * 4000 + "true\n",
    "5000 powers": HEAD + "2**" * 5000 + "1\n",
    "2000 choices": HEAD + "true?1:" * 2000 + "1\n",
    "9000 terms": HEAD + "1+" * 9000 + "1\n",
    "a line of 1 MB": HEAD + "1+" * 500_000 + "1\n",
    "a name of 1 MB": "a" * 1_000_000,
    "a comment of 1 MB": "#" * 1_000_000,
    "NUL": "\0" * 1000,
    "NUL in a model": MODELS[0].replace(" ", "\0"),
    "500 blocks": "model a:\n  update:\n" + "".join(" " * (i + 4) + "if true:\n" for i in range(500)),
    "100000 lines": "x = 3\n" * 100_000,
    "20000 declarations": HEAD + "1\n" + "".join(f"        x{i} real = {i}\n" for i in range(20_000)),
    "3000 elifs": "model a:\n  update:\n    if true:\n      x=1\n" + "    elif true:\n      x=1\n" * 3000,
    "3000 units": "model a:\n  state:\n    x " + "mV*" * 3000 + "mV = 1 mV\n",
    "a huge exponent": "model a:\n  state:\n    x mV**99999999999999999999 = 1 mV**1e999999\n",
    "a tiny exponent": HEAD + "(2 mV)**1e-999999999\n        y mV**0e999999999 = 1 mV**0e999999999\n",
    "a tiny number": HEAD + "1e-99999999 s / 1e-99999999 s\n",
    "10000 digits": HEAD + "9" * 10000 + " s\n",
    "powers of powers": HEAD + "(((1 Ym**99)**99)**99)**99\n",
    "10000 quotes": '"' * 10001,
    "10000 backslashes": "\\\n" * 10000,
    "5000 primes": "model a:\n  state:\n    x" + "'" * 5000 + " real = 1\n",
    "a surrogate": "\ud800 model",
    "nothing": "",
    "only blanks": "   \n\t\n  ",
}


def check(text: str) -> None:
    start = time.process_time()
    models, diagnostics = dsl.diagnose(text, "text.nestml")
    for item in diagnostics:
        assert item.render(colour=True)
        assert 0 <= item.span.line <= text.count("\n") + text.count("\r") + 2
    if not any(item.is_error for item in diagnostics):
        for model in models:
            dsl.lower(model)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("name", MONSTERS)
def test_monsters(name: str) -> None:
    check(MONSTERS[name])


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_line_ends_and_byte_order_marks_mean_nothing(change: Callable[[str], str]) -> None:
    for text in MODELS:
        changed = dsl.diagnose(change(text))
        plain = dsl.diagnose(text)
        assert changed[0] == plain[0]
        assert [item.code for item in changed[1]] == [item.code for item in plain[1]]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_other_encodings(encoding: str) -> None:
    data = "model a_neuron:  # µ\n".encode(encoding)
    if encoding == "utf-8-sig":
        assert dsl.decode(data).startswith("model")
        return
    with pytest.raises(NestmlErrors) as caught:
        dsl.decode(data, "a.nestml")
    assert [item.code for item in caught.value.diagnostics] == ["E0108"]


PIECES = (
    "( ) [[ ]] [ ] \" ' : \n \\ ** 1 mV ms t e if not + - ... <- spike ? , % state:\n \t $ # @a convolve( inf"
).split(" ")


def mutated(rng: random.Random) -> str:
    text = rng.choice(MODELS)
    for _ in range(rng.randrange(1, 6)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.randrange(1, 30))
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            other = rng.randrange(len(text) + 1)
            text = text[:other] + text[start:end] + text[other:]
        elif kind == 2:
            text = text[:start] + rng.choice(PIECES) + text[start:]
        else:
            lines = text.split("\n")
            rng.shuffle(lines)
            text = "\n".join(lines)
    return text


@pytest.mark.parametrize("seed", range(10))
def test_mutated_models(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(40):
        check(mutated(rng))


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(40):
        check(rng.randbytes(rng.randrange(400)).decode("latin-1"))


MEASURED = """
import resource, sys
sys.argv = ["nestml-jit", "check", "--format", "json", sys.argv[1]]
from nestml_jit.cli import main
limit = 500_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
sys.exit(main())
"""
BYTES = {
    "random": random.Random(1).randbytes(1_000_000),
    "NUL": b"\0" * 3_000_000,
    "16 bits": MODELS[0].encode("utf-16"),
    "mixed": MODELS[0].encode() + b"\xff\xfe",
}


def test_no_text_takes_more_than_500_mb(tmp_path: Path) -> None:
    for index, (name, text) in enumerate(MONSTERS.items()):
        if name != "a surrogate":
            (tmp_path / f"{index}.nestml").write_text(text, encoding="utf-8")
    for name, data in BYTES.items():
        (tmp_path / f"{name}.nestml").write_bytes(data)
    command = [sys.executable, "-c", MEASURED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    files = {Path(item["file"]).stem for item in json.loads(done.stdout) if item["severity"] == "error"}
    assert {"random", "NUL", "16 bits", "mixed"} <= files
