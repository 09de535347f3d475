"""Rules of any kind, event by event, against the oracle: moved or not, processed early or not."""

import numpy as np
import pytest

from tests.codegen.rule_outcomes import compare, head, rule_of

CASES = {
    "handlers of all kinds of spikes": """
    state:
        w real = 1
        n real = 0
        pre_tr real = 0
        post_tr real = 0
    parameters:
        tau ms = 9 ms
        tau_n ms = 30 ms
    equations:
        pre_tr' = -pre_tr / tau
        post_tr' = -post_tr / tau
        n' = -n / tau_n
"""
    + head()
    + """
    onReceive(mod_spikes):
        n += 0.5 + 0.1 * pre_tr
    onReceive(post_spikes):
        post_tr += 1
        w += 0.1 * pre_tr * n
    onReceive(pre_spikes):
        pre_tr += 1
        w -= 0.05 * post_tr
        emit_spike(w)
    update:
        integrate_odes()
""",
    "statements in update": """
    state:
        w real = 1
        n real = 0
        c real = 0
        events integer = 0
        pre_tr real = 0
        post_tr real = 0
    parameters:
        tau ms = 9 ms
        tau_c ms = 30 ms
    internals:
        rate 1/ms = (tau_c + tau) / (tau_c * tau)
    equations:
        pre_tr' = -pre_tr / tau
        post_tr' = -post_tr / tau
"""
    + head()
    + """
    onReceive(mod_spikes):
        n += 1. / tau
    onReceive(post_spikes):
        post_tr += 1
        c += pre_tr
    onReceive(pre_spikes):
        pre_tr += 1
        c -= post_tr
        emit_spike(w + 0.01 * events)
    update:
        w -= c * n / rate * expm1(-rate * timestep()) + 0.001 * t
        c = c * exp(-timestep() / tau_c)
        n = n * exp(-timestep() / tau)
        events += 1
        integrate_odes(pre_tr, post_tr)
""",
    "linear equations that depend on each other": """
    state:
        w real = 1
        a real = 0.5
        b real = 0
        c real = 0
        tick ms = 0 ms
    parameters:
        tau_a ms = 9 ms
        tau_b ms = 4 ms
        goal real = 0.3
    equations:
        a' = (goal - a) / tau_a
        b' = -b / tau_b + a / tau_a
        c' = -c / tau_b - b / tau_a + c / tau_a
        tick' = 1
"""
    + head()
    + """
    onReceive(mod_spikes):
        b += 0.2
    onReceive(post_spikes):
        w += 0.1 * c
        a += 0.1
    onReceive(pre_spikes):
        c += 0.3
        w += 0.01 * b + 0.001 * tick
        emit_spike(w * a)
    update:
        integrate_odes()
""",
    "conditions": """
    state:
        w real = 1
        x real = 0
        crossed integer = 0
    parameters:
        tau ms = 9 ms
    equations:
        x' = -x / tau
"""
    + head()
    + """
    onReceive(mod_spikes):
        x += 0.3
    onReceive(post_spikes):
        w += 0.01
        x += 0.5
    onReceive(pre_spikes):
        x += 0.4
        emit_spike(w + crossed)
    onCondition(x > 1):
        x = x - 1
        crossed += 1
    update:
        integrate_odes()
""",
    "convolutions": """
    state:
        w real = 1
        g real = 0
        g' 1/ms = 1 / tau
    parameters:
        tau ms = 9 ms
        tau_x ms = 5 ms
    equations:
        kernel slow = 3 * exp(-t / tau)
        kernel shape = e / tau_x * t * exp(-t / tau_x)
        kernel g'' = -2 / tau * g' - g / tau**2
        inline pre_tr real = convolve(slow, pre_spikes)
        inline post_tr real = convolve(slow, post_spikes)
        inline mod_tr real = convolve(shape, mod_spikes)
        inline post_shape real = convolve(shape, post_spikes)
        inline given real = convolve(g, pre_spikes)
"""
    + head()
    + """
    onReceive(mod_spikes):
        w += 0.01 * given
    onReceive(post_spikes):
        w += 0.1 * pre_tr + 0.02 * mod_tr - 0.1 * post_shape
    onReceive(pre_spikes):
        w -= 0.05 * post_tr + 0.1 * post_shape
        emit_spike(w + pre_tr)
    update:
        integrate_odes()
""",
    "spikes in equations": """
    state:
        w real = 1
        x real = 0
        y real = 0
    parameters:
        tau ms = 9 ms
    equations:
        kernel pulse = delta(t)
        x' = -x / tau + 2 * pre_spikes + convolve(pulse, mod_spikes)
        y' = -y / tau + 0.5 * post_spikes
"""
    + head()
    + """
    onReceive(post_spikes):
        w += 0.1 * x
    onReceive(pre_spikes):
        w -= 0.05 * y
        emit_spike(w + x)
    update:
        integrate_odes()
""",
    "functions, loops and vectors": """
    state:
        w real = 1
        bins[3] real = 0.5
        tr real = 0
        at integer = 0
    parameters:
        n integer = 3
        factor[3] real = 0.1
        tau ms = 9 ms
    equations:
        tr' = -tr / tau
        bins' = -bins / tau
    function largest(a real, b real) real:
        if a > b:
            return a
        return b
    function power_sum(x real, k integer) real:
        total real = 0
        i integer = 0
        for i in 0 ... k step 1:
            total += x**i + tr
        return total
"""
    + head()
    + """
    onReceive(mod_spikes):
        bins[at] += 0.1
        at = (at + 1) % 3
    onReceive(post_spikes):
        w += 0.01 * largest(tr, bins[1])
    onReceive(pre_spikes):
        i integer = 0
        for i in 0 ... n step 1:
            bins[i] += factor[i] * (i + 1)
        tr += power_sum(0.5, 3) / 10
        total real = 0
        while i > 0:
            i -= 1
            total += bins[i]
        emit_spike(w + total)
    update:
        integrate_odes()
""",
    "postsynaptic spikes drive more than decay": """
    state:
        w real = 1
        a real = 0.2
        b real = 0
        seen boolean = false
    parameters:
        tau ms = 9 ms
        tau_b ms = 14 ms
    equations:
        a' = -a / tau
        b' = (a - b) / tau_b
"""
    + head("mod_spikes <- spike")
    + """
    onReceive(post_spikes):
        a += 1 + 0.1 * b
        b += 0.1
        w += 0.01 * a
    onReceive(mod_spikes):
        w += 0.02 * b
    onReceive(pre_spikes):
        w -= 0.05 * a + 0.03 * b
        emit_spike(w)
    update:
        integrate_odes()
""",
}


