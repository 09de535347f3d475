"""Models evaluated in plain Python: slow, simple, and independent of the generator of C++."""
