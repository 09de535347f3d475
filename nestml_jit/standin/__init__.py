"""What scripts find under `pynestml`: calls that would generate code for NEST record models instead.

`finder.py` decides what `import pynestml` gives: the folder `pynestml` here, or the installed package with
its calls for NEST redirected. `generation.py` records, `options.py` reads NESTML's options.
docs/adr/pynestml.md says why.
"""
