"""Before and around simulations: compiling ahead, recording what scripts use, looking after the cache."""
