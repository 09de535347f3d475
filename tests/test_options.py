from __future__ import annotations

import pytest

from nestml_jit.options import OptionError, Options


def test_changes_make_new_options() -> None:
    options = Options()
    changed = options.changed(solver="rk4", ports={"post_spikes": "post", "mod": "modulatory"})
    assert options == Options()
    assert changed.ports == (("mod", "modulatory"), ("post_spikes", "post"))
    assert changed.changed(solver="auto", ports={}) == options


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"slover": "rk4"},
            r"no option 'slover'; did you mean 'solver'\? Known: solver, move, weight, delay, ports",
        ),
        ({"solver": "rkf54"}, r"no solver 'rkf54'; did you mean 'rkf45'"),
        ({"solver": 4}, "must be of type str"),
        ({"move": 1}, "must be of type bool"),
        ({"ports": {"spikes": 1}}, "must be of type str"),
        ({"gap_junctions": {"gap_port": "I"}}, "no part of gap_junctions 'gap_port'; did you mean 'gap_cur"),
        ({"gap_junctions": {"gap_current_port": None}}, "must be of type str"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Options().changed(**changes)


def test_each_option_shows_in_the_text() -> None:
    variants = [
        Options(),
        Options(solver="rk4"),
        Options(move=False),
        Options(weight="w"),
        Options(delay="d"),
        Options(ports=(("a", "post"),)),
        Options(gap_junctions=(("gap_current_port", "I_gap"),)),
    ]
    assert len({options.text() for options in variants}) == len(variants)
