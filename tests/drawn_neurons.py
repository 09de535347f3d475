"""Neuron models that are put together at random, of all that the language has for neurons."""

from __future__ import annotations

import random
from collections.abc import Iterable

PORTS = (
    ("spikes <- spike",),
    ("exc <- excitatory spike", "inh <- inhibitory spike"),
    ("spikes <- spike", "others <- spike"),
    ("several[2] <- spike", "spikes <- spike"),
)
HELPER = """    function bounded(x real) real:
        if x > 5:
            return 5.0
        elif x < -5:
            return -5.0
        return x
"""


class DrawnNeuron:
    """A model of a neuron that is drawn at random, as the lines of its blocks.

    Parameters
    ----------
    number
        Seed; the same number gives the same model.
    noisy
        Whether the model draws random numbers.

    Attributes
    ----------
    name
        The model's name.
    """

    def __init__(self, number: int, noisy: bool) -> None:
        self.name = f"drawn_{number}{'_noisy' if noisy else ''}_neuron"
        self.draw = random.Random(number)
        self.count = 0
        self.inputs = list(self.draw.choice(PORTS))
        self.ports = [line.partition(" <-")[0].partition("[")[0] for line in self.inputs]
        self.vector = "several[2] <- spike" in self.inputs
        self.state = ["v_m real = 0", "left ms = 0 ms"]
        self.parameters = ["tau_m ms = 10 ms", "theta real = 1", "drive real = 1.05", "dead ms = 1.5 ms"]
        self.internals: list[str] = []
        self.equations = ["left' = -1"]
        self.drives = ["drive"]
        self.readable: list[str] = []
        self.update: list[str] = []
        self.handlers: dict[str, list[str]] = {port: [] for port in self.ports}
        self._parts(noisy)
        self.equations.append(f"v_m' = ({' + '.join(self.drives)} - v_m) / tau_m")

    def _parts(self, noisy: bool) -> None:
        draw = self.draw
        parts = [self._linear, self._oscillator, self._cubic, self._convolution, self._bare_port]
        parts += [self._delayed, self._current, self._ring, self._counter]
        for part in draw.sample(parts, draw.randint(4, 6)):
            part(self._fresh("x"))
        if noisy:
            for part in draw.sample([self._normal, self._uniform, self._poisson], draw.randint(1, 3)):
                part(self._fresh("n"))
        for port in self.ports:
            if draw.random() < 0.6 or not self.handlers[port]:
                self._handle(port, "v_m" if draw.random() < 0.3 or not self.readable else self._any())

    # --- what a model is made of ------------------------------------------------------------------

    def _fresh(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def _any(self) -> str:
        return self.draw.choice(self.readable) if self.readable else "v_m"

    def _tau(self, name: str) -> str:
        self.parameters.append(f"tau_{name} ms = {self.draw.choice([2, 5, 10, 25])} ms")
        return f"tau_{name}"

    def _linear(self, name: str) -> None:
        self.state.append(f"{name} real = 0.25")
        other = f" + 0.5 * {self._any()}" if self.readable else ""
        self.equations.append(f"{name}' = (-{name}{other}) / {self._tau(name)}")
        self._readable(name)

    def _oscillator(self, name: str) -> None:
        self.state += [f"{name} real = 0.5", f"{name}' 1/ms = 0.125 / 1 ms"]
        tau = self._tau(name)
        self.equations.append(
            f"{name}'' = -{name} / {tau}**2 - {self.draw.choice([0.3, 1, 2])} * {name}' / {tau}"
        )
        self._readable(name)

    def _cubic(self, name: str) -> None:
        self.state.append(f"{name} real = 0.5")
        right = self.draw.choice(["- {0}**3 + 0.5", "- {0} * abs({0})", "- {0} + exp(-{0}**2)"]).format(name)
        other = f" + 0.2 * {self._any()}" if self.readable else ""
        self.equations.append(f"{name}' = ({right}{other}) / {self._tau(name)}")
        self._readable(name)

    def _convolution(self, name: str) -> None:
        tau, port = self._tau(name), self._port()
        shape = self.draw.choice(
            ["exp(-t / {0})", "e / {0} * t * exp(-t / {0})", "2 * exp(-t / {0}) * cos(t / {0})"]
        )
        self.equations.append(f"kernel K{name} = {shape.format(tau)}")
        self.equations.append(f"recordable inline {name} real = 0.25 * convolve(K{name}, {port})")
        self._readable(name)

    def _bare_port(self, name: str) -> None:
        self.state.append(f"{name} real = 0")
        self.equations.append(f"{name}' = -{name} / {self._tau(name)} + {self._port()}")
        self._readable(name)

    def _delayed(self, name: str) -> None:
        self.state.append(f"{name} real = 0")
        self.parameters.append(f"lag_{name} ms = {self.draw.choice([0.5, 3])} ms")
        self.equations.append(f"{name}' = (v_m(t - lag_{name}) - {name}) / {self._tau(name)}")
        self._readable(name)

    def _current(self, name: str) -> None:
        self.inputs.append(f"{name} pA <- continuous")
        self.drives.append(f"{name} / 50 pA")

    def _ring(self, name: str) -> None:
        self.state += [f"{name}[3] real = 0", f"{name}_place integer = 0", f"{name}_sum real = 0"]
        self.update += [
            f"{name}[{name}_place] = bounded(v_m)",
            f"{name}_place = ({name}_place + 1) % 3",
            f"{name}_sum = 0",
            f"{name}_i integer = 0",
            f"for {name}_i in 0 ... 3 step 1:",
            f"    {name}_sum += {name}[{name}_i] / 4",
        ]
        self._readable(f"{name}_sum")

    def _counter(self, name: str) -> None:
        self.state += [f"{name} integer = 0", f"{name}_on boolean = false"]
        self.update += [
            f"{name} += 1",
            f"{name}_on = {name} > 20 and not {name}_on",
            f"if {name}_on:",
            "    v_m += 0.125",
            f"while {name} > 30:",
            f"    {name} -= 7",
        ]

    def _normal(self, name: str) -> None:
        self.state.append(f"{name} real = 0")
        self.internals.append(f"P_{name} real = exp(-resolution() / {self._tau(name)})")
        self.update.append(f"{name} = P_{name} * {name} + 0.125 * random_normal(0, 1)")
        self._readable(name)

    def _uniform(self, name: str) -> None:
        self.state.append(f"{name} real = 0")
        self.update += [
            f"if random_uniform(0, 1) < 0.01 + {name} / 100:",
            f"    {name} = random_uniform(0, 0.5)",
        ]
        if self.draw.random() < 0.5:
            self.update.append("    emit_spike()")
        self._readable(name)

    def _poisson(self, name: str) -> None:
        self.state.append(f"{name} integer = 0")
        port = self.draw.choice(self.ports)
        self.handlers[port] += [f"{name} = random_poisson(2)", f"v_m += {name} / 16"]

    # --- how the parts are used -------------------------------------------------------------------

    def _readable(self, name: str) -> None:
        self.readable.append(name)
        if not name.endswith("_sum") and not name.startswith("n") and self.draw.random() < 0.6:
            self.drives.append(f"{self.draw.choice([0.125, 0.25, -0.25])} * {name}")

    def _port(self) -> str:
        port = self.draw.choice(self.ports)
        return f"{port}[{self.draw.randint(0, 1)}]" if port == "several" else port

    def _handle(self, port: str, variable: str) -> None:
        target = variable if any(line.startswith(f"{variable} real") for line in self.state) else "v_m"
        value = f"({port}[0] - {port}[1])" if port == "several" else port
        line = f"{target} += {self.draw.choice([0.25, 0.5])} * {value} * 1 s"
        self.handlers[port].append(
            f"if left <= 0 ms:\n            {line}" if self.draw.random() < 0.3 else line
        )

    def _integrations(self) -> list[str]:
        standing = [line.partition("'")[0] for line in self.equations if "'" in line and "kernel" not in line]
        some = [name for name in standing if name != "v_m"]
        return [
            "if left > 0.01 ms:",
            f"    integrate_odes({', '.join(some)})",
            "else:",
            "    integrate_odes()",
        ]

    def text(self) -> str:
        """Return the model's text."""
        names = list(self.handlers)
        ranks = self.draw.sample(range(12), len(names)) if len(names) > 1 else []
        handlers = "".join(
            block(f"onReceive({port}{f', priority={ranks[index]}' if ranks else ''})", self.handlers[port])
            for index, port in enumerate(names)
        )
        spiking = ["v_m = 0", "left = dead", "emit_spike()"]
        return (
            f"model {self.name}:\n"
            + block("state", self.state)
            + block("equations", self.equations)
            + block("parameters", self.parameters)
            + block("internals", self.internals)
            + block("input", self.inputs)
            + block("output", ["spike"])
            + block("update", [*self.update, *self._integrations()])
            + handlers
            + block("onCondition(v_m > theta and left <= 0.01 ms)", spiking)
            + HELPER
        )


def block(head: str, lines: Iterable[str]) -> str:
    """Return a block's text, "" if it has no lines."""
    text = "".join(f"        {line}\n" for line in lines)
    return f"    {head}:\n{text}" if text else ""
