"""What a model says: normal form, equations, roles, convolutions, and symbolic analysis."""
