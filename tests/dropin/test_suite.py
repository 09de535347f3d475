"""A sample of NEST's own tests with nestml_jit in the place of nest: `make dropin` runs all of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import outcomes  # noqa: E402
import suite  # noqa: E402


def test_a_sample_of_nests_own_tests() -> None:
    plain, ours = suite.compare(suite.test_files(suite.suite()), 2, sample=True)
    assert suite.regressions(plain, ours) == []
    assert sum(outcome == "passed" for outcome in plain.values()) > 1500


# --- the machinery -----------------------------------------------------------------------------

FAKE = """
import os, time
import pytest

@pytest.mark.parametrize("number", range(4))
def test_number(number):
    if number == 1:
        os.abort()
    if number == 2 and os.environ.get("AS_NEST") == "yes":
        time.sleep(60)

def test_bad():
    assert os.environ.get("AS_NEST") != "yes"

def test_skipped():
    pytest.skip("no")

@pytest.mark.xfail
def test_expected():
    assert False
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> suite.Run:
    """Return how to run a suite in which one test crashes and one hangs."""
    monkeypatch.setattr(suite, "HERE", tmp_path / "a" / "b")  # where plugins are found
    plugins = tmp_path / "a" / "b"
    plugins.mkdir(parents=True)
    (plugins / "outcomes.py").symlink_to(HERE / "outcomes.py")
    (plugins / "other_side.py").write_text("import os\nos.environ['AS_NEST'] = 'yes'\n")
    root = tmp_path / "suite"
    for name in ("one", "two"):
        (root / name).mkdir(parents=True)
        (root / name / f"test_{name}.py").write_text(FAKE if name == "one" else "def test_two(): pass")
    (root / "two" / "test_abort.py").write_text("import os\nos.abort()\n")
    (root / "two" / "test_error.py").write_text("import nowhere\n")
    return suite.Run(root, suite.Side("other", ("-p", "other_side")), still=15.0)


def test_a_crash_or_a_hang_counts_for_one_test(fake: suite.Run) -> None:
    one = "one/test_one.py::test_"
    expected = {
        f"{one}number[0]": "passed",
        f"{one}number[1]": "crashed",
        f"{one}number[2]": "hung",
        f"{one}number[3]": "passed",
        f"{one}bad": "failed",
        f"{one}skipped": "skipped",
        f"{one}expected": "xfailed",
        "two/test_two.py::test_two": "passed",
        f"two/test_abort.py {suite.COLLECTING}": "crashed",
        "two/test_error.py": "error",
    }
    assert fake.folders(suite.test_files(fake.root), 2) == expected


def test_what_counts_as_worse() -> None:
    plain = {"a": "passed", "b": "failed", "c": "passed", "d": "skipped", "e": "passed", "f": "xfailed"}
    ours = {"a": "passed", "b": "crashed", "c": "skipped", "d": "failed", "f": "skipped", "g": "failed"}
    worse = [line.partition(":")[0] for line in suite.regressions(plain, ours)]
    assert worse == ["c", "d", "e"]


def test_the_sample() -> None:
    tests = ["f.py::slow", "f.py::alone", *(f"f.py::many[{number}]" for number in range(9))]
    chosen = {"f.py::alone", "f.py::many[0]", "f.py::many[4]", "f.py::many[8]"}
    assert outcomes.sampled(tests, frozenset({"f.py::slow"})) == chosen


def test_slow_tests_are_tests() -> None:
    """A list of names that nobody has any more would let the sample grow."""
    for name in suite.SLOW.read_text().splitlines():
        assert os.path.exists(suite.suite() / name.partition("::")[0]), name
