"""The command line: exit status, formats, and what it prints."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nestml_jit.cli import COMMANDS, main

HERE = Path(__file__).parent
FAULTY = HERE / "invalid" / "E0204_undefined.nestml"
CLEAN = HERE / "valid" / "E0204_undefined.nestml"


def test_check_gives_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(CLEAN)]) == 0
    assert capsys.readouterr().out == "no errors and no warnings in 1 file\n"
    assert main(["check", str(FAULTY)]) == 1
    assert main(["check", str(HERE / "there is no such file.nestml")]) == 2


def test_check_shows_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(FAULTY)])
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "error[E0204]: `V_n` is not declared"
    assert out[1].endswith("E0204_undefined.nestml:11:18")
    assert out[3] == "11 |         V_m' = -(V_n - E_L) / tau"
    assert out[4] == "   |                  ^^^"
    assert out[5] == "   = help: did you mean `V_m`?"


def test_colour_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--colour", "always", str(FAULTY)])
    assert "\033[1;31m" in capsys.readouterr().out
    main(["check", str(FAULTY)])
    assert "\033" not in capsys.readouterr().out


def test_json_and_github(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--format", "json", str(FAULTY)])
    (record,) = json.loads(capsys.readouterr().out)
    assert (record["code"], record["line"], record["column"]) == ("E0204", 11, 18)
    main(["check", "--format", "github", str(FAULTY)])
    line = capsys.readouterr().out
    assert line.startswith("::error file=")
    assert ",line=11,col=18," in line


def test_a_folder_is_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.nestml").write_bytes(CLEAN.read_bytes())
    (tmp_path / "b.nestml").write_bytes(b"\xff\xfe\x00")
    assert main(["check", str(tmp_path)]) == 1
    assert "error[E0108]" in capsys.readouterr().out


def test_fmt_changes_what_is_not_canonical(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.nestml"
    path.write_text("model a_neuron:\n  state: # here\n    x   real=(1+2)*3 #there\n", encoding="utf-8")
    assert main(["fmt", "--check", str(path)]) == 1
    wanted = "model a_neuron:\n    state:  # here\n        x real = (1 + 2) * 3  #there\n"
    capsys.readouterr()
    assert main(["fmt", str(path)]) == 0
    assert capsys.readouterr().out == wanted
    assert main(["fmt", "--write", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == wanted
    assert main(["fmt", "--check", str(path)]) == 0
    capsys.readouterr()


def test_fmt_keeps_comments_and_puts_them_below_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.nestml"
    wanted = """# What it is.
model a_neuron:
    state:
        # above
        x real = 1              # one
        longer_name real = 22   # two
        z real = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15  # far out

        y real = 1  # after a gap

    update:  # now
        x += 1
        if x > 2:  # too much
            x = 0  # again
