"""Models in plain Python: slow, plainly right, and independent of the generator of C++."""