PRIORITIES = (
    """
    state:
        w real = 1
        x real = 0
        tr real = 0
    parameters:
        tau ms = 9 ms
    equations:
        tr' = -tr / tau
"""
    + head()
    + """
    onReceive(mod_spikes{mod}):
        x = 3 * x + 1
        w += 0.01 * tr
    onReceive(post_spikes{post}):
        x = 0.5 * x + 2 + 0.001 * t
        tr += 1
    onReceive(pre_spikes{pre}):
        x = 0.2 * x - 1 - 0.01 * tr
        emit_spike(w + x)
    update:
        integrate_odes()
"""
)
ORDERS = {
    "post, mod, pre": (", priority=1", ", priority=2", ", priority=0"),
    "pre, post, mod": (", priority=9", ", priority=10", ", priority=11"),
    "pre, then the others": ("", ", priority=1", ", priority=2"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_higher_priorities_come_first(name):
    mod, post, pre = ORDERS[name]
    compare(rule_of(PRIORITIES.format(mod=mod, post=post, pre=pre)))


NONLINEAR = (
    """
    state:
        w real = 1
        x real = 0.1
        y real = 0.2
        a real = 0.3
        tr real = 0.5
    parameters:
        tau ms = 9 ms
        k real = 1.5
    equations:
        x' = (k - x**2) / tau + 0.1 * tr / tau
        y' = (x - y) / tau + 0.01 * sin(t / tau) / tau
        a' = -a**3 / tau
        tr' = -tr / tau
"""
    + head()
    + """
    onReceive(mod_spikes):
        x += 0.2
    onReceive(post_spikes):
        tr += 1
        a += 0.5
        w += 0.1 * x
    onReceive(pre_spikes):
        y += 0.3
        w -= 0.02 * y * a
        emit_spike(w + tr)
    update:
        integrate_odes()
"""
)


@pytest.mark.parametrize("tau", [9.0, np.array([3.0, 9.0, 20.0, 50.0])], ids=["same", "different"])
def test_equations_that_are_not_linear(tau):
    given = {"tau": tau, "gsl_abs_error_tol": 1e-11, "gsl_rel_error_tol": 1e-11}
    compare(rule_of(NONLINEAR), given, tolerance=1e-8, substeps=8)


@pytest.mark.parametrize("name", CASES)
def test_rules_agree_with_the_oracle(name):
    tolerance = 2e-7 if name in ("convolutions",) else 1e-10
    compare(rule_of(CASES[name]), tolerance=tolerance)


@pytest.mark.parametrize("name", ["handlers of all kinds of spikes", "statements in update"])
def test_parameters_per_connection_take_effect(name):
    tau = np.array([3.0, 9.0, 20.0, 50.0])
    compare(rule_of(CASES[name]), {"tau": tau})


def test_coupled_equations_with_parameters_per_connection():
    rule = rule_of(CASES["linear equations that depend on each other"])
    compare(rule, {"tau_a": np.array([3.0, 9.0, 20.0, 4.0]), "goal": np.array([0.0, 0.1, 0.2, 0.3])})
