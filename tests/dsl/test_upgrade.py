"""Old models: every old form is named with the modern one, and `fmt --upgrade` rewrites what is certain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nestml_jit import dsl
from nestml_jit.cli import main
from nestml_jit.dsl.printer import format_text
from nestml_jit.dsl.upgrade import upgraded
from nestml_jit.errors import NestmlErrors

LIBRARY = sorted((Path(dsl.__file__).parents[1] / "models").glob("*.nestml"))

NEURON_5 = """
/* An integrate-and-fire neuron,
   written for NESTML 5 */
neuron iaf_old_neuron:
  state:
    r integer = 0 # counts
    function V_m mV = V_abs + E_L
    V_abs mV
  end
  initial_values:
    V_abs mV = 0 mV
  end
  equations:
    shape I_kernel = exp(-t / tau_syn)
    recordable function I_syn pA = curr_sum(I_kernel, spikes) + I_stim
    V_abs' = -V_abs / tau_m + (I_syn + I_e) / C_m
  end
  parameters:
    C_m pF = 250 pF
    tau_m ms = 10 ms
    tau_syn ms = 2 ms
    E_L mV = -70 mV
    function V_th mV = -55 mV - E_L # threshold
    t_ref ms = 2 ms
    I_e pA = 0 pA
  end
  internals:
    function RefractoryCounts integer = steps(t_ref)
  end
  input:
    spikes pA <- inhibitory excitatory spike
    I_stim pA <- current
  end
  output: spike
  update:
    if r == 0:
      integrate_odes()
    else:
      r -= 1
    end
    if V_abs >= V_th and r <> 1:
      r = RefractoryCounts
      V_abs = 0 mV
      emit_spike()
    end
  end
end
"""

NEURON_9 = """# An integrate-and-fire neuron,
# written for NESTML 5
model iaf_old_neuron:
    state:
        r integer = 0  # counts
        V_abs mV = 0 mV

    equations:
        recordable inline V_m mV = V_abs + E_L
        kernel I_kernel = exp(-t / tau_syn)
        recordable inline I_syn pA = convolve(I_kernel, spikes) * 1 pA + I_stim
        V_abs' = -V_abs / tau_m + (I_syn + I_e) / C_m

    parameters:
        C_m pF = 250 pF
        tau_m ms = 10 ms
        tau_syn ms = 2 ms
        E_L mV = -70 mV
        t_ref ms = 2 ms
        I_e pA = 0 pA

    internals:
        V_th mV = -55 mV - E_L  # threshold
        RefractoryCounts integer = steps(t_ref)

    input:
        spikes <- spike
        I_stim pA <- continuous

    output:
        spike

    update:
        if r == 0:
            integrate_odes()
        else:
            r -= 1
        if V_abs >= V_th and r != 1:
            r = RefractoryCounts
            V_abs = 0 mV
            emit_spike()
"""

SYNAPSE_6 = """
synapse stdp_old_synapse:
  state:
    w real = 1
    pre_trace real = 0
  end
  parameters:
    the_delay ms = 1 ms
    tau ms = 20 ms
  end
  equations:
    pre_trace' = -pre_trace / tau
  end
  input:
    pre_spikes real <- spike
    post_spikes real <- spike
  end
  output: spike
  preReceive:
    pre_trace += 1
    deliver_spike(w, the_delay)
  end
  postReceive:
    w += 0.1 * pre_trace
  end
  update:
    integrate_odes()
  end
end
"""

SYNAPSE_9 = """model stdp_old_synapse:
    state:
        w real = 1
        pre_trace real = 0

    parameters:
        the_delay ms = 1 ms
        tau ms = 20 ms

    equations:
        pre_trace' = -pre_trace / tau

    input:
        pre_spikes <- spike
        post_spikes <- spike

    output:
        spike

    onReceive(pre_spikes):
        pre_trace += 1
        emit_spike(w)

    onReceive(post_spikes):
        w += 0.1 * pre_trace

    update:
        integrate_odes()
"""

NEURON_8 = """
model weighted_neuron:
    state:
        V_m mV = 0 mV
        n real = 0
    parameters:
        tau ms = 10 ms
        theta mV = 15 mV
    equations:
        V_m' = -V_m / tau
    input:
        spikes <- spike(weight mV)
    output:
        spike(weight real, delay ms)
    update:
        integrate_odes()
    onReceive(spikes):
        V_m += spikes.weight
        n += V_m / mV
    onCondition(V_m > theta):
        V_m = 0 mV
        emit_spike(1., 1 ms)
"""

NEURON_8_IN_9 = """model weighted_neuron:
    state:
        V_m mV = 0 mV
        n real = 0

    parameters:
        tau ms = 10 ms
        theta mV = 15 mV

    equations:
        V_m' = -V_m / tau

    input:
        spikes <- spike

    output:
        spike

    update:
        integrate_odes()

    onReceive(spikes):
        V_m += spikes * 1 mV * 1 s
        n += V_m / 1 mV

    onCondition(V_m > theta):
        V_m = 0 mV
        emit_spike(1.)
