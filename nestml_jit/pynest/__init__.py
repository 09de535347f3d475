"""What users touch: PyNEST with NESTML models, `nest.jit`, notebooks, scripts, and how models look."""
