"""A stand-in for NESTML's package: scripts find here what they need to simulate with NEST."""

__version__ = "9.0.0"
