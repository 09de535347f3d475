"""Ctrl-C ends loops of models that do not end by themselves, and networks of NEST's own models."""

from __future__ import annotations

from pathlib import Path

from tests.robustness.process import run

MODELS = """
model looping_neuron:
    state:
        x real = 1
        y real = 1
        q real = 0
        i integer = 0
        j integer = 0
    parameters:
        place integer = 0
        turns integer = 2
        rate real = 0
    equations:
        y' = rate * q / (1 ms)  # turns once per 2 pi / rate
        q' = -rate * y * (1 + y**2) / (1 ms)
        recordable inline shown real = endless(4)
    input:
        spikes <- spike
    output:
        spike
    internals:
        inner real = endless(5)
    function endless(which integer) real:
        z real = inner_free(which)
        while place == which and z > 0:
            z *= 1
        return z
    function climb(n integer) integer:
        return n < 1 ? place : climb(n - 1) + climb(n - 1)
    function inner_free(which integer) real:
        return 1
    update:
        integrate_odes()
        while place == 1:
            x *= 1
        for i in 0 ... (place == 2 ? 1000000000000000 : turns) step 1:
            for j in 0 ... turns step 1:
                x *= 1
        x = endless(3) * inner
        if place == 9:
            i = climb(60)
        if place == 8:
            for i in 0 ... 100000000 step 1:
                for j in 0 ... 100000000 step 1:
                    x *= 1.01
    onReceive(spikes):
        while place == 6:
            x *= 1
    onCondition(x > 0):
        while place == 7:
            x *= 1
        emit_spike()

model looping_synapse:
    state:
        w real = 1
        z real = 1
        p real = 0
    parameters:
        place integer = 0
        rate real = 0
    equations:
        z' = rate * p / (1 ms)  # turns once per 2 pi / rate
        p' = -rate * z * (1 + z**2) / (1 ms)
    input:
        pre_spikes <- spike
        post_spikes <- spike
    output:
        spike
    function endless() real:
        z real = 1
        while place == 11:
            z *= 1
        return z
    onReceive(pre_spikes):
        while place == 10:
            w *= 1
        w *= endless()
        emit_spike(w)
    onReceive(post_spikes):
        while place == 12:
            w *= 1
    update:
        integrate_odes()

model beginning_neuron:
    parameters:
        tells integer = 0
    input:
        spikes <- spike
    output:
        spike
    update:
        if tells == 1:
            println("begun")
"""

LOOPING = """
def build(threads, neuron, synapse, tells=1):
    nest.ResetKernel()
    nest.set(verbosity=nest.VerbosityLevel.ERROR, local_num_threads=threads)
    nest.Create("beginning_neuron", params={"tells": tells})  # updated before all others of its thread
    source = nest.Create("spike_train_injector", params={"spike_times": [1.0, 5.0]})
    targets = nest.Create("looping_neuron", 3, neuron)
    nest.Connect(source, targets, syn_spec={"synapse_model": "looping_synapse", **synapse})
    meter = nest.Create("multimeter", params={"record_from": ["shown"]})
    nest.Connect(meter, targets)

def interrupted():
    "Simulate; Ctrl-C comes 0.15 s after the first update of a neuron, however long the way there takes."
    reading, writing = os.pipe()
    command = f"read begun && sleep 0.15 && kill -INT {os.getpid()}"
    killer = subprocess.Popen(["sh", "-c", command], stdin=reading)
    before = os.dup(1)
    os.dup2(writing, 1)  # what the neuron prints
    os.close(writing)
    try:
        nest.Simulate(10.0)
        raise AssertionError("it ended by itself")
    except KeyboardInterrupt as error:
        return str(error)
    finally:
        os.dup2(before, 1)
        os.close(before)
        killer.wait()
        os.close(reading)  # no sooner: what is printed must go somewhere

def is_spoilt():
    try:
        nest.Simulate(10.0)
    except nest.NESTErrors.KernelException as error:
        return "ResetKernel" in str(error)

build(1, {}, {}, tells=0)
nest.Simulate(10.0)
for number, (line, neuron, synapse) in enumerate(CASES):
    build(1 + number % 2, neuron, synapse)
    told = interrupted()
    assert line in told, (neuron, synapse, told)
    assert is_spoilt()
    print(number, flush=True)
works()
"""


