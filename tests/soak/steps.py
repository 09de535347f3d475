"""Steps of programs, and parts of them, that are chosen as they stand.

`nodes` and `source` are variables that hold neurons, `neuron` and `synapse` are the keys of models.
"""

RULES = (
    "'all_to_all'",
    "'all_to_all'",
    "{'rule': 'fixed_indegree', 'indegree': 2}",
    "{'rule': 'fixed_outdegree', 'outdegree': 2}",
    "{'rule': 'fixed_total_number', 'N': 5}",
    "{'rule': 'pairwise_bernoulli', 'p': 0.5}",
    "'one_to_one'",
)

LOOKS = (
    "show(len(nest.GetNodes()))",
    "show([nest.network_size, nest.num_connections, nest.biological_time])",
    "show(sorted(nest.GetNodes({{'V_m': -70.0}}).tolist()))",
    "show(nest.GetLocalNodeCollection({nodes}).tolist())",
    "show(len(nest.GetConnections({nodes})))",
    "show(nest.GetDefaults(model('{neuron}'), 'C_m'))",
)

MISTAKES = (
    "{nodes}.C_m = -1.",
    "{nodes}.set(nonsense=1.)",
    "{nodes}.get('nonsense')",
    "{nodes}.tau_m = 'text'",
    "nest.Create(model('{neuron}'), 2, params=dict(C_m=0.))",
    "nest.Create('no_such_model', 2)",
    "nest.Connect({source}, {nodes}, syn_spec='no_such_synapse')",
    "nest.Connect({source}, {nodes}, syn_spec=synapse('{synapse}', nonsense=1.))",
    "nest.Connect({source}, {nodes}, syn_spec=synapse('{synapse}', delay=0.01))",
    "nest.Connect({source}, {nodes}, syn_spec=synapse('{synapse}', receptor_type=7))",
    "nest.SetDefaults(model('{synapse}'), dict(nonsense=1.))",
    "nest.CopyModel(model('{synapse}'), model('{neuron}'))",
    "nest.Run(5.) if not nest.prepared else nest.Prepare()",
    "nest.Simulate(-1.)",
    "nest.GetConnections({nodes}).set(nonsense=1.)",
    "nest.GetDefaults(model('{neuron}'), 'nonsense')",
)
