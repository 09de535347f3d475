"""The facade in processes of their own: one assertion more costs nothing, one start half a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Probe = Callable[[str], str]


def test_reading_and_setting(probe: Probe) -> None:
    probe("""
        import types
        import nest
        import probe

        # the module itself
        assert isinstance(probe, types.ModuleType) and type(probe) is not types.ModuleType
        assert probe.__name__ == "probe" and probe.__file__.endswith("__init__.py")
        assert probe.__spec__.name == "probe" and probe.__path__ and probe.__doc__ == "Stands in."
        assert probe.__version__ == nest.__version__

        # kernel attributes, live in both directions
        probe.resolution = 0.25
        assert nest.resolution == probe.resolution == 0.25
        nest.resolution = 0.5
        assert probe.resolution == 0.5
        probe.set(resolution=0.1, local_num_threads=2)
        assert probe.get("local_num_threads") == nest.local_num_threads == 2
        assert probe.kernel_status["resolution"] == 0.1
        assert type(probe).keep_source_table._default is True
        assert type(probe).resolution is type(nest).resolution
        assert probe.userdict is nest.userdict

        # private names are delegated too
        assert probe._kernel_attr_names is nest._kernel_attr_names
        assert probe._readonly_kernel_attrs is nest._readonly_kernel_attrs

        # identity
        for name in "NodeCollection SynapseCollection Parameter NESTErrors NESTError Connect".split():
            assert getattr(probe, name) is getattr(nest, name), name
        assert type(probe.Create("iaf_psc_exp", 3)) is nest.NodeCollection
    """)


def test_what_cannot_be_read_or_set(probe: Probe) -> None:
    probe(
        """
        import nest
        import probe

        def error(act):
            try:
                act()
            except Exception as raised:
                return type(raised), str(raised)

        for name in ("nonsense", "__nonsense__", "_nonsense", "iaf_psc_alpha"):
            kind, text = error(lambda: getattr(probe, name))
            assert (kind, text) == (AttributeError, f"module 'probe' has no attribute {name!r}")
            assert not hasattr(probe, name)
        for name, value in (("nonsense", 1), ("get", 5), ("Create", 5), ("memory_size", 1), ("jit", 1),
                            ("resolution", "text"), ("resolution", -1.0), ("userdict", {})):
            assert error(lambda: setattr(probe, name, value)) == error(
                lambda: setattr(nest, name, value)), name
        assert error(lambda: probe.cycle_time_log) == error(lambda: nest.cycle_time_log)
        assert probe.Create != 5 and probe.jit.value == "before"
    """.replace("is not 5", "!= 5")
    )


def test_overrides_look_like_the_originals(probe: Probe) -> None:
    probe("""
        import inspect, pydoc
        import nest
        import probe

        for name in ("Create", "Simulate"):
            ours, original = getattr(probe, name), getattr(nest, name)
            assert ours is not original and ours.__wrapped__ is original
            assert inspect.signature(ours) == inspect.signature(original)
            assert (ours.__name__, ours.__module__, ours.__doc__) == (
                original.__name__, original.__module__, original.__doc__)
        assert "Create one or more nodes" in pydoc.render_doc(probe.Create)
        assert probe.Create("mine").get("model") == "iaf_psc_exp"
        probe.Simulate(1.0)
        assert probe.calls == [1.0] and probe.biological_time == 1.0
    """)


def test_make_module_refuses_wrong_names(probe: Probe) -> None:
    probe("""
        import nest
        import probe
        from nestml_jit.pynest.facade import make_module

        for extra, overrides, text in (
            ({"Create": 1}, {}, "nest has these names already: Create"),
            ({"spatial": 1}, {}, "nest has these names already: spatial"),
            ({}, {"Crate": print}, "nest has no such names: Crate"),
        ):
            try:
                make_module(nest, "probe", extra, overrides)
            except ValueError as raised:
                assert str(raised) == text
            else:
                raise AssertionError(text)
    """)


def test_submodules_are_nests_own(probe: Probe) -> None:
    probe("""
        import sys
        import probe
        before = {name: sys.modules[name].__spec__ for name in sys.modules if name.startswith("nest.")}
        import probe.raster_plot
        import probe.ll_api
        import probe.lib.hl_api_nodes as nodes
        from probe import spatial, voltage_trace, random, logic
        from probe.lib.hl_api_types import NodeCollection
        from probe.ll_api import KernelAttribute
        from probe.math import exp
        import probe.spatial_distributions as distributions
        import nest, nest.lib.hl_api_nodes, nest.lib.hl_api_types, nest.raster_plot, nest.voltage_trace

        assert probe.raster_plot is nest.raster_plot is sys.modules["nest.raster_plot"]
        assert probe.ll_api is nest.ll_api
        assert nodes is sys.modules["nest.lib.hl_api_nodes"] and probe.lib is sys.modules["nest.lib"]
        assert spatial is nest.spatial is sys.modules["nest.spatial"]
        import probe.spatial
        assert sys.modules["probe.spatial"] is probe.spatial is spatial
        assert voltage_trace is nest.voltage_trace and random is nest.random and logic is nest.logic
        assert distributions is nest.spatial_distributions and exp is nest.math.exp
        assert NodeCollection is nest.NodeCollection and KernelAttribute is nest.ll_api.KernelAttribute
        assert all(sys.modules[name].__spec__ is spec for name, spec in before.items())
        for name, module in sys.modules.items():
            if name.startswith("nest.") and module is not None:
                assert module.__spec__.name == name, name
        # what spatial's own code reads
        assert not isinstance(nest.NestModule.spatial, property)
        assert len(probe.Create("parrot_neuron", positions=probe.spatial.grid([2, 2]))) == 4
    """)


def test_own_submodules_stay_importable(probe: Probe) -> None:
    probe("""
        import sys
        import probe
        import probe.own_after, probe.deep.inner
        from probe import own_before, deep
        assert probe.jit is own_before is probe.own_before and own_before.value == "before"
        assert probe.own_after.value == "after"
        assert probe.deep is deep and deep.inner.value == "inner"
        assert not {"own_before", "own_after", "deep"} & set(dir(probe))
        import probe.calls
        assert probe.calls == [] and sys.modules["probe.calls"].value == "a module"
        from probe.calls import value
    """)


def test_modules_that_do_not_exist(probe: Probe) -> None:
    probe("""
        import importlib, importlib.util
        import probe

        for name in ("probe.nonsense", "probe.lib.nonsense", "probe.deep.nonsense"):
            try:
                importlib.import_module(name)
            except ModuleNotFoundError as raised:
                assert raised.name == name and str(raised) == f"No module named {name!r}"
            else:
                raise AssertionError(name)
        try:
            from probe import nonsense
        except ImportError as raised:
            assert "cannot import name 'nonsense' from 'probe'" in str(raised)
        assert importlib.util.find_spec("probe.nonsense") is None
        assert importlib.util.find_spec("probe.random") is not None
    """)


def test_nothing_that_nest_loads_late_is_loaded(probe: Probe) -> None:
    probe("""
        import pydoc, sys
        import probe
        late = {f"{package}.{name}" for package in ("nest", "probe")
                for name in ("server", "visualization", "spatial", "raster_plot", "voltage_trace")}
        names = dir(probe)
        text = pydoc.render_doc(probe)
        assert not late & set(sys.modules), late & set(sys.modules)
        assert "Stands in." in text and "Connect(" in text
    """)


def test_dir(probe: Probe) -> None:
    probe("""
        import nest
        import probe
        assert set(dir(nest)) <= set(dir(probe))
        added = set(dir(probe)) - set(dir(nest))
        assert {name for name in added if not name.startswith("__")} == {"jit", "calls"}
        assert probe._hidden == 1
        assert {"server", "spatial", "cycle_time_log", "resolution"} <= set(dir(probe))
    """)


def test_a_missing_extra_is_reported_as_by_nest(probe: Probe) -> None:
    probe("""
        import importlib.util
        if importlib.util.find_spec("flask") is None:
            import probe
            for act in (lambda: __import__("probe.server"), lambda: probe.server):
                try:
                    act()
                except (ImportError, AttributeError) as raised:
                    assert "flask" in str(raised) or "server" in str(raised)
                else:
                    raise AssertionError
    """)


def test_either_order_of_import(probe: Probe) -> None:
    for first, second in (("nest", "probe"), ("probe", "nest")):
        probe(f"""
            import {first}
            import {second}
            import nest, probe
            assert probe is not nest and nest.Create is not probe.Create
            nest.resolution = 0.2
            assert probe.resolution == 0.2
        """)


def test_under_the_name_nest(probe: Probe) -> None:
    """NEST's own late `import nest` may then give the facade."""
    probe("""
        import sys
        import probe
        sys.modules["nest"] = probe
        import nest
        assert nest is probe
        nest.SetKernelStatus({"rng_seed": 7, "resolution": 0.5})
        assert nest.rng_seed == 7
        nest.resolution = 0.1
        layer = nest.spatial.free(nest.random.uniform(), extent=[1.0, 1.0])
        neuron = nest.Create("mine", positions=layer)
        neuron.V_m = nest.random.normal()
        nest.ResetKernel()
        assert nest.resolution == 0.1 and nest.network_size == 0
    """)


def test_own_names_do_not_hide_nests(probe: Probe) -> None:
    own = Path(__file__).parents[2] / "nestml_jit"
    names = {path.stem for path in own.iterdir() if path.suffix != ".pyi" and path.stem[:2] != "__"}
    output = probe("""
        import pathlib, nest
        print(*dir(nest))
        print(*(path.stem for path in pathlib.Path(nest.__file__).parent.iterdir()))
    """)
    assert not names & set(output.split())