def line(loop: str) -> str:
    """Return how an error names the line of the models' text that a loop stands in."""
    (number,) = (number for number, text in enumerate(MODELS.splitlines(), 1) if text.strip() == loop)
    return f"`{loop.split()[0]}` in line {number} of looping_"


def test_loops_of_a_model(tmp_path: Path) -> None:
    """NEST is told that its state means nothing, as after any failure; ResetKernel makes it usable."""
    cases = [
        (line("while place == 1:"), {"place": 1}, {}),
        ("`for` in line", {"place": 2}, {}),  # the loop inside or the one around it
        (line("while place == which and z > 0:"), {"place": 3}, {}),  # in `update`
        (line("while place == which and z > 0:"), {"place": 4}, {}),  # in what a multimeter records
        (line("while place == 6:"), {"place": 6}, {}),
        (line("while place == 7:"), {"place": 7}, {}),
        ("`for` in line", {"place": 8}, {}),  # two with constant bounds
        ("recursive function climb", {"place": 9}, {}),
        ("numerical solution for ", {"rate": 1e9}, {}),
        (line("while place == 10:"), {}, {"place": 10}),
        (line("while place == 11:"), {}, {"place": 11}),
        (line("while place == 12:"), {}, {"place": 12}),
        ("numerical solution for ", {}, {"rate": 1e9}),
    ]
    code = f"nest.jit.define({MODELS!r})\nCASES = {cases!r}\n{LOOPING}"
    assert run(code, tmp_path).split() == [str(number) for number in range(len(cases))]


BUILT_IN = """
def build(threads):
    nest.ResetKernel()
    nest.set(verbosity=nest.VerbosityLevel.ERROR, local_num_threads=threads)
    neurons = nest.Create("iaf_psc_alpha", 500, {"I_e": 400.0})
    nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 20})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    return recorder

def interrupt():
    return subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -INT {os.getpid()}"])

def spikes(recorder):
    return sorted(zip(recorder.events["times"], recorder.events["senders"]))

for threads in (1, 2):
    recorder = build(threads)
    killer = interrupt()
    try:
        nest.Simulate(1e7)
    except KeyboardInterrupt:
        killer.wait()
    stopped = nest.biological_time
    assert 0.0 < stopped < 1e7, stopped
    nest.Simulate(20.0)                 # NEST goes on
    assert nest.biological_time == stopped + 20.0
    found = [spike for spike in spikes(recorder) if spike[0] <= 300.0]
    again = build(threads)
    nest.Simulate(min(stopped + 20.0, 300.0))
    assert found == spikes(again) and len(found) > 100

# In the middle of a preparation: nothing is simulated.
build(1)
many = nest.Create("iaf_psc_alpha", 100_000)
killer = subprocess.Popen(["sh", "-c", f"sleep 0.02; kill -INT {os.getpid()}"])
try:
    nest.Simulate(1e7)
except KeyboardInterrupt:
    killer.wait()
assert nest.biological_time <= 1.0

# A handler of the script's own is called when NEST has ended, and changes nothing.
build(1)
signal.signal(signal.SIGINT, lambda *_: print("noted"))
killer = interrupt()
begin = time.monotonic()
while time.monotonic() < begin + 0.6:
    nest.Simulate(400.0)
assert nest.biological_time % 400.0 == 0.0
killer.wait()
assert not nest._session.is_active
"""


def test_networks_of_built_in_models(tmp_path: Path) -> None:
    run("works()", tmp_path)  # the host library is in the cache
    assert run(BUILT_IN, tmp_path) == "noted\n"
