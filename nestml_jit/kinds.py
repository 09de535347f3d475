"""Words that stand for kinds of things, one family each: what is compared with them is checked by mypy.

They are texts, since cards are kept as JSON and messages show them.
"""

from __future__ import annotations

from typing import Literal

BasicName = Literal["real", "integer", "boolean", "string", "void"]
"""Types that are no units. What a column stores is the first four; a quantity is "real" there."""

Signal = Literal["spike", "continuous"]
"""What arrives at a port."""

SymbolKind = Literal["parameter", "internal", "state", "convolution", "input", "spike"]
"""What a name of a model in normal form stands for; "input" is the value of a continuous port."""

VariableKind = Literal["parameter", "internal", "state", "convolution", "input", "clock"]
"""What a column of the store holds."""

MovedKind = Literal["parameter", "state"]
"""What a variable that a neuron keeps for a synapse is in the synapse."""

NeuronColumn = Literal[VariableKind, "moved", "moved parameter"]
SynapseColumn = Literal["connection", "source"]
ColumnMode = Literal[NeuronColumn, SynapseColumn]
"""What a column of a kernel is: in a neuron the kind of variable, in a synapse what has its own value."""

Owner = Literal["synapse", "neuron"]
"""Which model a value belongs to that all connections share."""

ModelRole = Literal["", "neuron", "synapse"]
"""What a model is if that was settled, and does not follow from its text."""

PortRole = Literal["pre", "post", "modulatory"]
"""What the spikes are that arrive at a port of a synapse."""
