"""Networks in SONATA files: NEST's class for them, with a kernel that reads no files.

NEST from the registry is built without HDF5. What its kernel would read from the files of edges is
connected here by its own function for that, below all that we listen to.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.numerics.network import NEURON, STATIC, STDP, nest
from tests.numerics.test_pairings import READING


@pytest.fixture
def connect_sonata() -> Any:
    """Return NEST's low-level function, as its Python code finds it, for a kernel with HDF5."""
    nest.ResetKernel()
    kernel = nest.ll_api.nestkernel
    (connect,) = kernel.llapi_connect.args  # NEST's own

    def read_and_connect(specs: dict[str, Any], hyperslab_size: int) -> None:
        for edges in specs["edges"]:
            for spec in edges["syn_specs"].values():
                nodes = specs["nodes"]
                connect(nodes["pre"]._datum, nodes["post"]._datum, {"rule": "one_to_one"}, spec)

    hook = kernel.llapi_connect_sonata.func
    return lambda specs: hook(read_and_connect, specs, 1000)


def specifications(*models: str) -> dict[str, Any]:
    nodes = {"pre": nest.Create("parrot_neuron", 2), "post": nest.Create(NEURON, 2)}
    specs = {str(number): {"synapse_model": model, "delay": 1.0} for number, model in enumerate(models)}
    return {"nodes": nodes, "edges": [{"edges_file": "edges.h5", "syn_specs": specs}]}


def test_models_of_edges_are_found_and_their_pairs_noted(connect_sonata: Any) -> None:
    specs = specifications(STATIC, STDP, "static_synapse")
    connect_sonata(specs)
    assert nest.num_connections == 6
    assert f"post_trace__for_{STDP}" in specs["nodes"]["post"].get()
    nest.Simulate(2.0)
    assert nest.jit.report().fusions == {NEURON: (STATIC, STDP)}


def test_what_cannot_be_paired_is_refused(connect_sonata: Any) -> None:
    # Options that other tests gave the model of that name outlast a kernel.
    (model,) = nest.jit.define(READING.replace("third_factor_synapse", "sonata_synapse"))
    with pytest.raises(nest.NESTErrors.IllegalConnection, match="calcium"):
        connect_sonata(specifications(model))
    assert nest.num_connections == 0
