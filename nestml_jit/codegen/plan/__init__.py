"""Decisions about the models of a fusion, taken before any C++ is written."""
