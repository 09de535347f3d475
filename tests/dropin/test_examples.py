"""Some of the examples of NEST's wheel, by `python` and by `nestml-jit run`: `make dropin` runs all."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import examples

SAMPLE = ("multimeter_file.py", "recording_demo.py", "spatial/ctx_2n.py", "twoneurons.py", "vinit_example.py")
"""Quick ones that print, write files, and show figures."""


@pytest.mark.parametrize("name", SAMPLE)
def test_example(name: str) -> None:
    script = examples.folder() / name
    with ThreadPoolExecutor(2) as pool:
        plain, ours = pool.map(lambda entry: examples.run(script, entry), (examples.PLAIN, examples.OURS))
    assert plain.status == 0, plain.errors
    assert plain.output or plain.files
    assert examples.differences(plain, ours) == []


def test_what_counts_as_different() -> None:
    def outcome(output: str = "", **files: bytes) -> examples.Outcome:
        return examples.Outcome(0, output, "", files, 1.0)

    same = [
        ("[INFO] [2026-01-02 03:04:05] Ready", "[INFO] [2027-11-12 13:14:15] Ready"),
        ("Simulation time   : 1.25 s", "Simulation time   : 0.75 s"),
        ("Model time: 0.5 ms, Real-time factor: 0.13", "Model time: 0.5 ms, Real-time factor: 0.22"),
    ]
    same += [("0 643776 # virt_mem_1\n0 9.4 # rate", "0 641656 # virt_mem_1\n0 9.4 # rate")]
    status = "{{'rate': {}, 'time_cpu': array([{}, 1.0]), 'memory_size': {}, 'biological_time': {}}}"
    same += [(status.format(1, 2, 3, 4), status.format(1, 22, 33, 4))]
    different = [
        (status.format(1, 2, 3, 4), status.format(1, 2, 3, 5)),
        (status.format(1, 2, 3, 4), status.format(2, 2, 3, 4)),
        ("rate: 12.5", "rate: 12.6"),
        ("0 643776 # virt_mem_1\n0 9.4 # rate", "0 643776 # virt_mem_1\n0 9.5 # rate"),
        ("Model time: 0.5 ms, Real-time factor: 0.13", "Model time: 0.6 ms, Real-time factor: 0.13"),
        ("a\nb", "a"),
        ("a", "a\nb"),
    ]
    for first, second in same:
        assert examples.differences(outcome(first), outcome(second)) == []
    for first, second in different:
        assert examples.differences(outcome(first), outcome(second)) != []
    assert examples.differences(outcome(a=b"1"), outcome(a=b"2")) == ["file a differs"]
    logs = [
        outcome(log_0=f"0 {time} # build_time \n0 {rate} # rate".encode())
        for time, rate in ((1, 2), (3, 2), (1, 3))
    ]
    assert examples.differences(logs[0], logs[1]) == []
    assert examples.differences(logs[0], logs[2]) == ["file log_0 differs"]
    assert examples.differences(outcome(a=b"1"), outcome(b=b"1")) == ["files: ['a', 'b'] on one side only"]


def test_databases_are_compared_entry_by_entry(tmp_path: Path) -> None:
    ndbm = pytest.importorskip("dbm.ndbm")

    def database(name: str, *values: bytes) -> examples.Outcome:
        for value in values:
            with ndbm.open(str(tmp_path / name), "c") as base:
                base["rate"] = value
        path = tmp_path / f"{name}.db"
        if not path.exists():
            pytest.skip("databases have another form here")
        return examples.Outcome(0, "", "", {"rates.db": path.read_bytes()}, 1.0)

    once, twice = database("once", b"1.5"), database("twice", b"22.5" * 20, b"1.5")
    assert once.files != twice.files
    assert examples.differences(once, twice) == []
    assert examples.differences(once, database("other", b"1.6")) == ["file rates.db differs"]


def test_a_side_that_alone_was_given_up_gets_twice_the_time(tmp_path: Path) -> None:
    script = tmp_path / "busy.py"
    script.write_text("import time\nwhile time.process_time() < 1.5:\n    pass\nprint('done')\n")
    done, given_up = examples.Outcome(0, "done\n", "", {}, 1.0), examples.run(script, examples.PLAIN, 1)
    assert given_up.status is None
    plain, ours = examples.given_time(script, done, given_up, 1)
    assert (plain, ours.status, ours.output) == (done, 0, "done\n")
    plain, ours = examples.given_time(script, given_up, done, 1)
    assert (plain.status, plain.output, ours) == (0, "done\n", done)
    assert examples.given_time(script, given_up, given_up, 1) == (given_up, given_up)


def test_every_script_is_known() -> None:
    paths = [path.as_posix() for path in examples.folder().rglob("*.py")]
    assert all(any(path.endswith(name) for path in paths) for name in examples.LEFT_OUT)
    assert len(examples.scripts()) >= 80
