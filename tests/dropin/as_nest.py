"""A pytest plugin: `import nest` means nestml_jit, in tests and conftest files alike."""

import nest

import nestml_jit
from nestml_jit.pynest.facade import put_in_the_place_of

put_in_the_place_of(nest, nestml_jit)