"""

PAIRS = {
    "neuron of 5": (NEURON_5, NEURON_9),
    "synapse of 6": (SYNAPSE_6, SYNAPSE_9),
    "neuron of 8": (NEURON_8, NEURON_8_IN_9),
}


@pytest.mark.parametrize("name", PAIRS)
def test_upgrade(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, modern = PAIRS[name]
    path = tmp_path / "old.nestml"
    path.write_text(old)
    assert main(["fmt", "--upgrade", "--write", str(path)]) == 0
    assert path.read_text() == modern
    assert main(["check", str(path)]) == 0
    assert main(["fmt", "--upgrade", "--check", str(path)]) == 0
    capsys.readouterr()


def ended(text: str) -> str:
    """Return a modern text with `end` behind each block."""
    found: list[str] = []
    depths: list[int] = []
    for line in text.split("\n"):
        stripped = line.strip()
        depth = len(line) - len(line.lstrip())
        while stripped and depths and depth <= depths[-1]:
            closed = depths.pop()
            if not (depth == closed and re.match(r"(else|elif)\b", stripped)):
                found.append(" " * closed + "end")
        found.append(line)
        if re.sub(r"#.*", "", line).strip().endswith(":"):
            depths.append(depth)
    return "\n".join([*found, *(" " * depth + "end" for depth in reversed(depths))])


def aged(text: str) -> str:
    """Return a modern text in the forms of NESTML 5, as far as they mean the same."""
    kind = "synapse" if "emit_spike(w" in text else "neuron"
    text = re.sub(r"^model ", f"{kind} ", ended(text), flags=re.MULTILINE)
    text = re.sub(r"^(\s+)kernel ", r"\1shape ", text, flags=re.MULTILINE)
    text = re.sub(r"^(\s+)inline ", r"\1function ", text, flags=re.MULTILINE)
    text = re.sub(r"^(\s+)recordable inline ", r"\1recordable function ", text, flags=re.MULTILINE)
    text = re.sub(r"^(\s+)state:", r"\1initial_values:", text, flags=re.MULTILINE)
    text = re.sub(r"^([^#\n]*<- )continuous", r"\1current", text, flags=re.MULTILINE).replace(" != ", " <> ")
    return re.sub(r"output:\n\s+spike\n\s+end", "output: spike", text)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_models_of_the_library_come_back(path: Path) -> None:
    """What was written in old forms is the same again, comments included."""
    modern = format_text(path.read_text())
    old = aged(modern)
    assert dsl.diagnose(old)[1][0].code == "E0110"
    assert upgraded(old) == modern


REFUSED: dict[str, tuple[str, str, int, str]] = {
    "a port with a unit in an equation": ("+ I_e) / C_m", "+ I_e + spikes) / C_m", 16, "`spikes` cannot"),
    "a port with a unit in a statement": (
        "V_abs = 0 mV\n      emit", "V_abs += spikes\n      emit", 43, "`spikes` cannot"
    ),
    "a state without a value": ("r integer = 0", "r integer", 6, "no initial value"),
    "a model that extends another": ("old_neuron:", "old_neuron extends x:", 4, "cannot be translated"),
    "an unknown word": ("if r == 0:", "when r == 0:", 36, ""),
    "units that do not fit": ("spikes pA", "spikes nS", 15, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused(name: str, tmp_path: Path) -> None:
    """The error names the line of the file, which stays as it is."""
    part, other, line, said = REFUSED[name]
    text = NEURON_5.replace(part, other)
    with pytest.raises(NestmlErrors) as caught:
        upgraded(text, "old.nestml")
    (first, *_) = caught.value.diagnostics
    assert (first.code, first.span.line) == ("E0110", line), str(caught.value)
    assert said in str(caught.value)
    path = tmp_path / "old.nestml"
    path.write_text(text)
    assert main(["fmt", "--upgrade", "--write", str(path)]) == 1
    assert path.read_text() == text


def test_all_old_forms_are_told_at_once() -> None:
    found = dsl.diagnose(NEURON_5)[1]
    told = {item.message.split("`")[1]: item.hint for item in found}
    assert all(item.code == "E0110" for item in found)
    assert {name: told[name].split("`")[1] for name in told} == {
        "/*": "# ...",
        "neuron iaf_old_neuron:": "model iaf_old_neuron:",
        "function V_m": "recordable inline V_m",
        "end": "end",
        "initial_values:": "state:",
        "shape": "kernel",
        "recordable function I_syn": "recordable inline I_syn",
        "curr_sum(I_kernel, spikes)": "(convolve(I_kernel, spikes) * 1 pA)",
        "function V_th": "V_th",
        "function RefractoryCounts": "RefractoryCounts",
        "spikes pA <- inhibitory excitatory spike": "spikes <- spike",
        "I_stim pA <- current": "I_stim pA <- continuous",
        "<>": "!=",
    }
    assert "fmt --upgrade" in found[0].hint


def test_old_forms_in_a_modern_model() -> None:
    """They take the place of the parser's errors in their lines; others stay."""
    text = NEURON_8.replace("    equations:\n", "    equations:\n        shape K = exp(-t / tau)\n").replace(
        "n += V_m / mV", "n += += 1"
    )
    found = [(item.code, item.span.line) for item in dsl.diagnose(text)[1] if item.is_error]
    assert found == [("E0110", 10), ("E0110", 13), ("E0110", 19), ("E0101", 20)]


def test_modern_words_are_not_old_forms() -> None:
    """What looks like an old form in a text that is NESTML 9 is left alone."""
    text = NEURON_9.replace("r integer", "end_ integer = 0\n        shape real = 1\n        r integer")
    assert upgraded(text) == format_text(text)
