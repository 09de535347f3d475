"""Tests. A package of this name that something else installs must not take its place."""
