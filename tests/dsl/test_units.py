"""Units: names, algebra, storage units, and casts that are applied exactly once."""

from __future__ import annotations

import warnings
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestml_jit import dsl
from nestml_jit.dsl import tree as ast
from nestml_jit.dsl.units import DIMENSIONLESS, Unit, cast_factor, describe, is_unit_name, unit_names, unit_of
from nestml_jit.oracle.values import Values


def named(name: str) -> Unit:
    return unit_of(ast.UnitName(name))


def test_all_names_of_the_table() -> None:
    assert len(unit_names()) == 3588
    assert all(map(is_unit_name, "ms mV pA nS pF GOhm kHz millivolt siemens Hz Bq um mol d h".split()))
    assert not any(map(is_unit_name, "min t_ E V_m foo mVolt".split()))


@pytest.mark.parametrize(
    ("left", "right", "factor"),
    [
        ("V", "mV", 1),
        ("s", "ms", 1),
        ("uA", "pA", 1),
        ("MOhm", "GOhm", 1),
        ("kHz", "Hz", 1000),
        ("Bq", "Hz", 1),
        ("km", "m", 1000),
        ("d", "h", 24),
        ("h", "minute", 60),
    ],
)
def test_cast_factors(left: str, right: str, factor: float) -> None:
    assert float(cast_factor(named(left), named(right))) == factor


def test_hertz_is_stored_per_second() -> None:
    per_second = DIMENSIONLESS / named("s")
    assert float(cast_factor(named("Hz"), per_second)) == 0.001
    assert float(cast_factor(per_second, named("Hz"))) == 1000


def test_ohm_times_ampere_is_volt() -> None:
    assert (named("GOhm") * named("pA")).dimensions == named("mV").dimensions
    assert float(cast_factor(named("GOhm") * named("pA"), named("mV"))) == 1
    assert float(cast_factor(named("nS") * named("mV"), named("pA"))) == 1
    assert float(cast_factor(named("pF") / named("nS"), named("ms"))) == 1


def test_words_for_units() -> None:
    assert describe(named("mV") / named("ms")) == "mV/ms"
    assert describe(named("ms") / named("s")) == "a number without unit"


powers = st.fractions(min_value=-3, max_value=3, max_denominator=4)
units = st.sampled_from("s ms mV pA nS pF Hz m kg um deg".split()).map(named)


@given(units, units, units)
def test_products_are_associative_and_commute(one: Unit, two: Unit, three: Unit) -> None:
    assert (one * two) * three == one * (two * three)
    assert one * two == two * one
    assert one / one == DIMENSIONLESS


@given(st.sampled_from("s ms mV pA nS pF Hz m kg um".split()).map(named), powers, powers)
def test_powers_add_up(unit: Unit, one: Fraction, two: Fraction) -> None:
    assert unit**one * unit**two == unit ** (one + two)
    assert (unit**one) ** two == unit ** (one * two)


def value(declaration: str, more: str = "") -> object:
    text = f"model a_neuron:\n    parameters:\n        {declaration}\n{more}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (model,) = dsl.load(text)
    return Values(model)[declaration.split()[0]]


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("x ms = 1 s", 1000.0),
        ("x s = 0.02 s", 20.0),
        ("x mV = 1 V", 1000.0),
        ("x mV = 2 uV", 0.002),
        ("x mV = 1 V + 2 mV", 1002.0),
        ("x mV = 3 pA * 2 GOhm", 6.0),
        ("x mV = 3 pA*GOhm", 3.0),
        ("x Hz = 10 Hz", 10.0),
        ("x 1/s = 10 s**-1", 0.01),
        ("x 1/s = 10 Hz", 0.01),
        ("x Hz = 10 s**-1", 10.0),
        ("x ms = 1 / 10 Hz", 100.0),
        ("x real = 10 Hz * 1 s", 10.0),
        ("x real = 10 kHz * 1 ms", 10.0),
        ("x integer = steps(1 / 10 Hz)", 1000),
        ("x real = 1 ms / 1 s", 0.001),
        ("x real = 3 ms/s", 0.003),
        ("x real = 50 percent", 0.5),
        ("x mV**2 = (2 V)**2", 4e6),
        ("x nS**(1/2) = (4 nS)**0.5", 2.0),
        ("x um = 1 mm", 1000.0),
        ("x boolean = 1 kHz == 1 1/ms", True),
        ("x Hz = max(10 Hz, 1 s**-1)", 10.0),
        ("x real = 1 / 2", 0.5),
        ("x real = (50 percent)**2", 0.25),
        ("x real = 4**(50 percent)", 2.0),
        ("x integer = 7 // 2", 3),
        ("x integer = -7 // 2", -3),
        ("x integer = -7 % 3", -1),
        ("x real = -2**2", -4.0),
        ("x real = 2**3**2", 512.0),
        ("x real = 2**-1", 0.5),
        ("x boolean = true or false and false", True),
        ("x real = false ? 1 : false ? 2 : 3", 3.0),
        ("x mV = true ? 1 V : 1 mV", 1000.0),
        ("x integer = round(2.5)", 3),
        ("x real = ln(0)", float("-inf")),
        ("x real = 1 / 0", float("inf")),
    ],
)
def test_values_in_storage_units(declaration: str, expected: float) -> None:
    assert value(declaration) == expected


def test_a_name_is_only_a_name() -> None:
    text = "x real = E + S + I + d\n        E, S, I, d real = 2"
    assert value(text) == 8.0


def test_units_behind_a_number_bind_tightest() -> None:
    assert value("x mV/ms = 3 mV / tau\n        tau ms = 2 ms") == 1.5
    assert value("x 1/ms = 6 / 3 ms / 2") == 1.0
    assert value("x mV = 3 pA*ms/nS / 1 ms") == 3.0
