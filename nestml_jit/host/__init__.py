"""The host: a C++ library compiled once against the NEST that is imported, and its binding.

Everything that depends on NEST's version is in this package.
"""
