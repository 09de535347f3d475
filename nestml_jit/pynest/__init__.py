"""The surface: PyNEST with NESTML models, `nest.jit`, notebooks, scripts, and views of models."""