"""
    path.write_text(wanted.replace("  # one", " # one").replace("    # two", "# two"), encoding="utf-8")
    path.chmod(0o640)
    link = tmp_path / "link.nestml"
    link.symlink_to(path)
    wanted = wanted.replace("   # two", "  # two").replace("1              # one", "1             # one")
    assert main(["fmt", "--write", str(link)]) == 0
    assert path.read_text(encoding="utf-8") == wanted
    assert (link.is_symlink(), path.stat().st_mode & 0o777) == (True, 0o640)
    assert main(["fmt", "--check", str(path)]) == 0
    assert sorted(tmp_path.iterdir()) == [path, link]
    capsys.readouterr()


def test_show_tells_what_a_model_offers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "stdp_synapse"]) == 0
    out = capsys.readouterr().out
    assert "presynaptic spikes" in out
    assert "tau_tr_pre" in out
    assert main(["show", "there_is_no_such_model"]) == 2


def test_what_cannot_be_read_is_named_and_the_rest_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing, folder = tmp_path / "missing.nestml", tmp_path / "folder.nestml"
    folder.mkdir()
    assert main(["check", str(missing), str(FAULTY)]) == 2
    out, err = capsys.readouterr()
    assert "error[E0204]" in out
    assert err == f"nestml-jit: {missing}: No such file or directory\n"
    assert main(["check", str(tmp_path)]) == 2
    assert "there is no file *.nestml in this folder" in capsys.readouterr().err
    (tmp_path / "a.nestml").write_bytes(CLEAN.read_bytes())
    assert main(["check", str(tmp_path)]) == 0
    assert main(["fmt", str(missing)]) == 2


def test_the_same_name_in_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "ab":
        (tmp_path / f"{name}.nestml").write_bytes(CLEAN.read_bytes())
    assert main(["check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "warning[W0205]" in out
    assert f"--> {tmp_path / 'b.nestml'}:" in out


def test_status_with_warnings(tmp_path: Path) -> None:
    path = tmp_path / "a.nestml"
    path.write_text("model a_neuron:\n    state:\n        x real = 1\n", encoding="utf-8")
    assert main(["check", str(path)]) == 0
    assert main(["check", "--strict", str(path)]) == 1
    for wrong in ([], ["check"], ["nonsense"], ["check", "--format", "xml", str(path)]):
        with pytest.raises(SystemExit) as caught:
            main(wrong)
        assert caught.value.code == 2


COMMAND = [sys.executable, "-m", "nestml_jit"]
QUIET = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm"}


def test_colour_on_a_terminal_plain_in_a_pipe() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run([*COMMAND, "check", str(FAULTY)], stdout=theirs, env=QUIET, check=False)
    os.close(theirs)
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    assert done.returncode == 1
    assert shown.startswith(b"\x1b[1;31merror[E0204]")
    piped = subprocess.run([*COMMAND, "check", str(FAULTY)], capture_output=True, env=QUIET, check=False)
    assert piped.stdout.startswith(b"error[E0204]")
    assert b"\x1b" not in piped.stdout
    assert piped.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_and_a_reader_that_leaves() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "check", str(FAULTY)], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (2, b"nestml-jit: output: No space left on device\n")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, "fmt", str(FAULTY)], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, b"")


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert re.fullmatch(r"nestml-jit \d\S* \(NEST 3\.\S+, Python 3\.\d+\.\d+\)\n", capsys.readouterr().out)


def test_every_command_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    actions = ["list", "info", "explain", "verify", "prune", "clear"]
    for words in [[], *([name] for name in names), *(["cache", action] for action in actions)]:
        with pytest.raises(SystemExit):
            main([*words, "--help"])
        help_text = capsys.readouterr().out
        examples = help_text.partition("\nexamples:\n")[2].splitlines()
        assert any(" ".join(["nestml-jit", *words]) in line for line in examples), words


@pytest.mark.parametrize(("more", "kind"), [([], "neuron"), (["--synapse"], "synapse")])
def test_a_new_model_is_sound(
    more: list[str],
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NESTML_JIT_CACHE", str(tmp_path / "cache"))
    assert main(["new", "my_model", *more]) == 0
    assert main(["check", "--strict", "my_model.nestml"]) == 0
    assert main(["fmt", "--check", "my_model.nestml"]) == 0
    capsys.readouterr()
    assert main(["models", "my_mod*", "--format", "json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert (record["name"], record["kind"]) == ("my_model", kind)
    before = Path("my_model.nestml").read_bytes()
    assert main(["new", "my_model.nestml"]) == 2
    assert main(["new", "my model"]) == 2
    assert Path("my_model.nestml").read_bytes() == before


def test_models_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.nestml").write_text(CLEAN.read_text().replace("model ", "model mine_", 1))
    (tmp_path / "other.nestml").write_text("model other:\n    state:\n        x real = y\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NESTML_JIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("nestml_jit.lookup.search_path", lambda _own: [])
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("other ")
    assert "broken" in lines[0]
    assert "E0204" in lines[0]
    assert lines[1].startswith("mine_")
    assert main(["models", "nothing of this name"]) == 1


def test_diagnostics_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "e0204"]) == 0
    assert capsys.readouterr().out.startswith("E0204: Every name that is read is declared")
    assert main(["explain", "E0402", "E9999"]) == 2
    assert "there is no diagnostic E9999" in capsys.readouterr().err
    assert main(["explain"]) == 0
    assert "W0101  " in capsys.readouterr().out
