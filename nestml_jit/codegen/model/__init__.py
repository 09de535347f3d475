"""The content of a model: normal form, equations, roles, convolutions, and symbolic analysis."""
